/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-policy-history.h"

#include <glib.h>
#include <math.h>

#include "lampo-random.h"
#include "lw-assert-close.h"

/* Log densities that tell which policy and sample they are of, and how often each was asked for; a policy of x[0] < 0 is none. */
typedef struct {
  size_t n;
  size_t calls[8][300];
} Known;

static bool
known_densities (const double *x, size_t from, double *log_p, void *data)
{
  Known *known = data;

  if (x[0] < 0)
    return false;
  for (size_t i = from; i < known->n; i++) {
    known->calls[(size_t) x[0]][i]++;
    log_p[i] = -0.1 * x[0] - 0.001 * (double) i;
  }
  return true;
}

static LwStatus
extend (LwPolicyHistory *history, Known *known, double policy, size_t n)
{
  double x[2] = { policy, 7 };

  known->n = n;
  return lw_policy_history_extend (history, n, x, known_densities, known);
}

/* Rows for policies, columns for episodes, each number computed once, past the table's first size in both. */
static void
test_extend (void)
{
  static const size_t until[] = { 10, 40, 100, 170, 300 };
  LwPolicyHistory history;
  g_autofree Known *known = g_new0 (Known, 1);

  lw_policy_history_init (&history, 2);
  for (size_t t = 0; t < G_N_ELEMENTS (until); t++) {
    g_assert_cmpint (extend (&history, known, (double) t, until[t] - 3), ==, LW_OK);
    g_assert_cmpint (extend (&history, known, (double) t, until[t]), ==, LW_OK); /* the same policy: no new row */
  }
  g_assert_cmpuint (history.T, ==, 5);
  g_assert_cmpuint (history.N, ==, 300);
  for (size_t t = 0; t < 5; t++) {
    g_assert_cmpuint (history.count[t], ==, until[t] - (t > 0 ? until[t - 1] : 0));
    g_assert_cmpfloat (lw_mat_get (&history.x, t, 0), ==, (double) t);
    for (size_t i = 0; i < 300; i++) {
      g_assert_cmpuint (known->calls[t][i], ==, 1);
      g_assert_cmpfloat (lw_mat_get (&history.log_p, t, i), ==, -0.1 * (double) t - 0.001 * (double) i);
    }
  }
  lw_policy_history_clear (&history);
  g_assert_cmpuint (history.n_x, ==, 2);
}

static void
test_denominators (void)
{
  LwPolicyHistory history;
  g_autofree Known *known = g_new0 (Known, 1);
  double mixture[60], batch[60];

  lw_policy_history_init (&history, 2);
  g_assert_cmpint (extend (&history, known, 0, 10), ==, LW_OK);
  g_assert_cmpint (extend (&history, known, 3, 60), ==, LW_OK);
  lw_fill_nan (mixture, 60);
  lw_fill_nan (batch, 60);
  lw_policy_history_log_mixture (&history, mixture);
  lw_policy_history_log_batch (&history, batch);
  for (size_t i = 0; i < 60; i++) {
    double first = -0.001 * (double) i, second = first - 0.3;
    lw_assert_close (mixture[i], log (10.0 / 60 * exp (first) + 50.0 / 60 * exp (second)), 1e-12, 1e-14);
    g_assert_cmpfloat (batch[i], ==, i < 10 ? first : -0.1 * 3 - 0.001 * (double) i);
  }
  /* Densities of e^-1e6, as of a policy whose spread has become small, are no zeros of the mixture. */
  for (size_t i = 0; i < 60; i++)
    for (size_t t = 0; t < 2; t++)
      lw_mat_set (&history.log_p, t, i, -1e6);
  lw_policy_history_log_mixture (&history, mixture);
  for (size_t i = 0; i < 60; i++)
    lw_assert_close (mixture[i], -1e6, 1e-12, 0);
  lw_policy_history_clear (&history);
}

/* What is no policy adds nothing. */
static void
test_refused (void)
{
  LwPolicyHistory history;
  g_autofree Known *known = g_new0 (Known, 1);

  lw_policy_history_init (&history, 2);
  g_assert_cmpint (extend (&history, known, -1, 10), ==, LW_ERR_RANGE);
  g_assert_cmpuint (history.T, ==, 0);
  g_assert_cmpuint (history.N, ==, 0);
  g_assert_cmpint (extend (&history, known, 2, 10), ==, LW_OK);
  g_assert_cmpint (extend (&history, known, -1, 20), ==, LW_ERR_RANGE);
  g_assert_cmpuint (history.T, ==, 1);
  g_assert_cmpuint (history.N, ==, 10);
  g_assert_cmpuint (history.count[0], ==, 10);
  lw_policy_history_clear (&history);
}

