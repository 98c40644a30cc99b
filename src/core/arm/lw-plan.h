/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-limiter.h"
#include "lw-trajectory.h"

/* What the arm would be told, computed once and then emitted as it stands: preview, verdict and execution share it. Immutable,
 * reference-counted (atomic). */
typedef struct {
  LwTrajectory *goals;        /* every goal at the control rate: ramp from the measured pose, then the movement, then the way to rest */
  size_t        n_ramp;       /* goals before the movement itself begins */
  double        rate_hz;
  double        speed;        /* what it was planned for: an arm set slower refuses it */
  double        duration;     /* s, all */
  double        retimed_by;   /* factor against the wanted duration (>= 1) */
  double        peak_speed;   /* rad/s */
  double        peak_fraction;/* largest |velocity| / v_max */
  size_t        closest_joint;/* nearest to a position limit */
  double        closest_limit;/* its distance, rad */
  unsigned      limited;      /* LwLimited bits: the path itself was cut */
  double        deviation;    /* largest distance of an emitted goal from the wanted path, rad */
  double        far;          /* largest joint distance from the measured pose to the start, rad: the window asks above 0.5 */
  char          code[5];
  atomic_int    ref_count;
} LwPlan;

/* A goal further than this (rad) from the path it was asked for counts as cut. */
#define LW_PLAN_TOLERANCE 1e-4

/* Retimes @movement uniformly to the limits (same path, slowed by @speed in (0, 1]), ramps to its start from @q_measured and runs all of it
 * through the limiter. A movement that begins or ends in motion is eased in and out on its own path; when velocity or acceleration still cut it,
 * it is slowed further until they do not. @q_measured (n_joints): where the arm is told to be (lw_arm_get_start()).
 * LW_ERR_SHAPE when joints disagree, LW_ERR_TOO_FEW below 2 samples, LW_ERR_NOT_FINITE, LW_ERR_RANGE (times, limits, rate, speed), LW_ERR_MEMORY.
 * Any thread; allocates. */
LwStatus lw_plan_new   (const LwLimits *limits, LwArmModel *model, double rate_hz, const double *q_measured, const LwTrajectory *movement, double speed,
                        LwPlan **out) LW_MUST_USE;
LwPlan  *lw_plan_ref   (LwPlan *self);
void     lw_plan_unref (LwPlan *self); /* (nullable) */
