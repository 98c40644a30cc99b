/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-low-rank-gaussian.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"

#define LOG_2PI 1.8378770664093454835606594728112

LwStatus
lw_low_rank_gaussian_init (LwLowRankGaussian *self, size_t p, size_t r_max)
{
  *self = (LwLowRankGaussian){ .p = p };
  self->mean = lw_doubles_new (p);
  self->var = lw_doubles_new (r_max);
  LwStatus status = lw_mat_alloc (&self->u, r_max, p);
  if (self->mean == NULL || self->var == NULL || status != LW_OK) {
    lw_low_rank_gaussian_clear (self);
    return LW_ERR_MEMORY;
  }
  return LW_OK;
}

void
lw_low_rank_gaussian_clear (LwLowRankGaussian *self)
{
  free (self->mean);
  free (self->var);
  lw_mat_clear (&self->u);
  *self = (LwLowRankGaussian){ 0 };
}

LwStatus
lw_low_rank_workspace_init (LwLowRankWorkspace *ws, size_t p, size_t r_max)
{
  *ws = (LwLowRankWorkspace){ 0 };
  LwStatus status = lw_mat_alloc (&ws->residual, LW_LOW_RANK_BLOCK, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&ws->projection, LW_LOW_RANK_BLOCK, r_max);
  if (status != LW_OK)
    lw_low_rank_workspace_clear (ws);
  return status;
}

void
lw_low_rank_workspace_clear (LwLowRankWorkspace *ws)
{
  lw_mat_clear (&ws->residual);
  lw_mat_clear (&ws->projection);
}

void
lw_low_rank_gaussian_log_density (const LwLowRankGaussian *self, const LwMat *x, LwLowRankWorkspace *ws, double *log_p,
                                  size_t stride)
{
  size_t p = self->p, r = self->r;
  LwMat u = lw_mat_block (&self->u, 0, 0, r, p);
  double constant = (double) p * LOG_2PI + (double) (p - r) * log (self->tail_var);

  for (size_t j = 0; j < r; j++)
    constant += log (self->var[j]);
  for (size_t from = 0; from < x->rows; from += LW_LOW_RANK_BLOCK) {
    size_t n = x->rows - from < LW_LOW_RANK_BLOCK ? x->rows - from : LW_LOW_RANK_BLOCK;
    LwMat residual = lw_mat_block (&ws->residual, 0, 0, n, p);
    LwMat projection = lw_mat_block (&ws->projection, 0, 0, n, r);
    for (size_t i = 0; i < n; i++) {
      const double *row = lw_mat_row (x, from + i);
      double *e = lw_mat_row (&residual, i);
      for (size_t j = 0; j < p; j++)
        e[j] = row[j] - self->mean[j];
    }
    lw_gemm (1, &residual, false, &u, true, 0, &projection);
    lw_gemm (-1, &projection, false, &u, false, 1, &residual);
    for (size_t i = 0; i < n; i++) {
      const double *e = lw_mat_row (&residual, i), *t = lw_mat_row (&projection, i);
      double tail = 0, distance = 0;
      for (size_t j = 0; j < p; j++)
        tail += e[j] * e[j];
      for (size_t j = 0; j < r; j++)
        distance += t[j] * t[j] / self->var[j];
      log_p[(from + i) * stride] = -0.5 * (constant + distance + (r < p ? tail / self->tail_var : 0));
    }
  }
}

/* Rows of @u that are orthogonal already up to rounding become orthonormal; a row without length becomes zero. */
static void
orthonormalise_rows (const LwMat *u)
{
  size_t p = u->cols;

  for (size_t a = 0; a < u->rows; a++) {
    double *row = lw_mat_row (u, a);
    double before = 0, after = 0;
    for (size_t j = 0; j < p; j++)
      before += row[j] * row[j];
    for (unsigned pass = 0; pass < 2; pass++) /* twice is enough: Kahan and Parlett */
      for (size_t b = 0; b < a; b++) {
        const double *other = lw_mat_row (u, b);
        double dot = 0;
        for (size_t j = 0; j < p; j++)
          dot += row[j] * other[j];
        for (size_t j = 0; j < p; j++)
          row[j] -= dot * other[j];
      }
    for (size_t j = 0; j < p; j++)
      after += row[j] * row[j];
    double scale = after > 1e-20 * before && after > 0 ? 1 / sqrt (after) : 0;
    for (size_t j = 0; j < p; j++)
      row[j] *= scale;
  }
}

