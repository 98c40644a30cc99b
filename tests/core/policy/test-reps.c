/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reps.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"
#include "lw-rng.h"

/* ---- golden ---- */

static void
load (LwGolden *golden, const char *kind, const char *epsilon, const char *what)
{
  g_autofree char *name = g_strdup_printf ("golden/ps/%s_eps%s_%s.npy", kind, epsilon, what);

  g_assert_true (lw_golden_load (golden, name));
}

static void
test_golden (void)
{
  static const char *const epsilons[] = { "0.5", "1.0", "2.0" };
  g_auto (LwGolden) rewards = { 0 };
  double low = INFINITY, high = -INFINITY;

  if (!lw_golden_load (&rewards, "golden/ps/in_R.npy"))
    return;
  for (size_t i = 0; i < rewards.n; i++)
    {
      low = fmin (low, rewards.data[i]);
      high = fmax (high, rewards.data[i]);
    }
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++)
    {
      g_auto (LwGolden) eta = { 0 }, w = { 0 };
      double epsilon = g_ascii_strtod (epsilons[e], NULL);
      g_autofree double *p = g_new (double, rewards.n);
      LwRepsReport report;

      load (&eta, "reps", epsilons[e], "eta_normR");
      load (&w, "reps", epsilons[e], "w");
      lw_fill_nan (p, rewards.n);
      g_assert_cmpint (lw_reps_weights (rewards.data, rewards.n, NULL, epsilon, p, &report), ==, LW_OK);
      g_assert_true (report.converged);
      /* The reference solved with rewards scaled to [0, 1]. */
      lw_assert_close (report.eta / (high - low), eta.data[0], 1e-6, 0);
      lw_assert_close_array (p, w.data, w.n, 1e-6, 1e-9);
      lw_assert_close (report.kl, epsilon, 1e-12, 0);
    }
}

static void
test_golden_contextual (void)
{
  static const char *const epsilons[] = { "0.5", "1.0" };
  g_auto (LwGolden) rewards = { 0 }, features = { 0 };
  LwMat phi;

  if (!lw_golden_load (&rewards, "golden/ps/in_R.npy") || !lw_golden_load (&features, "golden/ps/in_S.npy"))
    return;
  phi = lw_golden_mat (&features);
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++)
    {
      g_auto (LwGolden) eta = { 0 }, w = { 0 }, dual = { 0 }, peer = { 0 };
      double epsilon = g_ascii_strtod (epsilons[e], NULL), v[6];
      g_autofree double *p = g_new (double, rewards.n);
      LwRepsReport report;

      load (&eta, "creps", epsilons[e], "eta");
      load (&w, "creps", epsilons[e], "w");
      load (&dual, "creps", epsilons[e], "dual");
      load (&peer, "creps", epsilons[e], "bolero_eta_nu");
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

/* ---- the optimum, by its conditions ---- */

#define N 60

static void
draw (double *rewards, double *log_prior, LwMat *features, uint32_t stream)
{
  LwRng rng;

  lw_rng_init (&rng, 11, LW_RNG_TEST, stream, 0);
  for (size_t i = 0; i < N; i++)
    {
      rewards[i] = lw_rng_normal (&rng);
      if (log_prior != NULL)
        log_prior[i] = 2.0 * lw_rng_normal (&rng);
      for (size_t j = 0; features != NULL && j < features->cols; j++)
        lw_mat_set (features, i, j, lw_rng_normal (&rng));
      if (features != NULL && features->cols > 0)
        rewards[i] += 3.0 * lw_mat_get (features, i, 0);
    }
}

/* KL of @p from the prior, as the definition says. */
static double
kl_of (const double *p, const double *log_prior, size_t n)
{
  double sum = 0.0, z = 0.0;

  for (size_t i = 0; i < n; i++)
    z += log_prior != NULL ? exp (log_prior[i]) : 1.0;
  for (size_t i = 0; i < n; i++)
    if (p[i] > 0.0)
      sum += p[i] * (log (p[i]) - (log_prior != NULL ? log_prior[i] : 0.0) + log (z));
  return sum;
}

static double
sum_of (const double *p, size_t n)
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++)
    sum += p[i];
  return sum;
}

