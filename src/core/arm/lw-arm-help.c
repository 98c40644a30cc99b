/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gravity help: in Guide the servos are told the torques that carry the arm's weight where it was measured, and no angle. */
#include <math.h>
#include <string.h>

#include "lw-arm-private.h"

/* After a Stop a joint at v_max is braked with this much of its torque. */
#define DAMPING 0.5
/* The load measured is the one told, as a part of the joint's torque, for so many cycles. */
#define AGREES 0.15
#define N_AGREE 5

static bool
is_wanted (const LwArm *self)
{
  return (self->abilities & LW_BUS_HAS_TORQUE) && atomic_load_explicit (&self->gravity_help, memory_order_relaxed) > 0;
}

void
lw_arm_begin_guide (LwArm *self)
{
  LwMode to;

  if (is_wanted (self))
    {
      self->doing = LW_DOING_HELP_ON;
      self->phase = self->tries = 0;
    }
  else if (!self->limp)
    lw_arm_begin_release (self, LW_COMMAND_GUIDE);
  else if (lw_mode_next (self->mode, LW_EVENT_GUIDE, &to))
    lw_arm_set_mode (self, to);
}

/* 1, and down to 0 while nothing is read: what is told must not outlive what it was computed from. */
static double
trust (const LwArm *self)
{
  double age = (double) (self->cycle_ns - self->fresh_ns) / (double) LW_ARM_SILENCE_NS;

  return fmax (0, 1 - age);
}

/* Torques of the joints. A joint that runs faster than its limit is left to itself: nothing here may drive it, however wrong the model. */
static void
compute (LwArm *self)
{
  const LwJointInfo *joints = lw_arm_model_joints (self->setup.model);
  const double      *v_max = self->setup.limits.v_max;
  double             weight[LW_MAX_JOINTS], help = atomic_load_explicit (&self->gravity_help, memory_order_relaxed);

  lw_kinematics_set (self->kinematics, self->q);
  lw_kinematics_gravity (self->kinematics, weight);
  for (size_t j = 0; j < self->n; j++)
    {
      double calm = fmin (fmax (2 - fabs (self->dq[j]) / v_max[j], 0), 1);
      double tau = help * calm * weight[j];

      if (self->damped)
        tau -= DAMPING * joints[j].tau_max / v_max[j] * self->dq[j];
      tau = fmin (fmax (trust (self) * tau, -joints[j].tau_max), joints[j].tau_max);
      self->torque[j] = isfinite (tau) ? tau : 0;
    }
}

static void
tell (LwArm *self, int64_t deadline_ns)
{
  double torque[LW_MAX_JOINTS];

  for (size_t j = 0; j < self->n; j++)
    torque[j] = self->setup.calibration.sign[j] * self->torque[j];
  lw_arm_heard (self, self->bus->klass->write_torques (self->bus, torque, deadline_ns));
}

/* Off, the other control, on again: in one breath, because meanwhile nothing carries the arm but the hand. */
static void
change_over (LwArm *self)
{
  const LwServoBusClass *klass = self->bus->klass;

  if (!self->limp)
    lw_arm_heard (self, klass->set_torque (self->bus, false, lw_arm_slow_deadline (self)));
  self->limp = true;
  self->found_powered = self->damped = false;
  lw_arm_forget_goal (self);
  if (!lw_arm_heard (self, klass->set_control (self->bus, true, lw_arm_slow_deadline (self))))
    {
      lw_arm_give_up (self);
      return;
    }
  self->torque_control = true;
  compute (self);
  lw_arm_set_watchdog (self, 0);
  tell (self, lw_arm_slow_deadline (self));
  lw_arm_set_watchdog (self, LW_ARM_WATCHDOG_MS);
  self->limp = false; /* from here on it may be on */
  lw_arm_heard (self, klass->set_torque (self->bus, true, lw_arm_slow_deadline (self)));
  self->phase = 1;
}

void
lw_arm_help_on_step (LwArm *self)
{
  LwMode to;

  if (self->phase == 0)
    {
      if (self->fresh)
        change_over (self);
      else
        lw_arm_give_up (self);
      return;
    }
  compute (self);
  tell (self, lw_arm_slow_deadline (self));
  if (lw_arm_read_torque (self) != 2)
    {
      self->phase = 0;
      lw_arm_give_up (self);
    }
  else if (lw_mode_next (self->mode, LW_EVENT_GUIDE, &to))
    {
      lw_arm_set_mode (self, to);
      self->doing = LW_DOING_HELP;
    }
}

static bool
loads_agree (LwArm *self, const double *told)
{
  const LwJointInfo *joints = lw_arm_model_joints (self->setup.model);
  bool               agree = self->fresh;

  for (size_t j = 0; j < self->n && agree; j++)
    agree = fabs (self->load[j] - told[j]) <= AGREES * joints[j].tau_max;
  self->agreeing = agree ? self->agreeing + 1 : 0;
  return self->agreeing >= N_AGREE;
}

/* A Stop is confirmed when the servos say that they are powered, and press as told or stand still. */
static void
confirm (LwArm *self, const double *told)
{
  bool agree = loads_agree (self, told);

  self->confirmed = !self->alert && (agree || lw_arm_stands_still (self)) && lw_arm_read_torque (self) == 2;
  if (!self->confirmed)
    lw_arm_mind_confirmation (self);
}

void
lw_arm_help_step (LwArm *self)
{
  double told[LW_MAX_JOINTS];

  memcpy (told, self->torque, sizeof told);
  compute (self);
  tell (self, lw_arm_now (self) + self->dt_ns / 2);
  if ((self->mode == LW_MODE_STOPPED || self->mode == LW_MODE_FAULT) && !self->confirmed)
    confirm (self, told);
}

bool
lw_arm_help_off (LwArm *self)
{
  const LwServoBusClass *klass = self->bus->klass;

  if (!self->limp)
    lw_arm_heard (self, klass->set_torque (self->bus, false, lw_arm_slow_deadline (self)));
  self->limp = true;
  self->damped = false;
  lw_arm_forget_goal (self);
  if (!lw_arm_heard (self, klass->set_control (self->bus, false, lw_arm_slow_deadline (self))))
    return false;
  self->torque_control = false;
  return true;
}
