/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-cma.h"
#include "lw-creps-improve.h"
#include "lw-reps.h"
#include "lw-rng.h"

/* Sizes of reach-target: contexts of three numbers, quadratic features (10), six directions; 500 episodes are five iterations,
 * 5000 fifty. The duals are iterative: a floor is one pass over the samples, so that a ratio counts passes as well. */
enum { DC = 3, F = 10, D = 6, M = 161 };

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

/* ---- duals ---- */

typedef struct {
  size_t  n;
  double *rewards, *weights;
  LwMat   features;
  double  v[F];
} Dual;

static void
run_plain (gpointer data)
{
  Dual *b = data;

  check (lw_reps_weights (b->rewards, b->n, NULL, 0.5, b->weights, NULL));
}

static void
run_contextual (gpointer data)
{
  Dual *b = data;

  check (lw_reps_contextual_weights (b->rewards, b->n, &b->features, NULL, 0.5, b->weights, b->v, NULL));
}

static void
bench_duals (size_t n)
{
  g_autofree char *sizes = g_strdup_printf ("N=%zu", n);
  g_autofree char *contextual = g_strdup_printf ("N=%zu f=%d", n, F);
  Dual b = { .n = n, .rewards = g_new (double, n), .weights = g_new (double, n) };
  LwRepsReport report;
  LwRng rng;

  lw_rng_init (&rng, 1, LW_RNG_TEST, 1, 0);
  check (lw_mat_alloc (&b.features, n, F));
  lw_rng_normals (&rng, b.features.data, n * F);
  for (size_t i = 0; i < n; i++) {
    lw_mat_set (&b.features, i, 0, 1.0);
    b.rewards[i] = lw_rng_normal (&rng) + lw_mat_get (&b.features, i, 1);
  }
  check (lw_reps_weights (b.rewards, n, NULL, 0.5, b.weights, &report));
  lw_assert_close (report.kl, 0.5, 1e-9, 0);
  lw_bench_run_floor ("policy/reps-dual", sizes, (LwBenchFloor){ LW_BENCH_MEMCPY, 4.0 * 8.0 * (double) n }, NULL, run_plain, &b);
  check (lw_reps_contextual_weights (b.rewards, n, &b.features, NULL, 0.5, b.weights, b.v, &report));
  lw_assert_close (report.kl, 0.5, 1e-9, 0);
  lw_bench_run_floor ("policy/reps-contextual-dual", contextual, (LwBenchFloor){ LW_BENCH_DGEMM, 2.0 * (double) n * F * F }, NULL,
                      run_contextual, &b);
  g_free (b.rewards);
  g_free (b.weights);
  lw_mat_clear (&b.features);
}

/* ---- contextual REPS ---- */

typedef struct {
  LwCrepsHistory    history;
  LwContextFeatures features;
  LwLinearGaussian  policy, next;
  LwCrepsSettings   settings;
} Creps;

static void
run_improve (gpointer data)
{
  Creps *b = data;
  LwLearnerReport report;

  check (lw_creps_improve (&b->history, &b->policy, &b->features, &b->settings, NULL, &b->next, &report));
}

