/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-refit.h"

#include <math.h>

#include "lw-promp-marginal.h"
#include "lw-promp-product.h"
#include "promp-fixture.h"

enum { J = 2, T = 60 };

static void
times (LwPhasePoint *at)
{
  for (size_t i = 0; i < T; i++)
    at[i] = (LwPhasePoint){ (double) i / (T - 1), 0.7, 0 };
}

/* Mean KL between given Gaussians and a primitive's marginals, both with @r on the diagonal, from the textbook. */
static double
slow_divergence (const LwBasis *basis, const LwWeightGaussian *g, const LwPhasePoint *at, size_t n_orders, const LwMat *mean,
                 const LwMat *cov, double r)
{
  size_t m = n_orders * J;
  double sum = 0;
  for (size_t i = 0; i < T; i++) {
    double y[LW_N_ORDERS * J];
    g_auto (LwMat) p = new_mat (m, m), q = new_mat (m, m);
    LwMat s = lw_mat_block (cov, i * m, 0, m, m);
    g_assert_cmpint (lw_promp_marginal (basis, g, J, &at[i], n_orders, y, &q), ==, LW_OK);
    lw_mat_copy (&s, &p);
    for (size_t k = 0; k < m; k++) {
      lw_mat_row (&p, k)[k] += r;
      lw_mat_row (&q, k)[k] += r;
      y[k] -= lw_mat_get (mean, i, k);
    }
    g_auto (LwMat) ratio = new_mat (m, m);
    lw_mat_copy (&p, &ratio);
    g_assert_cmpint (lw_chol_factor (&q), ==, LW_OK);
    g_assert_cmpint (lw_chol_factor (&p), ==, LW_OK);
    lw_chol_solve_mat (&q, &ratio);
    sum += lw_chol_logdet (&q) - lw_chol_logdet (&p) - (double) m;
    lw_tri_solve (&q, false, y);
    for (size_t k = 0; k < m; k++)
      sum += lw_mat_get (&ratio, k, k) + y[k] * y[k];
  }
  return sum / 2 / T;
}

/* Smooth primitives, as demonstrations give them: the weights of neighbours vary together. */
static LwWeightGaussian
smooth_gaussian (const LwBasis *basis, double level, double spread, LwRng *rng)
{
  LwWeightGaussian g = new_gaussian (J * basis->n);
  double phase = 6 * lw_rng_uniform (rng);
  for (size_t i = 0; i < g.n_weights; i++) {
    g.mu_w[i] = level + sin (phase + 4 * (double) (i % basis->n) / (double) basis->n + (double) (i / basis->n));
    for (size_t k = 0; k < g.n_weights; k++) {
      double apart = ((double) (i % basis->n) - (double) (k % basis->n)) / (double) basis->n;
      lw_mat_set (&g.sigma_w, i, k,
                  spread * ((i / basis->n == k / basis->n) ? 1 : 0.4) * exp (-apart * apart / 0.08)
                      + (i == k ? 1e-4 * spread : 0));
    }
  }
  return g;
}

