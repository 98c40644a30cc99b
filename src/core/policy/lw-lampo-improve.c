/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-improve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-lampo-problem.h"
#include "lw-optimize.h"
#include "lw-pull-back.h"
#include "lw-stats.h"

#define SOLVER_SLACK 1e-7
#define FTOL_REL 1e-9

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
is_stopped (const LwLampoProblem *problem)
{
  return problem->stop != NULL && atomic_load_explicit (problem->stop, memory_order_relaxed);
}

typedef struct {
  LwLampoProblem *problem;
  const double *from, *end;
  double *x; /* the point at the fraction asked for last */
} Segment;

static void
go_to (const Segment *segment, double fraction)
{
  for (size_t i = 0; i < segment->problem->samples->model->n_x; i++)
    segment->x[i] = segment->from[i] + fraction * (segment->end[i] - segment->from[i]);
}

static bool
is_feasible (double fraction, void *data)
{
  const Segment *segment = data;

  go_to (segment, fraction);
  return lw_lampo_problem_measure (segment->problem, segment->x).feasible;
}

/* The feasible point nearest to @to on the segment from @from, which is feasible; @to receives it. */
static LwLampoPoint
pull_back (LwLampoProblem *problem, const double *from, double *to)
{
  size_t n_x = problem->samples->model->n_x;
  Segment segment = { problem, from, problem->line, problem->line + n_x };

  memcpy (problem->line, to, n_x * sizeof *to);
  go_to (&segment, lw_pull_back (is_feasible, &segment, problem->stop));
  memcpy (to, segment.x, n_x * sizeof *to);
  return lw_lampo_problem_measure (problem, to);
}

static void
fill_report (LwLampoProblem *problem, const double *x, const LwLampoPoint *before, const LwLampoPoint *after,
             LwLearnerReport *report)
{
  const LwLampoModel *model = problem->samples->model;

  report->J_before = before->J;
  report->J = after->J;
  report->kl = after->divergence[LW_LAMPO_BOUND_KL];
  report->kl_bound = problem->settings->kl_bound;
  report->context_kl = after->divergence[LW_LAMPO_BOUND_CONTEXT];
  report->gate = after->divergence[LW_LAMPO_BOUND_GATE];
  report->gate_bound = isfinite (problem->limit[LW_LAMPO_BOUND_GATE]) ? problem->limit[LW_LAMPO_BOUND_GATE] : 0;
  report->ess = after->ess;
  double *log_pi = problem->line; /* nothing is pulled back any more */
  memcpy (log_pi, x, model->K * sizeof *log_pi);
  lw_log_normalise (log_pi, model->K);
  lw_learner_report_weights (report, log_pi, model->K);
}

