/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-project-private.h"
#include "lw-recording-rows.h"
#include "lw-sample-block.h"

/* Movements that were not measured here: imported or generated. */

#define PER_BLOCK 256
/* Times beyond 30 years are not seconds. */
#define LATEST_S 1e9

static gboolean
check_trajectory (const LwTrajectory *trajectory, GError **error)
{
  const char *wrong = NULL;

  if (trajectory->n_samples < 2)
    wrong = "a movement needs two samples at least";
  else if (!lw_mat_is_finite (&trajectory->q))
    wrong = "a movement has a position that is not finite";
  for (size_t i = 0; wrong == NULL && i < trajectory->n_samples; i++)
    if (!(fabs (trajectory->t[i]) < LATEST_S) || (i > 0 && trajectory->t[i] <= trajectory->t[i - 1]))
      wrong = "the times of a movement must be finite seconds and increase";
  if (wrong != NULL)
    g_set_error_literal (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, wrong);
  return wrong == NULL;
}

static gboolean
insert_trajectory (LwDatabase *db, const LwNewRecording *new, GError **error)
{
  const LwTrajectory *trajectory = new->trajectory;
  size_t n = trajectory->n_samples;
  g_autoptr (sqlite3_stmt) totals =
      lw_database_prepare (db, "UPDATE recording SET n_samples = ?2, first_ns = ?3, last_ns = ?4 WHERE id = ?1", error);
  g_autoptr (sqlite3_stmt) insert =
      totals == NULL ? NULL
                     : lw_database_prepare (db, "INSERT INTO block (recording, sequence, data) VALUES (?1, ?2, ?3)", error);

  if (insert == NULL)
    return FALSE;
  sqlite3_bind_int64 (totals, 1, new->id);
  sqlite3_bind_int64 (totals, 2, (gint64) n);
  sqlite3_bind_int64 (totals, 3, llround (trajectory->t[0] * 1e9));
  sqlite3_bind_int64 (totals, 4, llround (trajectory->t[n - 1] * 1e9));
  if (!lw_database_run (db, totals, error))
    return FALSE;
  for (size_t first = 0; first < n; first += PER_BLOCK) {
    g_autoptr (GByteArray) block = g_byte_array_new ();
    lw_block_begin (block, LW_BLOCK_GIVEN, trajectory->n_joints);
    for (size_t i = first; i < MIN (n, first + PER_BLOCK); i++)
      lw_block_append_given (block, trajectory->t[i], lw_mat_row (&trajectory->q, i));
    sqlite3_bind_int64 (insert, 1, new->id);
    sqlite3_bind_int64 (insert, 2, (gint64) (first / PER_BLOCK));
    sqlite3_bind_blob (insert, 3, block->data, (int) block->len, SQLITE_STATIC);
    if (!lw_database_run (db, insert, error))
      return FALSE;
  }
  return TRUE;
}

/* @data: array of LwNewRecording. */
static gboolean
add_work (LwDatabase *db, gpointer data, GError **error)
{
  GArray *all = data;

  for (guint i = 0; i < all->len; i++) {
    LwNewRecording *new = &g_array_index (all, LwNewRecording, i);
    LwVerdict verdict = { .n_samples = new->trajectory->n_samples,
                          .seconds = lw_trajectory_duration (new->trajectory),
                          .start_distance = NAN };
    if (!lw_new_recording_insert (db, new, error) || !insert_trajectory (db, new, error)
        || !lw_verdict_insert (db, new->id, &verdict, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_all (LwProject *self, GArray *all, GError **error)
{
  for (guint i = 0; i < all->len; i++) {
    const LwNewRecording *new = &g_array_index (all, LwNewRecording, i);
    if (!lw_new_recording_check (new, error) || !check_trajectory (new->trajectory, error))
      return FALSE;
  }
  return lw_project_write (self, add_work, all, LW_PROJECT_CHANGE_DEMONSTRATIONS, error);
}

static void
append (GArray *all, const char *arm, const char *label, const LwTrajectory *trajectory, const GArray *contexts)
{
  LwNewRecording new = { .kind = "demonstration",
                         .source = "given",
                         .arm = arm,
                         .label = label,
                         .contexts = contexts,
                         .trajectory = trajectory,
                         .n_joints = trajectory->n_joints };

  g_array_append_val (all, new);
}

gint64
lw_project_add_demonstration (LwProject *self, const char *arm, const char *label, const LwTrajectory *trajectory,
                              const GArray *contexts, GError **error)
{
  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (LwNewRecording));

  append (all, arm, label, trajectory, contexts);
  return add_all (self, all, error) ? g_array_index (all, LwNewRecording, 0).id : 0;
}

gboolean
lw_project_add_demonstrations (LwProject *self, const char *arm, const LwDemonstrations *set, GError **error)
{
  if (set->trajectories == NULL) {
    g_set_error_literal (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, "the set holds parameters; movements were expected");
    return FALSE;
  }

  g_autoptr (GArray) all = g_array_new (FALSE, FALSE, sizeof (LwNewRecording));
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func ((GDestroyNotify) g_array_unref);
  for (size_t i = 0; i < set->n; i++) {
    GArray *contexts = g_array_new (FALSE, FALSE, sizeof (LwContextValue));
    for (size_t j = 0; j < set->n_context; j++) {
      LwContextValue context = { set->context_names[j], set->context_units[j], lw_mat_get (&set->contexts, i, j) };
      g_array_append_val (contexts, context);
    }
    g_ptr_array_add (rows, contexts);
    append (all, arm, NULL, set->trajectories[i], contexts);
  }
  return add_all (self, all, error);
}
