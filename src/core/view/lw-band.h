/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-status.h"

/* lower_i = mean_i - k sd_i, upper_i = mean_i + k sd_i; all arrays (n). LW_ERR_RANGE when a standard deviation or @k is negative. */
LwStatus lw_band_limits  (const double *mean, const double *sd, size_t n, double k, double *lower, double *upper) LW_MUST_USE;
/* The closed outline: along the upper edge, back along the lower one. @px, @py (2 n). Points where an edge is NaN are left out.
 * Returns the number written. */
size_t   lw_band_outline (const double *x, const double *lower, const double *upper, size_t n, double *px, double *py);
