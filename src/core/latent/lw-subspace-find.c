/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Leading directions by decomposition. */
#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"
#include "lw-subspace-private.h"

void
lw_subspace_explain (const LwMat *x, const LwMat *u, const LwMat *residual, double *projection, double *var, double *tail)
{
  size_t n = x->rows, p = x->cols, d = u->rows;

  *tail = 0;
  for (size_t a = 0; a < d; a++)
    var[a] = 0;
  for (size_t from = 0; from < n; from += LW_SUBSPACE_BLOCK) {
    size_t rows = n - from < LW_SUBSPACE_BLOCK ? n - from : LW_SUBSPACE_BLOCK;
    LwMat part = lw_mat_block (x, from, 0, rows, p), rest = lw_mat_block (residual, 0, 0, rows, p);
    LwMat along = lw_mat_view (projection, d, rows);
    lw_mat_copy (&part, &rest);
    lw_gemm (1, u, false, &part, true, 0, &along);
    lw_gemm (-1, &along, true, u, false, 1, &rest);
    for (size_t a = 0; a < d; a++)
      var[a] += lw_dot (lw_mat_row (&along, a), lw_mat_row (&along, a), rows);
    for (size_t i = 0; i < rows; i++)
      *tail += lw_dot (lw_mat_row (&rest, i), lw_mat_row (&rest, i), p);
  }
}

/* @row less its components along the first @n rows of @u. */
static void
take_out (double *row, const LwMat *u, size_t n)
{
  for (unsigned pass = 0; pass < 2; pass++) /* twice is enough: Kahan and Parlett */
    for (size_t b = 0; b < n; b++) {
      const double *other = lw_mat_row (u, b);
      double dot = lw_dot (row, other, u->cols);
      for (size_t j = 0; j < u->cols; j++)
        row[j] -= dot * other[j];
    }
}

/* @row becomes the axis that the first @n rows of @u (orthonormal, fewer than columns) cover least. */
static void
put_axis (double *row, const LwMat *u, size_t n)
{
  size_t p = u->cols, axis = 0;
  double least = INFINITY;

  for (size_t j = 0; j < p; j++) {
    double covered = 0;
    for (size_t b = 0; b < n; b++)
      covered += lw_mat_get (u, b, j) * lw_mat_get (u, b, j);
    if (covered < least) {
      least = covered;
      axis = j;
    }
  }
  for (size_t j = 0; j < p; j++)
    row[j] = j == axis;
}

/* Rows that are orthogonal already up to rounding become orthonormal; one without length becomes any direction that is left. */
static void
orthonormalise_rows (const LwMat *u)
{
  size_t p = u->cols;

  for (size_t a = 0; a < u->rows; a++) {
    double *row = lw_mat_row (u, a), before = lw_dot (row, row, p);
    take_out (row, u, a);
    double after = lw_dot (row, row, p);
    if (!(after > 1e-20 * before && after > 0)) {
      put_axis (row, u, a);
      take_out (row, u, a);
      after = lw_dot (row, row, p);
    }
    for (size_t j = 0; j < p; j++)
      row[j] /= sqrt (after);
  }
}

LwStatus
lw_subspace_find (const LwMat *x, size_t d, const LwMat *u, double *var, double *tail)
{
  size_t n = x->rows, p = x->cols, small = n < p ? n : p, wanted = d < small ? d : small;
  LwMat square = { 0 }, residual = { 0 }, projection = { 0 }, vectors = { 0 };

  if (d > p || u->rows != d || u->cols != p)
    return LW_ERR_SHAPE;
  double *values = lw_doubles_new (wanted);
  LwStatus status = values != NULL ? lw_mat_alloc (&square, small, small) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&vectors, wanted, small);
  if (status == LW_OK)
    status = lw_mat_alloc (&residual, LW_SUBSPACE_BLOCK, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&projection, d, LW_SUBSPACE_BLOCK);
  if (status == LW_OK) {
    lw_syrk (1, x, n > p, 0, &square);
    status = lw_eig_sym_leading (&square, wanted, values, &vectors);
  }
  if (status == LW_OK) {
    lw_mat_fill (u, 0);
    for (size_t a = 0; a < wanted && values[a] > 1e-15 * values[0]; a++) {
      LwMat vector = lw_mat_block (&vectors, a, 0, 1, small), row = lw_mat_block (u, a, 0, 1, p);
      if (n > p)
        lw_mat_copy (&vector, &row);
      else
        lw_gemm (1, &vector, false, x, false, 0, &row);
    }
    orthonormalise_rows (u);
    lw_subspace_explain (x, u, &residual, projection.data, var, tail);
  }
  lw_mat_clear (&square);
  lw_mat_clear (&vectors);
  lw_mat_clear (&residual);
  lw_mat_clear (&projection);
  free (values);
  return status;
}
