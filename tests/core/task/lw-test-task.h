/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-task.h"
#include "lw-test-paths.h"

static inline LwTask *
make_task (const char *id)
{
  g_autofree char *arms = lw_test_data_path ("arms");
  g_autoptr (GError) error = NULL;
  LwTask *task = lw_task_new (id, arms, &error);

  g_assert_no_error (error);
  return task;
}

/* Executes one row [context | duration | weights] exactly and scores it; TRUE with reward and success. */
static inline void
replay_row (const LwTask *task, const LwBasis *basis, const double *row, size_t n_weights, LwKinematics *kinematics, double *reward, gboolean *success)
{
  LwRollout rollout = { 0 };
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (lw_task_movement (task, basis, row + task->info.n_context, n_weights, &rollout.measured), ==, LW_OK);
  if (kinematics)
    g_assert_cmpint (lw_rollout_fill_tip (&rollout, kinematics), ==, LW_OK);
  task->klass->score (task, row, &rollout, reward, success, &error);
  g_assert_no_error (error);
  lw_rollout_clear (&rollout);
}

/* A movement of one sample: postures @q (n_joints). */
static inline LwTrajectory *
one_posture (const double *q, size_t n_joints)
{
  LwTrajectory *path = lw_trajectory_new (1, n_joints);

  for (size_t j = 0; j < n_joints; j++)
    lw_mat_set (&path->q, 0, j, q[j]);
  return path;
}
