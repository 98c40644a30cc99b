/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-verdict.h"

#include <math.h>
#include <stdlib.h>

#define NEAR_LIMIT 0.02 /* rad */
#define STILL 0.02      /* rad: thirteen encoder steps of a 12-bit servo */
#define LONG_PERIOD 2.5 /* medians */
#define N_BINS 25       /* the jerk is that of positions averaged over a 25th of the duration: third differences of raw samples are noise */

static double
seconds (const LwSample *from, const LwSample *to)
{
  return 1e-9 * (double) (to->t_ns - from->t_ns);
}

static int
compare_doubles (const void *a, const void *b)
{
  double x = *(const double *) a, y = *(const double *) b;

  return (x > y) - (x < y);
}

/* Element at @fraction of @n sorted values. */
static double
quantile (const double *sorted, size_t n, double fraction)
{
  return sorted[(size_t) (fraction * (double) (n - 1) + 0.5)];
}

static void
judge_timing (const LwSample *samples, size_t n, LwVerdict *out)
{
  double *periods = lw_doubles_new (n - 1);
  double  median;
  size_t  n_regular = 0;

  if (periods == NULL)
    {
      out->jitter_p99 = NAN;
      return;
    }
  for (size_t i = 1; i < n; i++)
    periods[i - 1] = seconds (&samples[i - 1], &samples[i]);
  qsort (periods, n - 1, sizeof *periods, compare_doubles);
  median = quantile (periods, n - 1, 0.5);
  for (size_t i = 1; i < n; i++)
    {
      double period = seconds (&samples[i - 1], &samples[i]);

      if (samples[i].cycle - samples[i - 1].cycle > 1 || period > LONG_PERIOD * median)
        {
          out->n_gaps++;
          out->longest_gap = fmax (out->longest_gap, period);
        }
      else
        periods[n_regular++] = fabs (period - median);
    }
  if (n_regular > 0)
    {
      qsort (periods, n_regular, sizeof *periods, compare_doubles);
      out->jitter_p99 = quantile (periods, n_regular, 0.99);
    }
  free (periods);
}

static bool
is_near (const LwSample *a, const LwSample *b, double distance)
{
  for (size_t j = 0; j < a->n_joints; j++)
    if (!(fabs (a->q[j] - b->q[j]) <= distance))
      return false;
  return true;
}

static void
judge_stillness (const LwSample *samples, size_t n, LwVerdict *out)
{
  size_t i = 0, k = n - 1;

  while (i + 1 < n && is_near (&samples[i + 1], &samples[0], STILL))
    i++;
  while (k > 0 && is_near (&samples[k - 1], &samples[n - 1], STILL))
    k--;
  out->still_start = seconds (&samples[0], &samples[i]);
  out->still_end = seconds (&samples[k], &samples[n - 1]);
}

static void
judge_ranges (const LwSample *samples, size_t n, const double *q_min, const double *q_max, LwVerdict *out)
{
  for (size_t i = 0; i < n; i++)
    for (size_t j = 0; j < samples[i].n_joints; j++)
      if ((q_min != NULL && samples[i].q[j] < q_min[j] + NEAR_LIMIT) || (q_max != NULL && samples[i].q[j] > q_max[j] - NEAR_LIMIT))
        {
          out->n_limit_hits++;
          break;
        }
}

/* Third derivative of the cubic through four points of unequal spacing: 6 times the third divided difference. */
static double
third_derivative (const double t[4], const double q[4])
{
  double d[4] = { q[0], q[1], q[2], q[3] };

  for (int order = 1; order <= 3; order++)
    for (int i = 3; i >= order; i--)
      d[i] = (d[i] - d[i - 1]) / (t[i] - t[i - order]);
  return 6 * d[3];
}

typedef struct {
  size_t n;
  double t;
  double q[LW_MAX_JOINTS];
} Bin;

