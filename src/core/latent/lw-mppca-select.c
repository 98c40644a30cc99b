/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca-select.h"

#include <math.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "lw-mppca-select-private.h"
#include "lw-rng.h"

void
lw_mppca_select_settings_init (LwMppcaSelectSettings *self)
{
  *self = (LwMppcaSelectSettings){ .folds = 5, .threads = 1 };
  lw_mppca_settings_init (&self->fit);
}

void
lw_mppca_selection_clear (LwMppcaSelection *self)
{
  free (self->cells);
  *self = (LwMppcaSelection){ 0 };
}

/* ---- one task ---- */

static bool
is_asked_to_stop (const LwMppcaGrid *grid)
{
  return atomic_load_explicit (&grid->give_up, memory_order_relaxed)
         || (grid->stop != NULL && atomic_load_explicit (grid->stop, memory_order_relaxed));
}

/* Samples outside of @fold with noise on their contexts, and those of it without. */
static LwStatus
split (const LwMppcaGrid *grid, size_t fold, double noise, LwMat *train, LwMat *test)
{
  size_t n = grid->x->rows, p = grid->x->cols, folds = grid->settings->folds, dc = grid->settings->fit.n_context;
  size_t n_test = fold < folds ? grid->in_fold[fold] : 0, to_train = 0, to_test = 0;

  *train = *test = (LwMat){ 0 };
  LwStatus status = lw_mat_alloc (train, n - n_test, p);
  if (status == LW_OK)
    status = lw_mat_alloc (test, n_test, p);
  for (size_t i = 0; i < n && status == LW_OK; i++) {
    bool left_out = grid->fold_of[i] == fold;
    double *row = left_out ? lw_mat_row (test, to_test++) : lw_mat_row (train, to_train++);
    memcpy (row, lw_mat_row (grid->x, i), p * sizeof *row);
    if (left_out || !(noise > 0))
      continue;
    LwRng rng;
    lw_rng_init (&rng, grid->settings->fit.seed, LW_RNG_NOISE, 0, (uint32_t) i);
    for (size_t j = 0; j < dc; j++)
      row[j] += noise * lw_rng_normal (&rng);
  }
  return status;
}

/* The figures of the samples left out, each to its place in the rows of @cell. */
static LwStatus
judge (const LwMppcaGrid *grid, const LwMppca *model, const LwMat *test, size_t fold, size_t cell)
{
  size_t n_context = grid->settings->fit.n_context, n = test->rows;
  double *figures = lw_doubles_new (LW_MPPCA_BIC * n);
  LwStatus status = figures != NULL ? lw_mppca_responsibilities (model, test, NULL, figures + LW_MPPCA_HELD_OUT * n)
                                    : LW_ERR_MEMORY;

  if (status == LW_OK && n_context > 0)
    status = lw_mppca_conditional (model, test, n_context, figures + LW_MPPCA_CONDITIONAL * n);
  if (status == LW_OK && n_context > 0)
    status = lw_mppca_imitation_error (model, test, n_context, figures + LW_MPPCA_IMITATION * n);
  for (size_t c = 0; c < LW_MPPCA_BIC && status == LW_OK; c++)
    for (size_t i = 0, at = 0; i < grid->x->rows; i++) {
      if (grid->fold_of[i] != fold)
        continue;
      double figure = figures[c * n + at++];
      if (!isfinite (figure))
        status = LW_ERR_NOT_FINITE;
      lw_mat_set (&grid->figures[c], cell, i, figure);
    }
  free (figures);
  return status;
}

/* @fold's fit of @cell, from data in inner units. */
static LwStatus
fit_and_judge (const LwMppcaGrid *grid, const LwMppcaInner *inner, const LwMppcaStarts *starts, const LwMppcaSettings *settings,
               const LwMat *test, size_t fold, size_t cell, LwMppcaReport *report)
{
  LwMppca model = { 0 };

  LwStatus status = lw_mppca_fit_starts (&inner->x, starts, settings, grid->stop, &model, report, NULL);
  if (status == LW_OK)
    status = lw_mppca_inner_return (inner, &model, report, NULL);
  if (status == LW_OK && test->rows > 0)
    status = judge (grid, &model, test, fold, cell);
  lw_mppca_clear (&model);
  return status;
}

