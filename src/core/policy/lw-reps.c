/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reps.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-reps-private.h"
#include "lw-stats.h"

#define MAX_ITERATIONS 300

LwStatus
lw_reps_prior (const double *rewards, size_t n, const double *log_prior, double *log_q)
{
  bool any = false;

  for (size_t i = 0; i < n; i++)
    {
      double prior = log_prior != NULL ? log_prior[i] : 0.0;

      if (!isfinite (rewards[i]) || isnan (prior) || prior == INFINITY)
        return LW_ERR_NOT_FINITE;
      any = any || prior > -INFINITY;
      log_q[i] = prior;
    }
  if (!any)
    return LW_ERR_TOO_FEW;
  lw_log_normalise (log_q, n);
  return LW_OK;
}

double
lw_reps_scale (const double *rewards, const double *log_q, size_t n, double *x, double *best)
{
  double least = INFINITY, most = -INFINITY, unit, range;

  for (size_t i = 0; i < n; i++)
    if (log_q[i] > -INFINITY)
      {
        least = fmin (least, rewards[i]);
        most = fmax (most, rewards[i]);
      }
  *best = most;
  /* Where the range itself overflows, halves do not. */
  unit = isfinite (most - least) ? 1.0 : 0.5;
  range = unit * most - unit * least;
  for (size_t i = 0; i < n; i++)
    x[i] = range > 0.0 && log_q[i] > -INFINITY ? (unit * rewards[i] - unit * most) / range : 0.0;
  return range / unit;
}

/* l e^l - e^l + 1, the integrand of KL: never negative, of the order l^2/2 near 0, where the terms cancel. */
static double
divergence (double l)
{
  double sum = 0.0, term = l; /* l^k / k! */

  if (fabs (l) > 0.3)
    return l * exp (l) - expm1 (l);
  for (int k = 2; k < 16; k++)
    {
      term *= l / k;
      sum += term * (k - 1);
    }
  return sum;
}

double
lw_reps_tilt (const double *log_q, const double *t, size_t n, double *p, double *log_z)
{
  double largest = 0.0, z, kl = 0.0;

  for (size_t i = 0; i < n; i++)
    if (log_q[i] > -INFINITY)
      largest = fmax (largest, fabs (t[i]));
  if (largest < 0.5)
    {
      double sum = 0.0;

      for (size_t i = 0; i < n; i++)
        sum += exp (log_q[i]) * expm1 (t[i]);
      z = log1p (sum);
    }
  else
    {
      for (size_t i = 0; i < n; i++)
        p[i] = log_q[i] + t[i];
      z = lw_logsumexp (p, n);
    }
  for (size_t i = 0; i < n; i++)
    {
      double l = t[i] - z;

      p[i] = exp (log_q[i] + l);
      if (log_q[i] == -INFINITY)
        continue;
      /* A sample whose prior underflows may still carry weight: then the sum of p - q is what cancels. */
      kl += l < 30.0 ? exp (log_q[i]) * divergence (l) : p[i] * l - p[i] + exp (log_q[i]);
    }
  if (log_z != NULL)
    *log_z = z;
  return kl;
}

void
lw_reps_describe (const double *p, const double *rewards, size_t n, LwRepsReport *report)
{
  double squares = 0.0, mean = 0.0;

  for (size_t i = 0; i < n; i++)
    {
      squares += p[i] * p[i];
      mean += p[i] * rewards[i];
    }
  report->ess = 1.0 / squares;
  report->dual = mean;
}

double
lw_reps_next (double y, double kl, double slope, double epsilon, double longest, double *lo, double *hi)
{
  double next, step;

  if (kl < epsilon)
    *lo = y;
  else
    *hi = y;
  /* KL grows like beta^2 at first: in logarithms Newton is exact there. */
  step = slope > 0.0 && kl > 0.0 ? log (epsilon / kl) * kl / slope : INFINITY;
  if (isnan (step))
    step = INFINITY;
  step = kl < epsilon ? fmin (fabs (step), longest) : -fmin (fabs (step), longest);
  next = y + step;
  if (next <= *lo || next >= *hi)
    next = isfinite (*lo) && isfinite (*hi) ? 0.5 * (*lo + *hi) : next;
  return next;
}

