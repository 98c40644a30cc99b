/* SPDX-License-Identifier: GPL-3.0-or-later */
/* EM of a mixture of Gaussians, plain, weighted, and on top of what older samples left: maths.md 2.13. */
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-gmm-private.h"
#include "lw-linalg.h"
#include "lw-stats.h"

/* Below this share of a component's weight a sample is left out of its M step: it could not change a bit of the result. */
#define NEGLIGIBLE_SHARE 1e-24
/* Weight, in samples, of a component that no sample is left in. */
#define EMPTY_WEIGHT 1e-10

typedef struct {
  LwGmm        *model;
  const LwGmm  *old;       /* (nullable) */
  const LwMat  *x;
  const double *weights;   /* (nullable) */
  double        total;     /* of the weights */
  LwMat         d;         /* (N x K) log p(x, k) on the way to w_i p(k | x_i) */
  double       *block;     /* (p * LW_GMM_BLOCK) residuals */
  LwMat         spare;     /* (p x p) */
  double       *values;    /* (p) eigenvalues */
  double        floor;     /* the highest in force since the last M step began, and */
  size_t        n_on_floor, n_raised; /* whom it held */
} Em;

static void
em_clear (Em *em)
{
  lw_mat_clear (&em->d);
  lw_mat_clear (&em->spare);
  free (em->block);
  free (em->values);
}

static LwStatus
em_init (Em *em)
{
  size_t p = em->model->p, size;

  if (__builtin_mul_overflow (p, LW_GMM_BLOCK, &size))
    return LW_ERR_MEMORY;
  LwStatus status = lw_mat_alloc (&em->d, em->x->rows, em->model->K);
  if (status == LW_OK)
    status = lw_mat_alloc (&em->spare, p, p);
  em->block = lw_doubles_new (size);
  em->values = lw_doubles_new (p);
  if (status == LW_OK && (em->block == NULL || em->values == NULL))
    status = LW_ERR_MEMORY;
  return status;
}

static double
weight_of (const Em *em, size_t i)
{
  return em->weights != NULL ? em->weights[i] : 1;
}

/* The covariances with no eigenvalue under f that are most likely for moments S have the eigenvectors of S and its eigenvalues,
 * or f. What Cholesky takes after f was subtracted has nothing to raise. Eigenvalues that are rounding of the largest count as
 * 0. */
static LwStatus
raise_to_floor (Em *em, const LwMat *cov, double floor)
{
  size_t p = cov->rows, raised = 0;
  double trace = 0;

  for (size_t j = 0; j < p; j++)
    trace += lw_mat_get (cov, j, j);
  if (!isfinite (trace))
    return LW_ERR_NOT_FINITE;
  double least = fmax (floor, 4 * (double) p * DBL_EPSILON * trace);
  lw_mat_copy (cov, &em->spare);
  for (size_t j = 0; j < p; j++)
    lw_mat_row (&em->spare, j)[j] -= least;
  if (floor > 0)
    em->floor = fmax (em->floor, least);
  if (lw_chol_factor (&em->spare) == LW_OK)
    return LW_OK;
  if (floor == 0)
    return LW_ERR_NOT_SPD;

  lw_mat_copy (cov, &em->spare);
  LwStatus status = lw_eig_sym (&em->spare, em->values);
  if (status != LW_OK)
    return status;
  while (raised < p && em->values[raised] < least) {
    double *direction = lw_mat_row (&em->spare, raised), scale = sqrt (least - em->values[raised]);
    for (size_t j = 0; j < p; j++)
      direction[j] *= scale;
    raised++;
  }
  if (raised > 0) {
    LwMat directions = lw_mat_block (&em->spare, 0, 0, raised, p);
    lw_syrk (1, &directions, true, 1, cov);
    em->n_on_floor++;
    em->n_raised += raised;
  }
  return LW_OK;
}

