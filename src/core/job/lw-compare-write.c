/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Tables of a comparison as files: CSV has plain rows, JSON also the settings and the summary. */
#include <math.h>
#include <string.h>

#include "lw-compare-private.h"
#include "lw-import-file.h"
#include "lw-json-writer.h"
#include "lw-skill.h"

#define REAL(name, member) { name, G_STRUCT_OFFSET (LwCompareRow, member) }
const LwCompareReal lw_compare_reals[LW_COMPARE_N_REALS] = {
  REAL ("return", mean_return), REAL ("return_ci95", return_ci95), REAL ("success", success), REAL ("J", J),
  REAL ("kl", kl), REAL ("ess", ess), REAL ("entropy", entropy), REAL ("seconds", seconds),
};
const char *const lw_compare_before[LW_COMPARE_N_BEFORE] = { "task", "algorithm", "seed", "iteration", "episodes" };
const char *const lw_compare_after[2] = { "error", "settings" };

static LwCompareRow
shown (const LwCompareRow *row, gboolean times)
{
  LwCompareRow out = *row;

  if (!times)
    out.seconds = NAN;
  return out;
}

/* ---- CSV out ---- */

static void
append_text (GString *out, const char *text)
{
  if (strpbrk (text, ",\"\r\n") == NULL)
    {
      g_string_append (out, text);
      return;
    }
  g_string_append_c (out, '"');
  for (; *text != '\0'; text++)
    if (*text == '"')
      g_string_append (out, "\"\"");
    else
      g_string_append_c (out, *text == '\n' || *text == '\r' ? ' ' : *text);
  g_string_append_c (out, '"');
}

static void
append_real (GString *out, double v)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append_c (out, ',');
  if (isfinite (v))
    g_string_append (out, g_ascii_dtostr (number, sizeof number, v));
}

char *
lw_compare_table_to_csv (const LwCompareTable *self, gboolean times)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 0; i < LW_COMPARE_N_BEFORE; i++)
    g_string_append_printf (out, "%s,", lw_compare_before[i]);
  for (gsize i = 0; i < LW_COMPARE_N_REALS; i++)
    g_string_append_printf (out, "%s,", lw_compare_reals[i].name);
  g_string_append_printf (out, "%s,%s\n", lw_compare_after[0], lw_compare_after[1]);
  for (guint r = 0; r < self->rows->len; r++)
    {
      LwCompareRow row = shown (&g_array_index (self->rows, LwCompareRow, r), times);

      append_text (out, row.task);
      g_string_append_c (out, ',');
      append_text (out, row.algorithm);
      g_string_append_printf (out, ",%" G_GUINT64_FORMAT ",%u,%u", row.seed, row.iteration, row.episodes);
      for (gsize i = 0; i < LW_COMPARE_N_REALS; i++)
        append_real (out, *lw_compare_real_of (&row, i));
      g_string_append_c (out, ',');
      append_text (out, row.error != NULL ? row.error : "");
      g_string_append_printf (out, ",%s\n", self->fingerprint != NULL ? self->fingerprint : "");
    }
  return g_string_free (out, FALSE);
}

/* ---- JSON out ---- */

static char *
row_to_json (const LwCompareRow *given, gboolean times)
{
  LwCompareRow row = shown (given, times);
  LwJsonWriter json;

  lw_json_begin (&json);
  lw_json_string (&json, "task", row.task);
  lw_json_string (&json, "algorithm", row.algorithm);
  lw_json_integer (&json, "seed", (int64_t) row.seed);
  lw_json_integer (&json, "iteration", row.iteration);
  lw_json_integer (&json, "episodes", row.episodes);
  for (gsize i = 0; i < LW_COMPARE_N_REALS; i++)
    lw_json_real (&json, lw_compare_reals[i].name, *lw_compare_real_of (&row, i));
  lw_json_string (&json, "error", row.error);
  return lw_json_end (&json);
}

static char *
summary_to_json (const LwCompareSummary *s)
{
  LwJsonWriter json;

  lw_json_begin (&json);
  lw_json_string (&json, "task", s->task);
  lw_json_string (&json, "algorithm", s->algorithm);
  lw_json_integer (&json, "iteration", s->iteration);
  lw_json_integer (&json, "episodes", s->episodes);
  lw_json_integer (&json, "n", s->mean_return.n);
  lw_json_real (&json, "return", s->mean_return.mean);
  lw_json_real (&json, "return_ci95", s->mean_return.ci95);
  lw_json_real (&json, "return_median", s->mean_return.median);
  lw_json_real (&json, "success", s->success.mean);
  lw_json_real (&json, "success_ci95", s->success.ci95);
  lw_json_real (&json, "success_median", s->success.median);
  return lw_json_end (&json);
}

char *
lw_compare_table_to_json (const LwCompareTable *self, gboolean times, GError **error)
{
  g_autoptr (GArray) summary = NULL;
  GString *out;

  if (self->settings == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT,
                   "a .json table holds the settings, which .csv tables do not; write .csv, or merge .json tables");
      return NULL;
    }
  summary = lw_compare_table_summarise (self);
  out = g_string_new (NULL);
  g_string_append_printf (out, "{\"settings\":%s,\n\"complete\":%s,\n\"rows\":[", self->settings,
                          lw_compare_table_is_complete (self) ? "true" : "false");
  for (guint i = 0; i < self->rows->len; i++)
    {
      g_autofree char *row = row_to_json (&g_array_index (self->rows, LwCompareRow, i), times);

      g_string_append_printf (out, "%s\n%s", i > 0 ? "," : "", row);
    }
  g_string_append (out, "],\n\"summary\":[");
  for (guint i = 0; i < summary->len; i++)
    {
      g_autofree char *row = summary_to_json (&g_array_index (summary, LwCompareSummary, i));

      g_string_append_printf (out, "%s\n%s", i > 0 ? "," : "", row);
    }
  g_string_append (out, "]}\n");
  return g_string_free (out, FALSE);
}

/* ---- files ---- */

static gboolean
is_json (const char *path)
{
  return g_str_has_suffix (path, ".json");
}

gboolean
lw_compare_table_check_path (const char *path, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (path);

  if (!is_json (path) && !g_str_has_suffix (path, ".csv"))
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: a table is a .csv or .json file", path);
  else if (!g_file_test (folder, G_FILE_TEST_IS_DIR))
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: there is no folder %s", path, folder);
  else
    return TRUE;
  return FALSE;
}

gboolean
lw_compare_table_write (const LwCompareTable *self, const char *path, gboolean times, GError **error)
{
  g_autofree char *text = NULL;

  if (!lw_compare_table_check_path (path, error))
    return FALSE;
  text = is_json (path) ? lw_compare_table_to_json (self, times, error) : lw_compare_table_to_csv (self, times);
  return text != NULL && lw_import_file_write (path, text, strlen (text), error);
}