static double
variance (const double *p, const double *x, size_t n)
{
  double mean = 0.0, sum = 0.0;

  for (size_t i = 0; i < n; i++)
    mean += p[i] * x[i];
  for (size_t i = 0; i < n; i++)
    sum += p[i] * (x[i] - mean) * (x[i] - mean);
  return sum;
}

/* log of the prior weight of the best samples: minus the largest KL there is. */
static double
log_mass_of_best (const double *log_q, const double *x, size_t n)
{
  double mass = -INFINITY;

  for (size_t i = 0; i < n; i++)
    if (x[i] == 0.0 && log_q[i] > -INFINITY)
      mass = mass > log_q[i] ? mass + log1p (exp (log_q[i] - mass)) : log_q[i] + log1p (exp (mass - log_q[i]));
  return mass;
}

/* KL (beta) = epsilon by Newton on log beta, where x / eta = beta x with the scaled rewards. @t (n) is scratch. */
static double
solve (const double *log_q, const double *x, size_t n, double epsilon, double *t, double *p, LwRepsReport *report)
{
  double y, lo = -INFINITY, hi = INFINITY;

  for (size_t i = 0; i < n; i++)
    p[i] = exp (log_q[i]);
  y = 0.5 * log (2.0 * epsilon / fmax (variance (p, x, n), 1e-300));
  for (report->iterations = 1; report->iterations <= MAX_ITERATIONS; report->iterations++)
    {
      double beta = exp (y), before = y;

      for (size_t i = 0; i < n; i++)
        t[i] = beta * x[i];
      report->kl = lw_reps_tilt (log_q, t, n, p, NULL);
      report->converged = fabs (report->kl - epsilon) <= 1e-13 * epsilon;
      if (report->converged)
        break;
      y = lw_reps_next (y, report->kl, beta * beta * variance (p, x, n), epsilon, 3.0, &lo, &hi);
      if (fabs (y - before) <= 1e-15 * fmax (1.0, fabs (y)))
        break;
    }
  report->converged = fabs (report->kl - epsilon) <= 1e-9 * epsilon;
  return exp (y);
}

static LwStatus
weigh (const double *rewards, size_t n, const double *log_prior, double epsilon, double *scratch, double *weights, LwRepsReport *report)
{
  double *log_q = scratch, *x = scratch + n, *t = scratch + 2 * n, *p = scratch + 3 * n, range, best, mass;
  LwStatus status = lw_reps_prior (rewards, n, log_prior, log_q);
  LwRepsReport r = { .converged = true };

  if (status != LW_OK)
    return status;
  range = lw_reps_scale (rewards, log_q, n, x, &best);
  mass = log_mass_of_best (log_q, x, n);
  if (range == 0.0 || -mass <= epsilon)
    {
      r.kl = range == 0.0 ? 0.0 : -mass;
      for (size_t i = 0; i < n; i++)
        p[i] = x[i] == 0.0 ? exp (log_q[i] - mass) : 0.0;
    }
  else
    r.eta = range / solve (log_q, x, n, epsilon, t, p, &r);
  lw_reps_describe (p, rewards, n, &r);
  memcpy (weights, p, n * sizeof *p);
  if (report != NULL)
    *report = r;
  return LW_OK;
}

LwStatus
lw_reps_weights (const double *rewards, size_t n, const double *log_prior_weight, double epsilon, double *weights, LwRepsReport *report)
{
  double *scratch;
  LwStatus status;

  if (!(epsilon > 0.0))
    return LW_ERR_RANGE;
  if (n == 0)
    return LW_ERR_TOO_FEW;
  if (n > SIZE_MAX / 4 || (scratch = lw_doubles_new (4 * n)) == NULL)
    return LW_ERR_MEMORY;
  status = weigh (rewards, n, log_prior_weight, epsilon, scratch, weights, report);
  free (scratch);
  return status;
}
