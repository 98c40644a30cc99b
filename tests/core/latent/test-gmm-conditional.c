/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-gmm-conditional.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"

enum { K = 3, P = 5, G = 2, Q = P - G };

static LwGmm
random_gmm (void)
{
  LwGmm gmm;
  LwRng rng;
  LwMat a;

  g_assert_cmpint (lw_gmm_alloc (&gmm, K, P), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&a, P, P), ==, LW_OK);
  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, gmm.mean.data, K * P);
  for (size_t k = 0; k < K; k++) {
    LwMat cov = lw_gmm_cov (&gmm, k);
    gmm.log_pi[k] = log ((double) (k + 1) / 6);
    lw_rng_normals (&rng, a.data, P * P);
    lw_syrk (1, &a, false, 0, &cov);
    for (size_t j = 0; j < P; j++)
      lw_mat_row (&cov, j)[j] += 0.3;
  }
  g_assert_cmpint (lw_gmm_factor (&gmm), ==, LW_OK);
  lw_mat_clear (&a);
  return gmm;
}

/* log N by Gauss-Jordan elimination with the determinant: slow, and nothing in common with the code under test. */
static double
naive_log_normal (const double *x, const double *mean, const LwMat *cov, size_t n)
{
  double a[P][2 * P] = { { 0 } }, det = 1, square = 0;

  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++)
      a[i][j] = lw_mat_get (cov, i, j);
    a[i][n + i] = 1;
  }
  for (size_t c = 0; c < n; c++) {
    double pivot = a[c][c];
    det *= pivot;
    for (size_t j = 0; j < 2 * n; j++)
      a[c][j] /= pivot;
    for (size_t i = 0; i < n; i++) {
      double factor = a[i][c];
      for (size_t j = 0; j < 2 * n && i != c; j++)
        a[i][j] -= factor * a[c][j];
    }
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      square += (x[i] - mean[i]) * a[i][n + j] * (x[j] - mean[j]);
  return -0.5 * ((double) n * log (2 * G_PI) + log (det) + square);
}

static void
test_gate (void)
{
  LwGmm gmm = random_gmm ();
  const double s[G] = { 0.4, -0.7 };
  double log_resp[K], scratch[K + P], sum = 0, expected[K];

  lw_fill_nan (log_resp, K);
  double log_p = lw_gmm_gate (&gmm, G, s, log_resp, scratch);
  for (size_t k = 0; k < K; k++) {
    LwMat cov = lw_gmm_cov (&gmm, k);
    expected[k] = exp (gmm.log_pi[k] + naive_log_normal (s, lw_mat_row (&gmm.mean, k), &cov, G));
    sum += expected[k];
  }
  lw_assert_close (log_p, log (sum), 1e-12, 0);
  for (size_t k = 0; k < K; k++)
    lw_assert_close (exp (log_resp[k]), expected[k] / sum, 1e-11, 0);
  lw_gmm_clear (&gmm);
}

/* p(k, z | s) = p(k) N(s, z | k) / p(s), and the draw's log_q is that of what was drawn. */
static void
test_densities (void)
{
  LwGmm gmm = random_gmm ();
  double log_resp[K], scratch[K + P], x[P] = { 0.4, -0.7 }, log_q;
  LwRng rng;

  lw_rng_init (&rng, 2, LW_RNG_TEST, 0, 0);
  double log_s = lw_gmm_gate (&gmm, G, x, log_resp, scratch);
  for (int draw = 0; draw < 50; draw++) {
    size_t k = lw_gmm_sample (&gmm, G, x, &rng, x + G, &log_q, scratch);
    g_assert_cmpuint (k, <, K);
    LwMat cov = lw_gmm_cov (&gmm, k);
    double joint = gmm.log_pi[k] + naive_log_normal (x, lw_mat_row (&gmm.mean, k), &cov, P);
    lw_assert_close (log_q, joint - log_s, 1e-10, 1e-10);
    lw_assert_close (log_resp[k] + lw_gmm_conditional_log_density (&gmm, k, G, x, x + G, scratch), joint - log_s, 1e-10, 1e-10);
  }
  lw_gmm_clear (&gmm);
}

/* Two dimensions in closed form: slope c / a, variance b - c^2 / a. */
static void
test_line (void)
{
  LwGmm gmm;
  double z = (double) NAN, scratch[3];
  const double s = 5;

  g_assert_cmpint (lw_gmm_alloc (&gmm, 1, 2), ==, LW_OK);
  lw_mat_set (&gmm.mean, 0, 0, 1);
  lw_mat_set (&gmm.mean, 0, 1, -2);
  lw_mat_set (&gmm.cov, 0, 0, 4);
  lw_mat_set (&gmm.cov, 0, 1, 3);
  lw_mat_set (&gmm.cov, 1, 0, 3);
  lw_mat_set (&gmm.cov, 1, 1, 9);
  g_assert_cmpint (lw_gmm_factor (&gmm), ==, LW_OK);
  lw_gmm_conditional_mean (&gmm, 0, 1, &s, &z, scratch);
  lw_assert_close (z, -2 + 0.75 * (5 - 1), 1e-14, 0);
  LwMat factor = lw_gmm_conditional_factor (&gmm, 0, 1);
  lw_assert_close (pow (lw_mat_get (&factor, 0, 0), 2), 9 - 9.0 / 4, 1e-14, 0);
  lw_gmm_clear (&gmm);
}

