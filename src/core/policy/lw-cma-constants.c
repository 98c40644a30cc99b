/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "lw-cma.h"

static double
effective (const double *w, size_t from, size_t to)
{
  double sum = 0.0, squares = 0.0;

  for (size_t i = from; i < to; i++) {
    sum += w[i];
    squares += w[i] * w[i];
  }
  return squares > 0.0 ? sum * sum / squares : 0.0;
}

/* Weights before scaling, log ((lambda + 1) / 2) - log i, become 1 in sum where positive; the negative ones as large as keeps C
 * positive definite and balances the learning rates. */
static void
take_weights (LwCmaConstants *self, double mueff_negative)
{
  double n = (double) self->n, positive = 0.0, negative = 0.0, most;

  most = fmin (1.0 + self->c1 / self->cmu, 1.0 + 2.0 * mueff_negative / (self->mueff + 2.0));
  most = fmin (most, (1.0 - self->c1 - self->cmu) / (n * self->cmu));
  for (size_t i = 0; i < self->lambda; i++)
    if (self->weights[i] > 0.0)
      positive += self->weights[i];
    else
      negative -= self->weights[i];
  for (size_t i = 0; i < self->lambda; i++)
    self->weights[i] *= self->weights[i] > 0.0 ? 1.0 / positive : negative > 0.0 ? fmax (most, 0.0) / negative : 0.0;
}

LwStatus
lw_cma_constants_init (LwCmaConstants *self, size_t n, size_t lambda)
{
  double N = (double) n, negative;
  double *weights;

  if (n == 0)
    return LW_ERR_RANGE;
  if (lambda < 2)
    return LW_ERR_TOO_FEW;
  weights = lw_doubles_new (lambda);
  if (weights == NULL)
    return LW_ERR_MEMORY;
  *self = (LwCmaConstants){ .n = n, .lambda = lambda, .mu = lambda / 2, .weights = weights };
  for (size_t i = 0; i < lambda; i++)
    weights[i] = log (0.5 * ((double) lambda + 1.0)) - log ((double) i + 1.0);
  self->mueff = effective (weights, 0, self->mu);
  negative = effective (weights, self->mu, lambda);
  self->cc = (4.0 + self->mueff / N) / (N + 4.0 + 2.0 * self->mueff / N);
  self->c1 = 2.0 / ((N + 1.3) * (N + 1.3) + self->mueff);
  self->cmu = fmin (1.0 - self->c1, 2.0 * (0.25 + self->mueff + 1.0 / self->mueff - 2.0) / ((N + 2.0) * (N + 2.0) + self->mueff));
  self->csigma = (self->mueff + 2.0) / (N + self->mueff + 5.0);
  self->dsigma = 1.0 + 2.0 * fmax (0.0, sqrt ((self->mueff - 1.0) / (N + 1.0)) - 1.0) + self->csigma;
  self->chi = sqrt (N) * (1.0 - 1.0 / (4.0 * N) + 1.0 / (21.0 * N * N));
  take_weights (self, negative);
  return LW_OK;
}

void
lw_cma_constants_clear (LwCmaConstants *self)
{
  free (self->weights);
  *self = (LwCmaConstants){ 0 };
}
