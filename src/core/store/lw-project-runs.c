/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-little-endian.h"
#include "lw-project-private.h"
#include "lw-stored-arrays.h"

void
lw_run_info_free (LwRunInfo *self)
{
  if (self == NULL)
    return;
  g_free (self->settings);
  g_free (self->ended);
  g_free (self);
}

/* ---- beginning and end ---- */

typedef struct {
  gint64      id; /* out when it begins */
  gint64      model;
  const char *text;
} Run;

static gboolean
begin_work (LwDatabase *db, gpointer data, GError **error)
{
  Run *run = data;
  g_autoptr (sqlite3_stmt) insert =
      lw_database_prepare (db, "INSERT INTO run (created, model, settings) VALUES (?1, nullif (?2, 0), ?3)", error);

  if (insert == NULL || !lw_database_check_json (db, run->text, "the settings of a run", error))
    return FALSE;
  sqlite3_bind_int64 (insert, 1, lw_project_now ());
  sqlite3_bind_int64 (insert, 2, run->model);
  sqlite3_bind_text (insert, 3, run->text, -1, SQLITE_STATIC);
  if (!lw_database_run (db, insert, error))
    return FALSE;
  run->id = sqlite3_last_insert_rowid (db->handle);
  return TRUE;
}

gint64
lw_project_begin_run (LwProject *self, gint64 model, const char *settings, GError **error)
{
  Run run = { .model = model, .text = settings };

  return lw_project_write (self, begin_work, &run, LW_PROJECT_CHANGE_RUNS, error) ? run.id : 0;
}

static gboolean
end_work (LwDatabase *db, gpointer data, GError **error)
{
  const Run *run = data;
  g_autoptr (sqlite3_stmt) update = lw_database_prepare (db, "UPDATE run SET ended = ?2 WHERE id = ?1", error);

  if (update == NULL)
    return FALSE;
  sqlite3_bind_int64 (update, 1, run->id);
  sqlite3_bind_text (update, 2, run->text, -1, SQLITE_STATIC);
  if (!lw_database_run (db, update, error))
    return FALSE;
  if (sqlite3_changes (db->handle) == 1)
    return TRUE;
  g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "there is no run %" G_GINT64_FORMAT, run->id);
  return FALSE;
}

gboolean
lw_project_end_run (LwProject *self, gint64 run, const char *how, GError **error)
{
  return lw_project_write (self, end_work, &(Run){ .id = run, .text = how }, LW_PROJECT_CHANGE_RUNS, error);
}

/* ---- what happens in between ---- */

typedef struct {
  gint64           run;
  const LwEpisode *episodes;
  size_t           n;
} Episodes;

static void
bind_doubles (sqlite3_stmt *statement, int parameter, const double *x, size_t n)
{
  g_autoptr (GByteArray) data = g_byte_array_new ();

  lw_put_doubles (data, x, n);
  sqlite3_bind_blob64 (statement, parameter, n > 0 ? (const void *) data->data : "", data->len, SQLITE_TRANSIENT);
}

