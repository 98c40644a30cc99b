/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-rng.h"
#include "planted-mixture.h"

static void
test_dense (void)
{
  enum { K = 2, D = 2, P = 5, N = 7 };
  LwMppca model;
  LwRng rng;
  double x_data[N * P], log_p[N], z_data[N * D];
  LwMat x = lw_mat_view (x_data, N, P), z = lw_mat_view (z_data, N, D), log_resp;

  lw_rng_init (&rng, 6, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_mppca_alloc (&model, K, D, P), ==, LW_OK);
  lw_rng_normals (&rng, model.loading.data, K * P * D);
  lw_rng_normals (&rng, model.mean.data, K * P);
  model.log_pi[0] = log (0.3);
  model.log_pi[1] = log (0.7);
  model.noise_var[0] = 0.2;
  model.noise_var[1] = 1e-3;
  lw_rng_normals (&rng, x_data, N * P);
  lw_fill_nan (log_p, N);
  lw_fill_nan (z_data, N * D);
  g_assert_cmpint (lw_mat_alloc (&log_resp, N, K), ==, LW_OK);
  g_assert_cmpint (lw_mppca_responsibilities (&model, &x, &log_resp, log_p), ==, LW_OK);
  g_assert_cmpint (lw_mppca_project (&model, &x, 1, &z), ==, LW_OK);

  for (size_t i = 0; i < N; i++) {
    double joint[K], highest, total;
    for (size_t k = 0; k < K; k++) {
      LwMat w = lw_mppca_loading (&model, k), a;
      double e[P], square = 0;
      g_assert_cmpint (lw_mat_alloc (&a, P, P), ==, LW_OK);
      lw_syrk (1, &w, false, 0, &a);
      for (size_t j = 0; j < P; j++) {
        lw_mat_row (&a, j)[j] += model.noise_var[k];
        e[j] = lw_mat_get (&x, i, j) - lw_mat_get (&model.mean, k, j);
      }
      g_assert_cmpint (lw_chol_factor (&a), ==, LW_OK);
      lw_tri_solve (&a, false, e);
      for (size_t j = 0; j < P; j++)
        square += e[j] * e[j];
      joint[k] = model.log_pi[k] - 0.5 * (square + lw_chol_logdet (&a) + P * log (2 * G_PI));
      if (k == 1) { /* E z = W' A^-1 e */
        lw_tri_solve (&a, true, e);
        for (size_t c = 0; c < D; c++) {
          double sum = 0;
          for (size_t j = 0; j < P; j++)
            sum += lw_mat_get (&w, j, c) * e[j];
          lw_assert_close (lw_mat_get (&z, i, c), sum, 1e-9, 1e-10);
        }
      }
      lw_mat_clear (&a);
    }
    highest = fmax (joint[0], joint[1]);
    total = highest + log (exp (joint[0] - highest) + exp (joint[1] - highest));
    lw_assert_close (log_p[i], total, 1e-10, 0);
    for (size_t k = 0; k < K; k++)
      lw_assert_close (lw_mat_get (&log_resp, i, k), joint[k] - total, 1e-9, 1e-9);
  }
  lw_mat_clear (&log_resp);
  lw_mppca_clear (&model);
}

