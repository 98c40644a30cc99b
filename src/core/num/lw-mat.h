/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "lw-status.h"

/* Row-major view of doubles: element (i, j) is data[i * stride + j]. A view does not own; lw_mat_alloc() makes one
 * that is later released with lw_mat_clear(). Any thread; no global state. */
typedef struct {
  double *data;
  size_t  rows;
  size_t  cols;
  size_t  stride; /* >= cols */
} LwMat;

static inline LwMat
lw_mat_view (double *data, size_t rows, size_t cols)
{
  return (LwMat){ data, rows, cols, cols };
}

/* Rows [row, row + rows) and columns [col, col + cols) of @m, sharing its memory. */
static inline LwMat
lw_mat_block (const LwMat *m, size_t row, size_t col, size_t rows, size_t cols)
{
  return (LwMat){ m->data + row * m->stride + col, rows, cols, m->stride };
}

static inline double *
lw_mat_row (const LwMat *m, size_t i)
{
  return m->data + i * m->stride;
}

static inline double
lw_mat_get (const LwMat *m, size_t i, size_t j)
{
  return m->data[i * m->stride + j];
}

static inline void
lw_mat_set (const LwMat *m, size_t i, size_t j, double v)
{
  m->data[i * m->stride + j] = v;
}

/* Zeroed storage; LW_ERR_MEMORY also when rows * cols overflows. */
LwStatus lw_mat_alloc     (LwMat *out, size_t rows, size_t cols) LW_MUST_USE;
void     lw_mat_clear     (LwMat *m);                       /* frees and zeroes the view; may run twice */
void     lw_mat_copy      (const LwMat *src, const LwMat *dst); /* same shape */
void     lw_mat_fill      (const LwMat *m, double v);
bool     lw_mat_is_finite (const LwMat *m);
bool     lw_all_finite    (const double *x, size_t n);

/* Zeroed array of @n doubles, overflow-checked; NULL when it cannot be had. Release with free(). */
double  *lw_doubles_new   (size_t n);

/* C = alpha op(A) op(B) + beta C;  op transposes when the flag is set. */
void lw_gemm (double alpha, const LwMat *a, bool trans_a, const LwMat *b, bool trans_b, double beta, const LwMat *c);
/* y = alpha op(A) x + beta y */
void lw_gemv (double alpha, const LwMat *a, bool trans_a, const double *x, double beta, double *y);
/* C = alpha A' A + beta C (trans_a) or alpha A A' + beta C; both halves of C are filled. */
void lw_syrk (double alpha, const LwMat *a, bool trans_a, double beta, const LwMat *c);
