/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reps.h"

#include <float.h>
#include <math.h>

#include "lw-assert-close.h"
#include "reps-draw.h"

/* ---- golden ---- */

static void
test_golden (void)
{
  static const char *const epsilons[] = { "0.5", "1.0", "2.0" };
  g_auto (LwGolden) rewards = { 0 };
  double low = INFINITY, high = -INFINITY;

  if (!lw_golden_load (&rewards, "golden/ps/in_R.npy"))
    return;
  for (size_t i = 0; i < rewards.n; i++) {
    low = fmin (low, rewards.data[i]);
    high = fmax (high, rewards.data[i]);
  }
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++) {
    g_auto (LwGolden) eta = { 0 }, w = { 0 };
    double epsilon = g_ascii_strtod (epsilons[e], NULL);
    g_autofree double *p = g_new (double, rewards.n);
    LwRepsReport report;

    reps_golden (&eta, "reps", epsilons[e], "eta_normR");
    reps_golden (&w, "reps", epsilons[e], "w");
    lw_fill_nan (p, rewards.n);
    g_assert_cmpint (lw_reps_weights (rewards.data, rewards.n, NULL, epsilon, p, &report), ==, LW_OK);
    g_assert_true (report.converged);
    /* The reference solved with rewards scaled to [0, 1]. */
    lw_assert_close (report.eta / (high - low), eta.data[0], 1e-6, 0);
    lw_assert_close_array (p, w.data, w.n, 1e-6, 1e-9);
    lw_assert_close (report.kl, epsilon, 1e-12, 0);
  }
}

/* ---- the optimum, by its conditions ---- */

static void
test_conditions (void)
{
  static const double epsilons[] = { 1e-12, 1e-4, 0.1, 1.0, 2.0 };
  double rewards[REPS_N], log_prior[REPS_N], p[REPS_N];
  LwRepsReport report;

  reps_draw (rewards, log_prior, NULL, 1);
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++) {
    double epsilon = epsilons[e], dual = 0.0, z = 0.0, q = 0.0;

    g_assert_cmpint (lw_reps_weights (rewards, REPS_N, log_prior, epsilon, p, &report), ==, LW_OK);
    g_assert_true (report.converged);
    g_assert_cmpuint (report.iterations, <, 30);
    lw_assert_close (report.kl, epsilon, 1e-9, 0);
    lw_assert_close (reps_sum (p, REPS_N), 1.0, 1e-12, 0);
    /* The definition loses digits to cancellation where KL is tiny. */
    lw_assert_close (reps_kl (p, log_prior, REPS_N), epsilon, 1e-8, 1e-13);
    for (size_t i = 0; i < REPS_N; i++) {
      q += exp (log_prior[i]);
      z += exp (log_prior[i] + (rewards[i] - 5.0) / report.eta);
    }
    for (size_t i = 0; i < REPS_N && epsilon > 1e-8; i++)
      lw_assert_close (p[i], exp (log_prior[i] + (rewards[i] - 5.0) / report.eta) / z, 1e-9, 1e-300);
    dual = report.eta * epsilon + 5.0 + report.eta * log (z / q);
    if (epsilon > 1e-8)
      lw_assert_close (report.dual, dual, 1e-9, 1e-9);
  }
}

/* ---- invariants ---- */

