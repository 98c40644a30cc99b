/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-mppca-private.h"
#include "lw-subspace.h"

/* EM of Tipping & Bishop [1999, appendix C]; formulas and their stable forms: maths.md 1.1. */

/* Below this share of a component's weight a sample is left out of its covariance: it could not change a bit of the result. */
#define NEGLIGIBLE_SHARE 1e-16
/* Components this far (in the logarithm) below a sample's likeliest cannot change a bit of its responsibilities ... */
#define REACH 45
/* ... and below this they get none, which no component of more than EMPTY_WEIGHT could notice. */
#define NO_RESPONSIBILITY (-60)
/* Weight, in samples, of a component that no sample is left in. */
#define EMPTY_WEIGHT 1e-10
/* Of the responsibilities that EM is given for a sample, what they may lack of 1. */
#define SUM_TOLERANCE 1e-6

typedef struct {
  LwMppcaDensity      density;
  LwSubspace         *subspaces; /* (K) */
  LwSubspaceWorkspace search;
  LwMat               resp;      /* (N x K) log p(y, k), then p(k|y) */
  LwMat               weighted;  /* (N x p) rows of one component, centred and weighted */
  LwMat               sums;      /* (K x p) sum_i r_ik y_i */
  double             *square;    /* (N) |y_i|^2 */
  double             *weight;    /* (K) sum_i r_ik */
} Em;

static void
em_clear (Em *em)
{
  for (size_t k = 0; em->subspaces != NULL && k < em->density.K; k++)
    lw_subspace_clear (&em->subspaces[k]);
  free (em->subspaces);
  lw_mppca_density_clear (&em->density);
  lw_subspace_workspace_clear (&em->search);
  lw_mat_clear (&em->resp);
  lw_mat_clear (&em->weighted);
  lw_mat_clear (&em->sums);
  free (em->square);
  free (em->weight);
}

static LwStatus
em_init (Em *em, const LwMat *x, const LwMat *resp, size_t K, size_t d)
{
  size_t n = x->rows, p = x->cols;

  *em = (Em){ 0 };
  LwStatus status = lw_mppca_density_init (&em->density, K, d, p);
  if (status == LW_OK && (em->subspaces = calloc (K, sizeof *em->subspaces)) == NULL)
    status = LW_ERR_MEMORY;
  for (size_t k = 0; k < K && status == LW_OK; k++)
    status = lw_subspace_init (&em->subspaces[k], d, p);
  if (status == LW_OK)
    status = lw_subspace_workspace_init (&em->search, n, p, d);
  if (status == LW_OK)
    status = lw_mat_alloc (&em->resp, n, K);
  if (status == LW_OK)
    status = lw_mat_alloc (&em->weighted, n, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&em->sums, K, p);
  em->square = lw_doubles_new (n);
  em->weight = lw_doubles_new (K);
  if (status == LW_OK && (em->square == NULL || em->weight == NULL))
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    em_clear (em);
    return status;
  }
  lw_mat_copy (resp, &em->resp);
  for (size_t i = 0; i < n; i++)
    em->square[i] = lw_dot (lw_mat_row (x, i), lw_mat_row (x, i), p);
  return LW_OK;
}

static void
sum_weights (Em *em)
{
  for (size_t k = 0; k < em->density.K; k++)
    em->weight[k] = 0;
  for (size_t i = 0; i < em->resp.rows; i++)
    for (size_t k = 0; k < em->density.K; k++)
      em->weight[k] += lw_mat_get (&em->resp, i, k);
}

/* Rows sqrt(r_ik / N_k) (y_i - m_k) of the samples that matter. Returns how many. */
static size_t
gather_weighted (const Em *em, const LwMat *x, size_t k)
{
  size_t p = x->cols, rows = 0;
  const double *mean = lw_mppca_density_mean (&em->density, k);

  for (size_t i = 0; i < x->rows; i++) {
    double share = lw_mat_get (&em->resp, i, k) / em->weight[k];
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
  size_t n = x->rows, p = x->cols, d = em->density.r;
  LwMat u = lw_mppca_density_directions (&em->density, k);
  double *mean = lw_mppca_density_mean (&em->density, k), *var = lw_mat_row (&em->density.var, k), tail;

  em->density.log_pi[k] = log (fmax (em->weight[k], EMPTY_WEIGHT) / (double) n);
  if (em->weight[k] <= EMPTY_WEIGHT) {
    if (em->density.tail_var[k] > 0)
      return LW_OK;
    /* Empty from the start: it has no shape to keep, so it takes that of all samples. */
    for (size_t i = 0; i < n; i++)
      lw_mat_set (&em->resp, i, k, 1);
    em->weight[k] = (double) n;
    memset (lw_mat_row (&em->sums, k), 0, p * sizeof (double));
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < p; j++)
        lw_mat_row (&em->sums, k)[j] += lw_mat_get (x, i, j);
  }

  for (size_t j = 0; j < p; j++)
    mean[j] = lw_mat_get (&em->sums, k, j) / em->weight[k];
  LwMat rows = lw_mat_block (&em->weighted, 0, 0, gather_weighted (em, x, k), p);
  LwStatus status = lw_subspace_follow (&em->subspaces[k], &rows, &em->search, &u, var, &tail);
  if (status != LW_OK)
    return status;

  /* The loadings take the variance as it is, the noise is floored after: the order of the published fit. */
  double noise = p > d ? tail / (double) (p - d) : 0;
  em->density.tail_var[k] = fmax (noise, noise_floor);
  for (size_t a = 0; a < d; a++)
    var[a] = fmax (var[a] - noise, 0) + em->density.tail_var[k];
  return LW_OK;
}

