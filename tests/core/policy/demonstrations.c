/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "demonstrations.h"

void
demonstrations_init (Demonstrations *d, uint32_t stream)
{
  LwRng rng;
  enum { N = 60 };

  d->mppca = lampo_task_model (stream);
  d->imitation = (LwImitation){ .mppca = &d->mppca, .n_context = LAMPO_TASK_DC };
  g_assert_cmpint (lw_mat_alloc (&d->imitation.contexts, N, LAMPO_TASK_DC), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (&d->imitation.movements, N, LAMPO_TASK_M), ==, LW_OK);
  lw_rng_init (&rng, 12, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, d->imitation.contexts.data, N * LAMPO_TASK_DC);
  lw_rng_normals (&rng, d->imitation.movements.data, N * LAMPO_TASK_M);
  for (size_t i = 0; i < N; i++) {
    const double *c = lw_mat_row (&d->imitation.contexts, i);
    double *w = lw_mat_row (&d->imitation.movements, i);
    w[0] = 1 + 0.05 * w[0];
    w[1] = c[0] + 0.5 + 0.1 * w[1]; /* short of the mark by 1/2, and too steep */
    w[2] = 1.3 * c[1] + 0.1 * w[2];
  }
}

void
demonstrations_clear (Demonstrations *d)
{
  lw_mat_clear (&d->imitation.contexts);
  lw_mat_clear (&d->imitation.movements);
  lw_mppca_clear (&d->mppca);
}

LwLearner *
demonstrations_learner (const Demonstrations *d)
{
  LwLearner *learner = lw_learner_new ("lampo", &d->imitation);
  g_assert_nonnull (learner);
  return learner;
}

void
demonstrations_set (LwLearner *learner, const char *name, double value)
{
  g_assert_cmpint (lw_learner_set (learner, name, value), ==, LW_OK);
}
