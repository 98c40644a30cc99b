/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-gmm-conditional.h"

#include <math.h>

#include "lw-gmm-private.h"
#include "lw-linalg.h"
#include "lw-stats.h"

static const double log_two_pi = 1.8378770664093454836;

static LwMat
leading (const LwGmm *self, size_t k, size_t g)
{
  LwMat chol = lw_gmm_chol (self, k);
  return lw_mat_block (&chol, 0, 0, g, g);
}

LwMat
lw_gmm_conditional_factor (const LwGmm *self, size_t k, size_t g)
{
  LwMat chol = lw_gmm_chol (self, k);
  return lw_mat_block (&chol, g, g, self->p - g, self->p - g);
}

/* log N(0 | e, L L') of @e (n), which becomes L^-1 e. */
static double
log_density (const LwMat *chol, double *e)
{
  double squares = 0;

  if (chol->rows == 0)
    return 0;
  lw_tri_solve (chol, false, e);
  for (size_t j = 0; j < chol->rows; j++)
    squares += e[j] * e[j];
  return -0.5 * ((double) chol->rows * log_two_pi + lw_chol_logdet (chol) + squares);
}

double
lw_gmm_gate (const LwGmm *self, size_t g, const double *s, double *log_resp, double *scratch)
{
  for (size_t k = 0; k < self->K; k++) {
    LwMat chol = leading (self, k, g);
    for (size_t j = 0; j < g; j++)
      scratch[j] = s[j] - lw_mat_get (&self->mean, k, j);
    double value = self->log_pi[k] + log_density (&chol, scratch);
    log_resp[k] = isnan (value) ? -INFINITY : value;
  }
  double total = lw_log_normalise (log_resp, self->K);
  if (!isfinite (total))
    log_resp[lw_gmm_nearest (self, s, g, scratch)] = 0;
  return total;
}

void
lw_gmm_conditional_mean (const LwGmm *self, size_t k, size_t g, const double *s, double *z, double *scratch)
{
  LwMat chol = lw_gmm_chol (self, k), lead = leading (self, k, g);
  const double *mean = lw_mat_row (&self->mean, k);

  for (size_t j = 0; j < g; j++)
    scratch[j] = s[j] - mean[j];
  if (g > 0)
    lw_tri_solve (&lead, false, scratch);
  for (size_t i = g; i < self->p; i++) {
    const double *row = lw_mat_row (&chol, i);
    double sum = mean[i];
    for (size_t j = 0; j < g; j++)
      sum += row[j] * scratch[j];
    z[i - g] = sum;
  }
}

double
lw_gmm_conditional_log_density (const LwGmm *self, size_t k, size_t g, const double *s, const double *z, double *scratch)
{
  LwMat factor = lw_gmm_conditional_factor (self, k, g);
  double *mean = scratch + g;

  lw_gmm_conditional_mean (self, k, g, s, mean, scratch);
  for (size_t i = 0; i < factor.rows; i++)
    mean[i] = z[i] - mean[i];
  return log_density (&factor, mean);
}

size_t
lw_gmm_sample (const LwGmm *self, size_t g, const double *s, LwRng *rng, double *z, double *log_q, double *scratch)
{
  double *log_resp = scratch, *rest = scratch + self->K, *noise = rest + g;

  lw_gmm_gate (self, g, s, log_resp, rest);
  size_t k = lw_rng_categorical (rng, log_resp, self->K);
  LwMat factor = lw_gmm_conditional_factor (self, k, g);
  lw_gmm_conditional_mean (self, k, g, s, z, rest);
  lw_rng_normals (rng, noise, factor.rows);
  double squares = 0;
  for (size_t i = 0; i < factor.rows; i++) {
    const double *row = lw_mat_row (&factor, i);
    for (size_t j = 0; j <= i; j++)
      z[i] += row[j] * noise[j];
    squares += noise[i] * noise[i];
  }
  if (log_q != NULL)
    *log_q = log_resp[k] - 0.5 * ((double) factor.rows * log_two_pi + (factor.rows > 0 ? lw_chol_logdet (&factor) : 0) + squares);
  return k;
}
