/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-stats.h"

#include <math.h>

/* NaN when there is one among them; -inf for none. */
static double
largest_of (const double *x, size_t n)
{
  double largest = -HUGE_VAL;

  for (size_t i = 0; i < n; i++) {
    if (isnan (x[i]))
      return (double) NAN;
    largest = fmax (largest, x[i]);
  }
  return largest;
}

static double
log_sum_beside (const double *x, size_t n, double largest)
{
  double sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += exp (x[i] - largest);
  return log (sum);
}

double
lw_logsumexp (const double *x, size_t n)
{
  double largest = largest_of (x, n);

  /* Nothing, or an infinity that drowns the rest. */
  return isfinite (largest) ? largest + log_sum_beside (x, n, largest) : largest;
}

double
lw_log_normalise (double *x, size_t n)
{
  double largest = largest_of (x, n);
  if (!isfinite (largest))
    return largest;

  /* In two steps: beside 1e20 the logarithm of a sum would be rounded away, and the exponentials would not add up to 1. */
  double log_sum = log_sum_beside (x, n, largest);
  for (size_t i = 0; i < n; i++)
    x[i] = x[i] - largest - log_sum;
  return largest + log_sum;
}

double
lw_mean (const double *x, size_t n)
{
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += x[i];
  return sum / (double) n;
}

double
lw_ci95 (const double *x, size_t n)
{
  if (n < 2)
    return (double) NAN;
  double mean = lw_mean (x, n);
  double sum = 0;
  for (size_t i = 0; i < n; i++)
    sum += (x[i] - mean) * (x[i] - mean);
  double variance = sum / (double) (n - 1);
  return lw_student_t95 (n - 1) * sqrt (variance / (double) n);
}

/* P(|T| <= t), finite trigonometric series for an integer @dof [Abramowitz & Stegun 26.7.3, 26.7.4]. */
static double
student_within (double t, size_t dof)
{
  double theta = atan (t / sqrt ((double) dof));
  double s = sin (theta), c = cos (theta);
  double sum = 0;

  if (dof % 2 == 0) {
    double term = 1;
    for (size_t i = 1; 2 * i <= dof; i++) {
      sum += term;
      term *= c * c * (double) (2 * i - 1) / (double) (2 * i);
    }
    return s * sum;
  }
  double term = c;
  for (size_t i = 1; 2 * i + 1 <= dof; i++) {
    sum += term;
    term *= c * c * (double) (2 * i) / (double) (2 * i + 1);
  }
  return 2 / M_PI * (theta + s * sum);
}

/* Density of |T|, from log gamma (the variant that leaves the process's signgam alone: runs go on side by side). */
static double
student_density (double t, size_t dof)
{
  int sign;
  double n = (double) dof;
  double log_norm = lgamma_r ((n + 1) / 2, &sign) - lgamma_r (n / 2, &sign) - 0.5 * log (n * M_PI);
  return 2 * exp (log_norm - 0.5 * (n + 1) * log1p (t * t / n));
}

double
lw_student_t95 (size_t dof)
{
  if (dof == 0)
    return (double) NAN;
  if (dof == 1)
    return tan (0.475 * M_PI);

  /* Normal quantile with the Cornish-Fisher terms [Abramowitz & Stegun 26.7.5]: below 1e-11 off from dof = 200 on; a start for
   * Newton below. */
  const double u = 1.959963984540054, u2 = u * u, n = (double) dof;
  double t = u
             + u * (u2 + 1) / (4 * n)
             + u * ((5 * u2 + 16) * u2 + 3) / (96 * n * n)
             + u * (((3 * u2 + 19) * u2 + 17) * u2 - 15) / (384 * n * n * n)
             + u * ((((79 * u2 + 776) * u2 + 1482) * u2 - 1920) * u2 - 945) / (92160 * n * n * n * n);
  if (dof > 200)
    return t;
  for (int i = 0; i < 6; i++)
    t -= (student_within (t, dof) - 0.95) / student_density (t, dof);
  return t;
}
