/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-product.h"

#include <math.h>

#include "lw-promp-marginal.h"
#include "promp-fixture.h"

enum { J = 2, M = 2 * J };

static void
test_golden (void)
{
  g_auto (LwWeightGaussian) first = { 0 }, second = { 0 };
  g_auto (LwGolden) z = { 0 }, alpha = { 0 };
  if (!load_gaussian (&first, SYN "ops_prod_mu1.npy", SYN "ops_prod_Sw1.npy")
      || !load_gaussian (&second, SYN "ops_prod_mu2.npy", SYN "ops_prod_Sw2.npy") || !lw_golden_load (&z, SYN "ops_z.npy")
      || !lw_golden_load (&alpha, SYN "ops_prod_alpha2.npy"))
    return;
  const struct {
    const char *mean, *cov;
    gboolean blend;
  } cases[] = {
    { SYN "ops_coact_mean.npy", SYN "ops_coact_cov.npy", FALSE },
    { SYN "ops_blend_mean.npy", SYN "ops_blend_cov.npy", TRUE },
  };
  g_autofree LwPhasePoint *at = g_new0 (LwPhasePoint, z.n);
  g_autofree double *a1 = g_new (double, z.n), *a2 = g_new (double, z.n);
  g_auto (LwMat) mean = new_mat (z.n, M), cov = new_mat (z.n * M, M);
  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
    g_auto (LwGolden) mean_golden = { 0 }, cov_golden = { 0 };
    for (size_t i = 0; i < z.n; i++) {
      at[i] = (LwPhasePoint){ z.data[i], 1 / 1.5, 0 };
      a2[i] = cases[c].blend ? lw_blend_activation (z.data[i], 0.5, 1.0 / 12) : 1;
      a1[i] = cases[c].blend ? 1 - a2[i] : 1;
      if (cases[c].blend)
        lw_assert_close (a2[i], alpha.data[i], 1e-12, 0);
    }
    const LwPrompPart parts[2] = { { &golden_basis, &first, at, a1 }, { &golden_basis, &second, at, a2 } };
    g_assert_true (lw_golden_load (&mean_golden, cases[c].mean) && lw_golden_load (&cov_golden, cases[c].cov));
    g_assert_cmpint (lw_promp_product (parts, 2, J, z.n, 2, 1e-8, &mean, &cov), ==, LW_OK);
    lw_assert_close_to_largest (mean.data, mean_golden.data, mean_golden.n, 1e-9);
    lw_assert_close_to_largest (cov.data, cov_golden.data, cov_golden.n, 1e-9);
  }
}

static const LwPhasePoint points[] = { { 0, 0.5, 0 }, { 0.3, 0.8, 0.2 }, { 0.77, 0.9, -1 }, { 1, 0.5, 0 } };
enum { T = G_N_ELEMENTS (points) };

/* One part alone is itself; twice the same halves the covariance; equal parts to powers that sum to one are itself again. */
static void
test_powers (void)
{
  LwRng rng;
  lw_rng_init (&rng, 71, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) g = drawn_gaussian (8 * J, 30, &rng), other = drawn_gaussian (8 * J, 30, &rng);
  const double one[T] = { 1, 1, 1, 1 }, zero[T] = { 0 }, some[T] = { 0.25, 0.5, 0.1, 0.9 }, rest[T] = { 0.75, 0.5, 0.9, 0.1 };
  const struct {
    const LwWeightGaussian *second;
    const double *a1, *a2;
    double scale;
  } cases[] = {
    { &other, one, zero, 1 },
    { &g, one, one, 0.5 },
    { &g, some, rest, 1 },
  };
  g_auto (LwMat) mean = new_mat (T, M), cov = new_mat (T * M, M), expected = new_mat (M, M);
  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
    const LwPrompPart parts[2] = { { &golden_basis, &g, points, cases[c].a1 },
                                   { &golden_basis, cases[c].second, points, cases[c].a2 } };
    g_assert_cmpint (lw_promp_product (parts, 2, J, T, 2, 0, &mean, &cov), ==, LW_OK);
    for (size_t i = 0; i < T; i++) {
      double m[M];
      LwMat block = lw_mat_block (&cov, i * M, 0, M, M);
      g_assert_cmpint (lw_promp_marginal (&golden_basis, &g, J, &points[i], 2, m, &expected), ==, LW_OK);
      for (size_t k = 0; k < M * M; k++)
        expected.data[k] *= cases[c].scale;
      lw_assert_close_to_largest (lw_mat_row (&mean, i), m, M, 1e-10);
      lw_assert_close_to_largest (block.data, expected.data, M * M, 1e-10);
      assert_covariance (&block, &block, 1e-14);
    }
  }
}

