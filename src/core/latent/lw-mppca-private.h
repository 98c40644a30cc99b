/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-mppca-density.h"
#include "lw-mppca.h"

/* Shared by the files of LwMppca. A fit runs on data in inner units, (x - centre) * scale by column: there one isotropic noise is
 * what is meant, and squares of the samples are small. */
typedef struct {
  LwMat   x;      /* (N x p) in inner units */
  double *centre; /* (p) */
  double *scale;  /* (p) */
} LwMppcaInner;

/* Sizes and values that every fit checks. */
LwStatus lw_mppca_check (const LwMat *x, const LwMppcaSettings *settings) LW_MUST_USE;
LwStatus lw_mppca_inner_init  (LwMppcaInner *self, const LwMat *x, const LwMppcaSettings *settings) LW_MUST_USE;
void     lw_mppca_inner_clear (LwMppcaInner *self);
/* The model from inner units to the data's own; log-likelihoods of @report and @log_likelihoods (nullable) become densities of
 * those. LW_ERR_MEMORY leaves all as it was. */
LwStatus lw_mppca_inner_return (const LwMppcaInner *self, LwMppca *model, LwMppcaReport *report,
                                double *log_likelihoods) LW_MUST_USE;

/* EM on data in inner units: the model comes out in those. As lw_mppca_em() otherwise. */
LwStatus lw_mppca_em_inner (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop,
                            LwMppca *out, LwMppcaReport *report, double *log_likelihoods) LW_MUST_USE;

/* Samples that join each cluster for the covariance of LW_MPPCA_START_PUBLISHED. */
#define LW_MPPCA_JOINING 5

/* Partitions that EM may start from, best first: at most @settings->candidates that are as good as the best, and their inertias.
 * They do not depend on d. */
typedef struct {
  size_t  n;
  size_t *labels;   /* (n x N) */
  double *inertias; /* (n) */
} LwMppcaStarts;

LwStatus lw_mppca_starts_init  (LwMppcaStarts *self, const LwMat *x, const LwMppcaSettings *settings, const atomic_bool *stop)
  LW_MUST_USE;
void     lw_mppca_starts_clear (LwMppcaStarts *self);
/* The responsibilities @resp (N x K) that EM begins with at start @start. */
LwStatus lw_mppca_starts_responsibilities (const LwMppcaStarts *self, size_t start, const LwMat *x,
                                           const LwMppcaSettings *settings, const LwMat *resp) LW_MUST_USE;
/* The same for any clusters @labels of inertia @inertia. @joining (K x LW_MPPCA_JOINING, nullable: none) are indices of samples
 * that join the covariance of each cluster, whose mean stays its own. */
LwStatus lw_mppca_start_responsibilities (const LwMat *x, const size_t *labels, const size_t *joining, double inertia,
                                          double noise_floor, const LwMat *resp) LW_MUST_USE;
/* EM from every start; the best one's model (inner units), report and log-likelihoods are kept. */
LwStatus lw_mppca_fit_starts (const LwMat *x, const LwMppcaStarts *starts, const LwMppcaSettings *settings,
                              const atomic_bool *stop, LwMppca *out, LwMppcaReport *report, double *log_likelihoods) LW_MUST_USE;
