/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <malloc.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-blas.h"
#include "lw-kmeans.h"
#include "lw-mppca-identify.h"

/* The published reach_target: 1000 movements of 164 numbers, K = 6, d = 3; here planted mixtures of that size: one whose
 * components stand apart, as demonstrations do, and one that overlaps, where every sample belongs to several. */
enum { P = 164, K = 6, D = 3, MOST = 2000 };
/* Iterations that a restart of k-means takes here, about. */
enum { LLOYD = 15 };

typedef struct {
  size_t           n;
  LwMat            x, resp, log_resp;
  size_t           labels[MOST];
  LwMppcaSettings  settings;
  LwMppca          model;
  LwMppcaPosterior posterior;
} Bench;

static void
check (LwStatus status)
{
  if (status != LW_OK)
    g_error ("%s", lw_status_text (status));
}

/* @gap: how far components stand apart; @share: of a sample's responsibility that is spread over all of them. */
static void
set_up (Bench *b, size_t n, double gap, double noise, double share)
{
  LwRng rng;
  LwMat w, mean;

  *b = (Bench){ .n = n };
  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  check (lw_mat_alloc (&b->x, n, P));
  check (lw_mat_alloc (&b->resp, n, K));
  check (lw_mat_alloc (&b->log_resp, n, K));
  check (lw_mat_alloc (&w, K * P, D));
  check (lw_mat_alloc (&mean, K, P));
  check (lw_mppca_posterior_init (&b->posterior, K, D));
  lw_rng_normals (&rng, w.data, K * P * D);
  lw_rng_normals (&rng, mean.data, K * P);
  for (size_t i = 0; i < n; i++) {
    double z[D];
    size_t k = i % K;
    lw_rng_normals (&rng, z, D);
    for (size_t j = 0; j < P; j++) {
      double sum = gap * lw_mat_get (&mean, k, j) + noise * lw_rng_normal (&rng);
      for (size_t a = 0; a < D; a++)
        sum += 0.3 * lw_mat_get (&w, k * P + j, a) * z[a];
      lw_mat_set (&b->x, i, j, sum);
    }
    for (size_t c = 0; c < K; c++)
      lw_mat_set (&b->resp, i, c, share / K + (c == k ? 1 - share : 0));
  }
  lw_mppca_settings_init (&b->settings);
  b->settings.K = K;
  b->settings.d = D;
  lw_mat_clear (&w);
  lw_mat_clear (&mean);
}

static void
tear_down (Bench *b)
{
  lw_mppca_clear (&b->model);
  lw_mppca_posterior_clear (&b->posterior);
  lw_mat_clear (&b->x);
  lw_mat_clear (&b->resp);
  lw_mat_clear (&b->log_resp);
}

static void
run_em (Bench *b, size_t iterations)
{
  LwMppcaSettings settings = b->settings;
  LwMppcaReport report;
  settings.max_iterations = iterations;
  settings.tolerance = 0;
  lw_mppca_clear (&b->model);
  check (lw_mppca_em (&b->x, &b->resp, &settings, NULL, &b->model, &report, NULL));
  g_assert_cmpuint (report.iterations, ==, iterations); /* it did not settle earlier */
}

static void
em_first (gpointer data)
{
  run_em (data, 1);
}

static void
em_ten (gpointer data)
{
  run_em (data, 10);
}

static void
fit (gpointer data)
{
  Bench *b = data;
  lw_mppca_clear (&b->model);
  check (lw_mppca_fit (&b->x, &b->settings, NULL, &b->model, NULL, NULL));
}

static void
responsibilities (gpointer data)
{
  Bench *b = data;
  check (lw_mppca_responsibilities (&b->model, &b->x, &b->log_resp, NULL));
}

static void
identify (gpointer data)
{
  Bench *b = data;
  check (lw_mppca_identify (&b->model, lw_mat_row (&b->x, 0), NULL, NULL, P, &b->posterior));
}

