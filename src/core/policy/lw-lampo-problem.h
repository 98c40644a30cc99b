/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-lampo-improve.h"
#include "lw-lampo-objective.h"

/* What may not grow too large. */
typedef enum {
  LW_LAMPO_BOUND_KL,      /* of the trust region */
  LW_LAMPO_BOUND_CONTEXT, /* eta */
  LW_LAMPO_BOUND_GATE,    /* lw_lampo_gate_divergence() */
  LW_LAMPO_BOUND_WEIGHTS, /* lw_lampo_weight_divergence() = log (N / ESS) */
  LW_LAMPO_N_BOUNDS
} LwLampoBound;

/* The optimisation problem of one improvement: its functions, as the optimiser wants them, and all that they need, allocated
 * once. Lengths: n_x of the model. Owner thread. */
typedef struct {
  const LwLampoImproveSettings *settings;
  const LwLampoSamples         *samples;
  const double                 *log_den;
  LwLampoPolicy                 policy;       /* the point where the table below was computed */
  LwLampoPolicy                 old, first;
  LwLampoTable                  table;
  LwLampoTable                  first_table;  /* of the imitation policy: the strata, and the gate's reference */
  LwLampoTrust                  trust;
  LwLampoObjectiveWorkspace     objective;
  double                       *context_scratch, *gate_scratch;
  double                       *grad;         /* (n_x) of eta in the objective */
  double                       *bound_grad;   /* (LW_LAMPO_N_BOUNDS x n_x) */
  double                       *line;         /* (2 n_x) a segment's end and point */
  double                       *latest;       /* (n_x) the solver's last iterate */
  double                       *nearest;      /* (n_x) iterate with the best value on or near the right side of the bounds */
  double                        nearest_value;
  bool                          have_point;   /* policy and table belong together */
  double                        spread;       /* standard deviation of the rewards; 0 when all are equal */
  double                        scale;        /* of the objective: 1 / spread */
  double                        limit[LW_LAMPO_N_BOUNDS]; /* as in force; infinite = off */
  double                        last_J, last_value; /* at the last evaluation */
  double                        best_J;       /* of the feasible points so far */
  size_t                        iterations;
  LwLearnerProgress             progress;
  void                         *progress_data;
  const atomic_bool            *stop;         /* (nullable) */
} LwLampoProblem;

/* What a policy is worth on the samples, and how far it has gone. value = J - gamma eta. */
typedef struct {
  double J, value, ess;
  double divergence[LW_LAMPO_N_BOUNDS];
  bool   finite, feasible;
} LwLampoPoint;

/* Borrows all but the points. LW_ERR_RANGE for points that are no policies. */
LwStatus lw_lampo_problem_init (LwLampoProblem *self, const LwLampoSamples *samples, const double *log_den, const double *x_first,
                                const double *x_old, const LwLampoImproveSettings *settings) LW_MUST_USE;
void         lw_lampo_problem_clear   (LwLampoProblem *self);
LwLampoPoint lw_lampo_problem_measure (LwLampoProblem *self, const double *x);
/* Replaces bounds that @old breaks already (one was tightened, or new contexts moved a mean) by where it stands: what is
 * forbidden is going farther, not staying. */
void         lw_lampo_problem_admit   (LwLampoProblem *self, const LwLampoPoint *old);

/* LwScalarFields on an LwLampoProblem: -(J - gamma eta) in units of the rewards' spread, and the bounds as one constraint <= 0:
 * the p-norm of the divergences, each as a share of its bound, less 1. With one bound in force this is that share less 1; with
 * more it is smooth where they meet and keeps each at most 6 % (two), 11 % (all four) inside. */
double lw_lampo_problem_minimise   (size_t n, const double *x, double *grad, void *problem);
double lw_lampo_problem_constraint (size_t n, const double *x, double *grad, void *problem);
