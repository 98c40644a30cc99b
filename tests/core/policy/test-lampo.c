/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lampo-random.h"
#include "lw-assert-close.h"
#include "lw-lampo-history.h"

/* A small task: the movement's last two numbers should equal the context. */
enum { DC = 2, M = 3, LATENT = 1 + 2 };

static LwMppca
model_new (uint32_t stream)
{
  LwMppca model;
  LwRng rng;

  g_assert_cmpint (lw_mppca_alloc (&model, 2, 2, DC + M), ==, LW_OK);
  lw_rng_init (&rng, 31, LW_RNG_TEST, stream, 0);
  lw_rng_normals (&rng, model.loading.data, 2 * (DC + M) * 2);
  lw_rng_normals (&rng, model.mean.data, 2 * (DC + M));
  model.log_pi[0] = log (0.4);
  model.log_pi[1] = log (0.6);
  model.noise_var[0] = 0.1;
  model.noise_var[1] = 0.2;
  return model;
}

static void
draw_batch (LwLearner *learner, size_t n, uint32_t iteration, LwMat *contexts, LwMat *latents, double *rewards)
{
  g_assert_cmpint (lw_mat_alloc (contexts, n, DC), ==, LW_OK);
  g_assert_cmpint (lw_mat_alloc (latents, n, LATENT), ==, LW_OK);
  for (size_t i = 0; i < n; i++) {
    LwRng context_rng, action_rng;
    double movement[M], log_q = (double) NAN, *context = lw_mat_row (contexts, i);
    lw_rng_init (&context_rng, 9, LW_RNG_CONTEXT, iteration, (uint32_t) i);
    lw_rng_init (&action_rng, 9, LW_RNG_ACTION, iteration, (uint32_t) i);
    lw_rng_normals (&context_rng, context, DC);
    lw_fill_nan (movement, M);
    g_assert_cmpint (lw_learner_sample (learner, context, &action_rng, movement, lw_mat_row (latents, i), &log_q), ==, LW_OK);
    g_assert_true (isfinite (log_q) && isfinite (movement[0]));
    rewards[i] = -pow (movement[1] - context[0], 2) - pow (movement[2] - context[1], 2);
  }
}

