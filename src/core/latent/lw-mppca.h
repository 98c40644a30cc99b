/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdint.h>

#include "lw-arrays.h"
#include "lw-mat.h"

/* Mixture of probabilistic PCA [Tipping & Bishop 1999], maths.md 1.1: y | k = W_k z + m_k + N(0, sigma_k^2 I), z ~ N(0, I). */
typedef struct {
  size_t  K;          /* components */
  size_t  d;          /* latent dimensions */
  size_t  p;          /* observed dimensions: dc + m */
  double *log_pi;     /* (K) */
  LwMat   mean;       /* (K x p) */
  LwMat   loading;    /* (K*p x d): component k is rows [k p, (k+1) p) */
  double *noise_var;  /* (K) sigma_k^2 */
  double *column_scale; /* (p) nullable: columns were multiplied by these before the fit, and the noise of column j is
                         * sigma_k^2 / column_scale_j^2; NULL = 1, the same for all. Means and loadings are in the data's units */
} LwMppca;

/* The Gaussians, one a cluster and equally likely, whose responsibilities EM starts from. */
typedef enum {
  LW_MPPCA_START_CLUSTERS,  /* mean and Ledoit-Wolf covariance of the cluster */
  LW_MPPCA_START_PUBLISHED, /* the covariance is of the cluster and five samples drawn from all, the mean is still the cluster's.
                             * Small clusters become broad and lose their samples to others: this is what makes starts collapse */
} LwMppcaStart;

typedef struct {
  size_t   K, d;
  LwMppcaStart start;       /* default CLUSTERS */
  size_t   restarts;        /* k-means++ restarts, default 50 */
  size_t   candidates;      /* EM is run from at most this many of the best, default 5; 1 = lowest inertia wins, as published */
  size_t   max_iterations;  /* EM, default 500 */
  double   tolerance;       /* |change of the mean log-likelihood a sample|, default 1e-5 */
  double   noise_floor;     /* on sigma^2, default 1e-8 */
  size_t   n_context;       /* dc: the first columns, for the scaling below */
  double   context_scale;   /* factor on the context columns inside the fit, 1 = off; the stored model is in the data's units */
  bool     standardise;     /* columns of unit variance inside the fit, before that factor; constant ones stay as they are */
  uint64_t seed;
} LwMppcaSettings;

typedef struct {
  size_t iterations;
  bool   converged;
  double log_likelihood;      /* mean a sample, of the returned parameters */
  double largest_fall;        /* of the log-likelihood between iterations, >= 0: rounding only */
  size_t n_on_floor;          /* components whose sigma^2 sits on the floor */
  size_t n_singletons;        /* effective samples < 1.5 */
  size_t n_small;             /* effective samples < d + 2 */
  size_t n_candidates;        /* starts that EM was run from */
  size_t chosen;              /* index of the one returned, in the order of k-means inertia */
  double lowest, highest;     /* log-likelihoods a sample over the candidates: a wide spread says that starts matter here */
} LwMppcaReport;

void     lw_mppca_settings_init (LwMppcaSettings *self); /* K 6, d 3 and the defaults above */
LwStatus lw_mppca_alloc  (LwMppca *self, size_t K, size_t d, size_t p) LW_MUST_USE;
void     lw_mppca_clear  (LwMppca *self);
/* View (p x d) of W_k. */
LwMat    lw_mppca_loading (const LwMppca *self, size_t k);
/* Variance of the noise of column @j under component @k, in the data's units. */
double   lw_mppca_noise   (const LwMppca *self, size_t k, size_t j);

/* What N samples allow: d <= min(d, N - 1, p - 1), K <= N / (d + 2), both at least 1. Returns true when it lowered something. */
bool     lw_mppca_limit  (size_t n_samples, size_t p, size_t *K, size_t *d);

