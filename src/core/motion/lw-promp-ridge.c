/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge fits of movement primitives. Movements on the same phase grid share one design matrix and one factor. */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lw-design-matrix.h"
#include "lw-linalg.h"
#include "lw-promp.h"

/* Phases that differ by less are one grid: it changes a movement by no more than this times its speed, which is rounding. */
#define SAME_PHASE 1e-13

typedef struct {
  const LwBasis *basis;
  double lambda;
  size_t n_joints;
  double *z;      /* (longest) phases of the current grid */
  LwMat phi;      /* (longest x n) */
  LwMat gram;     /* (n x n) its factor */
  LwMat w;        /* (n x n_joints) of one movement */
  LwMat residual; /* (longest x n_joints) */
} Ridge;

static void
ridge_clear (Ridge *self)
{
  free (self->z);
  lw_mat_clear (&self->phi);
  lw_mat_clear (&self->gram);
  lw_mat_clear (&self->w);
  lw_mat_clear (&self->residual);
}

static LwStatus
ridge_init (Ridge *self, const LwBasis *basis, double lambda, size_t n_joints, size_t longest, bool with_residual)
{
  *self = (Ridge){ .basis = basis, .lambda = lambda, .n_joints = n_joints, .z = lw_doubles_new (longest) };
  LwStatus status = self->z != NULL ? lw_mat_alloc (&self->phi, longest, basis->n) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&self->gram, basis->n, basis->n);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->w, basis->n, n_joints);
  if (status == LW_OK && with_residual)
    status = lw_mat_alloc (&self->residual, longest, n_joints);
  if (status != LW_OK)
    ridge_clear (self);
  return status;
}

/* Phi and the factor of Phi' Phi + lambda I for the grid of @demo. */
static LwStatus
ridge_set_grid (Ridge *self, const LwTrajectory *demo)
{
  size_t n = self->basis->n;
  LwMat phi = lw_mat_block (&self->phi, 0, 0, demo->n_samples, n);
  double duration = lw_trajectory_duration (demo);

  for (size_t i = 0; i < demo->n_samples; i++)
    self->z[i] = (demo->t[i] - demo->t[0]) / duration;
  lw_design_matrix (self->basis, self->z, demo->n_samples, &phi);
  lw_syrk (1, &phi, true, 0, &self->gram);
  for (size_t k = 0; k < n; k++)
    lw_mat_row (&self->gram, k)[k] += self->lambda;
  LwStatus status = lw_chol_factor (&self->gram);
  if (status != LW_OK)
    return status;

  /* Rank-deficient data leave a pivot of rounding size, which may as well come out positive. */
  double largest = 0, smallest = HUGE_VAL;
  for (size_t k = 0; k < n; k++) {
    largest = fmax (largest, lw_mat_get (&self->gram, k, k));
    smallest = fmin (smallest, lw_mat_get (&self->gram, k, k));
  }
  return smallest * smallest < (double) n * DBL_EPSILON * largest * largest ? LW_ERR_NOT_SPD : LW_OK;
}

static bool
ridge_has_grid_of (const Ridge *self, const LwTrajectory *first, const LwTrajectory *demo)
{
  double duration = lw_trajectory_duration (demo);

  if (demo->n_samples != first->n_samples)
    return false;
  for (size_t i = 0; i < demo->n_samples; i++)
    if (!(fabs ((demo->t[i] - demo->t[0]) - self->z[i] * duration) <= SAME_PHASE * duration))
      return false;
  return true;
}

static void
residual_rms (const LwMat *phi, const LwMat *q, const LwMat *w, const LwMat *residual, double *rms)
{
  lw_mat_copy (q, residual);
  lw_gemm (-1, phi, false, w, false, 1, residual);
  for (size_t j = 0; j < q->cols; j++)
    rms[j] = 0;
  for (size_t i = 0; i < q->rows; i++) {
    const double *row = lw_mat_row (residual, i);
    for (size_t j = 0; j < q->cols; j++)
      rms[j] += row[j] * row[j];
  }
  for (size_t j = 0; j < q->cols; j++)
    rms[j] = sqrt (rms[j] / (double) q->rows);
}

