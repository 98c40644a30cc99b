/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lampo-task.h"

#include <math.h>

#include "lw-assert-close.h"

typedef struct {
  const char *algorithm;
  void (*test) (void);
} Case;

static const char *algorithm = "lampo-paper";

static void
run_case (gconstpointer data)
{
  const Case *test_case = data;

  algorithm = test_case->algorithm;
  test_case->test ();
}

void
lampo_task_add_test (const char *path, void (*test) (void))
{
  static const char *const algorithms[] = { "lampo-paper", "lampo" };

  for (size_t i = 0; i < G_N_ELEMENTS (algorithms); i++) {
    g_autofree char *name = g_strdup_printf ("%s/%s", path, algorithms[i]);
    Case *test_case = g_new (Case, 1);
    *test_case = (Case){ algorithms[i], test };
    g_test_add_data_func_full (name, test_case, run_case, g_free);
  }
}

const char *
lampo_task_algorithm (void)
{
  return algorithm;
}

void
lampo_task_set_paper (LwLearner *learner, const char *setting, double value)
{
  g_assert_cmpint (lw_learner_set (learner, setting, value), ==, g_str_equal (algorithm, "lampo-paper") ? LW_OK : LW_ERR_RANGE);
}

LwMppca
lampo_task_model (uint32_t stream)
{
  LwMppca model;
  LwRng rng;

  g_assert_cmpint (lw_mppca_alloc (&model, 2, 2, LAMPO_TASK_DC + LAMPO_TASK_M), ==, LW_OK);
  lw_rng_init (&rng, 31, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, model.loading.data, 2 * (LAMPO_TASK_DC + LAMPO_TASK_M) * 2);
  lw_rng_normals (&rng, model.mean.data, 2 * (LAMPO_TASK_DC + LAMPO_TASK_M));
  model.log_pi[0] = log (0.4);
  model.log_pi[1] = log (0.6);
  model.noise_var[0] = 0.1;
  model.noise_var[1] = 0.2;
  return model;
}

LwLearner *
lampo_task_learner (const LwMppca *model)
{
  LwLearner *learner = lw_learner_new (algorithm, &(LwImitation){ .mppca = model, .n_context = LAMPO_TASK_DC });
  g_assert_nonnull (learner);
  return learner;
}

void
lampo_task_draw (LwLearner *learner, size_t n, uint32_t iteration, size_t from, LwMat *contexts, LwMat *latents, double *rewards)
{
  g_assert_cmpint (lw_mat_alloc (contexts, n, LAMPO_TASK_DC), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (latents, n, LAMPO_TASK_LATENT), ==, LW_OK);
  for (size_t i = 0; i < n; i++) {
    LwRng context_rng, action_rng;
    double movement[LAMPO_TASK_M], log_q = (double) NAN, *context = lw_mat_row (contexts, i);
    lw_rng_init (&context_rng, 9, LW_RNG_CONTEXT, iteration, (uint32_t) (from + i));
    lw_rng_init (&action_rng, 9, LW_RNG_ACTION, iteration, (uint32_t) (from + i));
    lw_rng_normals (&context_rng, context, LAMPO_TASK_DC);
    lw_fill_nan (movement, LAMPO_TASK_M);
    g_assert_cmpint (lw_learner_sample (learner, context, &action_rng, movement, lw_mat_row (latents, i), &log_q), ==, LW_OK);
    g_assert_true (isfinite (log_q) && isfinite (movement[0]));
    rewards[i] = -pow (movement[1] - context[0], 2) - pow (movement[2] - context[1], 2);
  }
}

void
lampo_task_add (LwLearner *learner, size_t n, uint32_t iteration, size_t from)
{
  LwMat contexts, latents;
  g_autofree double *rewards = g_new (double, n);

  lampo_task_draw (learner, n, iteration, from, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (learner, n, &contexts, &latents, rewards), ==, LW_OK);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
}

LwLearnerReport
lampo_task_iterate (LwLearner *learner, size_t n, uint32_t iteration)
{
  LwLearnerReport report;

  lampo_task_add (learner, n / 3, iteration, 0);
  lampo_task_add (learner, n - n / 3, iteration, n / 3);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  return report;
}

void
lampo_task_assert_same (const LwArrays *a, const LwArrays *b)
{
  g_assert_cmpuint (a->n_items, ==, b->n_items);
  for (size_t i = 0; i < a->n_items; i++) {
    const LwMat *x = &a->items[i].mat, *y = lw_arrays_get (b, a->items[i].name);
    g_assert_nonnull (y);
    g_assert_cmpuint (x->rows, ==, y->rows);
    g_assert_cmpuint (x->cols, ==, y->cols);
    for (size_t r = 0; r < x->rows; r++)
      g_assert_cmpmem (lw_mat_row (x, r), x->cols * sizeof (double), lw_mat_row (y, r), y->cols * sizeof (double));
  }
}

void
lampo_task_assert_same_state (const LwLearner *a, const LwLearner *b)
{
  LwArrays state_a, state_b;

  lw_arrays_init (&state_a);
  lw_arrays_init (&state_b);
  g_assert_cmpint (lw_learner_to_arrays (a, &state_a), ==, LW_OK);
  g_assert_cmpint (lw_learner_to_arrays (b, &state_b), ==, LW_OK);
  lampo_task_assert_same (&state_a, &state_b);
  lw_arrays_clear (&state_a);
  lw_arrays_clear (&state_b);
}

void
lampo_task_assert_sane (LwLearner *learner)
{
  static const double sizes[] = { 0, 1, 1e3, 1e6, 1e12, 1e50 };
  size_t dc = learner->n_context, m = learner->n_movement, n_latent = lw_learner_latent_size (learner);
  g_autofree double *context = g_new (double, dc + 1), *movement = g_new (double, m), *latent = g_new (double, n_latent);
  LwRng rng;

  lw_rng_init (&rng, 5, LW_RNG_TEST, 0, 0);
  for (size_t c = 0; c < G_N_ELEMENTS (sizes); c++) {
    double log_q = (double) NAN;
    for (size_t j = 0; j < dc; j++)
      context[j] = j % 2 == 0 ? sizes[c] : -sizes[c];
    lw_fill_nan (movement, m);
    g_assert_cmpint (lw_learner_mean (learner, context, movement), ==, LW_OK);
    for (size_t j = 0; j < m; j++)
      g_assert_true (isfinite (movement[j]));
    lw_fill_nan (movement, m);
    lw_fill_nan (latent, n_latent);
    g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, latent, &log_q), ==, LW_OK);
    g_assert_true (isfinite (log_q));
    for (size_t j = 0; j < m; j++)
      g_assert_true (isfinite (movement[j]));
    for (size_t j = 0; j < n_latent; j++)
      g_assert_true (isfinite (latent[j]));
  }
}

void
lampo_task_assert_report (const LwLearnerReport *report, size_t n)
{
  g_assert_true (isfinite (report->J) && isfinite (report->J_before) && isfinite (report->kl) && isfinite (report->context_kl));
  g_assert_true (isfinite (report->gate) == g_str_equal (algorithm, "lampo-paper"));
  g_assert_true (report->entropy >= -1e-12 && report->ess >= 1 - 1e-9 && report->ess <= (double) n * (1 + 1e-9));
  g_assert_true (report->solver[0] != '\0');
}
