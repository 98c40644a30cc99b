/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-pca.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-rng.h"

static LwMat
random_data (size_t n, size_t p, size_t rank, uint32_t stream)
{
  LwMat x, a, b;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&x, n, p), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&a, n, rank), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&b, rank, p), ==, LW_OK);
  lw_rng_init (&rng, 3, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, a.data, n * rank);
  lw_rng_normals (&rng, b.data, rank * p);
  lw_gemm (1, &a, false, &b, false, 0, &x);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      lw_mat_row (&x, i)[j] += 2.0 + (double) j;
  lw_mat_clear (&a);
  lw_mat_clear (&b);
  return x;
}

/* Corners of a rectangle turned by 30 degrees: sides 2a and 2b have variances 4/3 a^2 and 4/3 b^2 over four points. */
static void
test_rectangle (void)
{
  const double a = 3, b = 0.5, c = sqrt (0.75), s = 0.5;
  double data[4][2], z[4], back[4][2];
  LwPca pca;

  for (int i = 0; i < 4; i++) {
    double u = i < 2 ? a : -a, v = i % 2 ? b : -b;
    data[i][0] = 10 + c * u - s * v;
    data[i][1] = -4 + s * u + c * v;
  }
  LwMat x = lw_mat_view (data[0], 4, 2), latent = lw_mat_view (z, 4, 1), points = lw_mat_view (back[0], 4, 2);
  g_assert_cmpint (lw_pca_fit (&x, 1, &pca), ==, LW_OK);
  lw_assert_close_array (pca.mean, ((double[]){ 10, -4 }), 2, 1e-14, 0);
  lw_assert_close_array (pca.directions.data, ((double[]){ c, s }), 2, 1e-13, 0);
  lw_assert_close (pca.variance[0], 4.0 / 3 * a * a, 1e-13, 0);
  lw_assert_close (pca.total_variance, 4.0 / 3 * (a * a + b * b), 1e-13, 0);
  lw_assert_close (lw_pca_explained (&pca, 1), a * a / (a * a + b * b), 1e-13, 0);
  g_assert_cmpint (lw_pca_project (&pca, &x, &latent), ==, LW_OK);
  lw_assert_close_array (z, ((double[]){ a, a, -a, -a }), 4, 1e-13, 0);
  g_assert_cmpint (lw_pca_reconstruct (&pca, &latent, &points), ==, LW_OK);
  for (int i = 0; i < 4; i++) {
    double u = i < 2 ? a : -a;
    lw_assert_close_array (back[i], ((double[]){ 10 + c * u, -4 + s * u }), 2, 1e-13, 0);
  }
  lw_pca_clear (&pca);
}

/* The p x p covariance, decomposed as it stands, says the same; also with fewer samples than dimensions. */
static void
test_against_covariance (void)
{
  static const struct {
    size_t n, p, q;
  } sizes[] = { { 40, 7, 3 }, { 6, 25, 4 }, { 12, 12, 5 } };

  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    size_t n = sizes[c].n, p = sizes[c].p, q = sizes[c].q;
    LwMat x = random_data (n, p, n < p ? n : p, (uint32_t) c), centred, cov;
    g_autofree double *values = g_new (double, p);
    LwPca pca;

    g_assert_cmpint (lw_pca_fit (&x, q, &pca), ==, LW_OK);
    g_assert_cmpint (lw_mat_alloc (&centred, n, p), ==, LW_OK);
    g_assert_cmpint (lw_mat_alloc (&cov, p, p), ==, LW_OK);
    for (size_t j = 0; j < p; j++) {
      double mean = 0;
      for (size_t i = 0; i < n; i++)
        mean += lw_mat_get (&x, i, j) / (double) n;
      lw_assert_close (pca.mean[j], mean, 1e-12, 1e-13);
      for (size_t i = 0; i < n; i++)
        lw_mat_set (&centred, i, j, lw_mat_get (&x, i, j) - mean);
    }
    lw_syrk (1.0 / (double) (n - 1), &centred, true, 0, &cov);
    double trace = 0;
    for (size_t j = 0; j < p; j++)
      trace += lw_mat_get (&cov, j, j);
    lw_assert_close (pca.total_variance, trace, 1e-12, 0);
    g_assert_cmpint (lw_eig_sym (&cov, values), ==, LW_OK);
    for (size_t j = 0; j < q; j++) {
      const double *mine = lw_mat_row (&pca.directions, j), *reference = lw_mat_row (&cov, p - 1 - j);
      double cosine = 0, largest = 0;
      for (size_t a = 0; a < p; a++) {
        cosine += mine[a] * reference[a];
        largest = fabs (mine[a]) > fabs (largest) ? mine[a] : largest;
      }
      lw_assert_close (pca.variance[j], values[p - 1 - j], 1e-10, 0);
      lw_assert_close (fabs (cosine), 1, 1e-9, 0);
      g_assert_cmpfloat (largest, >, 0);
    }
    lw_pca_clear (&pca);
    lw_mat_clear (&x);
    lw_mat_clear (&centred);
    lw_mat_clear (&cov);
  }
}

