/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's project: opening, the list of demonstrations, calls. */
#include <glib/gi18n.h>
#include <string.h>

#include "lw-session-private.h"

/* ---- calls ---- */

typedef struct {
  LwSession     *session;
  char          *what;
  LwSessionDone  done;
  gpointer       data;
} Call;

static void
call_done (GObject *object, GAsyncResult *result, gpointer data)
{
  Call *call = data;
  g_autoptr (GError) error = NULL;
  gpointer value = lw_project_call_finish (LW_PROJECT (object), result, &error);

  if (error != NULL)
    lw_session_emit_error (call->session, call->what, error);
  if (call->done != NULL)
    call->done (call->session, value, call->data);
  g_object_unref (call->session);
  g_free (call->what);
  g_free (call);
}

void
lw_session_call_project (LwSession *self, const char *what, LwProjectWork work, gpointer data, GDestroyNotify free_data,
                         GDestroyNotify free_result, LwSessionDone done, gpointer done_data)
{
  Call *call;

  if (self->project == NULL)
    {
      if (free_data != NULL)
        free_data (data);
      if (done != NULL)
        done (self, NULL, done_data);
      return;
    }
  call = g_new0 (Call, 1);
  call->session = g_object_ref (self);
  call->what = g_strdup (what);
  call->done = done;
  call->data = done_data;
  lw_project_call_async (self->project, work, data, free_data, free_result, call_done, call);
}

/* ---- list and undo labels ---- */

typedef struct {
  GPtrArray *demonstrations;
  char      *undo, *redo;
} Listing;

static void
listing_free (gpointer data)
{
  Listing *self = data;

  g_clear_pointer (&self->demonstrations, g_ptr_array_unref);
  g_free (self->undo);
  g_free (self->redo);
  g_free (self);
}

static gpointer
list_work (LwProject *project, gpointer data, GError **error)
{
  Listing *listing = g_new0 (Listing, 1);

  listing->demonstrations = lw_project_list_demonstrations (project, error);
  if (listing->demonstrations == NULL)
    {
      listing_free (listing);
      return NULL;
    }
  listing->undo = lw_project_dup_undo_label (project);
  listing->redo = lw_project_dup_redo_label (project);
  return listing;
}

static void
list_done (LwSession *self, gpointer result, gpointer data)
{
  Listing *listing = result;

  if (listing == NULL || GPOINTER_TO_UINT (data) != self->list_serial)
    {
      g_clear_pointer (&listing, listing_free);
      return;
    }
  g_ptr_array_unref (self->demonstrations);
  self->demonstrations = g_steal_pointer (&listing->demonstrations);
  g_free (self->undo_label);
  g_free (self->redo_label);
  self->undo_label = g_steal_pointer (&listing->undo);
  self->redo_label = g_steal_pointer (&listing->redo);
  listing_free (listing);
  lw_session_emit (self, "demonstrations-changed");
  lw_session_emit (self, "undo-changed");
}

void
lw_session_reload (LwSession *self)
{
  self->list_serial++;
  lw_session_call_project (self, _("The list of demonstrations cannot be read"), list_work, NULL, NULL, listing_free,
                           list_done, GUINT_TO_POINTER (self->list_serial));
}

static void
project_changed (LwProject *project, guint what, LwSession *self)
{
  if (what & (LW_PROJECT_CHANGE_DEMONSTRATIONS | LW_PROJECT_CHANGE_UNDO))
    lw_session_reload (self);
  if (what & LW_PROJECT_CHANGE_SAVING)
    {
      g_free (self->saving_error);
      self->saving_error = lw_project_dup_saving_error (project);
      lw_session_emit (self, "saving-changed");
    }
}

/* ---- opening: files are opened and closed on one worker, in the order they were asked for ---- */

typedef struct {
  char      *path;     /* (nullable) to open */
  LwProject *retired;  /* (nullable) to close */
  LwProject *project;  /* result */
  GError    *error;
} Opening;

static void
opening_free (gpointer data)
{
  Opening *self = data;

  if (self->project != NULL)
    lw_project_close (self->project);
  g_clear_object (&self->project);
  g_clear_error (&self->error);
  g_free (self->path);
  g_free (self);
}

/* Takes @project: closing waits for the disk, so the worker does it. */
static void
retire (LwSession *self, LwProject *project)
{
  Opening *job = g_new0 (Opening, 1);

  job->retired = project;
  g_thread_pool_push (self->opener, job, NULL);
}

/* What belonged to the project leaves the session; (transfer full) (nullable) */
static LwProject *
detach (LwSession *self)
{
  if (self->project == NULL)
    return NULL;
  lw_project_set_recorder (self->project, NULL);
  g_signal_handlers_disconnect_by_data (self->project, self);
  g_clear_pointer (&self->undo_label, g_free);
  g_clear_pointer (&self->redo_label, g_free);
  g_clear_pointer (&self->saving_error, g_free);
  return g_steal_pointer (&self->project);
}

