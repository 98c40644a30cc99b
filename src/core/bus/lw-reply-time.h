/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How long replies take on this line beyond the time of their bytes on the wire (adapter, servo, machine): learned from those that came, it decides how long a missing one is
 * waited for. A servo alone and a chain of several are learned apart. For any request-reply bus; owner thread. */
typedef struct {
  int64_t latency_ns[2]; /* alone, chain */
  bool    measured[2];
} LwReplyTime;

void    lw_reply_time_init     (LwReplyTime *self);
/* What to expect of @n_servos, and what to wait at most: one and a half times that and a little, doubled with each @attempt (0, 1 ...), so that a machine or an adapter that has become slow
 * is caught up with, and measured. */
int64_t lw_reply_time_expected (const LwReplyTime *self, size_t n_servos);
int64_t lw_reply_time_patience (const LwReplyTime *self, size_t n_servos, unsigned attempt);
/* The last of @n_servos has answered, @excess_ns later than its bytes alone would have taken. A peak that fades; the first measurement replaces the guess. */
void    lw_reply_time_learn    (LwReplyTime *self, size_t n_servos, int64_t excess_ns);
/* @n_bytes of 8N1 at @baud (0: a line without speed, taken for 1 Mbps). */
int64_t lw_wire_time           (unsigned baud, size_t n_bytes);
