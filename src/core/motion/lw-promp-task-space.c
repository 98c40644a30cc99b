/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-task-space.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-promp-condition.h"
#include "lw-promp-marginal.h"

#define MAX_ITERATIONS 300
#define MAX_HALVINGS   50
#define RAISE          1e-10

/* Several phases at once are one problem: postures stacked, J block diagonal. q - m is kept as S v, so that S^-1 is never needed:
 * the prior's part of the cost is v' S v / 2. */
typedef struct {
  const LwForwardMap *map;
  size_t  n_blocks, n_q, n_x; /* of the stack */
  double *m, *target;         /* (n_q), (n_x) */
  LwMat   s;                  /* (n_q x n_q) */
  LwMat   sx, sx_factor;      /* (n_x x n_x) noise, raised if need be, and its Cholesky factor */
  double *q, *v, *x;          /* where the search is */
  LwMat   jac;                /* (n_x x n_q) */
  double *q_try, *x_try;      /* where it looks */
  LwMat   jac_try;
  LwMat   p, g;               /* J S, J S J' + Sx */
  double *u, *dq, *dv, *e;
  double  cost;
  LwTaskSpaceReport report;
} Search;

static void
search_clear (Search *f)
{
  double *arrays[] = { f->m, f->target, f->q, f->v, f->x, f->q_try, f->x_try, f->u, f->dq, f->dv, f->e };
  LwMat *mats[] = { &f->s, &f->sx, &f->sx_factor, &f->jac, &f->jac_try, &f->p, &f->g };

  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
    free (arrays[i]);
  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++)
    lw_mat_clear (mats[i]);
}

static LwStatus
search_init (Search *f, const LwForwardMap *map, size_t n_blocks)
{
  *f = (Search){ .map = map, .n_blocks = n_blocks };
  if (map->n_joints == 0 || map->n_x == 0)
    return LW_ERR_SHAPE;
  if (__builtin_mul_overflow (n_blocks, map->n_joints, &f->n_q) || __builtin_mul_overflow (n_blocks, map->n_x, &f->n_x))
    return LW_ERR_MEMORY;

  double **arrays[] = { &f->m, &f->q, &f->v, &f->q_try, &f->dq, &f->dv, &f->target, &f->x, &f->x_try, &f->u, &f->e };
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
    if ((*arrays[i] = lw_doubles_new (i < 6 ? f->n_q : f->n_x)) == NULL)
      return LW_ERR_MEMORY;
  struct { LwMat *mat; size_t rows, cols; } mats[] = {
    { &f->s, f->n_q, f->n_q }, { &f->sx, f->n_x, f->n_x }, { &f->sx_factor, f->n_x, f->n_x }, { &f->jac, f->n_x, f->n_q },
    { &f->jac_try, f->n_x, f->n_q }, { &f->p, f->n_x, f->n_q }, { &f->g, f->n_x, f->n_x },
  };
  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++) {
    LwStatus status = lw_mat_alloc (mats[i].mat, mats[i].rows, mats[i].cols);
    if (status != LW_OK)
      return status;
  }
  return LW_OK;
}

static double
dot (const double *a, const double *b, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += a[i] * b[i];
  return sum;
}

/* x and J of a stack of postures; *@finite tells whether they are numbers. */
static LwStatus
evaluate (const Search *f, const double *q, double *x, const LwMat *jac, bool *finite)
{
  const LwForwardMap *map = f->map;

  for (size_t b = 0; b < f->n_blocks; b++) {
    LwMat block = lw_mat_block (jac, b * map->n_x, b * map->n_joints, map->n_x, map->n_joints);
    LwStatus status = map->evaluate (map->data, q + b * map->n_joints, x + b * map->n_x, &block);
    if (status != LW_OK)
      return status;
  }
  LwMat reached = lw_mat_view (x, 1, f->n_x);
  *finite = lw_mat_is_finite (&reached) && lw_mat_is_finite (jac);
  return LW_OK;
}

/* (target - x)' Sx^-1 (target - x) / 2; f->e receives Sx^-1 (target - x). */
static double
misfit (Search *f, const double *x)
{
  double cost = 0;

  for (size_t i = 0; i < f->n_x; i++)
    f->e[i] = f->target[i] - x[i];
  lw_tri_solve (&f->sx_factor, false, f->e);
  cost = dot (f->e, f->e, f->n_x) / 2;
  lw_tri_solve (&f->sx_factor, true, f->e);
  return cost;
}

/* f->p = J S and f->g = J S J'. */
static void
project (Search *f)
{
  lw_gemm (1, &f->jac, false, &f->s, false, 0, &f->p);
  lw_gemm (1, &f->p, false, &f->jac, true, 0, &f->g);
}