static LwStatus
maximise (Em *em, const LwMat *x, double noise_floor, const atomic_bool *stop)
{
  LwStatus status = LW_OK;

  sum_weights (em);
  lw_gemm (1, &em->resp, true, x, false, 0, &em->sums);
  for (size_t k = 0; k < em->density.K && status == LW_OK; k++) {
    if (stop != NULL && atomic_load_explicit (stop, memory_order_relaxed))
      status = LW_ERR_STOPPED;
    else
      status = maximise_component (em, x, k, noise_floor);
  }
  return status;
}

/* Fills the responsibilities; returns the mean log-likelihood of a sample. */
static double
expect (Em *em, const LwMat *x)
{
  size_t n = x->rows, K = em->density.K;
  double sum = 0;

  lw_mppca_density_log_joint (&em->density, x, em->square, REACH, &em->resp);
  for (size_t i = 0; i < n; i++) {
    double *row = lw_mat_row (&em->resp, i), highest = -INFINITY, total = 0;
    for (size_t k = 0; k < K; k++)
      highest = fmax (highest, row[k]);
    for (size_t k = 0; k < K; k++) {
      row[k] = row[k] - highest < NO_RESPONSIBILITY ? 0 : exp (row[k] - highest);
      total += row[k];
    }
    for (size_t k = 0; k < K; k++)
      row[k] /= total;
    sum += highest + log (total);
  }
  return sum / (double) n;
}

static LwStatus
em_model (const Em *em, LwMppca *out)
{
  size_t K = em->density.K, d = em->density.r, p = em->density.p;

  LwStatus status = lw_mppca_alloc (out, K, d, p);
  if (status != LW_OK)
    return status;
  for (size_t k = 0; k < K; k++) {
    LwMat w = lw_mppca_loading (out, k), u = lw_mppca_density_directions (&em->density, k);
    out->log_pi[k] = em->density.log_pi[k];
    out->noise_var[k] = em->density.tail_var[k];
    memcpy (lw_mat_row (&out->mean, k), lw_mppca_density_mean (&em->density, k), p * sizeof (double));
    for (size_t a = 0; a < d; a++) {
      double l = sqrt (fmax (lw_mat_get (&em->density.var, k, a) - out->noise_var[k], 0));
      for (size_t j = 0; j < p; j++)
        lw_mat_set (&w, j, a, l * lw_mat_get (&u, a, j));
    }
  }
  return LW_OK;
}

static void
count_weak_components (Em *em, double noise_floor, LwMppcaReport *report)
{
  sum_weights (em);
  for (size_t k = 0; k < em->density.K; k++) {
    report->n_on_floor += em->density.tail_var[k] <= noise_floor;
    report->n_singletons += em->weight[k] < 1.5;
    report->n_small += em->weight[k] < (double) em->density.r + 2;
  }
}

static LwStatus
check_responsibilities (const LwMat *resp)
{
  for (size_t i = 0; i < resp->rows; i++) {
    const double *row = lw_mat_row (resp, i);
    double sum = 0;
    for (size_t k = 0; k < resp->cols; k++) {
      if (!(row[k] >= 0))
        return LW_ERR_RANGE;
      sum += row[k];
    }
    if (!(fabs (sum - 1) <= SUM_TOLERANCE))
      return LW_ERR_RANGE;
  }
  return LW_OK;
}

LwStatus
lw_mppca_em_inner (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out,
                   LwMppcaReport *report, double *log_likelihoods)
{
  Em em;
  LwMppcaReport result = { .n_candidates = 1 };
  double before = 0;

  LwStatus status = check_responsibilities (resp);
  if (status != LW_OK)
    return status;
  status = em_init (&em, x, resp, settings->K, settings->d);
  if (status != LW_OK)
    return status;
  while (!result.converged && result.iterations < settings->max_iterations && status == LW_OK) {
    status = maximise (&em, x, settings->noise_floor, stop);
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
  if (status == LW_OK)
    status = em_model (&em, out);
  if (status == LW_OK) {
    result.log_likelihood = result.lowest = result.highest = before;
    count_weak_components (&em, settings->noise_floor, &result);
    *report = result;
  }
  for (size_t i = result.iterations; log_likelihoods != NULL && i < settings->max_iterations; i++)
    log_likelihoods[i] = (double) NAN;
  em_clear (&em);
  return status;
}
