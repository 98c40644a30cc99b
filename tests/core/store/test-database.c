/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-database.h"

#include "lw-test-store.h"

static void
execute (const char *path, const char *sql)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
}

static void
test_creates (LwTestPlace *place, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  GError *error = NULL;
  gint64 value;
  gsize size;

  for (int again = 0; again < 2; again++) {
    g_autoptr (LwDatabase) db = lw_database_open_writer (place->path, &error);
    g_assert_no_error (error);
    g_assert_true (lw_database_integer (db, "PRAGMA application_id", &value, &error));
    g_assert_cmpint (value, ==, LW_DATABASE_APPLICATION_ID);
    g_assert_true (lw_database_integer (db, "PRAGMA user_version", &value, &error));
    g_assert_cmpint (value, ==, LW_DATABASE_VERSION);
    g_assert_true (lw_database_integer (db, "PRAGMA foreign_keys", &value, &error));
    g_assert_cmpint (value, ==, 1);
    g_assert_true (lw_database_integer (db, "SELECT count (*) FROM edit", &value, &error));
    g_assert_cmpint (value, ==, 0);
  }
  /* The marks are where file(1) looks for them, and nothing but the one file stays. */
  g_assert_true (g_file_get_contents (place->path, &bytes, &size, NULL));
  g_assert_cmpmem (bytes, 16, "SQLite format 3", 16);
  g_assert_cmpmem (bytes + 68, 4, "Lamp", 4);
  g_assert_cmpint (bytes[63], ==, LW_DATABASE_VERSION);
}

/* A file of the version before: brought up, with what is in it. */
static void
test_older (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 value = 0;

  lw_database_close (lw_database_open_writer (place->path, NULL));
  execute (place->path, "DROP TABLE recording_arm; DROP TABLE arm; DROP TABLE measure; ALTER TABLE verdict DROP COLUMN shake; PRAGMA user_version = 1; INSERT INTO run (id, created, settings) VALUES (7, 1, '{}');"
                        "INSERT INTO episode VALUES (7, 1, 0, NULL, 0, -1.5, 1, x'', x'', x'')");
  g_autoptr (LwDatabase) db = lw_database_open_writer (place->path, &error);
  g_assert_no_error (error);
  g_assert_true (lw_database_integer (db, "PRAGMA user_version", &value, &error));
  g_assert_cmpint (value, ==, LW_DATABASE_VERSION);
  g_assert_true (lw_database_execute (db, "INSERT INTO measure VALUES (7, 1, 0, 0, 'poured mass', 'g', 98.5)", &error));
  g_assert_true (lw_database_integer (db, "SELECT count (*) FROM episode NATURAL JOIN measure WHERE reward = -1.5", &value, &error));
  g_assert_cmpint (value, ==, 1);
  g_assert_true (lw_database_integer (db, "SELECT count (*) FROM arm NATURAL LEFT JOIN recording_arm", &value, &error));
  g_assert_cmpint (value, ==, 0);
  /* A number without its episode cannot be. */
  g_assert_false (lw_database_execute (db, "INSERT INTO measure VALUES (7, 1, 5, 0, 'poured mass', 'g', 98.5)", NULL));
}

/* Something else stays as it was, to the byte. */
static void
assert_left_alone (const char *path, int code, const char *words)
{
  g_autofree char *before = NULL, *after = NULL;
  g_autoptr (GError) error = NULL;
  gsize n_before, n_after;

  g_assert_true (g_file_get_contents (path, &before, &n_before, NULL));
  g_assert_null (lw_database_open_writer (path, &error));
  g_assert_error (error, LW_PROJECT_ERROR, code);
  g_assert_null (strchr (error->message, '\n'));
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
  g_assert_true (g_file_get_contents (path, &after, &n_after, NULL));
  g_assert_cmpmem (before, n_before, after, n_after);
}

