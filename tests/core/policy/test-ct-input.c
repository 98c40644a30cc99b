/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ct.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "ct-task.h"
#include "lw-assert-close.h"

/* CT and GMM+REPS are one family: every test is run on both. */
static const char *
name_of (gconstpointer data)
{
  return data;
}

static void
assert_unchanged (LwLearner *learner, const LwArrays *state)
{
  LwArrays present;

  lw_arrays_init (&present);
  g_assert_cmpint (lw_learner_to_arrays (learner, &present), ==, LW_OK);
  ct_task_assert_same (state, &present);
  lw_arrays_clear (&present);
}

static void
test_refused (gconstpointer data)
{
  enum { N = 10 };
  CtTask task;
  ct_task_init (&task);
  LwLearner *learner = ct_task_learner (&task, name_of (data)), *other = ct_task_learner (&task, name_of (data));
  LwMat contexts, latents, narrow;
  LwArrays state;
  double rewards[N], movement[CT_TASK_M], nan_context[] = { (double) NAN, 0 };
  g_autofree double *latent = g_new (double, lw_learner_latent_size (learner));
  LwLearnerReport report = { .iterations = 77 };
  atomic_bool stop = true;
  LwRng rng;

  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_ERR_TOO_FEW);
  ct_task_draw (learner, N, 1, &contexts, &latents, rewards);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  rewards[4] = (double) NAN;
  g_assert_cmpint (lw_learner_add (learner, N, &contexts, &latents, rewards), ==, LW_ERR_NOT_FINITE);
  rewards[4] = -1;
  lw_mat_set (&latents, 3, 0, CT_TASK_K);
  g_assert_cmpint (lw_learner_add (learner, N, &contexts, &latents, rewards), ==, LW_ERR_RANGE);
  lw_mat_set (&latents, 3, 0, 0);
  lw_mat_set (&contexts, 2, 1, INFINITY);
  g_assert_cmpint (lw_learner_add (learner, N, &contexts, &latents, rewards), ==, LW_ERR_NOT_FINITE);
  lw_mat_set (&contexts, 2, 1, 0);
  narrow = lw_mat_block (&latents, 0, 0, N, latents.cols - 1);
  g_assert_cmpint (lw_learner_add (learner, N, &contexts, &narrow, rewards), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_learner_add (learner, N - 1, &contexts, &latents, rewards), ==, LW_ERR_SHAPE);
  assert_unchanged (learner, &state);

  lw_fill_nan (movement, CT_TASK_M);
  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_learner_sample (learner, nan_context, &rng, movement, latent, NULL), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_learner_mean (learner, nan_context, movement), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (movement, CT_TASK_M);

  /* Stopped: the episodes are still there for the next time. */
  g_assert_cmpint (lw_learner_add (learner, N, &contexts, &latents, rewards), ==, LW_OK);
  lw_arrays_clear (&state);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, &stop, &report), ==, LW_ERR_STOPPED);
  g_assert_cmpuint (report.iterations, ==, 77);
  assert_unchanged (learner, &state);
  stop = false;
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, &stop, &report), ==, LW_OK);

  /* A state that is not this one's. */
  LwArrays own;
  lw_arrays_init (&own);
  g_assert_cmpint (lw_learner_to_arrays (other, &own), ==, LW_OK);
  lw_arrays_get (&state, "start")->data[1] += 1e-9;
  g_assert_cmpint (lw_learner_from_arrays (other, &state), ==, LW_ERR_RANGE);
  lw_arrays_get (&state, "start")->data[1] = lw_arrays_get (&own, "start")->data[1];
  lw_arrays_get (&state, "pending")->data[1] = (double) NAN;
  g_assert_cmpint (lw_learner_from_arrays (other, &state), ==, LW_ERR_NOT_FINITE);
  lw_arrays_get (&state, "pending")->data[1] = 0;
  lw_arrays_get (&state, "kl_bound")->data[0] = -1;
  g_assert_cmpint (lw_learner_from_arrays (other, &state), ==, LW_ERR_RANGE);
  lw_arrays_get (&state, "kl_bound")->data[0] = 1;
  lw_arrays_get (&state, "gmm_covs")->data[0] = -1;
  g_assert_cmpint (lw_learner_from_arrays (other, &state), ==, LW_ERR_NOT_SPD);
  assert_unchanged (other, &own);
  lw_arrays_clear (&own);
  lw_arrays_clear (&state);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  lw_learner_free (other);
  ct_task_clear (&task);
}

