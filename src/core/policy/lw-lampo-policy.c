/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo-policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-stats.h"

LwStatus
lw_lampo_policy_init (LwLampoPolicy *self, const LwLampoModel *model)
{
  size_t K = model->K, d = model->d, r = model->r;

  *self = (LwLampoPolicy){ .model = model };
  self->x = lw_doubles_new (model->n_x);
  self->log_pi = lw_doubles_new (K);
  self->chol_s = lw_doubles_new (K * r * r);
  self->log_det_s = lw_doubles_new (K);
  self->g = lw_doubles_new (K * r * d);
  self->offset = lw_doubles_new (K * r);
  self->chol_b = lw_doubles_new (K * d * d);
  self->log_det_p = lw_doubles_new (K);
  self->log_scale = lw_doubles_new (K);
  self->scratch = lw_doubles_new (2 * d);
  if (!self->x || !self->log_pi || !self->chol_s || !self->log_det_s || !self->g || !self->offset || !self->chol_b
      || !self->log_det_p || !self->log_scale || !self->scratch) {
    lw_lampo_policy_clear (self);
    return LW_ERR_MEMORY;
  }
  return LW_OK;
}

void
lw_lampo_policy_clear (LwLampoPolicy *self)
{
  free (self->x);
  free (self->log_pi);
  free (self->chol_s);
  free (self->log_det_s);
  free (self->g);
  free (self->offset);
  free (self->chol_b);
  free (self->log_det_p);
  free (self->log_scale);
  free (self->scratch);
  *self = (LwLampoPolicy){ 0 };
}

/* L L' + v v' -> L L', by rotations; v (n) is used up. */
static void
chol_update (const LwMat *l, double *v)
{
  size_t n = l->rows;

  for (size_t j = 0; j < n; j++) {
    double old = lw_mat_get (l, j, j), length = hypot (old, v[j]);
    double cosine = old / length, sine = v[j] / length;
    lw_mat_set (l, j, j, length);
    for (size_t i = j + 1; i < n; i++) {
      double entry = lw_mat_get (l, i, j);
      lw_mat_set (l, i, j, cosine * entry + sine * v[i]);
      v[i] = cosine * v[i] - sine * entry;
    }
  }
}

static void
set_component (LwLampoPolicy *self, size_t k)
{
  const LwLampoModel *model = self->model;
  size_t r = model->r, d = model->d;
  const double *mu = lw_lampo_policy_mu (self, k), *s = lw_lampo_policy_s (self, k);
  double sigma = sqrt (model->noise_var[k]);
  LwMat R = lw_mat_block (&model->R, k * r, 0, r, d);
  LwMat l = lw_mat_view (self->chol_s + k * r * r, r, r);
  LwMat g = lw_mat_view (self->g + k * r * d, r, d);
  LwMat b = lw_mat_view (self->chol_b + k * d * d, d, d);
  double *v = self->scratch;

  lw_mat_fill (&l, 0);
  for (size_t a = 0; a < r; a++)
    lw_mat_set (&l, a, a, sigma);
  for (size_t j = 0; j < d; j++) { /* S = sigma^2 I + sum_j (R_j s_j)(R_j s_j)' */
    for (size_t a = 0; a < r; a++)
      v[a] = lw_mat_get (&R, a, j) * s[j];
    chol_update (&l, v);
  }
  lw_mat_fill (&b, 0);
  for (size_t j = 0; j < d; j++)
    lw_mat_set (&b, j, j, 1);
  for (size_t a = 0; a < r; a++) { /* B = I + sum_a (D R_a' / sigma)(.)' */
    for (size_t j = 0; j < d; j++)
      v[j] = lw_mat_get (&R, a, j) * s[j] / sigma;
    chol_update (&b, v);
  }

  lw_mat_copy (&R, &g);
  for (size_t a = 0; a < r; a++) { /* G = L^-1 R, one row after the other */
    double *row = lw_mat_row (&g, a);
    for (size_t c = 0; c < a; c++)
      for (size_t j = 0; j < d; j++)
        row[j] -= lw_mat_get (&l, a, c) * lw_mat_get (&g, c, j);
    self->offset[k * r + a] = 0;
    for (size_t j = 0; j < d; j++) {
      row[j] /= lw_mat_get (&l, a, a);
      self->offset[k * r + a] += lw_mat_get (&R, a, j) * mu[j];
    }
  }
  self->log_det_s[k] = lw_chol_logdet (&l);
  self->log_scale[k] = 0;
  for (size_t j = 0; j < d; j++)
    self->log_scale[k] += log (fabs (s[j]));
  self->log_det_p[k] = 2 * self->log_scale[k] - lw_chol_logdet (&b);
}

