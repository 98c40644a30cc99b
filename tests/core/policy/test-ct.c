/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ct.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "ct-task.h"
#include "lw-assert-close.h"
#include "lw-reps.h"

/* CT and GMM+REPS are one family: every test is run on both. */
static const char *
name_of (gconstpointer data)
{
  return data;
}

/* From demonstrations that are off to the optimum, and never by a report that contradicts itself. */
static void
test_learns (gconstpointer data)
{
  enum { BATCH = 60 };
  CtTask task;
  ct_task_init (&task);
  LwLearner *learner = ct_task_learner (&task, name_of (data));

  double before = ct_task_mean_reward (learner);
  for (uint32_t iteration = 1; iteration <= 30; iteration++) {
    LwLearnerReport report = ct_task_iterate (learner, BATCH, iteration);
    double sum = 0;
    g_assert_true (report.accepted && !report.pulled_back);
    lw_assert_close (report.kl_bound, lw_learner_get (learner, "kl_bound"), 0, 0);
    lw_assert_close (report.kl, report.kl_bound, 1e-8, 0);
    g_assert_cmpfloat (report.J, >, report.J_before);
    g_assert_true (report.ess >= 1 && report.ess < BATCH);
    g_assert_cmpuint (report.n_components, ==, CT_TASK_K);
    for (size_t k = 0; k < report.n_components; k++)
      sum += report.weights[k];
    lw_assert_close (sum, 1, 1e-12, 0);
    lw_assert_close (report.entropy, -report.weights[0] * log (report.weights[0]) - report.weights[1] * log (report.weights[1]),
                     1e-12, 0);
    g_assert_true (isnan (report.context_kl) && isnan (report.gate) && report.iterations > 0);
    g_assert_true (strstr (report.solver, "EM") != NULL);
  }
  double after = ct_task_mean_reward (learner);
  g_test_message ("mean reward %.4f before, %.4f after", before, after);
  g_assert_cmpfloat (before, <, -0.25);
  g_assert_cmpfloat (after, >, 0.05 * before);
  lw_learner_free (learner);
  ct_task_clear (&task);
}

/* The component follows the context: the published code's mistake was to draw it from pi. */
static void
test_gate (gconstpointer data)
{
  CtTask task;
  ct_task_init (&task);
  LwLearner *learner = ct_task_learner (&task, name_of (data));
  const double left[] = { -1, 0 }, right[] = { 1, 0 };
  double *latent = g_new (double, lw_learner_latent_size (learner)), movement[CT_TASK_M], k_left = 0, k_right = 0;

  for (uint32_t i = 0; i < 200; i++) {
    LwRng rng;
    lw_rng_init (&rng, 1, LW_RNG_TEST, 0, i);
    g_assert_cmpint (lw_learner_sample (learner, left, &rng, movement, latent, NULL), ==, LW_OK);
    g_assert_true (i == 0 || latent[0] == k_left);
    k_left = latent[0];
    g_assert_cmpfloat (movement[0], >, 0.5); /* 2.6 on this side, -0.6 on the other */
    g_assert_cmpint (lw_learner_sample (learner, right, &rng, movement, latent, NULL), ==, LW_OK);
    g_assert_true (i == 0 || latent[0] == k_right);
    k_right = latent[0];
    g_assert_cmpfloat (movement[0], <, 1.2);
  }
  g_assert_true (k_left != k_right);
  g_free (latent);
  lw_learner_free (learner);
  ct_task_clear (&task);
}

