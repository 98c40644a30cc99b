/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-learn-run.h"
#include "lw-test-paths.h"

/* What the tests of jobs share: planted demonstrations, a fitted planar reacher, a project in a folder of its own. */

typedef struct {
  char      *folder;
  char      *path;
  LwProject *project;
} TestProject;

static inline void
test_project_open (TestProject *self)
{
  GError *error = NULL;

  self->project = lw_project_open (self->path, &error);
  g_assert_no_error (error);
}

static inline void
test_project_close (TestProject *self)
{
  lw_project_close (self->project);
  g_assert_finalize_object (self->project);
  self->project = NULL;
}

static inline void
test_project_init (TestProject *self)
{
  self->folder = g_dir_make_tmp ("lampwork-job-XXXXXX", NULL);
  g_assert_nonnull (self->folder);
  self->path = g_build_filename (self->folder, "test.lampwork", NULL);
  test_project_open (self);
}

static inline void
test_project_clear (TestProject *self)
{
  GDir *dir;

  test_project_close (self);
  dir = g_dir_open (self->folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;)
    {
      g_autofree char *path = g_build_filename (self->folder, name, NULL);

      g_assert_cmpint (g_remove (path), ==, 0);
    }
  g_dir_close (dir);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->path);
  g_free (self->folder);
}

/* @n movements of two joints from @n_kinds kinds, each with one latent direction: weights w = a_k + z b_k over @n_basis basis functions, context = (k, z). */
static inline LwDemonstrations *
planted_set (size_t n, size_t n_kinds, size_t n_basis, LwMat *weights)
{
  LwDemonstrations *set = lw_demonstrations_new (n, 2, 2);
  LwBasis basis;

  g_assert_cmpint (lw_basis_init_stroke (&basis, n_basis), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (weights, n, 2 * n_basis), ==, LW_OK);
  set->trajectories = g_new0 (LwTrajectory *, n);
  for (size_t j = 0; j < 2; j++)
    set->context_names[j] = g_strdup (j == 0 ? "kind" : "height");
  set->context_units[1] = g_strdup ("m");
  for (size_t i = 0; i < n; i++)
    {
      LwRng rng;
      double kind = (double) (i % n_kinds), z;

      lw_rng_init (&rng, 7, LW_RNG_TEST, 0, (uint32_t) i);
      z = lw_rng_normal (&rng);
      for (size_t j = 0; j < 2 * n_basis; j++)
        lw_mat_set (weights, i, j, (1.0 + kind) * sin (0.3 * (double) j + 2.0 * kind) + 0.2 * z * cos (0.2 * (double) j + kind));
      lw_mat_set (&set->contexts, i, 0, kind);
      lw_mat_set (&set->contexts, i, 1, 0.3 * z);
      g_assert_cmpint (lw_promp_rollout (&basis, lw_mat_row (weights, i), 2, 1.0 + 0.01 * (double) i, 200.0, &set->trajectories[i]), ==, LW_OK);
    }
  return set;
}

/* A planar reacher and the model of demonstrations it made itself. */
typedef struct {
  LwTask          *task;
  LwSkill         *skill;
  LwRunner        *runner; /* kinematic */
  char            *arms;
  LwLearnSettings  settings;
} TestRun;

static inline void
test_run_init (TestRun *self, const char *task)
{
  GError *error = NULL;
  LwFitSettings fit;
  g_autoptr (LwDemonstrations) set = NULL;
  size_t n = 40, dc, m;
  LwBasis basis;
  LwMat rows, left, right;

  self->arms = lw_test_data_path ("arms");
  self->task = lw_task_new (task, self->arms, &error);
  g_assert_no_error (error);
  self->runner = lw_runner_kinematic_new (self->task, self->arms, &error);
  g_assert_no_error (error);

  dc = self->task->info.n_context;
  m = 1 + self->task->info.n_joints * 20;
  g_assert_cmpint (lw_basis_init_stroke (&basis, 20), ==, LW_OK);
  g_assert_true (self->task->klass->demonstrate (self->task, n, &basis, 3, &rows, &error));
  set = lw_demonstrations_new (n, self->task->info.n_joints, dc);
  set->n_basis = 20;
  g_assert_cmpint (lw_mat_alloc (&set->params, n, m), ==, LW_OK);
  left = lw_mat_block (&rows, 0, 0, n, dc);
  right = lw_mat_block (&rows, 0, dc, n, m);
  lw_mat_copy (&left, &set->contexts);
  lw_mat_copy (&right, &set->params);
  lw_mat_clear (&rows);
  for (size_t j = 0; j < dc; j++)
    set->context_names[j] = g_strdup (self->task->info.contexts[j].name);

  lw_fit_settings_init (&fit);
  fit.K = self->task->info.K;
  fit.d = self->task->info.d;
  fit.context_noise = self->task->info.context_noise;
  self->skill = lw_skill_fit (set, &fit, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  lw_learn_settings_init (&self->settings, self->task);
  self->settings.evaluate = 40;
  self->settings.episodes = 12;
  self->settings.iterations = 4;
  self->settings.seed = 5;
}

static inline void
test_run_clear (TestRun *self)
{
  lw_learn_settings_clear (&self->settings);
  lw_skill_unref (self->skill);
  lw_runner_free (self->runner);
  lw_task_free (self->task);
  g_free (self->arms);
}
