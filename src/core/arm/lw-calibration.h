/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model.h"

/* rad = sign * (servo angle - zero). */
typedef struct {
  double sign[LW_MAX_JOINTS]; /* +1 or -1 */
  double zero[LW_MAX_JOINTS]; /* rad */
} LwCalibration;

void lw_calibration_identity (LwCalibration *out);
/* The simulated arm's calibration: ranges centred on the servos' centre tick. */
void lw_calibration_centre   (const LwArmModel *model, LwCalibration *out);

static inline double
lw_calibration_joint (const LwCalibration *self, size_t j, double angle)
{
  return self->sign[j] * (angle - self->zero[j]);
}

static inline double
lw_calibration_servo (const LwCalibration *self, size_t j, double q)
{
  return self->sign[j] * q + self->zero[j];
}