static void
test_foreign (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  char zeros[4096] = { 0 };

  g_assert_true (g_file_set_contents (place->path, "hello", -1, NULL));
  assert_left_alone (place->path, LW_PROJECT_ERROR_NOT_A_PROJECT, "test.lampwork is not a Lampwork project");
  g_assert_true (g_file_set_contents (place->path, zeros, sizeof zeros, NULL));
  assert_left_alone (place->path, LW_PROJECT_ERROR_NOT_A_PROJECT, "is not a Lampwork project");
  g_unlink (place->path);
  execute (place->path, "CREATE TABLE somebody (x); INSERT INTO somebody VALUES (1)");
  assert_left_alone (place->path, LW_PROJECT_ERROR_NOT_A_PROJECT, "an SQLite file of another program");
  g_unlink (place->path);
  execute (place->path, "PRAGMA application_id = 12345; PRAGMA user_version = 1");
  assert_left_alone (place->path, LW_PROJECT_ERROR_NOT_A_PROJECT, "an SQLite file of another program");
  g_unlink (place->path);
  lw_database_close (lw_database_open_writer (place->path, NULL));
  execute (place->path, "PRAGMA user_version = 99");
  assert_left_alone (place->path, LW_PROJECT_ERROR_NEWER, "newer Lampwork (format 99; this program knows up to 3)");

  g_assert_null (lw_database_open_writer (place->folder, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_A_PROJECT);
  g_assert_nonnull (strstr (error->message, "is a folder"));
}

/* A project cut off in the middle: an error, not a crash. */
static void
test_damaged (LwTestPlace *place, gconstpointer data)
{
  g_autofree char *bytes = NULL;
  gsize size;

  lw_database_close (lw_database_open_writer (place->path, NULL));
  g_assert_true (g_file_get_contents (place->path, &bytes, &size, NULL));
  for (gsize n = 1; n < size; n += 997) {
    g_autoptr (GError) error = NULL;
    gint64 value;
    g_assert_true (g_file_set_contents (place->path, bytes, (gssize) n, NULL));
    g_autoptr (LwDatabase) db = lw_database_open_writer (place->path, &error);
    if (db == NULL || !lw_database_integer (db, "SELECT count (*) FROM setting_change", &value, &error))
      g_assert_true (error->domain == LW_PROJECT_ERROR && strchr (error->message, '\n') == NULL);
  }
}

static void
test_reader (LwTestPlace *place, gconstpointer data)
{
  g_autoptr (LwDatabase) writer = lw_database_open_writer (place->path, NULL);
  g_autoptr (LwDatabase) reader = lw_database_open_reader (place->path, NULL);
  g_autoptr (GError) error = NULL;
  gint64 n;

  g_assert_true (lw_database_begin (writer, TRUE, NULL));
  g_assert_true (lw_database_execute (writer, "INSERT INTO run (created, settings) VALUES (1, '{}')", NULL));
  g_assert_true (lw_database_integer (reader, "SELECT count (*) FROM run", &n, NULL));
  g_assert_cmpint (n, ==, 0);
  g_assert_true (lw_database_commit (writer, NULL));
  g_assert_true (lw_database_integer (reader, "SELECT count (*) FROM run", &n, NULL));
  g_assert_cmpint (n, ==, 1);
  g_assert_false (lw_database_execute (reader, "DELETE FROM run", &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);

  /* What was measured cannot be changed, not even by a mistake in this program. */
  g_assert_true (lw_database_execute (
      writer,
      "INSERT INTO recording (kind, source, state, created, arm, n_joints) VALUES ('rollout', 'measured', 'open', 1, 'a', 1);"
      " INSERT INTO block VALUES (1, 0, x'00')",
      NULL));
  g_assert_false (lw_database_execute (writer, "UPDATE block SET data = x'01'", NULL));
  g_assert_false (lw_database_execute (writer, "DELETE FROM block", NULL));
}

#define ADD(path, function) g_test_add ("/database/" path, LwTestPlace, NULL, lw_test_place_init, function, lw_test_place_clear)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("older", test_older);
  ADD ("creates", test_creates);
  ADD ("foreign", test_foreign);
  ADD ("damaged", test_damaged);
  ADD ("reader", test_reader);
  return g_test_run ();
}
