/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "decoupled-random.h"

#include <glib.h>
#include <math.h>

#include "lw-linalg.h"

static double *
random_policy (const LwDecoupledForm *form, LwRng *rng, double spread)
{
  double *x = g_new (double, form->n_x);

  lw_rng_normals (rng, x, form->n_x);
  for (size_t i = 0; i < form->n_x; i++)
    x[i] *= spread;
  return x;
}

void
decoupled_random_init (DecoupledRandom *self, size_t K, size_t d, size_t dc, size_t N, bool slopes, uint32_t stream)
{
  LwRng rng;

  lampo_random_init (&self->lampo, K, d, dc, 3, N, stream);
  g_assert_cmpint (lw_decoupled_form_init (&self->form, &self->lampo.model, slopes), ==, LW_OK);
  lw_decoupled_features_init (&self->features, &self->form);
  g_assert_cmpint (lw_decoupled_features_update (&self->features, &self->lampo.samples), ==, LW_OK);
  lw_rng_init (&rng, 22, LW_RNG_TEST, stream, 0);
  self->x_first = random_policy (&self->form, &rng, 0);
  self->x_old = random_policy (&self->form, &rng, 0.2);
  self->x_new = random_policy (&self->form, &rng, 0.3);
}

void
decoupled_random_clear (DecoupledRandom *self)
{
  lw_decoupled_features_clear (&self->features);
  lw_decoupled_form_clear (&self->form);
  lampo_random_clear (&self->lampo);
  g_free (self->x_first);
  g_free (self->x_old);
  g_free (self->x_new);
}

/* log N (c | c_k, C_k C_k' + sigma^2 I) and y = L^-1 (Q'(c - c_k)), by dense algebra over the context: A = C C' + sigma^2 I.
 * @projected (r, nullable). */
static double
log_context_density (const DecoupledRandom *self, size_t i, size_t k, double *y)
{
  const LwLampoModel *model = &self->lampo.model;
  const LwMppca *mppca = &self->lampo.mppca;
  size_t dc = model->dc, d = model->d, r = model->r;
  LwMat cov, s;
  g_autofree double *e = g_new (double, dc + 1);
  double distance = 0, log_det = 0;

  if (dc == 0)
    return 0;
  g_assert_cmpint (lw_mat_alloc (&cov, dc, dc), ==, LW_OK);
  for (size_t a = 0; a < dc; a++) {
    e[a] = lw_mat_get (&self->lampo.samples.contexts, i, a) - lw_mat_get (&mppca->mean, k, a);
    for (size_t b = 0; b < dc; b++) {
      double sum = a == b ? model->noise_var[k] : 0;
      for (size_t j = 0; j < d; j++)
        sum += lw_mat_get (&mppca->loading, k * mppca->p + a, j) * lw_mat_get (&mppca->loading, k * mppca->p + b, j);
      lw_mat_set (&cov, a, b, sum);
    }
  }
  if (y != NULL) { /* S = R R' + sigma^2 I = L L' */
    g_assert_cmpint (lw_mat_alloc (&s, r, r), ==, LW_OK);
    for (size_t a = 0; a < r; a++) {
      y[a] = 0;
      for (size_t b = 0; b < dc; b++)
        y[a] += lw_mat_get (&model->q, k * dc + b, a) * e[b];
      for (size_t b = 0; b < r; b++) {
        double sum = a == b ? model->noise_var[k] : 0;
        for (size_t j = 0; j < d; j++)
          sum += lw_mat_get (&model->R, k * r + a, j) * lw_mat_get (&model->R, k * r + b, j);
        lw_mat_set (&s, a, b, sum);
      }
    }
    g_assert_cmpint (lw_chol_factor (&s), ==, LW_OK);
    lw_tri_solve (&s, false, y);
    lw_mat_clear (&s);
  }
  g_assert_cmpint (lw_chol_factor (&cov), ==, LW_OK);
  lw_tri_solve (&cov, false, e);
  for (size_t a = 0; a < dc; a++) {
    distance += e[a] * e[a];
    log_det += 2 * log (lw_mat_get (&cov, a, a));
  }
  lw_mat_clear (&cov);
  return -0.5 * (distance + log_det);
}

double
decoupled_random_resp (const DecoupledRandom *self, const double *x, size_t i, size_t k)
{
  size_t K = self->form.model->K;
  double own = 0, total = 0;

  for (size_t j = 0; j < K; j++) {
    double p = exp (x[j] + self->form.model->log_pi[j] + log_context_density (self, i, j, NULL));
    total += p;
    own = j == k ? p : own;
  }
  return own / total;
}

void
decoupled_random_mean (const DecoupledRandom *self, const double *x, size_t i, size_t k, double *mean)
{
  const LwDecoupledForm *form = &self->form;
  size_t r = form->model->r;
  g_autofree double *y = g_new0 (double, r + 1);
  double length = 0, most = sqrt ((double) r) + 3;

  log_context_density (self, i, k, y);
  for (size_t a = 0; a < r; a++)
    length += y[a] * y[a];
  length = sqrt (length);
  for (size_t j = 0; j < form->model->d; j++) {
    mean[j] = x[lw_decoupled_offset (form, k, j)];
    for (size_t a = 1; a < form->q; a++)
      mean[j] += x[lw_decoupled_offset (form, k, j) + a] * y[a - 1] * (length > most ? most / length : 1);
  }
}

double
decoupled_random_kl (const DecoupledRandom *self, const double *a, const double *b)
{
  const LwDecoupledForm *form = &self->form;
  size_t N = self->lampo.samples.n, K = form->model->K, d = form->model->d;
  g_autofree double *mean_a = g_new (double, d), *mean_b = g_new (double, d);
  double kl = 0;

  for (size_t i = 0; i < N; i++)
    for (size_t k = 0; k < K; k++) {
      double p_a = decoupled_random_resp (self, a, i, k), p_b = decoupled_random_resp (self, b, i, k), gaussian = 0;
      decoupled_random_mean (self, a, i, k, mean_a);
      decoupled_random_mean (self, b, i, k, mean_b);
      for (size_t j = 0; j < d; j++) {
        double var_a = exp (2 * a[lw_decoupled_log_s (form, k) + j]), var_b = exp (2 * b[lw_decoupled_log_s (form, k) + j]);
        gaussian += 0.5 * (log (var_b / var_a) + (var_a + pow (mean_a[j] - mean_b[j], 2)) / var_b - 1);
      }
      kl += p_a * (log (p_a / p_b) + gaussian) / (double) N;
    }
  return kl;
}
