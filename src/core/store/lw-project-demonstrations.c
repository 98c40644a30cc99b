/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-project-private.h"
#include "lw-project-samples.h"

void
lw_demonstration_info_free (LwDemonstrationInfo *self)
{
  if (self == NULL)
    return;
  for (guint i = 0; i < self->contexts->len; i++) {
    LwContextValue *context = &g_array_index (self->contexts, LwContextValue, i);
    g_free (context->name);
    g_free (context->unit);
  }
  g_array_unref (self->contexts);
  g_free (self->label);
  g_free (self->arm);
  g_free (self->limits);
  g_free (self);
}

static void
append_context (GArray *contexts, const char *name, const char *unit, double value)
{
  LwContextValue context = { g_strdup (name), g_strdup (unit), value };

  g_array_append_val (contexts, context);
}

LwDemonstrationInfo *
lw_demonstration_info_copy (const LwDemonstrationInfo *self)
{
  LwDemonstrationInfo *copy = g_memdup2 (self, sizeof *self);

  copy->label = g_strdup (self->label);
  copy->arm = g_strdup (self->arm);
  copy->limits = g_strdup (self->limits);
  copy->contexts = g_array_new (FALSE, FALSE, sizeof (LwContextValue));
  for (guint i = 0; i < self->contexts->len; i++) {
    const LwContextValue *context = &g_array_index (self->contexts, LwContextValue, i);
    append_context (copy->contexts, context->name, context->unit, context->value);
  }
  return copy;
}

/* ---- listing ---- */

static LwDemonstrationInfo *
info_from_row (sqlite3_stmt *row)
{
  LwDemonstrationInfo *info = g_new0 (LwDemonstrationInfo, 1);
  const char *state = (const char *) sqlite3_column_text (row, 8);

  info->id = sqlite3_column_int64 (row, 0);
  info->label = lw_column_dup_text (row, 1);
  info->created = sqlite3_column_int64 (row, 2);
  info->arm = lw_column_dup_text (row, 3);
  info->limits = lw_column_dup_text (row, 4);
  info->n_joints = (size_t) sqlite3_column_int64 (row, 5);
  info->n_samples = (size_t) sqlite3_column_int64 (row, 6);
  info->seconds = sqlite3_column_double (row, 7);
  info->complete = g_strcmp0 (state, "open") != 0;
  info->recovered = g_strcmp0 (state, "recovered") == 0;
  info->used = sqlite3_column_int (row, 9) != 0;
  info->measured = sqlite3_column_int (row, 10) != 0;
  info->verdict = (LwVerdict){
    .n_samples = (size_t) sqlite3_column_int64 (row, 11),
    .seconds = lw_column_double (row, 12),
    .n_gaps = (size_t) sqlite3_column_int64 (row, 13),
    .longest_gap = lw_column_double (row, 14),
    .jitter_p99 = lw_column_double (row, 15),
    .n_limit_hits = (size_t) sqlite3_column_int64 (row, 16),
    .still_start = lw_column_double (row, 17),
    .still_end = lw_column_double (row, 18),
    .jerk = lw_column_double (row, 19),
    .start_distance = lw_column_double (row, 20),
    .shake = lw_column_double (row, 21),
  };
  info->contexts = g_array_new (FALSE, FALSE, sizeof (LwContextValue));
  return info;
}

static gboolean
read_contexts (LwDatabase *db, LwDemonstrationInfo *info, sqlite3_stmt *statement, GError **error)
{
  gboolean row;

  sqlite3_reset (statement);
  sqlite3_bind_int64 (statement, 1, info->id);
  while (lw_database_next (db, statement, &row, error)) {
    if (!row)
      return TRUE;
    append_context (info->contexts, (const char *) sqlite3_column_text (statement, 0),
                    (const char *) sqlite3_column_text (statement, 1), lw_column_double (statement, 2));
  }
  return FALSE;
}

static GPtrArray *
list_demonstrations (LwDatabase *db, GError **error)
{
  g_autoptr (GPtrArray) list = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_demonstration_info_free);
  g_autoptr (sqlite3_stmt) statement = lw_database_prepare (
      db,
      "SELECT r.id, d.label, r.created, r.arm, r.limits, r.n_joints, r.n_samples, coalesce ((r.last_ns - r.first_ns) * 1e-9, 0), r.state, d.used,"
      " r.source = 'measured', v.n_samples, v.seconds, v.n_gaps, v.longest_gap, v.jitter_p99, v.n_limit_hits, v.still_start, v.still_end, v.jerk,"
      " v.start_distance, v.shake FROM demonstration d JOIN recording r ON r.id = d.recording LEFT JOIN verdict v ON v.recording = r.id"
      " WHERE NOT d.deleted ORDER BY r.id",
      error);
  g_autoptr (sqlite3_stmt) contexts =
      statement == NULL
          ? NULL
          : lw_database_prepare (db, "SELECT name, unit, value FROM context WHERE demonstration = ?1 ORDER BY position", error);
  gboolean row;

  if (contexts == NULL)
    return NULL;
  while (lw_database_next (db, statement, &row, error)) {
    if (!row)
      return g_steal_pointer (&list);
    LwDemonstrationInfo *info = info_from_row (statement);
    g_ptr_array_add (list, info);
    if (!read_contexts (db, info, contexts, error))
      return NULL;
  }
  return NULL;
}

GPtrArray *
lw_project_list_demonstrations (LwProject *self, GError **error)
{
  g_auto (LwReader) reader = lw_reader_open (self, error);

  return reader.db != NULL ? list_demonstrations (reader.db, error) : NULL;
}

/* ---- a set for a fit ---- */

