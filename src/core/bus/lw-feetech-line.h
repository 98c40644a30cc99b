/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-feetech-codec.h"
#include "lw-reply-ledger.h"
#include "lw-reply-time.h"

/* Questions and answers on a Feetech bus: one request, the replies of the servos asked, counted. What stands between the
 * driver's registers and the transport's bytes. Owner thread; no allocation.
 *
 * What keeps a late reply from being taken for the next: what has come in is cleared away before each request; id and length
 * must be those asked for; and a length that a servo still owes is not asked of it again (lw_feetech_line_may_ask). What keeps
 * the adapter's own echo from being taken for a servo: bytes are compared with what was sent, and nothing is asked whose reply
 * could be the same (a ping, a read of two bytes). */
#define LW_FEETECH_LINE_DATA 48

typedef struct {
  bool    answered;
  bool    silent;  /* waited for as long as answers take, in vain; not set when the deadline came first, nor for who stood behind a silent one */
  uint8_t status;  /* LwFeetechStatus bits; the data are good whatever they say */
  uint8_t address; /* of the first byte of data */
  uint8_t data[LW_FEETECH_LINE_DATA];
} LwFeetechAnswer;

typedef struct {
  LwServoBus     *bus;     /* borrowed: transport, ids, counters */
  LwReplyTime     time;
  LwReplyLedger   ledger;
  unsigned        attempt; /* 0, 1 ...: the caller's to count; see lw_reply_time_patience() */
  bool            noisy;   /* the last exchange without an answer had bytes that belonged to no packet */
  int64_t         first_request_ns, last_reply_ns; /* since lw_feetech_line_begin() */
  LwFeetechAnswer answers[LW_MAX_JOINTS];
  bool            hears_itself; /* the adapter returns what is sent */
  bool            echo_due;
  size_t          n_sent;
  uint8_t         sent[LW_FEETECH_MAX_PACKET];
  size_t          n_garbage; /* bytes that belonged to no packet, since whoever counts them began */
  size_t          n_input;
  uint8_t         input[4 * LW_FEETECH_MAX_PACKET];
  LwFeetechPacket packet;
} LwFeetechLine;

void        lw_feetech_line_init     (LwFeetechLine *self, LwServoBus *bus);
/* Forgets answers and times of the question before. */
void        lw_feetech_line_begin    (LwFeetechLine *self);
/* Can the answer of @servo to a read of @length bytes be told from whatever may still come from it? */
bool        lw_feetech_line_may_ask  (const LwFeetechLine *self, uint8_t servo, uint8_t length);
/* Listens until nobody owes anything any more, because it came or because it no longer can; @deadline_ns at the latest. */
void        lw_feetech_line_settle   (LwFeetechLine *self, int64_t deadline_ns);
/* Bytes that nobody was asked for, what is left of the last exchange included: listens until it has been quiet for @quiet_ns. */
size_t      lw_feetech_line_stray    (LwFeetechLine *self, int64_t quiet_ns, int64_t deadline_ns);
/* Would the answer of one servo to a read of @length bytes be here by @deadline_ns, going by what answers have taken? A
 * question asked too late leaves its answer to the next cycle. */
bool        lw_feetech_line_has_time (const LwFeetechLine *self, uint16_t length, int64_t deadline_ns);
/* Sends to @id (or all) what nobody answers. */
LwBusStatus lw_feetech_line_tell     (LwFeetechLine *self, uint8_t id, uint8_t instruction, const uint8_t *params, size_t n_params,
                                      int64_t deadline_ns);
/* Asks @servos (indices, in the order they answer; @n of them) for @length bytes at @address: Read for one, Sync Read for
 * several. Fills their answers. @length is one of lw_feetech_is_safe_length(): that excludes two bytes, whose request could
 * pass for its own reply. LW_BUS_OK when the line worked, whoever answered; LW_BUS_TIMEOUT when the request itself could not be
 * sent; LW_BUS_GONE. */
LwBusStatus lw_feetech_line_ask      (LwFeetechLine *self, const uint8_t *servos, size_t n, uint8_t address, uint8_t length, int64_t deadline_ns);
/* Writes @n bytes at @address of one servo and waits for its word that it heard; as lw_feetech_line_ask(). The word says
 * nothing of what became of the value. */
LwBusStatus lw_feetech_line_write    (LwFeetechLine *self, uint8_t servo, uint8_t address, const uint8_t *bytes, size_t n, int64_t deadline_ns);
