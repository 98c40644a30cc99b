/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-project-private.h"

/* With which profile and calibration a recording was made. Many recordings have the same: they share a row. */

typedef struct {
  gint64      recording;
  const char *profile, *calibration;
} Used;

static gboolean
find_or_add (LwDatabase *db, const Used *used, gint64 *arm, GError **error)
{
  g_autoptr (sqlite3_stmt) find = lw_database_prepare (db, "SELECT id FROM arm WHERE profile = ?1 AND calibration IS ?2", error);
  g_autoptr (sqlite3_stmt) insert =
      find == NULL ? NULL : lw_database_prepare (db, "INSERT INTO arm (profile, calibration) VALUES (?1, ?2)", error);
  gboolean found;

  if (insert == NULL)
    return FALSE;
  sqlite3_bind_text (find, 1, used->profile, -1, SQLITE_STATIC);
  sqlite3_bind_text (find, 2, used->calibration, -1, SQLITE_STATIC);
  if (!lw_database_next (db, find, &found, error))
    return FALSE;
  if (found) {
    *arm = sqlite3_column_int64 (find, 0);
    return TRUE;
  }
  sqlite3_bind_text (insert, 1, used->profile, -1, SQLITE_STATIC);
  sqlite3_bind_text (insert, 2, used->calibration, -1, SQLITE_STATIC);
  if (!lw_database_run (db, insert, error))
    return FALSE;
  *arm = sqlite3_last_insert_rowid (db->handle);
  return TRUE;
}

static gboolean
set_work (LwDatabase *db, gpointer data, GError **error)
{
  const Used *used = data;
  g_autoptr (sqlite3_stmt) insert = NULL;
  gint64 arm;

  if (!lw_database_check_json (db, used->profile, "the arm's profile", error)
      || (used->calibration != NULL && !lw_database_check_json (db, used->calibration, "the arm's calibration", error))
      || !find_or_add (db, used, &arm, error))
    return FALSE;
  insert = lw_database_prepare (db, "INSERT INTO recording_arm (recording, arm) VALUES (?1, ?2)", error);
  if (insert == NULL)
    return FALSE;
  sqlite3_bind_int64 (insert, 1, used->recording);
  sqlite3_bind_int64 (insert, 2, arm);
  return lw_database_run (db, insert, error);
}

gboolean
lw_project_set_arm (LwProject *self, gint64 recording, const char *profile, const char *calibration, GError **error)
{
  Used used = { recording, profile, calibration };

  return lw_project_write (self, set_work, &used, 0, error);
}

gboolean
lw_project_load_arm (LwProject *self, gint64 recording, char **profile, char **calibration, GError **error)
{
  g_auto (LwReader) reader = lw_reader_open (self, error);
  g_autoptr (sqlite3_stmt) find = NULL;
  gboolean found;

  if (reader.db == NULL)
    return FALSE;
  find = lw_database_prepare (reader.db, "SELECT a.profile, a.calibration FROM recording_arm u JOIN arm a ON a.id = u.arm WHERE u.recording = ?1", error);
  if (find == NULL)
    return FALSE;
  sqlite3_bind_int64 (find, 1, recording);
  if (!lw_database_next (reader.db, find, &found, error))
    return FALSE;
  *profile = found ? lw_column_dup_text (find, 0) : NULL;
  *calibration = found ? lw_column_dup_text (find, 1) : NULL;
  return TRUE;
}
