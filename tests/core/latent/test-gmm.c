/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-gmm.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-npy-golden.h"
#include "lw-rng.h"
#include "lw-stats.h"

#define GOLDEN 1e-8

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

static void
set_from_golden (LwGmm *gmm, const LwGolden *mu, const LwGolden *cov)
{
  memcpy (gmm->mean.data, mu->data, mu->n * sizeof (double));
  memcpy (gmm->cov.data, cov->data, cov->n * sizeof (double));
  g_assert_cmpint (lw_gmm_factor (gmm), ==, LW_OK);
}

/* Given parameters, EM on 50 samples, forgetting, then the 30 others with weights, forgetting again. */
static void
test_golden (void)
{
  g_auto (LwGolden) z = { 0 }, w = { 0 }, init_mu = { 0 }, init_cov = { 0 };
  enum { FIRST = 50 };
  LwGmmSettings settings = settings_for (2);
  LwGmmReport report;
  LwGmm gmm;

  if (!lw_golden_load (&z, "golden/ps/ct_Z.npy"))
    return;
  g_assert_true (lw_golden_load (&w, "golden/ps/ct_w.npy"));
  g_assert_true (lw_golden_load (&init_mu, "golden/ps/ct_init_mu.npy"));
  g_assert_true (lw_golden_load (&init_cov, "golden/ps/ct_init_cov.npy"));
  LwMat all = lw_golden_mat (&z);
  g_assert_cmpint (lw_gmm_alloc (&gmm, init_mu.dims[0], init_mu.dims[1]), ==, LW_OK);
  set_from_golden (&gmm, &init_mu, &init_cov);
  for (int fit = 0; fit < 2; fit++) {
    g_auto (LwGolden) mu = { 0 }, cov = { 0 }, n = { 0 }, log_pi = { 0 };
    struct {
      LwGolden *golden;
      const char *name;
    } files[] = { { &mu, "mu" }, { &cov, "cov" }, { &n, "n" }, { &log_pi, "logpi" } };
    LwMat x = fit == 0 ? lw_mat_block (&all, 0, 0, FIRST, all.cols) : lw_mat_block (&all, FIRST, 0, all.rows - FIRST, all.cols);

    for (size_t i = 0; i < G_N_ELEMENTS (files); i++) {
      g_autofree char *path = g_strdup_printf ("golden/ps/ct_fit%d_%s.npy", fit, files[i].name);
      g_assert_true (lw_golden_load (files[i].golden, path));
    }
    g_assert_cmpint (lw_gmm_update (&gmm, &x, fit == 0 ? NULL : w.data + FIRST, &settings, NULL, &report, NULL), ==, LW_OK);
    g_assert_true (report.converged);
    g_assert_cmpuint (report.n_on_floor, ==, 0);
    lw_gmm_forget (&gmm, 0.9);
    lw_assert_close_array (gmm.mean.data, mu.data, mu.n, GOLDEN, GOLDEN);
    lw_assert_close_array (gmm.cov.data, cov.data, cov.n, GOLDEN, GOLDEN);
    lw_assert_close_array (gmm.n, n.data, n.n, GOLDEN, 0);
    lw_assert_close_array (gmm.log_pi, log_pi.data, log_pi.n, GOLDEN, 0);
  }
  lw_gmm_clear (&gmm);
}