static void
ridge_solve (Ridge *self, const LwTrajectory *demo, double *w, double *rms)
{
  size_t n = self->basis->n;
  LwMat phi = lw_mat_block (&self->phi, 0, 0, demo->n_samples, n);

  lw_gemm (1, &phi, true, &demo->q, false, 0, &self->w);
  lw_chol_solve_mat (&self->gram, &self->w);
  for (size_t j = 0; j < self->n_joints; j++)
    for (size_t k = 0; k < n; k++)
      w[j * n + k] = lw_mat_get (&self->w, k, j);
  if (rms != NULL) {
    LwMat residual = lw_mat_block (&self->residual, 0, 0, demo->n_samples, self->n_joints);
    residual_rms (&phi, &demo->q, &self->w, &residual, rms);
  }
}

static LwStatus
check_demo (const LwTrajectory *demo, size_t n_joints)
{
  if (demo->n_joints != n_joints)
    return LW_ERR_SHAPE;
  if (demo->n_samples < 2)
    return LW_ERR_TOO_FEW;
  return lw_trajectory_check (demo);
}

/* Every movement with the grid of its first one, then the next grid. Numbers go to @w and @rms, which are not the caller's. */
static LwStatus
fit_by_grid (Ridge *ridge, LwTrajectory *const *demos, size_t n, const LwMat *w, const LwMat *rms, bool *done, size_t *at)
{
  for (size_t first = 0; first < n; first++) {
    if (done[first])
      continue;
    *at = first;
    LwStatus status = ridge_set_grid (ridge, demos[first]);
    if (status != LW_OK)
      return status;
    for (size_t i = first; i < n; i++) {
      if (done[i] || (i != first && !ridge_has_grid_of (ridge, demos[first], demos[i])))
        continue;
      ridge_solve (ridge, demos[i], lw_mat_row (w, i), rms->data != NULL ? lw_mat_row (rms, i) : NULL);
      done[i] = true;
    }
  }
  return LW_OK;
}

LwStatus
lw_promp_fit_weights_many (const LwBasis *basis, LwTrajectory *const *demos, size_t n, double lambda, const LwMat *w,
                           const LwMat *rms, size_t *failed)
{
  size_t longest = 0, at = 0;

  if (failed != NULL)
    *failed = 0;
  if (n == 0)
    return LW_OK;
  size_t n_joints = demos[0]->n_joints;
  if (w->rows != n || w->cols != n_joints * basis->n || (rms != NULL && (rms->rows != n || rms->cols != n_joints)))
    return LW_ERR_SHAPE;
  if (!(lambda >= 0) || isinf (lambda))
    return LW_ERR_RANGE;
  for (size_t i = 0; i < n; i++) {
    LwStatus status = check_demo (demos[i], n_joints);
    if (status != LW_OK) {
      if (failed != NULL)
        *failed = i;
      return status;
    }
    longest = demos[i]->n_samples > longest ? demos[i]->n_samples : longest;
  }

  Ridge ridge;
  LwStatus status = ridge_init (&ridge, basis, lambda, n_joints, longest, rms != NULL);
  if (status != LW_OK)
    return status;
  LwMat w_out = { 0 }, rms_out = { 0 };
  bool *done = calloc (n, sizeof *done);
  status = done != NULL ? lw_mat_alloc (&w_out, n, w->cols) : LW_ERR_MEMORY;
  if (status == LW_OK && rms != NULL)
    status = lw_mat_alloc (&rms_out, n, n_joints);
  if (status == LW_OK)
    status = fit_by_grid (&ridge, demos, n, &w_out, &rms_out, done, &at);
  if (status == LW_OK) {
    lw_mat_copy (&w_out, w);
    if (rms != NULL)
      lw_mat_copy (&rms_out, rms);
  } else if (failed != NULL) {
    *failed = at;
  }
  free (done);
  lw_mat_clear (&w_out);
  lw_mat_clear (&rms_out);
  ridge_clear (&ridge);
  return status;
}

LwStatus
lw_promp_fit_weights (const LwBasis *basis, const LwTrajectory *demo, double lambda, double *w, double *rms)
{
  LwTrajectory *const one = (LwTrajectory *) demo; /* only read; the batch's array type has no const form */
  LwMat w_row = lw_mat_view (w, 1, demo->n_joints * basis->n), rms_row = lw_mat_view (rms, 1, demo->n_joints);

  return lw_promp_fit_weights_many (basis, &one, 1, lambda, &w_row, rms != NULL ? &rms_row : NULL, NULL);
}
