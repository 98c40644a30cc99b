/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A sample with less than this share (1e-16) is not in a stratum: else one that a stratum has next to no claim to could decide it
 * when all its own have lost their weight. */
#define LEAST_LOG_SHARE (-37.0)

LwStatus
lw_lampo_objective_workspace_init (LwLampoObjectiveWorkspace *ws, const LwLampoModel *model, size_t stride)
{
  *ws = (LwLampoObjectiveWorkspace){ .stride = stride };
  ws->weight = lw_doubles_new (stride);
  ws->factor = lw_doubles_new (stride);
  ws->omega = lw_doubles_new (stride);
  ws->stratum = lw_doubles_new (stride);
  ws->moments = lw_doubles_new (1 + model->r + model->r * model->r);
  if (!ws->weight || !ws->factor || !ws->omega || !ws->stratum || !ws->moments) {
    lw_lampo_objective_workspace_clear (ws);
    return LW_ERR_MEMORY;
  }
  return LW_OK;
}

void
lw_lampo_objective_workspace_clear (LwLampoObjectiveWorkspace *ws)
{
  free (ws->weight);
  free (ws->factor);
  free (ws->omega);
  free (ws->stratum);
  free (ws->moments);
  *ws = (LwLampoObjectiveWorkspace){ 0 };
}

/* What sum_i a_i grad log p(z_i, k_i | c_i) has from the samples' own components: log pi_k + log N(z | mu_k, Sigma_k). */
static void
add_own_terms (const LwLampoPolicy *policy, const LwLampoSamples *samples, const double *factor, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t d = model->d;

  for (size_t i = 0; i < samples->n; i++) {
    size_t k = samples->k[i];
    const double *mu = lw_lampo_policy_mu (policy, k), *s = lw_lampo_policy_s (policy, k);
    double *grad_mu = grad + lw_lampo_model_mu (model, k), *grad_s = grad + lw_lampo_model_s (model, k);
    double a = factor[i];
    if (a == 0)
      continue;
    grad[k] += a;
    for (size_t j = 0; j < d; j++) {
      double t = (samples->z[j * samples->stride + i] - mu[j]) / s[j];
      grad_mu[j] += a * t / s[j];
      grad_s[j] += a * (t * t - 1) / s[j];
    }
  }
}

/* And from -log p(c): minus the gradients of log pi_j N(c | C_j mu_j + c_j, A_j), weighted by responsibility. */
static void
add_gate_terms (const LwLampoPolicy *policy, const LwLampoSamples *samples, const LwLampoTable *table, const double *factor,
                LwLampoObjectiveWorkspace *ws, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t n_padded = lw_lampo_samples_padded (samples);
  double *m0 = ws->moments, *m1 = m0 + 1, *m2 = m1 + model->r;

  for (size_t k = 0; k < model->K; k++) {
    const double *resp = table->resp + k * table->stride;
    for (size_t i = 0; i < n_padded; i++)
      ws->omega[i] = -factor[i] * resp[i];
    lw_lampo_table_moments (table, model, k, n_padded, ws->omega, m0, m1, m2);
    lw_lampo_policy_add_gate_gradient (policy, k, ws->moments, grad);
  }
}

/* J of stratum @k times its share of the samples, normalised within it; adds its part to the factors of the gradients (nullable).
 * log rho is in @ws->omega. */
static double
stratum_value (const LwLampoSamples *samples, const LwLampoTable *strata, size_t k, LwLampoObjectiveWorkspace *ws, double *factor)
{
  size_t n = samples->n;
  const double *log_ratio = ws->omega, *share = strata->resp + k * strata->stride,
               *log_share = strata->log_resp + k * strata->stride;
  double *weight = ws->stratum;
  double highest = -INFINITY, total = 0, size = 0, value = 0;

  for (size_t i = 0; i < n; i++) {
    if (log_share[i] <= LEAST_LOG_SHARE)
      continue;
    highest = fmax (highest, log_share[i] + log_ratio[i]);
    size += share[i];
  }
  if (size == 0)
    return 0;
  for (size_t i = 0; i < n; i++) {
    weight[i] = log_share[i] > LEAST_LOG_SHARE ? exp (log_share[i] + log_ratio[i] - highest) : 0;
    total += weight[i];
    value += weight[i] * samples->reward[i];
  }
  value /= total;
  double scale = size / (double) n / total;
  for (size_t i = 0; i < n && factor != NULL; i++)
    factor[i] += scale * weight[i] * (samples->reward[i] - value);
  return size / (double) n * value;
}

