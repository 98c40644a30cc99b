/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-kl.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-random.h"
#include "lw-assert-close.h"
#include "lw-linalg.h"

typedef struct {
  LampoRandom   random;
  LwLampoPolicy old, new, first;
  LwLampoTable  table, first_table;
  LwLampoTrust  trust;
  double       *scratch;
  int           direction;
} Fixture;

static void
fixture_init (Fixture *f, size_t K, size_t d, size_t dc, uint32_t stream)
{
  lampo_random_init (&f->random, K, d, dc, 3, 70, stream);
  const LwLampoModel *model = &f->random.model;
  size_t stride = f->random.samples.stride, r = model->r;
  g_assert_cmpint (lw_lampo_policy_init (&f->old, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_policy_init (&f->new, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_policy_init (&f->first, model), ==, LW_OK);
  g_assert_true (lw_lampo_policy_set (&f->old, f->random.x_old));
  g_assert_true (lw_lampo_policy_set (&f->new, f->random.x_new));
  g_assert_true (lw_lampo_policy_set (&f->first, f->random.x_first));
  g_assert_cmpint (lw_lampo_table_init (&f->table, model, stride), ==, LW_OK);
  g_assert_cmpint (lw_lampo_table_init (&f->first_table, model, stride), ==, LW_OK);
  g_assert_cmpint (lw_lampo_trust_init (&f->trust, &f->old, &f->random.samples), ==, LW_OK);
  lw_lampo_table_evaluate (&f->table, &f->new, &f->random.samples, 0);
  lw_lampo_table_evaluate (&f->first_table, &f->first, &f->random.samples, 0);
  f->scratch = g_new0 (double, 2 * stride + 3 * r + 2 * r * r + r * d + 1);
}

static void
fixture_clear (Fixture *f)
{
  lw_lampo_trust_clear (&f->trust);
  lw_lampo_table_clear (&f->table);
  lw_lampo_table_clear (&f->first_table);
  lw_lampo_policy_clear (&f->old);
  lw_lampo_policy_clear (&f->new);
  lw_lampo_policy_clear (&f->first);
  lampo_random_clear (&f->random);
  g_free (f->scratch);
}

/* P^-1 and the mean of p(z | c, k) as maths.md 1.2 writes them, with C_k itself. */
static void
dense_conditional (const LampoRandom *random, const LwLampoPolicy *policy, size_t k, size_t i, const LwMat *factor, double *mean)
{
  size_t d = random->model.d, dc = random->model.dc;
  LwMat w = lw_mppca_loading (&random->mppca, k);
  const double *mu = lw_lampo_policy_mu (policy, k), *s = lw_lampo_policy_s (policy, k);
  double noise_var = random->mppca.noise_var[k];

  for (size_t a = 0; a < d; a++) {
    mean[a] = mu[a] / (s[a] * s[a]);
    for (size_t b = 0; b < d; b++) {
      double sum = a == b ? 1 / (s[a] * s[a]) : 0;
      for (size_t j = 0; j < dc; j++)
        sum += lw_mat_get (&w, j, a) * lw_mat_get (&w, j, b) / noise_var;
      lw_mat_set (factor, a, b, sum);
    }
    for (size_t j = 0; j < dc; j++)
      mean[a] += lw_mat_get (&w, j, a) * (lw_mat_get (&random->samples.contexts, i, j) - lw_mat_get (&random->mppca.mean, k, j))
                 / noise_var;
  }
  g_assert_cmpint (lw_chol_factor (factor), ==, LW_OK);
  lw_chol_solve (factor, mean);
}

static double
dense_kl (const LampoRandom *random, const LwLampoPolicy *a, const LwLampoTable *table_a, const LwLampoPolicy *b,
          const LwLampoTable *table_b)
{
  size_t d = random->model.d, N = random->samples.n;
  LwMat prec_a, prec_b;
  double mean_a[8], mean_b[8], sum = 0;

  g_assert_cmpint (lw_mat_alloc (&prec_a, d, d), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&prec_b, d, d), ==, LW_OK);
  for (size_t i = 0; i < N; i++)
    for (size_t k = 0; k < random->model.K; k++) {
      dense_conditional (random, a, k, i, &prec_a, mean_a);
      dense_conditional (random, b, k, i, &prec_b, mean_b);
      double kl = lw_chol_logdet (&prec_a) - lw_chol_logdet (&prec_b) - (double) d, t[8];
      for (size_t j = 0; j < d;
           j++) { /* tr (P_b^-1 P_a) = |L_b' L_a'^-1|^2, column by column; delta' P_b^-1 delta = |L_b' delta|^2 */
        memset (t, 0, sizeof t);
        t[j] = 1;
        lw_tri_solve (&prec_a, true, t);
        for (size_t c = 0; c < d; c++) {
          double row = 0, shift = 0;
          for (size_t q = c; q < d; q++) {
            row += lw_mat_get (&prec_b, q, c) * t[q];
            shift += lw_mat_get (&prec_b, q, c) * (mean_a[q] - mean_b[q]);
          }
          kl += row * row + (j == 0 ? shift * shift : 0);
        }
      }
      double log_a = table_a->log_resp[k * table_a->stride + i], log_b = table_b->log_resp[k * table_b->stride + i];
      sum += exp (log_a) * (log_a - log_b + 0.5 * kl);
    }
  lw_mat_clear (&prec_a);
  lw_mat_clear (&prec_b);
  return sum / (double) N;
}

static const struct {
  size_t K, d, dc;
} sizes[] = { { 3, 2, 2 }, { 2, 3, 5 }, { 3, 4, 1 }, { 1, 2, 2 }, { 2, 2, 0 } };

static void
test_dense (void)
{
  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    Fixture f;
    fixture_init (&f, sizes[c].K, sizes[c].d, sizes[c].dc, 30 + (uint32_t) c);
    double new_old = lw_lampo_trust_kl (&f.trust, &f.new, &f.table, LW_LAMPO_KL_NEW_OLD, NULL);
    double old_new = lw_lampo_trust_kl (&f.trust, &f.new, &f.table, LW_LAMPO_KL_OLD_NEW, NULL);
    lw_assert_close (new_old, dense_kl (&f.random, &f.new, &f.table, &f.old, &f.trust.table), 1e-9, 0);
    lw_assert_close (old_new, dense_kl (&f.random, &f.old, &f.trust.table, &f.new, &f.table), 1e-9, 0);
    g_assert_true (new_old > 0.01 && old_new > 0.01);
    fixture_clear (&f);
  }
}

