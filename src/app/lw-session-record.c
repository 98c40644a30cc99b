/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Recording a demonstration: its row in the project, the recorder's switch, the context it ends with. */
#include <glib/gi18n.h>
#include <string.h>

#include "lw-device-record.h"
#include "lw-session-private.h"

typedef struct {
  char   arm[32], limits[5];
  char  *profile, *calibration; /* nullable */
  size_t n_joints;
  gint64 id;
  gboolean keep;
  double q_min[LW_MAX_JOINTS], q_max[LW_MAX_JOINTS];
  LwContextValue context[LW_MAX_CONTEXT];
  size_t n_context;
} Recording;

static Recording *
recording_describe (LwSession *self)
{
  Recording *r = g_new0 (Recording, 1);
  const LwLimits *limits = lw_arm_get_limits (self->arm);

  g_strlcpy (r->arm, lw_arm_model_id (self->arm_model), sizeof r->arm);
  lw_limits_code (limits, r->limits);
  r->n_joints = limits->n_joints;
  memcpy (r->q_min, limits->q_min, sizeof r->q_min);
  memcpy (r->q_max, limits->q_max, sizeof r->q_max);
  lw_device_describe (&self->device, self->arm, &r->profile, &r->calibration);
  return r;
}

static void
recording_free (gpointer data)
{
  Recording *r = data;

  g_free (r->profile);
  g_free (r->calibration);
  g_free (r);
}

static gpointer
begin_work (LwProject *project, gpointer data, GError **error)
{
  const Recording *r = data;
  gint64 *id = g_new (gint64, 1);

  *id = lw_project_begin_demonstration (project, r->arm, r->n_joints, r->limits, NULL, error);
  if (*id == 0 || !lw_project_set_arm (project, *id, r->profile, r->calibration, error))
    g_clear_pointer (&id, g_free);
  return id;
}

static void
begin_done (LwSession *self, gpointer result, gpointer data)
{
  g_autofree gint64 *id = result;

  self->recording_starts = FALSE;
  if (id != NULL && self->arm != NULL)
    {
      self->recording = *id;
      lw_recorder_start (self->recorder, *id);
    }
  lw_session_emit (self, "recording-changed");
}

gboolean
lw_session_start_recording (LwSession *self)
{
  if (self->arm == NULL || self->state.mode < LW_MODE_CONNECTED || self->state.mode == LW_MODE_FAULT)
    {
      lw_session_emit_message (self, NULL, _("No arm is connected: there is nothing to record. Connect one on the Arm page."));
      return FALSE;
    }
  if (self->project == NULL)
    {
      lw_session_emit_message (self, NULL, _("No project is open: there is nowhere to record to. Open or create one."));
      return FALSE;
    }
  if (self->run_active && self->run_on_arm)
    {
      lw_session_emit_message (self, NULL, _("A learning run is using the arm; what it does is recorded with the run. End it to record a demonstration."));
      return FALSE;
    }
  if (self->recording != 0 || self->recording_starts || self->recording_ends)
    return FALSE;
  self->recording_starts = TRUE;
  lw_session_call_project (self, _("The recording could not begin"), begin_work, recording_describe (self), recording_free, g_free, begin_done, NULL);
  return TRUE;
}

/* The place where the tip came to rest is the context of a task that asks for a place. */
static void
prefill_context (LwSession *self, Recording *r)
{
  double tip[3];

  if (!g_str_equal (self->task->info.arm, r->arm) || self->task->info.n_context < 2 || self->task->info.n_context > 3 ||
      !lw_session_get_tip (self, tip))
    return;
  r->n_context = self->task->info.n_context;
  for (size_t i = 0; i < r->n_context; i++)
    r->context[i] = (LwContextValue){ (char *) self->task->info.contexts[i].name, (char *) self->task->info.contexts[i].unit, tip[i] };
}

static gpointer
end_work (LwProject *project, gpointer data, GError **error)
{
  const Recording *r = data;
  gboolean ok = lw_project_end_demonstration (project, r->id, r->q_min, r->q_max, error);

  for (size_t i = 0; ok && r->keep && i < r->n_context; i++)
    ok = lw_project_fill_context (project, r->id, r->context[i].name, r->context[i].unit, r->context[i].value, error);
  if (ok && !r->keep)
    ok = lw_project_delete (project, r->id, error);
  return GINT_TO_POINTER (ok);
}

static void
end_done (LwSession *self, gpointer result, gpointer data)
{
  self->recording_ends = FALSE;
  if (GPOINTER_TO_INT (result) && !GPOINTER_TO_INT (data))
    lw_session_emit_message (self, _("Undo"), _("Recording discarded"));
  lw_session_emit (self, "recording-changed");
}

void
lw_session_stop_recording (LwSession *self, gboolean keep)
{
  Recording *r;

  if (self->recording == 0)
    return;
  lw_recorder_stop (self->recorder);
  r = recording_describe (self);
  r->id = self->recording;
  r->keep = keep;
  prefill_context (self, r);
  self->recording = 0;
  self->recording_ends = TRUE;
  lw_session_call_project (self, _("The end of the recording was not stored; its samples are in the file"), end_work, r, recording_free, NULL,
                           end_done, GINT_TO_POINTER (keep));
  lw_session_emit (self, "recording-changed");
}

gboolean
lw_session_is_recording (LwSession *self)
{
  return self->recording != 0 || self->recording_starts;
}

void
lw_session_get_recorder_state (LwSession *self, LwRecorderState *out)
{
  lw_recorder_get_state (self->recorder, out);
}
