/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cma-es.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "reps-task.h"

static LwLearner *
new_learner (const RepsTask *task)
{
  LwLearner *learner = lw_learner_new ("cma-es", &task->imitation);

  g_assert_nonnull (learner);
  g_assert_cmpint (lw_learner_set (learner, "dimensions", 3), ==, LW_OK);
  return learner;
}

/* The miss is the same everywhere, so that one offset mends it: most of it must be gone after 600 episodes. */
static void
test_learns (void)
{
  RepsTask task;
  LwLearner *learner;
  double before, after;

  reps_task_init (&task, 100, 1);
  learner = new_learner (&task);
  g_assert_cmpuint (learner->n_context, ==, REPS_TASK_DC);
  g_assert_cmpuint (learner->n_movement, ==, REPS_TASK_M);
  g_assert_cmpint (lw_learner_set (learner, "dimensions", 2), ==, LW_OK);
  before = reps_task_return (learner);
  for (uint32_t i = 1; i <= 30; i++) {
    LwLearnerReport report = reps_task_iterate (learner, 20, i);

    g_assert_true (report.accepted);
    g_assert_true (isfinite (report.kl) && report.kl > 0.0);
    g_assert_true (report.ess >= 1.0 && report.ess <= 20.0);
    g_assert_true (isfinite (report.J_before) && isnan (report.J) && isnan (report.kl_bound));
    g_assert_cmpuint (report.evaluations, ==, 20);
  }
  after = reps_task_return (learner);
  g_test_message ("return %.4f, after learning %.4f", before, after);
  g_assert_cmpfloat (before, <, -0.3);
  g_assert_cmpfloat (after, >, 0.15 * before);
  lw_learner_free (learner);
  reps_task_clear (&task);
}

/* A run read back after its second iteration ends like one that was not interrupted. */
static void
test_resume (void)
{
  RepsTask task;
  LwLearner *whole, *cut;
  LwMat contexts, latents;
  LwArrays state;
  double rewards[7];

  reps_task_init (&task, 80, 3);
  whole = new_learner (&task);
  g_assert_cmpint (lw_learner_set (whole, "baseline", 0), ==, LW_OK);
  for (uint32_t i = 1; i <= 2; i++)
    reps_task_iterate (whole, 20 + i, i);
  /* With episodes that no generation was made of yet. */
  reps_task_draw (whole, 7, 50, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (whole, 7, &contexts, &latents, rewards), ==, LW_OK);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (whole, &state), ==, LW_OK);
  cut = lw_learner_new ("cma-es", &task.imitation); /* with other settings until the state is read */
  g_assert_cmpint (lw_learner_from_arrays (cut, &state), ==, LW_OK);
  lw_arrays_clear (&state);
  reps_task_assert_same_state (whole, cut);
  g_assert_cmpfloat (lw_learner_get (cut, "baseline"), ==, 0.0);
  for (uint32_t i = 3; i <= 5; i++) {
    reps_task_iterate (whole, 30, i);
    reps_task_iterate (cut, 30, i);
  }
  reps_task_assert_same_state (whole, cut);
  lw_learner_free (whole);
  lw_learner_free (cut);
  reps_task_clear (&task);
}

static void
test_bad_states (void)
{
  RepsTask task;
  LwLearner *learner, *same;
  LwMat contexts, latents;
  double rewards[5];
  const char *const needed[] = { "cma_mean", "cma_paths", "cma_c", "cma_b", "cma_d", "cma_counts", "imitation_centre",
                                 "imitation_regression", "imitation_basis", "contexts", "rewards" };

  reps_task_init (&task, 80, 4);
  learner = new_learner (&task);
  same = new_learner (&task);
  for (uint32_t i = 1; i <= 2; i++) {
    reps_task_iterate (learner, 20, i);
    reps_task_iterate (same, 20, i);
  }
  reps_task_draw (learner, 5, 50, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_add (same, 5, &contexts, &latents, rewards), ==, LW_OK);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  for (size_t k = 0; k < G_N_ELEMENTS (needed); k++)
    for (int damage = 0; damage < 2; damage++) {
      LwArrays state;
      LwMat none = { 0 };

      lw_arrays_init (&state);
      g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
      g_assert_nonnull (lw_arrays_get (&state, needed[k]));
      if (damage == 0)
        g_assert_cmpint (lw_arrays_put (&state, needed[k], &none), ==, LW_OK);
      else
        lw_arrays_get (&state, needed[k])->data[0] = NAN;
      g_assert_cmpint (lw_learner_from_arrays (learner, &state), !=, LW_OK);
      lw_arrays_clear (&state);
    }
  reps_task_assert_same_state (learner, same);
  lw_learner_free (learner);
  lw_learner_free (same);
  reps_task_clear (&task);
}

/* Episodes that no distribution comes out of: the policy stays, says so, and goes on with the next ones. */
static void
test_degenerate (void)
{
  RepsTask task;
  LwLearner *learner;
  LwLearnerReport report;
  LwMat contexts, latents;
  double rewards[20], context[] = { 0.1, 0.2 }, before[REPS_TASK_M], after[REPS_TASK_M];

  reps_task_init (&task, 80, 6);
  learner = new_learner (&task);
  g_assert_cmpint (lw_learner_mean (learner, context, before), ==, LW_OK);
  reps_task_draw (learner, 20, 1, &contexts, &latents, rewards);
  for (size_t i = 0; i < latents.rows * latents.cols; i++)
    latents.data[i] *= 1e200;
  g_assert_cmpint (lw_learner_add (learner, 20, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  g_assert_false (report.accepted);
  g_assert_nonnull (strstr (report.solver, "kept the old distribution"));
  g_assert_cmpint (lw_learner_mean (learner, context, after), ==, LW_OK);
  lw_assert_close_array (after, before, REPS_TASK_M, 0, 0);
  g_assert_true (reps_task_iterate (learner, 20, 2).accepted);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  reps_task_clear (&task);
}

/* Two episodes in many directions: no more than a direction to take, which does no harm. */
static void
test_few_episodes (void)
{
  RepsTask task;
  LwLearner *learner;

  reps_task_init (&task, 80, 7);
  learner = lw_learner_new ("cma-es", &task.imitation);
  for (uint32_t i = 1; i <= 20; i++) {
    LwLearnerReport report = reps_task_iterate (learner, 2, i);

    g_assert_true (report.accepted && isfinite (report.kl));
  }
  g_assert_true (isfinite (reps_task_return (learner)));
  lw_learner_free (learner);
  reps_task_clear (&task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cma-es/learns", test_learns);
  g_test_add_func ("/cma-es/resume", test_resume);
  g_test_add_func ("/cma-es/bad-states", test_bad_states);
  g_test_add_func ("/cma-es/degenerate", test_degenerate);
  g_test_add_func ("/cma-es/few-episodes", test_few_episodes);
  return g_test_run ();
}
