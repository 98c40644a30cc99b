/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-problem.h"

#include <glib.h>
#include <math.h>

#include "decoupled-random.h"
#include "lw-assert-close.h"

static const LwDecoupledImproveSettings everything = {
  .kl_bound = 0.4,
  .regularisation = 0.05,
  .context_kl_bound = 0.7,
  .min_ess = 20,
  .normalised = true,
  .caution = 1.5,
  .prior_gate = 5,
  .prior_offset = 2,
  .prior_slope = 20,
  .prior_scale = 3,
  .max_iterations = 50,
};

typedef struct {
  DecoupledRandom random;
  LwDecoupledProblem problem;
  double *v; /* (n_x) the solver's variables at x_new */
} Fixture;

static void
fixture_init (Fixture *f, size_t K, size_t d, size_t dc, bool slopes, uint32_t stream, const LwDecoupledImproveSettings *settings)
{
  decoupled_random_init (&f->random, K, d, dc, 90, slopes, stream);
  g_assert_cmpint (lw_decoupled_problem_init (&f->problem, &f->random.features, &f->random.lampo.samples, f->random.lampo.log_den,
                                              f->random.x_first, f->random.x_old, settings),
                   ==, LW_OK);
  f->v = g_new (double, f->random.form.n_x);
  for (size_t i = 0; i < f->random.form.n_x; i++)
    f->v[i] = (f->random.x_new[i] - f->random.x_old[i]) / f->problem.unit[i];
}

static void
fixture_clear (Fixture *f)
{
  lw_decoupled_problem_clear (&f->problem);
  decoupled_random_clear (&f->random);
  g_free (f->v);
}

static double
minimise (const double *v, double *grad, void *data)
{
  Fixture *f = data;
  return lw_decoupled_problem_minimise (f->random.form.n_x, v, grad, &f->problem);
}

static double
constraint (const double *v, double *grad, void *data)
{
  Fixture *f = data;
  return lw_decoupled_problem_constraint (f->random.form.n_x, v, grad, &f->problem);
}

/* Objective and constraint against central differences: each bound alone and all at once, both directions of both divergences,
 * with caution and without, normalised and plain, with priors and without. */
static void
test_gradients (void)
{
  static const size_t sizes[][3] = { { 3, 2, 2 }, { 2, 3, 5 }, { 3, 4, 1 }, { 1, 2, 2 }, { 2, 2, 0 } };

  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++)
    for (unsigned kind = 0; kind < 16; kind++) {
      Fixture f;
      LwDecoupledImproveSettings settings = everything;
      unsigned bound = kind / 2 % 4;
      settings.kl_direction = (LwLampoKlDirection) (kind % 2);
      settings.context_kl_direction = (LwLampoContextKlDirection) (kind / 8);
      settings.kl_bound = bound == 0 || bound == 3 ? 0.4 : 1e3;
      settings.context_kl_bound = bound == 1 || bound == 3 ? 0.7 : 0;
      settings.min_ess = bound == 2 || bound == 3 ? 20 : 0;
      settings.normalised = kind % 4 < 2;
      if (kind % 3 == 0)
        settings.caution = 0;
      if (kind % 5 == 0)
        settings.prior_gate = settings.prior_offset = settings.prior_slope = settings.prior_scale = settings.regularisation = 0;
      fixture_init (&f, sizes[c][0], sizes[c][1], sizes[c][2], kind % 2 == 0, 600 + (uint32_t) c, &settings);
      lampo_check_gradient (minimise, &f, f.v, f.random.form.n_x, 1e-6);
      lampo_check_gradient (constraint, &f, f.v, f.random.form.n_x, 1e-6);
      fixture_clear (&f);
    }
}

/* What is maximised, term by term. */
static void
test_objective_by_definition (void)
{
  for (int direction = 0; direction < 2; direction++) {
    Fixture f;
    LwDecoupledImproveSettings settings = everything;
    settings.context_kl_direction = (LwLampoContextKlDirection) direction;
    fixture_init (&f, 3, 2, 2, true, 610, &settings);
    const LwDecoupledForm *form = &f.random.form;
    LwDecoupledTable table;
    double penalty = 0, J, scratch[3];
    g_assert_cmpint (lw_decoupled_table_init (&table, form, f.random.lampo.samples.stride), ==, LW_OK);
    lw_decoupled_table_evaluate (&table, f.random.x_new, &f.random.features, &f.random.lampo.samples, 0);
    double value = lw_decoupled_estimate_value (&f.problem.estimate, table.log_p, true, 1.5, &J, NULL);
    for (size_t i = 0; i < form->n_x; i++) {
      double prior = i < 3 ? 5 : i >= lw_decoupled_log_s (form, 0) ? 3 : (i - 3) % 3 == 0 ? 2 : 20;
      penalty += prior * pow (f.random.x_new[i] - f.random.x_first[i], 2) / (2 * 90);
    }
    double eta = lw_decoupled_context_kl (form, f.random.x_new, (LwLampoContextKlDirection) direction, scratch, NULL);
    value -= penalty + 0.05 / f.problem.estimate.spread * eta;
    lw_assert_close (minimise (f.v, NULL, &f), -value, 1e-9, 0);
    LwDecoupledPoint point = lw_decoupled_problem_measure (&f.problem, f.random.x_new);
    lw_assert_close (point.value, value, 1e-11, 0);
    lw_assert_close (point.J, f.problem.estimate.mean + f.problem.estimate.spread * J, 1e-11, 0);
    lw_decoupled_table_clear (&table);
    fixture_clear (&f);
  }
}

