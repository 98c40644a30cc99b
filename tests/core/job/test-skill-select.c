/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-skill-select.h"

#include "lw-blas.h"
#include "lw-test-job.h"

static LwSkill *
fit (const LwDemonstrations *set, gboolean standardise)
{
  LwFitSettings settings;
  GError *error = NULL;
  LwSkill *skill;

  lw_fit_settings_init (&settings);
  settings.n_basis = 8;
  settings.K = settings.d = 1;
  settings.standardise = standardise;
  skill = lw_skill_fit (set, &settings, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  return skill;
}

/* The table is the mixture's own, over [context | duration | weights] and with the skill's seed, noise and standardisation. */
static void
test_table (void)
{
  static const size_t K[] = { 1, 2 }, d[] = { 1, 2 };
  LwMat weights, x;
  g_autoptr (LwDemonstrations) set = planted_set (40, 2, 8, &weights);
  g_autoptr (LwSkill) skill = fit (set, TRUE);
  LwMppcaSelectSettings grid;
  LwMppcaSelection table, expected;
  const double noise = skill->settings.context_noise;
  g_autoptr (GError) error = NULL;

  lw_mppca_select_settings_init (&grid);
  grid.K = K;
  grid.n_K = 2;
  grid.d = d;
  grid.n_d = 2;
  grid.folds = 4;
  g_assert_true (lw_skill_select (skill, &grid, NULL, NULL, NULL, &table, &error));
  g_assert_cmpint (lw_mat_alloc (&x, 40, skill->n_context + skill->params.cols), ==, LW_OK);
  for (size_t i = 0; i < 40; i++)
    for (size_t j = 0; j < x.cols; j++)
      lw_mat_set (&x, i, j,
                  j < skill->n_context ? lw_mat_get (&skill->contexts, i, j)
                                       : lw_mat_get (&skill->params, i, j - skill->n_context));
  grid.fit.n_context = skill->n_context;
  grid.fit.seed = skill->settings.seed;
  grid.fit.standardise = TRUE;
  grid.noise = &noise;
  grid.n_noise = 1;
  g_assert_cmpint (lw_mppca_select (&x, &grid, NULL, NULL, NULL, &expected), ==, LW_OK);
  g_assert_cmpuint (table.n_cells, ==, 4);
  for (size_t i = 0; i < 4; i++)
    {
      g_assert_cmpint (table.cells[i].status, ==, LW_OK);
      g_assert_true (table.cells[i].held_out.mean == expected.cells[i].held_out.mean);
      g_assert_true (table.cells[i].imitation.mean == expected.cells[i].imitation.mean);
      g_assert_true (table.cells[i].noise == noise && table.cells[i].scale == 1.0);
    }
  g_assert_cmpint (lw_skill_select_criterion (skill), ==, LW_MPPCA_IMITATION);
  g_assert_cmpuint (table.suggested[LW_MPPCA_IMITATION], ==, expected.suggested[LW_MPPCA_IMITATION]);
  lw_mppca_selection_clear (&table);
  lw_mppca_selection_clear (&expected);
  lw_mat_clear (&x);
  lw_mat_clear (&weights);
}

static void
test_refused (void)
{
  static const size_t one[] = { 1 };
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (40, 2, 8, &weights);
  g_autoptr (LwSkill) skill = fit (set, FALSE);
  LwMppcaSelectSettings grid;
  LwMppcaSelection table = { .n_cells = 77 };
  atomic_bool stop = true;
  g_autoptr (GError) error = NULL;

  lw_mppca_select_settings_init (&grid);
  g_assert_false (lw_skill_select (skill, &grid, NULL, NULL, NULL, &table, &error)); /* nothing to choose from */
  g_assert_nonnull (error);
  g_clear_error (&error);
  grid.K = grid.d = one;
  grid.n_K = grid.n_d = 1;
  g_assert_false (lw_skill_select (skill, &grid, NULL, NULL, &stop, &table, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_STOPPED);
  g_assert_cmpuint (table.n_cells, ==, 77);
  lw_mat_clear (&weights);
}

/* Standardisation is a setting of the skill: it changes the mixture, and is kept with it. */
static void
test_standardise (void)
{
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (40, 2, 8, &weights);
  g_autoptr (LwSkill) plain = fit (set, FALSE), skill = fit (set, TRUE), back = NULL;
  g_autofree char *settings = NULL;
  LwArrays arrays;
  g_autoptr (GError) error = NULL;

  g_assert_null (plain->mppca.column_scale);
  g_assert_nonnull (skill->mppca.column_scale);
  lw_arrays_init (&arrays);
  settings = lw_skill_to_store (skill, &arrays);
  g_assert_nonnull (settings);
  back = lw_skill_from_store (settings, &arrays, &error);
  g_assert_no_error (error);
  g_assert_true (back->settings.standardise);
  g_assert_cmpmem (back->mppca.column_scale, back->mppca.p * sizeof (double), skill->mppca.column_scale,
                   skill->mppca.p * sizeof (double));
  lw_arrays_clear (&arrays);
  lw_mat_clear (&weights);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  lw_blas_set_threads (1);
  g_test_add_func ("/skill-select/table", test_table);
  g_test_add_func ("/skill-select/refused", test_refused);
  g_test_add_func ("/skill-select/standardise", test_standardise);
  return g_test_run ();
}
