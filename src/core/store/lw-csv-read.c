/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <stdarg.h>
#include <string.h>

#include "lw-csv-columns.h"
#include "lw-demonstrations.h"
#include "lw-import-file.h"

typedef struct {
  LwCsvScanner *scanner;
  LwCsvColumns *columns;
  double        rate_hz;

  /* the demonstration in hand; fields point into the text */
  LwCsvField    demo;
  size_t        first_row, last_row;
  LwCsvField    last_time;
  GArray       *t;            /* of double */
  GArray       *q;            /* of double, n_joints a sample */
  double        first_time;

  /* what is finished */
  GHashTable   *demos;        /* name -> last row, both owned */
  GPtrArray    *trajectories; /* of LwTrajectory */
  GArray       *contexts;     /* of double, n_context a demonstration; the one in hand is the last */
} Reader;

static gboolean G_GNUC_PRINTF (4, 5)
refuse (const Reader *self, guint column, GError **error, const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_autofree char *what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  LwCsvField name = { g_ptr_array_index (self->columns->names, column), 0 };
  name.length = strlen (name.text);
  g_autofree char *column_name = lw_csv_field_excerpt (&name);
  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE, "%s, row %" G_GSIZE_FORMAT ", column %s: %s", self->scanner->name,
               self->scanner->row, column_name, what);
  return FALSE;
}

static const LwCsvField *
field_at (const Reader *self, guint column)
{
  return &g_array_index (self->scanner->fields, LwCsvField, column);
}

static gboolean
number_at (const Reader *self, guint column, double *value, GError **error)
{
  const LwCsvField *field = field_at (self, column);
  g_autofree char *excerpt = NULL;

  switch (lw_csv_field_number (field, value)) {
  case LW_CSV_NUMBER:
    return TRUE;
  case LW_CSV_EMPTY:
    return refuse (self, column, error, "it is empty; a number was expected");
  case LW_CSV_NOT_FINITE:
    excerpt = lw_csv_field_excerpt (field);
    return refuse (self, column, error, "%s; a finite number was expected", excerpt);
  default:
    excerpt = lw_csv_field_excerpt (field);
    return refuse (self, column, error, "“%s” is no number; one like -0.25 or 1e-3 was expected", excerpt);
  }
}

static gboolean
same_text (const LwCsvField *a, const LwCsvField *b)
{
  return a->length == b->length && memcmp (a->text, b->text, a->length) == 0;
}

/* ---- one demonstration after the other ---- */

static gboolean
finish_demonstration (Reader *self, GError **error)
{
  g_autofree char *demo = lw_csv_field_excerpt (&self->demo);
  size_t n = self->t->len;

  if (n < 2) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE,
                 "%s, row %" G_GSIZE_FORMAT ", column demo: demonstration %s has one row; at least 2 were expected",
                 self->scanner->name, self->first_row, demo);
    return FALSE;
  }
  LwTrajectory *trajectory = lw_trajectory_new (n, self->columns->n_joints);
  if (trajectory == NULL) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_OPEN, "%s does not fit into memory", self->scanner->name);
    return FALSE;
  }
  memcpy (trajectory->t, self->t->data, n * sizeof (double));
  memcpy (trajectory->q.data, self->q->data, n * self->columns->n_joints * sizeof (double));
  g_ptr_array_add (self->trajectories, trajectory);
  g_hash_table_insert (self->demos, lw_csv_field_dup (&self->demo), g_memdup2 (&self->last_row, sizeof (size_t)));
  g_array_set_size (self->t, 0);
  g_array_set_size (self->q, 0);
  return TRUE;
}

static gboolean
begin_demonstration (Reader *self, GError **error)
{
  const LwCsvField *field = field_at (self, self->columns->demo);
  g_autofree char *demo = lw_csv_field_dup (field);
  g_autofree char *excerpt = lw_csv_field_excerpt (field);
  const size_t *last_row = g_hash_table_lookup (self->demos, demo);

  if (field->length == 0)
    return refuse (self, self->columns->demo, error, "it is empty; the number of a demonstration was expected");
  if (last_row != NULL)
    return refuse (self, self->columns->demo, error,
                   "demonstration %s already ended in row %" G_GSIZE_FORMAT "; the rows of a demonstration must stand together",
                   excerpt, *last_row);
  for (guint i = 0; i < self->columns->contexts->len; i++) {
    double value;
    if (!number_at (self, g_array_index (self->columns->contexts, guint, i), &value, error))
      return FALSE;
    g_array_append_val (self->contexts, value);
  }
  self->demo = *field;
  self->first_row = self->scanner->row;
  return TRUE;
}