/* The constraint is the 12-norm of the shares less 1; the shares are those of the functions apart. */
static void
test_constraint_by_definition (void)
{
  for (int direction = 0; direction < 2; direction++) {
    Fixture f;
    LwDecoupledImproveSettings settings = everything;
    double sum = 0, scratch[3], share[LW_DECOUPLED_N_BOUNDS];
    settings.kl_direction = (LwLampoKlDirection) direction;
    fixture_init (&f, 3, 2, 2, true, 611, &settings);
    LwDecoupledPoint point = lw_decoupled_problem_measure (&f.problem, f.random.x_new);
    share[LW_DECOUPLED_BOUND_KL] =
        (direction == LW_LAMPO_KL_NEW_OLD ? decoupled_random_kl (&f.random, f.random.x_new, f.random.x_old)
                                          : decoupled_random_kl (&f.random, f.random.x_old, f.random.x_new))
        / 0.4;
    share[LW_DECOUPLED_BOUND_CONTEXT] =
        lw_decoupled_context_kl (&f.random.form, f.random.x_new, LW_LAMPO_CONTEXT_KL_FIRST_NEW, scratch, NULL) / 0.7;
    share[LW_DECOUPLED_BOUND_WEIGHTS] = log (90 / point.ess) / log (90 / 20.0);
    for (size_t b = 0; b < LW_DECOUPLED_N_BOUNDS; b++) {
      g_assert_cmpfloat (share[b], >, 1e-3);
      sum += pow (share[b], 12);
    }
    lw_assert_close (constraint (f.v, NULL, &f), pow (sum, 1 / 12.0) - 1, 1e-8, 1e-8);
    fixture_clear (&f);
  }
}

/* A point is feasible up to each bound, not beyond; where the old policy stands is admitted, but for the trust region. */
static void
test_feasible (void)
{
  Fixture f;
  fixture_init (&f, 3, 2, 2, true, 612, &everything);
  LwDecoupledPoint point = lw_decoupled_problem_measure (&f.problem, f.random.x_new);

  for (size_t b = 0; b < LW_DECOUPLED_N_BOUNDS; b++) {
    for (size_t other = 0; other < LW_DECOUPLED_N_BOUNDS; other++)
      f.problem.limit[other] = INFINITY;
    g_assert_true (lw_decoupled_problem_measure (&f.problem, f.random.x_new).feasible);
    f.problem.limit[b] = point.divergence[b];
    g_assert_true (lw_decoupled_problem_measure (&f.problem, f.random.x_new).feasible);
    f.problem.limit[b] = point.divergence[b] * (1 - 1e-5);
    g_assert_false (lw_decoupled_problem_measure (&f.problem, f.random.x_new).feasible);
    lw_decoupled_problem_admit (&f.problem, &point);
    g_assert_true (lw_decoupled_problem_measure (&f.problem, f.random.x_new).feasible == (b != LW_DECOUPLED_BOUND_KL));
  }
  fixture_clear (&f);
}

/* The solver's variables: at 0 the old policy; a step of one in any that samples speak of costs half a nat, to second order. */
static void
test_units (void)
{
  Fixture f;
  fixture_init (&f, 3, 2, 2, true, 613, &everything);
  size_t n_x = f.random.form.n_x, near_one = 0;
  g_autofree double *v = g_new0 (double, n_x), *x = g_new (double, n_x);

  lw_decoupled_problem_x (&f.problem, v, x);
  lw_assert_close_array (x, f.random.x_old, n_x, 0, 0);
  for (size_t i = 0; i < n_x; i++) {
    g_assert_true (f.problem.unit[i] > 0 && f.problem.unit[i] < 1e3);
    v[i] = 0.01;
    lw_decoupled_problem_x (&f.problem, v, x);
    v[i] = 0;
    near_one += fabs (lw_decoupled_problem_measure (&f.problem, x).divergence[LW_DECOUPLED_BOUND_KL] / 0.5e-4 - 1) < 0.1;
  }
  g_assert_cmpuint (near_one, >, n_x * 3 / 4);
  fixture_clear (&f);
}

static void
test_extremes (void)
{
  Fixture f;
  LwDecoupledImproveSettings settings = everything;

  settings.min_ess = 1000; /* more than there are episodes */
  fixture_init (&f, 2, 2, 2, true, 614, &settings);
  g_assert_true (f.problem.limit[LW_DECOUPLED_BOUND_WEIGHTS] > 0 && f.problem.limit[LW_DECOUPLED_BOUND_WEIGHTS] < 1e-5);
  g_assert_true (isfinite (constraint (f.v, NULL, &f)));
  f.v[0] = (double) NAN; /* no policy */
  g_assert_true (isnan (minimise (f.v, NULL, &f)) && isnan (constraint (f.v, NULL, &f)));
  f.random.x_new[lw_decoupled_log_s (&f.random.form, 1)] = 1e3;
  LwDecoupledPoint point = lw_decoupled_problem_measure (&f.problem, f.random.x_new);
  g_assert_true (!point.finite && !point.feasible);
  lw_decoupled_problem_clear (&f.problem);
  g_assert_cmpint (lw_decoupled_problem_init (&f.problem, &f.random.features, &f.random.lampo.samples, f.random.lampo.log_den,
                                              f.random.x_first, f.random.x_new, &settings),
                   ==, LW_ERR_RANGE);
  fixture_clear (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoupled-problem/gradients", test_gradients);
  g_test_add_func ("/decoupled-problem/objective-by-definition", test_objective_by_definition);
  g_test_add_func ("/decoupled-problem/constraint-by-definition", test_constraint_by_definition);
  g_test_add_func ("/decoupled-problem/feasible", test_feasible);
  g_test_add_func ("/decoupled-problem/units", test_units);
  g_test_add_func ("/decoupled-problem/extremes", test_extremes);
  return g_test_run ();
}
