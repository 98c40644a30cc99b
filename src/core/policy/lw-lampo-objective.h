/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "lw-lampo-policy.h"

/* LAMPO's objective by importance sampling [T eq. 8, 13], maths.md 1.3:
 *
 *   log rho_i = log p_theta(z_i, k_i | c_i) - log q_i
 *   normalised: w = softmax (log rho), J = sum w_i R_i, grad J = sum w_i (R_i - J) grad log p_i
 *   plain:      J = 1/N sum rho_i R_i,                  grad J = 1/N sum rho_i R_i grad log p_i
 *   stratified: J = sum_k N_k/N J_k, J_k normalised with weights s_ik rho_i; s_ik is the share of sample i in stratum k,
 *               N_k = sum_i s_ik
 *
 * Normalised over all samples at once, J rises when a policy moves away from every sample of the contexts that it does badly in:
 * their weight goes to the other contexts. With a stratum for each region of contexts none can be abandoned so. One component is
 * one stratum, hence the normalised form. */
typedef struct {
  size_t  stride;
  double *weight;  /* (stride) w_i, by sample; zero beyond n */
  double *factor;  /* (stride) of each sample's grad log p */
  double *omega;   /* (stride) weights of one component's samples */
  double *stratum; /* (stride) s_ik rho_i of one stratum, unnormalised */
  double *moments; /* (1 + r + r^2) */
} LwLampoObjectiveWorkspace;

LwStatus lw_lampo_objective_workspace_init  (LwLampoObjectiveWorkspace *ws, const LwLampoModel *model, size_t stride) LW_MUST_USE;
void     lw_lampo_objective_workspace_clear (LwLampoObjectiveWorkspace *ws);

/* J of @policy on @samples with log densities @log_den (n) of how they were drawn; @table holds the policy's columns. With
 * @strata (nullable), whose responsibilities are the shares s_ik, and @normalised J is stratified; else normalised or plain as
 * @normalised says. @grad (n_x, nullable), @ess (nullable) = 1 / sum w^2 of the weights normalised over all samples,
 * which @ws->weight keeps. O(N K r^2), no allocation; NaN when a density is. */
double lw_lampo_objective (const LwLampoPolicy *policy, const LwLampoSamples *samples, const LwLampoTable *table,
                           const double *log_den, const LwLampoTable *strata, bool normalised, LwLampoObjectiveWorkspace *ws,
                           double *grad, double *ess);

/* How far the normalised weights are from even ones: log N - log ESS = log (N sum w^2), their divergence of order 2 [Renyi] from
 * 1/N. Its gradient is 2 sum (w_i^2 / sum w^2 - w_i) grad log p_i. Arguments and cost as above. */
double lw_lampo_weight_divergence (const LwLampoPolicy *policy, const LwLampoSamples *samples, const LwLampoTable *table,
                                   const double *log_den, LwLampoObjectiveWorkspace *ws, double *grad);

/* The same, and both trust regions and the context divergence, from bare arrays: what `lampwork-cli objective` prints.
 * D = dc + m, context rows first; x = [base (K) | mu (K*d) | s (K*d)]. */
typedef struct {
  LwMat         W;          /* (K*D x d) */
  LwMat         means;      /* (K x D) */
  const double *sigma_sq;   /* (K) */
  const double *x_new, *x_old, *x_first; /* (K + 2 K d) each; x_old and x_first (nullable): what needs them is NaN */
  LwMat         z;          /* (N x d) */
  const int64_t *k;         /* (N) */
  LwMat         c;          /* (N x dc) */
  const double *r;          /* (N) */
  const double *log_den;    /* (N) */
} LwLampoArrays;

/* Gradients (K + 2 K d) are the caller's, nullable. */
typedef struct {
  double  J, *J_grad;                 /* normalised, without regulariser */
  double  J_plain, *J_plain_grad;     /* not normalised */
  double  g_new_old, *g_new_old_grad; /* mean over the N contexts of KL (new || old) on (k, z) */
  double  g_old_new, *g_old_new_grad;
  double  h, *h_grad;                 /* KL (first || new) on (c, k) */
  double  h_new_first, *h_new_first_grad;
  double  ess;
} LwLampoQuantities;

/* LW_ERR_SHAPE, LW_ERR_NOT_FINITE, LW_ERR_RANGE (a k outside 0..K-1, a variance or an s of 0), LW_ERR_TOO_FEW for N = 0.
 * Allocates. */
LwStatus lw_lampo_objective_from_arrays (const LwLampoArrays *in, LwLampoQuantities *out) LW_MUST_USE;
