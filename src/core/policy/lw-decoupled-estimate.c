/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled-estimate.h"

#include <math.h>
#include <stdlib.h>

/* Of the largest: equal rewards differ from their own mean by rounding. */
#define LEAST_SPREAD 1e-14

/* Through rewards of at most 1, so that no square over- or underflows. */
static void
standardise (LwDecoupledEstimate *self, const double *reward)
{
  size_t n = self->n;
  double largest = 0, mean = 0, square = 0;

  for (size_t i = 0; i < n; i++)
    largest = fmax (largest, fabs (reward[i]));
  if (largest == 0)
    return;
  for (size_t i = 0; i < n; i++)
    mean += reward[i] / largest / (double) n;
  for (size_t i = 0; i < n; i++) {
    self->reward[i] = reward[i] / largest - mean;
    square += self->reward[i] * self->reward[i] / (double) n;
  }
  double spread = sqrt (square) > LEAST_SPREAD ? sqrt (square) : 0;
  for (size_t i = 0; i < n; i++)
    self->reward[i] = spread > 0 ? self->reward[i] / spread : 0;
  self->mean = mean * largest;
  self->spread = spread * largest;
}

LwStatus
lw_decoupled_estimate_init (LwDecoupledEstimate *self, const LwLampoSamples *samples, const double *log_den)
{
  size_t n = samples->n;

  *self = (LwDecoupledEstimate){ .n = n, .log_den = log_den };
  self->reward = lw_doubles_new (n);
  self->weight = lw_doubles_new (n);
  self->factor = lw_doubles_new (n);
  if (!self->reward || !self->weight || !self->factor) {
    lw_decoupled_estimate_clear (self);
    return LW_ERR_MEMORY;
  }
  standardise (self, samples->reward);
  return LW_OK;
}

void
lw_decoupled_estimate_clear (LwDecoupledEstimate *self)
{
  free (self->reward);
  free (self->weight);
  free (self->factor);
  *self = (LwDecoupledEstimate){ 0 };
}

typedef struct {
  double square;     /* sum w^2 of the normalised weights; NaN when a density is */
  double mean_ratio; /* 1/N sum rho: plain weights are the normalised ones times this */
} Weights;

/* w = softmax (log rho) */
static Weights
weigh (LwDecoupledEstimate *self, const double *log_p)
{
  size_t n = self->n;
  double *w = self->weight, highest = -INFINITY, total = 0, square = 0;

  for (size_t i = 0; i < n; i++) {
    w[i] = log_p[i] - self->log_den[i];
    if (isnan (w[i]))
      return (Weights){ (double) NAN, (double) NAN };
    highest = fmax (highest, w[i]);
  }
  for (size_t i = 0; i < n; i++) {
    w[i] = exp (w[i] - highest);
    total += w[i];
  }
  for (size_t i = 0; i < n; i++) {
    w[i] /= total;
    square += w[i] * w[i];
  }
  return (Weights){ square, exp (highest) * total / (double) n };
}

double
lw_decoupled_estimate_value (LwDecoupledEstimate *self, const double *log_p, bool normalised, double caution, double *J,
                             double *ess)
{
  size_t n = self->n;
  double *w = self->weight, *v = self->factor, mean = 0, variance = 0, cross = 0;

  Weights weights = weigh (self, log_p);
  for (size_t i = 0; i < n && !normalised; i++)
    w[i] *= weights.mean_ratio;
  for (size_t i = 0; i < n; i++)
    mean += w[i] * self->reward[i];
  for (size_t i = 0; i < n; i++) {
    v[i] = w[i] * (self->reward[i] - (normalised ? mean : 0));
    variance += v[i] * v[i];
    cross += w[i] * v[i];
  }
  double se = sqrt (variance), by_se = se > 0 ? caution / se : 0;
  for (size_t i = 0; i < n; i++)
    v[i] -= by_se * (v[i] * v[i] - (normalised ? w[i] * variance + cross * v[i] : 0));
  if (J != NULL)
    *J = isnan (weights.square) ? (double) NAN : mean;
  if (ess != NULL)
    *ess = 1 / weights.square;
  return isnan (weights.square) ? (double) NAN : mean - caution * se;
}

double
lw_decoupled_estimate_unevenness (LwDecoupledEstimate *self, const double *log_p)
{
  Weights weights = weigh (self, log_p);

  for (size_t i = 0; i < self->n; i++)
    self->factor[i] = 2 * self->weight[i] * (self->weight[i] / weights.square - 1);
  return log ((double) self->n * weights.square);
}
