/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-planar-arm.h"
#include "lw-rrt.h"
#include "lw-task-private.h"

/* The planar reacher with an obstacle [Tosatto et al.; maths.md 3]: a square that neither link may touch. A collision at any sample
 * is worth -1 and a failure; else R = -1/2 |x_end - goal|^2, a success within 0.4 m. */

#define OBSTACLE_LOWER 0.5 /* m, both axes */
#define OBSTACLE_UPPER 0.75
#define GOAL_RANGE 1.8     /* m */
#define LINK_POINTS 50     /* tested on each link, ends included */
#define SUCCESS_DISTANCE 0.4
#define MARGIN 0.04        /* m kept from the obstacle by the planner: the fit rounds corners */
#define JOINT_RANGE 3.1    /* rad, of data/arms/planar-2.xml */
#define MEAN_SPEED 2.0     /* rad/s of a demonstration */
#define N_SAMPLES 201      /* of a demonstration */
#define MAX_DRAWS 60       /* goals tried for one demonstration */

static const LwContextInfo contexts[2] = { { "x", "m", -GOAL_RANGE, GOAL_RANGE }, { "y", "m", -GOAL_RANGE, GOAL_RANGE } };

static gboolean
in_obstacle (const double x[2])
{
  return x[0] >= OBSTACLE_LOWER && x[0] <= OBSTACLE_UPPER && x[1] >= OBSTACLE_LOWER && x[1] <= OBSTACLE_UPPER;
}

static void
draw_context (const LwTask *task, LwRng *rng, double *context)
{
  do
    {
      const double radius = GOAL_RANGE * lw_rng_uniform (rng), angle = 2 * G_PI * lw_rng_uniform (rng);

      context[0] = radius * cos (angle);
      context[1] = radius * sin (angle);
    }
  while (in_obstacle (context));
}

static char *
scene (const LwTask *task, const double *context)
{
  return g_strdup ("<geom name=\"obstacle\" type=\"box\" pos=\"0.625 0.625 0\" size=\"0.125 0.125 0.06\" rgba=\"0.75 0.22 0.17 1\" "
                   "contype=\"0\" conaffinity=\"0\"/>");
}

static size_t
markers (const LwTask *task, const double *context, LwMarker *out, size_t max)
{
  const LwMarker all[] = {
    { .shape = LW_SOLID_SPHERE, .pos = { context[0], context[1], 0 }, .size = { 0.05, 0.05, 0.05 }, .rgba = { 0.90f, 0.38f, 0.0f, 1 },
      .label = "goal" },
    { .shape = LW_SOLID_CYLINDER, .pos = { context[0], context[1], -0.1 }, .size = { SUCCESS_DISTANCE, SUCCESS_DISTANCE, 0.003 },
      .rgba = { 0.21f, 0.52f, 0.89f, 0.3f } },
    /* A touch larger than the scene's box, for pictures without the scene; with it the two do not flicker. */
    { .shape = LW_SOLID_BOX, .pos = { 0.625, 0.625, 0 }, .size = { 0.127, 0.127, 0.062 }, .rgba = { 0.75f, 0.22f, 0.17f, 0.8f },
      .label = "obstacle" },
  };
  size_t n = 0;

  for (; n < G_N_ELEMENTS (all) && n < max; n++)
    out[n] = all[n];
  return n;
}

static gboolean
link_collides (const double from[2], const double to[2])
{
  for (int i = 0; i < LINK_POINTS; i++)
    {
      const double part = (double) i / (LINK_POINTS - 1);
      const double x[2] = { from[0] + part * (to[0] - from[0]), from[1] + part * (to[1] - from[1]) };

      if (in_obstacle (x))
        return TRUE;
    }
  return FALSE;
}

static gboolean
path_collides (const LwTrajectory *path)
{
  static const double base[2] = { 0, 0 };

  for (size_t i = 0; i < path->n_samples; i++)
    {
      double elbow[2], tip[2];

      lw_planar_points (lw_mat_row (&path->q, i), elbow, tip);
      if (link_collides (base, elbow) || link_collides (elbow, tip))
        return TRUE;
    }
  return FALSE;
}

