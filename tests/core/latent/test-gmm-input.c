/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-gmm.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-rng.h"
#include "lw-stats.h"

static LwGmmSettings
settings_for (size_t K)
{
  LwGmmSettings settings;

  lw_gmm_settings_init (&settings);
  settings.K = K;
  return settings;
}

/* @n samples of @K round clusters @gap apart in @p dimensions, in turn. */
static LwMat
clusters (size_t n, size_t K, size_t p, double gap, uint32_t stream)
{
  LwMat x;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&x, n, p), ==, LW_OK);
  lw_rng_init (&rng, 7, LW_RNG_TEST, stream, 0);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      lw_mat_set (&x, i, j, gap * (double) (i % K) * (j % 2 == 0 ? 1 : -1) + lw_rng_normal (&rng));
  return x;
}

static double
mean_log_likelihood (const LwGmm *gmm, const LwMat *x)
{
  g_autofree double *log_p = g_new (double, x->rows);

  g_assert_cmpint (lw_gmm_responsibilities (gmm, x, NULL, log_p), ==, LW_OK);
  return lw_mean (log_p, x->rows);
}

static void
assert_sane (const LwGmm *gmm)
{
  double sum = 0;

  for (size_t k = 0; k < gmm->K; k++) {
    g_assert_true (isfinite (gmm->log_pi[k]));
    sum += exp (gmm->log_pi[k]);
  }
  lw_assert_close (sum, 1, 1e-9, 0);
  g_assert_true (lw_mat_is_finite (&gmm->mean) && lw_mat_is_finite (&gmm->cov) && lw_mat_is_finite (&gmm->chol));
}

static void
test_degenerate (void)
{
  double one[3] = { 1, 2, 3 }, same[6][2];
  LwMat single = lw_mat_view (one, 1, 3), duplicates = lw_mat_view (same[0], 6, 2);
  LwGmmSettings settings = settings_for (1);
  LwGmmReport report;
  LwGmm gmm;

  g_assert_cmpint (lw_gmm_fit (&single, NULL, &settings, NULL, &gmm, &report, NULL), ==, LW_OK);
  assert_sane (&gmm);
  lw_assert_close_array (gmm.mean.data, one, 3, 1e-15, 0);
  lw_assert_close (lw_mat_get (&gmm.cov, 1, 1), 1e-8, 1e-9, 0);
  g_assert_cmpuint (report.n_singletons, ==, 1);
  g_assert_cmpuint (report.n_raised, ==, 3);
  lw_gmm_clear (&gmm);

  /* Two points, three times each, and a component too many. */
  for (int i = 0; i < 6; i++) {
    same[i][0] = i % 2;
    same[i][1] = 5;
  }
  settings.K = 3;
  g_assert_cmpint (lw_gmm_fit (&duplicates, NULL, &settings, NULL, &gmm, &report, NULL), ==, LW_OK);
  assert_sane (&gmm);
  g_assert_cmpuint (report.n_on_floor, >=, 2);
  g_assert_cmpfloat (mean_log_likelihood (&gmm, &duplicates), >, 0); /* points are found */
  lw_gmm_clear (&gmm);

  /* A component that nothing is near keeps its shape. */
  LwMat x = clusters (30, 1, 2, 0, 30);
  settings = settings_for (2);
  g_assert_cmpint (lw_gmm_alloc (&gmm, 2, 2), ==, LW_OK);
  lw_mat_set (&gmm.mean, 1, 0, 1e4);
  g_assert_cmpint (lw_gmm_update (&gmm, &x, NULL, &settings, NULL, &report, NULL), ==, LW_OK);
  assert_sane (&gmm);
  lw_assert_close (lw_mat_get (&gmm.mean, 1, 0), 1e4, 0, 0);
  lw_assert_close (lw_mat_get (&gmm.cov, 2, 0), 1, 0, 0);
  lw_assert_close (gmm.n[0], 30, 1e-12, 0);
  g_assert_cmpuint (report.n_singletons, ==, 1);
  lw_gmm_clear (&gmm);
  lw_mat_clear (&x);
}

