/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-condition.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-factor.h"
#include "lw-linalg.h"

/* What is added to a variance when their covariance cannot be factored: of itself, and of what it would be if all weights worked
 * the same way, lest rounding be left to decide. */
#define RAISE 1e-10
#define LEAST_RAISE 1e-12

/* n_observations x: everything one conditioning needs beside its result. */
typedef struct {
  LwMat m;        /* (n x W) A Sigma */
  LwMat g;        /* (n x n) A Sigma A' + R, raised if need be */
  LwMat l;        /* (n x n) its Cholesky factor */
  LwMat low;      /* (2n x W) [L'; M - G L'/2] */
  LwMat swapped;  /* (2n x W) [M - G L'/2; L'] */
  double *e;      /* (n) y - A mu */
  double *size;   /* (n) of the numbers that the diagonal of g is a sum of */
  double *spread; /* (W) standard deviations of the weights */
} Work;

static LwStatus
work_init (Work *w, size_t n, size_t n_weights)
{
  LwStatus status = n <= SIZE_MAX / 2 ? LW_OK : LW_ERR_MEMORY;

  *w = (Work){ 0 };
  if (status == LW_OK)
    status = lw_mat_alloc (&w->m, n, n_weights);
  if (status == LW_OK)
    status = lw_mat_alloc (&w->g, n, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&w->l, n, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&w->low, 2 * n, n_weights);
  if (status == LW_OK)
    status = lw_mat_alloc (&w->swapped, 2 * n, n_weights);
  w->e = lw_doubles_new (n);
  w->size = lw_doubles_new (n);
  w->spread = lw_doubles_new (n_weights);
  return status == LW_OK && (w->e == NULL || w->size == NULL || w->spread == NULL) ? LW_ERR_MEMORY : status;
}

static void
work_clear (Work *w)
{
  lw_mat_clear (&w->m);
  lw_mat_clear (&w->g);
  lw_mat_clear (&w->l);
  lw_mat_clear (&w->low);
  lw_mat_clear (&w->swapped);
  free (w->e);
  free (w->size);
  free (w->spread);
}

/* A variance (a' Sigma a + r) is at most (sum_k |a_k| sigma_k)^2 + r, and rounded like it. */
static void
find_sizes (const LwWeightGaussian *prior, const LwMat *a, const LwMat *r, Work *w)
{
  for (size_t k = 0; k < a->cols; k++)
    w->spread[k] = sqrt (fmax (lw_mat_get (&prior->sigma_w, k, k), 0));
  for (size_t i = 0; i < a->rows; i++) {
    const double *row = lw_mat_row (a, i);
    double sum = 0;
    for (size_t k = 0; k < a->cols; k++)
      sum += fabs (row[k]) * w->spread[k];
    w->size[i] = sum * sum + (r != NULL ? lw_mat_get (r, i, i) : 0);
  }
}

/* @w->l, of @w->g, which is raised where need be. What repeats something known is then all but ignored: it differs by rounding,
 * and rounding is small against what is added. Where nothing varies, others set the measure. */
static LwStatus
factor_raised (Work *w, bool *raised)
{
  size_t n = w->g.rows;
  double mean = 0, least = fmax (LEAST_RAISE, 16 * (double) n * DBL_EPSILON);

  lw_mat_copy (&w->g, &w->l);
  *raised = lw_factor_definite (&w->l, w->size) != LW_OK;
  if (!*raised)
    return LW_OK;
  for (size_t i = 0; i < n; i++)
    mean += lw_mat_get (&w->g, i, i) / (double) n;
  for (size_t i = 0; i < n; i++) {
    double *variance = lw_mat_row (&w->g, i) + i;
    *variance = fmax (*variance, 0) + (w->size[i] > 0 ? fmax (RAISE * *variance, least * w->size[i]) : RAISE * mean);
  }
  lw_mat_copy (&w->g, &w->l);
  return lw_factor_definite (&w->l, w->size);
}

/* Joseph's form multiplied out is Sigma - L M - (L M)' + L G L', and with X = M - G L'/2 that is Sigma - L X - (L X)': two thin
 * products instead of two of order W^3, and an error of L still enters squared. FALSE when the result has no numbers. */
