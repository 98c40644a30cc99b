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

int
main (int argc, char **argv)
{
  static const struct {
    const char *name;
    GTestDataFunc test;
  } tests[] = {
    { "learns", test_learns }, { "gate", test_gate },         { "naive-step", test_naive_step },
    { "resume", test_resume }, { "settings", test_settings },
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
