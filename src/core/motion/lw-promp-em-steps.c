/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The two steps [maths.md 2.1]. */
#include <math.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-promp-em-private.h"

/* ---- expectation ---- */

/* Up to a constant, the log density of (mu, Sigma): L is in the posterior. */
static double
log_prior (LwPrompEm *self)
{
  const LwMat *l = &self->posterior.l;
  LwMat *root = &self->work[0];
  size_t n_weights = self->model.weights.n_weights;
  double sum = (self->v0 + (double) n_weights + (self->k0 > 0 ? 2 : 1)) * lw_chol_logdet (l);

  lw_mat_copy (&self->s0_root, root);
  lw_tri_solve_rows (l, false, root);
  for (size_t i = 0; i < n_weights; i++) {
    const double *row = lw_mat_row (root, i);
    for (size_t k = 0; k < n_weights; k++)
      sum += row[k] * row[k]; /* tr (S0 Sigma^-1) */
  }
  if (self->k0 > 0) {
    double *difference = root->data;
    for (size_t i = 0; i < n_weights; i++)
      difference[i] = self->model.weights.mu_w[i] - self->m0[i];
    lw_tri_solve (l, false, difference);
    for (size_t i = 0; i < n_weights; i++)
      sum += self->k0 * difference[i] * difference[i];
  }
  return -0.5 * sum;
}

static void
add_group (LwPrompEm *self, const LwPrompGroup *group)
{
  const LwPrompPosterior *posterior = &self->posterior;
  size_t n_weights = posterior->n_weights, n_joints = posterior->n_joints;
  double count = (double) group->n_movements;

  for (size_t i = 0; i < group->n_movements; i++)
    self->log_likelihood += posterior->log_p[i];
  for (size_t i = 0; i < n_weights; i++) {
    const double *row = lw_mat_row (&posterior->deviation, i), *covariance = lw_mat_row (&posterior->covariance, i);
    double *scatter = lw_mat_row (&self->scatter, i);
    for (size_t k = 0; k < group->n_movements; k++)
      self->deviation[i] += row[k];
    for (size_t k = 0; k < n_weights; k++)
      scatter[k] += count * covariance[k];
  }
  lw_syrk (1, &posterior->deviation, false, 1, &self->scatter);
  for (size_t i = 0; i < n_joints * n_joints; i++)
    self->noise_sum.data[i] += posterior->noise_sum.data[i];
}

LwStatus
lw_promp_em_expect (LwPrompEm *self, const atomic_bool *stop)
{
  LwWeightGaussian *weights = &self->model.weights;
  LwStatus status = lw_promp_posterior_set (&self->posterior, weights->mu_w, &weights->sigma_w, &self->model.noise);

  if (status != LW_OK)
    return status;
  if (self->posterior.jitter > 0) {
    for (size_t i = 0; i < weights->n_weights; i++)
      lw_mat_row (&weights->sigma_w, i)[i] += self->posterior.jitter;
    self->jitter = fmax (self->jitter, self->posterior.jitter);
  }
  self->log_likelihood = 0;
  memset (self->deviation, 0, weights->n_weights * sizeof *self->deviation);
  lw_mat_fill (&self->scatter, 0);
  lw_mat_fill (&self->noise_sum, 0);
  for (size_t g = 0; g < self->stats.n_groups; g++) {
    if (stop != NULL && atomic_load_explicit (stop, memory_order_relaxed))
      return LW_ERR_STOPPED;
    status = lw_promp_statistics_visit (&self->stats, g);
    if (status == LW_OK)
      status = lw_promp_posterior_visit (&self->posterior, &self->stats.groups[g]);
    if (status == LW_OK)
      add_group (self, &self->stats.groups[g]);
    lw_promp_statistics_leave (&self->stats, g);
    if (status != LW_OK)
      return status;
  }
  self->objective = self->log_likelihood + (self->s0.data != NULL ? log_prior (self) : 0);
  return isfinite (self->objective) ? LW_OK : LW_ERR_NOT_FINITE;
}

/* ---- maximisation ---- */

