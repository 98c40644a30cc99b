/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <string.h>

#include "lw-task-private.h"

/* reach-target [RLBench's, as in Tosatto et al.; maths.md 3]: the tip of arm-7 comes within 0.05 m of the target at any time.
 * Reward 1 on success, else the negative final distance. */

#define SUCCESS_DISTANCE 0.05 /* m */
#define TABLE_TOP 0.687       /* m, of data/arms/arm-7.xml */
#define MAX_DRAWS 200         /* targets tried for one demonstration */

typedef struct {
  LwTask      base;
  LwArmModel *arm;
} LwReachTarget;

static const LwContextInfo contexts[3] = { { "x", "m", 0.025, 0.475 }, { "y", "m", -0.325, 0.325 }, { "z", "m", 0.777, 1.227 } };

static void
draw_context (const LwTask *task, LwRng *rng, double *context)
{
  for (int i = 0; i < 3; i++)
    context[i] = contexts[i].lower + (contexts[i].upper - contexts[i].lower) * lw_rng_uniform (rng);
}

static char *
scene (const LwTask *task, const double *context)
{
  return NULL;
}

static size_t
markers (const LwTask *task, const double *context, LwMarker *out, size_t max)
{
  LwMarker target = { .shape = LW_SOLID_SPHERE, .size = { 0.018, 0.018, 0.018 }, .rgba = { 0.90f, 0.38f, 0.0f, 1 }, .label = "target" };
  LwMarker reach = { .shape = LW_SOLID_SPHERE, .size = { SUCCESS_DISTANCE, SUCCESS_DISTANCE, SUCCESS_DISTANCE },
                     .rgba = { 0.90f, 0.38f, 0.0f, 0.22f } };
  size_t n = 0;

  memcpy (target.pos, context, sizeof target.pos);
  memcpy (reach.pos, context, sizeof reach.pos);
  if (n < max)
    out[n++] = target;
  if (n < max)
    out[n++] = reach;
  return n;
}

static double
distance (const double *a, const double *b)
{
  return sqrt ((a[0] - b[0]) * (a[0] - b[0]) + (a[1] - b[1]) * (a[1] - b[1]) + (a[2] - b[2]) * (a[2] - b[2]));
}

static gboolean
score_tip (const LwMat *tip, const double *target, double *reward, gboolean *success)
{
  double nearest = INFINITY;

  for (size_t i = 0; i < tip->rows; i++)
    nearest = fmin (nearest, distance (lw_mat_row (tip, i), target));
  *reward = nearest <= SUCCESS_DISTANCE ? 1 : -distance (lw_mat_row (tip, tip->rows - 1), target);
  if (success)
    *success = nearest <= SUCCESS_DISTANCE;
  return TRUE;
}

static gboolean
score (const LwTask *task, const double *context, const LwRollout *rollout, double *reward, gboolean *success, GError **error)
{
  const LwReachTarget *self = (const LwReachTarget *) task;
  LwRollout seen = { .measured = rollout->measured };
  LwKinematics *kinematics;
  LwStatus status = LW_ERR_MEMORY;

  if (!lw_task_check_rollout (task, rollout, error))
    return FALSE;
  if (rollout->tip.rows)
    return score_tip (&rollout->tip, context, reward, success);

  kinematics = lw_kinematics_new (self->arm);
  if (kinematics)
    status = lw_rollout_fill_tip (&seen, kinematics);
  if (status == LW_OK)
    score_tip (&seen.tip, context, reward, success);
  else
    g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "The tip's path could not be computed: %s", lw_status_text (status));
  lw_kinematics_free (kinematics);
  lw_mat_clear (&seen.tip);
  return status == LW_OK;
}

/* From @start to @end in @duration with least jerk, 100 Hz: s = 10 u^3 - 15 u^4 + 6 u^5. */
static LwTrajectory *
minimum_jerk (const double *start, const double *end, size_t n_joints, double duration)
{
  const size_t n = (size_t) lround (duration * 100) + 1;
  LwTrajectory *path = lw_trajectory_new (n, n_joints);

  for (size_t i = 0; path && i < n; i++)
    {
      const double u = (double) i / (double) (n - 1);
      const double s = u * u * u * (10 + u * (6 * u - 15));

      path->t[i] = (double) i / 100;
      for (size_t j = 0; j < n_joints; j++)
        lw_mat_set (&path->q, i, j, start[j] + s * (end[j] - start[j]));
    }
  return path;
}

/* Seconds for the way: longer ways take longer, no two takes are alike. Peaks of a minimum-jerk movement over D rad in T s:
 * 1.875 D / T rad/s and 5.774 D / T^2 rad/s^2; nine tenths of a limit are used at most. */
