/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "planted-mixture.h"

static void
test_planted (void)
{
  enum { N = 900, K = 3 };
  size_t labels[N];
  LwMat x = planted_mixture (N, K, 2, 12, 4, 0.09, 2, labels), log_resp;
  LwMppcaSettings settings = settings_for (K, 2);
  LwMppca model;
  LwMppcaReport report;

  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, NULL), ==, LW_OK);
  g_assert_cmpuint (report.n_small, ==, 0);
  g_assert_cmpuint (report.n_on_floor, ==, 0);
  g_assert_cmpint (lw_mat_alloc (&log_resp, N, K), ==, LW_OK);
  g_assert_cmpint (lw_mppca_responsibilities (&model, &x, &log_resp, NULL), ==, LW_OK);
  size_t component_of[K] = { 0 }, right = 0;
  for (size_t i = 0; i < N; i++) {
    size_t best = 0;
    for (size_t k = 1; k < K; k++)
      if (lw_mat_get (&log_resp, i, k) > lw_mat_get (&log_resp, i, best))
        best = k;
    if (i < K)
      component_of[labels[i]] = best;
    right += component_of[labels[i]] == best;
  }
  g_assert_cmpuint (right, >=, N * 99 / 100);
  for (size_t k = 0; k < K; k++) {
    lw_assert_close (exp (model.log_pi[k]), 1.0 / K, 0.02, 0);
    lw_assert_close (model.noise_var[k], 0.09, 0.1, 0); /* 300 samples x 10 free directions: 3 % */
  }
  lw_mat_clear (&log_resp);
  lw_mppca_clear (&model);
  lw_mat_clear (&x);
}

static void
test_context_scale (void)
{
  LwMat x = planted_mixture (120, 2, 2, 6, 3, 0.1, 3, NULL), scaled = planted_mixture (120, 2, 2, 6, 3, 0.1, 3, NULL);
  LwMppcaSettings settings = settings_for (2, 2);
  LwMppca model, reference, read;
  LwMppcaReport report, reference_report;
  LwArrays arrays;
  double log_p[120], reference_log_p[120];

  for (size_t i = 0; i < 120; i++)
    for (size_t j = 0; j < 2; j++)
      lw_mat_row (&scaled, i)[j] *= 10;
  g_assert_cmpint (lw_mppca_fit (&scaled, &settings, NULL, &reference, &reference_report, NULL), ==, LW_OK);
  settings.n_context = 2;
  settings.context_scale = 10;
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, NULL), ==, LW_OK);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (lw_mat_get (&model.mean, 0, j) * (j < 2 ? 10 : 1), lw_mat_get (&reference.mean, 0, j), 1e-12, 1e-13);
  lw_assert_close (report.log_likelihood, reference_report.log_likelihood + 2 * log (10), 1e-12, 0);
  g_assert_cmpint (lw_mppca_responsibilities (&model, &x, NULL, log_p), ==, LW_OK);
  g_assert_cmpint (lw_mppca_responsibilities (&reference, &scaled, NULL, reference_log_p), ==, LW_OK);
  for (size_t i = 0; i < 120; i++)
    lw_assert_close (log_p[i], reference_log_p[i] + 2 * log (10), 1e-9, 1e-9);

  lw_arrays_init (&arrays);
  g_assert_cmpint (lw_mppca_to_arrays (&model, &arrays), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_OK);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (read.column_scale[j], j < 2 ? 10 : 1, 0, 0);
  lw_mppca_clear (&read);
  lw_arrays_clear (&arrays);
  lw_mppca_clear (&model);
  lw_mppca_clear (&reference);
  lw_mat_clear (&x);
  lw_mat_clear (&scaled);
}

