/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-likelihood.h"

#include <stdlib.h>
#include <string.h>

#include "lw-promp-posterior.h"
#include "lw-promp-statistics.h"

typedef struct {
  LwPrompStatistics stats;
  LwPrompPosterior posterior;
} Inference;

static bool
noise_is_diagonal (const LwMat *noise)
{
  for (size_t i = 0; i < noise->rows; i++)
    for (size_t j = 0; j < noise->cols; j++)
      if (i != j && lw_mat_get (noise, i, j) != 0)
        return false;
  return true;
}

static void
inference_clear (Inference *self)
{
  lw_promp_posterior_clear (&self->posterior);
  lw_promp_statistics_clear (&self->stats);
}

static LwStatus
inference_init (Inference *self, const LwPrompModel *model, const LwObservedMovement *movements, size_t n)
{
  *self = (Inference){ 0 };
  LwStatus status = lw_promp_model_check (model);
  if (status == LW_OK)
    status = lw_promp_statistics_init (&self->stats, &model->basis, model->n_joints, movements, n,
                                       !noise_is_diagonal (&model->noise), model->weights.mu_w);
  if (status == LW_OK)
    status = lw_promp_posterior_init (&self->posterior, &self->stats);
  if (status == LW_OK)
    status = lw_promp_posterior_set (&self->posterior, model->weights.mu_w, &model->weights.sigma_w, &model->noise);
  if (status != LW_OK)
    inference_clear (self);
  return status;
}

static LwStatus
inference_visit (Inference *self, size_t g)
{
  LwStatus status = lw_promp_statistics_visit (&self->stats, g);
  if (status == LW_OK)
    status = lw_promp_posterior_visit (&self->posterior, &self->stats.groups[g]);
  lw_promp_statistics_leave (&self->stats, g);
  return status;
}

LwStatus
lw_promp_log_likelihood (const LwPrompModel *model, const LwObservedMovement *movements, size_t n, double *log_p)
{
  Inference inference;

  if (n == 0)
    return lw_promp_model_check (model);
  LwStatus status = inference_init (&inference, model, movements, n);
  if (status != LW_OK)
    return status;
  double *found = lw_doubles_new (n);
  if (found == NULL)
    status = LW_ERR_MEMORY;
  for (size_t g = 0; status == LW_OK && g < inference.stats.n_groups; g++) {
    const LwPrompGroup *group = &inference.stats.groups[g];
    status = inference_visit (&inference, g);
    for (size_t i = 0; status == LW_OK && i < group->n_movements; i++)
      found[group->movement[i]] = inference.posterior.log_p[i];
  }
  if (status == LW_OK)
    memcpy (log_p, found, n * sizeof *found);
  free (found);
  inference_clear (&inference);
  return status;
}

LwStatus
lw_promp_complete (const LwPrompModel *model, const LwObservedMovement *movement, LwWeightGaussian *out, double *log_p)
{
  Inference inference;
  size_t n_weights = model->weights.n_weights;
  LwStatus status = inference_init (&inference, model, movement, 1);

  if (status != LW_OK)
    return status;
  LwWeightGaussian made = { .n_weights = n_weights, .mu_w = lw_doubles_new (n_weights) };
  status = made.mu_w != NULL ? lw_mat_alloc (&made.sigma_w, n_weights, n_weights) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = inference_visit (&inference, 0);
  if (status == LW_OK) {
    for (size_t k = 0; k < n_weights; k++)
      made.mu_w[k] = model->weights.mu_w[k] + lw_mat_get (&inference.posterior.deviation, k, 0);
    lw_mat_copy (&inference.posterior.covariance, &made.sigma_w);
    if (log_p != NULL)
      *log_p = inference.posterior.log_p[0];
    *out = made;
  } else {
    lw_weight_gaussian_clear (&made);
  }
  inference_clear (&inference);
  return status;
}