static void
test_conditions (void)
{
  static const double epsilons[] = { 1e-12, 1e-4, 0.1, 1.0, 2.0 };
  double rewards[N], log_prior[N], p[N];
  LwRepsReport report;

  draw (rewards, log_prior, NULL, 1);
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++)
    {
      double epsilon = epsilons[e], dual = 0.0, z = 0.0, q = 0.0;

      g_assert_cmpint (lw_reps_weights (rewards, N, log_prior, epsilon, p, &report), ==, LW_OK);
      g_assert_true (report.converged);
      g_assert_cmpuint (report.iterations, <, 30);
      lw_assert_close (report.kl, epsilon, 1e-9, 0);
      lw_assert_close (sum_of (p, N), 1.0, 1e-12, 0);
      /* The definition loses digits to cancellation where KL is tiny. */
      lw_assert_close (kl_of (p, log_prior, N), epsilon, 1e-8, 1e-13);
      for (size_t i = 0; i < N; i++)
        {
          q += exp (log_prior[i]);
          z += exp (log_prior[i] + (rewards[i] - 5.0) / report.eta);
        }
      for (size_t i = 0; i < N && epsilon > 1e-8; i++)
        lw_assert_close (p[i], exp (log_prior[i] + (rewards[i] - 5.0) / report.eta) / z, 1e-9, 1e-300);
      dual = report.eta * epsilon + 5.0 + report.eta * log (z / q);
      if (epsilon > 1e-8)
        lw_assert_close (report.dual, dual, 1e-9, 1e-9);
    }
}

/* Means of features kept, KL met, the form of the solution, and no other reward order than by R - v'phi. */
static void
test_contextual_conditions (void)
{
  static const double epsilons[] = { 1e-10, 1e-3, 0.2, 1.0 };
  double rewards[N], log_prior[N], p[N], v[3], storage[3 * N];
  LwMat features = lw_mat_view (storage, N, 3);
  LwRepsReport report;

  draw (rewards, log_prior, &features, 2);
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++)
    {
      double z = 0.0, check[N];

      g_assert_cmpint (lw_reps_contextual_weights (rewards, N, &features, log_prior, epsilons[e], p, v, &report), ==, LW_OK);
      g_assert_true (report.converged);
      lw_assert_close (report.kl, epsilons[e], 1e-8, 0);
      lw_assert_close (kl_of (p, log_prior, N), epsilons[e], 1e-8, 1e-13);
      for (size_t j = 0; j < 3; j++)
        {
          double moved = 0.0, q = 0.0, before = 0.0;

          for (size_t i = 0; i < N; i++)
            {
              q += exp (log_prior[i]);
              before += exp (log_prior[i]) * lw_mat_get (&features, i, j);
              moved += p[i] * lw_mat_get (&features, i, j);
            }
          lw_assert_close (moved, before / q, 1e-9, 1e-10);
        }
      for (size_t i = 0; i < N; i++)
        {
          double advantage = rewards[i];

          for (size_t j = 0; j < 3; j++)
            advantage -= v[j] * lw_mat_get (&features, i, j);
          check[i] = log_prior[i] + advantage / report.eta;
          z = i == 0 ? check[i] : fmax (z, check[i]);
        }
      for (size_t i = 0; i < N; i++)
        check[i] = exp (check[i] - z);
      z = sum_of (check, N);
      for (size_t i = 0; i < N; i++)
        lw_assert_close (p[i], check[i] / z, 1e-6, 1e-12);
    }
}

/* Without features, or with a constant one, the contextual dual is the plain one. */
static void
test_plain_and_contextual (void)
{
  double rewards[N], p[N], with[N], ones[N], v = NAN;
  LwMat none = lw_mat_view (NULL, N, 0), constant = lw_mat_view (ones, N, 1);
  LwRepsReport plain, contextual;

  draw (rewards, NULL, NULL, 3);
  for (size_t i = 0; i < N; i++)
    ones[i] = 7.0;
  g_assert_cmpint (lw_reps_weights (rewards, N, NULL, 0.5, p, &plain), ==, LW_OK);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, N, &none, NULL, 0.5, with, NULL, NULL), ==, LW_OK);
  lw_assert_close_array (with, p, N, 0, 0);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, N, &constant, NULL, 0.5, with, &v, &contextual), ==, LW_OK);
  lw_assert_close_array (with, p, N, 0, 0);
  g_assert_cmpfloat (v, ==, 0.0);
  lw_assert_close (contextual.eta, plain.eta, 0, 0);
}