/* Moments of many draws, conditional and not. */
static void
test_sample (void)
{
  enum { DRAWS = 200000 };
  LwGmm gmm = random_gmm ();
  const double s[G] = { 0.4, -0.7 };
  double log_resp[K], scratch[K + P], z[Q], x[P];
  double count[K] = { 0 }, mean[K][Q] = { { 0 } }, square[K][Q][Q] = { { { 0 } } }, total[P] = { 0 };
  LwRng rng;

  lw_rng_init (&rng, 3, LW_RNG_TEST, 0, 0);
  lw_gmm_gate (&gmm, G, s, log_resp, scratch);
  for (int draw = 0; draw < DRAWS; draw++) {
    size_t k = lw_gmm_sample (&gmm, G, s, &rng, z, NULL, scratch);
    count[k] += 1;
    for (size_t i = 0; i < Q; i++) {
      mean[k][i] += z[i];
      for (size_t j = 0; j < Q; j++)
        square[k][i][j] += z[i] * z[j];
    }
    lw_gmm_sample (&gmm, 0, NULL, &rng, x, NULL, scratch);
    for (size_t i = 0; i < P; i++)
      total[i] += x[i] / DRAWS;
  }
  for (size_t k = 0; k < K; k++) {
    LwMat factor = lw_gmm_conditional_factor (&gmm, k, G), cov;
    double expected[Q];
    double n = count[k];
    g_assert_cmpint (lw_mat_alloc (&cov, Q, Q), ==, LW_OK);
    lw_gemm (1, &factor, false, &factor, true, 0, &cov);
    lw_gmm_conditional_mean (&gmm, k, G, s, expected, scratch);
    lw_assert_close (n / DRAWS, exp (log_resp[k]), 0, 0.005);
    for (size_t i = 0; i < Q; i++) {
      double scale = sqrt (lw_mat_get (&cov, i, i));
      lw_assert_close (mean[k][i] / n, expected[i], 0, 5 * scale / sqrt (n));
      for (size_t j = 0; j < Q; j++) {
        double sd = scale * sqrt (lw_mat_get (&cov, j, j));
        double sampled = square[k][i][j] / n - mean[k][i] / n * mean[k][j] / n;
        lw_assert_close (sampled, lw_mat_get (&cov, i, j), 0, 8 * sd / sqrt (n));
      }
    }
    lw_mat_clear (&cov);
  }
  for (size_t i = 0; i < P; i++) {
    double expected = 0;
    for (size_t k = 0; k < K; k++)
      expected += exp (gmm.log_pi[k]) * lw_mat_get (&gmm.mean, k, i);
    lw_assert_close (total[i], expected, 0, 0.05);
  }
  lw_gmm_clear (&gmm);
}

/* However far a context lies, somebody is responsible, and it is whom the limit says. */
static void
test_far (void)
{
  LwGmm gmm = random_gmm ();
  double log_resp[K], near[K], scratch[K + P], z[Q];
  const double direction[G] = { 1, -0.5 };
  LwRng rng;

  lw_rng_init (&rng, 4, LW_RNG_TEST, 0, 0);
  for (double distance = 1e2; distance < 1e300; distance *= 1e6) {
    double s[G] = { distance * direction[0], distance * direction[1] }, sum = 0, log_q = (double) NAN;
    lw_gmm_gate (&gmm, G, s, log_resp, scratch);
    for (size_t k = 0; k < K; k++) {
      g_assert_false (isnan (log_resp[k]));
      sum += exp (log_resp[k]);
    }
    lw_assert_close (sum, 1, 1e-12, 0);
    if (distance > 1e7) {
      for (size_t k = 0; k < K; k++)
        lw_assert_close (exp (log_resp[k]), exp (near[k]), 0, 1e-12);
    }
    for (size_t k = 0; k < K; k++)
      near[k] = log_resp[k];
    lw_gmm_sample (&gmm, G, s, &rng, z, &log_q, scratch);
    for (size_t i = 0; i < Q; i++)
      g_assert_true (isfinite (z[i]));
    g_assert_true (isfinite (log_q));
  }
  lw_gmm_clear (&gmm);
}

/* Components alike share a context, also where the logarithm of two is nothing beside that of their densities. */
static void
test_far_alike (void)
{
  LwGmm gmm;
  double log_resp[2], scratch[4];

  g_assert_cmpint (lw_gmm_alloc (&gmm, 2, 2), ==, LW_OK);
  for (double s = 1; s < 1e140; s *= 1e10) {
    lw_gmm_gate (&gmm, 1, &s, log_resp, scratch);
    lw_assert_close (exp (log_resp[0]), 0.5, 1e-12, 0);
    lw_assert_close (exp (log_resp[1]), 0.5, 1e-12, 0);
  }
  lw_gmm_clear (&gmm);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gmm-conditional/gate", test_gate);
  g_test_add_func ("/gmm-conditional/densities", test_densities);
  g_test_add_func ("/gmm-conditional/line", test_line);
  g_test_add_func ("/gmm-conditional/sample", test_sample);
  g_test_add_func ("/gmm-conditional/far", test_far);
  g_test_add_func ("/gmm-conditional/far-alike", test_far_alike);
  return g_test_run ();
}
