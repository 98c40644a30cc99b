/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-database.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <sys/stat.h>

#include "lw-project.h"
#include "lw-store-resources.h"

/* Step i makes version i + 1 out of version i. */
static const char *const migrations[] = { "/org/lampwork/store/schema.sql", "/org/lampwork/store/schema-2.sql",
                                          "/org/lampwork/store/schema-3.sql" };
G_STATIC_ASSERT (G_N_ELEMENTS (migrations) == LW_DATABASE_VERSION);

/* Someone may be looking at the file with another tool: worth a short wait, not more than a person would. */
#define BUSY_MS 2000

G_DEFINE_QUARK (lw-project-error-quark, lw_project_error)

static gboolean
fail (LwDatabase *self, GError **error)
{
  const char *words = sqlite3_errmsg (self->handle);
  g_autofree char *name = g_path_get_basename (self->path);
  LwProjectError code = LW_PROJECT_ERROR_READ;
  const char *what = "could not be read or written";

  switch (sqlite3_errcode (self->handle) & 0xff) {
  case SQLITE_FULL:
    code = LW_PROJECT_ERROR_WRITE, what = "cannot grow: the disk is full";
    break;
  case SQLITE_READONLY:
  case SQLITE_PERM:
    code = LW_PROJECT_ERROR_WRITE, what = "cannot be written: no permission";
    break;
  case SQLITE_IOERR:
    code = LW_PROJECT_ERROR_WRITE, what = "could not be written: the disk reports an error";
    break;
  case SQLITE_CONSTRAINT:
    code = LW_PROJECT_ERROR_WRITE, what = "does not take this";
    break;
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    code = LW_PROJECT_ERROR_BUSY, what = "is held by another program";
    break;
  case SQLITE_NOTADB:
    code = LW_PROJECT_ERROR_NOT_A_PROJECT, what = "is not a Lampwork project";
    break;
  case SQLITE_CANTOPEN:
    code = LW_PROJECT_ERROR_OPEN, what = "cannot be opened";
    break;
  case SQLITE_CORRUPT:
    what = "is damaged";
    break;
  }
  g_set_error (error, LW_PROJECT_ERROR, code, "%s %s (SQLite: %s)", name, what, words);
  return FALSE;
}

/* SQLite would only say "unable to open database file". */
static gboolean
check_place (const char *path, GError **error)
{
  GStatBuf st;

  if (g_stat (path, &st) == 0 && !S_ISREG (st.st_mode)) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_A_PROJECT, "%s is %s, not a Lampwork project", path,
                 S_ISDIR (st.st_mode) ? "a folder" : "not a regular file");
    return FALSE;
  }
  return TRUE;
}

static LwDatabase *
connect_to (const char *path, int flags, GError **error)
{
  g_autoptr (LwDatabase) self = g_new0 (LwDatabase, 1);

  self->path = g_strdup (path);
  if (sqlite3_open_v2 (path, &self->handle, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK) {
    fail (self, error);
    return NULL;
  }
  sqlite3_busy_timeout (self->handle, BUSY_MS);
  /* The file may come from someone else: its schema is data, not code to be trusted. */
  sqlite3_db_config (self->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  if (!lw_database_execute (self, "PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON; PRAGMA foreign_keys = ON", error))
    return NULL;
  return g_steal_pointer (&self);
}

/* What the file is, read without changing a byte of it. */
static gboolean
identify (LwDatabase *self, gint64 *version, GError **error)
{
  gint64 application, n_objects;
  g_autofree char *name = g_path_get_basename (self->path);

  if (!lw_database_integer (self, "PRAGMA application_id", &application, error)
      || !lw_database_integer (self, "PRAGMA user_version", version, error)
      || !lw_database_integer (self, "SELECT count(*) FROM sqlite_schema", &n_objects, error))
    return FALSE;

  gboolean empty = application == 0 && *version == 0 && n_objects == 0;
  if (application != LW_DATABASE_APPLICATION_ID && !empty) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_A_PROJECT,
                 "%s is an SQLite file of another program, not a Lampwork project", name);
    return FALSE;
  }
  if (*version > LW_DATABASE_VERSION) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NEWER,
                 "%s was written by a newer Lampwork (format %" G_GINT64_FORMAT
                 "; this program knows up to %d); it was not changed",
                 name, *version, LW_DATABASE_VERSION);
    return FALSE;
  }
  return TRUE;
}

