/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-mppca-private.h"

/* ---- the best of several ---- */

static bool
is_better (const LwMppcaReport *a, const LwMppcaReport *b)
{
  if (a->n_small != b->n_small)
    return a->n_small < b->n_small;
  return a->log_likelihood > b->log_likelihood;
}

LwStatus
lw_mppca_fit_starts (const LwMat *x, const LwMppcaStarts *starts, const LwMppcaSettings *settings, const atomic_bool *stop,
                     LwMppca *out, LwMppcaReport *report, double *log_likelihoods)
{
  LwMat resp = { 0 };
  LwMppca best = { 0 };
  LwMppcaReport best_report = { 0 };
  double *history = lw_doubles_new (settings->max_iterations), *best_history = lw_doubles_new (settings->max_iterations);
  double lowest = INFINITY, highest = -INFINITY;

  LwStatus status = history != NULL && best_history != NULL ? lw_mat_alloc (&resp, x->rows, settings->K) : LW_ERR_MEMORY;
  for (size_t c = 0; c < starts->n && status == LW_OK; c++) {
    LwMppca model = { 0 };
    LwMppcaReport result;
    status = lw_mppca_starts_responsibilities (starts, c, x, settings, &resp);
    if (status == LW_OK)
      status = lw_mppca_em_inner (x, &resp, settings, stop, &model, &result, history);
    if (status != LW_OK)
      break;
    lowest = fmin (lowest, result.log_likelihood);
    highest = fmax (highest, result.log_likelihood);
    result.chosen = c;
    if (c == 0 || is_better (&result, &best_report)) {
      lw_mppca_clear (&best);
      best = model;
      best_report = result;
      memcpy (best_history, history, settings->max_iterations * sizeof *history);
    } else {
      lw_mppca_clear (&model);
    }
  }
  if (status == LW_OK) {
    best_report.n_candidates = starts->n;
    best_report.lowest = lowest;
    best_report.highest = highest;
    *out = best;
    *report = best_report;
    if (log_likelihoods != NULL)
      memcpy (log_likelihoods, best_history, settings->max_iterations * sizeof *best_history);
  } else {
    lw_mppca_clear (&best);
  }
  lw_mat_clear (&resp);
  free (history);
  free (best_history);
  return status;
}

/* ---- fits ---- */

/* EM from @resp, or from starts of its own when that is NULL. */
static LwStatus
fit (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out,
     LwMppcaReport *report, double *log_likelihoods)
{
  LwMppcaInner inner = { 0 };
  LwMppcaStarts starts = { 0 };
  LwMppcaReport result;
  LwMppca model = { 0 };

  LwStatus status = lw_mppca_inner_init (&inner, x, settings);
  double *history = lw_doubles_new (settings->max_iterations);
  if (status == LW_OK && history == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK && resp == NULL)
    status = lw_mppca_starts_init (&starts, &inner.x, settings, stop);
  if (status == LW_OK)
    status = resp == NULL ? lw_mppca_fit_starts (&inner.x, &starts, settings, stop, &model, &result, history)
                          : lw_mppca_em_inner (&inner.x, resp, settings, stop, &model, &result, history);
  if (status == LW_OK)
    status = lw_mppca_inner_return (&inner, &model, &result, history);
  if (status == LW_OK) {
    *out = model;
    if (report != NULL)
      *report = result;
    if (log_likelihoods != NULL)
      memcpy (log_likelihoods, history, settings->max_iterations * sizeof *history);
  } else {
    lw_mppca_clear (&model);
  }
  lw_mppca_starts_clear (&starts);
  lw_mppca_inner_clear (&inner);
  free (history);
  return status;
}

LwStatus
lw_mppca_fit (const LwMat *x, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out, LwMppcaReport *report,
              double *log_likelihoods)
{
  LwStatus status = lw_mppca_check (x, settings);

  return status == LW_OK ? fit (x, NULL, settings, stop, out, report, log_likelihoods) : status;
}

LwStatus
lw_mppca_em (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out,
             LwMppcaReport *report, double *log_likelihoods)
{
  LwStatus status = lw_mppca_check (x, settings);

  if (status != LW_OK)
    return status;
  if (resp->rows != x->rows || resp->cols != settings->K)
    return LW_ERR_SHAPE;
  if (!lw_mat_is_finite (resp))
    return LW_ERR_NOT_FINITE;
  return fit (x, resp, settings, stop, out, report, log_likelihoods);
}
