/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learner.h"

/* LAMPO [Tosatto, Chalvatzaki, Peters: Contextual Latent-Movements Off-Policy Optimization for Robotic Manipulation Skills] as an
 * LwLearner. Its latent record is [k, z_1 .. z_d]. Settings (lw_learner_settings() has ranges and defaults):
 *
 *   kl_bound              chi, on the mean KL between two policies over (k, z) given the contexts seen
 *   kl_direction          0 old-new (the paper's), 1 new-old
 *   regularisation        gamma, weight of the context divergence eta in the objective; 0 = off
 *   context_kl_direction  0 first-new (as published code has it), 1 new-first (as the paper writes it)
 *   context_kl_bound      eta stays below this; 0 = off
 *   max_iterations        of the solver
 *   denominator           of the importance weights: 0 the mixture of all policies so far, 1 the one that drew the episode
 *   normalised            1 = self-normalised importance weights, 0 = plain ones
 *   strata                1 = normalise the weights in each component's contexts by themselves (lw-lampo-objective.h)
 *   gate_bound            divergence of p(k|c) from the imitation policy's, allowed for every 100 episodes (lw-lampo-kl.h);
 *                         0 = off
 *   min_ess               effective episodes that a new policy must leave, at least (lw-lampo-improve.h); 0 = off
 *   reward_unit           of the solver's objective: 0 the spread of the rewards, 1 the rewards as they are
 *   guard                 1 = check the solver's end (lw-lampo-improve.h), 0 = take it as it is
 *
 * As published: kl_direction 1, max_iterations 100, strata 0, gate_bound 0, min_ess 0, reward_unit 1, guard 0.
 *
 * State arrays: current, policies, counts, log_p, contexts, latents, rewards, settings by their names, and the model's weights
 * and variances, by which a state that belongs to another model is refused (LW_ERR_RANGE). */

/* (nullable) when memory is short or @model is not usable with @n_context. */
LwLearner *lw_lampo_new (const LwImitation *imitation);
const LwLearnerSetting *lw_lampo_settings (size_t *n);
