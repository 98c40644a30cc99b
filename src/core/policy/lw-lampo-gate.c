/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-lampo-kl.h"

/* log p_k^2 / q_k of sample @i. */
static double
log_term (const LwLampoTable *table, const LwLampoTable *first, size_t k, size_t i)
{
  return 2 * table->log_resp[k * table->stride + i] - first->log_resp[k * first->stride + i];
}

static double
log_sum (const LwLampoTable *table, const LwLampoTable *first, size_t K, size_t i)
{
  double highest = -INFINITY, sum = 0;

  for (size_t k = 0; k < K; k++)
    highest = fmax (highest, log_term (table, first, k, i));
  for (size_t k = 0; k < K; k++)
    sum += exp (log_term (table, first, k, i) - highest);
  return highest + log (sum);
}

double
lw_lampo_gate_divergence (const LwLampoPolicy *policy, const LwLampoTable *table, const LwLampoTable *first, size_t n,
                          double *scratch, double *grad)
{
  const LwLampoModel *model = policy->model;
  size_t n_padded = (n + LW_LAMPO_BLOCK - 1) / LW_LAMPO_BLOCK * LW_LAMPO_BLOCK;
  double *divergence = scratch, *omega = scratch + table->stride, *moments = scratch + 2 * table->stride;
  double mean = 0;

  for (size_t i = 0; i < n; i++) {
    divergence[i] = log_sum (table, first, model->K, i);
    mean += divergence[i] / (double) n;
  }
  if (grad == NULL)
    return mean;

  /* d log sum_k p_k^2/q_k = 2 sum_k (v_k - p_k) d log (pi_k N_k), v_k the share of term k in the sum. */
  memset (grad, 0, model->n_x * sizeof *grad);
  for (size_t k = 0; k < model->K; k++) {
    for (size_t i = 0; i < n; i++)
      omega[i] = 2 * (exp (log_term (table, first, k, i) - divergence[i]) - table->resp[k * table->stride + i]) / (double) n;
    lw_lampo_table_moments (table, model, k, n_padded, omega, moments, moments + 1, moments + 1 + model->r);
    lw_lampo_policy_add_gate_gradient (policy, k, moments, grad);
  }
  return mean;
}
