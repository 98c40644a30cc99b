/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-prodmp.h"

#include <math.h>

#include "lw-weight-rows.h"

/* More points than this are a mistake in duration or rate. */
#define MAX_POINTS 1e8

/* What is left of position and velocity 1 at the start, u later in s, and its derivatives by s: y = [1 + a u / 2, u] exp(-a u
 * / 2). */
typedef struct {
  double q, v, dq, dv;
} Memory;

static Memory
memory_after (double a, double u)
{
  double half = 0.5 * a, fade = exp (-half * u);
  return (Memory){ (1 + half * u) * fade, u * fade, -half * half * u * fade, (1 - half * u) * fade };
}

static double
scaled_time (const LwProdmp *self, double t)
{
  return fmax (0, (t - self->settings.delay) / self->settings.tau);
}

static bool
has_shape (const LwMat *m, size_t rows, size_t cols)
{
  return m == NULL || (m->rows == rows && m->cols == cols);
}

LwStatus
lw_prodmp_rows (const LwProdmp *self, double t_start, const double *t, size_t n_t, const LwMat *h_q, const LwMat *mix_q,
                const LwMat *h_v, const LwMat *mix_v)
{
  size_t n = self->settings.basis.n;
  double tau = self->settings.tau, s_start = scaled_time (self, t_start);

  if (!has_shape (h_q, n_t, n + 1) || !has_shape (mix_q, n_t, 2) || !has_shape (h_v, n_t, n + 1) || !has_shape (mix_v, n_t, 2))
    return LW_ERR_SHAPE;
  if (isnan (t_start))
    return LW_ERR_NOT_FINITE;
  double limit = self->settings.length * (1 + 1e-12);
  for (size_t i = 0; i < n_t; i++)
    if (!(t[i] >= t_start) || !(scaled_time (self, t[i]) <= limit))
      return LW_ERR_RANGE;

  double start[LW_FORCING_MAX + 1], dstart[LW_FORCING_MAX + 1], phi[LW_FORCING_MAX + 1], dphi[LW_FORCING_MAX + 1];
  LwStatus status = lw_prodmp_basis (self, s_start, start, dstart);
  for (size_t i = 0; status == LW_OK && i < n_t; i++) {
    double s = scaled_time (self, t[i]);
    Memory left = memory_after (self->settings.a, s - s_start);
    status = lw_prodmp_basis (self, s, phi, dphi);
    /* From rest at 0, less what that movement had at the start, plus what is given there. */
    for (size_t k = 0; k <= n; k++) {
      phi[k] -= left.q * start[k] + left.v * dstart[k];
      dphi[k] -= left.dq * start[k] + left.dv * dstart[k];
      if (h_q != NULL)
        lw_mat_set (h_q, i, k, phi[k]);
      if (h_v != NULL)
        lw_mat_set (h_v, i, k, dphi[k] / tau);
    }
    bool relative = self->settings.relative_goal;
    if (mix_q != NULL) {
      lw_mat_set (mix_q, i, 0, left.q + (relative ? phi[n] : 0));
      lw_mat_set (mix_q, i, 1, left.v * tau);
    }
    if (mix_v != NULL) {
      lw_mat_set (mix_v, i, 0, (left.dq + (relative ? dphi[n] : 0)) / tau);
      lw_mat_set (mix_v, i, 1, left.dv);
    }
  }
  return status;
}

LwStatus
lw_prodmp_observe (const LwProdmp *self, const LwProdmpStart *start, size_t n_joints, size_t joint, int derivative, double t,
                   double *row, double *offset)
{
  if (joint >= n_joints || derivative < 0 || derivative > 1)
    return LW_ERR_RANGE;
  size_t n = self->settings.basis.n;
  double q = start->q[joint], v = start->v != NULL ? start->v[joint] : 0;
  if (!isfinite (q) || !isfinite (v))
    return LW_ERR_NOT_FINITE;

  double h[LW_FORCING_MAX + 1], mix[2];
  LwMat h_view = lw_mat_view (h, 1, n + 1), mix_view = lw_mat_view (mix, 1, 2);
  bool position = derivative == 0;
  LwStatus status = lw_prodmp_rows (self, start->t, &t, 1, position ? &h_view : NULL, position ? &mix_view : NULL,
                                    position ? NULL : &h_view, position ? NULL : &mix_view);
  if (status != LW_OK)
    return status;
  for (size_t k = 0; k < n_joints * (n + 1); k++)
    row[k] = 0;
  for (size_t k = 0; k <= n; k++)
    row[joint * (n + 1) + k] = h[k];
  *offset = mix[0] * q + mix[1] * v;
  return LW_OK;
}

