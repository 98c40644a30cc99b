/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-decoupled-kl.h"
#include "lw-learner.h"

/* One improvement of a decoupled policy. SLSQP on x maximises
 *
 *   J - caution se(J) - gamma eta - 1/(2 N) sum_a prior_a x_a^2     subject to KL <= chi
 *
 * J: the normalised importance-sampling estimate (lw-lampo-objective.h). se(J)^2 = sum w_i^2 (R_i - J)^2 is its own standard error: a maximum of J alone is found where a few
 * lucky samples have all the weight; as long as they are few, se is large [after Swaminathan & Joachims 2015]. The priors are counted in episodes: so many would have to speak for
 * a unit of x. Of x, log s is measured from where it began. */
typedef struct {
  double                    kl_bound;             /* chi */
  LwLampoKlDirection        kl_direction;
  double                    regularisation;       /* gamma */
  LwLampoContextKlDirection context_kl_direction;
  bool                      normalised;           /* weights w = softmax (log rho), else rho / N */
  double                    caution;
  double                    prior_gate, prior_offset, prior_slope, prior_scale;
  size_t                    max_iterations;
} LwDecoupledImproveSettings;

/* @features of all @samples, the log densities @log_den (n) of how they were drawn; @x_first and @x_old (n_x): where the policy began and is. @x_new (n_x) receives the policy to go
 * on with: never one outside the bound, or one whose objective is below that of the old policy, which then stays. LW_ERR_STOPPED, LW_ERR_TOO_FEW without samples, LW_ERR_MEMORY leave
 * @x_new untouched. Owner thread; allocates before the first evaluation only. */
LwStatus lw_decoupled_improve (const LwDecoupledFeatures *features, const LwLampoSamples *samples, const double *log_den, const double *x_first, const double *x_old,
                               const LwDecoupledImproveSettings *settings, LwLearnerProgress progress, void *data, const atomic_bool *stop, double *x_new,
                               LwLearnerReport *report) LW_MUST_USE;
