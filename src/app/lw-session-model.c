/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Fitting on a worker, and the model that the project keeps. */
#include <glib/gi18n.h>

#include "lw-session-private.h"

typedef struct {
  LwSession    *session;  /* owned; touched in the main loop only */
  LwProject    *project;  /* owned */
  LwFitSettings settings;
  char         *arm;      /* the task's arm and context fields: what is fitted */
  char        **fields;
  atomic_bool   stop;
  LwSkill      *skill;    /* result */
  gint64        model_id;
  double        fraction; /* of the newest progress, under lock */
  const char   *what;
  gboolean      pending;
  GMutex        lock;
  int           ref_count;
} Fit;

static Fit *
fit_ref (Fit *self)
{
  g_atomic_int_inc (&self->ref_count);
  return self;
}

static void
fit_unref (gpointer data)
{
  Fit *self = data;

  if (!g_atomic_int_dec_and_test (&self->ref_count))
    return;
  lw_skill_unref (self->skill);
  g_free (self->arm);
  g_strfreev (self->fields);
  g_object_unref (self->project);
  g_object_unref (self->session);
  g_mutex_clear (&self->lock);
  g_free (self);
}

static gboolean
show_progress (gpointer data)
{
  Fit *fit = data;
  double fraction;
  const char *what;

  g_mutex_lock (&fit->lock);
  fit->pending = FALSE;
  fraction = fit->fraction;
  what = fit->what;
  g_mutex_unlock (&fit->lock);
  if (fit->session->fit_stop == &fit->stop)
    g_signal_emit_by_name (fit->session, "fit-progress", fraction, _(what));
  return G_SOURCE_REMOVE;
}

static void
fit_progress (double fraction, const char *what, gpointer data)
{
  Fit *fit = data;
  gboolean post;

  g_mutex_lock (&fit->lock);
  post = !fit->pending;
  fit->pending = TRUE;
  fit->fraction = fraction;
  fit->what = what;
  g_mutex_unlock (&fit->lock);
  if (post)
    g_timeout_add_full (G_PRIORITY_DEFAULT, LW_UI_TICK_MS, show_progress, fit_ref (fit), fit_unref);
}

static void
fit_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Fit *fit = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (LwDemonstrations) set = lw_project_load_set_for (fit->project, fit->arm, (const char *const *) fit->fields, &error);

  if (set != NULL)
    fit->skill = lw_skill_fit (set, &fit->settings, fit_progress, fit, &fit->stop, &error);
  if (fit->skill != NULL)
    {
      LwArrays arrays;
      g_autofree char *json = NULL;

      lw_arrays_init (&arrays);
      json = lw_skill_to_store (fit->skill, &arrays);
      if (json != NULL)
        fit->model_id = lw_project_save_model (fit->project, json, &arrays, fit->skill->ids, fit->skill->ids != NULL ? fit->skill->params.rows : 0, &error);
      lw_arrays_clear (&arrays);
    }
  if (error != NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_boolean (task, TRUE);
}

static void
take_skill (LwSession *self, LwSkill *skill, gint64 model_id)
{
  lw_session_drop_selection (self);
  g_clear_pointer (&self->skill, lw_skill_unref);
  self->skill = skill != NULL ? lw_skill_ref (skill) : NULL;
  self->model_id = model_id;
  lw_session_emit (self, "skill-changed");
}

static void
fit_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  Fit *fit = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;
  gboolean ok = g_task_propagate_boolean (G_TASK (result), &error);

  self->fitting = FALSE;
  self->fit_stop = NULL;
  if (g_error_matches (error, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED))
    lw_session_emit_message (self, NULL, _("Fit stopped; the model before stays"));
  else if (!ok)
    lw_session_emit_error (self, fit->skill != NULL ? _("The model was fitted but not stored") : _("These demonstrations cannot be fitted"), error);
  if (fit->skill != NULL && fit->project == self->project)
    take_skill (self, fit->skill, fit->model_id);
  else
    lw_session_emit (self, "skill-changed"); /* the pages' Fit button comes back */
}

static char **
context_fields (const LwTask *task)
{
  char **names = g_new0 (char *, task->info.n_context + 1);

  for (size_t i = 0; i < task->info.n_context; i++)
    names[i] = g_strdup (task->info.contexts[i].name);
  return names;
}

