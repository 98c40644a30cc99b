/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"
#include "lw-offset-private.h"

void
lw_offset_directions_clear (LwOffsetDirections *self)
{
  lw_mat_clear (&self->u);
  lw_mat_clear (&self->scores);
  free (self->mean);
  free (self->deviation);
}

/* @size: norm of the movements, beside which rounding in @centred is nothing. */
static LwStatus
take_directions (LwOffsetDirections *self, const LwMat *centred, double size, LwMat *vt, double *s)
{
  size_t N = centred->rows, m = centred->cols, r = vt->rows;
  LwMat leading;
  LwStatus status = lw_svd_thin (centred, NULL, s, vt);

  if (status != LW_OK)
    return status;
  while (self->r < r && s[self->r] > 1e-9 * s[0] && s[self->r] > 1e-12 * size)
    self->r++;
  if (self->r == 0)
    return LW_ERR_TOO_FEW;
  status = lw_mat_alloc (&self->u, self->r, m);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->scores, N, self->r);
  if (status == LW_OK && (self->deviation = lw_doubles_new (self->r)) == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK)
    return status;
  leading = lw_mat_block (vt, 0, 0, self->r, m);
  lw_mat_copy (&leading, &self->u);
  for (size_t a = 0; a < self->r; a++)
    self->deviation[a] = s[a] / sqrt ((double) N);
  return LW_OK;
}

LwStatus
lw_offset_directions_init (LwOffsetDirections *self, const LwMat *movements)
{
  size_t N = movements->rows, m = movements->cols, r = N < m ? N : m;
  LwMat centred = { 0 }, vt = { 0 };
  double *s = lw_doubles_new (r), size = 0.0;
  LwStatus status = s != NULL ? lw_mat_alloc (&centred, N, m) : LW_ERR_MEMORY;

  for (size_t i = 0; i < N; i++)
    for (size_t j = 0; j < m; j++)
      size += lw_mat_get (movements, i, j) * lw_mat_get (movements, i, j);
  *self = (LwOffsetDirections){ .mean = lw_doubles_new (m) };
  if (status == LW_OK && self->mean == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&vt, r, m);
  for (size_t pass = 0; pass < 2 && status == LW_OK; pass++) {
    for (size_t j = 0; j < m; j++) {
      double mean = 0.0;

      for (size_t i = 0; i < N; i++)
        mean += lw_mat_get (movements, i, j) / (double) N;
      self->mean[j] = mean;
      for (size_t i = 0; i < N; i++)
        lw_mat_set (&centred, i, j, lw_mat_get (movements, i, j) - mean);
    }
    /* The decomposition destroys its input; the scores want it once more. */
    if (pass == 0)
      status = take_directions (self, &centred, sqrt (size), &vt, s);
    else
      lw_gemm (1.0, &centred, false, &self->u, true, 0.0, &self->scores);
  }
  lw_mat_clear (&centred);
  lw_mat_clear (&vt);
  free (s);
  return status;
}
