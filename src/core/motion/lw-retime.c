/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-retime.h"

#include <math.h>
#include <stdlib.h>

#include "lw-spline.h"

/* A movement slowed by f keeps its path, divides velocity by f and acceleration by f^2. The spline's exact peaks then give f
 * in one go, and no sampling of the result can exceed the limits. */
static void
needed_factor (const LwSpline *spline, const double *v_max, const double *a_max, const double *v_peak, const double *a_peak,
               LwRetimeReport *report)
{
  size_t n_joints = spline->path->n_joints;

  *report = (LwRetimeReport){ .factor = 1, .joint = n_joints };
  for (size_t j = 0; j < n_joints; j++) {
    double by_velocity = v_peak[j] / v_max[j];
    double by_acceleration = sqrt (a_peak[j] / a_max[j]);
    if (by_velocity > report->factor) {
      report->factor = by_velocity;
      report->joint = j;
      report->by = 'v';
    }
    if (by_acceleration > report->factor) {
      report->factor = by_acceleration;
      report->joint = j;
      report->by = 'a';
    }
  }
}

static LwStatus
resample (const LwSpline *spline, double factor, double rate_hz, LwTrajectory **out, LwRetimeReport *report)
{
  const LwTrajectory *path = spline->path;
  double duration_in = lw_trajectory_duration (path);

  /* A whole number of control periods, rounded up; the margin keeps a duration that is whole but for rounding. */
  double periods = fmax (1, ceil (factor * duration_in * rate_hz * (1 - 1e-12)));
  if (!(periods < LW_RETIME_MAX_SAMPLES))
    return LW_ERR_RANGE;
  size_t n = (size_t) periods + 1;
  LwTrajectory *result = lw_trajectory_new (n, path->n_joints);
  if (result == NULL)
    return LW_ERR_MEMORY;

  for (size_t i = 0; i < n; i++) {
    double part = (double) i / periods;
    /* The ends exactly: rounding must not put them outside the path. */
    double t = i + 1 == n ? path->t[path->n_samples - 1] : path->t[0] + part * duration_in;
    result->t[i] = (double) i / rate_hz;
    lw_spline_at (spline, t, lw_mat_row (&result->q, i), NULL, NULL);
  }
  report->duration = periods / rate_hz;
  report->factor = fmax (1, report->duration / duration_in);
  *out = result;
  return LW_OK;
}

LwStatus
lw_retime_check (size_t n_joints, const double *v_max, const double *a_max, double speed, double rate_hz)
{
  if (!(speed > 0 && speed <= 1) || !(rate_hz > 0) || isinf (rate_hz))
    return LW_ERR_RANGE;
  for (size_t j = 0; j < n_joints; j++)
    if (!(v_max[j] > 0 && a_max[j] > 0))
      return LW_ERR_RANGE;
  return LW_OK;
}

LwStatus
lw_retime_uniform (const LwTrajectory *in, const double *v_max, const double *a_max, double speed, double rate_hz,
                   LwTrajectory **out, LwRetimeReport *report)
{
  LwSpline spline;
  LwStatus status = lw_retime_check (in->n_joints, v_max, a_max, speed, rate_hz);
  if (status == LW_OK)
    status = lw_spline_init (&spline, in);
  if (status != LW_OK)
    return status;
  double *peaks = lw_doubles_new (2 * in->n_joints);
  LwRetimeReport found = { 0 };
  if (peaks == NULL) {
    status = LW_ERR_MEMORY;
  } else {
    lw_spline_peaks (&spline, peaks, peaks + in->n_joints);
    needed_factor (&spline, v_max, a_max, peaks, peaks + in->n_joints, &found);
    status = resample (&spline, found.factor / speed, rate_hz, out, &found);
  }
  if (status == LW_OK && report != NULL)
    *report = found;
  free (peaks);
  lw_spline_clear (&spline);
  return status;
}
