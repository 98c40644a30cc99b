/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-forcing-basis.h"
#include "lw-trajectory.h"

/* Dynamic movement primitive [Ijspeert et al., Neural Computation 2013; maths.md 2.2]: a damped spring to the goal and a
 * learned force, over scaled time s = t / tau, primes by s:
 *   y'' = a (b (g - y) - y') + x psi(x)' w          b = a / 4: critically damped
 * It can be stopped, started elsewhere, slowed down and sent to another goal at any moment: only position and velocity are its
 * state. */

typedef enum {
  LW_DMP_PLAIN = 0,
  LW_DMP_SMOOTH,         /* ... - a b (g - y_0) x: the goal's pull starts from nothing [Hoffmann et al., ICRA 2009] */
  LW_DMP_FINAL_VELOCITY, /* g moves on a quintic from the start to a goal with velocity and acceleration [Muelling et al.,
                          * IJRR 2013]:
                          * y'' = a (b (g - y) + g' - y') + g'' + x psi' w until s = 1, where a resting goal takes over */
} LwDmpKind;

/* Rows of start and goal. */
enum { LW_DMP_POSITION = 0, LW_DMP_VELOCITY, LW_DMP_ACCELERATION };

typedef struct {
  LwDmpKind      kind;
  size_t         n_joints;
  LwForcingBasis basis;
  double         a, b;
  double         tau;   /* s, duration */
  double         step;  /* of the integration, in s: at most */
  LwMat          w;     /* (n_joints x n) */
  LwMat          start; /* (3 x n_joints) rad, rad/s, rad/s^2; the acceleration is only asked for by LW_DMP_FINAL_VELOCITY */
  LwMat          goal;  /* (3 x n_joints); without LW_DMP_FINAL_VELOCITY only the position counts */
} LwDmp;

/* No force, start and goal at 0, b = a / 4, step 0.001. LW_ERR_RANGE unless a and tau are positive and there is a joint. Release
 * with lw_dmp_clear(). Owner thread; a const one may be rolled out by any. */
LwStatus lw_dmp_init  (LwDmp *self, LwDmpKind kind, size_t n_joints, const LwForcingBasis *basis, double a,
                       double tau) LW_MUST_USE;
void     lw_dmp_clear (LwDmp *self);

/* Weights by ridge regression from one demonstration, whose duration, start and goal become this one's. @v, @acc (n_samples x
 * n_joints, nullable) are its derivatives in rad/s and rad/s^2; what is missing comes from differences: central, one-sided at
 * the ends, and zero at the last sample unless the kind has a final velocity. LW_ERR_SHAPE, LW_ERR_TOO_FEW below 2 samples,
 * LW_ERR_NOT_FINITE, LW_ERR_RANGE on times or @ridge; LW_ERR_NOT_SPD when @ridge is too small for rank-deficient data. */
LwStatus lw_dmp_fit   (LwDmp *self, const LwTrajectory *demo, const LwMat *v, const LwMat *acc, double ridge) LW_MUST_USE;

/* Positions and velocities (n_joints; velocity nullable: at rest); accelerations become 0. LW_ERR_NOT_FINITE. The goal may
 * change between two lw_dmp_advance(). */
LwStatus lw_dmp_set_start (LwDmp *self, const double *y, const double *v) LW_MUST_USE;
LwStatus lw_dmp_set_goal  (LwDmp *self, const double *y, const double *v) LW_MUST_USE;
/* Another tempo, before a movement or during it: the same path when velocities at start and goal scale along, as they do here;
 * a movement under way keeps the velocity it has. LW_ERR_RANGE, also when a velocity at an end leaves the range of numbers. */
LwStatus lw_dmp_set_duration (LwDmp *self, double tau) LW_MUST_USE;

/* The right side in rad/s^2 at scaled time @s; @y, @v, @acc (n_joints). */
void     lw_dmp_acceleration (const LwDmp *self, double s, const double *y, const double *v, double *acc);
/* @seconds on from (@s, @y, @v), which receive the new state, by Runge-Kutta of fourth order with every stage at its own
 * phase, in equal sub-steps. No allocation. LW_ERR_RANGE, LW_ERR_NOT_FINITE leave the state untouched. */
LwStatus lw_dmp_advance (const LwDmp *self, double seconds, double *s, double *y, double *v) LW_MUST_USE;
/* From the start for @duration s (beyond tau it settles at the goal), round(duration rate_hz) + 1 samples, the last at
 * @duration. *@out (transfer full); @v (nullable) receives velocities in its own storage. LW_ERR_RANGE on times,
 * LW_ERR_NOT_FINITE, LW_ERR_MEMORY. */
LwStatus lw_dmp_rollout (const LwDmp *self, double duration, double rate_hz, LwTrajectory **out, LwMat *v) LW_MUST_USE;
