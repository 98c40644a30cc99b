/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's arm: connecting on a worker, the tick that carries its state to the pages, requests, recording. */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "lw-paths.h"
#include "lw-session-private.h"

#define RECORDER_CAPACITY 8192 /* 20 s at 400 Hz: longer than any pause of the disk that is worth surviving */
#define DISPLAY_CAPACITY 1024

/* ---- the arm thread's sink ---- */

void
lw_session_sink (const LwSample *sample, void *data)
{
  LwSession *self = data;
  LwRingRecord record = { .sample = *sample };

  lw_recorder_sink (sample, self->recorder);
  lw_runner_feed_sink (sample, &self->feed);
  lw_sample_ring_push (self->display, &record);
}

/* ---- model of the arm in hand ---- */

LwArmModel *
lw_session_read_arm_model (const char *arm_id, GError **error)
{
  g_autofree char *file = g_strconcat (arm_id, ".xml", NULL);
  g_autofree char *path = g_build_filename (lw_path_arms (), file, NULL);
  LwSimError sim_error;
  LwArmModel *model = lw_arm_model_load (path, NULL, &sim_error);

  if (model == NULL)
    g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, sim_error.text);
  return model;
}

gboolean
lw_session_load_arm_model (LwSession *self, const char *arm_id, GError **error)
{
  LwArmModel *model;

  if (self->arm_model != NULL && g_str_equal (lw_arm_model_id (self->arm_model), arm_id))
    return TRUE;
  model = lw_session_read_arm_model (arm_id, error);
  if (model == NULL)
    return FALSE;
  g_clear_pointer (&self->kinematics, lw_kinematics_free);
  g_clear_pointer (&self->arm_model, lw_arm_model_unref);
  self->arm_model = model;
  self->kinematics = lw_kinematics_new (model);
  return TRUE;
}

void
lw_session_arm_init (LwSession *self)
{
  g_autoptr (GError) error = NULL;

  lw_runner_feed_init (&self->feed);
  self->traffic = lw_transport_log_new ();
  self->recorder = lw_recorder_new (RECORDER_CAPACITY);
  self->display = lw_sample_ring_new (DISPLAY_CAPACITY);
  if (!lw_session_load_arm_model (self, self->task->info.arm, &error))
    g_error ("The program's data are incomplete: %s", error->message);
  memset (&self->state, 0, sizeof self->state);
}

LwArmModel *
lw_session_get_arm_model (LwSession *self)
{
  return self->arm_model;
}

/* ---- tick ---- */

static void
deliver_samples (LwSession *self)
{
  LwRingRecord records[64];
  LwSample samples[64];
  size_t n;

  while ((n = lw_sample_ring_pop (self->display, records, G_N_ELEMENTS (records))) > 0)
    {
      for (size_t i = 0; i < n; i++)
        samples[i] = records[i].sample;
      g_signal_emit_by_name (self, "samples", samples, (guint) n);
    }
}

/* A fault or stop ends what was being recorded; what was measured until then is kept. */
static void
end_recording_if_over (LwSession *self, LwMode before)
{
  if (self->recording == 0 || before == self->state.mode)
    return;
  if (self->state.mode == LW_MODE_FAULT || self->state.mode == LW_MODE_STOPPED || self->state.mode == LW_MODE_DISCONNECTED)
    lw_session_stop_recording (self, TRUE);
}

static gboolean
tick (gpointer data)
{
  LwSession *self = data;
  LwMode mode = self->state.mode;
  LwReason reason = self->state.reason;
  gboolean confirmed = self->state.stop_confirmed;

  lw_arm_heartbeat (self->arm);
  lw_arm_get_state (self->arm, &self->state);
  deliver_samples (self);
  if (mode != self->state.mode || reason != self->state.reason || confirmed != self->state.stop_confirmed)
    {
      end_recording_if_over (self, mode);
      lw_session_emit (self, "mode-changed");
    }
  lw_session_emit (self, "tick");
  return G_SOURCE_CONTINUE;
}

/* ---- connecting ---- */