static gboolean
check_contexts (const Reader *self, GError **error)
{
  guint n = self->columns->contexts->len;

  for (guint i = 0; i < n; i++) {
    guint column = g_array_index (self->columns->contexts, guint, i);
    double first = g_array_index (self->contexts, double, self->contexts->len - n + i), value;
    if (!number_at (self, column, &value, error))
      return FALSE;
    if (value != first) {
      g_autofree char *text = lw_csv_field_excerpt (field_at (self, column));
      char number[G_ASCII_DTOSTR_BUF_SIZE];
      g_ascii_formatd (number, sizeof number, "%.15g", first);
      return refuse (self, column, error,
                     "%s differs from %s in row %" G_GSIZE_FORMAT "; a context must be constant within a demonstration", text,
                     number, self->first_row);
    }
  }
  return TRUE;
}

static gboolean
take_time (Reader *self, GError **error)
{
  guint column = self->columns->t;
  double t = self->t->len / self->rate_hz;

  if (column != LW_CSV_NO_COLUMN) {
    if (!number_at (self, column, &t, error))
      return FALSE;
    if (self->t->len == 0)
      self->first_time = t;
    t -= self->first_time;
    if (self->t->len > 0 && t <= g_array_index (self->t, double, self->t->len - 1)) {
      g_autofree char *text = lw_csv_field_excerpt (field_at (self, column));
      g_autofree char *before = lw_csv_field_excerpt (&self->last_time);
      return refuse (self, column, error,
                     "%s is not later than %s in row %" G_GSIZE_FORMAT "; times must increase within a demonstration", text,
                     before, self->last_row);
    }
    self->last_time = *field_at (self, column);
  }
  g_array_append_val (self->t, t);
  return TRUE;
}

static gboolean
take_row (Reader *self, GError **error)
{
  const LwCsvField *demo = field_at (self, self->columns->demo);

  if (self->t->len > 0 && !same_text (&self->demo, demo) && !finish_demonstration (self, error))
    return FALSE;
  if (!(self->t->len > 0 ? check_contexts (self, error) : begin_demonstration (self, error)) || !take_time (self, error))
    return FALSE;
  for (guint j = 0; j < self->columns->n_joints; j++) {
    double q;
    if (!number_at (self, self->columns->joints[j], &q, error))
      return FALSE;
    g_array_append_val (self->q, q);
  }
  self->last_row = self->scanner->row;
  return TRUE;
}

static gboolean
take_rows (Reader *self, GError **error)
{
  LwCsvScanner *scanner = self->scanner;
  gboolean found;

  for (;;) {
    if (!lw_csv_scanner_next (scanner, &found, error))
      return FALSE;
    if (!found)
      break;
    if (scanner->fields->len != self->columns->n) {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE,
                   "%s, row %" G_GSIZE_FORMAT ": %u columns; %u as in the header were expected", scanner->name, scanner->row,
                   scanner->fields->len, self->columns->n);
      return FALSE;
    }
    if (!take_row (self, error))
      return FALSE;
  }
  if (self->t->len == 0) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE,
                 "%s has a header and no rows; at least one demonstration was expected", scanner->name);
    return FALSE;
  }
  return finish_demonstration (self, error);
}

/* ---- the whole ---- */

static LwDemonstrations *
make_set (Reader *self)
{
  LwDemonstrations *set = lw_demonstrations_new (self->trajectories->len, self->columns->n_joints, self->columns->contexts->len);

  if (set == NULL)
    return NULL;
  for (guint i = 0; i < self->columns->contexts->len; i++)
    lw_csv_split_unit (g_ptr_array_index (self->columns->names, g_array_index (self->columns->contexts, guint, i)),
                       &set->context_names[i], &set->context_units[i]);
  if (self->contexts->len > 0)
    memcpy (set->contexts.data, self->contexts->data, self->contexts->len * sizeof (double));
  set->trajectories = (LwTrajectory **) g_ptr_array_steal (self->trajectories, NULL);
  return set;
}

LwDemonstrations *
lw_csv_read (const char *path, double rate_hz, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GBytes) file = lw_import_file_read (path, error);
  g_auto (LwCsvScanner) scanner = { 0 };
  g_auto (LwCsvColumns) columns = { 0 };
  gboolean found;
  gsize size;

  if (file == NULL)
    return NULL;
  const char *text = g_bytes_get_data (file, &size);
  if (!lw_csv_scanner_init (&scanner, name, text, size, error) || !lw_csv_scanner_next (&scanner, &found, error))
    return NULL;
  if (!found) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT,
                 "%s is empty; a header with the names demo, t, q0, … was expected", name);
    return NULL;
  }
  if (!lw_csv_columns_init (&columns, &scanner, !(rate_hz > 0), error))
    return NULL;

  g_autoptr (GArray) t = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) q = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) contexts = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GHashTable) demos = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GPtrArray) trajectories = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_trajectory_unref);
  Reader reader = { .scanner = &scanner,
                    .columns = &columns,
                    .rate_hz = rate_hz,
                    .t = t,
                    .q = q,
                    .demos = demos,
                    .trajectories = trajectories,
                    .contexts = contexts };
  LwDemonstrations *set = take_rows (&reader, error) ? make_set (&reader) : NULL;
  if (set == NULL && error != NULL && *error == NULL)
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_OPEN, "%s does not fit into memory", name);
  return set;
}
