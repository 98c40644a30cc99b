/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-mppca-private.h"

void
lw_mppca_settings_init (LwMppcaSettings *self)
{
  *self = (LwMppcaSettings){
    .K = 6,
    .d = 3,
    .restarts = 50,
    .candidates = 5,
    .max_iterations = 500,
    .tolerance = 1e-5,
    .noise_floor = 1e-8,
    .context_scale = 1,
  };
}

LwStatus
lw_mppca_alloc (LwMppca *self, size_t K, size_t d, size_t p)
{
  size_t rows;

  *self = (LwMppca){ .K = K, .d = d, .p = p, .context_scale = 1 };
  if (__builtin_mul_overflow (K, p, &rows))
    return LW_ERR_MEMORY;
  self->log_pi = lw_doubles_new (K);
  self->noise_var = lw_doubles_new (K);
  LwStatus status = lw_mat_alloc (&self->mean, K, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->loading, rows, d);
  if (self->log_pi == NULL || self->noise_var == NULL)
    status = LW_ERR_MEMORY;
  if (status != LW_OK)
    lw_mppca_clear (self);
  return status;
}

void
lw_mppca_clear (LwMppca *self)
{
  free (self->log_pi);
  free (self->noise_var);
  lw_mat_clear (&self->mean);
  lw_mat_clear (&self->loading);
  *self = (LwMppca){ 0 };
}

LwStatus
lw_mppca_copy (const LwMppca *self, LwMppca *out)
{
  LwStatus status = lw_mppca_alloc (out, self->K, self->d, self->p);
  if (status != LW_OK)
    return status;
  memcpy (out->log_pi, self->log_pi, self->K * sizeof (double));
  memcpy (out->noise_var, self->noise_var, self->K * sizeof (double));
  lw_mat_copy (&self->mean, &out->mean);
  lw_mat_copy (&self->loading, &out->loading);
  out->n_context = self->n_context;
  out->context_scale = self->context_scale;
  return LW_OK;
}

LwMat
lw_mppca_loading (const LwMppca *self, size_t k)
{
  return lw_mat_block (&self->loading, k * self->p, 0, self->p, self->d);
}

bool
lw_mppca_limit (size_t n_samples, size_t p, size_t *K, size_t *d)
{
  size_t K_asked = *K, d_asked = *d;
  size_t d_most = n_samples < p ? n_samples : p;

  d_most = d_most > 1 ? d_most - 1 : 1;
  *d = *d < d_most ? *d : d_most;
  *d = *d > 0 ? *d : 1;
  size_t K_most = n_samples / (*d + 2);
  *K = *K < K_most ? *K : K_most;
  *K = *K > 0 ? *K : 1;
  return *K < K_asked || *d < d_asked;
}

/* Rows of @x with the context columns in the model's inner units: what one isotropic noise is true of. */
LwStatus
lw_mppca_scaled_copy (const LwMat *x, size_t n_context, double scale, LwMat *out)
{
  LwStatus status = lw_mat_alloc (out, x->rows, x->cols);
  if (status != LW_OK)
    return status;
  lw_mat_copy (x, out);
  for (size_t i = 0; i < x->rows; i++)
    for (size_t j = 0; j < n_context; j++)
      lw_mat_row (out, i)[j] *= scale;
  return LW_OK;
}

