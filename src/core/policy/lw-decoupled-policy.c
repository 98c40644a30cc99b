/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-stats.h"

/* exp() of this and its square are far from overflow. */
#define MOST_LOG_S 150.0

LwStatus
lw_decoupled_form_init (LwDecoupledForm *self, const LwLampoModel *model, bool slopes)
{
  *self = (LwDecoupledForm){ .model = model, .slopes = slopes, .q = slopes ? 1 + model->r : 1 };
  self->n_x = model->K * (1 + model->d * (self->q + 1));
  double *x = lw_doubles_new (model->n_x);
  LwStatus status = x != NULL ? lw_lampo_policy_init (&self->first, model) : LW_ERR_MEMORY;
  if (status == LW_OK) {
    lw_lampo_model_first_policy (model, x);
    if (!lw_lampo_policy_set (&self->first, x))
      status = LW_ERR_RANGE;
  }
  free (x);
  return status;
}

void
lw_decoupled_form_clear (LwDecoupledForm *self)
{
  lw_lampo_policy_clear (&self->first);
  *self = (LwDecoupledForm){ 0 };
}

bool
lw_decoupled_is_policy (const LwDecoupledForm *self, const double *x)
{
  for (size_t i = 0; i < self->n_x; i++)
    if (!(fabs (x[i]) < LW_LAMPO_LARGE))
      return false;
  for (size_t i = lw_decoupled_log_s (self, 0); i < self->n_x; i++)
    if (fabs (x[i]) > MOST_LOG_S)
      return false;
  return true;
}

void
lw_decoupled_gate (const LwDecoupledForm *self, const double *x, const double *context, double *log_resp, double *y)
{
  lw_lampo_policy_gate (&self->first, context, log_resp, y);
  for (size_t k = 0; k < self->model->K; k++)
    log_resp[k] += x[k];
  lw_log_normalise (log_resp, self->model->K);
}

/* O_k [1; y] in row @j; @stride between the elements of @y. */
static double
mean_of (const LwDecoupledForm *self, const double *x, size_t k, size_t j, const double *y, size_t stride)
{
  const double *o = x + lw_decoupled_offset (self, k, j);
  double mean = o[0];

  for (size_t a = 1; a < self->q; a++)
    mean += o[a] * y[(a - 1) * stride];
  return mean;
}

/* @z (d) = mean_k(c) + L_k @e; @e is clobbered. L_k = L_B'^-1 at s = 1. */
static void
move_latent (const LwDecoupledForm *self, size_t k, const double *y_k, double *e, double *z)
{
  size_t d = self->model->d;
  LwMat b = lw_mat_view (self->first.chol_b + k * d * d, d, d);

  lw_lampo_policy_latent_mean (&self->first, k, y_k, z);
  lw_tri_solve (&b, true, e);
  for (size_t j = 0; j < d; j++)
    z[j] += e[j];
}

void
lw_decoupled_latent_mean (const LwDecoupledForm *self, const double *x, size_t k, const double *y_k, double *e, double *z)
{
  for (size_t j = 0; j < self->model->d; j++)
    e[j] = mean_of (self, x, k, j, y_k, 1);
  move_latent (self, k, y_k, e, z);
}

double
lw_decoupled_sample (const LwDecoupledForm *self, const double *x, const double *context, LwRng *rng, double *workspace, size_t *k, double *z)
{
  size_t K = self->model->K, d = self->model->d, r = self->model->r;
  double *log_resp = workspace, *y = workspace + K, *e = workspace + K + K * r;

  lw_decoupled_gate (self, x, context, log_resp, y);
  *k = lw_rng_categorical (rng, log_resp, K);
  const double *y_k = y + *k * r, *log_s = x + lw_decoupled_log_s (self, *k);
  double log_p = log_resp[*k];
  lw_rng_normals (rng, e, d);
  for (size_t j = 0; j < d; j++) {
    log_p -= 0.5 * (e[j] * e[j] + LW_LAMPO_LOG_2PI) + log_s[j];
    e[j] = mean_of (self, x, *k, j, y_k, 1) + exp (log_s[j]) * e[j];
  }
  move_latent (self, *k, y_k, e, z);
  return log_p;
}

/* ---- samples ---- */

void
lw_decoupled_features_init (LwDecoupledFeatures *self, const LwDecoupledForm *form)
{
  *self = (LwDecoupledFeatures){ .form = form };
}

void
lw_decoupled_features_clear (LwDecoupledFeatures *self)
{
  lw_lampo_table_clear (&self->first);
  free (self->e);
  free (self->scratch);
  *self = (LwDecoupledFeatures){ .form = self->form };
}

static LwStatus
reserve (LwDecoupledFeatures *self, size_t stride)
{
  if (self->first.stride == stride)
    return LW_OK;
  lw_decoupled_features_clear (self);
  LwStatus status = lw_lampo_table_init (&self->first, self->form->model, stride);
  if (status == LW_OK)
    self->e = lw_doubles_new (self->form->model->d * stride);
  self->scratch = lw_doubles_new (self->form->model->r + self->form->model->d);
  if (status == LW_OK && (self->e == NULL || self->scratch == NULL))
    status = LW_ERR_MEMORY;
  if (status != LW_OK)
    lw_decoupled_features_clear (self);
  return status;
}

static void
find_residual (LwDecoupledFeatures *self, const LwLampoSamples *samples, size_t i)
{
  const LwLampoPolicy *first = &self->form->first;
  size_t d = self->form->model->d, r = self->form->model->r, stride = samples->stride, k = samples->k[i];
  double *y = self->scratch, *e = y + r;
  const double *l = first->chol_b + k * d * d;

  for (size_t a = 0; a < r; a++)
    y[a] = self->first.y[(k * r + a) * stride + i];
  lw_lampo_policy_latent_mean (first, k, y, e);
  for (size_t j = 0; j < d; j++)
    e[j] = samples->z[j * stride + i] - e[j];
  for (size_t j = 0; j < d; j++) { /* L_B' e, row by row: row j needs what lies at and beyond j */
    double sum = 0;
    for (size_t b = j; b < d; b++)
      sum += l[b * d + j] * e[b];
    self->e[j * stride + i] = sum;
  }
}

LwStatus
lw_decoupled_features_update (LwDecoupledFeatures *self, const LwLampoSamples *samples)
{
  LwStatus status = reserve (self, samples->stride);
  if (status != LW_OK || samples->n == 0)
    return status;
  if (self->n > samples->n)
    self->n = samples->n;
  if (self->n < samples->n)
    lw_lampo_table_evaluate (&self->first, &self->form->first, samples, self->n);
  for (size_t i = self->n; i < samples->n; i++)
    find_residual (self, samples, i);
  self->n = samples->n;
  return LW_OK;
}
