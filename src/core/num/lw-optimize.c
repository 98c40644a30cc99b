/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-optimize.h"

#include <math.h>
#include <nlopt.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lw-mat.h"

/* What NLopt 2.7 does inside, and why the callbacks below are as they are:
 * - It has no iteration limit, and forgets the value of the evaluation during which a stop was forced. So a limit or a stop
 *   flag is looked at before the caller's function is run, never after: nothing that was computed is thrown away.
 * - The first trial of a line search asks for value and gradient; when it is refused, further trials ask for the value alone
 *   and the accepted point is evaluated once more, with its gradient.
 * - It returns the best point it met, not the last, but while none was feasible "best" may mean a lower value at a worse
 *   violation: the caller checks its constraint.
 * - "Inequality constraints incompatible" ends as a bare failure after any number of good steps.
 * - A line search gives up after ten shorter steps, but only while its merit function (value plus multiplier times violation) is a
 *   number. When that overflows, as huge gradients and multipliers make it, it shortens its step for ever, without asking for a
 *   gradient, so that no count of iterations sees it. The evaluations of one line search are therefore counted here. */

/* More than ten: a merit function that is a number again after a few steps may still be used up to its own limit. */
#define LINE_SEARCH_LIMIT 40

/* Far above any objective and gradient, far below overflow of its powers: the line search then shrinks its step to a tenth. */
#define INFEASIBLE LW_OPTIMIZE_LARGE

typedef enum {
  END_NONE = 0,
  END_STOP_FLAG,
  END_ITERATIONS,
  END_LINE_SEARCH,
  END_START_NOT_FINITE,
  END_GRADIENT_NOT_FINITE,
} End;

typedef struct {
  const LwOptimizeProblem *problem;
  LwOptimizeResult        *result;
  nlopt_opt                opt;
  double                  *last_x;       /* where the objective was last evaluated */
  bool                     last_finite;  /* it was not replaced there */
  size_t                   line;         /* evaluations without gradient since the last one with */
  End                      end;
} Solve;

static double
end_solve (Solve *solve, End why)
{
  if (solve->end == END_NONE)
    solve->end = why;
  nlopt_force_stop (solve->opt);
  return INFEASIBLE;
}

static bool
all_usable (const double *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!(fabs (x[i]) < LW_OPTIMIZE_LARGE))
      return false;
  return true;
}

static bool
stop_raised (const Solve *solve)
{
  const atomic_bool *stop = solve->problem->stop;
  return stop != NULL && atomic_load_explicit (stop, memory_order_relaxed);
}

/* An evaluation with gradient is an iterate when others without went before it in the line search, or when the next one is again with
 * gradient: then the trial was accepted at once, and another line search begins. @x NULL: NLopt is done with the last one. */
static void
keep_iterate (Solve *solve, const double *x)
{
  const double *iterate = solve->line > 0 || solve->result->evaluations == 0 ? x : solve->last_x;

  if (solve->problem->latest != NULL && iterate != NULL)
    memcpy (solve->problem->latest, iterate, solve->problem->n * sizeof *iterate);
}

static double
objective_cb (unsigned n, const double *x, double *grad, void *data)
{
  Solve *solve = data;
  const LwOptimizeProblem *problem = solve->problem;
  LwOptimizeResult *result = solve->result;

  if (stop_raised (solve))
    return end_solve (solve, END_STOP_FLAG);
  if (grad != NULL)
    keep_iterate (solve, x);
  if (grad != NULL && problem->max_iterations > 0 && result->iterations >= problem->max_iterations)
    return end_solve (solve, END_ITERATIONS);
  solve->line = grad != NULL ? 0 : solve->line + 1;
  if (solve->line > LINE_SEARCH_LIMIT)
    return end_solve (solve, END_LINE_SEARCH);

  bool first = result->evaluations == 0;
  bool accepted = !first && memcmp (x, solve->last_x, n * sizeof *x) == 0;
  double value = problem->minimise (n, x, grad, problem->data);
  result->evaluations++;
  if (grad != NULL)
    result->iterations++;
  memcpy (solve->last_x, x, n * sizeof *x);

  solve->last_finite = all_usable (&value, 1) && (grad == NULL || all_usable (grad, n));
  if (solve->last_finite)
    return value;

  result->non_finite++;
  if (first)
    return end_solve (solve, END_START_NOT_FINITE);
  if (accepted) /* the line search is over: there is no shorter step to take */
    return end_solve (solve, END_GRADIENT_NOT_FINITE);
  if (grad != NULL)
    memset (grad, 0, n * sizeof *grad);
  return INFEASIBLE;
}

static double
constraint_cb (unsigned n, const double *x, double *grad, void *data)
{
  Solve *solve = data;
  const LwOptimizeProblem *problem = solve->problem;

  if (stop_raised (solve))
    return end_solve (solve, END_STOP_FLAG);

  double value = problem->constraint (n, x, grad, problem->data);
  if (all_usable (&value, 1) && (grad == NULL || all_usable (grad, n)))
    return value;

  if (solve->last_finite) /* else this point has been counted */
    solve->result->non_finite++;
  if (solve->result->evaluations == 1)
    return end_solve (solve, END_START_NOT_FINITE);
  if (grad != NULL)
    memset (grad, 0, n * sizeof *grad);
  return INFEASIBLE;
}

