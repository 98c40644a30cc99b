/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decoupled.h"

#include <math.h>
#include <string.h>

#include "lampo-task.h"
#include "lw-assert-close.h"
#include "lw-decoupled-mean.h"

/* Imitation of the task's own movements, by a model that fits neither: what is learned from it has to come from rewards. */
typedef struct {
  LwMppca mppca;
  LwImitation imitation;
} Demonstrations;

static void
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

static void
demonstrations_clear (Demonstrations *d)
{
  lw_mat_clear (&d->imitation.contexts);
  lw_mat_clear (&d->imitation.movements);
  lw_mppca_clear (&d->mppca);
}

static LwLearner *
learner_of (const Demonstrations *d)
{
  LwLearner *learner = lw_learner_new ("lampo", &d->imitation);
  g_assert_nonnull (learner);
  return learner;
}

static void
set (LwLearner *learner, const char *name, double value)
{
  g_assert_cmpint (lw_learner_set (learner, name, value), ==, LW_OK);
}

/* Before it has learned, the greedy movement is that of the published family, and its draws are that family's at a spread of 1.
 */
static void
test_imitation (void)
{
  Demonstrations d;
  demonstrations_init (&d, 40);
  LwLearner *learner = learner_of (&d), *paper = lw_learner_new ("lampo-paper", &d.imitation);
  double ours[LAMPO_TASK_M], theirs[LAMPO_TASK_M], sum[2][LAMPO_TASK_M] = { { 0 } }, square[2][LAMPO_TASK_M] = { { 0 } };
  enum { DRAWS = 20000 };
  LwRng rng;

  set (learner, "mean", 0);
  set (learner, "exploration", 1);
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
  LwLearner *learner = learner_of (&d);
  const double context[LAMPO_TASK_DC] = { 0.3, -0.4 };
  double first[LAMPO_TASK_LATENT], wide[LAMPO_TASK_LATENT], movement[LAMPO_TASK_M], log_q;
  LwRng rng;

  set (learner, "exploration", 1);
  lw_rng_init (&rng, 15, LW_RNG_ACTION, 0, 0);
  g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, first, &log_q), ==, LW_OK);
  set (learner, "exploration", 5);
  lw_rng_init (&rng, 15, LW_RNG_ACTION, 0, 0);
  g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, wide, &log_q), ==, LW_OK);
  g_assert_cmpfloat (first[0], ==, wide[0]);
  for (size_t j = 1; j < LAMPO_TASK_LATENT; j++)
    lw_assert_close (wide[j], 5 * first[j], 1e-12, 0);
  lw_learner_free (learner);
  demonstrations_clear (&d);
}

/* Slopes 0, 1, and 2: where a policy has at most 200 numbers with them. */
static void
test_slopes (void)
{
  static const struct {
    size_t K, slopes, numbers;
  } cases[] = { { 12, 0, 12 * 7 }, { 12, 1, 12 * 16 }, { 12, 2, 12 * 16 }, { 13, 0, 13 * 7 }, { 13, 1, 13 * 16 }, { 13, 2, 13 * 7 } };

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
    set (learner, "slopes", (double) cases[c].slopes);
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
  LwLearner *learner = learner_of (&d);
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
      set (learner, table[i].name, value);
    }
  }
  g_assert_cmpuint (n_structural, ==, 2 * 3); /* slopes, exploration, mean */
  g_assert_cmpint (lw_learner_to_arrays (learner, &after), ==, LW_OK);
  lampo_task_assert_same (&before, &after);
  for (size_t i = 0; i < n; i++)
    if (!table[i].structural) {
      set (learner, table[i].name, table[i].upper);
      set (learner, table[i].name, table[i].lower);
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
  set (bare, "mean", 0);
  lw_learner_free (bare);
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
    LwLearner *learner = learner_of (&d);
    set (learner, "mean", LW_DECOUPLED_MIXTURE);
    set (learner, "slopes", slopes);
    set (learner, "prior_slope", 2);
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

/* With demonstrations: put away and taken up in the middle of iterations, by a learner that has none, with a regression in the
 * state. */
static void
test_resume (void)
{
  for (int kind = 0; kind < 3; kind++) {
    Demonstrations d;
    demonstrations_init (&d, 44);
    LwLearner *whole = learner_of (&d), *parts = learner_of (&d);
    LwLearner *const both[] = { whole, parts };
    for (size_t i = 0; i < 2; i++) {
      set (both[i], "mean", kind == 2 ? 0 : LW_DECOUPLED_REGRESSION);
      set (both[i], "slopes", kind != 1);
      set (both[i], "min_ess", kind == 1 ? 15 : 0);
      set (both[i], "context_kl_bound", kind == 2 ? 0.3 : 0);
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
  LwLearner *learner = learner_of (&d), *paper = lw_learner_new ("lampo-paper", &d.imitation);
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
      LwLearner *learner = learner_of (&d);
      set (learner, "caution", 0);
      set (learner, "prior_gate", 0);
      set (learner, "kl_bound", 1);
      set (learner, bounds[c].name, bounded ? bounds[c].value : 0);
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
  g_test_add_func ("/decoupled/slopes", test_slopes);
  g_test_add_func ("/decoupled/structural", test_structural);
  g_test_add_func ("/decoupled/known-optimum", test_known_optimum);
  g_test_add_func ("/decoupled/resume", test_resume);
  g_test_add_func ("/decoupled/foreign-state", test_foreign_state);
  g_test_add_func ("/decoupled/bounds", test_bounds);
  return g_test_run ();
}