/* One iteration: @n episodes in two unequal parts, then an improvement. */
static LwLearnerReport
iterate (LwLearner *learner, size_t n, uint32_t iteration)
{
  LwMat contexts, latents;
  LwLearnerReport report;
  g_autofree double *rewards = g_new (double, n);

  draw_batch (learner, n, iteration, &contexts, &latents, rewards);
  LwMat head_c = lw_mat_block (&contexts, 0, 0, n / 3, DC), head_z = lw_mat_block (&latents, 0, 0, n / 3, LATENT);
  LwMat tail_c = lw_mat_block (&contexts, n / 3, 0, n - n / 3, DC), tail_z = lw_mat_block (&latents, n / 3, 0, n - n / 3, LATENT);
  g_assert_cmpint (lw_learner_add (learner, n / 3, &head_c, &head_z, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_add (learner, n - n / 3, &tail_c, &tail_z, rewards + n / 3), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  return report;
}

static LwLearner *
learner_of (const char *name, const LwMppca *model, size_t n_context)
{
  return lw_learner_new (name, &(LwImitation){ .mppca = model, .n_context = n_context });
}

static double
mean_reward (LwLearner *learner, uint32_t iteration)
{
  LwMat contexts, latents;
  double rewards[500], sum = 0;

  draw_batch (learner, 500, iteration, &contexts, &latents, rewards);
  for (size_t i = 0; i < 500; i++)
    sum += rewards[i] / 500;
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  return sum;
}

static void
assert_same_arrays (const LwArrays *a, const LwArrays *b)
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

static void
test_learns (void)
{
  LwMppca model = model_new (0);
  LwLearner *learner = learner_of ("lampo", &model, DC);

  g_assert_nonnull (learner);
  g_assert_cmpuint (learner->n_context, ==, DC);
  g_assert_cmpuint (learner->n_movement, ==, M);
  g_assert_cmpuint (lw_learner_latent_size (learner), ==, LATENT);
  double before = mean_reward (learner, 1000);
  for (uint32_t iteration = 1; iteration <= 8; iteration++) {
    LwLearnerReport report = iterate (learner, 60, iteration);
    g_assert_cmpfloat (report.kl, <=, 0.2 * (1 + 1e-6));
    g_assert_cmpfloat (report.J, >=, report.J_before - 1e-9);
    g_assert_cmpuint (report.n_components, ==, 2);
    g_assert_true (report.ess >= 1 && report.ess <= 60 * iteration && report.entropy >= 0 && report.solver[0] != '\0');
  }
  double after = mean_reward (learner, 1000);
  g_test_message ("mean reward %.3f before, %.3f after", before, after);
  g_assert_cmpfloat (after, >,
                     before + 0.05 * fabs (before)); /* a random model has little to find; its movements span 2 of 3 dimensions */
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

/* Two runs of the same seed, one of them put away in arrays after the second iteration and taken up by another learner. */
static void
test_resume (void)
{
  LwMppca model = model_new (1);
  LwLearner *whole = learner_of ("lampo", &model, DC), *first = learner_of ("lampo", &model, DC), *second;
  LwArrays state, state_whole, state_resumed;

  g_assert_cmpint (lw_learner_set (whole, "kl_bound", 0.15), ==, LW_OK);
  g_assert_cmpint (lw_learner_set (first, "kl_bound", 0.15), ==, LW_OK);
  for (uint32_t iteration = 1; iteration <= 4; iteration++)
    iterate (whole, 30 + 7 * iteration, iteration);
  for (uint32_t iteration = 1; iteration <= 2; iteration++)
    iterate (first, 30 + 7 * iteration, iteration);
  lw_arrays_init (&state);
  lw_arrays_init (&state_whole);
  lw_arrays_init (&state_resumed);
  g_assert_cmpint (lw_learner_to_arrays (first, &state), ==, LW_OK);
  lw_learner_free (first);
  second = learner_of ("lampo", &model, DC);
  g_assert_cmpint (lw_learner_from_arrays (second, &state), ==, LW_OK);
  lw_assert_close (lw_learner_get (second, "kl_bound"), 0.15, 0, 0);
  for (uint32_t iteration = 3; iteration <= 4; iteration++)
    iterate (second, 30 + 7 * iteration, iteration);
  g_assert_cmpint (lw_learner_to_arrays (whole, &state_whole), ==, LW_OK);
  g_assert_cmpint (lw_learner_to_arrays (second, &state_resumed), ==, LW_OK);
  assert_same_arrays (&state_whole, &state_resumed);
  lw_arrays_clear (&state);
  lw_arrays_clear (&state_whole);
  lw_arrays_clear (&state_resumed);
  lw_learner_free (whole);
  lw_learner_free (second);
  lw_mppca_clear (&model);
}

/* A state from before the first episode, too. */
static void
test_empty_state (void)
{
  LwMppca model = model_new (2), other_model = model_new (3);
  LwLearner *learner = learner_of ("lampo", &model, DC), *other;
  LwArrays state;
  LwLearnerReport report;

  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  g_assert_cmpint (lw_learner_from_arrays (learner, &state), ==, LW_OK);
  other_model.noise_var[0] = 0.3; /* another model than the state's */
  other = learner_of ("lampo", &other_model, DC);
  g_assert_cmpint (lw_learner_from_arrays (other, &state), ==, LW_ERR_RANGE);
  lw_arrays_clear (&state);
  g_assert_cmpint (lw_learner_from_arrays (other, &state), ==, LW_ERR_SHAPE);
  lw_learner_free (learner);
  lw_learner_free (other);
  lw_mppca_clear (&model);
  lw_mppca_clear (&other_model);
}

/* A damaged state is refused and the learner goes on as if nothing had been. */
static void
test_damaged_state (void)
{
  LwMppca model = model_new (4);
  LwLearner *learner = learner_of ("lampo", &model, DC);
  LwArrays good, bad, after;
  double three[3] = { 1, 2, 3 };
  LwMat vector = lw_mat_view (three, 1, 3);
  static const char *const names[] = { "current", "policies", "counts", "log_p", "contexts", "rewards", "model_log_pi" };

  iterate (learner, 40, 1);
  iterate (learner, 40, 2);
  lw_arrays_init (&good);
  g_assert_cmpint (lw_learner_to_arrays (learner, &good), ==, LW_OK);
  for (size_t i = 0; i < G_N_ELEMENTS (names); i++) {
    lw_arrays_init (&bad);
    g_assert_cmpint (lw_learner_to_arrays (learner, &bad), ==, LW_OK);
    g_assert_cmpint (lw_arrays_put (&bad, names[i], &vector), ==, LW_OK);
    g_assert_cmpint (lw_learner_from_arrays (learner, &bad), !=, LW_OK);
    lw_arrays_clear (&bad);
  }
  lw_arrays_init (&bad);
  g_assert_cmpint (lw_learner_to_arrays (learner, &bad), ==, LW_OK);
  lw_mat_set (lw_arrays_get (&bad, "latents"), 3, 0, 2); /* there are components 0 and 1 */
  g_assert_cmpint (lw_learner_from_arrays (learner, &bad), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_arrays_put_scalar (&bad, "kl_bound", -1), ==, LW_OK);
  g_assert_cmpint (lw_learner_from_arrays (learner, &bad), ==, LW_ERR_RANGE);
  lw_arrays_clear (&bad);
  lw_arrays_init (&after);
  g_assert_cmpint (lw_learner_to_arrays (learner, &after), ==, LW_OK);
  assert_same_arrays (&good, &after);
  lw_arrays_clear (&good);
  lw_arrays_clear (&after);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

static void
test_stop (void)
{
  LwMppca model = model_new (5);
  LwLearner *learner = learner_of ("lampo", &model, DC);
  LwMat contexts, latents;
  LwArrays before, after;
  double rewards[50];
  atomic_bool stop = true;
  LwLearnerReport report = { .iterations = 77 };

  draw_batch (learner, 50, 1, &contexts, &latents, rewards);
  g_assert_cmpint (lw_learner_add (learner, 50, &contexts, &latents, rewards), ==, LW_OK);
  lw_arrays_init (&before);
  lw_arrays_init (&after);
  g_assert_cmpint (lw_learner_to_arrays (learner, &before), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, &stop, &report), ==, LW_ERR_STOPPED);
  g_assert_cmpuint (report.iterations, ==, 77);
  g_assert_cmpint (lw_learner_to_arrays (learner, &after), ==, LW_OK);
  assert_same_arrays (&before, &after);
  lw_arrays_clear (&before);
  lw_arrays_clear (&after);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

static void
test_settings (void)
{
  LwMppca model = model_new (6);
  LwLearner *learner = learner_of ("lampo", &model, DC);
  size_t n;
  const LwLearnerSetting *settings = lw_learner_settings (learner, &n);

  g_assert_cmpuint (n, >=, 8);
  for (size_t i = 0; i < n; i++) {
    lw_assert_close (lw_learner_get (learner, settings[i].name), settings[i].value, 0, 0);
    g_assert_true (settings[i].lower <= settings[i].value && settings[i].value <= settings[i].upper);
    g_assert_cmpint (lw_learner_set (learner, settings[i].name, settings[i].upper), ==, LW_OK);
    g_assert_cmpint (lw_learner_set (learner, settings[i].name, settings[i].upper + 1), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_learner_set (learner, settings[i].name, settings[i].lower - 1), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_learner_set (learner, settings[i].name, (double) NAN), ==, LW_ERR_RANGE);
    if (settings[i].integer)
      g_assert_cmpint (lw_learner_set (learner, settings[i].name, settings[i].lower + 0.5), ==, LW_ERR_RANGE);
    lw_assert_close (lw_learner_get (learner, settings[i].name), settings[i].upper, 0, 0);
  }
  g_assert_cmpint (lw_learner_set (learner, "no_such_setting", 1), ==, LW_ERR_RANGE);
  g_assert_true (isnan (lw_learner_get (learner, "no_such_setting")));
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

static void
test_refused (void)
{
  LwMppca model = model_new (7);
  LwLearner *learner = learner_of ("lampo", &model, DC);
  LwMat contexts, latents;
  double rewards[5], movement[M], latent[LATENT], log_q = (double) NAN, bad_context[DC] = { 0, (double) NAN };
  LwRng rng;

  g_assert_null (learner_of ("no-such-algorithm", &model, DC));
  g_assert_null (learner_of ("lampo", &model, DC + M));
  draw_batch (learner, 5, 1, &contexts, &latents, rewards);
  lw_mat_set (&latents, 2, 0, 0.5);
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_ERR_RANGE);
  lw_mat_set (&latents, 2, 0, -1);
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_ERR_RANGE);
  lw_mat_set (&latents, 2, 0, (double) NAN);
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_ERR_NOT_FINITE);
  lw_mat_set (&latents, 2, 0, 1);
  rewards[4] = (double) INFINITY;
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_ERR_NOT_FINITE);
  rewards[4] = 0;
  g_assert_cmpint (lw_learner_add (learner, 4, &contexts, &latents, rewards), ==, LW_ERR_SHAPE);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, NULL), ==, LW_ERR_TOO_FEW); /* nothing was added */
  g_assert_cmpint (lw_learner_add (learner, 5, &contexts, &latents, rewards), ==, LW_OK);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, NULL), ==, LW_OK);

  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  lw_fill_nan (movement, M);
  lw_fill_nan (latent, LATENT);
  g_assert_cmpint (lw_learner_sample (learner, bad_context, &rng, movement, latent, &log_q), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_learner_mean (learner, bad_context, movement), ==, LW_ERR_NOT_FINITE);
  lw_assert_untouched (movement, M);
  lw_assert_untouched (latent, LATENT);
  lw_mat_clear (&contexts);
  lw_mat_clear (&latents);
  lw_learner_free (learner);
  lw_learner_free (NULL);
  lw_mppca_clear (&model);
}

