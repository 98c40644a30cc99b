/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Torque on without moving, torque off with certainty, and what was found when we came. */
#include <math.h>
#include <string.h>

#include "lw-arm-private.h"

#define TRIES 8
#define SNAP 0.05  /* rad: further than a hand moves a joint between two transactions */
#define ASTRAY 0.3 /* rad: a joint this far from the goal it was powered at was told the wrong turn */

int64_t
lw_arm_slow_deadline (LwArm *self)
{
  self->irregular = true;
  return lw_arm_now (self) + LW_ARM_SLOW_NS;
}

int
lw_arm_read_torque (LwArm *self)
{
  bool on[LW_MAX_JOINTS] = { false }, any = false, all = true;

  if (!lw_arm_heard (self, self->bus->klass->get_torque (self->bus, on, lw_arm_slow_deadline (self))))
    return -1;
  for (size_t j = 0; j < self->n; j++)
    {
      any = any || on[j];
      all = all && on[j];
    }
  return all ? 2 : any;
}

static bool
read_goals (LwArm *self, double *angle)
{
  return lw_arm_heard (self, self->bus->klass->read_goals (self->bus, angle, lw_arm_slow_deadline (self)));
}

bool
lw_arm_set_watchdog (LwArm *self, unsigned timeout_ms)
{
  if (!(self->abilities & LW_BUS_HAS_WATCHDOG))
    return true;
  return lw_arm_heard (self, self->bus->klass->set_watchdog (self->bus, timeout_ms, lw_arm_slow_deadline (self)));
}

static bool
write_angles (LwArm *self, const double *angle)
{
  return lw_arm_heard (self, self->bus->klass->write_goals (self->bus, angle, lw_arm_slow_deadline (self)));
}

/* The servos were told @angle: that is the goal, at rest. */
static void
rest_at (LwArm *self, const double *angle)
{
  self->limp = false;
  lw_arm_take_turns (self, angle);
  for (size_t j = 0; j < self->n; j++)
    {
      self->told[j] = angle[j];
      self->goal[j] = lw_arm_joint_of (self, j, angle[j]);
    }
  self->goal_ns = lw_arm_now (self);
  lw_limiter_reset (self->limiter, self->goal);
}

void
lw_arm_forget_goal (LwArm *self)
{
  for (size_t j = 0; j < self->n; j++)
    self->goal[j] = NAN;
}

bool
lw_arm_look (LwArm *self)
{
  int    torque = lw_arm_read_torque (self);
  double angle[LW_MAX_JOINTS];

  if (torque < 0)
    return false;
  if (torque == 0)
    {
      self->limp = true;
      lw_arm_forget_goal (self);
      return true;
    }
  if (!read_goals (self, angle))
    return false;
  rest_at (self, angle);
  return true;
}

void
lw_arm_give_up (LwArm *self)
{
  if (++self->tries > TRIES)
    lw_arm_halt (self, LW_EVENT_FAULT, self->fresh ? LW_REASON_HARDWARE : LW_REASON_NO_ANSWER, self->cycle_ns);
}

void
lw_arm_look_step (LwArm *self)
{
  for (size_t j = 0; j < self->n; j++)
    if (lw_arm_is_rebooting (self, j) && self->silent[j] > 0)
      return;
  if (lw_arm_look (self))
    self->doing = LW_DOING_NOTHING;
  else
    lw_arm_give_up (self);
}

static double
farthest (const double *a, const double *b, size_t n)
{
  double most = 0;

  for (size_t j = 0; j < n; j++)
    most = fmax (most, fabs (a[j] - b[j]));
  return most;
}

/* Where the servos are by now; false when one did not answer. */
static bool
read_angles (LwArm *self, double *angle)
{
  LwServoReading readings[LW_MAX_JOINTS];
  int64_t        t_request, t_reply;
  bool           all;

  memset (readings, 0, sizeof readings);
  all = lw_arm_heard (self, self->bus->klass->read (self->bus, readings, &t_request, &t_reply, lw_arm_slow_deadline (self)));
  for (size_t j = 0; j < self->n; j++)
    {
      all = all && readings[j].valid;
      angle[j] = readings[j].angle;
    }
  return all;
}

/* A servo takes no goal outside the range stored in it: with another one it would move as soon as it is powered. */
static bool
took_the_goal (LwArm *self, const double *angle)
{
  double back[LW_MAX_JOINTS];

  return !(self->abilities & LW_BUS_READS_BACK) || (read_goals (self, back) && farthest (back, angle, self->n) <= LW_ARM_GOAL_TOLERANCE);
}

/* The present pose as goal, then torque, in one breath: a hand may be moving the arm. A watchdog that has triggered keeps goals from being
 * written, so it is cleared first and armed before torque is on. Torque coming on may take a servo back to one turn: where that
 * is not the turn it was told, it is told again before it has moved. */
