/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-promp-task-space.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-factor.h"
#include "lw-linalg.h"
#include "lw-promp-condition.h"
#include "lw-promp-marginal.h"

#define MAX_ITERATIONS 300
#define RAISE 1e-10
#define DIFFERENCE 1e-6 /* rad, for the curvature of the map */

/* Several phases at once are one problem: postures stacked, J block diagonal. With S = F F' the search is over z in q = m + F z,
 * where the prior's part of the cost is z'z/2 and a singular S needs no care. */
typedef struct {
  const LwForwardMap *map;
  size_t n_blocks, n_q, n_x;     /* of the stack */
  double *m, *target;            /* (n_q), (n_x) */
  LwMat s, f;                    /* (n_q x n_q) S, F' */
  LwMat sx, sx_factor;           /* (n_x x n_x) noise, raised if need be, and its Cholesky factor */
  double *z, *q, *x;             /* where the search is */
  double *z_try, *q_try, *x_try; /* where it looks */
  LwMat jac, jac_try;            /* (n_x x n_q) */
  LwMat jf;                      /* (n_x x n_q) Sx^-1/2 J F */
  LwMat bend, product;           /* (n_q x n_q) curvature of u'f, scratch */
  LwMat hessian, factor;         /* (n_q x n_q) of the linearised map, and what is solved with */
  double *u, *gradient, *dz;     /* (n_x) Sx^-1 (target - x); (n_q) */
  double cost, damping;
  LwTaskSpaceReport report;
} Search;

static void
search_clear (Search *f)
{
  double *arrays[] = { f->m, f->z, f->q, f->z_try, f->q_try, f->gradient, f->dz, f->target, f->x, f->x_try, f->u };
  LwMat *mats[] = { &f->s,  &f->f,    &f->sx,      &f->sx_factor, &f->jac,   &f->jac_try,
                    &f->jf, &f->bend, &f->product, &f->hessian,   &f->factor };

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

  double **arrays[] = { &f->m, &f->z, &f->q, &f->z_try, &f->q_try, &f->gradient, &f->dz, &f->target, &f->x, &f->x_try, &f->u };
  for (size_t i = 0; i < sizeof arrays / sizeof *arrays; i++)
    if ((*arrays[i] = lw_doubles_new (i < 7 ? f->n_q : f->n_x)) == NULL)
      return LW_ERR_MEMORY;
  size_t q = f->n_q, x = f->n_x;
  struct {
    LwMat *mat;
    size_t rows, cols;
  } mats[] = {
    { &f->s, q, q },       { &f->f, q, q },       { &f->sx, x, x },     { &f->sx_factor, x, x },
    { &f->jac, x, q },     { &f->jac_try, x, q }, { &f->jf, x, q },     { &f->bend, q, q },
    { &f->product, q, q }, { &f->hessian, q, q }, { &f->factor, q, q },
  };
  for (size_t i = 0; i < sizeof mats / sizeof *mats; i++) {
    LwStatus status = lw_mat_alloc (mats[i].mat, mats[i].rows, mats[i].cols);
    if (status != LW_OK)
      return status;
  }
  return LW_OK;
}

/* x and J of stacked postures, and whether they are numbers. */
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
  *finite = isfinite (lw_dot (x, x, f->n_x)) && lw_mat_is_finite (jac);
  return LW_OK;
}

/* (target - x)' Sx^-1 (target - x) / 2; f->u receives Sx^-1 (target - x). */
static double
misfit (Search *f, const double *x)
{
  for (size_t i = 0; i < f->n_x; i++)
    f->u[i] = f->target[i] - x[i];
  lw_tri_solve (&f->sx_factor, false, f->u);
  double cost = lw_dot (f->u, f->u, f->n_x) / 2;
  lw_tri_solve (&f->sx_factor, true, f->u);
  return cost;
}

