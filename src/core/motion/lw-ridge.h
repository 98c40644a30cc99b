/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* Ridge regression W = (X' X + ridge I)^-1 X' Y by Cholesky. */

/* @factor (p x p) receives the Cholesky factor of X' X + @ridge I, @x (n x p). LW_ERR_NOT_SPD when @ridge is too small for
 * rank-deficient @x, however large its columns are. */
LwStatus lw_ridge_factor (const LwMat *x, double ridge, const LwMat *factor) LW_MUST_USE;
/* @y (n x m), @w (p x m); @factor as above, for those who go on from it. On error @w is untouched. */
LwStatus lw_ridge_solve  (const LwMat *x, const LwMat *y, double ridge, const LwMat *factor, const LwMat *w) LW_MUST_USE;
