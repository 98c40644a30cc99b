/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-limiter.h"
#include "lw-rng.h"
#include "lw-test-paths.h"

#define N 3

static LwLimits
three_joints (void)
{
  LwLimits limits = { .n_joints = N, .q_min = { -1, -2, 0.1 }, .q_max = { 1, 0.5, 2.5 }, .v_max = { 2, 3, 0.5 }, .a_max = { 10, 4, 25 },
                      .box_min = { -INFINITY, -INFINITY, -INFINITY }, .box_max = { INFINITY, INFINITY, INFINITY }, .floor_z = -INFINITY, .stop_time = 0.08 };

  return limits;
}

static LwArmModel *
load (const char *file)
{
  g_autofree char *path = lw_test_data_path (file);
  LwSimError       error = { "" };
  LwArmModel      *model = lw_arm_model_load (path, NULL, &error);

  g_assert_cmpstr (error.text, ==, "");
  return model;
}

/* The last three goals; what must hold is computed from them alone, with no tolerance at all on the limits. */
typedef struct {
  const LwLimits *limits;
  LwKinematics   *kinematics;
  double          dt;
  double          goal[3][LW_MAX_JOINTS]; /* newest first */
} Watch;

static void
watch_start (Watch *self, const double *q)
{
  for (int i = 0; i < 3; i++)
    memcpy (self->goal[i], q, self->limits->n_joints * sizeof *q);
}

static void
watch_goal (Watch *self, const double *goal)
{
  const LwLimits *limits = self->limits;

  memmove (self->goal[1], self->goal[0], 2 * sizeof self->goal[0]);
  memcpy (self->goal[0], goal, limits->n_joints * sizeof *goal);
  for (size_t j = 0; j < limits->n_joints; j++)
    {
      double v = (self->goal[0][j] - self->goal[1][j]) / self->dt, v_before = (self->goal[1][j] - self->goal[2][j]) / self->dt;

      g_assert_cmpfloat (goal[j], >=, limits->q_min[j]);
      g_assert_cmpfloat (goal[j], <=, limits->q_max[j]);
      g_assert_cmpfloat (fabs (v), <=, limits->v_max[j]);
      g_assert_cmpfloat (fabs (v - v_before) / self->dt, <=, limits->a_max[j]);
    }
  if (self->kinematics != NULL)
    {
      double tip[3];

      lw_kinematics_set (self->kinematics, goal);
      lw_kinematics_tip (self->kinematics, tip, NULL);
      for (int k = 0; k < 3; k++)
        {
          g_assert_cmpfloat (tip[k], >=, limits->box_min[k]);
          g_assert_cmpfloat (tip[k], <=, limits->box_max[k]);
        }
      g_assert_cmpfloat (lw_kinematics_lowest (self->kinematics), >=, limits->floor_z);
    }
}

/* Targets as sliders, replays, learners and mistakes give them: far jumps, small steps, ramps, standing still, outside the range, NaN. */
static void
draw_target (LwRng *rng, const LwLimits *limits, double *wanted, double *drift)
{
  double kind = lw_rng_uniform (rng);

  for (size_t j = 0; j < limits->n_joints; j++)
    {
      double range = limits->q_max[j] - limits->q_min[j];

      if (kind < 0.02)
        wanted[j] = limits->q_min[j] + range * (2 * lw_rng_uniform (rng) - 0.5);
      else if (kind < 0.03)
        drift[j] = 2 * limits->v_max[j] * (2 * lw_rng_uniform (rng) - 1);
      else if (kind < 0.04)
        drift[j] = 0;
      else if (kind < 0.05)
        wanted[j] += 0.01 * lw_rng_normal (rng);
      else if (kind < 0.052)
        wanted[j] = lw_rng_uniform (rng) < 0.5 ? limits->q_min[j] : limits->q_max[j];
      else if (kind < 0.053)
        wanted[j] = NAN;
      else
        wanted[j] += drift[j] * 0.01;
      if (kind < 0.05 && isnan (wanted[j]))
        wanted[j] = limits->q_min[j];
    }
}