/* One step of the update in plain loops over 2 x 2 matrices with determinants. */
static void
test_naive_update (void)
{
  enum { N = 25, K = 2 };
  LwMat x = clusters (N, K, 2, 1.5, 1);
  LwGmmSettings settings = settings_for (K);
  double w[N], N_k[K], mean[K][2], cov[K][2][2], resp[N][K];
  LwGmm gmm;

  settings.max_iterations = 1;
  g_assert_cmpint (lw_gmm_alloc (&gmm, K, 2), ==, LW_OK);
  for (size_t k = 0; k < K; k++) {
    gmm.n[k] = 5 + 3 * (double) k;
    gmm.log_pi[k] = log (k == 0 ? 0.3 : 0.7);
    lw_mat_set (&gmm.mean, k, 0, 1.2 * (double) k);
    lw_mat_set (&gmm.mean, k, 1, -0.9 * (double) k);
    lw_mat_set (&gmm.cov, 2 * k, 1, 0.3);
    lw_mat_set (&gmm.cov, 2 * k + 1, 0, 0.3);
  }
  g_assert_cmpint (lw_gmm_factor (&gmm), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    double sum = 0;
    w[i] = 0.2 + 0.1 * (double) (i % 9);
    for (size_t k = 0; k < K; k++) {
      double a = lw_mat_get (&x, i, 0) - 1.2 * (double) k, b = lw_mat_get (&x, i, 1) + 0.9 * (double) k, det = 1 - 0.09;
      resp[i][k] = exp (gmm.log_pi[k] - 0.5 * (a * a - 2 * 0.3 * a * b + b * b) / det) / (2 * G_PI * sqrt (det));
      sum += resp[i][k];
    }
    for (size_t k = 0; k < K; k++)
      resp[i][k] *= w[i] / sum;
  }
  for (size_t k = 0; k < K; k++) {
    double old_mean[2] = { 1.2 * (double) k, -0.9 * (double) k }, old_cov[2][2] = { { 1, 0.3 }, { 0.3, 1 } };
    N_k[k] = gmm.n[k];
    for (size_t i = 0; i < N; i++)
      N_k[k] += resp[i][k];
    for (size_t a = 0; a < 2; a++) {
      mean[k][a] = gmm.n[k] * old_mean[a] / N_k[k];
      for (size_t i = 0; i < N; i++)
        mean[k][a] += resp[i][k] * lw_mat_get (&x, i, a) / N_k[k];
    }
    for (size_t a = 0; a < 2; a++)
      for (size_t b = 0; b < 2; b++) {
        cov[k][a][b] = gmm.n[k] * old_cov[a][b] / N_k[k];
        for (size_t i = 0; i < N; i++)
          cov[k][a][b] += resp[i][k] * (lw_mat_get (&x, i, a) - mean[k][a]) * (lw_mat_get (&x, i, b) - mean[k][b]) / N_k[k];
      }
  }
  g_assert_cmpint (lw_gmm_update (&gmm, &x, w, &settings, NULL, NULL, NULL), ==, LW_OK);
  lw_assert_close_array (gmm.n, N_k, K, 1e-12, 0);
  lw_assert_close_array (gmm.mean.data, mean[0], 2 * K, 1e-12, 1e-13);
  lw_assert_close_array (gmm.cov.data, cov[0][0], 4 * K, 1e-12, 1e-13);
  for (size_t k = 0; k < K; k++)
    lw_assert_close (exp (gmm.log_pi[k]), N_k[k] / (N_k[0] + N_k[1]), 1e-12, 0);
  lw_gmm_clear (&gmm);
  lw_mat_clear (&x);
}

/* A sample that counts twice is a sample given twice; one that counts nothing is not there. */
static void
test_weights_are_counts (void)
{
  enum { N = 60, K = 3, P = 4 };
  LwMat x = clusters (N, K, P, 3, 2), doubled;
  LwGmmSettings settings = settings_for (K);
  double w[N];
  size_t rows = 0;
  LwGmm weighted, repeated;

  settings.candidates = 1;
  g_assert_cmpint (lw_mat_alloc (&doubled, 2 * N, P), ==, LW_OK);
  g_assert_cmpint (lw_gmm_alloc (&weighted, K, P), ==, LW_OK);
  for (size_t k = 0; k < K; k++)
    memcpy (lw_mat_row (&weighted.mean, k), lw_mat_row (&x, k), P * sizeof (double));
  g_assert_cmpint (lw_gmm_copy (&weighted, &repeated), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    w[i] = (double) (i % 5 % 3);
    for (int times = 0; times < (int) w[i]; times++)
      memcpy (lw_mat_row (&doubled, rows++), lw_mat_row (&x, i), P * sizeof (double));
  }
  doubled.rows = rows;
  LwGmmReport a, b;
  g_assert_cmpint (lw_gmm_update (&weighted, &x, w, &settings, NULL, &a, NULL), ==, LW_OK);
  g_assert_cmpint (lw_gmm_update (&repeated, &doubled, NULL, &settings, NULL, &b, NULL), ==, LW_OK);
  lw_assert_close_array (weighted.mean.data, repeated.mean.data, K * P, 1e-9, 1e-11);
  lw_assert_close_array (weighted.cov.data, repeated.cov.data, K * P * P, 1e-9, 1e-11);
  lw_assert_close_array (weighted.n, repeated.n, K, 1e-9, 0);
  lw_assert_close (a.log_likelihood, b.log_likelihood, 1e-10, 0);
  g_assert_cmpuint (a.iterations, ==, b.iterations);
  lw_gmm_clear (&weighted);
  lw_gmm_clear (&repeated);
  lw_mat_clear (&x);
  lw_mat_clear (&doubled);
}

