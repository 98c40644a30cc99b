/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-retime-optimal.h"

#include <math.h>
#include <stdlib.h>

#include "lw-path-speed.h"
#include "lw-spline.h"

/* Limits are kept at the points of the grid; between them only as well as it is fine. */
#define MIN_SEGMENTS 800
#define MIN_SEGMENTS_PER_SAMPLE 2
/* Where the speed changes fast from one point to the next, limits are tightened until no more than this would be lost by slowing
 * the whole. */
#define GOOD_FACTOR 1.0005
#define MAX_ROUNDS 12
/* In one round: the first ones overrate what is missing. */
#define TIGHTEST_V 0.9
#define TIGHTEST_A 0.5
/* A limit that is used to less than this does not decide. */
#define NEARLY 0.95

/* The path's parameter s is the input's own time. Every sample is a point of the grid, so that q'' is linear in between. */
typedef struct {
  const LwSpline *spline;
  size_t n;
  double *s;               /* (n) */
  LwMat dq, ddq;           /* (n x n_joints) */
  double *x;               /* (n) squared speed */
  double *t;               /* (n) when each point is passed */
  LwPathSpeedShare *share; /* (n - 1) of the limits, to be used up to the next point */
} Grid;

static void
clear_grid (Grid *grid)
{
  free (grid->s);
  free (grid->x);
  free (grid->t);
  free (grid->share);
  lw_mat_clear (&grid->dq);
  lw_mat_clear (&grid->ddq);
}

/* q' and q'' @after of the way from sample @i to the next. */
static void
fill_point (const LwSpline *spline, size_t i, double after, double *dq, double *ddq)
{
  const LwTrajectory *path = spline->path;
  double h = path->t[i + 1] - path->t[i], before = 1 - after;
  const double *q0 = lw_mat_row (&path->q, i), *q1 = lw_mat_row (&path->q, i + 1);
  const double *a0 = lw_mat_row (&spline->a, i), *a1 = lw_mat_row (&spline->a, i + 1);

  for (size_t j = 0; j < path->n_joints; j++) {
    dq[j] = (q1[j] - q0[j]) / h + h / 6 * ((1 - 3 * before * before) * a0[j] + (3 * after * after - 1) * a1[j]);
    ddq[j] = before * a0[j] + after * a1[j];
  }
}

static LwStatus
make_grid (const LwSpline *spline, Grid *grid)
{
  const LwTrajectory *path = spline->path;
  size_t n_pieces = path->n_samples - 1, n_parts = (MIN_SEGMENTS + n_pieces - 1) / n_pieces;
  if (n_parts < MIN_SEGMENTS_PER_SAMPLE)
    n_parts = MIN_SEGMENTS_PER_SAMPLE;
  size_t n = n_pieces * n_parts + 1;

  *grid = (Grid){ .spline = spline,
                  .n = n,
                  .s = lw_doubles_new (n),
                  .x = lw_doubles_new (n),
                  .t = lw_doubles_new (n),
                  .share = calloc (n, sizeof *grid->share) };
  LwStatus status = grid->s != NULL && grid->x != NULL && grid->t != NULL && grid->share != NULL ? LW_OK : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = lw_mat_alloc (&grid->dq, n, path->n_joints);
  if (status == LW_OK)
    status = lw_mat_alloc (&grid->ddq, n, path->n_joints);
  for (size_t k = 0; status == LW_OK && k < n; k++) {
    size_t i = k + 1 < n ? k / n_parts : n_pieces - 1;
    double after = k + 1 < n ? (double) (k % n_parts) / (double) n_parts : 1;
    grid->s[k] = k + 1 < n ? path->t[i] + after * (path->t[i + 1] - path->t[i]) : path->t[n_pieces];
    fill_point (spline, i, after, lw_mat_row (&grid->dq, k), lw_mat_row (&grid->ddq, k));
  }
  return status;
}

/* Samples a period apart show a velocity from rest as the acceleration v / period on top of half of what follows: v <= a_max
 * period / 2 stays within. */
static LwPathSpeedRange
rest (const Grid *grid, size_t k, const double *a_max, double rate_hz)
{
  double speed = LW_PATH_SPEED_MOST;
  for (size_t j = 0; j < grid->dq.cols; j++) {
    double slope = fabs (lw_mat_get (&grid->dq, k, j)), v = 0.5 * a_max[j] / rate_hz;
    if (slope * speed > v)
      speed = v / slope;
  }
  return (LwPathSpeedRange){ 0, speed * speed };
}

static double
segment_seconds (const Grid *grid, size_t k)
{
  return 2 * (grid->s[k + 1] - grid->s[k]) / (sqrt (grid->x[k]) + sqrt (grid->x[k + 1]));
}

static void
pass_times (Grid *grid)
{
  grid->t[0] = 0;
  for (size_t k = 0; k + 1 < grid->n; k++)
    grid->t[k + 1] = grid->t[k] + segment_seconds (grid, k);
}