static void
random_targets (const LwLimits *limits, LwArmModel *model, const double *start, double rate_hz, size_t n, uint32_t stream)
{
  double     dt = 1 / rate_hz, wanted[LW_MAX_JOINTS], drift[LW_MAX_JOINTS] = { 0 }, goal[LW_MAX_JOINTS];
  LwLimiter *limiter = lw_limiter_new (limits, model, dt);
  Watch      watch = { .limits = limits, .dt = dt, .kinematics = lw_limits_has_workspace (limits) ? lw_kinematics_new (model) : NULL };
  LwRng      rng;
  unsigned   seen = 0;
  double     way = 0;

  g_assert_nonnull (limiter);
  lw_rng_init (&rng, 20240229, LW_RNG_TEST, stream, 0);
  lw_limiter_reset (limiter, start);
  watch_start (&watch, start);
  memcpy (wanted, start, limits->n_joints * sizeof *wanted);
  for (size_t i = 0; i < n; i++)
    {
      draw_target (&rng, limits, wanted, drift);
      lw_fill_nan (goal, limits->n_joints);
      seen |= lw_limiter_step (limiter, wanted, goal);
      way += fabs (goal[0] - lw_limiter_goal (limiter)[0]) + fabs (watch.goal[0][0] - goal[0]);
      watch_goal (&watch, goal);
    }
  /* It was really driven against all of them. */
  g_assert_cmpuint (seen & LW_LIMITED_POSITION, !=, 0);
  g_assert_cmpuint (seen & LW_LIMITED_VELOCITY, !=, 0);
  g_assert_cmpuint (seen & LW_LIMITED_ACCELERATION, !=, 0);
  g_assert_cmpint ((seen & LW_LIMITED_WORKSPACE) != 0, ==, watch.kinematics != NULL);
  g_assert_cmpfloat (way, >, 1e-4 * (double) n);
  lw_kinematics_free (watch.kinematics);
  lw_limiter_free (limiter);
}

static size_t
count (size_t in_ci)
{
  return lw_test_is_long () ? 10 * in_ci : in_ci;
}

static void
test_random_targets (void)
{
  static const double rates[] = { 50, 100, 250, 400 };
  LwLimits            limits = three_joints ();
  const double        start[N] = { 0.2, -1, 1 };

  for (uint32_t i = 0; i < G_N_ELEMENTS (rates); i++)
    random_targets (&limits, NULL, start, rates[i], count (100000), i);
}

static void
test_random_targets_workspace (void)
{
  LwArmModel        *model = load ("arms/arm-7.xml");
  const LwJointInfo *joints = lw_arm_model_joints (model);
  LwKinematics      *kinematics = lw_kinematics_new (model);
  double             home[LW_MAX_JOINTS], tip[3];
  LwLimits           limits;

  lw_limits_from_model (model, &limits);
  for (size_t j = 0; j < limits.n_joints; j++)
    home[j] = joints[j].home;
  lw_kinematics_set (kinematics, home);
  lw_kinematics_tip (kinematics, tip, NULL);
  for (int k = 0; k < 3; k++)
    {
      limits.box_min[k] = tip[k] - 0.35;
      limits.box_max[k] = tip[k] + 0.25;
    }
  limits.floor_z = lw_kinematics_lowest (kinematics) - 0.02;
  random_targets (&limits, model, home, 100, count (50000), 10);
  random_targets (&limits, model, home, 400, count (50000), 11);
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (model);
}

/* A constant target is reached exactly, without overshoot, in the time the discrete bang-bang course needs plus two steps. */
static void
test_reaches_target (void)
{
  LwLimits     limits = three_joints ();
  LwLimiter   *limiter = lw_limiter_new (&limits, NULL, 0.01);
  const double start[N] = { -0.8, -1.5, 0.2 }, wanted[N] = { 0.9, 0.3, 0.21 };
  double       goal[N], before[N];
  size_t       steps = 0;

  lw_limiter_reset (limiter, start);
  memcpy (before, start, sizeof before);
  do
    {
      lw_limiter_step (limiter, wanted, goal);
      for (size_t j = 0; j < N; j++)
        {
          g_assert_cmpfloat (goal[j], >=, before[j]);
          g_assert_cmpfloat (goal[j], <=, wanted[j]);
        }
      memcpy (before, goal, sizeof before);
    }
  while (++steps < 1000 && !(lw_limiter_at_rest (limiter) && goal[1] == wanted[1]));
  for (size_t j = 0; j < N; j++)
    g_assert_cmpfloat (goal[j], ==, wanted[j]);
  /* Joint 1 takes longest: 1.8 rad at 4 rad/s^2 is a triangle, 2 sqrt (1.8 / 4) = 1.342 s. */
  g_assert_cmpuint (steps, >=, 134);
  g_assert_cmpuint (steps, <=, 138);
  lw_limiter_free (limiter);
}

