/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-linalg.h"
#include "lw-promp.h"
#include "lw-retime.h"

/* A seven-joint arm with gripper, 20 basis functions, one second at 200 Hz, 200 demonstrations: the size of the published
 * sets. */
enum { N = 20, J = 8, W = N * J, T = 200, DEMOS = 200, N_Z = 100 };

typedef struct {
  LwBasis          basis;
  LwTrajectory    *demo;
  LwMat            weights, mean, std;
  LwWeightGaussian g;
  LwRng            rng;
  double           truth[W], w[W], z[N_Z], v_max[J], a_max[J];
} Bench;

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

static void
set_up (Bench *b)
{
  check (lw_basis_init_stroke (&b->basis, N));
  lw_rng_init (&b->rng, 1, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&b->rng, b->truth, W);
  check (lw_promp_rollout (&b->basis, b->truth, J, 1, T, &b->demo));
  check (lw_mat_alloc (&b->weights, DEMOS, W));
  lw_rng_normals (&b->rng, b->weights.data, DEMOS * W);
  check (lw_mat_alloc (&b->mean, N_Z, J));
  check (lw_mat_alloc (&b->std, N_Z, J));
  for (size_t i = 0; i < N_Z; i++)
    b->z[i] = (double) i / (N_Z - 1);
  for (size_t j = 0; j < J; j++) {
    b->v_max[j] = 2;
    b->a_max[j] = 10;
  }
}

static void
fit_weights (gpointer data)
{
  Bench *b = data;
  check (lw_promp_fit_weights (&b->basis, b->demo, 1e-12, b->w, NULL));
}

static void
fit_gaussian (gpointer data)
{
  Bench *b = data;
  lw_weight_gaussian_clear (&b->g);
  check (lw_promp_fit_gaussian (&b->weights, 0.05, &b->g));
}

static void
band (gpointer data)
{
  Bench *b = data;
  check (lw_promp_band (&b->basis, &b->g, J, b->z, N_Z, &b->mean, &b->std));
}

static void
sample (gpointer data)
{
  Bench *b = data;
  check (lw_promp_sample (&b->g, &b->rng, b->w));
}

static void
rollout (gpointer data)
{
  Bench *b = data;
  LwTrajectory *out;
  check (lw_promp_rollout (&b->basis, b->truth, J, 1, T, &out));
  lw_trajectory_unref (out);
}

static void
retime (gpointer data)
{
  Bench *b = data;
  LwTrajectory *out;
  check (lw_retime_uniform (b->demo, b->v_max, b->a_max, 1, 100, &out, NULL));
  lw_trajectory_unref (out);
}

static void
check_retimed (const Bench *b)
{
  LwTrajectory *out;
  double v[J], a[J];
  check (lw_retime_uniform (b->demo, b->v_max, b->a_max, 1, 100, &out, NULL));
  lw_trajectory_peaks (out, v, a);
  for (size_t j = 0; j < J; j++) {
    g_assert_cmpfloat (v[j], <=, b->v_max[j] * (1 + 1e-9));
    g_assert_cmpfloat (a[j], <=, b->a_max[j] * (1 + 1e-9));
  }
  lw_trajectory_unref (out);
}

int
main (void)
{
  static Bench b;
  set_up (&b);

  fit_weights (&b);
  lw_assert_close_array (b.w, b.truth, W, 0, 1e-8);
  lw_bench_run ("motion/promp-fit-weights", "n=20 joints=8 samples=200", NULL, fit_weights, &b);

  fit_gaussian (&b);
  for (size_t j = 0; j < W; j++)
    lw_assert_close (b.g.mu_w[j], 0, 0, 6 / sqrt (DEMOS));
  lw_bench_run ("motion/promp-fit-gaussian", "demos=200 weights=160", NULL, fit_gaussian, &b);

  /* At one phase by the formula, Psi Sigma Psi', then all of them. */
  band (&b);
  double psi[N], variance = 0;
  lw_basis_eval (&b.basis, b.z[37], psi, NULL, NULL);
  for (size_t k = 0; k < N; k++)
    for (size_t l = 0; l < N; l++)
      variance += psi[k] * psi[l] * lw_mat_get (&b.g.sigma_w, 3 * N + k, 3 * N + l);
  lw_assert_close (lw_mat_get (&b.std, 37, 3), sqrt (variance), 1e-12, 0);
  lw_bench_run ("motion/promp-band", "n=20 joints=8 phases=100", NULL, band, &b);

  /* The squared length of a draw in units of the covariance is chi-square with 160 degrees of freedom. */
  sample (&b);
  LwMat l;
  double length = 0;
  check (lw_mat_alloc (&l, W, W));
  lw_mat_copy (&b.g.sigma_w, &l);
  check (lw_chol_factor (&l));
  for (size_t k = 0; k < W; k++)
    b.w[k] -= b.g.mu_w[k];
  lw_tri_solve (&l, false, b.w);
  for (size_t k = 0; k < W; k++)
    length += b.w[k] * b.w[k];
  lw_mat_clear (&l);
  lw_assert_close (length, W, 0, 6 * sqrt (2 * W));
  lw_bench_run ("motion/promp-sample", "weights=160", NULL, sample, &b);

  lw_bench_run ("motion/promp-rollout", "n=20 joints=8 points=200", NULL, rollout, &b); /* what the fit above was checked against */

  check_retimed (&b);
  lw_bench_run ("motion/retime-uniform", "joints=8 points=200", NULL, retime, &b);

  lw_weight_gaussian_clear (&b.g);
  lw_mat_clear (&b.weights);
  lw_mat_clear (&b.mean);
  lw_mat_clear (&b.std);
  lw_trajectory_unref (b.demo);
  return 0;
}
