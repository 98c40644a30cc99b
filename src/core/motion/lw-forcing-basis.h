/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mat.h"

/* What drives a dynamic movement primitive besides its goal (maths.md 2.2, 2.3): over the scaled time s = t / tau a clock x =
 * exp(-decay s) runs down from 1, and normalised Gaussians in x, psi_k = b_k / sum b, b_k = exp(-width_k (x - centre_k)^2),
 * say where on it a weight acts. The force x psi' w dies away with the clock, so the goal has the last word. */

#define LW_FORCING_MAX 128

/* Clocks in use: down to a hundredth after tau, or to exp(-3). */
#define LW_FORCING_DECAY_HUNDREDTH 4.605170185988091
#define LW_FORCING_DECAY_SLOW 3.0

typedef struct {
  size_t n;
  double decay;
  double centre[LW_FORCING_MAX]; /* in x, falling */
  double width[LW_FORCING_MAX];
} LwForcingBasis;

/* The last function has no next centre to fall off to. */
typedef enum {
  LW_FORCING_LAST_REPEATED = 0, /* as wide as the one before */
  LW_FORCING_LAST_ONWARD,       /* as if another centre followed */
} LwForcingLast;

/* Centres where the clock is at @n equidistant times, @n_outside of them before the start and as many after tau; b_k has
 * fallen to @overlap (above 0, below 1) at the next centre.
 *   movement_primitives: n, 0, LW_FORCING_DECAY_HUNDREDTH, 0.8, LW_FORCING_LAST_REPEATED
 *   MP_PyTorch, bandwidth factor f: n, outside, LW_FORCING_DECAY_SLOW, exp(-f / 2), LW_FORCING_LAST_ONWARD
 * LW_ERR_RANGE unless 2 <= n - 2 n_outside, n <= LW_FORCING_MAX and decay > 0. */
LwStatus lw_forcing_basis_init (LwForcingBasis *self, size_t n, size_t n_outside, double decay, double overlap,
                                LwForcingLast last) LW_MUST_USE;
/* LW_ERR_NOT_FINITE or LW_ERR_RANGE for one that was filled by hand and cannot be evaluated. */
LwStatus lw_forcing_basis_check (const LwForcingBasis *self) LW_MUST_USE;
/* psi (n) at scaled time @s >= 0; returns x. */
double   lw_forcing_basis_eval (const LwForcingBasis *self, double s, double *psi);