/* A motion within the limits passes bit for bit, with no limit reported. */
static void
test_follows_exactly (void)
{
  LwLimits     limits = three_joints ();
  LwLimiter   *limiter = lw_limiter_new (&limits, NULL, 0.01);
  const double middle[N] = { 0, -0.75, 1.3 };
  double       wanted[N], goal[N];

  lw_limiter_reset (limiter, middle);
  for (size_t i = 0; i < 1000; i++)
    {
      double t = 0.01 * (double) i, grow = fmin (1, t);

      for (size_t j = 0; j < N; j++)
        wanted[j] = middle[j] + grow * grow * (3 - 2 * grow) * 0.2 * sin (1.3 * t + (double) j) - 0.2 * grow * grow * (3 - 2 * grow) * sin ((double) j);
      g_assert_cmpuint (lw_limiter_step (limiter, wanted, goal), ==, LW_LIMITED_NOT);
      for (size_t j = 0; j < N; j++)
        g_assert_cmpfloat (goal[j], ==, wanted[j]);
    }
  lw_limiter_free (limiter);
}

/* Its own goals, asked for again from the same start, come out bit for bit: a plan is emitted as it was shown. */
static void
repeat (const LwLimits *limits, LwArmModel *model, const double *start, size_t n)
{
  LwLimiter       *first = lw_limiter_new (limits, model, 0.01), *second = lw_limiter_new (limits, model, 0.01);
  double           wanted[LW_MAX_JOINTS], drift[LW_MAX_JOINTS] = { 0 }, goal[LW_MAX_JOINTS], again[LW_MAX_JOINTS];
  LwRng            rng;

  lw_rng_init (&rng, 7, LW_RNG_TEST, 0, 1);
  lw_limiter_reset (first, start);
  lw_limiter_reset (second, start);
  lw_limiter_set_speed (first, 0.7);
  lw_limiter_set_speed (second, 0.7);
  memcpy (wanted, start, limits->n_joints * sizeof *wanted);
  for (size_t i = 0; i < n; i++)
    {
      draw_target (&rng, limits, wanted, drift);
      lw_limiter_step (first, wanted, goal);
      lw_fill_nan (again, limits->n_joints);
      lw_limiter_step (second, goal, again);
      for (size_t j = 0; j < limits->n_joints; j++)
        g_assert_cmpfloat (again[j], ==, goal[j]);
    }
  lw_limiter_free (first);
  lw_limiter_free (second);
}

static void
test_repeats_itself (void)
{
  LwLimits     limits = three_joints ();
  const double start[N] = { 0.2, -1, 1 };
  LwArmModel  *model = load ("arms/planar-2.xml");
  LwLimits     planar;
  double       folded[LW_MAX_JOINTS] = { 0.3, 1.2 };

  repeat (&limits, NULL, start, 50000);
  lw_limits_from_model (model, &planar);
  planar.box_min[0] = -0.2;
  repeat (&planar, model, folded, 20000);
  lw_arm_model_unref (model);
}

