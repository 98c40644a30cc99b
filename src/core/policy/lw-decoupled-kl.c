/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-kl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-lampo-block.h"

#define BLOCK LW_LAMPO_BLOCK

void
lw_decoupled_trust_clear (LwDecoupledTrust *self)
{
  lw_decoupled_table_clear (&self->table);
  free (self->moments);
  free (self->new_moments);
  free (self->raw);
  free (self->omega);
  free (self->delta);
  free (self->form);
  free (self->fixed);
  free (self->divergence);
  *self = (LwDecoupledTrust){ 0 };
}

/* @moments (q x q): mean of p(k | c) [1; y][1; y]' under the policy of @table. */
static void
find_moments (LwDecoupledTrust *self, const LwDecoupledTable *table, size_t k, double *moments)
{
  const LwDecoupledFeatures *features = self->features;
  size_t q = features->form->q, r = features->form->model->r, n = self->samples->n,
         n_padded = lw_lampo_samples_padded (self->samples);
  const double *m1 = self->raw + 1, *m2 = m1 + r;

  if (q == 1) {
    moments[0] = lw_decoupled_table_weight (table, features, k, n);
    return;
  }
  for (size_t at = 0; at < n_padded; at += BLOCK) {
    lw_decoupled_table_resp (table, features, k, at, self->omega + at);
    for (size_t i = at; i < at + BLOCK; i++)
      self->omega[i] /= (double) n;
  }
  lw_lampo_table_moments (&features->first, features->form->model, k, n_padded, self->omega, self->raw, self->raw + 1,
                          self->raw + 1 + r);
  moments[0] = self->raw[0];
  for (size_t a = 0; a < r; a++) {
    moments[a + 1] = moments[(a + 1) * q] = m1[a];
    for (size_t b = 0; b < r; b++)
      moments[(a + 1) * q + b + 1] = m2[a * r + b];
  }
}

static double
mean_log_sum (const LwDecoupledTable *table, size_t n)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += table->log_sum[i];
  return sum / (double) n;
}

LwStatus
lw_decoupled_trust_init (LwDecoupledTrust *self, const double *old, const LwDecoupledFeatures *features,
                         const LwLampoSamples *samples)
{
  const LwDecoupledForm *form = features->form;
  size_t K = form->model->K, r = form->model->r, q = form->q;

  *self = (LwDecoupledTrust){ .features = features, .samples = samples, .old = old };
  LwStatus status = lw_decoupled_table_init (&self->table, form, samples->stride);
  self->moments = lw_doubles_new (K * q * q);
  self->new_moments = lw_doubles_new (q * q);
  self->raw = lw_doubles_new (1 + r + r * r);
  self->omega = lw_doubles_new (samples->stride);
  self->delta = lw_doubles_new (2 * q);
  self->form = lw_doubles_new (K * q * q);
  self->fixed = lw_doubles_new (K);
  self->divergence = lw_doubles_new (K * BLOCK);
  if (status == LW_OK
      && !(self->moments && self->new_moments && self->raw && self->omega && self->delta && self->form && self->fixed
           && self->divergence))
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_decoupled_trust_clear (self);
    return status;
  }
  lw_decoupled_table_evaluate (&self->table, old, features, samples, 0);
  for (size_t k = 0; k < K; k++)
    find_moments (self, &self->table, k, self->moments + k * q * q);
  self->log_sum = mean_log_sum (&self->table, samples->n);
  return LW_OK;
}

/* What component @k's row @j of O has gone: @inner (q) = M delta, M a matrix of moments; returns delta' M delta. */
static double
mean_square (LwDecoupledTrust *self, const double *x, size_t k, size_t j, const double *moments, double *inner)
{
  const LwDecoupledForm *form = self->features->form;
  size_t q = form->q, at = lw_decoupled_offset (form, k, j);
  double *delta = self->delta + q, square = 0;

  for (size_t a = 0; a < q; a++)
    delta[a] = x[at + a] - self->old[at + a];
  for (size_t a = 0; a < q; a++) {
    inner[a] = 0;
    for (size_t b = 0; b < q; b++)
      inner[a] += moments[a * q + b] * delta[b];
    square += inner[a] * delta[a];
  }
  return square;
}

