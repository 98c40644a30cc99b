/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca-density.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"

#define LOG_2PI 1.8378770664093454835606594728112
/* Samples of one matrix product, and of one set of residuals. */
#define BLOCK 256
#define PART 64
/* Rounding of the differences of squares, in units of the last place of their largest term: sums of p products err by far less
 * than p of them. */
#define ROUNDING (8 * DBL_EPSILON)
/* Error of a log density that is let pass, relative to its size. */
#define TOLERATED 2e-13

LwStatus
lw_mppca_density_init (LwMppcaDensity *self, size_t K, size_t r, size_t p)
{
  size_t frame_rows;

  *self = (LwMppcaDensity){ .K = K, .r = r, .p = p };
  if (__builtin_mul_overflow (K, r + 1, &frame_rows))
    return LW_ERR_MEMORY;
  struct {
    LwMat *mat;
    size_t rows, cols;
  } wanted[] = {
    { &self->frame, frame_rows, p },     { &self->var, K, r },   { &self->offset, K, r + 1 },
    { &self->along, BLOCK, frame_rows }, { &self->error, BLOCK, K }, { &self->rest, PART, p },
    { &self->own, PART, r },
  };
  LwStatus status = LW_OK;
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted && status == LW_OK; i++)
    status = lw_mat_alloc (wanted[i].mat, wanted[i].rows, wanted[i].cols);
  self->log_pi = lw_doubles_new (K);
  self->tail_var = lw_doubles_new (K);
  self->constant = lw_doubles_new (K);
  self->rows = calloc (BLOCK, sizeof *self->rows);
  if (self->log_pi == NULL || self->tail_var == NULL || self->constant == NULL || self->rows == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK)
    lw_mppca_density_clear (self);
  return status;
}

void
lw_mppca_density_clear (LwMppcaDensity *self)
{
  LwMat *mats[] = { &self->frame, &self->var, &self->offset, &self->along, &self->error, &self->rest, &self->own };
  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++)
    lw_mat_clear (mats[i]);
  free (self->log_pi);
  free (self->tail_var);
  free (self->constant);
  free (self->rows);
  *self = (LwMppcaDensity){ 0 };
}

LwMat
lw_mppca_density_directions (const LwMppcaDensity *self, size_t k)
{
  return lw_mat_block (&self->frame, k * (self->r + 1), 0, self->r, self->p);
}

double *
lw_mppca_density_mean (const LwMppcaDensity *self, size_t k)
{
  return lw_mat_row (&self->frame, k * (self->r + 1) + self->r);
}

/* What does not depend on the samples. */
static void
prepare (LwMppcaDensity *self)
{
  size_t r = self->r, p = self->p;

  for (size_t k = 0; k < self->K; k++) {
    LwMat component = lw_mat_block (&self->frame, k * (r + 1), 0, r + 1, p);
    lw_gemv (1, &component, false, lw_mppca_density_mean (self, k), 0, lw_mat_row (&self->offset, k));
    double constant = (double) p * LOG_2PI + (double) (p - r) * log (self->tail_var[k]) - 2 * self->log_pi[k];
    for (size_t a = 0; a < r; a++)
      constant += log (lw_mat_get (&self->var, k, a));
    self->constant[k] = constant;
  }
}

/* From the products of one sample with the frame; returns a bound on what rounding did to it. */
static double
quick_log_joint (const LwMppcaDensity *self, size_t k, const double *along, double square, double *log_joint)
{
  size_t r = self->r;
  const double *offset = lw_mat_row (&self->offset, k), *var = lw_mat_row (&self->var, k);
  double mean_square = offset[r], scale = square + mean_square, distance = 0, error = 0;
  double tail = scale - 2 * along[r];

  for (size_t a = 0; a < r; a++) {
    double t = along[a] - offset[a];
    distance += t * t / var[a];
    /* t errs by the rounding of its terms: |x| and |m| at most. */
    error += (fabs (t) * sqrt (scale) + DBL_EPSILON * scale) / var[a];
    tail -= t * t;
  }
  if (r < self->p) {
    distance += fmax (tail, 0) / self->tail_var[k];
    error += scale / self->tail_var[k];
  }
  *log_joint = -0.5 * (self->constant[k] + distance);
  return ROUNDING * error;
}

/* The same with residuals, for the @n_rows samples self->rows[] of the block at @from. */
static void
close_log_joint (LwMppcaDensity *self, size_t k, const LwMat *x, size_t from, size_t n_rows, const LwMat *joint)
{
  size_t r = self->r, p = self->p;
  LwMat u = lw_mppca_density_directions (self, k);
  const double *mean = lw_mppca_density_mean (self, k), *var = lw_mat_row (&self->var, k);

  for (size_t first = 0; first < n_rows; first += PART) {
    size_t n = n_rows - first < PART ? n_rows - first : PART;
    LwMat rest = lw_mat_block (&self->rest, 0, 0, n, p), own = lw_mat_block (&self->own, 0, 0, n, r);
    for (size_t i = 0; i < n; i++) {
      const double *row = lw_mat_row (x, from + self->rows[first + i]);
      double *e = lw_mat_row (&rest, i);
      for (size_t j = 0; j < p; j++)
        e[j] = row[j] - mean[j];
    }
    lw_gemm (1, &rest, false, &u, true, 0, &own);
    lw_gemm (-1, &own, false, &u, false, 1, &rest);
    for (size_t i = 0; i < n; i++) {
      const double *e = lw_mat_row (&rest, i), *t = lw_mat_row (&own, i);
      double distance = r < p ? lw_dot (e, e, p) / self->tail_var[k] : 0;
      for (size_t a = 0; a < r; a++)
        distance += t[a] * t[a] / var[a];
      lw_mat_set (joint, from + self->rows[first + i], k, -0.5 * (self->constant[k] + distance));
    }
  }
}

void
lw_mppca_density_log_joint (LwMppcaDensity *self, const LwMat *x, const double *square, double reach, const LwMat *joint)
{
  size_t K = self->K, width = self->r + 1;

  prepare (self);
  for (size_t from = 0; from < x->rows; from += BLOCK) {
    size_t n = x->rows - from < BLOCK ? x->rows - from : BLOCK;
    LwMat part = lw_mat_block (x, from, 0, n, self->p), along = lw_mat_block (&self->along, 0, 0, n, K * width);
    lw_gemm (1, &part, false, &self->frame, true, 0, &along);
    for (size_t i = 0; i < n; i++) {
      double *row = lw_mat_row (joint, from + i), *error = lw_mat_row (&self->error, i), surely = -INFINITY;
      for (size_t k = 0; k < K; k++) {
        error[k] = quick_log_joint (self, k, lw_mat_row (&along, i) + k * width, square[from + i], &row[k]);
        surely = fmax (surely, row[k] - error[k]);
      }
      for (size_t k = 0; k < K; k++) /* 0 = exact enough, or of no weight */
        if (error[k] <= TOLERATED * (1 + fabs (row[k])) || row[k] + error[k] < surely - reach)
          error[k] = 0;
    }
    for (size_t k = 0; k < K; k++) {
      size_t n_rows = 0;
      for (size_t i = 0; i < n; i++)
        if (lw_mat_get (&self->error, i, k) != 0)
          self->rows[n_rows++] = i;
      close_log_joint (self, k, x, from, n_rows, joint);
    }
  }
}