static void
test_bad_targets_brake (void)
{
  LwLimits     limits = three_joints ();
  LwLimiter   *limiter = lw_limiter_new (&limits, NULL, 0.01);
  const double start[N] = { 0, 0, 1 }, away[N] = { 1, -2, 2 }, nowhere[N] = { NAN, INFINITY, -INFINITY };
  Watch        watch = { .limits = &limits, .dt = 0.01 };
  double       goal[N];

  lw_limiter_reset (limiter, start);
  watch_start (&watch, start);
  for (int i = 0; i < 20; i++)
    {
      lw_limiter_step (limiter, away, goal);
      watch_goal (&watch, goal);
    }
  g_assert_false (lw_limiter_at_rest (limiter));
  for (int i = 0; i < 25; i++)
    {
      lw_limiter_step (limiter, nowhere, goal);
      watch_goal (&watch, goal);
    }
  g_assert_true (lw_limiter_at_rest (limiter));
  lw_limiter_free (limiter);
}

/* Found outside its range, an arm never goes further out, comes in when asked, and then is held by the range itself. */
static void
test_starts_outside (void)
{
  LwLimits     limits = three_joints ();
  LwLimiter   *limiter = lw_limiter_new (&limits, NULL, 0.01);
  const double start[N] = { 1.2, 0, 1 }, out[N] = { 3, 0, 1 }, in[N] = { 0.5, 0, 1 };
  double       goal[N], before = start[0];

  lw_limiter_reset (limiter, start);
  for (int i = 0; i < 300; i++)
    {
      lw_limiter_step (limiter, out, goal);
      g_assert_cmpfloat (goal[0], <=, before);
      before = goal[0];
    }
  g_assert_cmpfloat (goal[0], <=, 1.0);
  for (int i = 0; i < 300; i++)
    lw_limiter_step (limiter, in, goal);
  g_assert_cmpfloat (goal[0], ==, 0.5);
  for (int i = 0; i < 300; i++)
    {
      lw_limiter_step (limiter, out, goal);
      g_assert_cmpfloat (goal[0], <=, 1.0);
    }
  lw_limiter_free (limiter);
}

static void
test_speed (void)
{
  LwLimits     limits = three_joints ();
  LwLimiter   *limiter = lw_limiter_new (&limits, NULL, 0.01);
  const double start[N] = { -1, -2, 0.1 }, wanted[N] = { 1, 0.5, 2.5 };
  Watch        watch = { .limits = &limits, .dt = 0.01 };
  double       goal[N];

  lw_limiter_reset (limiter, start);
  watch_start (&watch, start);
  lw_limiter_set_speed (limiter, 0.5);
  for (int i = 0; i < 60; i++)
    {
      lw_limiter_step (limiter, wanted, goal);
      watch_goal (&watch, goal);
    }
  lw_assert_close (lw_limiter_velocity (limiter)[0], 1.0, 1e-8, 0);
  /* Lowered in motion: within a_max, watched by watch_goal(), down to the new bound. */
  lw_limiter_set_speed (limiter, 0.1);
  for (int i = 0; i < 40; i++)
    {
      lw_limiter_step (limiter, wanted, goal);
      watch_goal (&watch, goal);
    }
  lw_assert_close (lw_limiter_velocity (limiter)[0], 0.2, 1e-8, 0);
  lw_limiter_set_speed (limiter, NAN);
  lw_limiter_set_speed (limiter, 0);
  lw_limiter_step (limiter, wanted, goal);
  lw_assert_close (lw_limiter_velocity (limiter)[0], 0.2, 1e-8, 0);
  lw_limiter_free (limiter);
}

static void
drive (LwLimiter *limiter, const double *wanted, int steps)
{
  double goal[LW_MAX_JOINTS];

  for (int i = 0; i < steps; i++)
    lw_limiter_step (limiter, wanted, goal);
}