/* Fits to rows of @x (N x p): k-means++ restarts, Ledoit-Wolf Gaussians of the clusters of the best few, EM from the
 * responsibilities of each. Only partitions whose inertia is within 5 % of the lowest compete: where one stands out, it is the
 * structure of the data, and likelihood would prefer a worse one that splits a cluster. Among their results, those with the
 * fewest components of under d + 2 effective samples stand (such a component fits its samples exactly, and its likelihood is only
 * limited by the floor); of these the highest log-likelihood is returned. Where inertias are alike, the lowest one alone would
 * accept collapsed starts: one component with nearly all the weight.
 * @log_likelihoods (nullable, max_iterations) receives the mean log-likelihood after each M step of the fit returned, NaN beyond
 * its last. LW_ERR_TOO_FEW when N < K, LW_ERR_RANGE for a K or d of 0 or d > p, LW_ERR_NOT_FINITE, LW_ERR_STOPPED. Any thread;
 * allocates. */
LwStatus lw_mppca_fit (const LwMat *x, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out,
                       LwMppcaReport *report, double *log_likelihoods) LW_MUST_USE;
/* The same EM from given responsibilities @resp (N x K), starting with an M step; LW_ERR_RANGE for a negative one, or a row that
 * does not sum to 1 (to 1e-6). A component that no sample is left in keeps its shape and a weight of 1e-10 samples, so that log
 * pi stays finite. */
LwStatus lw_mppca_em (const LwMat *x, const LwMat *resp, const LwMppcaSettings *settings, const atomic_bool *stop, LwMppca *out,
                      LwMppcaReport *report, double *log_likelihoods) LW_MUST_USE;
/* log responsibilities @log_resp (N x K, nullable) and log p(y_i) (N, nullable) of rows of @x. LW_ERR_NOT_FINITE also for a row
 * so far away that its density vanishes even in logarithms. Outputs are then untouched. */
LwStatus lw_mppca_responsibilities (const LwMppca *self, const LwMat *x, const LwMat *log_resp, double *log_p) LW_MUST_USE;
/* The model of the first @n columns alone, a mixture of the same components: with n = dc the one of contexts, whose
 * responsibilities are p(k | c). LW_ERR_RANGE unless 1 <= n <= p. */
LwStatus lw_mppca_marginal (const LwMppca *self, size_t n, LwMppca *out) LW_MUST_USE;
/* log p(w_i | c_i) (N), with c the first @n_context columns of @x and w the others: log p(c, w) - log p(c). What a policy is
 * imitated by, where log p(c, w) mostly tells how well contexts are described. n_context = 0: log p(w). */
LwStatus lw_mppca_conditional (const LwMppca *self, const LwMat *x, size_t n_context, double *log_p) LW_MUST_USE;
/* How far imitation is off for each row: the expected squared distance a column (N), in the movement's own units, of the
 * movements it makes for the context c_i from w_i. It draws k by p(k | c), z by p(z | c, k), and adds no noise. Errors as above;
 * with n_context = 0 it draws from the prior. */
LwStatus lw_mppca_imitation_error (const LwMppca *self, const LwMat *x, size_t n_context, double *error) LW_MUST_USE;
/* Posterior mean of z for each row of @x under component @k: @z (N x d). */
LwStatus lw_mppca_project (const LwMppca *self, const LwMat *x, size_t k, const LwMat *z) LW_MUST_USE;

/* Free parameters: pi K - 1, means K p, loadings K (p d - d (d - 1) / 2) as their rotation is not seen, noise K. */
double   lw_mppca_n_parameters (size_t K, size_t d, size_t p);

/* To and from named arrays: log_pi, means, W (K p x d), sigma_sq, column_scale (1 x p; absent when all are 1; models of before
 * that have context_scaling (dc, scale) instead). LW_ERR_SHAPE when one is missing or sizes disagree, LW_ERR_NOT_FINITE,
 * LW_ERR_RANGE for a variance or scale that is not positive. */
LwStatus lw_mppca_to_arrays   (const LwMppca *self, LwArrays *out) LW_MUST_USE;
LwStatus lw_mppca_from_arrays (const LwArrays *in, LwMppca *out) LW_MUST_USE;
