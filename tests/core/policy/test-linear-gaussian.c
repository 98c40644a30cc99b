/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-linear-gaussian.h"

#include <math.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"

#define LOG_2PI 1.8378770664093454836

/* ---- golden ---- */

static void
test_golden (void)
{
  static const char *const epsilons[] = { "0.5", "1.0" };
  g_auto (LwGolden) context = { 0 }, theta = { 0 };
  double phi_storage[40 * 3];
  LwMat phi = lw_mat_view (phi_storage, 40, 3), y;

  if (!lw_golden_load (&context, "golden/ps/in_ctx.npy") || !lw_golden_load (&theta, "golden/ps/in_theta.npy"))
    return;
  y = lw_golden_mat (&theta);
  for (size_t i = 0; i < 40; i++) {
    lw_mat_set (&phi, i, 0, 1.0);
    lw_mat_set (&phi, i, 1, context.data[2 * i]);
    lw_mat_set (&phi, i, 2, context.data[2 * i + 1]);
  }
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++) {
    const char *const what[] = { "w", "wml_A", "wml_cov_biased", "wml_cov_unbiased" };
    LwGolden golden[4] = { 0 };
    double a[9], cov[9], ess = NAN, squares = 0.0;
    LwMat mean = lw_mat_view (a, 3, 3), covariance = lw_mat_view (cov, 3, 3);

    for (size_t k = 0; k < 4; k++) {
      g_autofree char *name = g_strdup_printf ("golden/ps/creps_eps%s_%s.npy", epsilons[e], what[k]);

      g_assert_true (lw_golden_load (&golden[k], name));
    }
    for (size_t i = 0; i < 40; i++)
      squares += golden[0].data[i] * golden[0].data[i];
    lw_fill_nan (a, 9);
    lw_fill_nan (cov, 9);
    g_assert_cmpint (lw_weighted_regression (&phi, &y, golden[0].data, 1e-6, false, &mean, &covariance, &ess), ==, LW_OK);
    lw_assert_close_to_largest (a, golden[1].data, 9, 1e-7);
    lw_assert_close_to_largest (cov, golden[2].data, 9, 1e-7);
    lw_assert_close (ess, 1.0 / squares, 1e-9, 0);
    g_assert_cmpint (lw_weighted_regression (&phi, &y, golden[0].data, 1e-6, true, &mean, &covariance, NULL), ==, LW_OK);
    lw_assert_close_to_largest (cov, golden[3].data, 9, 1e-7);
    for (size_t k = 0; k < 4; k++)
      lw_golden_clear (&golden[k]);
  }
}

/* ---- the policy ---- */

static void
random_policy (LwLinearGaussian *policy, size_t f, size_t d, uint32_t stream)
{
  LwRng rng;

  lw_rng_init (&rng, 21, LW_RNG_TEST, stream, 0);
  g_assert_cmpint (lw_linear_gaussian_alloc (policy, f, d), ==, LW_OK);
  lw_rng_normals (&rng, policy->mean.data, f * d);
  for (size_t a = 0; a < d; a++)
    for (size_t b = 0; b <= a; b++)
      lw_mat_set (&policy->chol, a, b, a == b ? exp (0.3 * lw_rng_normal (&rng)) : 0.4 * lw_rng_normal (&rng));
}

