/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-decoupled-policy.h"

#define BLOCK LW_LAMPO_BLOCK
/* exp() of less is zero or subnormal; skipping it also skips most components of most samples. */
#define NEGLIGIBLE_LOG (-700.0)

LwStatus
lw_decoupled_table_init (LwDecoupledTable *self, const LwDecoupledForm *form, size_t stride)
{
  size_t K = form->model->K, size;

  *self = (LwDecoupledTable){ .stride = stride };
  if (__builtin_mul_overflow (K + form->model->d, stride, &size))
    return LW_ERR_MEMORY;
  self->log_resp = lw_doubles_new (K * stride);
  self->resp = lw_doubles_new (K * stride);
  self->log_sum = lw_doubles_new (stride);
  self->u = lw_doubles_new (form->model->d * stride);
  self->log_p = lw_doubles_new (stride);
  self->inv_s = lw_doubles_new (K * form->model->d);
  if (!self->inv_s || !self->log_resp || !self->resp || !self->log_sum || !self->u || !self->log_p) {
    lw_decoupled_table_clear (self);
    return LW_ERR_MEMORY;
  }
  return LW_OK;
}

void
lw_decoupled_table_clear (LwDecoupledTable *self)
{
  free (self->log_resp);
  free (self->resp);
  free (self->log_sum);
  free (self->u);
  free (self->log_p);
  free (self->inv_s);
  *self = (LwDecoupledTable){ 0 };
}

/* Of BLOCK samples: log p(k | c), p(k | c), and the logarithm of the sum that normalises them. */
static void
gate_block (size_t K, size_t stride, const double *beta, const double *log_first, double *log_resp, double *resp, double *restrict log_sum)
{
  double highest[BLOCK], total[BLOCK] = { 0 };

  for (size_t i = 0; i < BLOCK; i++)
    highest[i] = -INFINITY;
  for (size_t k = 0; k < K; k++)
    for (size_t i = 0; i < BLOCK; i++) {
      double value = log_first[k * stride + i] + beta[k];
      log_resp[k * stride + i] = value;
      highest[i] = value > highest[i] ? value : highest[i];
    }
  for (size_t k = 0; k < K; k++)
    for (size_t i = 0; i < BLOCK; i++) {
      double below = log_resp[k * stride + i] - highest[i];
      double share = below > NEGLIGIBLE_LOG ? exp (below) : 0;
      resp[k * stride + i] = share;
      total[i] += share;
    }
  for (size_t i = 0; i < BLOCK; i++) {
    log_sum[i] = highest[i] + log (total[i]);
    total[i] = 1 / total[i];
  }
  for (size_t k = 0; k < K; k++)
    for (size_t i = 0; i < BLOCK; i++) {
      log_resp[k * stride + i] -= log_sum[i];
      resp[k * stride + i] *= total[i];
    }
}

/* log p(k_i, e_i | c_i) = log p(k_i | c_i) + log N (e_i | O [1; y], diag (s^2)) */
static void
density (LwDecoupledTable *self, const double *x, const LwDecoupledFeatures *features, const LwLampoSamples *samples, size_t i)
{
  const LwDecoupledForm *form = features->form;
  size_t d = form->model->d, r = form->model->r, stride = self->stride, k = samples->k[i];
  const double *log_s = x + lw_decoupled_log_s (form, k), *y = features->first.y + k * r * stride + i;
  double log_p = self->log_resp[k * stride + i] - 0.5 * (double) d * LW_LAMPO_LOG_2PI;

  for (size_t j = 0; j < d; j++) {
    const double *o = x + lw_decoupled_offset (form, k, j);
    double mean = o[0];
    for (size_t a = 1; a < form->q; a++)
      mean += o[a] * y[(a - 1) * stride];
    double u = (features->e[j * stride + i] - mean) * self->inv_s[k * d + j];
    self->u[j * stride + i] = u;
    log_p -= 0.5 * u * u + log_s[j];
  }
  self->log_p[i] = log_p;
}

void
lw_decoupled_table_evaluate (LwDecoupledTable *self, const double *x, const LwDecoupledFeatures *features, const LwLampoSamples *samples, size_t from)
{
  const LwDecoupledForm *form = features->form;
  size_t K = form->model->K, d = form->model->d;
  const double *log_s = x + lw_decoupled_log_s (form, 0);

  for (size_t i = 0; i < K * d; i++)
    self->inv_s[i] = exp (-log_s[i]);
  for (size_t i = from / BLOCK * BLOCK; i < samples->n; i += BLOCK)
    gate_block (K, self->stride, x, features->first.log_resp + i, self->log_resp + i, self->resp + i, self->log_sum + i);
  for (size_t i = from; i < samples->n; i++)
    density (self, x, features, samples, i);
}

void
lw_decoupled_table_gradient (const LwDecoupledTable *self, const LwDecoupledFeatures *features, const LwLampoSamples *samples,
                             const double *factor, double *grad)
{
  const LwDecoupledForm *form = features->form;
  size_t K = form->model->K, d = form->model->d, r = form->model->r, stride = self->stride, n = samples->n;

  memset (grad, 0, form->n_x * sizeof *grad);
  for (size_t k = 0; k < K; k++) {
    const double *resp = self->resp + k * stride;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
      sum += factor[i] * resp[i];
    grad[k] = -sum;
  }
  for (size_t i = 0; i < n; i++) {
    size_t k = samples->k[i];
    const double *y = features->first.y + k * r * stride + i;
    double *grad_log_s = grad + lw_decoupled_log_s (form, k), a = factor[i];
    if (a == 0)
      continue;
    grad[k] += a;
    for (size_t j = 0; j < d; j++) {
      double u = self->u[j * stride + i], pull = a * u * self->inv_s[k * d + j];
      double *grad_o = grad + lw_decoupled_offset (form, k, j);
      grad_o[0] += pull;
      for (size_t b = 1; b < form->q; b++)
        grad_o[b] += pull * y[(b - 1) * stride];
      grad_log_s[j] += a * (u * u - 1);
    }
  }
}
