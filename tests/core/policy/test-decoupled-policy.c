/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-policy.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "decoupled-random.h"
#include "lw-assert-close.h"

static const struct {
  size_t K, d, dc;
} shapes[] = { { 3, 2, 2 }, { 2, 3, 5 }, { 3, 4, 1 }, { 1, 2, 2 }, { 2, 2, 0 } };

/* log p(k_i, e_i | c_i) against plain sums and dense algebra. */
static void
test_densities (void)
{
  for (size_t c = 0; c < G_N_ELEMENTS (shapes); c++)
    for (int slopes = 0; slopes < 2; slopes++) {
      DecoupledRandom random;
      LwDecoupledTable table;
      decoupled_random_init (&random, shapes[c].K, shapes[c].d, shapes[c].dc, 70, slopes, 300 + (uint32_t) c);
      const LwLampoSamples *samples = &random.lampo.samples;
      g_autofree double *mean = g_new (double, shapes[c].d);
      g_assert_cmpint (lw_decoupled_table_init (&table, &random.form, samples->stride), ==, LW_OK);
      lw_decoupled_table_evaluate (&table, random.x_new, &random.features, samples, 0);
      for (size_t i = 0; i < samples->n; i++) {
        size_t k = samples->k[i];
        double log_p = log (decoupled_random_resp (&random, random.x_new, i, k)), resp[LW_LAMPO_BLOCK];
        decoupled_random_mean (&random, random.x_new, i, k, mean);
        for (size_t j = 0; j < shapes[c].d; j++) {
          double log_s = random.x_new[lw_decoupled_log_s (&random.form, k) + j];
          log_p -= 0.5 * pow ((samples->z[j * samples->stride + i] - mean[j]) / exp (log_s), 2) + log_s + 0.5 * log (2 * G_PI);
        }
        lw_assert_close (table.log_p[i], log_p, 1e-9, 1e-9);
        for (size_t j = 0; j < shapes[c].K; j++) {
          lw_decoupled_table_resp (&table, &random.features, j, i / LW_LAMPO_BLOCK * LW_LAMPO_BLOCK, resp);
          lw_assert_close (resp[i % LW_LAMPO_BLOCK], decoupled_random_resp (&random, random.x_new, i, j), 1e-9, 1e-12);
        }
      }
      lw_decoupled_table_clear (&table);
      decoupled_random_clear (&random);
    }
}

/* Of the movement's latent point z = mean_k(c) + L e the density differs by a constant a component: that of N (mean + L O [1; y],
 * L diag (s^2) L'). */
static void
test_latent_densities (void)
{
  DecoupledRandom random;
  LwDecoupledTable table;
  double constant[3] = { (double) NAN, (double) NAN, (double) NAN };

  decoupled_random_init (&random, 3, 2, 2, 70, true, 310);
  const LwLampoSamples *samples = &random.lampo.samples;
  g_assert_cmpint (lw_decoupled_table_init (&table, &random.form, samples->stride), ==, LW_OK);
  lw_decoupled_table_evaluate (&table, random.x_new, &random.features, samples, 0);
  for (size_t i = 0; i < samples->n; i++) {
    size_t k = samples->k[i];
    const double *log_s = random.x_new + lw_decoupled_log_s (&random.form, k);
    double l[4], mean[2], z[2], cov[4];
    LwMat precision = lw_mat_view (l, 2, 2);
    /* P = (I + R'R / sigma^2)^-1 from the precision that the published family tells, factored by itself. */
    lw_lampo_policy_precision (&random.form.first, k, &precision);
    double det = l[0] * l[3] - l[1] * l[2];
    const double p[4] = { l[3] / det, -l[1] / det, -l[2] / det, l[0] / det };
    double columns[2][2]; /* L's own columns: L e_j */
    for (size_t j = 0; j < 2; j++) {
      double unit[2] = { j == 0, j == 1 };
      lw_decoupled_scale_e (&random.form, k, unit);
      memcpy (columns[j], unit, sizeof unit);
    }
    for (size_t a = 0; a < 2; a++)
      for (size_t b = 0; b < 2; b++) {
        lw_assert_close (columns[0][a] * columns[0][b] + columns[1][a] * columns[1][b], p[2 * a + b], 1e-10, 1e-12);
        cov[2 * a + b] = columns[0][a] * columns[0][b] * exp (2 * log_s[0]) + columns[1][a] * columns[1][b] * exp (2 * log_s[1]);
      }
    decoupled_random_mean (&random, random.x_new, i, k, mean);
    for (size_t j = 0; j < 2; j++)
      z[j] = samples->z[j * samples->stride + i] - mean[j];
    lw_decoupled_scale_e (&random.form, k, z);
    double det_cov = cov[0] * cov[3] - cov[1] * cov[2];
    double distance = (cov[3] * z[0] * z[0] - 2 * cov[1] * z[0] * z[1] + cov[0] * z[1] * z[1]) / det_cov;
    double log_p = log (decoupled_random_resp (&random, random.x_new, i, k)) - 0.5 * (distance + log (det_cov)) - log (2 * G_PI);
    if (isnan (constant[k]))
      constant[k] = log_p - table.log_p[i];
    lw_assert_close (log_p - table.log_p[i], constant[k], 1e-8, 1e-8);
    lw_assert_close (constant[k], -0.5 * log (p[0] * p[3] - p[1] * p[2]), 1e-8, 1e-8); /* -log|L| */
  }
  lw_decoupled_table_clear (&table);
  decoupled_random_clear (&random);
}

