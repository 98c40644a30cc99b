/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Everything that ends a motion against the will of who commanded it: Stop, faults, what the arm thread watches by itself. */
#include <errno.h>
#include <math.h>
#include <unistd.h>

#include "lw-arm-private.h"

/* A servo may lag behind its goal by this much of its motion and so far beyond, for a moment. */
#define LAG 0.15          /* s */
#define STRAIN 0.2        /* rad */
#define STRAIN_TIME 0.1   /* s */
#define MAIN_LOOP_NS (500 * G_GINT64_CONSTANT (1000000))
#define STANDSTILL_NS (80 * G_GINT64_CONSTANT (1000000))
#define STANDSTILL_SPEED 0.08 /* rad/s: three units of a Dynamixel's velocity; at the end of an overshoot the pose alone looks still */

void
lw_arm_stop (LwArm *self)
{
  int64_t  none = 0, now = lw_clock_now (self->clock);
  uint64_t one = 1;
  int      saved = errno; /* a signal handler's duty */

  atomic_compare_exchange_strong (&self->stop_call_ns, &none, now);
  /* A full counter means that the wake-up is under way already. */
  if (write (self->wake_fd, &one, sizeof one) < 0)
    errno = saved;
}

void
lw_arm_halt (LwArm *self, LwModeEvent event, LwReason reason, int64_t since_ns)
{
  LwMode before = self->mode, to;
  bool   halting = before == LW_MODE_STOPPED, releasing = self->doing == LW_DOING_RELEASE;

  if (!lw_mode_next (before, event, &to))
    return;
  lw_arm_drop_commands (self);
  lw_arm_end_run (self, true);
  self->reason = reason;
  lw_arm_set_mode (self, to);
  if (self->gone)
    self->doing = LW_DOING_NOTHING;
  if (halting && reason == LW_REASON_HARDWARE && !self->torque_control && !self->gone)
    {
      /* It stood; a servo that has given up may not hold it. */
      self->confirmed = false;
      self->doing = self->doing == LW_DOING_NOTHING ? LW_DOING_CONFIRM : self->doing;
    }
  if (halting || self->gone)
    return;

  self->halted_ns = since_ns;
  self->confirmed = false;
  self->resend = 0;
  /* In Connected nothing was written and nothing is; a limp arm stays limp: it is in somebody's hands. */
  self->rewrite = before != LW_MODE_CONNECTED || releasing;
  self->doing = self->limp || before == LW_MODE_CONNECTED ? LW_DOING_CONFIRM : LW_DOING_STOP;
  if (self->torque_control && !self->limp)
    {
      self->doing = LW_DOING_HELP;
      self->damped = true;
      self->agreeing = 0;
    }
}

/* One goal of the deceleration, @h_ns after the last one. */
static void
decelerate (LwArm *self, int64_t h_ns)
{
  double   goal[LW_MAX_JOINTS];
  gboolean rest;

  if (h_ns < self->dt_ns)
    rest = lw_limiter_stop_part (self->limiter, 1e-9 * (double) h_ns, goal);
  else
    rest = lw_limiter_stop_step (self->limiter, goal);
  lw_arm_write_goal (self);
  if (rest)
    self->doing = LW_DOING_CONFIRM;
}

bool
lw_arm_answer_stop (LwArm *self)
{
  int64_t call = atomic_load_explicit (&self->stop_call_ns, memory_order_acquire);
  int64_t elapsed;

  if (call == 0)
    return false;
  lw_arm_halt (self, LW_EVENT_STOP, LW_REASON_STOP, call);
  atomic_store_explicit (&self->stop_call_ns, 0, memory_order_release);
  elapsed = lw_arm_now (self) - self->goal_ns;
  /* Right behind a goal there is nothing to gain: the next cycle begins the deceleration. */
  if (self->doing != LW_DOING_STOP || elapsed < self->dt_ns / 10)
    return false;
  decelerate (self, MIN (elapsed, self->dt_ns));
  return true;
}

static void
confirm_limp (LwArm *self)
{
  bool on[LW_MAX_JOINTS] = { false }, any = false;

  if (!lw_arm_heard (self, self->bus->klass->get_torque (self->bus, on, lw_arm_now (self) + self->dt_ns / 2)))
    return;
  for (size_t j = 0; j < self->n; j++)
    any = any || on[j];
  self->confirmed = !any;
  /* Found on although it was switched off: a release that was under way and got lost. */
  if (any && self->rewrite)
    lw_arm_heard (self, self->bus->klass->set_torque (self->bus, false, lw_arm_now (self) + self->dt_ns / 2));
}

