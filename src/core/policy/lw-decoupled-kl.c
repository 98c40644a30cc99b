/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-kl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void
lw_decoupled_trust_clear (LwDecoupledTrust *self)
{
  lw_decoupled_table_clear (&self->table);
  free (self->weight);
  free (self->moments);
  free (self->divergence);
  free (self->delta);
  *self = (LwDecoupledTrust){ 0 };
}

static void
add_moments (LwDecoupledTrust *self, size_t k)
{
  const LwDecoupledForm *form = self->features->form;
  size_t q = form->q, r = form->model->r, stride = self->table.stride, n = self->samples->n;
  const double *resp = self->table.resp + k * stride, *y = self->features->first.y + k * r * stride;
  double *m = self->moments + k * q * q, share = 1 / (double) n;

  for (size_t i = 0; i < n; i++) {
    double p = resp[i] * share;
    if (p == 0) /* y may be anything there */
      continue;
    self->weight[k] += p;
    m[0] += p;
    for (size_t a = 1; a < q; a++) {
      double pa = p * y[(a - 1) * stride + i];
      m[a * q] += pa;
      for (size_t b = 1; b <= a; b++)
        m[a * q + b] += pa * y[(b - 1) * stride + i];
    }
  }
  for (size_t a = 0; a < q; a++)
    for (size_t b = a + 1; b < q; b++)
      m[a * q + b] = m[b * q + a];
}

LwStatus
lw_decoupled_trust_init (LwDecoupledTrust *self, const double *old, const LwDecoupledFeatures *features, const LwLampoSamples *samples)
{
  const LwDecoupledForm *form = features->form;
  size_t K = form->model->K, q = form->q, stride = samples->stride;

  *self = (LwDecoupledTrust){ .features = features, .samples = samples, .old = old };
  LwStatus status = lw_decoupled_table_init (&self->table, form, stride);
  self->weight = lw_doubles_new (K);
  self->moments = lw_doubles_new (K * q * q);
  self->divergence = lw_doubles_new (K * stride);
  self->delta = lw_doubles_new (q);
  if (status == LW_OK && !(self->weight && self->moments && self->divergence && self->delta))
    status = LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_decoupled_trust_clear (self);
    return status;
  }
  lw_decoupled_table_evaluate (&self->table, old, features, samples, 0);
  for (size_t k = 0; k < K; k++)
    add_moments (self, k);
  for (size_t k = 0; k < K; k++)
    self->gate_fixed += self->weight[k] * old[k];
  for (size_t i = 0; i < samples->n; i++)
    self->gate_fixed -= self->table.log_sum[i] / (double) samples->n;
  return LW_OK;
}

/* log p(k | c) = beta_k + log p_0(k | c) - log_sum: of the gate's part only sums over k remain. */
static double
kl_old_new (LwDecoupledTrust *self, const double *x, const LwDecoupledTable *table, double *grad)
{
  const LwDecoupledForm *form = self->features->form;
  size_t K = form->model->K, d = form->model->d, q = form->q, stride = table->stride, n = self->samples->n;
  double kl = self->gate_fixed;

  for (size_t i = 0; i < n; i++)
    kl += table->log_sum[i] / (double) n;
  for (size_t k = 0; k < K; k++) {
    const double *m = self->moments + k * q * q;
    double weight = self->weight[k];
    kl -= weight * x[k];
    if (grad != NULL) {
      double mean = 0;
      for (size_t i = 0; i < n; i++)
        mean += table->resp[k * stride + i];
      grad[k] = mean / (double) n - weight;
    }
    for (size_t j = 0; j < d; j++) {
      size_t at = lw_decoupled_offset (form, k, j), at_s = lw_decoupled_log_s (form, k) + j;
      double precision = exp (-2 * x[at_s]), change = exp (2 * (self->old[at_s] - x[at_s])), square = 0;
      for (size_t a = 0; a < q; a++)
        self->delta[a] = x[at + a] - self->old[at + a];
      for (size_t a = 0; a < q; a++) {
        double inner = 0;
        for (size_t b = 0; b < q; b++)
          inner += m[a * q + b] * self->delta[b];
        square += inner * self->delta[a];
        if (grad != NULL)
          grad[at + a] = inner * precision;
      }
      kl += weight * (x[at_s] - self->old[at_s] + 0.5 * (change - 1)) + 0.5 * square * precision;
      if (grad != NULL)
        grad[at_s] = weight * (1 - change) - square * precision;
    }
  }
  return kl;
}

