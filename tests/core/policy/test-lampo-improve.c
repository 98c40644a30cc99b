/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-improve.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-measure.h"
#include "lampo-random.h"
#include "lw-assert-close.h"

/* Random problems, every bound in force: none is broken, J - gamma eta never falls, s stays positive. */
static void
test_bounds_hold (void)
{
  for (uint32_t stream = 0; stream < 12; stream++) {
    LampoRandom random;
    LwLearnerReport report;
    LampoMeasure before, after;
    lampo_random_init (&random, 1 + stream % 3, 2, 1 + stream % 4, 3, 60, 100 + stream);
    LwLampoImproveSettings settings = lampo_settings (0.1, (LwLampoKlDirection) (stream % 2), 60);
    settings.strata = stream % 3 != 0;
    settings.gate_bound = stream % 4 == 0 ? 0 : 0.1;
    settings.context_kl_bound = stream % 5 == 0 ? 0.5 : 0;
    settings.min_ess = stream % 3 == 0 ? 10 : 0;
    settings.context_kl_direction = (LwLampoContextKlDirection) (stream / 2 % 2);
    size_t n_x = random.model.n_x;
    g_autofree double *x = g_new (double, n_x);
    lw_fill_nan (x, n_x);
    g_assert_cmpint (lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_first, &settings, NULL, NULL,
                                       NULL, x, &report),
                     ==, LW_OK);
    before =
        lampo_measure (&random.samples, random.log_den, random.x_first, random.x_first, random.x_first, settings.kl_direction);
    after = lampo_measure (&random.samples, random.log_den, random.x_first, random.x_first, x, settings.kl_direction);
    lw_assert_close (report.ess, after.ess, 1e-9, 0);
    g_assert_cmpfloat (after.kl, <=, 0.1 * (1 + 1e-6));
    g_assert_cmpfloat (report.J, >=, report.J_before - 1e-12);
    g_assert_true (report.accepted && report.J > report.J_before);
    g_assert_true (settings.gate_bound == 0 || report.gate <= 0.06 * (1 + 1e-6));
    lw_assert_close (report.gate_bound, settings.gate_bound * 0.6, 1e-12, 0);
    g_assert_true (settings.min_ess == 0 || after.ess >= fmin (10, before.ess) * (1 - 1e-5));
    g_assert_true (settings.context_kl_bound == 0 || report.context_kl <= 0.5 * (1 + 1e-6));
    for (size_t i = lw_lampo_model_s (&random.model, 0); i < n_x; i++)
      g_assert_true (x[i] > 0);
    double total = 0, entropy = 0;
    for (size_t k = 0; k < report.n_components; k++) {
      total += report.weights[k];
      entropy -= report.weights[k] * log (report.weights[k]);
    }
    lw_assert_close (total, 1, 1e-12, 0);
    lw_assert_close (report.entropy, entropy, 1e-10, 1e-12);
    lampo_random_clear (&random);
  }
}

/* A bound that the old policy breaks already does not stop it from staying, nor from getting better where it is. */
static void
test_tightened_bound (void)
{
  LampoRandom random;
  LwLearnerReport report;

  lampo_random_init (&random, 2, 2, 2, 3, 60, 120);
  LwLampoImproveSettings settings = lampo_settings (0.1, LW_LAMPO_KL_OLD_NEW, 60);
  settings.context_kl_bound = 1e-6;
  settings.gate_bound = 1e-6;
  g_autofree double *x = g_new (double, random.model.n_x);
  g_assert_cmpint (
      lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_old, &settings, NULL, NULL, NULL, x, &report),
      ==, LW_OK);
  g_assert_cmpfloat (report.context_kl, >, 1e-6);
  g_assert_true (isfinite (report.J) && report.J >= report.J_before - 1e-4);
  lampo_random_clear (&random);
}