static void
test_imitation_error (void)
{
  enum { K = 2, D = 2, P = 5, DC = 2, N = 3, DRAWS = 40000 };
  LwMppca model, contexts;
  LwRng rng;
  double x_data[N * P], error[N];
  LwMat x = lw_mat_view (x_data, N, P), c = lw_mat_block (&x, 0, 0, N, DC), log_resp;

  lw_rng_init (&rng, 6, LW_RNG_TEST, 1, 0);
  g_assert_cmpint (lw_mppca_alloc (&model, K, D, P), ==, LW_OK);
  lw_rng_normals (&rng, model.loading.data, K * P * D);
  lw_rng_normals (&rng, model.mean.data, K * P);
  lw_rng_normals (&rng, x_data, N * P);
  model.log_pi[0] = log (0.4);
  model.log_pi[1] = log (0.6);
  model.noise_var[0] = 0.3;
  model.noise_var[1] = 0.8;
  lw_fill_nan (error, N);
  g_assert_cmpint (lw_mppca_imitation_error (&model, &x, DC, error), ==, LW_OK);
  g_assert_cmpint (lw_mppca_marginal (&model, DC, &contexts), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&log_resp, N, K), ==, LW_OK);
  g_assert_cmpint (lw_mppca_responsibilities (&contexts, &c, &log_resp, NULL), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    double sum = 0;
    for (size_t t = 0; t < DRAWS; t++) {
      /* z ~ p(z | c, k) by Matheron's rule: a joint draw (z0, c0), moved by the gain times what c0 lacks of c. */
      size_t k = lw_rng_categorical (&rng, lw_mat_row (&log_resp, i), K);
      LwMat w = lw_mppca_loading (&model, k);
      double z[D], lack[DC], a[DC][DC];
      lw_rng_normals (&rng, z, D);
      for (size_t r = 0; r < DC; r++) {
        lack[r] = lw_mat_get (&x, i, r) - lw_mat_get (&model.mean, k, r) - sqrt (model.noise_var[k]) * lw_rng_normal (&rng);
        for (size_t q = 0; q < D; q++)
          lack[r] -= lw_mat_get (&w, r, q) * z[q];
        for (size_t s = 0; s < DC; s++) {
          a[r][s] = r == s ? model.noise_var[k] : 0;
          for (size_t q = 0; q < D; q++)
            a[r][s] += lw_mat_get (&w, r, q) * lw_mat_get (&w, s, q);
        }
      }
      double det = a[0][0] * a[1][1] - a[0][1] * a[1][0];
      double g[DC] = { (a[1][1] * lack[0] - a[0][1] * lack[1]) / det, (a[0][0] * lack[1] - a[1][0] * lack[0]) / det };
      for (size_t q = 0; q < D; q++)
        z[q] += lw_mat_get (&w, 0, q) * g[0] + lw_mat_get (&w, 1, q) * g[1];
      for (size_t j = DC; j < P; j++) {
        double off = lw_mat_get (&x, i, j) - lw_mat_get (&model.mean, k, j);
        for (size_t q = 0; q < D; q++)
          off -= lw_mat_get (&w, j, q) * z[q];
        sum += off * off / (P - DC) / DRAWS;
      }
    }
    lw_assert_close (error[i], sum, 0.03, 0);
  }
  lw_fill_nan (error, N);
  g_assert_cmpint (lw_mppca_imitation_error (&model, &x, P, error), ==, LW_ERR_RANGE);
  x_data[4] = (double) NAN;
  g_assert_cmpint (lw_mppca_imitation_error (&model, &x, DC, error), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (error, N);
  lw_mat_clear (&log_resp);
  lw_mppca_clear (&contexts);
  lw_mppca_clear (&model);
}

static void
test_small_noise (void)
{
  enum { N = 50, P = 40 };
  LwMat x = planted_mixture (N, 1, 2, P, 0, 1, 11, NULL);
  LwMppca model;
  double log_p[N];
  LwRng rng;

  lw_rng_init (&rng, 6, LW_RNG_TEST, 2, 0);
  g_assert_cmpint (lw_mppca_alloc (&model, 1, 1, P), ==, LW_OK);
  model.noise_var[0] = 1e-8;
  lw_mat_set (&model.loading, 0, 0, 2);
  for (size_t i = 0; i < N; i++) { /* on the first axis, up to the noise */
    double z = lw_rng_normal (&rng), square = 0, expected;
    for (size_t j = 0; j < P; j++) {
      double e = 1e-4 * lw_rng_normal (&rng);
      lw_mat_set (&x, i, j, j == 0 ? 2 * z : e);
      square += j == 0 ? 4 * z * z / (4 + 1e-8) : e * e / 1e-8;
    }
    expected = -0.5 * (square + P * log (2 * G_PI) + log (4 + 1e-8) + (P - 1) * log (1e-8));
    LwMat row = lw_mat_block (&x, i, 0, 1, P);
    g_assert_cmpint (lw_mppca_responsibilities (&model, &row, NULL, &log_p[i]), ==, LW_OK);
    lw_assert_close (log_p[i], expected, 1e-12, 0);
  }
  lw_mppca_clear (&model);
  lw_mat_clear (&x);
}

