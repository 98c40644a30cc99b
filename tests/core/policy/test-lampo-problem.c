/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-problem.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-random.h"
#include "lw-assert-close.h"

static const LwLampoImproveSettings all_bounds = {
  .kl_bound = 0.4,
  .regularisation = 0.05,
  .context_kl_bound = 0.7,
  .max_iterations = 50,
  .normalised = true,
  .gate_bound = 0.5,
  .min_ess = 20,
  .guard = true,
};

typedef struct {
  LampoRandom random;
  LwLampoProblem problem;
} Fixture;

static void
fixture_init (Fixture *f, size_t K, size_t d, size_t dc, uint32_t stream, const LwLampoImproveSettings *settings)
{
  lampo_random_init (&f->random, K, d, dc, 3, 90, stream);
  g_assert_cmpint (
      lw_lampo_problem_init (&f->problem, &f->random.samples, f->random.log_den, f->random.x_first, f->random.x_old, settings),
      ==, LW_OK);
}

static void
fixture_clear (Fixture *f)
{
  lw_lampo_problem_clear (&f->problem);
  lampo_random_clear (&f->random);
}

static double
minimise (const double *x, double *grad, void *data)
{
  Fixture *f = data;
  return lw_lampo_problem_minimise (f->random.model.n_x, x, grad, &f->problem);
}

static double
constraint (const double *x, double *grad, void *data)
{
  Fixture *f = data;
  return lw_lampo_problem_constraint (f->random.model.n_x, x, grad, &f->problem);
}

/* Objective and constraint against central differences: every bound alone (the trust region is always there; a wide one leaves
 * the word to the other), all at once, in both directions of each divergence. */
static void
test_gradients (void)
{
  static const size_t sizes[][3] = { { 3, 2, 2 }, { 2, 3, 5 }, { 3, 4, 1 }, { 1, 2, 2 }, { 2, 2, 0 } };

  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++)
    for (unsigned kind = 0; kind < 10; kind++) {
      Fixture f;
      LwLampoImproveSettings settings = all_bounds;
      unsigned bound = kind % 5;
      settings.kl_direction = (LwLampoKlDirection) (kind % 2);
      settings.context_kl_direction = (LwLampoContextKlDirection) (kind / 5);
      settings.strata = kind / 5 == 1;
      settings.kl_bound = bound == 0 || bound == 4 ? 0.4 : 1e3;
      settings.context_kl_bound = bound == 1 || bound == 4 ? 0.7 : 0;
      settings.gate_bound = bound == 2 || bound == 4 ? 0.5 : 0;
      settings.min_ess = bound == 3 || bound == 4 ? 20 : 0;
      fixture_init (&f, sizes[c][0], sizes[c][1], sizes[c][2], 170 + (uint32_t) c, &settings);
      lampo_check_gradient (minimise, &f, f.random.x_new, f.random.model.n_x, 1e-7);
      lampo_check_gradient (constraint, &f, f.random.x_new, f.random.model.n_x, 1e-6);
      fixture_clear (&f);
    }
}

/* The constraint is the 12-norm of the shares less 1, of one bound just that share; the shares are those of the functions apart.
 */
static void
test_constraint_by_definition (void)
{
  Fixture f;
  double sum = 0, share[LW_LAMPO_N_BOUNDS];

  fixture_init (&f, 3, 2, 2, 175, &all_bounds);
  LwLampoPoint point = lw_lampo_problem_measure (&f.problem, f.random.x_new);
  share[LW_LAMPO_BOUND_KL] = point.divergence[LW_LAMPO_BOUND_KL] / 0.4;
  share[LW_LAMPO_BOUND_CONTEXT] = point.divergence[LW_LAMPO_BOUND_CONTEXT] / 0.7;
  share[LW_LAMPO_BOUND_GATE] = point.divergence[LW_LAMPO_BOUND_GATE] / (0.5 * 0.9); /* 90 episodes */
  share[LW_LAMPO_BOUND_WEIGHTS] = log (90 / point.ess) / log (90 / 20.0);
  for (size_t b = 0; b < LW_LAMPO_N_BOUNDS; b++) {
    g_assert_cmpfloat (share[b], >, 0.01);
    sum += pow (share[b], 12);
  }
  lw_assert_close (constraint (f.random.x_new, NULL, &f), pow (sum, 1 / 12.0) - 1, 1e-11, 0);
  lw_assert_close (point.divergence[LW_LAMPO_BOUND_WEIGHTS], log (90 / point.ess), 1e-11, 0);
  lw_assert_close (point.value, point.J - 0.05 * point.divergence[LW_LAMPO_BOUND_CONTEXT], 1e-12, 0);
  for (size_t b = 0; b < LW_LAMPO_N_BOUNDS; b++) { /* one alone */
    for (size_t other = 0; other < LW_LAMPO_N_BOUNDS; other++)
      f.problem.limit[other] = other == b ? point.divergence[b] / share[b] : INFINITY;
    lw_assert_close (constraint (f.random.x_new, NULL, &f), share[b] - 1, 1e-12, 0);
  }
  fixture_clear (&f);
}

