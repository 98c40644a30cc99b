/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-weight-rows.h"

#include <math.h>

/* @product as @h. */
static void
deviations (const LwMat *h, const LwWeightGaussian *g, const LwMat *product, const LwMat *std)
{
  size_t n = h->cols;

  for (size_t j = 0; j < std->cols; j++) {
    LwMat sigma = lw_mat_block (&g->sigma_w, j * n, j * n, n, n);
    lw_gemm (1, h, false, &sigma, false, 0, product);
    for (size_t i = 0; i < h->rows; i++) {
      const double *row = lw_mat_row (h, i), *other = lw_mat_row (product, i);
      double variance = 0;
      for (size_t k = 0; k < n; k++)
        variance += row[k] * other[k];
      lw_mat_set (std, i, j, sqrt (fmax (variance, 0)));
    }
  }
}

LwStatus
lw_weight_rows_band (const LwMat *h, const LwWeightGaussian *g, const LwMat *mean, const LwMat *std)
{
  LwMat product = { 0 };
  LwStatus status = std != NULL ? lw_mat_alloc (&product, h->rows, h->cols) : LW_OK;

  if (status != LW_OK)
    return status;
  if (mean != NULL) {
    LwMat mu = lw_mat_view (g->mu_w, mean->cols, h->cols);
    lw_gemm (1, h, false, &mu, true, 0, mean);
  }
  if (std != NULL)
    deviations (h, g, &product, std);
  lw_mat_clear (&product);
  return LW_OK;
}

LwStatus
lw_weight_rows_covariance (const LwMat *h, const LwWeightGaussian *g, const LwMat *cov)
{
  size_t n = h->cols, n_rows = h->rows;
  LwMat product;
  LwStatus status = lw_mat_alloc (&product, n_rows, n);

  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < g->n_weights / n; i++)
    for (size_t j = 0; j <= i; j++) {
      LwMat sigma = lw_mat_block (&g->sigma_w, i * n, j * n, n, n);
      LwMat block = lw_mat_block (cov, i * n_rows, j * n_rows, n_rows, n_rows);
      lw_gemm (1, h, false, &sigma, false, 0, &product);
      lw_gemm (1, &product, false, h, true, 0, &block);
    }
  for (size_t i = 0; i < cov->rows; i++)
    for (size_t j = 0; j < i; j++)
      lw_mat_set (cov, j, i, lw_mat_get (cov, i, j));
  lw_mat_clear (&product);
  return LW_OK;
}
