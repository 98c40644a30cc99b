/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ridge.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"

LwStatus
lw_ridge_solve (const LwMat *x, const LwMat *y, double ridge, const LwMat *factor, const LwMat *w)
{
  lw_syrk (1, x, true, 0, factor);
  for (size_t k = 0; k < factor->rows; k++)
    lw_mat_row (factor, k)[k] += ridge;

  /* Rank-deficient data leave a pivot of rounding size, which may as well come out positive. Pivot and diagonal are compared,
   * so that columns of different size count alike. */
  double *diagonal = lw_doubles_new (factor->rows);
  if (diagonal == NULL)
    return LW_ERR_MEMORY;
  for (size_t k = 0; k < factor->rows; k++)
    diagonal[k] = lw_mat_get (factor, k, k);
  LwStatus status = lw_chol_factor (factor);
  for (size_t k = 0; status == LW_OK && k < factor->rows; k++) {
    double pivot = lw_mat_get (factor, k, k);
    if (!(pivot * pivot > (double) factor->rows * DBL_EPSILON * diagonal[k]))
      status = LW_ERR_NOT_SPD;
  }
  free (diagonal);
  if (status != LW_OK)
    return status;
  lw_gemm (1, x, true, y, false, 0, w);
  lw_chol_solve_mat (factor, w);
  return LW_OK;
}
