/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca-select.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-blas.h"
#include "lw-rng.h"

/* @n samples of 3 components @gap apart with 2 latent dimensions in p = 10, noise of standard deviation 0.1. */
static LwMat
planted (size_t n, double gap)
{
  enum { P = 10, D = 2, COMPONENTS = 3 };
  LwMat x;
  LwRng rng;
  double w[COMPONENTS * P * D];

  g_assert_cmpint (lw_mat_alloc (&x, n, P), ==, LW_OK);
  lw_rng_init (&rng, 2, LW_RNG_TEST, 1, 0);
  lw_rng_normals (&rng, w, COMPONENTS * P * D);
  for (size_t i = 0; i < n; i++) {
    size_t k = i % COMPONENTS;
    double z[D];
    lw_rng_normals (&rng, z, D);
    for (size_t j = 0; j < P; j++) {
      double sum = gap * (double) k * (j % 2 == 0 ? 1 : -1) + 0.1 * lw_rng_normal (&rng);
      for (size_t a = 0; a < D; a++)
        sum += w[(k * P + j) * D + a] * z[a];
      lw_mat_set (&x, i, j, sum);
    }
  }
  return x;
}

static LwMppcaSelectSettings
settings_for (const size_t *K, size_t n_K, const size_t *d, size_t n_d)
{
  LwMppcaSelectSettings s;

  lw_mppca_select_settings_init (&s);
  s.K = K;
  s.n_K = n_K;
  s.d = d;
  s.n_d = n_d;
  s.fit.restarts = 5;
  s.fit.candidates = 2;
  return s;
}

/* What the samples were made from is what comes out, by every criterion; too many are a matter of their cells. */
static void
test_planted (void)
{
  static const size_t K[] = { 1, 2, 3, 4, 90 }, d[] = { 1, 2, 3, 10 };
  LwMat x = planted (240, 6);
  LwMppcaSelectSettings s = settings_for (K, 5, d, 4);
  LwMppcaSelection table;

  s.fit.n_context = 2;
  g_assert_cmpint (lw_mppca_select (&x, &s, NULL, NULL, NULL, &table), ==, LW_OK);
  g_assert_cmpuint (table.n_cells, ==, 20);
  for (size_t i = 0; i < 20; i++) {
    const LwMppcaCell *cell = &table.cells[i];
    g_assert_cmpuint (cell->K, ==, K[i / 4]);
    g_assert_cmpuint (cell->d, ==, d[i % 4]);
    if (cell->K == 90 || cell->d == 10) {
      g_assert_cmpint (cell->status, ==, LW_ERR_TOO_FEW);
      g_assert_cmpuint (cell->n_failed, ==, 6);
      g_assert_true (isnan (cell->held_out.mean) && isnan (cell->conditional.se) && isnan (cell->bic));
      continue;
    }
    g_assert_cmpint (cell->status, ==, LW_OK);
    g_assert_cmpuint (cell->n_failed, ==, 0);
    g_assert_true (isfinite (cell->held_out.mean) && cell->held_out.se > 0 && isfinite (cell->held_out.median));
    g_assert_true (isfinite (cell->conditional.mean) && cell->imitation.mean > 0);
    lw_assert_close (cell->n_parameters,
                     (double) (cell->K - 1 + cell->K * 10 + cell->K * (10 * cell->d - cell->d * (cell->d - 1) / 2) + cell->K), 0,
                     0);
    lw_assert_close (cell->bic, -2 * 240 * cell->log_likelihood + cell->n_parameters * log (240), 1e-12, 0);
  }
  for (LwMppcaCriterion c = 0; c < LW_MPPCA_N_CRITERIA; c++) {
    const LwMppcaCell *cell = &table.cells[table.suggested[c]];
    g_assert_cmpuint (cell->K, ==, 3);
    if (c != LW_MPPCA_IMITATION) /* its error stays the same with more latent dimensions than there are */
      g_assert_cmpuint (cell->d, ==, 2);
    g_assert_cmpfloat (cell->n_parameters, <=, table.cells[table.best[c]].n_parameters);
  }
  lw_mppca_selection_clear (&table);
  lw_mat_clear (&x);
}

/* Folds are dealt out at random: in turn, as these samples were made, each would hold a component that the others know nothing
 * of. */
