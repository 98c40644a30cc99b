/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"
#include "lw-promp.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LwTrajectory, lw_trajectory_unref)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (LwWeightGaussian, lw_weight_gaussian_clear)

static LwBasis
stroke (size_t n)
{
  LwBasis basis;
  g_assert_cmpint (lw_basis_init_stroke (&basis, n), ==, LW_OK);
  return basis;
}

/* ---- one movement ---- */

/* @n samples at random, uneven times from 2.5 s on, of the movement @w. */
static LwTrajectory *
uneven_demo (const LwBasis *basis, const double *w, size_t n, size_t n_joints, LwRng *rng)
{
  LwTrajectory *demo = lw_trajectory_new (n, n_joints);
  for (size_t i = 0; i < n; i++)
    demo->t[i] = i > 0 ? demo->t[i - 1] + 0.002 + 0.03 * lw_rng_uniform (rng) : 5;
  for (size_t i = 0; i < n; i++) {
    double psi[LW_BASIS_MAX];
    lw_basis_eval (basis, (demo->t[i] - 5) / (demo->t[n - 1] - 5), psi, NULL, NULL);
    for (size_t j = 0; j < n_joints; j++)
      for (size_t k = 0; k < basis->n; k++)
        lw_mat_row (&demo->q, i)[j] += psi[k] * w[j * basis->n + k];
  }
  for (size_t i = 0; i < n; i++)
    demo->t[i] -= 2.5; /* phase counts from the first sample, whatever its time */
  return demo;
}

/* A movement drawn from the basis is recovered, from samples at uneven times that are not its own clock's. */
static void
test_recovers_weights (void)
{
  enum { N = 12, J = 3 };
  LwBasis basis = stroke (N);
  LwRng rng;
  double w[J * N], fitted[J * N], rms[J];

  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, w, J * N);
  g_autoptr (LwTrajectory) demo = uneven_demo (&basis, w, 200, J, &rng);
  lw_fill_nan (fitted, J * N);
  lw_fill_nan (rms, J);
  g_assert_cmpint (lw_promp_fit_weights (&basis, demo, 0, fitted, rms), ==, LW_OK);
  lw_assert_close_array (fitted, w, J * N, 0, 1e-11);
  for (size_t j = 0; j < J; j++)
    lw_assert_close (rms[j], 0, 0, 1e-13);
}

/* With noise and lambda the solution satisfies its normal equations, and rms is the residual's. */
static void
test_normal_equations (void)
{
  enum { N = 9, J = 2, T = 60 };
  LwBasis basis = stroke (N);
  const double lambda = 0.3;
  LwRng rng;
  double w[J * N], fitted[J * N], rms[J], phi[T][N];

  lw_rng_init (&rng, 2, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, w, J * N);
  g_autoptr (LwTrajectory) demo = uneven_demo (&basis, w, T, J, &rng);
  for (size_t i = 0; i < T * J; i++)
    demo->q.data[i] += 0.1 * lw_rng_normal (&rng);
  g_assert_cmpint (lw_promp_fit_weights (&basis, demo, lambda, fitted, rms), ==, LW_OK);
  for (size_t i = 0; i < T; i++)
    lw_basis_eval (&basis, (demo->t[i] - demo->t[0]) / lw_trajectory_duration (demo), phi[i], NULL, NULL);
  for (size_t j = 0; j < J; j++) {
    double gradient[N], sum = 0;
    for (size_t k = 0; k < N; k++)
      gradient[k] = lambda * fitted[j * N + k];
    for (size_t i = 0; i < T; i++) {
      double residual = -lw_mat_get (&demo->q, i, j);
      for (size_t k = 0; k < N; k++)
        residual += phi[i][k] * fitted[j * N + k];
      for (size_t k = 0; k < N; k++)
        gradient[k] += phi[i][k] * residual;
      sum += residual * residual;
    }
    for (size_t k = 0; k < N; k++)
      lw_assert_close (gradient[k], 0, 0, 1e-12);
    lw_assert_close (rms[j], sqrt (sum / T), 1e-12, 0);
  }
  double same[J * N];
  g_assert_cmpint (lw_promp_fit_weights (&basis, demo, lambda, same, NULL), ==, LW_OK);
  g_assert_cmpmem (same, sizeof same, fitted, sizeof fitted);
}

