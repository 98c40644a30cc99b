/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-choice-figure.h"

#include <glib/gi18n.h>
#include <math.h>
#include <stdint.h>

/* Squared errors read as errors. A mean log density may be the work of a few samples: its median is drawn. */
double
lw_choice_value (const LwMppcaCell *cell, LwMppcaCriterion criterion)
{
  switch (criterion)
    {
    case LW_MPPCA_IMITATION: return sqrt (cell->imitation.mean);
    case LW_MPPCA_CONDITIONAL: return cell->conditional.median;
    case LW_MPPCA_BIC: return cell->bic;
    case LW_MPPCA_HELD_OUT:
    default: return cell->held_out.median;
    }
}

static const char *
axis_title (LwMppcaCriterion criterion)
{
  switch (criterion)
    {
    case LW_MPPCA_IMITATION: return _("Error of imitation, RMS");
    case LW_MPPCA_BIC: return _("BIC");
    case LW_MPPCA_CONDITIONAL:
    case LW_MPPCA_HELD_OUT:
    default: return _("Log-likelihood, median");
    }
}

static void
draw_line (LwFigure *figure, const LwMppcaSelection *table, LwMppcaCriterion criterion, size_t d, guint category)
{
  LwStyle line = { .ink = LW_INK_CATEGORY, .category = category, .width = 1.4 };
  LwStyle points = { .ink = LW_INK_CATEGORY, .category = category, .size = 5.0 };
  g_autofree char *name = g_strdup_printf (_("d = %zu"), d);
  LwSeries *series = lw_series_new ();
  LwStatus status = LW_OK;

  for (size_t i = 0; i < table->n_cells && status == LW_OK; i++)
    if (table->cells[i].d == d && isfinite (lw_choice_value (&table->cells[i], criterion)))
      status = lw_series_append (series, (double) table->cells[i].K, lw_choice_value (&table->cells[i], criterion));
  if (lw_series_n (series) > 0)
    {
      lw_figure_add_line (figure, series, &line, name);
      lw_figure_add_points (figure, series, &points, NULL);
    }
  lw_series_unref (series);
}

static void
mark (LwFigure *figure, const LwMppcaCell *cell, LwMppcaCriterion criterion)
{
  static const LwStyle style = { .ink = LW_INK_FOREGROUND, .shape = LW_SHAPE_DIAMOND, .size = 12.0 };
  double x = (double) cell->K, y = lw_choice_value (cell, criterion);
  LwSeries *series = lw_series_new_from (&x, &y, 1);

  lw_figure_add_points (figure, series, &style, _("Suggested"));
  lw_series_unref (series);
}

void
lw_choice_draw (LwFigure *figure, const LwMppcaSelection *table, LwMppcaCriterion criterion)
{
  size_t suggested = table->suggested[criterion];
  LwRange judged = lw_range_empty ();
  guint category = 0;

  for (size_t i = 0; i < table->n_cells; i++)
    if (isfinite (lw_choice_value (&table->cells[i], criterion)))
      judged = lw_range_include (judged, (double) table->cells[i].K);
  lw_figure_freeze (figure);
  lw_figure_clear (figure);
  lw_figure_set_x_axis (figure, _("Components K"), LW_UNIT_COUNT);
  lw_figure_set_x_range (figure, lw_range_is_empty (judged) ? judged : lw_range_pad (judged, 0.04));
  lw_figure_set_y_axis (figure, axis_title (criterion), LW_UNIT_NONE);
  for (size_t i = 0; i < table->n_cells && table->cells[i].K == table->cells[0].K; i++) /* d runs fastest */
    draw_line (figure, table, criterion, table->cells[i].d, category++);
  if (suggested != SIZE_MAX && isfinite (lw_choice_value (&table->cells[suggested], criterion)))
    mark (figure, &table->cells[suggested], criterion);
  lw_figure_thaw (figure);
}

char *
lw_choice_words (const LwMppcaSelection *table, LwMppcaCriterion criterion)
{
  const LwMppcaCell *cell, *best;

  if (table->suggested[criterion] == SIZE_MAX)
    return g_strdup (_("No K and d could be judged: there are too few demonstrations."));
  cell = &table->cells[table->suggested[criterion]];
  best = &table->cells[table->best[criterion]];
  if (cell == best)
    return g_strdup_printf (_("K = %zu with d = %zu is the best of those tried, and none that is smaller comes near it."), cell->K, cell->d);
  return g_strdup_printf (_("K = %zu with d = %zu is the smallest that cannot be told from the best, K = %zu with d = %zu."), cell->K, cell->d, best->K,
                          best->d);
}