bool
lw_lampo_policy_set (LwLampoPolicy *self, const double *x)
{
  const LwLampoModel *model = self->model;
  size_t K = model->K, d = model->d;

  for (size_t i = 0; i < model->n_x; i++)
    if (!(fabs (x[i]) < LW_LAMPO_LARGE))
      return false;
  if (self->x != x)
    memcpy (self->x, x, model->n_x * sizeof *x);
  memcpy (self->log_pi, x, K * sizeof *x);
  lw_log_normalise (self->log_pi, K);
  for (size_t k = 0; k < K; k++) {
    const double *s = lw_lampo_policy_s (self, k);
    for (size_t j = 0; j < d; j++)
      if (!(fabs (s[j]) > 1 / LW_LAMPO_LARGE))
        return false;
    set_component (self, k);
    if (!isfinite (self->log_det_s[k]) || !isfinite (self->log_det_p[k]))
      return false;
  }
  return true;
}

void
lw_lampo_policy_gate (const LwLampoPolicy *self, const double *context, double *log_resp, double *y)
{
  const LwLampoModel *model = self->model;
  size_t K = model->K, r = model->r;

  for (size_t k = 0; k < K; k++) {
    LwMat l = lw_mat_view (self->chol_s + k * r * r, r, r);
    double *y_k = y + k * r, distance = 0;
    double rest = lw_lampo_model_project (model, k, context, y_k);
    for (size_t a = 0; a < r; a++)
      y_k[a] -= self->offset[k * r + a];
    lw_tri_solve (&l, false, y_k);
    for (size_t a = 0; a < r; a++)
      distance += y_k[a] * y_k[a];
    log_resp[k] = self->log_pi[k]
                  - 0.5
                        * (rest / model->noise_var[k] + (double) (model->dc - r) * log (model->noise_var[k]) + distance
                           + self->log_det_s[k]);
  }
  lw_log_normalise (log_resp, K);
}

void
lw_lampo_policy_latent_mean (const LwLampoPolicy *self, size_t k, const double *y_k, double *mean)
{
  size_t r = self->model->r, d = self->model->d;
  const double *mu = lw_lampo_policy_mu (self, k), *s = lw_lampo_policy_s (self, k), *g = self->g + k * r * d;

  for (size_t j = 0; j < d; j++) {
    double slope = 0;
    for (size_t a = 0; a < r; a++)
      slope += g[a * d + j] * y_k[a];
    mean[j] = mu[j] + s[j] * s[j] * slope;
  }
}

void
lw_lampo_policy_precision (const LwLampoPolicy *self, size_t k, const LwMat *precision)
{
  const LwLampoModel *model = self->model;
  const double *s = lw_lampo_policy_s (self, k);
  LwMat R = lw_mat_block (&model->R, k * model->r, 0, model->r, model->d);

  lw_syrk (1 / model->noise_var[k], &R, true, 0, precision);
  for (size_t j = 0; j < model->d; j++)
    lw_mat_row (precision, j)[j] += 1 / (s[j] * s[j]);
}

double
lw_lampo_policy_sample (const LwLampoPolicy *self, const double *context, LwRng *rng, double *workspace, size_t *k, double *z)
{
  const LwLampoModel *model = self->model;
  size_t K = model->K, d = model->d, r = model->r;
  double *log_resp = workspace, *y = workspace + K, *noise = workspace + K + K * r;

  lw_lampo_policy_gate (self, context, log_resp, y);
  *k = lw_rng_categorical (rng, log_resp, K);
  lw_lampo_policy_latent_mean (self, *k, y + *k * r, z);

  /* z = mean + D L_B'^-1 e has covariance D B^-1 D = P. */
  const double *s = lw_lampo_policy_s (self, *k);
  LwMat b = lw_mat_view (self->chol_b + *k * d * d, d, d);
  double square = 0;
  lw_rng_normals (rng, noise, d);
  for (size_t j = 0; j < d; j++)
    square += noise[j] * noise[j];
  lw_tri_solve (&b, true, noise);
  for (size_t j = 0; j < d; j++)
    z[j] += s[j] * noise[j];
  return log_resp[*k] - 0.5 * (square + self->log_det_p[*k] + (double) d * LW_LAMPO_LOG_2PI);
}

void
lw_lampo_model_movement (const LwLampoModel *model, size_t k, const double *z, double *movement)
{
  LwMat omega = lw_mat_block (&model->movement, k * model->m, 0, model->m, model->d);

  memcpy (movement, lw_mat_row (&model->movement_mean, k), model->m * sizeof *movement);
  lw_gemv (1, &omega, false, z, 1, movement);
}
