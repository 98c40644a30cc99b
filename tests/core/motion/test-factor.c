/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-factor.h"

#include <math.h>

#include "lw-assert-close.h"
#include "promp-fixture.h"

/* Whatever the unit: full rank is definite, a repeated row is not, even where elimination leaves a positive pivot of it. */
static void
test_definite (void)
{
  enum { W = 20, N = 6 };
  const double scales[] = { 1e-150, 1, 1e150 };
  for (uint32_t trial = 0; trial < 60; trial++) {
    LwRng rng;
    lw_rng_init (&rng, 71, LW_RNG_TEST, trial, 0);
    g_auto (LwMat) a = new_mat (N, W), gram = new_mat (N, N), factor = new_mat (N, N);
    lw_rng_normals (&rng, a.data, N * W);
    double scale = scales[trial % 3];
    lw_syrk (scale, &a, false, 0, &gram);
    lw_mat_copy (&gram, &factor);
    g_assert_cmpint (lw_factor_definite (&factor, NULL), ==, LW_OK);
    g_auto (LwMat) back = new_mat (N, N);
    lw_syrk (1, &factor, false, 0, &back);
    lw_assert_close_to_largest (back.data, gram.data, N * N, 1e-13);

    double all[N], huge[N];
    for (size_t i = 0; i < N; i++) {
      all[i] = lw_mat_get (&gram, i, i);
      huge[i] = 1e16 * all[i];
    }
    lw_mat_copy (&gram, &factor);
    g_assert_cmpint (lw_factor_definite (&factor, all), ==, LW_OK);
    lw_mat_copy (&gram, &factor);
    g_assert_cmpint (lw_factor_definite (&factor, huge), ==, LW_ERR_NOT_SPD); /* sums of numbers this large are all rounding */

    size_t repeated = trial % (N - 1);
    for (size_t k = 0; k < W; k++)
      lw_mat_set (&a, N - 1, k, 3 * lw_mat_get (&a, repeated, k));
    lw_syrk (scale, &a, false, 0, &gram);
    lw_mat_copy (&gram, &factor);
    g_assert_cmpint (lw_factor_definite (&factor, NULL), ==, LW_ERR_NOT_SPD);
  }
}

/* root' root is the matrix, of full rank and of any lower one. */
static void
test_semidefinite (void)
{
  enum { W = 9 };
  LwRng rng;
  lw_rng_init (&rng, 72, LW_RNG_TEST, 0, 0);
  for (size_t rank = 1; rank <= 12; rank++) {
    g_auto (LwWeightGaussian) g = drawn_gaussian (W, rank, &rng);
    g_auto (LwMat) root = new_mat (W, W), back = new_mat (W, W);
    double clipped = (double) NAN;
    g_assert_cmpint (lw_factor_semidefinite (&g.sigma_w, &root, &clipped), ==, LW_OK);
    lw_syrk (1, &root, true, 0, &back);
    lw_assert_close_to_largest (back.data, g.sigma_w.data, W * W, 1e-12);
    lw_assert_close (clipped, 0, 0, 1e-12);
  }
}

/* diag (4, -1, 0) in another basis: what is left is diag (4, 0, 0), and a quarter is reported. */
static void
test_clipped (void)
{
  const double c = cos (0.7), s = sin (0.7), turn[9] = { c, -s, 0, s, c, 0, 0, 0, 1 }, values[3] = { 4, -1, 0 };
  double given[9] = { 0 }, kept[9] = { 0 }, root[9], back[9], clipped;
  for (size_t i = 0; i < 3; i++)
    for (size_t j = 0; j < 3; j++)
      for (size_t k = 0; k < 3; k++) {
        given[3 * i + j] += turn[3 * i + k] * values[k] * turn[3 * j + k];
        kept[3 * i + j] += turn[3 * i + k] * fmax (values[k], 0) * turn[3 * j + k];
      }
  LwMat a = lw_mat_view (given, 3, 3), root_view = lw_mat_view (root, 3, 3), back_view = lw_mat_view (back, 3, 3);
  g_assert_cmpint (lw_factor_semidefinite (&a, &root_view, &clipped), ==, LW_OK);
  lw_syrk (1, &root_view, true, 0, &back_view);
  lw_assert_close_array (back, kept, 9, 1e-13, 1e-13);
  lw_assert_close (clipped, 0.25, 1e-13, 0);
  g_assert_cmpint (lw_factor_semidefinite (&a, &root_view, NULL), ==, LW_OK);

  lw_mat_fill (&a, 0);
  g_assert_cmpint (lw_factor_semidefinite (&a, &root_view, &clipped), ==, LW_OK);
  g_assert_cmpfloat (clipped, ==, 0);
  g_assert_cmpfloat (lw_largest_magnitude (root, 9), ==, 0);
  lw_mat_set (&a, 1, 1, -2);
  g_assert_cmpint (lw_factor_semidefinite (&a, &root_view, &clipped), ==, LW_OK);
  g_assert_true (isinf (clipped));
  lw_mat_set (&a, 1, 0, (double) NAN);
  g_assert_cmpint (lw_factor_semidefinite (&a, &root_view, &clipped), ==, LW_ERR_NOT_FINITE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/factor/definite", test_definite);
  g_test_add_func ("/factor/semidefinite", test_semidefinite);
  g_test_add_func ("/factor/clipped", test_clipped);
  return g_test_run ();
}
