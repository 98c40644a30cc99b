/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"

/* Forward kinematics on an mjData of its own: one per thread. */
typedef struct LwKinematics LwKinematics;

LwKinematics *lw_kinematics_new      (LwArmModel *model); /* NULL when out of memory */
void          lw_kinematics_free     (LwKinematics *self); /* (nullable) */
size_t        lw_kinematics_n_joints (const LwKinematics *self);
void          lw_kinematics_set      (LwKinematics *self, const double *q); /* (n_joints) rad */
/* Tip position (m) and (nullable) rotation, row-major 3 x 3, in the world, at the last q set. */
void          lw_kinematics_tip      (const LwKinematics *self, double pos[3], double rot[9]);
/* d tip / d q (3 x n_joints) at the last q set. */
void          lw_kinematics_jacobian (LwKinematics *self, const LwMat *jac);
/* Torques that hold the arm still at the last q set (n_joints), N m. */
void          lw_kinematics_gravity  (LwKinematics *self, double *tau);
/* Lowest point of any arm geom, m: for the floor limit. */
double        lw_kinematics_lowest   (LwKinematics *self);
/* Damped least squares to @target from @q (in: start, out: result), within joint ranges; LW_ERR_SOLVER with the nearest q when
 * @tolerance (m) is not met.
 * From a start that does not get there, home and thirty fixed postures are tried: a result far from @q is possible, always the same one.
 * LW_ERR_NOT_FINITE, LW_ERR_RANGE (@tolerance <= 0) leave @q alone. Leaves the last q tried set. */
LwStatus      lw_kinematics_reach    (LwKinematics *self, const double target[3], double tolerance, double *q) LW_MUST_USE;
