/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm.h"
#include "lw-rollout.h"

/* What the arm did while a plan ran, gathered from the samples of the main loop. Main thread. */
typedef struct {
  GArray *samples; /* of LwSample, owned */
  LwPlan *plan;    /* owned, nullable */
} LwRunRecord;

void     lw_run_record_init    (LwRunRecord *self);
void     lw_run_record_clear   (LwRunRecord *self);
/* Forgets what was there and waits for the samples of @plan. */
void     lw_run_record_begin   (LwRunRecord *self, LwPlan *plan);
/* Only samples in mode Running count. */
void     lw_run_record_add     (LwRunRecord *self, const LwSample *samples, guint n);
/* The movement itself, without the ramp, as a rollout to be scored; FALSE when nothing of it was measured. */
gboolean lw_run_record_rollout (const LwRunRecord *self, LwKinematics *kinematics, LwRollout *out);
/* Seconds since the run's first sample. */
double   lw_run_record_time    (const LwRunRecord *self, guint sample);
/* Root mean square of measured against planned of a joint (G_MAXSIZE: of all), rad; NaN without samples. */
double   lw_run_record_rms     (const LwRunRecord *self, size_t joint);
