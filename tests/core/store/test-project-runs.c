/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-store.h"

/* Models and runs. */

typedef struct {
  LwTestPlace place;
  LwProject  *project;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  lw_test_place_init (&self->place, NULL);
  self->project = lw_test_open (self->place.path);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  lw_test_close (self->project);
  lw_test_place_clear (&self->place, NULL);
}

static void
reopen (Fixture *self)
{
  lw_test_close (self->project);
  self->project = lw_test_open (self->place.path);
}

static void
make_arrays (LwArrays *arrays, double seed)
{
  double x[12];
  LwMat all = lw_mat_view (x, 3, 4), part = lw_mat_block (&all, 0, 1, 3, 2), none = lw_mat_view (x, 0, 5);

  for (size_t i = 0; i < 12; i++)
    x[i] = seed / (double) (i + 3);
  x[4] = -0.0;
  x[5] = NAN;
  lw_arrays_init (arrays);
  g_assert_cmpint (lw_arrays_put (arrays, "W", &all), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put (arrays, "part", &part), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put (arrays, "none", &none), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put_scalar (arrays, "scalar", seed), ==, LW_OK);
}

static void
assert_same_arrays (const LwArrays *a, const LwArrays *b)
{
  g_assert_cmpuint (a->n_items, ==, b->n_items);
  for (size_t i = 0; i < a->n_items; i++) {
    const LwMat *p = &a->items[i].mat, *q = &b->items[i].mat;
    g_assert_cmpstr (a->items[i].name, ==, b->items[i].name);
    g_assert_cmpuint (p->rows, ==, q->rows);
    g_assert_cmpuint (p->cols, ==, q->cols);
    for (size_t r = 0; r < p->rows; r++)
      g_assert_cmpmem (lw_mat_row (p, r), p->cols * 8, lw_mat_row (q, r), q->cols * 8);
  }
}

