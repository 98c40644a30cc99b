/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-prodmp-fit.h"

#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"
#include "lw-ridge.h"
#include "lw-spline.h"

/* Later than this in s there is no room left to steer to an end. */
#define LATEST_START 0.9

/* A ridge regression that was carried out: the factor is needed to change its result within its own metric. */
typedef struct {
  double *t;   /* (n_t) the demonstration's times, stretched */
  LwMat h;     /* (n_t x n + 1) */
  LwMat mix;   /* (n_t x 2) */
  LwMat start; /* (2 x n_joints) */
  LwMat y;     /* (n_t x n_joints) what the parameters have to explain, then what they leave */
  LwMat l;     /* (n + 1 x n + 1) Cholesky factor of the normal equations */
  LwMat p;     /* (n + 1 x n_joints) */
} Fit;

static void
clear_fit (Fit *fit)
{
  free (fit->t);
  lw_mat_clear (&fit->h);
  lw_mat_clear (&fit->mix);
  lw_mat_clear (&fit->start);
  lw_mat_clear (&fit->y);
  lw_mat_clear (&fit->l);
  lw_mat_clear (&fit->p);
}

static LwStatus
alloc_fit (Fit *fit, size_t n_t, size_t m, size_t n_joints)
{
  *fit = (Fit){ .t = lw_doubles_new (n_t) };
  const struct {
    LwMat *mat;
    size_t rows, cols;
  } parts[] = { { &fit->h, n_t, m },        { &fit->mix, n_t, 2 }, { &fit->start, 2, n_joints },
                { &fit->y, n_t, n_joints }, { &fit->l, m, m },     { &fit->p, m, n_joints } };
  LwStatus status = fit->t != NULL ? LW_OK : LW_ERR_MEMORY;
  for (size_t i = 0; status == LW_OK && i < sizeof parts / sizeof *parts; i++)
    status = lw_mat_alloc (parts[i].mat, parts[i].rows, parts[i].cols);
  return status;
}

/* tau over the demonstration's own duration: times are multiplied by it, velocities divided. */
static double
stretch_of (const LwProdmp *self, const LwTrajectory *demo)
{
  return self->settings.tau / lw_trajectory_duration (demo);
}

static LwStatus
check_input (const LwTrajectory *demo, double ridge)
{
  if (demo->n_samples < 2)
    return LW_ERR_TOO_FEW;
  if (!(ridge >= 0) || isinf (ridge))
    return LW_ERR_RANGE;
  return lw_trajectory_check (demo);
}

/* Sound input, checked before. @v (n_joints, nullable) at the first sample, after stretching. On error nothing is held. */
static LwStatus
carry_out (const LwProdmp *self, const LwTrajectory *demo, const double *v, double ridge, Fit *fit)
{
  size_t n_t = demo->n_samples, n_joints = demo->n_joints;
  double delay = self->settings.delay, tau = self->settings.tau, stretch = stretch_of (self, demo);
  LwStatus status = alloc_fit (fit, n_t, self->settings.basis.n + 1, n_joints);

  if (status == LW_OK) {
    for (size_t i = 0; i < n_t; i++)
      fit->t[i] = i + 1 < n_t ? delay + stretch * (demo->t[i] - demo->t[0]) : delay + tau;
    for (size_t j = 0; j < n_joints; j++) {
      double first = lw_mat_get (&demo->q, 0, j);
      lw_mat_set (&fit->start, 0, j, first);
      lw_mat_set (&fit->start, 1, j, v != NULL ? v[j] : (lw_mat_get (&demo->q, 1, j) - first) / (fit->t[1] - fit->t[0]));
    }
    if (!lw_mat_is_finite (&fit->start))
      status = LW_ERR_NOT_FINITE;
  }
  if (status == LW_OK)
    status = lw_prodmp_rows (self, delay, fit->t, n_t, &fit->h, &fit->mix, NULL, NULL);
  if (status == LW_OK) {
    lw_mat_copy (&demo->q, &fit->y);
    lw_gemm (-1, &fit->mix, false, &fit->start, false, 1, &fit->y);
    status = lw_ridge_solve (&fit->h, &fit->y, ridge, &fit->l, &fit->p);
  }
  if (status == LW_OK)
    lw_gemm (-1, &fit->h, false, &fit->p, false, 1, &fit->y);
  else
    clear_fit (fit);
  return status;
}

