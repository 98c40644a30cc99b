/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-kl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"

/* Differences of two nearly equal policies are never taken of derived quantities. With g = G'y,
 *
 *   P_b^-1 (mean_new - mean_old) = Sigma_b^-1 (mu_new - mu_old) +- (Sigma_new - Sigma_old) Sigma_b^-1 g_a        (a the other
 * one) tr (P_b^-1 P_a) - d          = sum_j (s_aj^2 / s_bj^2 - 1) (B_a^-1)_jj
 *
 * (from P_new^-1 - P_old^-1 = Sigma_new^-1 - Sigma_old^-1), so both vanish with s_new - s_old and mu_new - mu_old and lose no
 * digits at cond (P) = 1e12. Their norm comes through L_B: |P_b^-1 delta|_{P_b} = |L_Bb^-1 D_b P_b^-1 delta|. */

static size_t
moments_size (const LwLampoModel *model)
{
  return 1 + model->r + model->r * model->r;
}

static void
invert_b (const LwLampoPolicy *policy, size_t k, double *inverse)
{
  size_t d = policy->model->d;
  LwMat b = lw_mat_view (policy->chol_b + k * d * d, d, d);

  for (size_t j = 0; j < d; j++) { /* symmetric: row j is column j */
    memset (inverse + j * d, 0, d * sizeof *inverse);
    inverse[j * d + j] = 1;
    lw_chol_solve (&b, inverse + j * d);
  }
}

/* Weight, mean and weighted covariance of y_old under p_old(k | c); the covariance from centred values. */
static void
store_moments (LwLampoTrust *self, size_t k)
{
  size_t r = self->old->model->r, n = self->samples->n, stride = self->table.stride;
  const double *resp = self->table.resp + k * stride, *y = self->table.y + k * r * stride;
  double *m0 = self->moments + k * moments_size (self->old->model), *mean = m0 + 1, *cov = mean + r;

  for (size_t i = 0; i < n; i++) {
    *m0 += resp[i];
    for (size_t a = 0; a < r; a++)
      mean[a] += resp[i] * y[a * stride + i];
  }
  for (size_t a = 0; a < r && *m0 > 0; a++)
    mean[a] /= *m0;
  for (size_t i = 0; i < n; i++)
    for (size_t a = 0; a < r; a++)
      for (size_t b = 0; b < r; b++)
        cov[a * r + b] += resp[i] * (y[a * stride + i] - mean[a]) * (y[b * stride + i] - mean[b]);
}

LwStatus
lw_lampo_trust_init (LwLampoTrust *self, const LwLampoPolicy *old, const LwLampoSamples *samples)
{
  const LwLampoModel *model = old->model;
  size_t K = model->K, d = model->d, r = model->r;

  *self = (LwLampoTrust){ .old = old, .samples = samples };
  LwStatus status = lw_lampo_table_init (&self->table, model, samples->stride);
  if (status != LW_OK)
    return status;
  self->inv_b = lw_doubles_new (K * d * d);
  self->moments = lw_doubles_new (K * moments_size (model));
  self->new_moments = lw_doubles_new (2 * moments_size (model));
  self->divergence = lw_doubles_new (K * samples->stride);
  self->omega = lw_doubles_new (samples->stride);
  self->scratch = lw_doubles_new (d * d + 2 * (d + d * r));
  if (!self->inv_b || !self->moments || !self->new_moments || !self->divergence || !self->omega || !self->scratch) {
    lw_lampo_trust_clear (self);
    return LW_ERR_MEMORY;
  }
  lw_lampo_table_evaluate (&self->table, old, samples, 0);
  for (size_t k = 0; k < K; k++) {
    invert_b (old, k, self->inv_b + k * d * d);
    store_moments (self, k);
  }
  return LW_OK;
}

void
lw_lampo_trust_clear (LwLampoTrust *self)
{
  lw_lampo_table_clear (&self->table);
  free (self->inv_b);
  free (self->moments);
  free (self->new_moments);
  free (self->divergence);
  free (self->omega);
  free (self->scratch);
  *self = (LwLampoTrust){ 0 };
}