LwStatus
lw_low_rank_leading (const LwMat *x, size_t d, const LwMat *u, double *var, double *tail)
{
  size_t n = x->rows, p = x->cols, small = n < p ? n : p;
  LwMat square = { 0 }, residual = { 0 }, projection = { 0 };
  double *values = lw_doubles_new (small);

  LwStatus status = values != NULL ? lw_mat_alloc (&square, small, small) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&residual, n, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&projection, n, d);
  if (status == LW_OK) {
    lw_syrk (1, x, n > p, 0, &square);
    status = lw_eig_sym (&square, values);
  }
  if (status == LW_OK) {
    lw_mat_fill (u, 0);
    for (size_t a = 0; a < d && a < small; a++) { /* ascending: the last rows are the leading vectors */
      const double *vector = lw_mat_row (&square, small - 1 - a);
      if (values[small - 1 - a] <= 1e-15 * values[small - 1])
        break;
      if (n > p)
        memcpy (lw_mat_row (u, a), vector, p * sizeof *vector);
      else
        lw_gemv (1, x, true, vector, 0, lw_mat_row (u, a));
    }
    orthonormalise_rows (u);

    lw_mat_copy (x, &residual);
    lw_gemm (1, x, false, u, true, 0, &projection);
    lw_gemm (-1, &projection, false, u, false, 1, &residual);
    *tail = 0;
    memset (var, 0, d * sizeof *var);
    for (size_t i = 0; i < n; i++) {
      const double *e = lw_mat_row (&residual, i), *t = lw_mat_row (&projection, i);
      for (size_t j = 0; j < p; j++)
        *tail += e[j] * e[j];
      for (size_t a = 0; a < d; a++)
        var[a] += t[a] * t[a];
    }
  }
  lw_mat_clear (&square);
  lw_mat_clear (&residual);
  lw_mat_clear (&projection);
  free (values);
  return status;
}

/* Weight of the isotropic target: a = min(b^2, d^2) / d^2 with d^2 = |S - m I|_F^2 / p and
 * b^2 = sum_i |x_i x_i' - S|_F^2 / (n^2 p). Both need only |x_i|^4 and |S|_F^2 = sum of the squared eigenvalues. */
static double
ledoit_wolf_weight (const double *eigenvalues, size_t n_values, double sum_fourth, size_t n, size_t p)
{
  double trace = 0, square = 0;
  for (size_t j = 0; j < n_values; j++) {
    trace += eigenvalues[j];
    square += eigenvalues[j] * eigenvalues[j];
  }
  double spread = square - trace * trace / (double) p;
  double error = (sum_fourth / (double) n - square) / (double) n;
  if (!(spread > 0))
    return 1;
  return fmin (fmax (error, 0), spread) / spread;
}

LwStatus
lw_low_rank_gaussian_ledoit_wolf (LwLowRankGaussian *self, const LwMat *x, double noise_floor)
{
  size_t n = x->rows, p = x->cols, r = n < p ? n : p;
  LwMat centred = { 0 }, vt = { 0 };

  if (n == 0)
    return LW_ERR_TOO_FEW;
  if (p != self->p || self->u.rows < r)
    return LW_ERR_SHAPE;
  double *values = lw_doubles_new (r);
  LwStatus status = values != NULL ? lw_mat_alloc (&centred, n, p) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&vt, r, p);

  double sum_fourth = 0;
  if (status == LW_OK) {
    memset (self->mean, 0, p * sizeof *self->mean);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < p; j++)
        self->mean[j] += lw_mat_get (x, i, j) / (double) n;
    for (size_t i = 0; i < n; i++) {
      double *row = lw_mat_row (&centred, i), square = 0;
      for (size_t j = 0; j < p; j++) {
        row[j] = lw_mat_get (x, i, j) - self->mean[j];
        square += row[j] * row[j];
        row[j] /= sqrt ((double) n);
      }
      sum_fourth += square * square;
    }
    status = lw_svd_thin (&centred, NULL, values, &vt);
  }
  if (status == LW_OK) {
    double trace = 0;
    for (size_t j = 0; j < r; j++) {
      values[j] *= values[j];
      trace += values[j];
    }
    double weight = ledoit_wolf_weight (values, r, sum_fourth, n, p);
    double target = weight * trace / (double) p;
    LwMat u = lw_mat_block (&self->u, 0, 0, r, p);
    lw_mat_copy (&vt, &u);
    self->r = r;
    self->tail_var = fmax (target, noise_floor);
    for (size_t j = 0; j < r; j++)
      self->var[j] = fmax ((1 - weight) * values[j] + target, noise_floor);
  }
  lw_mat_clear (&centred);
  lw_mat_clear (&vt);
  free (values);
  return status;
}
