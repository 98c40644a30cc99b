/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-task.h"

#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-test-task.h"

static void
test_registry (void)
{
  const char *const *ids = lw_task_ids ();
  size_t n = 0;

  for (; ids[n]; n++)
    {
      LwTask *task = make_task (ids[n]);
      const LwTaskInfo *info = &task->info;
      g_autofree char *arm_file = g_strdup_printf ("arms/%s.xml", info->arm);
      g_autofree char *arm_path = lw_test_data_path (arm_file);
      LwArmModel *arm = lw_arm_model_load (arm_path, NULL, NULL);

      g_assert_nonnull (arm);
      g_assert_cmpstr (info->id, ==, ids[n]);
      g_assert_cmpuint (strlen (info->title), >, 5);
      g_assert_cmpuint (strlen (info->sentence), >, 10);
      g_assert_cmpuint (info->n_joints, ==, lw_arm_model_n_joints (arm));
      g_assert_cmpuint (info->n_context, >, 0);
      g_assert_cmpuint (info->n_context, <=, LW_MAX_CONTEXT);
      g_assert_cmpuint (info->n_basis, ==, 20);
      g_assert_cmpuint (info->K, >, 0);
      g_assert_cmpuint (info->d, >, 0);
      g_assert_cmpfloat (info->kl_bound, >, 0);
      g_assert_cmpfloat (info->context_noise, >=, 0);
      g_assert_cmpfloat (info->rate_hz, >, 0);
      g_assert_cmpfloat (info->max_duration, >, 0);
      g_assert_cmpuint (info->episodes, >, 0);
      g_assert_cmpuint (info->evaluate, >, 0);
      for (size_t i = 0; i < info->n_context; i++)
        {
          g_assert_cmpstr (info->contexts[i].unit, ==, g_str_equal (info->id, "pour") ? "g" : "m");
          g_assert_cmpfloat (info->contexts[i].lower, <, info->contexts[i].upper);
        }
      lw_arm_model_unref (arm);
      lw_task_free (task);
    }
  g_assert_cmpuint (n, ==, 7);
}

static void
test_unknown (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_task_new ("reacher-5", "/nowhere", &error));
  g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_UNKNOWN);
  g_assert_nonnull (strstr (error->message, "reacher-5"));
  g_assert_nonnull (strstr (error->message, "reacher-obstacle"));
  g_clear_error (&error);
  g_assert_null (lw_task_new ("reach-target", "/nowhere", &error));
  g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "/nowhere/arm-7.xml"));
  lw_task_free (NULL);
}

/* Contexts fall into the ranges that are announced, and fill them. */
static void
test_contexts (void)
{
  for (size_t t = 0; lw_task_ids ()[t]; t++)
    {
      LwTask *task = make_task (lw_task_ids ()[t]);
      double lowest[3] = { INFINITY, INFINITY, INFINITY }, highest[3] = { -INFINITY, -INFINITY, -INFINITY };

      for (uint32_t i = 0; i < 4000; i++)
        {
          double context[3], again[3];
          LwRng rng;

          lw_fill_nan (context, 3);
          lw_rng_init (&rng, 5, LW_RNG_CONTEXT, 1, i);
          task->klass->draw_context (task, &rng, context);
          lw_rng_init (&rng, 5, LW_RNG_CONTEXT, 1, i);
          task->klass->draw_context (task, &rng, again);
          for (size_t c = 0; c < task->info.n_context; c++)
            {
              g_assert_cmpfloat (context[c], ==, again[c]);
              lowest[c] = fmin (lowest[c], context[c]);
              highest[c] = fmax (highest[c], context[c]);
            }
        }
      for (size_t c = 0; c < task->info.n_context; c++)
        {
          const LwContextInfo *info = &task->info.contexts[c];
          const double width = info->upper - info->lower;

          g_assert_cmpfloat (lowest[c], >=, info->lower);
          g_assert_cmpfloat (highest[c], <=, info->upper);
          g_assert_cmpfloat (lowest[c], <, info->lower + 0.1 * width);
          g_assert_cmpfloat (highest[c], >, info->upper - 0.1 * width);
        }
      lw_task_free (task);
    }
}

static void
test_markers_and_scene (void)
{
  for (size_t t = 0; lw_task_ids ()[t]; t++)
    {
      LwTask *task = make_task (lw_task_ids ()[t]);
      double context[3];
      LwMarker marks[LW_TASK_MAX_MARKERS];
      size_t n;
      LwRng rng;
      g_autofree char *scene = NULL;
      g_autofree char *arm_file = g_strdup_printf ("arms/%s.xml", task->info.arm);
      g_autofree char *arm_path = lw_test_data_path (arm_file);
      gboolean at_goal = FALSE;

      lw_rng_init (&rng, 5, LW_RNG_CONTEXT, 1, 1);
      task->klass->draw_context (task, &rng, context);
      n = task->klass->markers (task, context, marks, LW_TASK_MAX_MARKERS);
      g_assert_cmpuint (n, >=, 2);
      for (size_t i = 0; i < n; i++)
        {
          g_assert_cmpfloat (marks[i].size[0], >, 0);
          g_assert_true (marks[i].rgba[3] > 0);
          if (marks[i].pos[0] == context[0] && marks[i].pos[1] == context[1] && marks[i].label[0])
            at_goal = TRUE;
          if (!g_str_equal (task->info.contexts[0].unit, "m") && marks[i].label[0]) /* not a place: shown in some other way */
            at_goal = TRUE;
        }
      g_assert_true (at_goal);
      g_assert_cmpuint (task->klass->markers (task, context, marks, 1), ==, 1);
      scene = task->klass->scene (task, context);
      if (scene)
        {
          LwSimError error = { "" };
          LwArmModel *joined = lw_arm_model_load (arm_path, scene, &error);

          g_assert_cmpstr (error.text, ==, "");
          lw_arm_model_unref (joined);
        }
      lw_task_free (task);
    }
}

