/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-weight-rows.h"

#include <math.h>

#include "promp-fixture.h"

enum { J = 3, N = 4, W = J * N, ROWS = 5 };

/* H of all joints: block diagonal, joint after joint. */
static LwMat
all_rows (const LwMat *h)
{
  LwMat all = new_mat (J * ROWS, W);
  lw_mat_fill (&all, 0);
  for (size_t j = 0; j < J; j++) {
    LwMat block = lw_mat_block (&all, j * ROWS, j * N, ROWS, N);
    lw_mat_copy (h, &block);
  }
  return all;
}

static void
test_dense (void)
{
  LwRng rng;
  lw_rng_init (&rng, 81, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) g = drawn_gaussian (W, 2 * W, &rng);
  g_auto (LwMat) h = new_mat (ROWS, N), mean = new_mat (ROWS, J), std = new_mat (ROWS, J);
  g_auto (LwMat) cov = new_mat (J * ROWS, J * ROWS);
  lw_rng_normals (&rng, h.data, ROWS * N);
  g_auto (LwMat) all = all_rows (&h), expected = slow_product (&all, &g.sigma_w, &all);

  g_assert_cmpint (lw_weight_rows_band (&h, &g, &mean, &std), ==, LW_OK);
  g_assert_cmpint (lw_weight_rows_band (&h, &g, NULL, NULL), ==, LW_OK);
  g_assert_cmpint (lw_weight_rows_covariance (&h, &g, &cov), ==, LW_OK);
  lw_assert_close_array (cov.data, expected.data, J * ROWS * J * ROWS, 1e-12, 1e-13);
  for (size_t i = 0; i < ROWS; i++)
    for (size_t j = 0; j < J; j++) {
      size_t row = j * ROWS + i;
      double sum = 0;
      for (size_t k = 0; k < W; k++)
        sum += lw_mat_get (&all, row, k) * g.mu_w[k];
      lw_assert_close (lw_mat_get (&mean, i, j), sum, 1e-13, 1e-13);
      lw_assert_close (lw_mat_get (&std, i, j), sqrt (lw_mat_get (&expected, row, row)), 1e-12, 0);
    }
}

/* Rounding may leave a variance below zero: no deviation then, and no NaN. */
static void
test_no_variance (void)
{
  g_auto (LwWeightGaussian) g = new_gaussian (W);
  g_auto (LwMat) h = new_mat (ROWS, N), std = new_mat (ROWS, J);
  lw_mat_fill (&h, 1);
  lw_mat_set (&g.sigma_w, 0, 0, -1e-18);
  g_assert_cmpint (lw_weight_rows_band (&h, &g, NULL, &std), ==, LW_OK);
  g_assert_cmpfloat (lw_largest_magnitude (std.data, ROWS * J), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/weight-rows/dense", test_dense);
  g_test_add_func ("/weight-rows/no-variance", test_no_variance);
  return g_test_run ();
}