/* KL of the Gaussians of component @k at sample @i, with its gradients times @factor when @grad is given. */
static double
gaussian_kl (LwDecoupledTrust *self, const double *x, size_t k, size_t i, double factor, double *grad)
{
  const LwDecoupledForm *form = self->features->form;
  size_t d = form->model->d, r = form->model->r, q = form->q, stride = self->table.stride;
  const double *y = self->features->first.y + k * r * stride + i;
  double kl = 0;

  for (size_t j = 0; j < d; j++) {
    size_t at = lw_decoupled_offset (form, k, j), at_s = lw_decoupled_log_s (form, k) + j;
    double precision = exp (-2 * self->old[at_s]), change = exp (2 * (x[at_s] - self->old[at_s]));
    double delta = x[at] - self->old[at];
    for (size_t a = 1; a < q; a++)
      delta += (x[at + a] - self->old[at + a]) * y[(a - 1) * stride];
    kl += self->old[at_s] - x[at_s] + 0.5 * (change - 1 + delta * delta * precision);
    if (grad != NULL) {
      double pull = factor * delta * precision;
      grad[at] += pull;
      for (size_t a = 1; a < q; a++)
        grad[at + a] += pull * y[(a - 1) * stride];
      grad[at_s] += factor * (change - 1);
    }
  }
  return kl;
}

static double
kl_new_old (LwDecoupledTrust *self, const double *x, const LwDecoupledTable *table, double *grad)
{
  const LwDecoupledForm *form = self->features->form;
  size_t K = form->model->K, stride = table->stride, n = self->samples->n;
  double kl = 0, share = 1 / (double) n;

  if (grad != NULL)
    memset (grad, 0, form->n_x * sizeof *grad);
  for (size_t i = 0; i < n; i++) {
    double mean = 0;
    for (size_t k = 0; k < K; k++) {
      double p = table->resp[k * stride + i];
      double *h = self->divergence + k * stride + i;
      *h = 0;
      if (p == 0)
        continue;
      *h = table->log_resp[k * stride + i] - self->table.log_resp[k * stride + i] + gaussian_kl (self, x, k, i, p * share, grad);
      mean += p * *h;
    }
    kl += share * mean;
    for (size_t k = 0; k < K && grad != NULL; k++)
      grad[k] += share * table->resp[k * stride + i] * (self->divergence[k * stride + i] - mean);
  }
  return kl;
}

double
lw_decoupled_trust_kl (LwDecoupledTrust *self, const double *x, const LwDecoupledTable *table, LwLampoKlDirection direction, double *grad)
{
  return direction == LW_LAMPO_KL_OLD_NEW ? kl_old_new (self, x, table, grad) : kl_new_old (self, x, table, grad);
}

void
lw_decoupled_trust_curvature (const LwDecoupledTrust *self, double *curvature)
{
  const LwDecoupledForm *form = self->features->form;
  size_t K = form->model->K, d = form->model->d, q = form->q, n = self->samples->n;

  for (size_t k = 0; k < K; k++) {
    const double *resp = self->table.resp + k * self->table.stride;
    double gate = 0;
    for (size_t i = 0; i < n; i++)
      gate += resp[i] * (1 - resp[i]);
    curvature[k] = gate / (double) n;
    for (size_t j = 0; j < d; j++) {
      size_t at_s = lw_decoupled_log_s (form, k) + j;
      double precision = exp (-2 * self->old[at_s]);
      for (size_t a = 0; a < q; a++)
        curvature[lw_decoupled_offset (form, k, j) + a] = self->moments[(k * q + a) * q + a] * precision;
      curvature[at_s] = 2 * self->weight[k];
    }
  }
}

double
lw_decoupled_context_kl (const LwDecoupledForm *form, const double *x, LwLampoContextKlDirection direction, double *grad)
{
  const double *log_pi = form->first.log_pi;
  size_t K = form->model->K;
  double highest = -INFINITY, total = 0, mean = 0, mean_new = 0;

  for (size_t k = 0; k < K; k++)
    highest = fmax (highest, log_pi[k] + x[k]);
  for (size_t k = 0; k < K; k++)
    total += exp (log_pi[k] + x[k] - highest);
  double log_total = highest + log (total);
  for (size_t k = 0; k < K; k++) {
    mean += exp (log_pi[k]) * x[k];
    mean_new += exp (log_pi[k] + x[k] - log_total) * x[k];
  }
  for (size_t k = 0; k < K && grad != NULL; k++) {
    double pi_new = exp (log_pi[k] + x[k] - log_total);
    grad[k] = direction == LW_LAMPO_CONTEXT_KL_FIRST_NEW ? pi_new - exp (log_pi[k]) : pi_new * (x[k] - mean_new);
  }
  return direction == LW_LAMPO_CONTEXT_KL_FIRST_NEW ? log_total - mean : mean_new - log_total;
}
