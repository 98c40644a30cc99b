/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-optimize.h"

#include <glib.h>
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "lw-assert-close.h"
#include "lw-rng.h"
#include "lw-test-paths.h"

/* What the functions below see and do, beside their value. */
typedef struct {
  size_t       evaluations, gradients, constraint_evaluations;
  size_t       raise_at;            /* raise the flag during this evaluation, 0 = never */
  size_t       raise_in_constraint; /* the same, during an evaluation of the constraint */
  size_t       after_raise;         /* calls of either function that began with the flag up */
  atomic_bool  stop;
} Watch;

static void
watch_objective (Watch *w, const double *grad)
{
  w->after_raise += atomic_load (&w->stop);
  w->evaluations++;
  w->gradients += grad != NULL;
  if (w->evaluations == w->raise_at)
    atomic_store (&w->stop, true);
}

static void
watch_constraint (Watch *w)
{
  w->after_raise += atomic_load (&w->stop);
  w->constraint_evaluations++;
  if (w->constraint_evaluations == w->raise_in_constraint)
    atomic_store (&w->stop, true);
}

static double
rosenbrock (size_t n, const double *x, double *grad, void *data)
{
  watch_objective (data, grad);
  double a = x[1] - x[0] * x[0], b = 1 - x[0];
  if (grad != NULL) {
    grad[0] = -400 * x[0] * a - 2 * b;
    grad[1] = 200 * a;
  }
  return 100 * a * a + b * b;
}

static double
slow_rosenbrock (size_t n, const double *x, double *grad, void *data)
{
  g_usleep (2000);
  return rosenbrock (n, x, grad, data);
}

static double
unit_disc (size_t n, const double *x, double *grad, void *data)
{
  watch_constraint (data);
  if (grad != NULL) {
    grad[0] = 2 * x[0];
    grad[1] = 2 * x[1];
  }
  return x[0] * x[0] + x[1] * x[1] - 1;
}

/* sum_i (i + 1) (x_i - i)^2 */
static double
bowl (size_t n, const double *x, double *grad, void *data)
{
  double value = 0;
  watch_objective (data, grad);
  for (size_t i = 0; i < n; i++) {
    double u = x[i] - (double) i;
    value += (double) (i + 1) * u * u;
    if (grad != NULL)
      grad[i] = 2 * (double) (i + 1) * u;
  }
  return value;
}

static double
first_coordinate (size_t n, const double *x, double *grad, void *data)
{
  watch_objective (data, grad);
  if (grad != NULL) {
    memset (grad, 0, n * sizeof *grad);
    grad[0] = 1;
  }
  return x[0];
}

/* 10 (x - log x): NaN below zero, where the first full step from x = 5 leads. Minimum 10 at 1. */
static double
with_wall (size_t n, const double *x, double *grad, void *data)
{
  watch_objective (data, grad);
  if (grad != NULL)
    grad[0] = 10 * (1 - 1 / x[0]);
  return 10 * (x[0] - log (x[0]));
}

static double
always_nan (size_t n, const double *x, double *grad, void *data)
{
  watch_objective (data, grad);
  if (grad != NULL)
    memset (grad, 0, n * sizeof *grad);
  return (double) NAN;
}

static double
nan_gradient (size_t n, const double *x, double *grad, void *data)
{
  Watch *w = data;
  double value = bowl (n, x, grad, data);
  if (grad != NULL && w->gradients > 1)
    grad[n - 1] = (double) NAN;
  return value;
}

/* Broken on purpose: values and gradients of no function at all, over @decades on either side of one. */
typedef struct {
  LwRng  rng;
  double decades;
} Noise;

static double
noise_value (Noise *noise)
{
  return pow (10, noise->decades * (2 * lw_rng_uniform (&noise->rng) - 1)) * lw_rng_normal (&noise->rng);
}

static double
noise_field (size_t n, const double *x, double *grad, void *data)
{
  for (size_t i = 0; grad != NULL && i < n; i++)
    grad[i] = noise_value (data);
  return noise_value (data);
}