/* At the prior's mean, with a noise covariance that has a Cholesky factor. */
static LwStatus
begin (Search *f)
{
  LwMat given[] = { lw_mat_view (f->m, 1, f->n_q), lw_mat_view (f->target, 1, f->n_x), f->s, f->sx };
  bool finite;

  for (size_t i = 0; i < sizeof given / sizeof *given; i++)
    if (!lw_mat_is_finite (&given[i]))
      return LW_ERR_NOT_FINITE;
  for (size_t i = 0; i < f->n_q; i++)
    if (lw_mat_get (&f->s, i, i) < 0)
      return LW_ERR_NOT_SPD;
  for (size_t i = 0; i < f->n_x; i++)
    if (lw_mat_get (&f->sx, i, i) < 0)
      return LW_ERR_NOT_SPD;
  memcpy (f->q, f->m, f->n_q * sizeof *f->q);
  LwStatus status = evaluate (f, f->q, f->x, &f->jac, &finite);
  if (status != LW_OK)
    return status;
  if (!finite)
    return LW_ERR_NOT_FINITE;

  lw_mat_copy (&f->sx, &f->sx_factor);
  status = lw_chol_factor (&f->sx_factor);
  if (status != LW_OK) {
    double trace = 0;
    project (f);
    for (size_t i = 0; i < f->n_x; i++)
      trace += lw_mat_get (&f->g, i, i);
    for (size_t i = 0; i < f->n_x; i++)
      lw_mat_row (&f->sx, i)[i] += RAISE * trace / (double) f->n_x;
    lw_mat_copy (&f->sx, &f->sx_factor);
    f->report.raised = true;
    status = lw_chol_factor (&f->sx_factor);
  }
  if (status == LW_OK)
    f->cost = misfit (f, f->x);
  return status;
}

/* f->dq, f->dv: to the minimum of the linearised problem. f->e on entry: Sx^-1 (target - x). *@slope: of the cost along the step. */
static LwStatus
direction (Search *f, double *slope)
{
  project (f);
  for (size_t i = 0; i < f->n_x; i++) {
    double *row = lw_mat_row (&f->g, i);
    const double *noise = lw_mat_row (&f->sx, i);
    for (size_t j = 0; j < f->n_x; j++)
      row[j] += noise[j];
  }
  LwStatus status = lw_chol_factor (&f->g);
  if (status != LW_OK)
    return status;

  for (size_t i = 0; i < f->n_q; i++)
    f->dq[i] = f->q[i] - f->m[i];
  for (size_t i = 0; i < f->n_x; i++)
    f->u[i] = f->target[i] - f->x[i];
  lw_gemv (1, &f->jac, false, f->dq, 1, f->u);
  lw_chol_solve (&f->g, f->u);
  lw_gemv (1, &f->p, true, f->u, -1, f->dq); /* S J' u - (q - m) */
  memcpy (f->dv, f->v, f->n_q * sizeof *f->dv);
  lw_gemv (1, &f->jac, true, f->u, -1, f->dv); /* J' u - v */

  lw_gemv (1, &f->jac, false, f->dq, 0, f->u);
  *slope = dot (f->v, f->dq, f->n_q) - dot (f->e, f->u, f->n_x);
  return LW_OK;
}

/* Halves the step until the cost falls as the slope promises. *@moved: whether it did. */
static LwStatus
advance (Search *f, double slope, bool *moved)
{
  double step = 1;

  for (int i = 0; i < MAX_HALVINGS; i++, step /= 2) {
    bool finite;
    double prior = 0;
    for (size_t k = 0; k < f->n_q; k++)
      f->q_try[k] = f->q[k] + step * f->dq[k];
    LwStatus status = evaluate (f, f->q_try, f->x_try, &f->jac_try, &finite);
    if (status != LW_OK)
      return status;
    for (size_t k = 0; k < f->n_q; k++)
      prior += (f->q_try[k] - f->m[k]) * (f->v[k] + step * f->dv[k]) / 2;
    double cost = finite ? prior + misfit (f, f->x_try) : HUGE_VAL;
    if (!(cost <= f->cost + 1e-4 * step * slope))
      continue;

    for (size_t k = 0; k < f->n_q; k++)
      f->v[k] += step * f->dv[k];
    memcpy (f->q, f->q_try, f->n_q * sizeof *f->q);
    memcpy (f->x, f->x_try, f->n_x * sizeof *f->x);
    lw_mat_copy (&f->jac_try, &f->jac);
    f->cost = cost;
    *moved = true;
    return LW_OK;
  }
  *moved = false;
  return LW_OK;
}

static LwStatus
search (Search *f)
{
  LwStatus status = begin (f);
  double distance = HUGE_VAL;

  while (status == LW_OK && f->report.iterations < MAX_ITERATIONS) {
    double slope;
    bool moved;
    f->report.iterations++;
    misfit (f, f->x);
    status = direction (f, &slope);
    if (status != LW_OK)
      break;
    distance = sqrt (fmax (dot (f->dv, f->dq, f->n_q), 0)); /* of the step, in standard deviations of the prior */
    status = advance (f, slope, &moved);
    if (status != LW_OK || distance < 1e-9 || !moved)
      break;
  }
  if (status != LW_OK)
    return status;
  if (!(distance < 1e-3) || !isfinite (f->cost))
    return LW_ERR_SOLVER;
  f->report.converged = distance < 1e-9;
  f->report.cost = f->cost;
  for (size_t i = 0; i < f->n_x; i++)
    f->report.residual = fmax (f->report.residual, fabs (f->target[i] - f->x[i]));
  return LW_OK;
}

