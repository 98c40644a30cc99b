/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-design-matrix.h"
#include "lw-factor.h"
#include "lw-linalg.h"
#include "lw-weight-rows.h"

/* More points than this are a mistake in duration or rate. */
#define MAX_POINTS 1e8

void
lw_weight_gaussian_clear (LwWeightGaussian *self)
{
  free (self->mu_w);
  lw_mat_clear (&self->sigma_w);
  *self = (LwWeightGaussian){ 0 };
}

LwStatus
lw_promp_fit_gaussian (const LwMat *weights, double shrinkage, LwWeightGaussian *out)
{
  size_t n = weights->rows, n_weights = weights->cols;

  if (n == 0 || n_weights == 0)
    return LW_ERR_TOO_FEW;
  if (!(shrinkage >= 0 && shrinkage <= 1))
    return LW_ERR_RANGE;
  if (!lw_mat_is_finite (weights))
    return LW_ERR_NOT_FINITE;

  LwWeightGaussian g = { .n_weights = n_weights, .mu_w = lw_doubles_new (n_weights) };
  LwMat centred = { 0 };
  LwStatus status = g.mu_w != NULL ? lw_mat_alloc (&g.sigma_w, n_weights, n_weights) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&centred, n, n_weights);
  if (status != LW_OK) {
    lw_weight_gaussian_clear (&g);
    return status;
  }

  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n_weights; k++)
      g.mu_w[k] += lw_mat_get (weights, i, k) / (double) n;
  for (size_t i = 0; i < n; i++)
    for (size_t k = 0; k < n_weights; k++)
      lw_mat_set (&centred, i, k, lw_mat_get (weights, i, k) - g.mu_w[k]);
  if (n > 1)
    lw_syrk (1.0 / (double) (n - 1), &centred, true, 0, &g.sigma_w);
  for (size_t i = 0; i < n_weights; i++)
    for (size_t k = 0; k < n_weights; k++)
      if (i != k)
        lw_mat_row (&g.sigma_w, i)[k] *= 1 - shrinkage;
  lw_mat_clear (&centred);
  LwMat mu = lw_mat_view (g.mu_w, 1, n_weights);
  if (!lw_mat_is_finite (&mu) || !lw_mat_is_finite (&g.sigma_w)) {
    lw_weight_gaussian_clear (&g);
    return LW_ERR_NOT_FINITE;
  }
  *out = g;
  return LW_OK;
}

LwStatus
lw_promp_check (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints)
{
  LwStatus status = lw_basis_check (basis);

  if (status != LW_OK)
    return status;
  if (n_joints == 0 || n_joints > g->n_weights || g->n_weights != basis->n * n_joints || g->sigma_w.rows != g->n_weights
      || g->sigma_w.cols != g->n_weights)
    return LW_ERR_SHAPE;
  LwMat mu = lw_mat_view (g->mu_w, 1, g->n_weights);
  return lw_mat_is_finite (&mu) && lw_mat_is_finite (&g->sigma_w) ? LW_OK : LW_ERR_NOT_FINITE;
}

LwStatus
lw_promp_band (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const double *z, size_t n_z, const LwMat *mean,
               const LwMat *std)
{
  LwStatus status = lw_promp_check (basis, g, n_joints);

  if (status != LW_OK)
    return status;
  if (mean->rows != n_z || mean->cols != n_joints || std->rows != n_z || std->cols != n_joints)
    return LW_ERR_SHAPE;
  LwMat phi, phases = lw_mat_view ((double *) z, 1, n_z); /* only read */
  if (!lw_mat_is_finite (&phases))
    return LW_ERR_NOT_FINITE;
  status = lw_mat_alloc (&phi, n_z, basis->n);
  if (status != LW_OK)
    return status;
  lw_design_matrix (basis, z, n_z, &phi);
  status = lw_weight_rows_band (&phi, g, mean, std);
  lw_mat_clear (&phi);
  return status;
}

LwStatus
lw_promp_sample_many (const LwWeightGaussian *g, LwRng *rng, const LwMat *w)
{
  size_t n = g->n_weights;

  if (w->cols != n || g->sigma_w.rows != n || g->sigma_w.cols != n)
    return LW_ERR_SHAPE;
  LwMat mu = lw_mat_view (g->mu_w, 1, n);
  if (!lw_mat_is_finite (&mu) || !lw_mat_is_finite (&g->sigma_w))
    return LW_ERR_NOT_FINITE;

  LwMat root;
  LwStatus status = lw_mat_alloc (&root, n, n);
  if (status != LW_OK)
    return status;
  double *e = lw_doubles_new (n);
  status = e != NULL ? lw_factor_semidefinite (&g->sigma_w, &root, NULL) : LW_ERR_MEMORY;
  for (size_t i = 0; status == LW_OK && i < w->rows; i++) {
    double *row = lw_mat_row (w, i);
    lw_rng_normals (rng, e, n);
    memcpy (row, g->mu_w, n * sizeof *row);
    lw_gemv (1, &root, true, e, 1, row);
  }
  free (e);
  lw_mat_clear (&root);
  return status;
}

LwStatus
lw_promp_sample (const LwWeightGaussian *g, LwRng *rng, double *w)
{
  LwMat row = lw_mat_view (w, 1, g->n_weights);
  return lw_promp_sample_many (g, rng, &row);
}

LwStatus
lw_promp_rollout (const LwBasis *basis, const double *w, size_t n_joints, double duration, double rate_hz, LwTrajectory **out)
{
  if (!isfinite (duration) || !isfinite (rate_hz))
    return LW_ERR_NOT_FINITE;
  if (!(duration > 0 && rate_hz > 0 && duration * rate_hz < MAX_POINTS))
    return LW_ERR_RANGE;

  size_t n = (size_t) (duration * rate_hz);
  if (n < 2)
    n = 2;
  /* The weights are only read; the view's type has no const form. */
  LwMat weights = lw_mat_view ((double *) w, n_joints, basis->n);
  if (!lw_mat_is_finite (&weights))
    return LW_ERR_NOT_FINITE;
  LwMat phi;
  LwStatus status = lw_mat_alloc (&phi, n, basis->n);
  if (status != LW_OK)
    return status;
  LwTrajectory *result = lw_trajectory_new (n, n_joints);
  if (result == NULL) {
    lw_mat_clear (&phi);
    return LW_ERR_MEMORY;
  }

  for (size_t i = 0; i < n; i++) {
    double z = (double) i / (double) (n - 1);
    result->t[i] = duration * z;
    lw_basis_eval (basis, z, lw_mat_row (&phi, i), NULL, NULL);
  }
  lw_gemm (1, &phi, false, &weights, true, 0, &result->q);
  lw_mat_clear (&phi);
  *out = result;
  return LW_OK;
}
