/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-kmeans.h"
#include "lw-ledoit-wolf.h"
#include "lw-mppca-private.h"
#include "lw-stats.h"

#define KMEANS_ITERATIONS 100
/* Share of the lowest inertia within which partitions count as equally good. */
#define INERTIA_MARGIN 0.05

/* ---- starts ---- */

LwStatus
lw_mppca_starts_init (LwMppcaStarts *self, const LwMat *x, const LwMppcaSettings *settings, const atomic_bool *stop)
{
  size_t n_labels, n_found = 0;

  *self = (LwMppcaStarts){ 0 };
  if (__builtin_mul_overflow (x->rows, settings->candidates, &n_labels))
    return LW_ERR_MEMORY;
  self->labels = calloc (n_labels, sizeof *self->labels);
  self->inertias = lw_doubles_new (settings->candidates);
  LwStatus status = self->labels != NULL && self->inertias != NULL ? LW_OK : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_kmeans_best (x, settings->K, settings->restarts, KMEANS_ITERATIONS, settings->seed, stop, settings->candidates,
                             self->labels, self->inertias, &n_found);
  while (n_found > 1 && self->inertias[n_found - 1] > (1 + INERTIA_MARGIN) * self->inertias[0])
    n_found--;
  self->n = n_found;
  if (status != LW_OK)
    lw_mppca_starts_clear (self);
  return status;
}

void
lw_mppca_starts_clear (LwMppcaStarts *self)
{
  free (self->labels);
  free (self->inertias);
  *self = (LwMppcaStarts){ 0 };
}

/* Mean squared distance to the own centre, a dimension: the variance a cluster of one is given, which has none of its own. */
static double
pooled_variance (double inertia, const LwMat *x)
{
  return inertia / ((double) x->rows * (double) x->cols);
}

/* log N (x_i | cluster k), k's column of @resp, for the cluster of the samples labelled @k; -inf where there are none: fewer
 * distinct samples than components, and nobody is responsible to it. */
static LwStatus
cluster_log_density (const LwMat *x, const size_t *labels, size_t k, double inertia, double noise_floor, const LwMat *resp)
{
  size_t n = x->rows, p = x->cols, count = 0;
  LwMat members;
  LwLedoitWolf cluster;

  for (size_t i = 0; i < n; i++) {
    lw_mat_set (resp, i, k, -INFINITY);
    count += labels[i] == k;
  }
  if (count == 0)
    return LW_OK;
  LwStatus status = lw_mat_alloc (&members, count, p);
  if (status != LW_OK)
    return status;
  for (size_t i = 0, row = 0; i < n; i++)
    if (labels[i] == k)
      memcpy (lw_mat_row (&members, row++), lw_mat_row (x, i), p * sizeof (double));
  status = lw_ledoit_wolf_init (&cluster, &members, count == 1 ? fmax (pooled_variance (inertia, x), noise_floor) : noise_floor);
  lw_mat_clear (&members);
  if (status != LW_OK)
    return status;
  status = lw_ledoit_wolf_log_density (&cluster, x, resp->data + k, resp->stride);
  lw_ledoit_wolf_clear (&cluster);
  return status;
}

/* Responsibilities of equally likely Ledoit-Wolf Gaussians, one a cluster. */
static LwStatus
start_responsibilities (const LwMat *x, const size_t *labels, double inertia, double noise_floor, const LwMat *resp)
{
  LwStatus status = LW_OK;

  for (size_t k = 0; k < resp->cols && status == LW_OK; k++)
    status = cluster_log_density (x, labels, k, inertia, noise_floor, resp);
  for (size_t i = 0; i < x->rows && status == LW_OK; i++) {
    double *row = lw_mat_row (resp, i);
    lw_log_normalise (row, resp->cols);
    for (size_t k = 0; k < resp->cols; k++)
      row[k] = exp (row[k]);
  }
  return status;
}

/* ---- the best of several ---- */

static bool
is_better (const LwMppcaReport *a, const LwMppcaReport *b)
{
  if (a->n_small != b->n_small)
    return a->n_small < b->n_small;
  return a->log_likelihood > b->log_likelihood;
}

