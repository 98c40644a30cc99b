/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-job.h"

static LwSkill *
planted_skill (void)
{
  LwFitSettings settings;
  LwMat weights;
  g_autoptr (LwDemonstrations) set = planted_set (30, 2, 8, &weights);
  LwSkill *skill;
  GError *error = NULL;

  lw_fit_settings_init (&settings);
  settings.n_basis = 8;
  settings.K = 2;
  settings.d = 1;
  settings.published_start = TRUE;
  settings.seed = 12345678901234567;
  set->ids = g_new (int64_t, 30);
  for (int i = 0; i < 30; i++)
    set->ids[i] = 100 + i;
  skill = lw_skill_fit (set, &settings, NULL, NULL, NULL, &error);
  g_assert_no_error (error);
  lw_mat_clear (&weights);
  return skill;
}

static void
assert_same_mat (const LwMat *a, const LwMat *b)
{
  g_assert_cmpuint (a->rows, ==, b->rows);
  g_assert_cmpuint (a->cols, ==, b->cols);
  for (size_t i = 0; i < a->rows; i++)
    g_assert_cmpmem (lw_mat_row (a, i), a->cols * sizeof (double), lw_mat_row (b, i), b->cols * sizeof (double));
}

/* What a skill does, to the last bit. */
static void
assert_same (const LwSkill *a, const LwSkill *b)
{
  double context[2] = { 1.0, 0.1 }, *one = g_new (double, a->params.cols), *two = g_new (double, a->params.cols);

  assert_same_mat (&a->params, &b->params);
  assert_same_mat (&a->contexts, &b->contexts);
  assert_same_mat (&a->log_resp, &b->log_resp);
  assert_same_mat (&a->gaussian.sigma_w, &b->gaussian.sigma_w);
  g_assert_cmpmem (a->gaussian.mu_w, a->gaussian.n_weights * sizeof (double), b->gaussian.mu_w, b->gaussian.n_weights * sizeof (double));
  g_assert_true (lw_skill_conditioned (a, context, one, NULL) && lw_skill_conditioned (b, context, two, NULL));
  g_assert_cmpmem (one, a->params.cols * sizeof (double), two, b->params.cols * sizeof (double));
  g_free (one);
  g_free (two);
}

static void
assert_same_words (const LwSkill *a, const LwSkill *b)
{
  g_assert_cmpuint (b->K, ==, a->K);
  g_assert_cmpuint (b->d, ==, a->d);
  g_assert_cmpint (b->lowered, ==, a->lowered);
  g_assert_cmpuint (b->n_joints, ==, a->n_joints);
  g_assert_cmpuint (b->settings.seed, ==, a->settings.seed);
  g_assert_cmpuint (b->settings.candidates, ==, a->settings.candidates);
  g_assert_cmpint (b->settings.published_start, ==, a->settings.published_start);
  g_assert_true (b->settings.ridge == a->settings.ridge && b->settings.shrinkage == a->settings.shrinkage);
  g_assert_true (b->settings.context_noise == a->settings.context_noise);
  g_assert_true (b->largest_rms == a->largest_rms && b->mean_duration == a->mean_duration);
  g_assert_true (b->report.log_likelihood == a->report.log_likelihood);
  g_assert_cmpuint (b->report.iterations, ==, a->report.iterations);
  for (size_t j = 0; j < a->n_context; j++)
    {
      g_assert_cmpstr (b->context_names[j], ==, a->context_names[j]);
      g_assert_cmpstr (b->context_units[j], ==, a->context_units[j]);
    }
  g_assert_cmpmem (a->ids, 30 * sizeof (gint64), b->ids, 30 * sizeof (gint64));
}

static void
test_round_trip (void)
{
  g_autoptr (LwSkill) skill = planted_skill (), back = NULL;
  g_autofree char *settings = NULL;
  LwArrays arrays;
  GError *error = NULL;

  lw_arrays_init (&arrays);
  settings = lw_skill_to_store (skill, &arrays);
  g_assert_nonnull (settings);
  back = lw_skill_from_store (settings, &arrays, &error);
  g_assert_no_error (error);
  assert_same (skill, back);
  assert_same_words (skill, back);
  lw_arrays_clear (&arrays);
}

/* Through the project file, closed and opened again. */
static void
test_project (void)
{
  g_autoptr (LwSkill) skill = planted_skill (), back = NULL;
  g_autofree char *settings = NULL;
  TestProject place;
  LwArrays arrays;
  gint64 id, found;
  GError *error = NULL;

  test_project_init (&place);
  g_clear_pointer (&skill->ids, g_free); /* this project has no such demonstrations */
  id = lw_skill_save (skill, place.project, &error);
  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  test_project_close (&place);
  test_project_open (&place);
  settings = lw_project_load_model (place.project, id, &found, &arrays, &error);
  g_assert_no_error (error);
  g_assert_cmpint (found, ==, id);
  back = lw_skill_from_store (settings, &arrays, &error);
  g_assert_no_error (error);
  assert_same (skill, back);
  g_assert_null (back->ids);
  lw_arrays_clear (&arrays);
  test_project_clear (&place);
}

static void
assert_refused (const char *settings, const LwArrays *arrays)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_skill_from_store (settings, arrays, &error));
  g_assert_nonnull (error);
}

/* Every array left out in turn, other sizes, other types: an error, never a crash. */
static void
test_damaged (void)
{
  g_autoptr (LwSkill) skill = planted_skill ();
  g_autofree char *settings = NULL;
  LwArrays whole;

  lw_arrays_init (&whole);
  settings = lw_skill_to_store (skill, &whole);
  for (size_t left_out = 0; left_out < whole.n_items; left_out++)
    {
      LwArrays part;

      if (g_str_equal (whole.items[left_out].name, "ids"))
        continue; /* not needed */
      lw_arrays_init (&part);
      for (size_t i = 0; i < whole.n_items; i++)
        if (i != left_out)
          g_assert_cmpint (lw_arrays_put (&part, whole.items[i].name, &whole.items[i].mat), ==, LW_OK);
      assert_refused (settings, &part);
      lw_arrays_clear (&part);
    }
  assert_refused ("", &whole);
  assert_refused ("[]", &whole);
  assert_refused ("{}", &whole);
  assert_refused ("{\"basis\":8,\"joints\":3,\"contexts\":[[\"a\",\"\"],[\"b\",\"\"]]}", &whole);
  assert_refused ("{\"basis\":\"8\",\"joints\":2,\"contexts\":7}", &whole);
  assert_refused ("{\"basis\":8,\"joints\":2,\"contexts\":[[\"a\",\"\"]]}", &whole);
  lw_arrays_clear (&whole);
}

/* Names of another type read as empty: the numbers are what counts. */
static void
test_odd_names (void)
{
  g_autoptr (LwSkill) skill = planted_skill (), back = NULL;
  g_autofree char *settings = NULL;
  LwArrays whole;
  GError *error = NULL;

  lw_arrays_init (&whole);
  settings = lw_skill_to_store (skill, &whole);
  back = lw_skill_from_store ("{\"basis\":8,\"joints\":2,\"contexts\":[[1,null],\"x\"]}", &whole, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (back->context_names[0], ==, "");
  g_assert_cmpstr (back->context_names[1], ==, "");
  lw_arrays_clear (&whole);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/skill/store/round-trip", test_round_trip);
  g_test_add_func ("/skill/store/project", test_project);
  g_test_add_func ("/skill/store/damaged", test_damaged);
  g_test_add_func ("/skill/store/odd-names", test_odd_names);
  return g_test_run ();
}
