/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-device-record.h"

#include "lw-calibration-file.h"

void
lw_device_describe (const LwDevice *self, LwArm *arm, char **profile, char **calibration)
{
  const LwLimits    *limits = lw_arm_get_limits (arm);
  LwCalibrationFile *file;

  *profile = lw_arm_profile_to_text (self->profile, NULL);
  *calibration = NULL;
  if (self->calibration == NULL)
    return;
  file = lw_calibration_file_new (self->profile, self->calibration, limits->q_min, limits->q_max, NULL, lw_arm_get_identities (arm), NULL);
  g_clear_pointer (&file->date, g_free); /* when it was made is not known here */
  *calibration = lw_calibration_file_to_text (file);
  lw_calibration_file_free (file);
}
