/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-path-speed.h"

#include <math.h>
#include <stdlib.h>

/* What a limit may be broken by, relative: what rounding does to the steepest of them. */
#define SLACK 1e-12
/* A part of a limit that is not felt, relative. */
#define UNFELT 1e-9
/* Each step of find_edge() passes to another pair of limits, so ends; rounding must not keep it going. */
#define MAX_EDGE_STEPS 200

/* lower + slope x <= u <= upper + slope x */
typedef struct {
  double lower, upper, slope;
} Band;

/* All limits on (u, x) where the path leaves one point for the next: for each x an interval of u, which shrinks as a concave
 * function of x. */
typedef struct {
  Band *bands;
  size_t n;
  double x_most;
} Limits;

/* @alpha u + @beta x within +-@bound. Where @alpha is so small that no u up to @u_most could be felt, only x is bounded. */
static void
add_limit (Limits *limits, double alpha, double beta, double bound, double u_most)
{
  if (isinf (bound))
    return;
  if (fabs (alpha) * u_most <= UNFELT * bound) {
    if (fabs (beta) * limits->x_most > bound)
      limits->x_most = bound / fabs (beta);
    return;
  }
  double reach = bound / fabs (alpha);
  limits->bands[limits->n++] = (Band){ -reach, reach, -beta / alpha };
}

/* The interval of u at @x, and how its width changes with x. */
typedef struct {
  double lower, upper;
  double lower_slope, upper_slope;
} Interval;

static Interval
interval_at (const Limits *limits, double x)
{
  Interval found = { -HUGE_VAL, HUGE_VAL, 0, 0 };
  for (size_t i = 0; i < limits->n; i++) {
    const Band *band = &limits->bands[i];
    double middle = band->slope * x;
    if (middle + band->lower > found.lower) {
      found.lower = middle + band->lower;
      found.lower_slope = band->slope;
    }
    if (middle + band->upper < found.upper) {
      found.upper = middle + band->upper;
      found.upper_slope = band->slope;
    }
  }
  return found;
}

/* Newton's iteration on the width of the interval, concave and piecewise linear in x, from @x where it may be negative: arrives
 * at the nearest x with room for a u, in as many steps as the width has pieces. Negative when there is none in [0, x_most]. */
static double
find_edge (const Limits *limits, double x, bool falling)
{
  for (int i = 0; i < MAX_EDGE_STEPS; i++) {
    Interval at = interval_at (limits, x);
    double width = at.upper - at.lower, slope = at.upper_slope - at.lower_slope;
    if (width >= -SLACK * (fabs (at.upper) + fabs (at.lower)))
      return x;
    if (falling ? !(slope < 0) : !(slope > 0))
      return -1;
    double next = x - width / slope;
    if (next < 0 || next > limits->x_most)
      return -1;
    if (fabs (next - x) <= 1e-15 * x)
      return next;
    x = next;
  }
  return x;
}

typedef struct {
  const double *s;
  const LwMat *dq, *ddq;
  const double *v_max, *a_max;
  const LwPathSpeedShare *share;
} Path;

/* Largest x the velocity limits allow at point @i, of the segments on both sides. */
static double
velocity_limit (const Path *path, size_t i)
{
  double x = LW_PATH_SPEED_MOST * LW_PATH_SPEED_MOST, share = 1;
  if (path->share != NULL && i > 0)
    share = path->share[i - 1].v;
  if (path->share != NULL && i + 1 < path->dq->rows)
    share = fmin (share, path->share[i].v);
  for (size_t j = 0; j < path->dq->cols; j++) {
    double slope = fabs (lw_mat_get (path->dq, i, j)), most = share * path->v_max[j];
    if (slope * slope * x > most * most)
      x = most / slope * (most / slope);
  }
  return x;
}

