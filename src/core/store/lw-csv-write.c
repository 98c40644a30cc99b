/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-demonstrations.h"
#include "lw-import-file.h"

/* The shortest decimal that reads back as the same double. */
static void
append_number (GString *out, double x)
{
  char text[G_ASCII_DTOSTR_BUF_SIZE];

  for (int digits = 15; digits <= 17; digits++) {
    char format[8];
    g_snprintf (format, sizeof format, "%%.%dg", digits);
    g_ascii_formatd (text, sizeof text, format, x);
    if (g_ascii_strtod (text, NULL) == x)
      break;
  }
  g_string_append (out, text);
}

static void
append_name (GString *out, const char *name, const char *unit)
{
  g_autofree char *column = unit != NULL && *unit != '\0' ? g_strdup_printf ("%s [%s]", name, unit) : g_strdup (name);

  if (strpbrk (column, ",\"") == NULL) {
    g_string_append (out, column);
    return;
  }
  g_string_append_c (out, '"');
  for (const char *c = column; *c != '\0'; c++)
    g_string_append (out, *c == '"' ? "\"\"" : (char[]){ *c, '\0' });
  g_string_append_c (out, '"');
}

/* What the reader would refuse is not written in the first place. */
static gboolean
check (const LwDemonstrations *set, GError **error)
{
  if (set->trajectories == NULL || set->n == 0) {
    g_set_error_literal (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE,
                         set->n == 0 ? "there is no demonstration to write"
                                     : "the set holds parameters; CSV files hold movements over time");
    return FALSE;
  }
  for (size_t j = 0; j < set->n_context; j++) {
    const char *name = set->context_names[j];
    if (name == NULL || *name == '\0' || strpbrk (name, "\r\n") != NULL || g_str_equal (name, "demo") || g_str_equal (name, "t")
        || (name[0] == 'q' && name[1] != '\0' && strspn (name + 1, "0123456789") == strlen (name) - 1)) {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE,
                   "context %" G_GSIZE_FORMAT " is called “%s”, which no column can be", j + 1, name != NULL ? name : "");
      return FALSE;
    }
  }
  for (size_t i = 0; i < set->n; i++) {
    const LwTrajectory *trajectory = set->trajectories[i];
    gboolean finite = lw_mat_is_finite (&trajectory->q);
    for (size_t k = 0; k < trajectory->n_samples; k++)
      finite = finite && isfinite (trajectory->t[k]);
    for (size_t j = 0; j < set->n_context; j++)
      finite = finite && isfinite (lw_mat_get (&set->contexts, i, j));
    if (!finite || trajectory->n_samples < 2 || trajectory->n_joints != set->n_joints) {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE,
                   "demonstration %" G_GSIZE_FORMAT " cannot be written: two samples of %" G_GSIZE_FORMAT
                   " joints and finite numbers were expected",
                   i + 1, set->n_joints);
      return FALSE;
    }
  }
  return TRUE;
}

static void
append_demonstration (GString *out, const LwDemonstrations *set, size_t i)
{
  const LwTrajectory *trajectory = set->trajectories[i];
  gint64 demo = set->ids != NULL ? set->ids[i] : (gint64) i;

  for (size_t k = 0; k < trajectory->n_samples; k++) {
    g_string_append_printf (out, "%" G_GINT64_FORMAT ",", demo);
    append_number (out, trajectory->t[k]);
    for (size_t j = 0; j < set->n_joints; j++) {
      g_string_append_c (out, ',');
      append_number (out, lw_mat_get (&trajectory->q, k, j));
    }
    for (size_t j = 0; j < set->n_context; j++) {
      g_string_append_c (out, ',');
      append_number (out, lw_mat_get (&set->contexts, i, j));
    }
    g_string_append_c (out, '\n');
  }
}

gboolean
lw_csv_write (const LwDemonstrations *set, const char *path, GError **error)
{
  if (!check (set, error))
    return FALSE;

  g_autoptr (GString) out = g_string_new ("demo,t");
  for (size_t j = 0; j < set->n_joints; j++)
    g_string_append_printf (out, ",q%" G_GSIZE_FORMAT, j);
  for (size_t j = 0; j < set->n_context; j++) {
    g_string_append_c (out, ',');
    append_name (out, set->context_names[j], set->context_units[j]);
  }
  g_string_append_c (out, '\n');
  for (size_t i = 0; i < set->n; i++)
    append_demonstration (out, set, i);
  return lw_import_file_write (path, out->str, out->len, error);
}