static double
kl_old_new (LwDecoupledTrust *self, const double *x, const LwDecoupledTable *table, double *grad)
{
  const LwDecoupledForm *form = self->features->form;
  size_t K = form->model->K, d = form->model->d, q = form->q, n = self->samples->n;
  double kl = mean_log_sum (table, n) - self->log_sum, *inner = self->delta;

  for (size_t k = 0; k < K; k++) {
    const double *moments = self->moments + k * q * q;
    double weight = moments[0];
    kl += weight * (self->old[k] - x[k]);
    if (grad != NULL)
      grad[k] = lw_decoupled_table_weight (table, self->features, k, n) - weight;
    for (size_t j = 0; j < d; j++) {
      size_t at = lw_decoupled_offset (form, k, j), at_s = lw_decoupled_log_s (form, k) + j;
      double precision = pow (table->inv_s[k * d + j], 2), change = exp (2 * (self->old[at_s] - x[at_s]));
      double square = mean_square (self, x, k, j, moments, inner);
      kl += weight * (x[at_s] - self->old[at_s] + 0.5 * (change - 1)) + 0.5 * square * precision;
      if (grad == NULL)
        continue;
      for (size_t a = 0; a < q; a++)
        grad[at + a] = inner[a] * precision;
      grad[at_s] = weight * (1 - change) - square * precision;
    }
  }
  return kl;
}

/* log p_new(k | c)/p_old(k | c) + KL of the Gaussians of component @k, but for what all components of a sample share, is fixed +
 * 1/2 [1; y]' form [1; y]. */
static void
find_form (LwDecoupledTrust *self, const double *x, size_t k)
{
  const LwDecoupledForm *form = self->features->form;
  size_t d = form->model->d, q = form->q;
  double *f = self->form + k * q * q, *delta = self->delta;

  memset (f, 0, q * q * sizeof *f);
  self->fixed[k] = x[k] - self->old[k];
  for (size_t j = 0; j < d; j++) {
    size_t at = lw_decoupled_offset (form, k, j), at_s = lw_decoupled_log_s (form, k) + j;
    double inv_s = self->table.inv_s[k * d + j];
    self->fixed[k] += self->old[at_s] - x[at_s] + 0.5 * (exp (2 * (x[at_s] - self->old[at_s])) - 1);
    for (size_t a = 0; a < q; a++)
      delta[a] = (x[at + a] - self->old[at + a]) * inv_s;
    for (size_t a = 0; a < q; a++)
      for (size_t b = 0; b < q; b++)
        f[a * q + b] += delta[a] * delta[b];
  }
}

/* fixed + 1/2 [1; y]' form [1; y] of a block of samples. */
static void
diverge (const LwDecoupledTrust *self, size_t k, size_t at, double *restrict divergence)
{
  size_t q = self->features->form->q, r = self->features->form->model->r, stride = self->table.stride;
  const double *y = self->features->first.y + k * r * stride + at, *f = self->form + k * q * q;
  double slope[BLOCK];

  for (size_t i = 0; i < BLOCK; i++)
    divergence[i] = self->fixed[k] + 0.5 * f[0];
  for (size_t a = 1; a < q; a++) {
    const double *restrict y_a = y + (a - 1) * stride;
    for (size_t i = 0; i < BLOCK; i++)
      slope[i] = f[a * q] + 0.5 * f[a * q + a] * y_a[i];
    for (size_t b = 1; b < a; b++) {
      const double *restrict y_b = y + (b - 1) * stride;
      for (size_t i = 0; i < BLOCK; i++)
        slope[i] += f[a * q + b] * y_b[i];
    }
    for (size_t i = 0; i < BLOCK; i++)
      divergence[i] += slope[i] * y_a[i];
  }
}

/* By beta: mean of p(k | c) (divergence of k - their mean under p(. | c)). */
static void
fill_gate_gradient (LwDecoupledTrust *self, const LwDecoupledTable *table, double *grad)
{
  size_t K = self->features->form->model->K, n = self->samples->n;

  memset (grad, 0, K * sizeof *grad);
  for (size_t at = 0; at < n; at += BLOCK) {
    double mean[BLOCK] = { 0 }, resp[BLOCK];
    for (size_t k = 0; k < K; k++) {
      double *restrict divergence = self->divergence + k * BLOCK;
      diverge (self, k, at, divergence);
      lw_decoupled_table_resp (table, self->features, k, at, resp);
      for (size_t i = 0; i < BLOCK; i++)
        mean[i] += resp[i] * divergence[i];
    }
    for (size_t k = 0; k < K; k++) {
      double *restrict divergence = self->divergence + k * BLOCK;
      lw_decoupled_table_resp (table, self->features, k, at, resp);
      for (size_t i = 0; i < BLOCK; i++)
        divergence[i] -= mean[i];
      grad[k] += lw_block_dot (resp, divergence) / (double) n;
    }
  }
}

