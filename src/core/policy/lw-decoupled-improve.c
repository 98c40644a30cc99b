/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-improve.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lw-decoupled-problem.h"
#include "lw-optimize.h"
#include "lw-pull-back.h"

#define SOLVER_SLACK 1e-7
#define FTOL_REL 1e-7

static bool
is_stopped (const LwDecoupledProblem *problem)
{
  return problem->stop != NULL && atomic_load_explicit (problem->stop, memory_order_relaxed);
}

static void
say (LwLearnerReport *report, const char *what)
{
  size_t used = strlen (report->solver);
  snprintf (report->solver + used, sizeof report->solver - used, "%s%s", used > 0 ? "; " : "", what);
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

typedef struct {
  LwDecoupledProblem *problem;
  const double *from, *end;
  double *x; /* the point at the fraction asked for last */
} Segment;

static void
go_to (const Segment *segment, double fraction)
{
  for (size_t i = 0; i < segment->problem->features->form->n_x; i++)
    segment->x[i] = segment->from[i] + fraction * (segment->end[i] - segment->from[i]);
}

static bool
is_feasible (double fraction, void *data)
{
  const Segment *segment = data;

  go_to (segment, fraction);
  return lw_decoupled_problem_measure (segment->problem, segment->x).feasible;
}

/* Makes @x a policy that may be gone on with: if need be the feasible point nearest to it on the segment from the old policy. */
static LwDecoupledPoint
make_feasible (LwDecoupledProblem *problem, double *x, bool *pulled_back)
{
  size_t n_x = problem->features->form->n_x;

  centre_gate (problem->features->form->model->K, x);
  LwDecoupledPoint point = lw_decoupled_problem_measure (problem, x);
  *pulled_back = !point.feasible;
  if (point.feasible)
    return point;
  Segment segment = { problem, problem->trust.old, problem->line, problem->line + n_x };
  memcpy (problem->line, x, n_x * sizeof *x);
  go_to (&segment, lw_pull_back (is_feasible, &segment, problem->stop));
  memcpy (x, segment.x, n_x * sizeof *x);
  return lw_decoupled_problem_measure (problem, x);
}

/* @x, the best point inside the bounds that the solver met, which may be an early one; @found says whether it met any. */
static LwStatus
run_solver (LwDecoupledProblem *problem, double *x, bool *found, LwLearnerReport *report)
{
  LwOptimizeResult result;
  const LwOptimizeProblem solve = {
    .n = problem->features->form->n_x,
    .minimise = lw_decoupled_problem_minimise,
    .constraint = lw_decoupled_problem_constraint,
    .data = problem,
    .constraint_tolerance = SOLVER_SLACK,
    .ftol_rel = FTOL_REL,
    .max_iterations = problem->settings->max_iterations,
    .stop = problem->stop,
  };

  double *v = problem->line; /* nothing is pulled back yet */
  memset (v, 0, solve.n * sizeof *v);
  LwStatus status = lw_optimize_slsqp (&solve, v, &result);
  *found = status == LW_OK;
  if (*found)
    lw_decoupled_problem_x (problem, v, x);
  report->evaluations = result.evaluations;
  report->iterations = result.iterations;
  report->non_finite = result.non_finite;
  report->seconds = result.seconds;
  snprintf (report->solver, sizeof report->solver, "%s", result.words);
  /* Where no point came out the old policy stays, and the words say why. */
  return status == LW_ERR_SOLVER || status == LW_ERR_NOT_FINITE ? LW_OK : status;
}

/* The better of the solver's answer in @x and of its best iterate near the bounds, both brought inside them. */
static LwDecoupledPoint
choose (LwDecoupledProblem *problem, double *x, LwLearnerReport *report)
{
  bool other_pulled_back;
  LwDecoupledPoint point = make_feasible (problem, x, &report->pulled_back);

  if (isfinite (problem->nearest_value)) {
    LwDecoupledPoint other = make_feasible (problem, problem->nearest, &other_pulled_back);
    if (other.feasible && other.value > point.value) {
      memcpy (x, problem->nearest, problem->features->form->n_x * sizeof *x);
      report->pulled_back = other_pulled_back;
      point = other;
    }
  }
  if (report->pulled_back)
    say (report, "pulled back inside the bound");
  return point;
}

static void
fill_report (LwDecoupledProblem *problem, const double *x, const LwDecoupledPoint *before, const LwDecoupledPoint *after,
             LwLearnerReport *report)
{
  const LwDecoupledForm *form = problem->features->form;

  report->J_before = before->J;
  report->J = after->J;
  report->kl = after->divergence[LW_DECOUPLED_BOUND_KL];
  report->kl_bound = problem->settings->kl_bound;
  report->context_kl = after->divergence[LW_DECOUPLED_BOUND_CONTEXT];
  report->gate = (double) NAN; /* not bounded, and not the divergence that the published family reports */
  report->ess = after->ess;
  lw_decoupled_log_weights (form, x, problem->eta_scratch);
  lw_learner_report_weights (report, problem->eta_scratch, form->model->K);
}

/* From the old policy in @x to the policy to go on with. */
static LwStatus
improve (LwDecoupledProblem *problem, double *x, LwLearnerReport *report)
{
  LwStatus status = LW_OK;
  bool found = false;
  LwDecoupledPoint before = lw_decoupled_problem_measure (problem, x), after = before;

  lw_decoupled_problem_admit (problem, &before);
  if (problem->estimate.spread == 0)
    say (report, "all rewards are equal");
  else
    status = run_solver (problem, x, &found, report);
  if (found) {
    after = choose (problem, x, report);
    report->accepted = after.feasible && after.value >= before.value;
    if (!report->accepted)
      say (report, "no better than the old policy");
  }
  if (is_stopped (problem))
    return LW_ERR_STOPPED;
  if (status == LW_OK && !report->accepted) {
    memcpy (x, problem->trust.old,
            problem->features->form->n_x * sizeof *x); /* in the very bits it came in: it is no new policy */
    after = before;
  }
  if (status == LW_OK)
    fill_report (problem, x, &before, &after, report);
  return status;
}

LwStatus
lw_decoupled_improve (const LwDecoupledFeatures *features, const LwLampoSamples *samples, const double *log_den,
                      const double *x_first, const double *x_old, const LwDecoupledImproveSettings *settings,
                      LwLearnerProgress progress, void *data, const atomic_bool *stop, double *x_new, LwLearnerReport *report)
{
  size_t n_x = features->form->n_x;
  LwDecoupledProblem problem;
  LwLearnerReport result = { 0 };

  if (samples->n == 0)
    return LW_ERR_TOO_FEW;
  double *x = lw_doubles_new (n_x);
  if (x == NULL)
    return LW_ERR_MEMORY;
  LwStatus status = lw_decoupled_problem_init (&problem, features, samples, log_den, x_first, x_old, settings);
  if (status == LW_OK) {
    problem.progress = progress;
    problem.progress_data = data;
    problem.stop = stop;
    memcpy (x, x_old, n_x * sizeof *x);
    status = improve (&problem, x, &result);
    lw_decoupled_problem_clear (&problem);
  }
  if (status == LW_OK) {
    memcpy (x_new, x, n_x * sizeof *x_new);
    *report = result;
  }
  free (x);
  return status;
}
