/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "lw-status.h"

/* The one wrapper round NLopt (SLSQP, NLOPT_LD_SLSQP: Kraft 1994). Owner thread; @stop may be raised by any thread. */

/* Numbers that reach this size count as not finite, in values, gradients and x alike. */
#define LW_OPTIMIZE_LARGE 1e40

/* Value at @x (n); fills @grad (n) when not NULL. A non-finite value or gradient marks an infeasible point. */
typedef double (*LwScalarField) (size_t n, const double *x, double *grad, void *data);

typedef struct {
  size_t             n;
  LwScalarField      minimise;
  LwScalarField      constraint;        /* <= 0 (nullable) */
  void              *data;
  double             constraint_tolerance;
  double             ftol_rel, xtol_rel; /* 0 = off */
  size_t             max_iterations;    /* evaluations that asked for a gradient; 0 = no limit */
  double             max_seconds;       /* 0 = no limit */
  const atomic_bool *stop;              /* (nullable) answered within one evaluation */
  double            *latest;            /* (n, nullable) receives the last iterate: the end of the last line search, no refused trial of it */
} LwOptimizeProblem;

typedef struct {
  double  minimum;      /* at the returned x */
  size_t  evaluations;  /* of the objective, all */
  size_t  iterations;   /* of these with gradient */
  size_t  non_finite;   /* evaluations replaced by a large finite value */
  double  seconds;      /* wall clock: report only, never decide by it where bits must repeat */
  bool    stopped;      /* by @stop */
  bool    converged;    /* by a tolerance */
  char    words[64];    /* NLopt's result in words: "relative change of f below tolerance" */
} LwOptimizeResult;

/* Minimises from @x (n), which receives the best point met: the lowest feasible one, if any was feasible (check the
 * constraint). LW_OK whenever a point came out, converged or not; otherwise x is unchanged: LW_ERR_STOPPED when @stop ended
 * it; LW_ERR_NOT_FINITE when x or a value or gradient there is not finite; LW_ERR_SOLVER when NLopt failed before any
 * progress; LW_ERR_SHAPE for n = 0. @result is always filled. */
LwStatus lw_optimize_slsqp (const LwOptimizeProblem *problem, double *x, LwOptimizeResult *result) LW_MUST_USE;
