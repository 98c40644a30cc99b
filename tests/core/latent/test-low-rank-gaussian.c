/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-low-rank-gaussian.h"

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

/* A = U' diag(var) U + tail (I - U'U), as a dense matrix. */
static LwMat
dense_covariance (const LwLowRankGaussian *g)
{
  LwMat a;

  g_assert_cmpint (lw_mat_alloc (&a, g->p, g->p), ==, LW_OK);
  for (size_t i = 0; i < g->p; i++)
    for (size_t j = 0; j < g->p; j++) {
      double sum = i == j ? g->tail_var : 0;
      for (size_t k = 0; k < g->r; k++)
        sum += lw_mat_get (&g->u, k, i) * (g->var[k] - g->tail_var) * lw_mat_get (&g->u, k, j);
      lw_mat_set (&a, i, j, sum);
    }
  return a;
}

static double
naive_log_density (const LwMat *cov, const double *mean, const double *x)
{
  size_t p = cov->rows;
  double e[16], square = 0;
  LwMat l;

  g_assert_cmpint (lw_mat_alloc (&l, p, p), ==, LW_OK);
  lw_mat_copy (cov, &l);
  g_assert_cmpint (lw_chol_factor (&l), ==, LW_OK);
  for (size_t i = 0; i < p; i++)
    e[i] = x[i] - mean[i];
  lw_tri_solve (&l, false, e);
  for (size_t i = 0; i < p; i++)
    square += e[i] * e[i];
  double log_p = -0.5 * (square + lw_chol_logdet (&l) + (double) p * log (2 * G_PI));
  lw_mat_clear (&l);
  return log_p;
}

static void
check_density (size_t p, size_t r)
{
  LwMat x = random_mat (150, p, 1); /* more than two blocks, the last one short */
  LwMat a = random_mat (r > 0 ? r : 1, p, 2), q, R;
  LwLowRankGaussian g;
  LwLowRankWorkspace ws;
  double log_p[300];

  g_assert_cmpint (lw_low_rank_gaussian_init (&g, p, r), ==, LW_OK);
  g_assert_cmpint (lw_low_rank_workspace_init (&ws, p, r), ==, LW_OK);
  if (r > 0) { /* orthonormal rows from a QR of the transpose */
    LwMat t;
    g_assert_cmpint (lw_mat_alloc (&t, p, r), ==, LW_OK);
    g_assert_cmpint (lw_mat_alloc (&q, p, r), ==, LW_OK);
    g_assert_cmpint (lw_mat_alloc (&R, r, r), ==, LW_OK);
    for (size_t i = 0; i < p; i++)
      for (size_t j = 0; j < r; j++)
        lw_mat_set (&t, i, j, lw_mat_get (&a, j, i));
    g_assert_cmpint (lw_qr_thin (&t, &q, &R), ==, LW_OK);
    for (size_t i = 0; i < p; i++)
      for (size_t j = 0; j < r; j++)
        lw_mat_set (&g.u, j, i, lw_mat_get (&q, i, j));
    lw_mat_clear (&t);
    lw_mat_clear (&q);
    lw_mat_clear (&R);
  }
  g.r = r;
  g.tail_var = 0.3;
  for (size_t j = 0; j < r; j++)
    g.var[j] = 0.5 + (double) j;
  for (size_t i = 0; i < p; i++)
    g.mean[i] = 0.1 * (double) i;

  lw_fill_nan (log_p, 300);
  lw_low_rank_gaussian_log_density (&g, &x, &ws, log_p, 2);
  LwMat cov = dense_covariance (&g);
  for (size_t i = 0; i < x.rows; i++) {
    lw_assert_close (log_p[2 * i], naive_log_density (&cov, g.mean, lw_mat_row (&x, i)), 1e-11, 0);
    lw_assert_untouched (&log_p[2 * i + 1], 1);
  }
  lw_mat_clear (&cov);
  lw_low_rank_gaussian_clear (&g);
  lw_low_rank_workspace_clear (&ws);
  lw_mat_clear (&a);
  lw_mat_clear (&x);
}

static void
test_density (void)
{
  check_density (7, 0);
  check_density (7, 3);
  check_density (7, 7);
  check_density (1, 1);
}

/* Both ways of decomposing, against the eigenvalues of the p x p matrix. */
static void
check_leading (size_t n, size_t p, size_t d)
{
  LwMat x = random_mat (n, p, 3), cov, u, gram;
  double *values = g_new (double, p), *var = g_new (double, d), tail = (double) NAN, rest = 0;

  g_assert_cmpint (lw_mat_alloc (&cov, p, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&u, d, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&gram, d, d), ==, LW_OK);
  lw_fill_nan (var, d);
  lw_mat_fill (&u, (double) NAN);
  g_assert_cmpint (lw_low_rank_leading (&x, d, &u, var, &tail), ==, LW_OK);
  lw_syrk (1, &x, true, 0, &cov);
  g_assert_cmpint (lw_eig_sym (&cov, values), ==, LW_OK);
  for (size_t a = 0; a < d; a++) {
    double expected = a < p ? fmax (values[p - 1 - a], 0) : 0;
    lw_assert_close (var[a], expected, 1e-10, 1e-10);
  }
  for (size_t i = 0; i + d < p; i++)
    rest += values[i];
  lw_assert_close (tail, rest, 1e-9, 1e-10);
  lw_syrk (1, &u, false, 0, &gram);
  for (size_t a = 0; a < d; a++)
    for (size_t b = 0; b < d; b++)
      lw_assert_close (lw_mat_get (&gram, a, b), a == b && a < MIN (n, p) ? 1 : 0, 0, 1e-13);
  g_free (values);
  g_free (var);
  lw_mat_clear (&x);
  lw_mat_clear (&cov);
  lw_mat_clear (&u);
  lw_mat_clear (&gram);
}

