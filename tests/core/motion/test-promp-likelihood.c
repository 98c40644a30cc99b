/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-likelihood.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "lw-npy-golden.h"
#include "lw-phase.h"
#include "lw-promp-condition.h"

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwPrompModel, lw_promp_model_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwMat, lw_mat_clear)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)

#define SYN "golden/synthetic/"

/* Every fifth sample of the first movement. */
static void
test_golden (void)
{
  g_auto (LwGolden) s = { 0 }, y = { 0 }, mu = { 0 }, sigma = { 0 }, noise = { 0 }, expected = { 0 };
  if (!lw_golden_load (&s, SYN "in_s.npy") || !lw_golden_load (&y, SYN "in_Y.npy") || !lw_golden_load (&mu, SYN "ops_mu.npy")
      || !lw_golden_load (&sigma, SYN "ops_Sw.npy") || !lw_golden_load (&noise, SYN "ops_Sy.npy")
      || !lw_golden_load (&expected, SYN "ops_loglik_demo0_s5.npy"))
    return;
  const LwBasis basis = { LW_BASIS_STROKE, 8, 0, 1.0 / 7, 1.0 / 49 };
  g_auto (LwPrompModel) model = { 0 };
  LwMat sigma_mat = lw_golden_mat (&sigma), noise_mat = lw_golden_mat (&noise);
  g_assert_cmpint (lw_promp_model_init (&model, &basis, 2, mu.data, &sigma_mat, &noise_mat), ==, LW_OK);

  double z[21], gaps[202], log_p[2] = { (double) NAN, (double) NAN };
  lw_fill_nan (gaps, 202);
  for (size_t i = 0; i < 21; i++) {
    z[i] = s.data[5 * i];
    gaps[10 * i] = y.data[10 * i];
    gaps[10 * i + 1] = y.data[10 * i + 1];
  }
  /* As samples of their own, and as what is there of the whole. */
  const LwObservedMovement movements[2] = { { 21, z, { y.data, 21, 2, 10 } }, { 101, s.data, lw_mat_view (gaps, 101, 2) } };
  g_assert_cmpint (lw_promp_log_likelihood (&model, movements, 2, log_p), ==, LW_OK);
  lw_assert_close (log_p[0], expected.data[0], 1e-9, 0);
  lw_assert_close (log_p[1], expected.data[0], 1e-9, 0);
}

enum { J = 2, N = 5, W = J * N, T = 9 };

typedef struct {
  LwPrompModel model;
  double z[T], y[T * J];
  LwObservedMovement movement;
} Fixture;

/* @rank of Sigma_w; @gaps in the movement. */
static void
fixture_init (Fixture *self, size_t rank, gboolean full, gboolean gaps, uint32_t stream)
{
  LwRng rng;
  LwBasis basis;
  double mu[W], root[W * W] = { 0 }, sigma[W * W], noise[J * J] = { 0.02, full ? 0.01 : 0, full ? 0.01 : 0, 0.05 };
  LwMat root_mat = lw_mat_view (root, W, rank), sigma_mat = lw_mat_view (sigma, W, W), noise_mat = lw_mat_view (noise, J, J);

  lw_rng_init (&rng, 31, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, mu, W);
  lw_rng_normals (&rng, root, W * rank);
  lw_syrk (1, &root_mat, false, 0, &sigma_mat);
  g_assert_cmpint (lw_basis_init_stroke (&basis, N), ==, LW_OK);
  self->model = (LwPrompModel){ 0 };
  g_assert_cmpint (lw_promp_model_init (&self->model, &basis, J, mu, &sigma_mat, &noise_mat), ==, LW_OK);
  for (size_t t = 0; t < T; t++)
    self->z[t] = 0.6 * lw_rng_uniform (&rng);
  lw_rng_normals (&rng, self->y, T * J);
  if (gaps)
    for (size_t i = 0; i < T * J; i++)
      if (i % 5 == 0 || i / J == 3)
        self->y[i] = (double) NAN;
  self->movement = (LwObservedMovement){ T, self->z, lw_mat_view (self->y, T, J) };
}

