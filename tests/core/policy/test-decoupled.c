/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled.h"

#include <math.h>
#include <string.h>

#include "demonstrations.h"
#include "lw-assert-close.h"
#include "lw-decoupled-mean.h"

/* Before it has learned, the greedy movement is that of the published family, and its draws are that family's at a spread of 1.
 */
static void
test_imitation (void)
{
  Demonstrations d;
  demonstrations_init (&d, 40);
  LwLearner *learner = demonstrations_learner (&d), *paper = lw_learner_new ("lampo-paper", &d.imitation);
  double ours[LAMPO_TASK_M], theirs[LAMPO_TASK_M], sum[2][LAMPO_TASK_M] = { { 0 } }, square[2][LAMPO_TASK_M] = { { 0 } };
  enum { DRAWS = 20000 };
  LwRng rng;

  demonstrations_set (learner, "mean", 0);
  demonstrations_set (learner, "exploration", 1);
  for (uint32_t i = 0; i < 20; i++) {
    double context[LAMPO_TASK_DC];
    lw_rng_init (&rng, 13, LW_RNG_TEST, i, 0);
    lw_rng_normals (&rng, context, LAMPO_TASK_DC);
    lw_fill_nan (ours, LAMPO_TASK_M);
    g_assert_cmpint (lw_learner_mean (learner, context, ours), ==, LW_OK);
    g_assert_cmpint (lw_learner_mean (paper, context, theirs), ==, LW_OK);
    lw_assert_close_array (ours, theirs, LAMPO_TASK_M, 1e-11, 1e-12);
  }
  const double context[LAMPO_TASK_DC] = { 0.3, -0.4 };
  for (int which = 0; which < 2; which++)
    for (uint32_t i = 0; i < DRAWS; i++) {
      double movement[LAMPO_TASK_M], latent[LAMPO_TASK_LATENT], log_q;
      lw_rng_init (&rng, 14, LW_RNG_ACTION, (uint32_t) which, i);
      g_assert_cmpint (lw_learner_sample (which == 0 ? learner : paper, context, &rng, movement, latent, &log_q), ==, LW_OK);
      for (size_t j = 0; j < LAMPO_TASK_M; j++) {
        sum[which][j] += movement[j] / DRAWS;
        square[which][j] += movement[j] * movement[j] / DRAWS;
      }
    }
  for (size_t j = 0; j < LAMPO_TASK_M; j++) {
    double ours_sd = sqrt (square[0][j] - sum[0][j] * sum[0][j]), theirs_sd = sqrt (square[1][j] - sum[1][j] * sum[1][j]);
    lw_assert_close (sum[0][j], sum[1][j], 0, 6 * theirs_sd / sqrt (DRAWS));
    lw_assert_close (ours_sd, theirs_sd, 0.03, 0);
  }
  lw_learner_free (learner);
  lw_learner_free (paper);
  demonstrations_clear (&d);
}

/* Another first spread is that many times as far from the same mean. */
static void
test_exploration (void)
{
  Demonstrations d;
  demonstrations_init (&d, 41);
  LwLearner *learner = demonstrations_learner (&d);
  const double context[LAMPO_TASK_DC] = { 0.3, -0.4 };
  double first[LAMPO_TASK_LATENT], wide[LAMPO_TASK_LATENT], movement[LAMPO_TASK_M], log_q;
  LwRng rng;

  demonstrations_set (learner, "exploration", 1);
  lw_rng_init (&rng, 15, LW_RNG_ACTION, 0, 0);
  g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, first, &log_q), ==, LW_OK);
  demonstrations_set (learner, "exploration", 5);
  lw_rng_init (&rng, 15, LW_RNG_ACTION, 0, 0);
  g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, wide, &log_q), ==, LW_OK);
  g_assert_cmpfloat (first[0], ==, wide[0]);
  for (size_t j = 1; j < LAMPO_TASK_LATENT; j++)
    lw_assert_close (wide[j], 5 * first[j], 1e-12, 0);
  lw_learner_free (learner);
  demonstrations_clear (&d);
}

static double
greedy_reward (const LwLearner *learner, const double *target_offset, const double *target_slope)
{
  LwRng rng;
  double total = 0;

  for (uint32_t i = 0; i < 200; i++) {
    double context[LAMPO_TASK_DC], movement[LAMPO_TASK_M];
    lw_rng_init (&rng, 16, LW_RNG_TEST, i, 0);
    lw_rng_normals (&rng, context, LAMPO_TASK_DC);
    g_assert_cmpint (lw_learner_mean (learner, context, movement), ==, LW_OK);
    for (size_t j = 0; j < 2; j++)
      total -= pow (movement[1 + j] - target_slope[j] * context[j] - target_offset[j], 2) / 200;
  }
  return total;
}

/* Rewards -|w - (A c + b)|^2 over demonstrations of another A and b: corrections learn the offset, and the slopes learn A;
 * without slopes what depends on the context stays. */