/* F' with S = F F'. A covariance has no negative eigenvalue beyond rounding. */
static LwStatus
factor_prior (Search *f)
{
  double clipped;
  LwStatus status = lw_factor_semidefinite (&f->s, &f->f, &clipped);

  return status == LW_OK && clipped > 1e-9 ? LW_ERR_NOT_SPD : status;
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
  LwStatus status = factor_prior (f);
  if (status != LW_OK)
    return status;
  memcpy (f->q, f->m, f->n_q * sizeof *f->q);
  status = evaluate (f, f->q, f->x, &f->jac, &finite);
  if (status != LW_OK)
    return status;
  if (!finite)
    return LW_ERR_NOT_FINITE;

  lw_mat_copy (&f->sx, &f->sx_factor);
  status = lw_chol_factor (&f->sx_factor);
  if (status != LW_OK) {
    double variance = 0; /* of x, by the prior: trace of J S J' */
    lw_gemm (1, &f->jac, false, &f->f, true, 0, &f->jf);
    for (size_t i = 0; i < f->n_x; i++)
      variance += lw_dot (lw_mat_row (&f->jf, i), lw_mat_row (&f->jf, i), f->n_q) / (double) f->n_x;
    for (size_t i = 0; i < f->n_x; i++)
      lw_mat_row (&f->sx, i)[i] += RAISE * variance;
    lw_mat_copy (&f->sx, &f->sx_factor);
    f->report.raised = true;
    status = lw_chol_factor (&f->sx_factor);
  }
  if (status == LW_OK)
    f->cost = misfit (f, f->x);
  return status;
}

/* f->bend = sum_i u_i d2f_i/dq2, block by block from differences of J'u. */
static LwStatus
curvature (Search *f, bool *finite)
{
  size_t n = f->map->n_joints, n_x = f->map->n_x;

  *finite = true;
  lw_mat_fill (&f->bend, 0);
  memcpy (f->q_try, f->q, f->n_q * sizeof *f->q_try);
  for (size_t j = 0; j < n && *finite; j++) {
    for (size_t b = 0; b < f->n_blocks; b++)
      f->q_try[b * n + j] = f->q[b * n + j] + DIFFERENCE;
    LwStatus status = evaluate (f, f->q_try, f->x_try, &f->jac_try, finite);
    if (status != LW_OK)
      return status;
    for (size_t b = 0; b < f->n_blocks; b++) {
      f->q_try[b * n + j] = f->q[b * n + j];
      for (size_t k = 0; k < n; k++) {
        double sum = 0;
        for (size_t i = 0; i < n_x; i++)
          sum += f->u[b * n_x + i]
                 * (lw_mat_get (&f->jac_try, b * n_x + i, b * n + k) - lw_mat_get (&f->jac, b * n_x + i, b * n + k)) / DIFFERENCE;
        lw_mat_row (&f->bend, b * n + j)[b * n + k] += sum / 2;
        lw_mat_row (&f->bend, b * n + k)[b * n + j] += sum / 2;
      }
    }
  }
  return LW_OK;
}

/* Gradient, and Hessian of the linearised map, I + F'J'Sx^-1 J F, in f->hessian; with the map's own curvature in f->product where
 * that leaves it definite. */
static LwStatus
expand (Search *f, bool *definite)
{
  LwStatus status = curvature (f, definite);

  if (status != LW_OK)
    return status;
  lw_gemm (1, &f->jac, false, &f->f, true, 0, &f->jf);
  memcpy (f->gradient, f->z, f->n_q * sizeof *f->gradient);
  lw_gemv (-1, &f->jf, true, f->u, 1, f->gradient);
  lw_tri_solve_mat (&f->sx_factor, false, &f->jf);
  lw_syrk (1, &f->jf, true, 0, &f->hessian);
  for (size_t i = 0; i < f->n_q; i++)
    lw_mat_row (&f->hessian, i)[i] += 1;
  if (!*definite)
    return LW_OK;

  lw_gemm (1, &f->f, false, &f->bend, false, 0, &f->factor);
  lw_mat_copy (&f->hessian, &f->product);
  lw_gemm (-1, &f->factor, false, &f->f, true, 1, &f->product);
  lw_mat_copy (&f->product, &f->factor);
  *definite = lw_chol_factor (&f->factor) == LW_OK;
  return LW_OK;
}

