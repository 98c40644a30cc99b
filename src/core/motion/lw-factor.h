/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* Factors of symmetric matrices that are singular, or all but. */

/* As lw_chol_factor(), but a pivot of rounding size counts as none: where rows repeat each other it may as well come out
 * positive. @scale (n): the size of the numbers that each diagonal element came from; NULL: of the element itself. */
LwStatus lw_factor_definite     (const LwMat *a, const double *scale) LW_MUST_USE;
/* @root (n x n) with root' root = @a, which is positive semi-definite: a transposed Cholesky factor if there is one, or else
 * scaled eigenvectors as rows. Negative eigenvalues count as 0; *@clipped (nullable) receives the largest of them over the
 * largest positive one (0: none; infinite: nothing else), for the caller to judge. LW_ERR_NOT_FINITE, LW_ERR_MEMORY,
 * LW_ERR_SOLVER. */
LwStatus lw_factor_semidefinite (const LwMat *a, const LwMat *root, double *clipped) LW_MUST_USE;