static gboolean
put_measures (LwDatabase *db, sqlite3_stmt *insert, gint64 run, const LwEpisode *episode, GError **error)
{
  for (size_t i = 0; i < episode->n_measures; i++) {
    sqlite3_bind_int64 (insert, 1, run);
    sqlite3_bind_int64 (insert, 2, episode->iteration);
    sqlite3_bind_int64 (insert, 3, episode->episode);
    sqlite3_bind_int64 (insert, 4, (gint64) i);
    sqlite3_bind_text (insert, 5, episode->measures[i].name, -1, SQLITE_STATIC);
    sqlite3_bind_text (insert, 6, episode->measures[i].unit, -1, SQLITE_STATIC);
    sqlite3_bind_double (insert, 7, episode->measures[i].value);
    if (!lw_database_run (db, insert, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
episodes_work (LwDatabase *db, gpointer data, GError **error)
{
  const Episodes *all = data;
  g_autoptr (sqlite3_stmt) insert = lw_database_prepare (
      db,
      "INSERT INTO episode (run, iteration, episode, rollout, aborted, reward, success, context, latent, movement)"
      " VALUES (?1, ?2, ?3, nullif (?4, 0), ?5, ?6, ?7, ?8, ?9, ?10)",
      error);
  g_autoptr (sqlite3_stmt) measure =
      insert == NULL ? NULL
                     : lw_database_prepare (
                         db, "INSERT INTO measure (run, iteration, episode, position, name, unit, value) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", error);

  if (measure == NULL)
    return FALSE;
  for (size_t i = 0; i < all->n; i++) {
    const LwEpisode *episode = &all->episodes[i];
    sqlite3_bind_int64 (insert, 1, all->run);
    sqlite3_bind_int64 (insert, 2, episode->iteration);
    sqlite3_bind_int64 (insert, 3, episode->episode);
    sqlite3_bind_int64 (insert, 4, episode->rollout);
    sqlite3_bind_int (insert, 5, episode->aborted ? 1 : 0);
    sqlite3_bind_double (insert, 6, episode->reward);
    sqlite3_bind_int (insert, 7, episode->success);
    bind_doubles (insert, 8, episode->context, episode->n_context);
    bind_doubles (insert, 9, episode->latent, episode->n_latent);
    bind_doubles (insert, 10, episode->movement, episode->n_movement);
    if (!lw_database_run (db, insert, error) || !put_measures (db, measure, all->run, episode, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
lw_project_add_episodes (LwProject *self, gint64 run, const LwEpisode *episodes, size_t n, GError **error)
{
  Episodes all = { run, episodes, n };
  gboolean executed = FALSE;

  /* A kinematic episode follows from the run's seed; what an arm did and a scale said happens only once. */
  for (size_t i = 0; i < n; i++)
    executed |= episodes[i].rollout != 0 || episodes[i].once;
  return executed ? lw_project_write (self, episodes_work, &all, LW_PROJECT_CHANGE_RUNS, error)
                  : lw_project_write_lightly (self, episodes_work, &all, LW_PROJECT_CHANGE_RUNS, error);
}

typedef struct {
  gint64          run;
  guint           iteration;
  const char     *text;  /* report, or name of a setting */
  const LwArrays *state;
  double          value;
} Entry;

static gboolean
iteration_work (LwDatabase *db, gpointer data, GError **error)
{
  const Entry *entry = data;
  g_autoptr (sqlite3_stmt) insert = lw_database_prepare (
      db, "INSERT INTO iteration (run, iteration, report, array_set) VALUES (?1, ?2, ?3, nullif (?4, 0))", error);
  gint64 array_set = 0;

  if (insert == NULL || !lw_database_check_json (db, entry->text, "the report of an iteration", error)
      || (entry->state != NULL && !lw_stored_arrays_put (db, entry->state, &array_set, error)))
    return FALSE;
  sqlite3_bind_int64 (insert, 1, entry->run);
  sqlite3_bind_int64 (insert, 2, entry->iteration);
  sqlite3_bind_text (insert, 3, entry->text, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (insert, 4, array_set);
  return lw_database_run (db, insert, error);
}

gboolean
lw_project_add_iteration (LwProject *self, gint64 run, guint iteration, const char *report, const LwArrays *state, GError **error)
{
  return lw_project_write (self, iteration_work, &(Entry){ .run = run, .iteration = iteration, .text = report, .state = state },
                           LW_PROJECT_CHANGE_RUNS, error);
}

static gboolean
setting_work (LwDatabase *db, gpointer data, GError **error)
{
  const Entry *entry = data;
  g_autoptr (sqlite3_stmt) insert =
      lw_database_prepare (db, "INSERT INTO setting_change (run, iteration, name, value, at) VALUES (?1, ?2, ?3, ?4, ?5)", error);

  if (insert == NULL)
    return FALSE;
  sqlite3_bind_int64 (insert, 1, entry->run);
  sqlite3_bind_int64 (insert, 2, entry->iteration);
  sqlite3_bind_text (insert, 3, entry->text, -1, SQLITE_STATIC);
  sqlite3_bind_double (insert, 4, entry->value);
  sqlite3_bind_int64 (insert, 5, lw_project_now ());
  return lw_database_run (db, insert, error);
}

gboolean
lw_project_add_setting_change (LwProject *self, gint64 run, guint iteration, const char *name, double value, GError **error)
{
  return lw_project_write (self, setting_work, &(Entry){ .run = run, .iteration = iteration, .text = name, .value = value },
                           LW_PROJECT_CHANGE_RUNS, error);
}
