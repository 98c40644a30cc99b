/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-gmm.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-gmm-private.h"
#include "lw-linalg.h"
#include "lw-stats.h"

static const double log_two_pi = 1.8378770664093454836;

void
lw_gmm_settings_init (LwGmmSettings *self)
{
  *self = (LwGmmSettings){
    .K = 2, .restarts = 50, .candidates = 5, .max_iterations = 500, .tolerance = 1e-5, .floor = 1e-8, .seed = 1
  };
}

LwStatus
lw_gmm_alloc (LwGmm *self, size_t K, size_t p)
{
  size_t rows;
  LwGmm made = { .K = K, .p = p };

  if (K == 0 || p == 0)
    return LW_ERR_RANGE;
  if (__builtin_mul_overflow (K, p, &rows))
    return LW_ERR_MEMORY;
  LwStatus status = lw_mat_alloc (&made.mean, K, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.cov, rows, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.chol, rows, p);
  made.log_pi = lw_doubles_new (K);
  made.n = lw_doubles_new (K);
  if (status == LW_OK && (made.log_pi == NULL || made.n == NULL))
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_gmm_clear (&made);
    return status;
  }
  for (size_t k = 0; k < K; k++) {
    made.log_pi[k] = -log ((double) K);
    for (size_t j = 0; j < p; j++) {
      lw_mat_set (&made.cov, k * p + j, j, 1);
      lw_mat_set (&made.chol, k * p + j, j, 1);
    }
  }
  *self = made;
  return LW_OK;
}

void
lw_gmm_clear (LwGmm *self)
{
  free (self->log_pi);
  free (self->n);
  lw_mat_clear (&self->mean);
  lw_mat_clear (&self->cov);
  lw_mat_clear (&self->chol);
  *self = (LwGmm){ 0 };
}

LwStatus
lw_gmm_copy (const LwGmm *self, LwGmm *out)
{
  LwGmm copy;

  LwStatus status = lw_gmm_alloc (&copy, self->K, self->p);
  if (status != LW_OK)
    return status;
  memcpy (copy.log_pi, self->log_pi, self->K * sizeof *self->log_pi);
  memcpy (copy.n, self->n, self->K * sizeof *self->n);
  lw_mat_copy (&self->mean, &copy.mean);
  lw_mat_copy (&self->cov, &copy.cov);
  lw_mat_copy (&self->chol, &copy.chol);
  *out = copy;
  return LW_OK;
}

LwMat
lw_gmm_cov (const LwGmm *self, size_t k)
{
  return lw_mat_block (&self->cov, k * self->p, 0, self->p, self->p);
}

LwMat
lw_gmm_chol (const LwGmm *self, size_t k)
{
  return lw_mat_block (&self->chol, k * self->p, 0, self->p, self->p);
}

LwStatus
lw_gmm_factor (LwGmm *self)
{
  LwStatus status = LW_OK;

  for (size_t k = 0; k < self->K && status == LW_OK; k++) {
    LwMat cov = lw_gmm_cov (self, k), chol = lw_gmm_chol (self, k);
    lw_mat_copy (&cov, &chol);
    status = lw_chol_factor (&chol);
  }
  return status;
}

void
lw_gmm_log_joint (const LwGmm *self, const LwMat *x, double *block, const LwMat *log_joint)
{
  size_t n = x->rows, p = self->p;
  double squares[LW_GMM_BLOCK];

  for (size_t k = 0; k < self->K; k++) {
    LwMat chol = lw_gmm_chol (self, k);
    const double *mean = lw_mat_row (&self->mean, k);
    double constant = self->log_pi[k] - 0.5 * ((double) p * log_two_pi + lw_chol_logdet (&chol));
    for (size_t start = 0; start < n; start += LW_GMM_BLOCK) {
      size_t m = n - start < LW_GMM_BLOCK ? n - start : LW_GMM_BLOCK;
      LwMat e = lw_mat_view (block, p, m);
      for (size_t i = 0; i < m; i++) {
        const double *row = lw_mat_row (x, start + i);
        for (size_t j = 0; j < p; j++)
          block[j * m + i] = row[j] - mean[j];
      }
      lw_tri_solve_mat (&chol, false, &e);
      memset (squares, 0, m * sizeof *squares);
      for (size_t j = 0; j < p; j++)
        for (size_t i = 0; i < m; i++)
          squares[i] += block[j * m + i] * block[j * m + i];
      for (size_t i = 0; i < m; i++) { /* an overflow is a distance beyond all numbers, also where it met another: inf - inf */
        double value = constant - 0.5 * squares[i];
        lw_mat_set (log_joint, start + i, k, isnan (value) ? -INFINITY : value);
      }
    }
  }
}

