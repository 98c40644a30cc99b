/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-reps.h"
#include "lw-rng.h"
#include "reps-draw.h"

static void
test_golden (void)
{
  static const char *const epsilons[] = { "0.5", "1.0" };
  g_auto (LwGolden) rewards = { 0 }, features = { 0 };
  LwMat phi;

  if (!lw_golden_load (&rewards, "golden/ps/in_R.npy") || !lw_golden_load (&features, "golden/ps/in_S.npy"))
    return;
  phi = lw_golden_mat (&features);
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++) {
    g_auto (LwGolden) eta = { 0 }, w = { 0 }, dual = { 0 }, peer = { 0 };
    double epsilon = g_ascii_strtod (epsilons[e], NULL), v[6];
    g_autofree double *p = g_new (double, rewards.n);
    LwRepsReport report;

    reps_golden (&eta, "creps", epsilons[e], "eta");
    reps_golden (&w, "creps", epsilons[e], "w");
    reps_golden (&dual, "creps", epsilons[e], "dual");
    reps_golden (&peer, "creps", epsilons[e], "bolero_eta_nu");
    lw_fill_nan (v, 6);
    g_assert_cmpint (lw_reps_contextual_weights (rewards.data, rewards.n, &phi, NULL, epsilon, p, v, &report), ==, LW_OK);
    g_assert_true (report.converged);
    lw_assert_close (report.eta, eta.data[0], 1e-6, 0);
    lw_assert_close (report.dual, dual.data[0], 1e-8, 0);
    lw_assert_close (report.kl, epsilon, 1e-11, 0);
    lw_assert_close_array (p, w.data, w.n, 1e-5, 1e-8);
    /* The constant feature's coefficient is not identified; the peer's solver stops at about 1e-6. */
    g_assert_cmpfloat (v[0], ==, 0.0);
    lw_assert_close_array (v + 1, peer.data + 2, 5, 2e-5, 2e-5);
  }
}

/* Means of features kept, KL met, the form of the solution, and no other reward order than by R - v'phi. */
static void
test_conditions (void)
{
  static const double epsilons[] = { 1e-10, 1e-3, 0.2, 1.0 };
  double rewards[REPS_N], log_prior[REPS_N], p[REPS_N], v[3], storage[3 * REPS_N];
  LwMat features = lw_mat_view (storage, REPS_N, 3);
  LwRepsReport report;

  reps_draw (rewards, log_prior, &features, 2);
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++) {
    double z = 0.0, check[REPS_N];

    g_assert_cmpint (lw_reps_contextual_weights (rewards, REPS_N, &features, log_prior, epsilons[e], p, v, &report), ==, LW_OK);
    g_assert_true (report.converged);
    lw_assert_close (report.kl, epsilons[e], 1e-8, 0);
    lw_assert_close (reps_kl (p, log_prior, REPS_N), epsilons[e], 1e-8, 1e-13);
    for (size_t j = 0; j < 3; j++) {
      double moved = 0.0, q = 0.0, before = 0.0;

      for (size_t i = 0; i < REPS_N; i++) {
        q += exp (log_prior[i]);
        before += exp (log_prior[i]) * lw_mat_get (&features, i, j);
        moved += p[i] * lw_mat_get (&features, i, j);
      }
      lw_assert_close (moved, before / q, 1e-9, 1e-10);
    }
    for (size_t i = 0; i < REPS_N; i++) {
      double advantage = rewards[i];

      for (size_t j = 0; j < 3; j++)
        advantage -= v[j] * lw_mat_get (&features, i, j);
      check[i] = log_prior[i] + advantage / report.eta;
      z = i == 0 ? check[i] : fmax (z, check[i]);
    }
    for (size_t i = 0; i < REPS_N; i++)
      check[i] = exp (check[i] - z);
    z = reps_sum (check, REPS_N);
    for (size_t i = 0; i < REPS_N; i++)
      lw_assert_close (p[i], check[i] / z, 1e-6, 1e-12);
  }
}

/* Without features, or with a constant one, the contextual dual is the plain one. */
static void
test_plain (void)
{
  double rewards[REPS_N], p[REPS_N], with[REPS_N], ones[REPS_N], v = NAN;
  LwMat none = lw_mat_view (NULL, REPS_N, 0), constant = lw_mat_view (ones, REPS_N, 1);
  LwRepsReport plain, contextual;

  reps_draw (rewards, NULL, NULL, 3);
  for (size_t i = 0; i < REPS_N; i++)
    ones[i] = 7.0;
  g_assert_cmpint (lw_reps_weights (rewards, REPS_N, NULL, 0.5, p, &plain), ==, LW_OK);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, REPS_N, &none, NULL, 0.5, with, NULL, NULL), ==, LW_OK);
  lw_assert_close_array (with, p, REPS_N, 0, 0);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, REPS_N, &constant, NULL, 0.5, with, &v, &contextual), ==, LW_OK);
  lw_assert_close_array (with, p, REPS_N, 0, 0);
  g_assert_cmpfloat (v, ==, 0.0);
  lw_assert_close (contextual.eta, plain.eta, 0, 0);
}

