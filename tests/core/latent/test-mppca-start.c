/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca-private.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-ledoit-wolf.h"
#include "lw-npy-golden.h"
#include "lw-rng.h"

/* Which samples joined the three clusters of golden em3, read from its covariances: five of all 200 each, members among them. */
static const size_t golden_joining[3][LW_MPPCA_JOINING] = {
  { 85, 110, 117, 132, 160 }, { 3, 12, 60, 70, 120 }, { 11, 13, 131, 156, 195 }
};

static void
label_by_nearest (const LwMat *x, const LwMat *centres, size_t *labels)
{
  for (size_t i = 0; i < x->rows; i++) {
    double nearest = INFINITY;
    for (size_t k = 0; k < centres->rows; k++) {
      double distance = 0;
      for (size_t j = 0; j < x->cols; j++)
        distance += pow (lw_mat_get (x, i, j) - lw_mat_get (centres, k, j), 2);
      if (distance < nearest)
        labels[i] = k;
      nearest = fmin (nearest, distance);
    }
  }
}

/* A = L L', or t I + E'E where the samples were few. */
static LwMat
covariance (const LwLedoitWolf *g)
{
  LwMat a;

  g_assert_cmpint (lw_mat_alloc (&a, g->p, g->p), ==, LW_OK);
  for (size_t i = 0; i < g->p; i++)
    for (size_t j = 0; j < g->p; j++) {
      double sum = g->n > 0 && i == j ? g->isotropic : 0;
      if (g->n > 0)
        for (size_t r = 0; r < g->n; r++)
          sum += lw_mat_get (&g->root, r, i) * lw_mat_get (&g->root, r, j);
      else
        for (size_t r = 0; r <= MIN (i, j); r++)
          sum += lw_mat_get (&g->chol, i, r) * lw_mat_get (&g->chol, j, r);
      lw_mat_set (&a, i, j, sum);
    }
  return a;
}

/* The Gaussians behind the published R0: covariances with the joining samples, means without them. */
static void
test_golden_gaussians (void)
{
  g_auto (LwGolden) x = { 0 }, means = { 0 }, cov = { 0 };
  size_t labels[200];

  if (!lw_golden_load (&x, "golden/lampo/em3_X.npy"))
    return;
  g_assert_true (lw_golden_load (&means, "golden/lampo/em3_init_means.npy"));
  g_assert_true (lw_golden_load (&cov, "golden/lampo/em3_init_cov.npy"));
  LwMat data = lw_golden_mat (&x), centres = lw_golden_mat (&means), members;
  size_t n = data.rows, p = data.cols;
  g_assert_cmpuint (n, ==, G_N_ELEMENTS (labels));
  label_by_nearest (&data, &centres, labels);
  g_assert_cmpint (lw_mat_alloc (&members, n + LW_MPPCA_JOINING, p), ==, LW_OK);
  for (size_t k = 0; k < 3; k++) {
    LwLedoitWolf g;
    size_t own = 0;
    for (size_t i = 0; i < n; i++)
      if (labels[i] == k)
        memcpy (lw_mat_row (&members, own++), lw_mat_row (&data, i), p * sizeof (double));
    for (size_t j = 0; j < LW_MPPCA_JOINING; j++)
      memcpy (lw_mat_row (&members, own + j), lw_mat_row (&data, golden_joining[k][j]), p * sizeof (double));
    LwMat cluster = lw_mat_block (&members, 0, 0, own, p), joined = lw_mat_block (&members, 0, 0, own + LW_MPPCA_JOINING, p);
    g_assert_cmpint (lw_ledoit_wolf_init (&g, &joined, 1e-8), ==, LW_OK);
    lw_ledoit_wolf_move (&g, &cluster);
    lw_assert_close_to_largest (g.mean, lw_mat_row (&centres, k), p, 1e-12);
    LwMat a = covariance (&g);
    lw_assert_close_to_largest (a.data, cov.data + k * p * p, p * p, 1e-12);
    lw_mat_clear (&a);
    lw_ledoit_wolf_clear (&g);
  }
  lw_mat_clear (&members);
}

static void
test_golden_responsibilities (void)
{
  g_auto (LwGolden) x = { 0 }, means = { 0 }, r0 = { 0 };
  size_t labels[200];
  LwMat resp;

  if (!lw_golden_load (&x, "golden/lampo/em3_X.npy"))
    return;
  g_assert_true (lw_golden_load (&means, "golden/lampo/em3_init_means.npy"));
  g_assert_true (lw_golden_load (&r0, "golden/lampo/em3_R0.npy"));
  LwMat data = lw_golden_mat (&x), centres = lw_golden_mat (&means);
  g_assert_cmpuint (data.rows, ==, G_N_ELEMENTS (labels));
  label_by_nearest (&data, &centres, labels);
  g_assert_cmpint (lw_mat_alloc (&resp, data.rows, 3), ==, LW_OK);
  lw_mat_fill (&resp, (double) NAN);
  g_assert_cmpint (lw_mppca_start_responsibilities (&data, labels, golden_joining[0], 0, 1e-8, &resp), ==, LW_OK);
  for (size_t i = 0; i < resp.rows * 3; i++) {
    lw_assert_close (resp.data[i], r0.data[i], 0, 1e-7);
    lw_assert_close (log (resp.data[i]), log (r0.data[i]), 0, 1e-7); /* down to 1e-199 */
  }
  /* Without the samples that join, the lone sample of the third cluster would not share the others': R0 is no longer met. */
  g_assert_cmpint (lw_mppca_start_responsibilities (&data, labels, NULL, 1, 1e-8, &resp), ==, LW_OK);
  double furthest = 0;
  for (size_t i = 0; i < resp.rows * 3; i++)
    furthest = fmax (furthest, fabs (resp.data[i] - r0.data[i]));
  g_assert_cmpfloat (furthest, >, 0.5);
  lw_mat_clear (&resp);
}

