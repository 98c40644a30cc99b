/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-linalg.h"
#include "lw-reps-private.h"

/* The dual is minimised in (beta, w): p in proportion to q exp (beta e - Z w), with Z (n x r) the features centred and whitened
 * under q, so that dependent and constant columns are gone, and e the rewards' residual on Z, scaled to a range of 1. For each
 * beta w is the minimiser of the convex log sum q exp (beta e - Z w), by Newton; KL (beta) then only grows, and beta is found as
 * without features. w follows beta along dw/dbeta = Cov_p(Z)^-1 Cov_p(Z, e), so that Newton starts next to its end.
 *
 *   e = (x - Z b) / spread,  x = (R - max R) / range   =>   eta = range spread / beta,  v in Z: range b + eta w */

#define MAX_OUTER 200
#define MAX_INNER 100
#define RANK_TOLERANCE 1e-10
#define BETA_MOST 1e10 /* beyond, rounding of beta e - Z w shows in KL */

typedef struct {
  size_t  n, f, r;
  LwMat   z;          /* (n x f): the first r columns */
  LwMat   weighted;   /* (n x f) scratch: sqrt (p) Z */
  LwMat   cov;        /* (f x f): eigenvectors at first, then Cov_p(Z) and its factor */
  double *log_q, *q, *x, *e, *t, *p, *best_p; /* (n) */
  double *centre, *unit, *lambda; /* (f): standardisation of the columns, eigenvalues of their correlation */
  double *unwhiten;   /* (f x f): v = unwhiten (row a of r: coefficients of the columns) */
  double *b, *w, *best_w, *gradient, *step, *slope, *trial; /* (f) */
  double beta;        /* of best_p and best_w; 0 = none yet */
  double *storage;
} Dual;

static LwStatus
dual_alloc (Dual *d, size_t n, size_t f)
{
  size_t size, wide;
  double *next;

  *d = (Dual){ .n = n, .f = f };
  if (__builtin_mul_overflow (2 * f + 7, n, &size) || __builtin_mul_overflow (2 * f + 10, f, &wide) || f > SIZE_MAX / 8 ||
      __builtin_add_overflow (size, wide, &size) || (d->storage = lw_doubles_new (size)) == NULL)
    return LW_ERR_MEMORY;
  next = d->storage;
  d->z = lw_mat_view (next, n, f);
  d->weighted = lw_mat_view (next += n * f, n, f);
  next += n * f;
  d->log_q = next, next += n;
  d->q = next, next += n;
  d->x = next, next += n;
  d->e = next, next += n;
  d->t = next, next += n;
  d->p = next, next += n;
  d->best_p = next, next += n;
  d->cov = lw_mat_view (next, f, f), next += f * f;
  d->unwhiten = next, next += f * f;
  d->centre = next, next += f;
  d->unit = next, next += f;
  d->lambda = next, next += f;
  d->b = next, next += f;
  d->w = next, next += f;
  d->best_w = next, next += f;
  d->gradient = next, next += f;
  d->step = next, next += f;
  d->slope = next, next += f;
  d->trial = next;
  return LW_OK;
}

/* Columns to mean 0 and standard deviation 1 under q. A constant one becomes 0: its correlations are then 0 too, and the
 * eigenvalue drops it. */
static void
standardise (Dual *d, const LwMat *features)
{
  for (size_t j = 0; j < d->f; j++) {
    double largest = 0.0, mean = 0.0, square = 0.0, deviation;

    for (size_t i = 0; i < d->n; i++)
      if (d->log_q[i] > -INFINITY)
        largest = fmax (largest, fabs (lw_mat_get (features, i, j)));
    largest = largest > 0.0 ? largest : 1.0;
    for (size_t i = 0; i < d->n; i++)
      mean += d->q[i] * (lw_mat_get (features, i, j) / largest);
    for (size_t i = 0; i < d->n; i++) {
      double x = lw_mat_get (features, i, j) / largest - mean;

      lw_mat_set (&d->z, i, j, x);
      square += d->q[i] * x * x;
    }
    deviation = sqrt (square);
    d->unit[j] = deviation > RANK_TOLERANCE ? deviation * largest : 0.0;
    for (size_t i = 0; i < d->n; i++)
      lw_mat_set (&d->z, i, j, d->unit[j] > 0.0 ? lw_mat_get (&d->z, i, j) / deviation : 0.0);
  }
}