/* The marginals of a primitive are found again, from no start. */
static void
test_recovers_marginals (void)
{
  LwRng rng;
  LwPhasePoint at[T];
  LwRefitSettings settings;
  LwRefitReport report;
  double one[T];

  lw_rng_init (&rng, 81, LW_RNG_TEST, 0, 0);
  lw_refit_settings_init (&settings);
  times (at);
  for (size_t i = 0; i < T; i++)
    one[i] = 1;
  g_auto (LwWeightGaussian) truth = smooth_gaussian (&golden_basis, 0.5, 0.04, &rng);
  const LwPrompPart part = { &golden_basis, &truth, at, one };
  for (size_t n_orders = 1; n_orders <= 2; n_orders++) {
    size_t m = n_orders * J;
    g_auto (LwWeightGaussian) out = { 0 }, again = { 0 };
    g_auto (LwMat) mean = new_mat (T, m), cov = new_mat (T * m, m), got = new_mat (T, J), std = new_mat (T, J),
                   wanted = new_mat (T, J), wanted_std = new_mat (T, J);
    g_assert_cmpint (lw_promp_product (&part, 1, J, T, n_orders, 0, &mean, &cov), ==, LW_OK);
    g_assert_cmpint (lw_promp_refit (&golden_basis, J, at, T, n_orders, &mean, &cov, &settings, NULL, &out, &report), ==, LW_OK);
    g_test_message ("orders %zu: %zu iterations, divergence %.3g", n_orders, report.iterations, report.divergence);
    g_assert_true (report.converged);
    lw_assert_close (report.divergence, slow_divergence (&golden_basis, &out, at, n_orders, &mean, &cov, settings.regulariser),
                     1e-7, 1e-9);
    g_assert_cmpfloat (report.divergence, <, 5e-3);
    g_assert_cmpint (lw_promp_band_order (&golden_basis, &out, J, at, T, LW_ORDER_POSITION, &got, &std), ==, LW_OK);
    g_assert_cmpint (lw_promp_band_order (&golden_basis, &truth, J, at, T, LW_ORDER_POSITION, &wanted, &wanted_std), ==, LW_OK);
    lw_assert_close_array (got.data, wanted.data, T * J, 0, 1e-3);
    lw_assert_close_array (std.data, wanted_std.data, T * J, 5e-2, 0);
    assert_covariance (&out.sigma_w, &out.sigma_w, 1e-13);

    g_assert_cmpint (lw_promp_refit (&golden_basis, J, at, T, n_orders, &mean, &cov, &settings, &truth, &again, &report), ==,
                     LW_OK);
    g_assert_cmpfloat (report.divergence, <, 1e-5); /* from the truth there is nowhere to go */
  }
}

/* What goes over from one primitive to the other can be stored: its refit follows the blend. Every iteration more is no worse. */
static void
test_blend (void)
{
  enum { M = 2 * J };
  LwRng rng;
  LwPhasePoint at[T];
  LwRefitSettings settings;
  LwRefitReport report = { 0 };
  LwBasis basis;
  double a1[T], a2[T], last = HUGE_VAL;

  lw_rng_init (&rng, 82, LW_RNG_TEST, 0, 0);
  lw_refit_settings_init (&settings);
  g_assert_cmpint (lw_basis_init_stroke (&basis, 12), ==, LW_OK);
  times (at);
  for (size_t i = 0; i < T; i++) {
    a2[i] = lw_blend_activation (at[i].z, 0.5, 0.08);
    a1[i] = 1 - a2[i];
  }
  g_auto (LwWeightGaussian) first = smooth_gaussian (&basis, 0, 0.02, &rng), second = smooth_gaussian (&basis, 0.3, 0.05, &rng),
                            out = { 0 };
  const LwPrompPart parts[2] = { { &basis, &first, at, a1 }, { &basis, &second, at, a2 } };
  g_auto (LwMat) mean = new_mat (T, J), cov = new_mat (T * J, J), got = new_mat (T, J), std = new_mat (T, J);
  g_assert_cmpint (lw_promp_product (parts, 2, J, T, 1, 1e-8, &mean, &cov), ==, LW_OK);
  for (settings.max_iterations = 0; settings.max_iterations <= 40; settings.max_iterations += 4) {
    g_auto (LwWeightGaussian) so_far = { 0 };
    g_assert_cmpint (lw_promp_refit (&basis, J, at, T, 1, &mean, &cov, &settings, NULL, &so_far, &report), ==, LW_OK);
    g_assert_cmpfloat (report.divergence, <=, last);
    last = report.divergence;
  }
  lw_refit_settings_init (&settings);
  g_assert_cmpint (lw_promp_refit (&basis, J, at, T, 1, &mean, &cov, &settings, &first, &out, &report), ==, LW_OK);
  g_test_message ("%zu iterations, divergence %.3g", report.iterations, report.divergence);
  g_assert_cmpint (lw_promp_band_order (&basis, &out, J, at, T, LW_ORDER_POSITION, &got, &std), ==, LW_OK);
  for (size_t i = 0; i < T; i++)
    for (size_t j = 0; j < J; j++) {
      double s = sqrt (lw_mat_get (&cov, i * J + j, j));
      lw_assert_close (lw_mat_get (&got, i, j), lw_mat_get (&mean, i, j), 0, 0.25 * s);
      lw_assert_close (lw_mat_get (&std, i, j), s, 0.1, 0);
    }
}

