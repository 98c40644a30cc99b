/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-assert-close.h"
#include "lw-test-paths.h"
#include "lw-test-store.h"

typedef struct {
  LwTestPlace place;
  LwProject  *project;
  LwRecorder *recorder;
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  lw_test_place_init (&self->place, NULL);
  self->project = lw_test_open (self->place.path);
  self->recorder = lw_recorder_new (8192);
  lw_project_set_recorder (self->project, self->recorder);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  lw_project_set_recorder (self->project, NULL);
  lw_recorder_free (self->recorder);
  lw_test_close (self->project);
  lw_test_place_clear (&self->place, NULL);
}

static void
reopen (Fixture *self)
{
  lw_project_set_recorder (self->project, NULL);
  lw_test_close (self->project);
  self->project = lw_test_open (self->place.path);
  lw_project_set_recorder (self->project, self->recorder);
}

static LwDemonstrationInfo *
only (LwProject *project)
{
  g_autoptr (GPtrArray) list = lw_project_list_demonstrations (project, NULL);

  g_assert_cmpuint (list->len, ==, 1);
  return lw_demonstration_info_copy (g_ptr_array_index (list, 0));
}

static void
assert_samples (LwProject *project, gint64 id, guint n, size_t n_joints)
{
  GError *error = NULL;
  g_autoptr (GArray) samples = lw_project_load_samples (project, id, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (samples->len, ==, n);
  for (guint i = 0; i < n; i++) {
    LwSample expected = lw_test_sample (id, i, n_joints);
    lw_test_assert_same_sample (&g_array_index (samples, LwSample, i), &expected);
  }
}

/* Every bit of every sample, before and after reopening. */
static void
test_record (Fixture *self, gconstpointer data)
{
  gint64 first = lw_test_record (self->project, self->recorder, 1000, 7, NULL);
  gint64 second = lw_test_record (self->project, self->recorder, 3, LW_MAX_JOINTS, NULL);

  g_assert_cmpint (second, >, first);
  assert_samples (self->project, first, 1000, 7);
  reopen (self);
  assert_samples (self->project, first, 1000, 7);
  assert_samples (self->project, second, 3, LW_MAX_JOINTS);

  g_autoptr (GPtrArray) list = lw_project_list_demonstrations (self->project, NULL);
  const LwDemonstrationInfo *info = g_ptr_array_index (list, 0);
  LwSample start = lw_test_sample (first, 0, 7), end = lw_test_sample (first, 999, 7);
  g_assert_cmpuint (list->len, ==, 2);
  g_assert_cmpint (info->id, ==, first);
  g_assert_cmpstr (info->label, ==, "Demonstration 1");
  g_assert_cmpstr (info->arm, ==, "arm-7");
  g_assert_cmpstr (info->limits, ==, "A3F9");
  g_assert_cmpint (ABS (info->created - g_get_real_time () / G_USEC_PER_SEC), <, 60);
  g_assert_cmpuint (info->n_joints, ==, 7);
  g_assert_cmpuint (info->n_samples, ==, 1000);
  lw_assert_close (info->seconds, (double) (end.t_ns - start.t_ns) * 1e-9, 1e-15, 0);
  g_assert_true (info->used && info->complete && !info->recovered && info->measured);
  g_assert_cmpuint (info->contexts->len, ==, 0);
  info = g_ptr_array_index (list, 1);
  g_assert_cmpstr (info->label, ==, "Demonstration 2");
}

/* No block holds more than 100 ms, numbered without a hole. */
static void
test_blocks (Fixture *self, gconstpointer data)
{
  gint64 id = lw_test_record (self->project, self->recorder, 500, 2, NULL);
  sqlite3_stmt *row;
  sqlite3 *db;
  int n = 0;

  g_assert_cmpint (sqlite3_open_v2 (self->place.path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_prepare_v2 (db, "SELECT sequence, length (data) FROM block WHERE recording = ?1 ORDER BY sequence", -1, &row, NULL),
      ==, SQLITE_OK);
  sqlite3_bind_int64 (row, 1, id);
  for (; sqlite3_step (row) == SQLITE_ROW; n++) {
    g_assert_cmpint (sqlite3_column_int (row, 0), ==, n);
    /* 10 ms +- 0.2 between stamps: at most 11 of them within 100 ms */
    g_assert_cmpint (sqlite3_column_int (row, 1), <=, 16 + 11 * (32 + 32 * 2));
  }
  g_assert_cmpint (n, >=, 45);
  sqlite3_finalize (row);
  sqlite3_close (db);
}

/* The verdict stored is the verdict of the samples; the start pose is where the first demonstration began. */
static void
test_verdict (Fixture *self, gconstpointer data)
{
  const double low[7] = { -1, -1, -1, -1, -1, -1, -1 }, high[7] = { 1, 1, 1, 1, 1, 1, 1 };
  GError *error = NULL;
  gint64 ids[2];

  for (int k = 0; k < 2; k++) {
    ids[k] = lw_project_begin_demonstration (self->project, "arm-7", 7, NULL, NULL, &error);
    lw_recorder_start (self->recorder, ids[k]);
    for (guint i = 0; i < 300; i++) {
      LwSample sample = lw_test_sample (ids[k], i, 7);
      if (i >= 100 && i < 105)
        continue;
      lw_recorder_sink (&sample, self->recorder);
    }
    lw_recorder_stop (self->recorder);
    g_assert_true (lw_project_end_demonstration (self->project, ids[k], low, high, &error));
  }

  g_autoptr (GPtrArray) list = lw_project_list_demonstrations (self->project, &error);
  LwSample start = lw_test_sample (ids[0], 0, 7);
  for (guint k = 0; k < 2; k++) {
    const LwVerdict *stored = &((LwDemonstrationInfo *) g_ptr_array_index (list, k))->verdict;
    g_autoptr (GArray) samples = lw_project_load_samples (self->project, ids[k], &error);
    LwVerdict expected;
    lw_verdict_compute ((LwSample *) samples->data, samples->len, low, high, k == 0 ? NULL : start.q, &expected);
    g_assert_cmpuint (stored->n_samples, ==, 295);
    g_assert_cmpuint (stored->n_gaps, ==, expected.n_gaps);
    g_assert_cmpuint (stored->n_gaps, >, 0);
    g_assert_cmpuint (stored->n_limit_hits, ==, expected.n_limit_hits);
    g_assert_true (stored->seconds == expected.seconds && stored->longest_gap == expected.longest_gap
                   && stored->jitter_p99 == expected.jitter_p99);
    g_assert_true (stored->still_start == expected.still_start && stored->still_end == expected.still_end);
    lw_assert_close (stored->jerk, expected.jerk, 0, 0);
    if (k == 0)
      g_assert_true (isnan (stored->start_distance));
    else
      lw_assert_close (stored->start_distance, expected.start_distance, 0, 0);
  }
}

/* Dropped samples are part of the record: the count before the sample that follows, and the total. */
static void
test_dropped (Fixture *self, gconstpointer data)
{
  const guint n = 1000;
  LwRecorderState state;
  GError *error = NULL;

  lw_project_set_recorder (self->project, NULL);
  lw_recorder_free (self->recorder);
  self->recorder = lw_recorder_new (16);
  gint64 id = lw_project_begin_demonstration (self->project, "arm-7", 1, NULL, NULL, &error);
  lw_recorder_start (self->recorder, id);
  for (guint i = 0; i < n; i++) {
    LwSample sample = lw_test_sample (id, i, 1);
    lw_recorder_sink (&sample, self->recorder);
  }
  lw_recorder_get_state (self->recorder, &state);
  guint n_kept = (guint) state.n_samples, n_dropped = (guint) state.n_dropped;
  g_assert_cmpuint (n_dropped, >, 0);
  g_assert_cmpuint (n_kept + n_dropped, ==, n);
  lw_project_set_recorder (self->project, self->recorder);
  g_usleep (200000); /* two turns of the writer: there is room again */
  LwSample next = lw_test_sample (id, n, 1);
  lw_recorder_sink (&next, self->recorder);
  lw_recorder_stop (self->recorder);
  g_assert_true (lw_project_end_demonstration (self->project, id, NULL, NULL, &error));

  g_autofree char *dump = lw_test_dump (self->place.path, "(SELECT n_samples, n_dropped FROM recording)");
  g_autofree char *expected = g_strdup_printf ("(SELECT n_samples, n_dropped FROM recording)|%u|%u", n_kept + 1, n_dropped);
  g_assert_cmpstr (dump, ==, expected);
  g_autoptr (GArray) samples = lw_project_load_samples (self->project, id, &error);
  g_assert_cmpuint (samples->len, ==, n_kept + 1);
  g_assert_cmpuint (g_array_index (samples, LwSample, n_kept).cycle - g_array_index (samples, LwSample, n_kept - 1).cycle, ==,
                    n_dropped + 1);
}

/* The trajectory is the samples: time from the first stamp, positions as measured. */
static void
test_trajectory (Fixture *self, gconstpointer data)
{
  GError *error = NULL;
  gint64 id = lw_test_record (self->project, self->recorder, 200, 7, NULL);
  gint64 empty = lw_test_record (self->project, self->recorder, 0, 7, NULL);
  LwTrajectory *trajectory = lw_project_load_trajectory (self->project, id, &error);
  LwSample first = lw_test_sample (id, 0, 7);

  g_assert_no_error (error);
  g_assert_cmpuint (trajectory->n_samples, ==, 200);
  g_assert_true (trajectory->t[0] == 0);
  for (guint i = 0; i < 200; i++) {
    LwSample sample = lw_test_sample (id, i, 7);
    g_assert_true (trajectory->t[i] == (double) (sample.t_ns - first.t_ns) * 1e-9);
    g_assert_cmpmem (lw_mat_row (&trajectory->q, i), 7 * 8, sample.q, 7 * 8);
  }
  lw_trajectory_unref (trajectory);

  g_assert_null (lw_project_load_trajectory (self->project, empty, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (lw_project_load_samples (self->project, 999, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_clear_error (&error);
}

static void
test_given (Fixture *self, gconstpointer data)
{
  LwTrajectory *trajectory = lw_test_trajectory (5, 700, 7);
  g_autoptr (GArray) contexts = lw_test_contexts (2, (const char *[]){ "x", "y" }, "m", (double[]){ 0.1, NAN });
  GError *error = NULL;
  gint64 id = lw_project_add_demonstration (self->project, "arm-7", "From a file", trajectory, contexts, &error);

  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  reopen (self);
  g_autoptr (LwDemonstrationInfo) info = only (self->project);
  g_assert_cmpstr (info->label, ==, "From a file");
  g_assert_true (!info->measured && info->complete && !info->recovered);
  g_assert_cmpuint (info->n_samples, ==, 700);
  g_assert_cmpuint (info->verdict.n_samples, ==, 700);
  lw_assert_close (info->seconds, lw_trajectory_duration (trajectory), 0, 1e-9);
  const LwContextValue *values = (LwContextValue *) info->contexts->data;
  g_assert_cmpuint (info->contexts->len, ==, 2);
  g_assert_cmpstr (values[0].name, ==, "x");
  g_assert_cmpstr (values[0].unit, ==, "m");
  g_assert_true (values[0].value == 0.1 && isnan (values[1].value));

  LwTrajectory *back = lw_project_load_trajectory (self->project, id, &error);
  g_assert_cmpmem (back->t, back->n_samples * 8, trajectory->t, trajectory->n_samples * 8);
  g_assert_cmpmem (back->q.data, back->n_samples * 7 * 8, trajectory->q.data, trajectory->n_samples * 7 * 8);
  lw_trajectory_unref (back);
  g_autoptr (GArray) samples = lw_project_load_samples (self->project, id, &error);
  g_assert_cmpuint (samples->len, ==, 700);
  g_assert_cmpint (g_array_index (samples, LwSample, 100).t_ns, ==, llround (trajectory->t[100] * 1e9));

  trajectory->t[5] = trajectory->t[4];
  g_assert_cmpint (lw_project_add_demonstration (self->project, "arm-7", NULL, trajectory, NULL, &error), ==, 0);
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  g_clear_error (&error);
  trajectory->t[5] = 0.5 * (trajectory->t[4] + trajectory->t[6]);
  lw_mat_set (&trajectory->q, 3, 2, NAN);
  g_assert_cmpint (lw_project_add_demonstration (self->project, "arm-7", NULL, trajectory, NULL, &error), ==, 0);
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  g_clear_error (&error);
  lw_trajectory_unref (trajectory);
}

/* A whole file in and out again, every number as it was. */
static void
test_import (Fixture *self, gconstpointer data)
{
  g_autofree char *path = lw_test_shared_path ("data/barrett_strikes.csv");
  g_autofree char *out = g_build_filename (self->place.folder, "out.csv", NULL);
  GError *error = NULL;

  if (path == NULL)
    return;
  g_autoptr (LwDemonstrations) set = lw_csv_read (path, 0, &error);
  g_assert_true (lw_project_add_demonstrations (self->project, "wam", set, &error));
  g_assert_no_error (error);
  g_autoptr (LwDemonstrations) loaded = lw_project_load_set (self->project, &error);
  g_assert_no_error (error);
  g_assert_true (lw_csv_write (loaded, out, &error));
  g_autoptr (LwDemonstrations) back = lw_csv_read (out, 0, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (back->n, ==, 34);
  for (size_t i = 0; i < back->n; i++) {
    const LwTrajectory *a = set->trajectories[i], *b = back->trajectories[i];
    g_assert_cmpmem (a->t, a->n_samples * 8, b->t, b->n_samples * 8);
    g_assert_cmpmem (a->q.data, a->n_samples * 7 * 8, b->q.data, b->n_samples * 7 * 8);
  }

  /* All or nothing. */
  set->trajectories[33]->t[1] = -1;
  g_assert_false (lw_project_add_demonstrations (self->project, "wam", set, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  g_clear_error (&error);
  g_autoptr (GPtrArray) list = lw_project_list_demonstrations (self->project, NULL);
  g_assert_cmpuint (list->len, ==, 34);
}

static void
assert_set_refused (LwProject *project, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_project_load_set (project, &error));
  g_assert_error (error, LW_PROJECT_ERROR, code);
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
}

/* A project with several tasks in it: what is fitted is the task's arm and fields, in the task's order. */
static void
test_set_for_task (Fixture *self, gconstpointer data)
{
  static const char *const fields[] = { "y", "x", NULL }, *const missing[] = { "x", "mass", NULL };
  g_autoptr (GArray) xy = lw_test_contexts (2, (const char *[]){ "x", "y" }, "m", (double[]){ 1, 2 });
  g_autoptr (GArray) mass = lw_test_contexts (1, (const char *[]){ "mass" }, "kg", (double[]){ 3 });
  LwTrajectory *other = lw_trajectory_new (3, 2);
  g_autoptr (GError) error = NULL;

  for (size_t i = 0; i < 3; i++)
    other->t[i] = 0.1 * (double) i;
  memset (other->q.data, 0, 6 * sizeof (double));
  g_assert_cmpint (lw_project_add_demonstration (self->project, "planar-2", NULL, other, xy, NULL), >, 0);
  lw_trajectory_unref (other);
  gint64 a = lw_test_record (self->project, self->recorder, 50, 7, xy);
  lw_test_record (self->project, self->recorder, 50, 7, mass);

  g_autoptr (LwDemonstrations) set = lw_project_load_set_for (self->project, "arm-7", fields, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (set->n, ==, 1);
  g_assert_cmpint (set->ids[0], ==, a);
  g_assert_cmpstr (set->context_names[0], ==, "y");
  g_assert_cmpstr (set->context_units[1], ==, "m");
  g_assert_cmpmem (set->contexts.data, 16, ((double[]){ 2, 1 }), 16);

  g_assert_null (lw_project_load_set_for (self->project, "arm-7", missing, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  g_assert_nonnull (strstr (error->message, "has no value for mass"));
  g_clear_error (&error);
  g_assert_null (lw_project_load_set_for (self->project, "desk-6", fields, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_assert_nonnull (strstr (error->message, "desk-6"));
}

static void
test_set (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) xy = lw_test_contexts (2, (const char *[]){ "x", "y" }, "m", (double[]){ 1, 2 });
  g_autoptr (GArray) yx = lw_test_contexts (2, (const char *[]){ "y", "x" }, "m", (double[]){ 20, NAN });
  g_autoptr (GArray) cm = lw_test_contexts (2, (const char *[]){ "x", "y" }, "cm", (double[]){ 1, 2 });
  GError *error = NULL;

  assert_set_refused (self->project, LW_PROJECT_ERROR_NOT_FOUND, "no demonstration in use");
  gint64 a = lw_test_record (self->project, self->recorder, 50, 7, xy);
  gint64 b = lw_test_record (self->project, self->recorder, 60, 7, yx);
  gint64 open = lw_project_begin_demonstration (self->project, "arm-7", 7, NULL, NULL, NULL);
  assert_set_refused (self->project, LW_PROJECT_ERROR_INVALID, "“Demonstration 2” has no value for x");
  g_assert_true (lw_project_set_context (self->project, b, "x", "m", 10, NULL));
  g_autoptr (LwDemonstrations) set = lw_project_load_set (self->project, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (set->n, ==, 2); /* not the open one */
  g_assert_cmpuint (set->n_joints, ==, 7);
  g_assert_cmpuint (set->n_context, ==, 2);
  g_assert_cmpstr (set->context_names[0], ==, "x");
  g_assert_cmpstr (set->context_units[1], ==, "m");
  g_assert_cmpmem (set->contexts.data, 32, ((double[]){ 1, 2, 10, 20 }), 32);
  g_assert_true (set->ids[0] == a && set->ids[1] == b);
  g_assert_cmpuint (set->trajectories[1]->n_samples, ==, 60);
  g_assert_true (lw_project_end_demonstration (self->project, open, NULL, NULL, NULL));
  assert_set_refused (self->project, LW_PROJECT_ERROR_INVALID, "“Demonstration 3” has no value for x");
  g_assert_true (lw_project_set_used (self->project, open, FALSE, NULL));

  gint64 other = lw_test_record (self->project, self->recorder, 50, 7, cm);
  assert_set_refused (self->project, LW_PROJECT_ERROR_INVALID, "“Demonstration 4” gives x in cm");
  g_assert_true (lw_project_delete (self->project, other, NULL));
  gint64 joints = lw_test_record (self->project, self->recorder, 50, 6, xy);
  assert_set_refused (self->project, LW_PROJECT_ERROR_INVALID, "“Demonstration 5” has 6 joints and “Demonstration 1” has 7");
  g_assert_true (lw_project_delete (self->project, joints, NULL));
  lw_test_record (self->project, self->recorder, 1, 7, xy);
  assert_set_refused (self->project, LW_PROJECT_ERROR_INVALID, "“Demonstration 6” has 1 samples, too few");
}

/* A value the program fills in is no edit, and never replaces one that was given. */
static void
test_fill (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) x = lw_test_contexts (1, (const char *[]){ "x" }, NULL, (double[]){ NAN });
  g_autoptr (GError) error = NULL;
  gint64 id = lw_test_record (self->project, self->recorder, 5, 7, x);

  g_assert_true (lw_project_fill_context (self->project, id, "x", "m", 0.25, NULL));
  g_assert_true (lw_project_fill_context (self->project, id, "y", "m", 0.5, NULL));
  g_assert_true (lw_project_fill_context (self->project, id, "y", "m", 77, NULL));
  g_autoptr (LwDemonstrationInfo) info = only (self->project);
  const LwContextValue *values = (LwContextValue *) info->contexts->data;
  g_assert_cmpuint (info->contexts->len, ==, 2);
  g_assert_true (values[0].value == 0.25 && values[1].value == 0.5);
  g_assert_cmpstr (values[0].unit, ==, "m");
  g_assert_null (lw_project_dup_undo_label (self->project));
  g_assert_false (lw_project_fill_context (self->project, 99, "x", "m", 1, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_WRITE);
}

/* Rollouts are kept like demonstrations, but are none. */
static void
test_rollout (Fixture *self, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  gint64 id = lw_project_begin_rollout (self->project, "arm-7", 7, "A3F9", &error);

  g_assert_cmpint (id, >, 0);
  lw_recorder_start (self->recorder, id);
  for (guint i = 0; i < 40; i++) {
    LwSample sample = lw_test_sample (id, i, 7);
    lw_recorder_sink (&sample, self->recorder);
  }
  g_assert_true (lw_project_end_demonstration (self->project, id, NULL, NULL, &error)); /* stops the recorder itself */
  assert_samples (self->project, id, 40, 7);
  g_autoptr (GPtrArray) list = lw_project_list_demonstrations (self->project, NULL);
  g_assert_cmpuint (list->len, ==, 0);
  g_assert_false (lw_project_end_demonstration (self->project, id, NULL, NULL, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
}

static void
test_refuses (Fixture *self, gconstpointer data)
{
  g_autoptr (GArray) twice = lw_test_contexts (2, (const char *[]){ "x", "x" }, NULL, (double[]){ 1, 2 });
  g_autoptr (GArray) nameless = lw_test_contexts (1, (const char *[]){ "" }, NULL, (double[]){ 1 });
  g_autoptr (GArray) infinite = lw_test_contexts (1, (const char *[]){ "x" }, NULL, (double[]){ INFINITY });
  const struct {
    const char *arm;
    size_t      n_joints;
    GArray     *contexts;
  } cases[] = { { "a", 0, NULL },    { "a", LW_MAX_JOINTS + 1, NULL }, { NULL, 7, NULL }, { "a", 7, twice }, { "a", 7, nameless },
                { "a", 7, infinite } };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;
    g_assert_cmpint (
        lw_project_begin_demonstration (self->project, cases[i].arm, cases[i].n_joints, NULL, cases[i].contexts, &error), ==, 0);
    g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  }
  g_autoptr (GError) error = NULL;
  g_assert_false (lw_project_end_demonstration (self->project, 12345, NULL, NULL, &error));
  g_assert_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
}

/* Samples that come for a recording that is complete, or never was, change nothing. */
static void
test_late_samples (Fixture *self, gconstpointer data)
{
  gint64 id = lw_test_record (self->project, self->recorder, 20, 7, NULL);

  for (gint64 target = id; target <= id + 500; target += 500) {
    lw_recorder_start (self->recorder, target);
    for (guint i = 0; i < 30; i++) {
      LwSample sample = lw_test_sample (3, i, 7);
      lw_recorder_sink (&sample, self->recorder);
    }
    lw_recorder_stop (self->recorder);
  }
  gint64 next = lw_test_record (self->project, self->recorder, 20, 7, NULL);
  assert_samples (self->project, id, 20, 7);
  assert_samples (self->project, next, 20, 7);
  g_assert_null (lw_project_dup_saving_error (self->project));
}

#define ADD(path, function) g_test_add ("/project-demonstrations/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("record", test_record);
  ADD ("blocks", test_blocks);
  ADD ("verdict", test_verdict);
  ADD ("dropped", test_dropped);
  ADD ("trajectory", test_trajectory);
  ADD ("given", test_given);
  ADD ("import", test_import);
  ADD ("set", test_set);
  ADD ("set-for-task", test_set_for_task);
  ADD ("fill", test_fill);
  ADD ("rollout", test_rollout);
  ADD ("refuses", test_refuses);
  ADD ("late-samples", test_late_samples);
  return g_test_run ();
}
