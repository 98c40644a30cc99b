/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-cma.h"

/* Shared by the files of CMA-ES. */

/* Zeroed state of @n dimensions, not yet a distribution. */
LwStatus lw_cma_alloc  (LwCma *self, size_t n) LW_MUST_USE;
/* @out (n) = D^-1 B y: N(0, I) for steps that the distribution makes, over sigma. */
void     lw_cma_whiten (const LwCma *self, const double *y, double *out);
