/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What other threads see of an arm: requests, runs, the state. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "lw-arm-private.h"

/* rad: two encoder steps. Servos with a range of a whole turn end on either side of the jump. */
#define JUMP_MARGIN 0.0031

void
lw_arm_setup_init (LwArmSetup *setup, LwArmModel *model)
{
  memset (setup, 0, sizeof *setup);
  setup->model = model;
  lw_limits_from_model (model, &setup->limits);
  lw_calibration_identity (&setup->calibration);
  setup->rate_hz = 100;
  setup->speed = 0.25;
  lw_watch_settings_init (&setup->watch);
}

static bool
makes_sense (const LwArmSetup *setup)
{
  if (setup->model == NULL || !lw_limits_are_valid (&setup->limits) || setup->limits.n_joints != lw_arm_model_n_joints (setup->model)
      || !(setup->rate_hz >= 50 && setup->rate_hz <= 400) || !(setup->speed > 0 && setup->speed <= 1)
      || !(setup->gravity_help >= 0 && setup->gravity_help <= 1))
    return false;
  for (size_t j = 0; j < setup->limits.n_joints; j++)
    if (fabs (setup->calibration.sign[j]) != 1 || !isfinite (setup->calibration.zero[j]))
      return false;
  return true;
}

void
lw_arm_reset_state (LwArm *self)
{
  lw_arm_drop_commands (self);
  lw_arm_end_run (self, true);
  lw_arm_free_spent (self);
  lw_arm_set_mode (self, LW_MODE_DISCONNECTED);
  self->reason = LW_REASON_NONE;
  self->doing = LW_DOING_NOTHING;
  self->limp = true;
  self->gone = self->lowered = self->alert = self->confirmed = self->found_powered = false;
  self->torque_control = self->damped = false;
  self->abilities = 0;
  self->cycle = self->health_cycle = self->healthy_cycle = self->link_cycle = 0;
  self->health_next = 0;
  self->resend = self->strained = 0;
  self->n_past = 0;
  self->overruns = 0;
  for (size_t j = 0; j < LW_MAX_JOINTS; j++)
    {
      self->angle[j] = self->q[j] = self->dq[j] = self->load[j] = self->goal[j] = self->temperature[j] = self->voltage[j] = NAN;
      self->silent[j] = 0;
      self->turn[j] = 0;
      self->rebooted_ns[j] = 0;
    }
  atomic_store (&self->stop_call_ns, 0);
  atomic_store (&self->leaving, false);
  lw_jitter_init (&self->jitter, self->setup.rate_hz);
  lw_watch_init (&self->watch, &self->setup.watch);
  memset (&self->alarms, 0, sizeof self->alarms);
  memset (&self->link, 0, sizeof self->link);
  self->question_ns = 0;
  lw_arm_publish_alarms (self);
  lw_arm_publish_link (self);
}

LwArm *
lw_arm_new (const LwArmSetup *setup)
{
  LwArm             *self;
  const LwJointInfo *joints;

  if (!makes_sense (setup))
    return NULL;
  self = g_new0 (LwArm, 1);
  self->setup = *setup;
  lw_arm_model_ref (self->setup.model);
  self->n = setup->limits.n_joints;
  self->dt_ns = (int64_t) (1e9 / setup->rate_hz + 0.5);
  self->clock = setup->clock != NULL ? setup->clock : lw_clock_monotonic ();
  self->wake_fd = eventfd (0, EFD_NONBLOCK | EFD_CLOEXEC);
  self->limiter = lw_limiter_new (&setup->limits, setup->model, 1 / setup->rate_hz);
  self->kinematics = lw_kinematics_new (setup->model);
  if (self->wake_fd < 0 || self->limiter == NULL || self->kinematics == NULL)
    {
      lw_arm_free (self);
      return NULL;
    }
  lw_limits_code (&setup->limits, self->code);
  joints = lw_arm_model_joints (setup->model);
  for (size_t j = 0; j < self->n; j++)
    self->home[j] = joints[j].home;
  lw_command_queue_init (&self->commands);
  self->snapshot.words = self->words;
  self->snapshot.n_words = G_N_ELEMENTS (self->words);
  self->link_snapshot.words = self->link_words;
  self->link_snapshot.n_words = G_N_ELEMENTS (self->link_words);
  self->alarm_snapshot.words = self->alarm_words;
  self->alarm_snapshot.n_words = G_N_ELEMENTS (self->alarm_words);
  atomic_store (&self->speed, setup->speed);
  atomic_store (&self->gravity_help, setup->gravity_help);
  lw_arm_reset_state (self);
  lw_arm_publish (self);
  return self;
}

void
lw_arm_free (LwArm *self)
{
  if (self == NULL)
    return;
  if (self->bus != NULL)
    lw_arm_disconnect (self);
  lw_arm_free_spent (self);
  lw_limiter_free (self->limiter);
  lw_kinematics_free (self->kinematics);
  if (self->wake_fd >= 0)
    close (self->wake_fd);
  lw_arm_model_unref (self->setup.model);
  g_free (self);
}

