/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dmp.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* More points or steps than this are a mistake in duration or rate. */
#define MAX_POINTS 1e8
#define DEFAULT_STEP 1e-3
/* Runge-Kutta is stable to a step of 2.78 over the fastest rate, a / 2; long before that it is inaccurate. */
#define MAX_STEP_TIMES_A 1.0

LwStatus
lw_dmp_init (LwDmp *self, LwDmpKind kind, size_t n_joints, const LwForcingBasis *basis, double a, double tau)
{
  if (n_joints == 0 || !(a > 0 && a < HUGE_VAL) || !(tau > 0 && tau < HUGE_VAL))
    return LW_ERR_RANGE;
  LwStatus status = lw_forcing_basis_check (basis);
  if (status != LW_OK)
    return status;

  LwDmp made = { .kind = kind, .n_joints = n_joints, .basis = *basis, .a = a, .b = a / 4, .tau = tau };
  made.step = fmin (DEFAULT_STEP, MAX_STEP_TIMES_A / a);
  status = lw_mat_alloc (&made.w, n_joints, basis->n);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.start, 3, n_joints);
  if (status == LW_OK)
    status = lw_mat_alloc (&made.goal, 3, n_joints);
  if (status == LW_OK)
    *self = made;
  else
    lw_dmp_clear (&made);
  return status;
}

void
lw_dmp_clear (LwDmp *self)
{
  lw_mat_clear (&self->w);
  lw_mat_clear (&self->start);
  lw_mat_clear (&self->goal);
}

static LwStatus
set_end (const LwMat *end, size_t n_joints, const double *y, const double *v)
{
  for (size_t j = 0; j < n_joints; j++)
    if (!isfinite (y[j]) || (v != NULL && !isfinite (v[j])))
      return LW_ERR_NOT_FINITE;
  lw_mat_fill (end, 0);
  memcpy (lw_mat_row (end, LW_DMP_POSITION), y, n_joints * sizeof *y);
  if (v != NULL)
    memcpy (lw_mat_row (end, LW_DMP_VELOCITY), v, n_joints * sizeof *v);
  return LW_OK;
}

LwStatus
lw_dmp_set_start (LwDmp *self, const double *y, const double *v)
{
  return set_end (&self->start, self->n_joints, y, v);
}

LwStatus
lw_dmp_set_goal (LwDmp *self, const double *y, const double *v)
{
  return set_end (&self->goal, self->n_joints, y, v);
}

LwStatus
lw_dmp_set_duration (LwDmp *self, double tau)
{
  if (!(tau > 0 && tau < HUGE_VAL))
    return LW_ERR_RANGE;
  double faster = self->tau / tau;
  const double scale[] = { [LW_DMP_POSITION] = 1, [LW_DMP_VELOCITY] = faster, [LW_DMP_ACCELERATION] = faster * faster };
  const LwMat *const ends[] = { &self->start, &self->goal };
  for (size_t e = 0; e < 2; e++)
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < self->n_joints; j++)
        if (!isfinite (scale[i] * lw_mat_get (ends[e], i, j)))
          return LW_ERR_RANGE;
  for (size_t e = 0; e < 2; e++)
    for (size_t i = 0; i < 3; i++)
      for (size_t j = 0; j < self->n_joints; j++)
        lw_mat_row (ends[e], i)[j] *= scale[i];
  self->tau = tau;
  return LW_OK;
}

/* ---- right side ---- */

/* Position and its derivatives by s of what pulls joint @j. */
typedef struct {
  double g, dg, ddg;
} Goal;