static void
test_leading (void)
{
  check_leading (40, 6, 2);
  check_leading (5, 30, 2);
  check_leading (6, 6, 6);
  check_leading (2, 9, 4); /* asks for more directions than there are */
}

/* A tail of 1e-16 of the trace is still known to many digits: sums of differences would have none. */
static void
test_small_tail (void)
{
  LwMat x = random_mat (50, 8, 4), u;
  double var[2], tail;

  for (size_t i = 0; i < 50; i++)
    for (size_t j = 0; j < 8; j++)
      if (j >= 2)
        lw_mat_row (&x, i)[j] *= 1e-8;
  double expected = 0;
  for (size_t i = 0; i < 50; i++) /* nearly: the two first columns hardly lean on the others */
    for (size_t j = 2; j < 8; j++)
      expected += pow (lw_mat_get (&x, i, j), 2);
  g_assert_cmpint (lw_mat_alloc (&u, 2, 8), ==, LW_OK);
  g_assert_cmpint (lw_low_rank_leading (&x, 2, &u, var, &tail), ==, LW_OK);
  g_assert_true (tail > 0.8 * expected && tail <= expected);
  lw_mat_clear (&x);
  lw_mat_clear (&u);
}

static void
test_ledoit_wolf (void)
{
  size_t n = 30, p = 5;
  LwMat x = random_mat (n, p, 5), s;
  LwLowRankGaussian g;

  for (size_t i = 0; i < n; i++)
    lw_mat_row (&x, i)[0] *= 4;
  g_assert_cmpint (lw_low_rank_gaussian_init (&g, p, p), ==, LW_OK);
  g_assert_cmpint (lw_low_rank_gaussian_ledoit_wolf (&g, &x, 1e-8), ==, LW_OK);

  /* Transcribed from the paper: S, m = tr S / p, d^2 = |S - mI|^2/p, b^2 = min (sum_i |x_i x_i' - S|^2/(n^2 p), d^2). */
  double mean[5] = { 0 }, m = 0, d_sq = 0, b_sq = 0;
  g_assert_cmpint (lw_mat_alloc (&s, p, p), ==, LW_OK);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      mean[j] += lw_mat_get (&x, i, j) / (double) n;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      for (size_t k = 0; k < p; k++)
        lw_mat_row (&s, j)[k] += (lw_mat_get (&x, i, j) - mean[j]) * (lw_mat_get (&x, i, k) - mean[k]) / (double) n;
  for (size_t j = 0; j < p; j++)
    m += lw_mat_get (&s, j, j) / (double) p;
  for (size_t j = 0; j < p; j++)
    for (size_t k = 0; k < p; k++) {
      d_sq += pow (lw_mat_get (&s, j, k) - (j == k ? m : 0), 2) / (double) p;
      for (size_t i = 0; i < n; i++)
        b_sq += pow ((lw_mat_get (&x, i, j) - mean[j]) * (lw_mat_get (&x, i, k) - mean[k]) - lw_mat_get (&s, j, k), 2)
                / ((double) (n * n) * (double) p);
    }
  double a = fmin (b_sq, d_sq) / d_sq;
  g_assert_true (a > 0.01 && a < 0.99);
  LwMat cov = dense_covariance (&g);
  lw_assert_close_array (g.mean, mean, p, 1e-12, 1e-14);
  for (size_t j = 0; j < p; j++)
    for (size_t k = 0; k < p; k++)
      lw_assert_close (lw_mat_get (&cov, j, k), (1 - a) * lw_mat_get (&s, j, k) + (j == k ? a * m : 0), 1e-10, 1e-12);
  lw_mat_clear (&cov);
  lw_mat_clear (&s);
  lw_mat_clear (&x);
  lw_low_rank_gaussian_clear (&g);
}

static void
test_ledoit_wolf_single (void)
{
  double row[3] = { 1, 2, 3 };
  LwMat x = lw_mat_view (row, 1, 3), none = lw_mat_view (row, 0, 3);
  LwLowRankGaussian g;

  g_assert_cmpint (lw_low_rank_gaussian_init (&g, 3, 1), ==, LW_OK);
  g_assert_cmpint (lw_low_rank_gaussian_ledoit_wolf (&g, &none, 1e-3), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_low_rank_gaussian_ledoit_wolf (&g, &x, 1e-3), ==, LW_OK);
  lw_assert_close (g.tail_var, 1e-3, 0, 0);
  lw_assert_close_array (g.mean, row, 3, 0, 0);
  lw_low_rank_gaussian_clear (&g);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/low-rank-gaussian/density", test_density);
  g_test_add_func ("/low-rank-gaussian/leading", test_leading);
  g_test_add_func ("/low-rank-gaussian/small-tail", test_small_tail);
  g_test_add_func ("/low-rank-gaussian/ledoit-wolf/transcribed", test_ledoit_wolf);
  g_test_add_func ("/low-rank-gaussian/ledoit-wolf/single", test_ledoit_wolf_single);
  return g_test_run ();
}
