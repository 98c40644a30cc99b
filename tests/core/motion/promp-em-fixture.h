/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <math.h>

#include "lw-promp-em.h"
#include "lw-rng.h"

/* A small problem for EM with every kind of gap. */
enum { J = 3, N_BASIS = 4, W = J * N_BASIS, MOVEMENTS = 5, LONGEST = 11 };

typedef struct {
  LwBasis            basis;
  LwObservedMovement movement[MOVEMENTS];
  double             z[MOVEMENTS][LONGEST], y[MOVEMENTS][LONGEST * J];
} LwPrompEmProblem;

/* Lengths 7 to 11; movements 0 and 1 complete, 2 with scattered gaps, 3 without joint 1 and without two whole rows, 4 with
 * all. */
static inline void
lw_promp_em_problem_init (LwPrompEmProblem *self, uint32_t stream)
{
  LwRng rng;

  lw_rng_init (&rng, 11, LW_RNG_TEST, stream, 0);
  g_assert_cmpint (lw_basis_init_stroke (&self->basis, N_BASIS), ==, LW_OK);
  for (size_t i = 0; i < MOVEMENTS; i++) {
    size_t n = 7 + i;
    double w[W];
    lw_rng_normals (&rng, w, W);
    for (size_t t = 0; t < n; t++) {
      double psi[N_BASIS];
      self->z[i][t] = ((double) t + 0.5 * lw_rng_uniform (&rng)) / (double) n;
      lw_basis_eval (&self->basis, self->z[i][t], psi, NULL, NULL);
      for (size_t j = 0; j < J; j++) {
        double *y = &self->y[i][t * J + j];
        *y = 0.1 * lw_rng_normal (&rng);
        for (size_t k = 0; k < N_BASIS; k++)
          *y += psi[k] * (2 + w[j * N_BASIS + k]);
        if ((i == 2 && lw_rng_uniform (&rng) < 0.4) || (i == 3 && (j == 1 || t < 2)))
          *y = (double) NAN;
      }
    }
    self->movement[i] = (LwObservedMovement){ n, self->z[i], lw_mat_view (self->y[i], n, J) };
  }
}
