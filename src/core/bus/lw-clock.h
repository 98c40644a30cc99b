/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

/* Where time comes from: CLOCK_MONOTONIC, or a test's own. */
typedef struct LwClock LwClock;
struct LwClock {
  int64_t (*now_ns) (const LwClock *self);
};

const LwClock *lw_clock_monotonic (void);

static inline int64_t
lw_clock_now (const LwClock *clock)
{
  return clock->now_ns (clock);
}
