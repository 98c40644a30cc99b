/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mppca-identify.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-stats.h"

#define LOG_2PI 1.8378770664093454835606594728112

LwStatus
lw_mppca_posterior_init (LwMppcaPosterior *self, size_t K, size_t d)
{
  size_t rows;

  *self = (LwMppcaPosterior){ .K = K, .d = d };
  if (__builtin_mul_overflow (K, d, &rows))
    return LW_ERR_MEMORY;
  self->log_resp = lw_doubles_new (K);
  LwStatus status = lw_mat_alloc (&self->mean, K, d);
  if (status == LW_OK)
    status = lw_mat_alloc (&self->cov, rows, d);
  if (self->log_resp == NULL || status != LW_OK) {
    lw_mppca_posterior_clear (self);
    return LW_ERR_MEMORY;
  }
  return LW_OK;
}

void
lw_mppca_posterior_clear (LwMppcaPosterior *self)
{
  free (self->log_resp);
  lw_mat_clear (&self->mean);
  lw_mat_clear (&self->cov);
  *self = (LwMppcaPosterior){ 0 };
}

LwMat
lw_mppca_posterior_cov (const LwMppcaPosterior *self, size_t k)
{
  return lw_mat_block (&self->cov, k * self->d, 0, self->d, self->d);
}

/* Bayes for f = V z + N (0, I), z ~ N (0, I): fills component @k of @out and returns log p(f) without its constant. The distance
 * is the least value of |f - V z|^2 + |z|^2, a sum of squares. @precision (d x d) is scratch. */
static LwStatus
infer (const LwMat *V, const double *f, size_t k, const LwMat *precision, LwMppcaPosterior *out, double *log_p)
{
  size_t n = V->rows, d = out->d;
  LwMat cov = lw_mppca_posterior_cov (out, k);
  double *z = lw_mat_row (&out->mean, k), distance = 0;

  lw_syrk (1, V, true, 0, precision);
  for (size_t a = 0; a < d; a++)
    lw_mat_row (precision, a)[a] += 1;
  LwStatus status = lw_chol_factor (precision);
  if (status != LW_OK)
    return status;
  lw_gemv (1, V, true, f, 0, z);
  lw_chol_solve (precision, z);
  lw_mat_fill (&cov, 0);
  for (size_t a = 0; a < d; a++) {
    lw_mat_set (&cov, a, a, 1);
    distance += z[a] * z[a];
  }
  lw_chol_solve_mat (precision, &cov);
  for (size_t i = 0; i < n; i++) {
    double e = f[i] - lw_dot (lw_mat_row (V, i), z, d);
    distance += e * e;
  }
  *log_p = -0.5 * (distance + lw_chol_logdet (precision));
  return LW_OK;
}

static LwStatus
finish (const LwMppca *self, LwMppcaPosterior *result, double log_factor, LwMppcaPosterior *out)
{
  for (size_t k = 0; k < self->K; k++)
    result->log_resp[k] += self->log_pi[k];
  result->log_p = lw_log_normalise (result->log_resp, self->K) + log_factor;
  if (!isfinite (result->log_p))
    return LW_ERR_NOT_FINITE;
  memcpy (out->log_resp, result->log_resp, self->K * sizeof *out->log_resp);
  lw_mat_copy (&result->mean, &out->mean);
  lw_mat_copy (&result->cov, &out->cov);
  out->log_p = result->log_p;
  return LW_OK;
}

static LwStatus
check_values (const double *v, const double *noise_var, size_t n)
{
  for (size_t i = 0; i < n; i++) {
    if (!isfinite (v[i]) || (noise_var != NULL && !isfinite (noise_var[i])))
      return LW_ERR_NOT_FINITE;
    if (noise_var != NULL && noise_var[i] < 0)
      return LW_ERR_RANGE;
  }
  return LW_OK;
}

static LwStatus
check_columns (const size_t *columns, size_t n, size_t p)
{
  bool *seen = calloc (p, sizeof *seen);
  LwStatus status = seen != NULL ? LW_OK : LW_ERR_MEMORY;

  for (size_t i = 0; columns != NULL && i < n && status == LW_OK; i++) {
    if (columns[i] >= p || seen[columns[i]])
      status = LW_ERR_RANGE;
    else
      seen[columns[i]] = true;
  }
  free (seen);
  return status;
}

/* ---- entries ---- */

