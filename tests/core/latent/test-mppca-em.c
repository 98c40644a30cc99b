/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-npy-golden.h"
#include "lw-rng.h"
#include "planted-mixture.h"

#define GOLDEN 1e-9

static void
test_golden (void)
{
  g_auto (LwGolden) x = { 0 }, r0 = { 0 }, ll = { 0 }, log_pi = { 0 }, means = { 0 }, w = { 0 }, sigma_sq = { 0 },
                    r_final = { 0 };

  if (!lw_golden_load (&x, "golden/lampo/em3_X.npy"))
    return;
  g_assert_true (lw_golden_load (&r0, "golden/lampo/em3_R0.npy"));
  g_assert_true (lw_golden_load (&ll, "golden/lampo/em3_LL.npy"));
  g_assert_true (lw_golden_load (&log_pi, "golden/lampo/em3_log_pi.npy"));
  g_assert_true (lw_golden_load (&means, "golden/lampo/em3_means.npy"));
  g_assert_true (lw_golden_load (&w, "golden/lampo/em3_W.npy"));
  g_assert_true (lw_golden_load (&sigma_sq, "golden/lampo/em3_sigma_sq.npy"));
  g_assert_true (lw_golden_load (&r_final, "golden/lampo/em3_R_final.npy"));
  size_t K = w.dims[0], p = w.dims[1], d = w.dims[2], n = x.dims[0];
  LwMppcaSettings settings = settings_for (K, d);
  LwMat data = lw_golden_mat (&x), start = lw_golden_mat (&r0), log_resp;
  LwMppca model;
  LwMppcaReport report;
  double history[500];

  lw_fill_nan (history, 500);
  g_assert_cmpint (lw_mppca_em (&data, &start, &settings, NULL, &model, &report, history), ==, LW_OK);
  g_assert_cmpuint (report.iterations, ==, ll.n);
  lw_assert_close_array (history, ll.data, ll.n, GOLDEN, 0);
  lw_assert_untouched (history + ll.n, 500 - ll.n); /* NaN, like what was there */
  lw_assert_close_array (model.log_pi, log_pi.data, K, GOLDEN, 1e-12);
  lw_assert_close_array (model.noise_var, sigma_sq.data, K, GOLDEN, 0);
  lw_assert_close_to_largest (model.mean.data, means.data, K * p, GOLDEN);
  for (size_t k = 0; k < K; k++) { /* columns are known up to their sign: compare W W' */
    LwMat ours = lw_mppca_loading (&model, k), theirs = lw_mat_view (w.data + k * p * d, p, d), a, b;
    g_assert_cmpint (lw_mat_alloc (&a, p, p), ==, LW_OK);
    g_assert_cmpint (lw_mat_alloc (&b, p, p), ==, LW_OK);
    lw_syrk (1, &ours, false, 0, &a);
    lw_syrk (1, &theirs, false, 0, &b);
    lw_assert_close_to_largest (a.data, b.data, p * p, GOLDEN);
    lw_mat_clear (&a);
    lw_mat_clear (&b);
  }
  g_assert_cmpint (lw_mat_alloc (&log_resp, n, K), ==, LW_OK);
  g_assert_cmpint (lw_mppca_responsibilities (&model, &data, &log_resp, NULL), ==, LW_OK);
  for (size_t i = 0; i < n * K; i++)
    lw_assert_close (exp (log_resp.data[i]), r_final.data[i], 1e-7, 1e-9); /* an exponential of differences of 500 */
  lw_mat_clear (&log_resp);
  lw_mppca_clear (&model);
}

static void
test_monotone (void)
{
  LwMat x = planted_mixture (300, 3, 2, 10, 1.5, 0.2, 1, NULL);
  LwMppcaSettings settings = settings_for (3, 2);
  LwMppca model;
  LwMppcaReport report;
  double history[500];

  settings.tolerance = 1e-9;
  settings.seed = 4;
  lw_fill_nan (history, 500);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, history), ==, LW_OK);
  g_assert_true (report.converged);
  g_assert_cmpuint (report.iterations, >, 3);
  for (size_t i = 1; i < report.iterations; i++)
    g_assert_true (history[i] >= history[i - 1] - 1e-12 * fabs (history[i]));
  lw_assert_close (report.log_likelihood, history[report.iterations - 1], 0, 0);
  g_assert_true (report.largest_fall <= 1e-12 * fabs (report.log_likelihood));
  lw_assert_untouched (history + report.iterations, 500 - report.iterations);
  g_assert_true (report.lowest <= report.log_likelihood && report.log_likelihood <= report.highest);
  lw_mppca_clear (&model);
  lw_mat_clear (&x);
}