/* ---- invariants ---- */

/* Rewards a R + b: the same weights, eta a times as large; over the whole range of doubles. */
static void
test_scales (void)
{
  static const double factors[] = { 1e-300, 1e-100, 1e-3, 1e8, 1e100, 1e300 };
  double rewards[N], scaled[N], p[N], q[N], storage[2 * N], v[2], w[2];
  LwMat features = lw_mat_view (storage, N, 2);
  LwRepsReport one, other;

  draw (rewards, NULL, &features, 4);
  for (int contextual = 0; contextual < 2; contextual++)
    for (size_t k = 0; k < G_N_ELEMENTS (factors); k++)
      {
        for (size_t i = 0; i < N; i++)
          scaled[i] = factors[k] * rewards[i];
        if (contextual)
          {
            g_assert_cmpint (lw_reps_contextual_weights (rewards, N, &features, NULL, 0.7, p, v, &one), ==, LW_OK);
            g_assert_cmpint (lw_reps_contextual_weights (scaled, N, &features, NULL, 0.7, q, w, &other), ==, LW_OK);
            lw_assert_close (w[0] / factors[k], v[0], 1e-8, 0);
          }
        else
          {
            g_assert_cmpint (lw_reps_weights (rewards, N, NULL, 0.7, p, &one), ==, LW_OK);
            g_assert_cmpint (lw_reps_weights (scaled, N, NULL, 0.7, q, &other), ==, LW_OK);
          }
        lw_assert_close (other.eta / factors[k], one.eta, 1e-8, 0);
        lw_assert_close_array (q, p, N, 1e-8, 1e-14);
      }
  for (size_t i = 0; i < N; i++)
    scaled[i] = i % 2 == 0 ? DBL_MAX : -DBL_MAX;
  g_assert_cmpint (lw_reps_weights (scaled, N, NULL, 0.1, p, &one), ==, LW_OK);
  lw_assert_close (one.kl, 0.1, 1e-9, 0);
}

/* One reward far below all others must not flatten these. */
static void
test_outlier (void)
{
  static const double depths[] = { 1e3, 1e8, 1e15 };
  double rewards[N], p[N];
  LwRepsReport report;

  for (size_t k = 0; k < G_N_ELEMENTS (depths); k++)
    {
      draw (rewards, NULL, NULL, 5);
      rewards[7] = -depths[k];
      g_assert_cmpint (lw_reps_weights (rewards, N, NULL, 1.0, p, &report), ==, LW_OK);
      g_assert_true (report.converged);
      g_assert_cmpfloat (report.eta, <, 10.0);
      g_assert_cmpfloat (p[7], <, 1e-12);
    }
}

/* Episodes twice are the same as with twice the prior weight. */
static void
test_prior_is_repetition (void)
{
  double rewards[N], twice[N + 20], log_prior[N], p[N], q[N + 20], storage[N], more[N + 20];
  LwMat features = lw_mat_view (storage, N, 1), long_features = lw_mat_view (more, N + 20, 1);
  LwRepsReport one, other;

  draw (rewards, NULL, &features, 6);
  for (size_t i = 0; i < N + 20; i++)
    {
      twice[i] = rewards[i % N];
      more[i] = storage[i % N];
      if (i < N)
        log_prior[i] = i < 20 ? log (2.0) : 0.0;
    }
  g_assert_cmpint (lw_reps_contextual_weights (rewards, N, &features, log_prior, 0.4, p, NULL, &one), ==, LW_OK);
  g_assert_cmpint (lw_reps_contextual_weights (twice, N + 20, &long_features, NULL, 0.4, q, NULL, &other), ==, LW_OK);
  lw_assert_close (one.eta, other.eta, 1e-9, 0);
  for (size_t i = 0; i < N; i++)
    lw_assert_close (p[i], q[i] + (i < 20 ? q[N + i] : 0.0), 1e-8, 1e-14);
}

