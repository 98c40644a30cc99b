/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-decoupled-policy.h"
#include "lw-offset-model.h"

/* What a demonstrated movement is expected to be, given its context; a decoupled policy adds Omega_k L_k e to it. Two answers:
 *   mixture      omega_k + Omega_k mean_k(c): local and linear, and able to keep unlike kinds of movement apart. Every
 *                component is fitted to its own demonstrations, so many small ones are noisy
 *   regression   a polynomial in the context for each principal direction of the movements (lw-offset-model.h), of all
 *                demonstrations at once: less noise, but an average of whatever kinds there are
 * Neither is best everywhere; LW_DECOUPLED_BETTER takes what predicts a demonstration from its context better. Owned storage;
 * const use from any thread. */
typedef enum { LW_DECOUPLED_MIXTURE = 0, LW_DECOUPLED_REGRESSION = 1, LW_DECOUPLED_BETTER = 2 } LwDecoupledMeanChoice;

typedef struct {
  bool          has_regression;
  LwOffsetModel regression;
  /* Root mean square of what is not predicted, over that about the mean; NaN when unknown. */
  double        mixture_error, regression_error;
} LwDecoupledMean;

/* The regression's error is that of leaving each demonstration out; the mixture's, in which one would take part in its own
 * prediction, is corrected for that by generalised cross-validation, K (1 + r) numbers being fitted in each direction. Without
 * demonstrations, or when these cannot be regressed on (they do not differ), there is only the mixture. LW_ERR_MEMORY. */
LwStatus lw_decoupled_mean_init   (LwDecoupledMean *self, const LwLampoModel *model, const LwImitation *imitation) LW_MUST_USE;
void     lw_decoupled_mean_clear  (LwDecoupledMean *self);
/* To and from a learner's state, so that a run goes on bit for bit on another machine. Without arrays of a regression there is
 * only the mixture. LW_ERR_SHAPE, LW_ERR_RANGE, LW_ERR_NOT_FINITE, LW_ERR_MEMORY. */
LwStatus lw_decoupled_mean_to_arrays   (const LwDecoupledMean *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_decoupled_mean_from_arrays (LwDecoupledMean *self, const LwLampoModel *model, const LwArrays *in) LW_MUST_USE;
/* Whether @choice comes to the regression. */
bool     lw_decoupled_mean_is_regression (const LwDecoupledMean *self, LwDecoupledMeanChoice choice);
/* Numbers of scratch that a movement wants. */
size_t   lw_decoupled_mean_scratch  (const LwDecoupledMean *self, const LwDecoupledForm *form);
/* The movement (m) for the correction @change (d) = L_k e of component @k's in a context with whitened row @y_k. */
void     lw_decoupled_mean_movement (const LwDecoupledMean *self, const LwDecoupledForm *form, bool regression,
                                     const double *context, size_t k, const double *y_k,
                                     const double *change, double *scratch, double *movement);
