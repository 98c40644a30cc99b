/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <math.h>
#include <sqlite3.h>
#include <string.h>

#include "lw-project.h"

/* What the tests of the store share: a folder that goes away, samples that a number determines, and a readable dump of a project.
 */

typedef struct {
  char *folder;
  char *path; /* of a project in it that does not exist yet */
} LwTestPlace;

static inline void
lw_test_place_init (LwTestPlace *self, gconstpointer data)
{
  self->folder = g_dir_make_tmp ("lampwork-store-XXXXXX", NULL);
  g_assert_nonnull (self->folder);
  self->path = g_build_filename (self->folder, "test.lampwork", NULL);
}

static inline void
lw_test_place_clear (LwTestPlace *self, gconstpointer data)
{
  GDir *dir = g_dir_open (self->folder, 0, NULL);
  for (const char *name; (name = g_dir_read_name (dir)) != NULL;) {
    g_autofree char *path = g_build_filename (self->folder, name, NULL);
    g_assert_cmpint (g_remove (path), ==, 0);
  }
  g_dir_close (dir);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->folder);
  g_free (self->path);
}

static inline LwProject *
lw_test_open (const char *path)
{
  GError *error = NULL;
  LwProject *project = lw_project_open (path, &error);

  g_assert_no_error (error);
  g_assert_nonnull (project);
  return project;
}

static inline void
lw_test_close (LwProject *project)
{
  lw_project_close (project);
  g_assert_finalize_object (project);
}

/* Sample @i of a recording numbered @seed: every field set, uneven stamps, no two alike. */
static inline LwSample
lw_test_sample (gint64 seed, guint i, size_t n_joints)
{
  LwSample sample = {
    .t_ns = seed * 1000000000000 + (gint64) i * 10000000 + (gint64) (i * 7919 % 400000),
    .round_trip_ns = (int32_t) (500000 + i * 31 % 1000),
    .cycle = 1000 + i,
    .n_joints = (uint8_t) n_joints,
    .mode = LW_MODE_GUIDE,
    .limited = (uint8_t) (i % 16),
    .flags = (uint8_t) (i % 4),
    .temperature = 30.0f + (float) i * 0.01f,
  };
  for (size_t j = 0; j < n_joints; j++) {
    sample.q[j] = sin (0.01 * i + (double) j) * (double) (seed % 97 + 1) / 97;
    sample.dq[j] = cos (0.01 * i + (double) j);
    sample.load[j] = 1.0 / (3 + i + j);
    sample.goal[j] = i % 2 == 0 ? NAN : sample.q[j] + 1e-12;
  }
  return sample;
}

/* Every bit, NaN payloads included. */
static inline void
lw_test_assert_same_sample (const LwSample *a, const LwSample *b)
{
  g_assert_cmpint (a->t_ns, ==, b->t_ns);
  g_assert_cmpint (a->round_trip_ns, ==, b->round_trip_ns);
  g_assert_cmpuint (a->cycle, ==, b->cycle);
  g_assert_cmpuint (a->n_joints, ==, b->n_joints);
  g_assert_cmpuint (a->mode, ==, b->mode);
  g_assert_cmpuint (a->limited, ==, b->limited);
  g_assert_cmpuint (a->flags, ==, b->flags);
  g_assert_cmpmem (&a->temperature, sizeof a->temperature, &b->temperature, sizeof b->temperature);
  g_assert_cmpmem (a->q, sizeof a->q, b->q, sizeof b->q);
  g_assert_cmpmem (a->dq, sizeof a->dq, b->dq, sizeof b->dq);
  g_assert_cmpmem (a->load, sizeof a->load, b->load, sizeof b->load);
  g_assert_cmpmem (a->goal, sizeof a->goal, b->goal, sizeof b->goal);
}

/* Records samples [0, n) of @seed through @recorder at full speed and ends the demonstration. */
static inline gint64
lw_test_record (LwProject *project, LwRecorder *recorder, guint n, size_t n_joints, const GArray *contexts)
{
  GError *error = NULL;
  gint64 id = lw_project_begin_demonstration (project, "arm-7", n_joints, "A3F9", contexts, &error);

  g_assert_no_error (error);
  g_assert_cmpint (id, >, 0);
  lw_recorder_start (recorder, id);
  for (guint i = 0; i < n; i++) {
    LwSample sample = lw_test_sample (id, i, n_joints);
    lw_recorder_sink (&sample, recorder);
  }
  lw_recorder_stop (recorder);
  g_assert_true (lw_project_end_demonstration (project, id, NULL, NULL, &error));
  g_assert_no_error (error);
  return id;
}

static inline LwTrajectory *
lw_test_trajectory (guint seed, size_t n, size_t n_joints)
{
  LwTrajectory *trajectory = lw_trajectory_new (n, n_joints);

  for (size_t i = 0; i < n; i++) {
    trajectory->t[i] = (double) i * 0.011 + 1e-4 * sin ((double) i);
    for (size_t j = 0; j < n_joints; j++)
      lw_mat_set (&trajectory->q, i, j, sin ((double) seed + 0.1 * (double) i + (double) j));
  }
  trajectory->t[0] = 0;
  return trajectory;
}

static inline int
lw_test_compare_lines (gconstpointer a, gconstpointer b)
{
  return strcmp (*(char *const *) a, *(char *const *) b);
}

/* All rows of @tables (separated by semicolons; a query in parentheses will do), one line each, sorted. */
static inline char *
lw_test_dump (const char *path, const char *tables)
{
  g_auto (GStrv) names = g_strsplit (tables, ";", -1);
  g_autoptr (GPtrArray) lines = g_ptr_array_new_with_free_func (g_free);
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open_v2 (path, &db, SQLITE_OPEN_READONLY, NULL), ==, SQLITE_OK);
  for (char **name = names; *name != NULL; name++) {
    g_autofree char *sql = g_strdup_printf ("SELECT * FROM %s", *name);
    sqlite3_stmt *row;
    g_assert_cmpint (sqlite3_prepare_v2 (db, sql, -1, &row, NULL), ==, SQLITE_OK);
    while (sqlite3_step (row) == SQLITE_ROW) {
      GString *line = g_string_new (*name);
      for (int c = 0; c < sqlite3_column_count (row); c++) {
        if (sqlite3_column_type (row, c) == SQLITE_BLOB) {
          g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_SHA256, sqlite3_column_blob (row, c),
                                                              (gsize) sqlite3_column_bytes (row, c));
          g_string_append_printf (line, "|%s", sum);
        } else if (sqlite3_column_type (row, c) == SQLITE_FLOAT) {
          g_string_append_printf (line, "|%a", sqlite3_column_double (row, c));
        } else {
          const unsigned char *text = sqlite3_column_text (row, c);
          g_string_append_printf (line, "|%s", text != NULL ? (const char *) text : "NULL");
        }
      }
      g_ptr_array_add (lines, g_string_free (line, FALSE));
    }
    sqlite3_finalize (row);
  }
  sqlite3_close (db);
  g_ptr_array_sort (lines, lw_test_compare_lines);
  g_ptr_array_add (lines, NULL);
  return g_strjoinv ("\n", (char **) lines->pdata);
}

/* An array of LwContextValue that borrows its names. */
static inline GArray *
lw_test_contexts (size_t n, const char *const *names, const char *unit, const double *values)
{
  GArray *contexts = g_array_new (FALSE, FALSE, sizeof (LwContextValue));

  for (size_t i = 0; i < n; i++) {
    LwContextValue context = { (char *) names[i], (char *) unit, values[i] };
    g_array_append_val (contexts, context);
  }
  return contexts;
}
