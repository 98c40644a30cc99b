/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* How regular the control cycle is: period errors |t_i - t_(i-1) - dt| and the mean rate over the last second, as a histogram
 * that forgets. Owner thread; no allocation. */
#define LW_JITTER_MAX_PERIODS 512
#define LW_JITTER_BUCKETS     512
#define LW_JITTER_BUCKET_NS   20000 /* the last bucket holds everything above 10 ms */

typedef struct {
  int64_t  period_ns;   /* the wanted one */
  size_t   n_max;       /* periods in a second */
  size_t   n, next;     /* in the ring below */
  int64_t  periods[LW_JITTER_MAX_PERIODS];
  int64_t  sum_ns;
  uint16_t buckets[LW_JITTER_BUCKETS];
  int64_t  t_last_ns;   /* 0 = none yet */
} LwJitter;

void   lw_jitter_init    (LwJitter *self, double rate_hz);
void   lw_jitter_add     (LwJitter *self, int64_t t_ns); /* a cycle begins */
/* The next period says nothing about regularity (the cycle was moved on purpose). */
void   lw_jitter_skip    (LwJitter *self);
double lw_jitter_rate_hz (const LwJitter *self);         /* 0 before two cycles */
double lw_jitter_p99_ms  (const LwJitter *self);         /* upper edge of the bucket */
