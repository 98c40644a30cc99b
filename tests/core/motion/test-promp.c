/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)

static LwBasis
stroke (size_t n)
{
  LwBasis basis;
  g_assert_cmpint (lw_basis_init_stroke (&basis, n), ==, LW_OK);
  return basis;
}

/* Published weights give the published trajectories. */
static void
test_golden_rollout (void)
{
  g_auto (LwGolden) weights = { 0 }, expected = { 0 }, z = { 0 };
  if (!lw_golden_load (&weights, "golden/lampo/promp_weights.npy") || !lw_golden_load (&expected, "golden/lampo/promp_traj.npy")
      || !lw_golden_load (&z, "golden/lampo/promp_z.npy"))
    return;
  LwBasis basis = stroke (20);
  for (size_t n = 0; n < 20; n++) {
    g_autoptr (LwTrajectory) out = NULL;
    g_assert_cmpint (lw_promp_rollout (&basis, weights.data + n * 160, 8, 0.25, 200, &out), ==, LW_OK);
    g_assert_cmpuint (out->n_samples, ==, 50);
    g_assert_cmpuint (out->n_joints, ==, 8);
    for (size_t i = 0; i < 50; i++)
      lw_assert_close (out->t[i], 0.25 * z.data[i], 1e-14, 1e-16);
    lw_assert_close_array (out->q.data, expected.data + n * 400, 400, 1e-9, 1e-10);
  }
}

static void
test_rollout_bad_input (void)
{
  LwBasis basis = stroke (5);
  double w[10] = { 1, 1, 1, 1, 1, 2, 2, 2, 2, 2 };
  LwTrajectory *out = NULL;

  g_assert_cmpint (lw_promp_rollout (&basis, w, 2, 0, 100, &out), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_rollout (&basis, w, 2, -1, 100, &out), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_rollout (&basis, w, 2, 1, 0, &out), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_rollout (&basis, w, 2, 1e12, 100, &out), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_rollout (&basis, w, 2, (double) NAN, 100, &out), ==, LW_ERR_NOT_FINITE);
  w[7] = (double) NAN;
  g_assert_cmpint (lw_promp_rollout (&basis, w, 2, 1, 100, &out), ==, LW_ERR_NOT_FINITE);
  w[7] = 2;
  g_assert_null (out);

  /* Too short for its rate: two points all the same. Constant weights are a constant movement. */
  g_assert_cmpint (lw_promp_rollout (&basis, w, 2, 0.001, 100, &out), ==, LW_OK);
  g_assert_cmpuint (out->n_samples, ==, 2);
  lw_assert_close (out->t[1], 0.001, 1e-15, 0);
  for (size_t i = 0; i < 2; i++) {
    lw_assert_close (lw_mat_get (&out->q, i, 0), 1, 1e-14, 0);
    lw_assert_close (lw_mat_get (&out->q, i, 1), 2, 1e-14, 0);
  }
  lw_trajectory_unref (out);
}

static void
test_gaussian (void)
{
  double data[12] = { 1, 2, 3, 4, 8, 6, 7, 8, 9, 0, 2, 6 };
  LwMat rows = lw_mat_view (data, 4, 3), one = lw_mat_view (data, 1, 3), none = lw_mat_view (data, 0, 3);
  const double mean[3] = { 3, 5, 6 };
  /* (X - mean)' (X - mean) / 3, by hand */
  const double cov[9] = { 10, 10, 6, 10, 12, 6, 6, 6, 6 };
  g_auto (LwWeightGaussian) g = { 0 };

  g_assert_cmpint (lw_promp_fit_gaussian (&rows, 0, &g), ==, LW_OK);
  g_assert_cmpuint (g.n_weights, ==, 3);
  lw_assert_close_array (g.mu_w, mean, 3, 1e-15, 0);
  lw_assert_close_array (g.sigma_w.data, cov, 9, 1e-14, 0);
  lw_weight_gaussian_clear (&g);

  g_assert_cmpint (lw_promp_fit_gaussian (&rows, 0.25, &g), ==, LW_OK);
  for (size_t i = 0; i < 9; i++)
    lw_assert_close (g.sigma_w.data[i], (i % 4 == 0 ? 1 : 0.75) * cov[i], 1e-14, 0);
  lw_weight_gaussian_clear (&g);

  g_assert_cmpint (lw_promp_fit_gaussian (&one, 0.5, &g), ==, LW_OK);
  lw_assert_close_array (g.mu_w, data, 3, 0, 0);
  for (size_t i = 0; i < 9; i++)
    g_assert_cmpfloat (g.sigma_w.data[i], ==, 0);
  lw_weight_gaussian_clear (&g);
  lw_weight_gaussian_clear (&g);

  g_assert_cmpint (lw_promp_fit_gaussian (&none, 0, &g), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_promp_fit_gaussian (&rows, -0.1, &g), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_fit_gaussian (&rows, 1.1, &g), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_fit_gaussian (&rows, (double) NAN, &g), ==, LW_ERR_RANGE);
  data[5] = HUGE_VAL;
  g_assert_cmpint (lw_promp_fit_gaussian (&rows, 0, &g), ==, LW_ERR_NOT_FINITE);
  data[5] = 1e200; /* its square is none */
  g_assert_cmpint (lw_promp_fit_gaussian (&rows, 0, &g), ==, LW_ERR_NOT_FINITE);
  g_assert_null (g.mu_w);
  g_assert_null (g.sigma_w.data);
}