static LwMode
shown_mode (LwArm *self)
{
  return (LwMode) atomic_load_explicit (&self->shown_mode, memory_order_acquire);
}

/* Why @event cannot be, in words; FALSE when it can. */
static gboolean
is_refused (LwArm *self, LwModeEvent event, const char *what, GError **error)
{
  LwMode mode = shown_mode (self), to;

  if (mode == LW_MODE_DISCONNECTED)
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_NOT_CONNECTED, "No arm is connected.");
  else if (event == LW_EVENT_RESET && (mode == LW_MODE_STOPPED || mode == LW_MODE_FAULT))
    return FALSE;
  else if (mode == LW_MODE_STOPPED || mode == LW_MODE_FAULT || atomic_load (&self->stop_call_ns) != 0)
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_STOPPED, "The arm is stopped: reset it first.");
  else if (!lw_mode_next (mode, event, &to))
    g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE, "The arm cannot %s while it is in the mode %s.", what, lw_mode_name (mode));
  else
    return FALSE;
  return TRUE;
}

gboolean
lw_arm_post (LwArm *self, const LwCommand *command, GError **error)
{
  if (lw_command_queue_push (&self->commands, command))
    return TRUE;
  g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "The arm is busy with earlier commands.");
  return FALSE;
}

/* A one-turn servo goes the long way round where its encoder's jump lies inside the joint's range: it is not powered. TRUE when that is so. */
static gboolean
would_go_round (LwArm *self, GError **error)
{
  const LwLimits *limits = &self->setup.limits;

  if (self->abilities & LW_BUS_MANY_TURNS)
    return FALSE;
  for (size_t j = 0; j < self->n; j++)
    if (lw_calibration_jumps (&self->setup.calibration, j, limits->q_min[j] + JUMP_MARGIN, limits->q_max[j] - JUMP_MARGIN))
      {
        g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED,
                     "The encoder of joint %zu (%s) jumps from one end of its turn to the other inside the joint's range, so its servo would go the long way round. "
                     "Recording by hand works. To drive the arm, store the calibration in the servos.",
                     j + 1, lw_arm_model_joints (self->setup.model)[j].name);
        return TRUE;
      }
  return FALSE;
}

static gboolean
is_refused_power (LwArm *self, LwArmRequest request, const LwArmState *state, GError **error)
{
  gboolean powers = request == LW_REQUEST_HOLD || request == LW_REQUEST_LOWER || (request == LW_REQUEST_RELEASE && !state->limp);

  if (request == LW_REQUEST_LOWER && state->limp)
    {
      g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE, "The arm is limp: there is nothing to lower.");
      return TRUE;
    }
  return powers && (state->mode == LW_MODE_CONNECTED || state->mode == LW_MODE_GUIDE) && would_go_round (self, error);
}

gboolean
lw_arm_request (LwArm *self, LwArmRequest request, GError **error)
{
  static const struct {
    LwCommandKind kind;
    LwModeEvent   event;
    LwMode        done; /* nothing to do in this mode */
    const char   *what;
  } table[] = {
    [LW_REQUEST_RELEASE] = { LW_COMMAND_RELEASE, LW_EVENT_RELEASED, LW_MODE_DISCONNECTED, "be released" },
    [LW_REQUEST_LOWER] = { LW_COMMAND_LOWER, LW_EVENT_LOWER, LW_MODE_DISCONNECTED, "be lowered" },
    [LW_REQUEST_GUIDE] = { LW_COMMAND_GUIDE, LW_EVENT_GUIDE, LW_MODE_GUIDE, "be guided" },
    [LW_REQUEST_HOLD] = { LW_COMMAND_HOLD, LW_EVENT_HOLD, LW_MODE_HOLD, "hold" },
    [LW_REQUEST_ARM] = { LW_COMMAND_ARM, LW_EVENT_ARM, LW_MODE_ARMED, "be armed" },
    [LW_REQUEST_RESET] = { LW_COMMAND_RESET, LW_EVENT_RESET, LW_MODE_CONNECTED, "be reset" },
  };
  LwCommand   command = { 0 };
  LwMode      mode = shown_mode (self);
  LwModeEvent event;
  LwArmState  state;

  g_return_val_if_fail ((unsigned) request < G_N_ELEMENTS (table), FALSE);

  if (mode != LW_MODE_DISCONNECTED && mode == table[request].done)
    return TRUE;
  /* Powered, a release begins by lowering. */
  event = request == LW_REQUEST_RELEASE && (mode == LW_MODE_HOLD || mode == LW_MODE_ARMED) ? LW_EVENT_LOWER : table[request].event;
  if (is_refused (self, event, table[request].what, error))
    return FALSE;
  lw_arm_get_state (self, &state);
  if (is_refused_power (self, request, &state, error) || (request == LW_REQUEST_ARM && lw_arm_is_refused_motion (self, error)))
    return FALSE;
  if (request == LW_REQUEST_RESET && state.reason == LW_REASON_LINK_LOST)
    {
      g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "The connection is lost: disconnect, check the cable, and connect again.");
      return FALSE;
    }
  command.kind = table[request].kind;
  return lw_arm_post (self, &command, error);
}

