/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-project-writer.h"

#include "lw-block-queue.h"
#include "lw-project.h"

#define TICK_US (80 * 1000)
/* How often an end mark is looked for while someone waits for it. */
#define END_TICK_US (5 * 1000)
/* A stopping recorder puts its end mark into the ring; if that was full, the arm's next cycle does, at most 20 ms later. When none
 * came for this long the arm is gone, and what the ring gave is all there is. */
#define END_GRACE_US (250 * 1000)
/* Samples alone are fsynced this often: what a power cut may take. */
#define DURABLE_US G_USEC_PER_SEC
/* After a failed commit. */
#define RETRY_US (500 * 1000)

typedef enum { COMMAND_WORK, COMMAND_RECORDER, COMMAND_END } CommandKind;

/* Lives on the caller's stack until done. */
typedef struct {
  CommandKind  kind;
  LwWriterWork work;
  gpointer     data;
  guint        changes;
  gboolean     durable;
  LwRecorder  *recorder;
  gint64       recording;
  gint64       since;    /* monotonic us */
  gboolean     ready;    /* to be done in this turn */
  gboolean     done;
  GError      *error;
} Command;

struct LwProjectWriter {
  GThread          *thread;
  LwWriterCommitted committed;
  gpointer          committed_data;

  GMutex            lock;
  GCond             wake;     /* the writer: something to do */
  GCond             finished; /* the callers */
  GQueue            incoming; /* of Command; lock */
  gboolean          stopping; /* lock */
  gint64            saved_at; /* lock */
  char             *error;    /* lock; nullable */

  /* writer thread */
  LwDatabase       *db;
  LwBlockQueue     *blocks;
  LwRecorder       *recorder; /* borrowed, nullable */
  GQueue            commands; /* taken over from incoming, not done yet */
  gint64            durable_at;
  gint64            retry_at;
};

/* Sleeps until there is something to do, and takes over what came in. Returns FALSE when the thread is asked to end and nothing
 * is left. */
static gboolean
wait_for_work (LwProjectWriter *self)
{
  gboolean ticking = self->recorder != NULL || !lw_block_queue_is_empty (self->blocks);
  gint64 deadline = g_get_monotonic_time () + (self->commands.length > 0 ? END_TICK_US : TICK_US);

  g_mutex_lock (&self->lock);
  while (!self->stopping && self->incoming.length == 0) {
    if (!ticking && self->commands.length == 0)
      g_cond_wait (&self->wake, &self->lock);
    else if (!g_cond_wait_until (&self->wake, &self->lock, deadline))
      break;
  }
  for (Command *command; (command = g_queue_pop_head (&self->incoming)) != NULL;)
    g_queue_push_tail (&self->commands, command);
  gboolean stopping = self->stopping;
  g_mutex_unlock (&self->lock);
  return !stopping;
}

static gboolean
has_ended (LwProjectWriter *self, const Command *command)
{
  LwRecorderState state;

  if (self->recorder == NULL || lw_block_queue_take_end (self->blocks, command->recording))
    return TRUE;
  lw_recorder_get_state (self->recorder, &state);
  if (state.recording == command->recording)
    lw_recorder_stop (self->recorder);
  return g_get_monotonic_time () - command->since > END_GRACE_US;
}

/* Picks the commands of this turn. @commit: one of them waits for a commit; @durable: and for the medium. */
static void
pick_ready (LwProjectWriter *self, gboolean stopping, gboolean *commit, gboolean *durable)
{
  *commit = *durable = FALSE;

  for (GList *l = self->commands.head; l != NULL; l = l->next) {
    Command *command = l->data;
    command->ready = stopping || command->kind != COMMAND_END || has_ended (self, command);
    *commit |= command->ready && command->kind != COMMAND_RECORDER;
    *durable |= command->ready && command->durable;
  }
}

static gboolean
do_work (LwProjectWriter *self, Command *command, GError **fatal)
{
  if (!lw_database_execute (self->db, "SAVEPOINT command", fatal))
    return FALSE;
  if (!command->work (self->db, command->data, &command->error)) {
    /* Out of space, SQLite ends the whole transaction on its own: then nothing of this turn is there, and nobody may be told it
     * was. */
    if (sqlite3_get_autocommit (self->db->handle)) {
      g_propagate_error (fatal, g_error_copy (command->error));
      return FALSE;
    }
    if (!lw_database_execute (self->db, "ROLLBACK TO command", fatal))
      return FALSE;
  }
  return lw_database_execute (self->db, "RELEASE command", fatal);
}

/* One transaction: blocks and ready commands. Fails as a whole; a command's own failure is in the command. */
static gboolean
transact (LwProjectWriter *self, gboolean durable, guint *changes, GError **error)
{
  if (!lw_database_begin (self->db, durable, error))
    return FALSE;
  if (!lw_block_queue_write (self->blocks, self->db, error))
    goto failed;
  for (GList *l = self->commands.head; l != NULL; l = l->next) {
    Command *command = l->data;
    if (!command->ready || command->kind != COMMAND_WORK)
      continue;
    if (!do_work (self, command, error))
      goto failed;
    if (command->error == NULL)
      *changes |= command->changes;
  }
  return lw_database_commit (self->db, error);

failed:
  lw_database_rollback (self->db);
  return FALSE;
}

