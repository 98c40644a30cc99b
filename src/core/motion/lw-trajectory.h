/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stddef.h>

#include "lw-mat.h"

/* Joint positions over time: immutable once shared, reference-counted (atomic), so worker, window and store can hold the same
 * one. */
typedef struct {
  size_t     n_samples;
  size_t     n_joints;
  double    *t;   /* (n_samples) s from the start, strictly increasing */
  LwMat      q;   /* (n_samples x n_joints) rad */
  atomic_int ref_count;
} LwTrajectory;

LwTrajectory *lw_trajectory_new   (size_t n_samples, size_t n_joints); /* zeroed; NULL without samples or memory */
LwTrajectory *lw_trajectory_ref   (LwTrajectory *self);
void          lw_trajectory_unref (LwTrajectory *self);                /* (nullable) */
double        lw_trajectory_duration (const LwTrajectory *self);       /* last t - first t, s */
/* LW_ERR_NOT_FINITE on NaN or infinity, LW_ERR_RANGE when the times do not strictly increase. Everything below takes sound
 * ones. */
LwStatus      lw_trajectory_check (const LwTrajectory *self) LW_MUST_USE;
/* Index i of the segment [t_i, t_{i+1}] that holds @t, the first or last one outside; 0 for a single sample. O(log n). */
size_t        lw_trajectory_segment (const LwTrajectory *self, double t);
/* q (n_joints) at time @t by linear interpolation, ends held. */
void          lw_trajectory_at    (const LwTrajectory *self, double t, double *q);
/* Largest |velocity| and |acceleration| a joint by differences between neighbouring samples; each (n_joints, nullable). What
 * comes before the first and after the last sample does not count: a movement may start and end at speed. */
void          lw_trajectory_peaks (const LwTrajectory *self, double *v_peak, double *a_peak);
