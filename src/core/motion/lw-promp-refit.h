/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-phase.h"
#include "lw-promp.h"

/* A primitive whose marginals come nearest to given ones, N(m_t, S_t) at each of n times, so that what was combined
 * (lw-promp-product.h) can be stored and executed like any other: minimises the mean over t of
 *   KL (N(m_t, S_t) || N(Psi_t mu, Q_t)),   Q_t = Psi_t Sigma Psi_t' + r I.
 * mu is the ridge regression on m_t weighted by S_t^-1; Sigma follows by expectation maximisation, with D_t = S_t + (m_t -
 * Psi_t mu)(.)':
 *   Sigma <- Sigma + s Sigma [1/n sum_t Psi_t' Q_t^-1 (D_t - Q_t) Q_t^-1 Psi_t] Sigma,
 * which never raises the divergence at s = 1; longer steps are kept while they lower it. What no marginal tells (how the
 * weights of distant times vary together) stays what the start says. */

typedef struct {
  double ridge;          /* of mu, relative to the mean diagonal of its normal equations */
  double regulariser;    /* r, on Q_t and S_t */
  size_t max_iterations;
  double tolerance;      /* stop when an iteration lowers the divergence by less, nats a time */
} LwRefitSettings;

typedef struct {
  size_t iterations;
  bool   converged;
  double divergence; /* mean KL a time, nats */
} LwRefitReport;

void     lw_refit_settings_init (LwRefitSettings *self); /* 1e-9, 1e-8, 400, 1e-6 */
/* @mean (n x m), @cov (n m x m), m = n_orders n_joints, as lw_promp_product() writes them. @start (nullable): Sigma to start
 * from, for instance a part's. @out receives its own storage; @report (nullable). LW_ERR_TOO_FEW without times;
 * LW_ERR_SHAPE, LW_ERR_RANGE (orders, phases, settings), LW_ERR_NOT_FINITE, LW_ERR_NOT_SPD when an S_t is singular. O(n m
 * W^2) an iteration. */
LwStatus lw_promp_refit         (const LwBasis *basis, size_t n_joints, const LwPhasePoint *at, size_t n, size_t n_orders,
                                 const LwMat *mean, const LwMat *cov, const LwRefitSettings *settings,
                                 const LwWeightGaussian *start, LwWeightGaussian *out, LwRefitReport *report) LW_MUST_USE;
