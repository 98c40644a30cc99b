/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* The d leading directions of weighted data, followed from one EM iteration to the next: block Krylov spaces with Rayleigh-Ritz
 * [Golub & Van Loan 10.3], started from the directions found before and one random combination of the samples (directions that
 * were not there before cannot be missed). Products go through the data; the covariance is formed only where that is cheaper.
 * Where the space does not converge (alike eigenvalues), or is not worth it (few samples or columns), lw_subspace_find()
 * decomposes. */
typedef struct {
  LwMat  start;     /* (d x p) directions found last */
  size_t held;      /* rows of it that are in use, 0 at first */
  size_t steps;     /* products that the last search took */
  size_t failures;  /* searches in a row that did not converge */
} LwSubspace;

#define LW_SUBSPACE_BLOCK 64

/* Scratch for lw_subspace_follow(), for any subspace of these sizes. */
typedef struct {
  size_t d, most;   /* directions wanted; rows that the basis can have */
  LwMat basis;      /* (most x p)         orthonormal rows: the space so far */
  LwMat image;      /* (d + 1 x p)        the last block times the covariance; then what of it leaves the space */
  LwMat projection; /* (d + 1 x n)        the last block seen by the samples */
  LwMat overlap;    /* (d + 1 x most)     of the image with the basis */
  LwMat reduced;    /* (most x most)      the covariance in the basis */
  LwMat square;     /* (most x most)      and a copy to be decomposed */
  LwMat ritz;       /* (d + 1 x most)     its leading eigenvectors */
  LwMat gram;       /* (d + 1 x d + 1)    of the image's part outside */
  LwMat sign;       /* (d + 1 x n)        random combinations of samples */
  double *value;    /* (d + 1)            Ritz values, descending */
  LwMat residual;   /* (LW_SUBSPACE_BLOCK x p) */
  LwMat covariance; /* (p x p) where samples are many, else empty */
} LwSubspaceWorkspace;

LwStatus lw_subspace_init  (LwSubspace *self, size_t d, size_t p) LW_MUST_USE;
void     lw_subspace_clear (LwSubspace *self);

/* For data of up to @n_max rows and @p columns. O(n_max d + p d) memory. */
LwStatus lw_subspace_workspace_init  (LwSubspaceWorkspace *ws, size_t n_max, size_t p, size_t d) LW_MUST_USE;
void     lw_subspace_workspace_clear (LwSubspaceWorkspace *ws);

/* Leading directions of centred, weighted data @x (n x p, sum_i x_i x_i' is the covariance): orthonormal rows @u (d x p),
 * variances along them @var (d, descending) and the sum of the remaining eigenvalues @tail. The smaller of the n x n Gram matrix
 * and the p x p covariance is decomposed; variances and tail are summed from projections and residuals, hence exact to rounding
 * even when the tail is 1e-16 of the trace. Directions beyond the rank have variance 0 and are any that complete the basis.
 * LW_ERR_SHAPE for d > p, LW_ERR_NOT_FINITE also when squares overflow. Allocates min (n, p)^2 numbers. */
LwStatus lw_subspace_find   (const LwMat *x, size_t d, const LwMat *u, double *var, double *tail) LW_MUST_USE;
/* The same from where the last call left off: directions to 1e-11 of the gap that separates them, where rounding allows.
 * Allocates only where it decomposes. */
LwStatus lw_subspace_follow (LwSubspace *self, const LwMat *x, LwSubspaceWorkspace *ws, const LwMat *u, double *var, double *tail)
  LW_MUST_USE;
