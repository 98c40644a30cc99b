/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>

#include "lw-mat.h"

/* Normalised Gaussian basis over the phase z (maths.md 2.1): b_k = exp(-(z - c_k)^2 / (2h)), psi = b / sum b,
 * centres equidistant. Kind, centres and h are stored with each model. */
typedef enum { LW_BASIS_STROKE = 0, LW_BASIS_RHYTHMIC = 1 } LwBasisKind;

typedef struct {
  LwBasisKind kind;
  size_t      n;            /* basis functions */
  double      first_centre; /* c_0 */
  double      spacing;      /* c_{k+1} - c_k */
  double      h;            /* width: a variance */
} LwBasis;

#define LW_BASIS_MAX 128

/* The basis of the published parameters (maths.md 3): n centres on [-0.5/n, 1 + 0.5/n], h = 0.5 ((1 + 1/n)/n)^2. 2 <= n <=
 * LW_BASIS_MAX. */
LwStatus lw_basis_init_stroke (LwBasis *self, size_t n) LW_MUST_USE;
/* Values and (nullable) first and second derivatives by z, each (n). */
void     lw_basis_eval        (const LwBasis *self, double z, double *psi, double *dpsi, double *ddpsi);
/* Phi (n_z x n): one row a phase. */
void     lw_basis_matrix      (const LwBasis *self, const double *z, size_t n_z, const LwMat *phi);
