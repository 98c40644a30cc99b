/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-jitter.h"

#include <stdlib.h>
#include <string.h>

void
lw_jitter_init (LwJitter *self, double rate_hz)
{
  memset (self, 0, sizeof *self);
  self->period_ns = (int64_t) (1e9 / rate_hz + 0.5);
  self->n_max = (size_t) (rate_hz + 0.5);
  if (self->n_max < 1)
    self->n_max = 1;
  if (self->n_max > LW_JITTER_MAX_PERIODS)
    self->n_max = LW_JITTER_MAX_PERIODS;
}

static size_t
bucket_of (const LwJitter *self, int64_t period)
{
  int64_t bucket = llabs (period - self->period_ns) / LW_JITTER_BUCKET_NS;

  return bucket < LW_JITTER_BUCKETS ? (size_t) bucket : LW_JITTER_BUCKETS - 1;
}

void
lw_jitter_add (LwJitter *self, int64_t t_ns)
{
  int64_t period = t_ns - self->t_last_ns;

  if (self->t_last_ns != 0)
    {
      if (self->n == self->n_max)
        {
          self->sum_ns -= self->periods[self->next];
          self->buckets[bucket_of (self, self->periods[self->next])]--;
        }
      else
        self->n++;
      self->periods[self->next] = period;
      self->sum_ns += period;
      self->buckets[bucket_of (self, period)]++;
      self->next = (self->next + 1) % self->n_max;
    }
  self->t_last_ns = t_ns;
}

void
lw_jitter_skip (LwJitter *self)
{
  self->t_last_ns = 0;
}

double
lw_jitter_rate_hz (const LwJitter *self)
{
  return self->sum_ns > 0 ? 1e9 * (double) self->n / (double) self->sum_ns : 0;
}

double
lw_jitter_p99_ms (const LwJitter *self)
{
  size_t beyond = self->n / 100, seen = 0;

  if (self->n == 0)
    return 0;
  for (size_t bucket = LW_JITTER_BUCKETS; bucket-- > 0;)
    {
      seen += self->buckets[bucket];
      if (seen > beyond)
        return 1e-6 * (double) ((bucket + 1) * LW_JITTER_BUCKET_NS);
    }
  return 0;
}