static double
trust_function (const double *x, double *grad, void *data)
{
  Fixture *f = data;
  g_assert_true (lw_lampo_policy_set (&f->new, x));
  lw_lampo_table_evaluate (&f->table, &f->new, &f->random.samples, 0);
  return lw_lampo_trust_kl (&f->trust, &f->new, &f->table, (LwLampoKlDirection) f->direction, grad);
}

static double
context_function (const double *x, double *grad, void *data)
{
  Fixture *f = data;
  g_assert_true (lw_lampo_policy_set (&f->new, x));
  return lw_lampo_context_kl (&f->new, &f->first, (LwLampoContextKlDirection) f->direction, f->scratch, grad);
}

static double
gate_function (const double *x, double *grad, void *data)
{
  Fixture *f = data;
  g_assert_true (lw_lampo_policy_set (&f->new, x));
  lw_lampo_table_evaluate (&f->table, &f->new, &f->random.samples, 0);
  return lw_lampo_gate_divergence (&f->new, &f->table, &f->first_table, f->random.samples.n, f->scratch, grad);
}

static void
test_gradients (void)
{
  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    Fixture f;
    fixture_init (&f, sizes[c].K, sizes[c].d, sizes[c].dc, 40 + (uint32_t) c);
    for (f.direction = 0; f.direction < 2; f.direction++) {
      lampo_check_gradient (trust_function, &f, f.random.x_new, f.random.model.n_x, 1e-7);
      if (sizes[c].dc > 0) /* else p(c) is nothing */
        lampo_check_gradient (context_function, &f, f.random.x_new, f.random.model.n_x, 1e-7);
    }
    if (sizes[c].K > 1)
      lampo_check_gradient (gate_function, &f, f.random.x_new, f.random.model.n_x, 1e-7);
    fixture_clear (&f);
  }
}

/* A policy is no way from itself, nor from the same policy with other signs of s or another origin of the base. */
static void
test_zero (void)
{
  Fixture f;
  fixture_init (&f, 3, 2, 2, 50);
  g_autofree double *x = g_memdup2 (f.random.x_old, f.random.model.n_x * sizeof (double));
  g_autofree double *grad = g_new (double, f.random.model.n_x);

  for (size_t i = 0; i < 3; i++)
    x[i] += 5;
  for (size_t i = lw_lampo_model_s (&f.random.model, 0); i < f.random.model.n_x; i++)
    x[i] = -x[i];
  for (f.direction = 0; f.direction < 2; f.direction++) {
    lw_fill_nan (grad, f.random.model.n_x);
    lw_assert_close (trust_function (x, grad, &f), 0, 0, 1e-14);
    for (size_t i = 0; i < f.random.model.n_x; i++)
      lw_assert_close (grad[i], 0, 0, 1e-13);
    lw_assert_close (context_function (f.random.x_first, NULL, &f), 0, 0, 1e-14);
  }
  lw_assert_close (gate_function (f.random.x_first, NULL, &f), 0, 0, 1e-14);
  fixture_clear (&f);
}

