/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-little-endian.h"
#include "lw-project-private.h"
#include "lw-stored-arrays.h"

/* Reading runs back. */

/* One row of a query into @list; FALSE with @error when the row is damaged. */
typedef gboolean (*TakeRow) (sqlite3_stmt *row, gpointer list, GError **error);

static gboolean
query (LwProject *self, const char *sql, gint64 run, TakeRow take, gpointer list, GError **error)
{
  g_auto (LwReader) reader = lw_reader_open (self, error);
  g_autoptr (sqlite3_stmt) statement = reader.db != NULL ? lw_database_prepare (reader.db, sql, error) : NULL;
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  if (sqlite3_bind_parameter_count (statement) > 0)
    sqlite3_bind_int64 (statement, 1, run);
  while (row) {
    if (!lw_database_next (reader.db, statement, &row, error) || (row && !take (statement, list, error)))
      return FALSE;
  }
  return TRUE;
}

static gboolean
take_run (sqlite3_stmt *row, gpointer list, GError **error)
{
  LwRunInfo *info = g_new (LwRunInfo, 1);

  *info = (LwRunInfo){
    .id = sqlite3_column_int64 (row, 0),
    .created = sqlite3_column_int64 (row, 1),
    .model = sqlite3_column_int64 (row, 2),
    .settings = lw_column_dup_text (row, 3),
    .ended = lw_column_dup_text (row, 4),
    .n_iterations = (guint) sqlite3_column_int64 (row, 5),
    .n_episodes = (guint) sqlite3_column_int64 (row, 6),
  };
  g_ptr_array_add (list, info);
  return TRUE;
}

GPtrArray *
lw_project_list_runs (LwProject *self, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_run_info_free);
  const char *sql = "SELECT id, created, coalesce (model, 0), settings, ended, (SELECT count (*) FROM iteration WHERE run = r.id),"
                    " (SELECT count (*) FROM episode WHERE run = r.id) FROM run r ORDER BY id";

  return query (self, sql, 0, take_run, list, error) ? g_steal_pointer (&list) : NULL;
}

static gboolean
take_report (sqlite3_stmt *row, gpointer list, GError **error)
{
  g_ptr_array_add (list, lw_column_dup_text (row, 0));
  return TRUE;
}

GPtrArray *
lw_project_load_reports (LwProject *self, gint64 run, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func (g_free);

  return query (self, "SELECT report FROM iteration WHERE run = ?1 ORDER BY iteration", run, take_report, list, error)
             ? g_steal_pointer (&list)
             : NULL;
}

static gboolean
take_change (sqlite3_stmt *row, gpointer list, GError **error)
{
  LwSettingChange change = { (guint) sqlite3_column_int64 (row, 0), lw_column_dup_text (row, 1), lw_column_double (row, 2),
                             sqlite3_column_int64 (row, 3) };

  g_array_append_val ((GArray *) list, change);
  return TRUE;
}

static void
setting_change_clear (gpointer data)
{
  g_free (((LwSettingChange *) data)->name);
}

GArray *
lw_project_load_setting_changes (LwProject *self, gint64 run, GError **error)
{
  g_autoptr (GArray) list = g_array_new (FALSE, FALSE, sizeof (LwSettingChange));

  g_array_set_clear_func (list, setting_change_clear);
  return query (self, "SELECT iteration, name, value, at FROM setting_change WHERE run = ?1 ORDER BY id", run, take_change, list,
                error)
             ? g_steal_pointer (&list)
             : NULL;
}

/* ---- episodes ---- */

void
lw_episode_free (LwEpisode *self)
{
  if (self == NULL)
    return;
  g_free ((gpointer) self->context);
  g_free ((gpointer) self->latent);
  g_free ((gpointer) self->movement);
  for (size_t i = 0; i < self->n_measures; i++) {
    g_free ((gpointer) self->measures[i].name);
    g_free ((gpointer) self->measures[i].unit);
  }
  g_free ((gpointer) self->measures);
  g_free (self);
}

