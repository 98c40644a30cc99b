/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque on without moving, torque off with certainty, and what was found when we came. */
#include <math.h>
#include <string.h>

#include "lw-arm-private.h"

#define TRIES 8

static int64_t
slow_deadline (LwArm *self)
{
  self->irregular = true;
  return lw_arm_now (self) + LW_ARM_SLOW_NS;
}

/* -1 unknown, 0 all off, 1 some on, 2 all on. */
static int
read_torque (LwArm *self)
{
  bool on[LW_MAX_JOINTS] = { false }, any = false, all = true;

  if (!lw_arm_heard (self, self->bus->klass->get_torque (self->bus, on, slow_deadline (self))))
    return -1;
  for (size_t j = 0; j < self->n; j++)
    {
      any = any || on[j];
      all = all && on[j];
    }
  return all ? 2 : any;
}

static bool
read_goals (LwArm *self, double *q)
{
  double angle[LW_MAX_JOINTS];

  if (!lw_arm_heard (self, self->bus->klass->read_goals (self->bus, angle, slow_deadline (self))))
    return false;
  for (size_t j = 0; j < self->n; j++)
    q[j] = lw_calibration_joint (&self->setup.calibration, j, angle[j]);
  return true;
}

static void
forget_goal (LwArm *self)
{
  for (size_t j = 0; j < self->n; j++)
    self->goal[j] = NAN;
}

bool
lw_arm_look (LwArm *self)
{
  int    torque = read_torque (self);
  double goal[LW_MAX_JOINTS];

  if (torque < 0)
    return false;
  if (torque == 0)
    {
      self->limp = true;
      forget_goal (self);
      return true;
    }
  if (!read_goals (self, goal))
    return false;
  self->limp = false;
  memcpy (self->goal, goal, sizeof goal);
  lw_limiter_reset (self->limiter, goal);
  return true;
}

static void
give_up (LwArm *self)
{
  if (++self->tries > TRIES)
    lw_arm_halt (self, LW_EVENT_FAULT, self->fresh ? LW_REASON_HARDWARE : LW_REASON_NO_ANSWER, self->cycle_ns);
}

void
lw_arm_look_step (LwArm *self)
{
  if (lw_arm_look (self))
    self->doing = LW_DOING_NOTHING;
  else
    give_up (self);
}

/* The present pose as goal, then torque, in one breath: a hand may be moving the arm. A watchdog that has triggered keeps goals from being
 * written, so it is cleared first and armed before torque is on. */
static void
switch_on (LwArm *self)
{
  const LwServoBusClass *klass = self->bus->klass;
  double                 angle[LW_MAX_JOINTS];

  for (size_t j = 0; j < self->n; j++)
    angle[j] = lw_calibration_servo (&self->setup.calibration, j, self->q[j]);
  if (!lw_arm_heard (self, klass->set_watchdog (self->bus, 0, slow_deadline (self)))
      || !lw_arm_heard (self, klass->write_goals (self->bus, angle, slow_deadline (self)))
      || !lw_arm_heard (self, klass->set_watchdog (self->bus, LW_ARM_WATCHDOG_MS, slow_deadline (self))))
    return;
  lw_limiter_reset (self->limiter, self->q);
  memcpy (self->goal, self->q, sizeof self->goal);
  self->goal_ns = lw_arm_now (self);
  self->limp = false; /* from here on it may be on */
  lw_arm_heard (self, klass->set_torque (self->bus, true, slow_deadline (self)));
  self->phase = 1;
}

/* Torque that was on all along keeps its goal: nothing but the watchdog is written. */
static void
keep_on (LwArm *self)
{
  if (lw_arm_heard (self, self->bus->klass->set_watchdog (self->bus, LW_ARM_WATCHDOG_MS, slow_deadline (self))))
    self->phase = 1;
}

static bool
is_powered_as_told (LwArm *self)
{
  double goal[LW_MAX_JOINTS];

  if (read_torque (self) != 2 || !read_goals (self, goal))
    return false;
  for (size_t j = 0; j < self->n; j++)
    if (!(fabs (goal[j] - self->goal[j]) <= LW_ARM_GOAL_TOLERANCE))
      return false;
  return true;
}

void
lw_arm_power_step (LwArm *self)
{
  LwMode to;

  if (self->phase == 0)
    {
      if (!self->limp && read_torque (self) == 2)
        keep_on (self);
      else if (self->fresh && !self->gone)
        switch_on (self);
      else
        give_up (self);
      return;
    }
  if (is_powered_as_told (self))
    {
      if (lw_mode_next (self->mode, LW_EVENT_HOLD, &to))
        lw_arm_set_mode (self, to);
      self->doing = LW_DOING_NOTHING;
      return;
    }
  /* Once more from a present pose of its own. */
  self->phase = 0;
  give_up (self);
}

void
lw_arm_begin_release (LwArm *self, LwCommandKind after)
{
  self->doing = LW_DOING_RELEASE;
  self->after = after;
  self->phase = self->tries = 0;
}

void
lw_arm_release_step (LwArm *self)
{
  const LwServoBusClass *klass = self->bus->klass;
  LwMode                 to;

  if (self->phase == 0)
    {
      self->limp = true;
      forget_goal (self);
      lw_arm_heard (self, klass->set_torque (self->bus, false, slow_deadline (self)));
      lw_arm_heard (self, klass->set_watchdog (self->bus, 0, slow_deadline (self)));
      self->phase = 1;
      return;
    }
  if (read_torque (self) == 0)
    {
      if (lw_mode_next (self->mode, self->after == LW_COMMAND_GUIDE ? LW_EVENT_GUIDE : LW_EVENT_RELEASED, &to))
        lw_arm_set_mode (self, to);
      self->doing = LW_DOING_NOTHING;
      return;
    }
  self->phase = 0;
  give_up (self);
}
