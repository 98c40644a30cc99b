/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* Ridge regression W = (X' X + ridge I)^-1 X' Y by Cholesky: @x (n x p), @y (n x m), @w (p x m). @factor (p x p) receives the
 * Cholesky factor of X' X + ridge I, for those who go on from it. LW_ERR_NOT_SPD when @ridge is too small for rank-deficient
 * X; @w is then untouched. */
LwStatus lw_ridge_solve (const LwMat *x, const LwMat *y, double ridge, const LwMat *factor, const LwMat *w) LW_MUST_USE;
