/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-decoupled-policy.h"

/* What a decoupled policy says of a set of samples. As p(k | c) is exp (beta_k) p_0(k | c) over a sum, a pair of sample and
 * component costs a product and no exponential function. Owned storage; owner thread. */
typedef struct {
  size_t  stride;
  double *exp_beta; /* (K) */
  double *inv_s;    /* (K x d) 1 / s */
  double *log_sum;  /* (stride) log sum_k exp (beta_k) p_0(k | c_i) */
  double *inv_sum;  /* (stride) 1 over that sum; zero beyond n */
  double *u;        /* (d x stride) (e - O [1; y]) / s at the sample's own k */
  double *log_p;    /* (stride) log p(k_i, e_i | c_i) */
} LwDecoupledTable;

/* Room for @stride samples. */
LwStatus lw_decoupled_table_init     (LwDecoupledTable *self, const LwDecoupledForm *form, size_t stride) LW_MUST_USE;
void     lw_decoupled_table_clear    (LwDecoupledTable *self);
/* Samples from @from on (rounded down to a block), under a policy @x. O(N (K + d q)), no allocation. */
void     lw_decoupled_table_evaluate (LwDecoupledTable *self, const double *x, const LwDecoupledFeatures *features,
                                      const LwLampoSamples *samples, size_t from);
/* @grad (n_x) = sum_i factor_i grad log p_i, @factor (n), at the policy that the table was evaluated for. O(N (K + d q)). */
void     lw_decoupled_table_gradient (const LwDecoupledTable *self, const LwDecoupledFeatures *features,
                                      const LwLampoSamples *samples, const double *factor,
                                      double *grad);
/* p(k | c_i) of a block of samples that begins at @at: @resp (LW_LAMPO_BLOCK), zero beyond n. */
void     lw_decoupled_table_resp     (const LwDecoupledTable *self, const LwDecoupledFeatures *features, size_t k, size_t at,
                                      double *resp);
/* Mean of p(k | c_i) over the @n samples. */
double   lw_decoupled_table_weight   (const LwDecoupledTable *self, const LwDecoupledFeatures *features, size_t k, size_t n);
