/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-policy.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-golden.h"
#include "lampo-random.h"
#include "lw-assert-close.h"
#include "lw-linalg.h"

#define GOLDEN 1e-9

typedef struct {
  LampoGolden    golden;
  LwMppca        mppca;
  LwLampoModel   model;
  LwLampoSamples samples;
  LwLampoPolicy  policy;
  LwLampoTable   table;
} Published;

static gboolean
published_load (Published *p, const char *prefix, const char *log_den)
{
  if (!lampo_golden_load (&p->golden, prefix, log_den))
    return FALSE;
  const LampoGolden *g = &p->golden;
  g_assert_cmpint (lw_mppca_alloc (&p->mppca, g->K, g->d, g->D), ==, LW_OK);
  lw_mat_copy (&g->arrays.W, &p->mppca.loading);
  lw_mat_copy (&g->arrays.means, &p->mppca.mean);
  memcpy (p->mppca.noise_var, g->sigma_sq.data, g->K * sizeof (double));
  g_assert_cmpint (lw_lampo_model_init (&p->model, &p->mppca, g->dc), ==, LW_OK);
  lw_lampo_samples_init (&p->samples, &p->model);
  size_t *k = g_new (size_t, g->N);
  for (size_t i = 0; i < g->N; i++)
    k[i] = (size_t) g->k_index[i];
  g_assert_cmpint (lw_lampo_samples_add (&p->samples, &g->arrays.c, k, &g->arrays.z, g->r.data), ==, LW_OK);
  g_free (k);
  g_assert_cmpint (lw_lampo_policy_init (&p->policy, &p->model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_table_init (&p->table, &p->model, p->samples.stride), ==, LW_OK);
  return TRUE;
}

static void
published_clear (Published *p)
{
  lw_lampo_table_clear (&p->table);
  lw_lampo_policy_clear (&p->policy);
  lw_lampo_samples_clear (&p->samples);
  lw_lampo_model_clear (&p->model);
  lw_mppca_clear (&p->mppca);
  lampo_golden_clear (&p->golden);
}

static void
assert_log_policy (Published *p, const double *x, const char *prefix, const char *name)
{
  g_auto (LwGolden) expected = { 0 };

  lampo_golden_array (&expected, prefix, name);
  lw_fill_nan (p->table.log_p, p->table.stride);
  g_assert_true (lw_lampo_policy_set (&p->policy, x));
  lw_lampo_table_evaluate (&p->table, &p->policy, &p->samples, 0);
  lw_assert_close_array (p->table.log_p, expected.data, expected.n, GOLDEN, GOLDEN);
}

static void
test_golden (gconstpointer data)
{
  const char *prefix = data;
  gboolean synthetic = g_str_equal (prefix, "syn_");
  g_auto (LwGolden) log_resp = { 0 }, precision = { 0 }, mean = { 0 };
  Published p = { 0 };

  if (!published_load (&p, prefix, "log_den_mix"))
    return;
  size_t K = p.golden.K, d = p.golden.d, r = p.model.r, N = p.golden.N;
  if (!synthetic)
    assert_log_policy (&p, p.golden.x_first.data, prefix, "log_policy_first");
  assert_log_policy (&p, p.golden.x_old.data, prefix, "log_policy_old");
  assert_log_policy (&p, p.golden.x_new.data, prefix, "log_policy_new");

  lampo_golden_array (&log_resp, prefix, "log_resp_new");
  lampo_golden_array (&precision, prefix, "post_prec");
  lampo_golden_array (&mean, prefix, synthetic ? "post_mean" : "post_mean20");
  g_autofree double *gate = g_new (double, K), *y = g_new (double, K * r + 1), *z = g_new (double, d);
  g_autofree double *dense = g_new (double, d * d);
  size_t n_means = mean.dims[1];
  for (size_t i = 0; i < N; i++) {
    lw_fill_nan (gate, K);
    lw_lampo_policy_gate (&p.policy, lw_mat_row (&p.golden.arrays.c, i), gate, y);
    for (size_t k = 0; k < K; k++) {
      double expected = log_resp.data[k * N + i];
      lw_assert_close (gate[k], expected, GOLDEN, GOLDEN);
      lw_assert_close (p.table.log_resp[k * p.table.stride + i], expected, GOLDEN, GOLDEN);
      lw_assert_close (p.table.resp[k * p.table.stride + i], exp (expected), 1e-7, 1e-12); /* exp of differences of up to 3e7 */
      if (i >= n_means)
        continue;
      lw_fill_nan (z, d);
      lw_lampo_policy_latent_mean (&p.policy, k, y + k * r, z);
      lw_assert_close_to_largest (z, mean.data + (k * n_means + i) * d, d, GOLDEN);
    }
  }
  for (size_t k = 0; k < K; k++) {
    LwMat view = lw_mat_view (dense, d, d);
    lw_fill_nan (dense, d * d);
    lw_lampo_policy_precision (&p.policy, k, &view);
    lw_assert_close_to_largest (dense, precision.data + k * d * d, d * d, GOLDEN);
  }
  if (!synthetic) { /* w = Omega_k z + omega_k for the stored z */
    g_auto (LwGolden) w = { 0 };
    lampo_golden_array (&w, prefix, "w");
    g_autofree double *movement = g_new (double, p.model.m), *point = g_new (double, d);
    for (size_t i = 0; i < N; i++) {
      memcpy (point, lw_mat_row (&p.golden.arrays.z, i), d * sizeof *point);
      lw_fill_nan (movement, p.model.m);
      lw_lampo_model_movement (&p.model, p.samples.k[i], point, movement);
      lw_assert_close_to_largest (movement, w.data + i * p.model.m, p.model.m, GOLDEN);
    }
  }
  published_clear (&p);
}

/* log N(c | mean, cov) with a dense covariance. */
static double
dense_log_normal (const LwMat *cov, const double *e, size_t n)
{
  g_autofree double *b = g_memdup2 (e, MAX (n, 1) * sizeof *e);
  LwMat l;
  double square = 0;

  g_assert_cmpint (lw_mat_alloc (&l, n, n), ==, LW_OK);
  lw_mat_copy (cov, &l);
  g_assert_cmpint (lw_chol_factor (&l), ==, LW_OK);
  lw_tri_solve (&l, false, b);
  for (size_t i = 0; i < n; i++)
    square += b[i] * b[i];
  double log_p = -0.5 * (square + lw_chol_logdet (&l) + (double) n * log (2 * G_PI));
  lw_mat_clear (&l);
  return log_p;
}

/* Against the formulas of maths.md 1.2 and 1.3 as they stand, with dc x dc matrices. */
static void
check_dense (size_t K, size_t d, size_t dc, uint32_t stream)
{
  LampoRandom random;
  LwLampoPolicy policy;
  LwLampoTable table;

  lampo_random_init (&random, K, d, dc, 4, 70, stream);
  const LwLampoModel *model = &random.model;
  g_assert_cmpint (lw_lampo_policy_init (&policy, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_table_init (&table, model, random.samples.stride), ==, LW_OK);
  g_assert_true (lw_lampo_policy_set (&policy, random.x_new));
  lw_lampo_table_evaluate (&table, &policy, &random.samples, 0);

  g_autofree double *joint = g_new (double, K), *e = g_new (double, dc + 1);
  for (size_t i = 0; i < random.samples.n; i++) {
    double emission = (double) NAN, total = 0;
    size_t own = random.samples.k[i];
    for (size_t k = 0; k < K; k++) {
      LwMat w = lw_mppca_loading (&random.mppca, k), cov, noise;
      const double *mu = lw_lampo_policy_mu (&policy, k), *s = lw_lampo_policy_s (&policy, k);
      g_assert_cmpint (lw_mat_alloc (&cov, dc, dc), ==, LW_OK);
      g_assert_cmpint (lw_mat_alloc (&noise, dc, dc), ==, LW_OK);
      for (size_t a = 0; a < dc; a++) {
        lw_mat_set (&noise, a, a, random.mppca.noise_var[k]);
        for (size_t b = 0; b < dc; b++) {
          double sum = a == b ? random.mppca.noise_var[k] : 0;
          for (size_t j = 0; j < d; j++)
            sum += lw_mat_get (&w, a, j) * s[j] * s[j] * lw_mat_get (&w, b, j);
          lw_mat_set (&cov, a, b, sum);
        }
        e[a] = lw_mat_get (&random.samples.contexts, i, a) - lw_mat_get (&random.mppca.mean, k, a);
        for (size_t j = 0; j < d; j++)
          e[a] -= lw_mat_get (&w, a, j) * mu[j];
      }
      joint[k] = policy.log_pi[k] + dense_log_normal (&cov, e, dc);
      total += exp (joint[k]);
      if (k == own) {
        for (size_t a = 0; a < dc; a++)
          for (size_t j = 0; j < d; j++)
            e[a] -= lw_mat_get (&w, a, j) * (random.samples.z[j * random.samples.stride + i] - mu[j]);
        emission = dense_log_normal (&noise, e, dc);
      }
      lw_mat_clear (&cov);
      lw_mat_clear (&noise);
    }
    double log_p = policy.log_pi[own] + emission - log (total);
    for (size_t j = 0; j < d; j++) {
      double s = lw_lampo_policy_s (&policy, own)[j];
      double t = (random.samples.z[j * random.samples.stride + i] - lw_lampo_policy_mu (&policy, own)[j]) / s;
      log_p -= 0.5 * (t * t + log (2 * G_PI)) + log (fabs (s));
    }
    lw_assert_close (table.log_p[i], log_p, 1e-10, 1e-10);
    for (size_t k = 0; k < K; k++)
      lw_assert_close (table.log_resp[k * table.stride + i], joint[k] - log (total), 1e-10, 1e-10);
  }
  lw_lampo_table_clear (&table);
  lw_lampo_policy_clear (&policy);
  lampo_random_clear (&random);
}

static void
test_dense (void)
{
  check_dense (3, 2, 2, 1); /* dc = d */
  check_dense (3, 2, 5, 2); /* dc > d */
  check_dense (2, 4, 1, 3); /* dc < d */
  check_dense (1, 1, 1, 4);
  check_dense (2, 2, 0, 5); /* no context at all */
}

/* A draw's log density is the density of that draw, and draws have the moments that were promised. */
static void
test_sample (void)
{
  enum { DRAWS = 20000 };
  LampoRandom random;
  LwLampoPolicy policy;
  LwLampoSamples drawn;
  LwLampoTable table;
  LwMat contexts, z;

  lampo_random_init (&random, 2, 3, 2, 3, 1, 6);
  const LwLampoModel *model = &random.model;
  g_assert_cmpint (lw_lampo_policy_init (&policy, model), ==, LW_OK);
  g_assert_true (lw_lampo_policy_set (&policy, random.x_new));
  g_assert_cmpint (lw_mat_alloc (&contexts, DRAWS, 2), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&z, DRAWS, 3), ==, LW_OK);
  g_autofree size_t *k = g_new (size_t, DRAWS);
  g_autofree double *log_q = g_new (double, DRAWS), *zeros = g_new0 (double, DRAWS);
  double workspace[2 + 2 * 2 + 3], gate[2], y[4], mean[3], count[2] = { 0 };
  const double context[2] = { 0.3, -0.4 };
  for (size_t i = 0; i < DRAWS; i++) {
    LwRng rng;
    lw_rng_init (&rng, 3, LW_RNG_ACTION, 0, (uint32_t) i);
    memcpy (lw_mat_row (&contexts, i), context, sizeof context);
    log_q[i] = lw_lampo_policy_sample (&policy, context, &rng, workspace, &k[i], lw_mat_row (&z, i));
    count[k[i]]++;
  }
  lw_lampo_samples_init (&drawn, model);
  g_assert_cmpint (lw_lampo_samples_add (&drawn, &contexts, k, &z, zeros), ==, LW_OK);
  g_assert_cmpint (lw_lampo_table_init (&table, model, drawn.stride), ==, LW_OK);
  lw_lampo_table_evaluate (&table, &policy, &drawn, 0);
  lw_assert_close_array (log_q, table.log_p, DRAWS, 1e-10, 1e-10);

  lw_lampo_policy_gate (&policy, context, gate, y);
  for (size_t c = 0; c < 2; c++) {
    double share = exp (gate[c]), sum[3] = { 0 }, square[9] = { 0 }, precision[9];
    lw_assert_close (count[c] / DRAWS, share, 0, 4 * sqrt (share * (1 - share) / DRAWS));
    lw_lampo_policy_latent_mean (&policy, c, y + 2 * c, mean);
    for (size_t i = 0; i < DRAWS; i++)
      for (size_t a = 0; a < 3 && k[i] == c; a++) {
        sum[a] += lw_mat_get (&z, i, a);
        for (size_t b = 0; b < 3; b++)
          square[a * 3 + b] += (lw_mat_get (&z, i, a) - mean[a]) * (lw_mat_get (&z, i, b) - mean[b]);
      }
    /* P^-1 times the sampled covariance is the unit matrix, to sampling error. */
    LwMat p = lw_mat_view (precision, 3, 3);
    lw_lampo_policy_precision (&policy, c, &p);
    for (size_t a = 0; a < 3 && count[c] > 1000; a++) {
      lw_assert_close (sum[a] / count[c], mean[a], 0, 5 * sqrt (square[a * 3 + a] / count[c] / count[c]));
      double product = 0;
      for (size_t b = 0; b < 3; b++)
        product += precision[a * 3 + b] * square[b * 3 + a] / count[c];
      lw_assert_close (product, 1, 0.15, 0);
    }
  }
  lw_lampo_table_clear (&table);
  lw_lampo_samples_clear (&drawn);
  lw_mat_clear (&contexts);
  lw_mat_clear (&z);
  lw_lampo_policy_clear (&policy);
  lampo_random_clear (&random);
}

static void
test_refused (void)
{
  LampoRandom random;
  LwLampoPolicy policy;
  LwLampoModel model;

  lampo_random_init (&random, 2, 2, 2, 3, 5, 7);
  g_assert_cmpint (lw_lampo_policy_init (&policy, &random.model), ==, LW_OK);
  size_t s = lw_lampo_model_s (&random.model, 1);
  double keep = random.x_new[s];
  random.x_new[s] = 0;
  g_assert_false (lw_lampo_policy_set (&policy, random.x_new));
  random.x_new[s] = (double) NAN;
  g_assert_false (lw_lampo_policy_set (&policy, random.x_new));
  random.x_new[s] = 1e300;
  g_assert_false (lw_lampo_policy_set (&policy, random.x_new));
  random.x_new[s] = keep;
  g_assert_true (lw_lampo_policy_set (&policy, random.x_new));

  g_assert_cmpint (lw_lampo_model_init (&model, &random.mppca, 5), ==, LW_ERR_SHAPE); /* nothing left to move */
  random.mppca.noise_var[1] = 0;
  g_assert_cmpint (lw_lampo_model_init (&model, &random.mppca, 2), ==, LW_ERR_RANGE);
  random.mppca.noise_var[1] = 1;
  random.mppca.log_pi[0] = -(double) INFINITY;
  g_assert_cmpint (lw_lampo_model_init (&model, &random.mppca, 2), ==, LW_ERR_NOT_FINITE);

  LwMat contexts, z;
  size_t k = 2;
  double reward = 1;
  g_assert_cmpint (lw_mat_alloc (&contexts, 1, 2), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&z, 1, 2), ==, LW_OK);
  g_assert_cmpint (lw_lampo_samples_add (&random.samples, &contexts, &k, &z, &reward), ==, LW_ERR_RANGE);
  k = 1;
  reward = (double) NAN;
  g_assert_cmpint (lw_lampo_samples_add (&random.samples, &contexts, &k, &z, &reward), ==, LW_ERR_NOT_FINITE);
  reward = 1;
  z.cols = 1;
  g_assert_cmpint (lw_lampo_samples_add (&random.samples, &contexts, &k, &z, &reward), ==, LW_ERR_SHAPE);
  g_assert_cmpuint (random.samples.n, ==, 5);
  lw_mat_clear (&contexts);
  lw_mat_clear (&z);
  lw_lampo_policy_clear (&policy);
  lampo_random_clear (&random);
}

