/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-npy-golden.h"
#include "lw-rng.h"

#define GOLDEN 1e-9

/* @n samples of a planted mixture: K components @gap apart, d latent dimensions, p observed, noise of variance @noise_var. */
static LwMat
planted (size_t n, size_t K, size_t d, size_t p, double gap, double noise_var, uint32_t stream, size_t *labels)
{
  LwMat x, w;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&x, n, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&w, K * p, d), ==, LW_OK);
  lw_rng_init (&rng, 5, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, w.data, K * p * d);
  for (size_t i = 0; i < n; i++) {
    size_t k = i % K;
    double z[8];
    lw_rng_normals (&rng, z, d);
    for (size_t j = 0; j < p; j++) {
      double sum = gap * (double) k * (j % 2 == 0 ? 1 : -1) + sqrt (noise_var) * lw_rng_normal (&rng);
      for (size_t a = 0; a < d; a++)
        sum += lw_mat_get (&w, k * p + j, a) * z[a];
      lw_mat_set (&x, i, j, sum);
    }
    if (labels != NULL)
      labels[i] = k;
  }
  lw_mat_clear (&w);
  return x;
}

static LwMppcaSettings
settings_for (size_t K, size_t d)
{
  LwMppcaSettings settings;
  lw_mppca_settings_init (&settings);
  settings.K = K;
  settings.d = d;
  return settings;
}

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
  LwMat x = planted (300, 3, 2, 10, 1.5, 0.2, 1, NULL);
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

static void
test_planted (void)
{
  enum { N = 900, K = 3 };
  size_t labels[N];
  LwMat x = planted (N, K, 2, 12, 4, 0.09, 2, labels), log_resp;
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

/* Dense p x p densities and posterior means, from W and sigma^2 alone; W with columns that are not orthogonal. */
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

/* A scaled fit is the fit of scaled data, told in the data's units. */
static void
test_context_scale (void)
{
  LwMat x = planted (120, 2, 2, 6, 3, 0.1, 3, NULL), scaled = planted (120, 2, 2, 6, 3, 0.1, 3, NULL);
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
test_repeatable (void)
{
  LwMat x = planted (150, 3, 2, 8, 1, 0.3, 4, NULL);
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
test_arrays (void)
{
  LwMat x = planted (60, 2, 2, 5, 3, 0.1, 5, NULL), vector;
  LwMppcaSettings settings = settings_for (2, 2);
  LwMppca model, copy, read = { .K = 77 };
  LwArrays arrays;
  double bad[2] = { 0.1, 0 };

  lw_arrays_init (&arrays);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, &model, NULL, NULL), ==, LW_OK);
  g_assert_cmpint (lw_mppca_copy (&model, &copy), ==, LW_OK);
  g_assert_cmpint (lw_mppca_to_arrays (&copy, &arrays), ==, LW_OK);
  g_assert_null (lw_arrays_get (&arrays, "column_scale"));
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_OK);
  g_assert_cmpmem (read.loading.data, 2 * 5 * 2 * sizeof (double), model.loading.data, 2 * 5 * 2 * sizeof (double));
  g_assert_cmpmem (read.noise_var, 2 * sizeof (double), model.noise_var, 2 * sizeof (double));
  lw_mppca_clear (&read);
  read.K = 77;
  vector = lw_mat_view (bad, 1, 2);
  g_assert_cmpint (lw_arrays_put (&arrays, "sigma_sq", &vector), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_ERR_RANGE);
  bad[1] = (double) NAN;
  g_assert_cmpint (lw_arrays_put (&arrays, "sigma_sq", &vector), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_ERR_NOT_FINITE);
  vector.cols = 1;
  g_assert_cmpint (lw_arrays_put (&arrays, "sigma_sq", &vector), ==, LW_OK);
  g_assert_cmpint (lw_mppca_from_arrays (&arrays, &read), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (read.K, ==, 77);
  lw_arrays_clear (&arrays);
  lw_mppca_clear (&model);
  lw_mppca_clear (&copy);
  lw_mat_clear (&x);
}

static void
test_limit (void)
{
  static const struct {
    size_t n, p, K, d, K_after, d_after;
    bool   lowered;
  } cases[] = {
    { 600, 164, 6, 3, 6, 3, false }, { 3, 164, 6, 3, 1, 2, true },  { 1, 164, 6, 3, 1, 1, true }, { 10, 164, 6, 3, 2, 3, true },
    { 100, 3, 2, 5, 2, 2, true },    { 30, 164, 6, 3, 6, 3, false }, { 0, 5, 4, 2, 1, 1, true },   { 50, 1, 2, 1, 2, 1, false },
  };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    size_t K = cases[i].K, d = cases[i].d;
    g_assert_true (lw_mppca_limit (cases[i].n, cases[i].p, &K, &d) == cases[i].lowered);
    g_assert_cmpuint (K, ==, cases[i].K_after);
    g_assert_cmpuint (d, ==, cases[i].d_after);
  }
}

/* Data that have less in them than was asked for: a finite model comes out, and the report says what is wrong with it. */
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
  LwMat x = planted (40, 2, 2, 6, 3, 0.1, 6, NULL), some;
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
test_refused (void)
{
  LwMat x = planted (20, 2, 2, 6, 3, 0.1, 7, NULL), before, resp;
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

/* An empty component at the start, and one that empties: weights stay finite and say so. */
static void
test_empty_component (void)
{
  LwMat x = planted (30, 1, 2, 5, 0, 0.1, 8, NULL), resp;
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mppca/em/golden", test_golden);
  g_test_add_func ("/mppca/em/monotone", test_monotone);
  g_test_add_func ("/mppca/em/empty-component", test_empty_component);
  g_test_add_func ("/mppca/fit/planted", test_planted);
  g_test_add_func ("/mppca/fit/context-scale", test_context_scale);
  g_test_add_func ("/mppca/fit/repeatable", test_repeatable);
  g_test_add_func ("/mppca/fit/degenerate", test_degenerate);
  g_test_add_func ("/mppca/fit/refused", test_refused);
  g_test_add_func ("/mppca/dense", test_dense);
  g_test_add_func ("/mppca/arrays", test_arrays);
  g_test_add_func ("/mppca/limit", test_limit);
  return g_test_run ();
}
