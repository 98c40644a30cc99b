/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of a comparison from files: what lw-compare-write.c wrote, to the bit. */
#include <json-glib/json-glib.h>
#include <math.h>
#include <string.h>

#include "lw-compare-private.h"
#include "lw-csv-scanner.h"
#include "lw-demonstrations.h"
#include "lw-import-file.h"
#include "lw-json-writer.h"

/* ---- CSV in ---- */

static gboolean
field_is (const LwCsvField *field, const char *text)
{
  return field->length == strlen (text) && memcmp (field->text, text, field->length) == 0;
}

static const char *
column_name (guint i)
{
  if (i < LW_COMPARE_N_BEFORE)
    return lw_compare_before[i];
  i -= LW_COMPARE_N_BEFORE;
  return i < LW_COMPARE_N_REALS ? lw_compare_reals[i].name : lw_compare_after[i - LW_COMPARE_N_REALS];
}

static gboolean
check_header (const LwCsvScanner *scanner, gboolean found, GError **error)
{
  gboolean ok = found && scanner->fields->len == LW_COMPARE_N_COLUMNS;

  for (guint i = 0; ok && i < LW_COMPARE_N_COLUMNS; i++)
    ok = field_is (&g_array_index (scanner->fields, LwCsvField, i), column_name (i));
  if (!ok)
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s: the columns are not those of a comparison's table",
                 scanner->name);
  return ok;
}

static gboolean
read_count (const LwCsvScanner *scanner, guint column, guint64 most, guint64 *out, GError **error)
{
  const LwCsvField *field = &g_array_index (scanner->fields, LwCsvField, column);
  g_autofree char *text = lw_csv_field_dup (field);

  if (g_ascii_string_to_unsigned (text, 10, 0, most, out, NULL))
    return TRUE;
  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE, "%s, row %zu, column %s: “%s” where a count was expected",
               scanner->name, scanner->row, lw_compare_before[column], text);
  return FALSE;
}

static gboolean
read_reals (const LwCsvScanner *scanner, LwCompareRow *row, GError **error)
{
  for (guint i = 0; i < LW_COMPARE_N_REALS; i++)
    {
      const LwCsvField *field = &g_array_index (scanner->fields, LwCsvField, LW_COMPARE_N_BEFORE + i);
      double *value = lw_compare_real_of (row, i);

      *value = NAN;
      if (field->length > 0 && lw_csv_field_number (field, value) != LW_CSV_NUMBER)
        {
          g_autofree char *text = lw_csv_field_excerpt (field);

          g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE,
                       "%s, row %zu, column %s: “%s” where a number or nothing was expected", scanner->name, scanner->row,
                       lw_compare_reals[i].name, text);
          return FALSE;
        }
    }
  return TRUE;
}

/* The table's fingerprint is on every row; rows with another one were pasted in. */
static gboolean
take_fingerprint (LwCompareTable *self, const LwCsvScanner *scanner, GError **error)
{
  g_autofree char *text = lw_csv_field_dup (&g_array_index (scanner->fields, LwCsvField, LW_COMPARE_N_COLUMNS - 1));

  if (self->fingerprint == NULL)
    self->fingerprint = g_steal_pointer (&text);
  else if (strcmp (self->fingerprint, text) != 0)
    {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE, "%s, row %zu, column settings: “%s”, the rows above have “%s”",
                   scanner->name, scanner->row, text, self->fingerprint);
      return FALSE;
    }
  return TRUE;
}

static gboolean
read_csv_row (LwCompareTable *self, const LwCsvScanner *scanner, GError **error)
{
  const LwCsvField *fields = (const LwCsvField *) (const void *) scanner->fields->data;
  g_autofree char *task = NULL, *algorithm = NULL, *problem = NULL;
  LwCompareRow row = { .iteration = 0 };
  guint64 seed, iteration, episodes;

  if (scanner->fields->len != LW_COMPARE_N_COLUMNS)
    {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s, row %zu: %u fields, %d were expected", scanner->name,
                   scanner->row, scanner->fields->len, LW_COMPARE_N_COLUMNS);
      return FALSE;
    }
  if (!read_count (scanner, 2, G_MAXUINT64, &seed, error) || !read_count (scanner, 3, G_MAXINT, &iteration, error)
      || !read_count (scanner, 4, G_MAXUINT, &episodes, error) || !read_reals (scanner, &row, error)
      || !take_fingerprint (self, scanner, error))
    return FALSE;
  task = lw_csv_field_dup (&fields[0]);
  algorithm = lw_csv_field_dup (&fields[1]);
  problem = lw_csv_field_dup (&fields[LW_COMPARE_N_COLUMNS - 2]);
  row.task = task;
  row.algorithm = algorithm;
  row.seed = seed;
  row.iteration = (guint) iteration;
  row.episodes = (guint) episodes;
  row.error = *problem != '\0' ? problem : NULL;
  lw_compare_table_add (self, &row);
  return TRUE;
}