static void
test_degenerate (void)
{
  LwLampoImproveSettings settings = lampo_settings (0.2, LW_LAMPO_KL_OLD_NEW, 50);
  settings.strata = true;
  settings.gate_bound = 0.02;
  static const size_t sizes[] = { 1, 2, 70 };

  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    LampoRandom random;
    LwLearnerReport report;
    lampo_random_init (&random, 2, 2, 2, 3, sizes[c], 130 + (uint32_t) c);
    g_autofree double *x = g_new (double, random.model.n_x);
    lw_fill_nan (x, random.model.n_x);
    for (size_t i = 0; i < sizes[c]; i++) /* all rewards equal: nothing to learn, and nothing to divide by */
      random.samples.reward[i] = 1.5;
    g_assert_cmpint (
        lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_old, &settings, NULL, NULL, NULL, x, &report),
        ==, LW_OK);
    lw_assert_close (report.J, 1.5, 1e-12, 0);
    g_assert_cmpmem (x, random.model.n_x * sizeof *x, random.x_old, random.model.n_x * sizeof *x); /* the old policy, as it was */
    g_assert_false (report.accepted);
    g_assert_cmpuint (report.evaluations, ==, 0);
    g_assert_cmpstr (report.solver, ==, "all rewards are equal");
    for (size_t i = 0; i < random.model.n_x; i++)
      g_assert_true (isfinite (x[i]));
    g_assert_cmpfloat (report.kl, <=, 0.2 * (1 + 1e-6));
    lampo_random_clear (&random);
  }
  LampoRandom random;
  LwLearnerReport report = { .iterations = 77 };
  double x[64];
  lampo_random_init (&random, 2, 2, 2, 3, 3, 140);
  lw_fill_nan (x, 64);
  random.samples.n = 0;
  g_assert_cmpint (
      lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_old, &settings, NULL, NULL, NULL, x, &report),
      ==, LW_ERR_TOO_FEW);
  lw_assert_untouched (x, 64);
  g_assert_cmpuint (report.iterations, ==, 77);
  lampo_random_clear (&random);
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
  LampoRandom random;
  LwLearnerReport report = { .iterations = 77 };
  Progress progress = { .J = -INFINITY }, stopped = { .J = -INFINITY, .stop_after = 3 };
  double x[64];

  lampo_random_init (&random, 2, 2, 2, 3, 60, 150);
  LwLampoImproveSettings settings = lampo_settings (0.2, LW_LAMPO_KL_OLD_NEW, 40);
  lw_fill_nan (x, 64);
  g_assert_cmpint (lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_old, &settings, progress_cb,
                                     &stopped, &stopped.stop, x, &report),
                   ==, LW_ERR_STOPPED);
  lw_assert_untouched (x, 64);
  g_assert_cmpuint (report.iterations, ==, 77);
  g_assert_cmpuint (stopped.calls, <=, 4); /* within one evaluation */
  g_assert_cmpint (lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_old, &settings, progress_cb,
                                     &progress, &progress.stop, x, &report),
                   ==, LW_OK);
  g_assert_cmpuint (progress.calls, >, 5);
  lampo_random_clear (&random);
}

/* Without the guard the solver's last iterate is taken as it is, as published; with it the same problems stay inside the bound
 * and never lose. */
static void
test_guard (void)
{
  size_t broken = 0, worse = 0;

  for (uint32_t stream = 0; stream < 20; stream++)
    for (int guard = 0; guard < 2; guard++) {
      LampoRandom random;
      LwLearnerReport report;
      lampo_random_init (&random, 2, 2, 2, 3, 60, 160 + stream);
      LwLampoImproveSettings settings = lampo_settings (0.2, LW_LAMPO_KL_NEW_OLD, 3 + stream % 12);
      settings.guard = guard == 1;
      g_autofree double *x = g_new (double, random.model.n_x);
      g_assert_cmpint (lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_old, &settings, NULL, NULL,
                                         NULL, x, &report),
                       ==, LW_OK);
      double gain = report.J - 1e-4 * report.context_kl - report.J_before;
      if (guard == 0) {
        g_assert_true (report.accepted && !report.pulled_back);
        broken += report.kl > 0.2 * (1 + 1e-6);
        worse += gain < -1e-3;
      } else {
        g_assert_cmpfloat (report.kl, <=, 0.2 * (1 + 1e-6));
        g_assert_cmpfloat (gain, >=, -1e-3); /* eta of the old policy counts too */
      }
      lampo_random_clear (&random);
    }
  g_test_message ("of 20 without the guard: %zu outside the bound, %zu worse than the old policy", broken, worse);
  g_assert_cmpuint (broken, >, 3);
}

