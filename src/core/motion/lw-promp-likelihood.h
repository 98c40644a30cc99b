/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-observed-movement.h"
#include "lw-promp-model.h"

/* What a movement primitive says of movements seen in whole or in part [maths.md 2.1]. All in W x W, however many the samples.
 * Errors leave outputs alone: LW_ERR_SHAPE, LW_ERR_NOT_FINITE (numbers whose squares overflow, too), LW_ERR_NOT_SPD for noise
 * that is not positive or a Sigma_w that is indefinite beyond rounding (a singular one will do), LW_ERR_MEMORY. */

/* log p(y) of each of @movements (n), natural logarithm of a density in rad^-(numbers observed); gaps are marginalised, so a
 * movement of which nothing was seen has 0. @log_p (n). */
LwStatus lw_promp_log_likelihood (const LwPrompModel *model, const LwObservedMovement *movements, size_t n,
                                  double *log_p) LW_MUST_USE;

/* The weights of a movement given what was seen of it: mean and band of the rest follow by lw_promp_band(). @out receives its own
 * storage; *@log_p (nullable). */
LwStatus lw_promp_complete       (const LwPrompModel *model, const LwObservedMovement *movement, LwWeightGaussian *out,
                                  double *log_p) LW_MUST_USE;