static void
write_params (const LwMat *p, double *params)
{
  for (size_t j = 0; j < p->cols; j++)
    for (size_t k = 0; k < p->rows; k++)
      params[j * p->rows + k] = lw_mat_get (p, k, j);
}

LwStatus
lw_prodmp_fit (const LwProdmp *self, const LwTrajectory *demo, const double *v, double ridge, double *params, double *rms)
{
  Fit fit;
  LwStatus status = check_input (demo, ridge);
  if (status == LW_OK)
    status = carry_out (self, demo, v, ridge, &fit);
  if (status != LW_OK)
    return status;

  write_params (&fit.p, params);
  for (size_t j = 0; rms != NULL && j < demo->n_joints; j++) {
    double sum = 0;
    for (size_t i = 0; i < demo->n_samples; i++)
      sum += lw_mat_get (&fit.y, i, j) * lw_mat_get (&fit.y, i, j);
    rms[j] = sqrt (sum / (double) demo->n_samples);
  }
  clear_fit (&fit);
  return LW_OK;
}

LwStatus
lw_prodmp_fit_gaussian (const LwProdmp *self, LwTrajectory *const *demos, size_t n, double ridge, double shrinkage,
                        const LwMat *params, LwWeightGaussian *out)
{
  if (n == 0)
    return LW_ERR_TOO_FEW;
  size_t n_joints = demos[0]->n_joints, n_params = n_joints * (self->settings.basis.n + 1);
  for (size_t i = 1; i < n; i++)
    if (demos[i]->n_joints != n_joints)
      return LW_ERR_SHAPE;
  if (params != NULL && (params->rows != n || params->cols != n_params))
    return LW_ERR_SHAPE;

  LwMat fitted;
  LwStatus status = lw_mat_alloc (&fitted, n, n_params);
  if (status != LW_OK)
    return status;
  for (size_t i = 0; status == LW_OK && i < n; i++)
    status = lw_prodmp_fit (self, demos[i], NULL, ridge, lw_mat_row (&fitted, i), NULL);
  if (status == LW_OK)
    status = lw_promp_fit_gaussian (&fitted, shrinkage, out);
  if (status == LW_OK && params != NULL)
    lw_mat_copy (&fitted, params);
  lw_mat_clear (&fitted);
  return status;
}

/* ---- from where the arm is ---- */

/* Of @movement at both ends, (n_joints) each, after stretching. */
static LwStatus
end_velocities (const LwProdmp *self, const LwTrajectory *movement, double *v_first, double *v_last)
{
  LwSpline spline;
  LwStatus status = lw_spline_init (&spline, movement);
  if (status != LW_OK)
    return status;
  double stretch = stretch_of (self, movement);
  lw_spline_at (&spline, movement->t[0], NULL, v_first, NULL);
  lw_spline_at (&spline, movement->t[movement->n_samples - 1], NULL, v_last, NULL);
  for (size_t j = 0; j < movement->n_joints; j++) {
    v_first[j] /= stretch;
    v_last[j] /= stretch;
  }
  lw_spline_clear (&spline);
  return LW_OK;
}

/* Position and velocity at the end as rows (2 x n + 1) of p, and @missing (2 x n_joints): what the movement's end has and that
 * of @p, from @start, has not. */
