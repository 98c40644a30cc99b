/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-improve.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "decoupled-random.h"
#include "lw-assert-close.h"

static const LwDecoupledImproveSettings usual = {
  .kl_bound = 0.1,
  .regularisation = 1e-4,
  .normalised = true,
  .caution = 2,
  .prior_gate = 5,
  .prior_slope = 20,
  .prior_scale = 3,
  .max_iterations = 60,
};

static LwStatus
improve (DecoupledRandom *random, const double *x_old, const LwDecoupledImproveSettings *settings, double *x,
         LwLearnerReport *report)
{
  return lw_decoupled_improve (&random->features, &random->lampo.samples, random->lampo.log_den, random->x_first, x_old, settings,
                               NULL, NULL, NULL, x, report);
}

/* What a policy is worth by the functions apart. */
static LwDecoupledPoint
worth (DecoupledRandom *random, const double *x_old, const LwDecoupledImproveSettings *settings, const double *x)
{
  LwDecoupledProblem problem;

  g_assert_cmpint (lw_decoupled_problem_init (&problem, &random->features, &random->lampo.samples, random->lampo.log_den,
                                              random->x_first, x_old, settings),
                   ==, LW_OK);
  LwDecoupledPoint point = lw_decoupled_problem_measure (&problem, x);
  lw_decoupled_problem_clear (&problem);
  return point;
}

/* Random problems, both directions, every bound in force by turns and solvers that are cut short: no bound is broken, what is
 * maximised never falls. */
static void
test_bounds_hold (void)
{
  size_t pulled_back = 0, accepted = 0;

  for (uint32_t stream = 0; stream < 24; stream++) {
    DecoupledRandom random;
    LwLearnerReport report;
    LwDecoupledImproveSettings settings = usual;
    settings.kl_direction = (LwLampoKlDirection) (stream % 2);
    settings.context_kl_direction = (LwLampoContextKlDirection) (stream / 2 % 2);
    settings.context_kl_bound = stream % 5 == 0 ? 0.01 : 0;
    settings.min_ess = stream % 3 == 0 ? 10 : 0;
    settings.normalised = stream % 4 != 3;
    settings.caution = stream % 6 == 0 ? 0 : 2;
    settings.max_iterations = 3 + 4 * stream;
    decoupled_random_init (&random, 1 + stream % 3, 2, 1 + stream % 4, 60, stream % 2 == 0, 700 + stream);
    size_t n_x = random.form.n_x;
    g_autofree double *x = g_new (double, n_x);
    lw_fill_nan (x, n_x);
    g_assert_cmpint (improve (&random, random.x_old, &settings, x, &report), ==, LW_OK);
    LwDecoupledPoint before = worth (&random, random.x_old, &settings, random.x_old),
                     after = worth (&random, random.x_old, &settings, x);
    lw_assert_close (report.kl, after.divergence[LW_DECOUPLED_BOUND_KL], 1e-9, 1e-12);
    lw_assert_close (report.context_kl, after.divergence[LW_DECOUPLED_BOUND_CONTEXT], 1e-9, 1e-12);
    lw_assert_close (report.ess, after.ess, 1e-9, 0);
    lw_assert_close (report.J, after.J, 1e-9, 1e-12);
    lw_assert_close (report.J_before, before.J, 1e-9, 1e-12);
    double kl = settings.kl_direction == LW_LAMPO_KL_NEW_OLD ? decoupled_random_kl (&random, x, random.x_old)
                                                             : decoupled_random_kl (&random, random.x_old, x);
    g_assert_cmpfloat (kl, <=, 0.1 * (1 + 1e-6));
    g_assert_true (settings.context_kl_bound == 0
                   || report.context_kl <= fmax (0.01, before.divergence[LW_DECOUPLED_BOUND_CONTEXT]) * (1 + 1e-6));
    g_assert_true (settings.min_ess == 0 || after.ess >= fmin (10, before.ess) * (1 - 1e-5));
    g_assert_cmpfloat (after.value, >=, before.value);
    g_assert_true (report.accepted ? after.value > before.value : memcmp (x, random.x_old, n_x * sizeof *x) == 0);
    g_assert_true (isnan (report.gate) && report.gate_bound == 0);
    double total = 0, entropy = 0, log_pi[3];
    lw_decoupled_log_weights (&random.form, x, log_pi);
    for (size_t k = 0; k < report.n_components; k++) {
      lw_assert_close (report.weights[k], exp (log_pi[k]), 1e-12, 0);
      total += report.weights[k];
      entropy -= exp (log_pi[k]) * log_pi[k];
    }
    lw_assert_close (total, 1, 1e-12, 0);
    lw_assert_close (report.entropy, entropy, 1e-12, 1e-14);
    pulled_back += report.pulled_back;
    accepted += report.accepted;
    decoupled_random_clear (&random);
  }
  g_test_message ("of 24: %zu accepted, %zu pulled back", accepted, pulled_back);
  g_assert_cmpuint (accepted, >=, 20);
  g_assert_cmpuint (pulled_back, >, 0);
}

