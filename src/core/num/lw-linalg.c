/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-linalg.h"

#include <cblas.h>
#include <lapacke.h>
#include <math.h>
#include <stdlib.h>

/* A row-major matrix is, to a column-major LAPACK, its transpose in the same memory. Every call here is put so that
 * this transpose is what LAPACK should see: nothing is copied or transposed on the way. */

/* Below this size plain loops beat the call into BLAS (latent dimensions are 2 to 10). */
#define SMALL 16

double
lw_dot (const double *a, const double *b, size_t n)
{
  return cblas_ddot ((blasint) n, a, 1, b, 1);
}

static bool
chol_small (const LwMat *a)
{
  size_t n = a->rows;

  for (size_t i = 0; i < n; i++) {
    double *row_i = lw_mat_row (a, i);
    for (size_t j = 0; j <= i; j++) {
      const double *row_j = lw_mat_row (a, j);
      double sum = row_i[j];
      for (size_t k = 0; k < j; k++)
        sum -= row_i[k] * row_j[k];
      if (j < i)
        row_i[j] = sum / row_j[j];
      else if (sum > 0)
        row_i[i] = sqrt (sum);
      else
        return false;
    }
  }
  return true;
}

LwStatus
lw_chol_factor (const LwMat *a)
{
  size_t n = a->rows;

  if (a->cols != n)
    return LW_ERR_SHAPE;
  if (n <= SMALL) {
    if (!chol_small (a))
      return LW_ERR_NOT_SPD;
  } else if (LAPACKE_dpotrf_work (LAPACK_COL_MAJOR, 'U', (lapack_int) n, a->data, (lapack_int) a->stride) != 0) {
    return LW_ERR_NOT_SPD;
  }

  for (size_t i = 0; i < n; i++) {
    /* A NaN anywhere in the lower half reaches the diagonal, and OpenBLAS lets it pass; so does an infinity. */
    double pivot = lw_mat_get (a, i, i);
    if (!(pivot > 0) || isinf (pivot))
      return LW_ERR_NOT_SPD;
    for (size_t j = i + 1; j < n; j++)
      lw_mat_set (a, i, j, 0);
  }
  return LW_OK;
}

void
lw_tri_solve (const LwMat *l, bool trans, double *b)
{
  size_t n = l->rows;

  if (n > SMALL) {
    cblas_dtrsv (CblasRowMajor, CblasLower, trans ? CblasTrans : CblasNoTrans, CblasNonUnit, (blasint) n, l->data,
                 (blasint) l->stride, b, 1);
  } else if (!trans) {
    for (size_t i = 0; i < n; i++) {
      const double *row = lw_mat_row (l, i);
      double sum = b[i];
      for (size_t j = 0; j < i; j++)
        sum -= row[j] * b[j];
      b[i] = sum / row[i];
    }
  } else {
    for (size_t i = n; i-- > 0;) {
      const double *row = lw_mat_row (l, i);
      b[i] /= row[i];
      for (size_t j = 0; j < i; j++)
        b[j] -= row[j] * b[i];
    }
  }
}

void
lw_tri_solve_mat (const LwMat *l, bool trans, const LwMat *b)
{
  if (l->rows == 0 || b->cols == 0)
    return;
  cblas_dtrsm (CblasRowMajor, CblasLeft, CblasLower, trans ? CblasTrans : CblasNoTrans, CblasNonUnit, (blasint) b->rows,
               (blasint) b->cols, 1, l->data, (blasint) l->stride, b->data, (blasint) b->stride);
}

void
lw_tri_solve_rows (const LwMat *l, bool trans, const LwMat *b)
{
  if (l->rows == 0 || b->rows == 0)
    return;
  cblas_dtrsm (CblasRowMajor, CblasRight, CblasLower, trans ? CblasNoTrans : CblasTrans, CblasNonUnit, (blasint) b->rows,
               (blasint) b->cols, 1, l->data, (blasint) l->stride, b->data, (blasint) b->stride);
}

void
lw_chol_solve (const LwMat *l, double *b)
{
  lw_tri_solve (l, false, b);
  lw_tri_solve (l, true, b);
}

void
lw_chol_solve_mat (const LwMat *l, const LwMat *b)
{
  lw_tri_solve_mat (l, false, b);
  lw_tri_solve_mat (l, true, b);
}

