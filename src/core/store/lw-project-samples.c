/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-project-samples.h"

#include <string.h>

#include "lw-project-private.h"
#include "lw-sample-block.h"

/* Calls @each for every block in order. */
typedef gboolean (*EachBlock) (const void *data, size_t n_records, LwBlockKind kind, size_t n_joints, gpointer user_data);

static gboolean
damaged (gint64 recording, gint64 sequence, GError **error)
{
  g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ,
               "recording %" G_GINT64_FORMAT ", block %" G_GINT64_FORMAT " is damaged: it does not hold what its header says",
               recording, sequence);
  return FALSE;
}

static gboolean
find_joints (LwDatabase *db, gint64 recording, size_t *n_joints, GError **error)
{
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (db, "SELECT n_joints FROM recording WHERE id = ?1", error);
  gboolean row;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, recording);
  if (!lw_database_next (db, statement, &row, error))
    return FALSE;
  if (!row) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "there is no recording %" G_GINT64_FORMAT, recording);
    return FALSE;
  }
  *n_joints = (size_t) sqlite3_column_int64 (statement, 0);
  return TRUE;
}

static gboolean
for_each_block (LwDatabase *db, gint64 recording, EachBlock each, gpointer user_data, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      lw_database_prepare (db, "SELECT sequence, data FROM block WHERE recording = ?1 ORDER BY sequence", error);
  size_t expected_joints;
  gboolean row;

  if (statement == NULL || !find_joints (db, recording, &expected_joints, error))
    return FALSE;
  sqlite3_bind_int64 (statement, 1, recording);
  while (lw_database_next (db, statement, &row, error)) {
    if (!row)
      return TRUE;
    LwBlockKind kind;
    size_t n_joints, n_records;
    const void *data = sqlite3_column_blob (statement, 1);
    if (!lw_block_inspect (data, (size_t) sqlite3_column_bytes (statement, 1), &kind, &n_joints, &n_records)
        || n_joints != expected_joints || !each (data, n_records, kind, n_joints, user_data))
      return damaged (recording, sqlite3_column_int64 (statement, 0), error);
  }
  return FALSE;
}

static gboolean
append_samples (const void *data, size_t n_records, LwBlockKind kind, size_t n_joints, gpointer user_data)
{
  GArray *samples = user_data;

  for (size_t i = 0; i < n_records; i++) {
    LwSample sample;
    uint32_t dropped_before;
    lw_block_get (data, i, &sample, &dropped_before);
    g_array_append_val (samples, sample);
  }
  return TRUE;
}

GArray *
lw_samples_read (LwDatabase *db, gint64 recording, GError **error)
{
  g_autoptr (GArray) samples = g_array_new (FALSE, FALSE, sizeof (LwSample));

  if (!for_each_block (db, recording, append_samples, samples, error))
    return NULL;
  return g_steal_pointer (&samples);
}

gboolean
lw_samples_read_first (LwDatabase *db, gint64 recording, LwSample *out, gboolean *found, GError **error)
{
  g_autoptr (sqlite3_stmt) statement =
      lw_database_prepare (db, "SELECT data FROM block WHERE recording = ?1 AND sequence = 0", error);
  LwBlockKind kind;
  size_t n_joints, n_records;
  uint32_t dropped_before;

  if (statement == NULL)
    return FALSE;
  sqlite3_bind_int64 (statement, 1, recording);
  if (!lw_database_next (db, statement, found, error))
    return FALSE;
  if (!*found)
    return TRUE;
  const void *data = sqlite3_column_blob (statement, 0);
  if (!lw_block_inspect (data, (size_t) sqlite3_column_bytes (statement, 0), &kind, &n_joints, &n_records) || n_records == 0)
    return damaged (recording, 0, error);
  lw_block_get (data, 0, out, &dropped_before);
  return TRUE;
}

typedef struct {
  GArray *t;      /* of double */
  GArray *q;      /* of double, n_joints a sample */
  gint64  first_ns;
  double  first;
} Path;

static gboolean
append_path (const void *data, size_t n_records, LwBlockKind kind, size_t n_joints, gpointer user_data)
{
  Path *path = user_data;

  for (size_t i = 0; i < n_records; i++) {
    double given[LW_MAX_JOINTS];
    const double *q = given;
    LwSample sample;
    uint32_t dropped_before;
    double t;

    if (kind == LW_BLOCK_GIVEN) {
      t = lw_block_get_given (data, i, given);
      if (path->t->len == 0)
        path->first = t;
      t -= path->first;
    } else {
      lw_block_get (data, i, &sample, &dropped_before);
      q = sample.q;
      if (path->t->len == 0)
        path->first_ns = sample.t_ns;
      t = (double) (sample.t_ns - path->first_ns) * 1e-9;
    }
    if (path->t->len > 0 && t <= g_array_index (path->t, double, path->t->len - 1))
      continue;
    g_array_append_val (path->t, t);
    g_array_append_vals (path->q, q, (guint) n_joints);
  }
  return TRUE;
}

LwTrajectory *
lw_trajectory_read (LwDatabase *db, gint64 recording, GError **error)
{
  g_autoptr (GArray) t = g_array_new (FALSE, FALSE, sizeof (double));
  g_autoptr (GArray) q = g_array_new (FALSE, FALSE, sizeof (double));
  Path path = { .t = t, .q = q };
  size_t n_joints;

  if (!find_joints (db, recording, &n_joints, error) || !for_each_block (db, recording, append_path, &path, error))
    return NULL;

  if (t->len == 0) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "recording %" G_GINT64_FORMAT " holds no samples",
                 recording);
    return NULL;
  }
  LwTrajectory *trajectory = lw_trajectory_new (t->len, n_joints);
  if (trajectory == NULL) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ, "recording %" G_GINT64_FORMAT " does not fit into memory",
                 recording);
    return NULL;
  }
  memcpy (trajectory->t, t->data, t->len * sizeof (double));
  memcpy (trajectory->q.data, q->data, q->len * sizeof (double));
  return trajectory;
}

GArray *
lw_project_load_samples (LwProject *self, gint64 id, GError **error)
{
  g_auto (LwReader) reader = lw_reader_open (self, error);

  return reader.db != NULL ? lw_samples_read (reader.db, id, error) : NULL;
}

LwTrajectory *
lw_project_load_trajectory (LwProject *self, gint64 id, GError **error)
{
  g_auto (LwReader) reader = lw_reader_open (self, error);

  return reader.db != NULL ? lw_trajectory_read (reader.db, id, error) : NULL;
}
