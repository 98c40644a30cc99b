/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-assert-close.h"
#include "lw-bench.h"
#include "lw-kmeans.h"
#include "lw-mppca.h"

/* The published reach_target: 1000 movements of 164 numbers, K = 6, d = 3; here a planted mixture of that size. */
enum { N = 1000, P = 164, K = 6, D = 3 };

typedef struct {
  LwMat           x, resp, log_resp;
  size_t          labels[N];
  LwMppcaSettings settings;
  LwMppca         model;
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
  LwRng rng;
  LwMat w, mean;

  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  check (lw_mat_alloc (&b->x, N, P));
  check (lw_mat_alloc (&b->resp, N, K));
  check (lw_mat_alloc (&b->log_resp, N, K));
  check (lw_mat_alloc (&w, K * P, D));
  check (lw_mat_alloc (&mean, K, P));
  lw_rng_normals (&rng, w.data, K * P * D);
  lw_rng_normals (&rng, mean.data, K * P);
  for (size_t i = 0; i < N; i++) {
    double z[D];
    size_t k = i % K;
    lw_rng_normals (&rng, z, D);
    for (size_t j = 0; j < P; j++) {
      double sum = 0.3 * lw_mat_get (&mean, k, j) + 0.01 * lw_rng_normal (&rng);
      for (size_t a = 0; a < D; a++)
        sum += 0.3 * lw_mat_get (&w, k * P + j, a) * z[a];
      lw_mat_set (&b->x, i, j, sum);
    }
    lw_mat_set (&b->resp, i, k, 1);
  }
  lw_mppca_settings_init (&b->settings);
  b->settings.K = K;
  b->settings.d = D;
  lw_mat_clear (&w);
  lw_mat_clear (&mean);
}

static void
em_iteration (gpointer data)
{
  Bench *b = data;
  LwMppcaSettings settings = b->settings;
  LwMppca model;
  settings.max_iterations = 1;
  check (lw_mppca_em (&b->x, &b->resp, &settings, NULL, &model, NULL, NULL));
  lw_mppca_clear (&model);
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
kmeans (gpointer data)
{
  Bench *b = data;
  double inertia;
  size_t found;
  check (lw_kmeans_best (&b->x, K, 50, 100, 1, NULL, 1, b->labels, &inertia, &found));
}

int
main (void)
{
  static Bench b;

  set_up (&b);
  fit (&b);
  for (size_t k = 0; k < K; k++) {
    lw_assert_close (exp (b.model.log_pi[k]), 1.0 / K, 0.02, 0);
    lw_assert_close (b.model.noise_var[k], 1e-4, 0.05, 0);
  }
  lw_bench_run ("latent/mppca-em-iteration", "N=1000 p=164 K=6 d=3", NULL, em_iteration, &b);
  lw_bench_run ("latent/mppca-fit", "N=1000 p=164 K=6 d=3 restarts=50", NULL, fit, &b);
  lw_bench_run ("latent/mppca-responsibilities", "N=1000 p=164 K=6 d=3", NULL, responsibilities, &b);
  lw_bench_run ("latent/kmeans", "N=1000 p=164 K=6 restarts=50", NULL, kmeans, &b);
  lw_mppca_clear (&b.model);
  lw_mat_clear (&b.x);
  lw_mat_clear (&b.resp);
  lw_mat_clear (&b.log_resp);
  return 0;
}
