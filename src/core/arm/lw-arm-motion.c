/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Motions that were asked for: a target, a plan, braking, lowering. Every one of their goals comes out of the limiter. */
#include <math.h>
#include <string.h>

#include "lw-arm-private.h"

#define RESEND 3
/* A run has ended when the arm stands still behind its last goal, or after SETTLE_NS. */
#define STILL_NS (100 * G_GINT64_CONSTANT (1000000))
#define SETTLE_NS (500 * G_GINT64_CONSTANT (1000000))
#define LOWER_SPEED 0.25

/* True once the limiter rests. */
static bool
step_towards (LwArm *self, const double *wanted)
{
  double goal[LW_MAX_JOINTS];

  self->limited = lw_limiter_step (self->limiter, wanted, goal);
  lw_arm_write_goal (self);
  return lw_limiter_at_rest (self->limiter);
}

static void
next_mode (LwArm *self, LwModeEvent event)
{
  LwMode to;

  if (lw_mode_next (self->mode, event, &to))
    lw_arm_set_mode (self, to);
}

static void
move (LwArm *self)
{
  lw_limiter_set_speed (self->limiter, atomic_load_explicit (&self->speed, memory_order_relaxed));
  if (step_towards (self, self->target))
    {
      self->doing = LW_DOING_NOTHING;
      self->resend = RESEND;
    }
}

static void
run (LwArm *self)
{
  const LwTrajectory *goals = self->plan->goals;

  if (self->plan_at < goals->n_samples)
    {
      step_towards (self, lw_mat_row (&goals->q, self->plan_at));
      self->plan_at++;
      self->run_progress = (double) self->plan_at / (double) goals->n_samples;
      return;
    }
  /* The same goal again while the arm arrives: what is measured until then belongs to the run. */
  lw_arm_write_goal (self);
  if (lw_arm_is_still (self, STILL_NS) || self->cycle_ns - self->moved_ns > SETTLE_NS)
    {
      lw_arm_end_run (self, false);
      next_mode (self, LW_EVENT_RUN_DONE);
      self->doing = LW_DOING_NOTHING;
    }
}

static void
brake (LwArm *self)
{
  double nowhere[LW_MAX_JOINTS];

  for (size_t j = 0; j < self->n; j++)
    nowhere[j] = NAN;
  if (!step_towards (self, nowhere))
    return;
  self->resend = RESEND;
  self->doing = LW_DOING_NOTHING;
  if (self->after == LW_COMMAND_HOLD)
    next_mode (self, LW_EVENT_HOLD);
  else if (self->after == LW_COMMAND_LOWER)
    lw_arm_begin_lower (self);
  else
    lw_arm_begin_guide (self);
}

static void
lower (LwArm *self)
{
  bool arrived = true;

  lw_limiter_set_speed (self->limiter, LOWER_SPEED);
  if (!step_towards (self, self->home))
    return;
  for (size_t j = 0; j < self->n; j++)
    arrived = arrived && fabs (lw_limiter_goal (self->limiter)[j] - self->home[j]) < 1e-3;
  if (!arrived) /* box or floor is in the way: better held up than dropped */
    {
      self->doing = LW_DOING_NOTHING;
      next_mode (self, LW_EVENT_HOLD);
    }
  else if (lw_arm_is_still (self, STILL_NS) || self->cycle_ns - self->moved_ns > SETTLE_NS)
    lw_arm_begin_release (self, LW_COMMAND_RELEASE);
}

void
lw_arm_move_step (LwArm *self)
{
  switch (self->doing)
    {
    case LW_DOING_MOVE: move (self); break;
    case LW_DOING_RUN: run (self); break;
    case LW_DOING_BRAKE: brake (self); break;
    case LW_DOING_LOWER: lower (self); break;
    default: break;
    }
}
