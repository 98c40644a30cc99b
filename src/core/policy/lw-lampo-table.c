/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "lw-lampo-block.h"
#include "lw-lampo-policy.h"

#define BLOCK LW_LAMPO_BLOCK
/* exp() of less is zero or subnormal; skipping it also skips most components of most samples. */
#define NEGLIGIBLE_LOG (-700.0)

LwStatus
lw_lampo_table_init (LwLampoTable *self, const LwLampoModel *model, size_t stride)
{
  size_t rows;

  *self = (LwLampoTable){ .stride = stride };
  if (__builtin_mul_overflow (model->K * (model->r + 1), stride, &rows))
    return LW_ERR_MEMORY;
  self->y = lw_doubles_new (model->K * model->r * stride);
  self->log_resp = lw_doubles_new (model->K * stride);
  self->resp = lw_doubles_new (model->K * stride);
  self->log_p = lw_doubles_new (stride);
  if (!self->y || !self->log_resp || !self->resp || !self->log_p) {
    lw_lampo_table_clear (self);
    return LW_ERR_MEMORY;
  }
  return LW_OK;
}

void
lw_lampo_table_clear (LwLampoTable *self)
{
  free (self->y);
  free (self->log_resp);
  free (self->resp);
  free (self->log_p);
  *self = (LwLampoTable){ 0 };
}

/* y = L^-1 (u - R mu) by forward substitution over a whole block at once; @log_joint receives log pi_k N(c | k). */
static void
whiten_block (const LwLampoPolicy *policy, size_t k, size_t stride, const double *u, const double *fixed, double *y,
              size_t y_stride, double *restrict log_joint)
{
  size_t r = policy->model->r;
  const double *l = policy->chol_s + k * r * r, *offset = policy->offset + k * r;
  double constant = policy->log_pi[k] - 0.5 * policy->log_det_s[k];
  double square[BLOCK] = { 0 };

  for (size_t a = 0; a < r; a++) {
    const double *restrict from = u + a * stride;
    double *restrict to = y + a * y_stride;
    double shift = offset[a], scale = 1 / l[a * r + a];
    for (size_t i = 0; i < BLOCK; i++)
      to[i] = from[i] - shift;
    for (size_t b = 0; b < a; b++) {
      const double *restrict done = y + b * y_stride;
      double factor = l[a * r + b];
      for (size_t i = 0; i < BLOCK; i++)
        to[i] -= factor * done[i];
    }
    for (size_t i = 0; i < BLOCK; i++) {
      to[i] *= scale;
      square[i] += to[i] * to[i];
    }
  }
  for (size_t i = 0; i < BLOCK; i++)
    log_joint[i] = constant + fixed[i] - 0.5 * square[i];
}

/* From log pi_k N(c | k) to log p(k | c) and p(k | c); @log_sum receives log p(c). */
static void
normalise_block (size_t K, size_t stride, double *log_resp, double *resp, double *restrict log_sum)
{
  double highest[BLOCK], total[BLOCK] = { 0 };

  for (size_t i = 0; i < BLOCK; i++)
    highest[i] = log_resp[i];
  for (size_t k = 1; k < K; k++)
    for (size_t i = 0; i < BLOCK; i++)
      highest[i] = log_resp[k * stride + i] > highest[i] ? log_resp[k * stride + i] : highest[i];
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

/* log p(z, k | c) = log pi_k + log N(z | mu_k, Sigma_k) + log N(c | C_k z + c_k, sigma_k^2 I) - log p(c)   [T eq. 14] */
static double
log_density (const LwLampoPolicy *policy, const LwLampoSamples *samples, size_t i, double log_sum)
{
  size_t k = samples->k[i], d = policy->model->d;
  const double *mu = lw_lampo_policy_mu (policy, k), *s = lw_lampo_policy_s (policy, k);
  double distance = 0;

  for (size_t j = 0; j < d; j++) {
    double t = (samples->z[j * samples->stride + i] - mu[j]) / s[j];
    distance += t * t;
  }
  return policy->log_pi[k] - 0.5 * (distance + (double) d * LW_LAMPO_LOG_2PI) - policy->log_scale[k] + samples->emission[i]
         - log_sum;
}

void
lw_lampo_table_evaluate (LwLampoTable *self, const LwLampoPolicy *policy, const LwLampoSamples *samples, size_t from)
{
  const LwLampoModel *model = policy->model;
  size_t K = model->K, r = model->r;
  double log_sum[BLOCK];

  for (size_t at = from / BLOCK * BLOCK; at < samples->n; at += BLOCK) {
    for (size_t k = 0; k < K; k++)
      whiten_block (policy, k, samples->stride, samples->u + k * r * samples->stride + at,
                    samples->fixed + k * samples->stride + at, self->y + k * r * self->stride + at, self->stride,
                    self->log_resp + k * self->stride + at);
    normalise_block (K, self->stride, self->log_resp + at, self->resp + at, log_sum);
    for (size_t i = at; i < at + BLOCK && i < samples->n; i++)
      self->log_p[i] = log_density (policy, samples, i, log_sum[i - at]);
  }
}

void
lw_lampo_table_moments (const LwLampoTable *self, const LwLampoModel *model, size_t k, size_t n_padded, const double *omega,
                        double *m0, double *m1, double *m2)
{
  size_t r = model->r;
  const double *y = self->y + k * r * self->stride;
  double weighted[BLOCK];

  *m0 = 0;
  for (size_t a = 0; a < r; a++) {
    m1[a] = 0;
    for (size_t b = 0; b < r; b++)
      m2[a * r + b] = 0;
  }
  for (size_t at = 0; at < n_padded; at += BLOCK) {
    *m0 += lw_block_sum (omega + at);
    for (size_t a = 0; a < r; a++) {
      const double *y_a = y + a * self->stride + at;
      for (size_t i = 0; i < BLOCK; i++)
        weighted[i] = omega[at + i] * y_a[i];
      m1[a] += lw_block_sum (weighted);
      for (size_t b = 0; b <= a; b++)
        m2[a * r + b] += lw_block_dot (weighted, y + b * self->stride + at);
    }
  }
  for (size_t a = 0; a < r; a++)
    for (size_t b = 0; b < a; b++)
      m2[b * r + a] = m2[a * r + b];
}

void
lw_lampo_policy_add_gate_gradient (const LwLampoPolicy *policy, size_t k, const double *moments, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t r = model->r, d = model->d;
  const double *m0 = moments, *m1 = moments + 1, *m2 = m1 + r;
  const double *s = lw_lampo_policy_s (policy, k), *g = policy->g + k * r * d;
  double *grad_mu = grad + lw_lampo_model_mu (model, k), *grad_s = grad + lw_lampo_model_s (model, k);

  grad[k] += *m0;
  for (size_t j = 0; j < d; j++) {
    double linear = 0, quadratic = 0, norm = 0;
    for (size_t a = 0; a < r; a++) {
      double inner = 0;
      for (size_t b = 0; b < r; b++)
        inner += m2[a * r + b] * g[b * d + j];
      linear += g[a * d + j] * m1[a];
      quadratic += g[a * d + j] * inner;
      norm += g[a * d + j] * g[a * d + j];
    }
    grad_mu[j] += linear;
    grad_s[j] += s[j] * (quadratic - *m0 * norm);
  }
}
