/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-product.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-promp-marginal.h"

double
lw_blend_activation (double x, double middle, double width)
{
  return 1 / (1 + exp (-(x - middle) / width));
}

/* At one time: m numbers, (m x m) matrices. */
typedef struct {
  double *m, *sum_m;           /* a part's mean, then its precision times it; their sum */
  LwMat s, inverse, precision; /* a part's covariance, then factor; its inverse; the sum */
  double *t;                   /* (m x W) for the part with the most weights: Psi Sigma */
} Work;

static LwStatus
work_init (Work *w, size_t m, size_t n_weights)
{
  *w = (Work){ .m = lw_doubles_new (m), .sum_m = lw_doubles_new (m) };
  LwStatus status = w->m != NULL && w->sum_m != NULL ? lw_mat_alloc (&w->s, m, m) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&w->inverse, m, m);
  if (status == LW_OK)
    status = lw_mat_alloc (&w->precision, m, m);
  if (status == LW_OK && (n_weights > SIZE_MAX / m || (w->t = lw_doubles_new (n_weights * m)) == NULL))
    status = LW_ERR_MEMORY;
  return status;
}

static void
work_clear (Work *w)
{
  free (w->m);
  free (w->sum_m);
  lw_mat_clear (&w->s);
  lw_mat_clear (&w->inverse);
  lw_mat_clear (&w->precision);
  free (w->t);
}

static void
identity (const LwMat *a)
{
  lw_mat_fill (a, 0);
  for (size_t i = 0; i < a->rows; i++)
    lw_mat_set (a, i, i, 1);
}

/* Precisions are what is added, so here an inverse is formed: of one small matrix a part, symmetric by construction L^-T L^-1. */
static LwStatus
add_part (const LwPrompPart *part, size_t i, size_t n_joints, size_t n_orders, double regulariser, Work *w)
{
  size_t m = w->s.rows;
  double storage[LW_N_ORDERS * LW_BASIS_MAX];
  LwMat rows = lw_mat_view (storage, n_orders, part->basis->n), t = lw_mat_view (w->t, m, part->g->n_weights);

  lw_basis_eval_time (part->basis, &part->at[i], n_orders, &rows);
  lw_promp_project_mean (&rows, part->g->mu_w, n_joints, w->m);
  lw_promp_project (&rows, &part->g->sigma_w, n_joints, &t);
  lw_promp_project_left (&rows, &t, n_joints, &w->s);
  for (size_t k = 0; k < m; k++)
    lw_mat_row (&w->s, k)[k] += regulariser;
  LwStatus status = lw_chol_factor (&w->s);
  if (status != LW_OK)
    return status;
  identity (&w->inverse);
  lw_tri_solve_mat (&w->s, false, &w->inverse);
  lw_syrk (part->activation[i], &w->inverse, true, 1, &w->precision);
  lw_chol_solve (&w->s, w->m);
  for (size_t k = 0; k < m; k++)
    w->sum_m[k] += part->activation[i] * w->m[k];
  return LW_OK;
}

static LwStatus
check (const LwPrompPart *parts, size_t n_parts, size_t n_joints, size_t n, double regulariser, size_t *n_weights)
{
  if (n_parts == 0)
    return LW_ERR_TOO_FEW;
  if (!isfinite (regulariser))
    return LW_ERR_NOT_FINITE;
  if (regulariser < 0)
    return LW_ERR_RANGE;
  for (size_t i = 0; i < n; i++) {
    double sum = 0;
    for (size_t p = 0; p < n_parts; p++) {
      double activation = parts[p].activation[i];
      if (!isfinite (activation))
        return LW_ERR_NOT_FINITE;
      if (activation < 0)
        return LW_ERR_RANGE;
      sum += activation;
    }
    if (!(sum > 0))
      return LW_ERR_RANGE;
  }
  *n_weights = 0;
  for (size_t p = 0; p < n_parts; p++) {
    LwStatus status = lw_promp_check (parts[p].basis, parts[p].g, n_joints);
    for (size_t i = 0; status == LW_OK && i < n; i++)
      status = lw_phase_point_check (&parts[p].at[i], parts[p].basis->kind);
    if (status != LW_OK)
      return status;
    if (parts[p].g->n_weights > *n_weights)
      *n_weights = parts[p].g->n_weights;
  }
  return LW_OK;
}

LwStatus
lw_promp_product (const LwPrompPart *parts, size_t n_parts, size_t n_joints, size_t n, size_t n_orders, double regulariser,
                  const LwMat *mean, const LwMat *cov)
{
  size_t m, n_weights;
  LwStatus status = check (parts, n_parts, n_joints, n, regulariser, &n_weights);
  LwMat mean_out = { 0 }, cov_out = { 0 };

  if (status != LW_OK)
    return status;
  if (n_orders < 1 || n_orders > LW_N_ORDERS)
    return LW_ERR_RANGE;
  if (__builtin_mul_overflow (n_orders, n_joints, &m) || m == 0 || mean->rows != n || mean->cols != m || n > SIZE_MAX / m
      || cov->rows != n * m || cov->cols != m)
    return LW_ERR_SHAPE;
  Work w;
  status = work_init (&w, m, n_weights);
  if (status == LW_OK)
    status = lw_mat_alloc (&mean_out, n, m);
  if (status == LW_OK)
    status = lw_mat_alloc (&cov_out, n * m, m);

  for (size_t i = 0; status == LW_OK && i < n; i++) {
    LwMat block = lw_mat_block (&cov_out, i * m, 0, m, m);
    memset (w.sum_m, 0, m * sizeof *w.sum_m);
    lw_mat_fill (&w.precision, 0);
    for (size_t p = 0; status == LW_OK && p < n_parts; p++)
      if (parts[p].activation[i] > 0)
        status = add_part (&parts[p], i, n_joints, n_orders, regulariser, &w);
    if (status == LW_OK)
      status = lw_chol_factor (&w.precision);
    if (status == LW_OK) {
      lw_chol_solve (&w.precision, w.sum_m);
      memcpy (lw_mat_row (&mean_out, i), w.sum_m, m * sizeof *w.sum_m);
      identity (&w.inverse);
      lw_tri_solve_mat (&w.precision, false, &w.inverse);
      lw_syrk (1, &w.inverse, true, 0, &block);
    }
  }
  if (status == LW_OK) {
    lw_mat_copy (&mean_out, mean);
    lw_mat_copy (&cov_out, cov);
  }
  lw_mat_clear (&mean_out);
  lw_mat_clear (&cov_out);
  work_clear (&w);
  return status;
}
