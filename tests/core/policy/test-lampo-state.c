/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo.h"

#include <math.h>
#include <string.h>

#include "lampo-golden.h"
#include "lampo-random.h"
#include "lampo-task.h"
#include "lw-assert-close.h"
#include "lw-policy-history.h"

static const struct {
  const char *name;
  double value;
} changed[] = { { "kl_bound", 0.15 }, { "denominator", 0 }, { "denominator", 1 },
                { "min_ess", 25 },    { "strata", 0 },      { "regularisation", 0 } };

static LwLearner *
learner_with (const LwMppca *model, size_t change)
{
  LwLearner *learner = lampo_task_learner (model);
  g_assert_cmpint (lw_learner_set (learner, changed[change].name, changed[change].value), ==, LW_OK);
  return learner;
}

/* @learner put away in arrays and taken up by another; frees it. */
static LwLearner *
put_away_and_take_up (LwLearner *learner, const LwMppca *model)
{
  LwLearner *next = lampo_task_learner (model);
  LwArrays state;

  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  lw_learner_free (learner);
  g_assert_cmpint (lw_learner_from_arrays (next, &state), ==, LW_OK);
  lw_arrays_clear (&state);
  return next;
}

/* Two runs of the same seed and unequal batches; one of them is put away and taken up after every batch, in the middle of every
 * iteration, and before every improvement. */
static void
test_resume (gconstpointer data)
{
  size_t change = GPOINTER_TO_SIZE (data);
  LwMppca model = lampo_task_model (1);
  LwLearner *whole = learner_with (&model, change), *parts = learner_with (&model, change);

  for (uint32_t iteration = 1; iteration <= 4; iteration++) {
    size_t n = 20 + 17 * iteration, head = n / 3;
    lampo_task_iterate (whole, n, iteration);
    lampo_task_add (parts, head, iteration, 0);
    parts = put_away_and_take_up (parts, &model);
    lampo_task_add (parts, n - head, iteration, head);
    parts = put_away_and_take_up (parts, &model);
    g_assert_cmpint (lw_learner_improve (parts, NULL, NULL, NULL, NULL), ==, LW_OK);
    parts = put_away_and_take_up (parts, &model);
    g_assert_cmpfloat (lw_learner_get (parts, changed[change].name), ==, changed[change].value);
    lampo_task_assert_same_state (whole, parts);
  }
  lw_learner_free (whole);
  lw_learner_free (parts);
  lw_mppca_clear (&model);
}

/* A state from before the first episode, too. */
static void
test_empty_state (void)
{
  LwMppca model = lampo_task_model (2), other_model = lampo_task_model (3);
  LwLearner *learner = lampo_task_learner (&model), *other;
  LwArrays state;
  LwLearnerReport report;

  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_ERR_TOO_FEW);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  g_assert_cmpint (lw_learner_from_arrays (learner, &state), ==, LW_OK);
  other_model.noise_var[0] = 0.3; /* another model than the state's */
  other = lampo_task_learner (&other_model);
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
  LwMppca model = lampo_task_model (4);
  LwLearner *learner = lampo_task_learner (&model);
  LwArrays good, bad, after;
  double three[3] = { 1, 2, 3 };
  LwMat vector = lw_mat_view (three, 1, 3);
  static const char *const names[] = { "current", "policies", "counts", "log_p", "contexts", "rewards", "model_log_pi" };

  lampo_task_iterate (learner, 40, 1);
  lampo_task_iterate (learner, 40, 2);
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
  lampo_task_assert_same (&good, &after);
  lw_arrays_clear (&good);
  lw_arrays_clear (&after);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

/* What stands in the table is never computed again: numbers that no policy could give are still there after more episodes and
 * another policy, and after a resume; rows and columns that came later are right. */
static void
test_not_recomputed (void)
{
  LwMppca model = lampo_task_model (9);
  LwLearner *learner = lampo_task_learner (&model);
  LwArrays state, after;

  for (uint32_t iteration = 1; iteration <= 2; iteration++)
    lampo_task_iterate (learner, 31, iteration);
  lw_arrays_init (&state);
  lw_arrays_init (&after);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  LwMat log_p = *lw_arrays_get (&state, "log_p");
  g_assert_cmpuint (log_p.rows, ==, 2);
  g_assert_cmpuint (log_p.cols, ==, 62);
  for (size_t t = 0; t < 2; t++)
    for (size_t i = 0; i < 62; i++)
      lw_mat_set (&log_p, t, i, 1000.0 * (double) t + (double) i);
  g_assert_cmpint (lw_learner_from_arrays (learner, &state), ==, LW_OK);
  lampo_task_add (learner, 5, 3, 0);
  lampo_task_add (learner, 70, 3, 5); /* past a block, and past the table's first size */
  g_assert_cmpint (lw_learner_to_arrays (learner, &after), ==, LW_OK);
  const LwMat *grown = lw_arrays_get (&after, "log_p");
  g_assert_cmpuint (grown->rows, ==, 3);
  g_assert_cmpuint (grown->cols, ==, 137);
  for (size_t t = 0; t < 3; t++)
    for (size_t i = 0; i < 137; i++) {
      if (t < 2 && i < 62)
        g_assert_cmpfloat (lw_mat_get (grown, t, i), ==, 1000.0 * (double) t + (double) i);
      else
        g_assert_true (lw_mat_get (grown, t, i) < 100); /* log densities */
    }
  lw_arrays_clear (&state);
  lw_arrays_clear (&after);
  lw_learner_free (learner);
  lw_mppca_clear (&model);
}

/* J of the policy at hand, sum of the weights times the rewards, from what is stored: against the mixture with N_t / N of unequal
 * batches, or against each episode's own policy. */
