/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-project-private.h"

#include "lw-file-lock.h"

struct _LwProject
{
  GObject          parent_instance;

  char            *path;
  LwFileLock      *file_lock;
  LwProjectWriter *writer;
  GMainContext    *context;         /* of the thread that opened it: where ::changed is emitted */
  GWeakRef        *weak_self;       /* atomic rc box, made while nothing can be ending: an idle may outlive the project */
  guint            pending_changes; /* atomic; non-zero: an idle is on its way */

  GMutex           lock;
  GPtrArray       *idle_readers;    /* of LwDatabase; lock */
  gboolean         closed;          /* lock */
};

G_DEFINE_FINAL_TYPE (LwProject, lw_project, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };
static guint signals[N_SIGNALS];

gint64
lw_project_now (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* ---- ::changed ---- */

static gboolean
emit_changed_cb (gpointer data)
{
  g_autoptr (LwProject) self = g_weak_ref_get (data);

  if (self != NULL)
    g_signal_emit (self, signals[CHANGED], 0, g_atomic_int_exchange (&self->pending_changes, 0));
  return G_SOURCE_REMOVE;
}

static void
weak_ref_release (gpointer data)
{
  g_atomic_rc_box_release_full (data, (GDestroyNotify) g_weak_ref_clear);
}

/* On the writer thread. Changes that come before the main context got round to the last ones join them. */
static void
committed_cb (guint changes, gpointer data)
{
  LwProject *self = data;

  if (g_atomic_int_or (&self->pending_changes, changes) != 0)
    return;
  GSource *source = g_idle_source_new ();
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, emit_changed_cb, g_atomic_rc_box_acquire (self->weak_self), weak_ref_release);
  g_source_attach (source, self->context);
  g_source_unref (source);
}

/* ---- opening and closing ---- */

static void
lw_project_finalize (GObject *object)
{
  LwProject *self = LW_PROJECT (object);

  lw_project_close (self);
  lw_project_writer_free (self->writer);
  g_ptr_array_unref (self->idle_readers);
  weak_ref_release (self->weak_self);
  g_main_context_unref (self->context);
  g_mutex_clear (&self->lock);
  g_free (self->path);
  G_OBJECT_CLASS (lw_project_parent_class)->finalize (object);
}

static void
lw_project_class_init (LwProjectClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = lw_project_finalize;

  signals[CHANGED]
      = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_UINT);
}

static void
lw_project_init (LwProject *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->weak_self = g_atomic_rc_box_new0 (GWeakRef);
  g_weak_ref_init (self->weak_self, self);
  self->idle_readers = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_database_close);
  g_mutex_init (&self->lock);
}

static gboolean
recover (LwDatabase *db, GError **error)
{
  if (!lw_database_begin (db, TRUE, error))
    return FALSE;
  if (!lw_project_recover (db, error)) {
    lw_database_rollback (db);
    return FALSE;
  }
  return lw_database_commit (db, error);
}

LwProject *
lw_project_open (const char *path, GError **error)
{
  g_return_val_if_fail (path != NULL, NULL);

  LwFileLock *file_lock = lw_file_lock_new (path, error);
  if (file_lock == NULL)
    return NULL;
  g_autoptr (LwDatabase) db = lw_database_open_writer (path, error);
  if (db == NULL || !recover (db, error)) {
    g_clear_pointer (&db, lw_database_close);
    lw_file_lock_free (file_lock);
    return NULL;
  }

  LwProject *self = g_object_new (LW_TYPE_PROJECT, NULL);
  self->path = g_strdup (path);
  self->file_lock = file_lock;
  self->writer = lw_project_writer_new (g_steal_pointer (&db), committed_cb, self);
  return self;
}

