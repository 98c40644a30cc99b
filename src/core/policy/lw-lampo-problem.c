/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-joined-bounds.h"

/* SLSQP's iterates follow a curved bound from outside, by some 1e-4 of it: what is that near is worth pulling back. */
#define NEAR_BOUND 0.05
/* Where as many effective samples are asked for as there are samples, this much unevenness is left to move in. */
#define LEAST_WEIGHT_DIVERGENCE 1e-6
/* Rewards that spread less than this share of the regulariser's weight are nothing against it; as a unit they would blow up. */
#define LEAST_SPREAD 1e-12

void
lw_lampo_problem_clear (LwLampoProblem *self)
{
  lw_lampo_policy_clear (&self->policy);
  lw_lampo_policy_clear (&self->old);
  lw_lampo_policy_clear (&self->first);
  lw_lampo_table_clear (&self->table);
  lw_lampo_table_clear (&self->first_table);
  lw_lampo_trust_clear (&self->trust);
  lw_lampo_objective_workspace_clear (&self->objective);
  free (self->context_scratch);
  free (self->gate_scratch);
  free (self->grad);
  free (self->bound_grad);
  free (self->line);
  free (self->latest);
  free (self->nearest);
  *self = (LwLampoProblem){ 0 };
}

/* Through rewards of at most 1, so that no square over- or underflows. */
static double
reward_spread (const LwLampoSamples *samples)
{
  double largest = 0, mean = 0, square = 0, lowest = samples->reward[0], highest = lowest;

  for (size_t i = 0; i < samples->n; i++) {
    lowest = fmin (lowest, samples->reward[i]);
    highest = fmax (highest, samples->reward[i]);
  }
  if (lowest == highest)
    return 0;
  largest = fmax (fabs (lowest), fabs (highest));
  for (size_t i = 0; i < samples->n; i++)
    mean += samples->reward[i] / largest / (double) samples->n;
  for (size_t i = 0; i < samples->n; i++)
    square += pow (samples->reward[i] / largest - mean, 2);
  return largest * sqrt (square / (double) samples->n);
}

static LwStatus
allocate (LwLampoProblem *self)
{
  const LwLampoSamples *samples = self->samples;
  const LwLampoModel *model = samples->model;
  size_t r = model->r, d = model->d;

  LwStatus status = lw_lampo_policy_init (&self->policy, model);
  if (status == LW_OK)
    status = lw_lampo_policy_init (&self->old, model);
  if (status == LW_OK)
    status = lw_lampo_policy_init (&self->first, model);
  if (status == LW_OK)
    status = lw_lampo_table_init (&self->table, model, samples->stride);
  if (status == LW_OK)
    status = lw_lampo_table_init (&self->first_table, model, samples->stride);
  if (status == LW_OK)
    status = lw_lampo_objective_workspace_init (&self->objective, model, samples->stride);
  self->context_scratch = lw_doubles_new (2 * r + r * r + r * d);
  self->gate_scratch = lw_doubles_new (2 * samples->stride + 1 + r + r * r);
  self->grad = lw_doubles_new (model->n_x);
  self->bound_grad = lw_doubles_new (LW_LAMPO_N_BOUNDS * model->n_x);
  self->line = lw_doubles_new (2 * model->n_x);
  self->latest = lw_doubles_new (model->n_x);
  self->nearest = lw_doubles_new (model->n_x);
  if (!self->context_scratch || !self->gate_scratch || !self->grad || !self->bound_grad || !self->line || !self->latest
      || !self->nearest)
    return LW_ERR_MEMORY;
  return status;
}

/* A setting of 0 switches a bound off. */
static void
set_limits (LwLampoProblem *self)
{
  const LwLampoImproveSettings *settings = self->settings;
  double n = (double) self->samples->n;

  self->limit[LW_LAMPO_BOUND_KL] = settings->kl_bound;
  self->limit[LW_LAMPO_BOUND_CONTEXT] = settings->context_kl_bound > 0 ? settings->context_kl_bound : INFINITY;
  self->limit[LW_LAMPO_BOUND_GATE] = settings->gate_bound > 0 ? settings->gate_bound * n / 100 : INFINITY;
  self->limit[LW_LAMPO_BOUND_WEIGHTS] =
      settings->min_ess > 0 ? fmax (log (n / settings->min_ess), LEAST_WEIGHT_DIVERGENCE) : INFINITY;
}

LwStatus
lw_lampo_problem_init (LwLampoProblem *self, const LwLampoSamples *samples, const double *log_den, const double *x_first,
                       const double *x_old, const LwLampoImproveSettings *settings)
{
  *self = (LwLampoProblem){ .settings = settings, .samples = samples, .log_den = log_den };
  LwStatus status = allocate (self);
  if (status == LW_OK && (!lw_lampo_policy_set (&self->old, x_old) || !lw_lampo_policy_set (&self->first, x_first)))
    status = LW_ERR_RANGE;
  if (status == LW_OK)
    status = lw_lampo_trust_init (&self->trust, &self->old, samples);
  if (status != LW_OK) {
    lw_lampo_problem_clear (self);
    return status;
  }
  lw_lampo_table_evaluate (&self->first_table, &self->first, samples, 0);

  /* SLSQP starts from a unit Hessian: rewards of 1e-3 would make its first steps useless, so the spread of the rewards is the
   * unit. The published code has them as they are, and stays nearer the old policy where they are small. */
  self->spread = reward_spread (samples);
  self->scale = self->spread > 0 && !settings->raw_rewards ? 1 / fmax (self->spread, LEAST_SPREAD * settings->regularisation) : 1;
  set_limits (self);
  self->best_J = self->nearest_value = -INFINITY;
  memcpy (self->latest, x_old, samples->model->n_x * sizeof *x_old);
  return LW_OK;
}