static void
test_standardise (void)
{
  enum { N = 120, P = 6 };
  LwMat x = planted_mixture (N, 2, 2, P, 3, 0.1, 3, NULL), scaled = planted_mixture (N, 2, 2, P, 3, 0.1, 3, NULL), log_resp, again;
  LwMppcaSettings settings = settings_for (2, 2);
  LwMppca model, reference;
  LwMppcaReport report, reference_report;
  double scale[P], log_p[N], expected[N], jacobian = 0;

  for (size_t j = 0; j < P; j++) {
    double mean = 0, square = 0;
    for (size_t i = 0; i < N; i++) { /* columns in units of their own, the last one constant */
      lw_mat_row (&x, i)[j] = j == P - 1 ? 1e3 : pow (10, (double) j - 2) * lw_mat_get (&x, i, j);
      mean += lw_mat_get (&x, i, j) / N;
    }
    for (size_t i = 0; i < N; i++)
      square += pow (lw_mat_get (&x, i, j) - mean, 2) / N;
    scale[j] = (j == P - 1 ? 1 : 1 / sqrt (square)) * (j < 2 ? 3 : 1);
    jacobian += log (scale[j]);
    for (size_t i = 0; i < N; i++)
      lw_mat_set (&scaled, i, j, lw_mat_get (&x, i, j) * scale[j]);
  }
  g_assert_cmpint (lw_mppca_fit (&scaled, &settings, NULL, &reference, &reference_report, NULL), ==, LW_OK);
  settings.standardise = true;
  settings.n_context = 2;
  settings.context_scale = 3;
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, NULL), ==, LW_OK);
  lw_assert_close (report.log_likelihood, reference_report.log_likelihood + jacobian, 1e-10, 0);
  for (size_t j = 0; j < P; j++) {
    lw_assert_close (model.column_scale[j], scale[j], 1e-12, 0);
    lw_assert_close (lw_mat_get (&model.mean, 1, j) * scale[j], lw_mat_get (&reference.mean, 1, j), 1e-10, 1e-10);
    lw_assert_close (lw_mppca_noise (&model, 1, j) * scale[j] * scale[j], reference.noise_var[1], 1e-8, 0);
  }
  g_assert_cmpint (lw_mat_alloc (&log_resp, N, 2), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&again, N, 2), ==, LW_OK);
  g_assert_cmpint (lw_mppca_responsibilities (&model, &x, &log_resp, log_p), ==, LW_OK);
  g_assert_cmpint (lw_mppca_responsibilities (&reference, &scaled, &again, expected), ==, LW_OK);
  for (size_t i = 0; i < N; i++)
    lw_assert_close (log_p[i], expected[i] + jacobian, 1e-8, 1e-8);
  g_assert_cmpint (lw_mppca_project (&model, &x, 1, &log_resp), ==, LW_OK);
  g_assert_cmpint (lw_mppca_project (&reference, &scaled, 1, &again), ==, LW_OK);
  for (size_t i = 0; i < 2 * N; i++) /* up to the signs of the directions */
    lw_assert_close (fabs (log_resp.data[i]), fabs (again.data[i]), 1e-7, 1e-8);
  lw_mppca_clear (&model);
  lw_mppca_clear (&reference);
  lw_mat_clear (&log_resp);
  lw_mat_clear (&again);
  lw_mat_clear (&x);
  lw_mat_clear (&scaled);
}

static void
test_repeatable (void)
{
  LwMat x = planted_mixture (150, 3, 2, 8, 1, 0.3, 4, NULL);
  LwMppcaSettings settings = settings_for (4, 2);
  LwMppca a, b;
  LwMppcaReport report;

  settings.seed = 99;
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &a, &report, NULL), ==, LW_OK);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &b, &report, NULL), ==, LW_OK);
  g_assert_cmpmem (a.loading.data, 4 * 8 * 2 * sizeof (double), b.loading.data, 4 * 8 * 2 * sizeof (double));
  g_assert_cmpmem (a.mean.data, 4 * 8 * sizeof (double), b.mean.data, 4 * 8 * sizeof (double));
  g_assert_cmpmem (a.log_pi, 4 * sizeof (double), b.log_pi, 4 * sizeof (double));
  lw_mppca_clear (&a);
  lw_mppca_clear (&b);
  lw_mat_clear (&x);
}

static void
check_degenerate (const LwMat *x, size_t K, size_t d, LwMppcaReport *report)
{
  LwMppcaSettings settings = settings_for (K, d);
  LwMppca model;

  g_assert_cmpint (lw_mppca_fit (x, &settings, NULL, &model, report, NULL), ==, LW_OK);
  g_assert_true (lw_mat_is_finite (&model.mean) && lw_mat_is_finite (&model.loading));
  for (size_t k = 0; k < K; k++)
    g_assert_true (isfinite (model.log_pi[k]) && model.noise_var[k] >= 1e-8);
  g_assert_true (isfinite (report->log_likelihood));
  lw_mppca_clear (&model);
}

static void
test_degenerate (void)
{
  LwMat x = planted_mixture (40, 2, 2, 6, 3, 0.1, 6, NULL), some;
  LwMppcaReport report;

  some = lw_mat_block (&x, 0, 0, 1, 6); /* one sample */
  check_degenerate (&some, 1, 1, &report);
  g_assert_cmpuint (report.n_on_floor, ==, 1);
  g_assert_cmpuint (report.n_singletons, ==, 1);
  some.rows = 2;
  check_degenerate (&some, 1, 1, &report);
  g_assert_cmpuint (report.n_on_floor, ==, 1);
  check_degenerate (&some, 2, 1, &report); /* as many components as samples */
  g_assert_cmpuint (report.n_singletons, ==, 2);
  some.rows = 7;
  check_degenerate (&some, 2, 3, &report); /* sigma^2 on its floor */
  g_assert_cmpuint (report.n_small, >=, 1);
  check_degenerate (&x, 2, 6, &report); /* d = p: no direction is left for the noise */
  g_assert_cmpuint (report.n_on_floor, ==, 2);

  for (size_t i = 0; i < 40; i++) /* a constant column */
    lw_mat_set (&x, i, 3, 42);
  check_degenerate (&x, 2, 2, &report);
  for (size_t i = 0; i < 40; i++) /* three samples, over and over */
    memcpy (lw_mat_row (&x, i), lw_mat_row (&x, i % 3), 6 * sizeof (double));
  check_degenerate (&x, 2, 2, &report);
  check_degenerate (&x, 5, 2, &report); /* more components than there are different samples */
  for (size_t i = 0; i < 40; i++) /* one sample, over and over */
    memcpy (lw_mat_row (&x, i), lw_mat_row (&x, 0), 6 * sizeof (double));
  check_degenerate (&x, 3, 2, &report);
  g_assert_cmpuint (report.n_on_floor, ==, 3);
  lw_mat_clear (&x);
}