/* Two components far apart in context, rewards that depend on the region alone: no policy can gain anything. Normalised over all
 * samples J rises all the same, by leaving the bad region's samples; within strata it cannot. */
static void
test_strata (void)
{
  for (int strata = 0; strata < 2; strata++) {
    LampoRandom random;
    LwLearnerReport report;
    lampo_random_init (&random, 2, 2, 2, 3, 80, 200);
    LwMat z;
    g_assert_cmpint (lw_mat_alloc (&z, 80, 2), ==, LW_OK);
    LwMppca *mppca = &random.mppca;
    for (size_t j = 0; j < 2; j++)
      lw_mat_set (&mppca->mean, 1, j, lw_mat_get (&mppca->mean, 0, j) + 100);
    lw_lampo_samples_clear (&random.samples);
    lw_lampo_model_clear (&random.model);
    g_assert_cmpint (lw_lampo_model_init (&random.model, mppca, 2), ==, LW_OK);
    lw_lampo_samples_init (&random.samples, &random.model);
    LwLampoPolicy policy;
    LwRng rng;
    LwMat contexts;
    size_t k[80];
    double rewards[80], workspace[2 + 4 + 2];
    g_assert_cmpint (lw_mat_alloc (&contexts, 80, 2), ==, LW_OK);
    g_assert_cmpint (lw_lampo_policy_init (&policy, &random.model), ==, LW_OK);
    g_assert_true (lw_lampo_policy_set (&policy, random.x_first));
    lw_rng_init (&rng, 4, LW_RNG_TEST, 0, 0);
    for (size_t i = 0; i < 80; i++) {
      for (size_t j = 0; j < 2; j++)
        lw_mat_set (&contexts, i, j, lw_mat_get (&mppca->mean, i % 2, j) + lw_rng_normal (&rng));
      random.log_den[i] = lw_lampo_policy_sample (&policy, lw_mat_row (&contexts, i), &rng, workspace, &k[i], lw_mat_row (&z, i));
      g_assert_cmpuint (k[i], ==, i % 2);
      rewards[i] = i % 2 == 0 ? 0 : -1;
    }
    g_assert_cmpint (lw_lampo_samples_add (&random.samples, &contexts, k, &z, rewards), ==, LW_OK);
    LwLampoImproveSettings settings = lampo_settings (0.2, LW_LAMPO_KL_OLD_NEW, 60);
    settings.strata = strata == 1;
    g_autofree double *x = g_new (double, random.model.n_x);
    g_assert_cmpint (lw_lampo_improve (&random.samples, random.log_den, random.x_first, random.x_first, &settings, NULL, NULL,
                                       NULL, x, &report),
                     ==, LW_OK);
    g_test_message ("%s: J %.4f to %.4f, KL %.4f", strata ? "stratified" : "over all", report.J_before, report.J, report.kl);
    if (strata == 0)
      g_assert_cmpfloat (report.J, >, report.J_before + 0.05);
    else
      lw_assert_close (report.J, report.J_before, 0, 1e-9);
    lw_lampo_policy_clear (&policy);
    lw_mat_clear (&contexts);
    lw_mat_clear (&z);
    lampo_random_clear (&random);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lampo-improve/bounds-hold", test_bounds_hold);
  g_test_add_func ("/lampo-improve/tightened-bound", test_tightened_bound);
  g_test_add_func ("/lampo-improve/degenerate", test_degenerate);
  g_test_add_func ("/lampo-improve/stop", test_stop);
  g_test_add_func ("/lampo-improve/guard", test_guard);
  g_test_add_func ("/lampo-improve/strata", test_strata);
  return g_test_run ();
}
