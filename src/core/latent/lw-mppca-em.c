/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-mppca-private.h"
#include "lw-stats.h"

/* EM of Tipping & Bishop [1999, appendix C]; formulas and their stable forms: maths.md 1.1. */

/* Below this share of a component's weight a sample is left out of its M step: it could not change a bit of the result. */
#define NEGLIGIBLE_SHARE 1e-24
/* Weight, in samples, of a component that no sample is left in. */
#define EMPTY_WEIGHT 1e-10

typedef struct {
  LwMppca            model;
  LwLowRankGaussian *components;  /* (K) the same model, as the E step wants it */
  LwLowRankWorkspace density;
  LwMat              resp;        /* (N x K) log p(y|k), then p(k|y) */
  LwMat              weighted;    /* (N x p) rows of one component, centred and weighted */
} Em;

double
lw_mppca_normalise_row (const LwMppca *self, double *row)
{
  for (size_t k = 0; k < self->K; k++)
    row[k] += self->log_pi[k];
  return lw_log_normalise (row, self->K);
}

static void
em_clear (Em *em)
{
  for (size_t k = 0; em->components != NULL && k < em->model.K; k++)
    lw_low_rank_gaussian_clear (&em->components[k]);
  free (em->components);
  lw_mppca_clear (&em->model);
  lw_low_rank_workspace_clear (&em->density);
  lw_mat_clear (&em->resp);
  lw_mat_clear (&em->weighted);
}

static LwStatus
em_init (Em *em, const LwMat *x, const LwMat *resp, size_t K, size_t d)
{
  size_t n = x->rows, p = x->cols;

  *em = (Em){ 0 };
  LwStatus status = lw_mppca_alloc (&em->model, K, d, p);
  if (status == LW_OK && (em->components = calloc (K, sizeof *em->components)) == NULL)
    status = LW_ERR_MEMORY;
  for (size_t k = 0; k < K && status == LW_OK; k++)
    status = lw_low_rank_gaussian_init (&em->components[k], p, d);
  if (status == LW_OK)
    status = lw_low_rank_workspace_init (&em->density, p, d);
  if (status == LW_OK)
    status = lw_mat_alloc (&em->resp, n, K);
  if (status == LW_OK)
    status = lw_mat_alloc (&em->weighted, n, p);
  if (status == LW_OK)
    lw_mat_copy (resp, &em->resp);
  else
    em_clear (em);
  return status;
}

static double
component_weight (const Em *em, size_t k)
{
  double sum = 0;
  for (size_t i = 0; i < em->resp.rows; i++)
    sum += lw_mat_get (&em->resp, i, k);
  return sum;
}

/* Rows sqrt(r_ik / N_k) (y_i - m_k) of the samples that matter. Returns how many. */
static size_t
gather_weighted (const Em *em, const LwMat *x, size_t k, double weight)
{
  size_t p = x->cols, rows = 0;
  const double *mean = lw_mat_row (&em->model.mean, k);

  for (size_t i = 0; i < x->rows; i++) {
    double share = lw_mat_get (&em->resp, i, k) / weight;
    if (share <= NEGLIGIBLE_SHARE)
      continue;
    const double *from = lw_mat_row (x, i);
    double *to = lw_mat_row (&em->weighted, rows++);
    double scale = sqrt (share);
    for (size_t j = 0; j < p; j++)
      to[j] = scale * (from[j] - mean[j]);
  }
  return rows;
}