typedef struct {
  double lowest, highest; /* log-likelihood over the seeds */
  double largest_share;   /* of one component */
} Outcome;

static Outcome
fit_seeds (const LwMat *x, LwMppcaStart start, uint64_t n_seeds)
{
  Outcome all = { INFINITY, -INFINITY, 0 };

  for (uint64_t seed = 1; seed <= n_seeds; seed++) {
    LwMppcaSettings settings;
    LwMppca model;
    LwMppcaReport report;
    lw_mppca_settings_init (&settings);
    settings.start = start;
    settings.candidates = 1;
    settings.seed = seed;
    g_assert_cmpint (lw_mppca_fit (x, &settings, NULL, &model, &report, NULL), ==, LW_OK);
    all.lowest = fmin (all.lowest, report.log_likelihood);
    all.highest = fmax (all.highest, report.log_likelihood);
    for (size_t k = 0; k < model.K; k++)
      all.largest_share = fmax (all.largest_share, exp (model.log_pi[k]));
    lw_mppca_clear (&model);
  }
  return all;
}

/* maths.md 1.7 and 4: on 200 demonstrations the published starts reach 467 to 581 a sample, and some end with a component of 0.95. */
static void
test_collapse (void)
{
  g_auto (LwGolden) x = { 0 };

  if (!lw_golden_load (&x, "golden/lampo/em3_X.npy"))
    return;
  LwMat data = lw_golden_mat (&x);
  Outcome clusters = fit_seeds (&data, LW_MPPCA_START_CLUSTERS, 20), published = fit_seeds (&data, LW_MPPCA_START_PUBLISHED, 20);
  g_assert_cmpfloat (published.largest_share, >, 0.9);
  g_assert_cmpfloat (published.lowest, >, 460);
  g_assert_cmpfloat (published.lowest, <, 500);
  g_assert_cmpfloat (published.highest, <, 585);
  g_assert_cmpfloat (clusters.largest_share, <, 0.5);
  g_assert_cmpfloat (clusters.lowest, >, 545);
}

static void
check_published (const LwMat *x, size_t K, size_t d)
{
  LwMppcaSettings settings;
  LwMppca model, again;
  LwMppcaReport report;

  lw_mppca_settings_init (&settings);
  settings.K = K;
  settings.d = d;
  settings.start = LW_MPPCA_START_PUBLISHED;
  g_assert_cmpint (lw_mppca_fit (x, &settings, NULL, &model, &report, NULL), ==, LW_OK);
  g_assert_true (lw_mat_is_finite (&model.mean) && lw_mat_is_finite (&model.loading) && isfinite (report.log_likelihood));
  for (size_t k = 0; k < K; k++)
    g_assert_true (isfinite (model.log_pi[k]) && model.noise_var[k] >= 1e-8);
  g_assert_cmpint (lw_mppca_fit (x, &settings, NULL, &again, NULL, NULL), ==, LW_OK);
  g_assert_cmpmem (again.loading.data, K * x->cols * d * sizeof (double), model.loading.data, K * x->cols * d * sizeof (double));
  lw_mppca_clear (&again);
  lw_mppca_clear (&model);
}

static void
test_degenerate (void)
{
  LwMat x;
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (&x, 12, 6), ==, LW_OK);
  lw_rng_init (&rng, 5, LW_RNG_TEST, 0, 0);
  lw_rng_normals (&rng, x.data, 12 * 6);
  LwMat some = lw_mat_block (&x, 0, 0, 1, 6);
  check_published (&some, 1, 1); /* one sample, which joins itself five times */
  some.rows = 2;
  check_published (&some, 2, 1);
  check_published (&x, 2, 6);
  check_published (&x, 12, 1); /* clusters of one */
  for (size_t i = 3; i < 12; i++) /* three samples, over and over */
    memcpy (lw_mat_row (&x, i), lw_mat_row (&x, i % 3), 6 * sizeof (double));
  check_published (&x, 5, 2);
  for (size_t i = 1; i < 12; i++) /* one */
    memcpy (lw_mat_row (&x, i), lw_mat_row (&x, 0), 6 * sizeof (double));
  check_published (&x, 3, 2);
  lw_mat_clear (&x);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/mppca/start/golden-gaussians", test_golden_gaussians);
  g_test_add_func ("/mppca/start/golden-responsibilities", test_golden_responsibilities);
  g_test_add_func ("/mppca/start/collapse", test_collapse);
  g_test_add_func ("/mppca/start/degenerate", test_degenerate);
  return g_test_run ();
}
