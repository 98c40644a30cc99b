/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-linear-gaussian.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"

#define LOG_2PI 1.8378770664093454836

LwStatus
lw_linear_gaussian_alloc (LwLinearGaussian *self, size_t f, size_t d)
{
  LwStatus status;

  *self = (LwLinearGaussian){ .f = f, .d = d };
  status = lw_mat_alloc (&self->mean, f, d);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->chol, d, d);
  if (status != LW_OK) {
    lw_linear_gaussian_clear (self);
    return status;
  }
  for (size_t a = 0; a < d; a++)
    lw_mat_set (&self->chol, a, a, 1.0);
  return LW_OK;
}

void
lw_linear_gaussian_clear (LwLinearGaussian *self)
{
  lw_mat_clear (&self->mean);
  lw_mat_clear (&self->chol);
  *self = (LwLinearGaussian){ 0 };
}

void
lw_linear_gaussian_copy (const LwLinearGaussian *src, LwLinearGaussian *dst)
{
  lw_mat_copy (&src->mean, &dst->mean);
  lw_mat_copy (&src->chol, &dst->chol);
}

void
lw_linear_gaussian_mean (const LwLinearGaussian *self, const double *phi, double *z)
{
  lw_gemv (1.0, &self->mean, true, phi, 0.0, z);
}

void
lw_linear_gaussian_sample (const LwLinearGaussian *self, const double *phi, LwRng *rng, double *scratch, double *z)
{
  lw_linear_gaussian_mean (self, phi, z);
  lw_rng_normals (rng, scratch, self->d);
  lw_gemv (1.0, &self->chol, false, scratch, 1.0, z);
}

void
lw_linear_gaussian_log_density (const LwLinearGaussian *self, const LwMat *phi, const LwMat *z, const LwMat *scratch,
                                double *log_p)
{
  double constant = -0.5 * (double) self->d * LOG_2PI - 0.5 * lw_chol_logdet (&self->chol);

  for (size_t a = 0; a < self->d; a++)
    for (size_t i = 0; i < z->rows; i++)
      lw_mat_set (scratch, a, i, lw_mat_get (z, i, a));
  lw_gemm (-1.0, &self->mean, true, phi, true, 1.0, scratch);
  lw_tri_solve_mat (&self->chol, false, scratch);
  for (size_t i = 0; i < z->rows; i++)
    log_p[i] = constant;
  for (size_t a = 0; a < self->d; a++)
    for (size_t i = 0; i < z->rows; i++)
      log_p[i] -= 0.5 * lw_mat_get (scratch, a, i) * lw_mat_get (scratch, a, i);
}

static double
sum_of_squares (const LwMat *m)
{
  double sum = 0.0;

  for (size_t i = 0; i < m->rows; i++)
    for (size_t j = 0; j < m->cols; j++)
      sum += lw_mat_get (m, i, j) * lw_mat_get (m, i, j);
  return sum;
}

double
lw_linear_gaussian_kl (const LwLinearGaussian *a, const LwLinearGaussian *b, const LwMat *gram, double *scratch)
{
  size_t f = a->f, d = a->d, most = f > d ? f : d;
  LwMat ratio = lw_mat_view (scratch, d, d), shift = lw_mat_view (scratch, d, f), moved = lw_mat_view (scratch + most * d, d, f);
  double trace, distance = 0.0;

  lw_mat_copy (&a->chol, &ratio);
  lw_tri_solve_mat (&b->chol, false, &ratio);
  trace = sum_of_squares (&ratio);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < f; j++)
      lw_mat_set (&shift, i, j, lw_mat_get (&a->mean, j, i) - lw_mat_get (&b->mean, j, i));
  lw_tri_solve_mat (&b->chol, false, &shift);
  lw_gemm (1.0, &shift, false, gram, false, 0.0, &moved);
  for (size_t i = 0; i < d; i++)
    for (size_t j = 0; j < f; j++)
      distance += lw_mat_get (&moved, i, j) * lw_mat_get (&shift, i, j);
  return 0.5 * (trace - (double) d + lw_chol_logdet (&b->chol) - lw_chol_logdet (&a->chol) + distance);
}

/* ---- weighted maximum likelihood ---- */

typedef struct { LwMat phi, y, gram, mean, cov; double *p, ess; } Regression;

static void
regression_clear (Regression *r)
{
  lw_mat_clear (&r->phi);
  lw_mat_clear (&r->y);
  lw_mat_clear (&r->gram);
  lw_mat_clear (&r->mean);
  lw_mat_clear (&r->cov);
  free (r->p);
}

static LwStatus
regression_init (Regression *r, size_t n, size_t f, size_t d)
{
  *r = (Regression){ .p = lw_doubles_new (n) };
  if (r->p != NULL && lw_mat_alloc (&r->phi, n, f) == LW_OK && lw_mat_alloc (&r->y, n, d) == LW_OK
      && lw_mat_alloc (&r->gram, f, f) == LW_OK && lw_mat_alloc (&r->mean, f, d) == LW_OK
      && lw_mat_alloc (&r->cov, d, d) == LW_OK)
    return LW_OK;
  return LW_ERR_MEMORY;
}

