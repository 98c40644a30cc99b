/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-job.h"

#include "lw-compare-table.h"

static const char settings[] =
  "{\"tasks\":\"t\",\"t/a/kl_bound\":0.050000000000000003,\"t/a/guard\":1,\"t/a/published\":false,"
  "\"t/demonstrations_file\":null}";

static LwCompareRow
row_of (const char *task, const char *algorithm, uint64_t seed, guint iteration, double value)
{
  return (LwCompareRow){ .task = task,
                         .algorithm = algorithm,
                         .seed = seed,
                         .iteration = iteration,
                         .episodes = 20 * iteration,
                         .mean_return = value,
                         .return_ci95 = 1.0 / 3.0,
                         .success = NAN,
                         .J = -1e-300,
                         .kl = 1e22,
                         .ess = 12345678901.0,
                         .entropy = NAN,
                         .seconds = 0.1 * value };
}

/* Seeds [first, last] of two tasks and two algorithms. */
static LwCompareTable *
make_table (uint64_t first, uint64_t last, const char *text)
{
  static const char *const tasks[] = { "reacher-2", "reach, \"target\"" }, *const algorithms[] = { "lampo", "ct" };
  LwCompareTable *table = lw_compare_table_new (g_strdup (text));

  for (int t = 0; t < 2; t++)
    for (int a = 0; a < 2; a++)
      for (uint64_t seed = first; seed <= last; seed++)
        for (guint i = 0; i < 3; i++)
          {
            LwCompareRow row = row_of (tasks[t], algorithms[a], seed, i,
                                       sin ((double) (seed * 7 + i + (guint) (10 * t + 100 * a))));

            lw_compare_table_add (table, &row);
          }
  return table;
}

static char *
json_of (const LwCompareTable *table)
{
  GError *error = NULL;
  char *json = lw_compare_table_to_json (table, TRUE, &error);

  g_assert_no_error (error);
  return json;
}

/* ---- summary ---- */

static void
test_summary (void)
{
  g_autoptr (LwCompareTable) table = lw_compare_table_new (NULL);
  static const double returns[] = { -1.0, -2.0, -6.0, -3.0 };
  g_autoptr (GArray) summary = NULL;
  const LwCompareSummary *s;

  for (uint64_t seed = 1; seed <= 4; seed++)
    for (guint i = 0; i < (seed == 4 ? 1u : 2u); i++)
      {
        LwCompareRow row = row_of ("t", "a", seed, i, returns[seed - 1]);

        row.success = seed == 1 ? 0.5 : NAN;
        lw_compare_table_add (table, &row);
      }
  {
    LwCompareRow failed = row_of ("t", "a", 4, 1, NAN);

    failed.error = (char *) "singular, \"very\"";
    lw_compare_table_add (table, &failed);
  }
  summary = lw_compare_table_summarise (table);
  g_assert_cmpuint (summary->len, ==, 2);
  s = &g_array_index (summary, LwCompareSummary, 0);
  g_assert_cmpuint (s->mean_return.n, ==, 4);
  g_assert_true (s->mean_return.mean == -3.0);
  g_assert_true (s->mean_return.median == -2.5);
  /* variance 14 / 3, t(3) = 3.182446305284263 */
  g_assert_cmpfloat_with_epsilon (s->mean_return.ci95, 3.182446305284263 * sqrt (14.0 / 3.0 / 4.0), 1e-9);
  s = &g_array_index (summary, LwCompareSummary, 1); /* without the run that failed */
  g_assert_cmpuint (s->mean_return.n, ==, 3);
  g_assert_true (s->mean_return.median == -2.0);
  g_assert_true (s->mean_return.mean == -3.0);
  g_assert_cmpuint (s->episodes, ==, 20);
  g_assert_cmpuint (s->success.n, ==, 1);
  g_assert_true (isnan (s->success.ci95));
  g_assert_cmpuint (lw_compare_table_count_failed (table), ==, 1);
  g_assert_true (lw_compare_table_is_complete (table));
}

/* ---- files ---- */

typedef struct { char *folder, *csv, *json; } Files;