/* All steps in one transaction: an interrupted migration leaves the old file. */
static gboolean
migrate (LwDatabase *self, gint64 version, GError **error)
{
  g_autofree char *marks
      = g_strdup_printf ("PRAGMA application_id = %d; PRAGMA user_version = %d", LW_DATABASE_APPLICATION_ID, LW_DATABASE_VERSION);

  if (version == LW_DATABASE_VERSION)
    return TRUE;
  if (!lw_database_begin (self, TRUE, error))
    return FALSE;
  for (gint64 v = MAX (version, 0); v < LW_DATABASE_VERSION; v++) {
    g_autoptr (GBytes) script =
        g_resource_lookup_data (lw_store_get_resource (), migrations[v], G_RESOURCE_LOOKUP_FLAGS_NONE, error);
    if (script == NULL || !lw_database_execute (self, g_bytes_get_data (script, NULL), error)) {
      lw_database_rollback (self);
      return FALSE;
    }
  }
  if (!lw_database_execute (self, marks, error)) {
    lw_database_rollback (self);
    return FALSE;
  }
  return lw_database_commit (self, error);
}

static gboolean
enter_wal (LwDatabase *self, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (self, "PRAGMA journal_mode = WAL", error);
  gboolean row = FALSE;

  if (statement == NULL || !lw_database_next (self, statement, &row, error))
    return FALSE;
  if (!row || g_strcmp0 ((const char *) sqlite3_column_text (statement, 0), "wal") != 0) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_OPEN,
                 "%s cannot be opened: its file system does not allow a write-ahead log; copy the project to a local disk",
                 self->path);
    return FALSE;
  }
  return TRUE;
}

LwDatabase *
lw_database_open_writer (const char *path, GError **error)
{
  gint64 version;

  if (!check_place (path, error))
    return NULL;
  g_autoptr (LwDatabase) self = connect_to (path, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, error);
  /* The schema is made under the rollback journal, so the main file carries its marks from the first moment it is more than
   * empty. */
  if (self == NULL || !identify (self, &version, error) || !migrate (self, version, error) || !enter_wal (self, error))
    return NULL;
  return g_steal_pointer (&self);
}

LwDatabase *
lw_database_open_reader (const char *path, GError **error)
{
  return connect_to (path, SQLITE_OPEN_READONLY, error);
}

void
lw_database_close (LwDatabase *self)
{
  if (self == NULL)
    return;
  sqlite3_close_v2 (self->handle);
  g_free (self->path);
  g_free (self);
}

gboolean
lw_database_begin (LwDatabase *self, gboolean durable, GError **error)
{
  return lw_database_execute (
      self, durable ? "PRAGMA synchronous = FULL; BEGIN IMMEDIATE" : "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE", error);
}

gboolean
lw_database_commit (LwDatabase *self, GError **error)
{
  if (lw_database_execute (self, "COMMIT", error))
    return TRUE;
  lw_database_rollback (self);
  return FALSE;
}

void
lw_database_rollback (LwDatabase *self)
{
  /* A full disk makes SQLite roll back by itself. */
  if (!sqlite3_get_autocommit (self->handle))
    sqlite3_exec (self->handle, "ROLLBACK", NULL, NULL, NULL);
}

gboolean
lw_database_execute (LwDatabase *self, const char *sql, GError **error)
{
  return sqlite3_exec (self->handle, sql, NULL, NULL, NULL) == SQLITE_OK || fail (self, error);
}

sqlite3_stmt *
lw_database_prepare (LwDatabase *self, const char *sql, GError **error)
{
  sqlite3_stmt *statement = NULL;

  if (sqlite3_prepare_v2 (self->handle, sql, -1, &statement, NULL) != SQLITE_OK)
    fail (self, error);
  return statement;
}

gboolean
lw_database_run (LwDatabase *self, sqlite3_stmt *statement, GError **error)
{
  gboolean done = sqlite3_step (statement) == SQLITE_DONE || fail (self, error);

  sqlite3_reset (statement);
  return done;
}

gboolean
lw_database_next (LwDatabase *self, sqlite3_stmt *statement, gboolean *row, GError **error)
{
  int rc = sqlite3_step (statement);

  *row = rc == SQLITE_ROW;
  return rc == SQLITE_ROW || rc == SQLITE_DONE || fail (self, error);
}

gboolean
lw_database_integer (LwDatabase *self, const char *sql, gint64 *value, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (self, sql, error);
  gboolean row = FALSE;

  if (statement == NULL || !lw_database_next (self, statement, &row, error))
    return FALSE;
  *value = row ? sqlite3_column_int64 (statement, 0) : 0;
  return TRUE;
}

gboolean
lw_database_check_json (LwDatabase *self, const char *text, const char *what, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (self, "SELECT json_valid (?1)", error);
  gboolean row = FALSE;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, text, -1, SQLITE_STATIC);
  if (!lw_database_next (self, statement, &row, error))
    return FALSE;
  if (sqlite3_column_int (statement, 0))
    return TRUE;
  g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, "%s must be a JSON object", what);
  return FALSE;
}