/* 1/2 (log|P_b|/|P_a| + tr (P_b^-1 P_a) - d): no context changes it. */
static double
constant_part (const LwLampoPolicy *a, const double *inv_b_of_a, const LwLampoPolicy *b, size_t k)
{
  size_t d = a->model->d;
  const double *s_a = lw_lampo_policy_s (a, k), *s_b = lw_lampo_policy_s (b, k);
  double sum = b->log_det_p[k] - a->log_det_p[k];

  for (size_t j = 0; j < d; j++)
    sum += (s_a[j] - s_b[j]) * (s_a[j] + s_b[j]) / (s_b[j] * s_b[j]) * inv_b_of_a[j * d + j];
  return 0.5 * sum;
}

/* D_b P_b^-1 delta = offset + slope y: @offset (d), @slope (d x r), with y and @g (r x d) those of the policy that is not b. */
static void
whitened_shift (const LwLampoPolicy *new, const LwLampoPolicy *old, const LwLampoPolicy *b, const double *g, size_t k,
                double *offset, double *slope)
{
  size_t d = new->model->d, r = new->model->r;
  const double *mu_new = lw_lampo_policy_mu (new, k), *mu_old = lw_lampo_policy_mu (old, k);
  const double *s_new = lw_lampo_policy_s (new, k), *s_old = lw_lampo_policy_s (old, k), *s_b = lw_lampo_policy_s (b, k);

  for (size_t j = 0; j < d; j++) {
    double change = (s_new[j] - s_old[j]) * (s_new[j] + s_old[j]) / s_b[j];
    offset[j] = (mu_new[j] - mu_old[j]) / s_b[j];
    for (size_t a = 0; a < r; a++)
      slope[j * r + a] = change * g[a * d + j];
  }
}

/* From the whitened shift, rows offset[j] + slope[j] y, to B^-1 of it. */
static void
solve_b (const LwLampoPolicy *policy, size_t k, double *offset, double *slope)
{
  size_t d = policy->model->d, r = policy->model->r;
  LwMat b = lw_mat_view (policy->chol_b + k * d * d, d, d), rows = lw_mat_view (slope, d, r);

  lw_chol_solve (&b, offset);
  lw_chol_solve_mat (&b, &rows);
}

static void
add_old_new_gradient (LwLampoTrust *self, const LwLampoPolicy *policy, size_t k, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t d = model->d, r = model->r;
  const double *m0 = self->moments + k * moments_size (model), *mean = m0 + 1, *cov = mean + r;
  const double *mu_new = lw_lampo_policy_mu (policy, k), *mu_old = lw_lampo_policy_mu (self->old, k);
  const double *s = lw_lampo_policy_s (policy, k), *s_old = lw_lampo_policy_s (self->old, k);
  const double *g_old = self->old->g + k * r * d, *inv_b_old = self->inv_b + k * d * d;
  double *grad_mu = grad + lw_lampo_model_mu (model, k), *grad_s = grad + lw_lampo_model_s (model, k);
  double *inv_b = self->scratch, *b0 = inv_b + d * d, *b1 = b0 + d;

  invert_b (policy, k, inv_b);
  whitened_shift (policy, self->old, policy, g_old, k, b0, b1);
  solve_b (policy, k, b0, b1); /* b = delta / s */
  for (size_t j = 0; j < d; j++) {
    double ratio = s_old[j] / s[j];
    double b = b0[j], e = (mu_old[j] - mu_new[j]) / s[j], spread = 0;
    for (size_t a = 0; a < r; a++) {
      double e1 = ratio * s_old[j] * g_old[a * d + j], column = 0;
      b += b1[j * r + a] * mean[a];
      e += e1 * mean[a];
      for (size_t c = 0; c < r; c++)
        column += cov[a * r + c] * b1[j * r + c];
      spread += column * (b1[j * r + a] + 2 * e1);
    }
    grad_mu[j] += *m0 * b / s[j];
    grad_s[j] += (*m0 * (inv_b[j * d + j] - ratio * ratio * inv_b_old[j * d + j] + b * (b + 2 * e)) + spread) / s[j];
  }
}