/* Three parts on bases and phases of their own, positions only: the density of the product is the product of the densities, up to
 * a constant. */
static void
test_density (void)
{
  LwRng rng;
  LwBasis basis[3];
  LwPhasePoint at[3][T];
  double activation[3][T];
  LwPrompPart parts[3];
  LwWeightGaussian g[3];

  lw_rng_init (&rng, 72, LW_RNG_TEST, 0, 0);
  for (size_t p = 0; p < 3; p++) {
    g_assert_cmpint (lw_basis_init_stroke (&basis[p], 6 + 3 * p), ==, LW_OK);
    g[p] = drawn_gaussian (J * basis[p].n, 40, &rng);
    for (size_t i = 0; i < T; i++) {
      at[p][i] = (LwPhasePoint){ lw_rng_uniform (&rng), 1, 0 };
      activation[p][i] = 2 * lw_rng_uniform (&rng);
    }
    parts[p] = (LwPrompPart){ &basis[p], &g[p], at[p], activation[p] };
  }
  g_auto (LwMat) mean = new_mat (T, J), cov = new_mat (T * J, J), s = new_mat (J, J);
  g_assert_cmpint (lw_promp_product (parts, 3, J, T, 1, 0, &mean, &cov), ==, LW_OK);
  for (size_t i = 0; i < T; i++) {
    double difference[2]; /* of the two sides at two points */
    for (size_t point = 0; point < 2; point++) {
      double y[J] = { lw_rng_normal (&rng), lw_rng_normal (&rng) }, m[J], e[J];
      difference[point] = 0;
      for (size_t p = 0; p < 4; p++) {
        if (p < 3)
          g_assert_cmpint (lw_promp_marginal (&basis[p], &g[p], J, &at[p][i], 1, m, &s), ==, LW_OK);
        else {
          LwMat block = lw_mat_block (&cov, i * J, 0, J, J);
          lw_mat_copy (&block, &s);
        }
        for (size_t j = 0; j < J; j++)
          e[j] = y[j] - (p < 3 ? m[j] : lw_mat_get (&mean, i, j));
        g_assert_cmpint (lw_chol_factor (&s), ==, LW_OK);
        lw_tri_solve (&s, false, e);
        difference[point] += (p < 3 ? activation[p][i] : -1) * (e[0] * e[0] + e[1] * e[1]);
      }
    }
    lw_assert_close (difference[0], difference[1], 1e-10, 1e-10);
  }
  for (size_t p = 0; p < 3; p++)
    lw_weight_gaussian_clear (&g[p]);
}

static void
test_bad_input (void)
{
  LwRng rng;
  lw_rng_init (&rng, 73, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) g = drawn_gaussian (8 * J, 30, &rng), poor = drawn_gaussian (8 * J, 1, &rng);
  double one[T] = { 1, 1, 1, 1 };
  LwPhasePoint at[T] = { points[0], points[1], points[2], points[3] };
  LwPrompPart part = { &golden_basis, &g, at, one };
  g_auto (LwMat) mean = new_mat (T, M), cov = new_mat (T * M, M);

  g_assert_cmpint (lw_promp_product (&part, 0, J, T, 2, 0, &mean, &cov), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 2, -1, &mean, &cov), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 2, (double) NAN, &mean, &cov), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 3, 0, &mean, &cov), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_product (&part, 1, J, T - 1, 2, 0, &mean, &cov), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_product (&part, 1, 3, T, 2, 0, &mean, &cov), ==, LW_ERR_SHAPE);
  one[2] = 0;
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 2, 0, &mean, &cov), ==, LW_ERR_RANGE); /* nobody at the third time */
  one[2] = -0.1;
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 2, 0, &mean, &cov), ==, LW_ERR_RANGE);
  one[2] = (double) NAN;
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 2, 0, &mean, &cov), ==, LW_ERR_NOT_FINITE);
  one[2] = 1;
  at[3].z = 1.5;
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 2, 0, &mean, &cov), ==, LW_ERR_RANGE);
  at[3].z = 1;
  part.g = &poor;
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 2, 0, &mean, &cov), ==, LW_ERR_NOT_SPD);
  lw_assert_untouched (mean.data, T * M);
  lw_assert_untouched (cov.data, T * M * M);
  g_assert_cmpint (lw_promp_product (&part, 1, J, T, 2, 1e-8, &mean, &cov), ==, LW_OK); /* what the regulariser is for */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-product/golden", test_golden);
  g_test_add_func ("/promp-product/powers", test_powers);
  g_test_add_func ("/promp-product/density", test_density);
  g_test_add_func ("/promp-product/bad-input", test_bad_input);
  return g_test_run ();
}
