/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ledoit-wolf.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"

#define LOG_2PI 1.8378770664093454835606594728112
/* Samples whose density is computed together. */
#define BLOCK 64

void
lw_ledoit_wolf_clear (LwLedoitWolf *self)
{
  free (self->mean);
  lw_mat_clear (&self->root);
  lw_mat_clear (&self->chol);
  *self = (LwLedoitWolf){ 0 };
}

/* a = min (b^2, d^2) / d^2 with d^2 = |S - m I|_F^2 / p and b^2 = sum_i |x_i x_i' - S|_F^2 / (n^2 p): both need only |x_i|^4,
 * tr S and |S|_F^2, which is the same for the Gram matrix. */
static double
shrinkage (const LwMat *square, double trace, double sum_fourth, size_t n, size_t p)
{
  double frobenius = 0;
  for (size_t i = 0; i < square->rows; i++)
    frobenius += lw_dot (lw_mat_row (square, i), lw_mat_row (square, i), square->cols);
  double spread = frobenius - trace * trace / (double) p;
  double error = (sum_fourth / (double) n - frobenius) / (double) n;
  if (!(spread > 0))
    return 1;
  return fmin (fmax (error, 0), spread) / spread;
}

static void
mean_of_rows (const LwMat *x, double *mean)
{
  memset (mean, 0, x->cols * sizeof *mean);
  for (size_t i = 0; i < x->rows; i++)
    for (size_t j = 0; j < x->cols; j++)
      mean[j] += lw_mat_get (x, i, j) / (double) x->rows;
}

/* Centres the rows and divides them by sqrt n. Returns the sum of |x_i|^4 before that, and the trace of S. */
static double
centre (const LwMat *x, double *mean, double *trace)
{
  size_t n = x->rows, p = x->cols;
  double sum_fourth = 0;

  mean_of_rows (x, mean);
  *trace = 0;
  for (size_t i = 0; i < n; i++) {
    double *row = lw_mat_row (x, i);
    for (size_t j = 0; j < p; j++)
      row[j] = (row[j] - mean[j]) / sqrt ((double) n);
    double square = lw_dot (row, row, p);
    *trace += square;
    sum_fourth += square * square * (double) n * (double) n;
  }
  return sum_fourth;
}

LwStatus
lw_ledoit_wolf_init (LwLedoitWolf *self, const LwMat *x, double noise_floor)
{
  size_t n = x->rows, p = x->cols;
  LwLedoitWolf model = { .p = p };
  double trace = 0;

  if (n == 0 || p == 0)
    return LW_ERR_TOO_FEW;
  if (!(noise_floor > 0))
    return LW_ERR_RANGE;
  bool few = 3 * n < p; /* then neither time nor memory allows p x p */
  size_t side = few ? n : p;
  LwStatus status = lw_mat_alloc (&model.root, n, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&model.chol, side, side);
  model.mean = lw_doubles_new (p);
  if (status == LW_OK && model.mean == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK) {
    lw_mat_copy (x, &model.root);
    double sum_fourth = centre (&model.root, model.mean, &trace);
    lw_syrk (1, &model.root, !few, 0, &model.chol);
    model.weight = shrinkage (&model.chol, trace, sum_fourth, n, p);
    if (!isfinite (trace) || !isfinite (model.weight))
      status = LW_ERR_NOT_FINITE;
  }
  if (status == LW_OK) {
    /* Below this rounding of S would leave A without a factor. */
    double least = 16 * DBL_EPSILON * trace * (double) side;
    model.isotropic = fmax (model.weight * trace / (double) p, fmax (noise_floor, least));
    for (size_t i = 0; i < side; i++) {
      double *row = lw_mat_row (&model.chol, i);
      for (size_t j = 0; j < side; j++)
        row[j] *= 1 - model.weight;
      row[i] += model.isotropic;
    }
    status = lw_chol_factor (&model.chol);
  }
  if (status != LW_OK) {
    lw_ledoit_wolf_clear (&model);
    return status;
  }
  model.log_det = lw_chol_logdet (&model.chol) + (double) (p - side) * log (model.isotropic);
  if (few) {
    model.n = n;
    for (size_t i = 0; i < n * p; i++)
      model.root.data[i] *= sqrt (1 - model.weight);
  } else {
    lw_mat_clear (&model.root);
  }
  *self = model;
  return LW_OK;
}

void
lw_ledoit_wolf_move (LwLedoitWolf *self, const LwMat *x)
{
  mean_of_rows (x, self->mean);
}

LwStatus
lw_ledoit_wolf_log_density (const LwLedoitWolf *self, const LwMat *x, double *log_p, size_t stride)
{
  size_t p = self->p, few = self->n;
  LwMat e = { 0 }, g = { 0 };

  if (x->cols != p)
    return LW_ERR_SHAPE;
  LwStatus status = lw_mat_alloc (&e, BLOCK, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&g, BLOCK, few);
  for (size_t from = 0; from < x->rows && status == LW_OK; from += BLOCK) {
    size_t n = x->rows - from < BLOCK ? x->rows - from : BLOCK;
    LwMat rest = lw_mat_block (&e, 0, 0, n, p), along = lw_mat_block (&g, 0, 0, n, few);
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < p; j++)
        lw_mat_row (&rest, i)[j] = lw_mat_row (x, from + i)[j] - self->mean[j];
    if (few > 0) { /* g = (t I + E E')^-1 E e */
      lw_gemm (1, &rest, false, &self->root, true, 0, &along);
      lw_tri_solve_rows (&self->chol, false, &along);
      lw_tri_solve_rows (&self->chol, true, &along);
      lw_gemm (-1, &along, false, &self->root, false, 1, &rest);
    } else {
      lw_tri_solve_rows (&self->chol, false, &rest);
    }
    for (size_t i = 0; i < n; i++) {
      const double *row = lw_mat_row (&rest, i), *own = lw_mat_row (&along, i);
      double square = lw_dot (row, row, p);
      if (few > 0)
        square = square / self->isotropic + lw_dot (own, own, few);
      log_p[(from + i) * stride] = -0.5 * (square + self->log_det + (double) p * LOG_2PI);
    }
  }
  lw_mat_clear (&e);
  lw_mat_clear (&g);
  return status;
}
