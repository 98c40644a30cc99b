/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learner.h"

#include <glib.h>
#include <string.h>

#include "ct-task.h"
#include "lw-setting-table.h"

static void
fit_mixture (const CtTask *task, LwMppca *out)
{
  LwMat x;
  LwMppcaSettings settings;

  g_assert_cmpint (lw_mat_alloc (&x, CT_TASK_N, CT_TASK_DC + CT_TASK_M), ==, LW_OK);
  LwMat left = lw_mat_block (&x, 0, 0, CT_TASK_N, CT_TASK_DC), right = lw_mat_block (&x, 0, CT_TASK_DC, CT_TASK_N, CT_TASK_M);
  lw_mat_copy (&task->contexts, &left);
  lw_mat_copy (&task->movements, &right);
  lw_mppca_settings_init (&settings);
  settings.K = 2;
  g_assert_cmpint (lw_mppca_fit (&x, &settings, NULL, out, NULL, NULL), ==, LW_OK);
  lw_mat_clear (&x);
}

/* Every algorithm is found by its name, with the settings that its learners have. */
static void
test_names (void)
{
  const char *const *names = lw_learner_names ();
  CtTask task;
  LwMppca mppca;

  ct_task_init (&task);
  fit_mixture (&task, &mppca);
  LwImitation imitation = ct_task_imitation (&task);
  imitation.mppca = &mppca;
  for (size_t i = 0; names[i] != NULL; i++) {
    size_t n = 0;
    const LwLearnerSetting *rows = lw_learner_settings_of (names[i], &n);
    LwLearner *learner = lw_learner_new (names[i], &imitation);
    LwSettingTable table;

    for (size_t j = 0; j < i; j++)
      g_assert_cmpstr (names[j], !=, names[i]);
    g_assert_nonnull (learner);
    table = lw_setting_table_of (learner);
    g_assert_true (table.rows == rows && table.n == n && n > 0);
    for (size_t j = 0; j < n; j++) {
      g_assert_true (lw_setting_is_valid (&rows[j], rows[j].value));
      g_assert_true (lw_setting_is_valid (&rows[j], rows[j].lower) && lw_setting_is_valid (&rows[j], rows[j].upper));
      for (size_t k = 0; k < j; k++)
        g_assert_cmpstr (rows[j].name, !=, rows[k].name);
      /* Names travel as those of arrays. */
      g_assert_cmpuint (strlen (rows[j].name), <, sizeof ((LwNamedArray *) NULL)->name);
      g_assert_cmpfloat (lw_learner_get (learner, rows[j].name), ==, rows[j].value);
    }
    g_assert_cmpint (lw_learner_set (learner, "unheard-of", 1), ==, LW_ERR_RANGE);
    lw_learner_free (learner);
  }
  g_assert_cmpstr (names[0], ==, "lampo"); /* what a run has unless told otherwise */
  lw_mppca_clear (&mppca);
  ct_task_clear (&task);
}

static void
test_unknown (void)
{
  CtTask task;
  size_t n = 99;

  ct_task_init (&task);
  LwImitation imitation = ct_task_imitation (&task);
  g_assert_null (lw_learner_new ("lamp", &imitation));
  g_assert_null (lw_learner_new ("", &imitation));
  g_assert_null (lw_learner_settings_of ("lampo-", &n));
  g_assert_cmpuint (n, ==, 0);
  lw_learner_free (NULL);
  ct_task_clear (&task);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/learner/names", test_names);
  g_test_add_func ("/learner/unknown", test_unknown);
  return g_test_run ();
}
