/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learner.h"

/* Contextual relative entropy policy search [Kupcsik et al. 2013; maths.md 2.4] on ProMP weights, as an LwLearner.
 *
 *   movement = A'phi (c) + V'z,   z | c ~ N(B'psi (c), L L')
 *
 * A is the regression of the demonstrations and V (d x m) the leading directions of their movements (lw-offset-model.h); they
 * stay as they are. The search is over B and L: contextual REPS weights the episodes, and B, L are refitted to them
 * (lw-creps-improve.h). It starts at B = 0, L = exploration I: the imitation's mean with that part of the spread that
 * demonstrations have about it. With all m = 161 numbers of a seven-joint movement and 100 episodes an iteration a covariance
 * could not be estimated at all, hence the d directions; what lies outside them is never tried.
 *
 * Its latent record is z. Settings (lw_learner_settings() has ranges and defaults):
 *
 *   kl_bound          epsilon of the dual: how far the weights may be from those of the present policy
 *   step_bound        KL(new || old) a step may have, over kl_bound
 *   features          degree of psi: 0 one offset for all contexts, 1 linear, 2 quadratic
 *   baseline          degree of the dual's baseline
 *   dimensions        d
 *   degree            of phi, 0 = chosen by leaving demonstrations out
 *   exploration       see above
 *   reuse             batches used beside the last, by importance weights over the mixture of their policies
 *   mean_prior        pseudo-episodes for the old mean, a feature
 *   covariance_prior  pseudo-episodes for the old covariance, a direction
 *
 * features, dimensions, degree and exploration are structural: another value starts again from the demonstrations, and is refused
 * once there are episodes.
 *
 * State arrays: mean, chol, the model (imitation_*), the history (lw-creps-history.h), settings by their names. A state brings
 * its model along. */

/* NULL when memory is short, or @imitation has no demonstrations that differ. */
LwLearner *lw_creps_new (const LwImitation *imitation);
const LwLearnerSetting *lw_creps_settings (size_t *n);