static void
test_folds (void)
{
  static const size_t K[] = { 3 }, d[] = { 2 };
  LwMat x = planted (120, 6);
  LwMppcaSelectSettings s = settings_for (K, 1, d, 1);
  LwMppcaSelection table;

  s.folds = 3;
  g_assert_cmpint (lw_mppca_select (&x, &s, NULL, NULL, NULL, &table), ==, LW_OK);
  g_assert_cmpfloat (table.cells[0].held_out.mean, >, table.cells[0].log_likelihood - 10);
  lw_mppca_selection_clear (&table);
  lw_mat_clear (&x);
}

/* The fit to all samples is that to contexts with noise, every row its own. */
static void
test_noise (void)
{
  static const size_t K[] = { 2 }, d[] = { 2 };
  static const double noise[] = { 0, 0.2 };
  LwMat x = planted (60, 2);
  LwMppcaSelectSettings s = settings_for (K, 1, d, 1);
  LwMppcaSelection table;
  LwMppca model;
  LwMppcaReport report;

  s.fit.n_context = 2;
  s.fit.seed = 5;
  s.noise = noise;
  s.n_noise = 2;
  g_assert_cmpint (lw_mppca_select (&x, &s, NULL, NULL, NULL, &table), ==, LW_OK);
  for (size_t i = 0; i < 60; i++) {
    LwRng rng;
    lw_rng_init (&rng, 5, LW_RNG_NOISE, 0, (uint32_t) i);
    for (size_t j = 0; j < 2; j++)
      lw_mat_row (&x, i)[j] += 0.2 * lw_rng_normal (&rng);
  }
  s.fit.K = s.fit.d = 2;
  g_assert_cmpint (lw_mppca_fit (&x, &s.fit, NULL, &model, &report, NULL), ==, LW_OK);
  g_assert_cmpfloat (table.cells[0].noise, ==, 0);
  g_assert_cmpfloat (table.cells[1].noise, ==, 0.2);
  lw_assert_close (table.cells[1].log_likelihood, report.log_likelihood, 1e-12, 0);
  g_assert_cmpfloat (fabs (table.cells[0].log_likelihood - report.log_likelihood), >, 1e-3);
  lw_mppca_clear (&model);
  lw_mppca_selection_clear (&table);
  lw_mat_clear (&x);
}

/* Every sample its own fold: the same fits, one by one. */
static void
test_leave_one_out (void)
{
  enum { N = 14, P = 10 };
  static const size_t K[] = { 1 }, d[] = { 2 };
  static const double scale[] = { 3 };
  LwMat x = planted (N, 0), rest;
  LwMppcaSelectSettings s = settings_for (K, 1, d, 1);
  LwMppcaSelection table;
  double held_out[N], conditional[N], imitation[N], mean[3] = { 0 }, square = 0;

  s.folds = N;
  s.fit.n_context = 3;
  s.scale = scale;
  s.n_scale = 1;
  g_assert_cmpint (lw_mppca_select (&x, &s, NULL, NULL, NULL, &table), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&rest, N - 1, P), ==, LW_OK);
  for (size_t i = 0; i < N; i++) {
    LwMat one = lw_mat_block (&x, i, 0, 1, P);
    LwMppcaSettings fit = s.fit;
    LwMppca model;
    fit.K = 1;
    fit.d = 2;
    fit.context_scale = 3;
    for (size_t row = 0, to = 0; row < N; row++)
      if (row != i)
        memcpy (lw_mat_row (&rest, to++), lw_mat_row (&x, row), P * sizeof (double));
    g_assert_cmpint (lw_mppca_fit (&rest, &fit, NULL, &model, NULL, NULL), ==, LW_OK);
    g_assert_cmpint (lw_mppca_responsibilities (&model, &one, NULL, &held_out[i]), ==, LW_OK);
    g_assert_cmpint (lw_mppca_conditional (&model, &one, 3, &conditional[i]), ==, LW_OK);
    g_assert_cmpint (lw_mppca_imitation_error (&model, &one, 3, &imitation[i]), ==, LW_OK);
    mean[0] += held_out[i] / N;
    mean[1] += conditional[i] / N;
    mean[2] += imitation[i] / N;
    lw_mppca_clear (&model);
  }
  for (size_t i = 0; i < N; i++)
    square += pow (held_out[i] - mean[0], 2);
  lw_assert_close (table.cells[0].held_out.mean, mean[0], 1e-9, 1e-9);
  lw_assert_close (table.cells[0].held_out.se, sqrt (square / (N - 1) / N), 1e-8, 0);
  lw_assert_close (table.cells[0].conditional.mean, mean[1], 1e-9, 1e-9);
  lw_assert_close (table.cells[0].imitation.mean, mean[2], 1e-9, 0);
  g_assert_cmpuint (table.best[LW_MPPCA_BIC], ==, 0);
  size_t below = 0;
  for (size_t i = 0; i < N; i++)
    below += held_out[i] < table.cells[0].held_out.median;
  g_assert_cmpuint (below, ==, N / 2);
  lw_mppca_selection_clear (&table);
  lw_mat_clear (&rest);
  lw_mat_clear (&x);
}

