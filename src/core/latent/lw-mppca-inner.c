/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"
#include "lw-mppca-private.h"

/* A column whose deviation is below this share of its mean is constant but for rounding. */
#define CONSTANT_COLUMN 1e-12

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
lw_mppca_inner_clear (LwMppcaInner *self)
{
  lw_mat_clear (&self->x);
  free (self->centre);
  free (self->scale);
  *self = (LwMppcaInner){ 0 };
}

LwStatus
lw_mppca_inner_init (LwMppcaInner *self, const LwMat *x, const LwMppcaSettings *settings)
{
  size_t n = x->rows, p = x->cols;

  *self = (LwMppcaInner){ .centre = lw_doubles_new (p), .scale = lw_doubles_new (p) };
  LwStatus status = lw_mat_alloc (&self->x, n, p);
  if (status == LW_OK && (self->centre == NULL || self->scale == NULL))
    status = LW_ERR_MEMORY;
  for (size_t i = 0; i < n && status == LW_OK; i++)
    for (size_t j = 0; j < p; j++)
      self->centre[j] += lw_mat_get (x, i, j);
  for (size_t j = 0; j < p && status == LW_OK; j++)
    self->centre[j] /= (double) n;
  for (size_t i = 0; i < n && status == LW_OK; i++) {
    const double *from = lw_mat_row (x, i);
    double *to = lw_mat_row (&self->x, i);
    for (size_t j = 0; j < p; j++) {
      to[j] = from[j] - self->centre[j];
      self->scale[j] += to[j] * to[j];
    }
  }
  for (size_t j = 0; j < p && status == LW_OK; j++) {
    double deviation = sqrt (self->scale[j] / (double) n), scale = j < settings->n_context ? settings->context_scale : 1;
    if (settings->standardise && deviation > CONSTANT_COLUMN * fabs (self->centre[j]))
      scale /= deviation;
    if (!(scale > 0) || isinf (scale) || isinf (deviation))
      status = LW_ERR_NOT_FINITE; /* a square or the quotient left the range of numbers */
    self->scale[j] = scale;
  }
  double total = 0;
  for (size_t i = 0; i < n && status == LW_OK; i++) {
    double *row = lw_mat_row (&self->x, i);
    for (size_t j = 0; j < p; j++)
      row[j] *= self->scale[j];
    total += lw_dot (row, row, p);
  }
  if (status == LW_OK && !isfinite (total))
    status = LW_ERR_NOT_FINITE; /* differences or squares of the data overflow */
  if (status != LW_OK)
    lw_mppca_inner_clear (self);
  return status;
}

LwStatus
lw_mppca_inner_return (const LwMppcaInner *self, LwMppca *model, LwMppcaReport *report, double *log_likelihoods)
{
  size_t p = model->p;
  double jacobian = 0;
  bool scaled = false;

  for (size_t j = 0; j < p; j++) {
    jacobian += log (self->scale[j]);
    scaled = scaled || self->scale[j] != 1;
  }
  if (scaled) {
    model->column_scale = lw_doubles_new (p);
    if (model->column_scale == NULL)
      return LW_ERR_MEMORY;
    for (size_t j = 0; j < p; j++)
      model->column_scale[j] = self->scale[j];
  }
  for (size_t k = 0; k < model->K; k++) {
    LwMat w = lw_mppca_loading (model, k);
    for (size_t j = 0; j < p; j++) {
      double *mean = &lw_mat_row (&model->mean, k)[j];
      *mean = *mean / self->scale[j] + self->centre[j];
      for (size_t a = 0; a < model->d && scaled; a++)
        lw_mat_row (&w, j)[a] /= self->scale[j];
    }
  }
  report->log_likelihood += jacobian;
  report->lowest += jacobian;
  report->highest += jacobian;
  for (size_t i = 0; log_likelihoods != NULL && i < report->iterations; i++)
    log_likelihoods[i] += jacobian;
  return LW_OK;
}
