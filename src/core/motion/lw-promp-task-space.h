/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-phase.h"
#include "lw-promp.h"

/* Where a posture puts the tip: the caller's kinematics. @evaluate sets @x (n_x) = f(q) and @jacobian (n_x x n_joints) =
 * df/dq; its errors end the search. It is called on the thread of the function that got the map. */
typedef struct {
  size_t    n_joints, n_x;
  LwStatus (*evaluate) (void *data, const double *q, double *x, const LwMat *jacobian);
  void     *data;
} LwForwardMap;

/* x = f(q at the phase) + N(0, cov). */
typedef struct {
  LwPhasePoint  at;
  const double *x;   /* (n_x), in units of the map (m) */
  const LwMat  *cov; /* (n_x x n_x), symmetric; NULL: exact */
} LwTaskSpaceObservation;

typedef struct {
  size_t iterations;
  bool   converged; /* to a minimum: the last step was below 1e-10 prior standard deviations, or gained no more than rounding */
  bool   raised;    /* an exact or singular @cov was raised by 1e-10 of the mean variance the prior gives x */
  double cost;      /* 1/2 (q - m)' S^-1 (q - m) + 1/2 (x - f(q))' Sx^-1 (x - f(q)) at the result */
  double residual;  /* largest |x - f(q)| of any component */
} LwTaskSpaceReport;

/* A likeliest posture given p(q) = N(@m, @s) and x [maths.md 2.1]: from m on, Gauss-Newton steps on the cost above with the
 * curvature of f added (differences of J), without which a precise target far from the prior makes them swing; damped so
 * that each lowers the cost. Its fixed point is that of
 *   q <- m + S J' (J S J' + Sx)^-1 (x - f(q) - J (m - q)).
 * S may be singular: q stays in m + range S. @q (n_joints), @cov (n_joints x n_joints, nullable) = (S^-1 + J' Sx^-1 J)^-1
 * there. A target out of reach gives the posture that weighs best; see residual. LW_ERR_SHAPE, LW_ERR_NOT_FINITE;
 * LW_ERR_NOT_SPD for a covariance that is none, or when the prior cannot move x at all; LW_ERR_SOLVER when 300 iterations do
 * not come within 1e-3 standard deviations; the map's own. */
LwStatus lw_task_space_posture (const LwForwardMap *map, const double *m, const LwMat *s, const double *x, const LwMat *sx,
                                double *q, const LwMat *cov, LwTaskSpaceReport *report) LW_MUST_USE;

/* p(w | the tip was there, at each of @n phases), linearised at the likeliest postures of all phases together: what the
 * postures learn reaches the weights by statistical back-propagation, L = Sigma Psi' S^-1, mu + L (q* - m), Sigma + L (cov -
 * S) L', which is conditioning on J Psi w = x - f(q*) + J q* and done so (S is never inverted). @out receives its own
 * storage; it may not be @prior. Errors as above and lw_promp_marginal()'s. @report (nullable). */
LwStatus lw_promp_condition_task_space (const LwBasis *basis, const LwWeightGaussian *prior, const LwForwardMap *map,
                                        const LwTaskSpaceObservation *observations, size_t n, LwWeightGaussian *out,
                                        LwTaskSpaceReport *report) LW_MUST_USE;