/* cov += sum_i d_i / n (x_i - m)(x_i - m)', block by block. */
static void
add_scatter (Em *em, size_t k, double n, const double *mean, const LwMat *cov)
{
  size_t p = em->model->p;
  LwMat rows = lw_mat_view (em->block, 0, p);

  for (size_t i = 0; i < em->x->rows; i++) {
    double share = lw_mat_get (&em->d, i, k) / n;
    if (share <= NEGLIGIBLE_SHARE)
      continue;
    const double *from = lw_mat_row (em->x, i);
    double *to = lw_mat_row (&rows, rows.rows++), scale = sqrt (share);
    for (size_t j = 0; j < p; j++)
      to[j] = scale * (from[j] - mean[j]);
    if (rows.rows == LW_GMM_BLOCK) {
      lw_syrk (1, &rows, true, 1, cov);
      rows.rows = 0;
    }
  }
  if (rows.rows > 0)
    lw_syrk (1, &rows, true, 1, cov);
}

static LwStatus
maximise_component (Em *em, size_t k, double floor)
{
  LwGmm *model = em->model;
  size_t p = model->p;
  LwMat cov = lw_gmm_cov (model, k), chol = lw_gmm_chol (model, k);
  double *mean = lw_mat_row (&model->mean, k), n_old = em->old != NULL ? em->old->n[k] : 0, n = n_old;

  for (size_t i = 0; i < em->x->rows; i++)
    n += lw_mat_get (&em->d, i, k);
  if (!(n > EMPTY_WEIGHT)) {
    model->n[k] = EMPTY_WEIGHT;
    return LW_OK;
  }
  model->n[k] = n;
  for (size_t j = 0; j < p; j++)
    mean[j] = n_old > 0 ? n_old / n * lw_mat_get (&em->old->mean, k, j) : 0;
  for (size_t i = 0; i < em->x->rows; i++) {
    double share = lw_mat_get (&em->d, i, k) / n;
    const double *row = lw_mat_row (em->x, i);
    for (size_t j = 0; share > NEGLIGIBLE_SHARE && j < p; j++)
      mean[j] += share * row[j];
  }

  lw_mat_fill (&cov, 0);
  if (n_old > 0) {
    LwMat before = lw_gmm_cov (em->old, k);
    for (size_t a = 0; a < p; a++)
      for (size_t b = 0; b < p; b++)
        lw_mat_set (&cov, a, b, n_old / n * lw_mat_get (&before, a, b));
  }
  add_scatter (em, k, n, mean, &cov);
  LwStatus status = raise_to_floor (em, &cov, floor);
  if (status != LW_OK)
    return status;
  lw_mat_copy (&cov, &chol);
  return lw_chol_factor (&chol);
}

static LwStatus
maximise (Em *em, double floor)
{
  double total = 0;

  em->floor = 0;
  em->n_on_floor = em->n_raised = 0;
  for (size_t k = 0; k < em->model->K; k++) {
    LwStatus status = maximise_component (em, k, floor);
    if (status != LW_OK)
      return status;
    total += em->model->n[k];
  }
  for (size_t k = 0; k < em->model->K; k++)
    em->model->log_pi[k] = log (em->model->n[k] / total);
  return LW_OK;
}

static void
weigh_responsibilities (Em *em, size_t i)
{
  double *row = lw_mat_row (&em->d, i);

  for (size_t k = 0; k < em->model->K; k++)
    row[k] = weight_of (em, i) * exp (row[k]);
}

/* Returns the weighted mean log-likelihood. */
static double
expect (Em *em)
{
  double sum = 0;

  lw_gmm_log_joint (em->model, em->x, em->block, &em->d);
  for (size_t i = 0; i < em->x->rows; i++) {
    double log_p = lw_log_normalise (lw_mat_row (&em->d, i), em->model->K);
    sum += weight_of (em, i) > 0 ? weight_of (em, i) * log_p : 0;
    weigh_responsibilities (em, i);
  }
  return sum / em->total;
}