/* ---- exact peaks ---- */

typedef struct {
  double v, a;
} Peaks;

/* Largest |velocity| and |acceleration| of joint @j from point @k to the next. There q' is quadratic in the way r gone, q'' and x
 * are linear, so the acceleration q' u + q'' x is a parabola k0 + k1 r + k2 r^2, and the velocity q' sqrt(x) turns where it is
 * zero. */
static Peaks
segment_peaks (const Grid *grid, size_t k, size_t j)
{
  double h = grid->s[k + 1] - grid->s[k], x = grid->x[k], u = (grid->x[k + 1] - x) / (2 * h);
  double slope = lw_mat_get (&grid->dq, k, j), bend = lw_mat_get (&grid->ddq, k, j);
  double bend_rate = (lw_mat_get (&grid->ddq, k + 1, j) - bend) / h;
  double k0 = slope * u + bend * x, k1 = 3 * bend * u + bend_rate * x, k2 = 2.5 * bend_rate * u;
  Peaks peaks = { 0, 0 };
  double at[5] = { 0, h };
  size_t n = 2;

  if (fabs (k1) < 2 * fabs (k2) * h && k1 * k2 < 0)
    at[n++] = -k1 / (2 * k2);
  double discriminant = k1 * k1 - 4 * k2 * k0;
  if (discriminant >= 0) {
    double q = -0.5 * (k1 + copysign (sqrt (discriminant), k1));
    const double roots[2] = { q / k2, k0 / q }; /* infinite or NaN when there is none */
    for (size_t i = 0; i < 2; i++)
      if (roots[i] > 0 && roots[i] < h)
        at[n++] = roots[i];
  }
  for (size_t i = 0; i < n; i++) {
    double r = at[i];
    double v = (slope + r * (bend + 0.5 * bend_rate * r)) * sqrt (fmax (0, x + 2 * u * r));
    peaks.v = fmax (peaks.v, fabs (v));
    peaks.a = fmax (peaks.a, fabs (k0 + r * (k1 + k2 * r)));
  }
  return peaks;
}

/* By how much the profile has to be slowed for the limits to hold everywhere, in a report that also tells which of them decides.
 * @held (2 n_joints): scratch. */
static void
measure (const Grid *grid, const double *v_max, const double *a_max, double *held, LwRetimeReport *report)
{
  size_t n_joints = grid->dq.cols;
  double longest = 0;

  *report = (LwRetimeReport){ .factor = 1, .joint = n_joints };
  for (size_t i = 0; i < 2 * n_joints; i++)
    held[i] = 0;
  for (size_t k = 0; k + 1 < grid->n; k++) {
    double largest = NEARLY;
    size_t at = 2 * n_joints;
    for (size_t j = 0; j < n_joints; j++) {
      Peaks peaks = segment_peaks (grid, k, j);
      double by_v = peaks.v / v_max[j], by_a = peaks.a / a_max[j];
      report->factor = fmax (report->factor, fmax (by_v, sqrt (by_a)));
      if (by_v > largest || by_a > largest) {
        largest = fmax (by_v, by_a);
        at = by_v > by_a ? j : n_joints + j;
      }
    }
    if (at < 2 * n_joints)
      held[at] += grid->t[k + 1] - grid->t[k];
  }
  for (size_t i = 0; i < 2 * n_joints; i++)
    if (held[i] > longest) {
      longest = held[i];
      report->joint = i % n_joints;
      report->by = i < n_joints ? 'v' : 'a';
    }
}

/* Where the speed changes fast between two points. */
static void
tighten (const Grid *grid, const double *v_max, const double *a_max)
{
  for (size_t k = 0; k + 1 < grid->n; k++) {
    Peaks largest = { 1, 1 };
    for (size_t j = 0; j < grid->dq.cols; j++) {
      Peaks peaks = segment_peaks (grid, k, j);
      largest.v = fmax (largest.v, peaks.v / v_max[j]);
      largest.a = fmax (largest.a, peaks.a / a_max[j]);
    }
    grid->share[k].v *= fmax (1 / largest.v, TIGHTEST_V);
    grid->share[k].a *= fmax (1 / largest.a, TIGHTEST_A);
  }
}

/* ---- result ---- */

