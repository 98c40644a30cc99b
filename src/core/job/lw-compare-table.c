/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-compare-table.h"

#include <math.h>
#include <string.h>

#include "lw-skill.h"
#include "lw-stats.h"

#define FINGERPRINT 16

static void
row_clear (gpointer data)
{
  g_free (((LwCompareRow *) data)->error);
}

LwCompareTable *
lw_compare_table_new (char *settings)
{
  LwCompareTable *self = g_new0 (LwCompareTable, 1);

  self->settings = settings;
  if (settings != NULL)
    {
      self->fingerprint = g_compute_checksum_for_string (G_CHECKSUM_SHA256, settings, -1);
      self->fingerprint[FINGERPRINT] = '\0';
    }
  self->rows = g_array_new (FALSE, FALSE, sizeof (LwCompareRow));
  g_array_set_clear_func (self->rows, row_clear);
  return self;
}

void
lw_compare_table_free (LwCompareTable *self)
{
  if (self == NULL)
    return;
  g_free (self->settings);
  g_free (self->fingerprint);
  g_array_unref (self->rows);
  g_free (self);
}

void
lw_compare_table_add (LwCompareTable *self, const LwCompareRow *row)
{
  LwCompareRow own = *row;

  own.task = g_intern_string (row->task);
  own.algorithm = g_intern_string (row->algorithm);
  own.error = g_strdup (row->error);
  g_array_append_val (self->rows, own);
}

static const LwCompareRow *
row_at (const LwCompareTable *self, guint i)
{
  return &g_array_index (self->rows, LwCompareRow, i);
}

static guint
count_errors (const LwCompareTable *self, gboolean stopped)
{
  guint n = 0;

  for (guint i = 0; i < self->rows->len; i++)
    if (row_at (self, i)->error != NULL && (strcmp (row_at (self, i)->error, LW_COMPARE_STOPPED) == 0) == stopped)
      n++;
  return n;
}

gboolean
lw_compare_table_is_complete (const LwCompareTable *self)
{
  return count_errors (self, TRUE) == 0;
}

guint
lw_compare_table_count_failed (const LwCompareTable *self)
{
  return count_errors (self, FALSE);
}

/* ---- over the seeds ---- */

static int
by_value (gconstpointer a, gconstpointer b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

static LwCompareStatistic
statistic_of (GArray *values)
{
  double *v = (double *) (void *) values->data;
  guint n = values->len;
  LwCompareStatistic s = { n, NAN, NAN, NAN };

  if (n == 0)
    return s;
  s.mean = lw_mean (v, n);
  s.ci95 = lw_ci95 (v, n);
  g_array_sort (values, by_value);
  s.median = 0.5 * (v[(n - 1) / 2] + v[n / 2]);
  return s;
}

static void
add_finite (GArray *values, double v)
{
  if (isfinite (v))
    g_array_append_val (values, v);
}

/* Rows [begin, end) are one task's and algorithm's. */
static void
summarise_runs (const LwCompareTable *self, guint begin, guint end, GArray *out)
{
  g_autoptr (GArray) returns = g_array_new (FALSE, FALSE, sizeof (double)), success = g_array_new (FALSE, FALSE, sizeof (double));
  gboolean found = TRUE;

  for (guint iteration = 0; found; iteration++)
    {
      LwCompareSummary s = { row_at (self, begin)->task, row_at (self, begin)->algorithm, .iteration = iteration };

      found = FALSE;
      g_array_set_size (returns, 0);
      g_array_set_size (success, 0);
      for (guint i = begin; i < end; i++)
        {
          const LwCompareRow *row = row_at (self, i);

          if (row->iteration != iteration || row->error != NULL)
            continue;
          found = TRUE;
          s.episodes = MAX (s.episodes, row->episodes);
          add_finite (returns, row->mean_return);
          add_finite (success, row->success);
        }
      s.mean_return = statistic_of (returns);
      s.success = statistic_of (success);
      if (found)
        g_array_append_val (out, s);
    }
}

GArray *
lw_compare_table_summarise (const LwCompareTable *self)
{
  GArray *out = g_array_new (FALSE, FALSE, sizeof (LwCompareSummary));

  for (guint begin = 0, end; begin < self->rows->len; begin = end)
    {
      end = begin + 1;
      while (end < self->rows->len && row_at (self, end)->task == row_at (self, begin)->task
             && row_at (self, end)->algorithm == row_at (self, begin)->algorithm)
        end++;
      summarise_runs (self, begin, end, out);
    }
  return out;
}