/* sqrt (p) Z in d->weighted, and its Gram matrix (r x r) in d->cov. */
static LwMat
gram (Dual *d, const double *p, size_t r)
{
  LwMat weighted = lw_mat_view (d->weighted.data, d->n, r), cov = lw_mat_view (d->cov.data, r, r);

  for (size_t i = 0; i < d->n; i++) {
    double root = sqrt (p[i]);
    const double *z = lw_mat_row (&d->z, i);
    double *out = lw_mat_row (&weighted, i);

    for (size_t j = 0; j < r; j++)
      out[j] = root * z[j];
  }
  lw_syrk (1.0, &weighted, true, 0.0, &cov);
  return cov;
}

/* Z <- Z V diag (lambda)^-1/2 over the eigenvalues that count; sets d->r and d->unwhiten. */
static LwStatus
whiten (Dual *d)
{
  LwMat v, kept, raw;
  LwStatus status;
  double largest;

  v = gram (d, d->q, d->f);
  status = lw_eig_sym (&v, d->lambda);
  if (status != LW_OK)
    return status;
  largest = d->f > 0 ? d->lambda[d->f - 1] : 0.0;
  d->r = 0;
  for (size_t a = d->f; a-- > 0 && d->lambda[a] > RANK_TOLERANCE * largest;) {
    double *out = d->unwhiten + d->r * d->f;

    for (size_t j = 0; j < d->f; j++)
      out[j] = lw_mat_get (&v, a, j) / sqrt (d->lambda[a]);
    d->r++;
  }
  if (d->r == 0)
    return LW_OK;
  kept = lw_mat_view (d->unwhiten, d->r, d->f);
  raw = lw_mat_view (d->weighted.data, d->n, d->r);
  lw_gemm (1.0, &d->z, false, &kept, true, 0.0, &raw);
  d->z = lw_mat_view (d->z.data, d->n, d->r);
  lw_mat_copy (&raw, &d->z);
  return LW_OK;
}

/* e and b; returns the spread of the residual, 0 when the features explain the rewards to rounding. */
static double
take_residual (Dual *d)
{
  double low = INFINITY, high = -INFINITY;

  for (size_t i = 0; i < d->n; i++)
    d->e[i] = d->q[i] * d->x[i];
  lw_gemv (1.0, &d->z, true, d->e, 0.0, d->b);
  memcpy (d->e, d->x, d->n * sizeof *d->e);
  lw_gemv (-1.0, &d->z, false, d->b, 1.0, d->e);
  for (size_t i = 0; i < d->n; i++)
    if (d->log_q[i] > -INFINITY) {
      low = fmin (low, d->e[i]);
      high = fmax (high, d->e[i]);
    }
  if (high - low <= 1e-12 || d->n <= d->r)
    return 0.0;
  for (size_t i = 0; i < d->n; i++)
    d->e[i] = d->log_q[i] > -INFINITY ? (d->e[i] - high) / (high - low) : 0.0;
  return high - low;
}

/* p for (beta, w); KL, and log sum q exp (..) in @value. */
static double
tilt (Dual *d, double beta, const double *w, double *value)
{
  for (size_t i = 0; i < d->n; i++)
    d->t[i] = beta * d->e[i];
  lw_gemv (-1.0, &d->z, false, w, 1.0, d->t);
  return lw_reps_tilt (d->log_q, d->q, d->t, d->n, d->p, value);
}

/* Factor of Cov_p(Z), with as much of a ridge as it takes. */
static LwStatus
factor_covariance (Dual *d)
{
  double ridge = 0.0;

  for (int attempt = 0; attempt < 12; attempt++) {
    LwMat cov = gram (d, d->p, d->r);
    double trace = 0.0;

    for (size_t a = 0; a < d->r; a++)
      for (size_t c = 0; c < d->r; c++)
        lw_mat_set (&cov, a, c, lw_mat_get (&cov, a, c) - d->gradient[a] * d->gradient[c]);
    for (size_t a = 0; a < d->r; a++)
      trace += lw_mat_get (&cov, a, a);
    for (size_t a = 0; a < d->r; a++)
      lw_mat_set (&cov, a, a, lw_mat_get (&cov, a, a) + ridge * trace + 1e-300);
    if (lw_chol_factor (&cov) == LW_OK)
      return LW_OK;
    ridge = ridge > 0.0 ? 10.0 * ridge : 1e-15;
  }
  return LW_ERR_SOLVER;
}

