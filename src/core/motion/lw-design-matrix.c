/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-design-matrix.h"

#include <math.h>
#include <string.h>

/* exp of this is far from overflow, its inverse far from subnormal numbers (which are slow). */
#define LARGEST_EXPONENT 300
#define NEGLIGIBLE 1e-60

typedef struct {
  const LwBasis *basis;
  double fall[LW_BASIS_MAX]; /* exp (-j^2 spacing^2 / (2h)) */
  size_t reach;              /* largest j with a value worth having */
} Powers;

static void
powers_init (Powers *self, const LwBasis *basis)
{
  double kappa = basis->spacing * basis->spacing / (2 * basis->h);

  self->basis = basis;
  self->fall[0] = 1;
  self->reach = 0;
  for (size_t j = 1; j < basis->n; j++) {
    double value = exp (-(double) (j * j) * kappa);
    if (!(value > NEGLIGIBLE))
      break;
    self->fall[j] = value;
    self->reach = j;
  }
}

static inline size_t
smaller (size_t a, size_t b)
{
  return a < b ? a : b;
}

static void
fill_row (const Powers *self, double z, double *psi)
{
  const LwBasis *basis = self->basis;
  size_t n = basis->n;
  double place = (z - basis->first_centre) / basis->spacing;
  size_t nearest = place > 0 ? (size_t) fmin (place + 0.5, (double) (n - 1)) : 0;
  double exponent = (z - (basis->first_centre + (double) nearest * basis->spacing)) * basis->spacing / basis->h;

  if (!(fabs (exponent) * (double) n < LARGEST_EXPONENT)) {
    lw_basis_eval (basis, z, psi, NULL, NULL);
    return;
  }
  size_t above = smaller (n - 1 - nearest, self->reach), below = smaller (nearest, self->reach);
  double up = exp (exponent), down = 1 / up;
  double power_up = 1, power_down = 1, sum = 1;

  memset (psi, 0, n * sizeof *psi);
  psi[nearest] = 1;
  for (size_t j = 1; j <= above; j++) {
    power_up *= up;
    psi[nearest + j] = power_up * self->fall[j];
    sum += psi[nearest + j];
  }
  for (size_t j = 1; j <= below; j++) {
    power_down *= down;
    psi[nearest - j] = power_down * self->fall[j];
    sum += psi[nearest - j];
  }
  double scale = 1 / sum;
  for (size_t k = nearest - below; k <= nearest + above; k++)
    psi[k] *= scale;
}

void
lw_design_matrix (const LwBasis *basis, const double *z, size_t n_z, const LwMat *phi)
{
  Powers powers;

  if (basis->kind != LW_BASIS_STROKE) {
    for (size_t i = 0; i < n_z; i++)
      lw_basis_eval (basis, z[i], lw_mat_row (phi, i), NULL, NULL);
    return;
  }
  powers_init (&powers, basis);
  for (size_t i = 0; i < n_z; i++)
    fill_row (&powers, z[i], lw_mat_row (phi, i));
}
