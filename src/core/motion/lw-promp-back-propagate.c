/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-back-propagate.h"

#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-promp-marginal.h"

LwStatus
lw_promp_back_propagate (const LwBasis *basis, const LwWeightGaussian *prior, size_t n_joints, const LwPhasePoint *at,
                         const double *q, const LwMat *cov, LwWeightGaussian *out)
{
  size_t n_weights = prior->n_weights;
  double psi[LW_BASIS_MAX];
  LwStatus status = lw_promp_check (basis, prior, n_joints);

  if (status != LW_OK)
    return status;
  if (cov->rows != n_joints || cov->cols != n_joints)
    return LW_ERR_SHAPE;
  LwMat posture = lw_mat_view ((double *) q, 1, n_joints); /* only read */
  if (!lw_mat_is_finite (&posture) || !lw_mat_is_finite (cov))
    return LW_ERR_NOT_FINITE;

  LwWeightGaussian result = { .n_weights = n_weights, .mu_w = lw_doubles_new (n_weights) };
  LwMat s = { 0 }, factor = { 0 }, gain = { 0 }, scaled = { 0 };
  double *shift = lw_doubles_new (n_joints);
  status = shift != NULL && result.mu_w != NULL ? lw_mat_alloc (&result.sigma_w, n_weights, n_weights) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&s, n_joints, n_joints);
  if (status == LW_OK)
    status = lw_mat_alloc (&factor, n_joints, n_joints);
  if (status == LW_OK)
    status = lw_mat_alloc (&gain, n_joints, n_weights);
  if (status == LW_OK)
    status = lw_mat_alloc (&scaled, n_joints, n_weights);
  if (status == LW_OK)
    status = lw_promp_marginal (basis, prior, n_joints, at, 1, shift, &s);
  if (status == LW_OK) {
    lw_mat_copy (&s, &factor);
    status = lw_chol_factor (&factor);
  }
  if (status == LW_OK) {
    /* gain = L' = S^-1 Psi Sigma */
    LwMat row = lw_mat_view (psi, 1, basis->n);
    lw_basis_eval (basis, at->z, psi, NULL, NULL);
    lw_promp_project (&row, &prior->sigma_w, n_joints, &gain);
    lw_chol_solve_mat (&factor, &gain);
    for (size_t j = 0; j < n_joints; j++)
      shift[j] = q[j] - shift[j];
    memcpy (result.mu_w, prior->mu_w, n_weights * sizeof *result.mu_w);
    lw_gemv (1, &gain, true, shift, 1, result.mu_w);
    for (size_t i = 0; i < n_joints; i++)
      for (size_t j = 0; j < n_joints; j++)
        lw_mat_set (&s, i, j, lw_mat_get (cov, i, j) - lw_mat_get (&s, i, j));
    lw_gemm (1, &s, false, &gain, false, 0, &scaled);
    lw_mat_copy (&prior->sigma_w, &result.sigma_w);
    lw_gemm (1, &gain, true, &scaled, false, 1, &result.sigma_w);
    for (size_t i = 0; i < n_weights; i++)
      for (size_t k = 0; k < i; k++)
        lw_mat_set (&result.sigma_w, k, i, lw_mat_get (&result.sigma_w, i, k));
    *out = result;
  } else {
    lw_weight_gaussian_clear (&result);
  }
  lw_mat_clear (&s);
  lw_mat_clear (&factor);
  lw_mat_clear (&gain);
  lw_mat_clear (&scaled);
  free (shift);
  return status;
}