static gboolean
score (const LwTask *task, const double *context, const LwRollout *rollout, double *reward, gboolean *success, GError **error)
{
  double elbow[2], tip[2], distance;
  gboolean collides;

  if (!lw_task_check_rollout (task, rollout, error))
    return FALSE;
  collides = path_collides (rollout->measured);
  lw_planar_points (lw_mat_row (&rollout->measured->q, rollout->measured->n_samples - 1), elbow, tip);
  distance = hypot (tip[0] - context[0], tip[1] - context[1]);
  *reward = collides ? -1 : -0.5 * distance * distance;
  if (success)
    *success = !collides && distance <= SUCCESS_DISTANCE;
  return TRUE;
}

/* Does the straight link from @a to @b meet the obstacle grown by MARGIN? By the parameters at which it crosses each pair of sides. */
static bool
link_is_near (const double a[2], const double b[2])
{
  double enter = 0, leave = 1;

  for (int j = 0; j < 2; j++)
    {
      const double along = b[j] - a[j];
      double first = (OBSTACLE_LOWER - MARGIN - a[j]) / along, second = (OBSTACLE_UPPER + MARGIN - a[j]) / along;

      if (fabs (along) < 1e-12)
        {
          if (a[j] < OBSTACLE_LOWER - MARGIN || a[j] > OBSTACLE_UPPER + MARGIN)
            return false;
          continue;
        }
      enter = fmax (enter, fmin (first, second));
      leave = fmin (leave, fmax (first, second));
    }
  return enter <= leave;
}

static bool
posture_is_free (const double q[2], const void *data)
{
  static const double base[2] = { 0, 0 };
  double elbow[2], tip[2];

  if (fabs (q[0]) > JOINT_RANGE || fabs (q[1]) > JOINT_RANGE)
    return false;
  lw_planar_points (q, elbow, tip);
  return !link_is_near (base, elbow) && !link_is_near (elbow, tip);
}

static const LwRrt planner = {
  .lower = { -JOINT_RANGE, -JOINT_RANGE }, .upper = { JOINT_RANGE, JOINT_RANGE }, .step = 0.05, .rewire = 0.1, .goal_radius = 0.1,
  .goal_bias = 0.1, .check = 0.02, .min_nodes = 1500, .max_nodes = 8000, .is_free = posture_is_free,
};

/* Both postures, elbow left and right, that put the tip on @goal. */
static void
goal_postures (const double goal[2], double out[2][2])
{
  const double bend = 2 * acos (fmin (hypot (goal[0], goal[1]) / 2, 1));

  for (int side = 0; side < 2; side++)
    {
      /* Folded beyond the joint's range the tip stays a little short of the base. */
      const double elbow = fmin (bend, JOINT_RANGE) * (side ? -1 : 1);

      out[side][0] = remainder (atan2 (goal[1], goal[0]) - elbow / 2, 2 * G_PI);
      out[side][1] = elbow;
    }
}

/* The polyline @way with least jerk along its length. */
static LwTrajectory *
pace (const LwMat *way)
{
  LwTrajectory *path = lw_trajectory_new (N_SAMPLES, 2);
  double length = 0, passed = 0, duration;
  size_t piece = 0;

  for (size_t i = 0; i + 1 < way->rows; i++)
    length += hypot (lw_mat_get (way, i + 1, 0) - lw_mat_get (way, i, 0), lw_mat_get (way, i + 1, 1) - lw_mat_get (way, i, 1));
  duration = fmax (length / MEAN_SPEED, 0.4);
  for (size_t i = 0; path && i < N_SAMPLES; i++)
    {
      const double u = (double) i / (N_SAMPLES - 1);
      const double at = length * u * u * u * (10 + u * (6 * u - 15));

      path->t[i] = duration * u;
      for (;;)
        {
          const double *a = lw_mat_row (way, piece), *b = lw_mat_row (way, piece + 1);
          const double here = hypot (b[0] - a[0], b[1] - a[1]);

          if (at > passed + here && piece + 2 < way->rows)
            {
              passed += here;
              piece++;
              continue;
            }
          for (size_t j = 0; j < 2; j++)
            lw_mat_set (&path->q, i, j, a[j] + (here > 0 ? fmin ((at - passed) / here, 1) : 0) * (b[j] - a[j]));
          break;
        }
    }
  return path;
}

