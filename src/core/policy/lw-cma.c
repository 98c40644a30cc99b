/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cma.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-cma-private.h"

#define LOG_2PI 1.8378770664093454836

LwStatus
lw_cma_alloc (LwCma *self, size_t n)
{
  size_t size;
  double *at;

  *self = (LwCma){ .n = n };
  if (__builtin_mul_overflow (2 * n + 4, n, &size) || n > SIZE_MAX / 4 || (self->storage = lw_doubles_new (size)) == NULL)
    return LW_ERR_MEMORY;
  at = self->storage;
  self->C = lw_mat_view (at, n, n), at += n * n;
  self->B = lw_mat_view (at, n, n), at += n * n;
  self->D = at, at += n;
  self->mean = at, at += n;
  self->p_sigma = at, at += n;
  self->p_c = at;
  return LW_OK;
}

LwStatus
lw_cma_init (LwCma *self, size_t n, const double *mean, double sigma)
{
  LwCma made;
  LwStatus status;

  if (n == 0 || !(sigma > 0.0))
    return LW_ERR_RANGE;
  for (size_t i = 0; mean != NULL && i < n; i++)
    if (!isfinite (mean[i]))
      return LW_ERR_NOT_FINITE;
  if (isinf (sigma))
    return LW_ERR_NOT_FINITE;
  status = lw_cma_alloc (&made, n);
  if (status != LW_OK)
    return status;
  made.sigma = sigma;
  for (size_t i = 0; i < n; i++) {
    made.mean[i] = mean != NULL ? mean[i] : 0.0;
    made.D[i] = 1.0;
    lw_mat_set (&made.C, i, i, 1.0);
    lw_mat_set (&made.B, i, i, 1.0);
  }
  *self = made;
  return LW_OK;
}

void
lw_cma_clear (LwCma *self)
{
  free (self->storage);
  *self = (LwCma){ 0 };
}

LwStatus
lw_cma_copy (const LwCma *self, LwCma *out)
{
  LwCma made;
  LwStatus status = lw_cma_alloc (&made, self->n);

  if (status != LW_OK)
    return status;
  memcpy (made.storage, self->storage, (2 * self->n + 4) * self->n * sizeof (double));
  made.sigma = self->sigma;
  made.generation = self->generation;
  made.evaluations = self->evaluations;
  made.eigen_generation = self->eigen_generation;
  *out = made;
  return LW_OK;
}

void
lw_cma_sample (const LwCma *self, LwRng *rng, double *scratch, double *x)
{
  lw_rng_normals (rng, scratch, self->n);
  for (size_t i = 0; i < self->n; i++)
    scratch[i] *= self->D[i];
  memcpy (x, self->mean, self->n * sizeof *x);
  lw_gemv (self->sigma, &self->B, true, scratch, 1.0, x);
}

void
lw_cma_whiten (const LwCma *self, const double *y, double *out)
{
  lw_gemv (1.0, &self->B, false, y, 0.0, out);
  for (size_t i = 0; i < self->n; i++)
    out[i] /= self->D[i];
}

double
lw_cma_log_density (const LwCma *self, const double *x, double *scratch)
{
  double sum = 0.0, log_det = 0.0;

  lw_gemv (1.0, &self->B, false, x, 0.0, scratch);
  lw_gemv (-1.0, &self->B, false, self->mean, 1.0, scratch);
  for (size_t i = 0; i < self->n; i++) {
    double e = scratch[i] / self->D[i] / self->sigma;

    sum += e * e;
    log_det += log (self->D[i]) + log (self->sigma);
  }
  return -0.5 * (double) self->n * LOG_2PI - log_det - 0.5 * sum;
}

