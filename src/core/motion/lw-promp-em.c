/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-em-private.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>

void
lw_promp_em_settings_init (LwPrompEmSettings *settings)
{
  *settings = (LwPrompEmSettings){
    .start = LW_PROMP_START_RIDGE,
    .prior = LW_PROMP_PRIOR_INDEPENDENT,
    .prior_weight = 1,
    .max_iterations = 100,
    .tolerance = 1e-6,
    .noise_floor = 1e-12,
  };
}

void
lw_promp_em_report_clear (LwPrompEmReport *report)
{
  free (report->objective);
  *report = (LwPrompEmReport){ 0 };
}

static bool
is_square (const LwMat *m, size_t n)
{
  return m->rows == n && m->cols == n;
}

static LwStatus
check_prior (const LwPrompEmSettings *settings, size_t n_weights)
{
  if (settings->prior == LW_PROMP_PRIOR_NONE)
    return LW_OK;
  if (settings->prior == LW_PROMP_PRIOR_INDEPENDENT)
    return settings->prior_weight > 0 && isfinite (settings->prior_weight) ? LW_OK : LW_ERR_RANGE;
  if (!(settings->k0 >= 0 && settings->v0 >= 0) || isinf (settings->k0) || isinf (settings->v0))
    return LW_ERR_RANGE;
  if (settings->prior == LW_PROMP_PRIOR_BLOCKS)
    return LW_OK;
  if (settings->prior != LW_PROMP_PRIOR_NIW)
    return LW_ERR_RANGE;
  if (settings->s0 == NULL || !is_square (settings->s0, n_weights) || (settings->k0 > 0 && settings->m0 == NULL))
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (settings->s0))
    return LW_ERR_NOT_FINITE;
  for (size_t i = 0; settings->k0 > 0 && i < n_weights; i++)
    if (!isfinite (settings->m0[i]))
      return LW_ERR_NOT_FINITE;
  return LW_OK;
}

static LwStatus
check_settings (const LwBasis *basis, size_t n_joints, const LwPrompEmSettings *settings)
{
  const LwPrompModel *given = settings->given;

  if (!(settings->tolerance >= 0) || !(settings->noise_floor > 0) || isinf (settings->tolerance) || isinf (settings->noise_floor))
    return LW_ERR_RANGE;
  if (settings->start == LW_PROMP_START_GIVEN) {
    if (given == NULL || given->n_joints != n_joints || given->basis.n != basis->n)
      return LW_ERR_SHAPE;
    LwStatus status = lw_promp_model_check (given);
    if (status != LW_OK)
      return status;
  }
  return check_prior (settings, basis->n * n_joints);
}

static LwStatus
allocate (LwPrompEm *self, const LwBasis *basis, size_t n_joints)
{
  size_t n_weights = basis->n * n_joints;
  LwPrompModel *model = &self->model;

  model->basis = *basis;
  model->n_joints = n_joints;
  model->weights.n_weights = n_weights;
  model->weights.mu_w = lw_doubles_new (n_weights);
  self->deviation = lw_doubles_new (n_weights);
  LwStatus status = model->weights.mu_w != NULL && self->deviation != NULL ? LW_OK : LW_ERR_MEMORY;
  LwMat *const squares[] = { &model->weights.sigma_w, &self->scatter, &self->work[0], &self->work[1] };
  for (size_t i = 0; status == LW_OK && i < sizeof squares / sizeof *squares; i++)
    status = lw_mat_alloc (squares[i], n_weights, n_weights);
  LwMat *const small[] = { &model->noise, &self->noise_sum };
  for (size_t i = 0; status == LW_OK && i < sizeof small / sizeof *small; i++)
    status = lw_mat_alloc (small[i], n_joints, n_joints);
  return status;
}

LwStatus
lw_promp_em_new (const LwBasis *basis, size_t n_joints, const LwObservedMovement *movements, size_t n,
                 const LwPrompEmSettings *settings, const atomic_bool *stop, LwPrompEm **out)
{
  LwStatus status = lw_basis_check (basis);

  if (status == LW_OK && (n_joints == 0 || n_joints > LW_PROMP_MAX_JOINTS))
    status = LW_ERR_SHAPE;
  if (status == LW_OK)
    status = check_settings (basis, n_joints, settings);
  if (status != LW_OK)
    return status;
  LwPrompEm *self = calloc (1, sizeof *self);
  if (self == NULL)
    return LW_ERR_MEMORY;
  self->settings = *settings;
  status = lw_promp_statistics_init (&self->stats, basis, n_joints, movements, n, settings->full_noise, NULL);
  for (size_t j = 0; status == LW_OK && j < n_joints; j++)
    if (self->stats.n_seen[j] == 0)
      status = LW_ERR_TOO_FEW;
  if (status == LW_OK)
    status = allocate (self, basis, n_joints);
  if (status == LW_OK)
    status = lw_promp_posterior_init (&self->posterior, &self->stats);
  if (status == LW_OK)
    status = lw_promp_em_set_prior (self);
  if (status == LW_OK)
    status = lw_promp_em_start (self);
  self->settings.given = NULL; /* what the caller owns is not needed again */
  self->settings.m0 = NULL;
  self->settings.s0 = NULL;
  if (status == LW_OK)
    status = lw_promp_em_expect (self, stop);
  if (status == LW_OK)
    *out = self;
  else
    lw_promp_em_free (self);
  return status;
}

