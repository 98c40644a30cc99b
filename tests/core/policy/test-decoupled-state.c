/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled.h"

#include <math.h>

#include "demonstrations.h"
#include "lw-decoupled-mean.h"

/* Slopes 0, 1, and 2: where a policy has at most 200 numbers with them. */
static void
test_slopes (void)
{
  static const struct {
    size_t K, slopes, numbers;
  } cases[] = { { 12, 0, 12 * 7 }, { 12, 1, 12 * 16 }, { 12, 2, 12 * 16 },
                { 13, 0, 13 * 7 }, { 13, 1, 13 * 16 }, { 13, 2, 13 * 7 } };

  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
    LwMppca mppca;
    LwArrays state;
    g_assert_cmpint (lw_mppca_alloc (&mppca, cases[c].K, 3, 5), ==, LW_OK);
    for (size_t k = 0; k < cases[c].K; k++) {
      mppca.log_pi[k] = -log ((double) cases[c].K);
      mppca.noise_var[k] = 0.1;
      for (size_t j = 0; j < 3; j++)
        lw_mat_set (&mppca.loading, 5 * k + j, j, 1);
    }
    LwLearner *learner = lw_learner_new ("lampo", &(LwImitation){ .mppca = &mppca, .n_context = 3 });
    g_assert_nonnull (learner);
    demonstrations_set (learner, "slopes", (double) cases[c].slopes);
    lw_arrays_init (&state);
    g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
    g_assert_cmpuint (lw_arrays_get (&state, "current")->cols, ==, cases[c].numbers);
    lw_arrays_clear (&state);
    lw_learner_free (learner);
    lw_mppca_clear (&mppca);
  }
}

/* What settles the policy's form is settled by the first episode; the rest may change at any time. */
static void
test_structural (void)
{
  Demonstrations d;
  demonstrations_init (&d, 42);
  LwLearner *learner = demonstrations_learner (&d);
  LwArrays before, after;
  size_t n, n_structural = 0;
  const LwLearnerSetting *table = lw_learner_settings (learner, &n);

  lw_arrays_init (&before);
  lw_arrays_init (&after);
  for (int begun = 0; begun < 2; begun++) {
    if (begun) {
      lampo_task_add (learner, 20, 1, 0);
      g_assert_cmpint (lw_learner_to_arrays (learner, &before), ==, LW_OK);
    }
    for (size_t i = 0; i < n; i++) {
      double value = table[i].value, other = value == table[i].lower ? table[i].upper : table[i].lower;
      if (!table[i].structural)
        continue;
      n_structural++;
      g_assert_cmpint (lw_learner_set (learner, table[i].name, other), ==, begun ? LW_ERR_RANGE : LW_OK);
      g_assert_cmpfloat (lw_learner_get (learner, table[i].name), ==, begun ? value : other);
      demonstrations_set (learner, table[i].name, value);
    }
  }
  g_assert_cmpuint (n_structural, ==, 2 * 3); /* slopes, exploration, mean */
  g_assert_cmpint (lw_learner_to_arrays (learner, &after), ==, LW_OK);
  lampo_task_assert_same (&before, &after);
  for (size_t i = 0; i < n; i++)
    if (!table[i].structural) {
      demonstrations_set (learner, table[i].name, table[i].upper);
      demonstrations_set (learner, table[i].name, table[i].lower);
      g_assert_cmpint (lw_learner_set (learner, table[i].name, table[i].upper * 2 + 1), ==, LW_ERR_RANGE);
      g_assert_cmpint (lw_learner_set (learner, table[i].name, (double) NAN), ==, LW_ERR_RANGE);
      g_assert_cmpfloat (lw_learner_get (learner, table[i].name), ==, table[i].lower);
      if (table[i].integer && table[i].upper > 1)
        g_assert_cmpint (lw_learner_set (learner, table[i].name, 1.5), ==, LW_ERR_RANGE);
    }
  g_assert_cmpint (lw_learner_set (learner, "no_such_setting", 1), ==, LW_ERR_RANGE);
  g_assert_true (isnan (lw_learner_get (learner, "no_such_setting")));
  lw_arrays_clear (&before);
  lw_arrays_clear (&after);
  lw_learner_free (learner);

  LwLearner *bare = lampo_task_learner (&d.mppca); /* of the published family: has no such settings */
  g_assert_cmpint (lw_learner_set (bare, "slopes", 0), ==, LW_ERR_RANGE);
  lw_learner_free (bare);
  bare = lw_learner_new ("lampo", &(LwImitation){ .mppca = &d.mppca, .n_context = LAMPO_TASK_DC });
  g_assert_cmpint (lw_learner_set (bare, "mean", LW_DECOUPLED_REGRESSION), ==, LW_ERR_RANGE); /* nothing to regress on */
  demonstrations_set (bare, "mean", 0);
  lw_learner_free (bare);
  demonstrations_clear (&d);
}

/* With demonstrations: put away and taken up in the middle of iterations, by a learner that has none, with a regression in the
 * state. */
