/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"

/* A moving arm: an mjData of its own, stepped by its owner thread. */
typedef struct LwDynamics LwDynamics;

LwDynamics *lw_dynamics_new   (LwArmModel *model, double dt); /* s; at home, at rest. NULL when out of memory or dt is not above zero */
void        lw_dynamics_free  (LwDynamics *self); /* (nullable) */
double      lw_dynamics_dt    (const LwDynamics *self);
/* Also the way back after a failed step. Torque, balance and hand stay as they are; scene objects return to their start. */
void        lw_dynamics_set   (LwDynamics *self, const double *q, const double *dq); /* dq nullable = 0 */
void        lw_dynamics_get   (const LwDynamics *self, double *q, double *dq);      /* each nullable; of the last good step */
/* Motor torques from the next step on (n_joints), clipped to the joints' torque limits. */
void        lw_dynamics_torque (LwDynamics *self, const double *tau);
/* Joint i counterbalanced: gravity and Coriolis forces cancelled on it, as by springs or a gravity mode. */
void        lw_dynamics_balance (LwDynamics *self, size_t joint, bool on);
/* Dry friction of joint i, N m: gears differ, and a file gives only one value. */
void        lw_dynamics_friction (LwDynamics *self, size_t joint, double torque);
/* Something holds joint i where it is, whatever turns it. */
void        lw_dynamics_block (LwDynamics *self, size_t joint, bool on);
/* A hand: spring-damper from a point of @body (body frame, m) to @target (world, m). @body < 0 lets go. */
void        lw_dynamics_hand  (LwDynamics *self, int body, const double point[3], const double target[3], double stiffness, double damping);
/* One step of dt. LW_ERR_NOT_FINITE when MuJoCo found a bad state (it resets silently otherwise), LW_ERR_SOLVER on its error handler.
 * After either, every further step returns the same until lw_dynamics_set(). */
LwStatus    lw_dynamics_step  (LwDynamics *self) LW_MUST_USE;