static double
expected_J (const LwArrays *state, gboolean own)
{
  const LwMat *log_p = lw_arrays_get (state, "log_p"), *counts = lw_arrays_get (state, "counts"),
              *rewards = lw_arrays_get (state, "rewards");
  size_t T = log_p->rows, N = log_p->cols, batch = 0, until = (size_t) counts->data[0];
  double total = 0, value = 0;

  for (size_t i = 0; i < N; i++) {
    double q = 0;
    for (; i >= until; until += (size_t) counts->data[++batch])
      ;
    for (size_t t = 0; t < T; t++)
      q += own ? (t == batch) * exp (lw_mat_get (log_p, t, i)) : counts->data[t] / (double) N * exp (lw_mat_get (log_p, t, i));
    double weight = exp (lw_mat_get (log_p, T - 1, i)) / q; /* the last row is the policy that the last episodes came from */
    total += weight;
    value += weight * rewards->data[i];
  }
  return value / total;
}

static void
test_denominators (void)
{
  LwMppca model = lampo_task_model (10);
  double J[2];

  for (int own = 0; own < 2; own++) {
    LwLearner *learner = lampo_task_learner (&model);
    LwLearnerReport report;
    LwArrays state;
    static const size_t sizes[] = { 40, 3, 71, 20 };
    lw_arrays_init (&state);
    lampo_task_set_paper (learner, "strata", 0);
    for (uint32_t iteration = 0; iteration < G_N_ELEMENTS (sizes); iteration++) {
      lampo_task_add (learner, sizes[iteration], iteration, 0);
      if (iteration + 1 < G_N_ELEMENTS (sizes))
        g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, NULL), ==, LW_OK);
    }
    g_assert_cmpint (lw_learner_set (learner, "denominator", own), ==, LW_OK);
    g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
    g_assert_cmpuint (lw_arrays_get (&state, "log_p")->rows, ==, 4);
    g_assert_cmpint (lw_learner_improve (learner, NULL, NULL, NULL, &report), ==, LW_OK);
    lw_assert_close (report.J_before, expected_J (&state, own), 1e-9, 0);
    J[own] = report.J_before;
    lw_arrays_clear (&state);
    lw_learner_free (learner);
  }
  g_assert_true (fabs (J[0] - J[1]) > 1e-4);
  lw_mppca_clear (&model);
}

/* The published model's stored denominators: its first batch came from the imitation policy, its last from the one before the
 * last. */
static void
test_golden_batch (gconstpointer prefix)
{
  LampoGolden g;
  LwMppca mppca = { 0 };
  LwLampoModel model;
  LwLampoSamples samples;
  LwPolicyHistory history;
  LampoDensities densities;
  double log_den[20];
  enum { BATCH = 10 };

  if (!lampo_golden_load (&g, prefix, "log_den_batch"))
    return;
  g_assert_cmpint (lw_mppca_alloc (&mppca, g.K, g.d, g.D), ==, LW_OK);
  memcpy (mppca.mean.data, g.means.data, g.K * g.D * sizeof (double));
  memcpy (mppca.loading.data, g.W.data, g.K * g.D * g.d * sizeof (double));
  memcpy (mppca.noise_var, g.sigma_sq.data, g.K * sizeof (double));
  g_assert_cmpint (lw_lampo_model_init (&model, &mppca, g.dc), ==, LW_OK);
  lw_lampo_samples_init (&samples, &model);
  lw_policy_history_init (&history, model.n_x);
  lampo_densities_init (&densities, &samples, &model, LW_LAMPO_BLOCK);
  for (int batch = 0; batch < 2; batch++) {
    size_t from = batch == 0 ? 0 : g.N - BATCH, k[BATCH];
    LwMat contexts = lw_mat_view (g.c.data + from * g.dc, BATCH, g.dc), z = lw_mat_view (g.z.data + from * g.d, BATCH, g.d);
    for (size_t i = 0; i < BATCH; i++)
      k[i] = (size_t) g.k_index[from + i];
    g_assert_cmpint (lw_lampo_samples_add (&samples, &contexts, k, &z, g.r.data + from), ==, LW_OK);
    g_assert_cmpint (
        lw_policy_history_extend (&history, samples.n, batch == 0 ? g.x_first.data : g.x_old.data, lampo_densities, &densities),
        ==, LW_OK);
  }
  lw_fill_nan (log_den, 20);
  lw_policy_history_log_batch (&history, log_den);
  lw_assert_close_array (log_den, g.log_den.data, BATCH, 1e-9, 1e-9);
  lw_assert_close_array (log_den + BATCH, g.log_den.data + g.N - BATCH, BATCH, 1e-9, 1e-9);
  lampo_densities_clear (&densities);
  lw_policy_history_clear (&history);
  lw_lampo_samples_clear (&samples);
  lw_lampo_model_clear (&model);
  lw_mppca_clear (&mppca);
  lampo_golden_clear (&g);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  for (size_t i = 0; i < G_N_ELEMENTS (changed); i++) {
    g_autofree char *path = g_strdup_printf ("/lampo-state/resume/%s-%g", changed[i].name, changed[i].value);
    g_test_add_data_func (path, GSIZE_TO_POINTER (i), test_resume);
  }
  lampo_task_add_test ("/lampo-state/empty", test_empty_state);
  lampo_task_add_test ("/lampo-state/damaged", test_damaged_state);
  lampo_task_add_test ("/lampo-state/not-recomputed", test_not_recomputed);
  lampo_task_add_test ("/lampo-state/denominators", test_denominators);
  g_test_add_data_func ("/lampo-state/golden-batch/m0", "m0_", test_golden_batch);
  g_test_add_data_func ("/lampo-state/golden-batch/m1", "m1_", test_golden_batch);
  return g_test_run ();
}
