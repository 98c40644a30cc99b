/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Another machine's microseconds on this one's clock. A line is never early: the smallest difference between when lines came and what they say is the two clocks' offset plus the shortest
 * way there is. Crystals differ by some 10^-5, so the smallest difference may grow by 2 x 10^-4 of the time that passes. Owner thread. */
typedef struct {
  bool     running;
  uint32_t t_us;        /* of the newest line */
  int64_t  arm_us;      /* the same, not wrapped */
  int64_t  offset_ns;   /* host - arm */
  int64_t  heard_ns;    /* when the newest line came */
  int64_t  stamp_ns;    /* its time on the host's clock */
  unsigned n_odd;       /* lines in a row that fit nothing that was said before */
  uint32_t odd_us;
} LwLinesClock;

/* A line of the arm's time @t_us came at @heard_ns: when was it said, at the latest? Strictly increasing. False for a line that is not newer than one already taken, or that makes a
 * jump no clock makes; after a few of those, all going forward, the arm has been started anew and is believed. */
bool lw_lines_clock_take (LwLinesClock *self, uint32_t t_us, int64_t heard_ns, int64_t *stamp_ns);