LwStatus
lw_mppca_fit_starts (const LwMat *x, const LwMppcaStarts *starts, const LwMppcaSettings *settings, const atomic_bool *stop,
                     LwMppca *out, LwMppcaReport *report, double *log_likelihoods)
{
  LwMat resp = { 0 };
  LwMppca best = { 0 };
  LwMppcaReport best_report = { 0 };
  double *history = lw_doubles_new (settings->max_iterations), *best_history = lw_doubles_new (settings->max_iterations);
  double lowest = INFINITY, highest = -INFINITY;

  LwStatus status = history != NULL && best_history != NULL ? lw_mat_alloc (&resp, x->rows, settings->K) : LW_ERR_MEMORY;
  for (size_t c = 0; c < starts->n && status == LW_OK; c++) {
    LwMppca model = { 0 };
    LwMppcaReport result;
    status = start_responsibilities (x, starts->labels + c * x->rows, starts->inertias[c], settings->noise_floor, &resp);
    if (status == LW_OK)
      status = lw_mppca_em_inner (x, &resp, settings, stop, &model, &result, history);
    if (status != LW_OK)
      break;
    lowest = fmin (lowest, result.log_likelihood);
    highest = fmax (highest, result.log_likelihood);
    result.chosen = c;
    if (c == 0 || is_better (&result, &best_report)) {
      lw_mppca_clear (&best);
      best = model;
      best_report = result;
      memcpy (best_history, history, result.iterations * sizeof *history);
    } else {
      lw_mppca_clear (&model);
    }
  }
  if (status == LW_OK) {
    best_report.n_candidates = starts->n;
    best_report.lowest = lowest;
    best_report.highest = highest;
    *out = best;
    *report = best_report;
    for (size_t i = 0; log_likelihoods != NULL && i < settings->max_iterations; i++)
      log_likelihoods[i] = i < best_report.iterations ? best_history[i] : (double) NAN;
  } else {
    lw_mppca_clear (&best);
  }
  lw_mat_clear (&resp);
  free (history);
  free (best_history);
  return status;
}

/* ---- fits ---- */

LwStatus
lw_mppca_fit (const LwMat *x, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out, LwMppcaReport *report,
              double *log_likelihoods)
{
  LwMppcaInner inner = { 0 };
  LwMppcaStarts starts = { 0 };
  LwMppcaReport result;
  LwMppca model = { 0 };
  double *history = NULL;

  LwStatus status = lw_mppca_check (x, settings);
  if (status != LW_OK)
    return status;
  status = lw_mppca_inner_init (&inner, x, settings);
  if (status == LW_OK && (history = lw_doubles_new (settings->max_iterations)) == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mppca_starts_init (&starts, &inner.x, settings, stop);
  if (status == LW_OK)
    status = lw_mppca_fit_starts (&inner.x, &starts, settings, stop, &model, &result, history);
  if (status == LW_OK)
    status = lw_mppca_inner_return (&inner, &model, &result, history);
  if (status == LW_OK) {
    *out = model;
    if (report != NULL)
      *report = result;
    if (log_likelihoods != NULL)
      memcpy (log_likelihoods, history, settings->max_iterations * sizeof *history);
  } else {
    lw_mppca_clear (&model);
  }
  lw_mppca_starts_clear (&starts);
  lw_mppca_inner_clear (&inner);
  free (history);
  return status;
}

LwStatus
lw_mppca_em (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out,
             LwMppcaReport *report, double *log_likelihoods)
{
  LwMppcaInner inner = { 0 };
  LwMppcaReport result;
  LwMppca model = { 0 };
  double *history = NULL;

  LwStatus status = lw_mppca_check (x, settings);
  if (status != LW_OK)
    return status;
  if (resp->rows != x->rows || resp->cols != settings->K)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (resp))
    return LW_ERR_NOT_FINITE;
  status = lw_mppca_inner_init (&inner, x, settings);
  if (status == LW_OK && (history = lw_doubles_new (settings->max_iterations)) == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mppca_em_inner (&inner.x, resp, settings, stop, &model, &result, history);
  if (status == LW_OK)
    status = lw_mppca_inner_return (&inner, &model, &result, history);
  if (status == LW_OK) {
    *out = model;
    if (report != NULL)
      *report = result;
    if (log_likelihoods != NULL)
      memcpy (log_likelihoods, history, result.iterations * sizeof *history);
  } else {
    lw_mppca_clear (&model);
  }
  lw_mppca_inner_clear (&inner);
  free (history);
  return status;
}
