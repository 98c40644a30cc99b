/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-retime.h"

/* Path speeds at the ends, in units of the movement's own: 1 is the speed it has there itself. */
typedef struct {
  double start, end;
} LwRetimeEnds;

/* Time-optimal retiming: the same path, the spline (lw-spline.h) through the points, in the shortest time in which no joint
 * exceeds @v_max (n_joints, rad/s) or @a_max (n_joints, rad/s^2), divided by @speed in (0, 1]. Of a pause only the stop is
 * left. Like lw_retime_uniform() otherwise: limits hold anywhere on the curve, the duration is rounded up to whole periods, the
 * first t is 0.
 * @ends (nullable): at rest, as far as samples at @rate_hz can tell: standing still before and after is within the limits, too.
 * Where the movement itself starts and ends so, the result is never longer than uniform retiming's.
 * @report (nullable): the factor may be below 1 here; joint and by tell the limit that is reached for most of the time.
 * Errors as of lw_retime_uniform(); LW_ERR_RANGE also for @ends that the limits do not allow. O(n_samples n_joints). */
LwStatus lw_retime_optimal (const LwTrajectory *in, const double *v_max, const double *a_max, double speed, double rate_hz,
                            const LwRetimeEnds *ends, LwTrajectory **out, LwRetimeReport *report) LW_MUST_USE;
