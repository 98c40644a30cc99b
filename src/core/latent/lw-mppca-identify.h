/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mppca.h"

/* What is known of the latent point behind an observation, component by component. Owned storage. */
typedef struct {
  size_t  K, d;
  double *log_resp;  /* (K) log p(k | observation) */
  LwMat   mean;      /* (K x d)    E[z | observation, k]   */
  LwMat   cov;       /* (K*d x d)  Cov[z | observation, k]: component k is rows [k d, (k+1) d) */
  double  log_p;     /* log density of the observation, in its own units */
} LwMppcaPosterior;

LwStatus lw_mppca_posterior_init  (LwMppcaPosterior *self, size_t K, size_t d) LW_MUST_USE;
void     lw_mppca_posterior_clear (LwMppcaPosterior *self);
LwMat    lw_mppca_posterior_cov   (const LwMppcaPosterior *self, size_t k); /* (d x d) view */

/* From entries of y itself: @y (n) is y at the columns @columns (n, each once; NULL: the first n), seen with independent noise of
 * variance @noise_var (n, nullable: 0). A context alone is n = dc; everything is n = p; no observation (n = 0) gives the prior.
 * O(K n d^2). LW_ERR_SHAPE for more entries than columns or a posterior of other sizes, LW_ERR_RANGE for a column that is not
 * there or comes twice and for a negative variance, LW_ERR_NOT_FINITE. Allocates. */
LwStatus lw_mppca_identify (const LwMppca *self, const double *y, const size_t *columns, const double *noise_var, size_t n,
                            LwMppcaPosterior *out) LW_MUST_USE;

/* From linear observations @v (n) = @h (n x p) y + noise of variance @noise_var (n, nullable: 0): samples of a trajectory with
 * the rows of its basis functions. With W = W_k and D the noise of the model by column,
 *   v | z, k = N (H (m + W z), B),  B = H D H' + diag (noise_var),
 *   Cov[z] = (I + W'H' B^-1 H W)^-1,  E[z] = Cov[z] W'H' B^-1 (v - H m),
 * d x d but for the factor of B, and without differences of large numbers, so that noise of 1e-8 does no harm. More than p
 * observations are first reduced to p that say the same (QR), which takes noise: O(n p^2) once, then O(K p^3); else O(K n^3).
 * LW_ERR_NOT_SPD when observations without noise contradict or repeat each other, or are more than p. Errors otherwise as above.
 * Neither @h nor @v is changed. Allocates. */
LwStatus lw_mppca_identify_linear (const LwMppca *self, const LwMat *h, const double *v, const double *noise_var,
                                   LwMppcaPosterior *out) LW_MUST_USE;