static void
random_gaussian (size_t n_weights, size_t n_rows, LwRng *rng, LwWeightGaussian *out)
{
  g_autofree double *data = g_new (double, n_rows * n_weights);
  LwMat rows = lw_mat_view (data, n_rows, n_weights);
  lw_rng_normals (rng, data, n_rows * n_weights);
  g_assert_cmpint (lw_promp_fit_gaussian (&rows, 0, out), ==, LW_OK);
}

/* Psi_t = I (x) psi', Psi Sigma Psi' in full: every joint against every other, all of Sigma_w. */
static void
test_band (void)
{
  const size_t shapes[][2] = { { 20, 8 }, { 5, 2 }, { 40, 1 } };
  LwRng rng;

  lw_rng_init (&rng, 4, LW_RNG_TEST, 0, 0);
  for (size_t s = 0; s < G_N_ELEMENTS (shapes); s++) {
    enum { N_Z = 23 };
    size_t n = shapes[s][0], n_joints = shapes[s][1], n_weights = n * n_joints;
    LwBasis basis = stroke (n);
    g_auto (LwWeightGaussian) g = { 0 };
    double z[N_Z];
    g_autofree double *mean_data = g_new (double, N_Z * n_joints), *std_data = g_new (double, N_Z *n_joints);
    g_autofree double *big = g_new (double, n_joints * n_weights), *product = g_new (double, n_joints *n_weights);
    g_autofree double *expected = g_new (double, n_joints), *covariance = g_new (double, n_joints * n_joints);
    LwMat mean = lw_mat_view (mean_data, N_Z, n_joints), std = lw_mat_view (std_data, N_Z, n_joints);
    LwMat psi = lw_mat_view (big, n_joints, n_weights), psi_sigma = lw_mat_view (product, n_joints, n_weights);
    LwMat cov = lw_mat_view (covariance, n_joints, n_joints);
    random_gaussian (n_weights, 2 * n_weights, &rng, &g);
    lw_fill_nan (mean_data, N_Z * n_joints);
    lw_fill_nan (std_data, N_Z * n_joints);
    for (size_t i = 0; i < N_Z; i++)
      z[i] = (double) i / (N_Z - 1);
    g_assert_cmpint (lw_promp_band (&basis, &g, n_joints, z, N_Z, &mean, &std), ==, LW_OK);
    for (size_t i = 0; i < N_Z; i++) {
      lw_mat_fill (&psi, 0);
      for (size_t j = 0; j < n_joints; j++)
        lw_basis_eval (&basis, z[i], lw_mat_row (&psi, j) + j * n, NULL, NULL);
      lw_gemv (1, &psi, false, g.mu_w, 0, expected);
      lw_gemm (1, &psi, false, &g.sigma_w, false, 0, &psi_sigma);
      lw_gemm (1, &psi_sigma, false, &psi, true, 0, &cov);
      for (size_t j = 0; j < n_joints; j++) {
        lw_assert_close (lw_mat_get (&mean, i, j), expected[j], 1e-12, 1e-14);
        lw_assert_close (lw_mat_get (&std, i, j), sqrt (lw_mat_get (&cov, j, j)), 1e-12, 0);
      }
    }
  }
}

