/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-decoupled-problem.h"
#include "lw-rng.h"

/* The default learner's evaluations and improvements. Sizes as of bench-lampo.c: d = 3, contexts of 3 or of 94 dimensions,
 * samples drawn from the first policy of a random model. Divide K N by the median for millions of (sample, component) pairs a
 * second. */
enum { D = 3, M = 161 };

typedef struct {
  size_t K, n;
  LwMppca mppca;
  LwLampoModel model;
  LwLampoSamples samples;
  LwDecoupledForm form;
  LwDecoupledFeatures features;
  LwDecoupledImproveSettings settings;
  LwDecoupledProblem problem;
  double *log_den, *first, *x, *x_new, *grad;
} Bench;

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

static void
draw (Bench *b, size_t dc, LwRng *rng)
{
  size_t n = b->n, K = b->K, r = b->model.r;
  LwMat contexts, e;
  g_autofree size_t *k = g_new (size_t, n);
  g_autofree double *rewards = g_new (double, n), *workspace = g_new (double, K + K * r);

  check (lw_mat_alloc (&contexts, n, dc));
  check (lw_mat_alloc (&e, n, D));
  for (size_t i = 0; i < n; i++) {
    double *context = lw_mat_row (&contexts, i);
    lw_rng_normals (rng, context, dc);
    for (size_t j = 0; j < dc; j++)
      context[j] += lw_mat_get (&b->mppca.mean, i % K, j);
    b->log_den[i] = lw_decoupled_sample (&b->form, b->first, context, rng, workspace, &k[i], lw_mat_row (&e, i));
    rewards[i] = -fabs (lw_mat_get (&e, i, 0) - 0.3 * context[0]) - 0.1 * (double) k[i];
  }
  lw_lampo_samples_init (&b->samples, &b->model);
  check (lw_lampo_samples_add (&b->samples, &contexts, k, &e, rewards));
  lw_mat_clear (&contexts);
  lw_mat_clear (&e);
}

static void
set_up (Bench *b, size_t n, size_t K, size_t dc, LwLampoKlDirection direction, size_t max_iterations)
{
  LwRng rng;

  *b = (Bench){ .K = K, .n = n };
  b->settings = (LwDecoupledImproveSettings){ .kl_bound = 0.2,
                                              .kl_direction = direction,
                                              .regularisation = 1e-4,
                                              .normalised = true,
                                              .caution = 2,
                                              .prior_gate = 5,
                                              .prior_slope = 20,
                                              .prior_scale = 3,
                                              .max_iterations = max_iterations };
  lw_rng_init (&rng, 1, LW_RNG_TEST, (uint32_t) dc, 0);
  check (lw_mppca_alloc (&b->mppca, K, D, dc + M));
  lw_rng_normals (&rng, b->mppca.loading.data, K * (dc + M) * D);
  lw_rng_normals (&rng, b->mppca.mean.data, K * (dc + M));
  for (size_t j = 0; j < K; j++) {
    b->mppca.log_pi[j] = -log ((double) K);
    b->mppca.noise_var[j] = 0.5;
  }
  check (lw_lampo_model_init (&b->model, &b->mppca, dc));
  check (lw_decoupled_form_init (&b->form, &b->model, true));
  b->first = g_new0 (double, b->form.n_x);
  b->x = g_new0 (double, b->form.n_x); /* in the solver's variables */
  b->x_new = g_new (double, b->form.n_x);
  b->grad = g_new (double, b->form.n_x);
  b->log_den = g_new (double, n);
  for (size_t i = lw_decoupled_log_s (&b->form, 0); i < b->form.n_x; i++)
    b->first[i] = log (2);
  draw (b, dc, &rng);
  lw_decoupled_features_init (&b->features, &b->form);
  check (lw_decoupled_features_update (&b->features, &b->samples));
  check (lw_decoupled_problem_init (&b->problem, &b->features, &b->samples, b->log_den, b->first, b->first, &b->settings));
}

static void
tear_down (Bench *b)
{
  lw_decoupled_problem_clear (&b->problem);
  lw_decoupled_features_clear (&b->features);
  lw_decoupled_form_clear (&b->form);
  lw_lampo_samples_clear (&b->samples);
  lw_lampo_model_clear (&b->model);
  lw_mppca_clear (&b->mppca);
  g_free (b->log_den);
  g_free (b->first);
  g_free (b->x);
  g_free (b->x_new);
  g_free (b->grad);
}

static void
densities (gpointer data)
{
  Bench *b = data;
  lw_decoupled_table_evaluate (&b->problem.table, b->x_new, &b->features, &b->samples, 0);
}

/* Each at a point of its own: the functions of one point share its densities. */
static void
objective (gpointer data)
{
  Bench *b = data;
  b->x[0] = -b->x[0];
  g_assert_true (isfinite (lw_decoupled_problem_minimise (b->form.n_x, b->x, b->grad, &b->problem)));
}

static void
trust_region (gpointer data)
{
  Bench *b = data;
  b->x[0] = -b->x[0];
  g_assert_true (isfinite (lw_decoupled_problem_constraint (b->form.n_x, b->x, b->grad, &b->problem)));
}