typedef struct {
  size_t  calls;
  double  last;
  GThread *thread;
} Progress;

static void
note (double fraction, void *data)
{
  Progress *progress = data;
  g_assert_true (fraction >= progress->last && fraction <= 1);
  g_assert_true (g_thread_self () == progress->thread);
  progress->last = fraction;
  progress->calls++;
}

static gboolean
same_figure (LwMppcaFigure a, LwMppcaFigure b)
{
  return memcmp (&a, &b, sizeof a) == 0;
}

/* Four threads make the same table as one, to the last bit. */
static void
test_threads (void)
{
  static const size_t K[] = { 2, 3 }, d[] = { 1, 2 };
  static const double scale[] = { 1, 5 }, noise[] = { 0.1, 0 };
  LwMat x = planted (90, 4), before;
  LwMppcaSelectSettings s = settings_for (K, 2, d, 2);
  LwMppcaSelection one, four;
  Progress progress = { .thread = g_thread_self () };

  g_assert_cmpint (lw_mat_alloc (&before, x.rows, x.cols), ==, LW_OK);
  lw_mat_copy (&x, &before);
  s.fit.n_context = 2;
  s.scale = scale;
  s.n_scale = 2;
  s.noise = noise;
  s.n_noise = 2;
  s.folds = 3;
  g_assert_cmpint (lw_mppca_select (&x, &s, NULL, note, &progress, &one), ==, LW_OK);
  lw_assert_close (progress.last, 1, 0, 0);
  g_assert_cmpuint (progress.calls, >=, 32);
  s.threads = 4;
  progress.last = 0;
  g_assert_cmpint (lw_mppca_select (&x, &s, NULL, note, &progress, &four), ==, LW_OK);
  g_assert_cmpuint (one.n_cells, ==, 16);
  for (size_t i = 0; i < 16; i++) {
    const LwMppcaCell *a = &one.cells[i], *b = &four.cells[i];
    lw_assert_close (a->noise, noise[i / 8], 0, 0);
    lw_assert_close (a->scale, scale[i / 4 % 2], 0, 0);
    g_assert_true (same_figure (a->held_out, b->held_out) && same_figure (a->conditional, b->conditional));
    g_assert_true (same_figure (a->imitation, b->imitation) && memcmp (&a->bic, &b->bic, sizeof a->bic) == 0);
  }
  g_assert_cmpmem (one.best, sizeof one.best, four.best, sizeof four.best);
  g_assert_cmpmem (one.suggested, sizeof one.suggested, four.suggested, sizeof four.suggested);
  lw_assert_close (one.cells[one.suggested[LW_MPPCA_BIC]].noise, 0.1, 0, 0); /* the first: another is other data */
  g_assert_cmpfloat (one.cells[0].held_out.mean, !=, one.cells[8].held_out.mean);
  g_assert_cmpfloat (one.cells[0].held_out.mean, !=, one.cells[4].held_out.mean);
  g_assert_cmpmem (x.data, 900 * sizeof (double), before.data, 900 * sizeof (double));
  lw_mppca_selection_clear (&one);
  lw_mppca_selection_clear (&four);
  lw_mat_clear (&x);
  lw_mat_clear (&before);
}

static atomic_bool stop_flag;

static void
raise_stop (double fraction, void *data)
{
  atomic_store (&stop_flag, true);
}