static void
switch_on (LwArm *self)
{
  double angle[LW_MAX_JOINTS], now[LW_MAX_JOINTS];

  /* Without its help the arm begins to fall, and the servos may say another turn. */
  if (self->torque_control && !(lw_arm_help_off (self) && read_angles (self, self->angle)))
    {
      lw_arm_give_up (self);
      return;
    }
  for (size_t j = 0; j < self->n; j++)
    angle[j] = lw_arm_angle_here (self, self->angle[j]);
  if (!lw_arm_set_watchdog (self, 0) || !write_angles (self, angle) || !lw_arm_set_watchdog (self, LW_ARM_WATCHDOG_MS))
    {
      lw_arm_give_up (self);
      return;
    }
  if (!took_the_goal (self, angle))
    {
      lw_arm_set_watchdog (self, 0);
      if (++self->tries > TRIES)
        lw_arm_halt (self, LW_EVENT_FAULT, self->fresh ? LW_REASON_OUT_OF_RANGE : LW_REASON_NO_ANSWER, self->cycle_ns);
      return;
    }
  rest_at (self, angle); /* from here on it may be on */
  lw_arm_heard (self, self->bus->klass->set_torque (self->bus, true, lw_arm_slow_deadline (self)));
  if (read_angles (self, now) && farthest (now, angle, self->n) > SNAP)
    {
      write_angles (self, now);
      rest_at (self, now);
    }
  self->phase = 1;
}

/* Torque that was on all along keeps its goal, unless a triggered watchdog had left the arm somewhere else: with the goal out of
 * its reach it would leap there once the watchdog is cleared. */
static void
keep_on (LwArm *self)
{
  bool   triggered[LW_MAX_JOINTS] = { false }, any = false;
  double angle[LW_MAX_JOINTS];
  bool   watched = (self->abilities & LW_BUS_HAS_WATCHDOG) != 0;

  if (watched && !lw_arm_heard (self, self->bus->klass->get_watchdog (self->bus, triggered, lw_arm_slow_deadline (self))))
    {
      lw_arm_give_up (self);
      return;
    }
  for (size_t j = 0; j < self->n; j++)
    any = any || triggered[j];
  if (any)
    lw_arm_set_watchdog (self, 0);
  if (self->fresh && farthest (self->goal, self->q, self->n) > LW_ARM_START_TOLERANCE)
    {
      for (size_t j = 0; j < self->n; j++)
        angle[j] = lw_arm_angle_here (self, self->angle[j]);
      write_angles (self, angle);
      rest_at (self, angle);
    }
  else
    for (size_t j = 0; j < self->n; j++)
      self->told[j] = lw_arm_angle_of (self, j, self->goal[j]);
  lw_arm_set_watchdog (self, LW_ARM_WATCHDOG_MS);
  self->phase = 1;
}

static bool
is_powered_as_told (LwArm *self)
{
  double angle[LW_MAX_JOINTS];

  return lw_arm_read_torque (self) == 2 && read_goals (self, angle) && farthest (angle, self->told, self->n) <= LW_ARM_GOAL_TOLERANCE
         && self->fresh && farthest (self->q, self->goal, self->n) <= ASTRAY;
}

static void
powered (LwArm *self)
{
  LwMode to;

  self->doing = LW_DOING_NOTHING;
  self->found_powered = false;
  if (self->after == LW_COMMAND_RESET) /* held as it was, whatever the mode */
    return;
  if ((self->after == LW_COMMAND_HOLD || self->mode == LW_MODE_GUIDE) && lw_mode_next (self->mode, LW_EVENT_HOLD, &to))
    lw_arm_set_mode (self, to);
  if (self->after == LW_COMMAND_LOWER)
    lw_arm_begin_lower (self);
}

void
lw_arm_begin_power (LwArm *self, LwCommandKind after)
{
  self->doing = LW_DOING_POWER;
  self->after = after;
  self->phase = self->tries = 0;
}

void
lw_arm_power_step (LwArm *self)
{
  if (self->phase == 1 && is_powered_as_told (self))
    {
      powered (self);
      return;
    }
  if (self->phase == 1)
    {
      /* Once more from a present pose of its own. */
      self->phase = 0;
      lw_arm_give_up (self);
      return;
    }
  if (!self->limp && !self->torque_control && lw_arm_read_torque (self) == 2)
    keep_on (self);
  else if (self->fresh && !self->gone)
    switch_on (self);
  else
    lw_arm_give_up (self);
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
  LwMode to;

  if (self->phase == 0)
    {
      self->limp = true;
      self->found_powered = false;
      lw_arm_forget_goal (self);
      lw_arm_heard (self, self->bus->klass->set_torque (self->bus, false, lw_arm_slow_deadline (self)));
      lw_arm_set_watchdog (self, 0);
      self->phase = 1;
      return;
    }
  if (lw_arm_read_torque (self) == 0 && (!self->torque_control || lw_arm_help_off (self)))
    {
      if (lw_mode_next (self->mode, self->after == LW_COMMAND_GUIDE ? LW_EVENT_GUIDE : LW_EVENT_RELEASED, &to))
        lw_arm_set_mode (self, to);
      self->doing = LW_DOING_NOTHING;
      return;
    }
  self->phase = 0;
  lw_arm_give_up (self);
}
