/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Ridge fits of movement primitives. Movements on the same phase grid share one design matrix and one factor. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-design-matrix.h"
#include "lw-linalg.h"
#include "lw-promp.h"
#include "lw-ridge.h"

/* Movements of one grid that are solved together: one product of many columns runs twice as fast as many of a few. */
#define BLOCK 16

typedef struct {
  const LwBasis *basis;
  double lambda;
  size_t n_joints;
  double *z;                    /* (longest) phases of the current grid */
  LwMat phi;                    /* (longest x n) */
  LwMat factor;                 /* (n x n) of Phi' Phi + lambda I */
  size_t n_block, block[BLOCK]; /* movements at hand */
  LwMat y;                      /* (longest x BLOCK n_joints) side by side, then what their weights leave */
  LwMat w;                      /* (n x BLOCK n_joints) */
  double *squares;              /* (BLOCK n_joints) */
} Ridge;

static void
ridge_clear (Ridge *self)
{
  free (self->z);
  lw_mat_clear (&self->phi);
  lw_mat_clear (&self->factor);
  lw_mat_clear (&self->y);
  lw_mat_clear (&self->w);
  free (self->squares);
}

static LwStatus
ridge_init (Ridge *self, const LwBasis *basis, double lambda, size_t n_joints, size_t longest, size_t n_movements)
{
  size_t width = (n_movements < BLOCK ? n_movements : BLOCK) * n_joints;

  *self = (Ridge){ .basis = basis, .lambda = lambda, .n_joints = n_joints };
  self->z = lw_doubles_new (longest);
  self->squares = lw_doubles_new (width);
  LwStatus status = self->z != NULL && self->squares != NULL ? lw_mat_alloc (&self->phi, longest, basis->n) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&self->factor, basis->n, basis->n);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->y, longest, width);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->w, basis->n, width);
  if (status != LW_OK)
    ridge_clear (self);
  return status;
}

/* Phi and its factor for the grid of @demo. */
static LwStatus
ridge_set_grid (Ridge *self, const LwTrajectory *demo)
{
  LwMat phi = lw_mat_block (&self->phi, 0, 0, demo->n_samples, self->basis->n);
  double duration = lw_trajectory_duration (demo);

  if (isinf (duration))
    return LW_ERR_RANGE;
  for (size_t i = 0; i < demo->n_samples; i++)
    self->z[i] = (demo->t[i] - demo->t[0]) / duration;
  lw_design_matrix (self->basis, self->z, demo->n_samples, &phi);
  return lw_ridge_factor (&phi, self->lambda, &self->factor);
}

static bool
ridge_has_grid_of (const Ridge *self, const LwTrajectory *first, const LwTrajectory *demo)
{
  double duration = lw_trajectory_duration (demo);

  if (demo->n_samples != first->n_samples)
    return false;
  for (size_t i = 0; i < demo->n_samples; i++)
    if (!(fabs ((demo->t[i] - demo->t[0]) - self->z[i] * duration) <= LW_SAME_PHASE * duration))
      return false;
  return true;
}

/* Looked at and copied at once: a set of movements does not stay in the cache. */
static LwStatus
ridge_add (Ridge *self, const LwTrajectory *demo, size_t movement)
{
  LwMat own = lw_mat_block (&self->y, 0, self->n_block * self->n_joints, demo->n_samples, self->n_joints);
  LwStatus status = lw_trajectory_check (demo);

  if (status != LW_OK)
    return status;
  lw_mat_copy (&demo->q, &own);
  self->block[self->n_block++] = movement;
  return LW_OK;
}

/* Root mean squares of the columns of @residual. */
static void
root_mean_squares (const LwMat *residual, double *rms)
{
  for (size_t j = 0; j < residual->cols; j++)
    rms[j] = 0;
  for (size_t i = 0; i < residual->rows; i++) {
    const double *row = lw_mat_row (residual, i);
    for (size_t j = 0; j < residual->cols; j++)
      rms[j] += row[j] * row[j];
  }
  for (size_t j = 0; j < residual->cols; j++)
    rms[j] = sqrt (rms[j] / (double) residual->rows);
}

/* The block, of @n_samples each, which then is empty. Numbers go to the movements' rows of @w and @rms (nullable); *@at is the
 * one that has none. */
