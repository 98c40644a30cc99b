/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-calibration.h"

void
lw_calibration_identity (LwCalibration *out)
{
  for (size_t j = 0; j < LW_MAX_JOINTS; j++)
    {
      out->sign[j] = 1;
      out->zero[j] = 0;
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
