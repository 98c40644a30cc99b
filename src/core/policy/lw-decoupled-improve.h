/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-decoupled-kl.h"
#include "lw-learner.h"

/* One improvement of a decoupled policy. SLSQP on x maximises
 *
 *   J - caution se(J) - gamma eta - 1/(2 N) sum_a prior_a (x_a - x_first_a)^2     subject to KL <= chi
 *
 * J: the importance-sampling estimate (lw-decoupled-estimate.h), se(J) its own standard error: a maximum of J alone is found
 * where a few lucky samples have all the weight; on the way there se is large [after Swaminathan & Joachims 2015]. (Of the
 * normalised weights it vanishes again where a single sample has all of it: that is for the KL bound to keep off, or for
 * min_ess.) The priors are counted in episodes: so many would have to speak for a unit of x. gamma is in units of the rewards. */
typedef struct {
  double                    kl_bound;             /* chi */
  LwLampoKlDirection        kl_direction;
  double                    regularisation;       /* gamma; 0 = off */
  LwLampoContextKlDirection context_kl_direction;
  double                    context_kl_bound;     /* eta <= this as well; 0 = off */
  double                    min_ess;              /* effective samples that the new policy must leave, at least; 0 = off */
  bool                      normalised;           /* weights w = softmax (log rho), else rho / N */
  double                    caution;
  double                    prior_gate, prior_offset, prior_slope, prior_scale;
  size_t                    max_iterations;
} LwDecoupledImproveSettings;

/* @features of all @samples, the log densities @log_den (n) of how they were drawn; @x_first and @x_old (n_x): where the policy
 * began and is. @x_new (n_x) receives the policy to go on with: never one outside a bound, or one whose objective is below that
 * of the old policy, which then stays in every bit; so also where all rewards are equal. A bound that the old policy breaks
 * already becomes where it stands. LW_ERR_STOPPED, LW_ERR_TOO_FEW without samples, LW_ERR_MEMORY leave @x_new and @report
 * untouched. Owner thread; allocates before the first evaluation only. */
LwStatus lw_decoupled_improve (const LwDecoupledFeatures *features, const LwLampoSamples *samples, const double *log_den,
                               const double *x_first, const double *x_old, const LwDecoupledImproveSettings *settings,
                               LwLearnerProgress progress, void *data, const atomic_bool *stop, double *x_new,
                               LwLearnerReport *report) LW_MUST_USE;