static LwStatus
maximise_component (Em *em, const LwMat *x, size_t k, double noise_floor)
{
  size_t n = x->rows, p = x->cols, d = em->model.d;
  LwLowRankGaussian *component = &em->components[k];
  double *mean = lw_mat_row (&em->model.mean, k);
  double weight = component_weight (em, k), tail;

  em->model.log_pi[k] = log (fmax (weight, EMPTY_WEIGHT) / (double) n);
  if (weight <= EMPTY_WEIGHT) {
    if (component->tail_var > 0)
      return LW_OK;
    for (size_t i = 0; i < n; i++) /* empty from the start: it has no shape to keep, so it takes that of all samples */
      lw_mat_set (&em->resp, i, k, 1);
    weight = (double) n;
  }

  memset (mean, 0, p * sizeof *mean);
  for (size_t i = 0; i < n; i++) {
    double share = lw_mat_get (&em->resp, i, k) / weight;
    const double *row = lw_mat_row (x, i);
    for (size_t j = 0; share > NEGLIGIBLE_SHARE && j < p; j++)
      mean[j] += share * row[j];
  }
  LwMat rows = lw_mat_block (&em->weighted, 0, 0, gather_weighted (em, x, k, weight), p);
  LwStatus status = lw_low_rank_leading (&rows, d, &component->u, component->var, &tail);
  if (status != LW_OK)
    return status;

  /* The loadings take the variance as it is, the noise is floored after: the order of the published fit. */
  double noise = p > d ? tail / (double) (p - d) : 0;
  double floored = fmax (noise, noise_floor);
  LwMat w = lw_mppca_loading (&em->model, k);
  component->r = d;
  component->tail_var = floored;
  em->model.noise_var[k] = floored;
  memcpy (component->mean, mean, p * sizeof *mean);
  for (size_t a = 0; a < d; a++) {
    double l_sq = fmax (component->var[a] - noise, 0), l = sqrt (l_sq);
    component->var[a] = l_sq + floored;
    for (size_t j = 0; j < p; j++)
      lw_mat_set (&w, j, a, l * lw_mat_get (&component->u, a, j));
  }
  return LW_OK;
}

/* Fills the responsibilities; returns the mean log-likelihood of a sample. */
static double
expect (Em *em, const LwMat *x)
{
  size_t n = x->rows, K = em->model.K;
  double sum = 0;

  for (size_t k = 0; k < K; k++)
    lw_low_rank_gaussian_log_density (&em->components[k], x, &em->density, em->resp.data + k, K);
  for (size_t i = 0; i < n; i++) {
    double *row = lw_mat_row (&em->resp, i);
    sum += lw_mppca_normalise_row (&em->model, row);
    for (size_t k = 0; k < K; k++)
      row[k] = exp (row[k]);
  }
  return sum / (double) n;
}

static void
count_weak_components (const Em *em, double noise_floor, LwMppcaReport *report)
{
  for (size_t k = 0; k < em->model.K; k++) {
    double weight = component_weight (em, k);
    report->n_on_floor += em->model.noise_var[k] <= noise_floor;
    report->n_singletons += weight < 1.5;
    report->n_small += weight < (double) em->model.d + 2;
  }
}

LwStatus
lw_mppca_em_scaled (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out,
                    LwMppcaReport *report, double *log_likelihoods)
{
  Em em;
  LwMppcaReport result = { .n_candidates = 1 };
  double before = 0;

  LwStatus status = em_init (&em, x, resp, settings->K, settings->d);
  if (status != LW_OK)
    return status;
  while (!result.converged && result.iterations < settings->max_iterations && status == LW_OK) {
    for (size_t k = 0; k < settings->K && status == LW_OK; k++) {
      if (stop != NULL && atomic_load_explicit (stop, memory_order_relaxed))
        status = LW_ERR_STOPPED;
      else
        status = maximise_component (&em, x, k, settings->noise_floor);
    }
    if (status != LW_OK)
      break;
    double now = expect (&em, x);
    if (!isfinite (now))
      status = LW_ERR_NOT_FINITE; /* squares of the data overflow */
    if (log_likelihoods != NULL)
      log_likelihoods[result.iterations] = now;
    if (result.iterations > 0) {
      result.largest_fall = fmax (result.largest_fall, before - now);
      result.converged = fabs (now - before) <= settings->tolerance;
    }
    before = now;
    result.iterations++;
  }
  if (status == LW_OK) {
    result.log_likelihood = result.lowest = result.highest = before;
    count_weak_components (&em, settings->noise_floor, &result);
    *report = result;
    *out = em.model;
    /* em_clear() has K components to free, and no longer the model's arrays */
    em.model = (LwMppca){ .K = settings->K };
  }
  em_clear (&em);
  return status;
}