static double
mean_log_likelihood (const LwGmm *gmm, const LwMat *x)
{
  g_autofree double *log_p = g_new (double, x->rows);

  g_assert_cmpint (lw_gmm_responsibilities (gmm, x, NULL, log_p), ==, LW_OK);
  return lw_mean (log_p, x->rows);
}

/* Finds planted clusters, and the likelihood it reports is that of what it returns. */
static void
test_planted (void)
{
  enum { N = 900, K = 3, P = 4 };
  LwMat x = clusters (N, K, P, 6, 3);
  LwGmmSettings settings = settings_for (K);
  LwGmmReport report;
  double history[500];
  LwGmm gmm;

  g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, &report, history), ==, LW_OK);
  g_assert_true (report.converged);
  for (size_t k = 0; k < K; k++) {
    double place = lw_mat_get (&gmm.mean, k, 0) / 6, cluster = round (place);
    LwMat cov = lw_gmm_cov (&gmm, k);
    lw_assert_close (gmm.n[k], N / K, 0.02, 0);
    for (size_t j = 0; j < P; j++) {
      lw_assert_close (lw_mat_get (&gmm.mean, k, j), (j % 2 ? -6 : 6) * cluster, 0, 0.25);
      for (size_t l = 0; l < P; l++)
        lw_assert_close (lw_mat_get (&cov, j, l), j == l, 0, 0.3);
    }
  }
  lw_assert_close (report.log_likelihood, mean_log_likelihood (&gmm, &x), 1e-12, 0);
  lw_assert_close (history[report.iterations - 1], report.log_likelihood, 0, 0);
  g_assert_true (isnan (history[report.iterations]));
  lw_gmm_clear (&gmm);

  lw_mat_clear (&x);
}

/* Of several starts the most likely end stands, which is not always that of the lowest inertia. */
static void
test_candidates (void)
{
  size_t others = 0;

  for (uint32_t stream = 0; stream < 12; stream++) {
    LwMat x = clusters (150, 3, 2, 1.5, 20 + stream);
    LwGmmSettings settings = settings_for (4);
    LwGmmReport one, best;
    LwGmm gmm;

    settings.candidates = 1;
    g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, &one, NULL), ==, LW_OK);
    lw_gmm_clear (&gmm);
    settings.candidates = 5;
    g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, &best, NULL), ==, LW_OK);
    lw_gmm_clear (&gmm);
    g_assert_cmpuint (one.n_small + best.n_small, ==, 0);
    g_assert_cmpfloat (best.log_likelihood, >=, one.log_likelihood - 1e-12);
    g_assert_true ((best.chosen == 0) == (fabs (best.log_likelihood - one.log_likelihood) < 1e-12));
    others += best.chosen > 0;
    lw_mat_clear (&x);
  }
  g_assert_cmpuint (others, >, 2);
}

/* The likelihood does not fall, with a floor that binds or none, with weights, also with fewer samples than dimensions. */
static void
test_monotone (void)
{
  static const struct {
    size_t n, p, K;
    double floor;
    gboolean weights;
  } cases[] = { { 200, 3, 4, 1e-8, FALSE }, { 200, 3, 4, 0, TRUE }, { 200, 3, 4, 0.7, FALSE }, { 40, 60, 3, 1e-4, TRUE } };

  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
    LwMat x = clusters (cases[c].n, 3, cases[c].p, 1.0, (uint32_t) (10 + c));
    LwGmmSettings settings = settings_for (cases[c].K);
    double history[500], w[200];
    LwGmmReport report;
    LwGmm gmm;

    for (size_t i = 0; i < 200; i++)
      w[i] = 0.1 + (double) (i % 7);
    settings.floor = cases[c].floor;
    settings.tolerance = 1e-9;
    g_assert_cmpint (lw_gmm_fit (&x, cases[c].weights ? w : NULL, &settings, NULL, &gmm, &report, history), ==, LW_OK);
    double rounding = 1e-11 * (1 + fabs (report.log_likelihood));
    for (size_t t = 1; t < report.iterations; t++)
      g_assert_cmpfloat (history[t], >=, history[t - 1] - rounding);
    g_assert_cmpfloat (report.largest_fall, <=, rounding);
    if (cases[c].floor > 0.5 || cases[c].n < cases[c].p) {
      g_assert_cmpuint (report.n_on_floor, >, 0);
      g_assert_cmpuint (report.n_raised, >=, report.n_on_floor);
    } else {
      g_assert_cmpuint (report.n_on_floor, ==, 0);
    }
    lw_gmm_clear (&gmm);
    lw_mat_clear (&x);
  }
}