static void
test_bad_input (void)
{
  LwMat x = clusters (20, 2, 3, 4, 50), narrow = lw_mat_block (&x, 0, 0, 20, 2), few = lw_mat_block (&x, 0, 0, 1, 3);
  LwGmmSettings good = settings_for (2), settings = good;
  LwGmm gmm = { .K = 77 }, model, before;
  atomic_bool stop = true;
  double w[20] = { 0 }, history[500];

  lw_fill_nan (history, 500);
  settings.K = 0;
  g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, NULL, history), ==, LW_ERR_RANGE);
  settings = good;
  settings.floor = -1;
  g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, NULL, history), ==, LW_ERR_RANGE);
  settings.floor = (double) NAN;
  g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, NULL, history), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_gmm_fit (&few, NULL, &good, NULL, &gmm, NULL, history), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_gmm_fit (&x, w, &good, NULL, &gmm, NULL, history), ==, LW_ERR_TOO_FEW);
  w[3] = -1;
  g_assert_cmpint (lw_gmm_fit (&x, w, &good, NULL, &gmm, NULL, history), ==, LW_ERR_RANGE);
  w[3] = INFINITY;
  g_assert_cmpint (lw_gmm_fit (&x, w, &good, NULL, &gmm, NULL, history), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_gmm_fit (&x, NULL, &good, &stop, &gmm, NULL, history), ==, LW_ERR_STOPPED);
  lw_mat_set (&x, 4, 1, (double) NAN);
  g_assert_cmpint (lw_gmm_fit (&x, NULL, &good, NULL, &gmm, NULL, history), ==, LW_ERR_NOT_FINITE);
  lw_mat_set (&x, 4, 1, 0);
  g_assert_cmpuint (gmm.K, ==, 77);
  g_assert_cmpint (lw_gmm_alloc (&gmm, SIZE_MAX / 2, 8), ==, LW_ERR_MEMORY);
  lw_assert_untouched (history, 500);

  g_assert_cmpint (lw_gmm_fit (&x, NULL, &good, NULL, &model, NULL, NULL), ==, LW_OK);
  g_assert_cmpint (lw_gmm_copy (&model, &before), ==, LW_OK);
  g_assert_cmpint (lw_gmm_update (&model, &narrow, NULL, &good, NULL, NULL, NULL), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_gmm_update (&model, &x, NULL, &good, &stop, NULL, history), ==, LW_ERR_STOPPED);
  lw_mat_set (&x, 4, 1, INFINITY);
  g_assert_cmpint (lw_gmm_update (&model, &x, NULL, &good, NULL, NULL, history), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_gmm_responsibilities (&model, &x, NULL, history), ==, LW_ERR_NOT_FINITE);
  lw_mat_set (&x, 4, 1, 1e200);
  g_assert_cmpint (lw_gmm_update (&model, &x, NULL, &good, NULL, NULL, history), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (history, 500);
  lw_assert_close_array (model.mean.data, before.mean.data, 6, 0, 0);
  lw_assert_close_array (model.chol.data, before.chol.data, 18, 0, 0);
  lw_assert_close_array (model.n, before.n, 2, 0, 0);
  lw_gmm_clear (&model);
  lw_gmm_clear (&before);
  lw_mat_clear (&x);
}

static void
test_arrays (void)
{
  enum { K = 3, P = 20 };
  LwMat x = clusters (200, K, P, 2, 60);
  LwGmmSettings settings = settings_for (K);
  LwGmm gmm, back = { .K = 77 };
  LwArrays arrays;

  lw_arrays_init (&arrays);
  g_assert_cmpint (lw_gmm_from_arrays (&arrays, &back), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, NULL, NULL), ==, LW_OK);
  g_assert_cmpint (lw_gmm_to_arrays (&gmm, &arrays), ==, LW_OK);
  g_assert_cmpint (lw_gmm_from_arrays (&arrays, &back), ==, LW_OK);
  lw_assert_close_array (back.log_pi, gmm.log_pi, K, 0, 0);
  lw_assert_close_array (back.n, gmm.n, K, 0, 0);
  lw_assert_close_array (back.mean.data, gmm.mean.data, K * P, 0, 0);
  lw_assert_close_array (back.cov.data, gmm.cov.data, K * P * P, 0, 0);
  lw_assert_close_array (back.chol.data, gmm.chol.data, K * P * P, 0, 0);
  lw_gmm_clear (&back);
  back.K = 77;
  lw_arrays_get (&arrays, "gmm_covs")->data[0] = -1;
  g_assert_cmpint (lw_gmm_from_arrays (&arrays, &back), ==, LW_ERR_NOT_SPD);
  lw_arrays_get (&arrays, "gmm_n")->data[0] = -1;
  g_assert_cmpint (lw_gmm_from_arrays (&arrays, &back), ==, LW_ERR_RANGE);
  lw_arrays_get (&arrays, "gmm_means")->data[0] = (double) NAN;
  g_assert_cmpint (lw_gmm_from_arrays (&arrays, &back), ==, LW_ERR_NOT_FINITE);
  LwMat short_n = lw_mat_view (gmm.n, 1, K - 1);
  g_assert_cmpint (lw_arrays_put (&arrays, "gmm_n", &short_n), ==, LW_OK);
  g_assert_cmpint (lw_gmm_from_arrays (&arrays, &back), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (back.K, ==, 77);
  lw_arrays_clear (&arrays);
  lw_gmm_clear (&gmm);
  lw_mat_clear (&x);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gmm-input/degenerate", test_degenerate);
  g_test_add_func ("/gmm-input/bad-input", test_bad_input);
  g_test_add_func ("/gmm-input/arrays", test_arrays);
  return g_test_run ();
}
