/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-table.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-lampo-block.h"

#define BLOCK LW_LAMPO_BLOCK

LwStatus
lw_decoupled_table_init (LwDecoupledTable *self, const LwDecoupledForm *form, size_t stride)
{
  size_t K = form->model->K, d = form->model->d, size;

  *self = (LwDecoupledTable){ .stride = stride };
  if (__builtin_mul_overflow (d, stride, &size))
    return LW_ERR_MEMORY;
  self->exp_beta = lw_doubles_new (K);
  self->inv_s = lw_doubles_new (K * d);
  self->log_sum = lw_doubles_new (stride);
  self->inv_sum = lw_doubles_new (stride);
  self->u = lw_doubles_new (size);
  self->log_p = lw_doubles_new (stride);
  if (!self->exp_beta || !self->inv_s || !self->log_sum || !self->inv_sum || !self->u || !self->log_p) {
    lw_decoupled_table_clear (self);
    return LW_ERR_MEMORY;
  }
  return LW_OK;
}

void
lw_decoupled_table_clear (LwDecoupledTable *self)
{
  free (self->exp_beta);
  free (self->inv_s);
  free (self->log_sum);
  free (self->inv_sum);
  free (self->u);
  free (self->log_p);
  *self = (LwDecoupledTable){ 0 };
}

/* Of the block at @at, whose first @n samples count: what normalises the gate. */
static void
sum_gate (LwDecoupledTable *self, const LwDecoupledFeatures *features, size_t at, size_t n)
{
  double total[BLOCK] = { 0 };

  for (size_t k = 0; k < features->form->model->K; k++) {
    const double *restrict p_0 = features->first.resp + k * features->first.stride + at;
    double scale = self->exp_beta[k];
    for (size_t i = 0; i < BLOCK; i++)
      total[i] += scale * p_0[i];
  }
  for (size_t i = 0; i < BLOCK; i++) {
    self->log_sum[at + i] = log (total[i]);
    self->inv_sum[at + i] = i < n ? 1 / total[i] : 0;
  }
}

/* log p(k_i, e_i | c_i) = log p(k_i | c_i) + log N (e_i | O [1; y], diag (s^2)) */
static void
find_density (LwDecoupledTable *self, const double *x, const LwDecoupledFeatures *features, const LwLampoSamples *samples,
              size_t i)
{
  const LwDecoupledForm *form = features->form;
  size_t d = form->model->d, r = form->model->r, q = form->q, stride = self->stride, k = samples->k[i];
  const double *log_s = x + lw_decoupled_log_s (form, k), *inv_s = self->inv_s + k * d, *o = x + lw_decoupled_offset (form, k, 0);
  const double *y = features->first.y + k * r * stride + i;
  double log_p = x[k] + features->first.log_resp[k * stride + i] - self->log_sum[i] - 0.5 * (double) d * LW_LAMPO_LOG_2PI;

  for (size_t j = 0; j < d; j++, o += q) {
    double mean = o[0];
    for (size_t a = 1; a < q; a++)
      mean += o[a] * y[(a - 1) * stride];
    double u = (samples->z[j * stride + i] - mean) * inv_s[j];
    self->u[j * stride + i] = u;
    log_p -= 0.5 * u * u + log_s[j];
  }
  self->log_p[i] = log_p;
}

void
lw_decoupled_table_evaluate (LwDecoupledTable *self, const double *x, const LwDecoupledFeatures *features,
                             const LwLampoSamples *samples, size_t from)
{
  const LwDecoupledForm *form = features->form;
  size_t K = form->model->K, d = form->model->d;
  const double *log_s = x + lw_decoupled_log_s (form, 0);

  for (size_t k = 0; k < K; k++)
    self->exp_beta[k] = exp (x[k]);
  for (size_t i = 0; i < K * d; i++)
    self->inv_s[i] = exp (-log_s[i]);
  for (size_t at = from / BLOCK * BLOCK; at < samples->n; at += BLOCK) {
    sum_gate (self, features, at, samples->n - at);
    for (size_t i = at; i < at + BLOCK && i < samples->n; i++)
      find_density (self, x, features, samples, i);
  }
}

/* What factor_i grad log p_i has from the sample's own component. */
static void
add_own_terms (const LwDecoupledTable *self, const LwDecoupledFeatures *features, const LwLampoSamples *samples, size_t i,
               double factor, double *grad)
{
  const LwDecoupledForm *form = features->form;
  size_t d = form->model->d, r = form->model->r, q = form->q, stride = self->stride, k = samples->k[i];
  const double *y = features->first.y + k * r * stride + i, *inv_s = self->inv_s + k * d;
  double *grad_o = grad + lw_decoupled_offset (form, k, 0), *grad_log_s = grad + lw_decoupled_log_s (form, k);

  grad[k] += factor;
  for (size_t j = 0; j < d; j++, grad_o += q) {
    double u = self->u[j * stride + i], pull = factor * u * inv_s[j];
    grad_o[0] += pull;
    for (size_t a = 1; a < q; a++)
      grad_o[a] += pull * y[(a - 1) * stride];
    grad_log_s[j] += factor * (u * u - 1);
  }
}

void
lw_decoupled_table_gradient (const LwDecoupledTable *self, const LwDecoupledFeatures *features, const LwLampoSamples *samples,
                             const double *factor, double *grad)
{
  const LwDecoupledForm *form = features->form;
  size_t K = form->model->K, n = samples->n;

  memset (grad, 0, form->n_x * sizeof *grad);
  for (size_t at = 0; at < n; at += BLOCK) { /* of -log_sum: -p(k | c_i) */
    double share[BLOCK] = { 0 };
    for (size_t i = 0; i < BLOCK && at + i < n; i++)
      share[i] = factor[at + i] * self->inv_sum[at + i];
    for (size_t k = 0; k < K; k++)
      grad[k] -= self->exp_beta[k] * lw_block_dot (share, features->first.resp + k * self->stride + at);
  }
  for (size_t i = 0; i < n; i++)
    if (factor[i] != 0)
      add_own_terms (self, features, samples, i, factor[i], grad);
}

void
lw_decoupled_table_resp (const LwDecoupledTable *self, const LwDecoupledFeatures *features, size_t k, size_t at,
                         double *restrict resp)
{
  const double *restrict p_0 = features->first.resp + k * self->stride + at, *restrict inv_sum = self->inv_sum + at;
  double scale = self->exp_beta[k];

  for (size_t i = 0; i < BLOCK; i++)
    resp[i] = scale * p_0[i] * inv_sum[i];
}

double
lw_decoupled_table_weight (const LwDecoupledTable *self, const LwDecoupledFeatures *features, size_t k, size_t n)
{
  const double *p_0 = features->first.resp + k * self->stride;
  double sum = 0;

  for (size_t at = 0; at < n; at += BLOCK)
    sum += lw_block_dot (p_0 + at, self->inv_sum + at);
  return self->exp_beta[k] * sum / (double) n;
}