static void
improve (gpointer data)
{
  Bench *b = data;
  LwLearnerReport report;

  check (lw_decoupled_improve (&b->features, &b->samples, b->log_den, b->first, b->first, &b->settings, NULL, NULL, NULL,
                               b->x_new, &report));
  g_assert_true (report.accepted && report.kl <= 0.2 * (1 + 1e-6));
}

static void
features (gpointer data)
{
  Bench *b = data;
  b->features.n = 0;
  check (lw_decoupled_features_update (&b->features, &b->samples));
}

/* At the policy that drew the samples every weight is 1/N, J the mean reward, and no divergence is left; then away from it. */
static void
check_at_first (Bench *b)
{
  double mean = 0;
  LwDecoupledPoint point = lw_decoupled_problem_measure (&b->problem, b->first);

  for (size_t i = 0; i < b->n; i++)
    mean += b->samples.reward[i] / (double) b->n;
  lw_assert_close (point.J, mean, 1e-9, 0);
  lw_assert_close (point.ess, (double) b->n, 1e-9, 0);
  lw_assert_close (point.divergence[LW_DECOUPLED_BOUND_KL], 0, 0, 1e-12);
  for (size_t i = 0; i < b->form.n_x; i++)
    b->x[i] = 0.01 * (double) (1 + i % 7);
  lw_decoupled_problem_x (&b->problem, b->x, b->x_new);
}

/* Operations: two a pair for the gate and for its gradient, and of each sample d (2 q + 4) for the density and as many for the
 * gradient; moments q (q + 1) a pair, twice. */
static LwBenchFloor
floor_of (const Bench *b, bool moments)
{
  double pairs = (double) (b->K * b->n), q = (double) b->form.q, n = (double) b->n;
  return (LwBenchFloor){ LW_BENCH_DGEMM, 4 * pairs + 2 * n * D * (2 * q + 4) + (moments ? 2 * pairs * q * (q + 1) : 0) };
}

static void
measure (size_t n, size_t K, size_t dc)
{
  Bench b;
  g_autofree char *sizes = NULL;

  for (int direction = 0; direction < 2; direction++) {
    set_up (&b, n, K, dc, (LwLampoKlDirection) direction, 100);
    check_at_first (&b);
    if (direction == 0) {
      sizes = g_strdup_printf ("N=%zu K=%zu d=%d dc=%zu n_x=%zu", n, K, D, dc, b.form.n_x);
      lw_bench_run_floor ("policy/decoupled-densities", sizes, floor_of (&b, false), NULL, densities, &b);
      lw_bench_run_floor ("policy/decoupled-objective-grad", sizes, floor_of (&b, false), NULL, objective, &b);
    }
    lw_bench_run_floor (direction == 0 ? "policy/decoupled-kl-old-new-grad" : "policy/decoupled-kl-new-old-grad", sizes,
                        floor_of (&b, direction == 1), NULL, trust_region, &b);
    if (direction == 0)
      lw_bench_run_floor ("policy/decoupled-features", sizes, floor_of (&b, true), NULL, features, &b);
    tear_down (&b);
  }
}

/* An iteration of the solver is one evaluation of objective and constraint, and its own step, at the least a triangularisation:
 * 4/3 n_x^3 operations. It ends before the limit where it converges. */
static void
measure_improve (size_t n, size_t K, size_t dc, LwLampoKlDirection direction, size_t max_iterations)
{
  Bench b;

  set_up (&b, n, K, dc, direction, max_iterations);
  g_autofree char *sizes = g_strdup_printf ("N=%zu K=%zu d=%d dc=%zu n_x=%zu iterations=%zu %s", n, K, D, dc, b.form.n_x,
                                            max_iterations, direction == LW_LAMPO_KL_OLD_NEW ? "old-new" : "new-old");
  LwBenchFloor floor = floor_of (&b, direction == LW_LAMPO_KL_NEW_OLD);
  floor.amount = (double) max_iterations * (floor.amount + 4.0 / 3 * pow ((double) b.form.n_x, 3));
  lw_bench_run_floor ("policy/decoupled-improve", sizes, floor, NULL, improve, &b);
  tear_down (&b);
}

int
main (void)
{
  static const size_t sizes[] = { 500, 5000, 20000 };

  for (size_t i = 0; i < G_N_ELEMENTS (sizes); i++)
    measure (sizes[i], 6, 3);
  measure (5000, 3, 3);
  measure (5000, 12, 3);
  measure (5000, 6, 94);
  for (size_t i = 0; i < 2; i++)
    for (size_t iterations = 100; iterations <= 200; iterations += 100) {
      measure_improve (sizes[i], 6, 3, LW_LAMPO_KL_OLD_NEW, iterations);
      measure_improve (sizes[i], 12, 3, LW_LAMPO_KL_OLD_NEW, iterations);
    }
  measure_improve (5000, 6, 3, LW_LAMPO_KL_NEW_OLD, 100);
  measure_improve (5000, 6, 94, LW_LAMPO_KL_OLD_NEW, 100);
  return 0;
}
