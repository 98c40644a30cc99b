/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "reps-task.h"

#include <glib.h>
#include <math.h>
#include <string.h>

/* Every movement number moves both coordinates, as weights of a movement do; the two directions are orthogonal. */
static double
mixing (size_t j, size_t coordinate)
{
  return coordinate == 0 ? 1.0 : cos (G_PI * ((double) j + 0.5) / 6.0);
}

static void
wanted (const double *context, double *target)
{
  target[0] = 1.0 + 2.0 * context[0] - context[1] + 0.5 * context[0] * context[1];
  target[1] = -0.5 + context[0] + 1.5 * context[1] - 0.3 * context[0] * context[0];
}

double
reps_task_reward (const double *context, const double *movement)
{
  double target[2], reward = 0.0;

  wanted (context, target);
  for (size_t k = 0; k < 2; k++) {
    double reached = 0.0, norm = 0.0;

    for (size_t j = 0; j < REPS_TASK_M; j++) {
      reached += mixing (j, k) * movement[j];
      norm += mixing (j, k) * mixing (j, k);
    }
    reward -= (reached / norm - target[k]) * (reached / norm - target[k]);
  }
  return reward;
}

void
reps_task_init (RepsTask *self, size_t n, uint32_t stream)
{
  LwRng rng;

  lw_rng_init (&rng, 31, LW_RNG_TEST, stream, 0);
  g_assert_cmpint (lw_mat_alloc (&self->contexts, n, REPS_TASK_DC), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&self->movements, n, REPS_TASK_M), ==, LW_OK);
  for (size_t i = 0; i < n; i++) {
    double *c = lw_mat_row (&self->contexts, i), *w = lw_mat_row (&self->movements, i), target[2];

    c[0] = 2.0 * lw_rng_uniform (&rng) - 1.0;
    c[1] = 2.0 * lw_rng_uniform (&rng) - 1.0;
    wanted (c, target);
    for (size_t k = 0; k < 2; k++)
      target[k] += 0.4 + 0.2 * lw_rng_normal (&rng);
    for (size_t j = 0; j < REPS_TASK_M; j++)
      w[j] = target[0] * mixing (j, 0) + target[1] * mixing (j, 1) + 0.02 * lw_rng_normal (&rng);
    w[0] += 1.0;
  }
  self->imitation = (LwImitation){
    .n_context = REPS_TASK_DC, .contexts = self->contexts, .movements = self->movements, .seed = 1
  };
}

void
reps_task_clear (RepsTask *self)
{
  lw_mat_clear (&self->contexts);
  lw_mat_clear (&self->movements);
}

void
reps_task_draw (LwLearner *learner, size_t n, uint32_t iteration, LwMat *contexts, LwMat *latents, double *rewards)
{
  double movement[REPS_TASK_M];
  LwRng rng;

  g_assert_cmpint (lw_mat_alloc (contexts, n, REPS_TASK_DC), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (latents, n, lw_learner_latent_size (learner)), ==, LW_OK);
  for (size_t i = 0; i < n; i++) {
    double *c = lw_mat_row (contexts, i);

    lw_rng_init (&rng, 32, LW_RNG_TEST, iteration, (uint32_t) i);
    c[0] = 2.0 * lw_rng_uniform (&rng) - 1.0;
    c[1] = 2.0 * lw_rng_uniform (&rng) - 1.0;
    g_assert_cmpint (lw_learner_sample (learner, c, &rng, movement, lw_mat_row (latents, i), NULL), ==, LW_OK);
    rewards[i] = reps_task_reward (c, movement);
  }
}

LwLearnerReport
reps_task_iterate (LwLearner *learner, size_t n, uint32_t iteration)
{
  LwMat contexts, latents;
  g_autofree double *rewards = g_new (double, n);
  LwLearnerReport report;

  reps_task_draw (learner, n, iteration, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (learner, n, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  return report;
}

double
reps_task_return (LwLearner *learner)
{
  LwMat contexts, latents;
  double rewards[300], sum = 0.0;

  reps_task_draw (learner, G_N_ELEMENTS (rewards), 10000, &contexts, &latents, rewards);
  for (size_t i = 0; i < G_N_ELEMENTS (rewards); i++)
    sum += rewards[i] / (double) G_N_ELEMENTS (rewards);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  return sum;
}

void
reps_task_assert_same_state (const LwLearner *a, const LwLearner *b)
{
  LwArrays one, other;

  lw_arrays_init (&one);
  lw_arrays_init (&other);
  g_assert_cmpint (lw_learner_to_arrays (a, &one), ==, LW_OK);
  g_assert_cmpint (lw_learner_to_arrays (b, &other), ==, LW_OK);
  g_assert_cmpuint (one.n_items, ==, other.n_items);
  for (size_t i = 0; i < one.n_items; i++) {
    const LwMat *mine = &one.items[i].mat, *theirs = lw_arrays_get (&other, one.items[i].name);

    g_assert_nonnull (theirs);
    g_assert_cmpmem (mine->data, mine->rows * mine->cols * sizeof (double), theirs->data,
                     theirs->rows * theirs->cols * sizeof (double));
  }
  lw_arrays_clear (&one);
  lw_arrays_clear (&other);
}