/* The path at every period. A whole number of them takes @seconds of the profile, which is slowed a little more. */
static LwStatus
resample (const Grid *grid, double seconds, double rate_hz, LwTrajectory **out, LwRetimeReport *report)
{
  const LwTrajectory *path = grid->spline->path;
  double periods = fmax (1, ceil (seconds * rate_hz * (1 - 1e-12)));
  if (!(periods < LW_RETIME_MAX_SAMPLES))
    return LW_ERR_RANGE;
  size_t n = (size_t) periods + 1, k = 0;
  LwTrajectory *result = lw_trajectory_new (n, path->n_joints);
  if (result == NULL)
    return LW_ERR_MEMORY;

  for (size_t i = 0; i < n; i++) {
    double t = grid->t[grid->n - 1] * ((double) i / periods);
    while (k + 2 < grid->n && grid->t[k + 1] <= t)
      k++;
    double h = grid->s[k + 1] - grid->s[k], u = (grid->x[k + 1] - grid->x[k]) / (2 * h), after = t - grid->t[k];
    double s = fmin (grid->s[k] + after * (sqrt (grid->x[k]) + 0.5 * u * after), grid->s[k + 1]);
    /* The ends exactly: rounding must not put them outside the path. */
    if (i == 0 || i + 1 == n)
      s = grid->s[i == 0 ? 0 : grid->n - 1];
    result->t[i] = (double) i / rate_hz;
    lw_spline_at (grid->spline, s, lw_mat_row (&result->q, i), NULL, NULL);
  }
  report->duration = periods / rate_hz;
  report->factor = report->duration / lw_trajectory_duration (path);
  *out = result;
  return LW_OK;
}

/* The path's own tempo, slowed to the limits, if that starts and ends within the ranges. */
static double
uniform_speed (const Grid *grid, const double *v_max, const double *a_max, LwPathSpeedRange start, LwPathSpeedRange end,
               double *peaks)
{
  size_t n_joints = grid->dq.cols;
  double factor = 0;
  lw_spline_peaks (grid->spline, peaks, peaks + n_joints);
  for (size_t j = 0; j < n_joints; j++)
    factor = fmax (factor, fmax (peaks[j] / v_max[j], sqrt (peaks[n_joints + j] / a_max[j])));
  double speed = fmin (1 / factor, LW_PATH_SPEED_MOST), x = speed * speed;
  bool fits = x >= start.least && x <= start.most && x >= end.least && x <= end.most;
  return fits ? speed : 0;
}

static LwStatus
retime (Grid *grid, const double *v_max, const double *a_max, double speed, double rate_hz, const LwRetimeEnds *ends,
        double *scratch, LwTrajectory **out, LwRetimeReport *report)
{
  size_t n_joints = grid->dq.cols, last = grid->n - 1;
  LwPathSpeedRange start = rest (grid, 0, a_max, rate_hz), end = rest (grid, last, a_max, rate_hz);
  if (ends != NULL) {
    start = (LwPathSpeedRange){ ends->start * ends->start, ends->start * ends->start };
    end = (LwPathSpeedRange){ ends->end * ends->end, ends->end * ends->end };
  }
  for (size_t k = 0; k < last; k++)
    grid->share[k] = (LwPathSpeedShare){ 1, 1 };
  for (int round = 0; round < MAX_ROUNDS; round++) {
    LwStatus status = lw_path_speed_optimal (grid->s, &grid->dq, &grid->ddq, v_max, a_max, grid->share, start, end, grid->x);
    if (status != LW_OK)
      return status;
    pass_times (grid);
    measure (grid, v_max, a_max, scratch, report);
    if (report->factor <= GOOD_FACTOR)
      break;
    tighten (grid, v_max, a_max);
  }

  /* Where there is nothing to gain, the grid must not cost anything either. */
  double uniform = uniform_speed (grid, v_max, a_max, start, end, scratch + 2 * n_joints);
  if (uniform > 0 && (grid->s[last] - grid->s[0]) / uniform < grid->t[last] * report->factor) {
    for (size_t k = 0; k <= last; k++)
      grid->x[k] = uniform * uniform;
    pass_times (grid);
    measure (grid, v_max, a_max, scratch, report);
  }
  return resample (grid, grid->t[last] * report->factor / speed, rate_hz, out, report);
}

LwStatus
lw_retime_optimal (const LwTrajectory *in, const double *v_max, const double *a_max, double speed, double rate_hz,
                   const LwRetimeEnds *ends, LwTrajectory **out, LwRetimeReport *report)
{
  LwStatus status = lw_retime_check (in->n_joints, v_max, a_max, speed, rate_hz);
  if (status != LW_OK)
    return status;
  if (ends != NULL && !(ends->start >= 0 && ends->end >= 0 && ends->start < HUGE_VAL && ends->end < HUGE_VAL))
    return LW_ERR_RANGE;
  LwSpline spline;
  status = lw_spline_init (&spline, in);
  if (status != LW_OK)
    return status;
  Grid grid;
  LwRetimeReport found = { 0 };
  double *scratch = lw_doubles_new (4 * in->n_joints);
  status = make_grid (&spline, &grid);
  if (status == LW_OK && scratch == NULL)
    status = LW_ERR_MEMORY;
  if (status == LW_OK)
    status = retime (&grid, v_max, a_max, speed, rate_hz, ends, scratch, out, &found);
  if (status == LW_OK && report != NULL)
    *report = found;
  free (scratch);
  clear_grid (&grid);
  lw_spline_clear (&spline);
  return status;
}