static void
test_band_bad_input (void)
{
  LwBasis basis = stroke (5);
  LwRng rng;
  g_auto (LwWeightGaussian) g = { 0 };
  double out[8], z[2] = { 0, 1 };
  LwMat good = lw_mat_view (out, 2, 2), wrong = lw_mat_view (out, 1, 2);

  lw_rng_init (&rng, 4, LW_RNG_TEST, 1, 0);
  random_gaussian (10, 12, &rng, &g);
  lw_fill_nan (out, 8);
  g_assert_cmpint (lw_promp_band (&basis, &g, 3, z, 2, &good, &good), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_band (&basis, &g, 2, z, 2, &wrong, &good), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_band (&basis, &g, 2, z, 2, &good, &wrong), ==, LW_ERR_SHAPE);
  z[1] = (double) NAN;
  g_assert_cmpint (lw_promp_band (&basis, &g, 2, z, 2, &good, &good), ==, LW_ERR_NOT_FINITE);
  z[1] = 1;
  basis.n = LW_BASIS_MAX + 1;
  g_assert_cmpint (lw_promp_band (&basis, &g, 2, z, 2, &good, &good), ==, LW_ERR_RANGE);
  basis.n = 5;
  lw_mat_set (&g.sigma_w, 7, 2, HUGE_VAL);
  g_assert_cmpint (lw_promp_band (&basis, &g, 2, z, 2, &good, &good), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (out, 8);
}

/* Mean and covariance of many draws, each within five standard errors of what it estimates. */
static void
check_sampling (const LwWeightGaussian *g, uint32_t stream)
{
  enum { N = 20000 };
  size_t n = g->n_weights;
  g_autofree double *data = g_new (double, N * n);
  LwMat draws = lw_mat_view (data, N, n);
  g_auto (LwWeightGaussian) found = { 0 };
  LwRng rng;

  lw_rng_init (&rng, 5, LW_RNG_TEST, stream, 0);
  lw_fill_nan (data, N * n);
  g_assert_cmpint (lw_promp_sample_many (g, &rng, &draws), ==, LW_OK);
  g_assert_cmpint (lw_promp_fit_gaussian (&draws, 0, &found), ==, LW_OK);
  for (size_t i = 0; i < n; i++) {
    double s_i = lw_mat_get (&g->sigma_w, i, i);
    lw_assert_close (found.mu_w[i], g->mu_w[i], 0, 5 * sqrt (s_i / N) + 1e-12);
    for (size_t k = 0; k < n; k++) {
      double s_k = lw_mat_get (&g->sigma_w, k, k), s_ik = lw_mat_get (&g->sigma_w, i, k);
      lw_assert_close (lw_mat_get (&found.sigma_w, i, k), s_ik, 0, 5 * sqrt ((s_i * s_k + s_ik * s_ik) / N) + 1e-12);
    }
  }
}

static void
test_sample (void)
{
  LwRng rng;
  lw_rng_init (&rng, 6, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) full = { 0 }, flat = { 0 }, point = { 0 };
  random_gaussian (8, 30, &rng, &full);
  check_sampling (&full, 1);

  /* Three rows in eight dimensions: rank two. Draws stay in the plane of the rows. */
  random_gaussian (8, 3, &rng, &flat);
  check_sampling (&flat, 2);
  double data[40];
  LwMat draws = lw_mat_view (data, 5, 8);
  g_assert_cmpint (lw_promp_sample_many (&flat, &rng, &draws), ==, LW_OK);
  g_auto (LwWeightGaussian) found = { 0 };
  g_assert_cmpint (lw_promp_fit_gaussian (&draws, 0, &found), ==, LW_OK);
  for (size_t i = 0; i < 8; i++) { /* each minor of order three of the draws' covariance vanishes */
    size_t k = (i + 1) % 8, l = (i + 2) % 8;
    const LwMat *s = &found.sigma_w;
    double a = lw_mat_get (s, i, i), b = lw_mat_get (s, i, k), c = lw_mat_get (s, i, l);
    double d = lw_mat_get (s, k, k), e = lw_mat_get (s, k, l), f = lw_mat_get (s, l, l);
    lw_assert_close (a * (d * f - e * e) - b * (b * f - e * c) + c * (b * e - d * c), 0, 0, 1e-6 * a * d * f + 1e-12);
  }

  random_gaussian (8, 1, &rng, &point);
  double w[8];
  g_assert_cmpint (lw_promp_sample (&point, &rng, w), ==, LW_OK);
  lw_assert_close_array (w, point.mu_w, 8, 0, 0);
}

static void
test_sample_same_bits (void)
{
  LwRng rng, single;
  g_auto (LwWeightGaussian) g = { 0 };
  double many[40], one[8];
  LwMat draws = lw_mat_view (many, 5, 8);

  lw_rng_init (&rng, 7, LW_RNG_TEST, 0, 0);
  random_gaussian (8, 4, &rng, &g);
  single = rng;
  g_assert_cmpint (lw_promp_sample_many (&g, &rng, &draws), ==, LW_OK);
  for (size_t i = 0; i < 5; i++) {
    g_assert_cmpint (lw_promp_sample (&g, &single, one), ==, LW_OK);
    g_assert_cmpmem (one, sizeof one, many + 8 * i, sizeof one);
  }

  LwMat wrong = lw_mat_view (many, 5, 7);
  lw_fill_nan (many, 40);
  g_assert_cmpint (lw_promp_sample_many (&g, &rng, &wrong), ==, LW_ERR_SHAPE);
  g.mu_w[2] = (double) NAN;
  g_assert_cmpint (lw_promp_sample_many (&g, &rng, &draws), ==, LW_ERR_NOT_FINITE);
  g.mu_w[2] = 0;
  lw_mat_set (&g.sigma_w, 3, 3, (double) NAN);
  g_assert_cmpint (lw_promp_sample_many (&g, &rng, &draws), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (many, 40);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp/rollout/golden", test_golden_rollout);
  g_test_add_func ("/promp/rollout/bad-input", test_rollout_bad_input);
  g_test_add_func ("/promp/gaussian", test_gaussian);
  g_test_add_func ("/promp/band/dense", test_band);
  g_test_add_func ("/promp/band/bad-input", test_band_bad_input);
  g_test_add_func ("/promp/sample/moments", test_sample);
  g_test_add_func ("/promp/sample/same-bits", test_sample_same_bits);
  return g_test_run ();
}