static double
huge_gradient (size_t n, const double *x, double *grad, void *data)
{
  watch_objective (data, grad);
  for (size_t i = 0; grad != NULL && i < n; i++)
    grad[i] = 1e300;
  return 1;
}

/* log x_0 <= 0, that is x_0 <= 1; NaN below zero. */
static double
log_constraint (size_t n, const double *x, double *grad, void *data)
{
  watch_constraint (data);
  if (grad != NULL) {
    memset (grad, 0, n * sizeof *grad);
    grad[0] = 1 / x[0];
  }
  return log (x[0]);
}

static void
test_free_minimum (void)
{
  Watch w = { 0 };
  LwOptimizeProblem problem = { .n = 6, .minimise = bowl, .data = &w, .ftol_rel = 1e-14, .xtol_rel = 1e-10 };
  LwOptimizeResult result;
  double x[6] = { 9, -9, 3, 0, 100, 1 };
  const double expected[6] = { 0, 1, 2, 3, 4, 5 };

  g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_OK);
  lw_assert_close_array (x, expected, 6, 0, 1e-5);
  lw_assert_close (result.minimum, 0, 0, 1e-9);
  g_assert_true (result.converged);
  g_assert_false (result.stopped);
  g_assert_cmpuint (result.evaluations, ==, w.evaluations);
  g_assert_cmpuint (result.iterations, ==, w.gradients);
  g_assert_cmpuint (result.non_finite, ==, 0);
  g_assert_cmpfloat (result.seconds, >=, 0);
  g_assert_cmpuint (strlen (result.words), >, 10);
}

/* Rosenbrock's valley in the unit disc; the known solution has the constraint active. */
static void
test_active_constraint (void)
{
  Watch w = { 0 };
  LwOptimizeProblem problem = {
    .n = 2, .minimise = rosenbrock, .constraint = unit_disc, .data = &w, .constraint_tolerance = 1e-10, .ftol_rel = 1e-13,
  };
  LwOptimizeResult result;
  const double expected[2] = { 0.7864151542, 0.6176983125 };

  double inside[2] = { 0, 0 }, outside[2] = { 2, -3 };
  g_assert_cmpint (lw_optimize_slsqp (&problem, inside, &result), ==, LW_OK);
  lw_assert_close_array (inside, expected, 2, 0, 1e-6);
  lw_assert_close (result.minimum, 0.0456748087, 0, 1e-9);
  g_assert_cmpfloat (inside[0] * inside[0] + inside[1] * inside[1], <=, 1 + 1e-10);
  g_assert_true (result.converged);

  g_assert_cmpint (lw_optimize_slsqp (&problem, outside, &result), ==, LW_OK);
  lw_assert_close_array (outside, expected, 2, 0, 1e-6);
}

static void
test_same_bits (void)
{
  Watch w = { 0 };
  LwOptimizeProblem problem = { .n = 2, .minimise = rosenbrock, .constraint = unit_disc, .data = &w, .ftol_rel = 1e-10 };
  LwOptimizeResult a, b;
  double x[2] = { -0.5, 0.3 }, y[2] = { -0.5, 0.3 };

  g_assert_cmpint (lw_optimize_slsqp (&problem, x, &a), ==, LW_OK);
  g_assert_cmpint (lw_optimize_slsqp (&problem, y, &b), ==, LW_OK);
  g_assert_cmpmem (x, sizeof x, y, sizeof y);
  g_assert_cmpuint (a.evaluations, ==, b.evaluations);
}