/* It ends with the first change that is small enough. */
static void
test_tolerance (void)
{
  LwMat x = planted_mixture (200, 2, 2, 8, 0.5, 0.3, 3, NULL), resp;
  LwMppcaSettings settings = settings_for (2, 2);
  LwMppca model;
  LwMppcaReport report;
  double history[500];

  g_assert_cmpint (lw_mat_alloc (&resp, 200, 2), ==, LW_OK);
  for (size_t i = 0; i < 200; i++) {
    lw_mat_set (&resp, i, 0, i % 3 == 0 ? 0.6 : 0.45);
    lw_mat_set (&resp, i, 1, i % 3 == 0 ? 0.4 : 0.55);
  }
  settings.tolerance = 0;
  settings.max_iterations = 60;
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, &report, history), ==, LW_OK);
  lw_mppca_clear (&model);
  for (double tolerance = 1e-2; tolerance > 1e-5; tolerance /= 1.7) {
    size_t expected = 1;
    while (expected < 60 && fabs (history[expected] - history[expected - 1]) > tolerance)
      expected++;
    settings.tolerance = tolerance;
    g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, &report, NULL), ==, LW_OK);
    g_assert_cmpuint (report.iterations, ==, MIN (expected + 1, 60));
    lw_mppca_clear (&model);
  }
  lw_mat_clear (&resp);
  lw_mat_clear (&x);
}

static void
test_plain (void)
{
  enum { N = 150, P = 60, K = 3, D = 2, ITERATIONS = 6 };
  LwMat x = planted_mixture (N, K, D, P, 0.4, 0.05, 12, NULL), resp, r, s, w;
  LwMppcaSettings settings = settings_for (K, D);
  LwMppca model;
  LwMppcaReport report;
  LwRng rng;
  double history[ITERATIONS];

  g_assert_cmpint (lw_mat_alloc (&resp, N, K), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&r, N, K), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&s, P, P), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&w, P, P), ==, LW_OK);
  lw_rng_init (&rng, 6, LW_RNG_TEST, 3, 0);
  for (size_t i = 0; i < N; i++) {
    double sum = 0;
    for (size_t k = 0; k < K; k++) {
      lw_mat_set (&resp, i, k, lw_rng_uniform (&rng) + (i % K == k));
      sum += lw_mat_get (&resp, i, k);
    }
    for (size_t k = 0; k < K; k++)
      lw_mat_row (&resp, i)[k] /= sum;
  }
  lw_mat_copy (&resp, &r);
  settings.max_iterations = ITERATIONS;
  settings.tolerance = 0;
  lw_fill_nan (history, ITERATIONS);
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, &report, history), ==, LW_OK);
  for (size_t t = 0; t < ITERATIONS; t++) {
    double total = 0;
    static double joint[N][K];
    for (size_t k = 0; k < K; k++) {
      double weight = 0, mean[P] = { 0 }, values[P], noise = 0;
      for (size_t i = 0; i < N; i++)
        weight += lw_mat_get (&r, i, k);
      for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < P; j++)
          mean[j] += lw_mat_get (&r, i, k) * lw_mat_get (&x, i, j) / weight;
      lw_mat_fill (&s, 0);
      for (size_t i = 0; i < N; i++)
        for (size_t a = 0; a < P; a++)
          for (size_t b = 0; b < P; b++)
            lw_mat_row (&s, a)[b] += lw_mat_get (&r, i, k) * (lw_mat_get (&x, i, a) - mean[a]) * (lw_mat_get (&x, i, b) - mean[b])
                                     / weight;
      g_assert_cmpint (lw_eig_sym (&s, values), ==, LW_OK);
      for (size_t j = 0; j + D < P; j++)
        noise += values[j] / (P - D);
      lw_mat_fill (&w, 0);
      for (size_t a = 0; a < P; a++) {
        lw_mat_set (&w, a, a, noise);
        for (size_t b = 0; b < P; b++)
          for (size_t q = P - D; q < P; q++)
            lw_mat_row (&w, a)[b] += (values[q] - noise) * lw_mat_get (&s, q, a) * lw_mat_get (&s, q, b);
      }
      g_assert_cmpint (lw_chol_factor (&w), ==, LW_OK);
      for (size_t i = 0; i < N; i++) {
        double e[P];
        for (size_t j = 0; j < P; j++)
          e[j] = lw_mat_get (&x, i, j) - mean[j];
        lw_tri_solve (&w, false, e);
        joint[i][k] = log (weight / N) - 0.5 * (lw_dot (e, e, P) + lw_chol_logdet (&w) + P * log (2 * G_PI));
      }
    }
    for (size_t i = 0; i < N; i++) {
      double highest = fmax (joint[i][0], fmax (joint[i][1], joint[i][2])), sum = 0;
      for (size_t k = 0; k < K; k++)
        sum += exp (joint[i][k] - highest);
      total += (highest + log (sum)) / N;
      for (size_t k = 0; k < K; k++)
        lw_mat_set (&r, i, k, exp (joint[i][k] - highest) / sum);
    }
    lw_assert_close (history[t], total, 1e-10, 0);
    g_assert_true (t == 0 || history[t] >= history[t - 1] - 1e-12 * fabs (history[t]));
  }
  lw_mppca_clear (&model);
  lw_mat_clear (&x);
  lw_mat_clear (&resp);
  lw_mat_clear (&r);
  lw_mat_clear (&s);
  lw_mat_clear (&w);
}

