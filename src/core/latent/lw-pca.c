/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-pca.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"

static LwStatus
pca_alloc (LwPca *self, size_t p, size_t q)
{
  *self = (LwPca){ .p = p, .q = q };
  LwStatus status = lw_mat_alloc (&self->directions, q, p);
  self->mean = lw_doubles_new (p);
  self->variance = lw_doubles_new (q);
  if (status == LW_OK && (self->mean == NULL || self->variance == NULL))
    status = LW_ERR_MEMORY;
  if (status != LW_OK)
    lw_pca_clear (self);
  return status;
}

void
lw_pca_clear (LwPca *self)
{
  free (self->mean);
  free (self->variance);
  lw_mat_clear (&self->directions);
  *self = (LwPca){ 0 };
}

static double
centre (const LwMat *x, double *mean, const LwMat *centred)
{
  size_t n = x->rows, p = x->cols;
  double total = 0;

  memset (mean, 0, p * sizeof *mean);
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      mean[j] += lw_mat_get (x, i, j) / (double) n;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++) {
      double e = lw_mat_get (x, i, j) - mean[j];
      lw_mat_set (centred, i, j, e);
      total += e * e;
    }
  return total;
}

/* The SVD leaves the sign of a direction open; a rule makes it the same whatever LAPACK is installed. */
static void
copy_direction (const double *from, size_t p, double *to)
{
  size_t largest = 0;
  for (size_t j = 1; j < p; j++)
    if (fabs (from[j]) > fabs (from[largest]))
      largest = j;
  for (size_t j = 0; j < p; j++)
    to[j] = from[largest] < 0 ? -from[j] : from[j];
}

/* Fewest directions whose squares reach @share of @total, but for what the rounding of the sums may lack. */
static size_t
count_for_share (const double *s, size_t rank, double total, double share)
{
  double sum = 0;
  size_t q = 0;

  while (q < rank && (q == 0 || sum < share * total * (1 - 1e-12))) {
    sum += s[q] * s[q];
    q++;
  }
  return q;
}

/* @q = 0: as many as @share needs. */
static LwStatus
fit (const LwMat *x, size_t q, double share, LwPca *out)
{
  size_t n = x->rows, p = x->cols, rank = n < p ? n : p;
  LwMat centred = { 0 }, vt = { 0 };
  LwPca self = { 0 };

  if (rank == 0 || q > rank)
    return LW_ERR_TOO_FEW;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;
  double *s = lw_doubles_new (rank), *mean = lw_doubles_new (p), total = 0;
  LwStatus status = s != NULL && mean != NULL ? lw_mat_alloc (&centred, n, p) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&vt, rank, p);
  if (status == LW_OK) {
    total = centre (x, mean, &centred);
    status = isfinite (total) ? lw_svd_thin (&centred, NULL, s, &vt) : LW_ERR_NOT_FINITE;
  }
  if (status == LW_OK)
    status = pca_alloc (&self, p, q > 0 ? q : count_for_share (s, rank, total, share));
  if (status == LW_OK) {
    double divisor = n > 1 ? (double) (n - 1) : 1;
    memcpy (self.mean, mean, p * sizeof *mean);
    self.total_variance = total / divisor;
    for (size_t j = 0; j < self.q; j++) {
      self.variance[j] = s[j] * s[j] / divisor;
      copy_direction (lw_mat_row (&vt, j), p, lw_mat_row (&self.directions, j));
    }
    *out = self;
  }
  lw_mat_clear (&centred);
  lw_mat_clear (&vt);
  free (s);
  free (mean);
  return status;
}

LwStatus
lw_pca_fit (const LwMat *x, size_t q, LwPca *out)
{
  return q > 0 ? fit (x, q, 0, out) : LW_ERR_RANGE;
}

LwStatus
lw_pca_fit_share (const LwMat *x, double share, LwPca *out)
{
  return share > 0 && share <= 1 ? fit (x, 0, share, out) : LW_ERR_RANGE;
}

double
lw_pca_explained (const LwPca *self, size_t q)
{
  double sum = 0;

  if (!(self->total_variance > 0))
    return 1;
  for (size_t j = 0; j < q && j < self->q; j++)
    sum += self->variance[j];
  return fmin (sum / self->total_variance, 1);
}

LwStatus
lw_pca_project (const LwPca *self, const LwMat *x, const LwMat *z)
{
  if (x->cols != self->p || z->cols != self->q || z->rows != x->rows)
    return LW_ERR_SHAPE;
  for (size_t i = 0; i < x->rows; i++) {
    const double *row = lw_mat_row (x, i);
    for (size_t j = 0; j < self->q; j++) {
      const double *direction = lw_mat_row (&self->directions, j);
      double sum = 0;
      for (size_t a = 0; a < self->p; a++)
        sum += direction[a] * (row[a] - self->mean[a]);
      lw_mat_set (z, i, j, sum);
    }
  }
  return LW_OK;
}

LwStatus
lw_pca_reconstruct (const LwPca *self, const LwMat *z, const LwMat *x)
{
  if (x->cols != self->p || z->cols != self->q || z->rows != x->rows)
    return LW_ERR_SHAPE;
  for (size_t i = 0; i < x->rows; i++)
    memcpy (lw_mat_row (x, i), self->mean, self->p * sizeof *self->mean);
  lw_gemm (1, z, false, &self->directions, false, 1, x);
  return LW_OK;
}

LwStatus
lw_pca_to_arrays (const LwPca *self, LwArrays *out)
{
  LwStatus status = lw_arrays_put_vector (out, "pca_mean", self->mean, self->p);

  if (status == LW_OK)
    status = lw_arrays_put (out, "pca_directions", &self->directions);
  if (status == LW_OK)
    status = lw_arrays_put_vector (out, "pca_variance", self->variance, self->q);
  if (status == LW_OK)
    status = lw_arrays_put_scalar (out, "pca_total", self->total_variance);
  return status;
}

LwStatus
lw_pca_from_arrays (const LwArrays *in, LwPca *out)
{
  const LwMat *directions = lw_arrays_get (in, "pca_directions");

  if (directions == NULL)
    return LW_ERR_SHAPE;
  size_t q = directions->rows, p = directions->cols;
  const double *mean = lw_arrays_get_vector (in, "pca_mean", p), *variance = lw_arrays_get_vector (in, "pca_variance", q);
  const double *total = lw_arrays_get_vector (in, "pca_total", 1);
  if (q == 0 || p == 0 || mean == NULL || variance == NULL || total == NULL)
    return LW_ERR_SHAPE;
  if (!lw_all_finite (mean, p) || !lw_mat_is_finite (directions) || !lw_all_finite (variance, q) || !isfinite (*total))
    return LW_ERR_NOT_FINITE;
  bool valid = q <= p && *total >= 0;
  for (size_t j = 0; j < q; j++)
    valid = valid && variance[j] >= 0;
  if (!valid)
    return LW_ERR_RANGE;

  LwPca self;
  LwStatus status = pca_alloc (&self, p, q);
  if (status != LW_OK)
    return status;
  memcpy (self.mean, mean, p * sizeof (double));
  memcpy (self.variance, variance, q * sizeof (double));
  lw_mat_copy (directions, &self.directions);
  self.total_variance = *total;
  *out = self;
  return LW_OK;
}