static void
test_iteration_limit (void)
{
  double before = HUGE_VAL;
  for (size_t limit = 1; limit <= 12; limit++) {
    Watch w = { 0 };
    LwOptimizeProblem problem = { .n = 2, .minimise = rosenbrock, .data = &w, .max_iterations = limit };
    LwOptimizeResult result;
    double x[2] = { -1.2, 1 };
    g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_OK);
    g_assert_cmpuint (w.gradients, ==, limit);
    g_assert_cmpuint (result.iterations, ==, limit);
    g_assert_cmpuint (result.evaluations, ==, w.evaluations);
    g_assert_false (result.converged);
    g_assert_cmpstr (result.words, ==, "iteration limit reached");
    /* What came out is the point of the stated minimum, and more iterations never give a worse one. */
    g_assert_cmpfloat (rosenbrock (2, x, NULL, &w), ==, result.minimum);
    g_assert_cmpfloat (result.minimum, <=, before);
    before = result.minimum;
  }
  g_assert_cmpfloat (before, <, 24.2); /* the start's */
}

/* Raised during any evaluation, objective or constraint, the flag is answered before the next one begins. */
static void
test_stop (void)
{
  for (int in_constraint = 0; in_constraint < 2; in_constraint++)
    for (size_t at = 1; at <= 15; at++) {
      Watch w = { .raise_at = in_constraint ? 0 : at, .raise_in_constraint = in_constraint ? at : 0 };
      LwOptimizeProblem problem = { .n = 2, .minimise = rosenbrock, .constraint = unit_disc, .data = &w, .stop = &w.stop };
      LwOptimizeResult result;
      double x[2] = { 0.25, -0.5 };
      g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_ERR_STOPPED);
      g_assert_cmpuint (w.after_raise, ==, 0);
      g_assert_true (result.stopped);
      g_assert_false (result.converged);
      g_assert_cmpuint (result.evaluations, ==, w.evaluations);
      g_assert_cmpstr (result.words, ==, "stopped on request");
      g_assert_cmpfloat (x[0], ==, 0.25);
      g_assert_cmpfloat (x[1], ==, -0.5);
    }

  Watch w = { 0 };
  atomic_store (&w.stop, true);
  LwOptimizeProblem problem = { .n = 2, .minimise = rosenbrock, .data = &w, .stop = &w.stop };
  LwOptimizeResult result;
  double x[2] = { 1, 2 };
  g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_ERR_STOPPED);
  g_assert_cmpuint (w.evaluations, ==, 0);
}

static void
test_time_limit (void)
{
  Watch w = { 0 };
  LwOptimizeProblem problem = { .n = 2, .minimise = slow_rosenbrock, .data = &w, .max_seconds = 0.005 };
  LwOptimizeResult result;
  double x[2] = { -1.2, 1 };
  g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_OK);
  g_assert_false (result.converged);
  g_assert_cmpstr (result.words, ==, "time limit reached");
  g_assert_cmpuint (w.evaluations, >, 0);
  /* Each takes 2 ms or more; the iteration limits above show that it needs more than 12. */
  g_assert_cmpuint (w.evaluations, <, 5);
}

/* Infeasible (non-finite) points are stepped back from, counted, and never come out. */
static void
test_non_finite_region (void)
{
  Watch w = { 0 };
  LwOptimizeProblem problem = { .n = 1, .minimise = with_wall, .data = &w, .ftol_rel = 1e-14 };
  LwOptimizeResult result;
  double x = 5;
  g_assert_cmpint (lw_optimize_slsqp (&problem, &x, &result), ==, LW_OK);
  lw_assert_close (x, 1, 0, 1e-5);
  lw_assert_close (result.minimum, 10, 1e-9, 0);
  g_assert_cmpuint (result.non_finite, >, 0);
  g_assert_cmpuint (result.non_finite, <, result.evaluations);

  /* The same for a constraint: x_0 falls from 0.5 to where its logarithm ends. */
  w = (Watch){ 0 };
  problem = (LwOptimizeProblem){
    .n = 2, .minimise = first_coordinate, .constraint = log_constraint, .data = &w, .max_iterations = 50, .ftol_rel = 1e-12,
  };
  double y[2] = { 0.5, 0 };
  g_assert_cmpint (lw_optimize_slsqp (&problem, y, &result), ==, LW_OK);
  g_assert_cmpuint (result.non_finite, >, 0);
  g_assert_cmpfloat (y[0], >=, 0);
  g_assert_cmpfloat (y[0], <=, 0.5);
}