void
lw_promp_em_free (LwPrompEm *self)
{
  if (self == NULL)
    return;
  lw_promp_statistics_clear (&self->stats);
  lw_promp_posterior_clear (&self->posterior);
  lw_promp_model_clear (&self->model);
  lw_mat_clear (&self->s0);
  lw_mat_clear (&self->s0_root);
  lw_mat_clear (&self->scatter);
  lw_mat_clear (&self->noise_sum);
  lw_mat_clear (&self->work[0]);
  lw_mat_clear (&self->work[1]);
  free (self->m0);
  free (self->deviation);
  free (self);
}

LwStatus
lw_promp_em_iterate (LwPrompEm *self, const atomic_bool *stop)
{
  LwStatus status = lw_promp_em_maximise (self);
  return status == LW_OK ? lw_promp_em_expect (self, stop) : status;
}

double
lw_promp_em_objective (const LwPrompEm *self)
{
  return self->objective;
}

LwStatus
lw_promp_em_model (const LwPrompEm *self, LwPrompModel *out)
{
  const LwPrompModel *model = &self->model;
  return lw_promp_model_init (out, &model->basis, model->n_joints, model->weights.mu_w, &model->weights.sigma_w, &model->noise);
}

LwStatus
lw_promp_em_weights (LwPrompEm *self, const LwMat *w)
{
  size_t n_weights = self->model.weights.n_weights;

  if (w->rows != self->stats.n_movements || w->cols != n_weights)
    return LW_ERR_SHAPE;
  for (size_t g = 0; g < self->stats.n_groups; g++) {
    const LwPrompGroup *group = &self->stats.groups[g];
    LwStatus status = lw_promp_statistics_visit (&self->stats, g);
    if (status == LW_OK)
      status = lw_promp_posterior_visit (&self->posterior, group);
    lw_promp_statistics_leave (&self->stats, g);
    if (status != LW_OK)
      return status;
    for (size_t i = 0; i < group->n_movements; i++)
      for (size_t k = 0; k < n_weights; k++)
        lw_mat_set (w, group->movement[i], k, self->model.weights.mu_w[k] + lw_mat_get (&self->posterior.deviation, k, i));
  }
  return LW_OK;
}

/* The loop; @objective (max_iterations + 1). */
static LwStatus
run (LwPrompEm *self, const atomic_bool *stop, double *objective, LwPrompEmReport *report)
{
  double enough = self->settings.tolerance * (double) self->stats.n_observed;

  objective[0] = self->objective;
  while (report->iterations < self->settings.max_iterations && !report->converged) {
    double before = self->objective;
    LwStatus status = lw_promp_em_iterate (self, stop);
    if (status != LW_OK)
      return status;
    objective[++report->iterations] = self->objective;
    report->largest_fall = fmax (report->largest_fall, before - self->objective);
    report->converged = self->objective - before < enough;
  }
  return LW_OK;
}

LwStatus
lw_promp_em_fit (const LwBasis *basis, size_t n_joints, const LwObservedMovement *movements, size_t n,
                 const LwPrompEmSettings *settings, const atomic_bool *stop, LwPrompModel *out, LwPrompEmReport *report)
{
  LwPrompEm *self;
  LwPrompEmReport made = { 0 };
  LwStatus status = lw_promp_em_new (basis, n_joints, movements, n, settings, stop, &self);

  if (status != LW_OK)
    return status;
  double *objective = settings->max_iterations < SIZE_MAX ? lw_doubles_new (settings->max_iterations + 1) : NULL;
  status = objective != NULL ? run (self, stop, objective, &made) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_promp_em_model (self, out);
  if (status == LW_OK && report != NULL) {
    made.log_likelihood = self->log_likelihood;
    made.objective = objective;
    made.jitter = self->jitter;
    made.n_on_floor = self->n_on_floor;
    made.n_groups = self->stats.n_groups;
    *report = made;
  } else {
    free (objective);
  }
  lw_promp_em_free (self);
  return status;
}