size_t
lw_gmm_nearest (const LwGmm *self, const double *x, size_t p, double *scratch)
{
  double largest = 0, least = INFINITY;
  size_t nearest = 0;

  /* In units in which the largest coordinate is 1 no square can overflow. */
  for (size_t k = 0; k < self->K; k++)
    for (size_t j = 0; j < p; j++)
      largest = fmax (largest, fmax (fabs (x[j]), fabs (lw_mat_get (&self->mean, k, j))));
  for (size_t k = 0; k < self->K && largest > 0; k++) {
    LwMat chol = lw_gmm_chol (self, k), lead = lw_mat_block (&chol, 0, 0, p, p);
    double sum = 0;
    for (size_t j = 0; j < p; j++)
      scratch[j] = x[j] / largest - lw_mat_get (&self->mean, k, j) / largest;
    lw_tri_solve (&lead, false, scratch);
    for (size_t j = 0; j < p; j++)
      sum += scratch[j] * scratch[j];
    if (sum < least) {
      least = sum;
      nearest = k;
    }
  }
  return nearest;
}

LwStatus
lw_gmm_responsibilities (const LwGmm *self, const LwMat *x, const LwMat *log_resp, double *log_p)
{
  LwMat log_joint = { 0 };
  double *block;

  if (x->cols != self->p || (log_resp != NULL && (log_resp->rows != x->rows || log_resp->cols != self->K)))
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;
  LwStatus status = lw_mat_alloc (&log_joint, x->rows, self->K);
  if (status != LW_OK)
    return status;
  block = lw_doubles_new (self->p * LW_GMM_BLOCK);
  if (block == NULL) {
    lw_mat_clear (&log_joint);
    return LW_ERR_MEMORY;
  }
  lw_gmm_log_joint (self, x, block, &log_joint);
  for (size_t i = 0; i < x->rows; i++) {
    double *row = lw_mat_row (&log_joint, i), total = lw_log_normalise (row, self->K);
    if (!isfinite (total))
      row[lw_gmm_nearest (self, lw_mat_row (x, i), self->p, block)] = 0;
    if (log_p != NULL)
      log_p[i] = total;
  }
  if (log_resp != NULL)
    lw_mat_copy (&log_joint, log_resp);
  lw_mat_clear (&log_joint);
  free (block);
  return LW_OK;
}

void
lw_gmm_forget (LwGmm *self, double keep)
{
  for (size_t k = 0; k < self->K; k++)
    self->n[k] *= keep;
}

LwStatus
lw_gmm_to_arrays (const LwGmm *self, LwArrays *out)
{
  LwStatus status = lw_arrays_put_vector (out, "gmm_log_pi", self->log_pi, self->K);

  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "gmm_n", self->n, self->K);
  if (status == LW_OK)
    status = lw_arrays_put (out, "gmm_means", &self->mean);
  if (status == LW_OK)
    status = lw_arrays_put (out, "gmm_covs", &self->cov);
  return status;
}

LwStatus
lw_gmm_from_arrays (const LwArrays *in, LwGmm *out)
{
  const LwMat *means = lw_arrays_get (in, "gmm_means"), *covs = lw_arrays_get (in, "gmm_covs");
  LwGmm model;
  size_t rows;

  if (means == NULL || covs == NULL)
    return LW_ERR_SHAPE;
  size_t K = means->rows, p = means->cols;
  const double *log_pi = lw_arrays_get_vector (in, "gmm_log_pi", K), *n = lw_arrays_get_vector (in, "gmm_n", K);
  if (K == 0 || p == 0 || log_pi == NULL || n == NULL || covs->cols != p || __builtin_mul_overflow (K, p, &rows)
      || covs->rows != rows)
    return LW_ERR_SHAPE;
  if (!lw_all_finite (log_pi, K) || !lw_all_finite (n, K) || !lw_mat_is_finite (means) || !lw_mat_is_finite (covs))
    return LW_ERR_NOT_FINITE;
  for (size_t k = 0; k < K; k++)
    if (!(n[k] >= 0) || !(log_pi[k] <= 0))
      return LW_ERR_RANGE;
  LwStatus status = lw_gmm_alloc (&model, K, p);
  if (status != LW_OK)
    return status;
  memcpy (model.log_pi, log_pi, K * sizeof (double));
  memcpy (model.n, n, K * sizeof (double));
  lw_mat_copy (means, &model.mean);
  lw_mat_copy (covs, &model.cov);
  status = lw_gmm_factor (&model);
  if (status == LW_OK)
    *out = model;
  else
    lw_gmm_clear (&model);
  return status;
}
