/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "lw-arrays.h"
#include "lw-mat.h"

/* Mixture of Gaussians with full covariances: x | k = N (mean_k, cov_k), p(k) = pi_k. It carries how many samples stand behind
 * each component, so that it can be updated with more (maths.md 2.13). Owned storage; owner thread; const use from any thread. */
typedef struct {
  size_t  K, p;
  double *log_pi; /* (K) */
  double *n;      /* (K) effective samples behind each component; 0 = none, what is there was given */
  LwMat   mean;   /* (K x p) */
  LwMat   cov;    /* (K*p x p): component k is rows [k p, (k+1) p) */
  LwMat   chol;   /* (K*p x p) lower Cholesky factors of cov */
} LwGmm;

typedef struct {
  size_t   K;              /* default 2 */
  size_t   restarts;       /* k-means++ restarts, default 50 */
  size_t   candidates;     /* EM is run from at most this many of the best partitions, default 5 */
  size_t   max_iterations; /* EM, default 500 */
  double   tolerance;      /* |change of the mean log-likelihood a sample|, default 1e-5 */
  double   floor;          /* on the eigenvalues of a covariance, default 1e-8; 0 = none: singular to rounding is an error */
  uint64_t seed;
} LwGmmSettings;

typedef struct {
  size_t iterations;      /* M steps */
  bool   converged;
  double log_likelihood;  /* weighted mean a sample of this fit's, of the returned parameters */
  double largest_fall;    /* of the log-likelihood between iterations, >= 0; rounding only, but see lw_gmm_update() */
  size_t n_on_floor;      /* components some eigenvalue of which was raised to the floor */
  size_t n_raised;        /* eigenvalues raised, over all components */
  double floor;           /* the highest in force: settings' floor, or what rounding of the largest eigenvalue asks for */
  size_t n_singletons;    /* effective samples < 1.5 */
  size_t n_small;         /* effective samples < p + 1: their covariances are singular but for the floor */
  size_t n_candidates;    /* starts that EM was run from; 0 outside of lw_gmm_fit() */
  size_t chosen;          /* index of the one returned, in the order of k-means inertia */
} LwGmmReport;

void     lw_gmm_settings_init (LwGmmSettings *self);
/* Equal weights, means 0, identity covariances, no samples behind them. */
LwStatus lw_gmm_alloc (LwGmm *self, size_t K, size_t p) LW_MUST_USE;
void     lw_gmm_clear (LwGmm *self);
LwStatus lw_gmm_copy  (const LwGmm *self, LwGmm *out) LW_MUST_USE;
/* Views (p x p) of one component. */
LwMat    lw_gmm_cov   (const LwGmm *self, size_t k);
LwMat    lw_gmm_chol  (const LwGmm *self, size_t k);
/* After cov was written to: chol again. LW_ERR_NOT_SPD leaves that chol clobbered. */
LwStatus lw_gmm_factor (LwGmm *self) LW_MUST_USE;

/* Fits to the rows of @x (N x p), with non-negative @weights (N, nullable: all 1) that count as samples: k-means++ restarts
 * without regard to the weights, EM from the partitions of lowest inertia. Of the results those with the fewest components that
 * are n_small stand; among these the highest likelihood, but the lowest inertia where some are small: a likelihood that only the
 * floor limits says nothing.
 *
 * A covariance is the most likely one with no eigenvalue under the floor: smaller ones are raised to it. So the likelihood never
 * falls, whatever the floor. Components that no sample is left in keep their shape and a weight of 1e-10 samples.
 * @log_likelihoods (nullable, max_iterations) receives the one after each M step of the fit returned, NaN beyond its last.
 *
 * LW_ERR_TOO_FEW when N < K or the weights are all 0; LW_ERR_RANGE for settings or a negative weight; LW_ERR_NOT_FINITE;
 * LW_ERR_NOT_SPD for singular covariances without a floor; LW_ERR_STOPPED, LW_ERR_MEMORY. Then outputs are untouched. Any thread;
 * allocates: 2 to 3 times its input. */
LwStatus lw_gmm_fit (const LwMat *x, const double *weights, const LwGmmSettings *settings, const atomic_bool *stop, LwGmm *out,
                     LwGmmReport *report, double *log_likelihoods) LW_MUST_USE;

/* EM on more samples, from @self and in it (settings: max_iterations, tolerance, floor). With d_ik = w_i p(k | x_i) and
 * N_k^old = n_k:
 *   N_k = N_k^old + sum_i d_ik, pi_k = N_k / sum_j N_j, m_k = (N_k^old m_k^old + sum_i d_ik x_i) / N_k,
 *   S_k = (N_k^old S_k^old + sum_i d_ik (x_i - m_k)(x_i - m_k)') / N_k,
 * until the weighted mean log-likelihood of the new samples changes by no more than the tolerance. With all n_k = 0 this is plain
 * (weighted) EM from given parameters, and the likelihood never falls. With old samples it may: the update leaves out that the
 * old ones' mean moved, N_k^old (m_k^old - m_k)(..)', and its fixed point is not a maximum of anything; the limit of iterations
 * is what ends it when it does not settle. Then lw_gmm_forget() as wanted. Errors as of lw_gmm_fit(); LW_ERR_SHAPE for columns.
 * On error @self is as it was. */
LwStatus lw_gmm_update (LwGmm *self, const LwMat *x, const double *weights, const LwGmmSettings *settings,
                        const atomic_bool *stop, LwGmmReport *report, double *log_likelihoods) LW_MUST_USE;
/* n_k <- @keep n_k: how much the samples so far will count beside later ones; 0 <= keep <= 1. */
void     lw_gmm_forget (LwGmm *self, double keep);

/* log p(k | x_i) in @log_resp (N x K, nullable) and log p(x_i) in @log_p (N, nullable) of the rows of @x. Where every density
 * underflows to 0 even in logarithms, the component whose Mahalanobis distance is least is responsible alone, and log_p is -inf.
 * LW_ERR_SHAPE, LW_ERR_NOT_FINITE, LW_ERR_MEMORY. Any thread; allocates its scratch. */
LwStatus lw_gmm_responsibilities (const LwGmm *self, const LwMat *x, const LwMat *log_resp, double *log_p) LW_MUST_USE;

/* To and from named arrays: gmm_log_pi, gmm_n, gmm_means (K x p), gmm_covs (K p x p). LW_ERR_SHAPE when one is missing or sizes
 * disagree, LW_ERR_NOT_FINITE, LW_ERR_RANGE for negative n or a log pi above 0, LW_ERR_NOT_SPD. */
LwStatus lw_gmm_to_arrays   (const LwGmm *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_gmm_from_arrays (const LwArrays *in, LwGmm *out) LW_MUST_USE;
