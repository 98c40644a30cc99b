/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-calibration-sweep.h"

#include <math.h>

#define ENOUGH 0.98

void
lw_calibration_sweep_init (LwCalibrationSweep *self, const LwArmProfile *profile)
{
  self->n_joints = profile->n_joints;
  for (size_t j = 0; j < self->n_joints; j++)
    {
      const LwProfileJoint *joint = &profile->joints[j];

      self->joints[j] = (LwSweepJoint){
        .expected = joint->full_turn ? 2.0 * M_PI : joint->upper - joint->lower,
        .lower = NAN, .upper = NAN, .last = NAN, .done = joint->full_turn,
      };
    }
}

void
lw_calibration_sweep_add (LwCalibrationSweep *self, const double *angles)
{
  for (size_t j = 0; j < self->n_joints; j++)
    {
      LwSweepJoint *joint = &self->joints[j];
      double        turns;

      if (!isfinite (angles[j]))
        continue;
      if (!joint->any)
        {
          joint->any = true;
          joint->lower = joint->upper = joint->last = angles[j];
          continue;
        }
      turns = round ((joint->last - angles[j]) / (2.0 * M_PI));
      joint->last = angles[j] + 2.0 * M_PI * turns;
      joint->jumped = joint->jumped || turns != 0;
      joint->lower = fmin (joint->lower, joint->last);
      joint->upper = fmax (joint->upper, joint->last);
      joint->fraction = fmin (1.0, (joint->upper - joint->lower) / joint->expected);
      joint->done = joint->done || joint->fraction >= ENOUGH;
    }
}

bool
lw_calibration_sweep_done (const LwCalibrationSweep *self)
{
  for (size_t j = 0; j < self->n_joints; j++)
    if (!self->joints[j].done)
      return false;
  return true;
}

static LwStatus
check_joint (const LwSweepJoint *swept, const LwProfileJoint *joint, const double *angle)
{
  if (joint->full_turn)
    return angle != NULL && isfinite (*angle) ? LW_OK : LW_ERR_TOO_FEW;
  if (!swept->done)
    return LW_ERR_TOO_FEW;
  return swept->upper - swept->lower < 2.0 * M_PI || swept->expected >= 2.0 * M_PI ? LW_OK : LW_ERR_RANGE;
}

LwStatus
lw_calibration_sweep_finish (const LwCalibrationSweep *self, const LwArmProfile *profile, const bool *flip, const double *pose, LwCalibration *out,
                             double *lower, double *upper, size_t *short_joint)
{
  if (profile->n_joints != self->n_joints)
    return LW_ERR_SHAPE;
  for (size_t j = 0; j < self->n_joints; j++)
    {
      LwStatus status = check_joint (&self->joints[j], &profile->joints[j], pose != NULL ? &pose[j] : NULL);

      if (status != LW_OK)
        {
          if (short_joint != NULL)
            *short_joint = j;
          return status;
        }
    }

  lw_arm_profile_calibration (profile, out);
  for (size_t j = 0; j < self->n_joints; j++)
    {
      const LwSweepJoint   *swept = &self->joints[j];
      const LwProfileJoint *joint = &profile->joints[j];
      double                middle = 0.5 * (joint->lower + joint->upper);

      if (flip != NULL && flip[j])
        out->sign[j] = -out->sign[j];
      if (joint->full_turn)
        {
          out->zero[j] = remainder (pose[j], 2.0 * M_PI);
          lower[j] = joint->lower;
          upper[j] = joint->upper;
          lw_calibration_within_turn (out, j, &lower[j], &upper[j]);
        }
      else
        {
          double half = 0.5 * (swept->upper - swept->lower);

          /* In the turn where the encoder shows the middle. */
          out->zero[j] = remainder (0.5 * (swept->lower + swept->upper), 2.0 * M_PI) - out->sign[j] * middle;
          lower[j] = middle - half;
          upper[j] = middle + half;
        }
    }
  return LW_OK;
}