/* Without caution J alone is pushed to what few samples say; with it the new policy leaves more effective samples. */
static void
test_caution (void)
{
  double ess[2] = { 0 }, J[2] = { 0 };

  for (uint32_t stream = 0; stream < 10; stream++)
    for (int cautious = 0; cautious < 2; cautious++) {
      DecoupledRandom random;
      LwLearnerReport report;
      LwDecoupledImproveSettings settings = usual;
      settings.kl_bound = 1;
      settings.caution = cautious ? 2 : 0;
      decoupled_random_init (&random, 2, 2, 2, 60, true, 730 + stream);
      g_autofree double *x = g_new (double, random.form.n_x);
      g_assert_cmpint (improve (&random, random.x_old, &settings, x, &report), ==, LW_OK);
      ess[cautious] += report.ess / 10;
      J[cautious] += report.J / 10;
      decoupled_random_clear (&random);
    }
  g_test_message ("ESS %.1f without caution, %.1f with; J %.3f and %.3f", ess[0], ess[1], J[0], J[1]);
  g_assert_cmpfloat (ess[1], >, 1.2 * ess[0]);
  g_assert_cmpfloat (J[0], >, J[1]);
}

/* How far an improvement moves [weights, corrections, slopes, spreads], with all priors 0 but one (none: 4). */
static void
movement_with (int which, double moved[4])
{
  DecoupledRandom random;
  LwLearnerReport report;
  LwDecoupledImproveSettings settings = usual;
  double *priors[] = { &settings.prior_gate, &settings.prior_offset, &settings.prior_slope, &settings.prior_scale };

  settings.caution = settings.prior_gate = settings.prior_slope = settings.prior_scale = 0;
  if (which < 4)
    *priors[which] = 1e4;
  decoupled_random_init (&random, 2, 2, 2, 60, true, 750);
  g_autofree double *x = g_new (double, random.form.n_x);
  g_assert_cmpint (improve (&random, random.x_first, &settings, x, &report), ==, LW_OK);
  g_assert_true (report.accepted);
  memset (moved, 0, 4 * sizeof *moved);
  for (size_t i = 0; i < random.form.n_x; i++) {
    size_t group = i < 2 ? 0 : i >= lw_decoupled_log_s (&random.form, 0) ? 3 : (i - 2) % 3 == 0 ? 1 : 2;
    moved[group] = fmax (moved[group], fabs (x[i] - random.x_first[i]));
  }
  decoupled_random_clear (&random);
}

/* A prior holds what it is about where it began; the rest moves as before. */
static void
test_priors (void)
{
  double free[4], moved[4];

  movement_with (4, free);
  for (int which = 0; which < 4; which++) {
    movement_with (which, moved);
    for (int group = 0; group < 4; group++) {
      g_test_message ("prior %d: group %d moves %.4f, without priors %.4f", which, group, moved[group], free[group]);
      g_assert_true (group == which ? moved[group] < 0.1 * free[group] : moved[group] > 0.2 * free[group]);
    }
  }
}