typedef struct {
  LwArm    *arm;
  LwSimBus *simulator;
  LwTransportLog *traffic; /* borrowed */
  size_t    n_joints;
} Connection;

static void
connection_free (gpointer data)
{
  Connection *self = data;

  g_clear_pointer (&self->arm, lw_arm_free);
  g_clear_pointer (&self->simulator, lw_sim_bus_free);
  g_free (self);
}

static void
connect_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Connection *c = data;
  g_autoptr (GError) error = NULL;
  uint8_t ids[LW_MAX_JOINTS];
  int fd = lw_sim_bus_connect (c->simulator, &error);

  if (fd < 0)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  for (size_t i = 0; i < c->n_joints; i++)
    ids[i] = (uint8_t) (i + 1);
  if (!lw_arm_connect (c->arm, lw_dynamixel_new (lw_transport_log_wrap (lw_transport_fd_new (fd, _("Simulated arm")), c->traffic), ids, c->n_joints), &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  g_task_return_boolean (task, TRUE);
}

static void
connect_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  Connection *c = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->connecting = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    lw_session_emit_error (self, _("The arm did not answer; nothing was changed on it"), error);
  else
    {
      self->arm = g_steal_pointer (&c->arm);
      self->simulator = g_steal_pointer (&c->simulator);
      lw_arm_get_state (self->arm, &self->state);
      self->tick = g_timeout_add (LW_UI_TICK_MS, tick, self);
    }
  lw_session_emit (self, "connection-changed");
  lw_session_emit (self, "mode-changed");
}

void
lw_session_connect_simulated (LwSession *self, const char *arm_id, double rate_hz)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GTask) task = NULL;
  LwSimBusConfig config;
  LwArmSetup setup;
  Connection *c;

  if (self->arm != NULL || self->connecting)
    return;
  if (!lw_session_load_arm_model (self, arm_id, &error))
    {
      lw_session_emit_error (self, _("This arm's model cannot be loaded"), error);
      return;
    }
  lw_sim_bus_config_init (&config);
  config.model = self->arm_model;
  config.seed = (uint64_t) g_get_monotonic_time ();
  lw_arm_setup_init (&setup, self->arm_model);
  lw_calibration_centre (self->arm_model, &setup.calibration);
  setup.rate_hz = rate_hz;
  setup.watch_main_loop = TRUE;
  setup.sink = lw_session_sink;
  setup.sink_data = self;

  c = g_new0 (Connection, 1);
  c->n_joints = lw_arm_model_n_joints (self->arm_model);
  c->traffic = self->traffic;
  c->simulator = lw_sim_bus_new (&config);
  if (self->bus_log != NULL)
    lw_sim_bus_set_tap (c->simulator, lw_bus_log_tap, self->bus_log);
  c->arm = lw_arm_new (&setup);
  self->connecting = TRUE;
  task = g_task_new (self, NULL, connect_done, NULL);
  g_task_set_source_tag (task, lw_session_connect_simulated);
  g_task_set_task_data (task, c, connection_free);
  g_task_run_in_thread (task, connect_thread);
  lw_session_emit (self, "connection-changed");
}

void
lw_session_set_bus_log (LwSession *self, LwBusLog *log)
{
  g_return_if_fail (self->bus_log == NULL && self->simulator == NULL);
  self->bus_log = log;
}

static void
drop_arm (LwSession *self)
{
  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_pointer (&self->arm, lw_arm_free);
  g_clear_pointer (&self->simulator, lw_sim_bus_free);
  memset (&self->state, 0, sizeof self->state);
}

void
lw_session_arm_clear (LwSession *self)
{
  /* Nobody else may hold the arm while it goes. */
  while (self->connecting)
    g_main_context_iteration (NULL, TRUE);
  if (self->recording != 0)
    lw_session_stop_recording (self, TRUE);
  if (self->arm != NULL)
    lw_arm_disconnect (self->arm);
  if (self->simulator != NULL)
    lw_sim_bus_disconnect (self->simulator);
  drop_arm (self);
}

/* Lowering to rest takes seconds: a worker waits for it, while the window shows what the arm does and Stop works. */
static void
disconnect_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Connection *c = data;

  lw_arm_disconnect (c->arm);
  lw_sim_bus_disconnect (c->simulator);
  g_task_return_boolean (task, TRUE);
}

