/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learner.h"

/* LAMPO with decoupled policies (lw-decoupled-policy.h): the program's default, "lampo". What is LAMPO's [T] stays: latent
 * movements of an MPPCA, off-policy improvement from all episodes by normalised importance sampling with the mixture of all past
 * policies, a KL bound, SLSQP. tests/bench/evidence.sh shows what the rest gains over "lampo-paper".
 *
 *   kl_bound, kl_direction, regularisation, context_kl_direction, context_kl_bound, min_ess, max_iterations, denominator,
 *                  normalised: as "lampo-paper"
 *   caution        standard errors of J that are subtracted from it
 *   exploration    spread of what is tried at first, in conditional standard deviations of the demonstrations
 *   slopes         whether corrections vary with the context within a component: 0 no, 1 yes, 2 where that takes at most 200
 *                  numbers (the solver is cubic in them)
 *   mean           what is corrected: 0 the mixture's movement, 1 a regression's, 2 that of the two which predicts
 *                  demonstrations better. A regression averages: 2 is for tasks whose demonstrations are of one kind
 *                  (these three are settled by the first episode)
 *   prior_gate, prior_offset, prior_slope, prior_scale: episodes' worth of resistance of weights, corrections, their slopes,
 *                  and spreads
 *
 * @imitation's mixture is copied. NULL when it leaves no movement or memory is short. */
LwLearner *lw_decoupled_new (const LwImitation *imitation);
const LwLearnerSetting *lw_decoupled_settings (size_t *n);