static bool
is_latched (LwMode mode)
{
  return mode == LW_MODE_STOPPED || mode == LW_MODE_FAULT || mode == LW_MODE_DISCONNECTED;
}

gboolean
lw_arm_wait_mode (LwArm *self, LwMode mode, int timeout_ms)
{
  const struct timespec pause = { 0, 1000000 };
  int64_t               deadline = lw_arm_now (self) + (int64_t) timeout_ms * 1000000;
  LwMode                first = shown_mode (self), now;

  while ((now = shown_mode (self)) != mode)
    {
      /* After a reset it is still latched for a cycle. */
      if ((is_latched (now) && now != first) || lw_arm_now (self) > deadline)
        return FALSE;
      nanosleep (&pause, NULL);
    }
  return TRUE;
}

gboolean
lw_arm_move_to (LwArm *self, const double *q, GError **error)
{
  LwCommand command = { .kind = LW_COMMAND_MOVE };

  if (is_refused (self, LW_EVENT_MOVE, "move", error))
    return FALSE;
  for (size_t j = 0; j < self->n; j++)
    if (!isfinite (q[j]))
      {
        g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "The target of joint %zu is not a number.", j + 1);
        return FALSE;
      }
  memcpy (command.q, q, self->n * sizeof *q);
  return lw_arm_post (self, &command, error);
}

/* A plan is emitted as it stands or not at all. */
static gboolean
fits (LwArm *self, const LwPlan *plan, GError **error)
{
  double start[LW_MAX_JOINTS];

  if (plan->goals->n_joints != self->n || strcmp (plan->code, self->code) != 0 || fabs (plan->rate_hz - self->setup.rate_hz) > 1e-6)
    {
      g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "This movement was planned for other limits or another rate: plan it again.");
      return FALSE;
    }
  if (plan->speed > atomic_load (&self->speed) + 1e-9)
    {
      g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "This movement was planned for %.0f %% speed, the arm is set to %.0f %%: plan it again.",
                   100 * plan->speed, 100 * atomic_load (&self->speed));
      return FALSE;
    }
  lw_arm_get_start (self, start);
  for (size_t j = 0; j < self->n; j++)
    if (!(fabs (start[j] - lw_mat_get (&plan->goals->q, 0, j)) <= LW_ARM_START_TOLERANCE))
      {
        g_set_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED, "The arm is not where this movement was planned from (joint %zu): plan it again.", j + 1);
        return FALSE;
      }
  return TRUE;
}

gboolean
lw_arm_run (LwArm *self, LwPlan *plan, uint32_t *run, GError **error)
{
  LwCommand command = { .kind = LW_COMMAND_RUN };

  lw_arm_free_spent (self);
  if (is_refused (self, LW_EVENT_RUN, "run a movement", error) || !fits (self, plan, error))
    return FALSE;
  command.plan = lw_plan_ref (plan);
  command.run = atomic_fetch_add (&self->n_runs, 1) + 1;
  if (!lw_arm_post (self, &command, error))
    {
      lw_plan_unref (plan);
      return FALSE;
    }
  atomic_store (&self->run_posted, command.run);
  if (run != NULL)
    *run = command.run;
  return TRUE;
}

void
lw_arm_get_state (LwArm *self, LwArmState *out)
{
  uint32_t asked;

  /* Before the copy: a run asked for after it is not one the copy should know. */
  asked = atomic_load (&self->run_posted);
  lw_snapshot_get (&self->snapshot, out, sizeof *out);
  if ((int32_t) (asked - out->run) > 0 && out->mode != LW_MODE_DISCONNECTED)
    {
      out->run = asked;
      out->run_progress = 0;
      out->run_done = out->run_aborted = FALSE;
    }
}

void
lw_arm_get_start (LwArm *self, double *q)
{
  LwArmState state;

  lw_arm_get_state (self, &state);
  memcpy (q, state.limp || state.gravity_help ? state.q : state.goal, self->n * sizeof *q);
}

void
lw_arm_set_speed (LwArm *self, double speed)
{
  if (speed > 0 && speed <= 1)
    atomic_store (&self->speed, speed);
}

void
lw_arm_set_gravity_help (LwArm *self, double fraction)
{
  if (fraction >= 0 && fraction <= 1)
    atomic_store (&self->gravity_help, fraction);
}

gboolean
lw_arm_can_help (LwArm *self)
{
  return (self->abilities & LW_BUS_HAS_TORQUE) != 0;
}

void
lw_arm_heartbeat (LwArm *self)
{
  atomic_store_explicit (&self->heartbeat_ns, lw_arm_now (self), memory_order_relaxed);
}

const LwServoIdentity *
lw_arm_get_identities (LwArm *self)
{
  return self->identities;
}

LwArmModel *
lw_arm_get_model (LwArm *self)
{
  return self->setup.model;
}

const LwLimits *
lw_arm_get_limits (LwArm *self)
{
  return &self->setup.limits;
}

double
lw_arm_get_rate (LwArm *self)
{
  return self->setup.rate_hz;
}