static void
test_resume (void)
{
  for (int kind = 0; kind < 3; kind++) {
    Demonstrations d;
    demonstrations_init (&d, 44);
    LwLearner *whole = demonstrations_learner (&d), *parts = demonstrations_learner (&d);
    LwLearner *const both[] = { whole, parts };
    for (size_t i = 0; i < 2; i++) {
      demonstrations_set (both[i], "mean", kind == 2 ? 0 : LW_DECOUPLED_REGRESSION);
      demonstrations_set (both[i], "slopes", kind != 1);
      demonstrations_set (both[i], "min_ess", kind == 1 ? 15 : 0);
      demonstrations_set (both[i], "context_kl_bound", kind == 2 ? 0.3 : 0);
    }
    for (uint32_t iteration = 1; iteration <= 3; iteration++) {
      lampo_task_iterate (whole, 50, iteration);
      for (int part = 0; part < 3; part++) {
        LwArrays state;
        if (part == 0)
          lampo_task_add (parts, 16, iteration, 0);
        else if (part == 1)
          lampo_task_add (parts, 34, iteration, 16);
        else
          g_assert_cmpint (lw_learner_improve (parts, NULL, NULL, NULL, NULL), ==, LW_OK);
        lw_arrays_init (&state);
        g_assert_cmpint (lw_learner_to_arrays (parts, &state), ==, LW_OK);
        g_assert_nonnull (lw_arrays_get (&state, "imitation_regression"));
        lw_learner_free (parts);
        parts = lw_learner_new ("lampo", &(LwImitation){ .mppca = &d.mppca, .n_context = LAMPO_TASK_DC }); /* no demonstrations */
        g_assert_cmpint (lw_learner_from_arrays (parts, &state), ==, LW_OK);
        lw_arrays_clear (&state);
      }
      lampo_task_assert_same_state (whole, parts);
      double a[LAMPO_TASK_M], b[LAMPO_TASK_M];
      const double context[LAMPO_TASK_DC] = { 0.3, -0.4 };
      g_assert_cmpint (lw_learner_mean (whole, context, a), ==, LW_OK);
      g_assert_cmpint (lw_learner_mean (parts, context, b), ==, LW_OK);
      g_assert_cmpmem (a, sizeof a, b, sizeof b);
    }
    lw_learner_free (whole);
    lw_learner_free (parts);
    demonstrations_clear (&d);
  }
}

/* States that are none of this family's, or that ask for what they do not hold. */
static void
test_foreign_state (void)
{
  Demonstrations d;
  demonstrations_init (&d, 45);
  LwLearner *learner = demonstrations_learner (&d), *paper = lw_learner_new ("lampo-paper", &d.imitation);
  LwArrays state, before;
  double too_wide[16] = { 0 };

  lampo_task_add (learner, 20, 1, 0);
  lw_arrays_init (&before);
  g_assert_cmpint (lw_learner_to_arrays (learner, &before), ==, LW_OK);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (paper, &state), ==, LW_OK);
  g_assert_cmpint (lw_learner_from_arrays (learner, &state), ==, LW_ERR_SHAPE);
  lw_arrays_clear (&state);

  lw_arrays_init (&state); /* a regression is asked for that is not there */
  LwLearner *bare = lw_learner_new ("lampo", &(LwImitation){ .mppca = &d.mppca, .n_context = LAMPO_TASK_DC });
  g_assert_cmpint (lw_learner_to_arrays (bare, &state), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put_scalar (&state, "mean", LW_DECOUPLED_REGRESSION), ==, LW_OK);
  g_assert_cmpint (lw_learner_from_arrays (learner, &state), ==, LW_ERR_RANGE);
  lw_arrays_clear (&state);
  lw_learner_free (bare);

  static const char *const names[] = { "current", "policies" }; /* no policy: a spread of e^1000 */
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    lw_arrays_init (&state);
    g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
    LwMat *mat = (LwMat *) lw_arrays_get (&state, names[i]);
    g_assert_cmpuint (mat->cols, <=, 2 + 16);
    lw_mat_set (mat, 0, mat->cols - 1, 1000);
    g_assert_cmpint (lw_learner_from_arrays (learner, &state), ==, LW_ERR_RANGE);
    lw_arrays_clear (&state);
  }
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put_scalar (&state, "slopes", 0), ==, LW_OK); /* a policy of another form */
  g_assert_cmpint (lw_learner_from_arrays (learner, &state), ==, LW_ERR_SHAPE);
  LwMat vector = lw_mat_view (too_wide, 1, 16);
  g_assert_cmpint (lw_arrays_put (&state, "imitation_centre", &vector), ==, LW_OK);
  g_assert_cmpint (lw_learner_from_arrays (learner, &state), !=, LW_OK);
  lw_arrays_clear (&state);

  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  lampo_task_assert_same (&before, &state);
  lw_arrays_clear (&state);
  lw_arrays_clear (&before);
  lw_learner_free (learner);
  lw_learner_free (paper);
  demonstrations_clear (&d);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decoupled-state/slopes", test_slopes);
  g_test_add_func ("/decoupled-state/structural", test_structural);
  g_test_add_func ("/decoupled-state/resume", test_resume);
  g_test_add_func ("/decoupled-state/foreign", test_foreign_state);
  return g_test_run ();
}
