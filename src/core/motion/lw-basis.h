/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-mat.h"

/* Normalised basis over the phase z, psi = b / sum b, centres c_k equidistant (maths.md 2.1):
 *   stroke    b_k = exp (-(z - c_k)^2 / (2h))              Gaussians
 *   rhythmic  b_k = exp ((cos 2 pi (z - c_k) - 1) / h)     von Mises, one period a unit of phase
 * The psi_k of a phase sum to one, so weights that are all y0 hold y0, and y0 added to a movement is y0 added to its weights:
 * "zero padding" with the start position, as peers do it, is the weights (y0, ..., y0, y0 + w). Kind, centres and h are stored
 * with each model. */
typedef enum { LW_BASIS_STROKE = 0, LW_BASIS_RHYTHMIC = 1 } LwBasisKind;

typedef struct {
  LwBasisKind kind;
  size_t      n;            /* basis functions */
  double      first_centre; /* c_0 */
  double      spacing;      /* c_{k+1} - c_k */
  double      h;            /* width: a variance (stroke), dimensionless (rhythmic) */
} LwBasis;

#define LW_BASIS_MAX 128

/* The basis of the published parameters (maths.md 3): n centres on [-0.5/n, 1 + 0.5/n], h = 0.5 ((1 + 1/n)/n)^2. 2 <= n <=
 * LW_BASIS_MAX. */
LwStatus lw_basis_init_stroke (LwBasis *self, size_t n) LW_MUST_USE;
/* @n von Mises functions at k / n. (2 pi / n)^2 is the width @h at which neighbours overlap as Gaussians of variance spacing^2
 * do. */
LwStatus lw_basis_init_rhythmic (LwBasis *self, size_t n, double h) LW_MUST_USE;
/* Any other layout: centres @first_centre + k @spacing. LW_ERR_RANGE unless 1 <= n <= LW_BASIS_MAX, the spacing is positive, h
 * in [1e-12, 1e12], and rhythmic centres lie within one period; LW_ERR_NOT_FINITE. */
LwStatus lw_basis_init        (LwBasis *self, LwBasisKind kind, size_t n, double first_centre, double spacing,
                               double h) LW_MUST_USE;
/* Whether it holds what lw_basis_init() would let through: a basis that was read from a file. */
LwStatus lw_basis_check       (const LwBasis *self) LW_MUST_USE;
/* Values and (nullable) first and second derivatives by z, each (n). Any finite z; far outside the centres of a stroke the
 * nearest function takes all. */
void     lw_basis_eval        (const LwBasis *self, double z, double *psi, double *dpsi, double *ddpsi);
