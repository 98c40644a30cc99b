/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ridge.h"

#include "lw-factor.h"
#include "lw-linalg.h"

LwStatus
lw_ridge_factor (const LwMat *x, double ridge, const LwMat *factor)
{
  lw_syrk (1, x, true, 0, factor);
  for (size_t k = 0; k < factor->rows; k++)
    lw_mat_row (factor, k)[k] += ridge;
  return lw_factor_definite (factor, NULL);
}

LwStatus
lw_ridge_solve (const LwMat *x, const LwMat *y, double ridge, const LwMat *factor, const LwMat *w)
{
  LwStatus status = lw_ridge_factor (x, ridge, factor);

  if (status != LW_OK)
    return status;
  lw_gemm (1, x, true, y, false, 0, w);
  lw_chol_solve_mat (factor, w);
  return LW_OK;
}
