/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-refit.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-promp-marginal.h"

#define LONGEST_STEP 1e3

typedef struct {
  const LwBasis *basis;
  const LwPhasePoint *at;
  const LwRefitSettings *settings;
  size_t n, n_orders, n_joints, m, n_weights;
  LwMat rows;              /* (n n_orders x basis->n): psi and derivatives of all times */
  LwMat d;                 /* (n m x m): D_t */
  double *log_det;         /* (n): log |S_t| */
  double *mu;              /* (W) */
  LwMat sigma, next;       /* (W x W) where it is, and where it looks */
  LwMat gradient, product; /* (W x W) the bracket at @sigma, and scratch */
  LwMat next_gradient;
  LwMat t;           /* (m x W) Psi Sigma */
  LwMat q, inner, e; /* (m x m) */
  LwMat psi;         /* (m x W) */
  LwMat psi_scaled;  /* (m x W) */
} Fit;

static void
fit_clear (Fit *f)
{
  LwMat *mats[] = { &f->rows, &f->d, &f->sigma, &f->next, &f->gradient, &f->product,   &f->next_gradient,
                    &f->t,    &f->q, &f->inner, &f->e,    &f->psi,      &f->psi_scaled };

  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++)
    lw_mat_clear (mats[i]);
  free (f->log_det);
  free (f->mu);
}

static LwStatus
fit_init (Fit *f)
{
  size_t w = f->n_weights, m = f->m;
  struct {
    LwMat *mat;
    size_t rows, cols;
  } mats[] = {
    { &f->rows, f->n * f->n_orders, f->basis->n },
    { &f->d, f->n * m, m },
    { &f->sigma, w, w },
    { &f->next, w, w },
    { &f->gradient, w, w },
    { &f->product, w, w },
    { &f->next_gradient, w, w },
    { &f->t, m, w },
    { &f->q, m, m },
    { &f->inner, m, m },
    { &f->e, m, m },
    { &f->psi, m, w },
    { &f->psi_scaled, m, w },
  };

  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++) {
    LwStatus status = lw_mat_alloc (mats[i].mat, mats[i].rows, mats[i].cols);
    if (status != LW_OK)
      return status;
  }
  f->log_det = lw_doubles_new (f->n);
  f->mu = lw_doubles_new (w);
  if (f->log_det == NULL || f->mu == NULL)
    return LW_ERR_MEMORY;
  for (size_t i = 0; i < f->n; i++) {
    LwMat own = lw_mat_block (&f->rows, i * f->n_orders, 0, f->n_orders, f->basis->n);
    lw_basis_eval_time (f->basis, &f->at[i], f->n_orders, &own);
  }
  return LW_OK;
}

static LwMat
rows_at (const Fit *f, size_t i)
{
  return lw_mat_block (&f->rows, i * f->n_orders, 0, f->n_orders, f->basis->n);
}

/* f->psi = Psi_t. */
static void
expand (const Fit *f, size_t i)
{
  LwMat rows = rows_at (f, i);

  lw_mat_fill (&f->psi, 0);
  for (size_t order = 0; order < f->n_orders; order++)
    for (size_t j = 0; j < f->n_joints; j++)
      memcpy (lw_mat_row (&f->psi, order * f->n_joints + j) + j * f->basis->n, lw_mat_row (&rows, order),
              f->basis->n * sizeof (double));
}

/* mu, and f->d = D_t. */
static LwStatus
fit_mean (Fit *f, const LwMat *mean, const LwMat *cov)
{
  size_t m = f->m;
  LwMat normal = f->product;

  lw_mat_fill (&normal, 0);
  for (size_t i = 0; i < f->n; i++) {
    LwMat s = lw_mat_block (cov, i * m, 0, m, m), d = lw_mat_block (&f->d, i * m, 0, m, m),
          own = lw_mat_view (lw_mat_row (&f->e, 0), 1, m);
    lw_mat_copy (&s, &d);
    for (size_t k = 0; k < m; k++)
      lw_mat_row (&d, k)[k] += f->settings->regulariser;
    lw_mat_copy (&d, &f->q);
    LwStatus status = lw_chol_factor (&f->q);
    if (status != LW_OK)
      return status;
    f->log_det[i] = lw_chol_logdet (&f->q);

    LwMat target = lw_mat_block (mean, i, 0, 1, m);
    expand (f, i);
    lw_mat_copy (&target, &own);
    lw_tri_solve (&f->q, false, own.data);
    lw_tri_solve_mat (&f->q, false, &f->psi);
    lw_syrk (1, &f->psi, true, 1, &normal);
    lw_gemv (1, &f->psi, true, own.data, 1, f->mu);
  }
  double trace = 0;
  for (size_t k = 0; k < f->n_weights; k++)
    trace += lw_mat_get (&normal, k, k);
  for (size_t k = 0; k < f->n_weights; k++)
    lw_mat_row (&normal, k)[k] += f->settings->ridge * trace / (double) f->n_weights;
  LwStatus status = lw_chol_factor (&normal);
  if (status != LW_OK)
    return status;
  lw_chol_solve (&normal, f->mu);

  for (size_t i = 0; i < f->n; i++) {
    LwMat rows = rows_at (f, i), d = lw_mat_block (&f->d, i * m, 0, m, m), residual = lw_mat_view (lw_mat_row (&f->e, 0), 1, m);
    lw_promp_project_mean (&rows, f->mu, f->n_joints, residual.data);
    for (size_t k = 0; k < m; k++)
      residual.data[k] -= lw_mat_get (mean, i, k);
    lw_syrk (1, &residual, true, 1, &d);
  }
  return LW_OK;
}

