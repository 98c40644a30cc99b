/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-limiter.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Clipped goals stay this much (relative) inside the velocity and acceleration limits, and a goal that is asked for is taken as it is up to
 * half of it: so rounding breaks no limit, and a clipped goal asked for again is taken unchanged. */
#define V_MARGIN 2e-9
#define A_MARGIN 2e-6
#define Q_MARGIN 1e-9     /* rad */
#define V_ROUNDING 1e-10  /* rad/s: what a difference of two goals may be off */
#define SPACE_MARGIN 1e-6 /* m */

#define N_FACES 7 /* of the workspace: three pairs of the box, and the floor */

struct LwLimiter {
  LwLimits      limits;
  LwKinematics *kinematics; /* NULL: box and floor off */
  double        dt;
  double        speed;
  double        v_max[LW_MAX_JOINTS];
  double        a_max[LW_MAX_JOINTS];
  double        lo[LW_MAX_JOINTS], hi[LW_MAX_JOINTS]; /* position limits, or further out where the arm was found */
  double        excess[N_FACES];                      /* how far outside the arm was found, m; only ever shrinks */
  double        goal[LW_MAX_JOINTS];
  double        velocity[LW_MAX_JOINTS];
  double        target[LW_MAX_JOINTS]; /* the last wanted, to know how fast it moves */
};

LwLimiter *
lw_limiter_new (const LwLimits *limits, LwArmModel *model, double dt)
{
  bool       workspace = lw_limits_has_workspace (limits);
  LwLimiter *self;
  double     rest[LW_MAX_JOINTS] = { 0 };

  if (!lw_limits_are_valid (limits) || !(dt > 0) || !isfinite (dt) || (workspace && model == NULL))
    return NULL;
  self = calloc (1, sizeof *self);
  if (self == NULL)
    return NULL;
  self->limits = *limits;
  self->dt = dt;
  self->speed = 1;
  for (size_t j = 0; j < limits->n_joints; j++)
    {
      self->a_max[j] = limits->a_max[j] * (1 - A_MARGIN);
      self->v_max[j] = limits->v_max[j] * (1 - V_MARGIN);
      if (workspace)
        self->v_max[j] = fmin (self->v_max[j], LW_LIMITER_BRAKE_STEPS * self->a_max[j] * dt);
      rest[j] = fmin (fmax (0, limits->q_min[j]), limits->q_max[j]);
    }
  if (workspace)
    {
      self->kinematics = lw_kinematics_new (model);
      if (self->kinematics == NULL || lw_arm_model_n_joints (model) != limits->n_joints)
        {
          lw_limiter_free (self);
          return NULL;
        }
    }
  lw_limiter_reset (self, rest);
  return self;
}

void
lw_limiter_free (LwLimiter *self)
{
  if (self == NULL)
    return;
  lw_kinematics_free (self->kinematics);
  free (self);
}

/* How far outside each face @q is, m; negative inside. */
static void
measure_excess (LwLimiter *self, const double *q, double excess[N_FACES])
{
  double tip[3];

  lw_kinematics_set (self->kinematics, q);
  lw_kinematics_tip (self->kinematics, tip, NULL);
  for (int k = 0; k < 3; k++)
    {
      excess[2 * k] = self->limits.box_min[k] + SPACE_MARGIN - tip[k];
      excess[2 * k + 1] = tip[k] - (self->limits.box_max[k] - SPACE_MARGIN);
    }
  excess[6] = isfinite (self->limits.floor_z) ? self->limits.floor_z + SPACE_MARGIN - lw_kinematics_lowest (self->kinematics) : -HUGE_VAL;
}

static bool
is_inside (LwLimiter *self, const double *q)
{
  double excess[N_FACES];

  measure_excess (self, q, excess);
  for (int i = 0; i < N_FACES; i++)
    if (!(excess[i] <= self->excess[i]))
      return false;
  return true;
}

/* The bounds move in with an arm that was found outside, and stay at the limits once it is in. */
static void
tighten (LwLimiter *self)
{
  for (size_t j = 0; j < self->limits.n_joints; j++)
    {
      self->lo[j] = fmin (self->limits.q_min[j] + Q_MARGIN, fmax (self->lo[j], self->goal[j]));
      self->hi[j] = fmax (self->limits.q_max[j] - Q_MARGIN, fmin (self->hi[j], self->goal[j]));
    }
  if (self->kinematics != NULL)
    {
      double excess[N_FACES];

      measure_excess (self, self->goal, excess);
      for (int i = 0; i < N_FACES; i++)
        self->excess[i] = fmax (0, fmin (self->excess[i], excess[i]));
    }
}

