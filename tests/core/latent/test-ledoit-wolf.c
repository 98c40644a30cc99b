/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ledoit-wolf.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-rng.h"

static LwMat
random_mat (size_t rows, size_t cols, uint32_t stream)
{
  LwMat m;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&m, rows, cols), ==, LW_OK);
  lw_rng_init (&rng, 11, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, m.data, rows * cols);
  return m;
}

/* The p x p covariance and mean of the paper, transcribed: S, m = tr S / p, d^2 = |S - mI|^2/p,
 * b^2 = min (sum_i |x_i x_i' - S|^2/(n^2 p), d^2), a = b^2 / d^2; and log N (x_i) of every row by its Cholesky factor. */
static double
transcribed (const LwMat *x, double *mean, double *log_p)
{
  size_t n = x->rows, p = x->cols;
  double m = 0, d_sq = 0, b_sq = 0;
  LwMat s;

  g_assert_cmpint (lw_mat_alloc (&s, p, p), ==, LW_OK);
  for (size_t j = 0; j < p; j++)
    mean[j] = 0;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      mean[j] += lw_mat_get (x, i, j) / (double) n;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      for (size_t k = 0; k < p; k++)
        lw_mat_row (&s, j)[k] += (lw_mat_get (x, i, j) - mean[j]) * (lw_mat_get (x, i, k) - mean[k]) / (double) n;
  for (size_t j = 0; j < p; j++)
    m += lw_mat_get (&s, j, j) / (double) p;
  for (size_t j = 0; j < p; j++)
    for (size_t k = 0; k < p; k++) {
      d_sq += pow (lw_mat_get (&s, j, k) - (j == k ? m : 0), 2) / (double) p;
      for (size_t i = 0; i < n; i++)
        b_sq += pow ((lw_mat_get (x, i, j) - mean[j]) * (lw_mat_get (x, i, k) - mean[k]) - lw_mat_get (&s, j, k), 2)
                / ((double) (n * n) * (double) p);
    }
  double a = fmin (b_sq, d_sq) / d_sq;
  for (size_t j = 0; j < p; j++)
    for (size_t k = 0; k < p; k++)
      lw_mat_set (&s, j, k, (1 - a) * lw_mat_get (&s, j, k) + (j == k ? a * m : 0));
  g_assert_cmpint (lw_chol_factor (&s), ==, LW_OK);
  for (size_t i = 0; i < n; i++) {
    double e[64];
    for (size_t j = 0; j < p; j++)
      e[j] = lw_mat_get (x, i, j) - mean[j];
    lw_tri_solve (&s, false, e);
    log_p[i] = -0.5 * (lw_dot (e, e, p) + lw_chol_logdet (&s) + (double) p * log (2 * G_PI));
  }
  lw_mat_clear (&s);
  return a;
}

static void
check_transcribed (size_t n, size_t p, gboolean few)
{
  LwMat x = random_mat (n, p, 5), before;
  LwLedoitWolf g;
  double mean[64], log_p[200], expected[100];

  for (size_t i = 0; i < n; i++)
    lw_mat_row (&x, i)[0] *= 4;
  g_assert_cmpint (lw_mat_alloc (&before, n, p), ==, LW_OK);
  lw_mat_copy (&x, &before);
  g_assert_cmpint (lw_ledoit_wolf_init (&g, &x, 1e-8), ==, LW_OK);
  g_assert_true ((g.n > 0) == few);
  double a = transcribed (&x, mean, expected);
  g_assert_true (a > 0.01 && a < 0.99);
  lw_assert_close (g.weight, a, 1e-11, 0);
  lw_assert_close_array (g.mean, mean, p, 1e-12, 1e-14);
  lw_fill_nan (log_p, 200);
  g_assert_cmpint (lw_ledoit_wolf_log_density (&g, &x, log_p, 2), ==, LW_OK);
  for (size_t i = 0; i < n; i++) {
    lw_assert_close (log_p[2 * i], expected[i], 1e-11, 1e-11);
    lw_assert_untouched (&log_p[2 * i + 1], 1);
  }
  g_assert_cmpmem (x.data, n * p * sizeof (double), before.data, n * p * sizeof (double));
  lw_ledoit_wolf_clear (&g);
  lw_mat_clear (&x);
  lw_mat_clear (&before);
}

static void
test_transcribed (void)
{
  check_transcribed (30, 5, FALSE);
  check_transcribed (90, 40, FALSE);
  check_transcribed (12, 60, TRUE);
}

/* No variance of its own: the floor, in both forms; and what is refused. */
static void
test_degenerate (void)
{
  double data[8] = { 1, 2, 3, 4, 1, 2, 3, 4 }, log_p[2] = { (double) NAN, (double) NAN };
  LwMat x = lw_mat_view (data, 1, 4), none = lw_mat_view (data, 0, 4), narrow = lw_mat_view (data, 4, 2);
  LwLedoitWolf g;

  g_assert_cmpint (lw_ledoit_wolf_init (&g, &none, 1e-3), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_ledoit_wolf_init (&g, &x, 0), ==, LW_ERR_RANGE);
  for (size_t n = 1; n <= 2; n++) {
    x.rows = n;
    g_assert_cmpint (lw_ledoit_wolf_init (&g, &x, 1e-3), ==, LW_OK);
    g_assert_true ((g.n > 0) == (n == 1));
    lw_assert_close (g.isotropic, 1e-3, 0, 0);
    lw_assert_close_array (g.mean, data, 4, 0, 0);
    g_assert_cmpint (lw_ledoit_wolf_log_density (&g, &x, log_p, 1), ==, LW_OK);
    lw_assert_close (log_p[0], -2 * log (2 * G_PI * 1e-3), 1e-12, 0);
    g_assert_cmpint (lw_ledoit_wolf_log_density (&g, &narrow, log_p, 1), ==, LW_ERR_SHAPE);
    lw_ledoit_wolf_clear (&g);
  }
  data[1] = 1e200; /* its square overflows */
  g_assert_cmpint (lw_ledoit_wolf_init (&g, &x, 1e-3), ==, LW_ERR_NOT_FINITE);
  data[1] = (double) NAN;
  g_assert_cmpint (lw_ledoit_wolf_init (&g, &x, 1e-3), ==, LW_ERR_NOT_FINITE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ledoit-wolf/transcribed", test_transcribed);
  g_test_add_func ("/ledoit-wolf/degenerate", test_degenerate);
  return g_test_run ();
}
