/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-project-private.h"
#include "lw-project-samples.h"
#include "lw-recording-rows.h"

/* ---- its beginning ---- */

static gboolean
begin_work (LwDatabase *db, gpointer data, GError **error)
{
  return lw_new_recording_insert (db, data, error);
}

static gint64
begin (LwProject *self, LwNewRecording *new, guint changes, GError **error)
{
  return lw_new_recording_check (new, error) && lw_project_write (self, begin_work, new, changes, error) ? new->id : 0;
}

gint64
lw_project_begin_demonstration (LwProject *self, const char *arm, size_t n_joints, const char *limits, const GArray *contexts,
                                GError **error)
{
  LwNewRecording new = {
    .kind = "demonstration", .source = "measured", .arm = arm, .limits = limits, .n_joints = n_joints, .contexts = contexts
  };

  return begin (self, &new, LW_PROJECT_CHANGE_DEMONSTRATIONS, error);
}

gint64
lw_project_begin_rollout (LwProject *self, const char *arm, size_t n_joints, const char *limits, GError **error)
{
  LwNewRecording new = { .kind = "rollout", .source = "measured", .arm = arm, .limits = limits, .n_joints = n_joints };

  return begin (self, &new, 0, error);
}

/* ---- what the program knows about it ---- */

typedef struct {
  gint64         id;
  LwContextValue context;
} Fill;

static gboolean
fill_work (LwDatabase *db, gpointer data, GError **error)
{
  const Fill *fill = data;
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (
      db,
      "INSERT INTO context (demonstration, name, position, unit, value)"
      " VALUES (?1, ?2, (SELECT coalesce (max (position) + 1, 0) FROM context WHERE demonstration = ?1), ?3, ?4)"
      " ON CONFLICT (demonstration, name) DO UPDATE SET unit = ?3, value = ?4 WHERE value IS NULL",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, fill->id);
  sqlite3_bind_text (statement, 2, fill->context.name, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 3, fill->context.unit, -1, SQLITE_STATIC);
  sqlite3_bind_double (statement, 4, fill->context.value);
  return lw_database_run (db, statement, error);
}

gboolean
lw_project_fill_context (LwProject *self, gint64 id, const char *name, const char *unit, double value, GError **error)
{
  Fill fill = { id, { (char *) name, (char *) unit, value } };

  return lw_contexts_check (&(GArray){ (char *) &fill.context, 1 }, error)
         && lw_project_write (self, fill_work, &fill, LW_PROJECT_CHANGE_DEMONSTRATIONS, error);
}

/* ---- its end ---- */

typedef struct {
  gint64      id;
  const char *state;
  LwVerdict   verdict;
} Ending;

static gboolean
close_recording (LwDatabase *db, gpointer data, GError **error)
{
  const Ending *ending = data;
  g_autoptr (sqlite3_stmt) state =
      lw_database_prepare (db, "UPDATE recording SET state = ?2 WHERE id = ?1 AND state = 'open'", error);

  if (state == NULL)
    return FALSE;
  sqlite3_bind_int64 (state, 1, ending->id);
  sqlite3_bind_text (state, 2, ending->state, -1, SQLITE_STATIC);
  if (!lw_database_run (db, state, error))
    return FALSE;
  if (sqlite3_changes (db->handle) == 0) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "recording %" G_GINT64_FORMAT " is not open", ending->id);
    return FALSE;
  }
  return lw_verdict_insert (db, ending->id, &ending->verdict, error);
}

/* Where the first demonstration on the same arm began. */
static gboolean
find_start (LwDatabase *db, gint64 id, LwSample *start, gboolean *found, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (
      db,
      "SELECT first.id FROM recording this JOIN recording first ON first.arm = this.arm AND first.n_joints = this.n_joints AND first.id < this.id"
      " JOIN demonstration d ON d.recording = first.id WHERE this.id = ?1 AND first.source = 'measured' AND first.state <> 'open'"
      " AND first.n_samples > 0 AND NOT d.deleted ORDER BY first.id LIMIT 1",
      error);

  *found = FALSE;
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  return lw_database_next (db, statement, found, error)
         && (!*found || lw_samples_read_first (db, sqlite3_column_int64 (statement, 0), start, found, error));
}

static gboolean
judge (LwDatabase *db, gint64 id, const double *q_min, const double *q_max, LwVerdict *verdict, GError **error)
{
  g_autoptr (GArray) samples = lw_samples_read (db, id, error);
  double lowest[LW_MAX_JOINTS], highest[LW_MAX_JOINTS];
  LwSample start;
  gboolean found;

  if (samples == NULL || !find_start (db, id, &start, &found, error))
    return FALSE;
  for (size_t j = 0; j < LW_MAX_JOINTS; j++) {
    lowest[j] = -INFINITY;
    highest[j] = INFINITY;
  }
  lw_verdict_compute ((const LwSample *) samples->data, samples->len, q_min != NULL ? q_min : lowest,
                      q_max != NULL ? q_max : highest, found ? start.q : NULL, verdict);
  return TRUE;
}

gboolean
lw_project_end_demonstration (LwProject *self, gint64 id, const double *q_min, const double *q_max, GError **error)
{
  Ending ending = { .id = id, .state = "complete" };

  if (!lw_project_await_end (self, id, error))
    return FALSE;
  {
    /* Here and not on the writer thread: the next recording may already be running. */
    g_auto (LwReader) reader = lw_reader_open (self, error);
    if (reader.db == NULL || !judge (reader.db, id, q_min, q_max, &ending.verdict, error))
      return FALSE;
  }
  return lw_project_write (self, close_recording, &ending, LW_PROJECT_CHANGE_DEMONSTRATIONS, error);
}

gboolean
lw_project_recover (LwDatabase *db, GError **error)
{
  g_autoptr (GArray) open = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_autoptr (sqlite3_stmt) statement =
      lw_database_prepare (db, "SELECT id FROM recording WHERE state = 'open' ORDER BY id", error);
  gboolean row = TRUE;

  while (row) {
    if (statement == NULL || !lw_database_next (db, statement, &row, error))
      return FALSE;
    if (row)
      g_array_append_vals (open, &(gint64){ sqlite3_column_int64 (statement, 0) }, 1);
  }
  for (guint i = 0; i < open->len; i++) {
    Ending ending = { .id = g_array_index (open, gint64, i), .state = "recovered" };
    if (!judge (db, ending.id, NULL, NULL, &ending.verdict, error) || !close_recording (db, &ending, error))
      return FALSE;
  }
  return TRUE;
}