/* A column twice, a constant one, and units that differ by 1e12: the same weights, and a finite baseline. */
static void
test_dependent_features (void)
{
  double rewards[N], p[N], q[N], storage[2 * N], more[5 * N], v[5];
  LwMat features = lw_mat_view (storage, N, 2), many = lw_mat_view (more, N, 5);

  draw (rewards, NULL, &features, 7);
  for (size_t i = 0; i < N; i++)
    {
      lw_mat_set (&many, i, 0, 1.0);
      lw_mat_set (&many, i, 1, lw_mat_get (&features, i, 0));
      lw_mat_set (&many, i, 2, 1e12 * lw_mat_get (&features, i, 1));
      lw_mat_set (&many, i, 3, lw_mat_get (&features, i, 0));
      lw_mat_set (&many, i, 4, 0.0);
    }
  g_assert_cmpint (lw_reps_contextual_weights (rewards, N, &features, NULL, 0.4, p, NULL, NULL), ==, LW_OK);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, N, &many, NULL, 0.4, q, v, NULL), ==, LW_OK);
  lw_assert_close_array (q, p, N, 1e-7, 1e-12);
  g_assert_true (v[0] == 0.0 && v[4] == 0.0);
  lw_assert_close (v[1], v[3], 1e-6, 0);
}

/* ---- what there is nothing to choose in, and what is refused ---- */

static void
test_degenerate (void)
{
  double rewards[4] = { 2.0, 2.0, 2.0, 2.0 }, p[4], line[4] = { 0.0, 1.0, 2.0, 3.0 }, v, storage[8];
  LwMat features = lw_mat_view (line, 4, 1), wide = lw_mat_view (storage, 2, 4);
  double prior[4] = { 0.0, log (3.0), -INFINITY, 0.0 };
  LwRepsReport report;

  g_assert_cmpint (lw_reps_weights (rewards, 4, NULL, 0.5, p, &report), ==, LW_OK);
  lw_assert_close_array (p, ((double[]){ 0.25, 0.25, 0.25, 0.25 }), 4, 1e-15, 0);
  g_assert_true (report.converged && report.kl == 0.0 && report.eta == 0.0);
  g_assert_cmpint (lw_reps_weights (rewards, 4, prior, 0.5, p, &report), ==, LW_OK);
  lw_assert_close_array (p, ((double[]){ 0.2, 0.6, 0.0, 0.2 }), 4, 1e-15, 0);
  lw_assert_close (report.ess, 1.0 / 0.44, 1e-12, 0);
  g_assert_cmpint (lw_reps_weights (rewards, 1, NULL, 0.5, p, &report), ==, LW_OK);
  lw_assert_close (p[0], 1.0, 1e-15, 0);

  /* Rewards that the features explain. */
  for (size_t i = 0; i < 4; i++)
    rewards[i] = 5.0 - 2.0 * line[i];
  g_assert_cmpint (lw_reps_contextual_weights (rewards, 4, &features, NULL, 0.5, p, &v, &report), ==, LW_OK);
  lw_assert_close_array (p, ((double[]){ 0.25, 0.25, 0.25, 0.25 }), 4, 1e-12, 0);
  lw_assert_close (v, -2.0, 1e-9, 0);

  /* No bound: all on the best; shared when there are two; also by infinity. */
  g_assert_cmpint (lw_reps_weights (rewards, 4, NULL, 100.0, p, &report), ==, LW_OK);
  lw_assert_close_array (p, ((double[]){ 1.0, 0.0, 0.0, 0.0 }), 4, 1e-15, 0);
  lw_assert_close (report.kl, log (4.0), 1e-12, 0);
  rewards[2] = 5.0;
  g_assert_cmpint (lw_reps_weights (rewards, 4, NULL, INFINITY, p, &report), ==, LW_OK);
  lw_assert_close_array (p, ((double[]){ 0.5, 0.0, 0.5, 0.0 }), 4, 1e-15, 0);
  g_assert_true (report.converged);

  /* More features than samples leave only the prior. */
  for (size_t i = 0; i < 8; i++)
    storage[i] = sin ((double) i);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, 2, &wide, NULL, 0.5, p, NULL, &report), ==, LW_OK);
  lw_assert_close_array (p, ((double[]){ 0.5, 0.5 }), 2, 1e-12, 0);
}