/* Quintic between two ends with velocity and acceleration, on s in [0, 1], by Hermite's basis. */
static Goal
moving_goal (const LwDmp *self, double s, size_t j)
{
  double g = lw_mat_get (&self->goal, LW_DMP_POSITION, j);
  if (s > 1)
    return (Goal){ g, 0, 0 };

  double tau = self->tau, y = lw_mat_get (&self->start, LW_DMP_POSITION, j);
  double dy = tau * lw_mat_get (&self->start, LW_DMP_VELOCITY, j), dg = tau * lw_mat_get (&self->goal, LW_DMP_VELOCITY, j);
  double ddy = tau * tau * lw_mat_get (&self->start, LW_DMP_ACCELERATION, j);
  double ddg = tau * tau * lw_mat_get (&self->goal, LW_DMP_ACCELERATION, j);
  /* What the first three terms leave at the end, in position, velocity and acceleration. */
  double p = g - y - dy - 0.5 * ddy, q = dg - dy - ddy, r = ddg - ddy;
  double c3 = 10 * p - 4 * q + 0.5 * r, c4 = -15 * p + 7 * q - r, c5 = 6 * p - 3 * q + 0.5 * r;
  return (Goal){
    y + s * (dy + s * (0.5 * ddy + s * (c3 + s * (c4 + s * c5)))),
    dy + s * (ddy + s * (3 * c3 + s * (4 * c4 + s * 5 * c5))),
    ddy + s * (6 * c3 + s * (12 * c4 + s * 20 * c5)),
  };
}

/* All of y'' that does not depend on y and y': y'' = drive - a b y - a y'. @x, @psi are the clock's at @s. */
static double
drive (const LwDmp *self, double s, double x, const double *psi, size_t j)
{
  const double *w = lw_mat_row (&self->w, j);
  double force = 0;
  for (size_t k = 0; k < self->basis.n; k++)
    force += psi[k] * w[k];
  force *= x;

  if (self->kind == LW_DMP_FINAL_VELOCITY) {
    Goal goal = moving_goal (self, s, j);
    return self->a * (self->b * goal.g + goal.dg) + goal.ddg + force;
  }
  double g = lw_mat_get (&self->goal, LW_DMP_POSITION, j);
  if (self->kind == LW_DMP_SMOOTH)
    force -= self->a * self->b * (g - lw_mat_get (&self->start, LW_DMP_POSITION, j)) * x;
  return self->a * self->b * g + force;
}

void
lw_dmp_acceleration (const LwDmp *self, double s, const double *y, const double *v, double *acc)
{
  double psi[LW_FORCING_MAX];
  double x = lw_forcing_basis_eval (&self->basis, s, psi);
  for (size_t j = 0; j < self->n_joints; j++) {
    double scaled = drive (self, s, x, psi, j) - self->a * self->b * y[j] - self->a * self->tau * v[j];
    acc[j] = scaled / (self->tau * self->tau);
  }
}

/* ---- integration ---- */

typedef struct {
  double s, x;
  double psi[LW_FORCING_MAX];
} Clock;

static void
set_clock (const LwDmp *self, double s, Clock *clock)
{
  clock->s = s;
  clock->x = lw_forcing_basis_eval (&self->basis, s, clock->psi);
}

/* One Runge-Kutta step of length @h in scaled time; @v is in rad/s. */
static void
rk4_step (const LwDmp *self, const Clock clock[3], double h, double *y, double *v)
{
  double a = self->a, ab = self->a * self->b, tau = self->tau;

  for (size_t j = 0; j < self->n_joints; j++) {
    double d0 = drive (self, clock[0].s, clock[0].x, clock[0].psi, j);
    double d1 = drive (self, clock[1].s, clock[1].x, clock[1].psi, j);
    double d2 = drive (self, clock[2].s, clock[2].x, clock[2].psi, j);
    double p = y[j], z = tau * v[j];
    double z1 = z, f1 = d0 - ab * p - a * z1;
    double z2 = z + 0.5 * h * f1, f2 = d1 - ab * (p + 0.5 * h * z1) - a * z2;
    double z3 = z + 0.5 * h * f2, f3 = d1 - ab * (p + 0.5 * h * z2) - a * z3;
    double z4 = z + h * f3, f4 = d2 - ab * (p + h * z3) - a * z4;
    y[j] = p + h / 6 * (z1 + 2 * z2 + 2 * z3 + z4);
    v[j] = (z + h / 6 * (f1 + 2 * f2 + 2 * f3 + f4)) / tau;
  }
}

