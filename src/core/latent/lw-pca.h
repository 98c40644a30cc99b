/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arrays.h"
#include "lw-mat.h"

/* Principal components: x = mean + B' z, with the rows of B the orthonormal directions of largest variance.
 * Owned storage; owner thread; const use from any thread. */
typedef struct {
  size_t  p, q;
  double *mean;           /* (p) */
  LwMat   directions;     /* (q x p) orthonormal rows; the entry of largest magnitude in each is positive */
  double *variance;       /* (q) along them, descending, unbiased (N - 1) */
  double  total_variance; /* over all directions */
} LwPca;

/* Of the rows of @x (N x p), by the thin SVD of the centred data: no p x p matrix, and N < p costs what N allows. Directions
 * beyond the rank of the data have variance 0. LW_ERR_RANGE for a q of 0, LW_ERR_TOO_FEW for q > min (N, p) or no rows,
 * LW_ERR_NOT_FINITE, LW_ERR_SOLVER, LW_ERR_MEMORY: @out is then as it was. Any thread; allocates. */
LwStatus lw_pca_fit       (const LwMat *x, size_t q, LwPca *out) LW_MUST_USE;
/* The smallest q that explains at least @share (0 < share <= 1) of the total variance; q = 1 where there is none. */
LwStatus lw_pca_fit_share (const LwMat *x, double share, LwPca *out) LW_MUST_USE;
void     lw_pca_clear     (LwPca *self);
/* Share of the total variance that the first @q directions explain (q above self->q counts as that); 1 when there is none. */
double   lw_pca_explained (const LwPca *self, size_t q);

/* @z (N x q) = B (x - mean) of the rows of @x (N x p). LW_ERR_SHAPE. Any thread; no allocation. */
LwStatus lw_pca_project     (const LwPca *self, const LwMat *x, const LwMat *z) LW_MUST_USE;
/* @x (N x p) = mean + B' z of the rows of @z (N x q): the nearest points of the subspace. LW_ERR_SHAPE. */
LwStatus lw_pca_reconstruct (const LwPca *self, const LwMat *z, const LwMat *x) LW_MUST_USE;

/* To and from named arrays: pca_mean, pca_directions, pca_variance, pca_total. LW_ERR_SHAPE when one is missing or sizes
 * disagree, LW_ERR_NOT_FINITE, LW_ERR_RANGE for a negative variance or more directions than dimensions. */
LwStatus lw_pca_to_arrays   (const LwPca *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_pca_from_arrays (const LwArrays *in, LwPca *out) LW_MUST_USE;