static void
test_bad_input (void)
{
  LwBasis basis = stroke (20);
  g_autoptr (LwTrajectory) one = lw_trajectory_new (1, 1), few = lw_trajectory_new (7, 1);
  double w[20], rms = (double) NAN;

  lw_fill_nan (w, 20);
  for (size_t i = 0; i < 7; i++)
    few->t[i] = few->q.data[i] = (double) i;
  g_assert_cmpint (lw_promp_fit_weights (&basis, one, 1, w, &rms), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, 0, w, &rms), ==, LW_ERR_NOT_SPD); /* 7 samples, 20 weights */
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, -1, w, &rms), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, (double) NAN, w, &rms), ==, LW_ERR_RANGE);
  few->q.data[3] = (double) NAN;
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, 1, w, &rms), ==, LW_ERR_NOT_FINITE);
  few->q.data[3] = 3;
  few->t[3] = few->t[2];
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, 1, w, &rms), ==, LW_ERR_RANGE);
  few->t[3] = 3;
  few->q.data[3] = 1e300; /* its square is no number */
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, 1e-6, w, &rms), ==, LW_ERR_NOT_FINITE);
  few->q.data[3] = 3;
  few->t[6] = 1e308;
  few->t[0] = -1e308;
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, 1, w, &rms), ==, LW_ERR_RANGE); /* nor is the duration */
  few->t[0] = 0;
  few->t[6] = 6;
  basis.h = -1;
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, 1, w, &rms), ==, LW_ERR_RANGE);
  basis = stroke (20);
  lw_assert_untouched (w, 20);
  g_assert_true (isnan (rms));
  g_assert_cmpint (lw_promp_fit_weights (&basis, few, 1e-6, w, &rms), ==, LW_OK); /* the ridge makes up for them */
  g_assert_true (isfinite (rms));
}

/* Times at the end of the range of numbers: only phases count. */
static void
test_odd_clocks (void)
{
  const double clocks[][2] = { { 0, 1 }, { 0, 1e-320 }, { 1e300, 1e299 }, { -5, 1e-12 } };
  LwBasis basis = stroke (5);
  double w[G_N_ELEMENTS (clocks)][5], rms;
  for (size_t c = 0; c < G_N_ELEMENTS (clocks); c++) {
    g_autoptr (LwTrajectory) demo = lw_trajectory_new (3, 1);
    for (size_t i = 0; i < 3; i++) {
      demo->t[i] = clocks[c][0] + clocks[c][1] * (double) i;
      demo->q.data[i] = (double) (i * i);
    }
    lw_fill_nan (w[c], 5);
    g_assert_cmpint (lw_promp_fit_weights (&basis, demo, 1e-6, w[c], &rms), ==, LW_OK);
    lw_assert_close_array (w[c], w[0], 5, 1e-2, 0); /* 1e-320 has three digits */
    g_assert_cmpfloat (w[c][4], >, 3);
  }
}

static void
test_golden (void)
{
  g_auto (LwGolden) y = { 0 }, expected = { 0 };
  if (!lw_golden_load (&y, "golden/lampo/promp_fit_y.npy") || !lw_golden_load (&expected, "golden/lampo/promp_fit_w.npy"))
    return;
  LwBasis basis = stroke (20);
  g_autoptr (LwTrajectory) demo = lw_trajectory_new (80, 2);
  double w[40];
  for (size_t i = 0; i < 80; i++) {
    demo->t[i] = (double) i / 79;
    for (size_t j = 0; j < 2; j++)
      lw_mat_set (&demo->q, i, j, y.data[2 * i + j]);
  }
  lw_fill_nan (w, 40);
  g_assert_cmpint (lw_promp_fit_weights (&basis, demo, 80.0 * 2 / 40 * (1e-12 / 20), w, NULL), ==, LW_OK);
  lw_assert_close_array (w, expected.data, 40, 1e-9, 1e-10);
}

