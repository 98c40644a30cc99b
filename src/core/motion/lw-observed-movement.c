/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-observed-movement.h"

#include <math.h>

LwStatus
lw_observed_movement_init (LwObservedMovement *self, LwBasisKind kind, const LwTrajectory *path, double duration, double *z)
{
  for (size_t i = 0; i < path->n_samples; i++)
    if (!isfinite (path->t[i]))
      return LW_ERR_NOT_FINITE;
  if (!isfinite (duration))
    return LW_ERR_NOT_FINITE;
  if (duration < 0)
    return LW_ERR_RANGE;
  if (duration == 0)
    duration = lw_trajectory_duration (path);

  for (size_t i = 0; i < path->n_samples; i++) {
    double t = path->t[i] - path->t[0];
    z[i] = duration > 0 ? t / duration : 0; /* a single sample has no duration */
    if (kind == LW_BASIS_STROKE && z[i] > 1)
      z[i] = 1;
  }
  *self = (LwObservedMovement){ path->n_samples, z, path->q };
  return LW_OK;
}

LwStatus
lw_observed_movement_check (const LwObservedMovement *self, size_t n_joints)
{
  if (self->y.rows != self->n_samples || self->y.cols != n_joints || n_joints == 0 || n_joints > LW_PROMP_MAX_JOINTS)
    return LW_ERR_SHAPE;
  for (size_t i = 0; i < self->n_samples; i++) {
    if (!isfinite (self->z[i]))
      return LW_ERR_NOT_FINITE;
    const double *row = lw_mat_row (&self->y, i);
    for (size_t j = 0; j < n_joints; j++)
      if (isinf (row[j]))
        return LW_ERR_NOT_FINITE;
  }
  return LW_OK;
}