static void
check_same_gate (const DecoupledRandom *random, LwRng *rng)
{
  size_t K = random->form.model->K, r = random->form.model->r, d = random->form.model->d;
  g_autofree double *workspace = g_new (double, K + K * r), *e = g_new (double, d), *log_resp = g_new (double, K),
                    *y = g_new (double, K *r + 1);
  LwLampoSamples samples;
  LwDecoupledFeatures features;
  LwDecoupledTable table;
  double expected[40];

  lw_lampo_samples_init (&samples, random->form.model);
  lw_decoupled_features_init (&features, &random->form);
  for (size_t i = 0; i < 40; i++) {
    LwMat context = lw_mat_block (&random->lampo.samples.contexts, i, 0, 1, random->form.model->dc),
          e_mat = lw_mat_view (e, 1, d);
    size_t k;
    double reward = 0;
    expected[i] = lw_decoupled_sample (&random->form, random->x_new, lw_mat_row (&context, 0), rng, workspace, &k, e);
    lw_decoupled_gate (&random->form, random->x_new, lw_mat_row (&context, 0), log_resp, y);
    g_assert_cmpmem (workspace, K * sizeof (double), log_resp, K * sizeof (double));
    g_assert_cmpmem (workspace + K, K * r * sizeof (double), y, K * r * sizeof (double));
    g_assert_cmpint (lw_lampo_samples_add (&samples, &context, &k, &e_mat, &reward), ==, LW_OK);
    g_assert_cmpint (lw_decoupled_features_update (&features, &samples), ==, LW_OK); /* one by one */
  }
  g_assert_cmpint (lw_decoupled_table_init (&table, &random->form, samples.stride), ==, LW_OK);
  lw_decoupled_table_evaluate (&table, random->x_new, &features, &samples, 0);
  lw_assert_close_array (table.log_p, expected, 40, 1e-10, 1e-10);
  lw_decoupled_table_clear (&table);
  lw_decoupled_features_clear (&features);
  lw_lampo_samples_clear (&samples);
}

/* What sample() says of its draw is what the table says of the record: also with the variance on its floor, where e could not be
 * had from z. */
static void
test_sample_density (void)
{
  static const double noise_var[] = { 0.1, 1e-8 };

  for (size_t c = 0; c < G_N_ELEMENTS (shapes); c++)
    for (size_t v = 0; v < G_N_ELEMENTS (noise_var); v++) {
      DecoupledRandom random;
      LwRng rng;
      decoupled_random_init (&random, shapes[c].K, shapes[c].d, shapes[c].dc, 70, true, 320 + (uint32_t) c);
      lw_decoupled_features_clear (&random.features);
      lw_decoupled_form_clear (&random.form);
      for (size_t k = 0; k < shapes[c].K; k++)
        random.lampo.model.noise_var[k] = noise_var[v];
      g_assert_cmpint (lw_decoupled_form_init (&random.form, &random.lampo.model, true), ==, LW_OK);
      lw_rng_init (&rng, 3, LW_RNG_TEST, (uint32_t) c, 0);
      check_same_gate (&random, &rng);
      decoupled_random_clear (&random);
    }
}

/* Many draws have the mean and the spread that they should. */
static void
test_moments (void)
{
  DecoupledRandom random;
  LwRng rng;
  enum { N = 40000 };
  double workspace[2 + 2 * 2], e[2], mean[2], sum[2] = { 0 }, square[2] = { 0 }, count = 0;

  decoupled_random_init (&random, 2, 2, 2, 10, true, 330);
  lw_rng_init (&rng, 4, LW_RNG_TEST, 0, 0);
  const double *context = lw_mat_row (&random.lampo.samples.contexts, 0);
  for (size_t i = 0; i < N; i++) {
    size_t k;
    lw_decoupled_sample (&random.form, random.x_new, context, &rng, workspace, &k, e);
    if (k != 1)
      continue;
    count++;
    for (size_t j = 0; j < 2; j++) {
      sum[j] += e[j];
      square[j] += e[j] * e[j];
    }
  }
  lw_assert_close (count / N, decoupled_random_resp (&random, random.x_new, 0, 1), 0, 0.01);
  g_assert_cmpfloat (count, >, 100);
  decoupled_random_mean (&random, random.x_new, 0, 1, mean);
  for (size_t j = 0; j < 2; j++) {
    double s = exp (random.x_new[lw_decoupled_log_s (&random.form, 1) + j]), at = sum[j] / count;
    lw_assert_close (at, mean[j], 0, 5 * s / sqrt (count));
    lw_assert_close (sqrt (square[j] / count - at * at), s, 5 / sqrt (2 * count), 0);
  }
  decoupled_random_clear (&random);
}