LwStatus
lw_cma_kl (const LwCma *a, const LwCma *b, double *kl)
{
  size_t n = a->n;
  double ratio = a->sigma / b->sigma, trace = 0.0, log_det = 0.0, distance = 0.0;
  double *shift;
  LwMat turned;
  LwStatus status;

  if (b->n != n)
    return LW_ERR_SHAPE;
  status = lw_mat_alloc (&turned, n + 2, n);
  if (status != LW_OK)
    return status;
  shift = lw_mat_row (&turned, n);
  for (size_t i = 0; i < n; i++)
    shift[i] = (a->mean[i] - b->mean[i]) / b->sigma;
  lw_cma_whiten (b, shift, lw_mat_row (&turned, n + 1));
  turned.rows = n;
  lw_gemm (1.0, &b->B, false, &a->B, true, 0.0, &turned);
  for (size_t i = 0; i < n; i++) {
    for (size_t j = 0; j < n; j++) {
      double e = ratio * lw_mat_get (&turned, i, j) * a->D[j] / b->D[i];

      trace += e * e;
    }
    log_det += log (b->D[i] / a->D[i]) - log (ratio);
    distance += shift[n + i] * shift[n + i];
  }
  *kl = 0.5 * (trace - (double) n + distance) + log_det;
  lw_mat_clear (&turned);
  return LW_OK;
}

/* ---- state ---- */

LwStatus
lw_cma_to_arrays (const LwCma *self, LwArrays *out)
{
  double counts[] = { self->sigma, (double) self->generation, (double) self->evaluations, (double) self->eigen_generation };
  LwMat paths = lw_mat_view (self->p_sigma, 2, self->n); /* p_sigma, p_c */
  LwStatus status = lw_arrays_put_vector (out, "cma_mean", self->mean, self->n);

  if (status == LW_OK)
    status = lw_arrays_put (out, "cma_paths", &paths);
  if (status == LW_OK)
    status = lw_arrays_put (out, "cma_c", &self->C);
  if (status == LW_OK)
    status = lw_arrays_put (out, "cma_b", &self->B);
  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "cma_d", self->D, self->n);
  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "cma_counts", counts, 4);
  return status;
}

static LwStatus
take (const LwArrays *in, const char *name, size_t rows, size_t cols, double *out)
{
  const LwMat *mat = lw_arrays_get (in, name);

  if (mat == NULL || mat->rows != rows || mat->cols != cols)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (mat))
    return LW_ERR_NOT_FINITE;
  memcpy (out, mat->data, rows * cols * sizeof *out);
  return LW_OK;
}

static bool
is_count (double x)
{
  return x >= 0.0 && x < 1e15 && x == floor (x);
}

LwStatus
lw_cma_from_arrays (const LwArrays *in, size_t n, LwCma *out)
{
  LwCma made;
  double counts[4];
  LwStatus status = n > 0 ? lw_cma_alloc (&made, n) : LW_ERR_RANGE;

  if (status != LW_OK)
    return status;
  status = take (in, "cma_mean", 1, n, made.mean);
  if (status == LW_OK)
    status = take (in, "cma_paths", 2, n, made.p_sigma);
  if (status == LW_OK)
    status = take (in, "cma_c", n, n, made.C.data);
  if (status == LW_OK)
    status = take (in, "cma_b", n, n, made.B.data);
  if (status == LW_OK)
    status = take (in, "cma_d", 1, n, made.D);
  if (status == LW_OK)
    status = take (in, "cma_counts", 1, 4, counts);
  if (status == LW_OK
      && !(counts[0] > 0.0 && is_count (counts[1]) && is_count (counts[2]) && is_count (counts[3]) && counts[3] <= counts[1]))
    status = LW_ERR_RANGE;
  for (size_t i = 0; i < n && status == LW_OK; i++)
    if (!(made.D[i] > 0.0))
      status = LW_ERR_NOT_SPD;
  if (status != LW_OK) {
    lw_cma_clear (&made);
    return status;
  }
  made.sigma = counts[0];
  made.generation = (size_t) counts[1];
  made.evaluations = (size_t) counts[2];
  made.eigen_generation = (size_t) counts[3];
  *out = made;
  return LW_OK;
}
