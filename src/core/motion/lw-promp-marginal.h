/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-phase.h"
#include "lw-promp.h"

/* What p(w) = N(mu, Sigma) says about the movement at given phases: everything here is y = Psi w for rows Psi of the basis
 * and its derivatives by time (lw-phase.h), so mean Psi mu and covariance Psi Sigma Psi'. Observation noise is the caller's
 * to add. Pure functions, any thread. All of them: LW_ERR_SHAPE on sizes, lw_promp_check()'s and lw_phase_point_check()'s
 * errors, LW_ERR_MEMORY. */

/* y = [q; qd; qdd] at one phase, the first @n_orders (1 to 3) of them: @mean (n_orders n_joints), @cov (square, nullable),
 * order after order, joints within: rad, rad/s, rad/s^2. */
LwStatus lw_promp_marginal   (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *at,
                              size_t n_orders, double *mean, const LwMat *cov) LW_MUST_USE;
/* Cov (y at @a, y at @b), each as above: @cov (n_orders n_joints, square). */
LwStatus lw_promp_cross      (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *a,
                              const LwPhasePoint *b, size_t n_orders, const LwMat *cov) LW_MUST_USE;
/* Mean and standard deviation of one order for every joint at @n phases: @mean, @std (n x n_joints). No T x T matrix. */
LwStatus lw_promp_band_order (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *at, size_t n,
                              LwOrder order, const LwMat *mean, const LwMat *std) LW_MUST_USE;
/* Covariance of whole trajectories of one order, joint-major: @cov (n_joints n, square), all phases of joint 0 first. */
LwStatus lw_promp_covariance (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const LwPhasePoint *at, size_t n,
                              LwOrder order, const LwMat *cov) LW_MUST_USE;

/* Building blocks, on checked input, for those who ask often; @rows (n_rows x n) from lw_basis_eval_time().
 * @t (n_rows n_joints x W) = Psi Sigma, Psi the n_rows n_joints rows in the order of y. */
void     lw_promp_project      (const LwMat *rows, const LwMat *sigma, size_t n_joints, const LwMat *t);
/* @out (n_rows n_joints x t->rows) = Psi t': from Psi_b Sigma to Psi_a Sigma Psi_b'. */
void     lw_promp_project_left (const LwMat *rows, const LwMat *t, size_t n_joints, const LwMat *out);
/* @mean (n_rows n_joints) = Psi mu. */
void     lw_promp_project_mean (const LwMat *rows, const double *mu, size_t n_joints, double *mean);
