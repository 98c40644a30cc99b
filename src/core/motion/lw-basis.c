/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-basis.h"

#include <math.h>

LwStatus
lw_basis_init_stroke (LwBasis *self, size_t n)
{
  if (n < 2 || n > LW_BASIS_MAX)
    return LW_ERR_RANGE;

  double count = (double) n;
  double width = (1 + 1 / count) / count;
  *self = (LwBasis){
    .kind = LW_BASIS_STROKE,
    .n = n,
    .first_centre = -0.5 / count,
    .spacing = (1 + 1 / count) / (count - 1),
    .h = 0.5 * width * width,
  };
  return LW_OK;
}

LwStatus
lw_basis_check (const LwBasis *self)
{
  if (self->kind != LW_BASIS_STROKE && self->kind != LW_BASIS_RHYTHMIC)
    return LW_ERR_RANGE;
  if (self->n < 1 || self->n > LW_BASIS_MAX)
    return LW_ERR_RANGE;
  double last_centre = self->first_centre + (double) (self->n - 1) * self->spacing;
  if (!isfinite (self->first_centre) || !isfinite (self->spacing) || !isfinite (self->h) || !isfinite (last_centre))
    return LW_ERR_NOT_FINITE;
  if (!(self->spacing > 0) || self->h < 1e-12 || self->h > 1e12)
    return LW_ERR_RANGE;
  /* Centres a whole period apart are one function twice. */
  if (self->kind == LW_BASIS_RHYTHMIC && (double) (self->n - 1) * self->spacing > 1 - 1e-9)
    return LW_ERR_RANGE;
  return LW_OK;
}

LwStatus
lw_basis_init (LwBasis *self, LwBasisKind kind, size_t n, double first_centre, double spacing, double h)
{
  LwBasis made = { kind, n, first_centre, spacing, h };
  LwStatus status = lw_basis_check (&made);

  if (status == LW_OK)
    *self = made;
  return status;
}

LwStatus
lw_basis_init_rhythmic (LwBasis *self, size_t n, double h)
{
  return lw_basis_init (self, LW_BASIS_RHYTHMIC, n, 0, n > 0 ? 1 / (double) n : 1, h);
}

/* e = log b_k, and its derivatives by z, up to what all functions have in common: that cancels in psi. */
typedef struct {
  double e, de, dde;
} LogBasis;

/* The centre that Gaussians are compared with: their logarithms then are linear in z, so neither squares of far phases overflow
 * nor differences of them lose the digits that tell one function from the next. */
static double
nearest_centre (const LwBasis *self, double z)
{
  double place = nearbyint ((z - self->first_centre) / self->spacing);
  return self->first_centre + fmin (fmax (place, 0), (double) (self->n - 1)) * self->spacing;
}

static inline LogBasis
log_basis (const LwBasis *self, size_t k, double z, double nearest)
{
  double centre = self->first_centre + (double) k * self->spacing;
  if (self->kind == LW_BASIS_RHYTHMIC) {
    double u = z - centre;
    u -= nearbyint (u); /* exact, where 2 pi u after many turns is not */
    double c = cos (2 * M_PI * u), s = sin (2 * M_PI * u);
    return (LogBasis){ (c - 1) / self->h, -2 * M_PI / self->h * s, -4 * M_PI * M_PI / self->h * c };
  }
  double slope = (centre - nearest) / self->h;
  return (LogBasis){ slope * (z - (0.5 * centre + 0.5 * nearest)), slope, 0 };
}

/* psi is the softmax of e, so with <x> = sum_k psi_k x_k:
 *   psi'  = psi (e' - <e'>)
 *   psi'' = psi ((e' - <e'>)^2 + e'' - <(e' - <e'>)^2 + e''>)
 * which is the quotient rule on b / sum b without its underflow far outside the centres. */
void
lw_basis_eval (const LwBasis *self, double z, double *psi, double *dpsi, double *ddpsi)
{
  size_t n = self->n;
  double nearest = nearest_centre (self, z), largest = -HUGE_VAL, sum = 0;

  for (size_t k = 0; k < n; k++) {
    psi[k] = log_basis (self, k, z, nearest).e;
    largest = fmax (largest, psi[k]);
  }
  for (size_t k = 0; k < n; k++) {
    psi[k] = exp (psi[k] - largest);
    sum += psi[k];
  }
  for (size_t k = 0; k < n; k++)
    psi[k] /= sum;
  if (dpsi == NULL && ddpsi == NULL)
    return;

  double mean = 0;
  for (size_t k = 0; k < n; k++)
    mean += psi[k] * log_basis (self, k, z, nearest).de;
  if (dpsi != NULL)
    for (size_t k = 0; k < n; k++)
      dpsi[k] = psi[k] * (log_basis (self, k, z, nearest).de - mean);
  if (ddpsi == NULL)
    return;

  double mean_second = 0;
  for (size_t k = 0; k < n; k++) {
    LogBasis b = log_basis (self, k, z, nearest);
    ddpsi[k] = (b.de - mean) * (b.de - mean) + b.dde;
    mean_second += psi[k] * ddpsi[k];
  }
  for (size_t k = 0; k < n; k++)
    ddpsi[k] = psi[k] * (ddpsi[k] - mean_second);
}