/* What the directions leave out is what the reconstruction misses; all of them miss nothing. */
static void
test_reconstruction (void)
{
  enum { N = 9, P = 14 };
  LwMat x = random_data (N, P, 6, 5), back, z;

  g_assert_cmpint (lw_mat_alloc (&back, N, P), ==, LW_OK);
  for (size_t q = 1; q <= N; q++) {
    LwPca pca;
    double missed = 0, kept = 0;
    g_assert_cmpint (lw_mat_alloc (&z, N, q), ==, LW_OK);
    g_assert_cmpint (lw_pca_fit (&x, q, &pca), ==, LW_OK);
    g_assert_cmpint (lw_pca_project (&pca, &x, &z), ==, LW_OK);
    lw_mat_fill (&back, (double) NAN);
    g_assert_cmpint (lw_pca_reconstruct (&pca, &z, &back), ==, LW_OK);
    for (size_t i = 0; i < N; i++)
      for (size_t j = 0; j < P; j++)
        missed += pow (lw_mat_get (&x, i, j) - lw_mat_get (&back, i, j), 2) / (N - 1);
    for (size_t j = 0; j < q; j++) {
      kept += pca.variance[j];
      for (size_t other = 0; other <= j; other++) {
        double dot = 0;
        for (size_t a = 0; a < P; a++)
          dot += lw_mat_get (&pca.directions, j, a) * lw_mat_get (&pca.directions, other, a);
        lw_assert_close (dot, j == other, 0, 1e-13);
      }
    }
    lw_assert_close (missed + kept, pca.total_variance, 1e-12, 0);
    if (q >= 6) /* the rank of the data, less the mean's part at most */
      lw_assert_close (missed, 0, 0, 1e-12 * pca.total_variance);
    lw_mat_clear (&z);
    lw_pca_clear (&pca);
  }
  lw_mat_clear (&x);
  lw_mat_clear (&back);
}

static void
test_share (void)
{
  /* Variances 9, 4, 2, 1 of 16 along the axes. */
  static const double side[] = { 3, 2, G_SQRT2, 1 };
  double data[8][4] = { { 0 } };
  LwMat x = lw_mat_view (data[0], 8, 4);
  LwPca pca;

  for (int j = 0; j < 4; j++) {
    data[2 * j][j] = side[j];
    data[2 * j + 1][j] = -side[j];
  }
  const struct {
    double share;
    size_t q;
  } cases[] = { { 0.01, 1 }, { 0.5, 1 }, { 0.57, 2 }, { 0.81, 2 }, { 0.9, 3 }, { 0.95, 4 }, { 1, 4 } };
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_assert_cmpint (lw_pca_fit_share (&x, cases[i].share, &pca), ==, LW_OK);
    g_assert_cmpuint (pca.q, ==, cases[i].q);
    g_assert_cmpfloat (lw_pca_explained (&pca, pca.q), >=, cases[i].share - 1e-12);
    lw_assert_close (lw_pca_explained (&pca, 1), 9.0 / 16, 1e-12, 0);
    lw_pca_clear (&pca);
  }
}

static void
test_degenerate (void)
{
  double one[3] = { 1, 2, 3 }, same[4][2] = { { 5, 1 }, { 5, 1 }, { 5, 1 }, { 5, 1 } }, z[1], back[3];
  LwMat single = lw_mat_view (one, 1, 3), duplicates = lw_mat_view (same[0], 4, 2), latent = lw_mat_view (z, 1, 1);
  LwMat point = lw_mat_view (back, 1, 3);
  LwPca pca;

  g_assert_cmpint (lw_pca_fit (&single, 1, &pca), ==, LW_OK);
  lw_assert_close (pca.total_variance, 0, 0, 0);
  lw_assert_close (lw_pca_explained (&pca, 1), 1, 0, 0);
  g_assert_cmpint (lw_pca_project (&pca, &single, &latent), ==, LW_OK);
  g_assert_cmpint (lw_pca_reconstruct (&pca, &latent, &point), ==, LW_OK);
  lw_assert_close_array (back, one, 3, 1e-15, 0);
  lw_pca_clear (&pca);

  g_assert_cmpint (lw_pca_fit_share (&duplicates, 0.9, &pca), ==, LW_OK);
  g_assert_cmpuint (pca.q, ==, 1);
  lw_assert_close (pca.variance[0], 0, 0, 1e-28);
  lw_pca_clear (&pca);
}