/* Mean KL with this Sigma, HUGE_VAL where it is none, and the bracket. */
static double
divergence (const Fit *f, const LwMat *sigma, const LwMat *gradient)
{
  size_t m = f->m;
  double sum = 0;

  lw_mat_fill (gradient, 0);
  for (size_t i = 0; i < f->n; i++) {
    LwMat rows = rows_at (f, i), d = lw_mat_block (&f->d, i * m, 0, m, m);
    lw_promp_project (&rows, sigma, f->n_joints, &f->t);
    lw_promp_project_left (&rows, &f->t, f->n_joints, &f->q);
    for (size_t k = 0; k < m; k++)
      lw_mat_row (&f->q, k)[k] += f->settings->regulariser;
    if (lw_chol_factor (&f->q) != LW_OK)
      return HUGE_VAL;

    /* With Q = L L': E = L^-1 D L^-T, so tr Q^-1 D = tr E, and the bracket's term is (L^-1 Psi)' (E - I) (L^-1 Psi). */
    lw_mat_copy (&d, &f->inner);
    lw_tri_solve_mat (&f->q, false, &f->inner);
    for (size_t k = 0; k < m; k++)
      for (size_t l = 0; l < m; l++)
        lw_mat_set (&f->e, k, l, lw_mat_get (&f->inner, l, k));
    lw_tri_solve_mat (&f->q, false, &f->e);
    sum += lw_chol_logdet (&f->q) - f->log_det[i] - (double) m;
    for (size_t k = 0; k < m; k++) {
      sum += lw_mat_get (&f->e, k, k);
      lw_mat_row (&f->e, k)[k] -= 1;
    }
    expand (f, i);
    lw_tri_solve_mat (&f->q, false, &f->psi);
    lw_gemm (1, &f->e, false, &f->psi, false, 0, &f->psi_scaled);
    lw_gemm (1 / (double) f->n, &f->psi, true, &f->psi_scaled, false, 1, gradient);
  }
  return isfinite (sum) ? sum / 2 / (double) f->n : HUGE_VAL;
}

/* f->next = Sigma + step Sigma bracket Sigma; FALSE when that is no covariance any more. */
static bool
look (const Fit *f, double step)
{
  size_t w = f->n_weights;

  lw_gemm (1, &f->sigma, false, &f->gradient, false, 0, &f->product);
  lw_mat_copy (&f->sigma, &f->next);
  lw_gemm (step, &f->product, false, &f->sigma, false, 1, &f->next);
  for (size_t i = 0; i < w; i++)
    for (size_t k = 0; k < i; k++) {
      double mean = (lw_mat_get (&f->next, i, k) + lw_mat_get (&f->next, k, i)) / 2;
      lw_mat_set (&f->next, i, k, mean);
      lw_mat_set (&f->next, k, i, mean);
    }
  if (step == 1)
    return true;
  lw_mat_copy (&f->next, &f->product);
  return lw_chol_factor (&f->product) == LW_OK;
}

