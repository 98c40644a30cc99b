/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "ct-task.h"

#include <math.h>
#include <string.h>

#include "lw-assert-close.h"

/* Within what the movements span, so that principal components can express it. */
static const double offset[CT_TASK_M] = { 0.26, 0.02, 0.38, 0.14, 0.5 };

void
ct_task_best (const double *context, double *movement)
{
  double side = context[0] < 0 ? 1 : -1;

  for (size_t j = 0; j < CT_TASK_M; j++)
    movement[j] = 1 + 2 * side * (j % 2 == 0 ? 1 : -0.5) + 0.4 * (double) (j + 1) * context[0] - side * 0.3 * context[1];
}

double
ct_task_reward (const double *context, const double *movement)
{
  double best[CT_TASK_M], sum = 0;

  ct_task_best (context, best);
  for (size_t j = 0; j < CT_TASK_M; j++)
    sum += (movement[j] - best[j]) * (movement[j] - best[j]);
  return -sum;
}

static void
draw_context (LwRng *rng, double *context)
{
  double u = 2 * lw_rng_uniform (rng) - 1;

  context[0] = u < 0 ? u - 0.5 : u + 0.5;
  context[1] = 2 * lw_rng_uniform (rng) - 1;
}

void
ct_task_init (CtTask *self)
{
  *self = (CtTask){ 0 };
  g_assert_cmpint (lw_mppca_alloc (&self->mppca, CT_TASK_K, CT_TASK_D, CT_TASK_DC + CT_TASK_M), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&self->contexts, CT_TASK_N, CT_TASK_DC), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&self->movements, CT_TASK_N, CT_TASK_M), ==, LW_OK);
  for (uint32_t i = 0; i < CT_TASK_N; i++) {
    double *context = lw_mat_row (&self->contexts, i), *movement = lw_mat_row (&self->movements, i);
    LwRng rng;
    lw_rng_init (&rng, 11, LW_RNG_DEMONSTRATE, 0, i);
    draw_context (&rng, context);
    ct_task_best (context, movement);
    for (size_t j = 0; j < CT_TASK_M; j++)
      movement[j] += offset[j] + 0.25 * lw_rng_normal (&rng);
  }
}

void
ct_task_clear (CtTask *self)
{
  lw_mppca_clear (&self->mppca);
  lw_mat_clear (&self->contexts);
  lw_mat_clear (&self->movements);
}

LwImitation
ct_task_imitation (const CtTask *self)
{
  return (LwImitation){
    .mppca = &self->mppca, .n_context = CT_TASK_DC, .contexts = self->contexts, .movements = self->movements,
    .context_noise = 0.02, .seed = 5,
  };
}

LwLearner *
ct_task_learner (const CtTask *self, const char *name)
{
  LwImitation imitation = ct_task_imitation (self);
  LwLearner *learner = lw_learner_new (name, &imitation);

  g_assert_nonnull (learner);
  return learner;
}

void
ct_task_draw (LwLearner *learner, size_t n, uint32_t iteration, LwMat *contexts, LwMat *latents, double *rewards)
{
  g_assert_cmpint (lw_mat_alloc (contexts, n, CT_TASK_DC), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (latents, n, lw_learner_latent_size (learner)), ==, LW_OK);
  for (uint32_t i = 0; i < n; i++) {
    double movement[CT_TASK_M], log_q = (double) NAN;
    LwRng rng;
    lw_rng_init (&rng, 11, LW_RNG_CONTEXT, iteration, i);
    draw_context (&rng, lw_mat_row (contexts, i));
    lw_rng_init (&rng, 11, LW_RNG_ACTION, iteration, i);
    lw_fill_nan (movement, CT_TASK_M);
    g_assert_cmpint (lw_learner_sample (learner, lw_mat_row (contexts, i), &rng, movement, lw_mat_row (latents, i), &log_q), ==,
                     LW_OK);
    g_assert_true (isfinite (log_q));
    rewards[i] = ct_task_reward (lw_mat_row (contexts, i), movement);
    g_assert_true (isfinite (rewards[i]));
  }
}

LwLearnerReport
ct_task_iterate (LwLearner *learner, size_t n, uint32_t iteration)
{
  LwMat contexts, latents;
  g_autofree double *rewards = g_new (double, n);
  LwLearnerReport report;

  ct_task_draw (learner, n, iteration, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (learner, n, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  return report;
}

double
ct_task_mean_reward (const LwLearner *learner)
{
  double sum = 0;

  for (int i = 0; i < 40; i++) {
    double c[CT_TASK_DC] = { (i < 20 ? -1.4 : 0.6) + 0.04 * (i % 20), -0.9 + 0.09 * (i % 20) }, movement[CT_TASK_M];
    g_assert_cmpint (lw_learner_mean (learner, c, movement), ==, LW_OK);
    sum += ct_task_reward (c, movement) / 40;
  }
  return sum;
}

void
ct_task_assert_same (const LwArrays *a, const LwArrays *b)
{
  g_assert_cmpuint (a->n_items, ==, b->n_items);
  for (size_t i = 0; i < a->n_items; i++) {
    const LwMat *mine = &a->items[i].mat, *other = lw_arrays_get (b, a->items[i].name);
    g_assert_nonnull (other);
    g_assert_cmpuint (mine->rows, ==, other->rows);
    g_assert_cmpuint (mine->cols, ==, other->cols);
    for (size_t row = 0; row < mine->rows; row++)
      g_assert_cmpmem (lw_mat_row (mine, row), mine->cols * sizeof (double), lw_mat_row (other, row),
                       other->cols * sizeof (double));
  }
}
