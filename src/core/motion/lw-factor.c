/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-factor.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"

/* Of n eps times the scale: what elimination leaves of a pivot that is zero. */
#define LOST 4

LwStatus
lw_factor_definite (const LwMat *a, const double *scale)
{
  size_t n = a->rows;
  LwStatus status = lw_chol_factor (a);

  for (size_t i = 0; status == LW_OK && i < n; i++) {
    const double *row = lw_mat_row (a, i);
    double size = scale != NULL ? scale[i] : lw_dot (row, row, i + 1); /* A_ii = sum_k L_ik^2 */
    if (!(row[i] * row[i] > LOST * (double) n * DBL_EPSILON * size))
      status = LW_ERR_NOT_SPD;
  }
  return status;
}

static void
transpose (const LwMat *a)
{
  for (size_t i = 0; i < a->rows; i++)
    for (size_t k = 0; k < i; k++) {
      double kept = lw_mat_get (a, i, k);
      lw_mat_set (a, i, k, lw_mat_get (a, k, i));
      lw_mat_set (a, k, i, kept);
    }
}

LwStatus
lw_factor_semidefinite (const LwMat *a, const LwMat *root, double *clipped)
{
  size_t n = a->rows;

  lw_mat_copy (a, root);
  if (lw_chol_factor (root) == LW_OK) {
    transpose (root);
    if (clipped != NULL)
      *clipped = 0;
    return LW_OK;
  }
  double *values = lw_doubles_new (n);
  if (values == NULL)
    return LW_ERR_MEMORY;
  lw_mat_copy (a, root);
  LwStatus status = lw_eig_sym (root, values);
  for (size_t i = 0; status == LW_OK && i < n; i++) {
    double *row = lw_mat_row (root, i), scale = sqrt (fmax (values[i], 0));
    for (size_t k = 0; k < n; k++)
      row[k] *= scale;
  }
  if (status == LW_OK && clipped != NULL)
    *clipped = values[0] < 0 ? -values[0] / fmax (values[n - 1], 0) : 0;
  free (values);
  return status;
}
