/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* Gaussian in p dimensions whose covariance is known along r orthonormal directions and isotropic in the rest:
 *   A = U' diag(var) U + tail_var (I - U' U),  U (r x p) with orthonormal rows.
 * A component of an MPPCA is one (r = d, var = sigma^2 + l^2) and so is a Ledoit-Wolf estimate (r = rank of its samples).
 * Owned storage; owner thread; const use from any thread with a workspace each. */
typedef struct {
  size_t  p, r;
  double *mean;      /* (p) */
  LwMat   u;         /* (r_max x p), the first r rows are in use */
  double *var;       /* (r_max) > 0 */
  double  tail_var;  /* > 0 */
} LwLowRankGaussian;

/* Scratch for lw_low_rank_gaussian_log_density(): residuals and projections of a block of samples. */
typedef struct {
  LwMat residual;    /* (LW_LOW_RANK_BLOCK x p)     */
  LwMat projection;  /* (LW_LOW_RANK_BLOCK x r_max) */
} LwLowRankWorkspace;

#define LW_LOW_RANK_BLOCK 64

LwStatus lw_low_rank_gaussian_init  (LwLowRankGaussian *self, size_t p, size_t r_max) LW_MUST_USE;
void     lw_low_rank_gaussian_clear (LwLowRankGaussian *self);

LwStatus lw_low_rank_workspace_init  (LwLowRankWorkspace *ws, size_t p, size_t r_max) LW_MUST_USE;
void     lw_low_rank_workspace_clear (LwLowRankWorkspace *ws);

/* log N(x_i | mean, A) of every row of @x (N x p) into @log_p (element i at i * @stride):
 *   |x - m|^2_{A^-1} = sum_j (U e)_j^2 / var_j + |e - U'U e|^2 / tail_var
 * The residual is formed, not |e|^2 - |U e|^2, which loses all digits for a small tail. O(N p r), no allocation. */
void     lw_low_rank_gaussian_log_density (const LwLowRankGaussian *self, const LwMat *x, LwLowRankWorkspace *ws, double *log_p,
                                           size_t stride);

/* Leading directions of centred, weighted data @x (n x p, sum_i x_i x_i' is the covariance): orthonormal rows @u (d x p),
 * variances along them @var (d, descending) and the sum of the remaining eigenvalues @tail. The smaller of the n x n Gram matrix
 * and the p x p covariance is decomposed; the variances and the tail are then summed from projections and residuals, hence exact
 * to rounding even when the tail is 1e-16 of the trace. Directions beyond the rank have variance 0 and a zero row. Allocates. */
LwStatus lw_low_rank_leading (const LwMat *x, size_t d, const LwMat *u, double *var, double *tail) LW_MUST_USE;

/* Gaussian of the rows of @x (n x p, n >= 1) with the covariance of Ledoit & Wolf [2004, "A well-conditioned estimator for
 * large-dimensional covariance matrices"]: (1 - a) S + a tr(S)/p I, a from the data. @self has r_max >= min(n, p). Variances are
 * at least @noise_floor (a single sample has S = 0). Allocates. */
LwStatus lw_low_rank_gaussian_ledoit_wolf (LwLowRankGaussian *self, const LwMat *x, double noise_floor) LW_MUST_USE;
