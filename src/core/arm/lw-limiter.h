/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdint.h>

#include "lw-kinematics.h"
#include "lw-limits.h"

/* The ONE limiter between every goal source and the bus.
 *
 * A goal is emitted every dt; velocity and acceleration are the first and second differences of the goals, and those are what is limited: no
 * continuous-time approximation. What is kept true after every step, so that the next one always exists:
 *   - joint by joint, braking at a_max from here ends within the position limits;
 *   - with a box or floor on, every goal of that braking is inside them (forward kinematics of each).
 * A step that would break this is replaced by the braking itself. An arm that starts outside a limit (guided there by hand) may not go further
 * out. */
typedef struct LwLimiter LwLimiter;

typedef enum { LW_LIMITED_NOT = 0, LW_LIMITED_POSITION = 1, LW_LIMITED_VELOCITY = 2, LW_LIMITED_ACCELERATION = 4, LW_LIMITED_WORKSPACE = 8 } LwLimited;

/* With box or floor on, speeds are also bounded so that braking takes no more goals than this: that bounds the work of a step. */
#define LW_LIMITER_BRAKE_STEPS 128

/* @model may be NULL when box and floor are off. NULL when limits are not valid, @dt is not positive, the model is missing or memory is short.
 * Owner thread; the functions below do not allocate. */
LwLimiter *lw_limiter_new       (const LwLimits *limits, LwArmModel *model, double dt);
void       lw_limiter_free      (LwLimiter *self); /* (nullable) */
/* Starts from rest at @q (measured). */
void       lw_limiter_reset     (LwLimiter *self, const double *q);
/* Velocities are bounded by @speed v_max, @speed in (0, 1]; when that is lowered in motion, the arm slows down within a_max. */
void       lw_limiter_set_speed (LwLimiter *self, double speed);
/* The goal that may be emitted when @wanted is asked for: within every limit, and such that braking within them is always possible. A moving
 * @wanted is followed without lag, a constant one is reached without overshoot, a value that is not finite brakes its joint.
 * Returns which limits acted (LwLimited bits). Exact in this sense: goals it emitted, asked for again from the same start, come out bit for bit. */
unsigned   lw_limiter_step      (LwLimiter *self, const double *wanted, double *goal);
/* The next goal of a stop: along the current velocity at the stop deceleration, all joints scaled together; returns true once at rest, after
 * stop_time at the latest. The one exception to a_max; near a position limit a joint may slow down sooner, never later. */
gboolean   lw_limiter_stop_step (LwLimiter *self, double *goal);
/* The same for a part @h (0 < @h <= dt, s) of a step: a Stop that comes between two goals is answered at once. */
gboolean   lw_limiter_stop_part (LwLimiter *self, double h, double *goal);
gboolean   lw_limiter_at_rest   (const LwLimiter *self);
const double *lw_limiter_goal     (const LwLimiter *self);
const double *lw_limiter_velocity (const LwLimiter *self);
/* What bounds velocity and acceleration (n_joints): a hair inside the limits, and inside LW_LIMITER_BRAKE_STEPS where that counts. */
const double *lw_limiter_v_max    (const LwLimiter *self);
const double *lw_limiter_a_max    (const LwLimiter *self);
