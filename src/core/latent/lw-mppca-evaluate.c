/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-mppca-identify.h"
#include "lw-mppca-private.h"
#include "lw-stats.h"

/* A component less likely than this cannot be felt. */
#define NO_SHARE 1e-16

static double
scale_of (const LwMppca *self, size_t j)
{
  return self->column_scale != NULL ? self->column_scale[j] : 1;
}

/* W_k in inner units as U diag (l) V'; @vt (r x d, nullable), r = min (d, p). */
static LwStatus
decompose_loading (const LwMppca *self, size_t k, const LwMat *left, double *l, const LwMat *vt)
{
  LwMat own = lw_mppca_loading (self, k), w;

  LwStatus status = lw_mat_alloc (&w, self->p, self->d);
  if (status != LW_OK)
    return status;
  for (size_t j = 0; j < self->p; j++)
    for (size_t a = 0; a < self->d; a++)
      lw_mat_set (&w, j, a, lw_mat_get (&own, j, a) * scale_of (self, j));
  status = lw_svd_thin (&w, left, l, vt);
  lw_mat_clear (&w);
  return status;
}

/* The model as densities are computed from it, in inner units about @centre (p, data's units). */
static LwStatus
density_of (const LwMppca *self, const double *centre, LwMppcaDensity *out)
{
  size_t p = self->p, r = self->d < p ? self->d : p;
  LwMat left = { 0 };

  LwStatus status = lw_mppca_density_init (out, self->K, r, p);
  if (status != LW_OK)
    return status;
  status = lw_mat_alloc (&left, p, r);
  for (size_t k = 0; k < self->K && status == LW_OK; k++) {
    LwMat u = lw_mppca_density_directions (out, k);
    double *var = lw_mat_row (&out->var, k), *mean = lw_mppca_density_mean (out, k);
    status = decompose_loading (self, k, &left, var, NULL);
    out->log_pi[k] = self->log_pi[k];
    out->tail_var[k] = self->noise_var[k];
    for (size_t a = 0; a < r; a++) {
      var[a] = var[a] * var[a] + self->noise_var[k];
      for (size_t j = 0; j < p; j++)
        lw_mat_set (&u, a, j, lw_mat_get (&left, j, a));
    }
    for (size_t j = 0; j < p; j++)
      mean[j] = (lw_mat_get (&self->mean, k, j) - centre[j]) * scale_of (self, j);
  }
  lw_mat_clear (&left);
  if (status != LW_OK)
    lw_mppca_density_clear (out);
  return status;
}

LwStatus
lw_mppca_responsibilities (const LwMppca *self, const LwMat *x, const LwMat *log_resp, double *log_p)
{
  size_t n = x->rows, p = x->cols, K = self->K;
  LwMat inner = { 0 }, joint = { 0 };
  LwMppcaDensity density = { 0 };
  double jacobian = 0;

  if (p != self->p || (log_resp != NULL && (log_resp->rows != n || log_resp->cols != K)))
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;
  double *centre = lw_doubles_new (p), *square = lw_doubles_new (n); /* |x_i|^2; then log p(x_i) */
  LwStatus status = centre != NULL && square != NULL ? lw_mat_alloc (&inner, n, p) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&joint, n, K);
  if (status == LW_OK) {
    for (size_t j = 0; j < p; j++) {
      for (size_t k = 0; k < K; k++)
        centre[j] += exp (self->log_pi[k]) * lw_mat_get (&self->mean, k, j);
      jacobian += log (scale_of (self, j)); /* densities are those of the data in their own units */
    }
    for (size_t i = 0; i < n; i++) {
      const double *from = lw_mat_row (x, i);
      double *to = lw_mat_row (&inner, i);
      for (size_t j = 0; j < p; j++)
        to[j] = (from[j] - centre[j]) * scale_of (self, j);
      square[i] = lw_dot (to, to, p);
    }
    status = density_of (self, centre, &density);
  }
  if (status == LW_OK) {
    lw_mppca_density_log_joint (&density, &inner, square, INFINITY, &joint);
    for (size_t i = 0; i < n; i++) {
      square[i] = lw_log_normalise (lw_mat_row (&joint, i), K) + jacobian;
      if (!isfinite (square[i]))
        status = LW_ERR_NOT_FINITE;
    }
  }
  if (status == LW_OK && log_p != NULL)
    memcpy (log_p, square, n * sizeof *log_p);
  if (status == LW_OK && log_resp != NULL)
    lw_mat_copy (&joint, log_resp);
  lw_mppca_density_clear (&density);
  lw_mat_clear (&inner);
  lw_mat_clear (&joint);
  free (centre);
  free (square);
  return status;
}

LwStatus
lw_mppca_marginal (const LwMppca *self, size_t n, LwMppca *out)
{
  LwMppca model;

  if (n == 0 || n > self->p)
    return LW_ERR_RANGE;
  LwStatus status = lw_mppca_alloc (&model, self->K, self->d, n);
  if (status != LW_OK)
    return status;
  if (self->column_scale != NULL) {
    model.column_scale = lw_doubles_new (n);
    if (model.column_scale == NULL) {
      lw_mppca_clear (&model);
      return LW_ERR_MEMORY;
    }
    memcpy (model.column_scale, self->column_scale, n * sizeof (double));
  }
  memcpy (model.log_pi, self->log_pi, self->K * sizeof (double));
  memcpy (model.noise_var, self->noise_var, self->K * sizeof (double));
  for (size_t k = 0; k < self->K; k++) {
    LwMat from = lw_mppca_loading (self, k), to = lw_mppca_loading (&model, k), rows = lw_mat_block (&from, 0, 0, n, self->d);
    lw_mat_copy (&rows, &to);
    memcpy (lw_mat_row (&model.mean, k), lw_mat_row (&self->mean, k), n * sizeof (double));
  }
  *out = model;
  return LW_OK;
}