/* The observation of what f was linear in, at the result: y = target - f(q) + J q, in f->u. */
static void
linear_observation (Search *f)
{
  for (size_t i = 0; i < f->n_x; i++)
    f->u[i] = f->target[i] - f->x[i];
  lw_gemv (1, &f->jac, false, f->q, 1, f->u);
}

LwStatus
lw_task_space_posture (const LwForwardMap *map, const double *m, const LwMat *s, const double *x, const LwMat *sx, double *q, const LwMat *cov,
                       LwTaskSpaceReport *report)
{
  size_t n = map->n_joints;
  Search f;

  if (s->rows != n || s->cols != n || (sx != NULL && (sx->rows != map->n_x || sx->cols != map->n_x)) || (cov != NULL && (cov->rows != n || cov->cols != n)))
    return LW_ERR_SHAPE;
  LwStatus status = search_init (&f, map, 1);
  if (status == LW_OK) {
    memcpy (f.m, m, n * sizeof *f.m);
    memcpy (f.target, x, map->n_x * sizeof *f.target);
    lw_mat_copy (s, &f.s);
    if (sx != NULL)
      lw_mat_copy (sx, &f.sx);
    status = search (&f);
  }
  LwWeightGaussian posterior = { 0 };
  if (status == LW_OK && cov != NULL) {
    LwWeightGaussian prior = { n, f.m, f.s };
    linear_observation (&f);
    status = lw_weight_gaussian_condition (&prior, &f.jac, f.u, &f.sx, &posterior, NULL);
    if (status == LW_OK)
      lw_mat_copy (&posterior.sigma_w, cov);
  }
  if (status == LW_OK) {
    memcpy (q, f.q, n * sizeof *q);
    if (report != NULL)
      *report = f.report;
  }
  lw_weight_gaussian_clear (&posterior);
  search_clear (&f);
  return status;
}

/* Prior of the stacked postures, targets and noise. */
static LwStatus
stack (Search *f, const LwBasis *basis, const LwWeightGaussian *prior, const LwTaskSpaceObservation *observations)
{
  size_t n = f->map->n_joints, n_x = f->map->n_x;

  for (size_t b = 0; b < f->n_blocks; b++) {
    const LwTaskSpaceObservation *seen = &observations[b];
    if (seen->cov != NULL && (seen->cov->rows != n_x || seen->cov->cols != n_x))
      return LW_ERR_SHAPE;
    LwMat noise = lw_mat_block (&f->sx, b * n_x, b * n_x, n_x, n_x);
    memcpy (f->target + b * n_x, seen->x, n_x * sizeof *seen->x);
    if (seen->cov != NULL)
      lw_mat_copy (seen->cov, &noise);
    LwMat own = lw_mat_block (&f->s, b * n, b * n, n, n);
    LwStatus status = lw_promp_marginal (basis, prior, n, &seen->at, 1, f->m + b * n, &own);
    for (size_t c = 0; status == LW_OK && c < b; c++) {
      LwMat below = lw_mat_block (&f->s, b * n, c * n, n, n), above = lw_mat_block (&f->s, c * n, b * n, n, n);
      status = lw_promp_cross (basis, prior, n, &seen->at, &observations[c].at, 1, &below);
      for (size_t i = 0; status == LW_OK && i < n; i++)
        for (size_t j = 0; j < n; j++)
          lw_mat_set (&above, j, i, lw_mat_get (&below, i, j));
    }
    if (status != LW_OK)
      return status;
  }
  return LW_OK;
}

LwStatus
lw_promp_condition_task_space (const LwBasis *basis, const LwWeightGaussian *prior, const LwForwardMap *map, const LwTaskSpaceObservation *observations, size_t n,
                               LwWeightGaussian *out, LwTaskSpaceReport *report)
{
  Search f;
  LwMat a = { 0 };
  LwStatus status = lw_promp_check (basis, prior, map->n_joints);

  if (status != LW_OK)
    return status;
  status = search_init (&f, map, n);
  if (status == LW_OK)
    status = stack (&f, basis, prior, observations);
  if (status == LW_OK)
    status = search (&f);
  if (status == LW_OK)
    status = lw_mat_alloc (&a, f.n_x, prior->n_weights);
  if (status == LW_OK) {
    for (size_t i = 0; i < f.n_x; i++) {
      double psi[LW_BASIS_MAX];
      size_t b = i / map->n_x;
      lw_basis_eval (basis, observations[b].at.z, psi, NULL, NULL);
      for (size_t j = 0; j < map->n_joints; j++)
        for (size_t k = 0; k < basis->n; k++)
          lw_mat_set (&a, i, j * basis->n + k, lw_mat_get (&f.jac, i, b * map->n_joints + j) * psi[k]);
    }
    linear_observation (&f);
    status = lw_weight_gaussian_condition (prior, &a, f.u, &f.sx, out, NULL);
  }
  if (status == LW_OK && report != NULL)
    *report = f.report;
  lw_mat_clear (&a);
  search_clear (&f);
  return status;
}
