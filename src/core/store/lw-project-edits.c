/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-project-private.h"
#include "lw-recording-rows.h"

/* Edits. Each is recorded first and then carried out by the same function that redoes it, so a row always says what really
 * happened. */

/* ---- steps: what operation and inverse are made of ---- */

/* "->" gives a value as it stands in the JSON text, "->>" as an SQL value. Numbers are taken from the text: SQLite's own parser
 * may be off by one bit. */
#define STEPS_SQL \
  "SELECT value ->> 'set', value ->> 'demonstration', value ->> 'value', value -> 'value', value ->> 'name', value ->> 'position', value ->> 'unit'" \
  " FROM json_each (?1)"

/* ?1 demonstration, ?2 value, ?3 name, ?4 position, ?5 unit */
static const struct {
  const char *set;
  const char *sql;
} step_kinds[] = {
  { "label", "UPDATE demonstration SET label = ?2 WHERE recording = ?1" },
  { "used", "UPDATE demonstration SET used = ?2 WHERE recording = ?1" },
  { "deleted", "UPDATE demonstration SET deleted = ?2 WHERE recording = ?1" },
  { "context",
    "INSERT INTO context (demonstration, name, position, unit, value) VALUES (?1, ?3, ?4, ?5, ?2)"
    " ON CONFLICT (demonstration, name) DO UPDATE SET position = ?4, unit = ?5, value = ?2" },
  { "no context", "DELETE FROM context WHERE demonstration = ?1 AND name = ?3" },
};

static gboolean
apply_step (LwDatabase *db, sqlite3_stmt *step, GError **error)
{
  const char *set = (const char *) sqlite3_column_text (step, 0);
  const char *text = (const char *) sqlite3_column_text (step, 3);
  gsize i = 0;

  while (i < G_N_ELEMENTS (step_kinds) && g_strcmp0 (set, step_kinds[i].set) != 0)
    i++;
  if (i == G_N_ELEMENTS (step_kinds)) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ, "the history of edits is damaged: “%s” is no edit",
                 set != NULL ? set : "");
    return FALSE;
  }

  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (db, step_kinds[i].sql, error);
  if (statement == NULL)
    return FALSE;
  int n_parameters = sqlite3_bind_parameter_count (statement);
  sqlite3_bind_value (statement, 1, sqlite3_column_value (step, 1));
  if (g_str_equal (set, "context") && sqlite3_column_type (step, 2) != SQLITE_NULL)
    sqlite3_bind_double (statement, 2, g_ascii_strtod (text, NULL));
  else
    sqlite3_bind_value (statement, 2, sqlite3_column_value (step, 2));
  for (int p = 3; p <= n_parameters; p++)
    sqlite3_bind_value (statement, p, sqlite3_column_value (step, p + 1));
  if (!lw_database_run (db, statement, error))
    return FALSE;
  if (sqlite3_changes (db->handle) != 1) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ, "the history of edits is damaged: it names what is not there");
    return FALSE;
  }
  return TRUE;
}

static gboolean
apply (LwDatabase *db, const char *steps, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (db, STEPS_SQL, error);
  gboolean row = TRUE;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_text (statement, 1, steps, -1, SQLITE_STATIC);
  while (row) {
    if (!lw_database_next (db, statement, &row, error) || (row && !apply_step (db, statement, error)))
      return FALSE;
  }
  return TRUE;
}

/* ---- recording ---- */

typedef struct {
  gint64      id;
  const char *field;  /* "label", "used", "deleted" */
  const char *text;   /* label, or name of the context */
  const char *unit;
  double      value;
  gint64      flag;
} Edit;

static gboolean
not_there (gint64 id, GError **error)
{
  g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "there is no demonstration %" G_GINT64_FORMAT, id);
  return FALSE;
}

static gboolean
record (LwDatabase *db, const char *label, const char *operation, const char *inverse, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      lw_database_prepare (db, "INSERT INTO edit (time, label, operation, inverse) VALUES (?1, ?2, ?3, ?4)", error);

  if (statement == NULL || !lw_database_execute (db, "UPDATE edit SET state = 'abandoned' WHERE state = 'undone'", error))
    return FALSE;
  sqlite3_bind_int64 (statement, 1, lw_project_now ());
  sqlite3_bind_text (statement, 2, label, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 3, operation, -1, SQLITE_STATIC);
  sqlite3_bind_text (statement, 4, inverse, -1, SQLITE_STATIC);
  return lw_database_run (db, statement, error) && apply (db, operation, error);
}

static char *
describe_field (const Edit *edit, const char *label)
{
  if (g_str_equal (edit->field, "label"))
    return g_strdup_printf ("Rename “%s” to “%s”", label, edit->text);
  if (g_str_equal (edit->field, "used"))
    return g_strdup_printf (edit->flag ? "Use “%s”" : "Exclude “%s”", label);
  return g_strdup_printf ("Delete “%s”", label);
}