/* The seen numbers as rows of A w = y, with their noise. */
static size_t
observation (const Fixture *f, double *a, double *y, double *r)
{
  size_t n = 0, seen[T * J];
  for (size_t i = 0; i < T * J; i++)
    if (!isnan (f->y[i])) {
      double *row = a + n * W;
      for (size_t k = 0; k < W; k++)
        row[k] = 0;
      lw_basis_eval (&f->model.basis, f->z[i / J], row + (i % J) * N, NULL, NULL);
      y[n] = f->y[i];
      seen[n++] = i;
    }
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n; k++)
      r[i * n + k] = seen[i] / J == seen[k] / J ? lw_mat_get (&f->model.noise, seen[i] % J, seen[k] % J) : 0;
  return n;
}

/* The Gaussian of all seen numbers at once, n x n, and conditioning on them as on any linear observation: what the W x W forms
 * must equal. Sigma of full rank and of rank three, noise with and without correlation, movements with and without gaps. */
static void
test_dense (void)
{
  for (uint32_t variant = 0; variant < 8; variant++) {
    Fixture f;
    fixture_init (&f, (variant & 1) != 0 ? 3 : W, (variant & 2) != 0, (variant & 4) != 0, variant);
    double a[T * J * W], y[T * J], r[T * J * T * J], s[T * J * T * J], as[T * J * W];
    size_t n = observation (&f, a, y, r);
    LwMat a_mat = lw_mat_view (a, n, W), r_mat = lw_mat_view (r, n, n), s_mat = lw_mat_view (s, n, n),
          as_mat = lw_mat_view (as, n, W);
    g_auto (LwWeightGaussian) expected = { 0 }, found = { 0 };
    double log_p = (double) NAN, same = (double) NAN, quadratic = 0, residual[T * J];
    g_assert_cmpint (lw_weight_gaussian_condition (&f.model.weights, &a_mat, y, &r_mat, &expected, NULL), ==, LW_OK);

    lw_gemm (1, &a_mat, false, &f.model.weights.sigma_w, false, 0, &as_mat);
    lw_mat_copy (&r_mat, &s_mat);
    lw_gemm (1, &as_mat, false, &a_mat, true, 1, &s_mat);
    for (size_t i = 0; i < n; i++)
      residual[i] = y[i];
    lw_gemv (-1, &a_mat, false, f.model.weights.mu_w, 1, residual);
    g_assert_cmpint (lw_chol_factor (&s_mat), ==, LW_OK);
    lw_tri_solve (&s_mat, false, residual);
    for (size_t i = 0; i < n; i++)
      quadratic += residual[i] * residual[i];
    double dense = -0.5 * ((double) n * log (2 * M_PI) + lw_chol_logdet (&s_mat) + quadratic);

    g_assert_cmpint (lw_promp_log_likelihood (&f.model, &f.movement, 1, &log_p), ==, LW_OK);
    g_assert_cmpint (lw_promp_complete (&f.model, &f.movement, &found, &same), ==, LW_OK);
    lw_assert_close (log_p, dense, 1e-8, 0);
    g_assert_cmpfloat (same, ==, log_p);
    lw_assert_close_to_largest (found.mu_w, expected.mu_w, W, 1e-8);
    lw_assert_close_to_largest (found.sigma_w.data, expected.sigma_w.data, W * W, 1e-8);
    lw_promp_model_clear (&f.model);
  }
}

/* Completion: where it was seen, the band narrows; far from there it is as before where joints are independent; a joint that
 * correlates is foretold. */
static void
test_completion (void)
{
  Fixture f;
  fixture_init (&f, W, FALSE, FALSE, 40);
  for (size_t t = 0; t < T; t++) {
    f.z[t] = 0.1 + 0.02 * (double) t;
    f.y[t * J + 1] = (double) NAN;
  }
  /* Joint 1 is joint 0 plus a little. */
  for (size_t i = 0; i < W; i++)
    for (size_t k = 0; k < W; k++)
      lw_mat_set (&f.model.weights.sigma_w, i, k, i % N == k % N ? (i == k && i >= N ? 1.01 : 1) : 0);
  g_auto (LwWeightGaussian) after = { 0 };
  double z[2] = { 0.18, 1 }, mean_data[4], before_data[4], after_data[4];
  LwMat mean = lw_mat_view (mean_data, 2, 2), before = lw_mat_view (before_data, 2, 2), then = lw_mat_view (after_data, 2, 2);
  g_assert_cmpint (lw_promp_complete (&f.model, &f.movement, &after, NULL), ==, LW_OK);
  g_assert_cmpint (lw_promp_band (&f.model.basis, &f.model.weights, J, z, 2, &mean, &before), ==, LW_OK);
  g_assert_cmpint (lw_promp_band (&f.model.basis, &after, J, z, 2, &mean, &then), ==, LW_OK);
  for (size_t j = 0; j < J; j++) {
    g_assert_cmpfloat (lw_mat_get (&then, 0, j), <, 0.3 * lw_mat_get (&before, 0, j));
    lw_assert_close (lw_mat_get (&then, 1, j), lw_mat_get (&before, 1, j), 1e-2, 0);
  }
  lw_promp_model_clear (&f.model);
}

