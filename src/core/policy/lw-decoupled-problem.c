/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-joined-bounds.h"

/* SLSQP's iterates follow a curved bound from outside, by some 1e-4 of it: what is that near is worth pulling back. */
#define NEAR_BOUND 0.05
/* Where as many effective samples are asked for as there are samples, this much unevenness is left to move in. */
#define LEAST_UNEVENNESS 1e-6
/* Rewards that spread less than the inverse of this against the regulariser's weight are nothing beside it. */
#define MOST_GAMMA 1e12
/* Share of the contexts that a component is taken to have at least where the solver's units are chosen: what no sample speaks of
 * is not to be moved far for nothing. */
#define LEAST_WEIGHT 1e-3

void
lw_decoupled_problem_clear (LwDecoupledProblem *self)
{
  lw_decoupled_estimate_clear (&self->estimate);
  lw_decoupled_trust_clear (&self->trust);
  lw_decoupled_table_clear (&self->table);
  free (self->point);
  free (self->unit);
  free (self->x);
  free (self->nearest);
  free (self->prior);
  free (self->eta_grad);
  free (self->eta_scratch);
  free (self->bound_grad);
  free (self->line);
  *self = (LwDecoupledProblem){ 0 };
}

static LwStatus
allocate (LwDecoupledProblem *self, const double *log_den, const double *x_old)
{
  const LwDecoupledForm *form = self->features->form;
  size_t n_x = form->n_x, K = form->model->K;

  LwStatus status = lw_decoupled_estimate_init (&self->estimate, self->samples, log_den);
  if (status == LW_OK)
    status = lw_decoupled_table_init (&self->table, form, self->samples->stride);
  if (status == LW_OK)
    status = lw_decoupled_trust_init (&self->trust, x_old, self->features, self->samples);
  if (status != LW_OK)
    return status;
  self->point = lw_doubles_new (n_x);
  self->unit = lw_doubles_new (n_x);
  self->x = lw_doubles_new (n_x);
  self->nearest = lw_doubles_new (n_x);
  self->prior = lw_doubles_new (n_x);
  self->eta_grad = lw_doubles_new (K);
  self->eta_scratch = lw_doubles_new (K);
  self->bound_grad = lw_doubles_new (LW_DECOUPLED_N_BOUNDS * n_x);
  self->line = lw_doubles_new (2 * n_x);
  if (!self->point || !self->unit || !self->x || !self->nearest || !self->prior || !self->eta_grad || !self->eta_scratch
      || !self->bound_grad || !self->line)
    return LW_ERR_MEMORY;
  return LW_OK;
}

static void
set_priors (LwDecoupledProblem *self)
{
  const LwDecoupledForm *form = self->features->form;
  const LwDecoupledImproveSettings *s = self->settings;

  for (size_t k = 0; k < form->model->K; k++) {
    self->prior[k] = s->prior_gate;
    for (size_t j = 0; j < form->model->d; j++) {
      size_t at = lw_decoupled_offset (form, k, j);
      self->prior[at] = s->prior_offset;
      for (size_t a = 1; a < form->q; a++)
        self->prior[at + a] = s->prior_slope;
      self->prior[lw_decoupled_log_s (form, k) + j] = s->prior_scale;
    }
  }
}

static void
set_unit (LwDecoupledProblem *self, size_t i, double least)
{
  self->unit[i] = 1 / sqrt (fmax (self->unit[i], least));
}

static void
set_units (LwDecoupledProblem *self)
{
  const LwDecoupledForm *form = self->features->form;

  lw_decoupled_trust_curvature (&self->trust, self->unit);
  for (size_t k = 0; k < form->model->K; k++) {
    set_unit (self, k, LEAST_WEIGHT);
    for (size_t j = 0; j < form->model->d; j++) {
      size_t at_s = lw_decoupled_log_s (form, k) + j;
      for (size_t a = 0; a < form->q; a++)
        set_unit (self, lw_decoupled_offset (form, k, j) + a, LEAST_WEIGHT * exp (-2 * self->trust.old[at_s]));
      set_unit (self, at_s, 2 * LEAST_WEIGHT);
    }
  }
}

