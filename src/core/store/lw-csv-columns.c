/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-csv-columns.h"

#include <string.h>

#include "lw-demonstrations.h"

void
lw_csv_columns_clear (LwCsvColumns *self)
{
  g_clear_pointer (&self->names, g_ptr_array_unref);
  g_clear_pointer (&self->contexts, g_array_unref);
}

void
lw_csv_split_unit (const char *column, char **name, char **unit)
{
  const char *open = strrchr (column, '[');
  size_t length = strlen (column);

  if (open != NULL && open > column && column[length - 1] == ']' && open[1] != ']') {
    *name = g_strchomp (g_strndup (column, (size_t) (open - column)));
    *unit = g_strndup (open + 1, (size_t) (column + length - 1 - (open + 1)));
    if (**name != '\0')
      return;
    g_free (*name);
    g_free (*unit);
  }
  *name = g_strdup (column);
  *unit = NULL;
}

/* q<number> */
static gboolean
is_joint (const char *name)
{
  size_t digits = name[0] == 'q' ? strspn (name + 1, "0123456789") : 0;

  return digits > 0 && name[1 + digits] == '\0';
}

static gboolean
wrong_header (const LwCsvScanner *header, guint column, const char *what, GError **error)
{
  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s, row %" G_GSIZE_FORMAT ", column %u: %s", header->name,
               header->row, column + 1, what);
  return FALSE;
}

static gboolean
read_names (LwCsvColumns *self, const LwCsvScanner *header, GError **error)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < self->n; i++) {
    const LwCsvField *field = &g_array_index (header->fields, LwCsvField, i);
    g_autofree char *excerpt = lw_csv_field_excerpt (field);
    g_autofree char *wrong = NULL;
    char *name, *unit;
    double number;

    g_ptr_array_add (self->names, lw_csv_field_dup (field));
    if (field->length == 0)
      return wrong_header (header, i, "a name was expected", error);
    if (lw_csv_field_number (field, &number) == LW_CSV_NUMBER) {
      wrong = g_strdup_printf ("%s is a number; a header with the names demo, t, q0, … was expected", excerpt);
      return wrong_header (header, i, wrong, error);
    }
    lw_csv_split_unit (g_ptr_array_index (self->names, i), &name, &unit);
    g_free (unit);
    if (!g_hash_table_add (seen, name)) {
      wrong = g_strdup_printf ("the name %s is there twice; every column needs one of its own", excerpt);
      return wrong_header (header, i, wrong, error);
    }
  }
  return TRUE;
}

static gboolean
missing (const LwCsvScanner *header, const char *column, const char *what, GError **error)
{
  const LwCsvField *first = &g_array_index (header->fields, LwCsvField, 0);
  gboolean other = header->fields->len == 1
                   && (memchr (first->text, ';', first->length) != NULL || memchr (first->text, '\t', first->length) != NULL);

  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s, row %" G_GSIZE_FORMAT ": there is no column %s%s%s",
               header->name, header->row, column, what, other ? "; columns must be separated by commas" : "");
  return FALSE;
}

gboolean
lw_csv_columns_init (LwCsvColumns *self, const LwCsvScanner *header, gboolean need_time, GError **error)
{
  *self = (LwCsvColumns){ .n = header->fields->len, .demo = LW_CSV_NO_COLUMN, .t = LW_CSV_NO_COLUMN };
  self->names = g_ptr_array_new_with_free_func (g_free);
  self->contexts = g_array_new (FALSE, FALSE, sizeof (guint));
  if (!read_names (self, header, error))
    return FALSE;

  for (guint i = 0; i < self->n; i++) {
    const char *name = g_ptr_array_index (self->names, i);
    if (g_str_equal (name, "demo"))
      self->demo = i;
    else if (g_str_equal (name, "t"))
      self->t = i;
    else if (!is_joint (name))
      g_array_append_val (self->contexts, i);
    else if (self->n_joints == LW_MAX_JOINTS)
      return wrong_header (header, i, "there are more joints than " G_STRINGIFY (LW_MAX_JOINTS), error);
    else
      self->joints[self->n_joints++] = i;
  }
  if (self->demo == LW_CSV_NO_COLUMN)
    return missing (header, "demo", " (which demonstration a row belongs to)", error);
  if (self->t == LW_CSV_NO_COLUMN && need_time)
    return missing (header, "t", " (time in s); give the sampling rate instead with --rate HZ", error);
  if (self->n_joints == 0)
    return missing (header, "q0", ", q1, … (joint positions in rad)", error);
  return TRUE;
}
