/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp.h"

/* What a linear observation of the weights, A w = y + N(0, R), makes of p(w) [Paraschos et al. 2013; maths.md 2.1]:
 *   L = Sigma A' (A Sigma A' + R)^-1,  mu + L (y - A mu),  (I - L A) Sigma (I - L A)' + L R L'   (Joseph's form)
 * @a (n x W), @y (n), @r (n x n, symmetric; NULL: exact). A Sigma A' + R that cannot be factored, as happens to exact
 * observations that repeat each other, gets its diagonal raised by 1e-10 of itself, which *@raised (nullable) says: they are met
 * on average, and one that repeats or contradicts what the prior is already certain of changes next to nothing. n = 0 copies
 * the prior. @out receives its own storage; it may not be @prior. LW_ERR_SHAPE, LW_ERR_NOT_FINITE, LW_ERR_RANGE for a
 * negative variance in R, LW_ERR_NOT_SPD when raising did not help. O(n W^2 + n^3). */
LwStatus lw_weight_gaussian_condition (const LwWeightGaussian *prior, const LwMat *a, const double *y, const LwMat *r,
                                       LwWeightGaussian *out, bool *raised) LW_MUST_USE;