double
lw_chol_logdet (const LwMat *l)
{
  double sum = 0;
  for (size_t i = 0; i < l->rows; i++)
    sum += log (lw_mat_get (l, i, i));
  return 2 * sum;
}

LwStatus
lw_eig_sym (const LwMat *a, double *values)
{
  size_t n = a->rows;

  if (a->cols != n)
    return LW_ERR_SHAPE;
  if (n == 0)
    return LW_OK;
  for (size_t i = 0; i < n; i++)
    if (!lw_all_finite (lw_mat_row (a, i), i + 1))
      return LW_ERR_NOT_FINITE;

  lapack_int info = LAPACKE_dsyevd (LAPACK_COL_MAJOR, 'V', 'U', (lapack_int) n, a->data, (lapack_int) a->stride, values);
  if (info == LAPACK_WORK_MEMORY_ERROR)
    return LW_ERR_MEMORY;
  return info == 0 ? LW_OK : LW_ERR_SOLVER;
}

/* Tridiagonal form, its leading eigenpairs by relatively robust representations (for some pairs only, dsyevr would bisect, which
 * takes half as long again), and back: the eigenvectors of @a as rows of @vectors, ascending. @work has room for 5 n numbers. */
static LwStatus
eig_leading_ascending (const LwMat *a, size_t d, double *work, lapack_int *support, double *values, const LwMat *vectors)
{
  lapack_int n = (lapack_int) a->rows, stride = (lapack_int) a->stride, found = 0;

  if (n == 2) { /* there LAPACK 3.11's dstemr may return the other pair: it sorts two by magnitude */
    LwStatus status = lw_eig_sym (a, work);
    LwMat last = lw_mat_block (a, 2 - d, 0, d, 2);
    for (size_t i = 0; i < d && status == LW_OK; i++)
      values[i] = work[2 - d + i];
    if (status == LW_OK)
      lw_mat_copy (&last, vectors);
    return status;
  }
  double *diagonal = work, *beside = work + n, *tau = work + 2 * n, *all = work + 3 * n;
  lapack_logical try_relative = 1;

  lapack_int info = LAPACKE_dsytrd (LAPACK_COL_MAJOR, 'U', n, a->data, stride, diagonal, beside, tau);
  if (info == 0)
    info = LAPACKE_dstemr (LAPACK_COL_MAJOR, 'V', 'I', n, diagonal, beside, 0, 0, n - (lapack_int) d + 1, n, &found, all,
                           vectors->data, (lapack_int) vectors->stride, (lapack_int) d, support, &try_relative);
  if (info == 0)
    info = LAPACKE_dormtr (LAPACK_COL_MAJOR, 'L', 'U', 'N', n, (lapack_int) d, a->data, stride, tau, vectors->data,
                           (lapack_int) vectors->stride);
  for (size_t i = 0; i < d; i++)
    values[i] = all[i];
  if (info == LAPACK_WORK_MEMORY_ERROR)
    return LW_ERR_MEMORY;
  return info == 0 && (size_t) found == d ? LW_OK : LW_ERR_SOLVER;
}

LwStatus
lw_eig_sym_leading (const LwMat *a, size_t d, double *values, const LwMat *vectors)
{
  size_t n = a->rows;
  LwMat ascending;

  if (a->cols != n || d > n || vectors->rows != d || vectors->cols != n)
    return LW_ERR_SHAPE;
  if (d == 0)
    return LW_OK;
  for (size_t i = 0; i < n; i++)
    if (!lw_all_finite (lw_mat_row (a, i), i + 1))
      return LW_ERR_NOT_FINITE;

  LwStatus status = lw_mat_alloc (&ascending, d, n);
  double *work = lw_doubles_new (5 * n); /* the last n are for the ascending values of the pairs that are kept */
  lapack_int *support = calloc (2 * n, sizeof *support);
  if (status == LW_OK && (work == NULL || support == NULL))
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = eig_leading_ascending (a, d, work, support, work + 4 * n, &ascending);
  for (size_t i = 0; i < d && status == LW_OK; i++) {
    LwMat from = lw_mat_block (&ascending, d - 1 - i, 0, 1, n), to = lw_mat_block (vectors, i, 0, 1, n);
    lw_mat_copy (&from, &to);
    values[i] = work[4 * n + d - 1 - i];
  }
  lw_mat_clear (&ascending);
  free (work);
  free (support);
  return status;
}