LwStatus
lw_mppca_component_gaussian (const LwMppca *self, size_t k, LwLowRankGaussian *out)
{
  size_t p = self->p, rank = self->d < p ? self->d : p;
  LwMat w = lw_mppca_loading (self, k), scaled = { 0 }, left = { 0 };
  LwStatus status = lw_mppca_scaled_copy (&w, 0, 1, &scaled);
  if (status == LW_OK)
    status = lw_mat_alloc (&left, p, rank);
  if (status == LW_OK) {
    for (size_t i = 0; i < self->n_context; i++)
      for (size_t j = 0; j < self->d; j++)
        lw_mat_row (&scaled, i)[j] *= self->context_scale;
    status = lw_svd_thin (&scaled, &left, out->var, NULL);
  }
  if (status == LW_OK) {
    out->r = rank;
    out->tail_var = self->noise_var[k];
    for (size_t a = 0; a < rank; a++) {
      out->var[a] = out->var[a] * out->var[a] + self->noise_var[k];
      for (size_t i = 0; i < p; i++)
        lw_mat_set (&out->u, a, i, lw_mat_get (&left, i, a));
    }
    for (size_t i = 0; i < p; i++)
      out->mean[i] = lw_mat_get (&self->mean, k, i) * (i < self->n_context ? self->context_scale : 1);
  }
  lw_mat_clear (&scaled);
  lw_mat_clear (&left);
  return status;
}

LwStatus
lw_mppca_responsibilities (const LwMppca *self, const LwMat *x, const LwMat *log_resp, double *log_p)
{
  size_t n = x->rows, K = self->K;
  LwMat scaled = { 0 }, joint = { 0 };
  LwLowRankGaussian component = { 0 };
  LwLowRankWorkspace ws = { 0 };

  if (x->cols != self->p || (log_resp != NULL && (log_resp->rows != n || log_resp->cols != K)))
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;
  LwStatus status = lw_mppca_scaled_copy (x, self->n_context, self->context_scale, &scaled);
  if (status == LW_OK)
    status = lw_mat_alloc (&joint, n, K);
  if (status == LW_OK)
    status = lw_low_rank_gaussian_init (&component, self->p, self->d);
  if (status == LW_OK)
    status = lw_low_rank_workspace_init (&ws, self->p, self->d);
  for (size_t k = 0; k < K && status == LW_OK; k++) {
    status = lw_mppca_component_gaussian (self, k, &component);
    if (status == LW_OK)
      lw_low_rank_gaussian_log_density (&component, &scaled, &ws, joint.data + k, K);
  }
  if (status == LW_OK) {
    /* The density is one of the data in their own units: the scaling's Jacobian comes back in. */
    double jacobian = (double) self->n_context * log (self->context_scale);
    for (size_t i = 0; i < n; i++) {
      double log_sum = lw_mppca_normalise_row (self, lw_mat_row (&joint, i));
      if (log_p != NULL)
        log_p[i] = log_sum + jacobian;
    }
    if (log_resp != NULL)
      lw_mat_copy (&joint, log_resp);
  }
  lw_low_rank_workspace_clear (&ws);
  lw_low_rank_gaussian_clear (&component);
  lw_mat_clear (&joint);
  lw_mat_clear (&scaled);
  return status;
}

LwStatus
lw_mppca_project (const LwMppca *self, const LwMat *x, size_t k, const LwMat *z)
{
  size_t n = x->rows, p = self->p, d = self->d, rank = d < p ? d : p;
  LwMat w = { 0 }, left = { 0 }, vt = { 0 }, centred = { 0 }, t = { 0 };

  if (x->cols != p || z->rows != n || z->cols != d)
    return LW_ERR_SHAPE;
  if (k >= self->K)
    return LW_ERR_RANGE;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;

  /* E[z] = (sigma^2 I + W'W)^-1 W' e = V diag(l / (l^2 + sigma^2)) U' e with W = U diag(l) V'. */
  double *l = lw_doubles_new (d);
  LwMat own = lw_mppca_loading (self, k);
  LwStatus status = l != NULL ? lw_mat_alloc (&w, p, d) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&left, p, rank);
  if (status == LW_OK)
    status = lw_mat_alloc (&vt, rank, d);
  if (status == LW_OK)
    status = lw_mat_alloc (&t, n, rank);
  if (status == LW_OK)
    status = lw_mppca_scaled_copy (x, self->n_context, self->context_scale, &centred);
  if (status == LW_OK) {
    for (size_t i = 0; i < p; i++) {
      double scale = i < self->n_context ? self->context_scale : 1;
      for (size_t j = 0; j < d; j++)
        lw_mat_set (&w, i, j, lw_mat_get (&own, i, j) * scale);
      for (size_t s = 0; s < n; s++)
        lw_mat_row (&centred, s)[i] -= lw_mat_get (&self->mean, k, i) * scale;
    }
    status = lw_svd_thin (&w, &left, l, &vt);
  }
  if (status == LW_OK) {
    lw_gemm (1, &centred, false, &left, false, 0, &t);
    for (size_t s = 0; s < n; s++)
      for (size_t a = 0; a < rank; a++)
        lw_mat_row (&t, s)[a] *= l[a] / (l[a] * l[a] + self->noise_var[k]);
    lw_gemm (1, &t, false, &vt, false, 0, z);
  }
  lw_mat_clear (&w);
  lw_mat_clear (&left);
  lw_mat_clear (&vt);
  lw_mat_clear (&t);
  lw_mat_clear (&centred);
  free (l);
  return status;
}