void
lw_session_fit (LwSession *self, const LwFitSettings *settings)
{
  g_autoptr (GTask) task = NULL;
  Fit *fit;

  if (self->fitting || self->project == NULL)
    return;
  fit = g_new0 (Fit, 1);
  fit->ref_count = 1;
  fit->session = g_object_ref (self);
  fit->project = g_object_ref (self->project);
  fit->settings = *settings;
  fit->arm = g_strdup (self->task->info.arm);
  fit->fields = context_fields (self->task);
  atomic_init (&fit->stop, false);
  g_mutex_init (&fit->lock);
  self->fitting = TRUE;
  self->fit_stop = &fit->stop;
  task = g_task_new (self, NULL, fit_done, NULL);
  g_task_set_source_tag (task, lw_session_fit);
  g_task_set_task_data (task, fit, fit_unref);
  g_task_run_in_thread (task, fit_thread);
  g_signal_emit_by_name (self, "fit-progress", 0.0, _("Reading demonstrations"));
}

gboolean
lw_session_is_fitting (LwSession *self)
{
  return self->fitting;
}

void
lw_session_cancel_fit (LwSession *self)
{
  if (self->fit_stop != NULL)
    atomic_store (self->fit_stop, true);
}

LwSkill *
lw_session_get_skill (LwSession *self)
{
  return self->skill;
}

gint64
lw_session_get_model_id (LwSession *self)
{
  return self->model_id;
}

void
lw_session_model_clear (LwSession *self)
{
  lw_session_drop_selection (self);
  g_clear_pointer (&self->skill, lw_skill_unref);
  self->model_id = 0;
}

/* ---- the stored model ---- */

typedef struct {
  size_t  n_joints; /* of the task it must fit */
  char  **fields;
} Wanted;

static void
wanted_free (gpointer data)
{
  Wanted *self = data;

  g_strfreev (self->fields);
  g_free (self);
}

typedef struct {
  LwSkill *skill; /* (nullable) */
  gint64   id;
} Loaded;

static void
loaded_free (gpointer data)
{
  Loaded *self = data;

  lw_skill_unref (self->skill);
  g_free (self);
}

static gboolean
fits (const LwSkill *skill, const Wanted *wanted)
{
  if (skill->n_joints != wanted->n_joints || skill->n_context != g_strv_length (wanted->fields))
    return FALSE;
  for (size_t i = 0; i < skill->n_context; i++)
    if (g_strcmp0 (skill->context_names[i], wanted->fields[i]) != 0)
      return FALSE;
  return TRUE;
}

LwSkill *
lw_session_read_skill (LwProject *project, gint64 id, gint64 *found, GError **error)
{
  LwArrays arrays;
  g_autofree char *settings = lw_project_load_model (project, id, found, &arrays, error);
  LwSkill *skill;

  if (settings == NULL)
    return NULL;
  skill = lw_skill_from_store (settings, &arrays, error);
  lw_arrays_clear (&arrays);
  return skill;
}

/* The newest model that was fitted for such a task; ids of models are counted without gaps. */
static gpointer
load_work (LwProject *project, gpointer data, GError **error)
{
  const Wanted *wanted = data;
  Loaded *loaded = g_new0 (Loaded, 1);
  g_autoptr (GError) own = NULL;

  loaded->skill = lw_session_read_skill (project, 0, &loaded->id, &own);
  while (loaded->skill != NULL && !fits (loaded->skill, wanted))
    {
      lw_skill_unref (loaded->skill);
      loaded->skill = --loaded->id > 0 ? lw_session_read_skill (project, loaded->id, &loaded->id, &own) : NULL;
    }
  if (own == NULL || g_error_matches (own, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND))
    return loaded;
  g_propagate_error (error, g_steal_pointer (&own));
  loaded_free (loaded);
  return NULL;
}

static void
load_done (LwSession *self, gpointer result, gpointer data)
{
  Loaded *loaded = result;

  if (loaded == NULL)
    return;
  if (loaded->skill != NULL && self->skill == NULL && GPOINTER_TO_UINT (data) == self->model_serial)
    take_skill (self, loaded->skill, loaded->id);
  loaded_free (loaded);
}

void
lw_session_load_model (LwSession *self)
{
  Wanted *wanted = g_new0 (Wanted, 1);

  wanted->n_joints = self->task->info.n_joints;
  wanted->fields = context_fields (self->task);
  lw_session_call_project (self, _("The stored model cannot be read; fit again to replace it"), load_work, wanted, wanted_free, loaded_free, load_done,
                           GUINT_TO_POINTER (++self->model_serial));
}
