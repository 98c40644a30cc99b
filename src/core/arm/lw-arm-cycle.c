/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One control cycle: read, watch, obey, emit, tell. No allocation, no lock, no log. */
#include <math.h>
#include <string.h>

#include "lw-arm-private.h"

#define STILL_RANGE 0.004 /* rad: two to three encoder steps */
#define HEALTH_HZ 10.0
#define LINK_HZ 10.0

int64_t
lw_arm_now (const LwArm *self)
{
  return lw_clock_now (self->clock);
}

void
lw_arm_set_mode (LwArm *self, LwMode mode)
{
  self->mode = mode;
  atomic_store_explicit (&self->shown_mode, (int) mode, memory_order_release);
}

bool
lw_arm_heard (LwArm *self, LwBusStatus status)
{
  self->gone = self->gone || status == LW_BUS_GONE;
  return status == LW_BUS_OK;
}

bool
lw_arm_is_still (const LwArm *self, int64_t span_ns)
{
  size_t n = MIN (self->n_past, LW_ARM_N_PAST);

  if (!self->fresh)
    return false;
  for (size_t i = 0; i < n; i++)
    {
      size_t at = (self->n_past - 1 - i) % LW_ARM_N_PAST;

      for (size_t j = 0; j < self->n; j++)
        if (!(fabs (self->q[j] - self->past[at].q[j]) <= STILL_RANGE))
          return false;
      if (self->t_ns - self->past[at].t_ns >= span_ns)
        return true;
    }
  return false;
}

static void
remember (LwArm *self)
{
  size_t at = self->n_past++ % LW_ARM_N_PAST;

  self->past[at].t_ns = self->t_ns;
  memcpy (self->past[at].q, self->q, sizeof self->past[at].q);
}

void
lw_arm_write_goal (LwArm *self)
{
  const double *goal = lw_limiter_goal (self->limiter);
  double        angle[LW_MAX_JOINTS];

  if (self->gone)
    return;
  for (size_t j = 0; j < self->n; j++)
    angle[j] = lw_arm_angle_of (self, j, goal[j]);
  lw_arm_heard (self, self->bus->klass->write_goals (self->bus, angle, lw_arm_now (self) + self->dt_ns / 2));
  self->goal_ns = lw_arm_now (self);
  if (memcmp (self->goal, goal, self->n * sizeof *goal) != 0)
    self->moved_ns = self->goal_ns;
  memcpy (self->goal, goal, self->n * sizeof *goal);
}

static void
read_joints (LwArm *self)
{
  LwServoReading readings[LW_MAX_JOINTS];
  int64_t        t_request = 0, t_reply = 0;

  memset (readings, 0, sizeof readings);
  lw_arm_heard (self, self->bus->klass->read (self->bus, readings, &t_request, &t_reply, self->cycle_ns + self->dt_ns * 4 / 5));
  self->any = false;
  self->fresh = true;
  for (size_t j = 0; j < self->n; j++)
    {
      const LwServoReading *r = &readings[j];
      double                sign = self->setup.calibration.sign[j];

      self->fresh = self->fresh && r->valid;
      self->any = self->any || r->valid;
      self->alerting[j] = r->valid ? r->alert : self->alerting[j];
      self->alert = self->alert || (r->valid && r->alert);
      self->silent[j] = r->valid ? 0 : self->silent[j] + 1;
      if (!r->valid)
        continue;
      self->angle[j] = r->angle;
      self->q[j] = lw_arm_joint_of (self, j, r->angle);
      self->dq[j] = sign * r->velocity;
      self->load[j] = sign * r->load;
    }
  if (self->any)
    {
      self->t_ns = t_request + (t_reply - t_request) / 2;
      self->round_trip_ns = t_reply - t_request;
    }
  if (self->fresh)
    {
      self->fresh_ns = self->cycle_ns;
      remember (self);
      lw_arm_time_reading (self);
    }
}

static double
hottest (const LwArm *self)
{
  double most = NAN;

  for (size_t j = 0; j < self->n; j++)
    most = fmax (most, self->temperature[j]); /* fmax() ignores NaN */
  return most;
}

