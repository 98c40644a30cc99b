/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lampo-random.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"
#include "lw-rng.h"

static double *
random_policy (const LwLampoModel *model, LwRng *rng, double spread)
{
  double *x = g_new (double, model->n_x);

  lw_rng_normals (rng, x, model->n_x);
  for (size_t i = 0; i < model->n_x; i++)
    x[i] *= spread;
  for (size_t i = lw_lampo_model_s (model, 0); i < model->n_x; i++)
    x[i] = (i % 3 == 0 ? -1 : 1) * exp (x[i]);
  return x;
}

void
lampo_random_init (LampoRandom *self, size_t K, size_t d, size_t dc, size_t m, size_t N, uint32_t stream)
{
  LwRng rng;
  LwMat contexts, z;
  size_t *k = g_new (size_t, N);
  double *rewards = g_new (double, N);

  lw_rng_init (&rng, 21, LW_RNG_TEST, stream, 0);
  g_assert_cmpint (lw_mppca_alloc (&self->mppca, K, d, dc + m), ==, LW_OK);
  lw_rng_normals (&rng, self->mppca.loading.data, K * (dc + m) * d);
  lw_rng_normals (&rng, self->mppca.mean.data, K * (dc + m));
  lw_rng_normals (&rng, self->mppca.log_pi, K);
  for (size_t j = 0; j < K; j++)
    self->mppca.noise_var[j] = 0.05 * (1 + (double) j);
  g_assert_cmpint (lw_lampo_model_init (&self->model, &self->mppca, dc), ==, LW_OK);
  self->x_first = g_new (double, self->model.n_x);
  lw_lampo_model_first_policy (&self->model, self->x_first);
  self->x_old = random_policy (&self->model, &rng, 0.2);
  self->x_new = random_policy (&self->model, &rng, 0.3);

  g_assert_cmpint (lw_mat_alloc (&contexts, N, dc), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&z, N, d), ==, LW_OK);
  lw_rng_normals (&rng, contexts.data, N * dc);
  lw_rng_normals (&rng, z.data, N * d);
  lw_rng_normals (&rng, rewards, N);
  self->log_den = g_new (double, N);
  for (size_t i = 0; i < N; i++) {
    k[i] = lw_rng_below (&rng, K);
    self->log_den[i] = -1 + 0.5 * lw_rng_normal (&rng);
  }
  lw_lampo_samples_init (&self->samples, &self->model);
  g_assert_cmpint (lw_lampo_samples_add (&self->samples, &contexts, k, &z, rewards), ==, LW_OK);
  lw_mat_clear (&contexts);
  lw_mat_clear (&z);
  g_free (k);
  g_free (rewards);
}

void
lampo_random_clear (LampoRandom *self)
{
  lw_lampo_samples_clear (&self->samples);
  lw_lampo_model_clear (&self->model);
  lw_mppca_clear (&self->mppca);
  g_free (self->x_old);
  g_free (self->x_new);
  g_free (self->x_first);
  g_free (self->log_den);
}

void
lampo_densities_init (LampoDensities *self, const LwLampoSamples *samples, const LwLampoModel *model, size_t stride)
{
  self->samples = samples;
  g_assert_cmpint (lw_lampo_policy_init (&self->policy, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_table_init (&self->table, model, stride), ==, LW_OK);
}

void
lampo_densities_clear (LampoDensities *self)
{
  lw_lampo_policy_clear (&self->policy);
  lw_lampo_table_clear (&self->table);
}

bool
lampo_densities (const double *x, size_t from, double *log_p, void *data)
{
  LampoDensities *self = data;

  if (!lw_lampo_policy_set (&self->policy, x))
    return false;
  lw_lampo_table_evaluate (&self->table, &self->policy, self->samples, from);
  for (size_t i = from; i < self->samples->n; i++)
    log_p[i] = self->table.log_p[i];
  return true;
}

void
lampo_check_gradient (LampoFunction function, void *data, const double *x, size_t n_x, double relative)
{
  g_autofree double *grad = g_new (double, n_x), *numeric = g_new (double, n_x), *point = g_memdup2 (x, n_x * sizeof *x);

  lw_fill_nan (grad, n_x);
  g_assert_true (isfinite (function (x, grad, data)));
  for (size_t i = 0; i < n_x; i++) {
    double step = 1e-5 * fmax (1, fabs (x[i]));
    double value[4];
    for (int j = 0; j < 4; j++) { /* fourth order: the truncation is far below the rounding */
      static const double at[4] = { -2, -1, 1, 2 };
      point[i] = x[i] + at[j] * 10 * step;
      value[j] = function (point, NULL, data);
    }
    numeric[i] = (value[0] - 8 * value[1] + 8 * value[2] - value[3]) / (12 * 10 * step);
    point[i] = x[i];
  }
  lw_assert_close_to_largest (grad, numeric, n_x, relative);
}
