/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arrays.h"
#include "lw-rng.h"

/* CMA-ES with active covariance update [Hansen, "The CMA evolution strategy: a tutorial", arXiv:1604.00772], its constants and
 * its symbols, in two halves: draw points, then tell what they were worth. Any number of points a generation; no restarts. Owned
 * storage; owner thread. */

/* What the tutorial derives from dimension and population (its eq. 49-58). */
typedef struct {
  size_t  n, lambda, mu;
  double  mueff, cc, c1, cmu, csigma, dsigma, chi; /* chi: E|N(0, I)| */
  double *weights;                                 /* (lambda), best first; from mu on 0 or negative */
} LwCmaConstants;

/* LW_ERR_TOO_FEW for lambda < 2, LW_ERR_RANGE for n = 0. */
LwStatus lw_cma_constants_init  (LwCmaConstants *self, size_t n, size_t lambda) LW_MUST_USE;
void     lw_cma_constants_clear (LwCmaConstants *self);

typedef struct {
  size_t  n;
  double  sigma;
  double *mean, *p_sigma, *p_c;   /* (n) */
  LwMat   C;                      /* (n x n) */
  LwMat   B;                      /* (n x n) eigenvectors of C as rows, as of eigen_generation */
  double *D;                      /* (n) square roots of its eigenvalues */
  size_t  generation, evaluations;
  size_t  eigen_generation;
  double *storage;
} LwCma;

/* @mean (n), nullable = 0; C = I. LW_ERR_RANGE for n = 0 or a @sigma that is not positive, LW_ERR_NOT_FINITE. */
LwStatus lw_cma_init  (LwCma *self, size_t n, const double *mean, double sigma) LW_MUST_USE;
void     lw_cma_clear (LwCma *self);
LwStatus lw_cma_copy  (const LwCma *self, LwCma *out) LW_MUST_USE;

/* A point @x (n) ~ N(mean, sigma^2 C); @scratch (n). */
void     lw_cma_sample (const LwCma *self, LwRng *rng, double *scratch, double *x);
/* log density of a point; @scratch (n). */
double   lw_cma_log_density (const LwCma *self, const double *x, double *scratch);

/* One generation: rows of @x (lambda x n), values @f (lambda) to be minimised. Only their order counts; equal values share the
 * mean of their weights. The decomposition follows C every 1 / (10 n (c1 + cmu)) generations. LW_ERR_TOO_FEW for fewer than two
 * points, LW_ERR_NOT_FINITE, LW_ERR_SHAPE, LW_ERR_MEMORY, LW_ERR_SOLVER when the distribution degenerates: @self is then as it
 * was. @mueff (nullable): 1 / sum of squares of the weights of the mean. */
LwStatus lw_cma_update (LwCma *self, const LwMat *x, const double *f, double *mueff) LW_MUST_USE;

/* KL between the distributions that two states draw from. LW_ERR_SHAPE, LW_ERR_MEMORY. */
LwStatus lw_cma_kl (const LwCma *a, const LwCma *b, double *kl) LW_MUST_USE;

/* cma_mean, cma_paths, cma_c, cma_b, cma_d, cma_counts. */
LwStatus lw_cma_to_arrays   (const LwCma *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_cma_from_arrays (const LwArrays *in, size_t n, LwCma *out) LW_MUST_USE;
