/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-phase.h"
#include "lw-promp-condition.h"

/* One number known about a movement: rad, rad/s or rad/s^2. */
typedef struct {
  size_t       joint;
  LwPhasePoint at;
  LwOrder      order;
  double       value;
} LwObservation;

/* A stack of them, of any joints, orders and phases, with their noise: what conditioning takes. */
typedef struct {
  LwBasis basis;
  size_t  n_joints;
  size_t  n, n_allocated;
  double *a; /* (n x W): psi, psidot or psiddot in the joint's place */
  double *y; /* (n) */
  double *r; /* (n_allocated x n_allocated), the first n rows and columns in use */
} LwObservations;

/* Empty. lw_basis_check()'s errors; LW_ERR_SHAPE without joints, or so many that W overflows. */
LwStatus lw_observations_init      (LwObservations *self, const LwBasis *basis, size_t n_joints) LW_MUST_USE;
void     lw_observations_clear     (LwObservations *self);
/* One number with noise of its own: @variance 0 is exact. LW_ERR_RANGE: joint, order or phase that is not there, negative
 * variance. LW_ERR_NOT_FINITE, LW_ERR_MEMORY. On error the stack is as it was. */
LwStatus lw_observations_add       (LwObservations *self, const LwObservation *observation, double variance) LW_MUST_USE;
/* @n of them whose errors have covariance @cov (n x n, symmetric; NULL: exact). LW_ERR_SHAPE, LW_ERR_NOT_SPD for a @cov with
 * a negative eigenvalue. */
LwStatus lw_observations_add_block (LwObservations *self, const LwObservation *observations, size_t n,
                                    const LwMat *cov) LW_MUST_USE;
/* All joints at once: @values (n_joints) of one order at one phase, @cov (n_joints x n_joints; NULL: exact). */
LwStatus lw_observations_add_all   (LwObservations *self, const LwPhasePoint *at, LwOrder order, const double *values,
                                    const LwMat *cov) LW_MUST_USE;
/* p(w | the stack): lw_weight_gaussian_condition() on it. */
LwStatus lw_observations_condition (const LwObservations *self, const LwWeightGaussian *prior, LwWeightGaussian *out,
                                    bool *raised) LW_MUST_USE;
