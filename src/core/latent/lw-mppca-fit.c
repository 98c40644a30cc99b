/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "lw-kmeans.h"
#include "lw-mppca-private.h"
#include "lw-stats.h"

#define KMEANS_ITERATIONS 100
/* Share of the lowest inertia within which partitions count as equally good. */
#define INERTIA_MARGIN 0.05

LwStatus
lw_mppca_check (const LwMat *x, const LwMppcaSettings *settings)
{
  size_t p = x->cols;

  if (settings->K == 0 || settings->d == 0 || p == 0 || settings->d > p || settings->n_context > p || settings->restarts == 0
      || settings->candidates == 0 || settings->max_iterations == 0 || !(settings->noise_floor > 0) || !(settings->tolerance >= 0)
      || !(settings->context_scale > 0) || isinf (settings->context_scale))
    return LW_ERR_RANGE;
  if (x->rows < settings->K)
    return LW_ERR_TOO_FEW;
  return lw_mat_is_finite (x) ? LW_OK : LW_ERR_NOT_FINITE;
}

void
lw_mppca_unscale (LwMppca *self, const LwMppcaSettings *settings, LwMppcaReport *report, double *log_likelihoods)
{
  double jacobian = (double) settings->n_context * log (settings->context_scale);

  self->n_context = settings->n_context;
  self->context_scale = settings->context_scale;
  for (size_t k = 0; k < self->K; k++) {
    LwMat w = lw_mppca_loading (self, k);
    for (size_t i = 0; i < self->n_context; i++) {
      lw_mat_row (&self->mean, k)[i] /= self->context_scale;
      for (size_t j = 0; j < self->d; j++)
        lw_mat_row (&w, i)[j] /= self->context_scale;
    }
  }
  report->log_likelihood += jacobian;
  report->lowest += jacobian;
  report->highest += jacobian;
  for (size_t i = 0; log_likelihoods != NULL && i < report->iterations; i++)
    log_likelihoods[i] += jacobian;
}

/* Mean squared distance to the own centre, a dimension: the variance a cluster of one is given, which has none of its own. */
static double
pooled_variance (double inertia, const LwMat *x)
{
  return inertia / ((double) x->rows * (double) x->cols);
}

/* Responsibilities of equally likely Ledoit-Wolf Gaussians, one a cluster. */
static LwStatus
start_responsibilities (const LwMat *x, const size_t *labels, double inertia, const LwMppcaSettings *settings, const LwMat *resp)
{
  size_t n = x->rows, p = x->cols, K = settings->K, largest = 0;
  LwMat members = { 0 };
  LwLowRankGaussian cluster = { 0 };
  LwLowRankWorkspace ws = { 0 };

  for (size_t k = 0; k < K; k++) {
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
      count += labels[i] == k;
    largest = count > largest ? count : largest;
  }
  size_t rank = largest < p ? largest : p;
  LwStatus status = lw_mat_alloc (&members, largest, p);
  if (status == LW_OK)
    status = lw_low_rank_gaussian_init (&cluster, p, rank);
  if (status == LW_OK)
    status = lw_low_rank_workspace_init (&ws, p, rank);
  for (size_t k = 0; k < K && status == LW_OK; k++) {
    LwMat rows = lw_mat_block (&members, 0, 0, 0, p);
    for (size_t i = 0; i < n; i++)
      if (labels[i] == k) {
        LwMat from = lw_mat_block (x, i, 0, 1, p), to = lw_mat_block (&members, rows.rows++, 0, 1, p);
        lw_mat_copy (&from, &to);
      }
    if (rows.rows == 0) { /* fewer distinct samples than components: nobody is responsible to it */
      for (size_t i = 0; i < n; i++)
        lw_mat_set (resp, i, k, -INFINITY);
      continue;
    }
    double least = rows.rows == 1 ? fmax (pooled_variance (inertia, x), settings->noise_floor) : settings->noise_floor;
    status = lw_low_rank_gaussian_ledoit_wolf (&cluster, &rows, least);
    if (status == LW_OK)
      lw_low_rank_gaussian_log_density (&cluster, x, &ws, resp->data + k, K);
  }
  for (size_t i = 0; i < n && status == LW_OK; i++) {
    double *row = lw_mat_row (resp, i);
    lw_log_normalise (row, K);
    for (size_t k = 0; k < K; k++)
      row[k] = exp (row[k]);
  }
  lw_low_rank_workspace_clear (&ws);
  lw_low_rank_gaussian_clear (&cluster);
  lw_mat_clear (&members);
  return status;
}

