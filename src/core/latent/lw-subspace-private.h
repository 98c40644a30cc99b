/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-subspace.h"

/* What the directions @u (d x p) explain of the rows of @x, @var (d), and what they leave, @tail: summed sample by sample, exact
 * to rounding however small. @residual (LW_SUBSPACE_BLOCK x p) and @projection (d * LW_SUBSPACE_BLOCK) are scratch. */
void lw_subspace_explain (const LwMat *x, const LwMat *u, const LwMat *residual, double *projection, double *var, double *tail);
