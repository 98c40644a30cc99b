/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* By how much of itself a bound may be exceeded: what the solver's own tolerance and rounding leave. */
#define BOUND_SLACK 5e-7
/* SLSQP's iterates follow a curved bound from outside, by some 1e-4 of it: what is that near is worth pulling back. */
#define NEAR_BOUND 0.05
/* p of the norm that joins the bounds. */
#define NORM_POWER 12.0

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
  free (self->line);
  free (self->latest);
  free (self->nearest);
  *self = (LwLampoProblem){ 0 };
}

static double
reward_spread (const LwLampoSamples *samples)
{
  double mean = 0, square = 0;

  for (size_t i = 0; i < samples->n; i++)
    mean += samples->reward[i] / (double) samples->n;
  for (size_t i = 0; i < samples->n; i++)
    square += (samples->reward[i] - mean) * (samples->reward[i] - mean);
  return sqrt (square / (double) samples->n);
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
  self->line = lw_doubles_new (2 * model->n_x);
  self->latest = lw_doubles_new (model->n_x);
  self->nearest = lw_doubles_new (model->n_x);
  if (!self->context_scratch || !self->gate_scratch || !self->grad || !self->line || !self->latest || !self->nearest)
    return LW_ERR_MEMORY;
  return status;
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
   * unit. */
  double spread = reward_spread (samples);
  self->scale = spread > 0 ? 1 / spread : 1;
  self->context_limit = settings->context_kl_bound;
  self->gate_limit = settings->gate_bound * (double) samples->n / 100;
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
                             settings->strata ? self->first_table.log_resp : NULL, self->first_table.stride, settings->normalised,
                             &self->objective, grad, ess);
}

static double
context_kl_at (LwLampoProblem *self, double *grad)
{
  return lw_lampo_context_kl (&self->policy, &self->first, self->settings->context_kl_direction, self->context_scratch, grad);
}

static double
gate_at (LwLampoProblem *self, double *grad)
{
  return lw_lampo_gate_divergence (&self->policy, &self->table, &self->first_table, self->samples->n, self->gate_scratch, grad);
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

/* One bound's part in sum_b (share_b)^p; its gradient is added to @grad. A divergence of 0 may come out as -1e-17. */
static double
norm_term (double divergence, double bound, const double *term_grad, size_t n, double *grad)
{
  double share = fmax (divergence, 0) / bound;
  double slope = pow (share, NORM_POWER - 1);

  for (size_t i = 0; i < n && grad != NULL; i++)
    grad[i] += slope * term_grad[i] / bound;
  return slope * share;
}

static double
joined_constraint (LwLampoProblem *self, size_t n, double *grad)
{
  double *term = grad != NULL ? self->grad : NULL;
  double sum;

  if (grad != NULL)
    memset (grad, 0, n * sizeof *grad);
  double kl = lw_lampo_trust_kl (&self->trust, &self->policy, &self->table, self->settings->kl_direction, term);
  sum = norm_term (kl, self->settings->kl_bound, term, n, grad);
  if (self->gate_limit > 0) {
    double gate = gate_at (self, term);
    sum += norm_term (gate, self->gate_limit, term, n, grad);
  }
  if (self->context_limit > 0) {
    double eta = context_kl_at (self, term);
    sum += norm_term (eta, self->context_limit, term, n, grad);
  }
  double norm = pow (sum, 1 / NORM_POWER);
  for (size_t i = 0; i < n && grad != NULL && norm > 0; i++)
    grad[i] /= pow (norm, NORM_POWER - 1);
  return norm - 1;
}

double
lw_lampo_problem_constraint (size_t n, const double *x, double *grad, void *problem)
{
  LwLampoProblem *self = problem;
  double excess;

  if (!move_to (self, x))
    return (double) NAN;
  if (self->gate_limit > 0 || self->context_limit > 0) {
    excess = joined_constraint (self, n, grad);
  } else {
    excess = lw_lampo_trust_kl (&self->trust, &self->policy, &self->table, self->settings->kl_direction, grad)
                 / self->settings->kl_bound
             - 1;
    for (size_t i = 0; i < n && grad != NULL; i++)
      grad[i] /= self->settings->kl_bound;
  }
  if (excess <= BOUND_SLACK)
    self->best_J = fmax (self->best_J, self->last_J);
  if (grad != NULL && isfinite (excess) && isfinite (self->last_value)) {
    memcpy (self->latest, x, n * sizeof *x);
    if (excess <= NEAR_BOUND && self->last_value > self->nearest_value) {
      memcpy (self->nearest, x, n * sizeof *x);
      self->nearest_value = self->last_value;
    }
  }
  return excess;
}

static bool
within (double divergence, double bound)
{
  return bound <= 0 || divergence <= bound * (1 + BOUND_SLACK);
}

LwLampoPoint
lw_lampo_problem_measure (LwLampoProblem *self, const double *x)
{
  LwLampoPoint point = { 0 };

  if (!move_to (self, x))
    return point;
  point.J = objective_at (self, NULL, &point.ess);
  point.kl = lw_lampo_trust_kl (&self->trust, &self->policy, &self->table, self->settings->kl_direction, NULL);
  point.eta = context_kl_at (self, NULL);
  point.gate = gate_at (self, NULL);
  point.value = point.J - self->settings->regularisation * point.eta;
  point.finite = isfinite (point.value) && isfinite (point.kl) && isfinite (point.gate);
  point.feasible = point.finite && within (point.kl, self->settings->kl_bound) && within (point.gate, self->gate_limit)
                   && within (point.eta, self->context_limit);
  return point;
}

void
lw_lampo_problem_admit (LwLampoProblem *self, const LwLampoPoint *old)
{
  if (self->context_limit > 0)
    self->context_limit = fmax (self->context_limit, old->eta);
  if (self->gate_limit > 0)
    self->gate_limit = fmax (self->gate_limit, old->gate);
}
