/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-phase.h"

#include <math.h>

/* Rounding of (t - start) / duration at the very end still counts as the movement's last moment, with its velocity. */
#define END_SLACK 1e-12

LwStatus
lw_phase_init (LwPhase *self, LwBasisKind kind, double start, double duration)
{
  if (!isfinite (start) || !isfinite (duration))
    return LW_ERR_NOT_FINITE;
  if (!(duration > 0) || isinf (1 / duration))
    return LW_ERR_RANGE;

  *self = (LwPhase){ .kind = kind, .start = start, .n_knots = 1 };
  self->knot[0].t = start;
  self->knot[0].rate = 1 / duration;
  return LW_OK;
}

/* Not wrapped, not held. With u = (t - t_i) / over, r the rate before and r' after: dz/dt = r + (r' - r) (3u^2 - 2u^3), and z is
 * its integral. */
static LwPhasePoint
free_phase (const LwPhase *self, double t)
{
  size_t i = self->n_knots - 1;
  while (i > 0 && t < self->knot[i].t)
    i--;

  double before = self->knot[i > 0 ? i - 1 : 0].rate, change = self->knot[i].rate - before;
  double since = t - self->knot[i].t, over = self->knot[i].over;
  LwPhasePoint at = { .zdot = self->knot[i].rate };
  if (since < over) {
    double u = since / over;
    at.z = before * since + change * over * u * u * u * (1 - u / 2);
    at.zdot = before + change * u * u * (3 - 2 * u);
    at.zddot = change * 6 * u * (1 - u) / over;
  } else {
    at.z = (before + change / 2) * over + self->knot[i].rate * (since - over);
  }
  at.z += self->knot[i].z;
  return at;
}

LwStatus
lw_phase_change_tempo (LwPhase *self, double t, double over, double duration)
{
  if (!isfinite (t) || !isfinite (over) || !isfinite (duration))
    return LW_ERR_NOT_FINITE;
  if (!(duration > 0) || isinf (1 / duration) || over < 0 || self->n_knots > LW_PHASE_MAX_CHANGES)
    return LW_ERR_RANGE;
  size_t n = self->n_knots;
  if (t < self->knot[n - 1].t + self->knot[n - 1].over)
    return LW_ERR_RANGE;

  double z = free_phase (self, t).z;
  self->knot[n].t = t;
  self->knot[n].over = over;
  self->knot[n].rate = 1 / duration;
  self->knot[n].z = z;
  self->n_knots++;
  return LW_OK;
}

LwPhasePoint
lw_phase_at (const LwPhase *self, double t)
{
  if (t < self->start)
    return (LwPhasePoint){ 0 };

  LwPhasePoint at = free_phase (self, t);
  if (self->kind == LW_BASIS_RHYTHMIC) {
    at.z -= floor (at.z);
    if (at.z >= 1) /* floor of a number just below an integer */
      at.z = 0;
  } else if (at.z > 1 + END_SLACK) {
    return (LwPhasePoint){ 1, 0, 0 };
  } else {
    at.z = fmin (at.z, 1);
  }
  return at;
}

double
lw_phase_time (const LwPhase *self, double z)
{
  if (!(z >= 0))
    return (double) NAN;

  size_t i = self->n_knots - 1;
  while (i > 0 && z < self->knot[i].z)
    i--;
  double low = self->knot[i].t, over = self->knot[i].over, rate = self->knot[i].rate;
  LwPhasePoint settled = free_phase (self, low + over);
  if (i == 0 || z >= settled.z)
    return low + over + (z - settled.z) / rate;

  /* Inside a change of tempo: z rises there from below to above, and halving ends at neighbouring numbers. */
  double high = low + over;
  for (;;) {
    double middle = low + (high - low) / 2;
    if (!(middle > low && middle < high))
      return high;
    if (free_phase (self, middle).z < z)
      low = middle;
    else
      high = middle;
  }
}

LwStatus
lw_phase_point_check (const LwPhasePoint *self, LwBasisKind kind)
{
  if (!isfinite (self->z) || !isfinite (self->zdot) || !isfinite (self->zddot))
    return LW_ERR_NOT_FINITE;
  return kind == LW_BASIS_STROKE && !(self->z >= 0 && self->z <= 1) ? LW_ERR_RANGE : LW_OK;
}

void
lw_basis_eval_time (const LwBasis *basis, const LwPhasePoint *at, size_t n_orders, const LwMat *rows)
{
  double *psi = lw_mat_row (rows, 0);
  double *dpsi = n_orders > 1 ? lw_mat_row (rows, 1) : NULL;
  double *ddpsi = n_orders > 2 ? lw_mat_row (rows, 2) : NULL;

  lw_basis_eval (basis, at->z, psi, dpsi, ddpsi);
  if (ddpsi != NULL)
    for (size_t k = 0; k < basis->n; k++)
      ddpsi[k] = ddpsi[k] * at->zdot * at->zdot + dpsi[k] * at->zddot;
  if (dpsi != NULL)
    for (size_t k = 0; k < basis->n; k++)
      dpsi[k] *= at->zdot;
}

void
lw_basis_movement (const LwBasis *basis, const double *w, size_t n_joints, const LwPhasePoint *at, double *q, double *v,
                   double *a)
{
  double storage[LW_N_ORDERS * LW_BASIS_MAX];
  double *const out[LW_N_ORDERS] = { q, v, a };
  LwMat rows = lw_mat_view (storage, LW_N_ORDERS, basis->n);

  lw_basis_eval_time (basis, at, a != NULL ? 3 : v != NULL ? 2 : 1, &rows);
  for (size_t order = 0; order < LW_N_ORDERS; order++) {
    if (out[order] == NULL)
      continue;
    const double *row = lw_mat_row (&rows, order);
    for (size_t j = 0; j < n_joints; j++) {
      double sum = 0;
      for (size_t k = 0; k < basis->n; k++)
        sum += row[k] * w[j * basis->n + k];
      out[order][j] = sum;
    }
  }
}