static void
test_non_finite_start (void)
{
  Watch w = { 0 };
  LwOptimizeProblem problem = { .n = 2, .minimise = always_nan, .data = &w, .ftol_rel = 1e-9 };
  LwOptimizeResult result;
  double x[2] = { 3, 4 };
  g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (w.evaluations, ==, 1);
  g_assert_cmpuint (result.non_finite, ==, 1);
  g_assert_cmpfloat (x[0], ==, 3);
  g_assert_true (isnan (result.minimum));
  g_assert_cmpstr (result.words, ==, "not finite at the start");

  double nan[2] = { 0, (double) NAN };
  problem.minimise = bowl;
  g_assert_cmpint (lw_optimize_slsqp (&problem, nan, &result), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (w.evaluations, ==, 1); /* not even asked */

  double negative[2] = { -1, 0 };
  problem.constraint = log_constraint;
  g_assert_cmpint (lw_optimize_slsqp (&problem, negative, &result), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpfloat (negative[0], ==, -1);
}

/* A value without a gradient is of no use: the solve ends, finite, and says so. */
static void
test_nan_gradient (void)
{
  Watch w = { 0 };
  LwOptimizeProblem problem = { .n = 3, .minimise = nan_gradient, .data = &w, .ftol_rel = 1e-9, .max_iterations = 100 };
  LwOptimizeResult result;
  double x[3] = { 5, 5, 5 };
  double start = bowl (3, x, NULL, &w);
  w = (Watch){ 0 };
  g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_OK);
  g_assert_false (result.converged);
  g_assert_cmpstr (result.words, ==, "gradient not finite at an accepted point");
  g_assert_cmpuint (result.non_finite, >, 0);
  g_assert_cmpfloat (result.minimum, <=, start);
  for (size_t i = 0; i < 3; i++)
    g_assert_true (isfinite (x[i]));
}

/* Gradients whose squares overflow count as not finite. */
static void
test_overflow (void)
{
  Watch w = { 0 };
  LwOptimizeProblem problem = { .n = 2, .minimise = huge_gradient, .data = &w, .ftol_rel = 1e-9 };
  LwOptimizeResult result;
  double x[2] = { 3, 4 };
  g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (w.evaluations, ==, 1);
}

/* Whatever a broken objective says, the answer is a status: with LW_OK a finite point, with an error the point that went in. It
 * comes after a bounded number of evaluations: the merit of a line search among numbers of 1e20 overflows in one problem of four
 * thousand, and NLopt alone would then never come back. The alarm ends a test that hangs. */
static void
test_noise (void)
{
  static const double decades[] = { 39, 20, 12, 3 };
  enum { ITERATIONS = 60, LONGEST_LINE = 42 };
  uint32_t n_problems = lw_test_is_long () ? 400000 : 20000;
  size_t counts[LW_ERR_SOLVER + 1] = { 0 }, endless = 0;

  alarm (lw_test_is_long () ? 600 : 60);
  for (uint32_t k = 0; k < n_problems; k++) {
    Noise noise = { .decades = decades[k / 2 % G_N_ELEMENTS (decades)] };
    size_t n = 1 + k % 6;
    double x[6], before[6];
    lw_rng_init (&noise.rng, 17, LW_RNG_TEST, k, 0);
    lw_rng_normals (&noise.rng, x, n);
    memcpy (before, x, sizeof x);
    LwOptimizeProblem problem = {
      .n = n, .minimise = noise_field, .constraint = k % 2 ? noise_field : NULL, .data = &noise, .max_iterations = ITERATIONS, .ftol_rel = 1e-9,
    };
    LwOptimizeResult result;
    LwStatus status = lw_optimize_slsqp (&problem, x, &result);
    counts[status]++;
    g_assert_cmpuint (result.evaluations, <=, ITERATIONS * LONGEST_LINE);
    for (size_t i = 0; i < n; i++) {
      g_assert_true (isfinite (x[i]));
      if (status != LW_OK)
        g_assert_cmpfloat (x[i], ==, before[i]);
    }
    if (status == LW_ERR_SOLVER)
      g_assert_false (result.converged);
    endless += strcmp (result.words, "line search without a finite merit") == 0;
  }
  alarm (0);
  g_test_message ("%u problems: %zu solved, %zu without a step, %zu endless line searches ended", n_problems, counts[LW_OK], counts[LW_ERR_SOLVER], endless);
  g_assert_cmpuint (counts[LW_OK], >, n_problems / 2);
  g_assert_cmpuint (counts[LW_ERR_SOLVER], >, n_problems / 200);
  g_assert_cmpuint (counts[LW_OK] + counts[LW_ERR_SOLVER], ==, n_problems);
  g_assert_cmpuint (endless, >, 0);
}

static void
test_bad_problem (void)
{
  LwOptimizeResult result;
  double x = 0;
  LwOptimizeProblem problem = { .n = 0, .minimise = bowl };
  g_assert_cmpint (lw_optimize_slsqp (&problem, &x, &result), ==, LW_ERR_SHAPE);
  problem = (LwOptimizeProblem){ .n = 1 };
  g_assert_cmpint (lw_optimize_slsqp (&problem, &x, &result), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (result.evaluations, ==, 0);
}

/* Without a constraint a line search is accepted when it lowers the value, so iterates descend from one limit to the next; the last point with a gradient
 * does not always: it may be a trial that was refused. */
static void
test_latest_iterate (void)
{
  double before = INFINITY;
  size_t shorter = 0;

  for (size_t limit = 1; limit <= 25; limit++) {
    Watch watch = { 0 };
    double x[2] = { -1.2, 1 }, latest[2] = { (double) NAN, (double) NAN };
    LwOptimizeResult result;
    LwOptimizeProblem problem = { .n = 2, .minimise = rosenbrock, .data = &watch, .max_iterations = limit, .latest = latest };

    g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_OK);
    double value = rosenbrock (2, latest, NULL, &watch);
    g_assert_true (value <= before);
    before = value;
    shorter += result.evaluations > result.iterations;
  }
  g_assert_cmpuint (shorter, >, 0); /* trials were refused on the way */
  g_assert_cmpfloat (before, <, 24.2 / 2);
}

/* Ended by itself, the last iterate is the answer. */
static void
test_latest_converged (void)
{
  Watch watch = { 0 };
  double x[2] = { -1.2, 1 }, latest[2] = { (double) NAN, (double) NAN };
  LwOptimizeResult result;
  LwOptimizeProblem problem = { .n = 2, .minimise = rosenbrock, .data = &watch, .ftol_rel = 1e-12, .latest = latest };

  g_assert_cmpint (lw_optimize_slsqp (&problem, x, &result), ==, LW_OK);
  g_assert_true (result.converged);
  for (size_t i = 0; i < 2; i++)
    g_assert_cmpfloat_with_epsilon (latest[i], 1, 1e-4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/optimize/free-minimum", test_free_minimum);
  g_test_add_func ("/optimize/active-constraint", test_active_constraint);
  g_test_add_func ("/optimize/same-bits", test_same_bits);
  g_test_add_func ("/optimize/iteration-limit", test_iteration_limit);
  g_test_add_func ("/optimize/stop", test_stop);
  g_test_add_func ("/optimize/time-limit", test_time_limit);
  g_test_add_func ("/optimize/non-finite-region", test_non_finite_region);
  g_test_add_func ("/optimize/non-finite-start", test_non_finite_start);
  g_test_add_func ("/optimize/nan-gradient", test_nan_gradient);
  g_test_add_func ("/optimize/overflow", test_overflow);
  g_test_add_func ("/optimize/noise", test_noise);
  g_test_add_func ("/optimize/bad-problem", test_bad_problem);
  g_test_add_func ("/optimize/latest-iterate", test_latest_iterate);
  g_test_add_func ("/optimize/latest-converged", test_latest_converged);
  return g_test_run ();
}
