/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-trajectory.h"

/* Cubic spline through the samples of a trajectory, joint by joint: positions are met exactly, velocity and acceleration are
 * continuous, acceleration is linear between samples and constant in the first and last interval (parabolic run-out: a natural
 * end, with none, makes a movement that starts at full acceleration overshoot it by a quarter next to the end). Owner thread;
 * evaluation of a const one from any. */
typedef struct {
  const LwTrajectory *path; /* borrowed, outlives the spline */
  LwMat               a;    /* (n_samples x n_joints) second derivative at the samples, rad/s^2 */
} LwSpline;

/* LW_ERR_TOO_FEW below 2 samples; lw_trajectory_check()'s errors. O(n_samples n_joints). */
LwStatus lw_spline_init  (LwSpline *self, const LwTrajectory *path) LW_MUST_USE;
void     lw_spline_clear (LwSpline *self);
/* Position, velocity and acceleration (n_joints, each nullable) at @t s, on the path's own clock; outside, the ends are held
 * at rest. */
void     lw_spline_at    (const LwSpline *self, double t, double *q, double *v, double *a);
/* Largest |velocity| and |acceleration| anywhere on the curve, exactly: no difference between samples of it, however it is
 * sampled, exceeds them (mean value theorem). Each (n_joints, nullable). */
void     lw_spline_peaks (const LwSpline *self, double *v_peak, double *a_peak);
