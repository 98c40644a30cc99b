/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-basis.h"
#include "lw-rng.h"
#include "lw-trajectory.h"

/* Probabilistic movement primitives [Paraschos et al., NIPS 2013]. Weights are joint-major: w = [joint 0 (n), joint 1 (n),
 * ...], W = n_joints n. Phase z = (t - t_0) / T. */

/* Of what looks at gaps (one bit a joint) or controls an arm. */
#define LW_PROMP_MAX_JOINTS 64

/* p(w) = N(mu_w, Sigma_w). */
typedef struct {
  size_t  n_weights; /* W */
  double *mu_w;      /* (W) */
  LwMat   sigma_w;   /* (W x W), symmetric, both halves kept */
} LwWeightGaussian;

void lw_weight_gaussian_clear (LwWeightGaussian *self);

/* Ridge regression a joint: w = (Phi' Phi + lambda I)^-1 Phi' y, Phi at the samples' own phases, by Cholesky.
 * @w (n_joints n); @rms (n_joints, nullable) receives the root mean square residual in rad.
 * LW_ERR_TOO_FEW below 2 samples; LW_ERR_NOT_SPD when lambda is too small for rank-deficient data. */
LwStatus lw_promp_fit_weights  (const LwBasis *basis, const LwTrajectory *demo, double lambda, double *w,
                                double *rms) LW_MUST_USE;
/* The same for @n movements of as many joints: row i of @w (n x n_joints n) and of @rms (n x n_joints, nullable). Those on the
 * same phase grid share design matrix and factor. LW_ERR_SHAPE when the joints differ; *@failed (nullable) is the movement that
 * an error is about. */
LwStatus lw_promp_fit_weights_many (const LwBasis *basis, LwTrajectory *const *demos, size_t n, double lambda, const LwMat *w,
                                    const LwMat *rms, size_t *failed) LW_MUST_USE;
/* Mean and unbiased covariance of rows of @weights (N x W), Sigma <- (1 - a) Sigma + a diag(Sigma), a = @shrinkage in [0, 1].
 * N = 1 gives a zero covariance. @out receives its own storage. LW_ERR_TOO_FEW for N = 0. */
LwStatus lw_promp_fit_gaussian (const LwMat *weights, double shrinkage, LwWeightGaussian *out) LW_MUST_USE;
/* Basis, Gaussian and joints fit together, and the numbers are finite: lw_basis_check()'s errors, LW_ERR_SHAPE,
 * LW_ERR_NOT_FINITE. */
LwStatus lw_promp_check        (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints) LW_MUST_USE;
/* Mean and standard deviation of every joint at @n_z phases: @mean, @std (n_z x n_joints); only the n x n blocks of Sigma_w
 * are used, no T x T matrix is built. lw_promp_check()'s errors, LW_ERR_MEMORY. */
LwStatus lw_promp_band         (const LwBasis *basis, const LwWeightGaussian *g, size_t n_joints, const double *z, size_t n_z,
                                const LwMat *mean, const LwMat *std) LW_MUST_USE;
/* w = mu + L e; semi-definite Sigma_w allowed (negative eigenvalues clipped). @w (W). */
LwStatus lw_promp_sample       (const LwWeightGaussian *g, LwRng *rng, double *w) LW_MUST_USE;
/* The same for every row of @w (n x W), factoring Sigma_w once: the rows are what n calls of lw_promp_sample() would give. */
LwStatus lw_promp_sample_many  (const LwWeightGaussian *g, LwRng *rng, const LwMat *w) LW_MUST_USE;
/* The movement w over @duration s: int(duration * rate_hz), at least 2, points on linspace(0, 1) in phase, as published.
 * LW_ERR_RANGE unless duration and rate are positive. *@out (transfer full). */
LwStatus lw_promp_rollout      (const LwBasis *basis, const double *w, size_t n_joints, double duration, double rate_hz,
                                LwTrajectory **out) LW_MUST_USE;
