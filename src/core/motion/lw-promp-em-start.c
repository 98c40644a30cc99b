/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Where expectation maximisation starts, and what it leans on. */
#include <math.h>
#include <string.h>

#include "lw-factor.h"
#include "lw-linalg.h"
#include "lw-promp-em-private.h"

/* Share of each weight's variance that starts independent of the others. */
#define INDEPENDENT 0.1
/* Of the mean variance, and of the mean square of the mean weights: what a start of one movement, or of equal ones, may still
 * vary. */
#define LEAST_OF_VARIANCE 1e-3
#define LEAST_OF_SQUARE 1e-6
/* Of the mean square deviation of a joint from the mean movement. Noise that starts too large falls within a few iterations; too
 * small, it takes many to rise. */
#define LEAST_NOISE 1e-3
/* Of the largest eigenvalue: a negative one beyond this is no rounding. */
#define NEGATIVE 1e-9

/* Mean and covariance (W x W) of the references, the ridge fits; the diagonal raised a little, so that it is positive with one
 * movement, too. */
static void
find_moments (LwPrompEm *self, double *mean, const LwMat *covariance)
{
  const LwPrompStatistics *stats = &self->stats;
  size_t n_weights = covariance->rows;
  double count = (double) stats->n_movements, variance = 0, square = 0;

  for (size_t i = 0; i < n_weights; i++) {
    mean[i] = 0;
    for (size_t g = 0; g < stats->n_groups; g++)
      for (size_t k = 0; k < stats->groups[g].n_movements; k++)
        mean[i] += lw_mat_get (&stats->groups[g].reference, i, k) / count;
  }
  lw_mat_fill (covariance, 0);
  for (size_t g = 0; g < stats->n_groups; g++) {
    const LwPrompGroup *group = &stats->groups[g];
    LwMat centred = lw_mat_view (self->posterior.delta.data, n_weights, group->n_movements);
    for (size_t i = 0; i < n_weights; i++)
      for (size_t k = 0; k < group->n_movements; k++)
        lw_mat_set (&centred, i, k, lw_mat_get (&group->reference, i, k) - mean[i]);
    lw_syrk (1 / fmax (count - 1, 1), &centred, false, 1, covariance);
  }
  for (size_t i = 0; i < n_weights; i++) {
    variance += lw_mat_get (covariance, i, i) / (double) n_weights;
    square += mean[i] * mean[i] / (double) n_weights;
  }
  for (size_t i = 0; i < n_weights; i++)
    lw_mat_row (covariance, i)[i] += LEAST_OF_VARIANCE * variance + LEAST_OF_SQUARE * square + self->settings.noise_floor;
}

LwStatus
lw_promp_em_set_prior (LwPrompEm *self)
{
  const LwPrompEmSettings *settings = &self->settings;
  size_t n_weights = self->model.weights.n_weights;
  LwStatus status = LW_OK;

  if (settings->prior == LW_PROMP_PRIOR_BLOCKS)
    self->v0 = settings->v0;
  if (settings->prior != LW_PROMP_PRIOR_NIW && settings->prior != LW_PROMP_PRIOR_INDEPENDENT)
    return LW_OK;
  status = lw_mat_alloc (&self->s0, n_weights, n_weights);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->s0_root, n_weights, n_weights);
  if (status != LW_OK)
    return status;
  if (settings->prior == LW_PROMP_PRIOR_INDEPENDENT) {
    double *mean = self->work[0].data;
    find_moments (self, mean, &self->work[1]);
    for (size_t i = 0; i < n_weights; i++)
      lw_mat_set (&self->s0, i, i, settings->prior_weight * lw_mat_get (&self->work[1], i, i));
    self->v0 = settings->prior_weight - (double) n_weights - 1;
  } else {
    lw_mat_copy (settings->s0, &self->s0);
    self->v0 = settings->v0;
    self->k0 = settings->k0;
    if (self->k0 > 0) {
      self->m0 = lw_doubles_new (n_weights);
      if (self->m0 == NULL)
        return LW_ERR_MEMORY;
      memcpy (self->m0, settings->m0, n_weights * sizeof *self->m0);
    }
  }
  double clipped;
  status = lw_factor_semidefinite (&self->s0, &self->s0_root, &clipped);
  return status == LW_OK && clipped > NEGATIVE ? LW_ERR_NOT_SPD : status;
}