static LwStatus
run_solver (LwLampoProblem *problem, double *x, bool *converged, LwLearnerReport *report)
{
  LwOptimizeResult result;
  LwOptimizeProblem solve = {
    .n = problem->samples->model->n_x,
    .minimise = lw_lampo_problem_minimise,
    .constraint = lw_lampo_problem_constraint,
    .data = problem,
    .constraint_tolerance = SOLVER_SLACK,
    .ftol_rel = FTOL_REL,
    .max_iterations = problem->settings->max_iterations,
    .stop = problem->stop,
    .latest = problem->latest,
  };

  LwStatus status = lw_optimize_slsqp (&solve, x, &result);
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
static LwLampoPoint
make_feasible (LwLampoProblem *problem, const double *from, double *x, bool *pulled_back)
{
  make_canonical (problem->samples->model, x);
  LwLampoPoint point = lw_lampo_problem_measure (problem, x);
  *pulled_back = !point.feasible;
  return point.feasible ? point : pull_back (problem, from, x);
}

/* With the guard, the better of the solver's own answer (the best point inside the bound that it met, which may be an early one)
 * and of the best iterate near the bound, both brought inside it. */
static LwLampoPoint
choose_guarded (LwLampoProblem *problem, const double *from, double *x, bool *pulled_back)
{
  LwLampoPoint point = make_feasible (problem, from, x, pulled_back);

  if (isfinite (problem->nearest_value)) {
    bool other_pulled_back;
    LwLampoPoint other = make_feasible (problem, from, problem->nearest, &other_pulled_back);
    if (other.finite && other.value > point.value) {
      memcpy (x, problem->nearest, problem->samples->model->n_x * sizeof *x);
      point = other;
      *pulled_back = other_pulled_back;
    }
  }
  return point;
}

/* The policy to go on with into @x, from the solver's end. */
static LwLampoPoint
choose (LwLampoProblem *problem, const double *from, const LwLampoPoint *before, bool converged, double *x,
        LwLearnerReport *report)
{
  const LwLampoModel *model = problem->samples->model;
  LwLampoPoint after;

  if (problem->settings->guard) {
    after = choose_guarded (problem, from, x, &report->pulled_back);
    report->accepted = after.finite && after.value >= before->value;
  } else { /* as published: the last iterate, whatever it breaks */
    if (!converged)
      memcpy (x, problem->latest, model->n_x * sizeof *x);
    make_canonical (model, x);
    after = lw_lampo_problem_measure (problem, x);
    report->accepted = after.finite;
  }
  if (report->pulled_back)
    say (report, "pulled back inside the bound");
  if (!report->accepted)
    say (report, "no better than the old policy");
  return after;
}

/* From the canonical old policy in @x to the policy to go on with; @after receives what that is worth. */
static LwStatus
search (LwLampoProblem *problem, const double *from, const LwLampoPoint *before, double *x, LwLampoPoint *after,
        LwLearnerReport *report)
{
  bool converged = false;

  if (problem->spread == 0) {
    say (report, "all rewards are equal");
    return LW_OK;
  }
  LwStatus status = run_solver (problem, x, &converged, report);
  if (status == LW_OK)
    *after = choose (problem, from, before, converged, x, report);
  else if (status == LW_ERR_SOLVER || status == LW_ERR_NOT_FINITE)
    status = LW_OK; /* no point came out: the old policy stays, and the words say why */
  return status;
}

static LwStatus
improve (LwLampoProblem *problem, const double *x_old, double *from, double *x, LwLearnerReport *report)
{
  size_t size = problem->samples->model->n_x * sizeof *x;

  memcpy (from, x_old, size);
  make_canonical (problem->samples->model, from);
  memcpy (x, from, size);
  LwLampoPoint before = lw_lampo_problem_measure (problem, from), after = before;
  lw_lampo_problem_admit (problem, &before);
  LwStatus status = search (problem, from, &before, x, &after, report);
  if (is_stopped (problem))
    return LW_ERR_STOPPED;
  if (status == LW_OK && !report->accepted) {
    memcpy (x, x_old, size); /* in the very bits it came in: it is no new policy */
    after = before;
  }
  if (status == LW_OK)
    fill_report (problem, x, &before, &after, report);
  return status;
}

LwStatus
lw_lampo_improve (const LwLampoSamples *samples, const double *log_den, const double *x_first, const double *x_old,
                  const LwLampoImproveSettings *settings, LwLearnerProgress progress, void *data, const atomic_bool *stop,
                  double *x_new, LwLearnerReport *report)
{
  size_t n_x = samples->model->n_x;
  LwLampoProblem problem = { 0 };
  LwLearnerReport result = { 0 };

  if (samples->n == 0)
    return LW_ERR_TOO_FEW;
  double *points = lw_doubles_new (2 * n_x);
  if (points == NULL)
    return LW_ERR_MEMORY;
  LwStatus status = lw_lampo_problem_init (&problem, samples, log_den, x_first, x_old, settings);
  if (status == LW_OK) {
    problem.progress = progress;
    problem.progress_data = data;
    problem.stop = stop;
    status = improve (&problem, x_old, points, points + n_x, &result);
  }
  if (status == LW_OK) {
    memcpy (x_new, points + n_x, n_x * sizeof *x_new);
    *report = result;
  }
  lw_lampo_problem_clear (&problem);
  free (points);
  return status;
}