static void
files_init (Files *self)
{
  self->folder = g_dir_make_tmp ("lampwork-table-XXXXXX", NULL);
  self->csv = g_build_filename (self->folder, "t.csv", NULL);
  self->json = g_build_filename (self->folder, "t.json", NULL);
}

static void
files_clear (Files *self)
{
  g_remove (self->csv);
  g_remove (self->json);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->csv);
  g_free (self->json);
}

static void
test_round_trip (void)
{
  Files files;
  g_autoptr (LwCompareTable) table = make_table (1, 2, settings), csv = NULL, json = NULL;
  LwCompareRow failed = row_of ("z", "a", 9, 3, NAN);
  g_autofree char *as_csv = NULL, *as_json = NULL, *csv_again = NULL, *json_again = NULL, *csv_of_json = NULL;
  GError *error = NULL;

  files_init (&files);
  failed.error = (char *) "it broke, \"badly\"";
  lw_compare_table_add (table, &failed);
  as_csv = lw_compare_table_to_csv (table, TRUE);
  as_json = json_of (table);
  g_assert_true (lw_compare_table_write (table, files.csv, TRUE, &error));
  g_assert_true (lw_compare_table_write (table, files.json, TRUE, &error));
  csv = lw_compare_table_read (files.csv, &error);
  g_assert_no_error (error);
  json = lw_compare_table_read (files.json, &error);
  g_assert_no_error (error);
  csv_again = lw_compare_table_to_csv (csv, TRUE);
  json_again = json_of (json);
  csv_of_json = lw_compare_table_to_csv (json, TRUE);
  g_assert_cmpstr (csv_again, ==, as_csv);
  g_assert_cmpstr (json_again, ==, as_json);
  g_assert_cmpstr (csv_of_json, ==, as_csv);
  g_assert_cmpstr (g_array_index (csv->rows, LwCompareRow, csv->rows->len - 1).error, ==, failed.error);
  g_assert_null (strstr (as_csv, "nan"));
  g_assert_nonnull (strstr (as_json, "\"success\":null"));
  g_assert_null (lw_compare_table_to_json (csv, TRUE, &error)); /* a CSV has no settings */
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_clear_error (&error);
  g_assert_false (lw_compare_table_write (table, "table.txt", TRUE, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_clear_error (&error);
  files_clear (&files);
}

static void
test_without_times (void)
{
  g_autoptr (LwCompareTable) table = make_table (1, 1, settings), other = make_table (1, 1, settings);
  g_autofree char *a = NULL, *b = NULL;

  for (guint i = 0; i < other->rows->len; i++)
    g_array_index (other->rows, LwCompareRow, i).seconds = 77.0;
  a = lw_compare_table_to_csv (table, FALSE);
  b = lw_compare_table_to_csv (other, FALSE);
  g_assert_cmpstr (a, ==, b);
}

static void
test_bad_files (void)
{
  static const char *const csv[] = {
    "a,b\n1,2\n",
    "task,algorithm,seed,iteration,episodes,return,return_ci95,success,J,kl,ess,entropy,seconds,error,settings\nt,a,-1,0,"
    "0,,,,,,,,,,f\n",
    "task,algorithm,seed,iteration,episodes,return,return_ci95,success,J,kl,ess,entropy,seconds,error,settings\nt,a,1,0,0,"
    "x,,,,,,,,,f\n",
    "task,algorithm,seed,iteration,episodes,return,return_ci95,success,J,kl,ess,entropy,seconds,error,settings\nt,a,1,0,0,,\n",
    "task,algorithm,seed,iteration,episodes,return,return_ci95,success,J,kl,ess,entropy,seconds,error,settings\nt,a,1,0,0,"
    ",,,,,,,,,f\nt,a,1,1,0,,,,,,,,,,g\n",
  };
  static const char *const json[] = {
    "{", "[]", "{\"rows\":[]}", "{\"settings\":{},\"rows\":[1]}", "{\"settings\":{},\"rows\":[{\"task\":\"t\"}]}",
    "{\"settings\":{},\"rows\":[{\"task\":\"t\",\"algorithm\":\"a\",\"seed\":1,\"iteration\":-1,\"episodes\":0}]}",
  };
  Files files;

  files_init (&files);
  for (gsize i = 0; i < G_N_ELEMENTS (csv) + G_N_ELEMENTS (json); i++)
    {
      gboolean first = i < G_N_ELEMENTS (csv);
      const char *path = first ? files.csv : files.json;
      GError *error = NULL;

      g_assert_true (g_file_set_contents (path, first ? csv[i] : json[i - G_N_ELEMENTS (csv)], -1, NULL));
      g_assert_null (lw_compare_table_read (path, &error));
      g_assert_true (error->domain == LW_IMPORT_ERROR);
      g_assert_true (g_str_has_prefix (error->message, path));
      g_clear_error (&error);
    }
  files_clear (&files);
}

/* ---- merging ---- */

static void
test_merge (void)
{
  g_autoptr (LwCompareTable) whole = make_table (1, 12, settings), low = make_table (1, 4, settings),
                             middle = make_table (5, 9, settings), high = make_table (10, 12, settings);
  LwCompareTable *const parts[] = { high, low, middle };
  static const char *const names[] = { "high", "low", "middle" };
  GError *error = NULL;
  g_autoptr (LwCompareTable) merged = lw_compare_table_merge (parts, names, 3, &error);
  g_autofree char *a = json_of (whole), *b = NULL, *a_csv = lw_compare_table_to_csv (whole, TRUE), *b_csv = NULL;

  g_assert_no_error (error);
  b = json_of (merged);
  b_csv = lw_compare_table_to_csv (merged, TRUE);
  g_assert_cmpstr (a, ==, b);
  g_assert_cmpstr (a_csv, ==, b_csv);
}

static void
test_merge_refuses (void)
{
  static const char other[] =
    "{\"tasks\":\"t\",\"t/a/kl_bound\":0.5,\"t/a/guard\":1,\"t/a/published\":false,\"t/demonstrations_file\":null}";
  static const char more[] =
    "{\"tasks\":\"t\",\"t/a/kl_bound\":0.050000000000000003,\"t/a/guard\":1,\"t/a/published\":false,"
    "\"t/demonstrations_file\":null,\"t/b/eta\":2}";
  static const char *const names[] = { "one.json", "two.json" };
  g_autoptr (LwCompareTable) a = make_table (1, 3, settings), overlapping = make_table (3, 4, settings),
                             different = make_table (4, 5, other), longer = make_table (4, 5, more);
  GError *error = NULL;

  g_assert_null (lw_compare_table_merge ((LwCompareTable *const[]){ a, overlapping }, names, 2, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_assert_cmpstr (error->message, ==, "seed 3 is in both one.json and two.json");
  g_clear_error (&error);
  g_assert_null (lw_compare_table_merge ((LwCompareTable *const[]){ a, different }, names, 2, &error));
  g_assert_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT);
  g_assert_nonnull (strstr (error->message, "“t/a/kl_bound” is 0.05"));
  g_assert_nonnull (strstr (error->message, "and 0.5"));
  g_clear_error (&error);
  g_assert_null (lw_compare_table_merge ((LwCompareTable *const[]){ a, longer }, names, 2, &error));
  g_assert_nonnull (strstr (error->message, "“t/b/eta” is not there and 2"));
  g_clear_error (&error);

  /* As CSV files have it: the fingerprints alone. */
  g_clear_pointer (&different->settings, g_free);
  g_assert_null (lw_compare_table_merge ((LwCompareTable *const[]){ a, different }, names, 2, &error));
  g_assert_nonnull (strstr (error->message, a->fingerprint));
  g_clear_error (&error);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/compare-table/summary", test_summary);
  g_test_add_func ("/compare-table/round-trip", test_round_trip);
  g_test_add_func ("/compare-table/without-times", test_without_times);
  g_test_add_func ("/compare-table/bad-files", test_bad_files);
  g_test_add_func ("/compare-table/merge", test_merge);
  g_test_add_func ("/compare-table/merge-refuses", test_merge_refuses);
  return g_test_run ();
}
