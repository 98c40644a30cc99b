/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-path-speed.h"

#include <math.h>
#include <stdlib.h>

/* What a limit may be broken by, relative: what rounding does to the steepest of them. */
#define SLACK 1e-12
/* A part of a limit that is not felt, relative. */
#define UNFELT 1e-9
/* Each step to an edge passes to another pair of limits, so ends; rounding must not keep it going. */
#define MAX_EDGE_STEPS 200
/* A step that leaves less than this part of x is no more than its rounding. */
#define LEAST_STEP 1e-8

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

static bool
has_room (const Interval *at)
{
  return at->upper - at->lower >= -SLACK * (fabs (at->upper) + fabs (at->lower));
}

/* Between @inside, where there is room, and @outside, where there is none. */
static double
bisect_edge (const Limits *limits, double inside, double outside)
{
  while (outside > inside * (1 + SLACK)) {
    double middle = sqrt (inside) * sqrt (outside);
    if (!(middle > inside && middle < outside))
      break;
    Interval at = interval_at (limits, middle);
    if (has_room (&at))
      inside = middle;
    else
      outside = middle;
  }
  return inside;
}

/* Newton's iteration on the width of the interval, concave and piecewise linear in x, from x_most down to the largest x with
 * room for a u, in as many steps as the width has pieces; rounding of a step that is many orders of magnitude longer than what
 * is left must not end it beyond the edge, or below 0. Negative when there is no such x. */
static double
largest_with_room (const Limits *limits)
{
  double x = limits->x_most, outside = x;
  bool cut = false;

  for (int i = 0; i < MAX_EDGE_STEPS && x > 0; i++) {
    Interval at = interval_at (limits, x);
    if (has_room (&at))
      return cut ? bisect_edge (limits, x, outside) : x;
    double slope = at.upper_slope - at.lower_slope;
    if (!(slope < 0))
      return -1;
    double next = x - (at.upper - at.lower) / slope;
    if (fabs (next - x) <= 1e-15 * x)
      return next;
    outside = x;
    cut = next < LEAST_STEP * x;
    x = cut ? LEAST_STEP * x : next;
  }
  return -1;
}

/* The same from 0 up. */
static double
smallest_with_room (const Limits *limits)
{
  double x = 0;

  for (int i = 0; i < MAX_EDGE_STEPS; i++) {
    Interval at = interval_at (limits, x);
    if (has_room (&at))
      return x;
    double slope = at.upper_slope - at.lower_slope, next = x - (at.upper - at.lower) / slope;
    if (!(slope > 0) || next > limits->x_most)
      return -1;
    if (next - x <= 1e-15 * x)
      return next;
    x = next;
  }
  return -1;
}

typedef struct {
  const double *s;
  const LwMat *dq, *ddq;
  const double *v_max, *a_max;
  const LwPathSpeedShare *share;
} Path;

/* Largest x at point @i for the sake of segment @k, which begins or ends there. */
static double
velocity_limit_in (const Path *path, size_t i, size_t k)
{
  double x = LW_PATH_SPEED_MOST * LW_PATH_SPEED_MOST, share = path->share != NULL ? path->share[k].v : 1;
  const double *here = lw_mat_row (path->dq, i), *there = lw_mat_row (path->dq, share < LW_PATH_SPEED_WARY ? 2 * k + 1 - i : i);

  for (size_t j = 0; j < path->dq->cols; j++) {
    double slope = fmax (fabs (here[j]), fabs (there[j])), most = share * path->v_max[j];
    if (slope * sqrt (x) > most)
      x = most / slope * (most / slope);
  }
  return x;
}

static double
velocity_limit (const Path *path, size_t i)
{
  double x = HUGE_VAL;
  if (i > 0)
    x = velocity_limit_in (path, i, i - 1);
  if (i + 1 < path->dq->rows)
    x = fmin (x, velocity_limit_in (path, i, i));
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
    double most = largest_with_room (limits), least = most < 0 ? -1 : smallest_with_room (limits);
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