bool
lw_arm_stands_still (const LwArm *self)
{
  for (size_t j = 0; j < self->n; j++)
    if (!(fabs (self->dq[j]) <= STANDSTILL_SPEED))
      return false;
  return lw_arm_is_still (self, STANDSTILL_NS);
}

static void
confirm_hold (LwArm *self)
{
  double angle[LW_MAX_JOINTS];
  bool   reads_back = (self->abilities & LW_BUS_READS_BACK) != 0;
  bool   held = !reads_back || lw_arm_heard (self, self->bus->klass->read_goals (self->bus, angle, lw_arm_now (self) + self->dt_ns / 2));

  for (size_t j = 0; j < self->n && held && reads_back; j++)
    held = fabs (lw_arm_joint_of (self, j, angle[j]) - self->goal[j]) <= LW_ARM_GOAL_TOLERANCE;
  /* A servo that reports an error may be limp or weak: that it stands says nothing of the next moment. */
  self->confirmed = held && !self->alert && lw_arm_stands_still (self);
  /* What cannot be read back may have been lost: it is said until the arm stands. */
  if (!(held && reads_back) && self->rewrite && !self->gone)
    lw_arm_write_goal (self);
}

/* The hold goal is written until it arrives. What is known to be the cause stays the reason. */
void
lw_arm_mind_confirmation (LwArm *self)
{
  if (lw_arm_now (self) - self->halted_ns < LW_ARM_CONFIRM_NS || self->reason == LW_REASON_NOT_CONFIRMED)
    return;
  if (self->mode == LW_MODE_STOPPED)
    lw_arm_halt (self, LW_EVENT_FAULT, LW_REASON_NOT_CONFIRMED, self->halted_ns);
  else if (self->reason != LW_REASON_LINK_LOST && self->reason != LW_REASON_NO_ANSWER && self->reason != LW_REASON_HARDWARE)
    self->reason = LW_REASON_NOT_CONFIRMED;
}

void
lw_arm_stop_step (LwArm *self)
{
  if (self->doing == LW_DOING_STOP)
    {
      decelerate (self, self->dt_ns);
      return;
    }
  if (self->limp)
    confirm_limp (self);
  else
    confirm_hold (self);
  if (self->confirmed)
    self->doing = LW_DOING_NOTHING;
  else
    lw_arm_mind_confirmation (self);
}

bool
lw_arm_is_rebooting (const LwArm *self, size_t j)
{
  return self->rebooted_ns[j] != 0 && self->cycle_ns - self->rebooted_ns[j] < LW_ARM_REBOOT_NS;
}

static bool
is_silent (const LwArm *self)
{
  uint32_t most = (uint32_t) fmax (5, ceil (1e-9 * LW_ARM_SILENCE_NS * self->setup.rate_hz));

  for (size_t j = 0; j < self->n; j++)
    if (self->silent[j] >= most && !lw_arm_is_rebooting (self, j))
      return true;
  return false;
}

static bool
is_strained (LwArm *self)
{
  const double *v = lw_limiter_velocity (self->limiter);
  bool          far = false;

  if (self->limp || (self->mode != LW_MODE_ARMED && self->mode != LW_MODE_RUNNING))
    {
      self->strained = 0;
      return false;
    }
  for (size_t j = 0; j < self->n; j++)
    far = far || fabs (self->goal[j] - self->q[j]) > STRAIN + LAG * fmax (fabs (v[j]), fabs (self->dq[j]));
  self->strained = far ? self->strained + 1 : 0;
  return (double) self->strained > STRAIN_TIME * self->setup.rate_hz;
}

static bool
is_forsaken (const LwArm *self)
{
  int64_t seen = atomic_load_explicit (&self->heartbeat_ns, memory_order_relaxed);

  return self->setup.watch_main_loop && self->mode == LW_MODE_RUNNING && !atomic_load_explicit (&self->leaving, memory_order_relaxed)
         && self->cycle_ns - MAX (seen, self->run_ns) > MAIN_LOOP_NS;
}

void
lw_arm_supervise (LwArm *self)
{
  if (self->gone)
    lw_arm_halt (self, LW_EVENT_FAULT, LW_REASON_LINK_LOST, self->cycle_ns);
  else if (is_silent (self))
    lw_arm_halt (self, LW_EVENT_FAULT, LW_REASON_NO_ANSWER, self->cycle_ns);
  else if (self->alert)
    lw_arm_halt (self, LW_EVENT_FAULT, LW_REASON_HARDWARE, self->cycle_ns);
  else if (is_strained (self))
    lw_arm_halt (self, LW_EVENT_STOP, LW_REASON_TRACKING, self->cycle_ns);
  else if (is_forsaken (self))
    lw_arm_halt (self, LW_EVENT_STOP, LW_REASON_MAIN_LOOP, self->cycle_ns);
}
