/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-condition.h"

#include <math.h>

#include "promp-fixture.h"

/* mu + L (y - A mu), (I - L A) Sigma (I - L A)' + L R L' as they stand in the paper. */
static LwWeightGaussian
slow_condition (const LwWeightGaussian *prior, const LwMat *a, const double *y, const LwMat *r)
{
  size_t n = a->rows, w = a->cols;
  LwWeightGaussian out = new_gaussian (w);
  g_auto (LwMat) g = slow_product (a, &prior->sigma_w, a), gain = new_mat (n, w), residual = new_mat (w, w);

  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < w; k++) {
      double sum = 0;
      for (size_t l = 0; l < w; l++)
        sum += lw_mat_get (a, i, l) * lw_mat_get (&prior->sigma_w, l, k);
      lw_mat_set (&gain, i, k, sum);
    }
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n; k++)
      lw_mat_row (&g, i)[k] += lw_mat_get (r, i, k);
  g_assert_cmpint (lw_chol_factor (&g), ==, LW_OK);
  lw_chol_solve_mat (&g, &gain); /* L' */

  g_auto (LwMat) l = new_mat (w, n);
  for (size_t k = 0; k < w; k++) {
    out.mu_w[k] = prior->mu_w[k];
    for (size_t i = 0; i < n; i++) {
      double e = y[i];
      for (size_t m = 0; m < w; m++)
        e -= lw_mat_get (a, i, m) * prior->mu_w[m];
      out.mu_w[k] += lw_mat_get (&gain, i, k) * e;
      lw_mat_set (&l, k, i, lw_mat_get (&gain, i, k));
    }
    for (size_t m = 0; m < w; m++) {
      double sum = k == m;
      for (size_t i = 0; i < n; i++)
        sum -= lw_mat_get (&gain, i, k) * lw_mat_get (a, i, m);
      lw_mat_set (&residual, k, m, sum);
    }
  }
  g_auto (LwMat) first = slow_product (&residual, &prior->sigma_w, &residual), second = slow_product (&l, r, &l);
  for (size_t i = 0; i < w * w; i++)
    out.sigma_w.data[i] = first.data[i] + second.data[i];
  return out;
}

static void
test_slow_transcription (void)
{
  enum { W = 20, N = 6 };
  LwRng rng;
  lw_rng_init (&rng, 21, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (W, 25, &rng), noise = drawn_gaussian (N, 8, &rng), out = { 0 };
  g_auto (LwMat) a = new_mat (N, W);
  double y[N];
  bool raised = true;

  lw_rng_normals (&rng, a.data, N * W);
  lw_rng_normals (&rng, y, N);
  for (size_t i = 0; i < N * N; i++)
    noise.sigma_w.data[i] *= 0.01;
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, &noise.sigma_w, &out, &raised), ==, LW_OK);
  g_auto (LwWeightGaussian) slow = slow_condition (&prior, &a, y, &noise.sigma_w);
  assert_gaussian (&out, &slow, 1e-11);
  assert_covariance (&out.sigma_w, &prior.sigma_w, 1e-14);
  g_assert_false (raised);
}

/* Exact: what was observed holds, and nothing is left to doubt there. */
static void
test_exact (void)
{
  enum { W = 30, N = 5 };
  LwRng rng;
  lw_rng_init (&rng, 22, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (W, 40, &rng), out = { 0 };
  g_auto (LwMat) a = new_mat (N, W);
  double y[N], met[N];

  lw_rng_normals (&rng, a.data, N * W);
  lw_rng_normals (&rng, y, N);
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, NULL, &out, NULL), ==, LW_OK);
  lw_gemv (1, &a, false, out.mu_w, 0, met);
  lw_assert_close_array (met, y, N, 0, 1e-12);
  g_auto (LwMat) left = slow_product (&a, &out.sigma_w, &a);
  for (size_t i = 0; i < N * N; i++)
    lw_assert_close (left.data[i], 0, 0, 1e-12);
  assert_covariance (&out.sigma_w, &prior.sigma_w, 1e-14);
}

