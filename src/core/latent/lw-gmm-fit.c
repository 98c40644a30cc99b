/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-gmm-private.h"
#include "lw-kmeans.h"

#define KMEANS_ITERATIONS 100
/* Share of the lowest inertia within which partitions count as equally good. */
#define INERTIA_MARGIN 0.05
/* Weight, in samples, that a cluster without any is spread over all of them with: it starts with their shape. */
#define STRAY_WEIGHT 1e-9

/* log responsibilities of a partition. */
static void
start_from_labels (const size_t *labels, const double *weights, double total, const LwMat *log_resp)
{
  for (size_t k = 0; k < log_resp->cols; k++) {
    double count = 0;
    for (size_t i = 0; i < log_resp->rows; i++)
      count += labels[i] == k ? (weights != NULL ? weights[i] : 1) : 0;
    for (size_t i = 0; i < log_resp->rows; i++) {
      double own = labels[i] == k ? 0 : -INFINITY;
      lw_mat_set (log_resp, i, k, count > 0 ? own : log (STRAY_WEIGHT / total));
    }
  }
}

static bool
is_better (const LwGmmReport *a, const LwGmmReport *b)
{
  if (a->n_small != b->n_small)
    return a->n_small < b->n_small;
  return a->n_small == 0 && a->log_likelihood > b->log_likelihood;
}

typedef struct {
  LwGmm       model;
  LwGmmReport report;
  double     *log_likelihoods; /* (max_iterations) */
} Result;

static void
swap (Result *a, Result *b)
{
  Result t = *a;
  *a = *b;
  *b = t;
}

/* EM from every partition; the best one's result into @best. */
static LwStatus
fit_candidates (const LwMat *x, const double *weights, double total, const size_t *labels, size_t n_found,
                const LwGmmSettings *settings, const atomic_bool *stop, Result *best)
{
  LwMat log_resp;
  Result tried = { .log_likelihoods = lw_doubles_new (settings->max_iterations) };

  LwStatus status = lw_mat_alloc (&log_resp, x->rows, settings->K);
  if (status == LW_OK && tried.log_likelihoods == NULL)
    status = LW_ERR_MEMORY;
  for (size_t c = 0; c < n_found && status == LW_OK; c++) {
    status = lw_gmm_alloc (&tried.model, settings->K, x->cols);
    if (status != LW_OK)
      break;
    start_from_labels (labels + c * x->rows, weights, total, &log_resp);
    status = lw_gmm_em (&tried.model, NULL, x, weights, total, &log_resp, settings, stop, &tried.report, tried.log_likelihoods);
    tried.report.chosen = c;
    tried.report.n_candidates = n_found;
    if (status == LW_OK && (c == 0 || is_better (&tried.report, &best->report)))
      swap (&tried, best);
    lw_gmm_clear (&tried.model);
  }
  lw_mat_clear (&log_resp);
  free (tried.log_likelihoods);
  return status;
}

LwStatus
lw_gmm_fit (const LwMat *x, const double *weights, const LwGmmSettings *settings, const atomic_bool *stop, LwGmm *out,
            LwGmmReport *report, double *log_likelihoods)
{
  Result best = { 0 };
  size_t n_found = 0, n_labels;
  double total;

  if (settings->K == 0 || x->cols == 0 || settings->restarts == 0 || settings->candidates == 0)
    return LW_ERR_RANGE;
  LwStatus status = lw_gmm_check (x, weights, settings, &total);
  if (status != LW_OK)
    return status;
  if (x->rows < settings->K)
    return LW_ERR_TOO_FEW;
  if (__builtin_mul_overflow (x->rows, settings->candidates, &n_labels))
    return LW_ERR_MEMORY;
  size_t *labels = calloc (n_labels, sizeof *labels);
  double *inertias = lw_doubles_new (settings->candidates);
  best.log_likelihoods = lw_doubles_new (settings->max_iterations);
  if (labels == NULL || inertias == NULL || best.log_likelihoods == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_kmeans_best (x, settings->K, settings->restarts, KMEANS_ITERATIONS, settings->seed, stop, settings->candidates,
                             labels, inertias, &n_found);
  while (n_found > 1 && inertias[n_found - 1] > (1 + INERTIA_MARGIN) * inertias[0])
    n_found--;
  if (status == LW_OK)
    status = fit_candidates (x, weights, total, labels, n_found, settings, stop, &best);
  if (status == LW_OK) {
    *out = best.model;
    if (report != NULL)
      *report = best.report;
    if (log_likelihoods != NULL)
      memcpy (log_likelihoods, best.log_likelihoods, settings->max_iterations * sizeof *log_likelihoods);
  } else {
    lw_gmm_clear (&best.model);
  }
  free (labels);
  free (inertias);
  free (best.log_likelihoods);
  return status;
}