/* Means of time and position over equal parts of the duration; parts without a sample stay out. */
static size_t
average (const LwSample *samples, size_t n, double duration, Bin bins[N_BINS])
{
  size_t n_joints = samples[0].n_joints, filled = 0;

  for (size_t i = 0; i < n; i++)
    {
      double t = seconds (&samples[0], &samples[i]);
      size_t place = (size_t) (N_BINS * t / duration);
      Bin   *bin = &bins[place < N_BINS ? place : N_BINS - 1];

      bin->n++;
      bin->t += t;
      for (size_t j = 0; j < n_joints; j++)
        bin->q[j] += samples[i].q[j];
    }
  for (size_t b = 0; b < N_BINS; b++)
    if (bins[b].n > 0)
      {
        Bin mean = bins[b];

        mean.t /= (double) mean.n;
        for (size_t j = 0; j < n_joints; j++)
          mean.q[j] /= (double) mean.n;
        bins[filled++] = mean;
      }
  return filled;
}

static void
judge_jerk (const LwSample *samples, size_t n, LwVerdict *out)
{
  Bin    bins[N_BINS] = { 0 };
  size_t n_joints = samples[0].n_joints, filled, terms = 0;
  double amplitude = 0, sum = 0;

  if (!(out->seconds > 0))
    return;
  filled = average (samples, n, out->seconds, bins);
  for (size_t j = 0; j < n_joints; j++)
    {
      double low = HUGE_VAL, high = -HUGE_VAL;

      for (size_t b = 0; b < filled; b++)
        {
          low = fmin (low, bins[b].q[j]);
          high = fmax (high, bins[b].q[j]);
        }
      amplitude = fmax (amplitude, high - low);
    }
  for (size_t b = 0; b + 3 < filled; b++)
    for (size_t j = 0; j < n_joints; j++)
      {
        double jerk = third_derivative ((double[]){ bins[b].t, bins[b + 1].t, bins[b + 2].t, bins[b + 3].t },
                                        (double[]){ bins[b].q[j], bins[b + 1].q[j], bins[b + 2].q[j], bins[b + 3].q[j] });

        sum += jerk * jerk;
        terms++;
      }
  if (terms > 0 && amplitude > STILL)
    out->jerk = sqrt (sum / (double) terms) * pow (out->seconds, 3) / amplitude;
}

#define SMOOTH 0.15    /* s to either side that a cubic is laid through */
#define SHAKE_BLOCK 0.5 /* s */
#define FEWEST 8        /* samples a cubic is laid through */

/* Solves the symmetric 4 x 4 system @a x = @b for x[0] by elimination; false when @a is singular. */
static bool
solve_first (double a[4][4], double b[4], double *x0)
{
  for (int k = 3; k > 0; k--) /* from the last unknown up, so that the first is left */
    {
      if (!(fabs (a[k][k]) > 1e-12))
        return false;
      for (int i = 0; i < k; i++)
        {
          double f = a[i][k] / a[k][k];

          for (int m = 0; m <= k; m++)
            a[i][m] -= f * a[k][m];
          b[i] -= f * b[k];
        }
    }
  if (!(fabs (a[0][0]) > 1e-12))
    return false;
  *x0 = b[0] / a[0][0];
  return true;
}

/* Squared distance of sample @i, joint by joint, from the cubic through samples @from..@to; false where there are too few of them about it. */
static bool
off_the_cubic (const LwSample *samples, size_t from, size_t to, size_t i, double *squares)
{
  double moments[7] = { 0 };

  if (to - from + 1 < FEWEST || seconds (&samples[from], &samples[i]) < 0.7 * SMOOTH || seconds (&samples[i], &samples[to]) < 0.7 * SMOOTH)
    return false;
  for (size_t k = from; k <= to; k++)
    {
      double u = seconds (&samples[i], &samples[k]) / SMOOTH, power = 1;

      for (int m = 0; m < 7; m++, power *= u)
        moments[m] += power;
    }
  for (size_t j = 0; j < samples[i].n_joints; j++)
    {
      double a[4][4], b[4] = { 0 }, smooth;

      for (int r = 0; r < 4; r++)
        for (int c = 0; c < 4; c++)
          a[r][c] = moments[r + c];
      for (size_t k = from; k <= to; k++)
        {
          double u = seconds (&samples[i], &samples[k]) / SMOOTH, q = samples[k].q[j] - samples[i].q[j];

          b[0] += q;
          b[1] += q * u;
          b[2] += q * u * u;
          b[3] += q * u * u * u;
        }
      if (!solve_first (a, b, &smooth))
        return false;
      squares[j] = smooth * smooth;
    }
  return true;
}

