/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-status.h"

/* The curve (p - mean)' cov^-1 (p - mean) = n_sigma^2 of a covariance @cov (2 x 2, row-major, symmetric), by its closed-form
 * eigenvectors. A singular covariance gives a segment or a point. Values; any thread. */
typedef struct {
  double centre[2];
  double axis[2][2];  /* unit vectors: long axis, short axis */
  double radius[2];   /* n_sigma sqrt(eigenvalue), descending */
} LwEllipse;

/* LW_ERR_NOT_SPD when an eigenvalue is negative beyond rounding, LW_ERR_NOT_FINITE on NaN. */
LwStatus lw_ellipse_init   (LwEllipse *self, const double mean[2], const double cov[4], double n_sigma) LW_MUST_USE;
/* @n points, evenly spaced in angle, not closed: @x, @y (n). */
void     lw_ellipse_points (const LwEllipse *self, size_t n, double *x, double *y);
