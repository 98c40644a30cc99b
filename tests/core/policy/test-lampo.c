/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-task.h"
#include "lw-assert-close.h"

static double
mean_reward (LwLearner *learner, uint32_t iteration)
{
  LwMat contexts, latents;
  double rewards[500], sum = 0;

  lampo_task_draw (learner, 500, iteration, 0, &contexts, &latents, rewards);
  for (size_t i = 0; i < 500; i++)
    sum += rewards[i] / 500;
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  return sum;
}

static void
test_learns (void)
{
  LwMppca model = lampo_task_model (0);
  LwLearner *learner = lampo_task_learner (&model);

  g_assert_nonnull (learner);
  g_assert_cmpuint (learner->n_context, ==, LAMPO_TASK_DC);
  g_assert_cmpuint (learner->n_movement, ==, LAMPO_TASK_M);
  g_assert_cmpuint (lw_learner_latent_size (learner), ==, LAMPO_TASK_LATENT);
  double before = mean_reward (learner, 1000);
  for (uint32_t iteration = 1; iteration <= 8; iteration++) {
    LwLearnerReport report = lampo_task_iterate (learner, 60, iteration);
    g_assert_cmpfloat (report.kl, <=, 0.2 * (1 + 1e-6));
    g_assert_cmpfloat (report.J, >=, report.J_before - 1e-9);
    g_assert_cmpuint (report.n_components, ==, 2);
    g_assert_true (report.ess >= 1 && report.ess <= 60 * iteration && report.entropy >= 0 && report.solver[0] != '\0');
  }
  double after = mean_reward (learner, 1000);
  g_test_message ("mean reward %.3f before, %.3f after", before, after);
  g_assert_cmpfloat (after, >,
                     before + 0.05 * fabs (before)); /* a random model has little to find; its movements span 2 of 3 dimensions */
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

static void
test_stop (void)
{
  LwMppca model = lampo_task_model (5);
  LwLearner *learner = lampo_task_learner (&model);
  LwMat contexts, latents;
  LwArrays before, after;
  double rewards[50];
  atomic_bool stop = true;
  LwLearnerReport report = { .iterations = 77 };

  lampo_task_draw (learner, 50, 1, 0, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (learner, 50, &contexts, &latents, rewards), ==, LW_OK);
  lw_arrays_init (&before);
  lw_arrays_init (&after);
  g_assert_cmpint (lw_learner_to_arrays (learner, &before), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, &stop, &report), ==, LW_ERR_STOPPED);
  g_assert_cmpuint (report.iterations, ==, 77);
  g_assert_cmpint (lw_learner_to_arrays (learner, &after), ==, LW_OK);
  lampo_task_assert_same (&before, &after);
  lw_arrays_clear (&before);
  lw_arrays_clear (&after);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

static void
test_refused (void)
{
  LwMppca model = lampo_task_model (7);
  LwLearner *learner = lampo_task_learner (&model);
  LwMat contexts, latents;
  double rewards[5], movement[LAMPO_TASK_M], latent[LAMPO_TASK_LATENT], log_q = (double) NAN,
                                                                        bad_context[LAMPO_TASK_DC] = { 0, (double) NAN };
  LwRng rng;
  const LwImitation imitation = { .mppca = &model, .n_context = LAMPO_TASK_DC };
  const LwImitation no_movement = { .mppca = &model, .n_context = LAMPO_TASK_DC + LAMPO_TASK_M };

  g_assert_null (lw_learner_new ("no-such-algorithm", &imitation));
  g_assert_null (lw_learner_new (lampo_task_algorithm (), &no_movement));
  lampo_task_draw (learner, 5, 1, 0, &contexts, &latents, rewards);
  lw_mat_set (&latents, 2, 0, 0.5);
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_ERR_RANGE);
  lw_mat_set (&latents, 2, 0, -1);
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_ERR_RANGE);
  lw_mat_set (&latents, 2, 0, (double) NAN);
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_ERR_NOT_FINITE);
  lw_mat_set (&latents, 2, 0, 1);
  rewards[4] = (double) INFINITY;
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_ERR_NOT_FINITE);
  rewards[4] = 0;
  g_assert_cmpint (lw_learner_add (learner, 4, &contexts, &latents, rewards), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, NULL), ==, LW_ERR_TOO_FEW); /* nothing was added */
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, NULL), ==, LW_OK);

  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  lw_fill_nan (movement, LAMPO_TASK_M);
  lw_fill_nan (latent, LAMPO_TASK_LATENT);
  g_assert_cmpint (lw_learner_sample (learner, bad_context, &rng, movement, latent, &log_q), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_learner_mean (learner, bad_context, movement), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (movement, LAMPO_TASK_M);
  lw_assert_untouched (latent, LAMPO_TASK_LATENT);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  lw_learner_free (NULL);
  lw_mppca_clear (&model);
}

/* Many draws scatter about the mean of their component; the greedy movement is that mean for the likeliest one. */
static void
test_mean (void)
{
  LwMppca model = lampo_task_model (8);
  LwLearner *learner = lampo_task_learner (&model);
  const double context[LAMPO_TASK_DC] = { 0.2, -0.1 };
  double greedy[LAMPO_TASK_M], sum[2][LAMPO_TASK_M] = { { 0 } }, count[2] = { 0 }, movement[LAMPO_TASK_M],
                               latent[LAMPO_TASK_LATENT], log_q;

  lw_fill_nan (greedy, LAMPO_TASK_M);
  g_assert_cmpint (lw_learner_mean (learner, context, greedy), ==, LW_OK);
  for (uint32_t i = 0; i < 20000; i++) {
    LwRng rng;
    lw_rng_init (&rng, 2, LW_RNG_ACTION, 0, i);
    g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, latent, &log_q), ==, LW_OK);
    size_t k = (size_t) latent[0];
    count[k]++;
    for (size_t j = 0; j < LAMPO_TASK_M; j++)
      sum[k][j] += movement[j];
  }
  size_t best = count[1] > count[0];
  for (size_t j = 0; j < LAMPO_TASK_M; j++)
    lw_assert_close (sum[best][j] / count[best], greedy[j], 0, 0.05);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lampo_task_add_test ("/lampo/learns", test_learns);
  lampo_task_add_test ("/lampo/stop", test_stop);
  lampo_task_add_test ("/lampo/refused", test_refused);
  lampo_task_add_test ("/lampo/mean", test_mean);
  return g_test_run ();
}
