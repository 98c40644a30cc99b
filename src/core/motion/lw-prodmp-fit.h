/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-prodmp.h"

/* Learning ProDMPs. A movement is stretched to last from delay to delay + tau, whatever its own clock says; @ridge is that of
 * the normal equations of H_q. All return LW_ERR_TOO_FEW below 2 samples, LW_ERR_NOT_FINITE, LW_ERR_RANGE on times or @ridge,
 * LW_ERR_NOT_SPD when @ridge is too small for rank-deficient data; outputs are then untouched. */

/* Parameters @params (W) of one demonstration that starts at its first sample with @v (n_joints, rad/s after stretching;
 * nullable: the first difference). @rms (n_joints, nullable): root mean square residual in rad. */
LwStatus lw_prodmp_fit (const LwProdmp *self, const LwTrajectory *demo, const double *v, double ridge, double *params,
                        double *rms) LW_MUST_USE;
/* Each of @n demonstrations, then mean and covariance with @shrinkage as lw_promp_fit_gaussian(). @params (n x W, nullable).
 * @out receives its own storage. LW_ERR_SHAPE when joints differ. */
LwStatus lw_prodmp_fit_gaussian (const LwProdmp *self, LwTrajectory *const *demos, size_t n, double ridge, double shrinkage,
                                 const LwMat *params, LwWeightGaussian *out) LW_MUST_USE;
/* A learned movement from where the arm is: parameters that, started at @start (its t within the movement), follow @movement
 * and end as it does, in position and velocity. @movement is any trajectory, such as lw_promp_rollout() of a mean. What the
 * arm starts off the movement by is forgotten at the rate a / 2 over s; the remainder at the end is taken out by the change of
 * parameters that disturbs the path least. */
LwStatus lw_prodmp_start_from (const LwProdmp *self, const LwTrajectory *movement, const LwProdmpStart *start, double ridge,
                               double *params) LW_MUST_USE;