static void
test_known_optimum (void)
{
  static const double offset[2] = { -0.5, 0.4 }, slope[2] = { 1, 0.8 };
  double after[2], before = 0;

  for (int slopes = 0; slopes < 2; slopes++) {
    Demonstrations d;
    demonstrations_init (&d, 43);
    /* One component that spans both numbers of the movement and has some freedom in them. */
    memset (d.mppca.loading.data, 0, 2 * 5 * 2 * sizeof (double));
    for (size_t k = 0; k < 2; k++)
      for (size_t j = 0; j < 2; j++) {
        lw_mat_set (&d.mppca.loading, 5 * k + j, j, 1);
        lw_mat_set (&d.mppca.loading, 5 * k + 3 + j, j, 2.2);
        lw_mat_set (&d.mppca.mean, k, j, 0);
        lw_mat_set (&d.mppca.mean, k, 3 + j, 1);
        d.mppca.noise_var[k] = 0.3;
      }
    LwLearner *learner = demonstrations_learner (&d);
    demonstrations_set (learner, "mean", LW_DECOUPLED_MIXTURE);
    demonstrations_set (learner, "slopes", slopes);
    demonstrations_set (learner, "prior_slope", 2);
    g_assert_true (slopes == 0 || before == greedy_reward (learner, offset, slope));
    before = greedy_reward (learner, offset, slope);
    for (uint32_t iteration = 1; iteration <= 12; iteration++) {
      LwMat contexts, latents;
      double rewards[60], movement[LAMPO_TASK_M], log_q;
      LwRng rng;
      g_assert_cmpint (lw_mat_alloc (&contexts, 60, LAMPO_TASK_DC), ==, LW_OK);
      g_assert_cmpint (lw_mat_alloc (&latents, 60, LAMPO_TASK_LATENT), ==, LW_OK);
      for (size_t i = 0; i < 60; i++) {
        double *context = lw_mat_row (&contexts, i);
        lw_rng_init (&rng, 17, LW_RNG_ACTION, iteration, (uint32_t) i);
        lw_rng_normals (&rng, context, LAMPO_TASK_DC);
        g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, lw_mat_row (&latents, i), &log_q), ==, LW_OK);
        rewards[i] = 0;
        for (size_t j = 0; j < 2; j++)
          rewards[i] -= pow (movement[1 + j] - slope[j] * context[j] - offset[j], 2);
      }
      g_assert_cmpint (lw_learner_add (learner, 60, &contexts, &latents, rewards), ==, LW_OK);
      g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, NULL), ==, LW_OK);
      lw_mat_clear (&contexts);
      lw_mat_clear (&latents);
    }
    after[slopes] = greedy_reward (learner, offset, slope);
    lw_learner_free (learner);
    demonstrations_clear (&d);
  }
  g_test_message ("greedy reward %.3f, learned %.3f without slopes, %.3f with", before, after[0], after[1]);
  /* Imitation is 2.2 / 1.3 c + 1: what varies with the context, (1.69 - 1)^2 + (1.69 - 0.8)^2, stays without slopes. */
  g_assert_cmpfloat (before, <, -2);
  lw_assert_close (after[0], -1.27, 0.3, 0);
  g_assert_cmpfloat (after[1], >, -0.05);
}

/* The two bounds that are off by default, through the learner. */
static void
test_bounds (void)
{
  static const struct {
    const char *name;
    double value;
  } bounds[] = { { "context_kl_bound", 0.003 }, { "min_ess", 80 } };

  for (size_t c = 0; c < 2; c++) {
    LwLearnerReport report[2];
    for (int bounded = 0; bounded < 2; bounded++) {
      Demonstrations d;
      demonstrations_init (&d, 46);
      LwLearner *learner = demonstrations_learner (&d);
      demonstrations_set (learner, "caution", 0);
      demonstrations_set (learner, "prior_gate", 0);
      demonstrations_set (learner, "kl_bound", 1);
      demonstrations_set (learner, bounds[c].name, bounded ? bounds[c].value : 0);
      report[bounded] = lampo_task_iterate (learner, 100, 1);
      lw_learner_free (learner);
      demonstrations_clear (&d);
    }
    g_test_message ("%s: eta %.4f, %.4f; ESS %.1f, %.1f", bounds[c].name, report[0].context_kl, report[1].context_kl,
                    report[0].ess, report[1].ess);
    g_assert_true (report[1].accepted && report[1].J < report[0].J);
    if (c == 0)
      g_assert_true (report[0].context_kl > 0.003 && report[1].context_kl <= 0.003 * (1 + 1e-6));
    else
      g_assert_true (report[0].ess < 80 && report[1].ess >= 80 * (1 - 1e-5));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoupled/imitation", test_imitation);
  g_test_add_func ("/decoupled/exploration", test_exploration);
  g_test_add_func ("/decoupled/known-optimum", test_known_optimum);
  g_test_add_func ("/decoupled/bounds", test_bounds);
  return g_test_run ();
}
