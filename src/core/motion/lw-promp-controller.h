/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-linear-system.h"
#include "lw-phase.h"
#include "lw-promp.h"

/* Stochastic feedback that reproduces a primitive's distribution over time [Paraschos et al. 2013; maths.md 2.1]. The state
 * is y = [q; qd], its marginals N(m_t, S_t), C = Cov (y_t, y_{t+dt}); u = K y + k + e, e ~ N(0, Su / dt) drawn anew each
 * step and held over it. Only moments of consecutive pairs are matched: marginals are reproduced, long-range correlations
 * are not. */

/* One step's law. */
typedef struct {
  size_t  n_state, n_input;
  LwMat   K;     /* (n_input x n_state) */
  double *k;     /* (n_input) */
  LwMat   su;    /* (n_input x n_input) */
  LwMat   noise; /* lower triangular, noise noise' = Su / dt; what rounding made negative counts as zero */
} LwFeedback;

LwStatus lw_feedback_init  (LwFeedback *self, size_t n_state, size_t n_input) LW_MUST_USE;
void     lw_feedback_clear (LwFeedback *self);
/* @u (n_input) = K y + k, with the noise when there is @rng (nullable). No allocation. */
void     lw_feedback_apply (const LwFeedback *self, const double *y, LwRng *rng, double *u);

/* Primitive, joints and scratch of a controller: steps allocate nothing. One thread at a time; basis and Gaussian are
 * borrowed. */
typedef struct LwPrompController LwPrompController;

/* @jitter is added to the diagonals of S_t and S_{t+dt} (0: none), rad^2 and rad^2/s^2 alike; C stays. LW_ERR_RANGE when
 * negative; lw_promp_check()'s errors. *@out (transfer full). */
LwStatus lw_promp_controller_new  (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, double jitter,
                                   LwPrompController **out) LW_MUST_USE;
void     lw_promp_controller_free (LwPrompController *self); /* (nullable) */

/* Exact step: with F = C' S_t^-1, the regression of y_{t+dt} on y_t, and Ss dt = S_{t+dt} - C' S_t^-1 C,
 *   K = Bd^+ (F - Ad),  k = Bd^+ (m_{t+dt} - F m_t - cd),  Su = Bd^+ (Ss dt) Bd^+' dt,
 * for the discrete pair of @system, whose dt lies between @now and @next: the exact one, or Euler's, with which K = B^+ ((F
 * - I)/dt - A). @out untouched on LW_ERR_SHAPE, LW_ERR_NOT_FINITE, LW_ERR_RANGE (phases), LW_ERR_NOT_SPD: S_t is singular,
 * as of fewer demonstrations than joints or at rest; give jitter. */
LwStatus lw_promp_controller_step     (LwPrompController *self, const LwPhasePoint *now, const LwPhasePoint *next,
                                       const LwDiscreteSystem *system, LwFeedback *out) LW_MUST_USE;
/* The published gains, for dt -> 0, for comparison:
 *   Su = B^+ Ss B^+',  K = B^+ (Psidot Sigma Psi' - A S - B Su B'/2) S^-1,  k = B^+ (Psidot mu - (A + B K) Psi mu - c). */
LwStatus lw_promp_controller_small_dt (LwPrompController *self, const LwPhasePoint *now, const LwPhasePoint *next,
                                       const LwLinearSystem *system, double dt, LwFeedback *out) LW_MUST_USE;
