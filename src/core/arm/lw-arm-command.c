/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Commands of other threads, as the arm thread carries them out: checked once more, because the mode may have changed since they were given. */
#include <string.h>

#include "lw-arm-private.h"

static bool
enter (LwArm *self, LwModeEvent event)
{
  LwMode to;

  if (!lw_mode_next (self->mode, event, &to))
    return false;
  lw_arm_set_mode (self, to);
  return true;
}

static void
put_aside (LwArm *self, LwPlan *plan)
{
  for (size_t i = 0; i < LW_ARM_N_SPENT; i++)
    {
      LwPlan *none = NULL;

      if (atomic_compare_exchange_strong_explicit (&self->spent[i], &none, plan, memory_order_release, memory_order_relaxed))
        return;
    }
  lw_plan_unref (plan);
}

void
lw_arm_free_spent (LwArm *self)
{
  for (size_t i = 0; i < LW_ARM_N_SPENT; i++)
    lw_plan_unref (atomic_exchange_explicit (&self->spent[i], NULL, memory_order_acquire));
}

void
lw_arm_end_run (LwArm *self, bool aborted)
{
  if (self->plan == NULL)
    return;
  put_aside (self, self->plan);
  self->plan = NULL;
  self->run_done = true;
  self->run_aborted = aborted;
}

/* A run that was asked for and will not happen. */
static void
refuse_run (LwArm *self, const LwCommand *command)
{
  put_aside (self, command->plan);
  self->run = command->run;
  self->run_progress = 0;
  self->run_done = self->run_aborted = true;
}

void
lw_arm_drop_commands (LwArm *self)
{
  LwCommand command;

  while (lw_command_queue_pop (&self->commands, &command))
    if (command.kind == LW_COMMAND_RUN)
      {
        /* The run in progress ends first: numbers only grow. */
        lw_arm_end_run (self, true);
        refuse_run (self, &command);
      }
}

void
lw_arm_begin_lower (LwArm *self)
{
  if (!enter (self, LW_EVENT_LOWER))
    return;
  lw_arm_end_run (self, true);
  self->doing = LW_DOING_LOWER;
  self->run_ns = self->cycle_ns;
}

static bool
is_moving (const LwArm *self)
{
  return self->doing == LW_DOING_MOVE || self->doing == LW_DOING_RUN || self->doing == LW_DOING_LOWER;
}

/* Brakes first when there is a motion; @after follows at rest. */
static bool
brake_first (LwArm *self, LwCommandKind after)
{
  if (!is_moving (self))
    return false;
  lw_arm_end_run (self, true);
  self->doing = LW_DOING_BRAKE;
  self->after = after;
  return true;
}

static void
release (LwArm *self)
{
  if (self->doing == LW_DOING_LOWER)
    return;
  if (self->limp)
    enter (self, LW_EVENT_RELEASED);
  else if (self->mode == LW_MODE_GUIDE) /* it is in somebody's hands */
    lw_arm_begin_release (self, LW_COMMAND_RELEASE);
  else if (self->mode == LW_MODE_CONNECTED)
    lw_arm_begin_power (self, LW_COMMAND_LOWER);
  else if (!brake_first (self, LW_COMMAND_LOWER))
    lw_arm_begin_lower (self);
}

static void
lower (LwArm *self)
{
  if (!self->limp)
    release (self);
}

static void
guide (LwArm *self)
{
  LwMode to;

  if (!lw_mode_next (self->mode, LW_EVENT_GUIDE, &to))
    return;
  if (!brake_first (self, LW_COMMAND_GUIDE))
    lw_arm_begin_guide (self);
}

static void
hold (LwArm *self)
{
  if (self->mode == LW_MODE_CONNECTED || self->mode == LW_MODE_GUIDE)
    lw_arm_begin_power (self, LW_COMMAND_HOLD);
  else if (!brake_first (self, LW_COMMAND_HOLD))
    enter (self, LW_EVENT_HOLD);
}

static void
arm (LwArm *self)
{
  if (enter (self, LW_EVENT_ARM))
    atomic_store_explicit (&self->speed, self->setup.speed, memory_order_relaxed);
}

static void
reset (LwArm *self)
{
  if (self->gone || !enter (self, LW_EVENT_RESET))
    return;
  self->reason = LW_REASON_NONE;
  self->confirmed = false;
  self->alert = false;
  self->doing = LW_DOING_LOOK;
  self->tries = 0;
  if (self->torque_control && !self->limp) /* carried until now: held where it is */
    lw_arm_begin_power (self, LW_COMMAND_RESET);
}

static void
move_to (LwArm *self, const LwCommand *command)
{
  if ((self->doing != LW_DOING_NOTHING && self->doing != LW_DOING_MOVE) || !enter (self, LW_EVENT_MOVE))
    return;
  memcpy (self->target, command->q, sizeof self->target);
  self->doing = LW_DOING_MOVE;
}

static void
run (LwArm *self, const LwCommand *command)
{
  bool idle = self->doing == LW_DOING_NOTHING || (self->doing == LW_DOING_MOVE && lw_limiter_at_rest (self->limiter));

  if (!idle || !enter (self, LW_EVENT_RUN))
    {
      refuse_run (self, command);
      return;
    }
  self->plan = command->plan;
  self->plan_at = 0;
  self->run = command->run;
  self->run_progress = 0;
  self->run_done = self->run_aborted = false;
  self->run_ns = self->cycle_ns;
  self->resend = 0;
  lw_limiter_set_speed (self->limiter, command->plan->speed);
  self->doing = LW_DOING_RUN;
}

static void
reboot (LwArm *self, size_t servo)
{
  if (self->gone || !lw_mode_may_reboot (self->mode))
    return;
  self->irregular = true;
  if (lw_arm_heard (self, self->bus->klass->reboot (self->bus, servo, lw_arm_now (self) + LW_ARM_SLOW_NS)))
    self->rebooted_ns[servo] = lw_arm_now (self);
}

/* What takes several cycles is not interrupted but by Stop; it ends soon, and the queue keeps. */
static bool
is_between (const LwArm *self)
{
  switch (self->doing)
    {
    case LW_DOING_POWER:
    case LW_DOING_RELEASE:
    case LW_DOING_LOOK:
    case LW_DOING_BRAKE:
    case LW_DOING_HELP_ON:
    case LW_DOING_STOP:
      return true;
    default:
      return false;
    }
}

void
lw_arm_take_commands (LwArm *self)
{
  LwCommand command;

  while (!is_between (self) && lw_command_queue_pop (&self->commands, &command))
    switch (command.kind)
      {
      case LW_COMMAND_RELEASE: release (self); break;
      case LW_COMMAND_LOWER: lower (self); break;
      case LW_COMMAND_GUIDE: guide (self); break;
      case LW_COMMAND_HOLD: hold (self); break;
      case LW_COMMAND_ARM: arm (self); break;
      case LW_COMMAND_RESET: reset (self); break;
      case LW_COMMAND_MOVE: move_to (self, &command); break;
      case LW_COMMAND_RUN: run (self, &command); break;
      case LW_COMMAND_REBOOT: reboot (self, command.servo); break;
      default: break;
      }
}
