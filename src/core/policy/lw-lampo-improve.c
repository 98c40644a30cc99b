/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-improve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-lampo-objective.h"
#include "lw-optimize.h"

/* By how much of itself a bound may be exceeded: what the solver's own tolerance and rounding leave. */
#define BOUND_SLACK 5e-7
#define SOLVER_SLACK 1e-7
#define FTOL_REL 1e-9
/* SLSQP's iterates follow a curved bound from outside, by some 1e-4 of it: what is that near is worth pulling back. */
#define NEAR_BOUND 0.05

typedef struct {
  const LwLampoImproveSettings *settings;
  const LwLampoSamples         *samples;
  const double                 *log_den;
  LwLampoPolicy                 policy;     /* where the table below was computed */
  LwLampoPolicy                 old, first;
  LwLampoTable                  table;
  LwLampoTrust                  trust;
  LwLampoObjectiveWorkspace     objective;
  double                       *scratch;    /* of the context divergence */
  double                       *grad;       /* (n_x) of it */
  double                       *line;       /* (3 n_x) ends and point of the segment */
  double                       *latest;     /* (n_x) last iterate */
  double                       *nearest;    /* (n_x) iterate with the best value on or near the right side of the bound */
  double                        nearest_value;
  bool                          have_point; /* policy and table belong together */
  double                        scale;      /* of the objective: 1 / spread of the rewards */
  double                        eta_limit;
  double                        last_J, last_value; /* at the last evaluation */
  double                        best_J;     /* of the feasible points so far */
  size_t                        iterations;
  LwLearnerProgress             progress;
  void                         *progress_data;
} Solve;

typedef struct {
  double J, eta, kl, ess, value; /* value = J - gamma eta */
  bool   finite, feasible;
} Point;