/* At the edges of what the published models show: s of 1e-8 beside 1, sigma^2 on 1e-8, contexts far away. */
static void
test_extreme (void)
{
  LampoRandom random;
  LwLampoPolicy policy;
  LwLampoModel model;
  double gate[2], y[4], mean[2], far[2] = { 1e4, -1e4 };

  lampo_random_init (&random, 2, 2, 2, 3, 5, 8);
  random.mppca.noise_var[0] = random.mppca.noise_var[1] = 1e-8;
  g_assert_cmpint (lw_lampo_model_init (&model, &random.mppca, 2), ==, LW_OK);
  g_assert_cmpint (lw_lampo_policy_init (&policy, &model), ==, LW_OK);
  random.x_new[lw_lampo_model_s (&model, 0)] = 1e-8;
  g_assert_true (lw_lampo_policy_set (&policy, random.x_new));
  lw_lampo_policy_gate (&policy, far, gate, y);
  lw_assert_close (exp (gate[0]) + exp (gate[1]), 1, 1e-12, 0);
  for (size_t k = 0; k < 2; k++) {
    lw_lampo_policy_latent_mean (&policy, k, y + 2 * k, mean);
    g_assert_true (isfinite (gate[k]) && isfinite (mean[0]) && isfinite (mean[1]));
  }
  /* The frozen direction stays at its mu: its variance is 1e-16, and what pulls at it is 1e4 / 1e-8 at most. */
  lw_lampo_policy_latent_mean (&policy, 0, y, mean);
  lw_assert_close (mean[0], lw_lampo_policy_mu (&policy, 0)[0], 0, 1e-3);
  lw_lampo_policy_clear (&policy);
  lw_lampo_model_clear (&model);
  lampo_random_clear (&random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/lampo-policy/golden/m0", "m0_", test_golden);
  g_test_add_data_func ("/lampo-policy/golden/m1", "m1_", test_golden);
  g_test_add_data_func ("/lampo-policy/golden/syn", "syn_", test_golden);
  g_test_add_func ("/lampo-policy/dense", test_dense);
  g_test_add_func ("/lampo-policy/sample", test_sample);
  g_test_add_func ("/lampo-policy/refused", test_refused);
  g_test_add_func ("/lampo-policy/extreme", test_extreme);
  return g_test_run ();
}