/* The last one only: whoever recorded another since then knows. */
static void
tell_recovered (LwSession *self)
{
  const LwDemonstrationInfo *last = self->demonstrations->len > 0 ? g_ptr_array_index (self->demonstrations, self->demonstrations->len - 1) : NULL;

  if (last != NULL && last->recovered)
    lw_session_emit_message (self, NULL, _("“%s” was cut short; %zu samples of it were recovered and are in the list"), last->label, last->n_samples);
}

static void
first_list_done (LwSession *self, gpointer result, gpointer data)
{
  list_done (self, result, data);
  tell_recovered (self);
}

/* Takes @project. */
static void
adopt (LwSession *self, LwProject *project)
{
  LwProject *before;

  lw_session_learn_clear (self);
  lw_session_model_clear (self);
  lw_session_learn_init (self);
  before = detach (self);
  if (before != NULL)
    retire (self, before);

  self->project = project;
  lw_project_set_recorder (project, self->recorder);
  g_signal_connect (project, "changed", G_CALLBACK (project_changed), self);
  g_ptr_array_set_size (self->demonstrations, 0);
  lw_session_emit (self, "project-changed");
  lw_session_emit (self, "saving-changed");
  lw_session_emit (self, "demonstrations-changed");
  lw_session_emit (self, "skill-changed");
  self->list_serial++;
  lw_session_call_project (self, _("The list of demonstrations cannot be read"), list_work, NULL, NULL, listing_free,
                           first_list_done, GUINT_TO_POINTER (self->list_serial));
  lw_session_load_model (self);
  lw_session_load_run (self, TRUE);
}

static gboolean
is_busy (LwSession *self)
{
  if (!lw_session_is_recording (self) && !self->recording_ends && !self->run_active && !self->fitting)
    return FALSE;
  lw_session_emit_message (self, NULL, _("Another project can be opened when the recording, fit or run in hand has ended"));
  return TRUE;
}

static gboolean opened (gpointer data);

static void
open_thread (gpointer data, gpointer user_data)
{
  Opening *job = data;
  LwSession *self = user_data;

  if (job->retired != NULL)
    {
      lw_project_close (job->retired);
      g_clear_object (&job->retired);
      opening_free (job);
      return;
    }
  job->project = lw_project_open (job->path, &job->error);
  g_async_queue_push (self->openings, job);
  g_idle_add_full (G_PRIORITY_DEFAULT, opened, g_object_ref (self), g_object_unref);
}

/* One at a time: what the one before replaced must be closed before it can be opened again. */
static void
open_next (LwSession *self)
{
  while (!self->opening && !g_queue_is_empty (&self->wanted))
    {
      Opening *job = g_new0 (Opening, 1);

      job->path = g_queue_pop_head (&self->wanted);
      self->opening = self->project == NULL || strcmp (lw_project_get_path (self->project), job->path) != 0;
      if (self->opening)
        g_thread_pool_push (self->opener, job, NULL);
      else
        opening_free (job); /* it is open */
    }
}

static gboolean
opened (gpointer data)
{
  LwSession *self = data;
  Opening *job = self->openings != NULL ? g_async_queue_try_pop (self->openings) : NULL;

  if (job == NULL) /* shut down meanwhile */
    return G_SOURCE_REMOVE;
  self->opening = FALSE;
  if (job->error != NULL)
    lw_session_emit_error (self, _("This project cannot be opened; the one before stays"), job->error);
  else if (is_busy (self)) /* began meanwhile */
    retire (self, g_steal_pointer (&job->project));
  else
    adopt (self, g_steal_pointer (&job->project));
  opening_free (job);
  open_next (self);
  return G_SOURCE_REMOVE;
}

void
lw_session_open_project (LwSession *self, const char *path)
{
  if (self->opener == NULL || is_busy (self))
    return;
  g_queue_push_tail (&self->wanted, g_canonicalize_filename (path, NULL));
  open_next (self);
}

void
lw_session_project_init (LwSession *self)
{
  g_queue_init (&self->wanted);
  self->openings = g_async_queue_new_full (opening_free);
  self->opener = g_thread_pool_new (open_thread, self, 1, FALSE, NULL);
}

void
lw_session_project_clear (LwSession *self)
{
  LwProject *project;

  g_queue_clear_full (&self->wanted, g_free);
  if (self->opener != NULL)
    g_thread_pool_free (self->opener, FALSE, TRUE); /* waits for what is being opened or closed */
  self->opener = NULL;
  g_clear_pointer (&self->openings, g_async_queue_unref);
  project = detach (self);
  if (project != NULL)
    lw_project_close (project);
  g_clear_object (&project);
}

const char *
lw_session_get_saving_error (LwSession *self)
{
  return self->saving_error;
}

LwProject *
lw_session_get_project (LwSession *self)
{
  return self->project;
}

GPtrArray *
lw_session_get_demonstrations (LwSession *self)
{
  return self->demonstrations;
}

/* ---- labels ---- */

const char *
lw_session_get_undo_label (LwSession *self)
{
  return self->undo_label;
}

const char *
lw_session_get_redo_label (LwSession *self)
{
  return self->redo_label;
}