static void
test_refused (void)
{
  static const size_t K[] = { 2, 3, 4, 5 }, d[] = { 1, 0 };
  static const double scale[] = { 0 }, noise[] = { -1 };
  LwMat x = planted (60, 4);
  LwMppcaSelectSettings s = settings_for (K, 4, d, 1), bad;
  LwMppcaSelection table = { .n_cells = 77 };

  bad = s;
  bad.n_K = 0;
  g_assert_cmpint (lw_mppca_select (&x, &bad, NULL, NULL, NULL, &table), ==, LW_ERR_RANGE);
  bad = s;
  bad.n_d = 2; /* a d of 0 */
  g_assert_cmpint (lw_mppca_select (&x, &bad, NULL, NULL, NULL, &table), ==, LW_ERR_RANGE);
  bad = s;
  bad.folds = 1;
  g_assert_cmpint (lw_mppca_select (&x, &bad, NULL, NULL, NULL, &table), ==, LW_ERR_RANGE);
  bad.folds = 61;
  g_assert_cmpint (lw_mppca_select (&x, &bad, NULL, NULL, NULL, &table), ==, LW_ERR_TOO_FEW);
  bad = s;
  bad.scale = scale;
  bad.n_scale = 1;
  g_assert_cmpint (lw_mppca_select (&x, &bad, NULL, NULL, NULL, &table), ==, LW_ERR_RANGE);
  bad = s;
  bad.noise = noise;
  bad.n_noise = 1;
  g_assert_cmpint (lw_mppca_select (&x, &bad, NULL, NULL, NULL, &table), ==, LW_ERR_RANGE);
  bad = s;
  bad.fit.n_context = 10; /* leaves no movement */
  g_assert_cmpint (lw_mppca_select (&x, &bad, NULL, NULL, NULL, &table), ==, LW_ERR_RANGE);
  for (s.threads = 1; s.threads <= 3; s.threads += 2) {
    atomic_store (&stop_flag, false);
    g_assert_cmpint (lw_mppca_select (&x, &s, &stop_flag, raise_stop, NULL, &table), ==, LW_ERR_STOPPED);
  }
  lw_mat_set (&x, 3, 3, (double) NAN);
  g_assert_cmpint (lw_mppca_select (&x, &s, NULL, NULL, NULL, &table), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (table.n_cells, ==, 77);
  lw_mat_clear (&x);
}

/* Constant columns, duplicates: numbers or statuses, no NaN that nobody speaks of. */
static void
test_degenerate (void)
{
  static const size_t K[] = { 1, 2 }, d[] = { 1, 3 };
  LwMat x = planted (40, 0);
  LwMppcaSelectSettings s = settings_for (K, 2, d, 2);
  LwMppcaSelection table;

  s.fit.standardise = true;
  s.fit.n_context = 1;
  for (size_t i = 0; i < 40; i++) {
    lw_mat_set (&x, i, 0, 5);
    if (i >= 4)
      memcpy (lw_mat_row (&x, i), lw_mat_row (&x, i % 4), 10 * sizeof (double));
  }
  g_assert_cmpint (lw_mppca_select (&x, &s, NULL, NULL, NULL, &table), ==, LW_OK);
  for (size_t i = 0; i < 4; i++) {
    g_assert_cmpint (table.cells[i].status, ==, LW_OK);
    g_assert_true (isfinite (table.cells[i].held_out.mean) && isfinite (table.cells[i].conditional.mean));
    g_assert_true (isfinite (table.cells[i].imitation.mean) && isfinite (table.cells[i].bic));
  }
  lw_mppca_selection_clear (&table);
  lw_mat_clear (&x);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lw_blas_set_threads (1);
  g_test_add_func ("/mppca/select/planted", test_planted);
  g_test_add_func ("/mppca/select/leave-one-out", test_leave_one_out);
  g_test_add_func ("/mppca/select/noise", test_noise);
  g_test_add_func ("/mppca/select/folds", test_folds);
  g_test_add_func ("/mppca/select/threads", test_threads);
  g_test_add_func ("/mppca/select/degenerate", test_degenerate);
  g_test_add_func ("/mppca/select/refused", test_refused);
  return g_test_run ();
}
