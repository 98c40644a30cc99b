/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Between joints and servos: the calibration, and which turn of the servo an angle is meant on. A servo that counts turns is
 * told angles on the turn it is in; one that knows a single turn is told angles inside it. */
#include <math.h>

#include "lw-arm-private.h"

static bool
counts_turns (const LwArm *self)
{
  return (self->abilities & LW_BUS_MANY_TURNS) != 0;
}

/* Within (-pi, pi]. */
static double
in_one_turn (double angle)
{
  return angle - 2 * M_PI * ceil ((angle - M_PI) / (2 * M_PI));
}

double
lw_arm_joint_of (const LwArm *self, size_t j, double angle)
{
  const LwCalibration *c = &self->setup.calibration;

  /* Powered, a joint that passes the far side of its middle must not appear to jump: its goals would. */
  if (counts_turns (self) && !self->limp)
    return c->sign[j] * (angle - self->turn[j] - c->zero[j]);
  return lw_calibration_joint (c, j, angle);
}

double
lw_arm_angle_of (const LwArm *self, size_t j, double q)
{
  double angle = lw_calibration_servo (&self->setup.calibration, j, q);

  if (counts_turns (self))
    return angle + self->turn[j];
  return isfinite (self->setup.calibration.middle[j]) ? in_one_turn (angle) : angle;
}

/* Limp, every servo counts turns; its torque coming on takes it back to the one it knows. */
double
lw_arm_angle_here (const LwArm *self, double angle)
{
  return counts_turns (self) ? angle : in_one_turn (angle);
}

void
lw_arm_take_turns (LwArm *self, const double *angle)
{
  const LwCalibration *c = &self->setup.calibration;

  for (size_t j = 0; j < self->n; j++)
    {
      double first = lw_calibration_servo (c, j, lw_calibration_joint (c, j, angle[j])); /* the same place, on the turn of the calibration */

      self->turn[j] = counts_turns (self) ? 2 * M_PI * round ((angle[j] - first) / (2 * M_PI)) : 0;
    }
}
