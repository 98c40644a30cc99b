/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-improve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-optimize.h"

#define SOLVER_SLACK 1e-7
#define BOUND_SLACK 5e-7
#define FTOL_REL 1e-7
/* Of the highest: what no sample speaks of is not to be moved far for nothing. */
#define LEAST_CURVATURE 1e-3

typedef struct {
  const LwDecoupledImproveSettings *settings;
  const LwDecoupledFeatures        *features;
  const LwLampoSamples             *samples;
  const double                     *log_den, *first;
  LwDecoupledTrust                  trust;
  LwDecoupledTable                  table;   /* of the point below */
  double                           *point;   /* (n_x) */
  bool                              have_point;
  double                           *reward;  /* (n) mean 0, deviation 1 */
  double                           *weight;  /* (n) */
  double                           *factor;  /* (n) */
  double                           *prior;   /* (n_x) */
  double                           *eta_grad; /* (K) */
  double                           *line;    /* (2 n_x) a segment's end and point */
  double                           *unit;    /* (n_x) of the solver's variables: x = x_old + unit v */
  double                           *x;       /* (n_x) where the solver is */
  double                            mean, spread;
  size_t                            iterations;
  double                            best;    /* J of the best point so far, in rewards */
  LwLearnerProgress                 progress;
  void                             *progress_data;
  const atomic_bool                *stop;
} Problem;

typedef struct {
  double J;       /* in rewards */
  double value;   /* what is maximised, in deviations of the reward */
  double kl, eta, ess;
  bool   finite, feasible;
} Point;

static void
problem_clear (Problem *self)
{
  lw_decoupled_trust_clear (&self->trust);
  lw_decoupled_table_clear (&self->table);
  free (self->point);
  free (self->reward);
  free (self->weight);
  free (self->factor);
  free (self->prior);
  free (self->eta_grad);
  free (self->line);
  free (self->unit);
  free (self->x);
}

static void
standardise (Problem *self)
{
  size_t n = self->samples->n;
  double largest = 0, square = 0;

  for (size_t i = 0; i < n; i++)
    largest = fmax (largest, fabs (self->samples->reward[i]));
  for (size_t i = 0; i < n && largest > 0; i++)
    self->mean += self->samples->reward[i] / largest / (double) n;
  for (size_t i = 0; i < n && largest > 0; i++) {
    self->reward[i] = self->samples->reward[i] / largest - self->mean;
    square += self->reward[i] * self->reward[i] / (double) n;
  }
  double spread = sqrt (square);
  /* Equal rewards differ from their own mean by rounding. */
  if (spread <= 1e-14)
    spread = 0;
  for (size_t i = 0; i < n && spread > 0; i++)
    self->reward[i] /= spread;
  self->mean *= largest;
  self->spread = spread * largest;
}

static void
set_priors (Problem *self)
{
  const LwDecoupledForm *form = self->features->form;
  const LwDecoupledImproveSettings *s = self->settings;
  size_t K = form->model->K, d = form->model->d;

  for (size_t k = 0; k < K; k++) {
    self->prior[k] = s->prior_gate;
    for (size_t j = 0; j < d; j++) {
      size_t at = lw_decoupled_offset (form, k, j);
      self->prior[at] = s->prior_offset;
      for (size_t a = 1; a < form->q; a++)
        self->prior[at + a] = s->prior_slope;
      self->prior[lw_decoupled_log_s (form, k) + j] = s->prior_scale;
    }
  }
}

/* The solver starts from a unit Hessian: its variables are scaled so that the bound is nearly a sphere. */
static void
set_units (Problem *self)
{
  double highest = 0;

  lw_decoupled_trust_curvature (&self->trust, self->unit);
  for (size_t i = 0; i < self->features->form->n_x; i++)
    highest = fmax (highest, self->unit[i]);
  for (size_t i = 0; i < self->features->form->n_x; i++)
    self->unit[i] = 1 / sqrt (fmax (self->unit[i], LEAST_CURVATURE * highest));
}

