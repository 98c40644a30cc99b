/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-sample.h"

/* What a recorded demonstration looks like, in numbers; the window puts them into words. */
typedef struct {
  size_t n_samples;
  double seconds;
  size_t n_gaps;          /* missing cycles between samples, or a pause > 2.5 periods */
  double longest_gap;     /* s */
  double jitter_p99;      /* s, of the period against its median */
  size_t n_limit_hits;    /* samples within 0.02 rad of a joint's range */
  double still_start;     /* s of stillness at the ends */
  double still_end;
  double jerk;            /* root mean square, rad/s^3, dimensionless by duration and amplitude */
  double start_distance;  /* largest joint distance from the reference start pose, rad; NaN without one */
} LwVerdict;

/* @samples (n); @q_min, @q_max (n_joints); @start (n_joints, nullable). */
void lw_verdict_compute (const LwSample *samples, size_t n, const double *q_min, const double *q_max, const double *start, LwVerdict *out);