/* Closed form: joint 0 at v_max decides; every joint keeps its share of the velocity, which falls by 1/8 of v_max a step of 10 ms. */
static void
test_stop (void)
{
  LwLimits     limits = three_joints ();
  LwLimiter   *limiter = lw_limiter_new (&limits, NULL, 0.01);
  const double start[N] = { -0.9, -1.5, 0.5 }, wanted[N] = { 1, -1.3, 0.7 };
  double       goal[N], v0[N], sum[N] = { 0 }, g0[N];
  int          steps = 0;

  lw_limiter_reset (limiter, start);
  drive (limiter, wanted, 30);
  memcpy (v0, lw_limiter_velocity (limiter), sizeof v0);
  memcpy (g0, lw_limiter_goal (limiter), sizeof g0);
  lw_assert_close (v0[0], 2, 1e-8, 0);
  g_assert_cmpfloat (v0[1], >, 0.1);
  for (;;)
    {
      gboolean rest = lw_limiter_stop_step (limiter, goal);

      steps++;
      for (size_t j = 0; j < N; j++)
        {
          double share = 1 - (double) steps / 8;

          lw_assert_close (lw_limiter_velocity (limiter)[j], v0[j] * share, 1e-7, 1e-9);
          sum[j] += v0[j] * share * 0.01;
          lw_assert_close (goal[j] - g0[j], sum[j], 1e-7, 1e-9);
        }
      if (rest)
        break;
      g_assert_cmpint (steps, <, 8);
    }
  g_assert_cmpint (steps, ==, 8);
  memcpy (g0, goal, sizeof g0);
  g_assert_true (lw_limiter_stop_step (limiter, goal));
  for (size_t j = 0; j < N; j++)
    g_assert_cmpfloat (goal[j], ==, g0[j]);
  lw_limiter_free (limiter);
}

/* Wherever it happens: at rest within stop_time, inside the position limits, no joint braked harder than the larger of a_max and v_max / stop_time. */
static void
test_stop_anywhere (void)
{
  LwLimits     limits = three_joints ();
  const double start[N] = { 0, -1, 1 };
  LwRng        rng;

  lw_rng_init (&rng, 3, LW_RNG_TEST, 1, 1);
  for (uint32_t trial = 0; trial < 2000; trial++)
    {
      double     rate = 50 + 350 * lw_rng_uniform (&rng), dt = 1 / rate, wanted[N], drift[N] = { 0 }, goal[N], before[N], v[N];
      LwLimiter *limiter = lw_limiter_new (&limits, NULL, dt);
      size_t     steps = 100 + lw_rng_below (&rng, 200), taken = 0;
      double     h = dt * lw_rng_uniform (&rng), t = h;

      lw_limiter_reset (limiter, start);
      memcpy (wanted, start, sizeof wanted);
      for (size_t i = 0; i < steps; i++)
        {
          draw_target (&rng, &limits, wanted, drift);
          lw_limiter_step (limiter, wanted, goal);
        }
      memcpy (before, goal, sizeof before);
      memcpy (v, lw_limiter_velocity (limiter), sizeof v);
      gboolean rest = lw_limiter_stop_part (limiter, h, goal);
      for (double step = h;; step = dt)
        {
          for (size_t j = 0; j < N; j++)
            {
              double next = (goal[j] - before[j]) / step, most = fmax (limits.v_max[j] / limits.stop_time, limits.a_max[j]);

              g_assert_cmpfloat (fabs (next), <=, fabs (v[j]) + 1e-9);
              /* A joint near its limit is slowed as if a whole step had passed: the part in front of the next goal is never longer. */
              g_assert_cmpfloat (fabs (next - v[j]), <=, fmax (most * step, limits.a_max[j] * dt) + 1e-7);
              g_assert_cmpfloat (goal[j], >=, limits.q_min[j]);
              g_assert_cmpfloat (goal[j], <=, limits.q_max[j]);
              v[j] = next;
            }
          memcpy (before, goal, sizeof before);
          if (rest)
            break;
          rest = lw_limiter_stop_step (limiter, goal);
          t += dt;
          g_assert_cmpuint (++taken, <, 100);
        }
      g_assert_cmpfloat (t, <=, limits.stop_time + dt);
      lw_limiter_free (limiter);
    }
}

