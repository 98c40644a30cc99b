/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-creps-history.h"
#include "lw-learner.h"

/* One improvement of a linear-Gaussian policy by contextual REPS, maths.md 2.4.
 *
 *   q prior weights of the episodes: pi_old / sum_t N_t p_t over the batches in use, so that all of them together look like draws
 *       of the present policy
 *   p   REPS weights with KL(p || q) <= epsilon and the baseline features' mean kept (lw-reps.h); n_eff = 1 / sum p^2
 *   C   mean of phi phi' over the contexts of all episodes
 *   B   mean of the policy, from pseudo-episodes in which the old policy was right: with Y = Z - Phi B_old,
 *       dB = (n_eff Phi'P Phi + k_B C)^-1 n_eff Phi'P Y,   k_B = mean_prior f
 *   S   a S_ML + (1 - a) S_old with S_ML = sum p r r' / (1 - sum p^2),  a = n_eff / (n_eff + covariance_prior d)
 *
 * A step is taken when KL(new || old), averaged over the contexts, is at most step_bound; else it is halved (in B and S) until it
 * is. */
typedef struct {
  double epsilon;
  double mean_prior, covariance_prior;
  double step_bound;
  size_t reuse; /* batches used beside the last */
} LwCrepsSettings;

/* @baseline: features of the dual. @next (same sizes as @old) receives the policy to go on with, @report what happened, also when
 * the old policy stays: fewer than two episodes, equal rewards, numbers that allow no step. LW_ERR_STOPPED, LW_ERR_MEMORY leave
 * both untouched. */
LwStatus lw_creps_improve (const LwCrepsHistory *history, const LwLinearGaussian *old, const LwContextFeatures *baseline,
                           const LwCrepsSettings *settings, const atomic_bool *stop, LwLinearGaussian *next,
                           LwLearnerReport *report) LW_MUST_USE;