/* No correction is extrapolated: along a ray of contexts it stays what it was where demonstrations end, in draws and in the table
 * alike; beside that length y is y. */
static void
test_far_contexts (void)
{
  static const double sizes[] = { 0.5, 30, 1e3, 1e8, 1e50 };
  DecoupledRandom random;
  double y[2], e[2], before[2] = { 0 };

  decoupled_random_init (&random, 2, 2, 2, 10, true, 340);
  const double *o = random.x_new + lw_decoupled_offset (&random.form, 0, 0);
  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    y[0] = 0.6 * sizes[c];
    y[1] = -0.8 * sizes[c];
    lw_fill_nan (e, 2);
    lw_decoupled_mean_of_e (&random.form, random.x_new, 0, y, e);
    double length = fmin (sizes[c], sqrt (2) + 3);
    for (size_t j = 0; j < 2; j++)
      lw_assert_close (e[j], o[3 * j] + length * (0.6 * o[3 * j + 1] - 0.8 * o[3 * j + 2]), 1e-12, 1e-14);
    if (c > 1)
      lw_assert_close_array (e, before, 2, 1e-12, 0);
    memcpy (before, e, sizeof e);
  }
  decoupled_random_clear (&random);
}

static void
test_is_policy (void)
{
  static const double bad[] = { (double) NAN, (double) INFINITY, -(double) INFINITY, 1e41 };
  DecoupledRandom random;

  decoupled_random_init (&random, 2, 2, 2, 10, true, 350);
  g_assert_true (lw_decoupled_is_policy (&random.form, random.x_new));
  const size_t places[] = { 1, lw_decoupled_offset (&random.form, 1, 1) + 2, lw_decoupled_log_s (&random.form, 1) + 1 };
  for (size_t p = 0; p < G_N_ELEMENTS (places); p++) {
    double keep = random.x_new[places[p]];
    for (size_t c = 0; c < G_N_ELEMENTS (bad); c++) {
      random.x_new[places[p]] = bad[c];
      g_assert_false (lw_decoupled_is_policy (&random.form, random.x_new));
    }
    random.x_new[places[p]] = keep;
  }
  random.x_new[0] = -301;
  g_assert_false (lw_decoupled_is_policy (&random.form, random.x_new));
  random.x_new[0] = -300; /* weights of e^-600 between them: still no NaN, no zero */
  random.x_new[1] = 300;
  g_assert_true (lw_decoupled_is_policy (&random.form, random.x_new));
  LwDecoupledTable table;
  g_assert_cmpint (lw_decoupled_table_init (&table, &random.form, random.lampo.samples.stride), ==, LW_OK);
  lw_decoupled_table_evaluate (&table, random.x_new, &random.features, &random.lampo.samples, 0);
  for (size_t i = 0; i < 10; i++)
    g_assert_true (isfinite (table.log_p[i]) && isfinite (table.log_sum[i]) && isfinite (table.inv_sum[i]));
  lw_decoupled_table_clear (&table);
  decoupled_random_clear (&random);
}

/* Weights are those of imitation times exp (beta). */
static void
test_log_weights (void)
{
  DecoupledRandom random;
  double log_pi[3], total = 0;

  decoupled_random_init (&random, 3, 2, 2, 10, true, 360);
  lw_decoupled_log_weights (&random.form, random.x_first, log_pi);
  for (size_t k = 0; k < 3; k++)
    lw_assert_close (log_pi[k], random.lampo.model.log_pi[k], 1e-12, 1e-12);
  lw_decoupled_log_weights (&random.form, random.x_new, log_pi);
  for (size_t k = 0; k < 3; k++)
    total += exp (random.lampo.model.log_pi[k] + random.x_new[k]);
  for (size_t k = 0; k < 3; k++)
    lw_assert_close (exp (log_pi[k]), exp (random.lampo.model.log_pi[k] + random.x_new[k]) / total, 1e-12, 0);
  decoupled_random_clear (&random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoupled-policy/densities", test_densities);
  g_test_add_func ("/decoupled-policy/latent-densities", test_latent_densities);
  g_test_add_func ("/decoupled-policy/sample-density", test_sample_density);
  g_test_add_func ("/decoupled-policy/moments", test_moments);
  g_test_add_func ("/decoupled-policy/far-contexts", test_far_contexts);
  g_test_add_func ("/decoupled-policy/is-policy", test_is_policy);
  g_test_add_func ("/decoupled-policy/log-weights", test_log_weights);
  return g_test_run ();
}