/* A setting of 0 switches a bound off. */
static void
set_limits (LwDecoupledProblem *self)
{
  const LwDecoupledImproveSettings *s = self->settings;

  self->limit[LW_DECOUPLED_BOUND_KL] = s->kl_bound;
  self->limit[LW_DECOUPLED_BOUND_CONTEXT] = s->context_kl_bound > 0 ? s->context_kl_bound : INFINITY;
  self->limit[LW_DECOUPLED_BOUND_WEIGHTS] =
      s->min_ess > 0 ? fmax (log ((double) self->samples->n / s->min_ess), LEAST_UNEVENNESS) : INFINITY;
}

LwStatus
lw_decoupled_problem_init (LwDecoupledProblem *self, const LwDecoupledFeatures *features, const LwLampoSamples *samples,
                           const double *log_den, const double *x_first, const double *x_old,
                           const LwDecoupledImproveSettings *settings)
{
  *self = (LwDecoupledProblem){ .settings = settings, .features = features, .samples = samples, .first = x_first };
  if (!lw_decoupled_is_policy (features->form, x_old))
    return LW_ERR_RANGE;
  LwStatus status = allocate (self, log_den, x_old);
  if (status != LW_OK) {
    lw_decoupled_problem_clear (self);
    return status;
  }
  set_priors (self);
  set_units (self);
  set_limits (self);
  self->gamma = settings->regularisation > 0 ? fmin (settings->regularisation / self->estimate.spread, MOST_GAMMA) : 0;
  self->best_J = self->nearest_value = -INFINITY;
  return LW_OK;
}

/* Puts the table at @x; the functions of one point share it. */
static bool
move_to (LwDecoupledProblem *self, const double *x)
{
  size_t size = self->features->form->n_x * sizeof *x;

  if (!self->have_point || memcmp (self->point, x, size) != 0) {
    self->have_point = lw_decoupled_is_policy (self->features->form, x);
    if (self->have_point) {
      memcpy (self->point, x, size);
      lw_decoupled_table_evaluate (&self->table, x, self->features, self->samples, 0);
    }
  }
  return self->have_point;
}

static double
objective_at (LwDecoupledProblem *self, const double *x, double *grad, double *J, double *ess)
{
  const LwDecoupledForm *form = self->features->form;
  const LwDecoupledImproveSettings *s = self->settings;
  double share = 1 / (double) self->samples->n, penalty = 0;

  double value = lw_decoupled_estimate_value (&self->estimate, self->table.log_p, s->normalised, s->caution, J, ess);
  double eta = lw_decoupled_context_kl (form, x, s->context_kl_direction, self->eta_scratch, self->eta_grad);
  if (grad != NULL)
    lw_decoupled_table_gradient (&self->table, self->features, self->samples, self->estimate.factor, grad);
  for (size_t i = 0; i < form->n_x; i++) {
    double pull = share * self->prior[i] * (x[i] - self->first[i]);
    penalty += 0.5 * pull * (x[i] - self->first[i]);
    if (grad != NULL)
      grad[i] -= pull;
  }
  for (size_t k = 0; k < form->model->K && grad != NULL; k++)
    grad[k] -= self->gamma * self->eta_grad[k];
  *J = self->estimate.mean + self->estimate.spread * *J;
  return value - penalty - self->gamma * eta;
}

static double
divergence_at (LwDecoupledProblem *self, LwDecoupledBound bound, const double *x, double *grad)
{
  const LwDecoupledForm *form = self->features->form;
  double divergence;

  switch (bound) {
  case LW_DECOUPLED_BOUND_CONTEXT:
    if (grad != NULL)
      memset (grad, 0, form->n_x * sizeof *grad);
    return lw_decoupled_context_kl (form, x, self->settings->context_kl_direction, self->eta_scratch, grad);
  case LW_DECOUPLED_BOUND_WEIGHTS:
    divergence = lw_decoupled_estimate_unevenness (&self->estimate, self->table.log_p);
    if (grad != NULL)
      lw_decoupled_table_gradient (&self->table, self->features, self->samples, self->estimate.factor, grad);
    return divergence;
  case LW_DECOUPLED_BOUND_KL:
  default:
    return lw_decoupled_trust_kl (&self->trust, x, &self->table, self->settings->kl_direction, grad);
  }
}

