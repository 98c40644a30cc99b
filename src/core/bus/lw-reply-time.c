/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reply-time.h"

#include <glib.h>

#define MS G_GINT64_CONSTANT (1000000)

/* An adapter may hold bytes back for 16 ms, a servo fresh from the factory for 0.5 ms: what to expect before the first measurement. */
#define FIRST_LATENCY (20 * MS)
#define MAX_LATENCY   (25 * MS) /* of a working bus; a stall beyond is not a habit to learn */
#define SPARE_LATENCY (1 * MS)
#define MAX_PATIENCE  (500 * MS)
#define MAX_DOUBLINGS 9
#define DEFAULT_BAUD  1000000

enum { ALONE, CHAIN };

void
lw_reply_time_init (LwReplyTime *self)
{
  *self = (LwReplyTime){ .latency_ns = { FIRST_LATENCY, FIRST_LATENCY } };
}

int64_t
lw_reply_time_expected (const LwReplyTime *self, size_t n_servos)
{
  return self->latency_ns[n_servos > 1 ? CHAIN : ALONE];
}

int64_t
lw_reply_time_patience (const LwReplyTime *self, size_t n_servos, unsigned attempt)
{
  int64_t latency_ns = lw_reply_time_expected (self, n_servos);

  return MIN ((latency_ns + latency_ns / 2 + SPARE_LATENCY) << MIN (attempt, MAX_DOUBLINGS), MAX_PATIENCE);
}

void
lw_reply_time_learn (LwReplyTime *self, size_t n_servos, int64_t excess_ns)
{
  int which = n_servos > 1 ? CHAIN : ALONE;
  int64_t *latency_ns = &self->latency_ns[which];

  *latency_ns = CLAMP (excess_ns, self->measured[which] ? *latency_ns - *latency_ns / 32 : 0, MAX_LATENCY);
  self->measured[which] = true;
  if (!self->measured[ALONE]) /* one is no slower than a chain */
    self->latency_ns[ALONE] = *latency_ns;
}

int64_t
lw_wire_time (unsigned baud, size_t n_bytes)
{
  return (int64_t) n_bytes * 10 * 1000000000 / (baud != 0 ? baud : DEFAULT_BAUD); /* start, eight data, stop */
}
