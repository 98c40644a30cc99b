/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-pour-cup.h"
#include "lw-task-private.h"

/* pour: the arm holds a full cup and pours a wanted mass onto a scale. Scored by what the scale says; a movement that is only computed pours simulated water. */

#define TOLERANCE 4.0     /* g, of success */
#define MOUTH 0.07        /* m, from the tip up to the rim's height */
#define RADIUS 0.03       /* m, of the cup */
#define PAN_RADIUS 0.09   /* m */
#define RATE 100.0        /* Hz, of execution and of the simulated water */
#define DRAIN 2.0         /* s: the arm holds its last pose, and what is above the rim goes on running */
#define POUR_JOINT 4      /* the wrist's roll */
#define BY_EYE 0.15       /* of the wanted mass: what a demonstration pours too much */
#define SPREAD 0.1        /* and how much that varies */

/* rad: where the cup is carried upright, and where it is poured. */
static const double carry[6] = { -0.5, -0.75, 0.6, 0.15, 0, 0.3 };
static const double above_pan[6] = { 0.35, -0.2, 0.35, -0.15, 0, 0.3 };

static const LwContextInfo contexts[1] = { { "wanted mass", "g", 20, 140 } };
static const LwMeasureInfo measures[1] = { { "poured mass", "g" } };

typedef struct {
  LwTask      base;
  LwArmModel *arm;
  double      up[3];  /* of the cup, in the tip's frame */
  double      pan[3]; /* middle of the scale's pan, m */
} LwPour;

static void
draw_context (const LwTask *task, LwRng *rng, double *context)
{
  (void) task;
  context[0] = contexts[0].lower + (contexts[0].upper - contexts[0].lower) * lw_rng_uniform (rng);
}

static char *
scene (const LwTask *task, const double *context)
{
  return NULL;
}

static size_t
markers (const LwTask *task, const double *context, LwMarker *out, size_t max)
{
  const LwPour *self = (const LwPour *) task;
  LwMarker pan = { .shape = LW_SOLID_CYLINDER, .size = { PAN_RADIUS, PAN_RADIUS, 0.004 }, .rgba = { 0.55f, 0.57f, 0.62f, 1 }, .label = "scale" };
  /* As high as the wanted water would stand in a beaker of 5 cm. */
  const double height = 1e-6 * context[0] / (G_PI * 0.025 * 0.025);
  LwMarker wanted = { .shape = LW_SOLID_CYLINDER, .size = { 0.025, 0.025, height / 2 }, .rgba = { 0.21f, 0.52f, 0.89f, 0.6f }, .label = "wanted" };
  size_t n = 0;

  memcpy (pan.pos, self->pan, sizeof pan.pos);
  memcpy (wanted.pos, self->pan, sizeof wanted.pos);
  wanted.pos[2] += height / 2 + 0.004;
  if (n < max)
    out[n++] = pan;
  if (n < max)
    out[n++] = wanted;
  return n;
}

/* ---- the cup in the arm ---- */

/* Tilt of the cup, rad, and where the water leaves it. */
static double
look_at_cup (const LwPour *self, LwKinematics *kinematics, const double *q, double lip[3])
{
  double tip[3], rot[9], up[3], out[2], level;

  lw_kinematics_set (kinematics, q);
  lw_kinematics_tip (kinematics, tip, rot);
  for (int i = 0; i < 3; i++)
    up[i] = rot[3 * i] * self->up[0] + rot[3 * i + 1] * self->up[1] + rot[3 * i + 2] * self->up[2];
  /* The lowest point of the rim lies where the cup leans. */
  level = hypot (up[0], up[1]);
  out[0] = level > 1e-9 ? up[0] / level : 0.0;
  out[1] = level > 1e-9 ? up[1] / level : 0.0;
  for (int i = 0; i < 2; i++)
    lip[i] = tip[i] + MOUTH * up[i] + RADIUS * up[2] * out[i];
  lip[2] = tip[2] + MOUTH * up[2] - RADIUS * level;
  return atan2 (level, up[2]);
}