/* Observations whose noise is independent may come one by one. */
static void
test_sequential_is_batch (void)
{
  enum { W = 140, N = 14 };
  LwRng rng;
  lw_rng_init (&rng, 23, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (W, 200, &rng), batch = { 0 };
  g_auto (LwMat) a = new_mat (N, W), r = new_mat (N, N);
  double y[N];

  lw_rng_normals (&rng, a.data, N * W);
  lw_rng_normals (&rng, y, N);
  lw_mat_fill (&r, 0);
  for (size_t i = 0; i < N; i++)
    lw_mat_set (&r, i, i, 1e-3 * (1 + lw_rng_uniform (&rng)));
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, &r, &batch, NULL), ==, LW_OK);
  LwWeightGaussian one = drawn_gaussian (1, 1, &rng);
  for (size_t i = 0; i < N; i++) {
    LwMat row = lw_mat_block (&a, i, 0, 1, W), own = lw_mat_block (&r, i, i, 1, 1);
    LwWeightGaussian next;
    g_assert_cmpint (lw_weight_gaussian_condition (i == 0 ? &prior : &one, &row, &y[i], &own, &next, NULL), ==, LW_OK);
    lw_weight_gaussian_clear (&one);
    one = next;
  }
  assert_gaussian (&one, &batch, 1e-10);
  assert_covariance (&batch.sigma_w, &prior.sigma_w, 1e-14);
  lw_weight_gaussian_clear (&one);
}

/* Exact observations that say the same twice, and ones that contradict each other. */
static void
test_repeated (void)
{
  enum { W = 12 };
  LwRng rng;
  lw_rng_init (&rng, 24, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (W, 20, &rng), once = { 0 }, twice = { 0 }, torn = { 0 };
  g_auto (LwMat) a = new_mat (2, W);
  const double same[2] = { 0.7, 0.7 }, other[2] = { 0.7, 0.9 };
  double met[2];
  bool raised = false;

  lw_rng_normals (&rng, a.data, W);
  for (size_t k = 0; k < W; k++)
    lw_mat_set (&a, 1, k, lw_mat_get (&a, 0, k));
  LwMat first = lw_mat_block (&a, 0, 0, 1, W);
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &first, same, NULL, &once, &raised), ==, LW_OK);
  g_assert_false (raised);
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, same, NULL, &twice, &raised), ==, LW_OK);
  g_assert_true (raised);
  assert_gaussian (&twice, &once, 1e-6);
  assert_covariance (&twice.sigma_w, &prior.sigma_w, 1e-13);
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, other, NULL, &torn, &raised), ==, LW_OK);
  lw_gemv (1, &a, false, torn.mu_w, 0, met);
  lw_assert_close (met[0], 0.8, 1e-5, 0); /* the middle */
}

/* Exactly known already: to hear it again changes nothing, and to hear otherwise next to nothing, instead of whatever rounding
 * left of the variance makes of it. In any unit, for one observation and for more. */
static void
test_known_already (void)
{
  enum { W = 40 };
  const double scales[] = { 1e-100, 1, 1e100 };
  for (uint32_t trial = 0; trial < 60; trial++) {
    LwRng rng;
    size_t n = 1 + trial % 7;
    double scale = scales[trial % 3], y[7];
    lw_rng_init (&rng, 28, LW_RNG_TEST, trial, 0);
    g_auto (LwWeightGaussian) prior = drawn_gaussian (W, 60, &rng), once = { 0 }, twice = { 0 }, otherwise = { 0 };
    g_auto (LwMat) a = new_mat (n, W);
    bool raised = false;

    lw_rng_normals (&rng, a.data, n * W);
    lw_rng_normals (&rng, y, n);
    for (size_t i = 0; i < n; i++)
      y[i] *= scale;
    for (size_t k = 0; k < W; k++)
      prior.mu_w[k] *= scale;
    for (size_t k = 0; k < W * W; k++)
      prior.sigma_w.data[k] *= scale * scale;
    g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, NULL, &once, &raised), ==, LW_OK);
    g_assert_false (raised);
    g_assert_cmpint (lw_weight_gaussian_condition (&once, &a, y, NULL, &twice, &raised), ==, LW_OK);
    g_assert_true (raised);
    assert_gaussian (&twice, &once, 1e-10);
    for (size_t i = 0; i < n; i++)
      y[i] += scale;
    g_assert_cmpint (lw_weight_gaussian_condition (&once, &a, y, NULL, &otherwise, &raised), ==, LW_OK);
    g_assert_true (raised);
    assert_gaussian (&otherwise, &once, 1e-2);
  }
}

/* Positions and accelerations at once: each is raised in its own unit, so the position is still met. */
static void
test_raised_by_row (void)
{
  enum { W = 12 };
  LwRng rng;
  lw_rng_init (&rng, 29, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (W, 20, &rng), out = { 0 };
  g_auto (LwMat) a = new_mat (3, W);
  const double y[3] = { 0.3, 1e6, 1e6 };
  double met[3];
  bool raised = false;

  lw_rng_normals (&rng, a.data, 2 * W);
  for (size_t k = 0; k < W; k++)
    lw_mat_set (&a, 2, k, lw_mat_row (&a, 1)[k] *= 1e6);
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, NULL, &out, &raised), ==, LW_OK);
  g_assert_true (raised);
  lw_gemv (1, &a, false, out.mu_w, 0, met);
  lw_assert_close (met[0], 0.3, 1e-8, 0);
  lw_assert_close (met[1], 1e6, 1e-8, 0);
}