/* @out (n x n) = (@a + @r I)^-1. */
static void
slow_inverse (const LwMat *a, double r, const LwMat *out)
{
  g_auto (LwMat) factor = new_mat (a->rows, a->rows);
  lw_mat_copy (a, &factor);
  lw_mat_fill (out, 0);
  for (size_t k = 0; k < a->rows; k++) {
    lw_mat_row (&factor, k)[k] += r;
    lw_mat_set (out, k, k, 1);
  }
  g_assert_cmpint (lw_chol_factor (&factor), ==, LW_OK);
  lw_chol_solve_mat (&factor, out);
}

/* The mean and one iteration as they stand in the header, for Gaussians that no primitive has. */
static void
test_one_iteration (void)
{
  enum { N_T = 9, ORDERS = 2, M = ORDERS * J, N = 5, W = J * N };
  LwRng rng;
  LwBasis basis;
  LwPhasePoint at[N_T];
  LwRefitSettings settings = { .ridge = 0.01, .regulariser = 0.02, .max_iterations = 1 };
  LwRefitReport report;

  lw_rng_init (&rng, 84, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init_stroke (&basis, N), ==, LW_OK);
  g_auto (LwWeightGaussian) start = drawn_gaussian (W, 2 * W, &rng), out = { 0 };
  g_auto (LwMat) mean = new_mat (N_T, M), cov = new_mat (N_T * M, M), inverse = new_mat (M, M), d = new_mat (M, M);
  g_auto (LwMat) normal = new_mat (W, W), bracket = new_mat (W, W);
  double mu[W] = { 0 };

  lw_rng_normals (&rng, mean.data, N_T * M);
  lw_mat_fill (&normal, 0);
  lw_mat_fill (&bracket, 0);
  for (size_t i = 0; i < N_T; i++) {
    g_auto (LwWeightGaussian) drawn = drawn_gaussian (M, 2 * M, &rng);
    LwMat s = lw_mat_block (&cov, i * M, 0, M, M);
    at[i] = (LwPhasePoint){ (double) i / (N_T - 1), 0.7, 0.2 };
    lw_mat_copy (&drawn.sigma_w, &s);
    g_auto (LwMat) psi = dense_psi (&basis, J, at[i], ORDERS), weighted = new_mat (M, W);
    slow_inverse (&s, settings.regulariser, &inverse);
    lw_gemm (1, &inverse, false, &psi, false, 0, &weighted);
    lw_gemm (1, &psi, true, &weighted, false, 1, &normal);
    lw_gemv (1, &weighted, true, lw_mat_row (&mean, i), 1, mu);
  }
  double trace = 0;
  for (size_t k = 0; k < W; k++)
    trace += lw_mat_get (&normal, k, k);
  g_auto (LwMat) solved = new_mat (W, W);
  slow_inverse (&normal, settings.ridge * trace / W, &solved);
  double expected_mu[W];
  lw_gemv (1, &solved, false, mu, 0, expected_mu);

  for (size_t i = 0; i < N_T; i++) {
    g_auto (LwMat) psi = dense_psi (&basis, J, at[i], ORDERS), q = slow_product (&psi, &start.sigma_w, &psi);
    LwMat s = lw_mat_block (&cov, i * M, 0, M, M);
    double residual[M];
    lw_gemv (1, &psi, false, expected_mu, 0, residual);
    for (size_t k = 0; k < M; k++)
      for (size_t l = 0; l < M; l++) {
        double r_k = lw_mat_get (&mean, i, k) - residual[k], r_l = lw_mat_get (&mean, i, l) - residual[l];
        lw_mat_set (&d, k, l, lw_mat_get (&s, k, l) + r_k * r_l - lw_mat_get (&q, k, l)); /* r I cancels */
      }
    slow_inverse (&q, settings.regulariser, &inverse);
    g_auto (LwMat) middle = slow_product (&inverse, &d, &inverse), weighted = new_mat (M, W);
    lw_gemm (1, &middle, false, &psi, false, 0, &weighted);
    lw_gemm (1.0 / N_T, &psi, true, &weighted, false, 1, &bracket);
  }
  g_auto (LwMat) change = slow_product (&start.sigma_w, &bracket, &start.sigma_w);

  g_assert_cmpint (lw_promp_refit (&basis, J, at, N_T, ORDERS, &mean, &cov, &settings, &start, &out, &report), ==, LW_OK);
  g_assert_cmpuint (report.iterations, ==, 1);
  lw_assert_close_to_largest (out.mu_w, expected_mu, W, 1e-10);
  for (size_t i = 0; i < W * W; i++)
    change.data[i] += start.sigma_w.data[i];
  lw_assert_close_to_largest (out.sigma_w.data, change.data, W * W, 1e-10);
}

