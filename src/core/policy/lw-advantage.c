/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-advantage.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linear-gaussian.h"

#define RIDGE 1e-3

typedef struct {
  LwContextFeatures features;
  LwMat             phi, coefficient, scaled;
  double           *ones;
} Work;

static LwStatus
work_init (Work *w, size_t n, const LwContextFeatures *like, size_t degree)
{
  LwStatus status;

  *w = (Work){ .ones = lw_doubles_new (n) };
  status = w->ones != NULL ? lw_context_features_init_like (&w->features, like, degree) : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&w->phi, n, w->features.f);
  if (status == LW_OK)
    status = lw_mat_alloc (&w->coefficient, w->features.f, 1);
  if (status == LW_OK)
    status = lw_mat_alloc (&w->scaled, n, 1);
  return status;
}

static void
work_clear (Work *w)
{
  lw_context_features_clear (&w->features);
  lw_mat_clear (&w->phi);
  lw_mat_clear (&w->coefficient);
  lw_mat_clear (&w->scaled);
  free (w->ones);
}

static LwStatus
subtract_baseline (Work *w, const double *rewards, const LwMat *contexts, double unit, double *advantage)
{
  size_t n = contexts->rows;
  LwStatus status;

  for (size_t i = 0; i < n; i++) {
    w->ones[i] = 1.0;
    w->scaled.data[i] = rewards[i] / unit; /* squares of the rewards' own size may overflow */
  }
  lw_context_features_evaluate_all (&w->features, contexts, &w->phi);
  status = lw_weighted_regression (&w->phi, &w->scaled, w->ones, RIDGE, false, &w->coefficient, NULL, NULL);
  if (status != LW_OK)
    return status;
  lw_gemm (-1.0, &w->phi, false, &w->coefficient, false, 1.0, &w->scaled);
  for (size_t i = 0; i < n; i++)
    advantage[i] = unit * w->scaled.data[i];
  return LW_OK;
}

LwStatus
lw_advantage (const double *rewards, const LwMat *contexts, const LwContextFeatures *like, size_t degree, double *advantage)
{
  size_t n = contexts->rows;
  double unit = 0.0;
  Work w;
  LwStatus status;

  if (contexts->cols != like->dc)
    return LW_ERR_SHAPE;
  for (size_t i = 0; i < n; i++) {
    if (!isfinite (rewards[i]))
      return LW_ERR_NOT_FINITE;
    unit = fmax (unit, fabs (rewards[i]));
  }
  if (!lw_mat_is_finite (contexts))
    return LW_ERR_NOT_FINITE;
  while (degree > 0 && lw_context_features_count (like->dc, degree) > n / 3)
    degree--;
  if (degree == 0 || unit == 0.0) {
    memmove (advantage, rewards, n * sizeof *advantage);
    return LW_OK;
  }
  status = work_init (&w, n, like, degree);
  if (status == LW_OK)
    status = subtract_baseline (&w, rewards, contexts, unit, advantage);
  work_clear (&w);
  return status;
}
