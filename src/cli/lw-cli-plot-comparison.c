/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-plot.h"

#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-figure.h"

#define PANEL_WIDTH 460.0
#define PANEL_HEIGHT 320.0

/* One algorithm's curve of one task. */
typedef struct {
  const char *algorithm;
  guint       first, n; /* in the summary */
  guint       n_seeds;  /* the most of any iteration */
} Curve;

static const LwCompareSummary *
at (const GArray *summary, guint i)
{
  return &g_array_index (summary, LwCompareSummary, i);
}

static const LwCompareStatistic *
statistic (const LwCompareSummary *s, gboolean success)
{
  return success ? &s->success : &s->mean_return;
}

/* The curves of the task that row @first begins. */
static GArray *
curves_of (const GArray *summary, guint first, gboolean success)
{
  GArray *curves = g_array_new (FALSE, FALSE, sizeof (Curve));

  for (guint i = first; i < summary->len && strcmp (at (summary, i)->task, at (summary, first)->task) == 0; i++)
    {
      Curve *last = curves->len > 0 ? &g_array_index (curves, Curve, curves->len - 1) : NULL;

      if (last == NULL || strcmp (last->algorithm, at (summary, i)->algorithm) != 0)
        {
          g_array_append_val (curves, ((Curve){ at (summary, i)->algorithm, i, 0, 0 }));
          last = &g_array_index (curves, Curve, curves->len - 1);
        }
      last->n++;
      last->n_seeds = MAX (last->n_seeds, statistic (at (summary, i), success)->n);
    }
  return curves;
}

/* Whether one entry of the legend can speak for all bands. */
static gboolean
same_seeds (const GArray *curves)
{
  for (guint c = 1; c < curves->len; c++)
    if (g_array_index (curves, Curve, c).n_seeds != g_array_index (curves, Curve, 0).n_seeds)
      return FALSE;
  return TRUE;
}

static void
add_band (LwFigure *figure, const GArray *curves, guint c, const double *x, const double *mean, const double *half, gboolean success)
{
  const Curve *curve = &g_array_index (curves, Curve, c);
  g_autofree double *lower = g_new (double, curve->n), *upper = g_new (double, curve->n);
  g_autofree char *own = g_strdup_printf (_("%s: 95 %% CI"), curve->algorithm);
  LwStyle style = lw_style_category (c);
  LwLayer *band;

  for (guint i = 0; i < curve->n; i++)
    {
      lower[i] = success ? fmax (mean[i] - half[i], 0.0) : mean[i] - half[i];
      upper[i] = success ? fmin (mean[i] + half[i], 1.0) : mean[i] + half[i];
    }
  band = lw_figure_add_band (figure, x, lower, upper, curve->n, &style, same_seeds (curves) ? _("95 % CI") : own, curve->n_seeds,
                             g_dngettext (NULL, "seed", "seeds", curve->n_seeds));
  if (c > 0 && same_seeds (curves))
    lw_layer_set_name (band, NULL);
}

/* Colour, dash and marker tell the curves apart. */
static void
add_curve (LwFigure *figure, const GArray *summary, const GArray *curves, guint c, gboolean success)
{
  const Curve *curve = &g_array_index (curves, Curve, c);
  g_autofree double *x = g_new (double, curve->n), *mean = g_new (double, curve->n), *half = g_new (double, curve->n);
  LwStyle style = { .ink = LW_INK_CATEGORY, .category = c }, markers = { .ink = LW_INK_CATEGORY, .category = c, .size = 5.0 };
  LwSeries *series;

  for (guint i = 0; i < curve->n; i++)
    {
      const LwCompareSummary *s = at (summary, curve->first + i);

      x[i] = s->episodes;
      mean[i] = statistic (s, success)->mean;
      half[i] = statistic (s, success)->ci95;
    }
  if (curve->n_seeds > 1)
    add_band (figure, curves, c, x, mean, half, success);
  lw_figure_add_line_xy (figure, x, mean, curve->n, &style, curve->algorithm);
  series = lw_series_new_from (x, mean, curve->n);
  lw_figure_add_points (figure, series, &markers, NULL);
  lw_series_unref (series);
}

/* All means, and of the bands what reaches no farther beyond them than they are apart: the interval of a few seeds of which one failed would
 * leave nothing of the curves to see. Empty when there is one value only. */
static LwRange
range_of (const GArray *summary, const GArray *curves)
{
  double lowest = INFINITY, highest = -INFINITY, low = INFINITY, high = -INFINITY;
  const Curve *first = &g_array_index (curves, Curve, 0), *last = &g_array_index (curves, Curve, curves->len - 1);

  for (guint i = first->first; i < last->first + last->n; i++)
    {
      const LwCompareStatistic *s = &at (summary, i)->mean_return;
      double half = isfinite (s->ci95) ? s->ci95 : 0.0;

      if (s->n == 0)
        continue;
      lowest = fmin (lowest, s->mean);
      highest = fmax (highest, s->mean);
      low = fmin (low, s->mean - half);
      high = fmax (high, s->mean + half);
    }
  if (!(highest > lowest))
    return (LwRange){ NAN, NAN };
  return (LwRange){ fmax (low, lowest - (highest - lowest)), fmin (high, highest + (highest - lowest)) };
}

static LwFigure *
task_figure (const GArray *summary, guint first, gboolean success)
{
  g_autoptr (GArray) curves = curves_of (summary, first, success);
  g_autofree char *title = g_strdup_printf (success ? _("%s: success") : _("%s: return"), at (summary, first)->task);
  LwFigure *figure = lw_figure_new (title);

  lw_figure_set_x_axis (figure, _("Episodes"), LW_UNIT_COUNT);
  lw_figure_set_y_axis (figure, success ? _("Success rate") : _("Return"), success ? LW_UNIT_PERCENT : LW_UNIT_NONE);
  lw_figure_set_y_range (figure, success ? (LwRange){ 0.0, 1.0 } : range_of (summary, curves));
  for (guint c = 0; c < curves->len; c++)
    add_curve (figure, summary, curves, c, success);
  return figure;
}

gboolean
lw_cli_plot_comparison (const GArray *summary, const char *path, GError **error)
{
  g_autoptr (GPtrArray) figures = g_ptr_array_new_with_free_func (g_object_unref);
  guint next;

  for (guint first = 0; first < summary->len; first = next)
    {
      gboolean scored = FALSE;

      for (next = first; next < summary->len && strcmp (at (summary, next)->task, at (summary, first)->task) == 0; next++)
        scored = scored || at (summary, next)->success.n > 0;
      g_ptr_array_add (figures, task_figure (summary, first, FALSE));
      if (scored)
        g_ptr_array_add (figures, task_figure (summary, first, TRUE));
    }
  if (figures->len == 0)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: there is nothing to draw"), path);
      return FALSE;
    }
  return lw_figure_write_all ((LwFigure *const *) figures->pdata, figures->len, figures->len < 3 || figures->len == 4 ? MIN (figures->len, 2) : 3, path,
                              PANEL_WIDTH, PANEL_HEIGHT, NULL, error);
}
