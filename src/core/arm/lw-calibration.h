/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>

#include "lw-arm-model.h"

/* rad = sign * (servo angle - zero), plus the whole turns that bring it within half a turn of the middle of the joint's travel:
 * an encoder that jumps from one end of its turn to the other inside the travel does no harm to what is measured. */
typedef struct {
  double sign[LW_MAX_JOINTS];   /* +1 or -1 */
  double zero[LW_MAX_JOINTS];   /* rad */
  double middle[LW_MAX_JOINTS]; /* rad, of the joint; NaN: the angle is taken as it comes */
} LwCalibration;

void lw_calibration_identity (LwCalibration *out);
/* The simulated arm's calibration: ranges centred on the servos' centre tick. */
void lw_calibration_centre   (const LwArmModel *model, LwCalibration *out);
/* Whether the jump of a one-turn encoder lies inside [@lower, @upper] (rad) of joint @j: a servo in one-turn mode would then go
 * the long way round, and may not be driven before an offset is stored in it. */
bool lw_calibration_jumps    (const LwCalibration *self, size_t j, double lower, double upper);

/* Narrows [@lower, @upper] of joint @j to what lies within one turn of the encoder. */
void lw_calibration_within_turn (const LwCalibration *self, size_t j, double *lower, double *upper);

static inline double
lw_calibration_joint (const LwCalibration *self, size_t j, double angle)
{
  double q = self->sign[j] * (angle - self->zero[j]);

  return isfinite (self->middle[j]) ? q - 2.0 * M_PI * round ((q - self->middle[j]) / (2.0 * M_PI)) : q;
}

static inline double
lw_calibration_servo (const LwCalibration *self, size_t j, double q)
{
  return self->sign[j] * q + self->zero[j];
}