static gboolean
read_csv (LwCompareTable *self, const char *path, GBytes *bytes, GError **error)
{
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  g_auto (LwCsvScanner) scanner = { .fields = NULL };
  gboolean found;

  if (!lw_csv_scanner_init (&scanner, path, text, size, error) || !lw_csv_scanner_next (&scanner, &found, error)
      || !check_header (&scanner, found, error))
    return FALSE;
  while (lw_csv_scanner_next (&scanner, &found, error))
    if (!found)
      return TRUE;
    else if (!read_csv_row (self, &scanner, error))
      return FALSE;
  return FALSE;
}

/* ---- JSON in ---- */

/* As the writer wrote it: json-glib keeps members in order and tells integers from reals. */
static void
write_setting (JsonObject *o, const char *name, JsonNode *node, gpointer json)
{
  GType type = JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_NONE;

  if (type == G_TYPE_STRING)
    lw_json_string (json, name, json_node_get_string (node));
  else if (type == G_TYPE_BOOLEAN)
    lw_json_boolean (json, name, json_node_get_boolean (node));
  else if (type == G_TYPE_INT64)
    lw_json_integer (json, name, json_node_get_int (node));
  else if (type == G_TYPE_DOUBLE)
    lw_json_real (json, name, json_node_get_double (node));
  else
    lw_json_null (json, name);
}

static char *
settings_text (JsonObject *settings)
{
  LwJsonWriter json;

  lw_json_begin (&json);
  json_object_foreach_member (settings, write_setting, &json);
  return lw_json_end (&json);
}

static const char *
text_member (JsonObject *o, const char *name)
{
  JsonNode *node = json_object_get_member (o, name);

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING
           ? json_node_get_string (node)
           : NULL;
}

static gboolean
count_member (JsonObject *o, const char *name, gint64 *out)
{
  JsonNode *node = json_object_get_member (o, name);

  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64
      || json_node_get_int (node) < 0)
    return FALSE;
  *out = json_node_get_int (node);
  return TRUE;
}

static gboolean
real_member (JsonObject *o, const char *name, double *out)
{
  JsonNode *node = json_object_get_member (o, name);

  *out = NAN;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return node != NULL;
  if (!JSON_NODE_HOLDS_VALUE (node)
      || (json_node_get_value_type (node) != G_TYPE_DOUBLE && json_node_get_value_type (node) != G_TYPE_INT64))
    return FALSE;
  *out = json_node_get_double (node);
  return TRUE;
}

static gboolean
read_json_row (LwCompareTable *self, JsonNode *node)
{
  LwCompareRow row = { .iteration = 0 };
  gint64 seed, iteration, episodes;
  JsonObject *o;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  o = json_node_get_object (node);
  row.task = text_member (o, "task");
  row.algorithm = text_member (o, "algorithm");
  if (row.task == NULL || row.algorithm == NULL || !count_member (o, "seed", &seed) || !count_member (o, "iteration", &iteration)
      || !count_member (o, "episodes", &episodes) || iteration > G_MAXINT || episodes > G_MAXUINT)
    return FALSE;
  for (gsize i = 0; i < LW_COMPARE_N_REALS; i++)
    if (!real_member (o, lw_compare_reals[i].name, lw_compare_real_of (&row, i)))
      return FALSE;
  row.seed = (uint64_t) seed;
  row.iteration = (guint) iteration;
  row.episodes = (guint) episodes;
  row.error = (char *) text_member (o, "error"); /* copied by the table */
  lw_compare_table_add (self, &row);
  return TRUE;
}

static LwCompareTable *
read_json (const char *path, GBytes *bytes, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (LwCompareTable) table = NULL;
  g_autoptr (GError) wrong = NULL;
  gsize size;
  const char *text = g_bytes_get_data (bytes, &size);
  JsonNode *root, *settings = NULL, *rows = NULL;

  if (!json_parser_load_from_data (parser, text, (gssize) size, &wrong))
    {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s is not JSON: %s", path, wrong->message);
      return NULL;
    }
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root))
    {
      settings = json_object_get_member (json_node_get_object (root), "settings");
      rows = json_object_get_member (json_node_get_object (root), "rows");
    }
  if (settings == NULL || !JSON_NODE_HOLDS_OBJECT (settings) || rows == NULL || !JSON_NODE_HOLDS_ARRAY (rows))
    {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT,
                   "%s has no settings and rows; a table that “compare” wrote was expected", path);
      return NULL;
    }
  table = lw_compare_table_new (settings_text (json_node_get_object (settings)));
  for (guint i = 0; i < json_array_get_length (json_node_get_array (rows)); i++)
    if (!read_json_row (table, json_array_get_element (json_node_get_array (rows), i)))
      {
        g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE,
                     "%s, row %u: task, algorithm, seed, iteration, episodes and numbers were expected", path, i + 1);
        return NULL;
      }
  return g_steal_pointer (&table);
}

LwCompareTable *
lw_compare_table_read (const char *path, GError **error)
{
  g_autoptr (GBytes) bytes = lw_import_file_read (path, error);
  g_autoptr (LwCompareTable) table = NULL;

  if (bytes == NULL)
    return NULL;
  if (g_str_has_suffix (path, ".json"))
    return read_json (path, bytes, error);
  table = lw_compare_table_new (NULL);
  return read_csv (table, path, bytes, error) ? g_steal_pointer (&table) : NULL;
}