/* From @s to @end, where the drive is smooth. The clock at the end of a step is the next one's at its start. */
static void
integrate (const LwDmp *self, double s, double end, double *y, double *v)
{
  double n_steps = ceil ((end - s) / self->step * (1 - 1e-9));
  double h = (end - s) / n_steps;
  Clock clock[3];

  set_clock (self, s, &clock[0]);
  for (double i = 1; i <= n_steps; i++) {
    set_clock (self, s + (i - 0.5) * h, &clock[1]);
    set_clock (self, i < n_steps ? s + i * h : end, &clock[2]);
    rk4_step (self, clock, h, y, v);
    clock[0] = clock[2];
  }
}

static LwStatus
check_state (const LwDmp *self, double s, const double *y, const double *v)
{
  if (!(self->step > 0 && self->step * self->a <= MAX_STEP_TIMES_A))
    return LW_ERR_RANGE;
  if (!isfinite (s) || !lw_mat_is_finite (&self->w) || !lw_mat_is_finite (&self->start) || !lw_mat_is_finite (&self->goal))
    return LW_ERR_NOT_FINITE;
  for (size_t j = 0; j < self->n_joints; j++)
    if (!isfinite (y[j]) || !isfinite (v[j]))
      return LW_ERR_NOT_FINITE;
  return s < 0 ? LW_ERR_RANGE : LW_OK;
}

/* Sound input. A goal that moves stops at s = 1, in a kink that no step may straddle. */
static void
advance (const LwDmp *self, double seconds, double *s, double *y, double *v)
{
  double end = *s + seconds / self->tau;

  if (self->kind == LW_DMP_FINAL_VELOCITY && *s < 1 && end > 1) {
    integrate (self, *s, 1, y, v);
    *s = nextafter (1, 2);
  }
  if (end > *s)
    integrate (self, *s, end, y, v);
  *s = fmax (end, *s);
}

LwStatus
lw_dmp_advance (const LwDmp *self, double seconds, double *s, double *y, double *v)
{
  LwStatus status = check_state (self, *s, y, v);
  if (status != LW_OK)
    return status;
  if (!(seconds >= 0 && seconds / self->tau / self->step < MAX_POINTS))
    return LW_ERR_RANGE;
  advance (self, seconds, s, y, v);
  return LW_OK;
}

LwStatus
lw_dmp_rollout (const LwDmp *self, double duration, double rate_hz, LwTrajectory **out, LwMat *v)
{
  double *y0 = lw_mat_row (&self->start, LW_DMP_POSITION), *v0 = lw_mat_row (&self->start, LW_DMP_VELOCITY);
  LwStatus status = check_state (self, 0, y0, v0);
  if (status != LW_OK)
    return status;
  if (!(duration > 0 && rate_hz > 0 && duration * rate_hz < MAX_POINTS && duration / self->tau / self->step < MAX_POINTS))
    return LW_ERR_RANGE;

  size_t last = (size_t) fmax (1, round (duration * rate_hz));
  LwTrajectory *result = lw_trajectory_new (last + 1, self->n_joints);
  LwMat velocity;
  if (result == NULL)
    return LW_ERR_MEMORY;
  status = lw_mat_alloc (&velocity, last + 1, self->n_joints);
  if (status != LW_OK) {
    lw_trajectory_unref (result);
    return status;
  }

  double s = 0;
  memcpy (lw_mat_row (&result->q, 0), y0, self->n_joints * sizeof *y0);
  memcpy (lw_mat_row (&velocity, 0), v0, self->n_joints * sizeof *v0);
  for (size_t i = 1; i <= last; i++) {
    double *y = lw_mat_row (&result->q, i), *rate = lw_mat_row (&velocity, i);
    memcpy (y, lw_mat_row (&result->q, i - 1), self->n_joints * sizeof *y);
    memcpy (rate, lw_mat_row (&velocity, i - 1), self->n_joints * sizeof *rate);
    result->t[i] = duration * (double) i / (double) last;
    advance (self, result->t[i] - result->t[i - 1], &s, y, rate);
  }
  if (!lw_mat_is_finite (&result->q) || !lw_mat_is_finite (&velocity)) {
    lw_trajectory_unref (result);
    lw_mat_clear (&velocity);
    return LW_ERR_NOT_FINITE;
  }
  *out = result;
  if (v != NULL)
    *v = velocity;
  else
    lw_mat_clear (&velocity);
  return LW_OK;
}
