/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-clock.h"

#include <time.h>

static int64_t
monotonic_now_ns (const LwClock *self)
{
  struct timespec now;

  (void) self;
  clock_gettime (CLOCK_MONOTONIC, &now);
  return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

const LwClock *
lw_clock_monotonic (void)
{
  static const LwClock clock = { monotonic_now_ns };

  return &clock;
}