static bool
is_better (const LwMppcaReport *a, const LwMppcaReport *b)
{
  if (a->n_small != b->n_small)
    return a->n_small < b->n_small;
  return a->log_likelihood > b->log_likelihood;
}

/* EM from every candidate; the best one's model, report and log-likelihoods are kept. */
static LwStatus
fit_candidates (const LwMat *x, const size_t *labels, const double *inertias, size_t n_found, const LwMppcaSettings *settings,
                const atomic_bool *stop, LwMppca *out, LwMppcaReport *report, double *log_likelihoods)
{
  LwMat resp = { 0 };
  double *history = lw_doubles_new (settings->max_iterations);
  LwMppca best = { 0 };
  LwMppcaReport best_report = { 0 };
  double lowest = INFINITY, highest = -INFINITY;

  LwStatus status = history != NULL ? lw_mat_alloc (&resp, x->rows, settings->K) : LW_ERR_MEMORY;
  for (size_t c = 0; c < n_found && status == LW_OK; c++) {
    LwMppca model = { 0 };
    LwMppcaReport result;
    status = start_responsibilities (x, labels + c * x->rows, inertias[c], settings, &resp);
    if (status == LW_OK)
      status = lw_mppca_em_scaled (x, &resp, settings, stop, &model, &result, history);
    if (status != LW_OK)
      break;
    lowest = fmin (lowest, result.log_likelihood);
    highest = fmax (highest, result.log_likelihood);
    result.chosen = c;
    if (c == 0 || is_better (&result, &best_report)) {
      lw_mppca_clear (&best);
      best = model;
      best_report = result;
      for (size_t i = 0; log_likelihoods != NULL && i < settings->max_iterations; i++)
        log_likelihoods[i] = i < result.iterations ? history[i] : (double) NAN;
    } else {
      lw_mppca_clear (&model);
    }
  }
  if (status == LW_OK) {
    best_report.n_candidates = n_found;
    best_report.lowest = lowest;
    best_report.highest = highest;
    *out = best;
    *report = best_report;
  } else {
    lw_mppca_clear (&best);
  }
  lw_mat_clear (&resp);
  free (history);
  return status;
}

LwStatus
lw_mppca_fit (const LwMat *x, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out, LwMppcaReport *report,
              double *log_likelihoods)
{
  LwMat scaled = { 0 };
  LwMppcaReport result;
  LwMppca model;
  size_t n_found = 0, n_labels;

  LwStatus status = lw_mppca_check (x, settings);
  if (status != LW_OK)
    return status;
  if (__builtin_mul_overflow (x->rows, settings->candidates, &n_labels))
    return LW_ERR_MEMORY;
  size_t *labels = calloc (n_labels, sizeof *labels);
  double *inertias = lw_doubles_new (settings->candidates);
  if (labels == NULL || inertias == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mppca_scaled_copy (x, settings->n_context, settings->context_scale, &scaled);
  if (status == LW_OK)
    status = lw_kmeans_best (&scaled, settings->K, settings->restarts, KMEANS_ITERATIONS, settings->seed, stop,
                             settings->candidates, labels, inertias, &n_found);
  while (n_found > 1 && inertias[n_found - 1] > (1 + INERTIA_MARGIN) * inertias[0])
    n_found--;
  if (status == LW_OK)
    status = fit_candidates (&scaled, labels, inertias, n_found, settings, stop, &model, &result, log_likelihoods);
  if (status == LW_OK) {
    lw_mppca_unscale (&model, settings, &result, log_likelihoods);
    *out = model;
    if (report != NULL)
      *report = result;
  }
  lw_mat_clear (&scaled);
  free (labels);
  free (inertias);
  return status;
}

LwStatus
lw_mppca_em (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out,
             LwMppcaReport *report, double *log_likelihoods)
{
  LwMat scaled = { 0 };
  LwMppcaReport result;
  LwMppca model;

  LwStatus status = lw_mppca_check (x, settings);
  if (status != LW_OK)
    return status;
  if (resp->rows != x->rows || resp->cols != settings->K)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (resp))
    return LW_ERR_NOT_FINITE;
  status = lw_mppca_scaled_copy (x, settings->n_context, settings->context_scale, &scaled);
  if (status == LW_OK)
    status = lw_mppca_em_scaled (&scaled, resp, settings, stop, &model, &result, log_likelihoods);
  if (status == LW_OK) {
    lw_mppca_unscale (&model, settings, &result, log_likelihoods);
    *out = model;
    if (report != NULL)
      *report = result;
  }
  lw_mat_clear (&scaled);
  return status;
}