/* One component: there is nothing to iterate, and the new moments are those of maths.md 2.13 in plain loops. */
static void
test_naive_step (gconstpointer data)
{
  enum { N = 30, MAX = CT_TASK_DC + CT_TASK_M };
  CtTask task;
  ct_task_init (&task);
  LwLearner *learner = ct_task_learner (&task, name_of (data));
  LwMat contexts, latents;
  LwArrays before, after;
  double rewards[N], weights[N], total, scale = 0;
  LwRepsReport reps;
  LwLearnerReport report;

  g_assert_cmpint (lw_learner_set (learner, "components", 1), ==, LW_OK);
  g_assert_cmpint (lw_learner_set (learner, "forgetting", 0.8), ==, LW_OK);
  g_assert_cmpint (lw_learner_set (learner, "kl_bound", 0.3), ==, LW_OK);
  ct_task_draw (learner, N, 1, &contexts, &latents, rewards);
  lw_arrays_init (&before);
  lw_arrays_init (&after);
  g_assert_cmpint (lw_learner_to_arrays (learner, &before), ==, LW_OK);
  g_assert_cmpint (lw_learner_add (learner, N, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  g_assert_cmpint (lw_learner_to_arrays (learner, &after), ==, LW_OK);
  g_assert_cmpint (lw_reps_weights (rewards, N, NULL, 0.3, weights, &reps), ==, LW_OK);

  size_t p = lw_arrays_get (&before, "gmm_means")->cols;
  double old_n = 0.8 * lw_arrays_get (&before, "gmm_n")->data[0], mean[MAX], cov[MAX][MAX], J = 0;
  const double *old_mean = lw_arrays_get (&before, "gmm_means")->data, *old_cov = lw_arrays_get (&before, "gmm_covs")->data;
  lw_assert_close (old_n, 0.8 * CT_TASK_N, 1e-12, 0);
  total = old_n + N;
  for (size_t j = 0; j < p; j++) {
    mean[j] = old_n * old_mean[j];
    for (size_t i = 0; i < N; i++)
      mean[j] += N * weights[i]
                 * (j < CT_TASK_DC ? lw_mat_get (&contexts, i, j) : lw_mat_get (&latents, i, 1 + j - CT_TASK_DC));
    mean[j] /= total;
  }
  for (size_t a = 0; a < p; a++)
    for (size_t b = 0; b < p; b++) {
      cov[a][b] = old_n * old_cov[a * p + b];
      for (size_t i = 0; i < N; i++) {
        double x = a < CT_TASK_DC ? lw_mat_get (&contexts, i, a) : lw_mat_get (&latents, i, 1 + a - CT_TASK_DC);
        double y = b < CT_TASK_DC ? lw_mat_get (&contexts, i, b) : lw_mat_get (&latents, i, 1 + b - CT_TASK_DC);
        cov[a][b] += N * weights[i] * (x - mean[a]) * (y - mean[b]);
      }
      cov[a][b] /= total;
      scale = fmax (scale, fabs (cov[a][b]));
    }
  lw_assert_close_array (lw_arrays_get (&after, "gmm_means")->data, mean, p, 1e-11, 1e-12);
  for (size_t a = 0; a < p; a++)
    lw_assert_close_array (lw_arrays_get (&after, "gmm_covs")->data + a * p, cov[a], p, 1e-10, 1e-12 * scale);
  lw_assert_close (lw_arrays_get (&after, "gmm_n")->data[0], total, 1e-12, 0);
  for (size_t i = 0; i < N; i++)
    J += weights[i] * rewards[i];
  lw_assert_close (report.J, J, 1e-12, 0);
  lw_assert_close (report.ess, reps.ess, 1e-12, 0);
  g_assert_null (lw_arrays_get (&after, "pending"));

  lw_arrays_clear (&before);
  lw_arrays_clear (&after);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  ct_task_clear (&task);
}

/* Half a batch is pending, settings and sizes are not the defaults: the copy goes on as the original, bit for bit. */
static void
test_resume (gconstpointer data)
{
  enum { N = 40 };
  CtTask task;
  ct_task_init (&task);
  LwLearner *one = ct_task_learner (&task, name_of (data)), *two = ct_task_learner (&task, name_of (data));
  LwMat contexts, latents;
  double rewards[N];
  LwArrays state, a, b;

  g_assert_cmpint (lw_learner_set (one, "components", 3), ==, LW_OK);
  if (!isnan (lw_learner_get (one, "dimensions")))
    g_assert_cmpint (lw_learner_set (one, "dimensions", 3), ==, LW_OK);
  for (uint32_t iteration = 1; iteration <= 3; iteration++)
    ct_task_iterate (one, N, iteration);
  g_assert_cmpint (lw_learner_set (one, "forgetting", 0.6), ==, LW_OK);
  ct_task_draw (one, N, 4, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (one, N, &contexts, &latents, rewards), ==, LW_OK);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (one, &state), ==, LW_OK);
  g_assert_cmpint (lw_learner_from_arrays (two, &state), ==, LW_OK);
  for (uint32_t iteration = 5; iteration <= 7; iteration++) {
    LwLearnerReport first = ct_task_iterate (one, N, iteration), second = ct_task_iterate (two, N, iteration);
    first.seconds = second.seconds = 0;
    g_assert_cmpmem (&first.J_before, 2 * sizeof (double), &second.J_before, 2 * sizeof (double));
    g_assert_cmpstr (first.solver, ==, second.solver);
    lw_arrays_init (&a);
    lw_arrays_init (&b);
    g_assert_cmpint (lw_learner_to_arrays (one, &a), ==, LW_OK);
    g_assert_cmpint (lw_learner_to_arrays (two, &b), ==, LW_OK);
    ct_task_assert_same (&a, &b);
    lw_arrays_clear (&a);
    lw_arrays_clear (&b);
  }
  lw_arrays_clear (&state);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (one);
  lw_learner_free (two);
  ct_task_clear (&task);
}

static void
test_settings (gconstpointer data)
{
  CtTask task;
  ct_task_init (&task);
  LwLearner *learner = ct_task_learner (&task, name_of (data));
  size_t n, n_by_name;
  const LwLearnerSetting *table = lw_learner_settings (learner, &n);
  bool reduced = !isnan (lw_learner_get (learner, "dimensions"));

  g_assert_true (lw_learner_settings_of (name_of (data), &n_by_name) == table && n == n_by_name);
  g_assert_true (reduced == (strcmp (name_of (data), "ct") == 0));
  g_assert_cmpuint (lw_learner_latent_size (learner), ==, 1 + (reduced ? CT_TASK_D : CT_TASK_M));
  for (size_t i = 0; i < n; i++) {
    lw_assert_close (lw_learner_get (learner, table[i].name), table[i].value, 0, 0);
    g_assert_cmpint (lw_learner_set (learner, table[i].name, table[i].upper * 2 + 1), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_learner_set (learner, table[i].name, (double) NAN), ==, LW_ERR_RANGE);
    lw_assert_close (lw_learner_get (learner, table[i].name), table[i].value, 0, 0);
  }
  g_assert_cmpint (lw_learner_set (learner, "components", 1.5), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_learner_set (learner, "nonsense", 1), ==, LW_ERR_RANGE);
  g_assert_true (isnan (lw_learner_get (learner, "nonsense")));
  if (reduced) {
    g_assert_cmpint (lw_learner_set (learner, "dimensions", 2), ==, LW_OK);
    g_assert_cmpuint (lw_learner_latent_size (learner), ==, 3);
    g_assert_cmpint (lw_learner_set (learner, "dimensions", CT_TASK_M + 1), ==, LW_ERR_RANGE); /* more than movements have */
    g_assert_cmpuint (lw_learner_latent_size (learner), ==, 3);
  }
  g_assert_cmpint (lw_learner_set (learner, "components", 4), ==, LW_OK);
  g_assert_cmpuint (ct_task_iterate (learner, 20, 1).n_components, ==, 4);
  /* What is of the model's size is settled by the first episode. */
  g_assert_cmpint (lw_learner_set (learner, "components", 2), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_learner_set (learner, "components", 4), ==, LW_OK);
  g_assert_cmpint (lw_learner_set (learner, "kl_bound", 0.1), ==, LW_OK);
  g_assert_cmpuint (ct_task_iterate (learner, 20, 2).n_components, ==, 4);
  lw_learner_free (learner);
  ct_task_clear (&task);
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
    { "learns", test_learns },   { "gate", test_gate },         { "naive-step", test_naive_step }, { "resume", test_resume },
    { "settings", test_settings }, { "refused", test_refused }, { "degenerate", test_degenerate }, { "imitation", test_imitation },
  };
  static const char *const names[] = { "ct", "gmm-reps" };

  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++)
    for (size_t t = 0; t < G_N_ELEMENTS (tests); t++) {
      g_autofree char *path = g_strdup_printf ("/%s/%s", names[i], tests[t].name);
      g_test_add_data_func (path, names[i], tests[t].test);
    }
  return g_test_run ();
}