static void
test_bad_input (void)
{
  LwRng rng;
  LwPhasePoint at[T];
  LwRefitSettings settings;
  LwWeightGaussian out = { .n_weights = 5 };

  lw_rng_init (&rng, 83, LW_RNG_TEST, 0, 0);
  lw_refit_settings_init (&settings);
  times (at);
  g_auto (LwMat) mean = new_mat (T, J), cov = new_mat (T * J, J);
  g_auto (LwWeightGaussian) other = smooth_gaussian (&golden_basis, 0, 1, &rng);
  lw_mat_fill (&mean, 0);
  lw_mat_fill (&cov, 0);
  for (size_t i = 0; i < T * J; i++)
    lw_mat_set (&cov, i, i % J, 1);
#define REFIT(n, n_orders) lw_promp_refit (&golden_basis, J, at, n, n_orders, &mean, &cov, &settings, NULL, &out, NULL)
  g_assert_cmpint (REFIT (0, 1), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (REFIT (T, 2), ==, LW_ERR_SHAPE);
  g_assert_cmpint (REFIT (T, 0), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_refit (&golden_basis, 3, at, T, 1, &mean, &cov, &settings, NULL, &out, NULL), ==, LW_ERR_SHAPE);
  other.n_weights--;
  g_assert_cmpint (lw_promp_refit (&golden_basis, J, at, T, 1, &mean, &cov, &settings, &other, &out, NULL), ==, LW_ERR_SHAPE);
  other.n_weights++;
  settings.regulariser = -1;
  g_assert_cmpint (REFIT (T, 1), ==, LW_ERR_RANGE);
  settings.regulariser = 0;
  at[3].z = 2;
  g_assert_cmpint (REFIT (T, 1), ==, LW_ERR_RANGE);
  at[3].z = 0.1;
  lw_mat_set (&cov, 4, 0, 0);
  g_assert_cmpint (REFIT (T, 1), ==, LW_ERR_NOT_SPD);
  lw_mat_set (&cov, 4, 0, (double) NAN);
  g_assert_cmpint (REFIT (T, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (out.n_weights, ==, 5);
  g_assert_null (out.mu_w);
  lw_mat_set (&cov, 4, 0, 1);
  settings.regulariser = 1e-8;
  g_assert_cmpint (REFIT (1, 1), ==, LW_ERR_SHAPE);
  LwMat mean1 = lw_mat_block (&mean, 0, 0, 1, J), cov1 = lw_mat_block (&cov, 0, 0, J, J);
  g_assert_cmpint (lw_promp_refit (&golden_basis, J, at, 1, 1, &mean1, &cov1, &settings, NULL, &out, NULL), ==,
                   LW_OK); /* one time: far fewer numbers than weights */
  g_assert_true (lw_mat_is_finite (&out.sigma_w));
  lw_weight_gaussian_clear (&out);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-refit/recovers-marginals", test_recovers_marginals);
  g_test_add_func ("/promp-refit/blend", test_blend);
  g_test_add_func ("/promp-refit/one-iteration", test_one_iteration);
  g_test_add_func ("/promp-refit/bad-input", test_bad_input);
  return g_test_run ();
}
