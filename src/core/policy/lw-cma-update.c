/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lw-cma-private.h"
#include "lw-linalg.h"

typedef struct {
  double f;
  size_t i;
} Ranked;

static int
by_value (const void *a, const void *b)
{
  const Ranked *x = a, *y = b;

  return x->f < y->f ? -1 : x->f > y->f ? 1 : x->i < y->i ? -1 : x->i > y->i;
}

typedef struct {
  LwMat   y, weighted;          /* (lambda x n): steps over sigma, and times their weights */
  double *recombine, *active;   /* (lambda): of each point, for the mean and for C */
  double *step, *white;         /* (n) */
  double  mueff;
} Generation;

static LwStatus
rank (Generation *g, const LwCmaConstants *c, const double *f)
{
  size_t lambda = c->lambda;
  Ranked *ranked = malloc (lambda * sizeof *ranked);
  double squares = 0.0;

  if (ranked == NULL)
    return LW_ERR_MEMORY;
  for (size_t i = 0; i < lambda; i++)
    ranked[i] = (Ranked){ f[i], i };
  qsort (ranked, lambda, sizeof *ranked, by_value);
  for (size_t first = 0, end; first < lambda; first = end) {
    double positive = 0.0, whole = 0.0;

    for (end = first; end < lambda && ranked[end].f == ranked[first].f; end++) {
      positive += fmax (c->weights[end], 0.0);
      whole += c->weights[end];
    }
    for (size_t r = first; r < end; r++) {
      g->recombine[ranked[r].i] = positive / (double) (end - first);
      g->active[ranked[r].i] = whole / (double) (end - first);
    }
  }
  for (size_t i = 0; i < lambda; i++)
    squares += g->recombine[i] * g->recombine[i];
  g->mueff = 1.0 / squares;
  free (ranked);
  return LW_OK;
}

static double
norm (const double *x, size_t n)
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++)
    sum += x[i] * x[i];
  return sqrt (sum);
}

static void
take_steps (const LwCma *self, Generation *g, const LwMat *x)
{
  for (size_t i = 0; i < x->rows; i++) {
    double *y = lw_mat_row (&g->y, i);

    for (size_t j = 0; j < self->n; j++)
      y[j] = (lw_mat_get (x, i, j) - self->mean[j]) / self->sigma;
  }
  lw_gemv (1.0, &g->y, true, g->recombine, 0.0, g->step);
}

/* A step with a negative weight is given the length that the distribution expects, so that C stays positive definite. */
static void
weigh_steps (const LwCma *self, Generation *g)
{
  for (size_t i = 0; i < g->y.rows; i++) {
    double w = g->active[i], length;
    const double *y = lw_mat_row (&g->y, i);

    if (w < 0.0) {
      lw_cma_whiten (self, y, g->white);
      length = norm (g->white, self->n);
      w *= (double) self->n / fmax (length * length, DBL_MIN);
    }
    for (size_t j = 0; j < self->n; j++)
      lw_mat_set (&g->weighted, i, j, w * y[j]);
  }
}

static void
move_paths (LwCma *self, const LwCmaConstants *c, Generation *g, bool *stalled)
{
  double rate = sqrt (c->csigma * (2.0 - c->csigma) * g->mueff), length, expected;

  lw_cma_whiten (self, g->step, g->white);
  for (size_t j = 0; j < self->n; j++)
    self->p_sigma[j] *= 1.0 - c->csigma;
  lw_gemv (rate, &self->B, true, g->white, 1.0, self->p_sigma);
  length = norm (self->p_sigma, self->n);
  expected = sqrt (1.0 - pow (1.0 - c->csigma, 2.0 * (double) (self->generation + 1)));
  *stalled = length / expected >= (1.4 + 2.0 / ((double) self->n + 1.0)) * c->chi;
  rate = *stalled ? 0.0 : sqrt (c->cc * (2.0 - c->cc) * g->mueff);
  for (size_t j = 0; j < self->n; j++) {
    self->p_c[j] = (1.0 - c->cc) * self->p_c[j] + rate * g->step[j];
    self->mean[j] += self->sigma * g->step[j];
  }
  self->sigma *= exp (fmin (1.0, c->csigma / c->dsigma * (length / c->chi - 1.0)));
}

