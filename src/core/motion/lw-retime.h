/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-trajectory.h"

typedef struct {
  double factor;     /* duration out / duration in, >= 1 */
  double duration;   /* s, planned */
  size_t joint;      /* the one that decides; n_joints when none does */
  int    by;         /* 'v' velocity, 'a' acceleration, 0 none */
} LwRetimeReport;

/* Uniform retiming: the same path, t scaled by the smallest factor >= 1 (divided by @speed in (0, 1]) so that no joint exceeds
 * @v_max (n_joints, rad/s) or @a_max (n_joints, rad/s^2); resampled at @rate_hz by a smooth (cubic) interpolation through the path's points. */
LwStatus lw_retime_uniform (const LwTrajectory *in, const double *v_max, const double *a_max, double speed, double rate_hz,
                            LwTrajectory **out, LwRetimeReport *report) LW_MUST_USE;
