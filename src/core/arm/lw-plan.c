/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-plan.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-retime.h"
#include "lw-spline.h"

/* A slower try costs little; beyond this the cut is not one of speed. */
#define SLOWER 1.15
#define SLOWEST 8.0
/* Ramps and easing use this much of the limits, so that the movement has some left. */
#define SHARE 0.5
/* Time the limiter is given to come to rest on the last goal, s. */
#define SETTLE 2.0

typedef struct {
  const LwLimits *limits;
  LwLimiter      *limiter;
  double          dt;
  double          speed;
  const double   *start; /* (n_joints) where the arm is */
  const LwTrajectory *movement;
} Planner;

/* The goals that are asked for: ramp, then the movement. */
typedef struct {
  LwTrajectory *path;
  size_t        n_ramp;
  double        stretch; /* movement's duration against the wanted one */
} Wanted;

/* Minimum-jerk course from 0 to 1: rest at both ends, peak velocity 15/8 and peak acceleration 10/sqrt(3) at duration 1. */
static double
minimum_jerk (double x)
{
  return x * x * x * (10 + x * (6 * x - 15));
}

static size_t
ramp_length (const Planner *self, const double *to)
{
  const double *v_max = lw_limiter_v_max (self->limiter), *a_max = lw_limiter_a_max (self->limiter);
  double        duration = 0;

  for (size_t j = 0; j < self->limits->n_joints; j++)
    {
      double way = fabs (to[j] - self->start[j]);

      if (way > 1e-9)
        duration = fmax (duration, fmax (1.875 * way / (SHARE * self->speed * v_max[j]), sqrt (5.7735026919 * way / (SHARE * a_max[j]))));
    }
  return (size_t) ceil (duration / self->dt);
}

/* Path time gained while the clock runs from 0 to @t and speeds up from standstill to full pace over @ease: the integral of a smooth step. */
static double
eased (double t, double ease)
{
  double x;

  if (t >= ease)
    return t - 0.5 * ease;
  x = t / ease;
  return ease * x * x * x * (1 - 0.5 * x);
}

/* How long the pace takes from standstill to full, so that a path that begins at @v needs only a share of the acceleration for it. */
static double
ease_duration (const Planner *self, const double *v)
{
  const double *a_max = lw_limiter_a_max (self->limiter);
  double        ease = 0;

  for (size_t j = 0; j < self->limits->n_joints; j++)
    if (fabs (v[j]) > 0.1 * a_max[j] * self->dt)
      ease = fmax (ease, 1.5 * fabs (v[j]) / (SHARE * a_max[j]));
  return ease;
}

static LwStatus
lay_out (const Planner *self, const LwSpline *spline, double duration, Wanted *out)
{
  const size_t n_joints = self->limits->n_joints;
  double       v_first[LW_MAX_JOINTS], v_last[LW_MAX_JOINTS], first[LW_MAX_JOINTS];
  double       ease_in, ease_out, total;
  size_t       n_ramp, n_move;

  lw_spline_at (spline, 0, first, v_first, NULL);
  lw_spline_at (spline, duration, NULL, v_last, NULL);
  /* Two thirds at most: then both have ended by the middle. */
  ease_in = fmin (ease_duration (self, v_first), duration / 1.5);
  ease_out = fmin (ease_duration (self, v_last), duration / 1.5);
  total = duration + 0.5 * (ease_in + ease_out);
  n_ramp = ramp_length (self, first);
  n_move = (size_t) ceil (total / self->dt * (1 - 1e-12)) + 1;

  out->path = lw_trajectory_new (n_ramp + n_move, n_joints);
  if (out->path == NULL)
    return LW_ERR_MEMORY;
  out->n_ramp = n_ramp;
  out->stretch = total / lw_trajectory_duration (self->movement);
  for (size_t i = 0; i < n_ramp + n_move; i++)
    {
      double *q = lw_mat_row (&out->path->q, i);

      out->path->t[i] = (double) i * self->dt;
      if (i < n_ramp)
        for (size_t j = 0; j < n_joints; j++)
          q[j] = self->start[j] + (first[j] - self->start[j]) * minimum_jerk ((double) i / (double) n_ramp);
      else
        {
          double t = (double) (i - n_ramp) * self->dt;
          double s = t < 0.5 * total ? eased (t, ease_in) : duration - eased (fmax (0, total - t), ease_out);

          lw_spline_at (spline, fmin (fmax (s, 0), duration), q, NULL, NULL);
        }
    }
  return LW_OK;
}