static LwStatus
problem_init (Problem *self, const double *x_old)
{
  const LwDecoupledForm *form = self->features->form;
  size_t n = self->samples->n, n_x = form->n_x;

  LwStatus status = lw_decoupled_table_init (&self->table, form, self->samples->stride);
  if (status == LW_OK)
    status = lw_decoupled_trust_init (&self->trust, x_old, self->features, self->samples);
  self->point = lw_doubles_new (n_x);
  self->reward = lw_doubles_new (n);
  self->weight = lw_doubles_new (n);
  self->factor = lw_doubles_new (n);
  self->prior = lw_doubles_new (n_x);
  self->eta_grad = lw_doubles_new (form->model->K);
  self->line = lw_doubles_new (2 * n_x);
  self->unit = lw_doubles_new (n_x);
  self->x = lw_doubles_new (n_x);
  if (status == LW_OK && !(self->point && self->reward && self->weight && self->factor && self->prior && self->eta_grad && self->line && self->unit && self->x))
    status = LW_ERR_MEMORY;
  if (status == LW_OK) {
    standardise (self);
    set_priors (self);
    set_units (self);
    self->best = -INFINITY;
  }
  return status;
}

/* Puts the table at @x; the functions of one point share it. */
static bool
move_to (Problem *self, const double *x)
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

/* J and its standard error in deviations of the reward; weights and, for the gradient of J - caution se, factors of grad log p. Normalised, v_i = w_i (R_i - J):
 *   d J / d log rho_j = v_j,  d se^2 / d log rho_j = 2 (v_j^2 - w_j se^2 - (sum_i w_i v_i) v_j),  se^2 = sum v_i^2
 * Plain, w_i = rho_i / N and v_i = w_i R_i, R being measured from its mean: d J = v_j, d se^2 = 2 v_j^2. */
static double
estimate (Problem *self, bool with_factors, double *se, double *ess)
{
  size_t n = self->samples->n;
  double *w = self->weight, highest = -INFINITY, total = 0, J = 0, square = 0, variance = 0, cross = 0;
  bool normalised = self->settings->normalised;

  for (size_t i = 0; i < n; i++) {
    w[i] = self->table.log_p[i] - self->log_den[i];
    if (isnan (w[i]))
      return (double) NAN;
    highest = fmax (highest, w[i]);
  }
  for (size_t i = 0; i < n; i++) {
    w[i] = exp (w[i] - highest);
    total += w[i];
  }
  for (size_t i = 0; i < n; i++) {
    w[i] /= total;
    square += w[i] * w[i];
    J += w[i] * self->reward[i];
  }
  *ess = 1 / square;
  if (!normalised) { /* the normalised ones times their mean */
    double mean_ratio = exp (highest) * total / (double) n;
    for (size_t i = 0; i < n; i++)
      w[i] *= mean_ratio;
    J *= mean_ratio;
  }
  double centre = normalised ? J : 0;
  for (size_t i = 0; i < n; i++) {
    double v = w[i] * (self->reward[i] - centre);
    variance += v * v;
    cross += w[i] * v;
  }
  *se = sqrt (variance);
  double caution = *se > 0 ? self->settings->caution / *se : 0;
  for (size_t i = 0; i < n && with_factors; i++) {
    double v = w[i] * (self->reward[i] - centre);
    self->factor[i] = v - caution * (v * v - (normalised ? w[i] * variance + cross * v : 0));
  }
  return J;
}

static double
objective (Problem *self, const double *x, double *grad, Point *point)
{
  const LwDecoupledForm *form = self->features->form;
  double se = 0, penalty = 0, gamma = self->settings->regularisation / self->spread, share = 1 / (double) self->samples->n;

  double J = estimate (self, grad != NULL, &se, &point->ess);
  point->eta = lw_decoupled_context_kl (form, x, self->settings->context_kl_direction, self->eta_grad);
  if (grad != NULL)
    lw_decoupled_table_gradient (&self->table, self->features, self->samples, self->factor, grad);
  for (size_t i = 0; i < form->n_x; i++) {
    double change = x[i] - self->first[i];
    penalty += 0.5 * share * self->prior[i] * change * change;
    if (grad != NULL)
      grad[i] -= share * self->prior[i] * change;
  }
  for (size_t k = 0; k < form->model->K && grad != NULL; k++)
    grad[k] -= gamma * self->eta_grad[k];
  point->J = self->mean + self->spread * J;
  point->value = J - self->settings->caution * se - penalty - gamma * point->eta;
  return point->value;
}