/* Many draws scatter about the mean of their component; the greedy movement is that mean for the likeliest one. */
static void
test_mean (void)
{
  LwMppca model = model_new (8);
  LwLearner *learner = learner_of ("lampo", &model, DC);
  const double context[DC] = { 0.2, -0.1 };
  double greedy[M], sum[2][M] = { { 0 } }, count[2] = { 0 }, movement[M], latent[LATENT], log_q;

  lw_fill_nan (greedy, M);
  g_assert_cmpint (lw_learner_mean (learner, context, greedy), ==, LW_OK);
  for (uint32_t i = 0; i < 20000; i++) {
    LwRng rng;
    lw_rng_init (&rng, 2, LW_RNG_ACTION, 0, i);
    g_assert_cmpint (lw_learner_sample (learner, context, &rng, movement, latent, &log_q), ==, LW_OK);
    size_t k = (size_t) latent[0];
    count[k]++;
    for (size_t j = 0; j < M; j++)
      sum[k][j] += movement[j];
  }
  size_t best = count[1] > count[0];
  for (size_t j = 0; j < M; j++)
    lw_assert_close (sum[best][j] / count[best], greedy[j], 0, 0.05);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

/* The table that grew by rows and columns equals one computed at once, and the mixture weighs policies by their episodes. */
static void
test_history (void)
{
  LampoRandom random;
  LwLampoHistory history;
  LwLampoPolicy current, scratch;
  LwLampoTable table;
  LwLampoSamples grown;
  static const size_t batch[3] = { 10, 65, 25 };
  size_t done = 0;

  lampo_random_init (&random, 2, 2, 3, 3, 100, 9);
  const LwLampoModel *model = &random.model;
  const double *policies[3] = { random.x_first, random.x_old, random.x_new };
  lw_lampo_history_init (&history, model);
  lw_lampo_samples_init (&grown, model);
  g_assert_cmpint (lw_lampo_policy_init (&current, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_policy_init (&scratch, model), ==, LW_OK);
  g_assert_cmpint (lw_lampo_table_init (&table, model, 128), ==, LW_OK);
  for (size_t t = 0; t < 3; t++) {
    g_assert_true (lw_lampo_policy_set (&current, policies[t]));
    for (size_t part = 0; part < 2; part++) { /* two lots a policy: the second adds columns only */
      size_t n = part == 0 ? batch[t] / 2 : batch[t] - batch[t] / 2;
      LwMat contexts = lw_mat_block (&random.samples.contexts, done, 0, n, 3), z;
      g_assert_cmpint (lw_mat_alloc (&z, n, 2), ==, LW_OK);
      for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < 2; j++)
          lw_mat_set (&z, i, j, random.samples.z[j * random.samples.stride + done + i]);
      g_assert_cmpint (lw_lampo_samples_add (&grown, &contexts, random.samples.k + done, &z, random.samples.reward + done), ==,
                       LW_OK);
      g_assert_cmpint (lw_lampo_history_extend (&history, &grown, &current, &scratch, &table), ==, LW_OK);
      done += n;
      lw_mat_clear (&z);
    }
  }
  g_assert_cmpuint (history.T, ==, 3);
  g_assert_cmpuint (history.N, ==, 100);
  double log_den[100];
  lw_fill_nan (log_den, 100);
  lw_lampo_history_log_mixture (&history, log_den);
  double expected[100] = { 0 };
  for (size_t t = 0; t < 3; t++) {
    g_assert_cmpuint (history.count[t], ==, batch[t]);
    g_assert_true (lw_lampo_policy_set (&current, policies[t]));
    lw_lampo_table_evaluate (&table, &current, &random.samples, 0);
    g_assert_cmpmem (lw_mat_row (&history.log_p, t), 100 * sizeof (double), table.log_p, 100 * sizeof (double));
    for (size_t i = 0; i < 100; i++)
      expected[i] += (double) batch[t] / 100 * exp (table.log_p[i]);
  }
  for (size_t i = 0; i < 100; i++)
    lw_assert_close (log_den[i], log (expected[i]), 1e-11, 1e-11);
  lw_lampo_table_clear (&table);
  lw_lampo_policy_clear (&current);
  lw_lampo_policy_clear (&scratch);
  lw_lampo_samples_clear (&grown);
  lw_lampo_history_clear (&history);
  lampo_random_clear (&random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lampo/learns", test_learns);
  g_test_add_func ("/lampo/state/resume", test_resume);
  g_test_add_func ("/lampo/state/empty", test_empty_state);
  g_test_add_func ("/lampo/state/damaged", test_damaged_state);
  g_test_add_func ("/lampo/stop", test_stop);
  g_test_add_func ("/lampo/settings", test_settings);
  g_test_add_func ("/lampo/refused", test_refused);
  g_test_add_func ("/lampo/mean", test_mean);
  g_test_add_func ("/lampo/history", test_history);
  return g_test_run ();
}