/* Saves what is there to save and notes how that went. */
static void
save (LwProjectWriter *self, gboolean durable)
{
  g_autoptr (GError) error = NULL;
  gint64 now = g_get_monotonic_time ();
  guint changes = 0;

  durable |= now - self->durable_at >= DURABLE_US;
  if (transact (self, durable, &changes, &error)) {
    lw_block_queue_written (self->blocks);
    if (durable)
      self->durable_at = now;
    self->retry_at = 0;
  } else {
    self->retry_at = now + RETRY_US;
    for (GList *l = self->commands.head; l != NULL; l = l->next) {
      Command *command = l->data;
      if (command->ready && command->kind != COMMAND_RECORDER && command->error == NULL)
        command->error = g_error_copy (error);
    }
  }

  g_mutex_lock (&self->lock);
  if ((self->error != NULL) != (error != NULL))
    changes |= LW_PROJECT_CHANGE_SAVING;
  g_free (self->error);
  self->error = error != NULL ? g_strdup (error->message) : NULL;
  if (error == NULL)
    self->saved_at = g_get_real_time () / G_USEC_PER_SEC;
  g_mutex_unlock (&self->lock);
  if (changes != 0)
    self->committed (changes, self->committed_data);
}

static void
finish_ready (LwProjectWriter *self)
{
  for (GList *l = self->commands.head, *next; l != NULL; l = next) {
    Command *command = l->data;
    next = l->next;
    if (!command->ready)
      continue;
    if (command->kind == COMMAND_RECORDER)
      self->recorder = command->recorder;
    g_queue_delete_link (&self->commands, l);
    g_mutex_lock (&self->lock);
    command->done = TRUE;
    g_cond_broadcast (&self->finished);
    g_mutex_unlock (&self->lock);
  }
}

static gpointer
writer_thread (gpointer data)
{
  LwProjectWriter *self = data;
  gboolean running, commit, durable;

  do {
    running = wait_for_work (self);
    if (self->recorder != NULL)
      lw_block_queue_take (self->blocks, lw_recorder_get_ring (self->recorder));
    pick_ready (self, !running, &commit, &durable);
    gboolean samples = !lw_block_queue_is_empty (self->blocks) && (!running || g_get_monotonic_time () >= self->retry_at);
    if (commit || samples)
      save (self, durable || !running);
    finish_ready (self);
  } while (running);

  lw_database_close (self->db);
  return NULL;
}

LwProjectWriter *
lw_project_writer_new (LwDatabase *db, LwWriterCommitted committed, gpointer data)
{
  LwProjectWriter *self = g_new0 (LwProjectWriter, 1);

  self->db = db;
  self->committed = committed;
  self->committed_data = data;
  self->blocks = lw_block_queue_new ();
  self->saved_at = g_get_real_time () / G_USEC_PER_SEC;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  g_cond_init (&self->finished);
  g_queue_init (&self->incoming);
  g_queue_init (&self->commands);
  self->thread = g_thread_new ("project-writer", writer_thread, self);
  return self;
}

void
lw_project_writer_stop (LwProjectWriter *self)
{
  g_mutex_lock (&self->lock);
  self->stopping = TRUE;
  g_cond_signal (&self->wake);
  GThread *thread = g_steal_pointer (&self->thread);
  g_mutex_unlock (&self->lock);
  if (thread != NULL)
    g_thread_join (thread);
}

void
lw_project_writer_free (LwProjectWriter *self)
{
  if (self == NULL)
    return;
  lw_block_queue_free (self->blocks);
  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_cond_clear (&self->finished);
  g_free (self->error);
  g_free (self);
}

/* FALSE with @command's error, or because the project is closed. */
static gboolean
wait_for (LwProjectWriter *self, Command *command, GError **error)
{
  command->since = g_get_monotonic_time ();
  g_mutex_lock (&self->lock);
  if (self->stopping) {
    g_mutex_unlock (&self->lock);
    g_set_error_literal (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_OPEN, "the project is closed");
    return FALSE;
  }
  g_queue_push_tail (&self->incoming, command);
  g_cond_signal (&self->wake);
  while (!command->done)
    g_cond_wait (&self->finished, &self->lock);
  g_mutex_unlock (&self->lock);
  if (command->error == NULL)
    return TRUE;
  g_propagate_error (error, command->error);
  return FALSE;
}

gboolean
lw_project_writer_call (LwProjectWriter *self, LwWriterWork work, gpointer data, guint changes, gboolean durable, GError **error)
{
  Command command = { .kind = COMMAND_WORK, .work = work, .data = data, .changes = changes, .durable = durable };

  return wait_for (self, &command, error);
}

void
lw_project_writer_set_recorder (LwProjectWriter *self, LwRecorder *recorder)
{
  Command command = { .kind = COMMAND_RECORDER, .recorder = recorder };

  /* It can only fail because the project is closed, and then nothing is drained any more, which is what was asked. */
  wait_for (self, &command, NULL);
}

gboolean
lw_project_writer_await_end (LwProjectWriter *self, gint64 recording, GError **error)
{
  Command command = { .kind = COMMAND_END, .recording = recording, .durable = TRUE };

  return wait_for (self, &command, error);
}

gint64
lw_project_writer_get_saved_at (LwProjectWriter *self)
{
  g_mutex_lock (&self->lock);
  gint64 at = self->saved_at;
  g_mutex_unlock (&self->lock);
  return at;
}

char *
lw_project_writer_dup_error (LwProjectWriter *self)
{
  g_mutex_lock (&self->lock);
  char *error = g_strdup (self->error);
  g_mutex_unlock (&self->lock);
  return error;
}