LwStatus
lw_mppca_identify (const LwMppca *self, const double *y, const size_t *columns, const double *noise_var, size_t n,
                   LwMppcaPosterior *out)
{
  size_t K = self->K, d = self->d;
  LwMppcaPosterior result = { 0 };
  LwMat V = { 0 }, precision = { 0 };

  if (n > self->p || out->K != K || out->d != d)
    return LW_ERR_SHAPE;
  LwStatus status = check_values (y, noise_var, n);
  if (status == LW_OK)
    status = check_columns (columns, n, self->p);
  if (status != LW_OK)
    return status;
  double *f = lw_doubles_new (n);
  status = f != NULL ? lw_mppca_posterior_init (&result, K, d) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&V, n, d);
  if (status == LW_OK)
    status = lw_mat_alloc (&precision, d, d);
  for (size_t k = 0; k < K && status == LW_OK; k++) {
    LwMat w = lw_mppca_loading (self, k);
    double log_det = 0;
    for (size_t i = 0; i < n; i++) {
      size_t j = columns != NULL ? columns[i] : i;
      double var = lw_mppca_noise (self, k, j) + (noise_var != NULL ? noise_var[i] : 0), root = sqrt (var);
      log_det += log (var);
      f[i] = (y[i] - lw_mat_get (&self->mean, k, j)) / root;
      for (size_t a = 0; a < d; a++)
        lw_mat_set (&V, i, a, lw_mat_get (&w, j, a) / root);
    }
    status = infer (&V, f, k, &precision, &result, &result.log_resp[k]);
    result.log_resp[k] -= 0.5 * (log_det + (double) n * LOG_2PI);
  }
  if (status == LW_OK)
    status = finish (self, &result, 0, out);
  lw_mppca_posterior_clear (&result);
  lw_mat_clear (&V);
  lw_mat_clear (&precision);
  free (f);
  return status;
}

/* ---- linear observations ---- */

/* Observations that say what the caller's do: v = h y + N (0, diag (noise)). */
typedef struct {
  LwMat   h;          /* (n x p) */
  double *v, *noise;  /* (n) */
  double  log_factor; /* of the density of the original ones */
} Observations;

static void
observations_clear (Observations *self)
{
  lw_mat_clear (&self->h);
  free (self->v);
  free (self->noise);
}

static LwStatus
observations_init (Observations *self, size_t n, size_t p)
{
  *self = (Observations){ .v = lw_doubles_new (n), .noise = lw_doubles_new (n) };
  LwStatus status = lw_mat_alloc (&self->h, n, p);
  return self->v != NULL && self->noise != NULL ? status : LW_ERR_MEMORY;
}

/* n > p: with rows divided by their noise, H = Q R; what is left of v outside the range of Q is the same whatever y is. */
static LwStatus
reduce (Observations *self)
{
  size_t n = self->h.rows, p = self->h.cols;
  LwMat q = { 0 };
  Observations less;

  LwStatus status = observations_init (&less, p, p);
  if (status == LW_OK)
    status = lw_mat_alloc (&q, n, p);
  double log_factor = 0, rest = 0;
  for (size_t i = 0; i < n && status == LW_OK; i++) {
    double root = sqrt (self->noise[i]);
    if (!(root > 0)) {
      status = LW_ERR_NOT_SPD;
      break;
    }
    log_factor -= log (root);
    self->v[i] /= root;
    for (size_t j = 0; j < p; j++)
      lw_mat_row (&self->h, i)[j] /= root;
  }
  if (status == LW_OK)
    status = lw_qr_thin (&self->h, &q, &less.h);
  if (status == LW_OK) {
    lw_gemv (1, &q, true, self->v, 0, less.v);
    lw_gemv (-1, &q, false, less.v, 1, self->v);
    for (size_t i = 0; i < n; i++)
      rest += self->v[i] * self->v[i];
    for (size_t i = 0; i < p; i++)
      less.noise[i] = 1;
    less.log_factor = log_factor - 0.5 * (rest + (double) (n - p) * LOG_2PI);
  }
  lw_mat_clear (&q);
  if (status != LW_OK) {
    observations_clear (&less);
    return status;
  }
  observations_clear (self);
  *self = less;
  return LW_OK;
}

/* What every component's B is made of: H S^-2 H', with the model's scale S; times sigma_k^2 it is H D H'. */
static LwStatus
spread_of_noise (const LwMppca *self, const Observations *seen, const LwMat *out)
{
  size_t n = seen->h.rows, p = seen->h.cols;
  LwMat scaled;

  LwStatus status = lw_mat_alloc (&scaled, n, p);
  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < p; j++)
      lw_mat_set (&scaled, i, j, lw_mat_get (&seen->h, i, j) / (self->column_scale != NULL ? self->column_scale[j] : 1));
  lw_syrk (1, &scaled, false, 0, out);
  lw_mat_clear (&scaled);
  return LW_OK;
}

typedef struct {
  LwMat spread, B;  /* (n x n) */
  LwMat V;          /* (n x d + 1): H W and the residual, whitened */
  LwMat loads;      /* (n x d) */
  LwMat precision;  /* (d x d) */
  double *f;        /* (n) */
} Scratch;