/* One column of a demonstration that is not deleted. SQLite writes the JSON: its quoting is right for every label. */
static gboolean
edit_field (LwDatabase *db, gpointer data, GError **error)
{
  const Edit *edit = data;
  g_autofree char *sql = g_strdup_printf ("SELECT label, json_array (json_object ('set', ?2, 'demonstration', ?1, 'value', ?3)),"
                                          " json_array (json_object ('set', ?2, 'demonstration', ?1, 'value', %s)), %s = ?3"
                                          " FROM demonstration WHERE recording = ?1 AND NOT deleted",
                                          edit->field, edit->field);
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (db, sql, error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, edit->id);
  sqlite3_bind_text (statement, 2, edit->field, -1, SQLITE_STATIC);
  if (edit->text != NULL)
    sqlite3_bind_text (statement, 3, edit->text, -1, SQLITE_STATIC);
  else
    sqlite3_bind_int64 (statement, 3, edit->flag);
  if (!lw_database_next (db, statement, &row, error))
    return FALSE;
  if (!row)
    return not_there (edit->id, error);
  if (sqlite3_column_int (statement, 3))
    return TRUE; /* nothing would change: nothing to undo */

  g_autofree char *label = describe_field (edit, (const char *) sqlite3_column_text (statement, 0));
  g_autofree char *operation = lw_column_dup_text (statement, 1);
  g_autofree char *inverse = lw_column_dup_text (statement, 2);
  return record (db, label, operation, inverse, error);
}

/* A number as JSON, to the last bit. */
static char *
number_json (double value)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (isnan (value) ? "null" : g_ascii_dtostr (text, sizeof text, value));
}

static char *
describe_context (const Edit *edit, const char *label)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  if (isnan (edit->value))
    return g_strdup_printf ("Clear %s of “%s”", edit->text, label);
  g_ascii_formatd (number, sizeof number, "%.6g", edit->value);
  return g_strdup_printf ("Set %s of “%s” to %s%s%s", edit->text, label, number, edit->unit != NULL ? " " : "",
                          edit->unit != NULL ? edit->unit : "");
}

static gboolean
edit_context (LwDatabase *db, gpointer data, GError **error)
{
  const Edit *edit = data;
  g_autoptr (sqlite3_stmt) before = lw_database_prepare (
      db,
      "SELECT d.label, c.value, c.name IS NOT NULL, c.unit IS ?3 FROM demonstration d LEFT JOIN context c ON c.demonstration = d.recording AND c.name = ?2"
      " WHERE d.recording = ?1 AND NOT d.deleted",
      error);
  gboolean row;

  if (before == NULL)
    return FALSE;
  sqlite3_bind_int64 (before, 1, edit->id);
  sqlite3_bind_text (before, 2, edit->text, -1, SQLITE_STATIC);
  sqlite3_bind_text (before, 3, edit->unit, -1, SQLITE_STATIC);
  if (!lw_database_next (db, before, &row, error))
    return FALSE;
  if (!row)
    return not_there (edit->id, error);
  double old = lw_column_double (before, 1);
  gboolean existed = sqlite3_column_int (before, 2) != 0;
  if (existed && sqlite3_column_int (before, 3) && (old == edit->value || (isnan (old) && isnan (edit->value))))
    return TRUE;

  g_autofree char *label = describe_context (edit, (const char *) sqlite3_column_text (before, 0));
  g_autofree char *new_number = number_json (edit->value);
  g_autofree char *old_number = number_json (old);
  g_autoptr (sqlite3_stmt) steps = lw_database_prepare (
      db,
      "WITH old AS (SELECT * FROM context WHERE demonstration = ?1 AND name = ?2)"
      " SELECT json_array (json_object ('set', 'context', 'demonstration', ?1, 'name', ?2, 'position',"
      "   coalesce ((SELECT position FROM old), (SELECT max (position) + 1 FROM context WHERE demonstration = ?1), 0), 'unit', ?3, 'value', json (?4))),"
      " coalesce ((SELECT json_array (json_object ('set', 'context', 'demonstration', ?1, 'name', ?2, 'position', position, 'unit', unit,"
      "   'value', json (?5))) FROM old), json_array (json_object ('set', 'no context', 'demonstration', ?1, 'name', ?2)))",
      error);
  if (steps == NULL)
    return FALSE;
  sqlite3_bind_int64 (steps, 1, edit->id);
  sqlite3_bind_text (steps, 2, edit->text, -1, SQLITE_STATIC);
  sqlite3_bind_text (steps, 3, edit->unit, -1, SQLITE_STATIC);
  sqlite3_bind_text (steps, 4, new_number, -1, SQLITE_STATIC);
  sqlite3_bind_text (steps, 5, old_number, -1, SQLITE_STATIC);
  if (!lw_database_next (db, steps, &row, error))
    return FALSE;
  g_autofree char *operation = lw_column_dup_text (steps, 0);
  g_autofree char *inverse = lw_column_dup_text (steps, 1);
  return record (db, label, operation, inverse, error);
}

