/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-model.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-stats.h"

void
lw_lampo_model_clear (LwLampoModel *self)
{
  free (self->log_pi);
  free (self->noise_var);
  free (self->context_scale);
  lw_mat_clear (&self->context_mean);
  lw_mat_clear (&self->q);
  lw_mat_clear (&self->R);
  lw_mat_clear (&self->movement_mean);
  lw_mat_clear (&self->movement);
  *self = (LwLampoModel){ 0 };
}

static LwStatus
allocate (LwLampoModel *self)
{
  LwStatus status = LW_OK;
  struct {
    LwMat *mat;
    size_t rows, cols;
  } wanted[] = {
    { &self->context_mean, self->K, self->dc },      { &self->q, self->K * self->dc, self->r },
    { &self->R, self->K * self->r, self->d },        { &self->movement_mean, self->K, self->m },
    { &self->movement, self->K * self->m, self->d },
  };

  for (size_t i = 0; i < sizeof wanted / sizeof *wanted && status == LW_OK; i++)
    status = lw_mat_alloc (wanted[i].mat, wanted[i].rows, wanted[i].cols);
  self->log_pi = lw_doubles_new (self->K);
  self->noise_var = lw_doubles_new (self->K);
  self->context_scale = lw_doubles_new (self->dc);
  return self->log_pi != NULL && self->noise_var != NULL && self->context_scale != NULL ? status : LW_ERR_MEMORY;
}

static LwStatus
split_component (LwLampoModel *self, const LwMppca *mppca, size_t k)
{
  LwMat w = lw_mppca_loading (mppca, k), scaled;
  LwMat q = lw_mat_block (&self->q, k * self->dc, 0, self->dc, self->r);
  LwMat R = lw_mat_block (&self->R, k * self->r, 0, self->r, self->d);
  LwMat movement = lw_mat_block (&self->movement, k * self->m, 0, self->m, self->d);
  LwMat movement_rows = lw_mat_block (&w, self->dc, 0, self->m, self->d);

  LwStatus status = lw_mat_alloc (&scaled, self->dc, self->d);
  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < self->dc; i++) {
    lw_mat_set (&self->context_mean, k, i, lw_mat_get (&mppca->mean, k, i) * self->context_scale[i]);
    for (size_t j = 0; j < self->d; j++)
      lw_mat_set (&scaled, i, j, lw_mat_get (&w, i, j) * self->context_scale[i]);
  }
  for (size_t j = 0; j < self->m; j++)
    lw_mat_set (&self->movement_mean, k, j, lw_mat_get (&mppca->mean, k, self->dc + j));
  lw_mat_copy (&movement_rows, &movement);
  status = lw_qr_thin (&scaled, &q, &R);
  lw_mat_clear (&scaled);
  return status;
}

static bool
all_below_large (const LwMat *m, double scale)
{
  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++)
      if (!(fabs (scale * lw_mat_get (m, i, j)) < LW_LAMPO_LARGE))
        return false;
  return true;
}

static LwStatus
check_numbers (const LwMppca *mppca)
{
  if (!lw_mat_is_finite (&mppca->mean) || !lw_mat_is_finite (&mppca->loading))
    return LW_ERR_NOT_FINITE;
  double scale = 1;
  for (size_t j = 0; mppca->column_scale != NULL && j < mppca->p; j++) {
    if (!isfinite (mppca->column_scale[j]))
      return LW_ERR_NOT_FINITE;
    scale = fmax (scale, fabs (mppca->column_scale[j]));
  }
  if (!all_below_large (&mppca->mean, scale) || !all_below_large (&mppca->loading, scale))
    return LW_ERR_RANGE;
  for (size_t k = 0; k < mppca->K; k++) {
    if (!isfinite (mppca->log_pi[k]) || !isfinite (mppca->noise_var[k]))
      return LW_ERR_NOT_FINITE;
    if (!(mppca->noise_var[k] > 1 / LW_LAMPO_LARGE && mppca->noise_var[k] < LW_LAMPO_LARGE))
      return LW_ERR_RANGE;
  }
  return LW_OK;
}