static double
kl_new_old (LwDecoupledTrust *self, const double *x, const LwDecoupledTable *table, double *grad)
{
  const LwDecoupledForm *form = self->features->form;
  size_t K = form->model->K, d = form->model->d, q = form->q;
  double kl = self->log_sum - mean_log_sum (table, self->samples->n), *inner = self->delta;

  for (size_t k = 0; k < K; k++) {
    find_moments (self, table, k, self->new_moments);
    double weight = self->new_moments[0];
    kl += weight * (x[k] - self->old[k]);
    for (size_t j = 0; j < d; j++) {
      size_t at = lw_decoupled_offset (form, k, j), at_s = lw_decoupled_log_s (form, k) + j;
      double precision = pow (self->table.inv_s[k * d + j], 2), change = exp (2 * (x[at_s] - self->old[at_s]));
      double square = mean_square (self, x, k, j, self->new_moments, inner);
      kl += weight * (self->old[at_s] - x[at_s] + 0.5 * (change - 1)) + 0.5 * square * precision;
      if (grad == NULL)
        continue;
      for (size_t a = 0; a < q; a++)
        grad[at + a] = inner[a] * precision;
      grad[at_s] = weight * (change - 1);
    }
    if (grad != NULL)
      find_form (self, x, k);
  }
  if (grad != NULL)
    fill_gate_gradient (self, table, grad);
  return kl;
}

double
lw_decoupled_trust_kl (LwDecoupledTrust *self, const double *x, const LwDecoupledTable *table, LwLampoKlDirection direction,
                       double *grad)
{
  return direction == LW_LAMPO_KL_OLD_NEW ? kl_old_new (self, x, table, grad) : kl_new_old (self, x, table, grad);
}

void
lw_decoupled_trust_curvature (const LwDecoupledTrust *self, double *curvature)
{
  const LwDecoupledForm *form = self->features->form;
  size_t K = form->model->K, d = form->model->d, q = form->q, n = self->samples->n;

  for (size_t k = 0; k < K; k++) {
    double resp[BLOCK], rest[BLOCK], gate = 0, weight = self->moments[k * q * q];
    for (size_t at = 0; at < n; at += BLOCK) {
      lw_decoupled_table_resp (&self->table, self->features, k, at, resp);
      for (size_t i = 0; i < BLOCK; i++)
        rest[i] = 1 - resp[i];
      gate += lw_block_dot (resp, rest);
    }
    curvature[k] = gate / (double) n;
    for (size_t j = 0; j < d; j++) {
      double precision = pow (self->table.inv_s[k * d + j], 2);
      for (size_t a = 0; a < q; a++)
        curvature[lw_decoupled_offset (form, k, j) + a] = self->moments[(k * q + a) * q + a] * precision;
      curvature[lw_decoupled_log_s (form, k) + j] = 2 * weight;
    }
  }
}

double
lw_decoupled_context_kl (const LwDecoupledForm *form, const double *x, LwLampoContextKlDirection direction, double *scratch,
                         double *grad)
{
  const double *log_pi = form->first.log_pi;
  size_t K = form->model->K;
  double kl = 0;

  lw_decoupled_log_weights (form, x, scratch);
  for (size_t k = 0; k < K; k++) {
    double change = scratch[k] - log_pi[k];
    kl += direction == LW_LAMPO_CONTEXT_KL_FIRST_NEW ? -exp (log_pi[k]) * change : exp (scratch[k]) * change;
  }
  for (size_t k = 0; k < K && grad != NULL; k++) {
    double pi_new = exp (scratch[k]);
    grad[k] = direction == LW_LAMPO_CONTEXT_KL_FIRST_NEW ? pi_new - exp (log_pi[k]) : pi_new * (scratch[k] - log_pi[k] - kl);
  }
  return kl;
}
