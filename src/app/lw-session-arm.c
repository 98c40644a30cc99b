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

void
lw_session_take_arm_model (LwSession *self, LwArmModel *model)
{
  g_clear_pointer (&self->kinematics, lw_kinematics_free);
  g_clear_pointer (&self->arm_model, lw_arm_model_unref);
  self->arm_model = model;
  self->kinematics = lw_kinematics_new (model);
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
  lw_session_take_arm_model (self, model);
  return TRUE;
}

void
lw_session_arm_init (LwSession *self)
{
  g_autoptr (GError) error = NULL;

  lw_runner_feed_init (&self->feed);
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

gboolean
lw_session_tick (gpointer data)
{
  LwSession *self = data;
  LwMode mode = self->state.mode;
  LwReason reason = self->state.reason;
  gboolean confirmed = self->state.stop_confirmed;

  lw_arm_heartbeat (self->arm);
  lw_arm_get_state (self->arm, &self->state);
  deliver_samples (self);
  lw_session_look_for_trouble (self);
  if (mode != self->state.mode || reason != self->state.reason || confirmed != self->state.stop_confirmed)
    {
      end_recording_if_over (self, mode);
      lw_session_watch_link (self);
      lw_session_emit (self, "mode-changed");
    }
  lw_session_emit (self, "tick");
  return G_SOURCE_CONTINUE;
}

void
lw_session_set_bus_log (LwSession *self, LwBusLog *log)
{
  g_return_if_fail (self->bus_log == NULL && self->simulator == NULL);
  self->bus_log = log;
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

LwTransportLog *
lw_session_get_traffic (LwSession *self)
{
  return self->traffic;
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

void
lw_session_reboot_servo (LwSession *self, size_t joint)
{
  g_autoptr (GError) error = NULL;

  if (self->arm != NULL && !self->connecting && !lw_arm_reboot (self->arm, joint, &error))
    lw_session_emit_message (self, NULL, "%s", error->message);
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

void
lw_session_set_gravity_help (LwSession *self, gboolean on)
{
  self->gravity_help = on;
  if (self->arm != NULL)
    lw_arm_set_gravity_help (self->arm, on ? LW_GRAVITY_HELP_DEFAULT : 0.0);
}

gboolean
lw_session_can_help (LwSession *self)
{
  return self->arm != NULL && !self->connecting && lw_arm_can_help (self->arm);
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