LwStatus
lw_mppca_to_arrays (const LwMppca *self, LwArrays *out)
{
  LwMat log_pi = lw_mat_view (self->log_pi, 1, self->K), noise_var = lw_mat_view (self->noise_var, 1, self->K);
  LwStatus status = lw_arrays_put (out, "log_pi", &log_pi);

  if (status == LW_OK)
    status = lw_arrays_put (out, "means", &self->mean);
  if (status == LW_OK)
    status = lw_arrays_put (out, "W", &self->loading);
  if (status == LW_OK)
    status = lw_arrays_put (out, "sigma_sq", &noise_var);
  if (status == LW_OK && self->context_scale != 1) {
    double values[2] = { (double) self->n_context, self->context_scale };
    LwMat scaling = lw_mat_view (values, 1, 2);
    status = lw_arrays_put (out, "context_scaling", &scaling);
  }
  return status;
}

LwStatus
lw_mppca_from_arrays (const LwArrays *in, LwMppca *out)
{
  const LwMat *log_pi = lw_arrays_get (in, "log_pi"), *means = lw_arrays_get (in, "means"), *w = lw_arrays_get (in, "W");
  const LwMat *sigma_sq = lw_arrays_get (in, "sigma_sq"), *scaling = lw_arrays_get (in, "context_scaling");

  if (log_pi == NULL || means == NULL || w == NULL || sigma_sq == NULL)
    return LW_ERR_SHAPE;
  size_t K = means->rows, p = means->cols, d = w->cols;
  if (K == 0 || p == 0 || d == 0 || w->rows != K * p || log_pi->rows * log_pi->cols != K || sigma_sq->rows * sigma_sq->cols != K)
    return LW_ERR_SHAPE;
  if (scaling != NULL && scaling->rows * scaling->cols != 2)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (log_pi) || !lw_mat_is_finite (means) || !lw_mat_is_finite (w) || !lw_mat_is_finite (sigma_sq))
    return LW_ERR_NOT_FINITE;
  for (size_t k = 0; k < K; k++)
    if (!(sigma_sq->data[k] > 0))
      return LW_ERR_RANGE;
  if (scaling != NULL && (!(scaling->data[0] >= 0 && scaling->data[0] <= (double) p) || !(scaling->data[1] > 0)))
    return LW_ERR_RANGE;

  LwMppca model;
  LwStatus status = lw_mppca_alloc (&model, K, d, p);
  if (status != LW_OK)
    return status;
  memcpy (model.log_pi, log_pi->data, K * sizeof (double));
  memcpy (model.noise_var, sigma_sq->data, K * sizeof (double));
  lw_mat_copy (means, &model.mean);
  lw_mat_copy (w, &model.loading);
  if (scaling != NULL) {
    model.n_context = (size_t) scaling->data[0];
    model.context_scale = scaling->data[1];
  }
  *out = model;
  return LW_OK;
}
