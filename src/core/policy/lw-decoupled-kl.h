/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-decoupled-policy.h"
#include "lw-lampo-kl.h"

/* The trust region of decoupled policies on a set of contexts: the mean of the KL on (k, e) given c,
 *   sum_k p_a(k|c) [log p_a(k|c)/p_b(k|c) + sum_j (log s_b/s_a + ((s_a^2 + delta_j^2)/s_b^2 - 1)/2)],  delta = (O_a - O_b) [1; y_k]
 * Of KL (old || new) only the gate's normaliser varies with the sample: the rest are moments of [1; y_k] under the old gate. Borrows its arguments. Owner thread. */
typedef struct {
  const LwDecoupledFeatures *features;
  const LwLampoSamples      *samples;
  const double              *old;        /* (n_x) */
  LwDecoupledTable           table;      /* of the old policy */
  double                     gate_fixed; /* mean of sum_k p_old log p_old/p_0 */
  double                    *weight;     /* (K) mean p_old(k | c) */
  double                    *moments;    /* (K x q x q) mean of p_old(k | c) [1; y][1; y]' */
  double                    *divergence; /* (K x stride) log p_new/p_old + KL of the Gaussians, by sample */
  double                    *delta;      /* (q) */
} LwDecoupledTrust;

LwStatus lw_decoupled_trust_init  (LwDecoupledTrust *self, const double *old, const LwDecoupledFeatures *features, const LwLampoSamples *samples) LW_MUST_USE;
void     lw_decoupled_trust_clear (LwDecoupledTrust *self);
/* @table: columns of @x for the same samples. @grad (n_x, nullable) with respect to @x. O(N) for old-new beyond the table, O(N K d q) for new-old. No allocation. */
double   lw_decoupled_trust_kl    (LwDecoupledTrust *self, const double *x, const LwDecoupledTable *table, LwLampoKlDirection direction, double *grad);
/* Diagonal of the Hessian of KL (old || new) at the old policy, in the order of x: @curvature (n_x). In units of its roots the bound is nearly a sphere. */
void     lw_decoupled_trust_curvature (const LwDecoupledTrust *self, double *curvature);
/* KL between p(c, k) of imitation and of @x: contexts keep their components' Gaussians, so it is that of the weights, sum_k pi_k log pi_k/pi'_k with pi' prop. to
 * pi exp (beta); the other direction likewise. @grad (K, nullable). */
double   lw_decoupled_context_kl  (const LwDecoupledForm *form, const double *x, LwLampoContextKlDirection direction, double *grad);
