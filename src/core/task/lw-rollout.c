/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-rollout.h"

#include <stdlib.h>
#include <string.h>

void
lw_rollout_clear (LwRollout *self)
{
  lw_trajectory_unref (self->planned);
  lw_trajectory_unref (self->measured);
  lw_mat_clear (&self->tip);
  free (self->scene);
  free (self->measures);
  *self = (LwRollout){ 0 };
}

LwStatus
lw_rollout_fill_tip (LwRollout *self, LwKinematics *kinematics)
{
  LwMat tip;
  LwStatus status;

  if (!self->measured || self->measured->n_joints < lw_kinematics_n_joints (kinematics))
    return LW_ERR_SHAPE;
  status = lw_mat_alloc (&tip, self->measured->n_samples, 3);
  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < tip.rows; i++)
    {
      lw_kinematics_set (kinematics, lw_mat_row (&self->measured->q, i));
      lw_kinematics_tip (kinematics, lw_mat_row (&tip, i), NULL);
    }
  lw_mat_clear (&self->tip);
  self->tip = tip;
  return LW_OK;
}

LwStatus
lw_rollout_set_measures (LwRollout *self, const double *measures, size_t n)
{
  double *copy = lw_doubles_new (n);

  if (copy == NULL)
    return LW_ERR_MEMORY;
  memcpy (copy, measures, n * sizeof *copy);
  free (self->measures);
  self->measures = copy;
  self->n_measures = n;
  return LW_OK;
}