static void
test_movement (void)
{
  LwTask *task = make_task ("reach-target");
  double movement[1 + 8 * 20];
  LwTrajectory *path = NULL, *seven = NULL;
  LwBasis basis;

  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  for (size_t i = 0; i < G_N_ELEMENTS (movement); i++)
    movement[i] = sin ((double) i);

  /* 0.5 s at 200 Hz; the eighth joint is left out. */
  movement[0] = 0.5;
  g_assert_cmpint (lw_task_movement (task, &basis, movement, 160, &path), ==, LW_OK);
  g_assert_cmpint (lw_promp_rollout (&basis, movement + 1, 7, 0.5, 200, &seven), ==, LW_OK);
  g_assert_cmpuint (path->n_samples, ==, 100);
  g_assert_cmpuint (path->n_joints, ==, 7);
  for (size_t i = 0; i < 100; i++)
    lw_assert_close_array (lw_mat_row (&path->q, i), lw_mat_row (&seven->q, i), 7, 0, 0);
  g_clear_pointer (&path, lw_trajectory_unref);
  lw_trajectory_unref (seven);

  /* Longer than 1 s is clipped, negative is 1 s, nothing still has two points. */
  for (int i = 0; i < 3; i++)
    {
      movement[0] = (double[]){ 7.5, -3, 0 }[i];
      g_assert_cmpint (lw_task_movement (task, &basis, movement, 140, &path), ==, LW_OK);
      g_assert_cmpuint (path->n_samples, ==, ((size_t[]){ 200, 200, 2 })[i]);
      g_clear_pointer (&path, lw_trajectory_unref);
    }

  g_assert_cmpint (lw_task_movement (task, &basis, movement, 139, &path), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_task_movement (task, &basis, movement, 120, &path), ==, LW_ERR_SHAPE);
  movement[0] = NAN;
  g_assert_cmpint (lw_task_movement (task, &basis, movement, 140, &path), ==, LW_ERR_NOT_FINITE);
  movement[0] = 0.5;
  movement[140] = INFINITY;
  g_assert_cmpint (lw_task_movement (task, &basis, movement, 140, &path), ==, LW_ERR_NOT_FINITE);
  movement[140] = 0;
  movement[141] = NAN; /* of the joint left out */
  g_assert_cmpint (lw_task_movement (task, &basis, movement, 160, &path), ==, LW_OK);
  lw_trajectory_unref (path);
  lw_task_free (task);
}

/* What cannot be scored is refused by every task, and says why. */
static void
test_unscorable (void)
{
  const double context[3] = { 0.2, 0.1, 1 };

  for (size_t t = 0; lw_task_ids ()[t]; t++)
    {
      LwTask *task = make_task (lw_task_ids ()[t]);
      LwRollout rollout = { 0 };
      double reward = NAN;
      gboolean success = 77;
      g_autoptr (GError) error = NULL;

      g_assert_false (task->klass->score (task, context, &rollout, &reward, &success, &error));
      g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_SHAPE);
      g_clear_error (&error);

      rollout.measured = lw_trajectory_new (4, 1);
      g_assert_false (task->klass->score (task, context, &rollout, &reward, &success, &error));
      g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_SHAPE);
      g_clear_error (&error);
      lw_rollout_clear (&rollout);

      rollout.measured = lw_trajectory_new (4, 7);
      lw_mat_set (&rollout.measured->q, 2, 1, NAN);
      g_assert_false (task->klass->score (task, context, &rollout, &reward, &success, &error));
      g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED);
      g_clear_error (&error);

      lw_mat_set (&rollout.measured->q, 2, 1, 0);
      g_assert_cmpint (lw_mat_alloc (&rollout.tip, 3, 3), ==, LW_OK);
      g_assert_false (task->klass->score (task, context, &rollout, &reward, &success, &error));
      g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_SHAPE);
      g_clear_error (&error);

      lw_mat_clear (&rollout.tip);
      rollout.aborted = true;
      g_assert_false (task->klass->score (task, context, &rollout, &reward, &success, &error));
      g_assert_error (error, LW_TASK_ERROR, LW_TASK_ERROR_FAILED);
      g_assert_true (isnan (reward));
      g_assert_cmpint (success, ==, 77);
      lw_rollout_clear (&rollout);
      lw_task_free (task);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/task/registry", test_registry);
  g_test_add_func ("/task/unknown", test_unknown);
  g_test_add_func ("/task/contexts", test_contexts);
  g_test_add_func ("/task/markers-and-scene", test_markers_and_scene);
  g_test_add_func ("/task/movement", test_movement);
  g_test_add_func ("/task/unscorable", test_unscorable);
  return g_test_run ();
}
