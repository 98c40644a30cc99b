/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <sqlite3.h>

/* One SQLite connection to a project file, and the few lines that every statement needs. Owner thread. Errors are
 * LW_PROJECT_ERROR: one line that names the file and says whose fault it is (disk full, read-only, damaged, busy), with SQLite's
 * own words at the end. */
typedef struct {
  sqlite3 *handle;
  char    *path;
} LwDatabase;

/* 'Lamp': tells a project from any other SQLite file, also for file(1). */
#define LW_DATABASE_APPLICATION_ID 0x4c616d70
#define LW_DATABASE_VERSION 3

/* Creates @path if it is missing or empty, brings an older version up to LW_DATABASE_VERSION, and switches to WAL. A file that is
 * something else is left as it is. */
LwDatabase   *lw_database_open_writer (const char *path, GError **error);
/* Read-only. A project that the writer has open. */
LwDatabase   *lw_database_open_reader (const char *path, GError **error);
void          lw_database_close       (LwDatabase *self); /* (nullable) */

/* A transaction for writing. @durable: its commit, and every earlier one, is on the medium when commit() returns (fsync), so not
 * even a power cut takes it back. Without it a commit survives the death of the program, not that of the machine. */
gboolean      lw_database_begin    (LwDatabase *self, gboolean durable, GError **error);
/* On failure the transaction is rolled back. */
gboolean      lw_database_commit   (LwDatabase *self, GError **error);
void          lw_database_rollback (LwDatabase *self);

/* Runs @sql, any number of statements without parameters or results. */
gboolean      lw_database_execute  (LwDatabase *self, const char *sql, GError **error);
/* One statement; its parameters are set with sqlite3_bind_*(). */
sqlite3_stmt *lw_database_prepare  (LwDatabase *self, const char *sql, GError **error);
/* Runs a statement that gives no rows, and makes it ready to run again. */
gboolean      lw_database_run      (LwDatabase *self, sqlite3_stmt *statement, GError **error);
/* Next row: TRUE with *row set or not. */
gboolean      lw_database_next     (LwDatabase *self, sqlite3_stmt *statement, gboolean *row, GError **error);
/* The only integer of the only row of @sql. */
gboolean      lw_database_integer  (LwDatabase *self, const char *sql, gint64 *value, GError **error);

/* Is @text JSON? LW_PROJECT_ERROR_INVALID names @what. Not a CHECK in the schema: SQLite 3.40 takes its JSON functions for unsafe
 * there. */
gboolean      lw_database_check_json (LwDatabase *self, const char *text, const char *what, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwDatabase, lw_database_close)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (sqlite3_stmt, sqlite3_finalize)

/* NaN travels as NULL. */
static inline double
lw_column_double (sqlite3_stmt *statement, int column)
{
  return sqlite3_column_type (statement, column) == SQLITE_NULL ? (double) __builtin_nan ("")
                                                                : sqlite3_column_double (statement, column);
}

/* A copy, NULL for NULL. */
static inline char *
lw_column_dup_text (sqlite3_stmt *statement, int column)
{
  return g_strdup ((const char *) sqlite3_column_text (statement, column));
}
