/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-recognise.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-stats.h"

/* @out (n): @log_prior, or equal ones, normalised. */
static LwStatus
normalised_prior (const double *log_prior, size_t n, double *out)
{
  double largest = -HUGE_VAL;

  for (size_t i = 0; i < n; i++) {
    out[i] = log_prior != NULL ? log_prior[i] : 0;
    if (!(out[i] < HUGE_VAL))
      return LW_ERR_RANGE;
    largest = fmax (largest, out[i]);
  }
  if (isinf (largest))
    return LW_ERR_RANGE;
  lw_log_normalise (out, n);
  return LW_OK;
}

static LwStatus
check_tempo (const LwTempoGrid *tempo, const double *t, size_t n_samples)
{
  if (tempo->n == 0)
    return LW_ERR_TOO_FEW;
  for (size_t r = 0; r < tempo->n; r++)
    if (!(tempo->duration[r] > 0) || isinf (tempo->duration[r]))
      return LW_ERR_RANGE;
  for (size_t i = 0; i < n_samples; i++)
    if (!isfinite (t[i]))
      return LW_ERR_NOT_FINITE;
  return LW_OK;
}

/* @row (n): log p(movement r | model) + log p(model) + log p(r), unnormalised. A model that is left out is not looked at. */
static LwStatus
weigh_model (const LwPrompModel *model, double log_prior, const LwObservedMovement *movements, size_t n,
             const double *log_prior_of_movement, double *row)
{
  LwStatus status = LW_OK;

  if (isinf (log_prior))
    for (size_t r = 0; r < n; r++)
      row[r] = 0;
  else
    status = lw_promp_log_likelihood (model, movements, n, row);
  for (size_t r = 0; status == LW_OK && r < n; r++)
    row[r] += log_prior + log_prior_of_movement[r];
  return status;
}

static void
judge (const LwMat *joint, bool best, double *log_posterior)
{
  for (size_t m = 0; m < joint->rows; m++) {
    const double *row = lw_mat_row (joint, m);
    double largest = -HUGE_VAL;
    for (size_t r = 0; r < joint->cols; r++)
      largest = fmax (largest, row[r]);
    log_posterior[m] = best ? largest : lw_logsumexp (row, joint->cols);
  }
  lw_log_normalise (log_posterior, joint->rows);
}

LwStatus
lw_promp_recognise (const LwPrompModel *const *models, size_t n_models, const double *log_prior,
                    const LwObservedMovement *movement, double *log_posterior)
{
  const double certain = 0;
  LwMat joint;

  if (n_models == 0)
    return LW_ERR_TOO_FEW;
  double *prior = lw_doubles_new (n_models);
  if (prior == NULL)
    return LW_ERR_MEMORY;
  LwStatus status = normalised_prior (log_prior, n_models, prior);
  if (status == LW_OK)
    status = lw_mat_alloc (&joint, n_models, 1);
  if (status == LW_OK) {
    for (size_t m = 0; status == LW_OK && m < n_models; m++)
      status = weigh_model (models[m], prior[m], movement, 1, &certain, lw_mat_row (&joint, m));
    if (status == LW_OK)
      judge (&joint, false, log_posterior);
    lw_mat_clear (&joint);
  }
  free (prior);
  return status;
}

LwStatus
lw_promp_recognise_tempo (const LwPrompModel *const *models, size_t n_models, const double *log_prior, const double *t,
                          const LwMat *y, const LwTempoGrid *tempo, double *log_posterior, const LwMat *log_joint)
{
  size_t n_samples = y->rows, n = tempo->n;
  LwMat joint = { 0 }, phases = { 0 };
  LwStatus status = n_models > 0 ? check_tempo (tempo, t, n_samples) : LW_ERR_TOO_FEW;

  if (status == LW_OK && log_joint != NULL && (log_joint->rows != n_models || log_joint->cols != n))
    status = LW_ERR_SHAPE;
  if (status != LW_OK)
    return status;
  double *prior = lw_doubles_new (n_models), *prior_of_tempo = lw_doubles_new (n);
  LwObservedMovement *movements = calloc (n, sizeof *movements);
  status = prior != NULL && prior_of_tempo != NULL && movements != NULL ? normalised_prior (log_prior, n_models, prior)
                                                                        : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = normalised_prior (tempo->log_prior, n, prior_of_tempo);
  if (status == LW_OK)
    status = lw_mat_alloc (&joint, n_models, n);
  if (status == LW_OK)
    status = lw_mat_alloc (&phases, n, n_samples);
  for (size_t m = 0; status == LW_OK && m < n_models; m++) {
    double last = models[m]->basis.kind == LW_BASIS_STROKE ? 1 : HUGE_VAL;
    for (size_t r = 0; r < n; r++) {
      double *z = lw_mat_row (&phases, r);
      for (size_t i = 0; i < n_samples; i++)
        z[i] = fmin (t[i] / tempo->duration[r], last);
      movements[r] = (LwObservedMovement){ n_samples, z, *y };
    }
    status = weigh_model (models[m], prior[m], movements, n, prior_of_tempo, lw_mat_row (&joint, m));
  }
  if (status == LW_OK) {
    judge (&joint, tempo->best, log_posterior);
    if (log_joint != NULL) {
      lw_log_normalise (joint.data, n_models * n);
      lw_mat_copy (&joint, log_joint);
    }
  }
  free (prior);
  free (prior_of_tempo);
  free (movements);
  lw_mat_clear (&joint);
  lw_mat_clear (&phases);
  return status;
}
