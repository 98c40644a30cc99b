/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* dy/dt = A y + B u + c. */
typedef struct {
  size_t  n_state, n_input;
  LwMat   a, b; /* (n_state x n_state), (n_state x n_input) */
  double *c;    /* (n_state) */
} LwLinearSystem;

/* y after a step of dt with u held: A y + B u + c. */
typedef struct {
  size_t  n_state, n_input;
  double  dt;     /* s */
  LwMat   a, b;
  double *c;
  LwMat   b_left; /* (n_input x n_state) B^+ = (B'B)^-1 B' */
} LwDiscreteSystem;

/* Zeros. LW_ERR_SHAPE unless 1 <= n_input <= n_state; LW_ERR_MEMORY. */
LwStatus lw_linear_system_init  (LwLinearSystem *self, size_t n_state, size_t n_input) LW_MUST_USE;
/* y = [q; qd], u = qdd: what inverse dynamics make of an arm. */
LwStatus lw_linear_system_init_double_integrator (LwLinearSystem *self, size_t n_joints) LW_MUST_USE;
void     lw_linear_system_clear (LwLinearSystem *self);

/* exp of [A B c; 0 0 0] dt: exact for u held over the step. LW_ERR_RANGE unless dt > 0; LW_ERR_NOT_FINITE, also when the
 * exponential overflows; LW_ERR_NOT_SPD when the inputs act alike (B without full column rank). */
LwStatus lw_discrete_system_init_exact (LwDiscreteSystem *self, const LwLinearSystem *system, double dt) LW_MUST_USE;
/* I + A dt, B dt, c dt: first order in dt. */
LwStatus lw_discrete_system_init_euler (LwDiscreteSystem *self, const LwLinearSystem *system, double dt) LW_MUST_USE;
void     lw_discrete_system_clear      (LwDiscreteSystem *self);

/* @left (b->cols x b->rows) = (B'B)^-1 B'. LW_ERR_SHAPE, LW_ERR_NOT_FINITE, LW_ERR_NOT_SPD. */
LwStatus lw_left_inverse (const LwMat *b, const LwMat *left) LW_MUST_USE;
/* @a (square) <- exp (@a): scaling, Taylor's series, squaring. LW_ERR_NOT_FINITE, LW_ERR_MEMORY. */
LwStatus lw_mat_exp      (const LwMat *a) LW_MUST_USE;