static void
bench_creps (size_t n)
{
  g_autofree char *sizes = g_strdup_printf ("N=%zu f=%d d=%d", n, F, D);
  Creps b = { .settings = { .epsilon = 0.5, .mean_prior = 1.0, .covariance_prior = 1.0, .step_bound = 1.5, .reuse = 1000 } };
  LwMat contexts, phi, z;
  double *rewards = g_new (double, n);
  LwLearnerReport report;
  LwRng rng;

  lw_rng_init (&rng, 1, LW_RNG_TEST, 2, 0);
  check (lw_mat_alloc (&contexts, n, DC));
  check (lw_mat_alloc (&phi, n, F));
  check (lw_mat_alloc (&z, n, D));
  lw_rng_normals (&rng, contexts.data, n * DC);
  lw_rng_normals (&rng, z.data, n * D);
  check (lw_context_features_init (&b.features, &contexts, 2));
  g_assert_cmpuint (b.features.f, ==, F);
  lw_context_features_evaluate_all (&b.features, &contexts, &phi);
  for (size_t i = 0; i < n; i++)
    rewards[i] = -fabs (lw_mat_get (&z, i, 0) - 1.0) - 0.3 * fabs (lw_mat_get (&z, i, 1) - lw_mat_get (&contexts, i, 0));
  check (lw_linear_gaussian_alloc (&b.policy, F, D));
  check (lw_linear_gaussian_alloc (&b.next, F, D));
  check (lw_creps_history_init (&b.history, DC, F, D));
  check (lw_creps_history_add (&b.history, &b.policy, &contexts, &phi, &z, rewards));
  check (lw_creps_improve (&b.history, &b.policy, &b.features, &b.settings, NULL, &b.next, &report));
  g_assert_true (report.accepted && report.J > report.J_before && report.kl <= 1.5);
  lw_bench_run_floor ("policy/creps-improve", sizes,
                      (LwBenchFloor){ LW_BENCH_DGEMM, 2.0 * (double) n * (2 * F * F + 3 * F * D + 3 * D * D) }, NULL, run_improve,
                      &b);
  lw_creps_history_clear (&b.history);
  lw_context_features_clear (&b.features);
  lw_linear_gaussian_clear (&b.policy);
  lw_linear_gaussian_clear (&b.next);
  lw_mat_clear (&contexts);
  lw_mat_clear (&phi);
  lw_mat_clear (&z);
  g_free (rewards);
}

/* ---- CMA-ES ---- */

typedef struct {
  LwCma   cma;
  LwMat   x;
  double *f;
} Search;

/* The same points again and again would end the search; its start but for C gives them the meaning they had. */
static void
put_back (gpointer data)
{
  Search *b = data;

  memset (b->cma.mean, 0, M * sizeof (double));
  memset (b->cma.p_sigma, 0, M * sizeof (double));
  memset (b->cma.p_c, 0, M * sizeof (double));
  b->cma.sigma = 1.0;
}

static void
run_update (gpointer data)
{
  Search *b = data;

  check (lw_cma_update (&b->cma, &b->x, b->f, NULL));
}

/* A generation in all directions of a movement: C in 2 n^2 lambda operations, and its eigenvectors, at least 9 n^3, as often as
 * they are due. */
static void
bench_cma (size_t lambda)
{
  g_autofree char *sizes = g_strdup_printf ("n=%d lambda=%zu", M, lambda);
  Search b = { .f = g_new (double, lambda) };
  LwCmaConstants c;
  double *scratch = g_new (double, M), due, operations;
  LwRng rng;

  lw_rng_init (&rng, 1, LW_RNG_TEST, 3, 0);
  check (lw_cma_init (&b.cma, M, NULL, 1.0));
  check (lw_mat_alloc (&b.x, lambda, M));
  check (lw_cma_constants_init (&c, M, lambda));
  for (size_t i = 0; i < lambda; i++) {
    lw_cma_sample (&b.cma, &rng, scratch, lw_mat_row (&b.x, i));
    b.f[i] = -lw_cma_log_density (&b.cma, lw_mat_row (&b.x, i), scratch);
  }
  run_update (&b);
  g_assert_cmpuint (b.cma.evaluations, ==, lambda);
  g_assert_true (lw_mat_is_finite (&b.cma.C) && b.cma.sigma > 0.0);
  due = fmin (1.0, 10.0 * M * (c.c1 + c.cmu));
  operations = 2.0 * M * M * (double) lambda + due * 9.0 * M * M * M;
  lw_bench_run_floor ("policy/cma-update", sizes, (LwBenchFloor){ LW_BENCH_DGEMM, operations }, put_back, run_update, &b);
  lw_cma_clear (&b.cma);
  lw_cma_constants_clear (&c);
  lw_mat_clear (&b.x);
  g_free (b.f);
  g_free (scratch);
}

int
main (void)
{
  bench_duals (500);
  bench_duals (5000);
  bench_creps (500);
  bench_creps (5000);
  bench_cma (20);
  bench_cma (100);
  return 0;
}
