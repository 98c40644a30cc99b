/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lw-mat.h"

/* Relative entropy policy search on samples [Peters, Muelling, Altun 2010; contextual: Kupcsik et al. 2013], maths.md 2.4: of all
 * weights p with KL(p || q) <= epsilon, and, with features, sum p_i phi_i = sum q_i phi_i, those of the highest mean reward.
 *
 *   q_i  prior weights, sum 1: 1/n, or in proportion to pi_now / q_mixture for episodes of earlier policies
 *   eta  temperature: p_i in proportion to q_i exp ((R_i - v'phi_i) / eta)
 *   v    baseline over the features
 *   g    dual, eta epsilon + v'phibar + eta log sum_i q_i exp ((R_i - v'phi_i) / eta)
 *
 * Scale-free: rewards are shifted and divided by their range inside, features are centred and whitened, so that neither their
 * units nor their offsets matter; what is reported is in the caller's units. Any thread; allocates O(n (1 + f)) scratch. */

typedef struct {
  double eta;        /* of the rewards' units; 0 when KL < epsilon for every eta > 0 (below) */
  double kl;         /* KL(p || q): epsilon to rounding, or what could be reached */
  double ess;        /* 1 / sum p^2 */
  double dual;       /* g at the optimum, which is the mean reward under p */
  size_t iterations; /* Newton steps on log eta */
  bool   converged;  /* KL = epsilon, or the bound cannot bind */
} LwRepsReport;

/* @weights (n, sum 1) of @rewards (n). @log_prior_weight (n, nullable) need not be normalised; -inf leaves a sample out.
 * @epsilon > 0, infinity allowed. With rewards all equal, or one sample, @weights is the prior and the report's eta 0; when even
 * all weight on the best stays within @epsilon, that is the result, with eta 0. LW_ERR_TOO_FEW for n = 0 or no sample with prior
 * weight; LW_ERR_NOT_FINITE for a reward or prior that is NaN or infinite (bar -inf in the prior); LW_ERR_RANGE for @epsilon. */
LwStatus lw_reps_weights (const double *rewards, size_t n, const double *log_prior_weight, double epsilon, double *weights,
                          LwRepsReport *report) LW_MUST_USE;

/* The same with @features (n x f), whose mean under the prior is kept. @v (f, nullable) receives the baseline; a constant column
 * is not identified and gets 0, and of linearly dependent columns the smallest baseline (in standardised columns) is taken.
 * Rewards that the features explain leave nothing to weigh: the prior. When KL stays under @epsilon for eta -> 0 the weights are
 * those of the smallest eta that still changes them, and that eta is reported. LW_ERR_SHAPE when features has not @n rows;
 * otherwise as above, LW_ERR_SOLVER when no baseline could be found. */
LwStatus lw_reps_contextual_weights (const double *rewards, size_t n, const LwMat *features, const double *log_prior_weight,
                                     double epsilon, double *weights, double *v, LwRepsReport *report) LW_MUST_USE;
