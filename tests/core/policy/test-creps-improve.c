/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-creps-improve.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-reps.h"

enum { N = 200, DC = 2, D = 2 };

static const LwCrepsSettings usual = { .epsilon = 0.5, .mean_prior = 1, .covariance_prior = 1, .step_bound = 1.5, .reuse = 2 };

typedef struct {
  LwContextFeatures features;
  LwLinearGaussian  policy, next;
  LwCrepsHistory    history;
  LwMat             contexts, phi, z;
  double            rewards[N];
} Fixture;

/* One batch of a linear policy; better the nearer z_0 is to 1 and z_1 to the context's first number. */
static void
set_up (Fixture *f)
{
  LwRng rng;

  lw_rng_init (&rng, 2, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_mat_alloc (&f->contexts, N, DC), ==, LW_OK);
  for (size_t i = 0; i < N * DC; i++)
    f->contexts.data[i] = 2 * lw_rng_uniform (&rng) - 1;
  g_assert_cmpint (lw_context_features_init (&f->features, &f->contexts, 1), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&f->phi, N, f->features.f), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&f->z, N, D), ==, LW_OK);
  g_assert_cmpint (lw_linear_gaussian_alloc (&f->policy, f->features.f, D), ==, LW_OK);
  g_assert_cmpint (lw_linear_gaussian_alloc (&f->next, f->features.f, D), ==, LW_OK);
  lw_context_features_evaluate_all (&f->features, &f->contexts, &f->phi);
  for (size_t i = 0; i < N; i++) {
    double *z = lw_mat_row (&f->z, i), normal[D];
    lw_linear_gaussian_sample (&f->policy, lw_mat_row (&f->phi, i), &rng, normal, z);
    f->rewards[i] = -pow (z[0] - 1, 2) - pow (z[1] - lw_mat_get (&f->contexts, i, 0), 2);
  }
  g_assert_cmpint (lw_creps_history_init (&f->history, DC, f->features.f, D), ==, LW_OK);
  g_assert_cmpint (lw_creps_history_add (&f->history, &f->policy, &f->contexts, &f->phi, &f->z, f->rewards), ==, LW_OK);
}

static void
tear_down (Fixture *f)
{
  lw_creps_history_clear (&f->history);
  lw_linear_gaussian_clear (&f->policy);
  lw_linear_gaussian_clear (&f->next);
  lw_context_features_clear (&f->features);
  lw_mat_clear (&f->contexts);
  lw_mat_clear (&f->phi);
  lw_mat_clear (&f->z);
}

static void
test_step (void)
{
  Fixture f;
  LwLearnerReport report;
  double before[D], after[D];

  set_up (&f);
  g_assert_cmpint (lw_creps_improve (&f.history, &f.policy, &f.features, &usual, NULL, &f.next, &report), ==, LW_OK);
  g_assert_true (report.accepted && report.kl > 0 && report.kl <= usual.step_bound);
  g_assert_true (report.J > report.J_before);
  lw_linear_gaussian_mean (&f.policy, lw_mat_row (&f.phi, 0), before);
  lw_linear_gaussian_mean (&f.next, lw_mat_row (&f.phi, 0), after);
  g_assert_cmpfloat (fabs (after[0] - 1), <, fabs (before[0] - 1));

  /* A step that is too long is halved until it is not, and not once more: KL falls to a quarter at the most, nearly. */
  LwCrepsSettings tight = usual;
  g_assert_false (report.pulled_back);
  tight.step_bound = report.kl / 100;
  g_assert_cmpint (lw_creps_improve (&f.history, &f.policy, &f.features, &tight, NULL, &f.next, &report), ==, LW_OK);
  g_assert_true (report.accepted && report.pulled_back);
  g_assert_cmpfloat (report.kl, <=, tight.step_bound);
  g_assert_cmpfloat (report.kl, >, tight.step_bound / 5);
  tear_down (&f);
}