static void
test_empty_component (void)
{
  LwMat x = planted_mixture (30, 1, 2, 5, 0, 0.1, 8, NULL), resp;
  LwMppcaSettings settings = settings_for (2, 1);
  LwMppca model;
  LwMppcaReport report;

  g_assert_cmpint (lw_mat_alloc (&resp, 30, 2), ==, LW_OK);
  for (size_t i = 0; i < 30; i++)
    lw_mat_set (&resp, i, 0, 1);
  settings.max_iterations = 1;
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, &report, NULL), ==, LW_OK);
  g_assert_true (isfinite (model.log_pi[1]) && model.log_pi[1] < -20);
  g_assert_true (lw_mat_is_finite (&model.loading) && lw_mat_is_finite (&model.mean));
  g_assert_cmpuint (report.n_singletons, ==, 1);
  lw_mppca_clear (&model);
  lw_mat_clear (&resp);
  lw_mat_clear (&x);
}

/* With d = p a component of one sample has variance nowhere; it must still be far from the other samples. */
static void
test_all_directions (void)
{
  double data[4] = { 0.3, 1, -1.1, 0.5 }, start[4] = { 1, 0, 0, 1 };
  LwMat x = lw_mat_view (data, 2, 2), resp = lw_mat_view (start, 2, 2);
  LwMppcaSettings settings = settings_for (2, 2);
  LwMppca model;
  LwMppcaReport report;

  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, &report, NULL), ==, LW_OK);
  for (size_t k = 0; k < 2; k++) {
    lw_assert_close_array (lw_mat_row (&model.mean, k), lw_mat_row (&x, k), 2, 1e-12, 0);
    lw_assert_close (model.log_pi[k], log (0.5), 1e-12, 0);
  }
  lw_assert_close (report.log_likelihood, log (0.5) - log (2 * G_PI * settings.noise_floor), 1e-12, 0);
  g_assert_cmpfloat (report.largest_fall, <=, 1e-12);
  lw_mppca_clear (&model);
}

static void
test_refused (void)
{
  LwMat x = planted_mixture (6, 2, 1, 3, 1, 0.1, 8, NULL), resp;
  LwMppcaSettings settings = settings_for (2, 1);
  LwMppca model = { .K = 77 };

  g_assert_cmpint (lw_mat_alloc (&resp, 6, 2), ==, LW_OK);
  lw_mat_fill (&resp, 0.5);
  lw_mat_set (&resp, 3, 0, 0.6);
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, NULL, NULL), ==, LW_ERR_RANGE);
  lw_mat_set (&resp, 3, 0, -0.5);
  lw_mat_set (&resp, 3, 1, 1.5);
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, NULL, NULL), ==, LW_ERR_RANGE);
  lw_mat_set (&resp, 3, 0, (double) NAN);
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, NULL, NULL), ==, LW_ERR_NOT_FINITE);
  resp.rows = 5;
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, NULL, NULL), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (model.K, ==, 77);
  lw_mat_clear (&resp);
  lw_mat_clear (&x);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mppca/em/golden", test_golden);
  g_test_add_func ("/mppca/em/monotone", test_monotone);
  g_test_add_func ("/mppca/em/tolerance", test_tolerance);
  g_test_add_func ("/mppca/em/plain", test_plain);
  g_test_add_func ("/mppca/em/empty-component", test_empty_component);
  g_test_add_func ("/mppca/em/all-directions", test_all_directions);
  g_test_add_func ("/mppca/em/refused", test_refused);
  return g_test_run ();
}
