/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-mean.h"

#include <math.h>
#include <stdlib.h>

void
lw_decoupled_mean_clear (LwDecoupledMean *self)
{
  if (self->has_regression)
    lw_offset_model_clear (&self->regression);
  free (self->phi);
  free (self->scratch);
  *self = (LwDecoupledMean){ 0 };
}

/* sum_k p(k|c) |movement - mean of k|^2 */
static double
square_error (LwDecoupledMean *self, const double *log_resp, const double *y, const double *movement)
{
  const LwLampoModel *model = self->form->model;
  double *z = self->scratch, *mean = self->scratch + 2 * model->d, error = 0;

  for (size_t k = 0; k < model->K; k++) {
    double p = exp (log_resp[k]), square = 0;
    if (p == 0)
      continue;
    lw_lampo_policy_latent_mean (&self->form->first, k, y + k * model->r, z);
    lw_lampo_model_movement (model, k, z, mean);
    for (size_t j = 0; j < model->m; j++)
      square += (movement[j] - mean[j]) * (movement[j] - mean[j]);
    error += p * square;
  }
  return error;
}

/* Sum of squares of @movements about their mean. */
static double
spread_of (const LwMat *movements)
{
  double sum = 0;

  for (size_t j = 0; j < movements->cols; j++) {
    double mean = 0;
    for (size_t i = 0; i < movements->rows; i++)
      mean += lw_mat_get (movements, i, j) / (double) movements->rows;
    for (size_t i = 0; i < movements->rows; i++)
      sum += (lw_mat_get (movements, i, j) - mean) * (lw_mat_get (movements, i, j) - mean);
  }
  return sum;
}

static LwStatus
measure_mixture (LwDecoupledMean *self, const LwImitation *imitation)
{
  const LwLampoModel *model = self->form->model;
  size_t n = imitation->contexts.rows;
  double fitted = (double) (model->K * (1 + model->r)) / (double) n, error = 0;
  double *log_resp = lw_doubles_new (model->K * (1 + model->r));

  if (log_resp == NULL)
    return LW_ERR_MEMORY;
  for (size_t i = 0; i < n; i++) {
    const double *context = lw_mat_row (&imitation->contexts, i);
    double *y = log_resp + model->K;
    lw_lampo_policy_gate (&self->form->first, context, log_resp, y);
    error += square_error (self, log_resp, y, lw_mat_row (&imitation->movements, i));
  }
  free (log_resp);
  self->mixture_error = fitted < 1 ? sqrt (error / spread_of (&imitation->movements)) / (1 - fitted) : INFINITY;
  return LW_OK;
}

static bool
has_demonstrations (const LwDecoupledForm *form, const LwImitation *imitation)
{
  const LwMat *c = &imitation->contexts, *w = &imitation->movements;

  return c->rows > 0 && c->rows == w->rows && c->cols == form->model->dc && w->cols == form->model->m && form->model->dc > 0;
}

LwStatus
lw_decoupled_mean_init (LwDecoupledMean *self, const LwDecoupledForm *form, const LwImitation *imitation)
{
  *self = (LwDecoupledMean){ .form = form, .mixture_error = (double) NAN, .regression_error = (double) NAN };
  self->scratch = lw_doubles_new (2 * form->model->d + form->model->m);
  LwStatus status = self->scratch != NULL ? LW_OK : LW_ERR_MEMORY;
  if (status == LW_OK && has_demonstrations (form, imitation)) {
    status = lw_offset_model_init (&self->regression, imitation, 0, 1, 0.1);
    self->has_regression = status == LW_OK;
    if (status == LW_ERR_TOO_FEW || status == LW_ERR_NOT_FINITE)
      status = LW_OK; /* nothing to regress on: the mixture was fitted to more, or differently */
  }
  if (status == LW_OK && self->has_regression) {
    self->regression_error = self->regression.left_out;
    self->phi = lw_doubles_new (self->regression.features.f);
    status = self->phi != NULL ? measure_mixture (self, imitation) : LW_ERR_MEMORY;
  }
  if (status != LW_OK)
    lw_decoupled_mean_clear (self);
  return status;
}

LwStatus
lw_decoupled_mean_to_arrays (const LwDecoupledMean *self, LwArrays *out)
{
  if (!self->has_regression)
    return LW_OK;
  LwStatus status = lw_arrays_put_scalar (out, "mixture_error", self->mixture_error);
  return status == LW_OK ? lw_offset_model_to_arrays (&self->regression, out) : status;
}

LwStatus
lw_decoupled_mean_from_arrays (LwDecoupledMean *self, const LwDecoupledForm *form, const LwArrays *in)
{
  *self = (LwDecoupledMean){ .form = form, .mixture_error = (double) NAN, .regression_error = (double) NAN };
  self->scratch = lw_doubles_new (2 * form->model->d + form->model->m);
  LwStatus status = self->scratch != NULL ? LW_OK : LW_ERR_MEMORY;
  if (status == LW_OK && lw_arrays_get (in, "mixture_error") != NULL) {
    self->mixture_error = lw_arrays_get_scalar (in, "mixture_error", (double) NAN);
    status = lw_offset_model_from_arrays (in, form->model->dc, form->model->m, &self->regression);
    self->has_regression = status == LW_OK;
  }
  if (status == LW_OK && self->has_regression) {
    self->regression_error = self->regression.left_out;
    self->phi = lw_doubles_new (self->regression.features.f);
    if (self->phi == NULL)
      status = LW_ERR_MEMORY;
  }
  if (status != LW_OK)
    lw_decoupled_mean_clear (self);
  return status;
}

bool
lw_decoupled_mean_is_regression (const LwDecoupledMean *self, LwDecoupledMeanChoice choice)
{
  return self->has_regression
         && (choice == LW_DECOUPLED_REGRESSION || (choice == LW_DECOUPLED_BETTER && self->regression_error < self->mixture_error));
}

void
lw_decoupled_mean_movement (const LwDecoupledMean *self, bool regression, const double *context, size_t k, const double *y_k, const double *z,
                            double *movement)
{
  const LwLampoModel *model = self->form->model;
  double *change = self->scratch;

  if (!regression) {
    lw_lampo_model_movement (model, k, z, movement);
    return;
  }
  lw_lampo_policy_latent_mean (&self->form->first, k, y_k, change);
  for (size_t j = 0; j < model->d; j++)
    change[j] = z[j] - change[j];
  LwMat omega = lw_mat_block (&model->movement, k * model->m, 0, model->m, model->d);
  lw_offset_model_movement (&self->regression, context, NULL, self->phi, movement);
  lw_gemv (1, &omega, false, change, 1, movement);
}