static void
test_bad_input (void)
{
  double data[6] = { 1, 2, 3, 4, 5, 7 }, z[4];
  LwMat x = lw_mat_view (data, 3, 2), none = lw_mat_view (data, 0, 2), latent = lw_mat_view (z, 3, 1);
  LwPca pca = { .p = 77 };

  g_assert_cmpint (lw_pca_fit (&x, 0, &pca), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_pca_fit (&x, 3, &pca), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_pca_fit (&none, 1, &pca), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_pca_fit_share (&x, 0, &pca), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_pca_fit_share (&x, 1.5, &pca), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_pca_fit_share (&x, (double) NAN, &pca), ==, LW_ERR_RANGE);
  data[3] = (double) NAN;
  g_assert_cmpint (lw_pca_fit (&x, 1, &pca), ==, LW_ERR_NOT_FINITE);
  data[3] = 1e200; /* finite, but its square is not */
  g_assert_cmpint (lw_pca_fit (&x, 1, &pca), ==, LW_ERR_NOT_FINITE);
  data[3] = 4;
  g_assert_cmpuint (pca.p, ==, 77);

  g_assert_cmpint (lw_pca_fit (&x, 2, &pca), ==, LW_OK);
  lw_fill_nan (z, 4);
  g_assert_cmpint (lw_pca_project (&pca, &x, &latent), ==, LW_ERR_SHAPE);
  lw_assert_untouched (z, 4);
  g_assert_cmpint (lw_pca_reconstruct (&pca, &latent, &x), ==, LW_ERR_SHAPE);
  lw_assert_close_array (data, ((double[]){ 1, 2, 3, 4, 5, 7 }), 6, 0, 0);
  lw_pca_clear (&pca);
}

static void
test_arrays (void)
{
  LwMat x = random_data (10, 5, 5, 9);
  LwPca pca, back = { .p = 77 };
  LwArrays arrays;

  lw_arrays_init (&arrays);
  g_assert_cmpint (lw_pca_from_arrays (&arrays, &back), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_pca_fit (&x, 3, &pca), ==, LW_OK);
  g_assert_cmpint (lw_pca_to_arrays (&pca, &arrays), ==, LW_OK);
  g_assert_cmpint (lw_pca_from_arrays (&arrays, &back), ==, LW_OK);
  lw_assert_close_array (back.mean, pca.mean, 5, 0, 0);
  lw_assert_close_array (back.directions.data, pca.directions.data, 15, 0, 0);
  lw_assert_close_array (back.variance, pca.variance, 3, 0, 0);
  lw_assert_close (back.total_variance, pca.total_variance, 0, 0);
  lw_pca_clear (&back);
  back.p = 77;
  lw_arrays_get (&arrays, "pca_variance")->data[1] = -1;
  g_assert_cmpint (lw_pca_from_arrays (&arrays, &back), ==, LW_ERR_RANGE);
  lw_arrays_get (&arrays, "pca_variance")->data[1] = (double) NAN;
  g_assert_cmpint (lw_pca_from_arrays (&arrays, &back), ==, LW_ERR_NOT_FINITE);
  LwMat mean = lw_mat_view (pca.mean, 1, 4);
  g_assert_cmpint (lw_arrays_put (&arrays, "pca_mean", &mean), ==, LW_OK);
  g_assert_cmpint (lw_pca_from_arrays (&arrays, &back), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (back.p, ==, 77);
  lw_arrays_clear (&arrays);
  lw_pca_clear (&pca);
  lw_mat_clear (&x);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/pca/rectangle", test_rectangle);
  g_test_add_func ("/pca/against-covariance", test_against_covariance);
  g_test_add_func ("/pca/reconstruction", test_reconstruction);
  g_test_add_func ("/pca/share", test_share);
  g_test_add_func ("/pca/degenerate", test_degenerate);
  g_test_add_func ("/pca/bad-input", test_bad_input);
  g_test_add_func ("/pca/arrays", test_arrays);
  return g_test_run ();
}