/* Six demonstrations fitted with another library's basis, then mean and covariance of their weights. */
static void
test_golden_peer (void)
{
  g_auto (LwGolden) s = { 0 }, y = { 0 }, w = { 0 }, mean = { 0 }, cov = { 0 };
#define SYN "golden/synthetic/"
  if (!lw_golden_load (&s, SYN "in_s.npy") || !lw_golden_load (&y, SYN "in_Y.npy") || !lw_golden_load (&w, SYN "mp_ridge_w.npy")
      || !lw_golden_load (&mean, SYN "ml_mean.npy") || !lw_golden_load (&cov, SYN "ml_cov.npy"))
    return;
  const LwBasis basis = { LW_BASIS_STROKE, 8, 0, 1.0 / 7, -1 / (8 * 64 * log (0.7)) };
  g_autoptr (LwTrajectory) demo = lw_trajectory_new (101, 2);
  double fitted[6 * 16];
  lw_fill_nan (fitted, 6 * 16);
  for (size_t n = 0; n < 6; n++) {
    for (size_t i = 0; i < 101; i++) {
      demo->t[i] = s.data[i];
      for (size_t j = 0; j < 2; j++)
        lw_mat_set (&demo->q, i, j, y.data[(n * 101 + i) * 2 + j]);
    }
    g_assert_cmpint (lw_promp_fit_weights (&basis, demo, 1e-12, fitted + n * 16, NULL), ==, LW_OK);
  }
  lw_assert_close_array (fitted, w.data, w.n, 1e-9, 1e-10);

  LwMat rows = lw_mat_view (fitted, 6, 16);
  g_auto (LwWeightGaussian) g = { 0 };
  g_assert_cmpint (lw_promp_fit_gaussian (&rows, 0, &g), ==, LW_OK);
  lw_assert_close_array (g.mu_w, mean.data, 16, 1e-9, 1e-10);
  lw_assert_close_array (g.sigma_w.data, cov.data, 256, 1e-9, 1e-10);
}

/* ---- many ---- */

enum { SET_N = 60, SET_BASIS = 6, SET_J = 2, SET_W = SET_J * SET_BASIS };

typedef struct {
  LwBasis basis;
  LwTrajectory *demo[SET_N];
} Set;

/* Three grids in turn, twenty movements each: the same phases at another tempo count as one, other phases or another number of
 * them do not. */
static void
set_init (Set *self)
{
  LwRng rng;

  lw_rng_init (&rng, 21, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_basis_init_stroke (&self->basis, SET_BASIS), ==, LW_OK);
  for (size_t i = 0; i < SET_N; i++) {
    size_t n_samples = i % 3 == 2 ? 31 : 30;
    LwTrajectory *demo = lw_trajectory_new (n_samples, SET_J);
    for (size_t t = 0; t < n_samples; t++) {
      double z = (double) t / (double) (n_samples - 1);
      demo->t[t] = 3 + (1 + 0.3 * (double) i) * (i % 3 == 1 ? z * z : z);
      for (size_t j = 0; j < SET_J; j++)
        lw_mat_set (&demo->q, t, j, sin (3 * z + (double) (i + j)) + 0.1 * lw_rng_normal (&rng));
    }
    self->demo[i] = demo;
  }
}

static void
set_clear (Set *self)
{
  for (size_t i = 0; i < SET_N; i++)
    lw_trajectory_unref (self->demo[i]);
}

