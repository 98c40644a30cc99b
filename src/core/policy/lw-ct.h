/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-learner.h"

/* CT, the first baseline of the LAMPO paper: PCA, a mixture of Gaussians, REPS, and forgetting (maths.md 2.13), as an LwLearner.
 *
 *   s        context (dc)
 *   z        movement in principal components: theta = mean + B' z, B (q x m) fixed after imitation
 *   x        [s; z], of which a mixture of K Gaussians with full covariances is kept: pi_k, m_k, S_k, and N_k samples behind each
 *   w_i      REPS weights of a batch's rewards alone, mean 1: most reward with KL(w || uniform) <= kl_bound
 *
 * Imitation: the mixture of the demonstrations, contexts with the noise that the skill's mixture was given too. A batch: N_k *=
 * forgetting, so that the setting of the day counts, then EM of lw_gmm_update() with w_i on top of what is there. Policy:
 *   k ~ p(k | s) in proportion to pi_k N(s | m_k), z ~ N(z | s, k).
 * The published code draws k from pi whatever the context is, and its REPS dual underflows to nearly hard maxima: not so here.
 *
 * A latent record is [k, z_1 .. z_q]. improve() learns from the episodes added since the last one (LW_ERR_TOO_FEW without any),
 * which are then part of the mixture and are not kept. When the mixture cannot be updated with them it stays, and they are left
 * out. The report has J_before = mean reward of the batch and J = its weighted mean, KL, ESS and bound of the weights, entropy
 * and weights of the mixture, the dual's and EM's iterations; there is no context KL and no gate here (NaN).
 *
 * Settings (lw_learner_settings() has ranges and defaults):
 *   components K; 0 = that of the skill's mixture } structural: another value fits the start again,
 *   dimensions        q; 0 = that of the skill's mixture, as far as data allow   } and is refused once there are episodes
 *   kl_bound          epsilon of REPS
 *   forgetting        share of their weight that earlier samples keep beside a new batch: 1 = nothing is forgotten
 *   covariance_floor  under the eigenvalues of S_k
 *   max_iterations    of EM in a batch
 *
 * kl_bound 0.2 with forgetting 0.9 follow the baseline as published (but for its two faults). The defaults learn faster;
 * forgetting below 0.7 is faster still at first, but 20 episodes a batch then lose the spread of four components before they are
 * done.
 *
 * State arrays: settings by their names; start (1 x dc + m) column means of the data of the start, by which a state of another
 * skill is refused (LW_ERR_RANGE); pca_*, gmm_*; updates (how many there were); pending (n x dc + q), pending_rewards. */

/* NULL when memory is short, or @imitation has no demonstrations, fewer than its mixture has components, or any not finite. */
LwLearner *lw_ct_new (const LwImitation *imitation);
const LwLearnerSetting *lw_ct_settings (size_t *n);
