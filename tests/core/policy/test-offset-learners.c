/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What contextual REPS and CMA-ES have in common: their start, their settings, and what they do with nothing to learn from. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-linalg.h"
#include "reps-task.h"

static LwLearner *
new_learner (const char *name, const RepsTask *task)
{
  LwLearner *learner = lw_learner_new (name, &task->imitation);

  g_assert_nonnull (learner);
  g_assert_cmpint (lw_learner_set (learner, "dimensions", 3), ==, LW_OK);
  return learner;
}

/* Episodes of a policy are, under it, as likely as their log density says; the mean is the draw without noise. */
static void
test_sample (gconstpointer name)
{
  enum { n = 4000 };
  RepsTask task;
  LwLearner *learner;
  double context[] = { 0.3, -0.6 }, mean[REPS_TASK_M], sum[REPS_TASK_M] = { 0 }, movement[REPS_TASK_M], log_q, entropy = 0;
  double z[3], z_sum[3] = { 0 }, moment[9] = { 0 };
  LwMat cov = lw_mat_view (moment, 3, 3);
  LwRng rng;

  reps_task_init (&task, 100, 2);
  learner = new_learner (name, &task);
  reps_task_iterate (learner, 50, 1);
  g_assert_cmpuint (lw_learner_latent_size (learner), ==, 3);
  g_assert_cmpint (lw_learner_mean (learner, context, mean), ==, LW_OK);
  lw_rng_init (&rng, 5, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < n; i++) {
    g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, z, &log_q), ==, LW_OK);
    entropy -= log_q / n;
    for (size_t j = 0; j < REPS_TASK_M; j++)
      sum[j] += movement[j] / n;
    for (size_t a = 0; a < 3; a++) {
      z_sum[a] += z[a] / n;
      for (size_t b = 0; b < 3; b++)
        moment[3 * a + b] += z[a] * z[b] / n;
    }
  }
  lw_assert_close_array (sum, mean, REPS_TASK_M, 0, 0.05);
  /* That of the Gaussian with the draws' own covariance. */
  for (size_t a = 0; a < 3; a++)
    for (size_t b = 0; b < 3; b++)
      moment[3 * a + b] -= z_sum[a] * z_sum[b];
  g_assert_cmpint (lw_chol_factor (&cov), ==, LW_OK);
  lw_assert_close (entropy, 1.5 * (1 + log (2 * G_PI)) + 0.5 * lw_chol_logdet (&cov), 0, 0.08);
  /* No episode from elsewhere is an error, and nothing of it is written. */
  context[0] = NAN;
  lw_fill_nan (movement, REPS_TASK_M);
  g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, z, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_learner_mean (learner, context, movement), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (movement, REPS_TASK_M);
  context[0] = 1e12;
  g_assert_cmpint (lw_learner_mean (learner, context, movement), ==, LW_OK);
  for (size_t j = 0; j < REPS_TASK_M; j++)
    g_assert_cmpfloat (fabs (movement[j]), <, 1e3);
  lw_learner_free (learner);
  reps_task_clear (&task);
}