LwStatus
lw_svd_thin (const LwMat *a, const LwMat *u, double *s, const LwMat *vt)
{
  size_t m = a->rows, n = a->cols;
  size_t r = m < n ? m : n;

  if (u != NULL && (u->rows != m || u->cols != r))
    return LW_ERR_SHAPE;
  if (vt != NULL && (vt->rows != r || vt->cols != n))
    return LW_ERR_SHAPE;
  if (r == 0)
    return LW_OK;
  if (!lw_mat_is_finite (a))
    return LW_ERR_NOT_FINITE;

  /* A' = V diag(s) U': LAPACK's left vectors (n x r) are our Vt in memory, its right ones (r x m) our U. It wants both or
   * none. */
  LwMat scratch = { 0 };
  LwMat left = { .stride = n }, right = { .stride = r };
  char job = u == NULL && vt == NULL ? 'N' : 'S';
  if (job == 'S' && (u == NULL || vt == NULL)) {
    LwStatus status = u == NULL ? lw_mat_alloc (&scratch, m, r) : lw_mat_alloc (&scratch, r, n);
    if (status != LW_OK)
      return status;
  }
  if (job == 'S') {
    left = vt != NULL ? *vt : scratch;
    right = u != NULL ? *u : scratch;
  }
  lapack_int info = LAPACKE_dgesdd (LAPACK_COL_MAJOR, job, (lapack_int) n, (lapack_int) m, a->data, (lapack_int) a->stride, s,
                                    left.data, (lapack_int) left.stride, right.data, (lapack_int) right.stride);
  lw_mat_clear (&scratch);
  if (info == LAPACK_WORK_MEMORY_ERROR)
    return LW_ERR_MEMORY;
  return info == 0 ? LW_OK : LW_ERR_SOLVER;
}

LwStatus
lw_qr_thin (const LwMat *a, const LwMat *q, const LwMat *r)
{
  size_t m = a->rows, n = a->cols;
  size_t rank = m < n ? m : n;

  if (q->rows != m || q->cols != rank || r->rows != rank || r->cols != n)
    return LW_ERR_SHAPE;
  if (rank == 0)
    return LW_OK;
  if (!lw_mat_is_finite (a))
    return LW_ERR_NOT_FINITE;
  double *tau = lw_doubles_new (rank);
  if (tau == NULL)
    return LW_ERR_MEMORY;

  /* A = Q R is A' = R' Q': LAPACK's LQ of the transpose. */
  lapack_int info = LAPACKE_dgelqf (LAPACK_COL_MAJOR, (lapack_int) n, (lapack_int) m, a->data, (lapack_int) a->stride, tau);
  LwStatus status = info == LAPACK_WORK_MEMORY_ERROR ? LW_ERR_MEMORY : info == 0 ? LW_OK : LW_ERR_SOLVER;
  LwMat upper = lw_mat_block (a, 0, 0, rank, n);
  if (status == LW_OK) {
    /* R is kept aside in the caller's output only once Q is sure: until then the scratch is A itself. */
    LwMat copy;
    status = lw_mat_alloc (&copy, rank, n);
    if (status == LW_OK) {
      for (size_t i = 0; i < rank; i++)
        for (size_t j = i; j < n; j++)
          lw_mat_set (&copy, i, j, lw_mat_get (&upper, i, j));
      info = LAPACKE_dorglq (LAPACK_COL_MAJOR, (lapack_int) rank, (lapack_int) m, (lapack_int) rank, a->data,
                             (lapack_int) a->stride, tau);
      if (info == 0) {
        LwMat orthonormal = lw_mat_block (a, 0, 0, m, rank);
        lw_mat_copy (&copy, r);
        lw_mat_copy (&orthonormal, q);
      } else {
        status = info == LAPACK_WORK_MEMORY_ERROR ? LW_ERR_MEMORY : LW_ERR_SOLVER;
      }
      lw_mat_clear (&copy);
    }
  }
  free (tau);
  return status;
}