/* A damped Newton step: damping grows until the cost falls as its slope promises. *@distance: its length, in standard deviations
 * of the prior. */
static LwStatus
advance (Search *f, bool definite, double *distance, bool *moved)
{
  for (;;) {
    bool finite;
    lw_mat_copy (definite ? &f->product : &f->hessian, &f->factor);
    for (size_t i = 0; i < f->n_q; i++)
      lw_mat_row (&f->factor, i)[i] += f->damping;
    LwStatus status = lw_chol_factor (&f->factor);
    if (status != LW_OK)
      return status;
    for (size_t i = 0; i < f->n_q; i++)
      f->dz[i] = -f->gradient[i];
    lw_chol_solve (&f->factor, f->dz);
    *distance = sqrt (lw_dot (f->dz, f->dz, f->n_q));

    for (size_t i = 0; i < f->n_q; i++)
      f->z_try[i] = f->z[i] + f->dz[i];
    memcpy (f->q_try, f->m, f->n_q * sizeof *f->q_try);
    lw_gemv (1, &f->f, true, f->z_try, 1, f->q_try);
    status = evaluate (f, f->q_try, f->x_try, &f->jac_try, &finite);
    if (status != LW_OK)
      return status;
    double cost = finite ? lw_dot (f->z_try, f->z_try, f->n_q) / 2 + misfit (f, f->x_try) : HUGE_VAL;
    *moved = cost <= f->cost + 1e-4 * lw_dot (f->gradient, f->dz, f->n_q);
    if (*moved) {
      memcpy (f->z, f->z_try, f->n_q * sizeof *f->z);
      memcpy (f->q, f->q_try, f->n_q * sizeof *f->q);
      memcpy (f->x, f->x_try, f->n_x * sizeof *f->x);
      lw_mat_copy (&f->jac_try, &f->jac);
      f->cost = cost;
      f->damping = f->damping > 1e-2 ? f->damping / 5 : 0;
      return LW_OK;
    }
    if (!(*distance >= 1e-7)) /* the fall is below rounding, or the numbers are none */
      return LW_OK;
    f->damping = f->damping > 0 ? 5 * f->damping : 1e-2;
  }
}

static LwStatus
search (Search *f)
{
  LwStatus status = begin (f);
  double distance = HUGE_VAL;
  bool moved = true;

  while (status == LW_OK && moved && distance >= 1e-10 && f->report.iterations < MAX_ITERATIONS) {
    bool definite, damped = f->damping > 0;
    f->report.iterations++;
    misfit (f, f->x);
    status = expand (f, &definite);
    if (status == LW_OK)
      status = advance (f, definite, &distance, &moved);
    f->report.converged = status == LW_OK && definite && (distance < 1e-10 || !moved);
    if (damped && distance < 1e-6) /* a short step may only mean strong damping */
      distance = 1e-6;
  }
  if (status != LW_OK)
    return status;
  if (!(distance < 1e-3) || !isfinite (f->cost))
    return LW_ERR_SOLVER;
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
lw_task_space_posture (const LwForwardMap *map, const double *m, const LwMat *s, const double *x, const LwMat *sx, double *q,
                       const LwMat *cov, LwTaskSpaceReport *report)
{
  size_t n = map->n_joints;
  Search f;

  if (s->rows != n || s->cols != n || (sx != NULL && (sx->rows != map->n_x || sx->cols != map->n_x))
      || (cov != NULL && (cov->rows != n || cov->cols != n)))
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
lw_promp_condition_task_space (const LwBasis *basis, const LwWeightGaussian *prior, const LwForwardMap *map,
                               const LwTaskSpaceObservation *observations, size_t n, LwWeightGaussian *out,
                               LwTaskSpaceReport *report)
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
