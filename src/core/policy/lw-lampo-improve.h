/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-kl.h"
#include "lw-learner.h"

/* One improvement of a LAMPO policy [T eq. 12], maths.md 1.6: SLSQP on x maximises J - gamma eta subject to KL <= chi.
 *
 * Three additions to the published algorithm, each with its own setting, close ways in which importance sampling lets a policy
 * look better than it is. Strata: see lw-lampo-objective.h. Gate bound: episodes say nothing about a component in contexts where
 * it was never drawn, so weight that leaks there costs nothing on paper, and later episodes hardly ever show it; the gate's
 * divergence from that of the imitation policy is therefore bounded, more widely the more episodes there are. Least ESS: J rests
 * on ESS = 1 / sum w^2 episodes, and its standard error is what that number says, not how many there were: so the bound is a
 * number of episodes, not a share of them (a share would tighten with every iteration, as old episodes grow unlike new ones). */
typedef struct {
  double                    kl_bound;          /* chi */
  LwLampoKlDirection        kl_direction;
  double                    regularisation;    /* gamma; 0 = off */
  LwLampoContextKlDirection context_kl_direction;
  double                    context_kl_bound;  /* eta <= this as well; 0 = off */
  size_t                    max_iterations;
  bool                      normalised;        /* weights w = softmax (log rho), else rho / N: no strata then */
  bool                      strata;            /* normalise the weights in each component's contexts by themselves */
  double                    gate_bound;        /* on lw_lampo_gate_divergence(), for every 100 episodes; 0 = off */
  double                    min_ess;           /* effective samples that the new policy must leave, at least; 0 = off */
  bool                      raw_rewards;       /* the solver sees the rewards as they are, not in units of their spread */
  bool                      guard;             /* the checks of the solver's end, below; off as in the published code */
} LwLampoImproveSettings;

/* @samples and the log densities @log_den (n) of how they were drawn; @x_first and @x_old (n_x): imitation and present policy.
 * Where all rewards are equal there is nothing to go by, and the old policy stays. A bound that the old policy breaks already
 * becomes where it stands.
 *
 * The solver's end is not trusted. s becomes |s| and the base has mean 0 (only s^2 and differences of the base matter; else a
 * segment between two policies could cross s = 0, where the KL is infinite); when a bound is broken the feasible point nearest to
 * it on the segment to the old policy takes its place; when J - gamma eta is then not above that of the old policy, the old one
 * stays.
 *
 * @x_new (n_x) receives the policy to go on with and @report what happened; both also when the old policy was kept.
 * LW_ERR_STOPPED, LW_ERR_TOO_FEW without samples, LW_ERR_MEMORY leave @x_new untouched. Owner thread; allocates before the first
 * evaluation only. */
LwStatus lw_lampo_improve (const LwLampoSamples *samples, const double *log_den, const double *x_first, const double *x_old,
                           const LwLampoImproveSettings *settings, LwLearnerProgress progress, void *data,
                           const atomic_bool *stop, double *x_new, LwLearnerReport *report) LW_MUST_USE;
