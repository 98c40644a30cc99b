/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-mppca-select-private.h"

static int
compare (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;
  return (x > y) - (x < y);
}

/* Mean and median over all samples @figure (N), standard error of the mean from the folds' own means. */
static void
summarise (const LwMppcaGrid *grid, const double *figure, double *sorted, LwMppcaFigure *out)
{
  size_t n = grid->x->rows, folds = grid->settings->folds;
  double total = 0, centre = 0, square = 0;

  for (size_t pass = 0; pass < 2; pass++)
    for (size_t f = 0; f < folds; f++) {
      double sum = 0;
      for (size_t i = 0; i < n; i++)
        sum += grid->fold_of[i] == f ? figure[i] : 0;
      double mean = sum / (double) grid->in_fold[f];
      if (pass == 0) {
        total += sum;
        centre += mean / (double) folds;
      } else {
        square += (mean - centre) * (mean - centre);
      }
    }
  out->mean = total / (double) n;
  out->se = sqrt (square / (double) (folds - 1) / (double) folds);
  memcpy (sorted, figure, n * sizeof *sorted);
  qsort (sorted, n, sizeof *sorted, compare);
  out->median = 0.5 * (sorted[(n - 1) / 2] + sorted[n / 2]);
}

static void
fill_cell (const LwMppcaGrid *grid, size_t at, double *sorted, LwMppcaCell *cell)
{
  static const LwMppcaFigure none = { (double) NAN, (double) NAN, (double) NAN };
  const LwMppcaSelectSettings *s = grid->settings;
  size_t folds = s->folds, group = at / s->n_d, a = at % s->n_d, pair = group / s->n_K;
  const LwMppcaOutcome *outcomes = grid->outcomes + group * (folds + 1) * s->n_d + a, *all = &outcomes[folds * s->n_d];

  *cell = (LwMppcaCell){ .K = s->K[group % s->n_K],
                         .d = s->d[a],
                         .scale = grid->scale[pair % grid->n_scale],
                         .noise = grid->noise[pair / grid->n_scale],
                         .held_out = none,
                         .conditional = none,
                         .imitation = none,
                         .bic = (double) NAN,
                         .log_likelihood = (double) NAN };
  cell->n_parameters = lw_mppca_n_parameters (cell->K, cell->d, grid->x->cols);
  for (size_t f = 0; f <= folds; f++)
    if (outcomes[f * s->n_d].status != LW_OK) {
      cell->status = cell->n_failed == 0 ? outcomes[f * s->n_d].status : cell->status;
      cell->n_failed++;
    }
  if (cell->status != LW_OK)
    return;
  summarise (grid, lw_mat_row (&grid->figures[LW_MPPCA_HELD_OUT], at), sorted, &cell->held_out);
  if (s->fit.n_context > 0) {
    summarise (grid, lw_mat_row (&grid->figures[LW_MPPCA_CONDITIONAL], at), sorted, &cell->conditional);
    summarise (grid, lw_mat_row (&grid->figures[LW_MPPCA_IMITATION], at), sorted, &cell->imitation);
  }
  cell->log_likelihood = all->report.log_likelihood;
  cell->n_small = all->report.n_small;
  cell->bic = -2 * (double) grid->x->rows * cell->log_likelihood + cell->n_parameters * log ((double) grid->x->rows);
}

/* The figure to be compared: higher is better. */
static double
figure_of (const LwMppcaCell *cell, LwMppcaCriterion criterion)
{
  switch (criterion) {
  case LW_MPPCA_HELD_OUT:
    return cell->held_out.mean;
  case LW_MPPCA_CONDITIONAL:
    return cell->conditional.mean;
  case LW_MPPCA_IMITATION:
    return -cell->imitation.mean;
  default:
    return -cell->bic;
  }
}

/* Is what @cell lacks of the best figure within one standard error of that shortfall? Both are judged by the same samples, so it
 * is that of their differences. */
static bool
is_as_good (const LwMppcaGrid *grid, LwMppcaCriterion criterion, size_t cell, size_t best)
{
  size_t n = grid->x->rows;
  const double *a = lw_mat_row (&grid->figures[criterion], cell), *b = lw_mat_row (&grid->figures[criterion], best);
  double mean = 0, square = 0;

  for (size_t i = 0; i < n; i++)
    mean += (a[i] - b[i]) / (double) n;
  for (size_t i = 0; i < n; i++)
    square += (a[i] - b[i] - mean) * (a[i] - b[i] - mean);
  return fabs (mean) <= sqrt (square / (double) (n - 1) / (double) n);
}

static void
suggest (const LwMppcaGrid *grid, LwMppcaCriterion criterion, LwMppcaSelection *table)
{
  const LwMppcaCell *cells = table->cells;
  size_t best = SIZE_MAX, chosen;

  for (size_t i = 0; i < table->n_cells; i++) {
    double figure = figure_of (&cells[i], criterion);
    bool other_data = criterion == LW_MPPCA_BIC && cells[i].noise != grid->noise[0];
    if (!isnan (figure) && !other_data && (best == SIZE_MAX || figure > figure_of (&cells[best], criterion)))
      best = i;
  }
  chosen = best;
  for (size_t i = 0; criterion != LW_MPPCA_BIC && best != SIZE_MAX && i < table->n_cells; i++) {
    double figure = figure_of (&cells[i], criterion), fewer = cells[chosen].n_parameters - cells[i].n_parameters;
    if (!isnan (figure) && (fewer > 0 || (fewer == 0 && figure > figure_of (&cells[chosen], criterion)))
        && is_as_good (grid, criterion, i, best))
      chosen = i;
  }
  table->best[criterion] = best;
  table->suggested[criterion] = chosen;
}

void
lw_mppca_grid_fill (const LwMppcaGrid *grid, double *sorted, LwMppcaSelection *table)
{
  for (size_t i = 0; i < table->n_cells; i++)
    fill_cell (grid, i, sorted, &table->cells[i]);
  for (LwMppcaCriterion c = 0; c < LW_MPPCA_N_CRITERIA; c++)
    suggest (grid, c, table);
}