/* Gaussians in c written out in dc x dc, against their d x d form. */
static void
test_context_dense (void)
{
  Fixture f;
  fixture_init (&f, 2, 2, 4, 51);
  const LwLampoModel *model = &f.random.model;
  double expected = 0;

  for (size_t k = 0; k < 2; k++) {
    LwMat w = lw_mppca_loading (&f.random.mppca, k), cov[2];
    double e[4] = { 0 }, kl, weight = exp (f.first.log_pi[k]), t[4];
    const LwLampoPolicy *policies[2] = { &f.first, &f.new };
    for (size_t q = 0; q < 2; q++) {
      const double *s = lw_lampo_policy_s (policies[q], k), *mu = lw_lampo_policy_mu (policies[q], k);
      g_assert_cmpint (lw_mat_alloc (&cov[q], 4, 4), ==, LW_OK);
      for (size_t a = 0; a < 4; a++) {
        for (size_t b = 0; b < 4; b++)
          for (size_t j = 0; j < 2; j++)
            lw_mat_row (&cov[q], a)[b] += lw_mat_get (&w, a, j) * s[j] * s[j] * lw_mat_get (&w, b, j);
        lw_mat_row (&cov[q], a)[a] += model->noise_var[k];
        for (size_t j = 0; j < 2; j++)
          e[a] += (q == 0 ? 1 : -1) * lw_mat_get (&w, a, j) * mu[j];
      }
      g_assert_cmpint (lw_chol_factor (&cov[q]), ==, LW_OK);
    }
    kl = lw_chol_logdet (&cov[1]) - lw_chol_logdet (&cov[0]) - 4;
    for (size_t j = 0; j < 4; j++) {
      for (size_t a = 0; a < 4; a++)
        t[a] = lw_mat_get (&cov[0], a, j);
      lw_tri_solve (&cov[1], false, t);
      for (size_t a = 0; a < 4; a++)
        kl += t[a] * t[a];
    }
    lw_tri_solve (&cov[1], false, e);
    for (size_t a = 0; a < 4; a++)
      kl += e[a] * e[a];
    expected += weight * (f.first.log_pi[k] - f.new.log_pi[k] + 0.5 * kl);
    lw_mat_clear (&cov[0]);
    lw_mat_clear (&cov[1]);
  }
  f.direction = LW_LAMPO_CONTEXT_KL_FIRST_NEW;
  lw_assert_close (context_function (f.random.x_new, NULL, &f), expected, 1e-10, 0);
  fixture_clear (&f);
}

/* The gate's divergence is the log of the inverse share of effective samples: for two components, by hand. */
static void
test_gate_by_hand (void)
{
  Fixture f;
  fixture_init (&f, 2, 2, 2, 52);
  double expected = 0;

  for (size_t i = 0; i < f.random.samples.n; i++) {
    double p[2] = { f.table.resp[i], f.table.resp[f.table.stride + i] };
    double q[2] = { f.first_table.resp[i], f.first_table.resp[f.first_table.stride + i] };
    expected += log (p[0] * p[0] / q[0] + p[1] * p[1] / q[1]) / (double) f.random.samples.n;
  }
  lw_assert_close (gate_function (f.random.x_new, NULL, &f), expected, 1e-9, 0);
  fixture_clear (&f);
}

/* Near the old policy the KL is quadratic in the step, down to where it is 1e-9 of the terms it is summed from. */
static void
test_small_step (void)
{
  Fixture f;
  fixture_init (&f, 2, 3, 3, 53);
  g_autofree double *x = g_memdup2 (f.random.x_old, f.random.model.n_x * sizeof (double));
  double value[2];

  for (int step = 0; step < 2; step++) {
    x[lw_lampo_model_mu (&f.random.model, 0)] =
        f.random.x_old[lw_lampo_model_mu (&f.random.model, 0)] + (step == 0 ? 1e-4 : 1e-3);
    f.direction = LW_LAMPO_KL_NEW_OLD;
    value[step] = trust_function (x, NULL, &f);
  }
  lw_assert_close (value[1] / value[0], 100, 1e-3, 0);
  fixture_clear (&f);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lampo-kl/dense", test_dense);
  g_test_add_func ("/lampo-kl/gradients", test_gradients);
  g_test_add_func ("/lampo-kl/zero", test_zero);
  g_test_add_func ("/lampo-kl/context-dense", test_context_dense);
  g_test_add_func ("/lampo-kl/gate-by-hand", test_gate_by_hand);
  g_test_add_func ("/lampo-kl/small-step", test_small_step);
  return g_test_run ();
}