LwStatus
lw_lampo_model_check_context (const LwLampoModel *self, const double *context)
{
  for (size_t i = 0; i < self->dc; i++) {
    if (!isfinite (context[i]))
      return LW_ERR_NOT_FINITE;
    if (!(fabs (context[i] * self->context_scale[i]) < LW_LAMPO_LARGE))
      return LW_ERR_RANGE;
  }
  return LW_OK;
}

LwStatus
lw_lampo_model_init (LwLampoModel *self, const LwMppca *mppca, size_t n_context)
{
  size_t K = mppca->K, d = mppca->d;

  *self = (LwLampoModel){ 0 };
  if (K == 0 || d == 0 || n_context >= mppca->p)
    return LW_ERR_SHAPE;
  LwStatus status = check_numbers (mppca);
  if (status != LW_OK)
    return status;

  self->K = K;
  self->d = d;
  self->dc = n_context;
  self->m = mppca->p - n_context;
  self->r = n_context < d ? n_context : d;
  self->n_x = K + 2 * K * d;
  status = allocate (self);
  if (status == LW_OK) {
    for (size_t i = 0; i < self->dc; i++)
      self->context_scale[i] = mppca->column_scale != NULL ? mppca->column_scale[i] : 1;
    memcpy (self->log_pi, mppca->log_pi, K * sizeof (double));
    memcpy (self->noise_var, mppca->noise_var, K * sizeof (double));
    lw_log_normalise (self->log_pi, K);
  }
  for (size_t k = 0; k < K && status == LW_OK; k++)
    status = split_component (self, mppca, k);
  if (status != LW_OK)
    lw_lampo_model_clear (self);
  return status;
}

void
lw_lampo_model_first_policy (const LwLampoModel *self, double *x)
{
  size_t Kd = self->K * self->d;

  memcpy (x, self->log_pi, self->K * sizeof *x);
  for (size_t i = 0; i < Kd; i++) {
    x[self->K + i] = 0;
    x[self->K + Kd + i] = 1;
  }
}

double
lw_lampo_model_project (const LwLampoModel *self, size_t k, const double *context, double *u)
{
  const double *mean = lw_mat_row (&self->context_mean, k);
  double rest = 0;

  /* Plain loops: the result for one sample must not depend on how many others are projected with it. */
  memset (u, 0, self->r * sizeof *u);
  for (size_t i = 0; i < self->dc; i++) {
    const double *q = lw_mat_row (&self->q, k * self->dc + i);
    double e = context[i] * self->context_scale[i] - mean[i];
    for (size_t a = 0; a < self->r; a++)
      u[a] += q[a] * e;
  }
  if (self->dc == self->r)
    return 0; /* Q_k is square: nothing is left over but rounding, which 1 / sigma^2 would blow up */
  for (size_t i = 0; i < self->dc; i++) {
    const double *q = lw_mat_row (&self->q, k * self->dc + i);
    double e = context[i] * self->context_scale[i] - mean[i];
    for (size_t a = 0; a < self->r; a++)
      e -= q[a] * u[a];
    rest += e * e;
  }
  return rest;
}

LwStatus
lw_lampo_model_to_arrays (const LwLampoModel *self, LwArrays *out)
{
  LwStatus status = lw_arrays_put_vector (out, "model_log_pi", self->log_pi, self->K);
  return status == LW_OK ? lw_arrays_put_vector (out, "model_sigma_sq", self->noise_var, self->K) : status;
}

LwStatus
lw_lampo_model_check_arrays (const LwLampoModel *self, const LwArrays *in)
{
  const double *log_pi = lw_arrays_get_vector (in, "model_log_pi", self->K);
  const double *noise_var = lw_arrays_get_vector (in, "model_sigma_sq", self->K);
  size_t size = self->K * sizeof (double);

  if (log_pi == NULL || noise_var == NULL)
    return LW_ERR_SHAPE;
  return memcmp (log_pi, self->log_pi, size) == 0 && memcmp (noise_var, self->noise_var, size) == 0 ? LW_OK : LW_ERR_RANGE;
}