/* The movement retimed for @speed, as it would be asked of the limiter. */
static LwStatus
want (const Planner *self, double speed, Wanted *out)
{
  double        v_max[LW_MAX_JOINTS], a_max[LW_MAX_JOINTS];
  LwTrajectory *retimed;
  LwSpline      spline;
  LwStatus      status;

  for (size_t j = 0; j < self->limits->n_joints; j++)
    {
      v_max[j] = lw_limiter_v_max (self->limiter)[j] * (1 - 1e-6);
      a_max[j] = lw_limiter_a_max (self->limiter)[j] * (1 - 1e-6);
    }
  status = lw_retime_uniform (self->movement, v_max, a_max, speed, 1 / self->dt, &retimed, NULL);
  if (status != LW_OK)
    return status;
  status = lw_spline_init (&spline, retimed);
  if (status == LW_OK)
    {
      status = lay_out (self, &spline, lw_trajectory_duration (retimed), out);
      lw_spline_clear (&spline);
    }
  lw_trajectory_unref (retimed);
  return status;
}

static void
judge_goal (const Planner *self, LwPlan *plan, const double *goal, const double *wanted, unsigned limited, double *cut_by_speed)
{
  double off = 0;

  for (size_t j = 0; j < self->limits->n_joints; j++)
    {
      double v = fabs (lw_limiter_velocity (self->limiter)[j]);
      double distance = fmin (goal[j] - self->limits->q_min[j], self->limits->q_max[j] - goal[j]);
      double within = fmin (fmax (wanted[j], self->limits->q_min[j]), self->limits->q_max[j]);

      off = fmax (off, fabs (goal[j] - wanted[j]));
      *cut_by_speed = fmax (*cut_by_speed, fabs (goal[j] - within));
      plan->peak_speed = fmax (plan->peak_speed, v);
      plan->peak_fraction = fmax (plan->peak_fraction, v / self->limits->v_max[j]);
      if (distance < plan->closest_limit)
        {
          plan->closest_limit = distance;
          plan->closest_joint = j;
        }
    }
  plan->deviation = fmax (plan->deviation, off);
  if (off > LW_PLAN_TOLERANCE)
    plan->limited |= limited;
}

/* Everything through the limiter, and on until it rests: first towards the last goal, then by braking alone. @cut_by_speed: how
 * far goals were from wanted ones that lie within the ranges, rad. */
static LwStatus
emit (const Planner *self, const Wanted *wanted, LwPlan *plan, double *cut_by_speed)
{
  const size_t n_wanted = wanted->path->n_samples, n_max = n_wanted + (size_t) ceil (SETTLE / self->dt), n_joints = self->limits->n_joints;
  LwTrajectory *goals = lw_trajectory_new (n_max, n_joints);
  double        nowhere[LW_MAX_JOINTS];
  size_t        n = 0;

  if (goals == NULL)
    return LW_ERR_MEMORY;
  for (size_t j = 0; j < n_joints; j++)
    nowhere[j] = NAN;
  lw_limiter_reset (self->limiter, self->start);
  lw_limiter_set_speed (self->limiter, self->speed);
  plan->closest_limit = INFINITY;
  *cut_by_speed = 0;
  while (n < n_wanted || (n < n_max && !lw_limiter_at_rest (self->limiter)))
    {
      const double *q = lw_mat_row (&wanted->path->q, n < n_wanted ? n : n_wanted - 1);
      bool          braking = n >= n_wanted + (n_max - n_wanted) / 2;
      unsigned      limited = lw_limiter_step (self->limiter, braking ? nowhere : q, lw_mat_row (&goals->q, n));

      goals->t[n] = (double) n * self->dt;
      judge_goal (self, plan, lw_mat_row (&goals->q, n), q, limited, cut_by_speed);
      n++;
    }
  /* The block keeps its room; what it holds ends here. */
  goals->n_samples = goals->q.rows = n;
  plan->goals = goals;
  plan->n_ramp = wanted->n_ramp;
  plan->retimed_by = fmax (1, wanted->stretch);
  plan->duration = lw_trajectory_duration (goals);
  return LW_OK;
}