static double
choose_duration (const LwJointInfo *joints, const double *start, const double *end, size_t n_joints, LwRng *rng)
{
  double squares = 0, duration = 2;

  for (size_t j = 0; j < n_joints; j++)
    squares += (end[j] - start[j]) * (end[j] - start[j]);
  duration += 0.7 * sqrt (squares) + 0.1 * lw_rng_uniform (rng);
  for (size_t j = 0; j < n_joints; j++)
    {
      const double way = fabs (end[j] - start[j]);

      duration = fmax (duration, fmax (1.875 * way / (0.9 * joints[j].v_max), sqrt (5.774 * way / (0.9 * joints[j].a_max))));
    }
  return duration;
}

static bool
keeps_off_the_table (LwKinematics *kinematics, const LwTrajectory *path)
{
  for (size_t i = 0; i < path->n_samples; i += 5)
    {
      lw_kinematics_set (kinematics, lw_mat_row (&path->q, i));
      if (lw_kinematics_lowest (kinematics) < TABLE_TOP + 0.005)
        return false;
    }
  return true;
}

/* One try: a target, a start near home, and a posture at the target near the start. NULL when this target cannot be had like that. */
static LwTrajectory *
try_demonstration (const LwReachTarget *self, LwKinematics *kinematics, LwRng *rng, double *context)
{
  const LwJointInfo *joints = lw_arm_model_joints (self->arm);
  const size_t n_joints = self->base.info.n_joints;
  double start[LW_MAX_JOINTS], end[LW_MAX_JOINTS], duration;
  LwTrajectory *path;

  draw_context (&self->base, rng, context);
  for (size_t j = 0; j < n_joints; j++)
    {
      start[j] = joints[j].home + 0.005 * lw_rng_normal (rng);
      end[j] = joints[j].home + 0.02 * lw_rng_normal (rng);
    }
  if (lw_kinematics_reach (kinematics, context, 1e-7, end) != LW_OK)
    return NULL;
  duration = choose_duration (joints, start, end, n_joints, rng);
  if (duration > 4)
    return NULL;
  path = minimum_jerk (start, end, n_joints, duration);
  if (path && !keeps_off_the_table (kinematics, path))
    {
      lw_trajectory_unref (path);
      return NULL;
    }
  if (path)
    {
      lw_kinematics_set (kinematics, end);
      lw_kinematics_tip (kinematics, context, NULL);
    }
  return path;
}

static gboolean
demonstration (const LwTask *task, LwRng *rng, double *context, LwTrajectory **out, GError **error)
{
  const LwReachTarget *self = (const LwReachTarget *) task;
  LwKinematics *kinematics = lw_kinematics_new (self->arm);
  LwTrajectory *path = NULL;

  for (int draw = 0; kinematics && !path && draw < MAX_DRAWS; draw++)
    path = try_demonstration (self, kinematics, rng, context);
  lw_kinematics_free (kinematics);
  if (!path)
    {
      g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "%s reaches none of %d targets drawn for a demonstration",
                   lw_arm_model_title (self->arm), MAX_DRAWS);
      return FALSE;
    }
  *out = path;
  return TRUE;
}

static void
reach_target_free (LwTask *task)
{
  lw_arm_model_unref (((LwReachTarget *) task)->arm);
  g_free (task);
}

static const LwTaskClass reach_target_class = {
  .draw_context = draw_context,
  .scene = scene,
  .markers = markers,
  .score = score,
  .demonstrate = lw_task_demonstrate_rows,
  .demonstration = demonstration,
  .free = reach_target_free,
};

LwTask *
lw_reach_target_new (const char *id, const char *arms_dir, GError **error)
{
  g_autofree char *path = g_build_filename (arms_dir, "arm-7.xml", NULL);
  LwSimError sim_error = { "" };
  LwArmModel *arm = lw_arm_model_load (path, NULL, &sim_error);
  LwReachTarget *self;

  if (!arm)
    {
      g_set_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED, "The arm of this task could not be loaded: %s", sim_error.text);
      return NULL;
    }
  self = g_new0 (LwReachTarget, 1);
  self->arm = arm;
  self->base.klass = &reach_target_class;
  self->base.info = (LwTaskInfo){
    .id = id,
    .title = N_("Reach target"),
    .sentence = N_("Bring the tip within 5 cm of the target."),
    .arm = "arm-7",
    .n_joints = 7,
    .n_context = 3,
    .contexts = contexts,
    .rate_hz = 200,
    .max_duration = 1,
    .n_basis = 20,
    .K = 6,
    .d = 3,
    .kl_bound = 0.2,
    .regularisation = 1e-4,
    .averages = TRUE,
    .context_noise = 0.03,
    .episodes = 100,
    .evaluate = 500,
    .scores_success = TRUE,
  };
  return &self->base;
}
