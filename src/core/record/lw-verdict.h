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
  double shake;           /* rad: what is left of the joint that shakes most when a cubic over 0.3 s is taken out, root mean square of its worst half second. The steps of an
                             encoder and quick strokes leave some 0.001, a tremble of 0.01 rad leaves 0.007. NaN when it was not computed. */
} LwVerdict;

/* What a person should look at before the demonstration is used. */
typedef enum {
  LW_FINDING_GAPS         = 1 << 0,
  LW_FINDING_JITTER       = 1 << 1,
  LW_FINDING_LIMITS       = 1 << 2,
  LW_FINDING_MOVING_START = 1 << 3,
  LW_FINDING_MOVING_END   = 1 << 4,
  LW_FINDING_SHAKE        = 1 << 5, /* jerky */
  LW_FINDING_START_POSE   = 1 << 6,
} LwFinding;

#define LW_N_FINDINGS 7

/* Past these; a demonstration guided by a careful hand is past none. */
#define LW_VERDICT_JITTER         0.005 /* s */
#define LW_VERDICT_STILL          0.1   /* s, less of it at an end */
#define LW_VERDICT_SHAKE          0.004 /* rad */
#define LW_VERDICT_START_DISTANCE 0.2   /* rad */

/* @samples (n); @q_min, @q_max (n_joints, each nullable); @start (n_joints, nullable). With fewer than 2 samples all but
 * n_samples, hits and distance is 0. Any thread;
 * allocates scratch for the periods (without it jitter is NaN). O(n log n). */
void lw_verdict_compute (const LwSample *samples, size_t n, const double *q_min, const double *q_max, const double *start, LwVerdict *out);
/* LwFinding bits; 0: clean. A demonstration of fewer than 2 samples has none but limits and start. */
unsigned    lw_verdict_findings (const LwVerdict *self);
const char *lw_finding_name     (LwFinding finding); /* "Gaps"; untranslated */