static bool
update (const LwWeightGaussian *prior, const LwMat *a, const double *y, Work *w, const LwWeightGaussian *out)
{
  size_t n = a->rows, n_weights = a->cols;
  LwMat gain = lw_mat_block (&w->low, 0, 0, n, n_weights), x = lw_mat_block (&w->low, n, 0, n, n_weights);
  LwMat x_first = lw_mat_block (&w->swapped, 0, 0, n, n_weights), gain_last = lw_mat_block (&w->swapped, n, 0, n, n_weights);

  lw_mat_copy (&w->m, &gain);
  lw_chol_solve_mat (&w->l, &gain);
  for (size_t i = 0; i < n; i++)
    w->e[i] = y[i];
  lw_gemv (-1, a, false, prior->mu_w, 1, w->e);
  memcpy (out->mu_w, prior->mu_w, n_weights * sizeof *out->mu_w);
  lw_gemv (1, &gain, true, w->e, 1, out->mu_w);

  lw_mat_copy (&w->m, &x);
  lw_gemm (-0.5, &w->g, false, &gain, false, 1, &x);
  lw_mat_copy (&x, &x_first);
  lw_mat_copy (&gain, &gain_last);
  lw_mat_copy (&prior->sigma_w, &out->sigma_w);
  lw_gemm (-1, &w->low, true, &w->swapped, false, 1, &out->sigma_w);

  for (size_t i = 0; i < n_weights; i++)
    for (size_t k = 0; k < i; k++)
      lw_mat_set (&out->sigma_w, k, i, lw_mat_get (&out->sigma_w, i, k));
  LwMat mu = lw_mat_view (out->mu_w, 1, n_weights);
  return lw_mat_is_finite (&mu) && lw_mat_is_finite (&out->sigma_w);
}

static LwStatus
check_input (const LwWeightGaussian *prior, const LwMat *a, const double *y, const LwMat *r)
{
  size_t n = a->rows, n_weights = prior->n_weights;

  if (n_weights == 0 || a->cols != n_weights || prior->sigma_w.rows != n_weights || prior->sigma_w.cols != n_weights
      || (r != NULL && (r->rows != n || r->cols != n)))
    return LW_ERR_SHAPE;
  LwMat mu = lw_mat_view (prior->mu_w, 1, n_weights);
  if (!lw_mat_is_finite (a) || !lw_mat_is_finite (&mu) || !lw_mat_is_finite (&prior->sigma_w)
      || (r != NULL && !lw_mat_is_finite (r)))
    return LW_ERR_NOT_FINITE;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite (y[i]))
      return LW_ERR_NOT_FINITE;
    if (r != NULL && lw_mat_get (r, i, i) < 0)
      return LW_ERR_RANGE;
  }
  return LW_OK;
}

LwStatus
lw_weight_gaussian_condition (const LwWeightGaussian *prior, const LwMat *a, const double *y, const LwMat *r,
                              LwWeightGaussian *out, bool *raised)
{
  size_t n = a->rows, n_weights = prior->n_weights;
  LwStatus status = check_input (prior, a, y, r);

  if (status != LW_OK)
    return status;
  LwWeightGaussian result = { .n_weights = n_weights, .mu_w = lw_doubles_new (n_weights) };
  Work w;
  bool was_raised = false;
  status = work_init (&w, n, n_weights);
  if (status == LW_OK)
    status = result.mu_w != NULL ? lw_mat_alloc (&result.sigma_w, n_weights, n_weights) : LW_ERR_MEMORY;
  if (status == LW_OK) {
    lw_gemm (1, a, false, &prior->sigma_w, false, 0, &w.m);
    if (r != NULL)
      lw_mat_copy (r, &w.g);
    lw_gemm (1, &w.m, false, a, true, 1, &w.g);
    find_sizes (prior, a, r, &w);
    status = lw_mat_is_finite (&w.m) && lw_mat_is_finite (&w.g) ? factor_raised (&w, &was_raised) : LW_ERR_NOT_FINITE;
  }
  if (status == LW_OK && !update (prior, a, y, &w, &result))
    status = LW_ERR_NOT_FINITE;
  work_clear (&w);
  if (status != LW_OK) {
    lw_weight_gaussian_clear (&result);
    return status;
  }
  *out = result;
  if (raised != NULL)
    *raised = was_raised;
  return LW_OK;
}