/* Row by row the single fit of that movement alone. */
static void
test_many (void)
{
  Set set;
  double w[SET_N * SET_W], rms[SET_N * SET_J], one_w[SET_W], one_rms[SET_J], without[SET_N * SET_W];
  LwMat w_mat = lw_mat_view (w, SET_N, SET_W), rms_mat = lw_mat_view (rms, SET_N, SET_J),
        without_mat = lw_mat_view (without, SET_N, SET_W);
  size_t failed = 99;

  set_init (&set);
  lw_fill_nan (w, SET_N * SET_W);
  lw_fill_nan (rms, SET_N * SET_J);
  lw_fill_nan (without, SET_N * SET_W);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, SET_N, 1e-3, &w_mat, &rms_mat, &failed), ==, LW_OK);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, SET_N, 1e-3, &without_mat, NULL, NULL), ==, LW_OK);
  for (size_t i = 0; i < SET_N; i++) {
    g_assert_cmpint (lw_promp_fit_weights (&set.basis, set.demo[i], 1e-3, one_w, one_rms), ==, LW_OK);
    lw_assert_close_array (lw_mat_row (&w_mat, i), one_w, SET_W, 1e-9, 1e-11);
    lw_assert_close_array (lw_mat_row (&rms_mat, i), one_rms, SET_J, 1e-9, 0);
  }
  g_assert_cmpmem (without, sizeof without, w, sizeof w);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, NULL, 0, 1e-3, &w_mat, NULL, NULL), ==, LW_OK);
  set_clear (&set);
}

static void
test_many_bad_input (void)
{
  Set set;
  double w[SET_N * SET_W], rms[SET_N * SET_J];
  LwMat w_mat = lw_mat_view (w, SET_N, SET_W), rms_mat = lw_mat_view (rms, SET_N, SET_J),
        wrong = lw_mat_view (w, SET_N - 1, SET_W);
  size_t failed = 99;

  set_init (&set);
  lw_fill_nan (w, SET_N * SET_W);
  lw_fill_nan (rms, SET_N * SET_J);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, SET_N, 1e-3, &wrong, NULL, &failed), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, SET_N, -1, &w_mat, &rms_mat, &failed), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, SET_N, (double) NAN, &w_mat, &rms_mat, &failed), ==,
                   LW_ERR_RANGE);

  lw_mat_set (&set.demo[4]->q, 7, 1, HUGE_VAL);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, SET_N, 1e-3, &w_mat, &rms_mat, &failed), ==,
                   LW_ERR_NOT_FINITE);
  g_assert_cmpuint (failed, ==, 4);
  lw_mat_set (&set.demo[4]->q, 7, 1, 0);

  LwTrajectory *kept = set.demo[5];
  set.demo[5] = lw_trajectory_new (30, SET_J + 1);
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, SET_N, 1e-3, &w_mat, &rms_mat, &failed), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (failed, ==, 5);
  lw_trajectory_unref (set.demo[5]);
  set.demo[5] = lw_trajectory_new (3, SET_J); /* three samples, six weights, no ridge */
  for (size_t t = 0; t < 3; t++)
    set.demo[5]->t[t] = (double) t;
  g_assert_cmpint (lw_promp_fit_weights_many (&set.basis, set.demo, SET_N, 0, &w_mat, &rms_mat, &failed), ==, LW_ERR_NOT_SPD);
  g_assert_cmpuint (failed, ==, 5);
  lw_assert_untouched (w, SET_N * SET_W);
  lw_assert_untouched (rms, SET_N * SET_J);
  lw_trajectory_unref (set.demo[5]);
  set.demo[5] = kept;
  set_clear (&set);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/promp-ridge/recovers-weights", test_recovers_weights);
  g_test_add_func ("/promp-ridge/normal-equations", test_normal_equations);
  g_test_add_func ("/promp-ridge/bad-input", test_bad_input);
  g_test_add_func ("/promp-ridge/odd-clocks", test_odd_clocks);
  g_test_add_func ("/promp-ridge/golden", test_golden);
  g_test_add_func ("/promp-ridge/golden-peer", test_golden_peer);
  g_test_add_func ("/promp-ridge/many", test_many);
  g_test_add_func ("/promp-ridge/many-bad-input", test_many_bad_input);
  return g_test_run ();
}
