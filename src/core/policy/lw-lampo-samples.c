/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-samples.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
lw_lampo_samples_init (LwLampoSamples *self, const LwLampoModel *model)
{
  *self = (LwLampoSamples){ .model = model };
}

void
lw_lampo_samples_clear (LwLampoSamples *self)
{
  lw_mat_clear (&self->contexts);
  free (self->k);
  free (self->reward);
  free (self->z);
  free (self->u);
  free (self->fixed);
  free (self->emission);
  free (self->scratch);
  *self = (LwLampoSamples){ 0 };
}

/* Rows of @old_stride become rows of @stride. */
static double *
widened (const double *from, size_t rows, size_t old_stride, size_t stride)
{
  size_t total;
  if (__builtin_mul_overflow (rows, stride, &total))
    return NULL;
  double *to = lw_doubles_new (total);
  for (size_t row = 0; to != NULL && row < rows && old_stride > 0; row++)
    memcpy (to + row * stride, from + row * old_stride, old_stride * sizeof *to);
  return to;
}

static LwStatus
reserve (LwLampoSamples *self, size_t n)
{
  const LwLampoModel *model = self->model;
  if (n <= self->stride)
    return LW_OK;

  size_t stride = self->stride > 0 ? self->stride : LW_LAMPO_BLOCK;
  while (stride < n)
    if (__builtin_mul_overflow (stride, 2, &stride))
      return LW_ERR_MEMORY;
  LwLampoSamples wider = { .model = model, .n = self->n, .stride = stride };
  wider.reward = widened (self->reward, 1, self->stride, stride);
  wider.emission = widened (self->emission, 1, self->stride, stride);
  wider.z = widened (self->z, model->d, self->stride, stride);
  wider.u = widened (self->u, model->K * model->r, self->stride, stride);
  wider.fixed = widened (self->fixed, model->K, self->stride, stride);
  wider.scratch = lw_doubles_new (model->r);
  wider.k = calloc (stride, sizeof *wider.k);
  LwStatus status = lw_mat_alloc (&wider.contexts, stride, model->dc);
  if (status != LW_OK || !wider.reward || !wider.emission || !wider.z || !wider.u || !wider.fixed || !wider.scratch || !wider.k) {
    lw_lampo_samples_clear (&wider);
    return LW_ERR_MEMORY;
  }
  if (self->n > 0) {
    LwMat from = lw_mat_block (&self->contexts, 0, 0, self->n, model->dc);
    LwMat to = lw_mat_block (&wider.contexts, 0, 0, self->n, model->dc);
    lw_mat_copy (&from, &to);
    memcpy (wider.k, self->k, self->n * sizeof *wider.k);
  }
  lw_lampo_samples_clear (self);
  *self = wider;
  return LW_OK;
}

static void
project (LwLampoSamples *self, size_t i)
{
  const LwLampoModel *model = self->model;
  const double *context = lw_mat_row (&self->contexts, i);
  size_t r = model->r, d = model->d, dc = model->dc, stride = self->stride;
  double *u = self->scratch;

  for (size_t k = 0; k < model->K; k++) {
    double noise_var = model->noise_var[k];
    double rest = lw_lampo_model_project (model, k, context, u);
    double fixed = -0.5 * (rest / noise_var + (double) (dc - r) * log (noise_var) + (double) dc * LW_LAMPO_LOG_2PI);
    self->fixed[k * stride + i] = fixed;
    for (size_t a = 0; a < r; a++)
      self->u[(k * r + a) * stride + i] = u[a];
    if (k != self->k[i])
      continue;
    double distance = 0;
    for (size_t a = 0; a < r; a++) {
      const double *row = lw_mat_row (&model->R, k * r + a);
      double e = u[a];
      for (size_t j = 0; j < d; j++)
        e -= row[j] * self->z[j * stride + i];
      distance += e * e;
    }
    self->emission[i] = fixed - 0.5 * (distance / noise_var + (double) r * log (noise_var));
  }
}

static LwStatus
check_sample (const LwLampoModel *model, const double *context, size_t k, const double *z, double reward)
{
  if (!isfinite (reward))
    return LW_ERR_NOT_FINITE;
  if (k >= model->K)
    return LW_ERR_RANGE;
  for (size_t j = 0; j < model->d; j++) {
    if (!isfinite (z[j]))
      return LW_ERR_NOT_FINITE;
    if (!(fabs (z[j]) < LW_LAMPO_LARGE))
      return LW_ERR_RANGE;
  }
  return lw_lampo_model_check_context (model, context);
}

LwStatus
lw_lampo_samples_add (LwLampoSamples *self, const LwMat *contexts, const size_t *k, const LwMat *z, const double *rewards)
{
  const LwLampoModel *model = self->model;
  size_t n = contexts->rows, total;

  if (contexts->cols != model->dc || z->rows != n || z->cols != model->d)
    return LW_ERR_SHAPE;
  for (size_t i = 0; i < n; i++) {
    LwStatus status = check_sample (model, lw_mat_row (contexts, i), k[i], lw_mat_row (z, i), rewards[i]);
    if (status != LW_OK)
      return status;
  }
  if (__builtin_add_overflow (self->n, n, &total))
    return LW_ERR_MEMORY;
  LwStatus status = reserve (self, total);
  if (status != LW_OK)
    return status;

  for (size_t i = 0; i < n; i++) {
    size_t at = self->n + i;
    for (size_t j = 0; j < model->dc; j++)
      lw_mat_set (&self->contexts, at, j, lw_mat_get (contexts, i, j));
    for (size_t j = 0; j < model->d; j++)
      self->z[j * self->stride + at] = lw_mat_get (z, i, j);
    self->k[at] = k[i];
    self->reward[at] = rewards[i];
    project (self, at);
  }
  self->n = total;
  return LW_OK;
}