LwStatus
lw_mppca_conditional (const LwMppca *self, const LwMat *x, size_t n_context, double *log_p)
{
  LwMppca contexts = { 0 };
  size_t n = x->rows;

  if (n_context >= self->p)
    return LW_ERR_RANGE;
  if (x->cols != self->p)
    return LW_ERR_SHAPE;
  if (n_context == 0)
    return lw_mppca_responsibilities (self, x, NULL, log_p);
  double *all = lw_doubles_new (n), *given = lw_doubles_new (n);
  LwStatus status = all != NULL && given != NULL ? lw_mppca_responsibilities (self, x, NULL, all) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mppca_marginal (self, n_context, &contexts);
  if (status == LW_OK) {
    LwMat left = lw_mat_block (x, 0, 0, n, n_context);
    status = lw_mppca_responsibilities (&contexts, &left, NULL, given);
  }
  for (size_t i = 0; i < n && status == LW_OK; i++)
    log_p[i] = all[i] - given[i];
  lw_mppca_clear (&contexts);
  free (all);
  free (given);
  return status;
}

LwStatus
lw_mppca_imitation_error (const LwMppca *self, const LwMat *x, size_t n_context, double *error)
{
  size_t d = self->d;
  LwMppcaPosterior z = { 0 };
  LwMat turned = { 0 };

  if (n_context >= self->p)
    return LW_ERR_RANGE;
  if (x->cols != self->p)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;
  size_t m = self->p - n_context;
  double *e = lw_doubles_new (m), *result = lw_doubles_new (x->rows);
  LwStatus status = e != NULL && result != NULL ? lw_mppca_posterior_init (&z, self->K, d) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&turned, m, d);
  for (size_t i = 0; i < x->rows && status == LW_OK; i++) {
    const double *row = lw_mat_row (x, i);
    status = lw_mppca_identify (self, row, NULL, NULL, n_context, &z);
    for (size_t k = 0; k < self->K && status == LW_OK; k++) {
      double share = exp (z.log_resp[k]), square = 0;
      LwMat w = lw_mppca_loading (self, k), movement = lw_mat_block (&w, n_context, 0, m, d);
      LwMat cov = lw_mppca_posterior_cov (&z, k);
      if (share < NO_SHARE)
        continue;
      lw_gemv (1, &movement, false, lw_mat_row (&z.mean, k), 0, e);
      for (size_t j = 0; j < m; j++) {
        double off = row[n_context + j] - lw_mat_get (&self->mean, k, n_context + j) - e[j];
        square += off * off;
      }
      lw_gemm (1, &movement, false, &cov, false, 0, &turned);
      for (size_t j = 0; j < m; j++)
        square += lw_dot (lw_mat_row (&turned, j), lw_mat_row (&movement, j), d);
      result[i] += share * square / (double) m;
    }
  }
  for (size_t i = 0; i < x->rows && status == LW_OK; i++)
    error[i] = result[i];
  lw_mppca_posterior_clear (&z);
  lw_mat_clear (&turned);
  free (e);
  free (result);
  return status;
}

LwStatus
lw_mppca_project (const LwMppca *self, const LwMat *x, size_t k, const LwMat *z)
{
  size_t n = x->rows, p = self->p, d = self->d, r = d < p ? d : p;
  LwMat left = { 0 }, vt = { 0 }, centred = { 0 }, t = { 0 };

  if (x->cols != p || z->rows != n || z->cols != d)
    return LW_ERR_SHAPE;
  if (k >= self->K)
    return LW_ERR_RANGE;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;

  /* E[z] = (sigma^2 I + W'W)^-1 W' e = V diag(l / (l^2 + sigma^2)) U' e with W = U diag(l) V'. */
  double *l = lw_doubles_new (r);
  LwStatus status = l != NULL ? lw_mat_alloc (&left, p, r) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&vt, r, d);
  if (status == LW_OK)
    status = lw_mat_alloc (&t, n, r);
  if (status == LW_OK)
    status = lw_mat_alloc (&centred, n, p);
  if (status == LW_OK)
    status = decompose_loading (self, k, &left, l, &vt);
  if (status == LW_OK) {
    for (size_t i = 0; i < n; i++)
      for (size_t j = 0; j < p; j++)
        lw_mat_set (&centred, i, j, (lw_mat_get (x, i, j) - lw_mat_get (&self->mean, k, j)) * scale_of (self, j));
    lw_gemm (1, &centred, false, &left, false, 0, &t);
    for (size_t i = 0; i < n; i++)
      for (size_t a = 0; a < r; a++)
        lw_mat_row (&t, i)[a] *= l[a] / (l[a] * l[a] + self->noise_var[k]);
    lw_gemm (1, &t, false, &vt, false, 0, z);
  }
  lw_mat_clear (&left);
  lw_mat_clear (&vt);
  lw_mat_clear (&t);
  lw_mat_clear (&centred);
  free (l);
  return status;
}
