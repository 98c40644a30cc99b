/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mat.h"

#include <cblas.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

double *
lw_doubles_new (size_t n)
{
  if (n > PTRDIFF_MAX / sizeof (double))
    return NULL;
  /* One element at least: NULL then always means that memory is short. */
  return calloc (n > 0 ? n : 1, sizeof (double));
}

LwStatus
lw_mat_alloc (LwMat *out, size_t rows, size_t cols)
{
  size_t n;
  if (__builtin_mul_overflow (rows, cols, &n))
    return LW_ERR_MEMORY;
  double *data = lw_doubles_new (n);
  if (data == NULL)
    return LW_ERR_MEMORY;
  *out = lw_mat_view (data, rows, cols);
  return LW_OK;
}

void
lw_mat_clear (LwMat *m)
{
  free (m->data);
  *m = (LwMat){ 0 };
}

void
lw_mat_copy (const LwMat *src, const LwMat *dst)
{
  for (size_t i = 0; i < src->rows; i++)
    memmove (lw_mat_row (dst, i), lw_mat_row (src, i), src->cols * sizeof (double));
}

void
lw_mat_fill (const LwMat *m, double v)
{
  for (size_t i = 0; i < m->rows; i++) {
    double *row = lw_mat_row (m, i);
    for (size_t j = 0; j < m->cols; j++)
      row[j] = v;
  }
}

bool
lw_all_finite (const double *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isfinite (x[i]))
      return false;
  return true;
}

/* x - x is 0 for a number and NaN for anything else. No branch waits for a number, and four sums of their own do not wait for
 * each other. */
static double
oddness (const double *x, size_t n)
{
  double a = 0, b = 0, c = 0, d = 0;
  size_t i = 0;

  for (; i + 4 <= n; i += 4) {
    a += x[i] - x[i];
    b += x[i + 1] - x[i + 1];
    c += x[i + 2] - x[i + 2];
    d += x[i + 3] - x[i + 3];
  }
  for (; i < n; i++)
    a += x[i] - x[i];
  return a + b + c + d;
}

bool
lw_mat_is_finite (const LwMat *m)
{
  if (m->stride == m->cols)
    return oddness (m->data, m->rows * m->cols) == 0;
  for (size_t i = 0; i < m->rows; i++)
    if (oddness (lw_mat_row (m, i), m->cols) != 0)
      return false;
  return true;
}

static void
scale (const LwMat *m, double beta)
{
  if (beta == 0) {
    lw_mat_fill (m, 0);
    return;
  }
  for (size_t i = 0; i < m->rows; i++) {
    double *row = lw_mat_row (m, i);
    for (size_t j = 0; j < m->cols; j++)
      row[j] *= beta;
  }
}

static CBLAS_TRANSPOSE
transpose_flag (bool trans)
{
  return trans ? CblasTrans : CblasNoTrans;
}

void
lw_gemm (double alpha, const LwMat *a, bool trans_a, const LwMat *b, bool trans_b, double beta, const LwMat *c)
{
  size_t inner = trans_a ? a->rows : a->cols;

  if (c->rows == 0 || c->cols == 0)
    return;
  if (inner == 0) {
    scale (c, beta); /* BLAS refuses a leading dimension of 0 */
    return;
  }
  cblas_dgemm (CblasRowMajor, transpose_flag (trans_a), transpose_flag (trans_b), (blasint) c->rows, (blasint) c->cols,
               (blasint) inner, alpha, a->data, (blasint) a->stride, b->data, (blasint) b->stride, beta, c->data,
               (blasint) c->stride);
}

void
lw_gemv (double alpha, const LwMat *a, bool trans_a, const double *x, double beta, double *y)
{
  size_t n_out = trans_a ? a->cols : a->rows;
  size_t n_in = trans_a ? a->rows : a->cols;

  if (n_out == 0)
    return;
  if (n_in == 0) {
    LwMat out = lw_mat_view (y, 1, n_out);
    scale (&out, beta);
    return;
  }
  cblas_dgemv (CblasRowMajor, transpose_flag (trans_a), (blasint) a->rows, (blasint) a->cols, alpha, a->data, (blasint) a->stride,
               x, 1, beta, y, 1);
}

void
lw_syrk (double alpha, const LwMat *a, bool trans_a, double beta, const LwMat *c)
{
  size_t n = trans_a ? a->cols : a->rows;
  size_t inner = trans_a ? a->rows : a->cols;

  if (n == 0)
    return;
  if (inner == 0) {
    scale (c, beta);
    return;
  }
  cblas_dsyrk (CblasRowMajor, CblasLower, transpose_flag (trans_a), (blasint) n, (blasint) inner, alpha, a->data,
               (blasint) a->stride, beta, c->data, (blasint) c->stride);
  for (size_t i = 0; i < n; i++)
    for (size_t j = i + 1; j < n; j++)
      lw_mat_set (c, i, j, lw_mat_get (c, j, i));
}
