/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-creps.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "reps-task.h"

static LwLearner *
new_learner (const RepsTask *task)
{
  LwLearner *learner = lw_learner_new ("creps", &task->imitation);

  g_assert_nonnull (learner);
  g_assert_cmpint (lw_learner_set (learner, "dimensions", 3), ==, LW_OK);
  return learner;
}

/* The miss is the same everywhere: most of it must be gone after 500 episodes, and the bound kept at each step. */
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
  before = reps_task_return (learner);
  for (uint32_t i = 1; i <= 10; i++) {
    LwLearnerReport report = reps_task_iterate (learner, 50, i);

    g_assert_true (report.accepted);
    g_assert_cmpfloat (report.kl_bound, ==, lw_learner_get (learner, "step_bound") * lw_learner_get (learner, "kl_bound"));
    g_assert_cmpfloat (report.kl, <=, report.kl_bound * (1.0 + 1e-9));
    g_assert_cmpfloat (report.kl, >, 0.0);
    g_assert_true (report.ess >= 1.0 && report.ess <= 50.0 * i);
    g_assert_true (isfinite (report.J) && report.J > report.J_before);
    g_assert_true (isnan (report.context_kl) && isnan (report.gate));
    g_assert_true (report.n_components == 1 && report.weights[0] == 1.0 && report.entropy == 0.0);
  }
  after = reps_task_return (learner);
  g_test_message ("return %.4f, after learning %.4f", before, after);
  g_assert_cmpfloat (before, <, -0.3);
  g_assert_cmpfloat (after, >, 0.1 * before);
  lw_learner_free (learner);
  reps_task_clear (&task);
}

/* A run read back after its second iteration ends like one that was not interrupted. */
static void
test_resume (void)
{
  RepsTask task;
  LwLearner *whole, *cut;
  LwArrays state;

  reps_task_init (&task, 80, 3);
  whole = new_learner (&task);
  g_assert_cmpint (lw_learner_set (whole, "kl_bound", 0.8), ==, LW_OK);
  for (uint32_t i = 1; i <= 2; i++)
    reps_task_iterate (whole, 20 + i, i);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (whole, &state), ==, LW_OK);
  cut = lw_learner_new ("creps", &task.imitation); /* with other settings until the state is read */
  g_assert_cmpint (lw_learner_from_arrays (cut, &state), ==, LW_OK);
  lw_arrays_clear (&state);
  reps_task_assert_same_state (whole, cut);
  g_assert_cmpfloat (lw_learner_get (cut, "kl_bound"), ==, 0.8);
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
  const char *const needed[] = {
    "mean",     "chol",  "imitation_centre", "imitation_regression", "imitation_basis", "contexts", "rewards", "log_mix",
    "policies", "counts"
  };

  reps_task_init (&task, 80, 4);
  learner = new_learner (&task);
  same = new_learner (&task);
  for (uint32_t i = 1; i <= 2; i++) {
    reps_task_iterate (learner, 20, i);
    reps_task_iterate (same, 20, i);
  }
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

/* A z that no policy here can have drawn. */
static void
test_far_episode (void)
{
  RepsTask task;
  LwLearner *learner;
  LwMat contexts, latents;
  double rewards[20];

  reps_task_init (&task, 80, 6);
  learner = new_learner (&task);
  reps_task_draw (learner, 20, 2, &contexts, &latents, rewards);
  latents.data[0] = 1e200;
  g_assert_cmpint (lw_learner_add (learner, 20, &contexts, &latents, rewards), ==, LW_ERR_RANGE);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  reps_task_clear (&task);
}

/* Two episodes in many directions: hardly anything is known, and hardly anything may change. */
static void
test_few_episodes (void)
{
  RepsTask task;
  LwLearner *learner;

  reps_task_init (&task, 80, 7);
  learner = lw_learner_new ("creps", &task.imitation);
  for (uint32_t i = 1; i <= 20; i++) {
    LwLearnerReport report = reps_task_iterate (learner, 2, i);

    g_assert_true (!report.accepted || report.kl <= report.kl_bound * (1.0 + 1e-9));
  }
  g_assert_true (isfinite (reps_task_return (learner)));
  lw_learner_free (learner);
  reps_task_clear (&task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/creps/learns", test_learns);
  g_test_add_func ("/creps/resume", test_resume);
  g_test_add_func ("/creps/bad-states", test_bad_states);
  g_test_add_func ("/creps/far-episode", test_far_episode);
  g_test_add_func ("/creps/few-episodes", test_few_episodes);
  return g_test_run ();
}
