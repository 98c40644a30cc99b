/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mppca.h"

/* Which K, d, context scale and context noise? Every combination of the values given is fitted to all samples but one fold, in
 * turn, and judged by the samples left out; and fitted to all of them, for BIC. The table is there to be looked at. */

typedef enum {
  LW_MPPCA_HELD_OUT,    /* mean log p(c, w) of samples left out */
  LW_MPPCA_CONDITIONAL, /* mean log p(w | c) of samples left out; only with contexts */
  LW_MPPCA_IMITATION,   /* mean expected squared distance, a column, of the movements that imitation makes for the context of a
                         * sample left out from the sample's own, in their own units: lower is better; only with contexts */
  LW_MPPCA_BIC,         /* of the fit to all samples; lower is better */
  LW_MPPCA_N_CRITERIA
} LwMppcaCriterion;

typedef struct {
  LwMppcaSettings fit;    /* what all fits have in common; its K, d and context_scale are not used */
  const size_t *K;        /* (n_K) */
  size_t        n_K;
  const size_t *d;        /* (n_d) */
  size_t        n_d;
  const double *scale;    /* (n_scale) factors on the context, as context_scale; NULL, 0: only 1 */
  size_t        n_scale;
  const double *noise;    /* (n_noise) standard deviations of noise added to the contexts that are fitted to, not to those that
                           * are judged by; NULL, 0: only 0. Row i draws from (seed, LW_RNG_NOISE, 0, i) */
  size_t        n_noise;
  size_t        folds;    /* default 5, at least 2 and at most N */
  size_t        threads;  /* default 1. The table does not depend on it */
} LwMppcaSelectSettings;

/* Over samples left out. A mean log density far below the median is the work of a few samples that the model calls impossible:
 * with a noise of 1e-5 each can count more than all others. */
typedef struct {
  double mean;   /* over samples */
  double se;     /* of that, from the means of the folds */
  double median; /* over samples */
} LwMppcaFigure;

typedef struct {
  size_t   K, d;
  double   scale, noise;
  LwStatus status;          /* LW_OK, or the first fit that failed: LW_ERR_TOO_FEW when K or d is more than a fold's samples
                             * allow. The figures below are NaN then */
  size_t   n_failed;        /* of folds + 1 fits */
  LwMppcaFigure held_out;
  LwMppcaFigure conditional; /* NaN without contexts */
  LwMppcaFigure imitation;   /* the same */
  double   bic;             /* -2 log L + n_parameters log N; compare cells of one noise: other noise is other data */
  double   log_likelihood;  /* mean a sample, of the fit to all samples, noise included */
  double   n_parameters;
  size_t   n_small;         /* components of that fit with under d + 2 effective samples */
} LwMppcaCell;

typedef struct {
  LwMppcaCell *cells;     /* (n_cells): noise, then scale, then K, then d runs fastest */
  size_t       n_cells;
  size_t       best[LW_MPPCA_N_CRITERIA];      /* cell of the best figure; SIZE_MAX: there is none */
  size_t       suggested[LW_MPPCA_N_CRITERIA]; /* the fewest parameters of those that lack no more of it than one standard error
                                                * of that lack (of the samples' differences), of those alike the better one; for
                                                * BIC the best of the first noise */
} LwMppcaSelection;

/* @fraction of the work done; on the calling thread. */
typedef void (*LwMppcaSelectProgress) (double fraction, void *data);

void     lw_mppca_select_settings_init (LwMppcaSelectSettings *self);
/* @x (N x p). LW_ERR_RANGE for an empty grid or values outside of what lw_mppca_fit() takes (K or d too large for the samples are
 * a matter of the cell), LW_ERR_TOO_FEW for fewer samples than folds, LW_ERR_NOT_FINITE, LW_ERR_STOPPED, LW_ERR_MEMORY: @out is
 * then as it was. Any thread; starts @settings->threads - 1 of its own, which are gone when it returns. Allocates about 3 times
 * its input a thread, and 3 numbers a cell and sample. */
LwStatus lw_mppca_select (const LwMat *x, const LwMppcaSelectSettings *settings, const atomic_bool *stop,
                          LwMppcaSelectProgress progress, void *data, LwMppcaSelection *out) LW_MUST_USE;
void     lw_mppca_selection_clear (LwMppcaSelection *self);
