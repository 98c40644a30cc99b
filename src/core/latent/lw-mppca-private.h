/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-low-rank-gaussian.h"
#include "lw-mppca.h"

/* Shared by the files of LwMppca. */

/* Rows of @x with the first @n_context columns multiplied by @scale, in new storage @out. */
LwStatus lw_mppca_scaled_copy (const LwMat *x, size_t n_context, double scale, LwMat *out) LW_MUST_USE;
/* Component @k in the scaled units, into @out (p, r_max >= d). */
LwStatus lw_mppca_component_gaussian (const LwMppca *self, size_t k, LwLowRankGaussian *out) LW_MUST_USE;
/* @row (K): log p(y | k) becomes log p(k | y); returns log p(y). */
double   lw_mppca_normalise_row (const LwMppca *self, double *row);
/* EM on data that are already scaled: the model comes out in the scaled units. As lw_mppca_em() otherwise. */
LwStatus lw_mppca_em_scaled (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop,
                             LwMppca *out, LwMppcaReport *report, double *log_likelihoods) LW_MUST_USE;
/* Sizes and values that every fit checks. */
LwStatus lw_mppca_check (const LwMat *x, const LwMppcaSettings *settings) LW_MUST_USE;
/* From the scaled units to the data's own; log-likelihoods of @report and @log_likelihoods (nullable) become densities of those.
 */
void     lw_mppca_unscale (LwMppca *self, const LwMppcaSettings *settings, LwMppcaReport *report, double *log_likelihoods);