static void
scratch_clear (Scratch *s)
{
  lw_mat_clear (&s->spread);
  lw_mat_clear (&s->B);
  lw_mat_clear (&s->V);
  lw_mat_clear (&s->loads);
  lw_mat_clear (&s->precision);
  free (s->f);
}

static LwStatus
scratch_init (Scratch *s, size_t n, size_t d)
{
  struct {
    LwMat *mat;
    size_t rows, cols;
  } wanted[] = { { &s->spread, n, n }, { &s->B, n, n }, { &s->V, n, d + 1 }, { &s->loads, n, d }, { &s->precision, d, d } };
  LwStatus status = LW_OK;

  *s = (Scratch){ .f = lw_doubles_new (n) };
  for (size_t i = 0; i < sizeof wanted / sizeof *wanted && status == LW_OK; i++)
    status = lw_mat_alloc (wanted[i].mat, wanted[i].rows, wanted[i].cols);
  return s->f != NULL ? status : LW_ERR_MEMORY;
}

static LwStatus
infer_linear (const LwMppca *self, const Observations *seen, size_t k, Scratch *s, LwMppcaPosterior *out)
{
  size_t n = seen->h.rows, d = self->d;
  LwMat w = lw_mppca_loading (self, k), loads = lw_mat_block (&s->V, 0, 0, n, d);

  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < n; j++)
      lw_mat_set (&s->B, i, j, self->noise_var[k] * lw_mat_get (&s->spread, i, j) + (i == j ? seen->noise[i] : 0));
  /* Repeated observations without noise are singular; rounding may hide it from the factor, but not from the size of its
   * pivots. */
  double largest = 0;
  for (size_t i = 0; i < n; i++)
    largest = fmax (largest, lw_mat_get (&s->B, i, i));
  LwStatus status = lw_chol_factor (&s->B);
  for (size_t i = 0; i < n && status == LW_OK; i++)
    if (!(lw_mat_get (&s->B, i, i) > 1e-7 * sqrt (largest)) && seen->noise[i] == 0)
      status = LW_ERR_NOT_SPD;
  if (status != LW_OK)
    return status;
  lw_gemm (1, &seen->h, false, &w, false, 0, &loads);
  for (size_t i = 0; i < n; i++)
    lw_mat_set (&s->V, i, d, seen->v[i] - lw_dot (lw_mat_row (&seen->h, i), lw_mat_row (&self->mean, k), self->p));
  lw_tri_solve_mat (&s->B, false, &s->V);
  lw_mat_copy (&loads, &s->loads);
  for (size_t i = 0; i < n; i++)
    s->f[i] = lw_mat_get (&s->V, i, d);
  status = infer (&s->loads, s->f, k, &s->precision, out, &out->log_resp[k]);
  out->log_resp[k] -= 0.5 * (lw_chol_logdet (&s->B) + (double) n * LOG_2PI);
  return status;
}

LwStatus
lw_mppca_identify_linear (const LwMppca *self, const LwMat *h, const double *v, const double *noise_var, LwMppcaPosterior *out)
{
  size_t n = h->rows, p = self->p;
  LwMppcaPosterior result = { 0 };
  Observations seen = { 0 };
  Scratch scratch = { 0 };

  if (h->cols != p || out->K != self->K || out->d != self->d)
    return LW_ERR_SHAPE;
  LwStatus status = lw_mat_is_finite (h) ? check_values (v, noise_var, n) : LW_ERR_NOT_FINITE;
  if (status != LW_OK)
    return status;
  if (n > p && noise_var == NULL)
    return LW_ERR_NOT_SPD;
  status = observations_init (&seen, n, p);
  if (status == LW_OK) {
    lw_mat_copy (h, &seen.h);
    memcpy (seen.v, v, n * sizeof *v);
    if (noise_var != NULL)
      memcpy (seen.noise, noise_var, n * sizeof *noise_var);
    status = n > p ? reduce (&seen) : LW_OK;
  }
  if (status == LW_OK)
    status = lw_mppca_posterior_init (&result, self->K, self->d);
  if (status == LW_OK)
    status = scratch_init (&scratch, seen.h.rows, self->d);
  if (status == LW_OK)
    status = spread_of_noise (self, &seen, &scratch.spread);
  for (size_t k = 0; k < self->K && status == LW_OK; k++)
    status = infer_linear (self, &seen, k, &scratch, &result);
  if (status == LW_OK)
    status = finish (self, &result, seen.log_factor, out);
  lw_mppca_posterior_clear (&result);
  observations_clear (&seen);
  scratch_clear (&scratch);
  return status;
}