/* What the smallest training set allows, so that a cell either stands in all folds or in none. */
static bool
samples_allow (const LwMppcaGrid *grid, size_t K, size_t d)
{
  size_t largest = 0;
  for (size_t f = 0; f < grid->settings->folds; f++)
    largest = grid->in_fold[f] > largest ? grid->in_fold[f] : largest;
  return !lw_mppca_limit (grid->x->rows - largest, grid->x->cols, &K, &d);
}

static void
run_task (LwMppcaGrid *grid, size_t task)
{
  const LwMppcaSelectSettings *s = grid->settings;
  size_t fold = task % (s->folds + 1), k = task / (s->folds + 1) % s->n_K;
  size_t group = task / (s->folds + 1), pair = group / s->n_K;
  double scale = grid->scale[pair % grid->n_scale], noise = grid->noise[pair / grid->n_scale];
  LwMppcaSettings settings = s->fit;
  LwMppcaInner inner = { 0 };
  LwMppcaStarts starts = { 0 };
  LwMat train = { 0 }, test = { 0 };
  bool wanted = false;

  settings.K = s->K[k];
  settings.context_scale = scale;
  for (size_t a = 0; a < s->n_d; a++)
    wanted = wanted || samples_allow (grid, settings.K, s->d[a]);
  LwStatus status = wanted ? split (grid, fold, noise, &train, &test) : LW_ERR_TOO_FEW;
  if (status == LW_OK)
    status = lw_mppca_inner_init (&inner, &train, &settings);
  if (status == LW_OK)
    status = lw_mppca_starts_init (&starts, &inner.x, &settings, grid->stop);
  lw_mat_clear (&train);
  for (size_t a = 0; a < s->n_d; a++) {
    LwMppcaOutcome *out = &grid->outcomes[task * s->n_d + a];
    settings.d = s->d[a];
    if (status != LW_OK)
      out->status = status;
    else if (!samples_allow (grid, settings.K, settings.d))
      out->status = LW_ERR_TOO_FEW;
    else if (is_asked_to_stop (grid))
      out->status = LW_ERR_STOPPED;
    else
      out->status = fit_and_judge (grid, &inner, &starts, &settings, &test, fold, group * s->n_d + a, &out->report);
    if (out->status == LW_ERR_STOPPED || out->status == LW_ERR_MEMORY)
      atomic_store (&grid->give_up, true);
  }
  lw_mppca_starts_clear (&starts);
  lw_mppca_inner_clear (&inner);
  lw_mat_clear (&test);
}

static void
work (LwMppcaGrid *grid, bool reports)
{
  size_t task;

  while (!is_asked_to_stop (grid) && (task = atomic_fetch_add (&grid->next, 1)) < grid->n_tasks) {
    run_task (grid, task);
    size_t done = atomic_fetch_add (&grid->done, 1) + 1;
    if (reports && grid->progress != NULL)
      grid->progress ((double) done / (double) grid->n_tasks, grid->data);
  }
}

static void *
work_on_thread (void *data)
{
  work (data, false);
  return NULL;
}

/* A thread that cannot be had is done without. */
static LwStatus
run_grid (LwMppcaGrid *grid)
{
  size_t wanted = grid->settings->threads < grid->n_tasks ? grid->settings->threads : grid->n_tasks, started = 0;
  pthread_t *threads = calloc (wanted, sizeof *threads);

  if (threads == NULL)
    return LW_ERR_MEMORY;
  while (started + 1 < wanted && pthread_create (&threads[started], NULL, work_on_thread, grid) == 0)
    started++;
  work (grid, true);
  for (size_t t = 0; t < started; t++)
    pthread_join (threads[t], NULL);
  free (threads);
  if (grid->stop != NULL && atomic_load (grid->stop))
    return LW_ERR_STOPPED;
  if (atomic_load (&grid->give_up))
    return LW_ERR_MEMORY;
  if (grid->progress != NULL)
    grid->progress (1, grid->data);
  return LW_OK;
}

