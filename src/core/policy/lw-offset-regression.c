/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>

#include "lw-linalg.h"
#include "lw-offset-private.h"

#define RIDGE 1e-6 /* of the mean squared feature: dependent features then share their coefficient */

typedef struct {
  LwMat   phi;        /* (N x f) */
  LwMat   coefficient; /* (f x r) */
  LwMat   residual;   /* (N x r) */
  double *error;      /* (r) mean squared leave-one-out error */
} Fit;

static void
fit_clear (Fit *fit)
{
  lw_mat_clear (&fit->phi);
  lw_mat_clear (&fit->coefficient);
  lw_mat_clear (&fit->residual);
  free (fit->error);
  *fit = (Fit){ 0 };
}

static LwStatus
fit_alloc (Fit *fit, size_t N, size_t f, size_t r)
{
  *fit = (Fit){ .error = lw_doubles_new (r) };
  if (fit->error != NULL && lw_mat_alloc (&fit->phi, N, f) == LW_OK && lw_mat_alloc (&fit->coefficient, f, r) == LW_OK
      && lw_mat_alloc (&fit->residual, N, r) == LW_OK)
    return LW_OK;
  return LW_ERR_MEMORY;
}

/* Leave-one-out errors are e_i / (1 - h_i), with the leverage h_i = phi_i'(Phi'Phi + ridge)^-1 phi_i. */
static LwStatus
leave_out (Fit *fit, const LwMat *factor)
{
  size_t N = fit->phi.rows, f = fit->phi.cols;
  LwMat turned;
  LwStatus status = lw_mat_alloc (&turned, f, N);

  if (status != LW_OK)
    return status;
  for (size_t i = 0; i < N; i++)
    for (size_t a = 0; a < f; a++)
      lw_mat_set (&turned, a, i, lw_mat_get (&fit->phi, i, a));
  lw_tri_solve_mat (factor, false, &turned);
  for (size_t i = 0; i < N; i++) {
    double leverage = 0.0, left;

    for (size_t a = 0; a < f; a++)
      leverage += lw_mat_get (&turned, a, i) * lw_mat_get (&turned, a, i);
    left = fmax (1.0 - leverage, 1e-3);
    for (size_t j = 0; j < fit->residual.cols; j++) {
      double e = lw_mat_get (&fit->residual, i, j) / left;

      fit->error[j] += e * e / (double) N;
    }
  }
  lw_mat_clear (&turned);
  return LW_OK;
}

static LwStatus
regress (Fit *fit, const LwContextFeatures *features, const LwMat *contexts, const LwMat *scores)
{
  size_t f = features->f;
  double trace = 0.0;
  LwMat gram;
  LwStatus status = fit_alloc (fit, scores->rows, f, scores->cols);

  if (status == LW_OK)
    status = lw_mat_alloc (&gram, f, f);
  if (status != LW_OK)
    return status;
  lw_context_features_evaluate_all (features, contexts, &fit->phi);
  lw_syrk (1.0, &fit->phi, true, 0.0, &gram);
  for (size_t a = 0; a < f; a++)
    trace += lw_mat_get (&gram, a, a);
  for (size_t a = 0; a < f; a++)
    gram.data[a * f + a] += RIDGE * trace / (double) f;
  lw_gemm (1.0, &fit->phi, true, scores, false, 0.0, &fit->coefficient);
  status = lw_chol_factor (&gram);
  if (status == LW_OK) {
    lw_chol_solve_mat (&gram, &fit->coefficient);
    lw_mat_copy (scores, &fit->residual);
    lw_gemm (-1.0, &fit->phi, false, &fit->coefficient, false, 1.0, &fit->residual);
    status = leave_out (fit, &gram);
  }
  lw_mat_clear (&gram);
  return status;
}

void
lw_offset_regression_clear (LwOffsetRegression *self)
{
  lw_context_features_clear (&self->features);
  lw_mat_clear (&self->coefficient);
  lw_mat_clear (&self->residual);
  free (self->error);
}

static void
take_better (LwOffsetRegression *choice, const Fit *fit, bool any)
{
  for (size_t j = 0; j < fit->residual.cols; j++) {
    if (!any && !(fit->error[j] < choice->error[j]))
      continue;
    choice->error[j] = fit->error[j];
    for (size_t a = 0; a < fit->coefficient.rows; a++)
      lw_mat_set (&choice->coefficient, a, j, lw_mat_get (&fit->coefficient, a, j));
    for (size_t i = 0; i < fit->residual.rows; i++)
      lw_mat_set (&choice->residual, i, j, lw_mat_get (&fit->residual, i, j));
  }
}

LwStatus
lw_offset_regression_init (LwOffsetRegression *choice, const LwMat *contexts, const LwMat *scores, size_t wanted)
{
  size_t N = scores->rows, r = scores->cols, highest = wanted != 0 ? wanted : LW_OFFSET_MAX_DEGREE;
  LwStatus status;

  while (highest > 0 && lw_context_features_count (contexts->cols, highest) > N / 3)
    highest--;
  *choice = (LwOffsetRegression){ .error = lw_doubles_new (r) };
  status = choice->error != NULL ? lw_context_features_init (&choice->features, contexts, highest) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&choice->coefficient, choice->features.f, r);
  if (status == LW_OK)
    status = lw_mat_alloc (&choice->residual, N, r);
  for (size_t degree = wanted != 0 ? highest : 0; degree <= highest && status == LW_OK; degree++) {
    LwContextFeatures features;
    Fit fit = { 0 };

    status = lw_context_features_init_like (&features, &choice->features, degree);
    if (status != LW_OK)
      break;
    status = regress (&fit, &features, contexts, scores);
    if (status == LW_OK)
      take_better (choice, &fit, degree == 0 || wanted != 0);
    fit_clear (&fit);
    lw_context_features_clear (&features);
  }
  for (size_t j = 0; j < r && status == LW_OK; j++)
    if (!isfinite (choice->error[j]))
      status = LW_ERR_NOT_FINITE;
  return status;
}