static double *
dup_doubles (sqlite3_stmt *row, int column, size_t *n)
{
  *n = (size_t) sqlite3_column_bytes (row, column) / 8;
  double *x = g_new (double, *n);
  lw_get_doubles (sqlite3_column_blob (row, column), x, *n);
  return x;
}

static gboolean
take_episode (sqlite3_stmt *row, gpointer list, GError **error)
{
  LwEpisode *episode = g_new0 (LwEpisode, 1);

  episode->iteration = (guint) sqlite3_column_int64 (row, 0);
  episode->episode = (guint) sqlite3_column_int64 (row, 1);
  episode->rollout = sqlite3_column_int64 (row, 2);
  episode->aborted = sqlite3_column_int (row, 3) != 0;
  episode->reward = lw_column_double (row, 4);
  episode->success = sqlite3_column_int (row, 5);
  episode->context = dup_doubles (row, 6, &episode->n_context);
  episode->latent = dup_doubles (row, 7, &episode->n_latent);
  episode->movement = dup_doubles (row, 8, &episode->n_movement);
  g_ptr_array_add (list, episode);
  for (int column = 6; column <= 8; column++) {
    if (sqlite3_column_bytes (row, column) % 8 != 0) {
      g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ, "episode %u of iteration %u is damaged", episode->episode,
                   episode->iteration);
      return FALSE;
    }
  }
  return TRUE;
}

/* Episodes in order, and how far their measures, in the same order, have come. */
typedef struct {
  GPtrArray *episodes;
  guint      at;
} Measures;

static gboolean
take_measure (sqlite3_stmt *row, gpointer data, GError **error)
{
  Measures *self = data;
  guint iteration = (guint) sqlite3_column_int64 (row, 0), number = (guint) sqlite3_column_int64 (row, 1);

  for (; self->at < self->episodes->len; self->at++) {
    LwEpisode *episode = g_ptr_array_index (self->episodes, self->at);

    if (episode->iteration == iteration && episode->episode == number) {
      LwMeasure *all = g_renew (LwMeasure, (gpointer) episode->measures, episode->n_measures + 1);

      all[episode->n_measures++] = (LwMeasure){ lw_column_dup_text (row, 2), lw_column_dup_text (row, 3), lw_column_double (row, 4) };
      episode->measures = all;
      return TRUE;
    }
  }
  g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ, "a measured number belongs to no episode");
  return FALSE;
}

GPtrArray *
lw_project_load_episodes (LwProject *self, gint64 run, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_episode_free);
  const char *sql =
      "SELECT iteration, episode, coalesce (rollout, 0), aborted, reward, success, context, latent, movement FROM episode"
      " WHERE run = ?1 ORDER BY iteration, episode";

  const char *measures =
      "SELECT iteration, episode, name, unit, value FROM measure WHERE run = ?1 ORDER BY iteration, episode, position";

  Measures all = { .episodes = list };

  return query (self, sql, run, take_episode, list, error) && query (self, measures, run, take_measure, &all, error)
             ? g_steal_pointer (&list)
             : NULL;
}

/* ---- the learner's state ---- */

gboolean
lw_project_load_state (LwProject *self, gint64 run, guint iteration, LwArrays *arrays, GError **error)
{
  lw_arrays_init (arrays);
  g_auto (LwReader) reader = lw_reader_open (self, error);
  g_autoptr (sqlite3_stmt) statement =
      reader.db == NULL
          ? NULL
          : lw_database_prepare (
              reader.db,
              "SELECT array_set FROM iteration WHERE run = ?1 AND array_set IS NOT NULL AND (?2 IS NULL OR iteration = ?2)"
              " ORDER BY iteration DESC LIMIT 1",
              error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, run);
  if (iteration != G_MAXUINT)
    sqlite3_bind_int64 (statement, 2, iteration);
  if (!lw_database_next (reader.db, statement, &row, error))
    return FALSE;
  if (!row) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "run %" G_GINT64_FORMAT " has no such state", run);
    return FALSE;
  }
  return lw_stored_arrays_get (reader.db, sqlite3_column_int64 (statement, 0), arrays, error);
}
