/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* The components of an MPPCA in the form that densities are computed from, in the model's inner units:
 *   A_k = U_k' diag(var_k) U_k + tail_k (I - U_k' U_k),  U_k (r x p) with orthonormal rows,
 * and scratch for a block of samples. One thread at a time; owned storage. */
typedef struct {
  size_t  K, r, p;
  double *log_pi;   /* (K) */
  LwMat   frame;    /* (K (r+1) x p): component k is rows k (r+1) ..: U_k, then its mean */
  LwMat   var;      /* (K x r) > 0 */
  double *tail_var; /* (K) > 0 */

  double *constant; /* (K)             what of -2 log p(x, k) does not depend on x */
  LwMat   offset;   /* (K x r + 1)     U_k m_k, and |m_k|^2 */
  LwMat   along;    /* (block x K (r+1)) products of samples with the frame */
  LwMat   error;    /* (block x K)     bounds on what rounding has done */
  LwMat   rest;     /* (part x p)      residuals of a few samples */
  LwMat   own;      /* (part x r)      and their projections */
  size_t *rows;     /* (block)         samples to be looked at closely */
} LwMppcaDensity;

LwStatus lw_mppca_density_init  (LwMppcaDensity *self, size_t K, size_t r, size_t p) LW_MUST_USE;
void     lw_mppca_density_clear (LwMppcaDensity *self);
/* Views of one component: U_k (r x p) and its mean (p). */
LwMat    lw_mppca_density_directions (const LwMppcaDensity *self, size_t k);
double  *lw_mppca_density_mean       (const LwMppcaDensity *self, size_t k);

/* log (pi_k p(x_i | k)) of all rows of @x (N x p) and all components into @joint (N x K). All distances come from one matrix
 * product,
 *   |x - m|^2_{A^-1} = sum_j (U e)_j^2 / var_j + (|e|^2 - |U e|^2) / tail,   |e|^2 = |x|^2 - 2 x'm + |m|^2;
 * where rounding of that difference could be felt, the residual e - U'U e is formed instead. That is only done for components
 * within a factor exp (-@reach) of the sample's likeliest (INFINITY: all); what lies below is less exact. @square (N) holds
 * |x_i|^2; data centred near the origin need the fewest residuals. O(N K p r), no allocation. */
void lw_mppca_density_log_joint (LwMppcaDensity *self, const LwMat *x, const double *square, double reach, const LwMat *joint);