/* A bound that the old policy breaks already does not stop it from staying, nor from getting better where it is. */
static void
test_tightened_bound (void)
{
  DecoupledRandom random;
  LwLearnerReport report;
  LwDecoupledImproveSettings settings = usual;

  decoupled_random_init (&random, 2, 2, 2, 60, true, 760);
  settings.context_kl_bound = 1e-9;
  settings.min_ess = 59;
  g_autofree double *x = g_new (double, random.form.n_x);
  g_assert_cmpint (improve (&random, random.x_old, &settings, x, &report), ==, LW_OK);
  g_assert_cmpfloat (report.context_kl, >, 1e-9);
  g_assert_cmpfloat (report.ess, <, 59);
  LwDecoupledPoint before = worth (&random, random.x_old, &settings, random.x_old),
                   after = worth (&random, random.x_old, &settings, x);
  g_assert_cmpfloat (after.value, >=, before.value);
  decoupled_random_clear (&random);
}

static void
test_degenerate (void)
{
  static const size_t sizes[] = { 1, 2, 70 };

  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    DecoupledRandom random;
    LwLearnerReport report;
    decoupled_random_init (&random, 2, 2, 2, sizes[c], true, 770 + (uint32_t) c);
    g_autofree double *x = g_new (double, random.form.n_x);
    lw_fill_nan (x, random.form.n_x);
    for (size_t i = 0; i < sizes[c]; i++)
      random.lampo.samples.reward[i] = 1.5;
    g_assert_cmpint (improve (&random, random.x_old, &usual, x, &report), ==, LW_OK);
    lw_assert_close (report.J, 1.5, 1e-12, 0);
    lw_assert_close (report.J_before, 1.5, 1e-12, 0);
    g_assert_true (report.ess >= 1 - 1e-9 && report.ess <= (double) sizes[c] * (1 + 1e-9));
    g_assert_cmpmem (x, random.form.n_x * sizeof *x, random.x_old, random.form.n_x * sizeof *x);
    g_assert_false (report.accepted);
    g_assert_cmpuint (report.evaluations, ==, 0);
    g_assert_cmpstr (report.solver, ==, "all rewards are equal");
    decoupled_random_clear (&random);
  }
  DecoupledRandom random;
  LwLearnerReport report = { .iterations = 77 };
  decoupled_random_init (&random, 2, 2, 2, 3, true, 780);
  g_autofree double *x = g_new (double, random.form.n_x);
  lw_fill_nan (x, random.form.n_x);
  random.lampo.samples.n = 0;
  g_assert_cmpint (improve (&random, random.x_old, &usual, x, &report), ==, LW_ERR_TOO_FEW);
  lw_assert_untouched (x, random.form.n_x);
  g_assert_cmpuint (report.iterations, ==, 77);
  decoupled_random_clear (&random);
}

typedef struct {
  atomic_bool stop;
  size_t calls, stop_after;
  double fraction, J;
} Progress;

static void
progress_cb (double fraction, double J, void *data)
{
  Progress *progress = data;
  g_assert_true (fraction >= progress->fraction && fraction <= 1);
  g_assert_true (J >= progress->J); /* the best feasible one so far never falls */
  progress->fraction = fraction;
  progress->J = J;
  if (++progress->calls == progress->stop_after)
    atomic_store (&progress->stop, true);
}