/* Mass on the scale over time, (n x 1): what left the cup above the pan, a fall later. @q after the last sample stays. */
static LwTrajectory *
pour_along (const LwPour *self, LwKinematics *kinematics, const LwTrajectory *path)
{
  const double end = path->t[path->n_samples - 1] - path->t[0] + DRAIN;
  const size_t n = (size_t) ceil (end * RATE) + 1, fall = (size_t) lround (LW_CUP_FALL * RATE);
  LwTrajectory *poured = lw_trajectory_new (n + fall, 1);
  double mass = LW_CUP_CONTENT, landed = 0.0, lip[3], angle = 0.0;
  size_t at = 0;

  if (poured == NULL)
    return NULL;
  for (size_t i = 0; i < n + fall; i++)
    {
      const double t = (double) i / RATE;

      poured->t[i] = t;
      if (i < fall)
        lw_mat_set (&poured->q, i, 0, 0.0);
      if (i >= n)
        {
          lw_mat_set (&poured->q, i, 0, landed);
          continue;
        }
      while (at + 1 < path->n_samples && path->t[at + 1] - path->t[0] <= t + 1e-9)
        at++;
      angle = look_at_cup (self, kinematics, lw_mat_row (&path->q, at), lip);
      {
        const double left = lw_cup_tilt (mass, angle, 1.0 / RATE);

        if (hypot (lip[0] - self->pan[0], lip[1] - self->pan[1]) <= PAN_RADIUS && lip[2] > self->pan[2])
          landed += mass - left;
        mass = left;
      }
      lw_mat_set (&poured->q, i + fall, 0, landed);
    }
  return poured;
}

static gboolean
simulate (const LwTask *task, const double *context, const LwRollout *rollout, LwTrajectory **out, GError **error)
{
  const LwPour *self = (const LwPour *) task;
  LwKinematics *kinematics;
  LwTrajectory *poured = NULL;

  if (!lw_task_check_rollout (task, rollout, error))
    return FALSE;
  kinematics = lw_kinematics_new (self->arm);
  if (kinematics != NULL)
    poured = pour_along (self, kinematics, rollout->measured);
  lw_kinematics_free (kinematics);
  if (poured == NULL)
    {
      g_set_error_literal (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "Out of memory");
      return FALSE;
    }
  *out = poured;
  return TRUE;
}

static gboolean
score (const LwTask *task, const double *context, const LwRollout *rollout, double *reward, gboolean *success, GError **error)
{
  double miss;

  if (!lw_task_check_rollout (task, rollout, error) || !lw_task_check_measures (task, rollout, error))
    return FALSE;
  miss = fabs (rollout->measures[0] - context[0]);
  *reward = -miss;
  if (success)
    *success = miss <= TOLERANCE;
  return TRUE;
}

/* ---- demonstrations ---- */

static double
minimum_jerk (double u)
{
  u = fmin (fmax (u, 0.0), 1.0);
  return u * u * u * (10 + u * (6 * u - 15));
}

/* Reach out, tilt by @angle, hold, tilt back; @times are the lengths of the four. The cup is brought over the pan before it tips. */
static LwTrajectory *
pouring_path (const double *start, double angle, const double times[4])
{
  const double total = times[0] + times[1] + times[2] + times[3];
  const size_t n = (size_t) lround (total * RATE) + 1;
  LwTrajectory *path = lw_trajectory_new (n, 6);

  for (size_t i = 0; path != NULL && i < n; i++)
    {
      const double t = total * (double) i / (double) (n - 1), reach = minimum_jerk (t / times[0]);
      const double tilt = minimum_jerk ((t - times[0]) / times[1]) - minimum_jerk ((t - times[0] - times[1] - times[2]) / times[3]);

      path->t[i] = t;
      for (size_t j = 0; j < 6; j++)
        lw_mat_set (&path->q, i, j, start[j] + reach * (above_pan[j] - start[j]) + (j == POUR_JOINT ? angle * tilt : 0.0));
    }
  return path;
}

static double
poured_by (const LwPour *self, LwKinematics *kinematics, const LwTrajectory *path)
{
  LwTrajectory *poured = pour_along (self, kinematics, path);
  const double mass = poured != NULL ? lw_mat_get (&poured->q, poured->n_samples - 1, 0) : NAN;

  lw_trajectory_unref (poured);
  return mass;
}

