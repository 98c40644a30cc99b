/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-linalg.h"
#include "lw-promp-em.h"
#include "lw-promp-likelihood.h"
#include "lw-promp-recognise.h"
#include "lw-promp.h"
#include "lw-retime.h"

/* A seven-joint arm with gripper, 20 basis functions, one second at 200 Hz, 200 demonstrations: the size of the published
 * sets. */
enum { N = 20, J = 8, W = N * J, T = 200, DEMOS = 200 };

typedef struct {
  LwBasis basis;
  LwTrajectory *demo;
  LwMat weights;
  LwWeightGaussian g;
  LwRng rng;
  double truth[W], w[W], v_max[J], a_max[J];
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

/* ---- a set of demonstrations: 200 of 500 samples, seven joints ---- */

enum { SET_J = 7, SET_W = N * SET_J, SET_T = 500, SET_MODELS = 5, SET_TEMPOS = 20 };

typedef struct {
  LwBasis basis;
  LwTrajectory *shared[DEMOS], *own[DEMOS]; /* on one time grid; with jitter of their own */
  double truth[DEMOS * SET_W], z[SET_T], own_z[DEMOS * SET_T], duration[SET_TEMPOS];
  LwObservedMovement shared_seen[DEMOS], own_seen[DEMOS], half;
  LwMat w, rms, mean, std;
  LwPrompEm *em;
  LwPrompModel model;
  const LwPrompModel *models[SET_MODELS];
  double log_p[DEMOS], log_posterior[SET_MODELS];
} SetBench;

static void
set_up_set (SetBench *b)
{
  LwRng rng;

  check (lw_basis_init_stroke (&b->basis, N));
  lw_rng_init (&rng, 2, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, b->truth, DEMOS * SET_W);
  check (lw_mat_alloc (&b->w, DEMOS, SET_W));
  check (lw_mat_alloc (&b->rms, DEMOS, SET_J));
  check (lw_mat_alloc (&b->mean, SET_T, SET_J));
  check (lw_mat_alloc (&b->std, SET_T, SET_J));
  for (size_t t = 0; t < SET_T; t++)
    b->z[t] = (double) t / (SET_T - 1);
  for (size_t i = 0; i < DEMOS; i++) {
    const double *w = b->truth + i * SET_W;
    check (lw_promp_rollout (&b->basis, w, SET_J, 2.5, 200, &b->shared[i]));
    check (lw_promp_rollout (&b->basis, w, SET_J, 2.5, 200, &b->own[i]));
    for (size_t t = 0; t < SET_T; t++) {
      double psi[N];
      if (t > 0 && t < SET_T - 1)
        b->own[i]->t[t] += 1e-3 * (lw_rng_uniform (&rng) - 0.5);
      lw_basis_eval (&b->basis, b->own[i]->t[t] / 2.5, psi, NULL, NULL);
      for (size_t j = 0; j < SET_J; j++) {
        double *q = lw_mat_row (&b->own[i]->q, t) + j, noise = 0.01 * lw_rng_normal (&rng);
        *q = noise;
        for (size_t k = 0; k < N; k++)
          *q += psi[k] * w[j * N + k];
        lw_mat_row (&b->shared[i]->q, t)[j] += noise;
      }
    }
    check (lw_observed_movement_init (&b->own_seen[i], LW_BASIS_STROKE, b->own[i], 0, b->own_z + i * SET_T));
    b->shared_seen[i] = (LwObservedMovement){ SET_T, b->z, b->shared[i]->q };
  }
  b->half = (LwObservedMovement){ SET_T / 2, b->z, lw_mat_block (&b->shared[7]->q, 0, 0, SET_T / 2, SET_J) };
  for (size_t r = 0; r < SET_TEMPOS; r++)
    b->duration[r] = 1.5 + 0.1 * (double) r;
}

static void
clear_set (SetBench *b)
{
  for (size_t i = 0; i < DEMOS; i++) {
    lw_trajectory_unref (b->shared[i]);
    lw_trajectory_unref (b->own[i]);
  }
  lw_mat_clear (&b->w);
  lw_mat_clear (&b->rms);
  lw_mat_clear (&b->mean);
  lw_mat_clear (&b->std);
  lw_promp_model_clear (&b->model);
}

static void
fit_shared (gpointer data)
{
  SetBench *b = data;
  check (lw_promp_fit_weights_many (&b->basis, b->shared, DEMOS, 1e-6, &b->w, &b->rms, NULL));
}

static void
fit_own (gpointer data)
{
  SetBench *b = data;
  check (lw_promp_fit_weights_many (&b->basis, b->own, DEMOS, 1e-6, &b->w, &b->rms, NULL));
}

static void
em_iteration (gpointer data)
{
  SetBench *b = data;
  check (lw_promp_em_iterate (b->em, NULL));
}

static void
em_start (gpointer data)
{
  SetBench *b = data;
  LwPrompEmSettings settings;
  lw_promp_em_settings_init (&settings);
  check (lw_promp_em_new (&b->basis, SET_J, b->shared_seen, DEMOS, &settings, NULL, &b->em));
  lw_promp_em_free (b->em);
}

static void
set_band (gpointer data)
{
  SetBench *b = data;
  check (lw_promp_band (&b->basis, &b->model.weights, SET_J, b->z, SET_T, &b->mean, &b->std));
}

static void
likelihood (gpointer data)
{
  SetBench *b = data;
  check (lw_promp_log_likelihood (&b->model, b->shared_seen, DEMOS, b->log_p));
}

static void
complete (gpointer data)
{
  SetBench *b = data;
  LwWeightGaussian after;
  check (lw_promp_complete (&b->model, &b->half, &after, NULL));
  lw_weight_gaussian_clear (&after);
}

static void
recognise_tempo (gpointer data)
{
  SetBench *b = data;
  const LwTempoGrid tempo = { SET_TEMPOS, b->duration, NULL, false };
  check (lw_promp_recognise_tempo (b->models, SET_MODELS, NULL, b->shared[7]->t, &b->half.y, &tempo, b->log_posterior, NULL));
}

/* Noise of 0.01 on 500 samples moves a weight by a hundredth or two. */
static void
check_fit (const SetBench *b)
{
  lw_assert_close_array (b->w.data, b->truth, DEMOS * SET_W, 0, 0.15);
  for (size_t i = 0; i < DEMOS * SET_J; i++)
    lw_assert_close (b->rms.data[i], 0.01, 0.15, 0);
}

/* EM on @seen: it must find the noise; one iteration is timed once it has. */
static void
run_em (SetBench *b, const char *name, const char *sizes, double operations, const LwObservedMovement *seen, gboolean full)
{
  LwPrompEmSettings settings;
  lw_promp_em_settings_init (&settings);
  settings.full_noise = full;
  check (lw_promp_em_new (&b->basis, SET_J, seen, DEMOS, &settings, NULL, &b->em));
  for (size_t i = 0; i < 5; i++) {
    double before = lw_promp_em_objective (b->em);
    em_iteration (b);
    g_assert_cmpfloat (lw_promp_em_objective (b->em), >, before);
  }
  lw_promp_model_clear (&b->model);
  check (lw_promp_em_model (b->em, &b->model));
  for (size_t j = 0; j < SET_J; j++)
    lw_assert_close (lw_mat_get (&b->model.noise, j, j), 1e-4, 0.02, 0);
  lw_bench_run_floor (name, sizes, (LwBenchFloor){ LW_BENCH_DGEMM, operations }, NULL, em_iteration, b);
  lw_promp_em_free (b->em);
}

static void
bench_set (SetBench *b)
{
  const double w3 = pow (SET_W, 3), columns = 2.0 * SET_W * SET_W * DEMOS;

  /* Phi'Y and Phi w of everything. */
  const LwBenchFloor fit_floor = { LW_BENCH_DGEMM, 4.0 * N * SET_T * SET_J * DEMOS };
  fit_shared (b);
  check_fit (b);
  lw_bench_run_floor ("motion/promp-ridge-shared-grid", "demos=200 samples=500 joints=7 n=20", fit_floor, NULL, fit_shared, b);
  fit_own (b);
  check_fit (b);
  lw_bench_run_floor ("motion/promp-ridge-own-times", "demos=200 samples=500 joints=7 n=20",
                      (LwBenchFloor){ LW_BENCH_DGEMM, fit_floor.amount + 1.0 * N * N * SET_T * DEMOS }, NULL, fit_own, b);

  /* Two factors, one multiplied and two solved triangles, one half of V'V: 4 1/3 W^3. Three products and two solves with a column
   * a movement: 5 W^2 N. */
  run_em (b, "motion/promp-em-iteration-own-times", "demos=200 samples=500 joints=7 n=20",
          DEMOS * (3.0 * w3 + 4 * columns / DEMOS), b->own_seen, FALSE);
  run_em (b, "motion/promp-em-iteration-full-noise", "demos=200 samples=500 joints=7 n=20 shared", 4.3 * w3 + 4 * columns,
          b->shared_seen, TRUE);
  run_em (b, "motion/promp-em-iteration", "demos=200 samples=500 joints=7 n=20 shared", 4.3 * w3 + 4 * columns, b->shared_seen,
          FALSE);
  lw_bench_run_floor ("motion/promp-em-start", "demos=200 samples=500 joints=7 n=20 shared",
                      (LwBenchFloor){ LW_BENCH_DGEMM, 3 * fit_floor.amount }, NULL, em_start, b);

  set_band (b);
  double psi[N], variance = 0;
  lw_basis_eval (&b->basis, b->z[321], psi, NULL, NULL);
  for (size_t k = 0; k < N; k++)
    for (size_t l = 0; l < N; l++)
      variance += psi[k] * psi[l] * lw_mat_get (&b->model.weights.sigma_w, 5 * N + k, 5 * N + l);
  lw_assert_close (lw_mat_get (&b->std, 321, 5), sqrt (variance), 1e-12, 0);
  lw_bench_run_floor ("motion/promp-band", "n=20 joints=7 phases=500",
                      (LwBenchFloor){ LW_BENCH_DGEMM, 2.0 * SET_T * N * (N + 1) * SET_J }, NULL, set_band, b);

  /* log p of a movement under its own model: a number of noise 0.01 has about log (1 / 0.01) - 1.42 nats. */
  likelihood (b);
  for (size_t i = 0; i < DEMOS; i++)
    lw_assert_close (b->log_p[i] / (SET_T * SET_J), log (100) - 1.42, 0, 0.3);
  lw_bench_run ("motion/promp-log-likelihood", "movements=200 samples=500 joints=7 n=20 shared", NULL, likelihood, b);

  LwWeightGaussian after;
  check (lw_promp_complete (&b->model, &b->half, &after, NULL));
  for (size_t j = 0; j < SET_J; j++)
    lw_assert_close_array (after.mu_w + j * N, b->truth + 7 * SET_W + j * N, N / 3, 0, 0.1); /* of what it has seen */
  lw_weight_gaussian_clear (&after);
  lw_bench_run_floor ("motion/promp-complete", "samples=250 joints=7 n=20", (LwBenchFloor){ LW_BENCH_DGEMM, 3 * w3 }, NULL,
                      complete, b);

  LwPrompModel others[SET_MODELS] = { 0 };
  for (size_t m = 0; m < SET_MODELS; m++) {
    check (lw_promp_model_init (&others[m], &b->basis, SET_J, b->model.weights.mu_w, &b->model.weights.sigma_w, &b->model.noise));
    memcpy (others[m].weights.mu_w, b->truth + (5 + m) * SET_W, SET_W * sizeof (double));
    for (size_t i = 0; i < SET_W * SET_W; i++)
      others[m].weights.sigma_w.data[i] *= 0.01;
    b->models[m] = &others[m];
  }
  recognise_tempo (b);
  lw_assert_close (b->log_posterior[2], 0, 0, 1e-6); /* movement 7 */
  lw_bench_run ("motion/promp-recognise-tempo", "models=5 tempos=20 samples=250 joints=7 n=20", NULL, recognise_tempo, b);
  for (size_t m = 0; m < SET_MODELS; m++)
    lw_promp_model_clear (&others[m]);
}

int
main (void)
{
  static Bench b;
  static SetBench set;

  set_up_set (&set);
  bench_set (&set);
  clear_set (&set);

  set_up (&b);

  fit_weights (&b);
  lw_assert_close_array (b.w, b.truth, W, 0, 1e-8);
  lw_bench_run ("motion/promp-fit-weights", "n=20 joints=8 samples=200", NULL, fit_weights, &b);

  fit_gaussian (&b);
  for (size_t j = 0; j < W; j++)
    lw_assert_close (b.g.mu_w[j], 0, 0, 6 / sqrt (DEMOS));
  lw_bench_run ("motion/promp-fit-gaussian", "demos=200 weights=160", NULL, fit_gaussian, &b);

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

  lw_bench_run ("motion/promp-rollout", "n=20 joints=8 points=200", NULL, rollout,
                &b); /* what the fit above was checked against */

  check_retimed (&b);
  lw_bench_run ("motion/retime-uniform", "joints=8 points=200", NULL, retime, &b);

  lw_weight_gaussian_clear (&b.g);
  lw_mat_clear (&b.weights);
  lw_trajectory_unref (b.demo);
  return 0;
}
