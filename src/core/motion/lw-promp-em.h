/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-observed-movement.h"
#include "lw-promp-model.h"

/* Expectation maximisation for movement primitives [maths.md 2.1; Gomez-Gonzalez et al. 2016]: mu_w, Sigma_w and the noise
 * Sigma_y from demonstrations of any length, phases and gaps. It is exact: the marginal likelihood, or with a prior the
 * posterior, never falls but by rounding, and what could not be seen is not made up. The samples are read once; an iteration
 * works on their sums. */

typedef enum {
  LW_PROMP_START_RIDGE, /* moments of ridge fits */
  LW_PROMP_START_UNIT,  /* mu = 0, Sigma_w = I, Sigma_y = I */
  LW_PROMP_START_GIVEN,
} LwPrompStart;

typedef enum {
  LW_PROMP_PRIOR_NONE,        /* maximum likelihood: overfits without many more demonstrations than weights */
  LW_PROMP_PRIOR_INDEPENDENT, /* as NIW with k0 = 0, prior_weight demonstrations whose weights are independent, with the variances
                                 of ridge fits: S0 = prior_weight diag (variances), v0 + W + 1 = prior_weight */
  LW_PROMP_PRIOR_NIW,         /* mode under a normal inverse Wishart (k0, m0, v0, S0) */
  LW_PROMP_PRIOR_BLOCKS,      /* as NIW, with S0 = blockdiag (S / N) (v0 + W + 1), renewed in each iteration: shrinks what joints
                                 have in common by N / (N + v0 + W + 1). No fixed objective; the likelihood is reported */
} LwPrompPrior;

typedef struct {
  bool                full_noise;     /* Sigma_y with correlations between joints; else diagonal */
  LwPrompStart        start;
  const LwPrompModel *given;          /* START_GIVEN */
  LwPrompPrior        prior;
  double              prior_weight;   /* PRIOR_INDEPENDENT, > 0 */
  double              k0, v0;         /* PRIOR_NIW, PRIOR_BLOCKS (v0), >= 0 */
  const double       *m0;             /* (W), nullable when k0 = 0 */
  const LwMat        *s0;             /* (W x W), positive semi-definite, PRIOR_NIW */
  size_t              max_iterations;
  double              tolerance;      /* converged once the objective rises by less, per observed number; 0: never */
  double              noise_floor;    /* rad^2 > 0, least variance of the noise in any direction */
} LwPrompEmSettings;

/* Diagonal noise, from ridge fits, PRIOR_INDEPENDENT of weight 1, 100 iterations, 1e-6 per number, 1e-12 rad^2. Held-out
 * movements of a Barrett arm (25 strikes, W = 140) and of an iCub were best explained with a weight of 0.5 to 1.3; maximum
 * likelihood is worthless there, for its covariance has rank 25. */
void lw_promp_em_settings_init (LwPrompEmSettings *settings);

typedef struct {
  size_t  iterations;
  bool    converged;
  double  log_likelihood; /* of the result, all movements */
  double *objective;      /* (iterations + 1) log-likelihood plus log prior up to a constant: [0] of the start. Owned */
  double  largest_fall;   /* of the objective from one to the next, >= 0: rounding, or PRIOR_BLOCKS */
  double  jitter;         /* rad^2, the most that Sigma_w was raised by to be factored */
  size_t  n_on_floor;     /* directions of the noise that the floor holds */
  size_t  n_groups;       /* of movements with the same phases and gaps: an iteration costs a factor of W x W each */
} LwPrompEmReport;

void lw_promp_em_report_clear (LwPrompEmReport *report); /* may run twice */

/* The whole fit to @movements (@n of them, of @n_joints). @out receives its own storage; @report (nullable) too. Errors leave
 * both alone: LW_ERR_TOO_FEW without movements or when a joint was never observed, LW_ERR_RANGE for settings, LW_ERR_SHAPE for
 * what they point to, LW_ERR_NOT_FINITE, LW_ERR_NOT_SPD, LW_ERR_STOPPED when @stop (nullable) was raised; it is looked at for
 * each group of movements. */
LwStatus lw_promp_em_fit (const LwBasis *basis, size_t n_joints, const LwObservedMovement *movements, size_t n,
                          const LwPrompEmSettings *settings, const atomic_bool *stop, LwPrompModel *out,
                          LwPrompEmReport *report) LW_MUST_USE;

/* The same step by step; lw_promp_em_fit() is these in a loop. Owner thread. Movements are borrowed until lw_promp_em_free(). */
typedef struct LwPrompEm LwPrompEm;

LwStatus lw_promp_em_new     (const LwBasis *basis, size_t n_joints, const LwObservedMovement *movements, size_t n,
                              const LwPrompEmSettings *settings, const atomic_bool *stop, LwPrompEm **out) LW_MUST_USE;
void     lw_promp_em_free    (LwPrompEm *self); /* (nullable) */
/* One iteration. After an error, the stop among them, only lw_promp_em_free() is left. */
LwStatus lw_promp_em_iterate (LwPrompEm *self, const atomic_bool *stop) LW_MUST_USE;
double   lw_promp_em_objective (const LwPrompEm *self); /* of the present parameters */
/* The present parameters. @out receives its own storage. */
LwStatus lw_promp_em_model   (const LwPrompEm *self, LwPrompModel *out) LW_MUST_USE;
/* Posterior means of the movements' weights under the present parameters: rows of @w (n x W). Costs as much as an iteration. */
LwStatus lw_promp_em_weights (LwPrompEm *self, const LwMat *w) LW_MUST_USE;