static LwStatus
end_conditions (const LwProdmp *self, const LwTrajectory *movement, const double *v_last, const LwProdmpStart *start,
                const LwMat *p, const LwMat *rows, const LwMat *missing)
{
  double mix[4], t_end = self->settings.delay + self->settings.tau;
  LwMat h_q = lw_mat_block (rows, 0, 0, 1, rows->cols), h_v = lw_mat_block (rows, 1, 0, 1, rows->cols);
  LwMat mix_q = lw_mat_view (mix, 1, 2), mix_v = lw_mat_view (mix + 2, 1, 2);
  LwStatus status = lw_prodmp_rows (self, start->t, &t_end, 1, &h_q, &mix_q, &h_v, &mix_v);
  if (status != LW_OK)
    return status;

  for (size_t j = 0; j < movement->n_joints; j++) {
    double q = start->q[j], v = start->v != NULL ? start->v[j] : 0;
    lw_mat_set (missing, 0, j, lw_mat_get (&movement->q, movement->n_samples - 1, j) - mix[0] * q - mix[1] * v);
    lw_mat_set (missing, 1, j, v_last[j] - mix[2] * q - mix[3] * v);
  }
  lw_gemm (-1, rows, false, p, false, 1, missing);
  return lw_mat_is_finite (missing) ? LW_OK : LW_ERR_NOT_FINITE;
}

/* p += M^-1 A' (A M^-1 A')^-1 missing, M = L L': the least change of the path, |H dp|^2 + ridge |dp|^2, that makes A p right. */
static LwStatus
meet_conditions (const Fit *fit, const LwMat *rows, const LwMat *missing)
{
  size_t m = rows->cols;
  double gram[4];
  LwMat spread, gram_view = lw_mat_view (gram, 2, 2);
  LwStatus status = lw_mat_alloc (&spread, m, 2);
  if (status != LW_OK)
    return status;
  for (size_t k = 0; k < m; k++)
    for (size_t i = 0; i < 2; i++)
      lw_mat_set (&spread, k, i, lw_mat_get (rows, i, k));
  lw_chol_solve_mat (&fit->l, &spread);
  lw_gemm (1, rows, false, &spread, false, 0, &gram_view);
  status = lw_chol_factor (&gram_view);
  if (status == LW_OK) {
    lw_chol_solve_mat (&gram_view, missing);
    lw_gemm (1, &spread, false, missing, false, 1, &fit->p);
  }
  lw_mat_clear (&spread);
  return status;
}

LwStatus
lw_prodmp_start_from (const LwProdmp *self, const LwTrajectory *movement, const LwProdmpStart *start, double ridge,
                      double *params)
{
  size_t n_joints = movement->n_joints, n = self->settings.basis.n;
  LwStatus status = check_input (movement, ridge);
  if (status != LW_OK)
    return status;
  if (!(start->t <= self->settings.delay + LATEST_START * self->settings.tau))
    return LW_ERR_RANGE;

  /* The goal is that of the movement, not of a movement shifted to the arm. */
  LwProdmp absolute = *self;
  absolute.settings.relative_goal = false;
  double *velocities = lw_doubles_new (2 * n_joints);
  LwMat rows = { 0 }, missing = { 0 };
  Fit fit = { 0 };
  status = velocities != NULL ? lw_mat_alloc (&rows, 2, n + 1) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&missing, 2, n_joints);
  if (status == LW_OK)
    status = end_velocities (self, movement, velocities, velocities + n_joints);
  if (status == LW_OK)
    status = carry_out (&absolute, movement, velocities, ridge, &fit);
  if (status == LW_OK) {
    status = end_conditions (&absolute, movement, velocities + n_joints, start, &fit.p, &rows, &missing);
    if (status == LW_OK)
      status = meet_conditions (&fit, &rows, &missing);
    if (status == LW_OK) {
      write_params (&fit.p, params);
      for (size_t j = 0; self->settings.relative_goal && j < n_joints; j++)
        params[j * (n + 1) + n] -= start->q[j];
    }
    clear_fit (&fit);
  }
  free (velocities);
  lw_mat_clear (&rows);
  lw_mat_clear (&missing);
  return status;
}