static void
test_stop (gconstpointer name)
{
  RepsTask task;
  LwLearner *learner, *same;
  LwMat contexts, latents;
  double rewards[30];
  atomic_bool stop = true;
  LwLearnerReport report = { .iterations = 77 };

  reps_task_init (&task, 80, 5);
  learner = new_learner (name, &task);
  same = new_learner (name, &task);
  reps_task_draw (learner, 30, 1, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (learner, 30, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_add (same, 30, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, &stop, &report), ==, LW_ERR_STOPPED);
  g_assert_cmpuint (report.iterations, ==, 77);
  reps_task_assert_same_state (learner, same);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  lw_learner_free (same);
  reps_task_clear (&task);
}

/* Equal rewards, one episode, none: nothing to learn, said so, and the policy stays. */
static void
test_nothing_to_learn (gconstpointer name)
{
  RepsTask task;
  LwLearner *learner;
  LwLearnerReport report;
  LwMat contexts, latents;
  double rewards[20], context[] = { 0.1, 0.2 }, before[REPS_TASK_M], after[REPS_TASK_M];

  reps_task_init (&task, 80, 6);
  learner = new_learner (name, &task);
  g_assert_cmpint (lw_learner_mean (learner, context, before), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  g_assert_true (!report.accepted && report.solver[0] != '\0');
  report = reps_task_iterate (learner, 1, 1);
  g_assert_false (report.accepted);
  reps_task_draw (learner, 20, 2, &contexts, &latents, rewards);
  for (size_t i = 0; i < 20; i++)
    rewards[i] = -3.0;
  lw_learner_free (learner);
  learner = new_learner (name, &task);
  g_assert_cmpint (lw_learner_add (learner, 20, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  g_assert_false (report.accepted);
  lw_assert_close (report.J_before, -3.0, 1e-12, 0);
  g_assert_cmpint (lw_learner_mean (learner, context, after), ==, LW_OK);
  lw_assert_close_array (after, before, REPS_TASK_M, 0, 0);

  /* Refused, and nothing of it kept. */
  rewards[3] = NAN;
  g_assert_cmpint (lw_learner_add (learner, 20, &contexts, &latents, rewards), ==, LW_ERR_NOT_FINITE);
  rewards[3] = 0.0;
  latents.data[0] = INFINITY;
  g_assert_cmpint (lw_learner_add (learner, 20, &contexts, &latents, rewards), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_learner_add (learner, 19, &contexts, &latents, rewards), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  g_assert_false (report.accepted);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  reps_task_clear (&task);
}

static void
test_settings (gconstpointer name)
{
  RepsTask task;
  LwLearner *learner;
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings_of (name, &n);

  reps_task_init (&task, 80, 8);
  learner = lw_learner_new (name, &task.imitation);
  for (size_t i = 0; i < n; i++) {
    g_assert_cmpfloat (lw_learner_get (learner, table[i].name), ==, table[i].value);
    g_assert_cmpint (lw_learner_set (learner, table[i].name, table[i].lower), ==, LW_OK);
    g_assert_cmpint (lw_learner_set (learner, table[i].name, table[i].upper), ==, LW_OK);
    g_assert_cmpint (lw_learner_set (learner, table[i].name, 2.0 * table[i].upper + 1.0), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_learner_set (learner, table[i].name, NAN), ==, LW_ERR_RANGE);
    g_assert_cmpfloat (lw_learner_get (learner, table[i].name), ==, table[i].upper);
  }
  g_assert_cmpint (lw_learner_set (learner, "baseline", 0.5), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_learner_set (learner, "unheard-of", 1), ==, LW_ERR_RANGE);
  g_assert_true (isnan (lw_learner_get (learner, "unheard-of")));
  /* No more dimensions than movements vary in; and a change of them begins again. */
  g_assert_cmpuint (lw_learner_latent_size (learner), ==, REPS_TASK_M);
  g_assert_cmpint (lw_learner_set (learner, "dimensions", 2), ==, LW_OK);
  g_assert_cmpuint (lw_learner_latent_size (learner), ==, 2);
  reps_task_iterate (learner, 20, 1);
  /* What would begin the search again is settled by the first episode. */
  g_assert_cmpint (lw_learner_set (learner, "dimensions", 3), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_learner_set (learner, "exploration", 0.5), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_learner_set (learner, "dimensions", 2), ==, LW_OK);
  g_assert_cmpint (lw_learner_set (learner, "baseline", 1), ==, LW_OK);
  g_assert_cmpuint (lw_learner_latent_size (learner), ==, 2);
  lw_learner_free (learner);
  reps_task_clear (&task);
}

/* Demonstrations there is nothing to start from, and ones that are merely poor. */
static void
test_demonstrations (gconstpointer name)
{
  RepsTask task;
  LwImitation poor;
  LwLearner *learner;
  double movement[REPS_TASK_M];

  reps_task_init (&task, 40, 9);
  poor = task.imitation;
  poor.contexts.rows = poor.movements.rows = 1;
  g_assert_null (lw_learner_new (name, &poor));
  poor.contexts.rows = poor.movements.rows = 0;
  g_assert_null (lw_learner_new (name, &poor));
  poor = task.imitation;
  poor.contexts.rows--;
  g_assert_null (lw_learner_new (name, &poor));
  lw_mat_set (&task.movements, 3, 4, NAN);
  g_assert_null (lw_learner_new (name, &task.imitation));

  /* Two of them; the same one many times and one other; a constant column and a constant context. */
  lw_mat_set (&task.movements, 3, 4, 0.0);
  poor = task.imitation;
  poor.contexts.rows = poor.movements.rows = 2;
  learner = lw_learner_new (name, &poor);
  g_assert_nonnull (learner);
  g_assert_cmpuint (lw_learner_latent_size (learner), ==, 1);
  reps_task_iterate (learner, 20, 1);
  lw_learner_free (learner);
  for (size_t i = 0; i < 40; i++) {
    memmove (lw_mat_row (&task.movements, i), lw_mat_row (&task.movements, i == 39 ? 39 : 0), REPS_TASK_M * sizeof (double));
    lw_mat_set (&task.movements, i, 5, 2.5);
    lw_mat_set (&task.contexts, i, 1, -1.0);
  }
  learner = lw_learner_new (name, &task.imitation);
  g_assert_nonnull (learner);
  reps_task_iterate (learner, 20, 1);
  g_assert_cmpint (lw_learner_mean (learner, (double[]){ 0.0, 0.0 }, movement), ==, LW_OK);
  lw_assert_close (movement[5], 2.5, 1e-9, 0);
  lw_learner_free (learner);
  for (size_t i = 0; i < 40; i++)
    memmove (lw_mat_row (&task.movements, i), lw_mat_row (&task.movements, 0), REPS_TASK_M * sizeof (double));
  g_assert_null (lw_learner_new (name, &task.imitation));
  reps_task_clear (&task);
}

int
main (int argc, char **argv)
{
  static const char *const names[] = { "creps", "cma-es" };
  static const struct {
    const char *name;
    GTestDataFunc test;
  } tests[] = {
    { "sample", test_sample },     { "stop", test_stop },                     { "nothing-to-learn", test_nothing_to_learn },
    { "settings", test_settings }, { "demonstrations", test_demonstrations },
  };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    for (size_t j = 0; j < G_N_ELEMENTS (tests); j++) {
      g_autofree char *path = g_strdup_printf ("/%s/%s", names[i], tests[j].name);
      g_test_add_data_func (path, names[i], tests[j].test);
    }
  return g_test_run ();
}