static void
judge_shake (const LwSample *samples, size_t n, LwVerdict *out)
{
  double sums[LW_MAX_JOINTS] = { 0 }, squares[LW_MAX_JOINTS] = { 0 };
  size_t from = 0, to = 0, count = 0, begin = 0, n_joints = samples[0].n_joints;

  for (size_t i = 0; i < n; i++)
    {
      while (seconds (&samples[from], &samples[i]) > SMOOTH)
        from++;
      while (to + 1 < n && seconds (&samples[i], &samples[to + 1]) <= SMOOTH)
        to++;
      if (off_the_cubic (samples, from, to, i, squares))
        {
          count++;
          for (size_t j = 0; j < n_joints; j++)
            sums[j] += squares[j];
        }
      if (seconds (&samples[begin], &samples[i]) < SHAKE_BLOCK && i + 1 < n)
        continue;
      for (size_t j = 0; j < n_joints; j++)
        {
          if (count >= FEWEST)
            out->shake = fmax (out->shake, sqrt (sums[j] / (double) count));
          sums[j] = 0;
        }
      count = 0;
      begin = i;
    }
}

void
lw_verdict_compute (const LwSample *samples, size_t n, const double *q_min, const double *q_max, const double *start, LwVerdict *out)
{
  *out = (LwVerdict){ .n_samples = n, .start_distance = NAN };
  if (n == 0)
    return;
  judge_ranges (samples, n, q_min, q_max, out);
  if (start != NULL)
    {
      out->start_distance = 0;
      for (size_t j = 0; j < samples[0].n_joints; j++)
        out->start_distance = fmax (out->start_distance, fabs (samples[0].q[j] - start[j]));
    }
  if (n < 2)
    return;
  out->seconds = seconds (&samples[0], &samples[n - 1]);
  judge_timing (samples, n, out);
  judge_stillness (samples, n, out);
  judge_jerk (samples, n, out);
  judge_shake (samples, n, out);
}

unsigned
lw_verdict_findings (const LwVerdict *self)
{
  unsigned findings = 0;

  findings |= self->n_limit_hits > 0 ? LW_FINDING_LIMITS : 0;
  findings |= self->start_distance > LW_VERDICT_START_DISTANCE ? LW_FINDING_START_POSE : 0;
  if (self->n_samples < 2)
    return findings;
  findings |= self->n_gaps > 0 ? LW_FINDING_GAPS : 0;
  findings |= self->jitter_p99 > LW_VERDICT_JITTER ? LW_FINDING_JITTER : 0;
  findings |= self->still_start < LW_VERDICT_STILL ? LW_FINDING_MOVING_START : 0;
  findings |= self->still_end < LW_VERDICT_STILL ? LW_FINDING_MOVING_END : 0;
  findings |= self->shake > LW_VERDICT_SHAKE ? LW_FINDING_SHAKE : 0;
  return findings;
}

const char *
lw_finding_name (LwFinding finding)
{
  switch (finding)
    {
    case LW_FINDING_GAPS: return "Gaps";
    case LW_FINDING_JITTER: return "Jitter";
    case LW_FINDING_LIMITS: return "At a joint limit";
    case LW_FINDING_MOVING_START: return "Starts in motion";
    case LW_FINDING_MOVING_END: return "Ends in motion";
    case LW_FINDING_SHAKE: return "Jerky";
    case LW_FINDING_START_POSE: return "Starts elsewhere";
    default: return "";
    }
}