/* ---- movements ---- */

/* Rows and mixing at many times, and the start as a matrix. */
typedef struct {
  LwMat h_q, h_v, mix_q, mix_v;
  LwMat start; /* (2 x n_joints) */
} Rows;

static void
clear_rows (Rows *rows)
{
  lw_mat_clear (&rows->h_q);
  lw_mat_clear (&rows->h_v);
  lw_mat_clear (&rows->mix_q);
  lw_mat_clear (&rows->mix_v);
  lw_mat_clear (&rows->start);
}

static LwStatus
fill_start (const LwMat *mat, const LwProdmpStart *start)
{
  for (size_t j = 0; j < mat->cols; j++) {
    lw_mat_set (mat, 0, j, start->q[j]);
    lw_mat_set (mat, 1, j, start->v != NULL ? start->v[j] : 0);
  }
  return lw_mat_is_finite (mat) ? LW_OK : LW_ERR_NOT_FINITE;
}

/* @start (nullable): rows alone, from @t_start. On error nothing is held. */
static LwStatus
make_rows (const LwProdmp *self, double t_start, const LwProdmpStart *start, size_t n_joints, const double *t, size_t n_t,
           Rows *rows)
{
  size_t n = self->settings.basis.n;
  *rows = (Rows){ 0 };
  LwStatus status = lw_mat_alloc (&rows->h_q, n_t, n + 1);
  if (status == LW_OK)
    status = lw_mat_alloc (&rows->h_v, n_t, n + 1);
  if (status == LW_OK)
    status = lw_mat_alloc (&rows->mix_q, n_t, 2);
  if (status == LW_OK)
    status = lw_mat_alloc (&rows->mix_v, n_t, 2);
  if (status == LW_OK && start != NULL) {
    status = lw_mat_alloc (&rows->start, 2, n_joints);
    if (status == LW_OK)
      status = fill_start (&rows->start, start);
  }
  if (status == LW_OK)
    status = lw_prodmp_rows (self, t_start, t, n_t, &rows->h_q, &rows->mix_q, &rows->h_v, &rows->mix_v);
  if (status != LW_OK)
    clear_rows (rows);
  return status;
}

static void
apply (const Rows *rows, const LwMat *params, const LwMat *q, const LwMat *v)
{
  if (q != NULL) {
    lw_gemm (1, &rows->h_q, false, params, true, 0, q);
    lw_gemm (1, &rows->mix_q, false, &rows->start, false, 1, q);
  }
  if (v != NULL) {
    lw_gemm (1, &rows->h_v, false, params, true, 0, v);
    lw_gemm (1, &rows->mix_v, false, &rows->start, false, 1, v);
  }
}

LwStatus
lw_prodmp_move (const LwProdmp *self, const double *params, size_t n_joints, const LwProdmpStart *start, const double *t,
                size_t n_t, const LwMat *q, const LwMat *v)
{
  /* The parameters are only read; the view's type has no const form. */
  LwMat view = lw_mat_view ((double *) params, n_joints, self->settings.basis.n + 1);
  if (!has_shape (q, n_t, n_joints) || !has_shape (v, n_t, n_joints))
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (&view))
    return LW_ERR_NOT_FINITE;

  Rows rows;
  LwStatus status = make_rows (self, start->t, start, n_joints, t, n_t, &rows);
  if (status != LW_OK)
    return status;
  apply (&rows, &view, q, v);
  clear_rows (&rows);
  return LW_OK;
}