/* The step term by term: B from pseudo-episodes of the old policy, S from both covariances, as far as its bound allows. */
static void
test_naive_step (void)
{
  Fixture f;
  LwCrepsSettings settings = usual;
  LwLearnerReport report;
  LwRepsReport reps;
  double p[N], gram[9] = { 0 }, shift[6] = { 0 }, cov[D][D] = { { 0 } }, k = 0;

  set_up (&f);
  settings.step_bound = 1e9; /* the whole step */
  settings.mean_prior = 0.7;
  settings.covariance_prior = 1.3;
  g_assert_cmpint (lw_creps_improve (&f.history, &f.policy, &f.features, &settings, NULL, &f.next, &report), ==, LW_OK);
  g_assert_cmpint (lw_reps_contextual_weights (f.rewards, N, &f.phi, NULL, 0.5, p, NULL, &reps), ==, LW_OK);
  g_assert_cmpuint (f.features.f, ==, 3);
  k = 0.7 * 3;
  for (size_t i = 0; i < N; i++)
    for (size_t a = 0; a < 3; a++) {
      const double *phi = lw_mat_row (&f.phi, i);
      for (size_t b = 0; b < 3; b++)
        gram[3 * a + b] += (reps.ess * p[i] + k / N) * phi[a] * phi[b];
      for (size_t j = 0; j < D; j++) /* the old mean is 0 */
        shift[D * a + j] += reps.ess * p[i] * phi[a] * lw_mat_get (&f.z, i, j);
    }
  LwMat factor = lw_mat_view (gram, 3, 3), dB = lw_mat_view (shift, 3, D), L = f.next.chol;
  g_assert_cmpint (lw_chol_factor (&factor), ==, LW_OK);
  lw_chol_solve_mat (&factor, &dB);
  lw_assert_close_array (f.next.mean.data, shift, 3 * D, 1e-7, 1e-9);
  double share = reps.ess / (reps.ess + 1.3 * D);
  for (size_t i = 0; i < N; i++) {
    double r[D];
    for (size_t j = 0; j < D; j++) {
      r[j] = lw_mat_get (&f.z, i, j);
      for (size_t a = 0; a < 3; a++)
        r[j] -= lw_mat_get (&f.phi, i, a) * lw_mat_get (&dB, a, j);
    }
    for (size_t a = 0; a < D; a++)
      for (size_t b = 0; b < D; b++)
        cov[a][b] += share * p[i] * r[a] * r[b] / (1 - 1 / reps.ess);
  }
  for (size_t a = 0; a < D; a++)
    for (size_t b = 0; b < D; b++) {
      double found = lw_mat_get (&L, a, 0) * lw_mat_get (&L, b, 0) + lw_mat_get (&L, a, 1) * lw_mat_get (&L, b, 1);
      lw_assert_close (found, cov[a][b] + (a == b ? 1 - share : 0), 1e-8, 1e-10);
    }
  tear_down (&f);
}

/* Importance weights of which one has it all, or none any: the policy stays, and the report says so. */
static void
test_underflow (void)
{
  Fixture f;
  LwLearnerReport report;
  LwRng rng;

  set_up (&f);
  lw_rng_init (&rng, 3, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < N; i++)
    f.history.log_mix[i] = 300 * lw_rng_normal (&rng);
  g_assert_cmpint (lw_creps_improve (&f.history, &f.policy, &f.features, &usual, NULL, &f.next, &report), ==, LW_OK);
  g_assert_true (lw_mat_is_finite (&f.next.mean) && lw_mat_is_finite (&f.next.chol));
  for (size_t i = 0; i < N; i++)
    f.history.log_mix[i] = INFINITY;
  g_assert_cmpint (lw_creps_improve (&f.history, &f.policy, &f.features, &usual, NULL, &f.next, &report), ==, LW_OK);
  g_assert_false (report.accepted);
  g_assert_nonnull (strstr (report.solver, "kept the old policy"));
  g_assert_cmpmem (f.next.mean.data, f.features.f * D * sizeof (double), f.policy.mean.data, f.features.f * D * sizeof (double));
  g_assert_cmpmem (f.next.chol.data, D * D * sizeof (double), f.policy.chol.data, D * D * sizeof (double));
  tear_down (&f);
}

static void
test_stopped (void)
{
  Fixture f;
  LwLearnerReport report = { .iterations = 77 };
  atomic_bool stop = true;

  set_up (&f);
  lw_mat_fill (&f.next.mean, (double) NAN);
  g_assert_cmpint (lw_creps_improve (&f.history, &f.policy, &f.features, &usual, &stop, &f.next, &report), ==, LW_ERR_STOPPED);
  g_assert_cmpuint (report.iterations, ==, 77);
  lw_assert_untouched (f.next.mean.data, f.features.f * D);
  tear_down (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/creps/improve/step", test_step);
  g_test_add_func ("/creps/improve/naive-step", test_naive_step);
  g_test_add_func ("/creps/improve/underflow", test_underflow);
  g_test_add_func ("/creps/improve/stopped", test_stopped);
  return g_test_run ();
}
