/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-spline.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* The second derivatives a_i, with h_i = t_{i+1} - t_i and slopes s_i = (q_{i+1} - q_i) / h_i:
 *   h_{i-1} a_{i-1} + 2 (h_{i-1} + h_i) a_i + h_i a_{i+1} = 6 (s_i - s_{i-1}),  a_0 = a_1, a_{n-1} = a_{n-2}.
 * Diagonally dominant: elimination without pivoting (Thomas) is stable. All joints share the left side. */
static LwStatus
solve_accelerations (const LwTrajectory *path, const LwMat *a)
{
  size_t n = path->n_samples, n_joints = path->n_joints;
  if (n == 2)
    return LW_OK; /* a straight line */
  double *upper = lw_doubles_new (n);
  if (upper == NULL)
    return LW_ERR_MEMORY;

  for (size_t i = 1; i + 1 < n; i++) {
    double h_before = path->t[i] - path->t[i - 1];
    double h = path->t[i + 1] - path->t[i];
    double pivot = 2 * (h_before + h) - h_before * upper[i - 1];
    if (i == 1)
      pivot += h_before;
    if (i == n - 2)
      pivot += h;
    upper[i] = i == n - 2 ? 0 : h / pivot;

    const double *q_before = lw_mat_row (&path->q, i - 1), *q = lw_mat_row (&path->q, i), *q_after = lw_mat_row (&path->q, i + 1);
    const double *a_before = lw_mat_row (a, i - 1); /* zeros for i = 1 */
    double *row = lw_mat_row (a, i);
    for (size_t j = 0; j < n_joints; j++) {
      double bend = 6 * ((q_after[j] - q[j]) / h - (q[j] - q_before[j]) / h_before);
      row[j] = (bend - h_before * a_before[j]) / pivot;
    }
  }
  for (size_t i = n - 2; i-- > 1;) {
    const double *a_after = lw_mat_row (a, i + 1);
    double *row = lw_mat_row (a, i);
    for (size_t j = 0; j < n_joints; j++)
      row[j] -= upper[i] * a_after[j];
  }
  for (size_t j = 0; j < n_joints; j++) {
    lw_mat_set (a, 0, j, lw_mat_get (a, 1, j));
    lw_mat_set (a, n - 1, j, lw_mat_get (a, n - 2, j));
  }
  free (upper);
  return LW_OK;
}

LwStatus
lw_spline_init (LwSpline *self, const LwTrajectory *path)
{
  LwStatus status = path->n_samples < 2 ? LW_ERR_TOO_FEW : lw_trajectory_check (path);
  if (status != LW_OK)
    return status;

  LwMat a;
  status = lw_mat_alloc (&a, path->n_samples, path->n_joints);
  if (status != LW_OK)
    return status;
  status = solve_accelerations (path, &a);
  if (status != LW_OK) {
    lw_mat_clear (&a);
    return status;
  }
  *self = (LwSpline){ path, a };
  return LW_OK;
}

void
lw_spline_clear (LwSpline *self)
{
  lw_mat_clear (&self->a);
  self->path = NULL;
}

void
lw_spline_at (const LwSpline *self, double t, double *q, double *v, double *a)
{
  const LwTrajectory *path = self->path;
  size_t n_joints = path->n_joints, last = path->n_samples - 1;

  if (!(t >= path->t[0] && t <= path->t[last])) {
    if (q != NULL)
      memcpy (q, lw_mat_row (&path->q, t > path->t[last] ? last : 0), n_joints * sizeof *q);
    if (v != NULL)
      memset (v, 0, n_joints * sizeof *v);
    if (a != NULL)
      memset (a, 0, n_joints * sizeof *a);
    return;
  }

  size_t i = lw_trajectory_segment (path, t);
  double h = path->t[i + 1] - path->t[i];
  double after = (t - path->t[i]) / h, before = (path->t[i + 1] - t) / h;
  const double *q0 = lw_mat_row (&path->q, i), *q1 = lw_mat_row (&path->q, i + 1);
  const double *a0 = lw_mat_row (&self->a, i), *a1 = lw_mat_row (&self->a, i + 1);
  for (size_t j = 0; j < n_joints; j++) {
    if (q != NULL)
      q[j] = before * q0[j] + after * q1[j]
             + h * h / 6 * ((before * before * before - before) * a0[j] + (after * after * after - after) * a1[j]);
    if (v != NULL)
      v[j] = (q1[j] - q0[j]) / h + h / 6 * ((1 - 3 * before * before) * a0[j] + (3 * after * after - 1) * a1[j]);
    if (a != NULL)
      a[j] = before * a0[j] + after * a1[j];
  }
}

void
lw_spline_peaks (const LwSpline *self, double *v_peak, double *a_peak)
{
  const LwTrajectory *path = self->path;

  for (size_t j = 0; j < path->n_joints; j++) {
    double v_largest = 0, a_largest = 0;
    for (size_t i = 0; i + 1 < path->n_samples; i++) {
      double h = path->t[i + 1] - path->t[i];
      double slope = (lw_mat_get (&path->q, i + 1, j) - lw_mat_get (&path->q, i, j)) / h;
      double a0 = lw_mat_get (&self->a, i, j), a1 = lw_mat_get (&self->a, i + 1, j);
      double v0 = slope - h / 6 * (2 * a0 + a1);
      double v1 = slope + h / 6 * (a0 + 2 * a1);
      v_largest = fmax (v_largest, fmax (fabs (v0), fabs (v1)));
      a_largest = fmax (a_largest, fmax (fabs (a0), fabs (a1)));
      if (a0 * a1 < 0) /* velocity turns where the acceleration, linear in here, crosses zero */
        v_largest = fmax (v_largest, fabs (v0 + 0.5 * h * a0 * a0 / (a0 - a1)));
    }
    if (v_peak != NULL)
      v_peak[j] = v_largest;
    if (a_peak != NULL)
      a_peak[j] = a_largest;
  }
}