/* Against the density written out for two dimensions. */
static void
test_density (void)
{
  LwLinearGaussian policy;
  double phi_storage[] = { 1.0, 0.5, -0.2, 1.0, -1.0, 2.0 }, z_storage[] = { 0.3, -0.4, 2.0, 1.0 }, scratch_storage[4], log_p[2];
  LwMat phi = lw_mat_view (phi_storage, 2, 3), z = lw_mat_view (z_storage, 2, 2), scratch = lw_mat_view (scratch_storage, 2, 2);

  random_policy (&policy, 3, 2, 1);
  lw_linear_gaussian_log_density (&policy, &phi, &z, &scratch, log_p);
  for (size_t i = 0; i < 2; i++) {
    double l11 = lw_mat_get (&policy.chol, 0, 0), l21 = lw_mat_get (&policy.chol, 1, 0), l22 = lw_mat_get (&policy.chol, 1, 1);
    double s11 = l11 * l11, s12 = l11 * l21, s22 = l21 * l21 + l22 * l22, det = s11 * s22 - s12 * s12, e[2], mean[2];

    lw_linear_gaussian_mean (&policy, lw_mat_row (&phi, i), mean);
    for (size_t a = 0; a < 2; a++) {
      e[a] = lw_mat_get (&z, i, a);
      for (size_t j = 0; j < 3; j++)
        e[a] -= lw_mat_get (&policy.mean, j, a) * lw_mat_get (&phi, i, j);
      lw_assert_close (mean[a], lw_mat_get (&z, i, a) - e[a], 1e-12, 1e-14);
    }
    lw_assert_close (log_p[i],
                     -LOG_2PI - 0.5 * log (det) - 0.5 * (s22 * e[0] * e[0] - 2.0 * s12 * e[0] * e[1] + s11 * e[1] * e[1]) / det,
                     1e-12, 0);
  }
  lw_linear_gaussian_clear (&policy);
}

/* KL as the mean log ratio of draws; 0 for itself. */
static void
test_kl (void)
{
  enum { n = 200000, n_contexts = 4 };
  LwLinearGaussian a, b;
  double gram_storage[9] = { 0 }, scratch[2 * 3 * 2], kl, mean = 0.0, squares = 0.0, normals[2];
  double phi_storage[n_contexts * 3];
  LwMat gram = lw_mat_view (gram_storage, 3, 3), phi = lw_mat_view (phi_storage, n_contexts, 3);
  LwRng rng;

  random_policy (&a, 3, 2, 2);
  random_policy (&b, 3, 2, 3);
  lw_rng_init (&rng, 21, LW_RNG_TEST, 4, 0);
  lw_rng_normals (&rng, phi_storage, n_contexts * 3);
  lw_syrk (1.0 / n_contexts, &phi, true, 0.0, &gram);
  lw_assert_close (lw_linear_gaussian_kl (&a, &a, &gram, scratch), 0.0, 0, 1e-13);
  kl = lw_linear_gaussian_kl (&a, &b, &gram, scratch);
  for (size_t i = 0; i < n; i++) {
    LwMat row = lw_mat_view (lw_mat_row (&phi, i % n_contexts), 1, 3);
    double z_storage[2], one[2], log_a, log_b;
    LwMat z = lw_mat_view (z_storage, 1, 2), column = lw_mat_view (one, 2, 1);

    lw_linear_gaussian_sample (&a, row.data, &rng, normals, z_storage);
    lw_linear_gaussian_log_density (&a, &row, &z, &column, &log_a);
    lw_linear_gaussian_log_density (&b, &row, &z, &column, &log_b);
    mean += (log_a - log_b) / n;
    squares += (log_a - log_b) * (log_a - log_b) / n;
  }
  g_assert_cmpfloat (fabs (mean - kl), <, 4.0 * sqrt ((squares - mean * mean) / n));
  g_assert_cmpfloat (kl, >, 0.5);
  lw_linear_gaussian_clear (&a);
  lw_linear_gaussian_clear (&b);
}

/* ---- weighted maximum likelihood ---- */

