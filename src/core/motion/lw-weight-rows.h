/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp.h"

/* y_j = H w_j for every joint j, with the same rows H (n_rows x n) for all, w ~ @g joint-major: basis functions at phases,
 * derivatives of them, or what a ProDMP makes of its parameters. On checked sizes; no matrix over all rows and joints is built
 * where it is not the result. LW_ERR_MEMORY, before anything is written. */

/* @mean and standard deviations @std (n_rows x n_joints, each nullable), these from the n x n blocks on the diagonal of Sigma. */
LwStatus lw_weight_rows_band       (const LwMat *h, const LwWeightGaussian *g, const LwMat *mean, const LwMat *std) LW_MUST_USE;
/* Covariance of all of them, joint-major: @cov (n_joints n_rows, square), all rows of joint 0 first. */
LwStatus lw_weight_rows_covariance (const LwMat *h, const LwWeightGaussian *g, const LwMat *cov) LW_MUST_USE;
