/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-project-private.h"
#include "lw-stored-arrays.h"

typedef struct {
  const char     *settings;
  const LwArrays *arrays;
  const gint64   *demonstrations;
  size_t          n;
  gint64          id; /* out */
} Model;

static gboolean
save_work (LwDatabase *db, gpointer data, GError **error)
{
  Model *model = data;
  g_autoptr (sqlite3_stmt) insert =
      lw_database_prepare (db, "INSERT INTO model (created, settings, array_set) VALUES (?1, ?2, ?3)", error);
  g_autoptr (sqlite3_stmt) member =
      insert == NULL ? NULL
                     : lw_database_prepare (
                         db, "INSERT INTO model_demonstration (model, position, demonstration) VALUES (?1, ?2, ?3)", error);
  gint64 array_set;

  if (member == NULL || !lw_database_check_json (db, model->settings, "the settings of a model", error)
      || !lw_stored_arrays_put (db, model->arrays, &array_set, error))
    return FALSE;
  sqlite3_bind_int64 (insert, 1, lw_project_now ());
  sqlite3_bind_text (insert, 2, model->settings, -1, SQLITE_STATIC);
  sqlite3_bind_int64 (insert, 3, array_set);
  if (!lw_database_run (db, insert, error))
    return FALSE;
  model->id = sqlite3_last_insert_rowid (db->handle);
  for (size_t i = 0; i < model->n; i++) {
    sqlite3_bind_int64 (member, 1, model->id);
    sqlite3_bind_int64 (member, 2, (gint64) i);
    sqlite3_bind_int64 (member, 3, model->demonstrations[i]);
    if (!lw_database_run (db, member, error))
      return FALSE;
  }
  return TRUE;
}

gint64
lw_project_save_model (LwProject *self, const char *settings, const LwArrays *arrays, const gint64 *demonstrations, size_t n,
                       GError **error)
{
  Model model = { .settings = settings, .arrays = arrays, .demonstrations = demonstrations, .n = n };

  return lw_project_write (self, save_work, &model, LW_PROJECT_CHANGE_MODELS, error) ? model.id : 0;
}

char *
lw_project_load_model (LwProject *self, gint64 id, gint64 *found, LwArrays *arrays, GError **error)
{
  lw_arrays_init (arrays);
  g_auto (LwReader) reader = lw_reader_open (self, error);
  g_autoptr (sqlite3_stmt) statement =
      reader.db == NULL
          ? NULL
          : lw_database_prepare (
              reader.db, "SELECT id, settings, array_set FROM model WHERE ?1 = 0 OR id = ?1 ORDER BY id DESC LIMIT 1", error);
  gboolean row;

  if (statement == NULL)
    return NULL;
  sqlite3_bind_int64 (statement, 1, id);
  if (!lw_database_next (reader.db, statement, &row, error))
    return NULL;
  if (!row) {
    if (id == 0)
      g_set_error_literal (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "there is no model yet");
    else
      g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "there is no model %" G_GINT64_FORMAT, id);
    return NULL;
  }
  if (!lw_stored_arrays_get (reader.db, sqlite3_column_int64 (statement, 2), arrays, error))
    return NULL;
  if (found != NULL)
    *found = sqlite3_column_int64 (statement, 0);
  return lw_column_dup_text (statement, 1);
}
