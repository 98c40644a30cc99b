/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-samples.h"

/* J of a policy by importance sampling, log rho_i = log p_i - log q_i, with its standard error: what a decoupled policy's
 * objective is made of. Rewards are standardised to mean 0 and deviation 1, so that the solver's unit Hessian suits them whatever
 * their size.
 *
 *   normalised  w = softmax (log rho), v_i = w_i (R_i - J):  d J / d log rho_j = v_j,
 *               d se^2 / d log rho_j = 2 (v_j^2 - w_j se^2 - (sum_i w_i v_i) v_j)
 *   plain       w_i = rho_i / N,       v_i = w_i R_i:        d J / d log rho_j = v_j,  d se^2 / d log rho_j = 2 v_j^2
 *   J = sum w_i R_i,  se^2 = sum v_i^2
 *
 * Owned storage; owner thread. */
typedef struct {
  size_t        n;
  const double *log_den; /* (n) borrowed: log q_i */
  double       *reward;  /* (n) standardised */
  double       *weight;  /* (n) */
  double       *factor;  /* (n) of each sample's grad log p in the gradient of what was asked for last */
  double        mean, spread; /* of the rewards as they are; a spread of 0 when they are equal, but for rounding */
} LwDecoupledEstimate;

LwStatus lw_decoupled_estimate_init  (LwDecoupledEstimate *self, const LwLampoSamples *samples,
                                      const double *log_den) LW_MUST_USE;
void     lw_decoupled_estimate_clear (LwDecoupledEstimate *self);
/* J - @caution se of log densities @log_p (n), in deviations; NaN when a density is. @J alone; @ess = 1 / sum w^2 of the
 * normalised weights (nullable both). Fills the factors. O(N), no allocation. */
double   lw_decoupled_estimate_value (LwDecoupledEstimate *self, const double *log_p, bool normalised, double caution, double *J,
                                      double *ess);
/* log (N / ESS), as lw_lampo_weight_divergence(). Fills the factors. */
double   lw_decoupled_estimate_unevenness (LwDecoupledEstimate *self, const double *log_p);