void
lw_decoupled_problem_x (const LwDecoupledProblem *self, const double *v, double *x)
{
  for (size_t i = 0; i < self->features->form->n_x; i++)
    x[i] = self->trust.old[i] + self->unit[i] * v[i];
}

double
lw_decoupled_problem_minimise (size_t n, const double *v, double *grad, void *problem)
{
  LwDecoupledProblem *self = problem;

  lw_decoupled_problem_x (self, v, self->x);
  if (!move_to (self, self->x))
    return (double) NAN;
  self->last_value = objective_at (self, self->x, grad, &self->last_J, NULL);
  if (grad != NULL) {
    for (size_t i = 0; i < n; i++)
      grad[i] *= -self->unit[i];
    self->iterations++;
    if (self->progress != NULL && isfinite (self->best_J))
      self->progress (fmin ((double) self->iterations / (double) self->settings->max_iterations, 1), self->best_J,
                      self->progress_data);
  }
  return -self->last_value;
}

/* The norm of the shares of the bounds, and its gradient by x. */
static double
joined_share (LwDecoupledProblem *self, size_t n, double *grad)
{
  double divergence[LW_DECOUPLED_N_BOUNDS] = { 0 }, slope[LW_DECOUPLED_N_BOUNDS];

  for (size_t b = 0; b < LW_DECOUPLED_N_BOUNDS; b++)
    if (!isinf (self->limit[b]))
      divergence[b] = divergence_at (self, (LwDecoupledBound) b, self->x, grad != NULL ? self->bound_grad + b * n : NULL);
  double norm = lw_joined_bounds (LW_DECOUPLED_N_BOUNDS, divergence, self->limit, slope);
  if (grad == NULL || isnan (norm))
    return norm;
  memset (grad, 0, n * sizeof *grad);
  for (size_t b = 0; b < LW_DECOUPLED_N_BOUNDS; b++)
    for (size_t i = 0; i < n && slope[b] > 0; i++)
      grad[i] += slope[b] * self->bound_grad[b * n + i];
  return norm;
}

double
lw_decoupled_problem_constraint (size_t n, const double *v, double *grad, void *problem)
{
  LwDecoupledProblem *self = problem;

  lw_decoupled_problem_x (self, v, self->x);
  if (!move_to (self, self->x))
    return (double) NAN;
  double excess = joined_share (self, n, grad) - 1;
  for (size_t i = 0; i < n && grad != NULL; i++)
    grad[i] *= self->unit[i];
  if (excess <= LW_BOUND_SLACK)
    self->best_J = fmax (self->best_J, self->last_J);
  if (grad != NULL && isfinite (self->last_value) && excess <= NEAR_BOUND && self->last_value > self->nearest_value) {
    memcpy (self->nearest, self->x, n * sizeof *self->x);
    self->nearest_value = self->last_value;
  }
  return excess;
}

LwDecoupledPoint
lw_decoupled_problem_measure (LwDecoupledProblem *self, const double *x)
{
  LwDecoupledPoint point = { 0 };

  if (!move_to (self, x))
    return point;
  point.value = objective_at (self, x, NULL, &point.J, &point.ess);
  point.finite = isfinite (point.value);
  for (size_t b = 0; b < LW_DECOUPLED_N_BOUNDS; b++) {
    point.divergence[b] = divergence_at (self, (LwDecoupledBound) b, x, NULL);
    point.finite = point.finite && isfinite (point.divergence[b]);
  }
  point.feasible = point.finite && lw_bounds_hold (LW_DECOUPLED_N_BOUNDS, point.divergence, self->limit);
  return point;
}

void
lw_decoupled_problem_admit (LwDecoupledProblem *self, const LwDecoupledPoint *old)
{
  for (size_t b = 0; b < LW_DECOUPLED_N_BOUNDS; b++)
    if (b != LW_DECOUPLED_BOUND_KL && isfinite (self->limit[b]))
      self->limit[b] = fmax (self->limit[b], old->divergence[b]);
}