static void
kmeans (gpointer data)
{
  Bench *b = data;
  double inertia;
  size_t found;
  check (lw_kmeans_best (&b->x, K, 50, 100, 1, NULL, 1, b->labels, &inertia, &found));
}

/* ---- memory ---- */

static atomic_bool watching;

static size_t
in_use (void)
{
  struct mallinfo2 info = mallinfo2 ();
  return info.uordblks + info.hblkhd;
}

/* The highest amount of memory seen in use, looked at every few microseconds. */
static gpointer
watch (gpointer data)
{
  size_t *peak = data;

  while (atomic_load (&watching)) {
    size_t now = in_use ();
    *peak = now > *peak ? now : *peak;
    g_usleep (20);
  }
  return NULL;
}

static void
measure_memory (Bench *b)
{
  double input = (double) (b->n * P * sizeof (double));
  size_t before, peak = 0;

  lw_blas_set_threads (1);
  fit (b); /* what BLAS keeps for itself is there by now */
  lw_mppca_clear (&b->model);
  before = in_use ();
  atomic_store (&watching, true);
  GThread *thread = g_thread_new ("memory", watch, &peak);
  fit (b);
  atomic_store (&watching, false);
  g_thread_join (thread);
  double ratio = (double) (peak - before) / input;
  printf (
    "{\"name\": \"latent/mppca-fit-memory\", \"sizes\": \"N=%zu p=164 K=6 d=3 restarts=50\", \"input\": %.0f, \"peak\": %zu, "
    "\"unit\": \"bytes\", \"ratio\": %.2f}\n",
    b->n, input, peak - before, ratio);
  if (ratio > 4)
    g_error ("A fit takes more than 4 times its input");
}

/* What the plain algorithm does in an iteration: covariances of all components by dgemm, projections and residuals. */
static double
plain_operations (size_t n)
{
  double size = (double) n * P;
  return K * (2 * size * P + 4 * size * D);
}

static void
measure (size_t n)
{
  static Bench b;
  g_autofree char *sizes = g_strdup_printf ("N=%zu p=164 K=6 d=3", n);
  g_autofree char *restarts = g_strdup_printf ("N=%zu p=164 K=6 d=3 restarts=50", n);

  set_up (&b, n, 0.3, 0.01, 0);
  lw_blas_set_threads (1);
  fit (&b);
  for (size_t k = 0; k < K; k++) {
    lw_assert_close (exp (b.model.log_pi[k]), 1.0 / K, 0.02, 0);
    lw_assert_close (b.model.noise_var[k], 1e-4 * (1 - (double) (K * (D + 1)) / (double) n), 0.03,
                     0); /* mean and directions are fitted */
  }
  lw_bench_run_floor ("latent/mppca-em-iteration", sizes, (LwBenchFloor){ LW_BENCH_DGEMM, plain_operations (n) }, NULL, em_first,
                      &b);
  lw_bench_run ("latent/mppca-fit", restarts, NULL, fit, &b);
  lw_bench_run_floor ("latent/mppca-responsibilities", sizes, (LwBenchFloor){ LW_BENCH_DGEMM, 4 * (double) n * P * K * D }, NULL,
                      responsibilities, &b);
  lw_bench_run_floor ("latent/kmeans", restarts, (LwBenchFloor){ LW_BENCH_DGEMM, 50 * LLOYD * 2 * (double) n * P * K }, NULL,
                      kmeans, &b);
  if (n == 1000)
    lw_bench_run ("latent/mppca-identify", "n=164 K=6 d=3", NULL, identify, &b);
  measure_memory (&b);
  tear_down (&b);

  set_up (&b, n, 0, 0.5, 0.5);
  em_ten (&b);
  lw_bench_run_floor ("latent/mppca-em-10-iterations-overlapping", sizes,
                      (LwBenchFloor){ LW_BENCH_DGEMM, 10 * plain_operations (n) }, NULL, em_ten, &b);
  tear_down (&b);
}

int
main (void)
{
  measure (500);
  measure (1000);
  measure (2000);
  return 0;
}
