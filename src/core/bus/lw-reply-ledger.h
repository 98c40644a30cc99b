/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-servo-bus.h"

/* The books of who was asked, who answered, and whose answer may still come: a bus's counters, whole and per servo. Every reply asked for is in the end answered, lost, corrupt or
 * overdue, exactly once. For any request-reply bus; owner thread, no allocation.
 *
 * A reply carries no number that ties it to its request. While a servo owes one, a question whose answer would have the same length could take it for its own: the driver asks for
 * another length (lw_reply_ledger_owes), and a good reply nobody waits for is known for what it is (LW_REPLY_OVERDUE).
 *
 * Bytes that belong to no packet were a reply once. A line keeps the order: they belong to one that was expected after the last good reply and before the next, so whether a missing one was lost or
 * corrupt is decided when the next has come, which may be in a later exchange; until then it is counted by what is known.
 *
 * servo_counters: sent counts the replies asked of that servo, counters.sent the packets; all others add up. */
#define LW_REPLY_LEDGER_SIZE (8 * LW_MAX_JOINTS)
/* A reply later than this after its request was given up does not happen: adapters' buffers are emptied within their latency timer. */
#define LW_LATE_REPLY_SPAN   G_GINT64_CONSTANT (50000000)

typedef struct {
  int64_t  t_ns;      /* given up */
  uint16_t length;    /* of its data */
  uint8_t  servo;
  bool     open;      /* of the exchange under way */
  bool     settled;   /* a later one has come */
  bool     head_seen; /* a damaged packet was known to be this one: the caller's to set */
  bool     corrupt;   /* else lost; counted so unless open */
} LwExpectedReply;

typedef struct {
  LwServoBus     *bus; /* borrowed: its counters */
  size_t          overhead;
  size_t          n_garbage; /* bytes since the last good reply */
  size_t          n;
  LwExpectedReply expected[LW_REPLY_LEDGER_SIZE]; /* in the order asked */
} LwReplyLedger;

typedef enum {
  LW_REPLY_UNKNOWN, /* nobody is expected to say this */
  LW_REPLY_ANSWER,  /* to the exchange under way */
  LW_REPLY_OVERDUE, /* to one that was given up: to be thrown away */
} LwReplyMatch;

/* @overhead: bytes of a reply beyond its data. */
void   lw_reply_ledger_init      (LwReplyLedger *self, LwServoBus *bus, size_t overhead);
/* The request has been sent; in the order they will answer. */
void   lw_reply_ledger_asked     (LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns);
/* A good reply has come; it is counted. */
LwReplyMatch lw_reply_ledger_take (LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns);
/* Would a reply like this be known? */
bool   lw_reply_ledger_expects   (const LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns);
/* @n_bytes belonged to no packet. Whoever can tell whose they were sets head_seen of the first reply expected that fits. */
void   lw_reply_ledger_garbage   (LwReplyLedger *self, size_t n_bytes);
/* So many of them were none of a reply after all. */
void   lw_reply_ledger_waive     (LwReplyLedger *self, size_t n_bytes);
/* The exchange is over: who is still missing is counted. @n_pending bytes of something incomplete have come. Returns how many of the missing were corrupt. */
size_t lw_reply_ledger_give_up   (LwReplyLedger *self, size_t n_pending, int64_t now_ns);
bool   lw_reply_ledger_owes      (const LwReplyLedger *self, size_t servo, uint16_t length, int64_t now_ns);
bool   lw_reply_ledger_owes_any  (const LwReplyLedger *self, int64_t now_ns);
