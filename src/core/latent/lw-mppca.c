/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
lw_mppca_settings_init (LwMppcaSettings *self)
{
  *self = (LwMppcaSettings){
    .K = 6,
    .d = 3,
    .restarts = 50,
    .candidates = 5,
    .max_iterations = 500,
    .tolerance = 1e-5,
    .noise_floor = 1e-8,
    .context_scale = 1,
  };
}

LwStatus
lw_mppca_alloc (LwMppca *self, size_t K, size_t d, size_t p)
{
  size_t rows;

  *self = (LwMppca){ .K = K, .d = d, .p = p };
  if (__builtin_mul_overflow (K, p, &rows))
    return LW_ERR_MEMORY;
  self->log_pi = lw_doubles_new (K);
  self->noise_var = lw_doubles_new (K);
  LwStatus status = lw_mat_alloc (&self->mean, K, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->loading, rows, d);
  if (self->log_pi == NULL || self->noise_var == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK)
    lw_mppca_clear (self);
  return status;
}

void
lw_mppca_clear (LwMppca *self)
{
  free (self->log_pi);
  free (self->noise_var);
  free (self->column_scale);
  lw_mat_clear (&self->mean);
  lw_mat_clear (&self->loading);
  *self = (LwMppca){ 0 };
}

LwMat
lw_mppca_loading (const LwMppca *self, size_t k)
{
  return lw_mat_block (&self->loading, k * self->p, 0, self->p, self->d);
}

double
lw_mppca_noise (const LwMppca *self, size_t k, size_t j)
{
  double scale = self->column_scale != NULL ? self->column_scale[j] : 1;
  return self->noise_var[k] / (scale * scale);
}

bool
lw_mppca_limit (size_t n_samples, size_t p, size_t *K, size_t *d)
{
  size_t K_asked = *K, d_asked = *d;
  size_t d_most = n_samples < p ? n_samples : p;

  d_most = d_most > 1 ? d_most - 1 : 1;
  *d = *d < d_most ? *d : d_most;
  *d = *d > 0 ? *d : 1;
  size_t K_most = n_samples / (*d + 2);
  *K = *K < K_most ? *K : K_most;
  *K = *K > 0 ? *K : 1;
  return *K < K_asked || *d < d_asked;
}

double
lw_mppca_n_parameters (size_t K, size_t d, size_t p)
{
  double k = (double) K, m = (double) p, l = (double) d;
  return k - 1 + k * m + k * (m * l - l * (l - 1) / 2) + k;
}

LwStatus
lw_mppca_to_arrays (const LwMppca *self, LwArrays *out)
{
  LwStatus status = lw_arrays_put_vector (out, "log_pi", self->log_pi, self->K);

  if (status == LW_OK)
    status = lw_arrays_put (out, "means", &self->mean);
  if (status == LW_OK)
    status = lw_arrays_put (out, "W", &self->loading);
  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "sigma_sq", self->noise_var, self->K);
  if (status == LW_OK && self->column_scale != NULL)
    status = lw_arrays_put_vector (out, "column_scale", self->column_scale, self->p);
  return status;
}

/* One scale a column, or the older form: a number of leading columns and their common scale. */
static LwStatus
read_scale (const LwArrays *in, LwMppca *model)
{
  const LwMat *columns = lw_arrays_get (in, "column_scale"), *context = lw_arrays_get (in, "context_scaling");
  size_t p = model->p;

  if (columns == NULL && context == NULL)
    return LW_OK;
  if (columns != NULL ? columns->rows * columns->cols != p : context->rows * context->cols != 2)
    return LW_ERR_SHAPE;
  if (columns == NULL && !(context->data[0] >= 0 && context->data[0] <= (double) p))
    return LW_ERR_RANGE;
  model->column_scale = lw_doubles_new (p);
  if (model->column_scale == NULL)
    return LW_ERR_MEMORY;
  for (size_t j = 0; j < p; j++) {
    double scale = columns != NULL ? columns->data[j] : j < (size_t) context->data[0] ? context->data[1] : 1;
    if (!(scale > 0) || isinf (scale))
      return LW_ERR_RANGE;
    model->column_scale[j] = scale;
  }
  return LW_OK;
}

LwStatus
lw_mppca_from_arrays (const LwArrays *in, LwMppca *out)
{
  const LwMat *log_pi = lw_arrays_get (in, "log_pi"), *means = lw_arrays_get (in, "means"), *w = lw_arrays_get (in, "W");
  const LwMat *sigma_sq = lw_arrays_get (in, "sigma_sq");

  if (log_pi == NULL || means == NULL || w == NULL || sigma_sq == NULL)
    return LW_ERR_SHAPE;
  size_t K = means->rows, p = means->cols, d = w->cols;
  if (K == 0 || p == 0 || d == 0 || w->rows != K * p || log_pi->rows * log_pi->cols != K || sigma_sq->rows * sigma_sq->cols != K)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (log_pi) || !lw_mat_is_finite (means) || !lw_mat_is_finite (w) || !lw_mat_is_finite (sigma_sq))
    return LW_ERR_NOT_FINITE;
  for (size_t k = 0; k < K; k++)
    if (!(sigma_sq->data[k] > 0))
      return LW_ERR_RANGE;

  LwMppca model;
  LwStatus status = lw_mppca_alloc (&model, K, d, p);
  if (status == LW_OK)
    status = read_scale (in, &model);
  if (status != LW_OK) {
    lw_mppca_clear (&model);
    return status;
  }
  memcpy (model.log_pi, log_pi->data, K * sizeof (double));
  memcpy (model.noise_var, sigma_sq->data, K * sizeof (double));
  lw_mat_copy (means, &model.mean);
  lw_mat_copy (w, &model.loading);
  *out = model;
  return LW_OK;
}
