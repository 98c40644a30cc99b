/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-mean.h"

#include <math.h>
#include <stdlib.h>

/* Of the regression model's own directions, which are not searched here. */
#define LEAST_DEVIATION 0.1

void
lw_decoupled_mean_clear (LwDecoupledMean *self)
{
  if (self->has_regression)
    lw_offset_model_clear (&self->regression);
  *self = (LwDecoupledMean){ 0 };
}

/* sum_k p(k|c) |movement - mean of k|^2; @scratch (d + m). */
static double
square_error (const LwDecoupledForm *form, const double *log_resp, const double *y, const double *movement, double *scratch)
{
  const LwLampoModel *model = form->model;
  double *z = scratch, *mean = scratch + model->d, error = 0;

  for (size_t k = 0; k < model->K; k++) {
    double p = exp (log_resp[k]), square = 0;
    if (p == 0)
      continue;
    lw_lampo_policy_latent_mean (&form->first, k, y + k * model->r, z);
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
measure_mixture (LwDecoupledMean *self, const LwLampoModel *model, const LwImitation *imitation)
{
  size_t n = imitation->contexts.rows, K = model->K;
  double fitted = (double) (K * (1 + model->r)) / (double) n, error = 0;
  LwDecoupledForm form;

  LwStatus status = lw_decoupled_form_init (&form, model, false);
  if (status != LW_OK)
    return status;
  double *log_resp = lw_doubles_new (K + K * model->r + model->d + model->m);
  for (size_t i = 0; i < n && log_resp != NULL; i++) {
    double *y = log_resp + K, *scratch = y + K * model->r;
    lw_lampo_policy_gate (&form.first, lw_mat_row (&imitation->contexts, i), log_resp, y);
    error += square_error (&form, log_resp, y, lw_mat_row (&imitation->movements, i), scratch);
  }
  self->mixture_error = fitted < 1 ? sqrt (error / spread_of (&imitation->movements)) / (1 - fitted) : INFINITY;
  status = log_resp != NULL ? LW_OK : LW_ERR_MEMORY;
  free (log_resp);
  lw_decoupled_form_clear (&form);
  return status;
}

static bool
has_demonstrations (const LwLampoModel *model, const LwImitation *imitation)
{
  const LwMat *c = &imitation->contexts, *w = &imitation->movements;

  return c->rows > 0 && c->rows == w->rows && c->cols == model->dc && w->cols == model->m && model->dc > 0;
}

LwStatus
lw_decoupled_mean_init (LwDecoupledMean *self, const LwLampoModel *model, const LwImitation *imitation)
{
  *self = (LwDecoupledMean){ .mixture_error = (double) NAN, .regression_error = (double) NAN };
  if (!has_demonstrations (model, imitation))
    return LW_OK;
  LwStatus status = lw_offset_model_init (&self->regression, imitation, 0, 1, LEAST_DEVIATION);
  if (status != LW_OK) /* nothing to regress on; the mixture is there, fitted to more, or differently */
    return status == LW_ERR_MEMORY ? status : LW_OK;
  self->has_regression = true;
  self->regression_error = self->regression.left_out;
  status = measure_mixture (self, model, imitation);
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
lw_decoupled_mean_from_arrays (LwDecoupledMean *self, const LwLampoModel *model, const LwArrays *in)
{
  *self = (LwDecoupledMean){ .mixture_error = (double) NAN, .regression_error = (double) NAN };
  if (lw_arrays_get (in, "mixture_error") == NULL)
    return LW_OK;
  LwStatus status = lw_offset_model_from_arrays (in, model->dc, model->m, &self->regression);
  if (status != LW_OK)
    return status;
  self->has_regression = true;
  self->mixture_error = lw_arrays_get_scalar (in, "mixture_error", (double) NAN);
  self->regression_error = self->regression.left_out;
  return LW_OK;
}

bool
lw_decoupled_mean_is_regression (const LwDecoupledMean *self, LwDecoupledMeanChoice choice)
{
  return self->has_regression
         && (choice == LW_DECOUPLED_REGRESSION
             || (choice == LW_DECOUPLED_BETTER && self->regression_error < self->mixture_error));
}

size_t
lw_decoupled_mean_scratch (const LwDecoupledMean *self, const LwDecoupledForm *form)
{
  size_t d = form->model->d, f = self->has_regression ? self->regression.features.f : 0;

  return d > f ? d : f;
}

void
lw_decoupled_mean_movement (const LwDecoupledMean *self, const LwDecoupledForm *form, bool regression, const double *context,
                            size_t k, const double *y_k, const double *change, double *scratch, double *movement)
{
  const LwLampoModel *model = form->model;
  LwMat omega = lw_mat_block (&model->movement, k * model->m, 0, model->m, model->d);

  if (regression)
    lw_offset_model_movement (&self->regression, context, NULL, scratch, movement);
  else {
    lw_lampo_policy_latent_mean (&form->first, k, y_k, scratch);
    lw_lampo_model_movement (model, k, scratch, movement);
  }
  lw_gemv (1, &omega, false, change, 1, movement);
}