/* With features and no bound: the linear program's optimum, here by hand. Contexts -1 and 1 must both keep half the weight. */
static void
test_contextual_greedy (void)
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

static void
test_refused (void)
{
  double rewards[3] = { 0.0, 1.0, NAN }, prior[3] = { -INFINITY, -INFINITY, -INFINITY }, p[3], line[3] = { 0.0, 1.0, INFINITY };
  LwMat features = lw_mat_view (line, 3, 1), fewer = lw_mat_view (line, 2, 1);

  lw_fill_nan (p, 3);
  g_assert_cmpint (lw_reps_weights (rewards, 3, NULL, 0.5, p, NULL), ==, LW_ERR_NOT_FINITE);
  rewards[2] = INFINITY;
  g_assert_cmpint (lw_reps_weights (rewards, 3, NULL, 0.5, p, NULL), ==, LW_ERR_NOT_FINITE);
  rewards[2] = 2.0;
  g_assert_cmpint (lw_reps_weights (rewards, 3, NULL, 0.0, p, NULL), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_reps_weights (rewards, 3, NULL, NAN, p, NULL), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_reps_weights (rewards, 3, NULL, -1.0, p, NULL), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_reps_weights (rewards, 0, NULL, 0.5, p, NULL), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_reps_weights (rewards, 3, prior, 0.5, p, NULL), ==, LW_ERR_TOO_FEW);
  prior[1] = NAN;
  g_assert_cmpint (lw_reps_weights (rewards, 3, prior, 0.5, p, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, 3, &features, NULL, 0.5, p, NULL, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_reps_contextual_weights (rewards, 3, &fewer, NULL, 0.5, p, NULL, NULL), ==, LW_ERR_SHAPE);
  lw_assert_untouched (p, 3);
}

/* Prior weights that underflow (importance weights of a policy long left behind) still sum to 1 and keep to the bound. */
static void
test_underflow (void)
{
  double rewards[N], log_prior[N], p[N], storage[N];
  LwMat features = lw_mat_view (storage, N, 1);
  LwRepsReport report;

  draw (rewards, log_prior, &features, 8);
  for (size_t i = 0; i < N; i++)
    log_prior[i] = 500.0 * log_prior[i] - 1e5;
  g_assert_cmpint (lw_reps_weights (rewards, N, log_prior, 0.5, p, &report), ==, LW_OK);
  lw_assert_close (sum_of (p, N), 1.0, 1e-12, 0);
  g_assert_cmpfloat (report.kl, <=, 0.5 * (1.0 + 1e-9));
  g_assert_cmpint (lw_reps_contextual_weights (rewards, N, &features, log_prior, 0.5, p, NULL, &report), ==, LW_OK);
  lw_assert_close (sum_of (p, N), 1.0, 1e-12, 0);
  g_assert_cmpfloat (report.kl, <=, 0.5 * (1.0 + 1e-9));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reps/golden", test_golden);
  g_test_add_func ("/reps/golden-contextual", test_golden_contextual);
  g_test_add_func ("/reps/conditions", test_conditions);
  g_test_add_func ("/reps/contextual-conditions", test_contextual_conditions);
  g_test_add_func ("/reps/plain-and-contextual", test_plain_and_contextual);
  g_test_add_func ("/reps/scales", test_scales);
  g_test_add_func ("/reps/outlier", test_outlier);
  g_test_add_func ("/reps/prior-is-repetition", test_prior_is_repetition);
  g_test_add_func ("/reps/dependent-features", test_dependent_features);
  g_test_add_func ("/reps/degenerate", test_degenerate);
  g_test_add_func ("/reps/contextual-greedy", test_contextual_greedy);
  g_test_add_func ("/reps/refused", test_refused);
  g_test_add_func ("/reps/underflow", test_underflow);
  return g_test_run ();
}