void
lw_limiter_reset (LwLimiter *self, const double *q)
{
  for (size_t j = 0; j < self->limits.n_joints; j++)
    {
      self->goal[j] = self->target[j] = q[j];
      self->velocity[j] = 0;
      self->lo[j] = -INFINITY;
      self->hi[j] = INFINITY;
    }
  for (int i = 0; i < N_FACES; i++)
    self->excess[i] = INFINITY;
  tighten (self);
}

void
lw_limiter_set_speed (LwLimiter *self, double speed)
{
  if (speed > 0 && speed <= 1)
    self->speed = speed;
}

/* The largest velocity of the next step from which braking at @a still ends within @distance:
 * v dt + (v - a dt) dt + (v - 2 a dt) dt + ... <= distance. The sum is continuous, increasing and piecewise linear in v; on the piece with
 * n full braking steps it is (n + 1) v dt - a dt^2 n (n + 1) / 2. */
static double
reach (double distance, double a, double dt)
{
  double step = a * dt * dt, n;

  if (!(distance > 0))
    return 0;
  n = floor (0.5 * (sqrt (1 + 8 * distance / step) - 1));
  return (distance / dt + 0.5 * a * dt * n * (n + 1)) / (n + 1);
}

static double
brake (double v, double dv)
{
  return fabs (v) <= dv ? 0 : v - copysign (dv, v);
}

/* The velocity that leads joint @j to @wanted, which moves at @u: meet it, and match its velocity then. */
static double
pursue (const LwLimiter *self, size_t j, double wanted, double u)
{
  double gap = wanted - self->goal[j] - u * self->dt;

  return u + copysign (reach (fabs (gap), self->a_max[j], self->dt), gap);
}

/* The next velocity of joint @j; @exact when that is just what leads to @wanted. */
static double
limit_joint (LwLimiter *self, size_t j, double wanted, bool *exact, unsigned *limited)
{
  const double dt = self->dt, v = self->velocity[j], dv = self->a_max[j] * dt;
  const double v_max = self->v_max[j] * self->speed;
  const double up = reach (self->hi[j] - self->goal[j], self->a_max[j], dt), down = -reach (self->goal[j] - self->lo[j], self->a_max[j], dt);
  double       u, next, held;

  *exact = false;
  if (!isfinite (wanted))
    {
      self->target[j] = self->goal[j];
      return brake (v, dv);
    }
  held = fmin (fmax (wanted, self->limits.q_min[j] + Q_MARGIN), self->limits.q_max[j] - Q_MARGIN);
  if (fabs (held - wanted) > 2 * Q_MARGIN)
    *limited |= LW_LIMITED_POSITION;
  else if (fabs (held - wanted) < 0.01 * Q_MARGIN)
    held = wanted; /* rounding of an earlier pass */
  u = (held - self->target[j]) / dt;
  self->target[j] = held;

  /* Taken as it is when velocity and acceleration allow it and its own motion can be followed from there. */
  next = (held - self->goal[j]) / dt;
  if (fabs (next - v) <= dv * (1 + 0.5 * A_MARGIN) && fabs (next) <= v_max * (1 + 0.5 * V_MARGIN) && fabs (next - u) <= dv
      && next <= up + V_ROUNDING && next >= down - V_ROUNDING)
    {
      *exact = true;
      return next;
    }

  if (fabs (u) > v_max) /* a jump, not a motion to follow */
    u = 0;
  next = pursue (self, j, held, u);
  if (fabs (next) > v_max)
    {
      next = copysign (v_max, next);
      *limited |= LW_LIMITED_VELOCITY;
    }
  if (next > up || next < down)
    {
      next = fmin (fmax (next, down), up);
      *limited |= LW_LIMITED_POSITION;
    }
  /* Last, because braking at a_max is always possible and keeps the other two. */
  if (fabs (next - v) > dv)
    {
      next = v + copysign (dv, next - v);
      *limited |= LW_LIMITED_ACCELERATION;
    }
  return next;
}

/* Whether the goal one step on at @v, and every goal of braking from there, is inside box and floor. */
static bool
braking_is_inside (LwLimiter *self, const double *v)
{
  const size_t n = self->limits.n_joints;
  double       q[LW_MAX_JOINTS], w[LW_MAX_JOINTS];
  bool         moving = true;

  memcpy (q, self->goal, n * sizeof *q);
  memcpy (w, v, n * sizeof *w);
  while (moving)
    {
      for (size_t j = 0; j < n; j++)
        q[j] += w[j] * self->dt;
      if (!is_inside (self, q))
        return false;
      moving = false;
      for (size_t j = 0; j < n; j++)
        {
          w[j] = brake (w[j], self->a_max[j] * self->dt);
          moving = moving || w[j] != 0;
        }
    }
  return true;
}

/* Between what was asked for and braking, the most that keeps the braking inside. Every mixture of the two obeys the joints' own limits,
 * because those are intervals; braking itself was checked when the present goal was emitted. */