/* Episodes twice are the same as with twice the prior weight. */
static void
test_prior_is_repetition (void)
{
  double rewards[REPS_N], twice[REPS_N + 20], log_prior[REPS_N], p[REPS_N], q[REPS_N + 20], storage[REPS_N], more[REPS_N + 20];
  LwMat features = lw_mat_view (storage, REPS_N, 1), long_features = lw_mat_view (more, REPS_N + 20, 1);
  LwRepsReport one, other;

  reps_draw (rewards, NULL, &features, 6);
  for (size_t i = 0; i < REPS_N + 20; i++) {
    twice[i] = rewards[i % REPS_N];
    more[i] = storage[i % REPS_N];
    if (i < REPS_N)
      log_prior[i] = i < 20 ? log (2.0) : 0.0;
  }
  g_assert_cmpint (lw_reps_contextual_weights (rewards, REPS_N, &features, log_prior, 0.4, p, NULL, &one), ==, LW_OK);
  g_assert_cmpint (lw_reps_contextual_weights (twice, REPS_N + 20, &long_features, NULL, 0.4, q, NULL, &other), ==, LW_OK);
  lw_assert_close (one.eta, other.eta, 1e-9, 0);
  for (size_t i = 0; i < REPS_N; i++)
    lw_assert_close (p[i], q[i] + (i < 20 ? q[REPS_N + i] : 0.0), 1e-8, 1e-14);
}

/* A column twice, a constant one, and units that differ by 1e12: the same weights, and a finite baseline. */
static void
test_dependent_features (void)
{
  double rewards[REPS_N], p[REPS_N], q[REPS_N], storage[2 * REPS_N], more[5 * REPS_N], v[5];
  LwMat features = lw_mat_view (storage, REPS_N, 2), many = lw_mat_view (more, REPS_N, 5);

  reps_draw (rewards, NULL, &features, 7);
  for (size_t i = 0; i < REPS_N; i++) {
    lw_mat_set (&many, i, 0, 1.0);
    lw_mat_set (&many, i, 1, lw_mat_get (&features, i, 0));
    lw_mat_set (&many, i, 2, 1e12 * lw_mat_get (&features, i, 1));
    lw_mat_set (&many, i, 3, lw_mat_get (&features, i, 0));
    lw_mat_set (&many, i, 4, 0.0);
  }
  g_assert_cmpint (lw_reps_contextual_weights (rewards, REPS_N, &features, NULL, 0.4, p, NULL, NULL), ==, LW_OK);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, REPS_N, &many, NULL, 0.4, q, v, NULL), ==, LW_OK);
  lw_assert_close_array (q, p, REPS_N, 1e-7, 1e-12);
  g_assert_true (v[0] == 0.0 && v[4] == 0.0);
  lw_assert_close (v[1], v[3], 1e-6, 0);
}

/* With features and no bound: the linear program's optimum, here by hand. Contexts -1 and 1 must both keep half the weight. */
static void
test_greedy (void)
{
  double rewards[6] = { 0.0, 1.0, 0.5, 10.0, 12.0, 11.0 }, line[6] = { -1.0, -1.0, -1.0, 1.0, 1.0, 1.0 }, p[6];
  LwMat features = lw_mat_view (line, 6, 1);
  LwRepsReport report;

  g_assert_cmpint (lw_reps_contextual_weights (rewards, 6, &features, NULL, 50.0, p, NULL, &report), ==, LW_OK);
  lw_assert_close_array (p, ((double[]){ 0.0, 0.5, 0.0, 0.0, 0.5, 0.0 }), 6, 0, 1e-7);
  lw_assert_close (report.kl, log (3.0), 1e-6, 0);
  lw_assert_close (report.dual, 6.5, 1e-7, 0);
  g_assert_true (report.converged);
}

/* The weights sum to 1 and keep the features' means also where eta has all but vanished and exponents are in the billions. */
static void
test_hard (void)
{
  double rewards[3] = { 1, 1 - 1e-15, 1 - 5e-16 }, storage[6] = { 0.3, -0.3, -1.2, 1.2, 0.9, -0.9 }, p[3];
  LwMat features = lw_mat_view (storage, 3, 2);
  LwRepsReport report;

  for (double epsilon = 0.5; epsilon < 100; epsilon *= 2) {
    double mean = 0;
    lw_fill_nan (p, 3);
    g_assert_cmpint (lw_reps_contextual_weights (rewards, 3, &features, NULL, epsilon, p, NULL, &report), ==, LW_OK);
    lw_assert_close (reps_sum (p, 3), 1, 1e-15, 0);
    for (size_t i = 0; i < 3; i++)
      mean += p[i] * storage[2 * i];
    lw_assert_close (mean, 0, 0, 1e-6);
  }
}

/* Features that span nearly all there is to choose: steps that are too long are taken back, and it does not take many. */
static void
test_many_features (void)
{
  enum { n = 20, f = 6 };
  double rewards[n], storage[n * f], p[n];
  LwMat features = lw_mat_view (storage, n, f);
  LwRepsReport report;
  LwRng rng;

  lw_rng_init (&rng, 127, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < n; i++) {
    double x = lw_rng_normal (&rng);
    rewards[i] = i % 2 == 0 ? 0 : 1;
    for (size_t j = 0; j < f; j++)
      lw_mat_set (&features, i, j, pow (x, (double) j + 1));
  }
  for (double epsilon = 0.5; epsilon < 5; epsilon *= 2) {
    g_assert_cmpint (lw_reps_contextual_weights (rewards, n, &features, NULL, epsilon, p, NULL, &report), ==, LW_OK);
    g_assert_true (report.converged);
    g_assert_cmpuint (report.iterations, <, 45);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reps/contextual/golden", test_golden);
  g_test_add_func ("/reps/contextual/conditions", test_conditions);
  g_test_add_func ("/reps/contextual/plain", test_plain);
  g_test_add_func ("/reps/contextual/prior-is-repetition", test_prior_is_repetition);
  g_test_add_func ("/reps/contextual/dependent-features", test_dependent_features);
  g_test_add_func ("/reps/contextual/greedy", test_greedy);
  g_test_add_func ("/reps/contextual/hard", test_hard);
  g_test_add_func ("/reps/contextual/many-features", test_many_features);
  return g_test_run ();
}