/* One component: the moments, but for the directions that the floor holds. */
static void
test_floor (void)
{
  enum { N = 50, P = 3 };
  LwMat x = clusters (N, 1, P, 0, 20);
  LwGmmSettings settings = settings_for (1);
  LwGmmReport report;
  LwGmm gmm;

  for (size_t i = 0; i < N; i++)
    lw_mat_set (&x, i, 2, 4); /* constant column */
  settings.floor = 1e-3;
  g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, &report, NULL), ==, LW_OK);
  g_assert_cmpuint (report.n_on_floor, ==, 1);
  g_assert_cmpuint (report.n_raised, ==, 1);
  lw_assert_close (report.floor, 1e-3, 0, 0);
  lw_assert_close (lw_mat_get (&gmm.cov, 2, 2), 1e-3, 1e-10, 0);
  double expected = 0, mean = 0;
  for (size_t i = 0; i < N; i++)
    mean += lw_mat_get (&x, i, 0) / N;
  for (size_t i = 0; i < N; i++)
    expected += pow (lw_mat_get (&x, i, 0) - mean, 2) / N;
  lw_assert_close (lw_mat_get (&gmm.cov, 0, 0), expected, 1e-12, 0);
  lw_assert_close (lw_mat_get (&gmm.cov, 0, 2), 0, 0, 1e-12);
  lw_gmm_clear (&gmm);

  /* Without a floor there is no density, and nothing comes out. */
  gmm.K = 77;
  settings.floor = 0;
  report.iterations = 77;
  g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, &report, NULL), ==, LW_ERR_NOT_SPD);
  g_assert_cmpuint (gmm.K, ==, 77);
  g_assert_cmpuint (report.iterations, ==, 77);
  lw_mat_clear (&x);
}

static void
test_responsibilities (void)
{
  enum { N = 300, K = 2, P = 3 };
  LwMat x = clusters (N, K, P, 2, 40), log_resp;
  LwGmmSettings settings = settings_for (K);
  double log_p[N], far[3][P] = { { 1e5, 0, 0 }, { 1e150, 1e150, 0 }, { -1e300, 1e300, 1e300 } };
  LwMat far_x = lw_mat_view (far[0], 3, P);
  LwGmm gmm;

  g_assert_cmpint (lw_gmm_fit (&x, NULL, &settings, NULL, &gmm, NULL, NULL), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&log_resp, N, K), ==, LW_OK);
  g_assert_cmpint (lw_gmm_responsibilities (&gmm, &x, &log_resp, log_p), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    double joint[K];
    for (size_t k = 0; k < K; k++) {
      LwMat chol = lw_gmm_chol (&gmm, k);
      double e[P], square = 0;
      for (size_t j = 0; j < P; j++)
        e[j] = lw_mat_get (&x, i, j) - lw_mat_get (&gmm.mean, k, j);
      lw_tri_solve (&chol, false, e);
      for (size_t j = 0; j < P; j++)
        square += e[j] * e[j];
      joint[k] = gmm.log_pi[k] - 0.5 * (square + lw_chol_logdet (&chol) + P * log (2 * G_PI));
    }
    lw_assert_close (log_p[i], lw_log_normalise (joint, K), 1e-12, 0);
    lw_assert_close_array (lw_mat_row (&log_resp, i), joint, K, 1e-10, 1e-12);
  }
  LwMat three = lw_mat_block (&log_resp, 0, 0, 3, K);
  g_assert_cmpint (lw_gmm_responsibilities (&gmm, &far_x, &three, log_p), ==, LW_OK);
  for (size_t i = 0; i < 3; i++) {
    lw_assert_close (exp (lw_mat_get (&three, i, 0)) + exp (lw_mat_get (&three, i, 1)), 1, 1e-12, 0);
    g_assert_false (isnan (log_p[i]));
  }
  g_assert_true (isfinite (log_p[0]) && isinf (log_p[2]));
  lw_mat_clear (&log_resp);
  lw_mat_clear (&x);
  lw_gmm_clear (&gmm);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/gmm/golden", test_golden);
  g_test_add_func ("/gmm/naive-update", test_naive_update);
  g_test_add_func ("/gmm/weights-are-counts", test_weights_are_counts);
  g_test_add_func ("/gmm/planted", test_planted);
  g_test_add_func ("/gmm/candidates", test_candidates);
  g_test_add_func ("/gmm/monotone", test_monotone);
  g_test_add_func ("/gmm/floor", test_floor);
  g_test_add_func ("/gmm/responsibilities", test_responsibilities);
  return g_test_run ();
}
