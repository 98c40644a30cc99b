/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-objective.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

LwStatus
lw_lampo_objective_workspace_init (LwLampoObjectiveWorkspace *ws, const LwLampoModel *model, size_t stride)
{
  *ws = (LwLampoObjectiveWorkspace){ .stride = stride };
  ws->weight = lw_doubles_new (stride);
  ws->omega = lw_doubles_new (stride);
  ws->moments = lw_doubles_new (1 + model->r + model->r * model->r);
  if (!ws->weight || !ws->omega || !ws->moments) {
    lw_lampo_objective_workspace_clear (ws);
    return LW_ERR_MEMORY;
  }
  return LW_OK;
}

void
lw_lampo_objective_workspace_clear (LwLampoObjectiveWorkspace *ws)
{
  free (ws->weight);
  free (ws->omega);
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

double
lw_lampo_objective (const LwLampoPolicy *policy, const LwLampoSamples *samples, const LwLampoTable *table, const double *log_den,
                    bool normalised, LwLampoObjectiveWorkspace *ws, double *grad, double *ess)
{
  size_t n = samples->n;
  double highest = -INFINITY, total = 0, square = 0, J = 0;

  for (size_t i = 0; i < n; i++) {
    ws->weight[i] = table->log_p[i] - log_den[i];
    if (isnan (ws->weight[i]))
      return (double) NAN;
    highest = fmax (highest, ws->weight[i]);
  }
  for (size_t i = 0; i < n; i++) {
    ws->weight[i] = exp (ws->weight[i] - highest);
    total += ws->weight[i];
  }
  for (size_t i = 0; i < n; i++) {
    ws->weight[i] /= total;
    square += ws->weight[i] * ws->weight[i];
    J += ws->weight[i] * samples->reward[i];
  }
  if (ess != NULL)
    *ess = 1 / square;

  /* Plain weights are these times their mean, exp (highest) total / N. */
  double mean_ratio = exp (highest) * total / (double) n;
  double *factor = ws->weight;
  if (grad != NULL) {
    for (size_t i = 0; i < n; i++)
      factor[i] *= normalised ? samples->reward[i] - J : samples->reward[i] * mean_ratio;
    memset (grad, 0, policy->model->n_x * sizeof *grad);
    add_own_terms (policy, samples, factor, grad);
    add_gate_terms (policy, samples, table, factor, ws, grad);
  }
  return normalised ? J : J * mean_ratio;
}