/* mu, and scatter moved from the old mu to the new one. */
static void
update_mean (LwPrompEm *self)
{
  size_t n_weights = self->model.weights.n_weights;
  double count = (double) self->stats.n_movements;
  double *mu = self->model.weights.mu_w, *step = self->work[0].data;

  for (size_t i = 0; i < n_weights; i++) {
    double pull = self->k0 > 0 ? self->k0 * (self->m0[i] - mu[i]) : 0;
    step[i] = (self->deviation[i] + pull) / (count + self->k0);
    mu[i] += step[i];
  }
  for (size_t i = 0; i < n_weights; i++) {
    double *row = lw_mat_row (&self->scatter, i);
    for (size_t k = 0; k < n_weights; k++)
      row[k] += count * step[i] * step[k] - self->deviation[i] * step[k] - step[i] * self->deviation[k];
  }
}

static void
update_covariance (LwPrompEm *self)
{
  size_t n_weights = self->model.weights.n_weights, n = self->model.basis.n;
  bool blocks = self->settings.prior == LW_PROMP_PRIOR_BLOCKS, niw = self->s0.data != NULL;
  double count = (double) self->stats.n_movements, prior_count = self->v0 + (double) n_weights + 1, denominator = count;
  const double *mu = self->model.weights.mu_w;

  if (blocks || niw)
    denominator += prior_count + (self->k0 > 0);
  for (size_t i = 0; i < n_weights; i++) {
    const double *scatter = lw_mat_row (&self->scatter, i);
    double *sigma = lw_mat_row (&self->model.weights.sigma_w, i);
    for (size_t k = 0; k < n_weights; k++) {
      double sum = scatter[k];
      if (niw)
        sum += lw_mat_get (&self->s0, i, k);
      if (niw && self->k0 > 0)
        sum += self->k0 * (mu[i] - self->m0[i]) * (mu[k] - self->m0[k]);
      if (blocks && i / n == k / n)
        sum += scatter[k] / count * prior_count;
      sigma[k] = sum / denominator;
    }
  }
}

LwStatus
lw_promp_em_floor (LwPrompEm *self)
{
  size_t n_joints = self->model.n_joints;
  double floor = self->settings.noise_floor;
  LwMat *noise = &self->model.noise;
  LwMat vectors = lw_mat_view (self->work[0].data, n_joints, n_joints);

  self->n_on_floor = 0;
  if (!self->settings.full_noise) {
    for (size_t j = 0; j < n_joints; j++)
      if (!(lw_mat_get (noise, j, j) > floor)) {
        lw_mat_set (noise, j, j, floor);
        self->n_on_floor++;
      }
    return LW_OK;
  }
  lw_mat_copy (noise, &vectors);
  for (size_t j = 0; j < n_joints; j++)
    lw_mat_row (&vectors, j)[j] -= floor;
  if (lw_chol_factor (&vectors) == LW_OK)
    return LW_OK;

  /* Clipping eigenvalues is what maximises -log |S| - tr (S^-1 E) over S >= floor I. */
  double *values = self->work[1].data;
  lw_mat_copy (noise, &vectors);
  LwStatus status = lw_eig_sym (&vectors, values);
  if (status != LW_OK)
    return status;
  lw_mat_fill (noise, 0);
  for (size_t v = 0; v < n_joints; v++) {
    const double *vector = lw_mat_row (&vectors, v);
    self->n_on_floor += values[v] <= floor;
    for (size_t i = 0; i < n_joints; i++)
      for (size_t k = 0; k < n_joints; k++)
        lw_mat_row (noise, i)[k] += fmax (values[v], floor) * vector[i] * vector[k];
  }
  return LW_OK;
}

LwStatus
lw_promp_em_maximise (LwPrompEm *self)
{
  size_t n_joints = self->model.n_joints;

  update_mean (self);
  update_covariance (self);
  for (size_t i = 0; i < n_joints; i++)
    for (size_t k = 0; k < n_joints; k++)
      lw_mat_set (&self->model.noise, i, k, lw_mat_get (&self->noise_sum, i, k) / (double) self->stats.n_rows);
  return lw_promp_em_floor (self);
}
