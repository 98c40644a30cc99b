/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "lw-mat.h"

/* Joint positions over time: immutable once shared, reference-counted (atomic), so worker, window and store can hold the same one. */
typedef struct {
  size_t     n_samples;
  size_t     n_joints;
  double    *t;   /* (n_samples) s from the start, strictly increasing */
  LwMat      q;   /* (n_samples x n_joints) rad */
  atomic_int ref_count;
} LwTrajectory;

LwTrajectory *lw_trajectory_new   (size_t n_samples, size_t n_joints); /* zeroed, NULL when out of memory */
LwTrajectory *lw_trajectory_ref   (LwTrajectory *self);
void          lw_trajectory_unref (LwTrajectory *self);                /* (nullable) */
double        lw_trajectory_duration (const LwTrajectory *self);       /* last t - first t, s */
/* q (n_joints) at time @t by linear interpolation, ends held. */
void          lw_trajectory_at    (const LwTrajectory *self, double t, double *q);
/* Largest |velocity| and |acceleration| a joint by differences; each (n_joints, nullable). */
void          lw_trajectory_peaks (const LwTrajectory *self, double *v_peak, double *a_peak);
