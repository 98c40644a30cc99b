/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-forcing-basis.h"

#include <math.h>

/* exp(-50) of the largest term adds nothing to a double. */
#define NEGLIGIBLE (-50.0)

LwStatus
lw_forcing_basis_init (LwForcingBasis *self, size_t n, size_t n_outside, double decay, double overlap, LwForcingLast last)
{
  if (n > LW_FORCING_MAX || n_outside > n / 2 || n - 2 * n_outside < 2)
    return LW_ERR_RANGE;
  if (!(decay > 0 && decay < HUGE_VAL) || !(overlap > 0 && overlap < 1))
    return LW_ERR_RANGE;

  LwForcingBasis basis = { .n = n, .decay = decay };
  double spacing = decay / (double) (n - 2 * n_outside - 1);
  for (size_t k = 0; k < n; k++) {
    double time = (double) k - (double) n_outside;
    basis.centre[k] = exp (-spacing * time);
    double distance = basis.centre[k] - exp (-spacing * (time + 1));
    basis.width[k] = -log (overlap) / (distance * distance);
  }
  if (last == LW_FORCING_LAST_REPEATED)
    basis.width[n - 1] = basis.width[n - 2];
  /* A clock so fast that neighbouring centres round to one leaves no finite width. */
  LwStatus status = lw_forcing_basis_check (&basis);
  if (status == LW_OK)
    *self = basis;
  return status == LW_OK ? LW_OK : LW_ERR_RANGE;
}

LwStatus
lw_forcing_basis_check (const LwForcingBasis *self)
{
  if (self->n < 1 || self->n > LW_FORCING_MAX || !(self->decay > 0))
    return LW_ERR_RANGE;
  if (!isfinite (self->decay))
    return LW_ERR_NOT_FINITE;
  for (size_t k = 0; k < self->n; k++) {
    if (!isfinite (self->centre[k]) || !isfinite (self->width[k]))
      return LW_ERR_NOT_FINITE;
    if (!(self->width[k] > 0))
      return LW_ERR_RANGE;
  }
  return LW_OK;
}

/* The largest exponent is taken out before exponentiating: beyond tau the clock is many widths away from every centre. */
double
lw_forcing_basis_eval (const LwForcingBasis *self, double s, double *psi)
{
  size_t n = self->n;
  double x = exp (-self->decay * s), largest = -HUGE_VAL, sum = 0;

  for (size_t k = 0; k < n; k++) {
    double u = x - self->centre[k];
    psi[k] = -self->width[k] * u * u;
    largest = fmax (largest, psi[k]);
  }
  for (size_t k = 0; k < n; k++) {
    double e = psi[k] - largest;
    psi[k] = e < NEGLIGIBLE ? 0 : exp (e);
    sum += psi[k];
  }
  for (size_t k = 0; k < n; k++)
    psi[k] /= sum;
  return x;
}