/* Weights that are certain, as of one demonstration: what is left is noise, the same for every number. */
static void
test_certain_weights (void)
{
  Fixture f;
  fixture_init (&f, W, FALSE, FALSE, 43);
  lw_mat_fill (&f.model.weights.sigma_w, 0);
  g_auto (LwWeightGaussian) after = { 0 };
  double log_p = (double) NAN, expected = 0;
  for (size_t t = 0; t < T; t++) {
    double q[J];
    lw_basis_movement (&f.model.basis, f.model.weights.mu_w, J, &(LwPhasePoint){ .z = f.z[t] }, q, NULL, NULL);
    for (size_t j = 0; j < J; j++) {
      double variance = lw_mat_get (&f.model.noise, j, j), e = f.y[t * J + j] - q[j];
      expected -= 0.5 * (log (2 * M_PI * variance) + e * e / variance);
    }
  }
  g_assert_cmpint (lw_promp_complete (&f.model, &f.movement, &after, &log_p), ==, LW_OK);
  lw_assert_close (log_p, expected, 1e-11, 0);
  lw_assert_close_array (after.mu_w, f.model.weights.mu_w, W, 0, 0);
  g_assert_cmpfloat (lw_largest_magnitude (after.sigma_w.data, W * W), ==, 0);
  lw_promp_model_clear (&f.model);
}

/* As many joints as there are bits, one of which was never seen: independent ones are worth what each is alone. */
static void
test_all_joints (void)
{
  enum { MANY = LW_PROMP_MAX_JOINTS, N_M = 2, W_M = MANY * N_M, T_M = 5 };
  const LwBasis basis = { LW_BASIS_STROKE, N_M, 0, 1, 0.5 };
  g_autofree double *y = g_new (double, T_M * MANY), *mu = g_new (double, W_M);
  double z[T_M], sum = 0, log_p = (double) NAN;
  g_auto (LwMat) sigma = { 0 }, noise = { 0 };
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&sigma, W_M, W_M), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&noise, MANY, MANY), ==, LW_OK);
  lw_rng_init (&rng, 44, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, y, T_M * MANY);
  lw_rng_normals (&rng, mu, W_M);
  for (size_t k = 0; k < W_M; k++)
    lw_mat_set (&sigma, k, k, 0.5 + lw_rng_uniform (&rng));
  for (size_t j = 0; j < MANY; j++)
    lw_mat_set (&noise, j, j, 0.1 + lw_rng_uniform (&rng));
  for (int gaps = 0; gaps < 2; gaps++) {
    for (size_t t = 0; t < T_M; t++) {
      z[t] = (double) t / (T_M - 1);
      if (gaps)
        y[t * MANY + MANY - 1] = (double) NAN;
    }
    g_auto (LwPrompModel) model = { 0 };
    const LwObservedMovement movement = { T_M, z, lw_mat_view (y, T_M, MANY) };
    g_assert_cmpint (lw_promp_model_init (&model, &basis, MANY, mu, &sigma, &noise), ==, LW_OK);
    g_assert_cmpint (lw_promp_log_likelihood (&model, &movement, 1, &log_p), ==, LW_OK);
    sum = 0;
    for (size_t j = 0; j < MANY; j++) {
      double alone = (double) NAN;
      g_auto (LwPrompModel) one = { 0 };
      const LwObservedMovement own = { T_M, z, { y + j, T_M, 1, MANY } };
      LwMat own_sigma = lw_mat_block (&sigma, j * N_M, j * N_M, N_M, N_M), own_noise = lw_mat_block (&noise, j, j, 1, 1);
      g_assert_cmpint (lw_promp_model_init (&one, &basis, 1, mu + j * N_M, &own_sigma, &own_noise), ==, LW_OK);
      g_assert_cmpint (lw_promp_log_likelihood (&one, &own, 1, &alone), ==, LW_OK);
      sum += alone;
    }
    lw_assert_close (log_p, sum, 1e-12, 0);
  }
}