LwStatus
lw_prodmp_rollout (const LwProdmp *self, const double *params, size_t n_joints, const LwProdmpStart *start, double t_end,
                   double rate_hz, LwTrajectory **out, LwMat *v)
{
  double duration = t_end - start->t;
  if (!(duration > 0 && rate_hz > 0 && duration * rate_hz < MAX_POINTS))
    return LW_ERR_RANGE;
  size_t last = (size_t) fmax (1, round (duration * rate_hz));
  LwTrajectory *result = lw_trajectory_new (last + 1, n_joints);
  LwMat velocity = { 0 };
  if (result == NULL)
    return LW_ERR_MEMORY;
  for (size_t i = 0; i <= last; i++)
    result->t[i] = i < last ? start->t + duration * (double) i / (double) last : t_end;

  LwStatus status = v != NULL ? lw_mat_alloc (&velocity, last + 1, n_joints) : LW_OK;
  if (status == LW_OK)
    status = lw_prodmp_move (self, params, n_joints, start, result->t, last + 1, &result->q, v != NULL ? &velocity : NULL);
  if (status != LW_OK) {
    lw_trajectory_unref (result);
    lw_mat_clear (&velocity);
    return status;
  }
  *out = result;
  if (v != NULL)
    *v = velocity;
  return LW_OK;
}

/* ---- distributions ---- */

static LwStatus
check_gaussian (const LwProdmp *self, const LwWeightGaussian *g, size_t n_joints)
{
  if (g->n_weights != n_joints * (self->settings.basis.n + 1) || g->sigma_w.rows != g->n_weights
      || g->sigma_w.cols != g->n_weights)
    return LW_ERR_SHAPE;
  return lw_mat_is_finite (&g->sigma_w) ? LW_OK : LW_ERR_NOT_FINITE;
}

LwStatus
lw_prodmp_band (const LwProdmp *self, const LwWeightGaussian *g, size_t n_joints, const LwProdmpStart *start, const double *t,
                size_t n_t, const LwMat *q, const LwMat *q_std, const LwMat *v, const LwMat *v_std)
{
  LwStatus status = check_gaussian (self, g, n_joints);
  if (status != LW_OK)
    return status;
  LwMat mean = lw_mat_view (g->mu_w, n_joints, self->settings.basis.n + 1);
  if (!lw_mat_is_finite (&mean))
    return LW_ERR_NOT_FINITE;
  if (!has_shape (q, n_t, n_joints) || !has_shape (q_std, n_t, n_joints) || !has_shape (v, n_t, n_joints)
      || !has_shape (v_std, n_t, n_joints))
    return LW_ERR_SHAPE;

  Rows rows;
  status = make_rows (self, start->t, start, n_joints, t, n_t, &rows);
  if (status != LW_OK)
    return status;
  status = lw_weight_rows_band (&rows.h_q, g, NULL, q_std);
  if (status == LW_OK)
    status = lw_weight_rows_band (&rows.h_v, g, NULL, v_std);
  if (status == LW_OK)
    apply (&rows, &mean, q, v);
  clear_rows (&rows);
  return status;
}

LwStatus
lw_prodmp_covariance (const LwProdmp *self, const LwWeightGaussian *g, size_t n_joints, double t_start, const double *t,
                      size_t n_t, const LwMat *q_cov, const LwMat *v_cov)
{
  size_t size = n_joints * n_t;
  if (!has_shape (q_cov, size, size) || !has_shape (v_cov, size, size))
    return LW_ERR_SHAPE;
  LwStatus status = check_gaussian (self, g, n_joints);
  if (status != LW_OK)
    return status;

  Rows rows;
  status = make_rows (self, t_start, NULL, n_joints, t, n_t, &rows);
  if (status != LW_OK)
    return status;
  if (q_cov != NULL)
    status = lw_weight_rows_covariance (&rows.h_q, g, q_cov);
  if (status == LW_OK && v_cov != NULL)
    status = lw_weight_rows_covariance (&rows.h_v, g, v_cov);
  clear_rows (&rows);
  return status;
}
