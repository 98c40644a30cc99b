/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-observations.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-factor.h"

LwStatus
lw_observations_init (LwObservations *self, const LwBasis *basis, size_t n_joints)
{
  LwStatus status = lw_basis_check (basis);

  if (status != LW_OK)
    return status;
  if (n_joints == 0 || n_joints > SIZE_MAX / LW_BASIS_MAX)
    return LW_ERR_SHAPE;
  *self = (LwObservations){ .basis = *basis, .n_joints = n_joints };
  return LW_OK;
}

void
lw_observations_clear (LwObservations *self)
{
  free (self->a);
  free (self->y);
  free (self->r);
  self->a = self->y = self->r = NULL;
  self->n = self->n_allocated = 0;
}

/* Room for @n rows altogether: all three or none. */
static LwStatus
reserve (LwObservations *self, size_t n)
{
  size_t n_weights = self->n_joints * self->basis.n, n_allocated = n < SIZE_MAX / 2 ? 2 * n : n;
  LwMat a, r = { 0 };

  if (n <= self->n_allocated)
    return LW_OK;
  LwStatus status = lw_mat_alloc (&a, n_allocated, n_weights);
  if (status != LW_OK)
    return status;
  double *y = lw_doubles_new (n_allocated);
  status = y != NULL ? lw_mat_alloc (&r, n_allocated, n_allocated) : LW_ERR_MEMORY;
  if (status != LW_OK) {
    lw_mat_clear (&a);
    free (y);
    return status;
  }
  if (self->n > 0) {
    memcpy (a.data, self->a, self->n * n_weights * sizeof *a.data);
    memcpy (y, self->y, self->n * sizeof *y);
    LwMat old = { self->r, self->n, self->n, self->n_allocated };
    lw_mat_copy (&old, &r);
  }
  size_t kept = self->n;
  lw_observations_clear (self);
  self->a = a.data;
  self->y = y;
  self->r = r.data;
  self->n = kept;
  self->n_allocated = n_allocated;
  return LW_OK;
}

static LwStatus
check (const LwObservations *self, const LwObservation *observation)
{
  if (!isfinite (observation->value))
    return LW_ERR_NOT_FINITE;
  if (observation->joint >= self->n_joints || (unsigned) observation->order >= LW_N_ORDERS)
    return LW_ERR_RANGE;
  return lw_phase_point_check (&observation->at, self->basis.kind);
}

/* A covariance: finite, symmetric to rounding, no eigenvalue below it. */
static LwStatus
check_covariance (const LwMat *cov, size_t n)
{
  if (cov->rows != n || cov->cols != n)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (cov))
    return LW_ERR_NOT_FINITE;
  double largest = 0;
  for (size_t i = 0; i < n; i++) {
    if (lw_mat_get (cov, i, i) < 0)
      return LW_ERR_RANGE;
    largest = fmax (largest, lw_mat_get (cov, i, i));
  }
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < i; j++)
      if (fabs (lw_mat_get (cov, i, j) - lw_mat_get (cov, j, i)) > 1e-12 * largest)
        return LW_ERR_NOT_SPD;

  LwMat root;
  LwStatus status = lw_mat_alloc (&root, n, n);
  if (status != LW_OK)
    return status;
  double clipped;
  status = lw_factor_semidefinite (cov, &root, &clipped);
  lw_mat_clear (&root);
  return status == LW_OK && clipped > 1e-12 ? LW_ERR_NOT_SPD : status;
}

static void
append (LwObservations *self, const LwObservation *observation)
{
  double storage[LW_N_ORDERS * LW_BASIS_MAX];
  size_t n = self->basis.n, order = (size_t) observation->order;
  LwMat rows = lw_mat_view (storage, order + 1, n);
  double *a = self->a + self->n * self->n_joints * n;

  lw_basis_eval_time (&self->basis, &observation->at, order + 1, &rows);
  memset (a, 0, self->n_joints * n * sizeof *a);
  memcpy (a + observation->joint * n, lw_mat_row (&rows, order), n * sizeof *a);
  self->y[self->n] = observation->value;
  for (size_t i = 0; i <= self->n; i++)
    self->r[self->n * self->n_allocated + i] = self->r[i * self->n_allocated + self->n] = 0;
  self->n++;
}

LwStatus
lw_observations_add_block (LwObservations *self, const LwObservation *observations, size_t n, const LwMat *cov)
{
  LwStatus status = cov != NULL ? check_covariance (cov, n) : LW_OK;

  for (size_t i = 0; status == LW_OK && i < n; i++)
    status = check (self, &observations[i]);
  if (status == LW_OK)
    status = n <= SIZE_MAX - self->n ? reserve (self, self->n + n) : LW_ERR_MEMORY;
  if (status != LW_OK)
    return status;

  size_t first = self->n;
  for (size_t i = 0; i < n; i++)
    append (self, &observations[i]);
  if (cov != NULL) {
    LwMat r = { self->r, self->n_allocated, self->n_allocated, self->n_allocated };
    LwMat block = lw_mat_block (&r, first, first, n, n);
    lw_mat_copy (cov, &block);
  }
  return LW_OK;
}

LwStatus
lw_observations_add (LwObservations *self, const LwObservation *observation, double variance)
{
  LwMat cov = lw_mat_view (&variance, 1, 1);
  return lw_observations_add_block (self, observation, 1, &cov);
}

LwStatus
lw_observations_add_all (LwObservations *self, const LwPhasePoint *at, LwOrder order, const double *values, const LwMat *cov)
{
  LwObservation *all = calloc (self->n_joints, sizeof *all);

  if (all == NULL)
    return LW_ERR_MEMORY;
  for (size_t j = 0; j < self->n_joints; j++)
    all[j] = (LwObservation){ j, *at, order, values[j] };
  LwStatus status = lw_observations_add_block (self, all, self->n_joints, cov);
  free (all);
  return status;
}

LwStatus
lw_observations_condition (const LwObservations *self, const LwWeightGaussian *prior, LwWeightGaussian *out, bool *raised)
{
  LwMat a = lw_mat_view (self->a, self->n, self->n_joints * self->basis.n);
  LwMat r = { self->r, self->n, self->n, self->n_allocated };

  return lw_weight_gaussian_condition (prior, &a, self->y, &r, out, raised);
}
