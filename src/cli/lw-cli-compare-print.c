/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "lw-cli.h"
#include "lw-compare-table.h"

enum { COLUMNS = 5, WIDTH = 20 };

/* Right-aligned; printf() would count the bytes of ±. */
static void
print_cell (const char *text, int width)
{
  printf ("%*s%s", MAX (width - (int) g_utf8_strlen (text, -1), 0), "", text);
}

static char *
cell_of (const LwCompareStatistic *s, gboolean success)
{
  double factor = success ? 100.0 : 1.0;
  const char *unit = success ? " %" : "";

  if (s->n == 0)
    return g_strdup ("–");
  if (s->n == 1)
    return g_strdup_printf ("%.*f%s", success ? 1 : 4, factor * s->mean, unit);
  return g_strdup_printf ("%.*f ± %.*f%s", success ? 1 : 4, factor * s->mean, success ? 1 : 4, factor * s->ci95, unit);
}

static const LwCompareStatistic *
statistic (const LwCompareSummary *s, gboolean success)
{
  return success ? &s->success : &s->mean_return;
}

/* Rows [begin, end) are one algorithm's: @shown iterations of it, then median and number of seeds of the last. */
static void
print_algorithm (const GArray *summary, guint begin, guint end, const guint *shown, guint n_shown, gboolean success)
{
  const LwCompareSummary *last = &g_array_index (summary, LwCompareSummary, end - 1);
  g_autofree char *n = g_strdup_printf ("%u", statistic (last, success)->n), *median = NULL;

  printf ("  %-18s", last->algorithm);
  for (guint c = 0; c < n_shown; c++)
    {
      g_autofree char *text = NULL;

      for (guint i = begin; i < end && text == NULL; i++)
        if (g_array_index (summary, LwCompareSummary, i).iteration == shown[c])
          text = cell_of (statistic (&g_array_index (summary, LwCompareSummary, i), success), success);
      print_cell (text != NULL ? text : "–", WIDTH);
    }
  median = cell_of (&(LwCompareStatistic){ .n = 1, .mean = statistic (last, success)->median }, success);
  print_cell (median, 11);
  print_cell (n, 5);
  putchar ('\n');
}

/* Rows [begin, end) are one task's. */
static void
print_task (const GArray *summary, guint begin, guint end, gboolean success)
{
  guint most = 0, shown[COLUMNS], n_shown = 0;
  const char *task = g_array_index (summary, LwCompareSummary, begin).task;

  for (guint i = begin; i < end; i++)
    most = MAX (most, g_array_index (summary, LwCompareSummary, i).iteration);
  for (guint c = 0; c < COLUMNS; c++)
    {
      guint iteration = (guint) rint ((double) most * c / (COLUMNS - 1));

      if (n_shown == 0 || shown[n_shown - 1] != iteration)
        shown[n_shown++] = iteration;
    }
  printf (success ? _("%s: success, mean ± 95 %% CI over the seeds\n") : _("%s: return, mean ± 95 %% CI over the seeds\n"), task);
  printf ("  %-18s", _("after iteration"));
  for (guint c = 0; c < n_shown; c++)
    {
      g_autofree char *number = g_strdup_printf ("%u", shown[c]);

      print_cell (number, WIDTH);
    }
  print_cell (_("median"), 11);
  print_cell (_("n"), 5);
  putchar ('\n');
  for (guint first = begin, next; first < end; first = next)
    {
      for (next = first + 1; next < end; next++)
        if (strcmp (g_array_index (summary, LwCompareSummary, next).algorithm, g_array_index (summary, LwCompareSummary, first).algorithm) != 0)
          break;
      print_algorithm (summary, first, next, shown, n_shown, success);
    }
  putchar ('\n');
}

void
lw_cli_print_comparison (const GArray *summary)
{
  for (guint begin = 0, end; begin < summary->len; begin = end)
    {
      gboolean scored = FALSE;

      for (end = begin; end < summary->len; end++)
        {
          const LwCompareSummary *s = &g_array_index (summary, LwCompareSummary, end);

          if (strcmp (s->task, g_array_index (summary, LwCompareSummary, begin).task) != 0)
            break;
          scored = scored || s->success.n > 0;
        }
      print_task (summary, begin, end, FALSE);
      if (scored)
        print_task (summary, begin, end, TRUE);
    }
}