/* Puts policy and table at @x; the functions of one point share them. */
static bool
move_to (LwLampoProblem *self, const double *x)
{
  size_t size = self->samples->model->n_x * sizeof *x;

  if (!self->have_point || memcmp (self->policy.x, x, size) != 0) {
    self->have_point = lw_lampo_policy_set (&self->policy, x);
    if (self->have_point)
      lw_lampo_table_evaluate (&self->table, &self->policy, self->samples, 0);
  }
  return self->have_point;
}

static double
objective_at (LwLampoProblem *self, double *grad, double *ess)
{
  const LwLampoImproveSettings *settings = self->settings;

  return lw_lampo_objective (&self->policy, self->samples, &self->table, self->log_den,
                             settings->strata ? &self->first_table : NULL, settings->normalised, &self->objective, grad, ess);
}

static double
context_kl_at (LwLampoProblem *self, double *grad)
{
  return lw_lampo_context_kl (&self->policy, &self->first, self->settings->context_kl_direction, self->context_scratch, grad);
}

static double
divergence_at (LwLampoProblem *self, LwLampoBound bound, double *grad)
{
  switch (bound) {
  case LW_LAMPO_BOUND_CONTEXT:
    return context_kl_at (self, grad);
  case LW_LAMPO_BOUND_GATE:
    return lw_lampo_gate_divergence (&self->policy, &self->table, &self->first_table, self->samples->n, self->gate_scratch, grad);
  case LW_LAMPO_BOUND_WEIGHTS:
    return lw_lampo_weight_divergence (&self->policy, self->samples, &self->table, self->log_den, &self->objective, grad);
  case LW_LAMPO_BOUND_KL:
  default:
    return lw_lampo_trust_kl (&self->trust, &self->policy, &self->table, self->settings->kl_direction, grad);
  }
}

double
lw_lampo_problem_minimise (size_t n, const double *x, double *grad, void *problem)
{
  LwLampoProblem *self = problem;
  double gamma = self->settings->regularisation;

  if (!move_to (self, x))
    return (double) NAN;
  self->last_J = objective_at (self, grad, NULL);
  self->last_value = self->last_J - gamma * context_kl_at (self, grad != NULL ? self->grad : NULL);
  if (grad != NULL) {
    for (size_t i = 0; i < n; i++)
      grad[i] = -self->scale * (grad[i] - gamma * self->grad[i]);
    self->iterations++;
    if (self->progress != NULL && isfinite (self->best_J))
      self->progress (fmin ((double) self->iterations / (double) self->settings->max_iterations, 1), self->best_J,
                      self->progress_data);
  }
  return -self->scale * self->last_value;
}

/* The norm of the shares of the bounds, and its gradient. */
static double
joined_share (LwLampoProblem *self, size_t n, double *grad)
{
  double divergence[LW_LAMPO_N_BOUNDS] = { 0 }, slope[LW_LAMPO_N_BOUNDS];

  for (size_t b = 0; b < LW_LAMPO_N_BOUNDS; b++)
    if (!isinf (self->limit[b]))
      divergence[b] = divergence_at (self, (LwLampoBound) b, grad != NULL ? self->bound_grad + b * n : NULL);
  double norm = lw_joined_bounds (LW_LAMPO_N_BOUNDS, divergence, self->limit, slope);
  if (grad == NULL || isnan (norm))
    return norm;
  memset (grad, 0, n * sizeof *grad);
  for (size_t b = 0; b < LW_LAMPO_N_BOUNDS; b++)
    for (size_t i = 0; i < n && slope[b] > 0; i++)
      grad[i] += slope[b] * self->bound_grad[b * n + i];
  return norm;
}

double
lw_lampo_problem_constraint (size_t n, const double *x, double *grad, void *problem)
{
  LwLampoProblem *self = problem;

  if (!move_to (self, x))
    return (double) NAN;
  double excess = joined_share (self, n, grad) - 1;
  if (excess <= LW_BOUND_SLACK)
    self->best_J = fmax (self->best_J, self->last_J);
  if (grad != NULL && isfinite (self->last_value) && excess <= NEAR_BOUND && self->last_value > self->nearest_value) {
    memcpy (self->nearest, x, n * sizeof *x);
    self->nearest_value = self->last_value;
  }
  return excess;
}

LwLampoPoint
lw_lampo_problem_measure (LwLampoProblem *self, const double *x)
{
  LwLampoPoint point = { 0 };

  if (!move_to (self, x))
    return point;
  point.J = objective_at (self, NULL, &point.ess);
  point.finite = true;
  for (size_t b = 0; b < LW_LAMPO_N_BOUNDS; b++) {
    point.divergence[b] = divergence_at (self, (LwLampoBound) b, NULL);
    point.finite = point.finite && isfinite (point.divergence[b]);
  }
  point.value = point.J - self->settings->regularisation * point.divergence[LW_LAMPO_BOUND_CONTEXT];
  point.finite = point.finite && isfinite (point.value);
  point.feasible = point.finite && lw_bounds_hold (LW_LAMPO_N_BOUNDS, point.divergence, self->limit);
  return point;
}

void
lw_lampo_problem_admit (LwLampoProblem *self, const LwLampoPoint *old)
{
  for (size_t b = 0; b < LW_LAMPO_N_BOUNDS; b++)
    if (b != LW_LAMPO_BOUND_KL && isfinite (self->limit[b]))
      self->limit[b] = fmax (self->limit[b], old->divergence[b]);
}
