/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-trajectory.h"

typedef struct {
  double factor;     /* duration out / duration in, >= 1, @speed included */
  double duration;   /* s, planned */
  size_t joint;      /* the one that decides; n_joints when none does */
  int    by;         /* 'v' velocity, 'a' acceleration, 0 none */
} LwRetimeReport;

/* More samples than this are a mistake in limits or speed, not a movement: eleven days at 100 Hz. */
#define LW_RETIME_MAX_SAMPLES 1e8

/* What every retiming asks of its limits (n_joints), speed and rate: LW_ERR_RANGE. */
LwStatus lw_retime_check   (size_t n_joints, const double *v_max, const double *a_max, double speed, double rate_hz) LW_MUST_USE;
/* Uniform retiming: the same path, t scaled by the smallest factor >= 1 (divided by @speed in (0, 1]) so that no joint exceeds
 * @v_max (n_joints, rad/s) or @a_max (n_joints, rad/s^2); resampled at @rate_hz on the cubic spline (lw-spline.h) through the
 * path's points. The limits hold anywhere on that curve, so for differences of its samples at any rate. The duration is
 * rounded up to whole periods of 1 / rate_hz, and the first t is 0. What lies before and after is the executor's: the movement
 * may start and end at speed. *@out (transfer full); @report (nullable). LW_ERR_TOO_FEW below 2 samples, LW_ERR_RANGE on
 * limits, speed or rate that are not positive or make LW_RETIME_MAX_SAMPLES. */
LwStatus lw_retime_uniform (const LwTrajectory *in, const double *v_max, const double *a_max, double speed, double rate_hz,
                            LwTrajectory **out, LwRetimeReport *report) LW_MUST_USE;