static bool
keep_inside (LwLimiter *self, double *v)
{
  double braking[LW_MAX_JOINTS], mixed[LW_MAX_JOINTS];

  if (braking_is_inside (self, v))
    return false;
  for (size_t j = 0; j < self->limits.n_joints; j++)
    braking[j] = brake (self->velocity[j], self->a_max[j] * self->dt);
  for (double part = 0.5; part > 0.1; part *= 0.5)
    {
      for (size_t j = 0; j < self->limits.n_joints; j++)
        mixed[j] = braking[j] + part * (v[j] - braking[j]);
      if (braking_is_inside (self, mixed))
        {
          memcpy (v, mixed, self->limits.n_joints * sizeof *v);
          return true;
        }
    }
  memcpy (v, braking, self->limits.n_joints * sizeof *v);
  return true;
}

/* Velocity is the difference of the goals as emitted, not the one computed before rounding: that makes a step a function of the goals alone. */
static void
advance (LwLimiter *self, const double *next, double h, double *goal)
{
  for (size_t j = 0; j < self->limits.n_joints; j++)
    {
      self->velocity[j] = next[j] == self->goal[j] ? 0 : (next[j] - self->goal[j]) / h;
      self->goal[j] = goal[j] = next[j];
    }
  tighten (self);
}

unsigned
lw_limiter_step (LwLimiter *self, const double *wanted, double *goal)
{
  const size_t n = self->limits.n_joints;
  double       v[LW_MAX_JOINTS] = { 0 }, next[LW_MAX_JOINTS];
  bool         exact[LW_MAX_JOINTS];
  unsigned     limited = LW_LIMITED_NOT;

  for (size_t j = 0; j < n; j++)
    v[j] = limit_joint (self, j, wanted[j], &exact[j], &limited);
  if (self->kinematics != NULL && keep_inside (self, v))
    {
      limited |= LW_LIMITED_WORKSPACE;
      memset (exact, 0, sizeof exact);
    }
  for (size_t j = 0; j < n; j++)
    next[j] = exact[j] ? self->target[j] : self->goal[j] + v[j] * self->dt;
  advance (self, next, self->dt, goal);
  return limited;
}

gboolean
lw_limiter_stop_step (LwLimiter *self, double *goal)
{
  return lw_limiter_stop_part (self, self->dt, goal);
}

/* The straight way of a stop may leave a box that braking on the curved path would not: then it ends sooner. Where it stands is always inside. */
static void
shorten (LwLimiter *self, double *next)
{
  double whole[LW_MAX_JOINTS];

  memcpy (whole, next, self->limits.n_joints * sizeof *whole);
  for (double part = 0.5; part > 0.05; part *= 0.5)
    {
      for (size_t j = 0; j < self->limits.n_joints; j++)
        next[j] = self->goal[j] + part * (whole[j] - self->goal[j]);
      if (is_inside (self, next))
        return;
    }
  memcpy (next, self->goal, self->limits.n_joints * sizeof *next);
}

gboolean
lw_limiter_stop_part (LwLimiter *self, double h, double *goal)
{
  const size_t n = self->limits.n_joints;
  double       fraction = 0, scale, next[LW_MAX_JOINTS];

  /* The joint closest to its v_max decides how fast all of them slow down: none then exceeds v_max / stop_time. */
  for (size_t j = 0; j < n; j++)
    fraction = fmax (fraction, fabs (self->velocity[j]) / self->limits.v_max[j]);
  scale = 1 - h / (self->limits.stop_time * fraction);
  if (!(fraction > 0) || scale < 1e-6)
    scale = 0;
  for (size_t j = 0; j < n; j++)
    {
      double down = -reach (self->goal[j] - self->lo[j], self->a_max[j], self->dt), up = reach (self->hi[j] - self->goal[j], self->a_max[j], self->dt);
      double v = fmin (fmax (self->velocity[j] * scale, down), up);

      next[j] = self->goal[j] + v * h;
      self->target[j] = self->goal[j];
    }
  if (self->kinematics != NULL && scale > 0 && !is_inside (self, next))
    shorten (self, next);
  advance (self, next, h, goal);
  return lw_limiter_at_rest (self);
}

gboolean
lw_limiter_at_rest (const LwLimiter *self)
{
  for (size_t j = 0; j < self->limits.n_joints; j++)
    if (self->velocity[j] != 0)
      return FALSE;
  return TRUE;
}

const double *
lw_limiter_goal (const LwLimiter *self)
{
  return self->goal;
}

const double *
lw_limiter_velocity (const LwLimiter *self)
{
  return self->velocity;
}

const double *
lw_limiter_v_max (const LwLimiter *self)
{
  return self->v_max;
}

const double *
lw_limiter_a_max (const LwLimiter *self)
{
  return self->a_max;
}