static void
test_models (Fixture *self, gconstpointer data)
{
  LwTrajectory *trajectory = lw_test_trajectory (1, 10, 7);
  gint64 demonstration = lw_project_add_demonstration (self->project, "arm-7", NULL, trajectory, NULL, NULL);
  LwArrays one, two, back;
  g_autoptr (GError) error = NULL;
  gint64 found = -1;

  lw_trajectory_unref (trajectory);
  g_assert_null (lw_project_load_model (self->project, 0, &found, &back, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_assert_cmpint (found, ==, -1);
  g_assert_cmpuint (back.n_items, ==, 0);
  g_clear_error (&error);

  make_arrays (&one, 1);
  make_arrays (&two, 2);
  gint64 first = lw_project_save_model (self->project, "{\"K\":6}", &one, &demonstration, 1, &error);
  g_assert_no_error (error);
  gint64 second = lw_project_save_model (self->project, "{\"K\":3}", &two, NULL, 0, &error);
  g_assert_cmpint (second, >, first);
  reopen (self);
  g_autofree char *latest = lw_project_load_model (self->project, 0, &found, &back, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (latest, ==, "{\"K\":3}");
  g_assert_cmpint (found, ==, second);
  assert_same_arrays (&back, &two);
  lw_arrays_clear (&back);
  g_autofree char *named = lw_project_load_model (self->project, first, NULL, &back, &error);
  g_assert_cmpstr (named, ==, "{\"K\":6}");
  assert_same_arrays (&back, &one);
  lw_arrays_clear (&back);
  g_assert_null (lw_project_load_model (self->project, 77, &found, &back, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_clear_error (&error);

  /* Fitted to what is not there, or with settings that are no JSON: nothing of it is kept. */
  g_autofree char *before = lw_test_dump (self->place.path, "model;array;array_set;model_demonstration");
  g_assert_cmpint (lw_project_save_model (self->project, "{}", &one, &(gint64){ 99 }, 1, &error), ==, 0);
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);
  g_clear_error (&error);
  g_assert_cmpint (lw_project_save_model (self->project, "K=6", &one, NULL, 0, &error), ==, 0);
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  g_autofree char *after = lw_test_dump (self->place.path, "model;array;array_set;model_demonstration");
  g_assert_cmpstr (after, ==, before);
  lw_arrays_clear (&one);
  lw_arrays_clear (&two);
}

static void
test_run (Fixture *self, gconstpointer data)
{
  static const double context[3] = { 0.1, 0.2, 1.0 / 3 }, latent[2] = { 4, -0.5 }, movement[4] = { 0.7, 1e-9, -2, NAN };
  static const LwMeasure measures[2] = { { "poured mass", "g", 1.0 / 3 }, { "time", "s", NAN } };
  LwEpisode episodes[5];
  LwArrays state[2], back;
  g_autoptr (GError) error = NULL;

  gint64 run = lw_project_begin_run (self->project, 0, "{\"seed\":7}", &error);
  g_assert_no_error (error);
  gint64 other = lw_project_begin_run (self->project, 0, "{\"seed\":8}", &error);
  gint64 rollout = lw_project_begin_rollout (self->project, "arm-7", 7, NULL, &error);
  for (guint i = 0; i < 5; i++)
    episodes[i] = (LwEpisode){ .iteration = i / 3,
                               .episode = i % 3,
                               .rollout = i == 4 ? rollout : 0,
                               .aborted = i == 2,
                               .reward = i == 2 ? NAN : -0.1 * i,
                               .success = (int) i % 3 - 1,
                               .context = context,
                               .n_context = 3,
                               .latent = latent,
                               .n_latent = i == 0 ? 0 : 2,
                               .movement = movement,
                               .n_movement = 4,
                               .measures = measures,
                               .n_measures = i % 3 };
  g_assert_true (lw_project_add_episodes (self->project, run, episodes, 3, &error));
  make_arrays (&state[0], 1);
  make_arrays (&state[1], 2);
  g_assert_true (lw_project_add_iteration (self->project, run, 0, "{\"iteration\":0,\"kl\":null}", &state[0], &error));
  g_assert_true (lw_project_add_setting_change (self->project, run, 2, "kl_bound", 0.1 + 0.2, &error));
  g_assert_true (lw_project_add_setting_change (self->project, run, 1, "regularisation", 1e-4, &error));
  g_assert_true (lw_project_add_episodes (self->project, run, episodes + 3, 2, &error));
  g_assert_true (lw_project_add_iteration (self->project, run, 1, "{\"iteration\":1}", &state[1], &error));
  g_assert_true (lw_project_add_iteration (self->project, run, 2, "{\"iteration\":2}", NULL, &error));
  g_assert_true (lw_project_end_run (self->project, run, "ended", &error));
  g_assert_no_error (error);
  reopen (self);

  g_autoptr (GPtrArray) runs = lw_project_list_runs (self->project, &error);
  const LwRunInfo *info = g_ptr_array_index (runs, 0);
  g_assert_cmpuint (runs->len, ==, 2);
  g_assert_cmpint (info->id, ==, run);
  g_assert_cmpint (info->model, ==, 0);
  g_assert_cmpstr (info->settings, ==, "{\"seed\":7}");
  g_assert_cmpstr (info->ended, ==, "ended");
  g_assert_cmpuint (info->n_iterations, ==, 3);
  g_assert_cmpuint (info->n_episodes, ==, 5);
  info = g_ptr_array_index (runs, 1);
  g_assert_cmpint (info->id, ==, other);
  g_assert_null (info->ended);

  g_autoptr (GPtrArray) stored = lw_project_load_episodes (self->project, run, &error);
  g_assert_cmpuint (stored->len, ==, 5);
  for (guint i = 0; i < 5; i++) {
    const LwEpisode *a = g_ptr_array_index (stored, i), *b = &episodes[i];
    g_assert_true (a->iteration == b->iteration && a->episode == b->episode && a->rollout == b->rollout
                   && a->aborted == b->aborted);
    g_assert_true (a->reward == b->reward || (isnan (a->reward) && isnan (b->reward)));
    g_assert_cmpint (a->success, ==, b->success);
    g_assert_cmpmem (a->context, a->n_context * 8, b->context, b->n_context * 8);
    g_assert_cmpmem (a->latent, a->n_latent * 8, b->latent, b->n_latent * 8);
    g_assert_cmpmem (a->movement, a->n_movement * 8, b->movement, b->n_movement * 8);
    g_assert_cmpuint (a->n_measures, ==, b->n_measures);
    for (size_t m = 0; m < a->n_measures; m++) {
      g_assert_cmpstr (a->measures[m].name, ==, measures[m].name);
      g_assert_cmpstr (a->measures[m].unit, ==, measures[m].unit);
      g_assert_true (a->measures[m].value == measures[m].value || (isnan (a->measures[m].value) && isnan (measures[m].value)));
    }
  }

  g_autoptr (GPtrArray) reports = lw_project_load_reports (self->project, run, &error);
  g_assert_cmpuint (reports->len, ==, 3);
  g_assert_cmpstr (g_ptr_array_index (reports, 0), ==, "{\"iteration\":0,\"kl\":null}");
  g_assert_cmpstr (g_ptr_array_index (reports, 2), ==, "{\"iteration\":2}");
  g_autoptr (GArray) changes = lw_project_load_setting_changes (self->project, run, &error);
  g_assert_cmpuint (changes->len, ==, 2);
  const LwSettingChange *change = &g_array_index (changes, LwSettingChange, 0);
  g_assert_true (change->iteration == 2 && change->value == 0.1 + 0.2 && g_str_equal (change->name, "kl_bound"));

  g_assert_true (lw_project_load_state (self->project, run, G_MAXUINT, &back, &error));
  assert_same_arrays (&back, &state[1]);
  lw_arrays_clear (&back);
  g_assert_true (lw_project_load_state (self->project, run, 0, &back, &error));
  assert_same_arrays (&back, &state[0]);
  lw_arrays_clear (&back);
  g_assert_false (lw_project_load_state (self->project, run, 2, &back, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_false (lw_project_load_state (self->project, other, G_MAXUINT, &back, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  lw_arrays_clear (&state[0]);
  lw_arrays_clear (&state[1]);
}

/* A batch with one bad episode leaves none of it. */
static void
test_refuses (Fixture *self, gconstpointer data)
{
  LwEpisode twice[2] = { { .iteration = 1, .episode = 0, .success = -1 }, { .iteration = 1, .episode = 0, .success = -1 } };
  g_autoptr (GError) error = NULL;
  gint64 run = lw_project_begin_run (self->project, 0, "{}", NULL);

  g_assert_false (lw_project_add_episodes (self->project, run, twice, 2, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);
  g_clear_error (&error);
  g_autoptr (GPtrArray) stored = lw_project_load_episodes (self->project, run, NULL);
  g_assert_cmpuint (stored->len, ==, 0);
  g_assert_false (lw_project_add_episodes (self->project, 99, twice, 1, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);
  g_clear_error (&error);
  g_assert_false (lw_project_end_run (self->project, 99, "ended", &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_cmpint (lw_project_begin_run (self->project, 55, "{}", &error), ==, 0);
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);
  g_clear_error (&error);
  g_assert_cmpint (lw_project_begin_run (self->project, 0, "seed 7", &error), ==, 0);
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/project-runs/models", Fixture, NULL, set_up, test_models, tear_down);
  g_test_add ("/project-runs/run", Fixture, NULL, set_up, test_run, tear_down);
  g_test_add ("/project-runs/refuses", Fixture, NULL, set_up, test_refuses, tear_down);
  return g_test_run ();
}