/* Minimises over w at @beta, from d->w. On success p, w, the gradient's factor in d->cov and @kl belong to the minimum. */
static LwStatus
fit_baseline (Dual *d, double beta, double *kl)
{
  LwMat cov = lw_mat_view (d->cov.data, d->r, d->r);
  double value, decrement, before = INFINITY, rounding = fmax (1e-18, 1e-28 * beta * beta);

  *kl = tilt (d, beta, d->w, &value);
  for (int k = 0; k < MAX_INNER; k++) {
    double fraction = 1.0, next_value, next_kl;

    /* d value / d w = -E_p Z. */
    lw_gemv (1.0, &d->z, true, d->p, 0.0, d->gradient);
    if (!isfinite (value) || factor_covariance (d) != LW_OK)
      return LW_ERR_SOLVER;
    memcpy (d->step, d->gradient, d->r * sizeof *d->step);
    lw_chol_solve (&cov, d->step);
    decrement = 0.0;
    for (size_t a = 0; a < d->r; a++)
      decrement += d->gradient[a] * d->step[a];
    /* At rounding the decrement stops falling; the value alone could not tell, it settles at the square root of that. */
    if (decrement < 1e-28 || (decrement < rounding && decrement >= 0.25 * before))
      return LW_OK;
    before = decrement;
    for (;;) {
      for (size_t a = 0; a < d->r; a++)
        d->trial[a] = d->w[a] + fraction * d->step[a];
      next_kl = tilt (d, beta, d->trial, &next_value);
      if (decrement < 1e-12 || next_value <= value - 1e-4 * fraction * decrement)
        break;
      fraction *= 0.5;
      if (fraction < 1e-10)
        return LW_ERR_SOLVER;
    }
    memcpy (d->w, d->trial, d->r * sizeof *d->w);
    value = next_value;
    *kl = next_kl;
  }
  return LW_ERR_SOLVER;
}

/* d KL / d log beta at the minimum over w, where the features' means are kept: beta^2 times the variance of e that Z leaves. Also
 * dw/dbeta in d->slope. */
static double
kl_slope (Dual *d, double beta)
{
  LwMat cov = lw_mat_view (d->cov.data, d->r, d->r);
  double mean = 0.0, variance = 0.0;

  for (size_t i = 0; i < d->n; i++)
    mean += d->p[i] * d->e[i];
  for (size_t i = 0; i < d->n; i++) {
    d->t[i] = d->p[i] * (d->e[i] - mean);
    variance += d->t[i] * (d->e[i] - mean);
  }
  lw_gemv (1.0, &d->z, true, d->t, 0.0, d->gradient);
  memcpy (d->slope, d->gradient, d->r * sizeof *d->slope);
  lw_chol_solve (&cov, d->slope);
  for (size_t a = 0; a < d->r; a++)
    variance -= d->gradient[a] * d->slope[a];
  return beta * beta * fmax (variance, 0.0);
}

/* Takes d->p at @beta as the best so far. */
static void
keep (Dual *d, double beta)
{
  memcpy (d->best_p, d->p, d->n * sizeof *d->p);
  memcpy (d->best_w, d->w, d->r * sizeof *d->w);
  d->beta = beta;
}

