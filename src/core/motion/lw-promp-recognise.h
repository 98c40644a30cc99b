/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp-likelihood.h"

/* Which of several movement primitives is this? Bayes' rule on lw_promp_log_likelihood(); its errors, and LW_ERR_RANGE for priors
 * of which none is above zero or one is not a log probability, LW_ERR_TOO_FEW without primitives. Primitives may differ in basis
 * and noise, not in joints. */

/* @log_prior (n_models): nullable for equal ones, normalised or not, -infinity to leave one out. @log_posterior (n_models): log
 * p(model | movement). */
LwStatus lw_promp_recognise       (const LwPrompModel *const *models, size_t n_models, const double *log_prior,
                                   const LwObservedMovement *movement, double *log_posterior) LW_MUST_USE;

/* Tempos that come into question, as the durations of the whole movement. */
typedef struct {
  size_t        n;
  const double *duration;  /* (n) s, > 0 */
  const double *log_prior; /* (n), nullable for equal ones; normalised or not */
  bool          best;      /* a model is judged by its best duration alone (maximised); else by all of them (marginalised) */
} LwTempoGrid;

/* The same for a movement whose duration is not known, as while it goes on: @t (y->rows) s since its start, @y (n x n_joints,
 * NaN: not observed). After its end a stroke is held at phase 1; a rhythm goes on. @log_joint (n_models x tempo->n, nullable):
 * log p(model, duration | movement), normalised over all of them however the models are judged. LW_ERR_NOT_FINITE for times that
 * are not, LW_ERR_RANGE for durations that are not positive. */
LwStatus lw_promp_recognise_tempo (const LwPrompModel *const *models, size_t n_models, const double *log_prior, const double *t,
                                   const LwMat *y, const LwTempoGrid *tempo, double *log_posterior,
                                   const LwMat *log_joint) LW_MUST_USE;
