/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-marginal.h"

#include <math.h>

#include "promp-fixture.h"

static void
test_dense_transcription (void)
{
  enum { J = 3 };
  LwRng rng;
  lw_rng_init (&rng, 11, LW_RNG_TEST, 0, 0);
  for (int kind = 0; kind < 2; kind++) {
    LwBasis basis;
    if (kind == 0)
      g_assert_cmpint (lw_basis_init_stroke (&basis, 7), ==, LW_OK);
    else
      g_assert_cmpint (lw_basis_init_rhythmic (&basis, 7, 0.5), ==, LW_OK);
    g_auto (LwWeightGaussian) g = drawn_gaussian (7 * J, 30, &rng);
    const LwPhasePoint a = { 0.31, 0.8, -0.6 }, b = { 0.44, 1.7, 2.5 };
    for (size_t n_orders = 1; n_orders <= LW_N_ORDERS; n_orders++) {
      size_t m = n_orders * J;
      double mean[LW_N_ORDERS * J];
      g_auto (LwMat) cov = new_mat (m, m), cross = new_mat (m, m);
      g_auto (LwMat) psi_a = dense_psi (&basis, J, a, n_orders), psi_b = dense_psi (&basis, J, b, n_orders);
      g_auto (LwMat) slow = slow_product (&psi_a, &g.sigma_w, &psi_a), slow_cross = slow_product (&psi_a, &g.sigma_w, &psi_b);
      lw_fill_nan (mean, m);
      g_assert_cmpint (lw_promp_marginal (&basis, &g, J, &a, n_orders, mean, &cov), ==, LW_OK);
      g_assert_cmpint (lw_promp_cross (&basis, &g, J, &a, &b, n_orders, &cross), ==, LW_OK);
      for (size_t i = 0; i < m; i++) {
        double sum = 0;
        for (size_t k = 0; k < g.n_weights; k++)
          sum += lw_mat_get (&psi_a, i, k) * g.mu_w[k];
        lw_assert_close (mean[i], sum, 1e-12, 1e-12);
      }
      lw_assert_close_to_largest (cov.data, slow.data, m * m, 1e-13);
      lw_assert_close_to_largest (cross.data, slow_cross.data, m * m, 1e-13);
      assert_covariance (&cov, &cov, 1e-13);
    }
  }
}

/* Bands are the marginals' diagonals, and a movement drawn often enough scatters as they say. */
static void
test_bands (void)
{
  enum { J = 2, N = 9, T = 5, DRAWS = 20000 };
  LwBasis basis;
  LwRng rng;
  const LwPhasePoint at[T] = { { 0, 0.5, 0 }, { 0.2, 0.5, 1 }, { 0.55, 0.9, 0 }, { 0.8, 2, -3 }, { 1, 0.5, 0 } };

  lw_rng_init (&rng, 12, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init_stroke (&basis, N), ==, LW_OK);
  g_auto (LwWeightGaussian) g = drawn_gaussian (N * J, 30, &rng);
  g_auto (LwMat) mean = new_mat (T, J), std = new_mat (T, J), draws = new_mat (DRAWS, N * J);
  g_assert_cmpint (lw_promp_sample_many (&g, &rng, &draws), ==, LW_OK);
  for (size_t order = 0; order < LW_N_ORDERS; order++) {
    g_assert_cmpint (lw_promp_band_order (&basis, &g, J, at, T, (LwOrder) order, &mean, &std), ==, LW_OK);
    for (size_t i = 0; i < T; i++) {
      double y[LW_N_ORDERS * J], sum[J] = { 0 }, square[J] = { 0 };
      g_auto (LwMat) cov = new_mat (LW_N_ORDERS * J, LW_N_ORDERS * J);
      g_assert_cmpint (lw_promp_marginal (&basis, &g, J, &at[i], LW_N_ORDERS, y, &cov), ==, LW_OK);
      for (size_t n = 0; n < DRAWS; n++) {
        double movement[LW_N_ORDERS][J];
        lw_basis_movement (&basis, lw_mat_row (&draws, n), J, &at[i], movement[0], movement[1], movement[2]);
        for (size_t j = 0; j < J; j++) {
          sum[j] += movement[order][j] / DRAWS;
          square[j] += movement[order][j] * movement[order][j] / DRAWS;
        }
      }
      for (size_t j = 0; j < J; j++) {
        double s = lw_mat_get (&std, i, j);
        lw_assert_close (lw_mat_get (&mean, i, j), y[order * J + j], 1e-12, 1e-12);
        lw_assert_close (s * s, lw_mat_get (&cov, order * J + j, order * J + j), 1e-12, 0);
        lw_assert_close (sum[j], y[order * J + j], 0, 5 * s / sqrt (DRAWS));
        lw_assert_close (sqrt (square[j] - sum[j] * sum[j]), s, 5 / sqrt (2.0 * DRAWS), 0);
      }
    }
  }
}

