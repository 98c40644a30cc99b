/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-trajectory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

LwTrajectory *
lw_trajectory_new (size_t n_samples, size_t n_joints)
{
  size_t n;
  if (n_samples == 0 || __builtin_mul_overflow (n_samples, n_joints, &n) || __builtin_add_overflow (n, n_samples, &n))
    return NULL;

  LwTrajectory *self = malloc (sizeof *self);
  double *data = lw_doubles_new (n);
  if (self == NULL || data == NULL) {
    free (self);
    free (data);
    return NULL;
  }
  /* One block: times first, positions behind them. */
  self->n_samples = n_samples;
  self->n_joints = n_joints;
  self->t = data;
  self->q = lw_mat_view (data + n_samples, n_samples, n_joints);
  atomic_init (&self->ref_count, 1);
  return self;
}

LwTrajectory *
lw_trajectory_ref (LwTrajectory *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
lw_trajectory_unref (LwTrajectory *self)
{
  if (self == NULL || atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;
  free (self->t);
  free (self);
}

double
lw_trajectory_duration (const LwTrajectory *self)
{
  return self->t[self->n_samples - 1] - self->t[0];
}

size_t
lw_trajectory_segment (const LwTrajectory *self, double t)
{
  size_t low = 0, high = self->n_samples - 1;

  while (high - low > 1) {
    size_t middle = low + (high - low) / 2;
    if (self->t[middle] <= t)
      low = middle;
    else
      high = middle;
  }
  return low;
}

void
lw_trajectory_at (const LwTrajectory *self, double t, double *q)
{
  size_t last = self->n_samples - 1;

  if (!(t > self->t[0]) || t >= self->t[last]) {
    memcpy (q, lw_mat_row (&self->q, t >= self->t[last] ? last : 0), self->n_joints * sizeof *q);
    return;
  }
  size_t i = lw_trajectory_segment (self, t);
  double part = (t - self->t[i]) / (self->t[i + 1] - self->t[i]);
  const double *from = lw_mat_row (&self->q, i), *to = lw_mat_row (&self->q, i + 1);
  for (size_t j = 0; j < self->n_joints; j++)
    q[j] = from[j] + part * (to[j] - from[j]);
}

void
lw_trajectory_peaks (const LwTrajectory *self, double *v_peak, double *a_peak)
{
  for (size_t j = 0; j < self->n_joints; j++) {
    double v_largest = 0, a_largest = 0, v_before = 0, dt_before = 0;
    for (size_t i = 0; i + 1 < self->n_samples; i++) {
      double dt = self->t[i + 1] - self->t[i];
      double v = (lw_mat_get (&self->q, i + 1, j) - lw_mat_get (&self->q, i, j)) / dt;
      v_largest = fmax (v_largest, fabs (v));
      if (i > 0) /* the velocities belong to the middles of two neighbouring intervals */
        a_largest = fmax (a_largest, fabs (v - v_before) / (0.5 * (dt + dt_before)));
      v_before = v;
      dt_before = dt;
    }
    if (v_peak != NULL)
      v_peak[j] = v_largest;
    if (a_peak != NULL)
      a_peak[j] = a_largest;
  }
}

LwStatus
lw_trajectory_check (const LwTrajectory *self)
{
  LwMat times = lw_mat_view (self->t, 1, self->n_samples);

  if (self->q.rows != self->n_samples || self->q.cols != self->n_joints)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (&times) || !lw_mat_is_finite (&self->q))
    return LW_ERR_NOT_FINITE;
  for (size_t i = 1; i < self->n_samples; i++)
    if (!(self->t[i] > self->t[i - 1]))
      return LW_ERR_RANGE;
  return LW_OK;
}