/* As many latent dimensions as columns: no rest of the noise, but small variances far from the origin. */
static void
test_small_noise_all_directions (void)
{
  LwMppca model;
  double data[6], log_p[3];
  LwMat x = lw_mat_view (data, 3, 2);

  g_assert_cmpint (lw_mppca_alloc (&model, 2, 2, 2), ==, LW_OK);
  for (size_t k = 0; k < 2; k++) {
    model.log_pi[k] = log (0.5);
    model.noise_var[k] = 1e-10;
    lw_mat_set (&model.mean, k, 0, k == 0 ? 1000 : -1000);
    lw_mat_set (&model.loading, 2 * k, 0, 0.6e-5);
    lw_mat_set (&model.loading, 2 * k + 1, 0, 0.8e-5);
    lw_mat_set (&model.loading, 2 * k, 1, -1.6e-5);
    lw_mat_set (&model.loading, 2 * k + 1, 1, 1.2e-5);
  }
  for (size_t i = 0; i < 3; i++) {
    data[2 * i] = 1000 + 1e-5 * (double) i;
    data[2 * i + 1] = -3e-5 * (double) i;
  }
  g_assert_cmpint (lw_mppca_responsibilities (&model, &x, NULL, log_p), ==, LW_OK);
  for (size_t i = 0; i < 3; i++) {
    double e = data[2 * i] - 1000, f = data[2 * i + 1], a = 0.6 * e + 0.8 * f, b = -0.8 * e + 0.6 * f;
    double var_a = 2e-10, var_b = 5e-10;
    lw_assert_close (log_p[i], log (0.5) - log (2 * G_PI) - 0.5 * (log (var_a * var_b) + a * a / var_a + b * b / var_b), 1e-12,
                     0);
  }
  lw_mppca_clear (&model);
}

/* A row that squares of numbers do not reach is refused, whatever others there are; one that is only very far is anybody's. */
static void
test_far (void)
{
  LwMppca model;
  double data[4] = { 0, 0, 1e160, 0 }, log_p[2], resp_data[4];
  LwMat x = lw_mat_view (data, 2, 2), log_resp = lw_mat_view (resp_data, 2, 2);

  g_assert_cmpint (lw_mppca_alloc (&model, 2, 1, 2), ==, LW_OK);
  model.log_pi[0] = model.log_pi[1] = log (0.5);
  model.noise_var[0] = model.noise_var[1] = 0.1;
  lw_mat_set (&model.loading, 0, 0, 1);
  lw_mat_set (&model.loading, 2, 0, 1);
  lw_fill_nan (log_p, 2);
  lw_fill_nan (resp_data, 4);
  g_assert_cmpint (lw_mppca_responsibilities (&model, &x, &log_resp, log_p), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (log_p, 2);
  lw_assert_untouched (resp_data, 4);
  data[2] = 1e100;
  g_assert_cmpint (lw_mppca_responsibilities (&model, &x, &log_resp, log_p), ==, LW_OK);
  lw_assert_close (log_p[1], -0.5e200 / 1.1, 1e-12, 0);
  lw_assert_close (resp_data[2], log (0.5), 1e-12, 0);
  lw_mppca_clear (&model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mppca/dense", test_dense);
  g_test_add_func ("/mppca/imitation-error", test_imitation_error);
  g_test_add_func ("/mppca/small-noise", test_small_noise);
  g_test_add_func ("/mppca/small-noise-all-directions", test_small_noise_all_directions);
  g_test_add_func ("/mppca/far", test_far);
  return g_test_run ();
}