static gboolean
commit_edit (LwProject *self, LwWriterWork work, Edit edit, GError **error)
{
  return lw_project_write (self, work, &edit, LW_PROJECT_CHANGE_DEMONSTRATIONS | LW_PROJECT_CHANGE_UNDO, error);
}

gboolean
lw_project_set_context (LwProject *self, gint64 id, const char *name, const char *unit, double value, GError **error)
{
  GArray one = { (char *) &(LwContextValue){ (char *) name, (char *) unit, value }, 1 };
  if (!lw_contexts_check (&one, error))
    return FALSE;
  return commit_edit (self, edit_context, (Edit){ .id = id, .text = name, .unit = unit, .value = value }, error);
}

gboolean
lw_project_set_used (LwProject *self, gint64 id, gboolean used, GError **error)
{
  return commit_edit (self, edit_field, (Edit){ .id = id, .field = "used", .flag = used ? 1 : 0 }, error);
}

gboolean
lw_project_rename (LwProject *self, gint64 id, const char *label, GError **error)
{
  if (label == NULL || *label == '\0' || !g_utf8_validate (label, -1, NULL)) {
    g_set_error_literal (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, "a demonstration needs a label");
    return FALSE;
  }
  return commit_edit (self, edit_field, (Edit){ .id = id, .field = "label", .text = label }, error);
}

gboolean
lw_project_delete (LwProject *self, gint64 id, GError **error)
{
  return commit_edit (self, edit_field, (Edit){ .id = id, .field = "deleted", .flag = 1 }, error);
}

/* ---- undo and redo ---- */

static const char UNDO_SQL[] = "SELECT id, label, inverse FROM edit WHERE state = 'done' ORDER BY id DESC LIMIT 1";
static const char REDO_SQL[] = "SELECT id, label, operation FROM edit WHERE state = 'undone' ORDER BY id LIMIT 1";

typedef struct {
  gboolean undo;
  char    *label; /* out; NULL: there was nothing */
} Turn;

static gboolean
turn_work (LwDatabase *db, gpointer data, GError **error)
{
  Turn *turn = data;
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (db, turn->undo ? UNDO_SQL : REDO_SQL, error);
  g_autoptr (sqlite3_stmt) mark =
      statement == NULL ? NULL : lw_database_prepare (db, "UPDATE edit SET state = ?2 WHERE id = ?1", error);
  gboolean row;

  if (mark == NULL || !lw_database_next (db, statement, &row, error))
    return FALSE;
  if (!row)
    return TRUE;
  sqlite3_bind_int64 (mark, 1, sqlite3_column_int64 (statement, 0));
  sqlite3_bind_text (mark, 2, turn->undo ? "undone" : "done", -1, SQLITE_STATIC);
  g_autofree char *label = lw_column_dup_text (statement, 1);
  g_autofree char *steps = lw_column_dup_text (statement, 2);
  sqlite3_reset (statement);
  if (!apply (db, steps, error) || !lw_database_run (db, mark, error))
    return FALSE;
  turn->label = g_steal_pointer (&label);
  return TRUE;
}

static char *
turn_history (LwProject *self, gboolean undo, GError **error)
{
  Turn turn = { .undo = undo };

  if (!lw_project_write (self, turn_work, &turn, LW_PROJECT_CHANGE_DEMONSTRATIONS | LW_PROJECT_CHANGE_UNDO, error))
    g_clear_pointer (&turn.label, g_free);
  return turn.label;
}

char *
lw_project_undo (LwProject *self, GError **error)
{
  return turn_history (self, TRUE, error);
}

char *
lw_project_redo (LwProject *self, GError **error)
{
  return turn_history (self, FALSE, error);
}

static char *
dup_label (LwProject *self, const char *sql)
{
  g_auto (LwReader) reader = lw_reader_open (self, NULL);
  g_autoptr (sqlite3_stmt) statement = reader.db != NULL ? lw_database_prepare (reader.db, sql, NULL) : NULL;
  gboolean row = FALSE;

  if (statement == NULL || !lw_database_next (reader.db, statement, &row, NULL) || !row)
    return NULL;
  return lw_column_dup_text (statement, 1);
}

char *
lw_project_dup_undo_label (LwProject *self)
{
  return dup_label (self, UNDO_SQL);
}

char *
lw_project_dup_redo_label (LwProject *self)
{
  return dup_label (self, REDO_SQL);
}