static void
iterate (Fit *f, LwRefitReport *report)
{
  double step = 1, now = divergence (f, &f->sigma, &f->gradient);

  while (report->iterations < f->settings->max_iterations && !report->converged) {
    double then = look (f, step) ? divergence (f, &f->next, &f->next_gradient) : HUGE_VAL;
    report->iterations++;
    if (then > now) {
      if (step <= 1)
        break; /* rounding: not even the step that cannot raise it lowers it */
      step = fmax (1, step / 8);
      continue;
    }
    report->converged = now - then < f->settings->tolerance && step > 1;
    LwMat sigma = f->sigma, gradient = f->gradient;
    f->sigma = f->next;
    f->gradient = f->next_gradient;
    f->next = sigma;
    f->next_gradient = gradient;
    now = then;
    step = fmin (step * 2, LONGEST_STEP);
  }
  report->divergence = now;
}

/* Without a start: every joint's mean covariance, as much for each function as the overlap of the functions leaves. */
static void
plain_start (const Fit *f, const LwMat *cov)
{
  double overlap = 0;

  for (size_t i = 0; i < f->n; i++)
    for (size_t k = 0; k < f->basis->n; k++)
      overlap += pow (lw_mat_get (&f->rows, i * f->n_orders, k), 2) / (double) f->n;
  lw_mat_fill (&f->sigma, 0);
  for (size_t i = 0; i < f->n_joints; i++)
    for (size_t j = 0; j < f->n_joints; j++) {
      double mean = i == j ? f->settings->regulariser : 0;
      for (size_t t = 0; t < f->n; t++)
        mean += lw_mat_get (cov, t * f->m + i, j) / (double) f->n;
      for (size_t k = 0; k < f->basis->n; k++)
        lw_mat_set (&f->sigma, i * f->basis->n + k, j * f->basis->n + k, mean / overlap);
    }
}

static LwStatus
check (const LwBasis *basis, size_t n_joints, const LwPhasePoint *at, size_t n, size_t n_orders, const LwMat *mean,
       const LwMat *cov, const LwRefitSettings *settings, const LwWeightGaussian *start, size_t *m)
{
  LwStatus status = lw_basis_check (basis);

  if (status != LW_OK)
    return status;
  if (n == 0)
    return LW_ERR_TOO_FEW;
  if (n_orders < 1 || n_orders > LW_N_ORDERS)
    return LW_ERR_RANGE;
  if (!(settings->ridge >= 0 && settings->regulariser >= 0 && settings->tolerance >= 0) || isinf (settings->ridge)
      || isinf (settings->regulariser))
    return LW_ERR_RANGE;
  if (n_joints == 0 || n_joints > SIZE_MAX / LW_BASIS_MAX || n > SIZE_MAX / LW_BASIS_MAX / n_joints)
    return LW_ERR_SHAPE;
  *m = n_orders * n_joints;
  if (mean->rows != n || mean->cols != *m || cov->rows != n * *m || cov->cols != *m)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (mean) || !lw_mat_is_finite (cov))
    return LW_ERR_NOT_FINITE;
  for (size_t i = 0; i < n; i++) {
    status = lw_phase_point_check (&at[i], basis->kind);
    if (status != LW_OK)
      return status;
  }
  return start != NULL ? lw_promp_check (basis, start, n_joints) : LW_OK;
}

void
lw_refit_settings_init (LwRefitSettings *self)
{
  *self = (LwRefitSettings){ .ridge = 1e-9, .regulariser = 1e-8, .max_iterations = 400, .tolerance = 1e-6 };
}

LwStatus
lw_promp_refit (const LwBasis *basis, size_t n_joints, const LwPhasePoint *at, size_t n, size_t n_orders, const LwMat *mean,
                const LwMat *cov, const LwRefitSettings *settings, const LwWeightGaussian *start, LwWeightGaussian *out,
                LwRefitReport *report)
{
  Fit f = { .basis = basis, .at = at, .settings = settings, .n = n, .n_orders = n_orders, .n_joints = n_joints };
  LwRefitReport done = { 0 };
  LwStatus status = check (basis, n_joints, at, n, n_orders, mean, cov, settings, start, &f.m);

  if (status != LW_OK)
    return status;
  f.n_weights = n_joints * basis->n;
  status = fit_init (&f);
  if (status == LW_OK)
    status = fit_mean (&f, mean, cov);
  if (status == LW_OK) {
    if (start != NULL)
      lw_mat_copy (&start->sigma_w, &f.sigma);
    else
      plain_start (&f, cov);
    iterate (&f, &done);
    if (!isfinite (done.divergence))
      status = LW_ERR_NOT_SPD;
  }
  if (status == LW_OK) {
    *out = (LwWeightGaussian){ f.n_weights, f.mu, f.sigma };
    f.mu = NULL;
    f.sigma = (LwMat){ 0 };
    if (report != NULL)
      *report = done;
  }
  fit_clear (&f);
  return status;
}
