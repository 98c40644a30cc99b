/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reps.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "lw-reps-private.h"
#include "lw-stats.h"

#define MAX_ITERATIONS 300
#define LOG_BETA_MOST 690.0 /* e^690 is still a number; rewards that differ by less of their range are equal */

LwStatus
lw_reps_prior (const double *rewards, size_t n, const double *log_prior, double *log_q, double *q)
{
  bool any = false;

  for (size_t i = 0; i < n; i++) {
    double prior = log_prior != NULL ? log_prior[i] : 0.0;

    if (!isfinite (rewards[i]) || isnan (prior) || prior == INFINITY)
      return LW_ERR_NOT_FINITE;
    any = any || prior > -INFINITY;
    log_q[i] = prior;
  }
  if (!any)
    return LW_ERR_TOO_FEW;
  lw_log_normalise (log_q, n);
  for (size_t i = 0; i < n; i++)
    q[i] = exp (log_q[i]);
  return LW_OK;
}

double
lw_reps_scale (const double *rewards, const double *log_q, size_t n, double *x, double *best)
{
  double least = INFINITY, most = -INFINITY, unit, range;

  for (size_t i = 0; i < n; i++)
    if (log_q[i] > -INFINITY) {
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

/* (l e^l - e^l + 1) / l^2 near 0, where the terms cancel: sum over k of l^k (k + 1) / (k + 2)!, to 1e-18 where it is used. */
#define SERIES_TO 0.3

static inline double
divergence_series (double l)
{
  static const double c[] = { 1 / 2.0,       2 / 6.0,         3 / 24.0,         4 / 120.0,         5 / 720.0,          6 / 5040.0,
                              7 / 40320.0,   8 / 362880.0,    9 / 3628800.0,    10 / 39916800.0,   11 / 479001600.0,
                              12 / 6227020800.0 };
  double sum = c[11];

  for (int k = 11; k-- > 0;)
    sum = sum * l + c[k];
  return sum;
}

/* The share of one sample in KL(p || q), never negative: p l - p + q with l = log p / q. */
static inline double
divergence (double p, double q, double l)
{
  return fabs (l) > SERIES_TO ? p * l - p + q : q * l * l * divergence_series (l);
}

static double
sum_divergence (const double *p, const double *q, const double *t, size_t n, double log_z)
{
  double kl = 0.0;

  for (size_t i = 0; i < n; i++)
    kl += divergence (p[i], q[i], t[i] - log_z);
  return kl;
}

/* Where all of t is small, so are log z and KL: their leading terms come from e^t - 1. */
static double
tilt_a_little (const double *q, const double *t, size_t n, double *p, double *log_z)
{
  double sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    p[i] = expm1 (t[i]);
    sum += q[i] * p[i];
  }
  for (size_t i = 0; i < n; i++)
    p[i] = q[i] * (1.0 + p[i]) / (1.0 + sum);
  *log_z = log1p (sum);
  return sum_divergence (p, q, t, n, *log_z);
}

/* In logarithms: a sample whose prior underflows may still carry weight. */
static double
tilt_far (const double *log_q, const double *q, const double *t, size_t n, double *p, double *log_z)
{
  double highest = -INFINITY, sum = 0.0;

  for (size_t i = 0; i < n; i++) {
    p[i] = log_q[i] + t[i];
    highest = p[i] > highest ? p[i] : highest;
  }
  for (size_t i = 0; i < n; i++) {
    p[i] = exp (p[i] - highest);
    sum += p[i];
  }
  for (size_t i = 0; i < n; i++)
    p[i] /= sum;
  *log_z = highest + log (sum);
  return sum_divergence (p, q, t, n, *log_z);
}

double
lw_reps_tilt (const double *log_q, const double *q, const double *t, size_t n, double *p, double *log_z)
{
  double largest = 0.0;

  for (size_t i = 0; i < n; i++)
    if (log_q[i] > -INFINITY && fabs (t[i]) > largest)
      largest = fabs (t[i]);
  return largest < 0.5 ? tilt_a_little (q, t, n, p, log_z) : tilt_far (log_q, q, t, n, p, log_z);
}

void
lw_reps_describe (const double *p, const double *rewards, size_t n, LwRepsReport *report)
{
  double squares = 0.0, mean = 0.0;

  for (size_t i = 0; i < n; i++) {
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
solve (const double *log_q, const double *q, const double *x, size_t n, double epsilon, double *t, double *p,
       LwRepsReport *report)
{
  double y = 0.5 * log (2.0 * epsilon / fmax (variance (q, x, n), 1e-300)), beta = 0.0, lo = -INFINITY, hi = INFINITY;

  y = fmin (y, LOG_BETA_MOST);
  for (report->iterations = 1; report->iterations <= MAX_ITERATIONS; report->iterations++) {
    double before = y, log_z;

    beta = exp (y);
    for (size_t i = 0; i < n; i++)
      t[i] = beta * x[i];
    report->kl = lw_reps_tilt (log_q, q, t, n, p, &log_z);
    if (fabs (report->kl - epsilon) <= 1e-13 * epsilon || (report->kl < epsilon && y >= LOG_BETA_MOST))
      break;
    y = fmin (lw_reps_next (y, report->kl, beta * beta * variance (p, x, n), epsilon, 3.0, &lo, &hi), LOG_BETA_MOST);
    if (fabs (y - before) <= 1e-15 * fmax (1.0, fabs (y)))
      break;
  }
  report->converged = fabs (report->kl - epsilon) <= 1e-9 * epsilon || (report->kl < epsilon && y >= LOG_BETA_MOST);
  return beta;
}

static LwStatus
weigh (const double *rewards, size_t n, const double *log_prior, double epsilon, double *scratch, double *weights,
       LwRepsReport *report)
{
  double *log_q = scratch, *q = scratch + n, *x = q + n, *t = x + n, *p = t + n, range, best, mass;
  LwStatus status = lw_reps_prior (rewards, n, log_prior, log_q, q);
  LwRepsReport r = { .converged = true };

  if (status != LW_OK)
    return status;
  range = lw_reps_scale (rewards, log_q, n, x, &best);
  mass = log_mass_of_best (log_q, x, n);
  if (range == 0.0 || -mass <= epsilon) {
    r.kl = range == 0.0 ? 0.0 : -mass;
    for (size_t i = 0; i < n; i++)
      p[i] = x[i] == 0.0 ? exp (log_q[i] - mass) : 0.0;
  } else
    r.eta = range / solve (log_q, q, x, n, epsilon, t, p, &r);
  lw_reps_describe (p, rewards, n, &r);
  memcpy (weights, p, n * sizeof *p);
  if (report != NULL)
    *report = r;
  return LW_OK;
}

LwStatus
lw_reps_weights (const double *rewards, size_t n, const double *log_prior_weight, double epsilon, double *weights,
                 LwRepsReport *report)
{
  double *scratch;
  LwStatus status;

  if (!(epsilon > 0.0))
    return LW_ERR_RANGE;
  if (n == 0)
    return LW_ERR_TOO_FEW;
  if (n > SIZE_MAX / 5 || (scratch = lw_doubles_new (5 * n)) == NULL)
    return LW_ERR_MEMORY;
  status = weigh (rewards, n, log_prior_weight, epsilon, scratch, weights, report);
  free (scratch);
  return status;
}
