/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-calibration.h"

void
lw_calibration_identity (LwCalibration *out)
{
  for (size_t j = 0; j < LW_MAX_JOINTS; j++)
    {
      out->sign[j] = 1;
      out->zero[j] = 0;
      out->middle[j] = NAN;
    }
}

void
lw_calibration_centre (const LwArmModel *model, LwCalibration *out)
{
  const LwJointInfo *joints = lw_arm_model_joints (model);

  lw_calibration_identity (out);
  for (size_t j = 0; j < lw_arm_model_n_joints (model); j++)
    out->zero[j] = -0.5 * (joints[j].lower + joints[j].upper);
}

bool
lw_calibration_jumps (const LwCalibration *self, size_t j, double lower, double upper)
{
  double a = lw_calibration_servo (self, j, lower), b = lw_calibration_servo (self, j, upper);

  /* The turn of an encoder goes from -pi to pi about its centre tick. */
  return floor ((fmin (a, b) + M_PI) / (2.0 * M_PI)) != floor ((fmax (a, b) + M_PI) / (2.0 * M_PI));
}

void
lw_calibration_within_turn (const LwCalibration *self, size_t j, double *lower, double *upper)
{
  const double tick = 2.0 * M_PI / 4096.0; /* the turn ends one tick before it begins again */
  double       a = self->sign[j] * (-M_PI - self->zero[j]), b = self->sign[j] * (M_PI - tick - self->zero[j]);

  *lower = fmax (*lower, fmin (a, b));
  *upper = fmin (*upper, fmax (a, b));
}
