/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-marginal.h"

#include "lw-weight-rows.h"

/* Psi = [I (x) rows_0; I (x) rows_1; ...] is never built. What belongs to one joint is every n_joints-th row of a result: a view
 * with a long stride, and one product. */
static LwMat
rows_of_joint (const LwMat *m, size_t joint, size_t n_joints, size_t n_orders)
{
  return (LwMat){ lw_mat_row (m, joint), n_orders, m->cols, n_joints * m->stride };
}

void
lw_promp_project (const LwMat *rows, const LwMat *sigma, size_t n_joints, const LwMat *t)
{
  for (size_t j = 0; j < n_joints; j++) {
    LwMat of_joint = lw_mat_block (sigma, j * rows->cols, 0, rows->cols, sigma->cols),
          out = rows_of_joint (t, j, n_joints, rows->rows);
    lw_gemm (1, rows, false, &of_joint, false, 0, &out);
  }
}

void
lw_promp_project_left (const LwMat *rows, const LwMat *t, size_t n_joints, const LwMat *out)
{
  for (size_t j = 0; j < n_joints; j++) {
    LwMat of_joint = lw_mat_block (t, 0, j * rows->cols, t->rows, rows->cols), own = rows_of_joint (out, j, n_joints, rows->rows);
    lw_gemm (1, rows, false, &of_joint, true, 0, &own);
  }
}

void
lw_promp_project_mean (const LwMat *rows, const double *mu, size_t n_joints, double *mean)
{
  /* Only read; the view's type has no const form. */
  LwMat weights = lw_mat_view ((double *) mu, n_joints, rows->cols);

  for (size_t order = 0; order < rows->rows; order++)
    lw_gemv (1, &weights, false, lw_mat_row (rows, order), 0, mean + order * n_joints);
}

/* @cov = Psi_a Sigma Psi_b'. */
static LwStatus
covariance_between (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *a,
                    const LwPhasePoint *b, size_t n_orders, const LwMat *cov)
{
  double rows_a[LW_N_ORDERS * LW_BASIS_MAX], rows_b[LW_N_ORDERS * LW_BASIS_MAX];
  LwMat left = lw_mat_view (rows_a, n_orders, basis->n), right = lw_mat_view (rows_b, n_orders, basis->n);
  LwMat t;
  LwStatus status = lw_mat_alloc (&t, n_orders * n_joints, g->n_weights);

  if (status != LW_OK)
    return status;
  lw_basis_eval_time (basis, a, n_orders, &left);
  lw_basis_eval_time (basis, b, n_orders, &right);
  lw_promp_project (&right, &g->sigma_w, n_joints, &t);
  lw_promp_project_left (&left, &t, n_joints, cov);
  lw_mat_clear (&t);
  return LW_OK;
}

static LwStatus
check_request (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *at, size_t n,
               size_t n_orders)
{
  LwStatus status = lw_promp_check (basis, g, n_joints);

  if (status == LW_OK && (n_orders < 1 || n_orders > LW_N_ORDERS))
    status = LW_ERR_RANGE;
  for (size_t i = 0; status == LW_OK && i < n; i++)
    status = lw_phase_point_check (&at[i], basis->kind);
  return status;
}

LwStatus
lw_promp_marginal (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *at, size_t n_orders,
                   double *mean, const LwMat *cov)
{
  LwStatus status = check_request (basis, g, n_joints, at, 1, n_orders);

  if (status != LW_OK)
    return status;
  if (cov != NULL) {
    if (cov->rows != n_orders * n_joints || cov->cols != cov->rows)
      return LW_ERR_SHAPE;
    status = covariance_between (basis, g, n_joints, at, at, n_orders, cov);
    if (status != LW_OK)
      return status;
    for (size_t i = 0; i < cov->rows; i++)
      for (size_t j = 0; j < i; j++)
        lw_mat_set (cov, j, i, lw_mat_get (cov, i, j));
  }
  double storage[LW_N_ORDERS * LW_BASIS_MAX];
  LwMat rows = lw_mat_view (storage, n_orders, basis->n);
  lw_basis_eval_time (basis, at, n_orders, &rows);
  lw_promp_project_mean (&rows, g->mu_w, n_joints, mean);
  return LW_OK;
}

LwStatus
lw_promp_cross (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *a, const LwPhasePoint *b,
                size_t n_orders, const LwMat *cov)
{
  const LwPhasePoint both[] = { *a, *b };
  LwStatus status = check_request (basis, g, n_joints, both, 2, n_orders);

  if (status != LW_OK)
    return status;
  if (cov->rows != n_orders * n_joints || cov->cols != cov->rows)
    return LW_ERR_SHAPE;
  return covariance_between (basis, g, n_joints, a, b, n_orders, cov);
}

/* @phi (n x basis->n): the rows of @order at all phases. */
static LwStatus
rows_of_order (const LwBasis *basis, const LwPhasePoint *at, size_t n, LwOrder order, LwMat *phi)
{
  LwStatus status = lw_mat_alloc (phi, n, basis->n);

  for (size_t i = 0; status == LW_OK && i < n; i++) {
    double storage[LW_N_ORDERS * LW_BASIS_MAX];
    LwMat rows = lw_mat_view (storage, (size_t) order + 1, basis->n);
    lw_basis_eval_time (basis, &at[i], (size_t) order + 1, &rows);
    LwMat from = lw_mat_block (&rows, (size_t) order, 0, 1, basis->n), to = lw_mat_block (phi, i, 0, 1, basis->n);
    lw_mat_copy (&from, &to);
  }
  return status;
}

LwStatus
lw_promp_band_order (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *at, size_t n,
                     LwOrder order, const LwMat *mean, const LwMat *std)
{
  LwStatus status = check_request (basis, g, n_joints, at, n, (size_t) order + 1);

  if (status != LW_OK)
    return status;
  if (mean->rows != n || mean->cols != n_joints || std->rows != n || std->cols != n_joints)
    return LW_ERR_SHAPE;
  LwMat phi;
  status = rows_of_order (basis, at, n, order, &phi);
  if (status != LW_OK)
    return status;
  status = lw_weight_rows_band (&phi, g, mean, std);
  lw_mat_clear (&phi);
  return status;
}

LwStatus
lw_promp_covariance (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *at, size_t n,
                     LwOrder order, const LwMat *cov)
{
  LwStatus status = check_request (basis, g, n_joints, at, n, (size_t) order + 1);
  size_t size;

  if (status != LW_OK)
    return status;
  if (__builtin_mul_overflow (n, n_joints, &size) || cov->rows != size || cov->cols != size)
    return LW_ERR_SHAPE;
  LwMat phi;
  status = rows_of_order (basis, at, n, order, &phi);
  if (status != LW_OK)
    return status;
  status = lw_weight_rows_covariance (&phi, g, cov);
  lw_mat_clear (&phi);
  return status;
}