static void
test_arrays (void)
{
  static const struct {
    const char *name;
    size_t row, column;
    double value;
    LwStatus expected;
  } damage[] = { { "log_p", 0, 3, (double) NAN, LW_ERR_NOT_FINITE },
                 { "policies", 1, 1, (double) INFINITY, LW_ERR_NOT_FINITE },
                 { "counts", 0, 0, 9, LW_ERR_RANGE },
                 { "counts", 0, 1, 0, LW_ERR_RANGE },
                 { "counts", 0, 1, 1.5, LW_ERR_RANGE },
                 { "counts", 0, 1, (double) NAN, LW_ERR_RANGE } };
  LwPolicyHistory history, read;
  g_autofree Known *known = g_new0 (Known, 1);
  LwArrays state;

  lw_policy_history_init (&history, 2);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_policy_history_to_arrays (&history, &state), ==, LW_OK); /* nothing of nothing */
  g_assert_cmpuint (state.n_items, ==, 0);
  g_assert_cmpint (extend (&history, known, 1, 10), ==, LW_OK);
  g_assert_cmpint (extend (&history, known, 2, 25), ==, LW_OK);
  g_assert_cmpint (lw_policy_history_to_arrays (&history, &state), ==, LW_OK);
  lw_policy_history_init (&read, 2);
  g_assert_cmpint (lw_policy_history_from_arrays (&read, &state, 0), ==, LW_OK);
  g_assert_cmpint (lw_policy_history_from_arrays (&read, &state, 24), ==, LW_ERR_SHAPE);
  for (size_t i = 0; i < G_N_ELEMENTS (damage); i++) {
    LwMat mat = *lw_arrays_get (&state, damage[i].name);
    double keep = lw_mat_get (&mat, damage[i].row, damage[i].column);
    lw_mat_set (&mat, damage[i].row, damage[i].column, damage[i].value);
    g_assert_cmpint (lw_policy_history_from_arrays (&read, &state, 25), ==, damage[i].expected);
    g_assert_cmpuint (read.T, ==, 0);
    lw_mat_set (&mat, damage[i].row, damage[i].column, keep);
  }
  g_assert_cmpint (lw_policy_history_from_arrays (&read, &state, 25), ==, LW_OK);
  g_assert_cmpuint (read.T, ==, 2);
  g_assert_cmpuint (read.N, ==, 25);
  for (size_t t = 0; t < 2; t++) {
    g_assert_cmpuint (read.count[t], ==, history.count[t]);
    g_assert_cmpmem (lw_mat_row (&read.log_p, t), 25 * sizeof (double), lw_mat_row (&history.log_p, t), 25 * sizeof (double));
    g_assert_cmpmem (lw_mat_row (&read.x, t), 2 * sizeof (double), lw_mat_row (&history.x, t), 2 * sizeof (double));
  }
  /* And goes on as the other. */
  g_assert_cmpint (extend (&read, known, 2, 80), ==, LW_OK);
  g_assert_cmpuint (read.T, ==, 2);
  g_assert_cmpuint (read.count[1], ==, 70);
  lw_policy_history_clear (&read);
  lw_policy_history_clear (&history);
  lw_arrays_clear (&state);
}

/* With LAMPO's densities: the table that grew equals one computed at once, and the mixture weighs policies by their episodes. */
static void
test_lampo (void)
{
  LampoRandom random;
  LampoDensities grown, whole;
  LwPolicyHistory history;
  LwLampoSamples samples;
  static const size_t batch[3] = { 10, 65, 25 };
  double log_den[100], log_p[100], expected[100] = { 0 };
  size_t done = 0;

  lampo_random_init (&random, 2, 2, 3, 3, 100, 9);
  const double *policies[3] = { random.x_first, random.x_old, random.x_new };
  lw_policy_history_init (&history, random.model.n_x);
  lw_lampo_samples_init (&samples, &random.model);
  lampo_densities_init (&grown, &samples, &random.model, 128);
  lampo_densities_init (&whole, &random.samples, &random.model, 128);
  for (size_t t = 0; t < 3; t++)
    for (size_t part = 0; part < 2; part++) { /* two lots a policy: the second adds columns only */
      size_t n = part == 0 ? batch[t] / 2 : batch[t] - batch[t] / 2;
      LwMat contexts = lw_mat_block (&random.samples.contexts, done, 0, n, 3), z;
      g_assert_cmpint (lw_mat_alloc (&z, n, 2), ==, LW_OK);
      for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < 2; j++)
          lw_mat_set (&z, i, j, random.samples.z[j * random.samples.stride + done + i]);
      g_assert_cmpint (lw_lampo_samples_add (&samples, &contexts, random.samples.k + done, &z, random.samples.reward + done), ==,
                       LW_OK);
      g_assert_cmpint (lw_policy_history_extend (&history, samples.n, policies[t], lampo_densities, &grown), ==, LW_OK);
      done += n;
      lw_mat_clear (&z);
    }
  lw_fill_nan (log_den, 100);
  lw_policy_history_log_mixture (&history, log_den);
  for (size_t t = 0; t < 3; t++) {
    g_assert_true (lampo_densities (policies[t], 0, log_p, &whole));
    g_assert_cmpmem (lw_mat_row (&history.log_p, t), sizeof log_p, log_p, sizeof log_p);
    for (size_t i = 0; i < 100; i++)
      expected[i] += (double) batch[t] / 100 * exp (log_p[i]);
  }
  for (size_t i = 0; i < 100; i++)
    lw_assert_close (log_den[i], log (expected[i]), 1e-11, 1e-11);
  lampo_densities_clear (&grown);
  lampo_densities_clear (&whole);
  lw_lampo_samples_clear (&samples);
  lw_policy_history_clear (&history);
  lampo_random_clear (&random);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/policy-history/extend", test_extend);
  g_test_add_func ("/policy-history/denominators", test_denominators);
  g_test_add_func ("/policy-history/refused", test_refused);
  g_test_add_func ("/policy-history/arrays", test_arrays);
  g_test_add_func ("/policy-history/lampo", test_lampo);
  return g_test_run ();
}