/* From point @i, with x at most @x, to the next, where x has to come to @target: acceleration at both ends. */
static void
set_limits (const Path *path, size_t i, double x, LwPathSpeedRange target, Limits *limits)
{
  double step = 2 * (path->s[i + 1] - path->s[i]);
  const double *dq = lw_mat_row (path->dq, i), *ddq = lw_mat_row (path->ddq, i);
  const double *dq_next = lw_mat_row (path->dq, i + 1), *ddq_next = lw_mat_row (path->ddq, i + 1);

  limits->n = 0;
  limits->x_most = x;
  double u_most = fmax (x, target.most) / step;
  for (size_t j = 0; j < path->dq->cols; j++) {
    double a_max = path->share != NULL ? path->share[i].a * path->a_max[j] : path->a_max[j];
    add_limit (limits, dq[j], ddq[j], a_max, u_most);
    add_limit (limits, dq_next[j] + step * ddq_next[j], ddq_next[j], a_max, u_most);
  }
  limits->bands[limits->n++] = (Band){ target.least / step, target.most / step, -1 / step };
}

/* @reachable[i]: the x at point i from which the end can be had. */
static LwStatus
pass_backward (const Path *path, size_t n, LwPathSpeedRange end, Limits *limits, LwPathSpeedRange *reachable)
{
  end.most = fmin (end.most, velocity_limit (path, n - 1));
  if (!(end.least <= end.most))
    return LW_ERR_RANGE;
  reachable[n - 1] = end;
  for (size_t i = n - 1; i-- > 0;) {
    set_limits (path, i, velocity_limit (path, i), reachable[i + 1], limits);
    double most = find_edge (limits, limits->x_most, true), least = most < 0 ? -1 : find_edge (limits, 0, false);
    if (most < 0 || least < 0)
      return LW_ERR_RANGE;
    reachable[i] = (LwPathSpeedRange){ fmin (least, most), most };
  }
  return LW_OK;
}

static LwStatus
pass_forward (const Path *path, size_t n, LwPathSpeedRange start, Limits *limits, const LwPathSpeedRange *reachable, double *x)
{
  double first = fmin (start.most, reachable[0].most);
  if (!(first >= fmax (start.least, reachable[0].least)))
    return LW_ERR_RANGE;
  x[0] = first;
  for (size_t i = 0; i + 1 < n; i++) {
    set_limits (path, i, x[i], reachable[i + 1], limits);
    Interval at = interval_at (limits, x[i]);
    /* On the edge of what is reachable, the interval is one point, but for rounding. */
    double u = at.upper >= at.lower ? at.upper : 0.5 * (at.upper + at.lower);
    double next = x[i] + 2 * u * (path->s[i + 1] - path->s[i]);
    x[i + 1] = fmin (fmax (next, reachable[i + 1].least), reachable[i + 1].most);
  }
  return LW_OK;
}

LwStatus
lw_path_speed_optimal (const double *s, const LwMat *dq, const LwMat *ddq, const double *v_max, const double *a_max,
                       const LwPathSpeedShare *share, LwPathSpeedRange start, LwPathSpeedRange end, double *x)
{
  size_t n = dq->rows;
  if (n < 3)
    return LW_ERR_TOO_FEW;
  if (ddq->rows != n || ddq->cols != dq->cols)
    return LW_ERR_SHAPE;
  if (!(start.least >= 0 && start.least <= start.most && end.least >= 0 && end.least <= end.most))
    return LW_ERR_RANGE;

  const Path path = { s, dq, ddq, v_max, a_max, share };
  Limits limits = { .bands = calloc (2 * dq->cols + 1, sizeof *limits.bands) };
  LwPathSpeedRange *reachable = calloc (n, sizeof *reachable);
  double *found = lw_doubles_new (n);
  LwStatus status = limits.bands != NULL && reachable != NULL && found != NULL ? LW_OK : LW_ERR_MEMORY;
  if (status == LW_OK)
    status = pass_backward (&path, n, end, &limits, reachable);
  if (status == LW_OK)
    status = pass_forward (&path, n, start, &limits, reachable, found);
  for (size_t i = 0; status == LW_OK && i < n; i++)
    x[i] = found[i];
  free (limits.bands);
  free (reachable);
  free (found);
  return status;
}