static LwStatus
take_weights (Regression *r, const double *weights, size_t n)
{
  double sum = 0.0, squares = 0.0, most = 0.0;

  for (size_t i = 0; i < n; i++) {
    if (!isfinite (weights[i]))
      return LW_ERR_NOT_FINITE;
    if (weights[i] < 0.0)
      return LW_ERR_RANGE;
    most = fmax (most, weights[i]);
  }
  if (!(most > 0.0))
    return LW_ERR_TOO_FEW;
  for (size_t i = 0; i < n; i++)
    sum += weights[i] / most;
  for (size_t i = 0; i < n; i++) {
    r->p[i] = weights[i] / most / sum;
    squares += r->p[i] * r->p[i];
  }
  r->ess = 1.0 / squares;
  return LW_OK;
}

static void
scale_rows (const LwMat *src, const double *p, const LwMat *dst)
{
  for (size_t i = 0; i < src->rows; i++)
    for (size_t j = 0; j < src->cols; j++)
      lw_mat_set (dst, i, j, sqrt (p[i]) * lw_mat_get (src, i, j));
}

/* Index of the first column that is the same number, not 0, in all rows; their count if there is none. */
static size_t
constant_column (const LwMat *phi)
{
  for (size_t a = 0; a < phi->cols; a++) {
    double first = lw_mat_get (phi, 0, a);
    size_t same = 0;

    while (same < phi->rows && lw_mat_get (phi, same, a) == first)
      same++;
    if (same == phi->rows && first != 0.0)
      return a;
  }
  return phi->cols;
}

static LwStatus
regress (Regression *r, const LwMat *phi, const LwMat *y, double ridge)
{
  scale_rows (phi, r->p, &r->phi);
  scale_rows (y, r->p, &r->y);
  lw_syrk (1.0, &r->phi, true, 0.0, &r->gram);
  for (size_t a = 0, spared = constant_column (phi); a < r->gram.rows; a++)
    r->gram.data[a * r->gram.stride + a] += a != spared ? ridge : 0.0;
  lw_gemm (1.0, &r->phi, true, &r->y, false, 0.0, &r->mean);
  if (lw_chol_factor (&r->gram) != LW_OK)
    return LW_ERR_NOT_SPD;
  /* Rounding lets a singular matrix pass with a pivot near 0. */
  for (size_t a = 0; a < r->gram.rows && ridge == 0.0; a++) {
    double pivot = lw_mat_get (&r->gram, a, a), whole = 0.0;

    for (size_t b = 0; b <= a; b++)
      whole += lw_mat_get (&r->gram, a, b) * lw_mat_get (&r->gram, a, b);
    if (pivot * pivot <= 1e-13 * whole)
      return LW_ERR_NOT_SPD;
  }
  lw_chol_solve_mat (&r->gram, &r->mean);
  lw_gemm (-1.0, &r->phi, false, &r->mean, false, 1.0, &r->y);
  lw_syrk (1.0, &r->y, true, 0.0, &r->cov);
  return lw_mat_is_finite (&r->mean) && lw_mat_is_finite (&r->cov) ? LW_OK : LW_ERR_NOT_FINITE;
}

LwStatus
lw_weighted_regression (const LwMat *phi, const LwMat *y, const double *weights, double ridge, bool unbiased, const LwMat *mean,
                        const LwMat *cov, double *ess)
{
  size_t n = phi->rows, f = phi->cols, d = y->cols;
  Regression r;
  LwStatus status;

  if (y->rows != n || mean->rows != f || mean->cols != d || (cov != NULL && (cov->rows != d || cov->cols != d)))
    return LW_ERR_SHAPE;
  if (!(ridge >= 0.0) || isinf (ridge))
    return LW_ERR_RANGE;
  if (!lw_mat_is_finite (phi) || !lw_mat_is_finite (y))
    return LW_ERR_NOT_FINITE;
  status = regression_init (&r, n, f, d);
  if (status == LW_OK)
    status = take_weights (&r, weights, n);
  if (status == LW_OK && unbiased && cov != NULL && r.ess <= 1.0 + 1e-12)
    status = LW_ERR_TOO_FEW;
  if (status == LW_OK)
    status = regress (&r, phi, y, ridge);
  if (status == LW_OK) {
    lw_mat_copy (&r.mean, mean);
    for (size_t i = 0; cov != NULL && i < d; i++)
      for (size_t j = 0; j < d; j++)
        lw_mat_set (cov, i, j, lw_mat_get (&r.cov, i, j) / (unbiased ? 1.0 - 1.0 / r.ess : 1.0));
    if (ess != NULL)
      *ess = r.ess;
  }
  regression_clear (&r);
  return status;
}