/* The servo whose turn it is: one that reports an error first, so that it is soon known which. */
static size_t
next_patient (LwArm *self)
{
  size_t servo = self->health_next;

  self->health_next = (servo + 1) % self->n;
  for (size_t j = 0; j < self->n; j++)
    if (self->alerting[j] && self->alarms.levels[LW_ALARM_HARDWARE][j] == LW_ALARM_OVER)
      return j;
  return servo;
}

/* On a slow line no cycle has the time: then heat is read once a second all the same, and that cycle takes longer. */
static bool
has_time_for_health (LwArm *self)
{
  double since_try = (double) (self->cycle - self->health_cycle) / self->setup.rate_hz;
  double since_answer = (double) (self->cycle - self->healthy_cycle) / self->setup.rate_hz;

  if (self->gone || self->irregular || since_try < 1 / HEALTH_HZ
      || (self->doing == LW_DOING_CONFIRM && lw_arm_now (self) - self->halted_ns < LW_ARM_CONFIRM_NS))
    return false;
  self->irregular = since_answer > 1;
  return self->irregular || lw_arm_now (self) - self->cycle_ns <= self->dt_ns / 2;
}

/* One servo in a tenth of a second. */
static void
read_health (LwArm *self)
{
  LwServoIdentity health = { 0 };
  int64_t         begin = lw_arm_now (self), deadline;
  size_t          servo;
  bool            answered;

  if (!has_time_for_health (self))
    return;
  self->health_cycle = self->cycle;
  servo = next_patient (self);
  deadline = self->irregular ? begin + LW_ARM_SLOW_NS : self->cycle_ns + self->dt_ns * 9 / 10;
  if (lw_arm_is_rebooting (self, servo))
    return;
  answered = lw_arm_heard (self, self->bus->klass->read_health (self->bus, servo, &health, deadline));
  lw_arm_time_question (self, lw_arm_now (self) - begin, answered, self->irregular);
  if (!answered)
    return;
  self->healthy_cycle = self->cycle;
  lw_arm_watch_health (self, servo, &health);
}

static void
tell_of_the_link (LwArm *self)
{
  /* With every answer about heat, so that an alarm and its number go together. */
  if (self->healthy_cycle != self->cycle && self->cycle - self->link_cycle < self->setup.rate_hz / LINK_HZ)
    return;
  self->link_cycle = self->cycle;
  lw_arm_publish_link (self);
}

static void
give_sample (LwArm *self, LwMode mode)
{
  LwSample sample = {
    .t_ns = self->t_ns,
    .round_trip_ns = (int32_t) MIN (self->round_trip_ns, G_MAXINT32),
    .cycle = self->cycle,
    .n_joints = (uint8_t) self->n,
    .mode = (uint8_t) mode,
    .limited = (uint8_t) self->limited,
    .flags = (uint8_t) ((self->fresh ? 0 : LW_SAMPLE_STALE) | (self->alert ? LW_SAMPLE_ALERT : 0)),
    .temperature = (float) hottest (self),
  };

  memcpy (sample.q, self->q, self->n * sizeof *self->q);
  memcpy (sample.dq, self->dq, self->n * sizeof *self->dq);
  memcpy (sample.load, self->load, self->n * sizeof *self->load);
  memcpy (sample.goal, self->goal, self->n * sizeof *self->goal);
  self->setup.sink (&sample, self->setup.sink_data);
}

