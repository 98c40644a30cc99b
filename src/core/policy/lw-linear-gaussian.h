/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"
#include "lw-rng.h"

/* Linear-Gaussian policy z | c ~ N(B'phi (c), L L'), and its weighted maximum likelihood, maths.md 2.4. Owned storage; owner
 * thread. */
typedef struct {
  size_t f, d;
  LwMat  mean;  /* B (f x d) */
  LwMat  chol;  /* L (d x d), lower */
} LwLinearGaussian;

/* B = 0, L = I. */
LwStatus lw_linear_gaussian_alloc (LwLinearGaussian *self, size_t f, size_t d) LW_MUST_USE;
void     lw_linear_gaussian_clear (LwLinearGaussian *self);
void     lw_linear_gaussian_copy  (const LwLinearGaussian *src, LwLinearGaussian *dst); /* same sizes */
/* @z (d) = B'phi. */
void     lw_linear_gaussian_mean  (const LwLinearGaussian *self, const double *phi, double *z);
/* A draw @z (d); @scratch (d). */
void     lw_linear_gaussian_sample (const LwLinearGaussian *self, const double *phi, LwRng *rng, double *scratch, double *z);
/* @log_p (n): log p(z_i | phi_i) of rows of @phi (n x f) and @z (n x d). @scratch (d x n). */
void lw_linear_gaussian_log_density (const LwLinearGaussian *self, const LwMat *phi, const LwMat *z, const LwMat *scratch,
                                     double *log_p);
/* Mean over contexts of KL(a || b): @gram (f x f) is the mean of phi phi' over them; @scratch (2 x max (f, d) x d doubles). */
double   lw_linear_gaussian_kl (const LwLinearGaussian *a, const LwLinearGaussian *b, const LwMat *gram, double *scratch);

/* B = (Phi'P Phi + @ridge I)^-1 Phi'P Y, and the covariance of what is left, with P = diag (@weights) (n) scaled to sum 1; the
 * ridge spares the first constant column, so that it does not depend on where Y has its origin:
 *   biased    sum p r r'
 *   unbiased  sum p r r' / (1 - sum p^2)
 * @phi (n x f), @y (n x d), @mean (f x d), @cov (d x d, nullable), @ess (nullable): 1 / sum p^2. LW_ERR_NOT_SPD when Phi'P Phi
 * has no full rank and there is no ridge; LW_ERR_RANGE for a negative weight or ridge, LW_ERR_TOO_FEW when the weights' sum is 0,
 * or with @unbiased when one sample has all of it; LW_ERR_NOT_FINITE, LW_ERR_SHAPE. Any thread; allocates. */
LwStatus lw_weighted_regression (const LwMat *phi, const LwMat *y, const double *weights, double ridge, bool unbiased,
                                 const LwMat *mean, const LwMat *cov, double *ess) LW_MUST_USE;