/* As a person pours by eye: for the amount in mind, too much by BY_EYE on the average. */
static gboolean
demonstration (const LwTask *task, LwRng *rng, double *context, LwTrajectory **out, GError **error)
{
  const LwPour *self = (const LwPour *) task;
  LwKinematics *kinematics = lw_kinematics_new (self->arm);
  LwTrajectory *path = NULL;
  double aimed, start[6], times[4], low = LW_CUP_FULL_ANGLE, high = LW_CUP_EMPTY_ANGLE;

  draw_context (task, rng, context);
  aimed = fmin (context[0] * (1.0 + BY_EYE + SPREAD * lw_rng_normal (rng)), 0.95 * LW_CUP_CONTENT);
  for (size_t j = 0; j < 6; j++)
    start[j] = carry[j] + (j == POUR_JOINT ? 0.0 : 0.01 * lw_rng_normal (rng));
  times[0] = 1.1 + 0.1 * lw_rng_uniform (rng);
  times[1] = 0.9 + 0.1 * lw_rng_uniform (rng);
  times[2] = 0.5 + 0.1 * lw_rng_uniform (rng);
  times[3] = 0.7 + 0.1 * lw_rng_uniform (rng);
  for (int half = 0; kinematics != NULL && half < 14; half++)
    {
      const double angle = (low + high) / 2;

      lw_trajectory_unref (path);
      path = pouring_path (start, angle, times);
      if (path == NULL)
        break;
      *(poured_by (self, kinematics, path) < aimed ? &low : &high) = angle;
    }
  lw_kinematics_free (kinematics);
  if (path == NULL)
    {
      g_set_error_literal (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "Out of memory");
      return FALSE;
    }
  *out = path;
  return TRUE;
}

static void
pour_free (LwTask *task)
{
  lw_arm_model_unref (((LwPour *) task)->arm);
  g_free (task);
}

static const LwTaskClass pour_class = {
  .draw_context = draw_context,
  .scene = scene,
  .markers = markers,
  .simulate = simulate,
  .score = score,
  .demonstrate = lw_task_demonstrate_rows,
  .demonstration = demonstration,
  .free = pour_free,
};

/* The cup stands upright in the hand when all joints are at 0; the pan lies under what a cup half tilted pours. */
static void
place_cup_and_pan (LwPour *self, LwKinematics *kinematics)
{
  const double level[6] = { 0 };
  double tilted[6], tip[3], rot[9], lip[3];

  lw_kinematics_set (kinematics, level);
  lw_kinematics_tip (kinematics, tip, rot);
  memcpy (self->up, rot + 6, sizeof self->up);
  memcpy (tilted, above_pan, sizeof tilted);
  tilted[POUR_JOINT] = (LW_CUP_FULL_ANGLE + LW_CUP_EMPTY_ANGLE) / 2;
  look_at_cup (self, kinematics, tilted, lip);
  memcpy (self->pan, (double[]){ lip[0], lip[1], 0.03 }, sizeof self->pan);
}

LwTask *
lw_pour_new (const char *id, const char *arms_dir, GError **error)
{
  g_autofree char *path = g_build_filename (arms_dir, "desk-6.xml", NULL);
  LwSimError sim_error = { "" };
  LwArmModel *arm = lw_arm_model_load (path, NULL, &sim_error);
  LwKinematics *kinematics = arm != NULL ? lw_kinematics_new (arm) : NULL;
  LwPour *self;

  if (kinematics == NULL)
    {
      lw_arm_model_unref (arm);
      g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "The arm of this task could not be loaded: %s", sim_error.text);
      return NULL;
    }
  self = g_new0 (LwPour, 1);
  self->arm = arm;
  place_cup_and_pan (self, kinematics);
  lw_kinematics_free (kinematics);
  self->base.klass = &pour_class;
  self->base.info = (LwTaskInfo){
    .id = id,
    .title = N_("Pour water"),
    .sentence = N_("Pour the wanted mass onto the scale, to within 4 g."),
    .arm = "desk-6",
    .n_joints = 6,
    .n_context = 1,
    .contexts = contexts,
    .n_measures = 1,
    .measures = measures,
    .rate_hz = RATE,
    .max_duration = 5,
    .n_basis = 20,
    .K = 3,
    .d = 2,
    .kl_bound = 0.2,
    .regularisation = 1e-4,
    .averages = TRUE,
    .context_noise = 0.5,
    .episodes = 40,
    .evaluate = 200,
    .scores_success = TRUE,
  };
  return &self->base;
}