static void
test_stop_in_box (void)
{
  LwArmModel   *model = load ("arms/planar-2.xml");
  LwKinematics *kinematics = lw_kinematics_new (model);
  LwLimits      limits;
  LwRng         rng;
  double        start[LW_MAX_JOINTS] = { 0.3, 1.2 }, tip[3];

  lw_limits_from_model (model, &limits);
  lw_kinematics_set (kinematics, start);
  lw_kinematics_tip (kinematics, tip, NULL);
  for (int k = 0; k < 2; k++)
    {
      limits.box_min[k] = tip[k] - 0.3;
      limits.box_max[k] = tip[k] + 0.3;
    }
  lw_rng_init (&rng, 4, LW_RNG_TEST, 1, 1);
  for (int trial = 0; trial < 500; trial++)
    {
      /* An arm that may brake harder than Stop does gets closer to the walls than a Stop has room for. */
      limits.a_max[0] = limits.a_max[1] = trial % 2 ? 300 : 10;
      LwLimiter *limiter = lw_limiter_new (&limits, model, 0.01);
      double     wanted[LW_MAX_JOINTS], drift[LW_MAX_JOINTS] = { 0 }, goal[LW_MAX_JOINTS];
      Watch      watch = { .limits = &limits, .kinematics = kinematics, .dt = 0.01 };
      gboolean   rest = FALSE;

      lw_limiter_reset (limiter, start);
      memcpy (wanted, start, sizeof wanted);
      for (size_t i = lw_rng_below (&rng, 300) + 1; i > 0; i--)
        {
          draw_target (&rng, &limits, wanted, drift);
          lw_limiter_step (limiter, wanted, goal);
        }
      for (int i = 0; i < 9 && !rest; i++)
        {
          double inside[3];

          rest = lw_limiter_stop_step (limiter, goal);
          lw_kinematics_set (watch.kinematics, goal);
          lw_kinematics_tip (watch.kinematics, inside, NULL);
          for (int k = 0; k < 2; k++)
            g_assert_true (inside[k] >= limits.box_min[k] && inside[k] <= limits.box_max[k]);
        }
      g_assert_true (rest);
      lw_limiter_free (limiter);
    }
  lw_kinematics_free (kinematics);
  lw_arm_model_unref (model);
}

static void
test_refuses (void)
{
  LwLimits limits = three_joints (), floor = three_joints ();

  g_assert_null (lw_limiter_new (&limits, NULL, 0));
  g_assert_null (lw_limiter_new (&limits, NULL, NAN));
  floor.floor_z = 0;
  g_assert_null (lw_limiter_new (&floor, NULL, 0.01));
  limits.v_max[1] = 0;
  g_assert_null (lw_limiter_new (&limits, NULL, 0.01));
  lw_limiter_free (NULL);
}

/* Where every step of braking is looked at, there are so many of them at the most; where none is, the limits are the joints' own. */
static void
test_few_braking_steps (void)
{
  LwLimits    limits;
  LwArmModel *model = load ("arms/planar-2.xml");

  for (int box = 0; box < 2; box++)
    {
      LwLimiter *limiter;

      lw_limits_from_model (model, &limits);
      limits.v_max[0] = 10;
      limits.a_max[0] = 1;
      limits.box_min[0] = box ? -10 : -INFINITY;
      limiter = lw_limiter_new (&limits, model, 0.01);
      lw_assert_close (lw_limiter_v_max (limiter)[0], box ? 0.01 * LW_LIMITER_BRAKE_STEPS : 10, 1e-5, 0);
      lw_limiter_free (limiter);
    }
  lw_arm_model_unref (model);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/limiter/random-targets", test_random_targets);
  g_test_add_func ("/limiter/random-targets-workspace", test_random_targets_workspace);
  g_test_add_func ("/limiter/reaches-target", test_reaches_target);
  g_test_add_func ("/limiter/follows-exactly", test_follows_exactly);
  g_test_add_func ("/limiter/repeats-itself", test_repeats_itself);
  g_test_add_func ("/limiter/bad-targets-brake", test_bad_targets_brake);
  g_test_add_func ("/limiter/starts-outside", test_starts_outside);
  g_test_add_func ("/limiter/speed", test_speed);
  g_test_add_func ("/limiter/stop", test_stop);
  g_test_add_func ("/limiter/stop-anywhere", test_stop_anywhere);
  g_test_add_func ("/limiter/stop-in-box", test_stop_in_box);
  g_test_add_func ("/limiter/refuses", test_refuses);
  g_test_add_func ("/limiter/few-braking-steps", test_few_braking_steps);
  return g_test_run ();
}