/* Rewards that say nothing, one episode, episodes all alike, contexts from another world. */
static void
test_degenerate (gconstpointer data)
{
  enum { N = 12 };
  CtTask task;
  ct_task_init (&task);
  LwLearner *learner = ct_task_learner (&task, name_of (data));
  LwMat contexts, latents;
  double rewards[N], movement[CT_TASK_M];
  LwLearnerReport report;

  ct_task_draw (learner, N, 1, &contexts, &latents, rewards);
  for (size_t i = 0; i < N; i++)
    rewards[i] = -3;
  g_assert_cmpint (lw_learner_add (learner, N, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  lw_assert_close (report.kl, 0, 0, 1e-12);
  lw_assert_close (report.ess, N, 1e-12, 0);
  lw_assert_close (report.J, -3, 1e-12, 0);

  LwMat context = lw_mat_block (&contexts, 0, 0, 1, CT_TASK_DC), latent = lw_mat_block (&latents, 0, 0, 1, latents.cols);
  g_assert_cmpint (lw_learner_add (learner, 1, &context, &latent, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  lw_assert_close (report.ess, 1, 0, 0);

  /* Nothing of the past is kept, and all that comes is one point: the floor holds the mixture. */
  g_assert_cmpint (lw_learner_set (learner, "forgetting", 0), ==, LW_OK);
  for (size_t i = 1; i < N; i++) {
    memcpy (lw_mat_row (&contexts, i), lw_mat_row (&contexts, 0), CT_TASK_DC * sizeof (double));
    memcpy (lw_mat_row (&latents, i), lw_mat_row (&latents, 0), latents.cols * sizeof (double));
    rewards[i] = -(double) i;
  }
  g_assert_cmpint (lw_learner_add (learner, N, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  g_assert_true (report.accepted && strstr (report.solver, "on the floor") != NULL);
  for (double distance = 1; distance < 1e300; distance *= 1e5) {
    double far[] = { distance, -distance }, log_q = (double) NAN;
    g_autofree double *drawn = g_new (double, latents.cols);
    LwRng rng;
    lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
    g_assert_cmpint (lw_learner_sample (learner, far, &rng, movement, drawn, &log_q), ==, LW_OK);
    g_assert_true (isfinite (log_q));
    for (size_t j = 0; j < CT_TASK_M; j++)
      g_assert_true (isfinite (movement[j]));
    g_assert_cmpint (lw_learner_mean (learner, far, movement), ==, LW_OK);
  }

  /* Numbers no mixture can come out of: the old one stays, and says so. */
  double before[CT_TASK_M], after[CT_TASK_M];
  g_assert_cmpint (lw_learner_mean (learner, (double[]){ 1, 0 }, before), ==, LW_OK);
  lw_mat_set (&latent, 0, 1, 1e250);
  g_assert_cmpint (lw_learner_add (learner, 1, &context, &latent, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  g_assert_false (report.accepted);
  g_assert_true (strstr (report.solver, "kept") != NULL);
  g_assert_cmpint (lw_learner_mean (learner, (double[]){ 1, 0 }, after), ==, LW_OK);
  lw_assert_close_array (after, before, CT_TASK_M, 0, 0);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_ERR_TOO_FEW);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  ct_task_clear (&task);
}

/* No start without demonstrations that carry it; the noise on contexts is that of the skill's fit, and no context is needed. */
static void
test_imitation (gconstpointer data)
{
  CtTask task;
  ct_task_init (&task);
  LwImitation good = ct_task_imitation (&task), imitation = good;
  LwArrays state;

  LwLearner *learner = lw_learner_new (name_of (data), &good);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  double means[CT_TASK_DC] = { 0 };
  for (uint32_t i = 0; i < CT_TASK_N; i++) {
    LwRng rng;
    lw_rng_init (&rng, good.seed, LW_RNG_NOISE, 0, i);
    for (size_t j = 0; j < CT_TASK_DC; j++)
      means[j] += (lw_mat_get (&task.contexts, i, j) + 0.02 * lw_rng_normal (&rng)) / CT_TASK_N;
  }
  lw_assert_close_array (lw_arrays_get (&state, "start")->data, means, CT_TASK_DC, 1e-12, 1e-14);
  lw_arrays_clear (&state);
  lw_learner_free (learner);

  imitation.contexts.rows = imitation.movements.rows = 0;
  g_assert_null (lw_learner_new (name_of (data), &imitation));
  imitation = good;
  imitation.movements.rows = imitation.contexts.rows = CT_TASK_K - 1;
  g_assert_null (lw_learner_new (name_of (data), &imitation));
  imitation.movements.rows = imitation.contexts.rows = CT_TASK_K;
  learner = lw_learner_new (name_of (data), &imitation); /* one demonstration a component */
  g_assert_nonnull (learner);
  ct_task_iterate (learner, 20, 1);
  lw_learner_free (learner);

  imitation = good;
  imitation.n_context = imitation.contexts.cols = 0;
  learner = lw_learner_new (name_of (data), &imitation);
  double movement[CT_TASK_M];
  g_autofree double *latent = g_new (double, lw_learner_latent_size (learner));
  LwRng rng;
  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  g_assert_cmpint (lw_learner_sample (learner, NULL, &rng, movement, latent, NULL), ==, LW_OK);
  g_assert_cmpint (lw_learner_mean (learner, NULL, movement), ==, LW_OK);
  lw_learner_free (learner);

  lw_mat_set (&task.movements, 5, 2, (double) NAN);
  g_assert_null (lw_learner_new (name_of (data), &good));
  ct_task_clear (&task);
}

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc test;
  } tests[] = {
    { "refused", test_refused },
    { "degenerate", test_degenerate },
    { "imitation", test_imitation },
  };
  static const char *const names[] = { "ct", "gmm-reps" };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    for (size_t t = 0; t < G_N_ELEMENTS (tests); t++) {
      g_autofree char *path = g_strdup_printf ("/%s-input/%s", names[i], tests[t].name);
      g_test_add_data_func (path, names[i], tests[t].test);
    }
  return g_test_run ();
}