static const LwContextValue *
find_context (const LwDemonstrationInfo *info, const char *name)
{
  for (guint i = 0; i < info->contexts->len; i++) {
    const LwContextValue *context = &g_array_index (info->contexts, LwContextValue, i);
    if (g_str_equal (context->name, name))
      return context;
  }
  return NULL;
}

/* Contexts of any of them, in order of first appearance; borrowed. */
static GArray *
gather_contexts (const GPtrArray *infos)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  GArray *all = g_array_new (FALSE, FALSE, sizeof (LwContextValue));

  for (guint i = 0; i < infos->len; i++) {
    const LwDemonstrationInfo *info = g_ptr_array_index (infos, i);
    for (guint j = 0; j < info->contexts->len; j++) {
      const LwContextValue *context = &g_array_index (info->contexts, LwContextValue, j);
      if (g_hash_table_add (seen, context->name))
        g_array_append_val (all, *context);
    }
  }
  return all;
}

static gboolean
fill_row (LwDatabase *db, LwDemonstrations *set, size_t i, const LwDemonstrationInfo *info, const char *first_label,
          GError **error)
{
  if (info->n_joints != set->n_joints) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID,
                 "“%s” has %" G_GSIZE_FORMAT " joints and “%s” has %" G_GSIZE_FORMAT "; exclude one of them", info->label,
                 info->n_joints, first_label, set->n_joints);
    return FALSE;
  }
  for (size_t j = 0; j < set->n_context; j++) {
    const LwContextValue *context = find_context (info, set->context_names[j]);
    if (context == NULL || isnan (context->value)) {
      g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, "“%s” has no value for %s; give one, or exclude it",
                   info->label, set->context_names[j]);
      return FALSE;
    }
    if (g_strcmp0 (context->unit, set->context_units[j]) != 0) {
      g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID, "“%s” gives %s in %s, the demonstrations before it in %s",
                   info->label, context->name, context->unit != NULL ? context->unit : "no unit",
                   set->context_units[j] != NULL ? set->context_units[j] : "no unit");
      return FALSE;
    }
    lw_mat_set (&set->contexts, i, j, context->value);
  }
  if (info->n_samples < 2) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID,
                 "“%s” has %" G_GSIZE_FORMAT " samples, too few for a movement; exclude it", info->label, info->n_samples);
    return FALSE;
  }
  set->ids[i] = info->id;
  set->trajectories[i] = lw_trajectory_read (db, info->id, error);
  return set->trajectories[i] != NULL;
}

/* @arm NULL: any; @fields NULL: any contexts. One without contexts belongs to every task: what it lacks is named when the set is filled. */
static gboolean
is_for_fit (const LwDemonstrationInfo *info, const char *arm, const char *const *fields)
{
  if (!info->used || !info->complete || (arm != NULL && !g_str_equal (info->arm, arm)))
    return FALSE;
  for (gsize i = 0; fields != NULL && info->contexts->len > 0 && fields[i] != NULL; i++)
    if (find_context (info, fields[i]) != NULL)
      return TRUE;
  return fields == NULL || info->contexts->len == 0 || fields[0] == NULL;
}

/* The context fields of the set: those asked for, with the unit of the first demonstration that has them. Borrowed. */
static GArray *
choose_contexts (const GPtrArray *infos, const char *const *fields)
{
  GArray *all = gather_contexts (infos), *chosen;

  if (fields == NULL)
    return all;
  chosen = g_array_new (FALSE, FALSE, sizeof (LwContextValue));
  for (gsize i = 0; fields[i] != NULL; i++) {
    LwContextValue context = { (char *) fields[i], NULL, NAN };
    for (guint j = 0; j < all->len; j++)
      if (g_str_equal (g_array_index (all, LwContextValue, j).name, fields[i]))
        context = g_array_index (all, LwContextValue, j);
    g_array_append_val (chosen, context);
  }
  g_array_unref (all);
  return chosen;
}

LwDemonstrations *
lw_project_load_set (LwProject *self, GError **error)
{
  return lw_project_load_set_for (self, NULL, NULL, error);
}

LwDemonstrations *
lw_project_load_set_for (LwProject *self, const char *arm, const char *const *fields, GError **error)
{
  g_auto (LwReader) reader = lw_reader_open (self, error);
  g_autoptr (GPtrArray) infos = reader.db != NULL ? list_demonstrations (reader.db, error) : NULL;

  if (infos == NULL)
    return NULL;
  for (guint i = infos->len; i-- > 0;)
    if (!is_for_fit (g_ptr_array_index (infos, i), arm, fields))
      g_ptr_array_remove_index (infos, i);
  if (infos->len == 0) {
    g_set_error (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND, "there is no demonstration%s%s in use; record one, or include one",
                 arm != NULL ? " on the arm " : "", arm != NULL ? arm : "");
    return NULL;
  }

  const LwDemonstrationInfo *first = g_ptr_array_index (infos, 0);
  g_autoptr (GArray) contexts = choose_contexts (infos, fields);
  g_autoptr (LwDemonstrations) set = lw_demonstrations_new (infos->len, first->n_joints, contexts->len);
  if (set == NULL) {
    g_set_error_literal (error, LW_PROJECT_ERROR, LW_PROJECT_ERROR_READ, "the demonstrations do not fit into memory");
    return NULL;
  }
  for (guint j = 0; j < contexts->len; j++) {
    set->context_names[j] = g_strdup (g_array_index (contexts, LwContextValue, j).name);
    set->context_units[j] = g_strdup (g_array_index (contexts, LwContextValue, j).unit);
  }
  set->trajectories = g_new0 (LwTrajectory *, set->n);
  set->ids = g_new0 (int64_t, set->n);
  for (size_t i = 0; i < set->n; i++)
    if (!fill_row (reader.db, set, i, g_ptr_array_index (infos, i), first->label, error))
      return NULL;
  return g_steal_pointer (&set);
}
