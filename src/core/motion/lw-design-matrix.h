/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-basis.h"

/* Phases that differ by less share a matrix: a movement changes by no more than this times its speed, which is rounding. */
#define LW_SAME_PHASE 1e-13

/* Phi (n_z x n), one row a phase: what lw_basis_eval() gives, to 1e-12 absolutely, at a fraction of its cost. Equidistant
 * Gaussians relative to the nearest one are
 *   b_{k0 +- j} / b_{k0} = a^{+-j} exp (-j^2 spacing^2 / (2h)),  a = exp ((z - c_{k0}) spacing / h)
 * so a row takes one exponential; values below 1e-50 may become 0. Other kinds, and phases where the powers would overflow, go
 * through lw_basis_eval(). */
void lw_design_matrix (const LwBasis *basis, const double *z, size_t n_z, const LwMat *phi);