/* A point is feasible up to each bound, not beyond; one that is off does not count. */
static void
test_feasible (void)
{
  Fixture f;
  fixture_init (&f, 3, 2, 2, 176, &all_bounds);
  LwLampoPoint point = lw_lampo_problem_measure (&f.problem, f.random.x_new);

  for (size_t b = 0; b < LW_LAMPO_N_BOUNDS; b++) {
    for (size_t other = 0; other < LW_LAMPO_N_BOUNDS; other++)
      f.problem.limit[other] = INFINITY;
    g_assert_true (lw_lampo_problem_measure (&f.problem, f.random.x_new).feasible);
    f.problem.limit[b] = point.divergence[b];
    g_assert_true (lw_lampo_problem_measure (&f.problem, f.random.x_new).feasible);
    f.problem.limit[b] = point.divergence[b] * (1 - 1e-5);
    g_assert_false (lw_lampo_problem_measure (&f.problem, f.random.x_new).feasible);
    lw_lampo_problem_admit (&f.problem, &point);
    g_assert_true (lw_lampo_problem_measure (&f.problem, f.random.x_new).feasible == (b != LW_LAMPO_BOUND_KL));
  }
  fixture_clear (&f);
}

/* As many effective samples as samples, or more, leave room for next to nothing, not for a division by zero. */
static void
test_ess_beyond_samples (void)
{
  static const double wanted[] = { 90, 1000 };
  for (size_t c = 0; c < G_N_ELEMENTS (wanted); c++) {
    Fixture f;
    LwLampoImproveSettings settings = all_bounds;
    settings.min_ess = wanted[c];
    fixture_init (&f, 2, 2, 2, 177, &settings);
    g_assert_true (f.problem.limit[LW_LAMPO_BOUND_WEIGHTS] > 0 && f.problem.limit[LW_LAMPO_BOUND_WEIGHTS] < 1e-5);
    g_assert_true (isfinite (constraint (f.random.x_new, NULL, &f)));
    fixture_clear (&f);
  }
}

/* The objective is in units of the rewards' spread, whatever their size. */
static void
test_units_of_rewards (void)
{
  static const double sizes[] = { 1, 1e-200, 1e200, 1e-3 };
  double first = 0;

  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    Fixture f;
    LwLampoImproveSettings settings = all_bounds;
    settings.regularisation = 0;
    lampo_random_init (&f.random, 2, 2, 2, 3, 90, 178);
    double mean = 0, square = 0;
    for (size_t i = 0; i < 90; i++)
      mean += f.random.samples.reward[i] / 90;
    for (size_t i = 0; i < 90; i++)
      square += pow (f.random.samples.reward[i] - mean, 2) / 90;
    for (size_t i = 0; i < 90; i++)
      f.random.samples.reward[i] *= sizes[c];
    g_assert_cmpint (
        lw_lampo_problem_init (&f.problem, &f.random.samples, f.random.log_den, f.random.x_first, f.random.x_old, &settings), ==,
        LW_OK);
    lw_assert_close (f.problem.spread, sqrt (square) * sizes[c], 1e-12, 0);
    double value = minimise (f.random.x_new, NULL, &f);
    if (c == 0)
      first = value;
    lw_assert_close (value, first, 1e-10, 0);
    fixture_clear (&f);
  }
}

/* A policy that gives no number is NaN to the optimiser, and not finite to who measures it. */
static void
test_no_policy (void)
{
  Fixture f;
  fixture_init (&f, 2, 2, 2, 179, &all_bounds);
  f.random.x_new[lw_lampo_model_s (&f.random.model, 1)] = 0;
  g_assert_true (isnan (minimise (f.random.x_new, NULL, &f)));
  g_assert_true (isnan (constraint (f.random.x_new, NULL, &f)));
  LwLampoPoint point = lw_lampo_problem_measure (&f.problem, f.random.x_new);
  g_assert_true (!point.finite && !point.feasible);
  fixture_clear (&f);
}

/* The solver's objective is -(J - gamma eta): in units of the rewards' standard deviation, or as it is. */
static void
test_reward_unit (void)
{
  for (int raw = 0; raw < 2; raw++) {
    LwLampoImproveSettings settings = all_bounds;
    Fixture f;

    settings.raw_rewards = raw;
    fixture_init (&f, 3, 2, 2, 5, &settings);
    const LwLampoSamples *samples = &f.random.samples;
    double mean = 0, square = 0;
    for (size_t i = 0; i < samples->n; i++)
      mean += samples->reward[i] / (double) samples->n;
    for (size_t i = 0; i < samples->n; i++)
      square += (samples->reward[i] - mean) * (samples->reward[i] - mean) / (double) samples->n;
    double value = lw_lampo_problem_minimise (samples->model->n_x, f.random.x_old, NULL, &f.problem);
    LwLampoPoint point = lw_lampo_problem_measure (&f.problem, f.random.x_old);
    lw_assert_close (value, -point.value / (raw ? 1 : sqrt (square)), 1e-12, 0);
    fixture_clear (&f);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lampo-problem/gradients", test_gradients);
  g_test_add_func ("/lampo-problem/constraint-by-definition", test_constraint_by_definition);
  g_test_add_func ("/lampo-problem/feasible", test_feasible);
  g_test_add_func ("/lampo-problem/ess-beyond-samples", test_ess_beyond_samples);
  g_test_add_func ("/lampo-problem/units-of-rewards", test_units_of_rewards);
  g_test_add_func ("/lampo-problem/no-policy", test_no_policy);
  g_test_add_func ("/lampo-problem/reward-unit", test_reward_unit);
  return g_test_run ();
}