void
lw_project_close (LwProject *self)
{
  g_return_if_fail (LW_IS_PROJECT (self));

  g_mutex_lock (&self->lock);
  gboolean closed = self->closed;
  self->closed = TRUE;
  /* The writer must be the last to leave: only then SQLite folds the log back into the file. */
  g_ptr_array_set_size (self->idle_readers, 0);
  g_mutex_unlock (&self->lock);
  if (closed || self->writer == NULL)
    return;
  lw_project_writer_stop (self->writer);
  g_clear_pointer (&self->file_lock, lw_file_lock_free);
}

const char *
lw_project_get_path (LwProject *self)
{
  return self->path;
}

gint64
lw_project_get_saved_at (LwProject *self)
{
  return lw_project_writer_get_saved_at (self->writer);
}

char *
lw_project_dup_saving_error (LwProject *self)
{
  return lw_project_writer_dup_error (self->writer);
}

void
lw_project_set_recorder (LwProject *self, LwRecorder *recorder)
{
  lw_project_writer_set_recorder (self->writer, recorder);
}

gboolean
lw_project_write (LwProject *self, LwWriterWork work, gpointer data, guint changes, GError **error)
{
  return lw_project_writer_call (self->writer, work, data, changes, TRUE, error);
}

gboolean
lw_project_write_lightly (LwProject *self, LwWriterWork work, gpointer data, guint changes, GError **error)
{
  return lw_project_writer_call (self->writer, work, data, changes, FALSE, error);
}

gboolean
lw_project_await_end (LwProject *self, gint64 recording, GError **error)
{
  return lw_project_writer_await_end (self->writer, recording, error);
}

/* ---- readers ---- */

static LwDatabase *
take_reader (LwProject *self, GError **error)
{
  LwDatabase *db = NULL;

  g_mutex_lock (&self->lock);
  gboolean closed = self->closed;
  if (self->idle_readers->len > 0)
    db = g_ptr_array_steal_index_fast (self->idle_readers, self->idle_readers->len - 1);
  g_mutex_unlock (&self->lock);
  if (closed) {
    g_set_error_literal (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_OPEN, "the project is closed");
    return NULL;
  }
  return db != NULL ? db : lw_database_open_reader (self->path, error);
}

LwReader
lw_reader_open (LwProject *project, GError **error)
{
  g_autoptr (LwDatabase) db = take_reader (project, error);

  if (db == NULL || !lw_database_execute (db, "BEGIN", error))
    return (LwReader){ 0 };
  return (LwReader){ project, g_steal_pointer (&db) };
}

void
lw_reader_clear (LwReader *self)
{
  if (self->db == NULL)
    return;
  lw_database_rollback (self->db);
  g_mutex_lock (&self->project->lock);
  if (!self->project->closed)
    g_ptr_array_add (self->project->idle_readers, g_steal_pointer (&self->db));
  g_mutex_unlock (&self->project->lock);
  g_clear_pointer (&self->db, lw_database_close);
}

/* ---- the waiting calls, without waiting ---- */

typedef struct {
  LwProjectWork  work;
  gpointer       data;
  GDestroyNotify free_data;
  GDestroyNotify free_result;
} Call;

static void
call_free (gpointer data)
{
  Call *call = data;

  if (call->free_data != NULL)
    call->free_data (call->data);
  g_free (call);
}

static void
call_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Call *call = data;
  GError *error = NULL;
  gpointer result = call->work (source, call->data, &error);

  if (error != NULL)
    g_task_return_error (task, error);
  else
    g_task_return_pointer (task, result, call->free_result);
}

void
lw_project_call_async (LwProject *self, LwProjectWork work, gpointer data, GDestroyNotify free_data, GDestroyNotify free_result,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (LW_IS_PROJECT (self));

  Call *call = g_new (Call, 1);
  *call = (Call){ work, data, free_data, free_result };
  GTask *task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (task, lw_project_call_async);
  g_task_set_task_data (task, call, call_free);
  g_task_run_in_thread (task, call_thread);
  g_object_unref (task);
}

gpointer
lw_project_call_finish (LwProject *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