static void
disconnect_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  LwArmState last;

  lw_arm_get_state (self->arm, &last);
  self->connecting = FALSE;
  drop_arm (self);
  if (!last.limp)
    lw_session_emit_message (self, NULL, _("The arm is disconnected and still powered: it was stopped before it was down. "
                                           "Support it before you cut the power."));
  lw_session_emit (self, "connection-changed");
  lw_session_emit (self, "mode-changed");
}

void
lw_session_disconnect (LwSession *self)
{
  g_autoptr (GTask) task = NULL;
  Connection *c;

  if (self->arm == NULL || self->connecting)
    return;
  if (self->run_active && self->run_on_arm)
    {
      lw_session_emit_message (self, NULL, _("A learning run is using the arm. End the run first."));
      return;
    }
  if (self->recording != 0)
    lw_session_stop_recording (self, TRUE);
  /* The finished run's runner borrows the arm. */
  if (self->run_on_arm)
    {
      lw_session_learn_clear (self);
      lw_session_learn_init (self);
    }
  c = g_new0 (Connection, 1);
  c->arm = self->arm; /* borrowed, as the simulator is: nobody else ends them meanwhile */
  c->simulator = self->simulator;
  self->connecting = TRUE;
  task = g_task_new (self, NULL, disconnect_done, NULL);
  g_task_set_source_tag (task, lw_session_disconnect);
  g_task_set_task_data (task, c, g_free);
  g_task_run_in_thread (task, disconnect_thread);
  lw_session_emit (self, "connection-changed");
  lw_session_emit (self, "mode-changed");
}

gboolean
lw_session_is_connected (LwSession *self)
{
  return self->arm != NULL;
}

gboolean
lw_session_is_connecting (LwSession *self)
{
  return self->connecting;
}

gboolean
lw_session_is_simulated (LwSession *self)
{
  return self->simulator != NULL;
}

const char *
lw_session_get_device_name (LwSession *self)
{
  return self->arm == NULL ? _("Disconnected") : _("Simulated arm");
}

LwTransportLog *
lw_session_get_traffic (LwSession *self)
{
  return self->traffic;
}

LwProtocol
lw_session_get_protocol (LwSession *self)
{
  return self->protocol;
}

LwArm *
lw_session_get_arm (LwSession *self)
{
  return self->arm;
}

LwSimBus *
lw_session_get_simulator (LwSession *self)
{
  return self->simulator;
}

const LwArmState *
lw_session_get_arm_state (LwSession *self)
{
  return &self->state;
}

/* ---- requests ---- */

gboolean
lw_session_request (LwSession *self, LwArmRequest request)
{
  g_autoptr (GError) error = NULL;

  if (self->arm == NULL)
    {
      lw_session_emit_message (self, NULL, _("No arm is connected. Connect one on the Arm page."));
      return FALSE;
    }
  if (self->connecting)
    {
      lw_session_emit_message (self, NULL, _("The arm is going to rest to be disconnected. Stop is all it obeys."));
      return FALSE;
    }
  if (!lw_arm_request (self->arm, request, &error))
    {
      lw_session_emit_message (self, NULL, "%s", error->message);
      return FALSE;
    }
  return TRUE;
}

gboolean
lw_session_move_to (LwSession *self, const double *q)
{
  g_autoptr (GError) error = NULL;

  if (self->arm == NULL || lw_arm_move_to (self->arm, q, &error))
    return self->arm != NULL;
  lw_session_emit_message (self, NULL, "%s", error->message);
  return FALSE;
}

void
lw_session_set_speed (LwSession *self, double speed)
{
  if (self->arm != NULL)
    lw_arm_set_speed (self->arm, speed);
}

gboolean
lw_session_get_tip (LwSession *self, double pos[3])
{
  if (self->arm == NULL)
    return FALSE;
  lw_kinematics_set (self->kinematics, self->state.q);
  lw_kinematics_tip (self->kinematics, pos, NULL);
  return TRUE;
}
