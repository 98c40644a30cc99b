/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-policy.h"

/* How far two LAMPO policies are apart. The published code calls KL (new || old) "forward" and KL (old || new), the paper's eq.
 * 11, "reverse"; here both are named by their arguments. */
typedef enum {
  LW_LAMPO_KL_OLD_NEW = 0,
  LW_LAMPO_KL_NEW_OLD = 1,
} LwLampoKlDirection;

typedef enum {
  LW_LAMPO_CONTEXT_KL_FIRST_NEW = 0, /* as the published code has it */
  LW_LAMPO_CONTEXT_KL_NEW_FIRST = 1, /* as the paper writes it, eq. 10 */
} LwLampoContextKlDirection;

/* The old policy's side of the trust region on a set of contexts, and scratch. Everything of it that the new policy does not
 * change is computed once; lw_lampo_trust_init() borrows all of its arguments. Owner thread. */
typedef struct {
  const LwLampoPolicy  *old;
  const LwLampoSamples *samples;
  LwLampoTable          table;         /* of the old policy */
  double               *inv_b;         /* (K x d x d) B_old^-1 */
  double *moments; /* (K x (1 + r + r^2)) of y_old under p_old(k | c): weight, mean, covariance times weight */
  double               *new_moments;   /* (2 (1 + r + r^2)) */
  double               *divergence;    /* (K x stride) log p_a/p_b + KL of the conditionals, by sample */
  double               *omega;         /* (stride) */
  double               *scratch;       /* small matrices of one component */
} LwLampoTrust;

LwStatus lw_lampo_trust_init  (LwLampoTrust *self, const LwLampoPolicy *old, const LwLampoSamples *samples) LW_MUST_USE;
void     lw_lampo_trust_clear (LwLampoTrust *self);

/* Mean over the N contexts of the KL on (k, z) given c [T eq. 11, 12; maths.md 1.4]:
 *   sum_k p_a(k|c) [log p_a(k|c)/p_b(k|c) + 1/2 (log|P_b|/|P_a| + tr (P_b^-1 P_a) - d + delta' P_b^-1 delta)]
 * @grad (n_x, nullable) is with respect to the new policy. @table: the new policy's columns for the same samples.
 * O(N K) beyond the table for old-new, O(N K d r) for new-old; no allocation. */
double lw_lampo_trust_kl (LwLampoTrust *self, const LwLampoPolicy *policy, const LwLampoTable *table,
                          LwLampoKlDirection direction, double *grad);

/* KL between p(c, k) of @policy and of @first [T eq. 10, its typo mended; maths.md 1.5], closed form, O(K d^3). @grad (n_x,
 * nullable) with respect to @policy; @scratch (2 r + r^2 + r d). */
double lw_lampo_context_kl (const LwLampoPolicy *policy, const LwLampoPolicy *first, LwLampoContextKlDirection direction,
                            double *scratch, double *grad);

/* How far the gate p(k | c) has gone from that of the imitation policy, whose columns are @first: the mean over the contexts of
 * the divergence of order 2 [Renyi], log sum_k p(k|c)^2 / p_first(k|c). exp (-this) is the share of effective samples to be
 * expected of importance sampling between the two gates; unlike a KL it sees at once when a little weight leaks to a component
 * that has none there, where no episode will show what it does. @scratch (2 strides of @table, zero beyond n, + 1 + r + r^2).
 * @grad (n_x, nullable). O(N K r^2). */
double   lw_lampo_gate_divergence (const LwLampoPolicy *policy, const LwLampoTable *table, const LwLampoTable *first, size_t n,
                                   double *scratch, double *grad);
