/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-learner.h"

/* One finished iteration; NaN = does not exist. Every number shown, printed or stored of an iteration comes from this record. */
typedef struct {
  guint   iteration;    /* 0 = imitation */
  guint   episodes;     /* learned from so far */
  double  success;      /* 0..1 over the test episodes, NaN when the task does not say */
  double  mean_return;  /* over the test episodes */
  double  return_ci95;  /* half width, Student's t over the test episodes */
  double  training_return; /* mean reward of this iteration's own episodes; NaN at 0 */
  gboolean improved;    /* report is filled (iteration > 0) */
  LwLearnerReport report;
  double  seconds;      /* of this iteration, pauses left out */
  size_t  n_returns;    /* training episodes of this iteration */
  double *returns;      /* (n_returns); the run's */
} LwIteration;

/* (transfer full) The JSON object of `learn --json`, one line, C locale, numbers with 17 digits, null for what does not exist.
 * `seconds` is left out when
 * @timing is FALSE: what remains is the same bits for the same seed. */
char *lw_iteration_to_json (const LwIteration *self, gboolean timing);
/* The way back, to the bit; what the line does not hold (n_returns, returns, and of the report what is not printed) is zero.
 * FALSE: not such an object, @out is as it was. */
gboolean lw_iteration_from_json (const char *json, LwIteration *out, GError **error);