void
lw_arm_publish (LwArm *self)
{
  LwArmState state = {
    .mode = self->mode,
    .reason = self->reason,
    .stop_confirmed = self->confirmed,
    .by_standstill = self->confirmed && !(self->abilities & LW_BUS_READS_BACK),
    .limp = self->limp,
    .found_powered = self->found_powered,
    .gravity_help = self->torque_control && !self->limp,
    .n_joints = self->n,
    .cycle = self->cycle,
    .t_ns = self->t_ns,
    .temperature = hottest (self),
    .voltage = NAN,
    .rate_hz = lw_jitter_rate_hz (&self->jitter),
    .jitter_p99_ms = lw_jitter_p99_ms (&self->jitter),
    .overruns = self->overruns,
    .run = self->run,
    .run_progress = self->run_progress,
    .run_done = self->run_done,
    .run_aborted = self->run_aborted,
    .speed = atomic_load_explicit (&self->speed, memory_order_relaxed),
  };

  if (self->bus != NULL)
    state.counters = self->bus->counters;
  for (size_t j = 0; j < self->n; j++)
    state.voltage = fmin (state.voltage, self->voltage[j]);
  memcpy (state.q, self->q, sizeof state.q);
  memcpy (state.dq, self->dq, sizeof state.dq);
  memcpy (state.load, self->load, sizeof state.load);
  memcpy (state.goal, self->goal, sizeof state.goal);
  memcpy (state.angle, self->angle, sizeof state.angle);
  memcpy (state.code, self->code, sizeof state.code);
  lw_snapshot_put (&self->snapshot, &state, sizeof state);
}

static void
act (LwArm *self)
{
  if (self->gone)
    return;
  switch (self->doing)
    {
    case LW_DOING_POWER: lw_arm_power_step (self); break;
    case LW_DOING_RELEASE: lw_arm_release_step (self); break;
    case LW_DOING_LOOK: lw_arm_look_step (self); break;
    case LW_DOING_STOP:
    case LW_DOING_CONFIRM: lw_arm_stop_step (self); break;
    case LW_DOING_HELP_ON: lw_arm_help_on_step (self); break;
    case LW_DOING_HELP: lw_arm_help_step (self); break;
    case LW_DOING_NOTHING:
      if (self->resend > 0)
        {
          self->resend--;
          lw_arm_write_goal (self);
        }
      break;
    default: lw_arm_move_step (self); break;
    }
}

/* Leaving a powered arm: down to rest once, when nothing else is going on. One that is carried after a Stop or a fault is held
 * instead: nobody would carry it on. */
static void
leave (LwArm *self)
{
  bool latched = self->mode == LW_MODE_STOPPED || self->mode == LW_MODE_FAULT;

  if (!atomic_load_explicit (&self->leaving, memory_order_acquire) || self->limp || self->lowered || self->found_powered
      || (latched && self->doing != LW_DOING_HELP))
    return;
  if (latched)
    lw_arm_begin_power (self, LW_COMMAND_RESET);
  else if (self->doing == LW_DOING_NOTHING || self->doing == LW_DOING_HELP)
    {
      self->lowered = true;
      if (self->mode == LW_MODE_CONNECTED || self->doing == LW_DOING_HELP)
        lw_arm_begin_power (self, LW_COMMAND_LOWER);
      else
        lw_arm_begin_lower (self);
    }
  else if (self->doing == LW_DOING_RUN || self->doing == LW_DOING_MOVE)
    {
      lw_arm_end_run (self, true);
      self->doing = LW_DOING_BRAKE;
      self->after = LW_COMMAND_HOLD;
    }
}

void
lw_arm_cycle (LwArm *self)
{
  LwMode mode = self->mode;
  bool   emitted;

  if (self->bus == NULL)
    return;
  self->cycle_ns = lw_arm_now (self);
  self->cycle++;
  self->irregular = false;
  self->limited = LW_LIMITED_NOT;
  lw_jitter_add (&self->jitter, self->cycle_ns);
  self->any = self->fresh = false;
  if (!self->gone)
    read_joints (self);

  emitted = lw_arm_answer_stop (self);
  lw_arm_supervise (self);
  if (self->any)
    lw_arm_watch_loads (self);
  lw_arm_take_commands (self);
  leave (self);
  if (!emitted)
    act (self);
  if (self->any && self->setup.sink != NULL)
    give_sample (self, mode);
  read_health (self);
  tell_of_the_link (self);
  if (self->irregular)
    lw_jitter_skip (&self->jitter);
  lw_arm_publish (self);
}
