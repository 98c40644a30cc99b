/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lampo.h"

#include <math.h>
#include <string.h>

#include "lampo-task.h"
#include "lw-assert-close.h"

static void
test_settings (void)
{
  LwMppca model = lampo_task_model (6);
  LwLearner *learner = lampo_task_learner (&model);
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

/* What a run comes to with settings changed from the defaults. */
typedef struct {
  const char *name;
  double value;
} Setting;

static void
run_with (const Setting *settings, size_t n_settings, const LwMppca *model, double *x, LwLearnerReport *report)
{
  LwLearner *learner = lampo_task_learner (model);
  LwArrays state;

  for (size_t i = 0; i < n_settings; i++)
    if (settings[i].name != NULL)
      g_assert_cmpint (lw_learner_set (learner, settings[i].name, settings[i].value), ==, LW_OK);
  for (uint32_t iteration = 1; iteration <= 3; iteration++)
    *report = lampo_task_iterate (learner, 40, iteration);
  lw_arrays_init (&state);
  g_assert_cmpint (lw_learner_to_arrays (learner, &state), ==, LW_OK);
  memcpy (x, lw_arrays_get (&state, "current")->data, 10 * sizeof *x);
  lw_arrays_clear (&state);
  lw_learner_free (learner);
}

/* Each setting reaches the solver: alone it changes where a run ends, and the run itself repeats in every bit. The first column
 * is what the second needs to matter. */
static void
test_settings_act (void)
{
  static const Setting cases[][2] = {
    { { NULL }, { "kl_bound", 0.05 } },
    { { NULL }, { "kl_direction", 1 } },
    { { NULL }, { "regularisation", 0.3 } },
    { { NULL }, { "regularisation", 0 } },
    { { "regularisation", 0.3 }, { "context_kl_direction", 1 } },
    { { NULL }, { "context_kl_bound", 0.01 } },
    { { NULL }, { "max_iterations", 4 } },
    { { NULL }, { "denominator", 1 } },
    { { NULL }, { "normalised", 0 } },
    { { NULL }, { "strata", 0 } },
    { { NULL }, { "gate_bound", 0 } },
    { { NULL }, { "min_ess", 100 } },
    { { "max_iterations", 4 }, { "reward_unit", 1 } },
    { { "max_iterations", 4 }, { "guard", 0 } },
  };
  LwMppca model = lampo_task_model (11);
  size_t n;
  const LwLearnerSetting *table = lw_lampo_settings (&n);

  for (size_t c = 0; c < G_N_ELEMENTS (cases); c++) {
    double without[10], with[10], again[10];
    LwLearnerReport report;
    run_with (cases[c], 1, &model, without, &report);
    run_with (cases[c], 2, &model, with, &report);
    run_with (cases[c], 2, &model, again, &report);
    g_test_message ("%s %g: ESS %.1f of 120, KL %.3f, eta %.4f, gate %.4f; %s", cases[c][1].name, cases[c][1].value, report.ess,
                    report.kl, report.context_kl, report.gate, report.solver);
    g_assert_cmpmem (with, sizeof with, again, sizeof again);
    g_assert_true (memcmp (without, with, sizeof with) != 0);
  }
  for (size_t i = 0; i < n; i++) { /* none is missing above */
    gboolean found = FALSE;
    for (size_t c = 0; c < G_N_ELEMENTS (cases); c++)
      found = found || strcmp (cases[c][1].name, table[i].name) == 0;
    g_assert_true (found);
  }
  lw_mppca_clear (&model);
}

/* The learner keeps what its settings promise, where the default would not. */
static void
test_bounds_in_force (void)
{
  const Setting ess = { "min_ess", 100 }, context = { "context_kl_bound", 0.01 }, off = { "regularisation", 0 };
  const Setting gate = { "gate_bound", 0.02 }, open_gate = { "gate_bound", 0 };
  LwMppca model = lampo_task_model (11);
  LwLearnerReport plain, bounded;
  double x[10];

  run_with (&off, 1, &model, x, &plain);
  g_assert_cmpfloat (plain.ess, <, 90);
  run_with (&ess, 1, &model, x, &bounded);
  g_assert_cmpfloat (bounded.ess, >=, 100 * (1 - 1e-5));
  g_assert_cmpfloat (plain.context_kl, >, 0.01);
  run_with ((Setting[]){ context, off }, 2, &model, x, &bounded);
  g_assert_cmpfloat (bounded.context_kl, <=, 0.01 * (1 + 1e-6));
  g_assert_true (bounded.accepted && bounded.J > bounded.J_before);
  run_with (&open_gate, 1, &model, x, &plain);
  g_assert_cmpfloat (plain.gate, >, 0.1);
  run_with (&gate, 1, &model, x, &bounded);
  g_assert_cmpfloat (bounded.gate, <=, 0.02 * 1.2 * (1 + 1e-6)); /* 120 episodes */
  lw_assert_close (bounded.gate_bound, 0.02 * 1.2, 1e-12, 0);
  g_assert_cmpfloat (plain.gate_bound, ==, 0);
  lw_mppca_clear (&model);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lampo-settings/table", test_settings);
  g_test_add_func ("/lampo-settings/act", test_settings_act);
  g_test_add_func ("/lampo-settings/bounds-in-force", test_bounds_in_force);
  return g_test_run ();
}
