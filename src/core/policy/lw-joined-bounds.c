/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-joined-bounds.h"

#include <math.h>

/* p of the norm. */
#define NORM_POWER 12.0

/* What is 0 may come out as -1e-17. */
static double
share_of (double divergence, double bound)
{
  return isinf (bound) || divergence <= 0 ? 0 : divergence / bound;
}

/* Through the largest share: powers of small ones underflow. Of the norm (sum_b share_b^p)^(1/p) the derivative by share_b is
 * (share_b / norm)^(p - 1). */
double
lw_joined_bounds (size_t n, const double *divergence, const double *bound, double *slope)
{
  double largest = 0, sum = 0;

  for (size_t b = 0; b < n; b++) {
    if (!isinf (bound[b]) && !isfinite (divergence[b]))
      return (double) NAN;
    largest = fmax (largest, share_of (divergence[b], bound[b]));
  }
  for (size_t b = 0; b < n && largest > 0; b++)
    sum += pow (share_of (divergence[b], bound[b]) / largest, NORM_POWER);
  double norm = largest * pow (sum, 1 / NORM_POWER);
  for (size_t b = 0; b < n && slope != NULL; b++) {
    double share = share_of (divergence[b], bound[b]);
    slope[b] = share > 0 ? pow (share / norm, NORM_POWER - 1) / bound[b] : 0;
  }
  return norm;
}

bool
lw_bounds_hold (size_t n, const double *divergence, const double *bound)
{
  for (size_t b = 0; b < n; b++)
    if (!(divergence[b] <= bound[b] * (1 + LW_BOUND_SLACK)))
      return false;
  return true;
}
