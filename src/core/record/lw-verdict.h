/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-sample.h"

/* What a recorded demonstration looks like, in numbers; the window puts them into words. */
typedef struct {
  size_t n_samples;
  double seconds;
  size_t n_gaps;          /* missing cycles between samples, or a pause > 2.5 periods */
  double longest_gap;     /* s, from stamp to stamp; 0 without one */
  double jitter_p99;      /* s, of the period against its median, gaps left out */
  size_t n_limit_hits;    /* samples within 0.02 rad of a joint's range */
  double still_start;     /* s until, and since, some joint is 0.02 rad away from where it begins, and ends */
  double still_end;
  double jerk;            /* root mean square over time and joints, times duration^3 / amplitude: dimensionless; about 20 for a stroke of one joint at minimum jerk */
  double start_distance;  /* largest joint distance from the reference start pose, rad; NaN without one */
} LwVerdict;

/* @samples (n); @q_min, @q_max (n_joints, each nullable); @start (n_joints, nullable). With fewer than 2 samples all but n_samples, hits and distance is 0. Any thread;
 * allocates scratch for the periods (without it jitter is NaN). O(n log n). */
void lw_verdict_compute (const LwSample *samples, size_t n, const double *q_min, const double *q_max, const double *start, LwVerdict *out);
