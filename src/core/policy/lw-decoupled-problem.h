/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-decoupled-estimate.h"
#include "lw-decoupled-improve.h"

/* What may not grow too large. */
typedef enum {
  LW_DECOUPLED_BOUND_KL,
  LW_DECOUPLED_BOUND_CONTEXT, /* eta */
  LW_DECOUPLED_BOUND_WEIGHTS, /* log (N / ESS) */
  LW_DECOUPLED_N_BOUNDS
} LwDecoupledBound;

/* The optimisation problem of one improvement: its functions, as the optimiser wants them, and all that they need, allocated
 * once. The solver starts from a unit Hessian, so its variables v are scaled such that the KL bound is nearly a sphere: x = x_old
 * + unit v. Owner thread. */
typedef struct {
  const LwDecoupledImproveSettings *settings;
  const LwDecoupledFeatures        *features;
  const LwLampoSamples             *samples;
  const double                     *first;     /* (n_x) */
  LwDecoupledEstimate               estimate;
  LwDecoupledTrust                  trust;
  LwDecoupledTable                  table;     /* of the point below */
  double                           *point;     /* (n_x) */
  bool                              have_point;
  double                           *unit;      /* (n_x) */
  double                           *x;         /* (n_x) where the solver is */
  double                           *nearest;   /* (n_x) iterate with the best value inside the bounds or near them */
  double                            nearest_value;
  double                           *prior;     /* (n_x) */
  double                           *eta_grad, *eta_scratch; /* (K) */
  double                           *bound_grad; /* (LW_DECOUPLED_N_BOUNDS x n_x) */
  double                           *line;      /* (2 n_x) a segment's end and point */
  double                            gamma;     /* in deviations of the reward */
  double                            limit[LW_DECOUPLED_N_BOUNDS]; /* as in force; infinite = off */
  double                            last_J, last_value; /* at the last evaluation */
  double                            best_J;    /* of the feasible points so far, in rewards */
  size_t                            iterations;
  LwLearnerProgress                 progress;
  void                             *progress_data;
  const atomic_bool                *stop;      /* (nullable) */
} LwDecoupledProblem;

/* What a policy is worth on the samples, and how far it has gone. */
typedef struct {
  double J;     /* in rewards */
  double value; /* what is maximised, in their deviations */
  double ess;
  double divergence[LW_DECOUPLED_N_BOUNDS];
  bool   finite, feasible;
} LwDecoupledPoint;

/* Borrows all but the points. LW_ERR_RANGE for an @x_old that is no policy. */
LwStatus lw_decoupled_problem_init (LwDecoupledProblem *self, const LwDecoupledFeatures *features, const LwLampoSamples *samples,
                                    const double *log_den, const double *x_first, const double *x_old,
                                    const LwDecoupledImproveSettings *settings) LW_MUST_USE;
void     lw_decoupled_problem_clear (LwDecoupledProblem *self);
LwDecoupledPoint lw_decoupled_problem_measure (LwDecoupledProblem *self, const double *x);
/* Replaces bounds (but the trust region's) that @old breaks already by where it stands. */
void     lw_decoupled_problem_admit (LwDecoupledProblem *self, const LwDecoupledPoint *old);
/* x of the solver's variables. */
void     lw_decoupled_problem_x     (const LwDecoupledProblem *self, const double *v, double *x);

/* LwScalarFields on an LwDecoupledProblem, of v: what is maximised, negative, and the joined bounds (lw-joined-bounds.h) less
 * 1. */
double   lw_decoupled_problem_minimise   (size_t n, const double *v, double *grad, void *problem);
double   lw_decoupled_problem_constraint (size_t n, const double *v, double *grad, void *problem);
