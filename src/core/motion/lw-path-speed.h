/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* How fast a path may be followed: time-optimal path parametrisation by reachability analysis [Pham & Pham, IEEE Trans.
 * Robotics 2018]. Along a path q(s) followed with ds/dt = sqrt(x) and d2s/dt2 = u, joint limits are linear in (u, x): |q' u +
 * q'' x| <= a_max, q'^2 x <= v_max^2; and x grows by 2 u a unit of s. Backwards from the end, which x can still be brought to
 * it; forwards from the start, the largest of these. */

/* Squared speeds, at least and at most; both the same to ask for one. */
typedef struct {
  double least, most;
} LwPathSpeedRange;

/* No path is followed faster than this: where nothing bounds the speed. */
#define LW_PATH_SPEED_MOST 1e4

/* What part of the limits may be used, above 0 to 1. Below LW_PATH_SPEED_WARY of it, velocity is also limited by the path's
 * slope at the segment's other end: near a joint's turning point nothing else would hold it. */
#define LW_PATH_SPEED_WARY 0.95
typedef struct {
  double v, a;
} LwPathSpeedShare;

/* @s (n, strictly increasing), @dq, @ddq (n x n_joints) the path's derivatives by s there, @v_max, @a_max (n_joints,
 * positive or infinite), of which @share (n - 1, nullable: all) may be used from one s to the next. @x (n) receives the
 * squared speed; u is constant from each s to the next, and the limits hold at both its ends. LW_ERR_TOO_FEW below 3 points;
 * LW_ERR_RANGE when the ranges at the ends cannot be had; LW_ERR_SHAPE. O(n n_joints). */
LwStatus lw_path_speed_optimal (const double *s, const LwMat *dq, const LwMat *ddq, const double *v_max, const double *a_max,
                                const LwPathSpeedShare *share, LwPathSpeedRange start, LwPathSpeedRange end,
                                double *x) LW_MUST_USE;