/* sum_i a_i grad log p(z_i, k_i | c_i), a the factors in @ws. */
static void
fill_gradient (const LwLampoPolicy *policy, const LwLampoSamples *samples, const LwLampoTable *table,
               LwLampoObjectiveWorkspace *ws, double *grad)
{
  memset (grad, 0, policy->model->n_x * sizeof *grad);
  add_own_terms (policy, samples, ws->factor, grad);
  add_gate_terms (policy, samples, table, ws->factor, ws, grad);
}

typedef struct {
  double square;     /* sum w^2 of the normalised weights, NaN when a density is */
  double mean_ratio; /* 1/N sum rho: plain weights are the normalised ones times this */
} Weights;

/* log rho into @ws->omega, w = softmax (log rho) into @ws->weight. */
static Weights
weigh (const LwLampoSamples *samples, const LwLampoTable *table, const double *log_den, LwLampoObjectiveWorkspace *ws)
{
  size_t n = samples->n;
  double highest = -INFINITY, total = 0, square = 0;
  double *log_ratio = ws->omega, *weight = ws->weight;

  for (size_t i = 0; i < n; i++) {
    log_ratio[i] = table->log_p[i] - log_den[i];
    if (isnan (log_ratio[i]))
      return (Weights){ (double) NAN, (double) NAN };
    highest = fmax (highest, log_ratio[i]);
  }
  for (size_t i = 0; i < n; i++) {
    weight[i] = exp (log_ratio[i] - highest);
    total += weight[i];
  }
  for (size_t i = 0; i < n; i++) {
    weight[i] /= total;
    square += weight[i] * weight[i];
  }
  return (Weights){ square, exp (highest) * total / (double) n };
}

double
lw_lampo_objective (const LwLampoPolicy *policy, const LwLampoSamples *samples, const LwLampoTable *table, const double *log_den,
                    const LwLampoTable *strata, bool normalised, LwLampoObjectiveWorkspace *ws, double *grad, double *ess)
{
  size_t n = samples->n;
  double J = 0, *weight = ws->weight, *factor = ws->factor;

  Weights weights = weigh (samples, table, log_den, ws);
  if (isnan (weights.square))
    return (double) NAN;
  if (ess != NULL)
    *ess = 1 / weights.square;
  for (size_t i = 0; i < n; i++)
    J += weight[i] * samples->reward[i];

  if (normalised && strata != NULL) {
    J = 0;
    memset (factor, 0, n * sizeof *factor);
    for (size_t k = 0; k < policy->model->K; k++)
      J += stratum_value (samples, strata, k, ws, grad != NULL ? factor : NULL);
  } else if (normalised) {
    for (size_t i = 0; i < n; i++)
      factor[i] = weight[i] * (samples->reward[i] - J);
  } else {
    for (size_t i = 0; i < n; i++)
      factor[i] = weight[i] * samples->reward[i] * weights.mean_ratio;
    J *= weights.mean_ratio;
  }
  if (grad != NULL)
    fill_gradient (policy, samples, table, ws, grad);
  return J;
}

double
lw_lampo_weight_divergence (const LwLampoPolicy *policy, const LwLampoSamples *samples, const LwLampoTable *table,
                            const double *log_den, LwLampoObjectiveWorkspace *ws, double *grad)
{
  Weights weights = weigh (samples, table, log_den, ws);

  if (grad != NULL && isfinite (weights.square)) {
    for (size_t i = 0; i < samples->n; i++)
      ws->factor[i] = 2 * ws->weight[i] * (ws->weight[i] / weights.square - 1);
    fill_gradient (policy, samples, table, ws, grad);
  }
  return log ((double) samples->n * weights.square);
}
