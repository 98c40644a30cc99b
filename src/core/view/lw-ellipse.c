/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ellipse.h"

#include <float.h>
#include <math.h>

LwStatus
lw_ellipse_init (LwEllipse *self, const double mean[2], const double cov[4], double n_sigma)
{
  double a = cov[0], b = 0.5 * (cov[1] + cov[2]), c = cov[3];
  double half_trace = 0.5 * (a + c), spread = hypot (0.5 * (a - c), b);
  double large = half_trace + spread;
  /* det / large keeps the digits that half_trace - spread would cancel. */
  double small = large > 0 ? (a * c - b * b) / large : half_trace - spread;
  double angle = 0.5 * atan2 (2 * b, a - c);
  double rounding = 16 * DBL_EPSILON * fabs (large);

  if (!isfinite (mean[0]) || !isfinite (mean[1]) || !isfinite (large) || !isfinite (n_sigma))
    return LW_ERR_NOT_FINITE;
  if (large < 0 || small < -rounding)
    return LW_ERR_NOT_SPD;

  *self = (LwEllipse){
    .centre = { mean[0], mean[1] },
    .axis = { { cos (angle), sin (angle) }, { -sin (angle), cos (angle) } },
    .radius = { fabs (n_sigma) * sqrt (large), fabs (n_sigma) * sqrt (fmax (small, 0)) },
  };
  return LW_OK;
}

void
lw_ellipse_points (const LwEllipse *self, size_t n, double *x, double *y)
{
  for (size_t i = 0; i < n; i++)
    {
      double t = 2 * M_PI * (double) i / (double) n;
      double u = self->radius[0] * cos (t), v = self->radius[1] * sin (t);

      x[i] = self->centre[0] + u * self->axis[0][0] + v * self->axis[1][0];
      y[i] = self->centre[1] + u * self->axis[0][1] + v * self->axis[1][1];
    }
}
