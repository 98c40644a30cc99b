/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-session-private.h"

#include "lw-paths.h"

G_DEFINE_FINAL_TYPE (LwSession, lw_session, G_TYPE_OBJECT)

enum { TICK, SAMPLES, FIT_PROGRESS, MESSAGE, DETAILS, N_SIGNALS };

static guint signals[N_SIGNALS];

static const char *const plain_signals[] = {
  "connection-changed", "mode-changed", "recording-changed", "demonstrations-changed", "project-changed", "saving-changed", "undo-changed",
  "skill-changed", "selection-changed", "task-changed", "run-changed", "run-progress", "run-iteration", "ports-changed", "scan-changed", "condition-changed",
  "question-changed",
};

void
lw_session_emit (LwSession *self, const char *signal)
{
  g_signal_emit_by_name (self, signal);
}

void
lw_session_emit_message (LwSession *self, const char *undo_label, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_signal_emit (self, signals[MESSAGE], 0, text, undo_label != NULL ? undo_label : "");
}

void
lw_session_emit_error (LwSession *self, const char *headline, const GError *error)
{
  lw_session_emit_details (self, headline, error != NULL ? error->message : "");
}

void
lw_session_emit_details (LwSession *self, const char *headline, const char *text)
{
  g_signal_emit (self, signals[DETAILS], 0, headline, text);
}

void
lw_session_stop (LwSession *self)
{
  /* The arm first: it needs nobody else. */
  if (self->arm != NULL)
    lw_arm_stop (self->arm);
  if (self->run != NULL && self->run_active)
    lw_learn_run_stop (self->run);
  lw_session_cancel_start (self);
  lw_session_cancel_fit (self);
  lw_session_cancel_select (self);
  if (self->recording != 0)
    lw_session_stop_recording (self, TRUE);
}

gboolean
lw_session_can_stop (LwSession *self)
{
  return (self->arm != NULL && self->state.mode > LW_MODE_CONNECTED) || self->run_active || self->fitting ||
         self->select_stop != NULL || self->recording != 0 || self->opening_stop != NULL;
}

/* A run, or a worker that has the arm in hand, ends first. */
static void
go_on_winding_down (LwSession *self)
{
  if (!self->run_active && !self->connecting && self->arm != NULL)
    lw_session_disconnect (self);
}

void
lw_session_wind_down (LwSession *self)
{
  if (self->winding_down)
    return;
  self->winding_down = TRUE;
  lw_session_cancel_start (self);
  g_signal_connect (self, "run-changed", G_CALLBACK (go_on_winding_down), NULL);
  g_signal_connect (self, "connection-changed", G_CALLBACK (go_on_winding_down), NULL);
  lw_session_cancel_fit (self);
  lw_session_cancel_select (self);
  if (self->recording != 0)
    lw_session_stop_recording (self, TRUE);
  if (self->run_active && self->run_on_arm)
    {
      /* Ended and held, not stopped: a stopped arm is not lowered. */
      lw_learn_run_end (self->run);
      if (self->state.mode == LW_MODE_RUNNING)
        lw_arm_request (self->arm, LW_REQUEST_HOLD, NULL);
    }
  else if (self->run_active)
    lw_learn_run_stop (self->run);
  lw_session_emit (self, "connection-changed");
}

gboolean
lw_session_is_down (LwSession *self)
{
  return !self->run_active && self->arm == NULL && !self->connecting;
}

void
lw_session_shut_down (LwSession *self)
{
  self->winding_down = TRUE;
  lw_session_cancel_start (self);
  lw_session_cancel_fit (self);
  lw_session_cancel_select (self);
  lw_session_learn_clear (self);
  lw_session_arm_clear (self);
  lw_session_project_clear (self);
}

static void
lw_session_finalize (GObject *object)
{
  LwSession *self = LW_SESSION (object);

  lw_session_shut_down (self);
  lw_session_model_clear (self);
  g_clear_pointer (&self->bus_log, lw_bus_log_free);
  g_clear_pointer (&self->task, lw_task_free);
  g_clear_pointer (&self->kinematics, lw_kinematics_free);
  g_clear_pointer (&self->task_model, lw_arm_model_unref);
  g_clear_pointer (&self->arm_model, lw_arm_model_unref);
  g_clear_pointer (&self->recorder, lw_recorder_free);
  g_clear_pointer (&self->display, lw_sample_ring_free);
  g_clear_pointer (&self->condition, lw_trouble_free);
  lw_session_device_clear (self);
  g_clear_pointer (&self->demonstrations, g_ptr_array_unref);
  G_OBJECT_CLASS (lw_session_parent_class)->finalize (object);
}

static void
lw_session_class_init (LwSessionClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lw_session_finalize;

  for (gsize i = 0; i < G_N_ELEMENTS (plain_signals); i++)
    g_signal_new (plain_signals[i], LW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[TICK] = g_signal_new ("tick", LW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SAMPLES] = g_signal_new ("samples", LW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_POINTER, G_TYPE_UINT);
  signals[FIT_PROGRESS] = g_signal_new ("fit-progress", LW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_DOUBLE, G_TYPE_STRING);
  g_signal_new ("scan-progress", LW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  g_signal_new ("select-progress", LW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
  signals[MESSAGE] = g_signal_new ("message", LW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
  signals[DETAILS] = g_signal_new ("details", LW_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_STRING);
}

static void
lw_session_init (LwSession *self)
{
  g_autoptr (GError) error = NULL;

  self->demonstrations = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_demonstration_info_free);
  self->task = lw_task_new ("reach-target", lw_path_arms (), &error);
  if (self->task == NULL)
    g_error ("The program's data are incomplete: %s", error->message); /* nothing can be shown without an arm */
  lw_session_project_init (self);
  lw_session_device_init (self);
  lw_session_scan_init (self);
  lw_session_arm_init (self);
  lw_session_learn_init (self);
}

LwSession *
lw_session_new (void)
{
  return g_object_new (LW_TYPE_SESSION, NULL);
}
