/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-policy.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-stats.h"

/* Two gates that differ by twice this in the exponent, and (e / s)^2, are far from under- and overflow; e stays below
 * LW_LAMPO_LARGE. */
#define MOST_BETA 300.0
#define MOST_OFFSET 1e40
#define MOST_LOG_S 90.0
/* Of the length of y, whose square is chi-squared with r degrees of freedom where demonstrations are: sqrt (r) and some standard
 * deviations. */
#define MOST_BEYOND 3.0

LwStatus
lw_decoupled_form_init (LwDecoupledForm *self, const LwLampoModel *model, bool slopes)
{
  *self = (LwDecoupledForm){ .model = model, .q = slopes ? 1 + model->r : 1 };
  self->n_x = model->K * (1 + model->d * (self->q + 1));
  double *x = lw_doubles_new (model->n_x);
  LwStatus status = x != NULL ? lw_lampo_policy_init (&self->first, model) : LW_ERR_MEMORY;
  if (status == LW_OK) {
    lw_lampo_model_first_policy (model, x);
    if (!lw_lampo_policy_set (&self->first, x))
      status = LW_ERR_RANGE;
  }
  free (x);
  if (status != LW_OK)
    lw_decoupled_form_clear (self);
  return status;
}

void
lw_decoupled_form_clear (LwDecoupledForm *self)
{
  lw_lampo_policy_clear (&self->first);
  *self = (LwDecoupledForm){ 0 };
}

bool
lw_decoupled_is_policy (const LwDecoupledForm *self, const double *x)
{
  size_t first_offset = lw_decoupled_offset (self, 0, 0), first_log_s = lw_decoupled_log_s (self, 0);

  for (size_t i = 0; i < self->n_x; i++) {
    double most = i < first_offset ? MOST_BETA : i < first_log_s ? MOST_OFFSET : MOST_LOG_S;
    if (!(fabs (x[i]) <= most))
      return false;
  }
  return true;
}

void
lw_decoupled_log_weights (const LwDecoupledForm *self, const double *x, double *log_pi)
{
  for (size_t k = 0; k < self->model->K; k++)
    log_pi[k] = self->first.log_pi[k] + x[k];
  lw_log_normalise (log_pi, self->model->K);
}

void
lw_decoupled_gate (const LwDecoupledForm *self, const double *x, const double *context, double *log_resp, double *y)
{
  lw_lampo_policy_gate (&self->first, context, log_resp, y);
  for (size_t k = 0; k < self->model->K; k++)
    log_resp[k] += x[k];
  lw_log_normalise (log_resp, self->model->K);
}

/* What a y of that squared length is multiplied by. */
static double
shortening (size_t r, double square)
{
  double most = sqrt ((double) r) + MOST_BEYOND;

  return square > most * most ? most / sqrt (square) : 1;
}

void
lw_decoupled_mean_of_e (const LwDecoupledForm *self, const double *x, size_t k, const double *y_k, double *e)
{
  size_t r = self->model->r;
  double square = 0;

  for (size_t a = 0; a < r; a++)
    square += y_k[a] * y_k[a];
  double shorter = shortening (r, square);
  for (size_t j = 0; j < self->model->d; j++) {
    const double *o = x + lw_decoupled_offset (self, k, j);
    e[j] = o[0];
    for (size_t a = 1; a < self->q; a++)
      e[j] += o[a] * (y_k[a - 1] * shorter);
  }
}

double
lw_decoupled_sample (const LwDecoupledForm *self, const double *x, const double *context, LwRng *rng, double *workspace,
                     size_t *k, double *e)
{
  size_t K = self->model->K, d = self->model->d, r = self->model->r;
  double *log_resp = workspace, *y = workspace + K;

  lw_decoupled_gate (self, x, context, log_resp, y);
  *k = lw_rng_categorical (rng, log_resp, K);
  const double *log_s = x + lw_decoupled_log_s (self, *k);
  double log_p = log_resp[*k] - 0.5 * (double) d * LW_LAMPO_LOG_2PI;
  lw_decoupled_mean_of_e (self, x, *k, y + *k * r, e);
  for (size_t j = 0; j < d; j++) {
    double noise = lw_rng_normal (rng);
    log_p -= 0.5 * noise * noise + log_s[j];
    e[j] += exp (log_s[j]) * noise;
  }
  return log_p;
}

/* L_k = L_B'^-1 at s = 1. */
void
lw_decoupled_scale_e (const LwDecoupledForm *self, size_t k, double *e)
{
  size_t d = self->model->d;
  LwMat b = lw_mat_view (self->first.chol_b + k * d * d, d, d);

  lw_tri_solve (&b, true, e);
}

/* ---- samples ---- */

void
lw_decoupled_features_init (LwDecoupledFeatures *self, const LwDecoupledForm *form)
{
  *self = (LwDecoupledFeatures){ .form = form };
}

void
lw_decoupled_features_clear (LwDecoupledFeatures *self)
{
  lw_lampo_table_clear (&self->first);
  self->n = 0;
}

static void
shorten (LwDecoupledFeatures *self, size_t from, size_t to)
{
  size_t r = self->form->model->r, stride = self->first.stride;

  for (size_t k = 0; k < self->form->model->K; k++)
    for (size_t i = from; i < to; i++) {
      double *y = self->first.y + k * r * stride + i, square = 0;
      for (size_t a = 0; a < r; a++)
        square += y[a * stride] * y[a * stride];
      double shorter = shortening (r, square);
      for (size_t a = 0; a < r && shorter < 1; a++)
        y[a * stride] *= shorter;
    }
}

LwStatus
lw_decoupled_features_update (LwDecoupledFeatures *self, const LwLampoSamples *samples)
{
  if (self->first.stride != samples->stride) {
    LwLampoTable wider;
    LwStatus status = lw_lampo_table_init (&wider, self->form->model, samples->stride);
    if (status != LW_OK)
      return status;
    lw_lampo_table_clear (&self->first);
    self->first = wider;
    self->n = 0;
  }
  if (self->n < samples->n) {
    size_t from = self->n / LW_LAMPO_BLOCK * LW_LAMPO_BLOCK;
    lw_lampo_table_evaluate (&self->first, &self->form->first, samples, from);
    shorten (self, from, lw_lampo_samples_padded (samples));
  }
  self->n = samples->n;
  return LW_OK;
}
