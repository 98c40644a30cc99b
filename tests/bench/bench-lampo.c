/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-lampo-improve.h"
#include "lw-lampo-objective.h"
#include "lw-rng.h"

/* The published reach_target: K = 6, d = 3; samples drawn from the first policy of a random model. Divide K N by the median for
 * millions of (sample, component) pairs a second. The cost is to be linear in N and in K, and the same for a context of 94
 * dimensions (the published close_drawer) as for one of 3. */
enum { D = 3, M = 161 };

typedef struct {
  size_t                    K, n;
  LwMppca                   mppca;
  LwLampoModel              model;
  LwLampoSamples            samples;
  LwLampoPolicy             first, policy;
  LwLampoTable              table, first_table;
  LwLampoTrust              trust;
  LwLampoObjectiveWorkspace ws;
  LwLampoKlDirection        direction;
  double                   *log_den, *x, *grad, *scratch;
  LwLampoImproveSettings    settings;
} Bench;

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

static void
set_up (Bench *b, size_t n, size_t K, size_t dc)
{
  LwRng rng;
  LwMat contexts, z;
  size_t *k = g_new (size_t, n);
  double *rewards = g_new (double, n), *workspace = g_new (double, K + K * D + D);

  *b = (Bench){ .K = K, .n = n };
  lw_rng_init (&rng, 1, LW_RNG_TEST, (uint32_t) dc, 0);
  check (lw_mppca_alloc (&b->mppca, K, D, dc + M));
  lw_rng_normals (&rng, b->mppca.loading.data, K * (dc + M) * D);
  lw_rng_normals (&rng, b->mppca.mean.data, K * (dc + M));
  for (size_t j = 0; j < K; j++) {
    b->mppca.log_pi[j] = -log ((double) K);
    b->mppca.noise_var[j] = 0.5;
  }
  check (lw_lampo_model_init (&b->model, &b->mppca, dc));
  b->x = g_new (double, b->model.n_x);
  b->grad = g_new (double, b->model.n_x);
  lw_lampo_model_first_policy (&b->model, b->x);
  check (lw_lampo_policy_init (&b->first, &b->model));
  check (lw_lampo_policy_init (&b->policy, &b->model));
  g_assert_true (lw_lampo_policy_set (&b->first, b->x));

  check (lw_mat_alloc (&contexts, n, dc));
  check (lw_mat_alloc (&z, n, D));
  b->log_den = g_new (double, n);
  for (size_t i = 0; i < n; i++) {
    double *context = lw_mat_row (&contexts, i);
    lw_rng_normals (&rng, context, dc);
    for (size_t j = 0; j < dc; j++)
      context[j] += lw_mat_get (&b->mppca.mean, i % K, j);
    b->log_den[i] = lw_lampo_policy_sample (&b->first, context, &rng, workspace, &k[i], lw_mat_row (&z, i));
    rewards[i] = -fabs (lw_mat_get (&z, i, 0)) - 0.1 * (double) k[i];
  }
  lw_lampo_samples_init (&b->samples, &b->model);
  check (lw_lampo_samples_add (&b->samples, &contexts, k, &z, rewards));
  check (lw_lampo_table_init (&b->table, &b->model, b->samples.stride));
  check (lw_lampo_table_init (&b->first_table, &b->model, b->samples.stride));
  check (lw_lampo_objective_workspace_init (&b->ws, &b->model, b->samples.stride));
  check (lw_lampo_trust_init (&b->trust, &b->first, &b->samples));
  lw_lampo_table_evaluate (&b->first_table, &b->first, &b->samples, 0);
  b->scratch = g_new0 (double, 2 * b->samples.stride + 1 + D + D * D);
  b->settings = (LwLampoImproveSettings){ .kl_bound = 0.2,
                                          .regularisation = 1e-4,
                                          .max_iterations = 100,
                                          .normalised = true,
                                          .strata = true,
                                          .gate_bound = 0.02,
                                          .min_ess = 20,
                                          .guard = true };
  lw_mat_clear (&contexts);
  lw_mat_clear (&z);
  g_free (k);
  g_free (rewards);
  g_free (workspace);
}

static void
tear_down (Bench *b)
{
  lw_lampo_trust_clear (&b->trust);
  lw_lampo_objective_workspace_clear (&b->ws);
  lw_lampo_table_clear (&b->table);
  lw_lampo_table_clear (&b->first_table);
  lw_lampo_samples_clear (&b->samples);
  lw_lampo_policy_clear (&b->first);
  lw_lampo_policy_clear (&b->policy);
  lw_lampo_model_clear (&b->model);
  lw_mppca_clear (&b->mppca);
  g_free (b->log_den);
  g_free (b->x);
  g_free (b->grad);
  g_free (b->scratch);
}

static void
densities (gpointer data)
{
  Bench *b = data;
  g_assert_true (lw_lampo_policy_set (&b->policy, b->x));
  lw_lampo_table_evaluate (&b->table, &b->policy, &b->samples, 0);
}

static void
objective (gpointer data)
{
  Bench *b = data;
  densities (b);
  lw_lampo_objective (&b->policy, &b->samples, &b->table, b->log_den, NULL, true, &b->ws, b->grad, NULL);
}

static void
objective_strata (gpointer data)
{
  Bench *b = data;
  densities (b);
  lw_lampo_objective (&b->policy, &b->samples, &b->table, b->log_den, &b->first_table, true, &b->ws, b->grad, NULL);
}