static double
kl_old_new (LwLampoTrust *self, const LwLampoPolicy *policy, const LwLampoTable *table, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t K = model->K, d = model->d, r = model->r, n = self->samples->n, stride = table->stride, old_stride = self->table.stride;
  double sum = 0;

  for (size_t k = 0; k < K; k++) {
    const double *m0 = self->moments + k * moments_size (model), *mean = m0 + 1, *cov = mean + r;
    const double *resp_old = self->table.resp + k * old_stride, *log_old = self->table.log_resp + k * old_stride;
    const double *log_new = table->log_resp + k * stride;
    double *h0 = self->scratch, *h1 = h0 + d, part = 0;
    LwMat b = lw_mat_view (policy->chol_b + k * d * d, d, d), rows = lw_mat_view (h1, d, r);

    for (size_t i = 0; i < n; i++)
      part += resp_old[i] * (log_old[i] - log_new[i]);
    whitened_shift (policy, self->old, policy, self->old->g + k * r * d, k, h0, h1);
    lw_tri_solve (&b, false, h0);
    lw_tri_solve_mat (&b, false, &rows);
    double at_mean = 0, spread = 0;
    for (size_t j = 0; j < d; j++) {
      double q = h0[j];
      for (size_t a = 0; a < r; a++) {
        q += h1[j * r + a] * mean[a];
        for (size_t c = 0; c < r; c++)
          spread += h1[j * r + a] * cov[a * r + c] * h1[j * r + c];
      }
      at_mean += q * q;
    }
    sum += part + *m0 * (constant_part (self->old, self->inv_b + k * d * d, policy, k) + 0.5 * at_mean) + 0.5 * spread;
  }
  for (size_t k = 0; k < K && grad != NULL; k++) {
    const double *resp_old = self->table.resp + k * old_stride, *resp_new = table->resp + k * stride;
    double *m0 = self->new_moments, *m1 = m0 + 1, *m2 = m1 + r;
    for (size_t i = 0; i < n; i++)
      self->omega[i] = resp_new[i] - resp_old[i];
    lw_lampo_table_moments (table, model, k, lw_lampo_samples_padded (self->samples), self->omega, m0, m1, m2);
    lw_lampo_policy_add_gate_gradient (policy, k, m0, grad);
    add_old_new_gradient (self, policy, k, grad);
  }
  return sum / (double) n;
}

/* log p_new/p_old + KL of the conditionals of component @k, for every sample. */
static void
diverge_new_old (LwLampoTrust *self, const LwLampoPolicy *policy, const LwLampoTable *table, size_t k)
{
  const LwLampoModel *model = policy->model;
  size_t d = model->d, r = model->r, stride = table->stride, n_padded = lw_lampo_samples_padded (self->samples);
  const double *log_old = self->table.log_resp + k * self->table.stride, *log_new = table->log_resp + k * stride;
  double *divergence = self->divergence + k * self->table.stride;
  double *inv_b = self->scratch, *h0 = inv_b + d * d, *h1 = h0 + d;
  LwMat b = lw_mat_view (self->old->chol_b + k * d * d, d, d), rows = lw_mat_view (h1, d, r);

  invert_b (policy, k, inv_b);
  double constant = constant_part (policy, inv_b, self->old, k);
  whitened_shift (policy, self->old, self->old, policy->g + k * r * d, k, h0, h1);
  lw_tri_solve (&b, false, h0);
  lw_tri_solve_mat (&b, false, &rows);
  for (size_t at = 0; at < n_padded; at += LW_LAMPO_BLOCK) {
    double square[LW_LAMPO_BLOCK] = { 0 }, q[LW_LAMPO_BLOCK];
    for (size_t j = 0; j < d; j++) {
      for (size_t i = 0; i < LW_LAMPO_BLOCK; i++)
        q[i] = h0[j];
      for (size_t a = 0; a < r; a++) {
        const double *y = table->y + (k * r + a) * stride + at;
        double slope = h1[j * r + a];
        for (size_t i = 0; i < LW_LAMPO_BLOCK; i++)
          q[i] += slope * y[i];
      }
      for (size_t i = 0; i < LW_LAMPO_BLOCK; i++)
        square[i] += q[i] * q[i];
    }
    for (size_t i = 0; i < LW_LAMPO_BLOCK; i++)
      divergence[at + i] = log_new[at + i] - log_old[at + i] + constant + 0.5 * square[i];
  }
}