/* Mean squares a joint: of what the references leave, and of what the mean movement leaves. */
static LwStatus
start_noise (LwPrompEm *self)
{
  size_t n = self->model.basis.n, n_joints = self->model.n_joints;
  double left[LW_PROMP_MAX_JOINTS] = { 0 }, spread[LW_PROMP_MAX_JOINTS] = { 0 }, product[LW_BASIS_MAX], delta[LW_BASIS_MAX];

  for (size_t g = 0; g < self->stats.n_groups; g++) {
    const LwPrompGroup *group = &self->stats.groups[g];
    LwStatus status = lw_promp_statistics_visit (&self->stats, g);
    if (status != LW_OK)
      return status;
    for (size_t s = 0; s < group->n_cells; s++) {
      const LwPrompCell *cell = &group->cells[s];
      for (size_t a = 0; a < cell->n_joints; a++)
        for (size_t i = 0; i < group->n_movements; i++) {
          size_t j = cell->joint[a];
          double square = lw_mat_get (&cell->power, i, a * cell->n_joints + a);
          left[j] += square;
          for (size_t k = 0; k < n; k++)
            delta[k] = self->model.weights.mu_w[j * n + k] - lw_mat_get (&group->reference, j * n + k, i);
          lw_gemv (1, &cell->gram, false, delta, 0, product);
          for (size_t k = 0; k < n; k++)
            square += delta[k] * (product[k] - 2 * lw_mat_get (&cell->cross, a * n + k, i));
          spread[j] += square;
        }
    }
    lw_promp_statistics_leave (&self->stats, g);
  }
  lw_mat_fill (&self->model.noise, 0);
  for (size_t j = 0; j < n_joints; j++)
    lw_mat_set (&self->model.noise, j, j, fmax (left[j], LEAST_NOISE * spread[j]) / (double) self->stats.n_seen[j]);
  return lw_promp_em_floor (self);
}

static LwStatus
start_from_references (LwPrompEm *self)
{
  LwWeightGaussian *weights = &self->model.weights;
  size_t n_weights = weights->n_weights;

  find_moments (self, weights->mu_w, &weights->sigma_w);
  for (size_t i = 0; i < n_weights; i++)
    for (size_t k = 0; k < n_weights; k++)
      if (i != k)
        lw_mat_row (&weights->sigma_w, i)[k] *= 1 - INDEPENDENT;
  return start_noise (self);
}

LwStatus
lw_promp_em_start (LwPrompEm *self)
{
  LwPrompModel *model = &self->model;

  switch (self->settings.start) {
  case LW_PROMP_START_GIVEN:
    memcpy (model->weights.mu_w, self->settings.given->weights.mu_w, model->weights.n_weights * sizeof *model->weights.mu_w);
    lw_mat_copy (&self->settings.given->weights.sigma_w, &model->weights.sigma_w);
    lw_mat_copy (&self->settings.given->noise, &model->noise);
    if (!self->settings.full_noise)
      for (size_t i = 0; i < model->n_joints; i++)
        for (size_t k = 0; k < model->n_joints; k++)
          if (i != k)
            lw_mat_set (&model->noise, i, k, 0);
    return lw_promp_em_floor (self);
  case LW_PROMP_START_UNIT:
    for (size_t i = 0; i < model->weights.n_weights; i++)
      lw_mat_set (&model->weights.sigma_w, i, i, 1);
    for (size_t j = 0; j < model->n_joints; j++)
      lw_mat_set (&model->noise, j, j, 1);
    return LW_OK;
  case LW_PROMP_START_RIDGE:
  default:
    return start_from_references (self);
  }
}