/* Nothing seen: the model as it is, and a likelihood of one. */
static void
test_nothing_seen (void)
{
  Fixture f;
  fixture_init (&f, W, FALSE, FALSE, 41);
  lw_fill_nan (f.y, T * J);
  const LwObservedMovement movements[2] = { f.movement, { 0, NULL, lw_mat_view (NULL, 0, J) } };
  for (size_t i = 0; i < 2; i++) {
    g_auto (LwWeightGaussian) after = { 0 };
    double log_p = (double) NAN;
    g_assert_cmpint (lw_promp_complete (&f.model, &movements[i], &after, &log_p), ==, LW_OK);
    lw_assert_close (log_p, 0, 0, 1e-12);
    lw_assert_close_array (after.mu_w, f.model.weights.mu_w, W, 1e-14, 0);
    lw_assert_close_to_largest (after.sigma_w.data, f.model.weights.sigma_w.data, W * W, 1e-12);
  }
  g_assert_cmpint (lw_promp_log_likelihood (&f.model, NULL, 0, NULL), ==, LW_OK);
  lw_promp_model_clear (&f.model);
}

static void
expect_error (const Fixture *f, LwStatus expected)
{
  LwWeightGaussian out = { .n_weights = 77 };
  double log_p[2] = { (double) NAN, (double) NAN };
  const LwObservedMovement movements[2] = { f->movement, f->movement };
  g_assert_cmpint (lw_promp_log_likelihood (&f->model, movements, 2, log_p), ==, expected);
  g_assert_cmpint (lw_promp_complete (&f->model, &f->movement, &out, log_p), ==, expected);
  lw_assert_untouched (log_p, 2);
  g_assert_cmpuint (out.n_weights, ==, 77);
}

static void
test_bad_input (void)
{
  Fixture f;
  fixture_init (&f, W, FALSE, FALSE, 42);

  f.z[2] = HUGE_VAL;
  expect_error (&f, LW_ERR_NOT_FINITE);
  f.z[2] = 0.5;
  f.y[2] = -HUGE_VAL;
  expect_error (&f, LW_ERR_NOT_FINITE);
  f.y[2] = 1e300;
  expect_error (&f, LW_ERR_NOT_FINITE);
  f.y[2] = 0;
  f.movement.y.cols = 1;
  expect_error (&f, LW_ERR_SHAPE);
  f.movement.y.cols = J;
  f.model.noise.data[0] = 0;
  expect_error (&f, LW_ERR_NOT_SPD);
  f.model.noise.data[0] = -1;
  expect_error (&f, LW_ERR_NOT_SPD);
  f.model.noise.data[0] = 0.01;
  f.model.noise.data[1] = f.model.noise.data[2] = 0.5;
  expect_error (&f, LW_ERR_NOT_SPD);
  f.model.noise.data[1] = f.model.noise.data[2] = 0;
  f.model.weights.mu_w[3] = (double) NAN;
  expect_error (&f, LW_ERR_NOT_FINITE);
  f.model.weights.mu_w[3] = 0;
  f.model.weights.sigma_w.data[0] = -5;
  expect_error (&f, LW_ERR_NOT_SPD);
  f.model.weights.sigma_w.data[0] = 100;
  f.model.n_joints = 3;
  expect_error (&f, LW_ERR_SHAPE);
  f.model.n_joints = J;
  lw_promp_model_clear (&f.model);
  lw_promp_model_clear (&f.model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-likelihood/golden", test_golden);
  g_test_add_func ("/promp-likelihood/dense", test_dense);
  g_test_add_func ("/promp-likelihood/completion", test_completion);
  g_test_add_func ("/promp-likelihood/certain-weights", test_certain_weights);
  g_test_add_func ("/promp-likelihood/all-joints", test_all_joints);
  g_test_add_func ("/promp-likelihood/nothing-seen", test_nothing_seen);
  g_test_add_func ("/promp-likelihood/bad-input", test_bad_input);
  return g_test_run ();
}