/* Weight 2 is a row twice; a scale of the weights changes nothing; a ridge shrinks. */
static void
test_weights (void)
{
  double phi_storage[8 * 2], y_storage[8], weights[8], longer_phi[9 * 2], longer_y[9], ones[9], a[2], b[2], cov[1], cov2[1], ess;
  LwMat phi = lw_mat_view (phi_storage, 8, 2), y = lw_mat_view (y_storage, 8, 1), mean = lw_mat_view (a, 2, 1),
        other = lw_mat_view (b, 2, 1);
  LwMat longer = lw_mat_view (longer_phi, 9, 2), longer_target = lw_mat_view (longer_y, 9, 1), c = lw_mat_view (cov, 1, 1),
        c2 = lw_mat_view (cov2, 1, 1);

  for (size_t i = 0; i < 9; i++) {
    size_t k = i < 8 ? i : 3;

    longer_phi[2 * i] = 1.0;
    longer_phi[2 * i + 1] = sin (3.0 * (double) k);
    longer_y[i] = cos (5.0 * (double) k) + 2.0 * longer_phi[2 * i + 1];
    ones[i] = 1.0;
    if (i < 8) {
      phi_storage[2 * i] = longer_phi[2 * i];
      phi_storage[2 * i + 1] = longer_phi[2 * i + 1];
      y_storage[i] = longer_y[i];
      weights[i] = 1e200 * (i == 3 ? 2.0 : 1.0);
    }
  }
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, 0.0, false, &mean, &c, NULL), ==, LW_OK);
  g_assert_cmpint (lw_weighted_regression (&longer, &longer_target, ones, 0.0, false, &other, &c2, &ess), ==, LW_OK);
  lw_assert_close_array (a, b, 2, 1e-12, 0);
  lw_assert_close (cov[0], cov2[0], 1e-12, 0);
  lw_assert_close (ess, 9.0, 1e-12, 0);
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, 1e6, false, &other, NULL, NULL), ==, LW_OK);
  g_assert_cmpfloat (fabs (b[1]), <, 1e-5);
}

static void
test_refused (void)
{
  double phi_storage[6] = { 1.0, 2.0, 1.0, 2.0, 1.0, 2.0 }, y_storage[3] = { 1.0, 2.0, 3.0 }, weights[3] = { 1.0, 1.0, 1.0 },
         a[2], cov[1];
  LwMat phi = lw_mat_view (phi_storage, 3, 2), y = lw_mat_view (y_storage, 3, 1), mean = lw_mat_view (a, 2, 1),
        c = lw_mat_view (cov, 1, 1);
  LwMat short_y = lw_mat_view (y_storage, 2, 1), none = lw_mat_view (phi_storage, 0, 2), no_y = lw_mat_view (y_storage, 0, 1);

  lw_fill_nan (a, 2);
  lw_fill_nan (cov, 1);
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, 0.0, false, &mean, &c, NULL), ==, LW_ERR_NOT_SPD);
  g_assert_cmpint (lw_weighted_regression (&phi, &short_y, weights, 0.0, false, &mean, &c, NULL), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, -1.0, false, &mean, &c, NULL), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, NAN, false, &mean, &c, NULL), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_weighted_regression (&none, &no_y, weights, 1.0, false, &mean, &c, NULL), ==, LW_ERR_TOO_FEW);
  weights[1] = -1.0;
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, 1.0, false, &mean, &c, NULL), ==, LW_ERR_RANGE);
  weights[1] = NAN;
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, 1.0, false, &mean, &c, NULL), ==, LW_ERR_NOT_FINITE);
  weights[0] = weights[1] = weights[2] = 0.0;
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, 1.0, false, &mean, &c, NULL), ==, LW_ERR_TOO_FEW);
  weights[0] = 1.0;
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, 1.0, true, &mean, &c, NULL), ==, LW_ERR_TOO_FEW);
  y_storage[0] = INFINITY;
  g_assert_cmpint (lw_weighted_regression (&phi, &y, weights, 1.0, false, &mean, &c, NULL), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (a, 2);
  lw_assert_untouched (cov, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/linear-gaussian/golden", test_golden);
  g_test_add_func ("/linear-gaussian/density", test_density);
  g_test_add_func ("/linear-gaussian/kl", test_kl);
  g_test_add_func ("/linear-gaussian/weights", test_weights);
  g_test_add_func ("/linear-gaussian/refused", test_refused);
  return g_test_run ();
}
