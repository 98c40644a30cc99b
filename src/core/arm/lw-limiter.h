/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "lw-kinematics.h"
#include "lw-trajectory.h"

/* The ONE limiter between every goal source and the bus. Arrays are (n_joints). */
typedef struct {
  size_t n_joints;
  double q_min[LW_MAX_JOINTS], q_max[LW_MAX_JOINTS]; /* rad */
  double v_max[LW_MAX_JOINTS];                       /* rad/s */
  double a_max[LW_MAX_JOINTS];                       /* rad/s^2 */
  double box_min[3], box_max[3];                     /* workspace of the tip, m; infinite = off */
  double floor_z;                                    /* no arm geom below, m; -inf = off */
  double stop_time;                                  /* s: Stop decelerates at v_max / stop_time; default 0.08 */
} LwLimits;

void lw_limits_from_model (const LwArmModel *model, LwLimits *out);
/* Four hexadecimal digits that name these limits: shown, and stored with every demonstration ("A3F9"). */
void lw_limits_code       (const LwLimits *limits, char code[5]);

typedef struct LwLimiter LwLimiter;

typedef enum { LW_LIMITED_NOT = 0, LW_LIMITED_POSITION = 1, LW_LIMITED_VELOCITY = 2, LW_LIMITED_ACCELERATION = 4, LW_LIMITED_WORKSPACE = 8 } LwLimited;

/* @model may be NULL when box and floor are off. Owner thread; step() does not allocate. */
LwLimiter *lw_limiter_new   (const LwLimits *limits, LwArmModel *model, double dt);
void       lw_limiter_free  (LwLimiter *self);
/* Starts from rest at @q (measured). */
void       lw_limiter_reset (LwLimiter *self, const double *q);
/* The goal that may be emitted when @wanted is asked for: within every limit, and such that braking within them is always possible.
 * Returns which limits acted (LwLimited bits). */
unsigned   lw_limiter_step  (LwLimiter *self, const double *wanted, double *goal);
/* The next goal of a stop: along the current velocity at the stop deceleration; returns true once at rest. */
gboolean   lw_limiter_stop_step (LwLimiter *self, double *goal);
const double *lw_limiter_goal     (const LwLimiter *self);
const double *lw_limiter_velocity (const LwLimiter *self);

/* What the arm would be told, computed once and then emitted as it stands: preview, verdict and execution share it. Immutable, reference-counted (atomic). */
typedef struct {
  LwTrajectory *goals;        /* every goal at the control rate: ramp from the measured pose, then the movement */
  size_t        n_ramp;       /* goals before the movement itself begins */
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

/* Retimes @movement uniformly to the limits (same path, slowed by @speed in (0, 1]), ramps to its start from @q_measured and runs all of it through the limiter. */
LwStatus lw_plan_new   (const LwLimits *limits, LwArmModel *model, double rate_hz, const double *q_measured, const LwTrajectory *movement, double speed,
                        LwPlan **out) LW_MUST_USE;
LwPlan  *lw_plan_ref   (LwPlan *self);
void     lw_plan_unref (LwPlan *self);
