/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-promp.h"

/* y_j = H w_j for every joint j, with the same rows H (n_rows x n) for all, w ~ @g joint-major: basis functions at phases,
 * derivatives of them, or what a ProDMP makes of its parameters. On checked sizes. The number of joints is that of @mean's or
 * @std's columns; no matrix over all rows and joints is built where it is not the result. */

/* @mean (n_rows x n_joints). */
void lw_weight_rows_mean       (const LwMat *h, const LwWeightGaussian *g, const LwMat *mean);
/* Standard deviations @std (n_rows x n_joints), from the n x n blocks on the diagonal of Sigma; @scratch as @h. */
void lw_weight_rows_std        (const LwMat *h, const LwWeightGaussian *g, const LwMat *scratch, const LwMat *std);
/* Covariance of all of them, joint-major: @cov (n_joints n_rows, square), all rows of joint 0 first; @scratch as @h. */
void lw_weight_rows_covariance (const LwMat *h, const LwWeightGaussian *g, const LwMat *scratch, const LwMat *cov);