static LwStatus
check (const LwMat *x, const LwMppcaSelectSettings *s)
{
  LwMppcaSettings one = s->fit;

  one.K = one.d = 1;
  one.context_scale = 1;
  LwStatus status = lw_mppca_check (x, &one);
  if (status != LW_OK)
    return status;
  if (s->n_K == 0 || s->n_d == 0 || s->folds < 2 || s->threads == 0 || s->fit.n_context >= x->cols)
    return LW_ERR_RANGE;
  for (size_t i = 0; i < s->n_K; i++)
    if (s->K[i] == 0)
      return LW_ERR_RANGE;
  for (size_t i = 0; i < s->n_d; i++)
    if (s->d[i] == 0)
      return LW_ERR_RANGE;
  for (size_t i = 0; i < s->n_scale; i++)
    if (!(s->scale[i] > 0) || isinf (s->scale[i]))
      return LW_ERR_RANGE;
  for (size_t i = 0; i < s->n_noise; i++)
    if (!(s->noise[i] >= 0) || isinf (s->noise[i]))
      return LW_ERR_RANGE;
  return x->rows < s->folds ? LW_ERR_TOO_FEW : LW_OK;
}

/* Samples dealt out to folds in a seeded order. */
static LwStatus
deal (LwMppcaGrid *grid)
{
  size_t n = grid->x->rows, folds = grid->settings->folds;
  size_t *order = calloc (n, sizeof *order);
  LwRng rng;

  if (order == NULL)
    return LW_ERR_MEMORY;
  lw_rng_init (&rng, grid->settings->fit.seed, LW_RNG_INIT, 0, 1); /* restarts of k-means are (seed, LW_RNG_INIT, restart, 0) */
  for (size_t i = 0; i < n; i++) {
    size_t j = lw_rng_below (&rng, i + 1);
    order[i] = order[j];
    order[j] = i;
  }
  for (size_t i = 0; i < n; i++) {
    grid->fold_of[order[i]] = i % folds;
    grid->in_fold[i % folds]++;
  }
  free (order);
  return LW_OK;
}

LwStatus
lw_mppca_select (const LwMat *x, const LwMppcaSelectSettings *settings, const atomic_bool *stop, LwMppcaSelectProgress progress,
                 void *data, LwMppcaSelection *out)
{
  static const double one = 1, zero = 0;
  LwMppcaSelection table = { 0 };
  size_t n_groups, n_outcomes;

  LwStatus status = check (x, settings);
  if (status != LW_OK)
    return status;
  LwMppcaGrid grid = { .x = x,
                       .settings = settings,
                       .scale = settings->n_scale > 0 ? settings->scale : &one,
                       .noise = settings->n_noise > 0 ? settings->noise : &zero,
                       .n_scale = settings->n_scale > 0 ? settings->n_scale : 1,
                       .n_noise = settings->n_noise > 0 ? settings->n_noise : 1,
                       .stop = stop,
                       .progress = progress,
                       .data = data };
  if (__builtin_mul_overflow (grid.n_scale, grid.n_noise, &n_groups)
      || __builtin_mul_overflow (n_groups, settings->n_K, &n_groups)
      || __builtin_mul_overflow (n_groups, settings->folds + 1, &grid.n_tasks)
      || __builtin_mul_overflow (n_groups, settings->n_d, &table.n_cells)
      || __builtin_mul_overflow (grid.n_tasks, settings->n_d, &n_outcomes))
    return LW_ERR_MEMORY;
  grid.fold_of = calloc (x->rows, sizeof *grid.fold_of);
  grid.in_fold = calloc (settings->folds, sizeof *grid.in_fold);
  grid.outcomes = calloc (n_outcomes, sizeof *grid.outcomes);
  table.cells = calloc (table.n_cells, sizeof *table.cells);
  double *sorted = lw_doubles_new (x->rows);
  if (grid.fold_of == NULL || grid.in_fold == NULL || grid.outcomes == NULL || table.cells == NULL || sorted == NULL)
    status = LW_ERR_MEMORY;
  for (size_t c = 0; c < LW_MPPCA_BIC && status == LW_OK; c++)
    status = lw_mat_alloc (&grid.figures[c], table.n_cells, x->rows);
  if (status == LW_OK)
    status = deal (&grid);
  if (status == LW_OK)
    status = run_grid (&grid);
  if (status == LW_OK) {
    lw_mppca_grid_fill (&grid, sorted, &table);
    *out = table;
  } else {
    free (table.cells);
  }
  free (grid.fold_of);
  free (grid.in_fold);
  free (grid.outcomes);
  free (sorted);
  for (size_t c = 0; c < LW_MPPCA_BIC; c++)
    lw_mat_clear (&grid.figures[c]);
  return status;
}