/* Rewards a R + b: the same weights, eta a times as large; over the whole range of doubles. */
static void
test_scales (void)
{
  static const double factors[] = { 1e-300, 1e-100, 1e-3, 1e8, 1e100, 1e300 };
  double rewards[REPS_N], scaled[REPS_N], p[REPS_N], q[REPS_N], storage[2 * REPS_N], v[2], w[2];
  LwMat features = lw_mat_view (storage, REPS_N, 2);
  LwRepsReport one, other;

  reps_draw (rewards, NULL, &features, 4);
  for (int contextual = 0; contextual < 2; contextual++)
    for (size_t k = 0; k < G_N_ELEMENTS (factors); k++) {
      for (size_t i = 0; i < REPS_N; i++)
        scaled[i] = factors[k] * rewards[i];
      if (contextual) {
        g_assert_cmpint (lw_reps_contextual_weights (rewards, REPS_N, &features, NULL, 0.7, p, v, &one), ==, LW_OK);
        g_assert_cmpint (lw_reps_contextual_weights (scaled, REPS_N, &features, NULL, 0.7, q, w, &other), ==, LW_OK);
        lw_assert_close (w[0] / factors[k], v[0], 1e-8, 0);
      } else {
        g_assert_cmpint (lw_reps_weights (rewards, REPS_N, NULL, 0.7, p, &one), ==, LW_OK);
        g_assert_cmpint (lw_reps_weights (scaled, REPS_N, NULL, 0.7, q, &other), ==, LW_OK);
      }
      lw_assert_close (other.eta / factors[k], one.eta, 1e-8, 0);
      lw_assert_close_array (q, p, REPS_N, 1e-8, 1e-14);
    }
  for (size_t i = 0; i < REPS_N; i++)
    scaled[i] = i % 2 == 0 ? DBL_MAX : -DBL_MAX;
  g_assert_cmpint (lw_reps_weights (scaled, REPS_N, NULL, 0.1, p, &one), ==, LW_OK);
  lw_assert_close (one.kl, 0.1, 1e-9, 0);
}

/* One reward far below all others must not flatten these. */
static void
test_outlier (void)
{
  static const double depths[] = { 1e3, 1e8, 1e15 };
  double rewards[REPS_N], p[REPS_N];
  LwRepsReport report;

  for (size_t k = 0; k < G_N_ELEMENTS (depths); k++) {
    reps_draw (rewards, NULL, NULL, 5);
    rewards[7] = -depths[k];
    g_assert_cmpint (lw_reps_weights (rewards, REPS_N, NULL, 1.0, p, &report), ==, LW_OK);
    g_assert_true (report.converged);
    g_assert_cmpfloat (report.eta, <, 10.0);
    g_assert_cmpfloat (p[7], <, 1e-12);
  }
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
  g_assert_true (report.eta == 0.0 && report.iterations == 0);
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
  double rewards[REPS_N], log_prior[REPS_N], p[REPS_N], storage[REPS_N];
  LwMat features = lw_mat_view (storage, REPS_N, 1);
  LwRepsReport report;

  reps_draw (rewards, log_prior, &features, 8);
  for (size_t i = 0; i < REPS_N; i++)
    log_prior[i] = 500.0 * log_prior[i] - 1e5;
  g_assert_cmpint (lw_reps_weights (rewards, REPS_N, log_prior, 0.5, p, &report), ==, LW_OK);
  lw_assert_close (reps_sum (p, REPS_N), 1.0, 1e-12, 0);
  g_assert_cmpfloat (report.kl, <=, 0.5 * (1.0 + 1e-9));
  g_assert_cmpint (lw_reps_contextual_weights (rewards, REPS_N, &features, log_prior, 0.5, p, NULL, &report), ==, LW_OK);
  lw_assert_close (reps_sum (p, REPS_N), 1.0, 1e-12, 0);
  g_assert_cmpfloat (report.kl, <=, 0.5 * (1.0 + 1e-9));
}

/* Rewards that differ by less than numbers can divide by: the best two share, and nothing overflows on the way there. */
static void
test_almost_equal (void)
{
  double rewards[3] = { 1e-310, 0, -1 }, p[3];
  LwRepsReport report;

  for (double epsilon = 0.3; epsilon < log (3); epsilon += 0.05) {
    lw_fill_nan (p, 3);
    g_assert_cmpint (lw_reps_weights (rewards, 3, NULL, epsilon, p, &report), ==, LW_OK);
    g_assert_true (report.converged && isfinite (report.kl) && isfinite (report.ess));
    lw_assert_close (reps_sum (p, 3), 1, 1e-15, 0);
    lw_assert_close (p[0], p[1], 1e-3, 0);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reps/golden", test_golden);
  g_test_add_func ("/reps/conditions", test_conditions);
  g_test_add_func ("/reps/scales", test_scales);
  g_test_add_func ("/reps/outlier", test_outlier);
  g_test_add_func ("/reps/degenerate", test_degenerate);
  g_test_add_func ("/reps/refused", test_refused);
  g_test_add_func ("/reps/underflow", test_underflow);
  g_test_add_func ("/reps/almost-equal", test_almost_equal);
  return g_test_run ();
}
