/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-decoupled-table.h"
#include "lw-lampo-kl.h"

/* The trust region of decoupled policies on a set of contexts: the mean of the KL on (k, e) given c,
 *   sum_k p_a(k|c) [log p_a(k|c)/p_b(k|c) + sum_j (log s_b/s_a + ((s_a^2 + delta_j^2)/s_b^2 - 1)/2)],
 *   delta = (O_a - O_b) [1; y_k]
 * The Gaussians' part needs no more of the samples than the moments of [1; y_k] under the gate of a; of the gate's, log
 * p_a/p_b is a difference of betas and of the logarithms of two sums. Borrows its arguments. Owner thread. */
typedef struct {
  const LwDecoupledFeatures *features;
  const LwLampoSamples      *samples;
  const double              *old;     /* (n_x) */
  LwDecoupledTable           table;   /* of the old policy */
  double                     log_sum; /* mean of its log_sum */
  double                    *moments; /* (K x q x q) mean of p_old(k | c) [1; y][1; y]' */
  double                    *new_moments; /* (q x q) likewise of a new policy, one component */
  double                    *raw;     /* (1 + r + r^2) */
  double                    *omega;   /* (stride) p(k | c_i) / n */
  double                    *delta;   /* (2 q) */
  double                    *form;    /* (K x q x q) sum_j delta_j delta_j' / s_j^2: a quadratic form in [1; y] */
  double                    *fixed;   /* (K) what no context changes of a component's divergence */
  double                    *divergence; /* (K x block) */
} LwDecoupledTrust;

LwStatus lw_decoupled_trust_init  (LwDecoupledTrust *self, const double *old, const LwDecoupledFeatures *features,
                                   const LwLampoSamples *samples) LW_MUST_USE;
void     lw_decoupled_trust_clear (LwDecoupledTrust *self);
/* @table: columns of @x for the same samples. @grad (n_x, nullable) with respect to @x. O(N K) for old-new beyond the table, O(N
 * K q^2) for new-old. No allocation. */
double   lw_decoupled_trust_kl    (LwDecoupledTrust *self, const double *x, const LwDecoupledTable *table,
                                   LwLampoKlDirection direction, double *grad);
/* Diagonal of the Hessian of either KL at the old policy, in the order of x: @curvature (n_x). In units of its roots the bound is
 * nearly a sphere. */
void     lw_decoupled_trust_curvature (const LwDecoupledTrust *self, double *curvature);
/* KL between p(c, k) of imitation and of @x: contexts keep their components' Gaussians, so it is that of the weights, sum_k pi_k
 * log pi_k/pi'_k with pi' prop. to pi exp (beta); the other direction likewise. @grad (K, nullable), of beta; @scratch (K). */
double   lw_decoupled_context_kl  (const LwDecoupledForm *form, const double *x, LwLampoContextKlDirection direction,
                                   double *scratch, double *grad);
