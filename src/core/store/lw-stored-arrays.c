/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-stored-arrays.h"

#include "lw-little-endian.h"
#include "lw-project.h"

gboolean
lw_stored_arrays_put (LwDatabase *db, const LwArrays *arrays, gint64 *id, GError **error)
{
  g_autoptr (sqlite3_stmt) insert = lw_database_prepare (
      db, "INSERT INTO array (array_set, position, name, n_rows, n_columns, data) VALUES (?1, ?2, ?3, ?4, ?5, ?6)", error);
  g_autoptr (GByteArray) data = g_byte_array_new ();

  if (insert == NULL || !lw_database_execute (db, "INSERT INTO array_set DEFAULT VALUES", error))
    return FALSE;
  *id = sqlite3_last_insert_rowid (db->handle);
  for (size_t i = 0; i < arrays->n_items; i++) {
    const LwMat *mat = &arrays->items[i].mat;
    g_byte_array_set_size (data, 0);
    for (size_t row = 0; row < mat->rows; row++)
      lw_put_doubles (data, lw_mat_row (mat, row), mat->cols);
    sqlite3_bind_int64 (insert, 1, *id);
    sqlite3_bind_int64 (insert, 2, (gint64) i);
    sqlite3_bind_text (insert, 3, arrays->items[i].name, -1, SQLITE_STATIC);
    sqlite3_bind_int64 (insert, 4, (gint64) mat->rows);
    sqlite3_bind_int64 (insert, 5, (gint64) mat->cols);
    sqlite3_bind_blob64 (insert, 6, data->len > 0 ? (const void *) data->data : "", data->len, SQLITE_STATIC);
    if (!lw_database_run (db, insert, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_row (sqlite3_stmt *row, LwArrays *out, GError **error)
{
  const char *name = (const char *) sqlite3_column_text (row, 0);
  gint64 n_rows = sqlite3_column_int64 (row, 1), n_columns = sqlite3_column_int64 (row, 2), n;
  LwMat mat;

  if (n_rows < 0 || n_columns < 0 || __builtin_mul_overflow (n_rows, n_columns, &n) || n > G_MAXINT / 8
      || sqlite3_column_bytes (row, 3) != n * 8) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ, "array %s is damaged: it does not hold the numbers it should",
                 name);
    return FALSE;
  }
  LwStatus status = lw_mat_alloc (&mat, (size_t) n_rows, (size_t) n_columns);
  if (status == LW_OK) {
    lw_get_doubles (sqlite3_column_blob (row, 3), mat.data, (size_t) n);
    status = lw_arrays_put (out, name, &mat);
    lw_mat_clear (&mat);
  }
  if (status != LW_OK)
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ, "array %s cannot be taken up: %s", name, lw_status_text (status));
  return status == LW_OK;
}

gboolean
lw_stored_arrays_get (LwDatabase *db, gint64 id, LwArrays *out, GError **error)
{
  g_autoptr (sqlite3_stmt) statement
      = lw_database_prepare (db, "SELECT name, n_rows, n_columns, data FROM array WHERE array_set = ?1 ORDER BY position", error);
  gboolean row = TRUE;

  lw_arrays_init (out);
  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, id);
  while (row) {
    if (!lw_database_next (db, statement, &row, error) || (row && !read_row (statement, out, error))) {
      lw_arrays_clear (out);
      return FALSE;
    }
  }
  return TRUE;
}