/* Would the movement fitted to @path, with the task's own basis, still clear the obstacle and end at the goal? */
static gboolean
replay_succeeds (const LwTask *task, const double *context, const LwTrajectory *path)
{
  double movement[1 + 2 * LW_BASIS_MAX], reward = -1;
  LwRollout rollout = { 0 };
  LwBasis basis;
  gboolean good;

  movement[0] = lw_trajectory_duration (path);
  good = lw_basis_init_stroke (&basis, task->info.n_basis) == LW_OK && lw_task_fit_weights (&basis, path, movement + 1) == LW_OK
         && lw_task_movement (task, &basis, movement, 2 * basis.n, &rollout.measured) == LW_OK
         && score (task, context, &rollout, &reward, NULL, NULL);
  lw_rollout_clear (&rollout);
  return good && reward > -0.01;
}

static LwTrajectory *
try_demonstration (const LwTask *task, LwRng *rng, double *context)
{
  static const double start[2] = { 0, 0 };
  double ends[2][2], free_ends[4];
  LwMat goals = lw_mat_view (free_ends, 0, 2), way;
  LwTrajectory *path;

  draw_context (task, rng, context);
  goal_postures (context, ends);
  for (int side = 0; side < 2; side++)
    if (posture_is_free (ends[side], NULL))
      memcpy (free_ends + 2 * goals.rows++, ends[side], sizeof ends[side]);
  if (goals.rows == 0 || lw_rrt_plan (&planner, start, &goals, rng, &way) != LW_OK)
    return NULL;
  lw_rrt_shortcut (&planner, &way, 200, rng);
  path = pace (&way);
  lw_mat_clear (&way);
  if (path && !replay_succeeds (task, context, path))
    {
      lw_trajectory_unref (path);
      return NULL;
    }
  return path;
}

/* Goals that neither posture reaches freely, or whose way a movement primitive would cut short into the obstacle, are drawn again. */
static gboolean
demonstration (const LwTask *task, LwRng *rng, double *context, LwTrajectory **out, GError **error)
{
  LwTrajectory *path = NULL;

  for (int draw = 0; !path && draw < MAX_DRAWS; draw++)
    path = try_demonstration (task, rng, context);
  if (!path)
    {
      g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "No way around the obstacle was found to any of %d goals", MAX_DRAWS);
      return FALSE;
    }
  *out = path;
  return TRUE;
}

static void
reacher_obstacle_free (LwTask *task)
{
  g_free (task);
}

static const LwTaskClass reacher_obstacle_class = {
  .draw_context = draw_context,
  .scene = scene,
  .markers = markers,
  .score = score,
  .demonstrate = lw_task_demonstrate_rows,
  .demonstration = demonstration,
  .free = reacher_obstacle_free,
};

LwTask *
lw_reacher_obstacle_new (const char *id)
{
  LwTask *self = g_new0 (LwTask, 1);

  self->klass = &reacher_obstacle_class;
  self->info = (LwTaskInfo){
    .id = id,
    .title = N_("Planar reacher with an obstacle"),
    .sentence = N_("Bring the tip within 40 cm of the goal; neither link may touch the square."),
    .arm = "planar-2",
    .n_joints = 2,
    .n_context = 2,
    .contexts = contexts,
    .rate_hz = 50,
    .max_duration = 10,
    .n_basis = 20,
    .K = 40,
    .d = 5,
    .kl_bound = 0.1,
    .regularisation = 1e-4,
    .context_noise = 0,
    .episodes = 300,
    .evaluate = 500,
    .scores_success = TRUE,
  };
  return self;
}
