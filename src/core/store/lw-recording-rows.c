/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-recording-rows.h"

#include <math.h>

#include "lw-project-private.h"

gboolean
lw_contexts_check (const GArray *contexts, GError **error)
{
  g_autoptr (GHashTable) names = g_hash_table_new (g_str_hash, g_str_equal);

  for (guint i = 0; contexts != NULL && i < contexts->len; i++) {
    const LwContextValue *context = &g_array_index (contexts, LwContextValue, i);
    if (context->name == NULL || *context->name == '\0' || !g_hash_table_add (names, context->name)) {
      g_set_error_literal (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, "every context needs a name of its own");
      return FALSE;
    }
    if (!g_utf8_validate (context->name, -1, NULL) || (context->unit != NULL && !g_utf8_validate (context->unit, -1, NULL))) {
      g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, "name or unit of context %u is not UTF-8", i + 1);
      return FALSE;
    }
    if (isinf (context->value)) {
      g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, "context %s is infinite; a finite number was expected",
                   context->name);
      return FALSE;
    }
  }
  return TRUE;
}

gboolean
lw_new_recording_check (const LwNewRecording *self, GError **error)
{
  if (self->arm == NULL || self->n_joints < 1 || self->n_joints > LW_MAX_JOINTS) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID,
                 "%" G_GSIZE_FORMAT " joints of %s; 1 to %d of a named arm were expected", self->n_joints,
                 self->arm != NULL ? self->arm : "no arm", LW_MAX_JOINTS);
    return FALSE;
  }
  return lw_contexts_check (self->contexts, error);
}

static gboolean
insert_recording (LwDatabase *db, LwNewRecording *new, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = lw_database_prepare (db,
                             "INSERT INTO recording (kind, source, state, created, arm, limits, n_joints)"
                             " VALUES (?1, ?2, iif (?2 = 'measured', 'open', 'complete'), ?3, ?4, ?5, ?6)",
                             error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, new->kind, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 2, new->source, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 3, lw_project_now ());
  sqlite3_bind_text (statement, 4, new->arm, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 5, new->limits, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (statement, 6, (gint64) new->n_joints);
  if (!lw_database_run (db, statement, error))
    return FALSE;
  new->id = sqlite3_last_insert_rowid (db->handle);
  return TRUE;
}

static gboolean
insert_demonstration (LwDatabase *db, const LwNewRecording *new, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = lw_database_prepare (db,
                             "INSERT INTO demonstration (recording, label)"
                             " VALUES (?1, coalesce (?2, 'Demonstration ' || (SELECT count (*) + 1 FROM demonstration)))",
                             error);
  g_autoptr (sqlite3_stmt) context =
      statement == NULL
          ? NULL
          : lw_database_prepare (
              db, "INSERT INTO context (demonstration, name, position, unit, value) VALUES (?1, ?2, ?3, ?4, ?5)", error);

  if (context == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, new->id);
  sqlite3_bind_text (statement, 2, new->label, -1, SQLITE_STATIC);
  if (!lw_database_run (db, statement, error))
    return FALSE;
  for (guint i = 0; new->contexts != NULL && i < new->contexts->len; i++) {
    const LwContextValue *value = &g_array_index (new->contexts, LwContextValue, i);
    sqlite3_bind_int64 (context, 1, new->id);
    sqlite3_bind_text (context, 2, value->name, -1, SQLITE_STATIC);
    sqlite3_bind_int64 (context, 3, i);
    sqlite3_bind_text (context, 4, value->unit, -1, SQLITE_STATIC);
    sqlite3_bind_double (context, 5, value->value);
    if (!lw_database_run (db, context, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
lw_new_recording_insert (LwDatabase *db, LwNewRecording *self, GError **error)
{
  return insert_recording (db, self, error)
         && (!g_str_equal (self->kind, "demonstration") || insert_demonstration (db, self, error));
}

gboolean
lw_verdict_insert (LwDatabase *db, gint64 recording, const LwVerdict *verdict, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (
      db,
      "INSERT INTO verdict (recording, n_samples, seconds, n_gaps, longest_gap, jitter_p99, n_limit_hits, still_start, still_end,"
      " jerk, start_distance, shake) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
      error);

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, recording);
  sqlite3_bind_int64 (statement, 2, (gint64) verdict->n_samples);
  sqlite3_bind_double (statement, 3, verdict->seconds);
  sqlite3_bind_int64 (statement, 4, (gint64) verdict->n_gaps);
  sqlite3_bind_double (statement, 5, verdict->longest_gap);
  sqlite3_bind_double (statement, 6, verdict->jitter_p99);
  sqlite3_bind_int64 (statement, 7, (gint64) verdict->n_limit_hits);
  sqlite3_bind_double (statement, 8, verdict->still_start);
  sqlite3_bind_double (statement, 9, verdict->still_end);
  sqlite3_bind_double (statement, 10, verdict->jerk);
  sqlite3_bind_double (statement, 11, verdict->start_distance);
  sqlite3_bind_double (statement, 12, verdict->shake);
  return lw_database_run (db, statement, error);
}