static LwStatus
attempt (const Planner *self, double speed, LwPlan **out, double *cut_by_speed)
{
  LwPlan  *plan = calloc (1, sizeof *plan);
  Wanted   wanted;
  LwStatus status;

  if (plan == NULL)
    return LW_ERR_MEMORY;
  atomic_init (&plan->ref_count, 1);
  status = want (self, speed, &wanted);
  if (status == LW_OK)
    {
      const double *first = lw_mat_row (&wanted.path->q, wanted.n_ramp);

      for (size_t j = 0; j < self->limits->n_joints; j++)
        plan->far = fmax (plan->far, fabs (first[j] - self->start[j]));
      plan->rate_hz = 1 / self->dt;
      plan->speed = self->speed;
      lw_limits_code (self->limits, plan->code);
      status = emit (self, &wanted, plan, cut_by_speed);
      lw_trajectory_unref (wanted.path);
    }
  if (status != LW_OK)
    lw_plan_unref (plan);
  else
    *out = plan;
  return status;
}

static LwStatus
check (const LwLimits *limits, const LwArmModel *model, double rate_hz, const double *q_measured, const LwTrajectory *movement, double speed)
{
  if (movement->n_joints != limits->n_joints || (model != NULL && lw_arm_model_n_joints (model) != limits->n_joints))
    return LW_ERR_SHAPE;
  if (!(rate_hz > 0) || !isfinite (rate_hz) || !(speed > 0 && speed <= 1) || !lw_limits_are_valid (limits)
      || (model == NULL && lw_limits_has_workspace (limits)))
    return LW_ERR_RANGE;
  for (size_t j = 0; j < limits->n_joints; j++)
    if (!isfinite (q_measured[j]))
      return LW_ERR_NOT_FINITE;
  return movement->n_samples < 2 ? LW_ERR_TOO_FEW : lw_trajectory_check (movement);
}

LwStatus
lw_plan_new (const LwLimits *limits, LwArmModel *model, double rate_hz, const double *q_measured, const LwTrajectory *movement, double speed,
             LwPlan **out)
{
  LwStatus status = check (limits, model, rate_hz, q_measured, movement, speed);
  Planner  self = { .limits = limits, .dt = 1 / rate_hz, .speed = speed, .start = q_measured, .movement = movement };
  LwPlan  *plan = NULL;

  if (status != LW_OK)
    return status;
  self.limiter = lw_limiter_new (limits, model, self.dt);
  if (self.limiter == NULL)
    return LW_ERR_MEMORY;
  for (double slower = 1; status == LW_OK; slower *= SLOWER)
    {
      double cut_by_speed = INFINITY;

      lw_plan_unref (plan);
      plan = NULL;
      status = attempt (&self, speed / slower, &plan, &cut_by_speed);
      if (status == LW_OK && (cut_by_speed <= LW_PLAN_TOLERANCE || (plan->limited & (LW_LIMITED_POSITION | LW_LIMITED_WORKSPACE)) || slower > SLOWEST))
        break;
    }
  lw_limiter_free (self.limiter);
  if (status == LW_OK)
    *out = plan;
  return status;
}

LwPlan *
lw_plan_ref (LwPlan *self)
{
  atomic_fetch_add_explicit (&self->ref_count, 1, memory_order_relaxed);
  return self;
}

void
lw_plan_unref (LwPlan *self)
{
  if (self == NULL || atomic_fetch_sub_explicit (&self->ref_count, 1, memory_order_acq_rel) != 1)
    return;
  lw_trajectory_unref (self->goals);
  free (self);
}