static void
test_stop (void)
{
  DecoupledRandom random;
  LwLearnerReport report = { .iterations = 77 };
  Progress progress = { .J = -INFINITY }, stopped = { .J = -INFINITY, .stop_after = 3 };

  decoupled_random_init (&random, 2, 2, 2, 60, true, 790);
  g_autofree double *x = g_new (double, random.form.n_x);
  lw_fill_nan (x, random.form.n_x);
  const LwLampoSamples *samples = &random.lampo.samples;
  g_assert_cmpint (lw_decoupled_improve (&random.features, samples, random.lampo.log_den, random.x_first, random.x_old, &usual,
                                         progress_cb, &stopped, &stopped.stop, x, &report),
                   ==, LW_ERR_STOPPED);
  lw_assert_untouched (x, random.form.n_x);
  g_assert_cmpuint (report.iterations, ==, 77);
  g_assert_cmpuint (stopped.calls, <=, 4); /* within one evaluation */
  g_assert_cmpint (lw_decoupled_improve (&random.features, samples, random.lampo.log_den, random.x_first, random.x_old, &usual,
                                         progress_cb, &progress, &progress.stop, x, &report),
                   ==, LW_OK);
  g_assert_cmpuint (progress.calls, >, 5);
  g_assert_cmpfloat (progress.J, >=, report.J - 1e-3);
  decoupled_random_clear (&random);
}

/* One context, one component, normalised weights, no caution, no prior, a wide bound: rewards -(e - 1)^2 of many draws from N (0,
 * 1) put the mean at 1 in the direction that counts and leave the other where it was. */
static void
test_known_optimum (void)
{
  enum { DRAWS = 4000 };
  DecoupledRandom random;
  LwLearnerReport report;
  LwRng rng;
  LwDecoupledImproveSettings settings = { .kl_bound = 0.5, .normalised = true, .max_iterations = 100 };

  decoupled_random_init (&random, 1, 2, 0, DRAWS, false, 800);
  LwLampoSamples *samples = &random.lampo.samples;
  lw_rng_init (&rng, 6, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < DRAWS; i++) {
    double e[2] = { lw_rng_normal (&rng), lw_rng_normal (&rng) };
    samples->z[i] = e[0];
    samples->z[samples->stride + i] = e[1];
    samples->reward[i] = -pow (e[0] - 1, 2);
    random.lampo.log_den[i] = -0.5 * (e[0] * e[0] + e[1] * e[1]) - log (2 * G_PI);
  }
  double x[5];
  g_assert_cmpint (improve (&random, random.x_first, &settings, x, &report), ==, LW_OK);
  lw_assert_close (report.J_before, -2, 0, 0.15);
  /* KL (old || new) = log s + (1 + m^2)/(2 s^2) - 1/2 = 1/2 in e_1 alone; J = -(m - 1)^2 - s^2, best by a search over m. */
  double best = -INFINITY, best_m = 0;
  for (double m = 0; m < 1.5; m += 1e-3)
    for (double s = 0.3; s < 1.5; s += 1e-3)
      if (log (s) + (1 + m * m) / (2 * s * s) - 0.5 <= 0.5 && -pow (m - 1, 2) - s * s > best) {
        best = -pow (m - 1, 2) - s * s;
        best_m = m;
      }
  g_test_message ("J %.3f, by search %.3f; mean %.3f %.3f, by search %.3f 0; KL %.4f", report.J, best, x[1], x[2], best_m,
                  report.kl);
  lw_assert_close (report.J, best, 0, 0.1);
  lw_assert_close (x[1], best_m, 0, 0.1);
  lw_assert_close (x[2], 0, 0, 0.15);
  lw_assert_close (report.kl, 0.5, 0, 1e-3);
  decoupled_random_clear (&random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoupled-improve/bounds-hold", test_bounds_hold);
  g_test_add_func ("/decoupled-improve/caution", test_caution);
  g_test_add_func ("/decoupled-improve/priors", test_priors);
  g_test_add_func ("/decoupled-improve/tightened-bound", test_tightened_bound);
  g_test_add_func ("/decoupled-improve/degenerate", test_degenerate);
  g_test_add_func ("/decoupled-improve/stop", test_stop);
  g_test_add_func ("/decoupled-improve/known-optimum", test_known_optimum);
  return g_test_run ();
}