static bool
move_to_variables (Problem *self, size_t n, const double *v)
{
  for (size_t i = 0; i < n; i++)
    self->x[i] = self->trust.old[i] + self->unit[i] * v[i];
  return move_to (self, self->x);
}

static double
minimise (size_t n, const double *v, double *grad, void *data)
{
  Problem *self = data;
  Point point;

  if (!move_to_variables (self, n, v))
    return (double) NAN;
  double value = objective (self, self->x, grad, &point);
  for (size_t i = 0; i < n && grad != NULL; i++)
    grad[i] *= -self->unit[i];
  self->best = fmax (self->best, point.J);
  if (grad != NULL && self->progress != NULL)
    self->progress (fmin ((double) ++self->iterations / (double) self->settings->max_iterations, 1), self->best, self->progress_data);
  return -value;
}

static double
constraint (size_t n, const double *v, double *grad, void *data)
{
  Problem *self = data;

  if (!move_to_variables (self, n, v))
    return (double) NAN;
  double kl = lw_decoupled_trust_kl (&self->trust, self->x, &self->table, self->settings->kl_direction, grad);
  for (size_t i = 0; i < n && grad != NULL; i++)
    grad[i] *= self->unit[i] / self->settings->kl_bound;
  return kl / self->settings->kl_bound - 1;
}

static Point
measure (Problem *self, const double *x)
{
  Point point = { 0 };

  if (!move_to (self, x))
    return point;
  objective (self, x, NULL, &point);
  point.kl = lw_decoupled_trust_kl (&self->trust, x, &self->table, self->settings->kl_direction, NULL);
  point.finite = isfinite (point.value) && isfinite (point.kl);
  point.feasible = point.finite && point.kl <= self->settings->kl_bound * (1 + BOUND_SLACK);
  return point;
}

/* The feasible point nearest to @x on the segment from @from; @x receives it. */
static Point
pull_back (Problem *self, const double *from, double *x)
{
  size_t n_x = self->features->form->n_x;
  double *end = self->line, *middle = self->line + n_x, feasible = 0, infeasible = 1;

  memcpy (end, x, n_x * sizeof *end);
  for (unsigned halving = 0; halving < 50; halving++) {
    double at = 0.5 * (feasible + infeasible);
    for (size_t i = 0; i < n_x; i++)
      middle[i] = from[i] + at * (end[i] - from[i]);
    if (measure (self, middle).feasible)
      feasible = at;
    else
      infeasible = at;
  }
  for (size_t i = 0; i < n_x; i++)
    x[i] = from[i] + feasible * (end[i] - from[i]);
  return measure (self, x);
}

/* Only differences of beta matter. */
static void
centre_gate (size_t K, double *x)
{
  double mean = 0;

  for (size_t k = 0; k < K; k++)
    mean += x[k] / (double) K;
  for (size_t k = 0; k < K; k++)
    x[k] -= mean;
}

static void
say (LwLearnerReport *report, const char *what)
{
  size_t used = strlen (report->solver);
  snprintf (report->solver + used, sizeof report->solver - used, "%s%s", used > 0 ? "; " : "", what);
}

static LwStatus
run_solver (Problem *self, double *x, LwLearnerReport *report)
{
  LwOptimizeResult result;
  const LwOptimizeProblem solve = {
    .n = self->features->form->n_x,
    .minimise = minimise,
    .constraint = constraint,
    .data = self,
    .constraint_tolerance = SOLVER_SLACK,
    .ftol_rel = FTOL_REL,
    .max_iterations = self->settings->max_iterations,
    .stop = self->stop,
  };

  double *v = self->line; /* not in use yet */
  memset (v, 0, solve.n * sizeof *v);
  LwStatus status = lw_optimize_slsqp (&solve, v, &result);
  for (size_t i = 0; i < solve.n && status == LW_OK; i++)
    x[i] = self->trust.old[i] + self->unit[i] * v[i];
  report->evaluations = result.evaluations;
  report->iterations = result.iterations;
  report->non_finite = result.non_finite;
  report->seconds = result.seconds;
  snprintf (report->solver, sizeof report->solver, "%s", result.words);
  return status;
}