static void
test_no_observation (void)
{
  LwRng rng;
  lw_rng_init (&rng, 25, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (6, 9, &rng), out = { 0 };
  LwMat a = { .cols = 6, .stride = 6 };
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, NULL, NULL, &out, NULL), ==, LW_OK);
  g_assert_cmpmem (out.mu_w, 6 * sizeof (double), prior.mu_w, 6 * sizeof (double));
  g_assert_cmpmem (out.sigma_w.data, 36 * sizeof (double), prior.sigma_w.data, 36 * sizeof (double));
}

/* Priors of few demonstrations have rank N - 1, of one none at all. */
static void
test_singular_prior (void)
{
  enum { W = 40 };
  LwRng rng;
  lw_rng_init (&rng, 26, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (W, 3, &rng), out = { 0 }, point = new_gaussian (W);
  g_auto (LwMat) a = new_mat (2, W), r = new_mat (2, 2);
  const double y[2] = { 1, -1 };

  lw_rng_normals (&rng, a.data, 2 * W);
  lw_mat_fill (&r, 0);
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, &r, &out, NULL), ==, LW_OK);
  assert_covariance (&out.sigma_w, &prior.sigma_w, 1e-13);

  LwWeightGaussian kept = { .n_weights = 99 };
  g_assert_cmpint (lw_weight_gaussian_condition (&point, &a, y, NULL, &kept, NULL), ==, LW_ERR_NOT_SPD);
  g_assert_cmpuint (kept.n_weights, ==, 99);
  lw_mat_set (&r, 0, 0, 0.1);
  lw_mat_set (&r, 1, 1, 0.1);
  g_assert_cmpint (lw_weight_gaussian_condition (&point, &a, y, &r, &kept, NULL), ==, LW_OK); /* certain is certain */
  g_assert_cmpfloat (kept.mu_w[3], ==, 0);
  lw_weight_gaussian_clear (&kept);
}

static void
test_bad_input (void)
{
  LwRng rng;
  lw_rng_init (&rng, 27, LW_RNG_TEST, 0, 0);
  g_auto (LwWeightGaussian) prior = drawn_gaussian (4, 6, &rng);
  LwWeightGaussian out = { .n_weights = 77 };
  double data[8] = { 1, 0, 0, 0, 0, 1, 0, 0 }, y[2] = { 1, 2 }, noise[4] = { 1, 0, 0, -0.1 };
  LwMat a = lw_mat_view (data, 2, 4), r = lw_mat_view (noise, 2, 2), narrow = lw_mat_view (data, 2, 3),
        small = lw_mat_view (noise, 1, 1);
  bool raised = true;

  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &narrow, y, NULL, &out, &raised), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, &small, &out, &raised), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, &r, &out, &raised), ==, LW_ERR_RANGE);
  noise[3] = (double) NAN;
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, &r, &out, &raised), ==, LW_ERR_NOT_FINITE);
  y[1] = (double) INFINITY;
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, NULL, &out, &raised), ==, LW_ERR_NOT_FINITE);
  y[1] = 2;
  data[1] = (double) NAN;
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, NULL, &out, &raised), ==, LW_ERR_NOT_FINITE);
  data[1] = 1e200; /* squares overflow */
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, NULL, &out, &raised), !=, LW_OK);
  data[1] = 0;
  prior.sigma_w.data[0] = (double) NAN;
  g_assert_cmpint (lw_weight_gaussian_condition (&prior, &a, y, NULL, &out, &raised), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (out.n_weights, ==, 77);
  g_assert_null (out.mu_w);
  g_assert_true (raised);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-condition/slow-transcription", test_slow_transcription);
  g_test_add_func ("/promp-condition/exact", test_exact);
  g_test_add_func ("/promp-condition/sequential-is-batch", test_sequential_is_batch);
  g_test_add_func ("/promp-condition/repeated", test_repeated);
  g_test_add_func ("/promp-condition/known-already", test_known_already);
  g_test_add_func ("/promp-condition/raised-by-row", test_raised_by_row);
  g_test_add_func ("/promp-condition/no-observation", test_no_observation);
  g_test_add_func ("/promp-condition/singular-prior", test_singular_prior);
  g_test_add_func ("/promp-condition/bad-input", test_bad_input);
  return g_test_run ();
}
