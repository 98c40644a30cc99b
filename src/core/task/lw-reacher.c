/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-planar-arm.h"
#include "lw-task-private.h"

/* The planar reacher with k goal regions [Tosatto et al.; maths.md 3]: only the movement's last point counts, R = -1/2 |x_end - goal|^2. */

#define GOAL_RADIUS 0.2 /* of a region, m */
#define N_STEPS 200     /* of the demonstrator */
#define STEP 0.1        /* its gain */
#define DIFFERENCE 1e-5 /* of its gradient, rad */
#define DURATION 3.0    /* s: the published rows say so, whatever the demonstrator took */

typedef struct {
  LwTask        base;
  size_t        n_regions;
  LwContextInfo contexts[2];
} LwReacher;

static void
region_centre (size_t i, double centre[2])
{
  static const double polar[4][2] = { { 3.0 / 2, G_PI / 8 }, { 1, 5 * G_PI / 8 }, { 2.0 / 3, 5 * G_PI / 4 }, { 1.0 / 2, 5 * G_PI / 3 } };

  centre[0] = polar[i][0] * cos (polar[i][1]);
  centre[1] = polar[i][0] * sin (polar[i][1]);
}

static void
draw_context (const LwTask *task, LwRng *rng, double *context)
{
  const LwReacher *self = (const LwReacher *) task;
  double radius, angle;

  region_centre (lw_rng_below (rng, self->n_regions), context);
  radius = GOAL_RADIUS * lw_rng_uniform (rng);
  angle = 2 * G_PI * lw_rng_uniform (rng);
  context[0] += radius * cos (angle);
  context[1] += radius * sin (angle);
}

static char *
scene (const LwTask *task, const double *context)
{
  return NULL;
}

static size_t
markers (const LwTask *task, const double *context, LwMarker *out, size_t max)
{
  const LwReacher *self = (const LwReacher *) task;
  size_t n = 0;

  for (size_t i = 0; i < self->n_regions && n < max; i++)
    {
      LwMarker region = { .shape = LW_SOLID_CYLINDER, .pos = { 0, 0, -0.1 }, .size = { GOAL_RADIUS, GOAL_RADIUS, 0.003 },
                          .rgba = { 0.21f, 0.52f, 0.89f, 0.35f } };

      region_centre (i, region.pos);
      out[n++] = region;
    }
  if (n < max)
    out[n++] = (LwMarker){ .shape = LW_SOLID_SPHERE, .pos = { context[0], context[1], 0 }, .size = { 0.05, 0.05, 0.05 },
                           .rgba = { 0.90f, 0.38f, 0.0f, 1 }, .label = "goal" };
  return n;
}

static gboolean
score (const LwTask *task, const double *context, const LwRollout *rollout, double *reward, gboolean *success, GError **error)
{
  double elbow[2], tip[2], dx, dy;
  size_t last;

  if (!lw_task_check_rollout (task, rollout, error))
    return FALSE;
  last = rollout->measured->n_samples - 1;
  if (rollout->tip.rows)
    memcpy (tip, lw_mat_row (&rollout->tip, last), sizeof tip);
  else
    lw_planar_points (lw_mat_row (&rollout->measured->q, last), elbow, tip);
  dx = tip[0] - context[0];
  dy = tip[1] - context[1];
  *reward = -0.5 * (dx * dx + dy * dy);
  if (success)
    *success = FALSE;
  return TRUE;
}

/* mean((x - goal)^2) over the two coordinates. */
static double
demonstrator_cost (const double q[2], const double goal[2])
{
  double elbow[2], tip[2];

  lw_planar_points (q, elbow, tip);
  return ((tip[0] - goal[0]) * (tip[0] - goal[0]) + (tip[1] - goal[1]) * (tip[1] - goal[1])) / 2;
}

/* Gradient descent by forward differences, from the singular start as published. */
static gboolean
demonstration (const LwTask *task, LwRng *rng, double *context, LwTrajectory **out, GError **error)
{
  LwTrajectory *path = lw_trajectory_new (N_STEPS + 1, 2);
  double q[2] = { 0, 0 };

  if (!path)
    {
      g_set_error_literal (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "Out of memory");
      return FALSE;
    }
  draw_context (task, rng, context);
  for (size_t i = 0; i <= N_STEPS; i++)
    {
      const double here = demonstrator_cost (q, context);
      double gradient[2];

      path->t[i] = DURATION * (double) i / N_STEPS;
      memcpy (lw_mat_row (&path->q, i), q, sizeof q);
      for (int j = 0; j < 2; j++)
        {
          double moved[2] = { q[0], q[1] };

          moved[j] += DIFFERENCE;
          gradient[j] = (demonstrator_cost (moved, context) - here) / DIFFERENCE;
        }
      for (int j = 0; j < 2; j++)
        q[j] -= STEP * gradient[j];
    }
  *out = path;
  return TRUE;
}

static void
reacher_free (LwTask *task)
{
  g_free (task);
}

static const LwTaskClass reacher_class = {
  .draw_context = draw_context,
  .scene = scene,
  .markers = markers,
  .score = score,
  .demonstrate = lw_task_demonstrate_rows,
  .demonstration = demonstration,
  .free = reacher_free,
};

LwTask *
lw_reacher_new (const char *id, size_t n_regions)
{
  static const char *const titles[] = {
    N_("Planar reacher, one goal"), N_("Planar reacher, two goals"), N_("Planar reacher, three goals"), N_("Planar reacher, four goals"),
  };
  LwReacher *self = g_new0 (LwReacher, 1);

  self->n_regions = n_regions;
  self->contexts[0] = (LwContextInfo){ "x", "m", INFINITY, -INFINITY };
  self->contexts[1] = (LwContextInfo){ "y", "m", INFINITY, -INFINITY };
  for (size_t i = 0; i < n_regions; i++)
    {
      double centre[2];

      region_centre (i, centre);
      for (int j = 0; j < 2; j++)
        {
          self->contexts[j].lower = fmin (self->contexts[j].lower, centre[j] - GOAL_RADIUS);
          self->contexts[j].upper = fmax (self->contexts[j].upper, centre[j] + GOAL_RADIUS);
        }
    }
  self->base.klass = &reacher_class;
  self->base.info = (LwTaskInfo){
    .id = id,
    .title = titles[n_regions - 1],
    .sentence = N_("Bring the tip to the goal, which lies in one of the regions shown."),
    .arm = "planar-2",
    .n_joints = 2,
    .n_context = 2,
    .contexts = self->contexts,
    .rate_hz = 50,
    .max_duration = 10,
    .n_basis = 20,
    .K = n_regions,
    .d = 2,
    .kl_bound = 0.2,
    .kl_new_old = FALSE,
    .regularisation = 1e-4,
    .averages = TRUE,
    /* Just enough to keep the mixture's covariances sound. The published 0.3 m is more than the regions are wide (0.2 m): it drowns where the goal is. */
    .context_noise = 0.01,
    .episodes = 20,
    .evaluate = 200,
    .scores_success = FALSE,
  };
  return &self->base;
}