/* KL (beta) = epsilon, to d->beta, d->best_p and d->best_w. */
static LwStatus
solve (Dual *d, double epsilon, LwRepsReport *report)
{
  double y, lo = -INFINITY, hi = INFINITY, longest = 1.0, variance = 0.0, mean = 0.0;

  for (size_t i = 0; i < d->n; i++)
    mean += d->q[i] * d->e[i];
  for (size_t i = 0; i < d->n; i++)
    variance += d->q[i] * (d->e[i] - mean) * (d->e[i] - mean);
  /* Near the prior first: from there w follows beta. */
  y = fmin (0.5 * log (2.0 * fmin (epsilon, 0.1) / fmax (variance, 1e-300)), log (BETA_MOST));
  for (report->iterations = 1; report->iterations <= MAX_OUTER; report->iterations++) {
    double beta = exp (y), kl, next;

    for (size_t a = 0; a < d->r; a++)
      d->w[a] = d->best_w[a] + (beta - d->beta) * d->slope[a];
    if (fit_baseline (d, beta, &kl) != LW_OK) {
      /* Too far from the last minimum; halfway, until nothing is left of the step. */
      longest *= 0.25;
      if (d->beta == 0.0)
        y -= 2.0;
      else
        y = log (d->beta) + copysign (longest, y - log (d->beta));
      if (longest < 1e-3)
        break;
      continue;
    }
    keep (d, beta);
    report->kl = kl;
    if (fabs (kl - epsilon) <= 1e-12 * epsilon || (kl < epsilon && beta >= BETA_MOST))
      break;
    next = fmin (lw_reps_next (y, kl, kl_slope (d, beta), epsilon, longest, &lo, &hi), log (BETA_MOST) * (1.0 + 1e-12));
    if (fabs (next - y) <= 1e-15 * fmax (1.0, fabs (y)))
      break;
    y = next;
  }
  report->converged = fabs (report->kl - epsilon) <= 1e-9 * epsilon || (report->kl < epsilon && d->beta >= BETA_MOST);
  return d->beta > 0.0 ? LW_OK : LW_ERR_SOLVER;
}

/* v of the columns from range b + eta w of the whitened ones. */
static void
take_baseline (const Dual *d, double range, double eta, double *v)
{
  memset (v, 0, d->f * sizeof *v);
  for (size_t a = 0; a < d->r; a++)
    for (size_t j = 0; j < d->f; j++)
      if (d->unit[j] > 0.0)
        v[j] += (range * d->b[a] + eta * d->best_w[a]) * d->unwhiten[a * d->f + j] / d->unit[j];
}

static LwStatus
weigh (Dual *d, const double *rewards, const LwMat *features, const double *log_prior, double epsilon, double *weights, double *v,
       LwRepsReport *report)
{
  LwRepsReport r = { .converged = true };
  double range, best, spread;
  LwStatus status = lw_reps_prior (rewards, d->n, log_prior, d->log_q, d->q);

  if (status == LW_OK && !lw_mat_is_finite (features))
    status = LW_ERR_NOT_FINITE;
  if (status != LW_OK)
    return status;
  range = lw_reps_scale (rewards, d->log_q, d->n, d->x, &best);
  standardise (d, features);
  status = whiten (d);
  if (status != LW_OK)
    return status;
  if (d->r == 0) {
    if (v != NULL)
      memset (v, 0, d->f * sizeof *v);
    return lw_reps_weights (rewards, d->n, log_prior, epsilon, weights, report);
  }
  spread = take_residual (d);
  if (spread > 0.0) {
    status = solve (d, epsilon, &r);
    if (status != LW_OK)
      return status;
    r.eta = spread * (range / d->beta);
  } else
    memcpy (d->best_p, d->q, d->n * sizeof *d->q);
  lw_reps_describe (d->best_p, rewards, d->n, &r);
  memcpy (weights, d->best_p, d->n * sizeof *weights);
  if (v != NULL)
    take_baseline (d, range, r.eta, v);
  if (report != NULL)
    *report = r;
  return LW_OK;
}

LwStatus
lw_reps_contextual_weights (const double *rewards, size_t n, const LwMat *features, const double *log_prior_weight,
                            double epsilon, double *weights, double *v, LwRepsReport *report)
{
  Dual d;
  LwStatus status;

  if (features->rows != n)
    return LW_ERR_SHAPE;
  if (!(epsilon > 0.0))
    return LW_ERR_RANGE;
  if (n == 0)
    return LW_ERR_TOO_FEW;
  if (features->cols == 0)
    return lw_reps_weights (rewards, n, log_prior_weight, epsilon, weights, report);
  status = dual_alloc (&d, n, features->cols);
  if (status == LW_OK)
    status = weigh (&d, rewards, features, log_prior_weight, epsilon, weights, v, report);
  free (d.storage);
  return status;
}