static void
adapt_covariance (LwCma *self, const LwCmaConstants *c, const Generation *g, bool stalled)
{
  LwMat path = lw_mat_view (self->p_c, self->n, 1);
  double sum = 0.0;

  for (size_t i = 0; i < c->lambda; i++)
    sum += c->weights[i];
  lw_gemm (c->cmu, &g->weighted, true, &g->y, false,
           1.0 + (stalled ? c->c1 * c->cc * (2.0 - c->cc) : 0.0) - c->c1 - c->cmu * sum, &self->C);
  lw_gemm (c->c1, &path, false, &path, true, 1.0, &self->C);
  for (size_t i = 0; i < self->n; i++)
    for (size_t j = 0; j < i; j++) {
      double mean = 0.5 * (lw_mat_get (&self->C, i, j) + lw_mat_get (&self->C, j, i));

      lw_mat_set (&self->C, i, j, mean);
      lw_mat_set (&self->C, j, i, mean);
    }
}

static LwStatus
decompose (LwCma *self)
{
  LwStatus status;

  lw_mat_copy (&self->C, &self->B);
  status = lw_eig_sym (&self->B, self->D);
  if (status != LW_OK)
    return LW_ERR_SOLVER;
  if (!(self->D[self->n - 1] > 0.0) || !isfinite (self->D[self->n - 1]))
    return LW_ERR_SOLVER;
  for (size_t i = 0; i < self->n; i++)
    self->D[i] = sqrt (fmax (self->D[i], 1e-20 * self->D[self->n - 1]));
  self->eigen_generation = self->generation;
  return LW_OK;
}

static LwStatus
update (LwCma *self, const LwCmaConstants *c, Generation *g, const LwMat *x)
{
  bool stalled;

  take_steps (self, g, x);
  weigh_steps (self, g);
  move_paths (self, c, g, &stalled);
  adapt_covariance (self, c, g, stalled);
  self->generation++;
  self->evaluations += c->lambda;
  if (!(self->sigma > 0.0) || !isfinite (self->sigma) || !lw_mat_is_finite (&self->C))
    return LW_ERR_SOLVER;
  if ((double) (self->generation - self->eigen_generation) * 10.0 * (double) self->n * (c->c1 + c->cmu) >= 1.0)
    return decompose (self);
  return LW_OK;
}

LwStatus
lw_cma_update (LwCma *self, const LwMat *x, const double *f, double *mueff)
{
  LwCmaConstants c = { 0 };
  LwCma next = { 0 };
  LwMat storage = { 0 };
  Generation g;
  LwStatus status;

  if (x->cols != self->n)
    return LW_ERR_SHAPE;
  for (size_t i = 0; i < x->rows; i++)
    if (!isfinite (f[i]))
      return LW_ERR_NOT_FINITE;
  if (!lw_mat_is_finite (x))
    return LW_ERR_NOT_FINITE;
  status = lw_cma_constants_init (&c, self->n, x->rows);
  if (status == LW_OK)
    status = lw_mat_alloc (&storage, 2 * self->n + 2, x->rows + 1);
  if (status == LW_OK)
    status = lw_cma_copy (self, &next);
  if (status == LW_OK) {
    double *at = storage.data;

    g.y = lw_mat_view (at, x->rows, self->n), at += x->rows * self->n;
    g.weighted = lw_mat_view (at, x->rows, self->n), at += x->rows * self->n;
    g.recombine = at, at += x->rows;
    g.active = at, at += x->rows;
    g.step = at, at += self->n;
    g.white = at;
    status = rank (&g, &c, f);
  }
  if (status == LW_OK)
    status = update (&next, &c, &g, x);
  if (status == LW_OK) {
    LwCma before = *self;

    *self = next;
    next = before;
    if (mueff != NULL)
      *mueff = g.mueff;
  }
  lw_cma_clear (&next);
  lw_cma_constants_clear (&c);
  lw_mat_clear (&storage);
  return status;
}