static LwStatus
ridge_solve (Ridge *self, size_t n_samples, const LwMat *w, const LwMat *rms, size_t *at)
{
  size_t n = self->basis->n, n_joints = self->n_joints, width = self->n_block * n_joints;
  LwMat phi = lw_mat_block (&self->phi, 0, 0, n_samples, n), y = lw_mat_block (&self->y, 0, 0, n_samples, width);
  LwMat columns = lw_mat_block (&self->w, 0, 0, n, width);

  lw_gemm (1, &phi, true, &y, false, 0, &columns);
  lw_chol_solve_mat (&self->factor, &columns);
  if (rms != NULL) {
    lw_gemm (-1, &phi, false, &columns, false, 1, &y);
    root_mean_squares (&y, self->squares);
  }
  for (size_t b = 0; b < self->n_block; b++) {
    LwMat own = lw_mat_block (w, self->block[b], 0, 1, n * n_joints);
    LwMat left = lw_mat_view (self->squares + b * n_joints, 1, rms != NULL ? n_joints : 0);
    for (size_t j = 0; j < n_joints; j++)
      for (size_t k = 0; k < n; k++)
        own.data[j * n + k] = lw_mat_get (&columns, k, b * n_joints + j);
    *at = self->block[b];
    if (!lw_mat_is_finite (&own) || !lw_mat_is_finite (&left))
      return LW_ERR_NOT_FINITE;
    if (rms != NULL)
      memcpy (lw_mat_row (rms, self->block[b]), left.data, n_joints * sizeof *left.data);
  }
  self->n_block = 0;
  return LW_OK;
}

/* Every movement with the grid of its first one, then the next grid. @w and @rms are not the caller's. */
static LwStatus
fit_by_grid (Ridge *ridge, LwTrajectory *const *demos, size_t n, const LwMat *w, const LwMat *rms, bool *done, size_t *at)
{
  LwStatus status = LW_OK;

  for (size_t first = 0; status == LW_OK && first < n; first++) {
    if (done[first])
      continue;
    *at = first;
    status = lw_trajectory_check (demos[first]);
    if (status == LW_OK)
      status = ridge_set_grid (ridge, demos[first]);
    for (size_t i = first; status == LW_OK && i < n; i++) {
      if (!done[i] && (i == first || ridge_has_grid_of (ridge, demos[first], demos[i]))) {
        *at = i;
        status = ridge_add (ridge, demos[i], i);
        done[i] = true;
      }
      if (status == LW_OK && ridge->n_block > 0 && (ridge->n_block == BLOCK || i + 1 == n))
        status = ridge_solve (ridge, demos[first]->n_samples, w, rms, at);
    }
  }
  return status;
}

LwStatus
lw_promp_fit_weights_many (const LwBasis *basis, LwTrajectory *const *demos, size_t n, double lambda, const LwMat *w,
                           const LwMat *rms, size_t *failed)
{
  size_t longest = 0, at = 0;

  if (failed != NULL)
    *failed = 0;
  LwStatus status = lw_basis_check (basis);
  if (status != LW_OK || n == 0)
    return status;
  size_t n_joints = demos[0]->n_joints;
  if (w->rows != n || w->cols != n_joints * basis->n || (rms != NULL && (rms->rows != n || rms->cols != n_joints)))
    return LW_ERR_SHAPE;
  if (!(lambda >= 0) || isinf (lambda))
    return LW_ERR_RANGE;
  for (size_t i = 0; i < n; i++) {
    if (demos[i]->n_joints != n_joints || demos[i]->n_samples < 2) {
      if (failed != NULL)
        *failed = i;
      return demos[i]->n_joints != n_joints ? LW_ERR_SHAPE : LW_ERR_TOO_FEW;
    }
    longest = demos[i]->n_samples > longest ? demos[i]->n_samples : longest;
  }

  Ridge ridge;
  status = ridge_init (&ridge, basis, lambda, n_joints, longest, n);
  if (status != LW_OK)
    return status;
  LwMat w_out = { 0 }, rms_out = { 0 };
  bool *done = calloc (n, sizeof *done);
  status = done != NULL ? lw_mat_alloc (&w_out, n, w->cols) : LW_ERR_MEMORY;
  if (status == LW_OK && rms != NULL)
    status = lw_mat_alloc (&rms_out, n, n_joints);
  if (status == LW_OK)
    status = fit_by_grid (&ridge, demos, n, &w_out, rms != NULL ? &rms_out : NULL, done, &at);
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
