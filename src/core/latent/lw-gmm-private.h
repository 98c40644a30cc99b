/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-gmm.h"

/* Shared by the files of LwGmm. */

/* Rows that a block of the E and M steps works on: with p = 164 it stays in the second-level cache. */
#define LW_GMM_BLOCK 128

/* log N(x_i | k) + log pi_k of the rows of @x into @log_joint (N x K). @block (>= p * LW_GMM_BLOCK) is scratch. */
void   lw_gmm_log_joint (const LwGmm *self, const LwMat *x, double *block, const LwMat *log_joint);
/* Component of least Mahalanobis distance over the first @p dimensions, whatever the size of @x (p). @scratch (p). */
size_t lw_gmm_nearest (const LwGmm *self, const double *x, size_t p, double *scratch);

/* EM in @self, in place, from its parameters, or with an M step from @log_resp (N x K, nullable) first; @old (nullable): what
 * older samples left. On error @self is clobbered. @weights (nullable) with sum @total. */
LwStatus lw_gmm_em (LwGmm *self, const LwGmm *old, const LwMat *x, const double *weights, double total, const LwMat *log_resp,
                    const LwGmmSettings *settings, const atomic_bool *stop, LwGmmReport *report,
                    double *log_likelihoods) LW_MUST_USE;
/* What a fit checks of its input; the sum of the weights into @total. */
LwStatus lw_gmm_check (const LwMat *x, const double *weights, const LwGmmSettings *settings, double *total) LW_MUST_USE;
