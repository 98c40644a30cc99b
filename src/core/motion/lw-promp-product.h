/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-phase.h"
#include "lw-promp.h"

/* Several primitives at once [Paraschos et al. 2013; maths.md 2.1]: at each time the Gaussians of y = [q; qd; qdd] (the
 * first n_orders of them), to the powers a_i(t), multiplied and normalised:
 *   S* = (sum_i a_i (S_i + r I)^-1)^-1,   m* = S* sum_i a_i (S_i + r I)^-1 m_i.
 * All a_i = 1 is co-activation; a pair that sums to one, as lw_blend_activation() and its complement, goes over from one
 * primitive to the other. */

typedef struct {
  const LwBasis          *basis; /* its own: bases, phases and tempi may differ */
  const LwWeightGaussian *g;
  const LwPhasePoint     *at;         /* (n) */
  const double           *activation; /* (n) a_i(t) >= 0 */
} LwPrompPart;

/* 1 / (1 + exp (-(@x - @middle) / @width)): from 0 to 1 round @middle. */
double   lw_blend_activation (double x, double middle, double width);

/* @mean (n x m), @cov (n m x m, one block a time), m = n_orders n_joints. @regulariser r > 0 where a marginal is singular
 * (1e-8 is usual). LW_ERR_TOO_FEW without parts; LW_ERR_RANGE for a negative activation or regulariser and for a time at
 * which no part is active; LW_ERR_NOT_FINITE; LW_ERR_NOT_SPD for a singular marginal; lw_promp_marginal()'s errors. */
LwStatus lw_promp_product    (const LwPrompPart *parts, size_t n_parts, size_t n_joints, size_t n, size_t n_orders,
                              double regulariser, const LwMat *mean, const LwMat *cov) LW_MUST_USE;