static void
test_rank_deficient (void)
{
  LwMat x, narrow = planted_mixture (60, 1, 1, 50, 0, 0, 9, NULL), few = planted_mixture (12, 2, 2, 80, 5, 0.1, 10, NULL);
  LwMppcaReport report;
  LwMppcaSettings settings = settings_for (2, 3);
  LwMppca model = { .K = 77 };

  check_degenerate (&narrow, 1, 4, &report);
  g_assert_cmpuint (report.n_on_floor, ==, 1);
  check_degenerate (&narrow, 3, 4, &report);
  check_degenerate (&few, 2, 2, &report);
  check_degenerate (&few, 3, 11, &report);
  check_degenerate (&few, 12, 1, &report);
  x = lw_mat_block (&few, 0, 0, 12, 80);
  lw_mat_set (&x, 0, 0, 1e200);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, NULL, NULL), ==, LW_ERR_NOT_FINITE);
  lw_mat_set (&x, 0, 0, 1.7e308);
  lw_mat_set (&x, 1, 0, -1.7e308);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, NULL, NULL), ==, LW_ERR_NOT_FINITE);
  lw_mat_set (&x, 0, 0, INFINITY);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, NULL, NULL), ==, LW_ERR_NOT_FINITE);
  settings.standardise = true; /* no scale brings squares back that were not to be had */
  for (double size = 1e150; size < 1e308; size *= 1e5) {
    lw_mat_set (&x, 0, 0, size);
    lw_mat_set (&x, 1, 0, -size);
    g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, NULL, NULL), ==, size < 1e153 ? LW_OK : LW_ERR_NOT_FINITE);
    if (size < 1e153) {
      g_assert_true (lw_all_finite (model.column_scale, 80) && lw_mat_is_finite (&model.loading));
      lw_mppca_clear (&model);
      model.K = 77;
    }
  }
  g_assert_cmpuint (model.K, ==, 77);
  lw_mat_clear (&narrow);
  lw_mat_clear (&few);
}

static void
test_refused (void)
{
  LwMat x = planted_mixture (20, 2, 2, 6, 3, 0.1, 7, NULL), before, resp;
  LwMppcaSettings settings = settings_for (21, 2);
  LwMppca model = { .K = 77 };
  LwMppcaReport report = { .iterations = 77 };
  atomic_bool stop = true;

  g_assert_cmpint (lw_mat_alloc (&before, 20, 6), ==, LW_OK);
  lw_mat_copy (&x, &before);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, NULL), ==, LW_ERR_TOO_FEW);
  settings.K = 0;
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, NULL), ==, LW_ERR_RANGE);
  settings.K = 2;
  settings.d = 7;
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, NULL), ==, LW_ERR_RANGE);
  settings.d = 2;
  settings.noise_floor = 0;
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, NULL), ==, LW_ERR_RANGE);
  settings.noise_floor = 1e-8;
  g_assert_cmpint (lw_mppca_fit (&x, &settings, &stop, &model, &report, NULL), ==, LW_ERR_STOPPED);
  g_assert_cmpint (lw_mat_alloc (&resp, 20, 3), ==, LW_OK);
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, NULL, &model, &report, NULL), ==, LW_ERR_SHAPE);
  resp.cols = 2;
  lw_mat_fill (&resp, 0.5);
  g_assert_cmpint (lw_mppca_em (&x, &resp, &settings, &stop, &model, &report, NULL), ==, LW_ERR_STOPPED);
  g_assert_cmpmem (x.data, 120 * sizeof (double), before.data, 120 * sizeof (double)); /* the input is never changed */
  lw_mat_set (&x, 5, 5, (double) NAN);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, &report, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (model.K, ==, 77);
  g_assert_cmpuint (report.iterations, ==, 77);
  lw_mat_clear (&resp);
  lw_mat_clear (&before);
  lw_mat_clear (&x);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mppca/fit/planted", test_planted);
  g_test_add_func ("/mppca/fit/context-scale", test_context_scale);
  g_test_add_func ("/mppca/fit/standardise", test_standardise);
  g_test_add_func ("/mppca/fit/repeatable", test_repeatable);
  g_test_add_func ("/mppca/fit/degenerate", test_degenerate);
  g_test_add_func ("/mppca/fit/rank-deficient", test_rank_deficient);
  g_test_add_func ("/mppca/fit/refused", test_refused);
  return g_test_run ();
}