/* From the old policy in @x to the policy to go on with. */
static LwStatus
search (Problem *self, const double *x_old, double *x, LwLearnerReport *report)
{
  size_t n_x = self->features->form->n_x;

  if (self->spread == 0) {
    say (report, "all rewards are equal");
    return LW_OK;
  }
  Point before = measure (self, x_old), after = before;
  LwStatus status = run_solver (self, x, report);
  if (status == LW_OK) {
    centre_gate (self->features->form->model->K, x);
    after = measure (self, x);
    if (!after.feasible) {
      report->pulled_back = true;
      say (report, "pulled back inside the bound");
      after = pull_back (self, x_old, x);
    }
    report->accepted = after.feasible && after.value >= before.value;
  } else if (status == LW_ERR_SOLVER || status == LW_ERR_NOT_FINITE) {
    status = LW_OK; /* no point came out: the old policy stays, and the words say why */
  }
  if (status == LW_OK && !report->accepted) {
    say (report, "no better than the old policy");
    memcpy (x, x_old, n_x * sizeof *x);
    after = before;
  }
  report->J_before = before.J;
  report->J = after.J;
  report->kl = after.kl;
  report->context_kl = after.eta;
  report->ess = after.ess;
  return status;
}

static void
fill_report (const Problem *self, const double *x, LwLearnerReport *report)
{
  const LwDecoupledForm *form = self->features->form;
  size_t K = form->model->K;
  double highest = -INFINITY, total = 0;

  report->kl_bound = self->settings->kl_bound;
  report->gate = (double) NAN;
  if (self->spread == 0) {
    report->J_before = report->J = self->mean;
    report->ess = (double) NAN;
  }
  report->n_components = K < LW_MAX_COMPONENTS ? K : LW_MAX_COMPONENTS;
  for (size_t k = 0; k < K; k++)
    highest = fmax (highest, form->first.log_pi[k] + x[k]);
  for (size_t k = 0; k < K; k++)
    total += exp (form->first.log_pi[k] + x[k] - highest);
  for (size_t k = 0; k < K; k++) {
    double log_pi = form->first.log_pi[k] + x[k] - highest - log (total);
    report->entropy -= exp (log_pi) * log_pi;
    if (k < report->n_components)
      report->weights[k] = exp (log_pi);
  }
}

LwStatus
lw_decoupled_improve (const LwDecoupledFeatures *features, const LwLampoSamples *samples, const double *log_den, const double *x_first, const double *x_old,
                      const LwDecoupledImproveSettings *settings, LwLearnerProgress progress, void *data, const atomic_bool *stop, double *x_new,
                      LwLearnerReport *report)
{
  size_t n_x = features->form->n_x;
  Problem problem = { .settings = settings, .features = features, .samples = samples, .log_den = log_den, .first = x_first,
                      .progress = progress, .progress_data = data, .stop = stop };
  LwLearnerReport result = { 0 };

  if (samples->n == 0)
    return LW_ERR_TOO_FEW;
  double *x = lw_doubles_new (n_x);
  LwStatus status = x != NULL ? problem_init (&problem, x_old) : LW_ERR_MEMORY;
  if (status == LW_OK) {
    memcpy (x, x_old, n_x * sizeof *x);
    status = search (&problem, x_old, x, &result);
  }
  if (status == LW_OK && stop != NULL && atomic_load_explicit (stop, memory_order_relaxed))
    status = LW_ERR_STOPPED;
  if (status == LW_OK) {
    fill_report (&problem, x, &result);
    memcpy (x_new, x, n_x * sizeof *x_new);
    *report = result;
  }
  problem_clear (&problem);
  free (x);
  return status;
}