static void
solve_clear (Solve *solve)
{
  lw_lampo_policy_clear (&solve->policy);
  lw_lampo_policy_clear (&solve->old);
  lw_lampo_policy_clear (&solve->first);
  lw_lampo_table_clear (&solve->table);
  lw_lampo_trust_clear (&solve->trust);
  lw_lampo_objective_workspace_clear (&solve->objective);
  free (solve->scratch);
  free (solve->grad);
  free (solve->line);
  free (solve->latest);
  free (solve->nearest);
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
solve_init (Solve *solve, const double *x_first, const double *x_old)
{
  const LwLampoSamples *samples = solve->samples;
  const LwLampoModel *model = samples->model;
  size_t r = model->r, d = model->d;

  LwStatus status = lw_lampo_policy_init (&solve->policy, model);
  if (status == LW_OK)
    status = lw_lampo_policy_init (&solve->old, model);
  if (status == LW_OK)
    status = lw_lampo_policy_init (&solve->first, model);
  if (status == LW_OK)
    status = lw_lampo_table_init (&solve->table, model, samples->stride);
  if (status == LW_OK)
    status = lw_lampo_objective_workspace_init (&solve->objective, model, samples->stride);
  solve->scratch = lw_doubles_new (2 * r + r * r + r * d);
  solve->grad = lw_doubles_new (model->n_x);
  solve->line = lw_doubles_new (3 * model->n_x);
  solve->latest = lw_doubles_new (model->n_x);
  solve->nearest = lw_doubles_new (model->n_x);
  if (status != LW_OK || !solve->scratch || !solve->grad || !solve->line || !solve->latest || !solve->nearest)
    return LW_ERR_MEMORY;
  if (!lw_lampo_policy_set (&solve->old, x_old) || !lw_lampo_policy_set (&solve->first, x_first))
    return LW_ERR_RANGE;
  status = lw_lampo_trust_init (&solve->trust, &solve->old, samples);

  /* SLSQP starts from a unit Hessian: rewards of 1e-3 would make its first steps useless, so the spread of the rewards is the unit. */
  double spread = reward_spread (samples);
  solve->scale = spread > 0 ? 1 / spread : 1;
  solve->best_J = solve->nearest_value = -INFINITY;
  memcpy (solve->latest, x_old, model->n_x * sizeof *x_old);
  return status;
}

/* Puts policy and table at @x; the objective and the constraint of one point share them. */
static bool
move_to (Solve *solve, const double *x)
{
  size_t size = solve->samples->model->n_x * sizeof *x;

  if (!solve->have_point || memcmp (solve->policy.x, x, size) != 0) {
    solve->have_point = lw_lampo_policy_set (&solve->policy, x);
    if (solve->have_point)
      lw_lampo_table_evaluate (&solve->table, &solve->policy, solve->samples, 0);
  }
  return solve->have_point;
}

static double
negative_objective (size_t n, const double *x, double *grad, void *data)
{
  Solve *solve = data;
  const LwLampoImproveSettings *settings = solve->settings;
  double gamma = settings->regularisation;

  if (!move_to (solve, x))
    return (double) NAN;
  double J = lw_lampo_objective (&solve->policy, solve->samples, &solve->table, solve->log_den, settings->normalised, &solve->objective,
                                 grad, NULL);
  double eta = 0;
  if (gamma > 0)
    eta = lw_lampo_context_kl (&solve->policy, &solve->first, settings->context_kl_direction, solve->scratch,
                               grad != NULL ? solve->grad : NULL);
  for (size_t i = 0; i < n && grad != NULL; i++)
    grad[i] = -solve->scale * (grad[i] - (gamma > 0 ? gamma * solve->grad[i] : 0));
  solve->last_J = J;
  solve->last_value = J - gamma * eta;
  if (grad != NULL) {
    solve->iterations++;
    if (solve->progress != NULL && isfinite (solve->best_J))
      solve->progress (fmin ((double) solve->iterations / (double) settings->max_iterations, 1), solve->best_J, solve->progress_data);
  }
  return -solve->scale * solve->last_value;
}

/* The excess over whichever bound is exceeded most, in units of that bound. */
static double
constraint (size_t n, const double *x, double *grad, void *data)
{
  Solve *solve = data;
  const LwLampoImproveSettings *settings = solve->settings;

  if (!move_to (solve, x))
    return (double) NAN;
  double bound = settings->kl_bound;
  double excess = lw_lampo_trust_kl (&solve->trust, &solve->policy, &solve->table, settings->kl_direction, grad) / bound - 1;
  if (settings->context_kl_bound > 0) {
    double eta = lw_lampo_context_kl (&solve->policy, &solve->first, settings->context_kl_direction, solve->scratch,
                                      grad != NULL ? solve->grad : NULL);
    if (eta / solve->eta_limit - 1 > excess) {
      bound = solve->eta_limit;
      excess = eta / bound - 1;
      if (grad != NULL)
        memcpy (grad, solve->grad, n * sizeof *grad);
    }
  }
  for (size_t i = 0; i < n && grad != NULL; i++)
    grad[i] /= bound;
  if (excess <= BOUND_SLACK)
    solve->best_J = fmax (solve->best_J, solve->last_J);
  if (grad != NULL && isfinite (excess) && isfinite (solve->last_value)) {
    memcpy (solve->latest, x, n * sizeof *x);
    if (excess <= NEAR_BOUND && solve->last_value > solve->nearest_value) {
      memcpy (solve->nearest, x, n * sizeof *x);
      solve->nearest_value = solve->last_value;
    }
  }
  return excess;
}

static Point
measure (Solve *solve, const double *x)
{
  const LwLampoImproveSettings *settings = solve->settings;
  Point point = { 0 };

  if (!move_to (solve, x))
    return point;
  point.J = lw_lampo_objective (&solve->policy, solve->samples, &solve->table, solve->log_den, settings->normalised, &solve->objective,
                                NULL, &point.ess);
  point.kl = lw_lampo_trust_kl (&solve->trust, &solve->policy, &solve->table, settings->kl_direction, NULL);
  point.eta = lw_lampo_context_kl (&solve->policy, &solve->first, settings->context_kl_direction, solve->scratch, NULL);
  point.value = point.J - settings->regularisation * point.eta;
  point.finite = isfinite (point.value) && isfinite (point.kl);
  point.feasible = point.finite && point.kl <= settings->kl_bound * (1 + BOUND_SLACK)
                   && (settings->context_kl_bound <= 0 || point.eta <= solve->eta_limit * (1 + BOUND_SLACK));
  return point;
}

/* One of the many x that mean the same policy: s >= 0, base of mean 0. */
static void
make_canonical (const LwLampoModel *model, double *x)
{
  size_t K = model->K;
  double mean = 0;

  for (size_t k = 0; k < K; k++)
    mean += x[k] / (double) K;
  for (size_t k = 0; k < K; k++)
    x[k] -= mean;
  for (size_t i = lw_lampo_model_s (model, 0); i < model->n_x; i++)
    x[i] = fabs (x[i]);
}

static bool
feasible_at (Solve *solve, const double *from, const double *end, double fraction, double *x)
{
  for (size_t i = 0; i < solve->samples->model->n_x; i++)
    x[i] = from[i] + fraction * (end[i] - from[i]);
  return measure (solve, x).feasible;
}

/* The feasible point nearest to @to on the segment from @from, which is feasible; @to receives it. The divergence need not grow along
 * the segment, so the search starts at the far end, in doubling steps, before it halves. */
static Point
pull_back (Solve *solve, const double *from, double *to)
{
  size_t n_x = solve->samples->model->n_x;
  double *end = solve->line + n_x, *x = solve->line + 2 * n_x;
  double feasible = 0, infeasible = 1;

  memcpy (end, to, n_x * sizeof *end);
  memcpy (to, from, n_x * sizeof *to);
  for (double back = 0x1p-20; back < 1 && feasible == 0; back *= 2) {
    if (feasible_at (solve, from, end, 1 - back, x))
      feasible = 1 - back;
    else
      infeasible = 1 - back;
  }
  for (unsigned halving = 0; halving < 40; halving++) {
    double middle = 0.5 * (feasible + infeasible);
    if (feasible_at (solve, from, end, middle, x))
      feasible = middle;
    else
      infeasible = middle;
  }
  feasible_at (solve, from, end, feasible, to);
  return measure (solve, to);
}

static void
fill_report (const Solve *solve, const double *x, const Point *before, const Point *after, LwLearnerReport *report)
{
  const LwLampoModel *model = solve->samples->model;

  report->J_before = before->J;
  report->J = after->J;
  report->kl = after->kl;
  report->kl_bound = solve->settings->kl_bound;
  report->context_kl = after->eta;
  report->ess = after->ess;
  report->n_components = model->K < LW_MAX_COMPONENTS ? model->K : LW_MAX_COMPONENTS;
  double highest = x[0], total = 0, entropy = 0;
  for (size_t k = 1; k < model->K; k++)
    highest = fmax (highest, x[k]);
  for (size_t k = 0; k < model->K; k++)
    total += exp (x[k] - highest);
  for (size_t k = 0; k < model->K; k++) {
    double log_pi = x[k] - highest - log (total);
    entropy -= exp (log_pi) * log_pi;
    if (k < report->n_components)
      report->weights[k] = exp (log_pi);
  }
  report->entropy = entropy;
}

static LwStatus
run_solver (Solve *solve, const atomic_bool *stop, double *x, bool *converged, LwLearnerReport *report)
{
  LwOptimizeResult result;
  LwOptimizeProblem problem = {
    .n = solve->samples->model->n_x,
    .minimise = negative_objective,
    .constraint = constraint,
    .data = solve,
    .constraint_tolerance = SOLVER_SLACK,
    .ftol_rel = FTOL_REL,
    .max_iterations = solve->settings->max_iterations,
    .stop = stop,
  };

  LwStatus status = lw_optimize_slsqp (&problem, x, &result);
  report->evaluations = result.evaluations;
  report->iterations = result.iterations;
  report->non_finite = result.non_finite;
  report->seconds = result.seconds;
  *converged = result.converged;
  snprintf (report->solver, sizeof report->solver, "%s", result.words);
  return status;
}

static void
say (LwLearnerReport *report, const char *what)
{
  size_t used = strlen (report->solver);
  snprintf (report->solver + used, sizeof report->solver - used, "%s%s", used > 0 ? "; " : "", what);
}

/* Makes @x a policy that may be gone on with; says what that took. */
static Point
make_feasible (Solve *solve, const double *from, double *x, bool *pulled_back)
{
  make_canonical (solve->samples->model, x);
  Point point = measure (solve, x);
  *pulled_back = !point.feasible;
  return point.feasible ? point : pull_back (solve, from, x);
}

/* With the guard, the better of the solver's own answer (the best point inside the bound that it met, which may be an early one) and
 * of the best iterate near the bound, both brought inside it. */
static Point
choose_guarded (Solve *solve, const double *from, double *x, bool *pulled_back)
{
  Point point = make_feasible (solve, from, x, pulled_back);

  if (isfinite (solve->nearest_value)) {
    bool other_pulled_back;
    Point other = make_feasible (solve, from, solve->nearest, &other_pulled_back);
    if (other.finite && other.value > point.value) {
      memcpy (x, solve->nearest, solve->samples->model->n_x * sizeof *x);
      point = other;
      *pulled_back = other_pulled_back;
    }
  }
  return point;
}

/* The policy to go on with into @x, from the solver's end. */
static Point
choose (Solve *solve, const double *from, const double *x_old, const Point *before, bool converged, double *x, LwLearnerReport *report)
{
  const LwLampoModel *model = solve->samples->model;
  Point after;

  if (solve->settings->guard) {
    after = choose_guarded (solve, from, x, &report->pulled_back);
    report->accepted = after.finite && after.value >= before->value;
  } else { /* as published: the last iterate, whatever it breaks */
    if (!converged)
      memcpy (x, solve->latest, model->n_x * sizeof *x);
    make_canonical (model, x);
    after = measure (solve, x);
    report->accepted = after.finite;
  }
  if (report->pulled_back)
    say (report, "pulled back inside the bound");
  if (!report->accepted) {
    say (report, "no better than the old policy");
    memcpy (x, x_old, model->n_x * sizeof *x); /* in the very bits it came in: it is no new policy */
    after = *before;
  }
  return after;
}

LwStatus
lw_lampo_improve (const LwLampoSamples *samples, const double *log_den, const double *x_first, const double *x_old,
                  const LwLampoImproveSettings *settings, LwLearnerProgress progress, void *data, const atomic_bool *stop, double *x_new,
                  LwLearnerReport *report)
{
  size_t n_x = samples->model->n_x;
  Solve solve = { .settings = settings, .samples = samples, .log_den = log_den, .progress = progress, .progress_data = data };
  LwLearnerReport result = { 0 };
  bool converged = false;

  if (samples->n == 0)
    return LW_ERR_TOO_FEW;
  double *x = lw_doubles_new (n_x);
  LwStatus status = x != NULL ? solve_init (&solve, x_first, x_old) : LW_ERR_MEMORY;
  if (status == LW_OK) {
    double *from = solve.line;
    memcpy (from, x_old, n_x * sizeof *from);
    make_canonical (samples->model, from);
    Point before = measure (&solve, from), after = before;
    /* A bound that was tightened below where the policy stands forbids going farther, not staying. */
    solve.eta_limit = fmax (settings->context_kl_bound, before.eta);

    memcpy (x, from, n_x * sizeof *x);
    status = run_solver (&solve, stop, x, &converged, &result);
    if (status == LW_ERR_SOLVER || status == LW_ERR_NOT_FINITE) {
      status = LW_OK; /* no point came out: the old policy stays, and the words say why */
      memcpy (x, x_old, n_x * sizeof *x);
    } else if (status == LW_OK) {
      after = choose (&solve, from, x_old, &before, converged, x, &result);
    }
    if (status == LW_OK) {
      fill_report (&solve, x, &before, &after, &result);
      memcpy (x_new, x, n_x * sizeof *x);
      *report = result;
    }
  }
  solve_clear (&solve);
  free (x);
  return status;
}
