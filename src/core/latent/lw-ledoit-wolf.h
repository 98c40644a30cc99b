/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* Gaussian with the covariance of Ledoit & Wolf [2004, "A well-conditioned estimator for large-dimensional covariance matrices"]:
 *   A = (1 - a) S + t I,  t = a tr (S) / p,  a from the data; t is at least a floor (one sample has S = 0).
 * Kept as its p x p Cholesky factor, or, where the samples are few, as A = t I + E'E with their centred, scaled rows E.
 * Owned storage; owner thread; const use from any thread with a workspace each. */
typedef struct {
  size_t  p;
  size_t  n;         /* rows of E, 0 = the p x p factor is used */
  double *mean;      /* (p) */
  double  weight;    /* a */
  double  isotropic; /* t */
  LwMat   root;      /* E (n x p) */
  LwMat   chol;      /* of A (p x p), or of t I + E E' (n x n) */
  double  log_det;   /* log |A| */
} LwLedoitWolf;

/* Of the rows of @x (n x p, n >= 1). LW_ERR_TOO_FEW, LW_ERR_RANGE for a floor that is not positive, LW_ERR_NOT_FINITE also when
 * squares overflow. Allocates at most 4 times its input, and keeps at most 3 times. */
LwStatus lw_ledoit_wolf_init  (LwLedoitWolf *self, const LwMat *x, double noise_floor) LW_MUST_USE;
void     lw_ledoit_wolf_clear (LwLedoitWolf *self);

/* The same covariance about the mean of the rows of @x (n x p, n >= 1). */
void     lw_ledoit_wolf_move  (LwLedoitWolf *self, const LwMat *x);

/* log N(x_i | mean, A) of every row of @x (N x p) into @log_p (element i at i * @stride). With few samples the distance is
 * min_g |e - E'g|^2 / t + |g|^2, in which nothing cancels. Allocates. */
LwStatus lw_ledoit_wolf_log_density (const LwLedoitWolf *self, const LwMat *x, double *log_p, size_t stride) LW_MUST_USE;