/* mp_*: bands and the covariance of every fourth point of a whole trajectory, joint-major. */
static void
test_golden (void)
{
  const LwBasis basis = { LW_BASIS_STROKE, 8, 0, 1.0 / 7, -1 / (8 * 64 * log (0.7)) };
  g_auto (LwWeightGaussian) g = { 0 };
  g_auto (LwGolden) s = { 0 }, whole = { 0 };

  if (!load_gaussian (&g, SYN "ml_mean.npy", SYN "ml_cov.npy") || !lw_golden_load (&s, SYN "in_s.npy")
      || !lw_golden_load (&whole, SYN "mp_cov_traj_s25.npy"))
    return;
  g_autofree LwPhasePoint *at = g_new0 (LwPhasePoint, s.n);
  g_auto (LwMat) mean = new_mat (s.n, 2), std = new_mat (s.n, 2), cov = new_mat (50, 50);
  for (size_t i = 0; i < s.n; i++)
    at[i] = (LwPhasePoint){ s.data[i], 1, 0 };
  const char *const names[2][2] = { { SYN "mp_mean_traj.npy", SYN "mp_var_traj.npy" },
                                    { SYN "mp_mean_vel.npy", SYN "mp_var_vel.npy" } };
  for (size_t order = 0; order < 2; order++) {
    g_auto (LwGolden) mean_golden = { 0 }, var_golden = { 0 };
    g_assert_true (lw_golden_load (&mean_golden, names[order][0]) && lw_golden_load (&var_golden, names[order][1]));
    g_assert_cmpint (lw_promp_band_order (&basis, &g, 2, at, s.n, (LwOrder) order, &mean, &std), ==, LW_OK);
    for (size_t i = 0; i < s.n * 2; i++)
      std.data[i] *= std.data[i];
    lw_assert_close_to_largest (mean.data, mean_golden.data, s.n * 2, 1e-9);
    lw_assert_close_to_largest (std.data, var_golden.data, s.n * 2, 1e-9);
  }

  LwPhasePoint some[25];
  for (size_t i = 0; i < 25; i++)
    some[i] = (LwPhasePoint){ (double) i / 24, 1, 0 };
  g_assert_cmpint (lw_promp_covariance (&basis, &g, 2, some, 25, LW_ORDER_POSITION, &cov), ==, LW_OK);
  lw_assert_close_to_largest (cov.data, whole.data, 50 * 50, 1e-9);
}

static void
test_bad_input (void)
{
  LwBasis basis;
  LwRng rng;
  double mean[6];
  LwPhasePoint at = { 0.5, 1, 0 };

  lw_rng_init (&rng, 13, LW_RNG_TEST, 0, 0);
  lw_fill_nan (mean, 6);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 5), ==, LW_OK);
  g_auto (LwWeightGaussian) g = drawn_gaussian (10, 12, &rng);
  g_auto (LwMat) cov = new_mat (2, 2);
  g_assert_cmpint (lw_promp_marginal (&basis, &g, 3, &at, 1, mean, &cov), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_marginal (&basis, &g, 0, &at, 1, mean, &cov), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_marginal (&basis, &g, (size_t) -1, &at, 1, mean, &cov), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_marginal (&basis, &g, 2, &at, 2, mean, &cov), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_marginal (&basis, &g, 2, &at, 0, mean, &cov), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_marginal (&basis, &g, 2, &at, 4, mean, &cov), ==, LW_ERR_RANGE);
  at.z = 1.1;
  g_assert_cmpint (lw_promp_marginal (&basis, &g, 2, &at, 1, mean, &cov), ==, LW_ERR_RANGE);
  at.z = (double) NAN;
  g_assert_cmpint (lw_promp_cross (&basis, &g, 2, &at, &at, 1, &cov), ==, LW_ERR_NOT_FINITE);
  at.z = 0.5;
  g.sigma_w.data[7] = (double) INFINITY;
  g_assert_cmpint (lw_promp_marginal (&basis, &g, 2, &at, 1, mean, &cov), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_promp_covariance (&basis, &g, 2, &at, 1, LW_ORDER_POSITION, &cov), ==, LW_ERR_NOT_FINITE);
  basis.h = 0;
  g_assert_cmpint (lw_promp_band_order (&basis, &g, 2, &at, 1, LW_ORDER_POSITION, &cov, &cov), ==, LW_ERR_RANGE);
  lw_assert_untouched (mean, 6);
  lw_assert_untouched (cov.data, 4);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-marginal/dense-transcription", test_dense_transcription);
  g_test_add_func ("/promp-marginal/bands", test_bands);
  g_test_add_func ("/promp-marginal/golden", test_golden);
  g_test_add_func ("/promp-marginal/bad-input", test_bad_input);
  return g_test_run ();
}
