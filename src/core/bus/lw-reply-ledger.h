/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-servo-bus.h"

/* The books of who was asked, who answered, and whose answer may still come: a bus's counters, whole and per servo, and the replies owed to requests that were given up. Every
 * reply asked for is in the end answered, lost, corrupt or overdue, exactly once. For any request-reply bus; owner thread, no allocation.
 *
 * A reply carries no number that ties it to its request. While a servo owes one, a question whose answer would have the same length could take it for its own:
 * the driver asks for another length (lw_reply_ledger_owes), and a good reply nobody waits for is known for what it is (lw_reply_ledger_overdue).
 *
 * servo_counters: sent counts the replies asked of that servo, counters.sent the packets; all others add up. */
#define LW_REPLY_LEDGER_OWED (4 * LW_MAX_JOINTS)
/* A reply later than this after its request was given up does not happen: adapters' buffers are emptied within their latency timer. */
#define LW_LATE_REPLY_SPAN   G_GINT64_CONSTANT (50000000)

typedef struct {
  int64_t  t_ns;   /* given up */
  uint16_t length; /* of its data */
  uint8_t  servo;
  bool     corrupt; /* counted as that, not as lost */
} LwOwedReply;

typedef struct {
  LwServoBus *bus; /* borrowed: its counters */
  size_t      n_owed;
  LwOwedReply owed[LW_REPLY_LEDGER_OWED]; /* oldest first */
} LwReplyLedger;

void lw_reply_ledger_init     (LwReplyLedger *self, LwServoBus *bus);
void lw_reply_ledger_asked    (LwReplyLedger *self, size_t servo);
void lw_reply_ledger_answered (LwReplyLedger *self, size_t servo);
/* Given up, as @corrupt or as lost. */
void lw_reply_ledger_missing  (LwReplyLedger *self, size_t servo, uint16_t length, bool corrupt, int64_t now_ns);
/* A good reply of @n_bytes that answers nothing asked: true when it was owed; it is counted as overdue, no longer as lost or corrupt. */
bool lw_reply_ledger_overdue  (LwReplyLedger *self, size_t servo, uint16_t length, size_t n_bytes, int64_t now_ns);
bool lw_reply_ledger_owes     (const LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns);
bool lw_reply_ledger_owes_any (const LwReplyLedger *self, int64_t now_ns);
/* Nothing comes any more: the line was heard to be quiet. */
void lw_reply_ledger_forget   (LwReplyLedger *self);
