/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-band.h"

#include <math.h>

LwStatus
lw_band_limits (const double *mean, const double *sd, size_t n, double k, double *lower, double *upper)
{
  if (!(k >= 0))
    return LW_ERR_RANGE;
  for (size_t i = 0; i < n; i++)
    if (sd[i] < 0)
      return LW_ERR_RANGE;

  for (size_t i = 0; i < n; i++)
    {
      double half = k * sd[i], centre = mean[i];

      lower[i] = centre - half;
      upper[i] = centre + half;
    }
  return LW_OK;
}

size_t
lw_band_outline (const double *x, const double *lower, const double *upper, size_t n, double *px, double *py)
{
  size_t kept = 0, half;

  for (size_t i = 0; i < n; i++)
    if (isfinite (lower[i]) && isfinite (upper[i]))
      {
        px[kept] = x[i];
        py[kept++] = upper[i];
      }
  half = kept;
  for (size_t i = n; i-- > 0;)
    if (isfinite (lower[i]) && isfinite (upper[i]))
      {
        px[kept] = x[i];
        py[kept++] = lower[i];
      }
  return half * 2;
}