static const char *
words_for (nlopt_result code, End end)
{
  switch (end) {
    case END_STOP_FLAG:
      return "stopped on request";
    case END_ITERATIONS:
      return "iteration limit reached";
    case END_LINE_SEARCH:
      return "line search without a finite merit";
    case END_START_NOT_FINITE:
      return "not finite at the start";
    case END_GRADIENT_NOT_FINITE:
      return "gradient not finite at an accepted point";
    case END_NONE:
      break;
  }
  switch (code) {
    case NLOPT_SUCCESS:
      return "optimality conditions met";
    case NLOPT_FTOL_REACHED:
      return "relative change of f below tolerance";
    case NLOPT_XTOL_REACHED:
      return "relative change of x below tolerance";
    case NLOPT_MAXTIME_REACHED:
      return "time limit reached";
    case NLOPT_MAXEVAL_REACHED:
      return "evaluation limit reached";
    case NLOPT_STOPVAL_REACHED:
      return "objective without lower bound";
    case NLOPT_ROUNDOFF_LIMITED:
      return "no further progress above rounding";
    case NLOPT_FAILURE:
      return "quadratic subproblem without solution";
    case NLOPT_OUT_OF_MEMORY:
      return "out of memory";
    case NLOPT_INVALID_ARGS:
      return "arguments refused by NLopt";
    case NLOPT_FORCED_STOP:
    default:
      return "ended by NLopt for no stated reason";
  }
}

static double
seconds_now (void)
{
  struct timespec ts;
  clock_gettime (CLOCK_MONOTONIC, &ts);
  return (double) ts.tv_sec + 1e-9 * (double) ts.tv_nsec;
}

static nlopt_result
run (Solve *solve, double *x, double *minimum)
{
  const LwOptimizeProblem *problem = solve->problem;
  nlopt_result code = nlopt_set_min_objective (solve->opt, objective_cb, solve);

  if (code >= 0 && problem->constraint != NULL)
    code = nlopt_add_inequality_constraint (solve->opt, constraint_cb, solve, problem->constraint_tolerance);
  if (code >= 0)
    code = nlopt_set_ftol_rel (solve->opt, problem->ftol_rel);
  if (code >= 0)
    code = nlopt_set_xtol_rel (solve->opt, problem->xtol_rel);
  if (code >= 0)
    code = nlopt_set_maxtime (solve->opt, problem->max_seconds);
  return code >= 0 ? nlopt_optimize (solve->opt, x, minimum) : code;
}

LwStatus
lw_optimize_slsqp (const LwOptimizeProblem *problem, double *x, LwOptimizeResult *result)
{
  size_t n = problem->n;

  *result = (LwOptimizeResult){ .minimum = (double) NAN };
  if (n == 0 || n > INT32_MAX || problem->minimise == NULL)
    return LW_ERR_SHAPE;
  if (!all_usable (x, n))
    return LW_ERR_NOT_FINITE;

  double started = seconds_now ();
  double minimum = (double) NAN;
  double *scratch = lw_doubles_new (2 * n);
  Solve solve = { .problem = problem, .result = result, .last_x = scratch };
  if (scratch != NULL)
    solve.opt = nlopt_create (NLOPT_LD_SLSQP, (unsigned) n);
  if (solve.opt == NULL) {
    free (scratch);
    return LW_ERR_MEMORY;
  }

  double *point = scratch + n;
  memcpy (point, x, n * sizeof *x);
  nlopt_result code = run (&solve, point, &minimum);
  nlopt_destroy (solve.opt);
  if (solve.end == END_NONE)
    keep_iterate (&solve, NULL);

  bool have_point = result->evaluations > 0 && all_usable (&minimum, 1) && all_usable (point, n);
  LwStatus status = LW_OK;
  if (solve.end == END_STOP_FLAG)
    status = LW_ERR_STOPPED;
  else if (solve.end == END_START_NOT_FINITE)
    status = LW_ERR_NOT_FINITE;
  else if (code == NLOPT_OUT_OF_MEMORY)
    status = LW_ERR_MEMORY;
  else if (!have_point || code == NLOPT_INVALID_ARGS || (code == NLOPT_FAILURE && memcmp (point, x, n * sizeof *x) == 0))
    status = LW_ERR_SOLVER;

  if (status == LW_OK) {
    memcpy (x, point, n * sizeof *x);
    result->minimum = minimum;
  }
  result->stopped = solve.end == END_STOP_FLAG;
  result->converged = status == LW_OK && solve.end == END_NONE
                      && (code == NLOPT_SUCCESS || code == NLOPT_FTOL_REACHED || code == NLOPT_XTOL_REACHED);
  snprintf (result->words, sizeof result->words, "%s", words_for (code, solve.end));
  result->seconds = seconds_now () - started;
  free (scratch);
  return status;
}