static void
add_new_old_gradient (LwLampoTrust *self, const LwLampoPolicy *policy, size_t k, const double *moments, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t d = model->d, r = model->r;
  const double *m0 = moments, *m1 = m0 + 1, *m2 = m1 + r;
  const double *s = lw_lampo_policy_s (policy, k), *s_old = lw_lampo_policy_s (self->old, k), *g = policy->g + k * r * d;
  double *grad_mu = grad + lw_lampo_model_mu (model, k), *grad_s = grad + lw_lampo_model_s (model, k);
  double *inv_b = self->scratch, *b0 = inv_b + d * d, *b1 = b0 + d;

  invert_b (policy, k, inv_b);
  whitened_shift (policy, self->old, self->old, g, k, b0, b1);
  for (size_t j = 0; j < d; j++) { /* D_old P_old^-1 delta, now as D_new P_old^-1 delta */
    double ratio = s[j] / s_old[j];
    b0[j] *= ratio;
    for (size_t a = 0; a < r; a++)
      b1[j * r + a] *= ratio;
  }
  solve_b (policy, k, b0, b1);
  for (size_t j = 0; j < d; j++) {
    double trace = 0, b_sum = b0[j] * *m0, b_g = 0;
    for (size_t i = 0; i < d; i++)
      trace += inv_b[i * d + j] * inv_b[i * d + j] * (s[i] - s_old[i]) * (s[i] + s_old[i]) / (s_old[i] * s_old[i]);
    for (size_t a = 0; a < r; a++) {
      double column = 0;
      for (size_t c = 0; c < r; c++)
        column += m2[a * r + c] * b1[j * r + c];
      b_sum += b1[j * r + a] * m1[a];
      b_g += g[a * d + j] * (b0[j] * m1[a] + column);
    }
    grad_mu[j] += b_sum / s[j];
    grad_s[j] += *m0 * trace / s[j] + 2 * b_g;
  }
}

static double
kl_new_old (LwLampoTrust *self, const LwLampoPolicy *policy, const LwLampoTable *table, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t K = model->K, r = model->r, n = self->samples->n, stride = table->stride, old_stride = self->table.stride;
  double sum = 0;

  for (size_t k = 0; k < K; k++) {
    const double *resp = table->resp + k * stride, *divergence = self->divergence + k * old_stride;
    diverge_new_old (self, policy, table, k);
    for (size_t i = 0; i < n; i++)
      sum += resp[i] * divergence[i];
  }
  for (size_t i = 0; i < n && grad != NULL; i++) { /* against its mean: p (T - mean T) is what moves p */
    double mean = 0;
    for (size_t k = 0; k < K; k++)
      mean += table->resp[k * stride + i] * self->divergence[k * old_stride + i];
    for (size_t k = 0; k < K; k++)
      self->divergence[k * old_stride + i] -= mean;
  }
  for (size_t k = 0; k < K && grad != NULL; k++) {
    const double *resp = table->resp + k * stride, *divergence = self->divergence + k * old_stride;
    double *m0 = self->new_moments, *m1 = m0 + 1, *m2 = m1 + r;
    size_t n_padded = lw_lampo_samples_padded (self->samples);
    for (size_t i = 0; i < n; i++)
      self->omega[i] = resp[i] * divergence[i];
    lw_lampo_table_moments (table, model, k, n_padded, self->omega, m0, m1, m2);
    lw_lampo_policy_add_gate_gradient (policy, k, m0, grad);
    for (size_t i = 0; i < n; i++)
      self->omega[i] = resp[i];
    lw_lampo_table_moments (table, model, k, n_padded, self->omega, m0, m1, m2);
    add_new_old_gradient (self, policy, k, m0, grad);
  }
  return sum / (double) n;
}

double
lw_lampo_trust_kl (LwLampoTrust *self, const LwLampoPolicy *policy, const LwLampoTable *table, LwLampoKlDirection direction,
                   double *grad)
{
  size_t n_x = policy->model->n_x;

  if (grad != NULL)
    memset (grad, 0, n_x * sizeof *grad);
  double kl = direction == LW_LAMPO_KL_OLD_NEW ? kl_old_new (self, policy, table, grad) : kl_new_old (self, policy, table, grad);
  for (size_t i = 0; i < n_x && grad != NULL; i++)
    grad[i] /= (double) self->samples->n;
  return kl;
}
