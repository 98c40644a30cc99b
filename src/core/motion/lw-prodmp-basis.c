/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-prodmp.h"

/* With the equation's own propagator nothing overflows and nothing cancels, however long the movement: over an interval h
 *   [y, y'](s + h) = E(h) [y, y'](s) + integral_0^h G(h - r) f(s + r) dr,   G(u) = [u, 1 - a u / 2] exp(-a u / 2),
 * which is the published y2 p2 - y1 p1 with its exp(a r / 2) and exp(-a s / 2) multiplied out. */

#define MAX_INTERVALS 1e6

/* Nodes on [0, 1] and weights. */
typedef struct {
  size_t n;
  double node[5], weight[5];
} Rule;

static const Rule gauss = {
  5,
  { 0.046910077030668, 0.2307653449471585, 0.5, 0.7692346550528415, 0.953089922969332 },
  { 0.1184634425280945, 0.2393143352496832, 0.2844444444444444, 0.2393143352496832, 0.1184634425280945 },
};
static const Rule trapezoid = { 2, { 0, 1 }, { 0.5, 0.5 } };

/* @next (2n) = [Phi, Phi'] at s + h, from @state (2n) at s. */
static void
propagate (const LwProdmpSettings *set, const double *state, double s, double h, double *next)
{
  const Rule *rule = set->quadrature == LW_PRODMP_TRAPEZOID ? &trapezoid : &gauss;
  size_t n = set->basis.n;
  double half = 0.5 * set->a, fade = exp (-half * h);
  double psi[LW_FORCING_MAX];

  for (size_t k = 0; k < n; k++) {
    next[k] = fade * ((1 + half * h) * state[k] + h * state[n + k]);
    next[n + k] = fade * (-half * half * h * state[k] + (1 - half * h) * state[n + k]);
  }
  for (size_t i = 0; i < rule->n; i++) {
    double u = h * (1 - rule->node[i]);
    double x = lw_forcing_basis_eval (&set->basis, s + h * rule->node[i], psi);
    double weight = h * rule->weight[i] * x * exp (-half * u);
    for (size_t k = 0; k < n; k++) {
      next[k] += weight * u * psi[k];
      next[n + k] += weight * (1 - half * u) * psi[k];
    }
  }
}

LwStatus
lw_prodmp_settings_init (LwProdmpSettings *self, size_t n, double tau)
{
  LwProdmpSettings made = { .a = 25, .tau = tau, .length = 2, .step = 1.0 / 200 };
  /* bandwidth factor 3 */
  LwStatus status = lw_forcing_basis_init (&made.basis, n, 0, LW_FORCING_DECAY_SLOW, exp (-1.5), LW_FORCING_LAST_ONWARD);
  if (status == LW_OK)
    *self = made;
  return status;
}

static bool
is_positive (double x)
{
  return x > 0 && x < HUGE_VAL;
}

LwStatus
lw_prodmp_init (LwProdmp *self, const LwProdmpSettings *settings)
{
  if (!is_positive (settings->a) || !is_positive (settings->tau) || !is_positive (settings->length)
      || !is_positive (settings->step) || !(settings->delay >= 0 && settings->delay < HUGE_VAL))
    return LW_ERR_RANGE;
  double intervals = ceil (settings->length / settings->step * (1 - 1e-12));
  if (!(intervals < MAX_INTERVALS))
    return LW_ERR_RANGE;
  LwStatus status = lw_forcing_basis_check (&settings->basis);
  if (status != LW_OK)
    return status;

  LwProdmp made = { .settings = *settings };
  status = lw_mat_alloc (&made.table, (size_t) intervals + 1, 2 * settings->basis.n);
  if (status != LW_OK)
    return status;
  for (size_t i = 0; i + 1 < made.table.rows; i++)
    propagate (settings, lw_mat_row (&made.table, i), (double) i * settings->step, settings->step,
               lw_mat_row (&made.table, i + 1));
  *self = made;
  return LW_OK;
}

void
lw_prodmp_clear (LwProdmp *self)
{
  lw_mat_clear (&self->table);
}

LwStatus
lw_prodmp_basis (const LwProdmp *self, double s, double *phi, double *dphi)
{
  const LwProdmpSettings *set = &self->settings;
  size_t n = set->basis.n;

  /* Times are differences and quotients of rounded numbers. */
  if (!(s >= 0 && s <= set->length * (1 + 1e-12)))
    return LW_ERR_RANGE;

  size_t node = (size_t) fmin (floor (s / set->step + 1e-11), (double) (self->table.rows - 1));
  double h = s - (double) node * set->step;
  double between[2 * LW_FORCING_MAX];
  const double *state = lw_mat_row (&self->table, node);
  if (fabs (h) > 1e-11 * set->step) {
    propagate (set, state, (double) node * set->step, h, between);
    state = between;
  }

  double fade = exp (-0.5 * set->a * s);
  memcpy (phi, state, n * sizeof *phi);
  phi[n] = 1 - (1 + 0.5 * set->a * s) * fade;
  if (dphi != NULL) {
    memcpy (dphi, state + n, n * sizeof *dphi);
    dphi[n] = 0.25 * set->a * set->a * s * fade;
  }
  return LW_OK;
}
