/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-context-features.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FARTHEST 1.25

size_t
lw_context_features_count (size_t dc, size_t degree)
{
  size_t count = 1;

  /* Binomial (dc + k, k), whole at every step. */
  for (size_t k = 1; k <= degree; k++) {
    if (__builtin_mul_overflow (count, dc + k, &count))
      return SIZE_MAX;
    count /= k;
  }
  return count;
}

static LwStatus
allocate (LwContextFeatures *self, size_t dc, size_t degree)
{
  size_t f = lw_context_features_count (dc, degree);
  double *storage = f != SIZE_MAX ? lw_doubles_new (2 * dc) : NULL;

  if (storage == NULL)
    return LW_ERR_MEMORY;
  *self = (LwContextFeatures){ .dc = dc, .degree = degree, .f = f, .centre = storage, .unit = storage + dc };
  return LW_OK;
}

LwStatus
lw_context_features_init_like (LwContextFeatures *self, const LwContextFeatures *src, size_t degree)
{
  LwStatus status = allocate (self, src->dc, degree);

  if (status == LW_OK)
    memcpy (self->centre, src->centre, 2 * src->dc * sizeof (double)); /* and the units behind them */
  return status;
}

LwStatus
lw_context_features_init (LwContextFeatures *self, const LwMat *contexts, size_t degree)
{
  size_t dc = contexts->cols;
  LwStatus status;

  if (contexts->rows == 0)
    return LW_ERR_TOO_FEW;
  if (!lw_mat_is_finite (contexts))
    return LW_ERR_NOT_FINITE;
  status = allocate (self, dc, degree);
  if (status != LW_OK)
    return status;
  for (size_t j = 0; j < dc; j++) {
    double low = INFINITY, high = -INFINITY;

    for (size_t i = 0; i < contexts->rows; i++) {
      low = fmin (low, lw_mat_get (contexts, i, j));
      high = fmax (high, lw_mat_get (contexts, i, j));
    }
    self->centre[j] = 0.5 * low + 0.5 * high;
    self->unit[j] = 0.5 * high - 0.5 * low;
  }
  return LW_OK;
}

void
lw_context_features_clear (LwContextFeatures *self)
{
  free (self->centre);
  *self = (LwContextFeatures){ 0 };
}

static double
coordinate (const LwContextFeatures *self, const double *context, size_t j)
{
  if (!(self->unit[j] > 0.0))
    return 0.0;
  return fmax (-FARTHEST, fmin (FARTHEST, (context[j] - self->centre[j]) / self->unit[j]));
}

/* Monomials of degree k in blocks by their first variable j: x_j times those of degree k - 1 whose first variable is j or later,
 * which are the last ones of their degree. */
void
lw_context_features_evaluate (const LwContextFeatures *self, const double *context, double *phi)
{
  size_t end = 1, next;

  phi[0] = 1.0;
  for (size_t k = 1; k <= self->degree; k++) {
    next = end;
    for (size_t j = 0; j < self->dc; j++) {
      double x = coordinate (self, context, j);
      size_t n = k == 1 ? 1 : lw_context_features_count (self->dc - j - 1, k - 1);

      for (size_t i = end - n; i < end; i++)
        phi[next++] = x * phi[i];
    }
    end = next;
  }
}

void
lw_context_features_evaluate_all (const LwContextFeatures *self, const LwMat *contexts, const LwMat *phi)
{
  for (size_t i = 0; i < contexts->rows; i++)
    lw_context_features_evaluate (self, lw_mat_row (contexts, i), lw_mat_row (phi, i));
}