static LwStatus
iterate (Em *em, bool given, const LwGmmSettings *settings, const atomic_bool *stop, LwGmmReport *report, double *log_likelihoods)
{
  double before = given ? (double) NAN : expect (em);

  if (isinf (before))
    return LW_ERR_NOT_FINITE;
  while (report->iterations < settings->max_iterations && !report->converged) {
    if (stop != NULL && atomic_load (stop))
      return LW_ERR_STOPPED;
    LwStatus status = maximise (em, settings->floor);
    if (status != LW_OK)
      return status;
    double after = expect (em);
    if (!isfinite (after))
      return LW_ERR_NOT_FINITE;
    if (log_likelihoods != NULL)
      log_likelihoods[report->iterations] = after;
    report->iterations++;
    report->log_likelihood = after;
    if (!isnan (before)) {
      report->largest_fall = fmax (report->largest_fall, before - after);
      report->converged = fabs (after - before) <= settings->tolerance;
    }
    before = after;
  }
  return LW_OK;
}

LwStatus
lw_gmm_em (LwGmm *self, const LwGmm *old, const LwMat *x, const double *weights, double total, const LwMat *log_resp,
           const LwGmmSettings *settings, const atomic_bool *stop, LwGmmReport *report, double *log_likelihoods)
{
  Em em = { .model = self, .old = old, .x = x, .weights = weights, .total = total };

  *report = (LwGmmReport){ 0 };
  LwStatus status = em_init (&em);
  if (status == LW_OK && log_resp != NULL) {
    lw_mat_copy (log_resp, &em.d);
    for (size_t i = 0; i < x->rows; i++)
      weigh_responsibilities (&em, i);
  }
  if (status == LW_OK)
    status = iterate (&em, log_resp != NULL, settings, stop, report, log_likelihoods);
  report->floor = em.floor;
  report->n_on_floor = em.n_on_floor;
  report->n_raised = em.n_raised;
  for (size_t k = 0; k < self->K; k++) {
    report->n_singletons += self->n[k] < 1.5;
    report->n_small += self->n[k] < (double) self->p + 1;
  }
  for (size_t i = report->iterations; log_likelihoods != NULL && i < settings->max_iterations; i++)
    log_likelihoods[i] = (double) NAN;
  em_clear (&em);
  return status;
}

LwStatus
lw_gmm_check (const LwMat *x, const double *weights, const LwGmmSettings *settings, double *total)
{
  double sum = 0;

  if (settings->max_iterations == 0 || !(settings->tolerance >= 0) || !(settings->floor >= 0) || isinf (settings->floor))
    return LW_ERR_RANGE;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;
  for (size_t i = 0; i < x->rows; i++) {
    double weight = weights != NULL ? weights[i] : 1;
    if (!isfinite (weight))
      return LW_ERR_NOT_FINITE;
    if (weight < 0)
      return LW_ERR_RANGE;
    sum += weight;
  }
  *total = sum;
  return sum > 0 ? LW_OK : LW_ERR_TOO_FEW;
}

LwStatus
lw_gmm_update (LwGmm *self, const LwMat *x, const double *weights, const LwGmmSettings *settings, const atomic_bool *stop,
               LwGmmReport *report, double *log_likelihoods)
{
  LwGmm model;
  LwGmmReport result;
  double total;

  if (x->cols != self->p)
    return LW_ERR_SHAPE;
  LwStatus status = lw_gmm_check (x, weights, settings, &total);
  if (status != LW_OK)
    return status;
  status = lw_gmm_copy (self, &model);
  if (status != LW_OK)
    return status;
  double *history = log_likelihoods != NULL ? lw_doubles_new (settings->max_iterations) : NULL;
  if (log_likelihoods != NULL && history == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_gmm_em (&model, self, x, weights, total, NULL, settings, stop, &result, history);
  if (status == LW_OK) {
    if (history != NULL)
      memcpy (log_likelihoods, history, settings->max_iterations * sizeof *history);
    if (report != NULL)
      *report = result;
    lw_gmm_clear (self);
    *self = model;
  } else {
    lw_gmm_clear (&model);
  }
  free (history);
  return status;
}