static void
trust_region (gpointer data)
{
  Bench *b = data;
  densities (b);
  lw_lampo_trust_kl (&b->trust, &b->policy, &b->table, b->direction, b->grad);
}

static void
gate (gpointer data)
{
  Bench *b = data;
  lw_lampo_gate_divergence (&b->policy, &b->table, &b->first_table, b->samples.n, b->scratch, b->grad);
}

static void
weights (gpointer data)
{
  Bench *b = data;
  lw_lampo_weight_divergence (&b->policy, &b->samples, &b->table, b->log_den, &b->ws, b->grad);
}

static void
improve (gpointer data)
{
  Bench *b = data;
  LwLearnerReport report;
  g_autofree double *x = g_new (double, b->model.n_x), *first = g_new (double, b->model.n_x);
  lw_lampo_model_first_policy (&b->model, first);
  check (lw_lampo_improve (&b->samples, b->log_den, first, first, &b->settings, NULL, NULL, NULL, x, &report));
  g_assert_true (report.accepted && report.J > report.J_before && report.kl <= 0.2 * (1 + 1e-6));
}

/* At the policy that drew the samples every weight is 1/N and no divergence is left; then away from it. */
static void
check_at_first (Bench *b)
{
  double ess, mean = 0;
  densities (b);
  for (size_t i = 0; i < b->samples.n; i++)
    mean += b->samples.reward[i] / (double) b->samples.n;
  lw_assert_close (lw_lampo_objective (&b->policy, &b->samples, &b->table, b->log_den, NULL, true, &b->ws, NULL, &ess), mean,
                   1e-9, 0);
  lw_assert_close (ess, (double) b->samples.n, 1e-9, 0);
  for (int direction = 0; direction < 2; direction++)
    lw_assert_close (lw_lampo_trust_kl (&b->trust, &b->policy, &b->table, (LwLampoKlDirection) direction, NULL), 0, 0, 1e-12);
  for (size_t i = 0; i < b->model.n_x; i++)
    b->x[i] += 0.01 * (double) (i % 7);
}

/* Operations of a pair at d = 3 = r, an exp() and a log() counted as one each: whitening r^2 + 3 r + 3, responsibilities 6, and
 * r^2 + 3 r + 2 for every pass of moments. */
static LwBenchFloor
floor_of (const Bench *b, double passes)
{
  double r = (double) b->model.r, pairs = (double) (b->K * b->n);
  return (LwBenchFloor){ LW_BENCH_DGEMM, pairs * (r * r + 3 * r + 9 + passes * (r * r + 3 * r + 2)) };
}

/* What the kernels read and write: u and y (r numbers a pair), three rows of one. */
static LwBenchFloor
bytes_of (const Bench *b)
{
  return (LwBenchFloor){ LW_BENCH_MEMCPY, (double) (b->K * b->n) * (2 * (double) b->model.r + 3) * sizeof (double) };
}

static void
measure (size_t n, size_t K, size_t dc)
{
  Bench b;
  g_autofree char *sizes = g_strdup_printf ("N=%zu K=%zu d=%d dc=%zu", n, K, D, dc);

  set_up (&b, n, K, dc);
  check_at_first (&b);
  lw_bench_run_floor ("policy/lampo-densities", sizes, bytes_of (&b), NULL, densities, &b);
  lw_bench_run_floor ("policy/lampo-objective-grad", sizes, floor_of (&b, 1), NULL, objective, &b);
  lw_bench_run_floor ("policy/lampo-objective-strata-grad", sizes, floor_of (&b, 1), NULL, objective_strata, &b);
  b.direction = LW_LAMPO_KL_OLD_NEW;
  lw_bench_run_floor ("policy/lampo-kl-old-new-grad", sizes, floor_of (&b, 1), NULL, trust_region, &b);
  b.direction = LW_LAMPO_KL_NEW_OLD;
  lw_bench_run_floor ("policy/lampo-kl-new-old-grad", sizes, floor_of (&b, 3), NULL, trust_region, &b);
  lw_bench_run_floor ("policy/lampo-gate-grad", sizes, floor_of (&b, 1), NULL, gate, &b);
  lw_bench_run_floor ("policy/lampo-ess-grad", sizes, floor_of (&b, 1), NULL, weights, &b);
  tear_down (&b);
}

/* An iteration of the solver is one evaluation of the objective and of the bounds, with gradients; its own step is in 42 numbers. */
static void
measure_improve (size_t n, size_t K, size_t dc, size_t max_iterations)
{
  Bench b;
  g_autofree char *sizes = g_strdup_printf ("N=%zu K=%zu d=%d dc=%zu iterations=%zu", n, K, D, dc, max_iterations);

  set_up (&b, n, K, dc);
  check_at_first (&b);
  b.settings.max_iterations = max_iterations;
  LwBenchFloor floor = floor_of (&b, 4);
  floor.amount *= (double) max_iterations;
  lw_bench_run_floor ("policy/lampo-improve", sizes, floor, NULL, improve, &b);
  tear_down (&b);
}

int
main (void)
{
  static const size_t sizes[] = { 500, 1000, 5000, 20000 };

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    measure (sizes[i], 6, 3);
  measure (5000, 3, 3);
  measure (5000, 12, 3);
  measure (5000, 6, 94);
  measure_improve (500, 6, 3, 100);
  measure_improve (5000, 6, 3, 100);
  measure_improve (5000, 6, 94, 100);
  measure_improve (500, 6, 3, 400);
  return 0;
}
