/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-gmm.h"
#include "lw-learner.h"

/* The published reach_target's sizes: 1000 movements, context 3, duration and 160 weights, K = 6; CT sees 3 + 3 of them. */
enum { N = 1000, K = 6, DC = 3, M = 161, D = 3, BATCH = 500 };

typedef struct {
  LwMat         x;        /* (N x p) of a planted mixture */
  LwGmm         start, model;
  LwGmmSettings settings;
} Em;

typedef struct {
  LwMppca    mppca;
  LwMat      contexts, movements;
  LwLearner *learner;
  LwArrays   state;       /* before improve(), with a batch pending */
} Search;

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

static LwMat
planted (size_t p)
{
  LwMat x;
  LwRng rng;

  check (lw_mat_alloc (&x, N, p));
  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, (uint32_t) p);
  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < p; j++)
      lw_mat_set (&x, i, j, 2 * ((i % K) == j % K) + lw_rng_normal (&rng));
  return x;
}

static void
em_iteration (gpointer data)
{
  Em *b = data;

  lw_gmm_clear (&b->model);
  check (lw_gmm_copy (&b->start, &b->model));
  check (lw_gmm_update (&b->model, &b->x, NULL, &b->settings, NULL, NULL, NULL));
}

static void
bench_em (size_t p)
{
  Em b = { .x = planted (p) };
  LwGmmReport report;

  lw_gmm_settings_init (&b.settings);
  b.settings.K = K;
  check (lw_gmm_alloc (&b.start, K, p));
  for (size_t k = 0; k < K; k++) /* overlapping: every sample is everybody's, nothing can be skipped */
    for (size_t j = 0; j < p; j++)
      lw_mat_set (&b.start.mean, k, j, k == j % K ? 0.01 : 0);
  check (lw_gmm_copy (&b.start, &b.model));
  check (lw_gmm_update (&b.model, &b.x, NULL, &b.settings, NULL, &report, NULL));
  g_assert_true (report.converged && report.largest_fall < 1e-9);
  b.settings.max_iterations = 1;

  /* A triangular solve and half a product for each component: 2 N p^2 operations; one E step more opens the update. */
  g_autofree char *sizes = g_strdup_printf ("N=%d p=%zu K=%d", N, p, K);
  LwBenchFloor floor = { LW_BENCH_DGEMM, 3.0 * N * (double) (p * p) * K };
  lw_bench_run_floor ("latent/gmm-em-iteration", sizes, floor, NULL, em_iteration, &b);
  lw_gmm_clear (&b.start);
  lw_gmm_clear (&b.model);
  lw_mat_clear (&b.x);
}

static void
put_back (gpointer data)
{
  Search *b = data;
  check (lw_learner_from_arrays (b->learner, &b->state));
}

static void
improve (gpointer data)
{
  Search *b = data;
  check (lw_learner_improve (b->learner, NULL, NULL, NULL, NULL));
}

static void
bench_improve (const char *algorithm)
{
  LwMat x = planted (DC + M), contexts, latents;
  Search b = { .contexts = lw_mat_block (&x, 0, 0, N, DC), .movements = lw_mat_block (&x, 0, DC, N, M) };
  g_autofree double *rewards = g_new (double, BATCH), *movement = g_new (double, M);
  LwLearnerReport report;
  LwRng rng;

  check (lw_mppca_alloc (&b.mppca, K, D, DC + M));
  LwImitation imitation = {
    .mppca = &b.mppca, .n_context = DC, .contexts = b.contexts, .movements = b.movements, .seed = 1,
  };
  b.learner = lw_learner_new (algorithm, &imitation);
  g_assert_nonnull (b.learner);
  check (lw_mat_alloc (&contexts, BATCH, DC));
  check (lw_mat_alloc (&latents, BATCH, lw_learner_latent_size (b.learner)));
  lw_rng_init (&rng, 2, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < BATCH; i++) {
    memcpy (lw_mat_row (&contexts, i), lw_mat_row (&x, i), DC * sizeof (double));
    check (lw_learner_sample (b.learner, lw_mat_row (&contexts, i), &rng, movement, lw_mat_row (&latents, i), NULL));
    rewards[i] = -fabs (movement[0]) - fabs (movement[5]);
  }
  check (lw_learner_add (b.learner, BATCH, &contexts, &latents, rewards));
  lw_arrays_init (&b.state);
  check (lw_learner_to_arrays (b.learner, &b.state));
  check (lw_learner_improve (b.learner, NULL, NULL, NULL, &report));
  g_assert_true (report.accepted && report.J > report.J_before);
  lw_assert_close (report.kl, report.kl_bound, 1e-8, 0);

  g_autofree char *name = g_strdup_printf ("policy/%s-improve", algorithm);
  g_autofree char *sizes = g_strdup_printf ("batch=%d p=%zu K=%d EM iterations=%zu", BATCH, DC + latents.cols - 1, K,
                                            report.iterations);
  double p = (double) (DC + latents.cols - 1);
  LwBenchFloor floor = { LW_BENCH_DGEMM, (2.0 * (double) report.iterations + 1) * BATCH * p * p * K };
  lw_bench_run_floor (name, sizes, floor, put_back, improve, &b);
  lw_arrays_clear (&b.state);
  lw_learner_free (b.learner);
  lw_mppca_clear (&b.mppca);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_mat_clear (&x);
}

int
main (void)
{
  bench_em (6);
  bench_em (DC + M);
  bench_improve ("ct");
  bench_improve ("gmm-reps");
  return 0;
}
