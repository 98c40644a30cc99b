/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-rng.h"
#include "lw-test-store.h"

/* Everything a person can see, without the history itself. */
#define CONTENTS "recording;block;verdict;demonstration;context"

typedef struct {
  LwTestPlace place;
  LwProject  *project;
  gint64      ids[4];
} Fixture;

static void
set_up (Fixture *self, gconstpointer data)
{
  lw_test_place_init (&self->place, NULL);
  self->project = lw_test_open (self->place.path);
  for (guint i = 0; i < 4; i++) {
    LwTrajectory *trajectory = lw_test_trajectory (i, 20, 7);
    g_autoptr (GArray) contexts = lw_test_contexts (i == 0 ? 0 : 2, (const char *[]){ "x", "mass \"of\" it" },
                                                    i == 1 ? NULL : "m", (double[]){ 1.0 / 3, i == 2 ? NAN : 5 });
    self->ids[i] = lw_project_add_demonstration (self->project, "arm-7", NULL, trajectory, contexts, NULL);
    g_assert_cmpint (self->ids[i], >, 0);
    lw_trajectory_unref (trajectory);
  }
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

static LwDemonstrationInfo *
find (const Fixture *self, gint64 id)
{
  g_autoptr (GPtrArray) list = lw_project_list_demonstrations (self->project, NULL);

  for (guint i = 0; i < list->len; i++) {
    const LwDemonstrationInfo *info = g_ptr_array_index (list, i);
    if (info->id == id)
      return lw_demonstration_info_copy (info);
  }
  return NULL;
}

static double
context_of (const Fixture *self, gint64 id, const char *name, char **unit)
{
  g_autoptr (LwDemonstrationInfo) info = find (self, id);

  for (guint i = 0; i < info->contexts->len; i++) {
    const LwContextValue *context = &g_array_index (info->contexts, LwContextValue, i);
    if (g_str_equal (context->name, name)) {
      if (unit != NULL)
        *unit = g_strdup (context->unit);
      return context->value;
    }
  }
  return -INFINITY;
}

static void
assert_undo (Fixture *self, const char *label)
{
  GError *error = NULL;
  g_autofree char *announced = lw_project_dup_undo_label (self->project);
  g_autofree char *undone = lw_project_undo (self->project, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (undone, ==, label);
  g_assert_cmpstr (announced, ==, label);
}

static void
assert_redo (Fixture *self, const char *label)
{
  GError *error = NULL;
  g_autofree char *announced = lw_project_dup_redo_label (self->project);
  g_autofree char *redone = lw_project_redo (self->project, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (redone, ==, label);
  g_assert_cmpstr (announced, ==, label);
}

static void
test_each (Fixture *self, gconstpointer data)
{
  gint64 id = self->ids[1];
  g_autofree char *unit = NULL;

  assert_undo (self, NULL);
  assert_redo (self, NULL);

  g_assert_true (lw_project_rename (self->project, id, "Über “den” \\ Tisch'\"", NULL));
  g_autoptr (LwDemonstrationInfo) renamed = find (self, id);
  g_assert_cmpstr (renamed->label, ==, "Über “den” \\ Tisch'\"");
  assert_undo (self, "Rename “Demonstration 2” to “Über “den” \\ Tisch'\"”");
  g_autoptr (LwDemonstrationInfo) back = find (self, id);
  g_assert_cmpstr (back->label, ==, "Demonstration 2");

  g_assert_true (lw_project_set_used (self->project, id, FALSE, NULL));
  g_autoptr (LwDemonstrationInfo) excluded = find (self, id);
  g_assert_false (excluded->used);
  assert_undo (self, "Exclude “Demonstration 2”");
  assert_redo (self, "Exclude “Demonstration 2”");
  g_assert_true (lw_project_set_used (self->project, id, TRUE, NULL));
  g_autoptr (LwDemonstrationInfo) used = find (self, id);
  g_assert_true (used->used);
  assert_undo (self, "Use “Demonstration 2”");

  g_assert_true (lw_project_delete (self->project, id, NULL));
  g_assert_null (find (self, id));
  g_autoptr (GArray) samples = lw_project_load_samples (self->project, id, NULL);
  g_assert_cmpuint (samples->len, ==, 20); /* hidden, not destroyed */
  assert_undo (self, "Delete “Demonstration 2”");
  g_autoptr (LwDemonstrationInfo) there = find (self, id);
  g_assert_nonnull (there);

  /* Values to the last bit, units, NaN, a new name, no name. */
  g_assert_true (lw_project_set_context (self->project, id, "x", "kg", 0.1 + 0.2, NULL));
  g_assert_true (context_of (self, id, "x", &unit) == 0.1 + 0.2);
  g_assert_cmpstr (unit, ==, "kg");
  assert_undo (self, "Set x of “Demonstration 2” to 0.3 kg");
  g_clear_pointer (&unit, g_free);
  g_assert_true (context_of (self, id, "x", &unit) == 1.0 / 3);
  g_assert_null (unit);
  assert_redo (self, "Set x of “Demonstration 2” to 0.3 kg");
  g_assert_true (context_of (self, id, "x", NULL) == 0.1 + 0.2);
  g_assert_true (lw_project_set_context (self->project, id, "x", "kg", NAN, NULL));
  g_assert_true (isnan (context_of (self, id, "x", NULL)));
  assert_undo (self, "Clear x of “Demonstration 2”");
  g_assert_true (context_of (self, id, "x", NULL) == 0.1 + 0.2);
  g_assert_true (lw_project_set_context (self->project, id, "new", NULL, -1e-300, NULL));
  g_assert_true (context_of (self, id, "new", NULL) == -1e-300);
  assert_undo (self, "Set new of “Demonstration 2” to -1e-300");
  g_assert_true (context_of (self, id, "new", NULL) == -INFINITY);
  assert_redo (self, "Set new of “Demonstration 2” to -1e-300");
  g_assert_true (context_of (self, id, "new", NULL) == -1e-300);
}

static void
test_refuses (Fixture *self, gconstpointer data)
{
  g_autofree char *before = lw_test_dump (self->place.path, CONTENTS ";edit");
  GError *errors[6] = { NULL };

  g_assert_false (lw_project_rename (self->project, 99, "x", &errors[0]));
  g_assert_false (lw_project_set_context (self->project, 99, "x", NULL, 1, &errors[1]));
  g_assert_error (errors[0], LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_assert_error (errors[1], LW_PROJECT_ERROR, LW_PROJECT_ERROR_NOT_FOUND);
  g_assert_false (lw_project_rename (self->project, self->ids[0], "", &errors[2]));
  g_assert_false (lw_project_rename (self->project, self->ids[0], "\xff", &errors[3]));
  g_assert_false (lw_project_set_context (self->project, self->ids[0], "", NULL, 1, &errors[4]));
  g_assert_false (lw_project_set_context (self->project, self->ids[0], "x", NULL, INFINITY, &errors[5]));
  for (int i = 2; i < 6; i++)
    g_assert_error (errors[i], LW_PROJECT_ERROR, LW_PROJECT_ERROR_INVALID);
  for (int i = 0; i < 6; i++)
    g_clear_error (&errors[i]);

  /* What changes nothing is no edit. */
  g_assert_true (lw_project_set_used (self->project, self->ids[0], TRUE, NULL));
  g_assert_true (lw_project_rename (self->project, self->ids[0], "Demonstration 1", NULL));
  g_assert_true (lw_project_set_context (self->project, self->ids[1], "x", NULL, 1.0 / 3, NULL));
  g_assert_true (lw_project_set_context (self->project, self->ids[2], "mass \"of\" it", "m", NAN, NULL));
  g_autofree char *after = lw_test_dump (self->place.path, CONTENTS ";edit");
  g_assert_cmpstr (after, ==, before);

  /* A deleted one is not there to be edited. */
  g_assert_true (lw_project_delete (self->project, self->ids[0], NULL));
  g_assert_false (lw_project_delete (self->project, self->ids[0], NULL));
  g_assert_false (lw_project_set_used (self->project, self->ids[0], FALSE, NULL));
}

/* Undo and redo read the rows: they go on where they were after a restart. */
static void
test_restart (Fixture *self, gconstpointer data)
{
  g_autofree char *start = lw_test_dump (self->place.path, CONTENTS);

  g_assert_true (lw_project_rename (self->project, self->ids[0], "one", NULL));
  g_assert_true (lw_project_rename (self->project, self->ids[0], "two", NULL));
  g_assert_true (lw_project_delete (self->project, self->ids[3], NULL));
  g_autofree char *end = lw_test_dump (self->place.path, CONTENTS);
  assert_undo (self, "Delete “Demonstration 4”");
  reopen (self);
  assert_undo (self, "Rename “one” to “two”");
  reopen (self);
  assert_undo (self, "Rename “Demonstration 1” to “one”");
  assert_undo (self, NULL);
  reopen (self);
  g_autofree char *undone = lw_test_dump (self->place.path, CONTENTS);
  g_assert_cmpstr (undone, ==, start);
  assert_redo (self, "Rename “Demonstration 1” to “one”");
  reopen (self);
  assert_redo (self, "Rename “one” to “two”");
  assert_redo (self, "Delete “Demonstration 4”");
  assert_redo (self, NULL);
  g_autofree char *redone = lw_test_dump (self->place.path, CONTENTS);
  g_assert_cmpstr (redone, ==, end);
}

/* A new edit after an undo: the undone one is set aside, not lost and not redone. */
static void
test_branch (Fixture *self, gconstpointer data)
{
  g_assert_true (lw_project_rename (self->project, self->ids[0], "one", NULL));
  g_assert_true (lw_project_rename (self->project, self->ids[0], "two", NULL));
  assert_undo (self, "Rename “one” to “two”");
  g_assert_true (lw_project_rename (self->project, self->ids[0], "three", NULL));
  assert_redo (self, NULL);
  assert_undo (self, "Rename “one” to “three”");
  assert_undo (self, "Rename “Demonstration 1” to “one”");
  assert_undo (self, NULL);
  assert_redo (self, "Rename “Demonstration 1” to “one”");
  g_autofree char *history = lw_test_dump (self->place.path, "(SELECT id, state FROM edit)");
  g_assert_nonnull (strstr (history, "|1|done"));
  g_assert_nonnull (strstr (history, "|2|abandoned"));
  g_assert_nonnull (strstr (history, "|3|undone"));
}

static gboolean
edit_at_random (Fixture *self, LwRng *rng)
{
  static const char *const names[] = { "x", "mass \"of\" it", "new", "größe" };
  gint64 id = self->ids[lw_rng_u32 (rng) % 4];
  g_autofree char *label = g_strdup_printf ("Name %u'\"", lw_rng_u32 (rng));
  const char *name = names[lw_rng_u32 (rng) % 4];
  g_autoptr (LwDemonstrationInfo) info = find (self, id);

  if (info == NULL)
    return FALSE; /* deleted */
  switch (lw_rng_u32 (rng) % 8) {
  case 0:
    return lw_project_rename (self->project, id, label, NULL);
  case 1:
    return lw_project_set_used (self->project, id, !info->used, NULL);
  case 2:
    return lw_rng_u32 (rng) % 4 == 0 && lw_project_delete (self->project, id, NULL);
  default: {
    double value;
    lw_rng_normals (rng, &value, 1);
    return lw_project_set_context (self->project, id, name, lw_rng_u32 (rng) % 2 ? "m" : NULL,
                                   lw_rng_u32 (rng) % 5 ? value : 1e200 * value, NULL);
  }
  }
}

/* 50 random edits, 50 undos: the start; 50 redos: the end. With restarts in between, and samples that never change. */
static void
test_random (Fixture *self, gconstpointer data)
{
  for (guint seed = 1; seed <= 3; seed++) {
    g_autofree char *start = lw_test_dump (self->place.path, CONTENTS);
    g_autofree char *samples = lw_test_dump (self->place.path, "block");
    LwRng rng;

    lw_rng_init (&rng, seed, LW_RNG_TEST, 0, 0);
    for (int done = 0; done < 50;)
      done += edit_at_random (self, &rng);
    g_autofree char *end = lw_test_dump (self->place.path, CONTENTS);
    g_assert_cmpstr (end, !=, start);
    for (int i = 0; i < 50; i++) {
      g_autofree char *label = lw_project_undo (self->project, NULL);
      g_assert_nonnull (label);
      if (i == 25)
        reopen (self);
    }
    g_autofree char *undone = lw_test_dump (self->place.path, CONTENTS);
    g_assert_cmpstr (undone, ==, start);
    for (int i = 0; i < 50; i++) {
      g_autofree char *label = lw_project_redo (self->project, NULL);
      g_assert_nonnull (label);
      if (i == 25)
        reopen (self);
    }
    g_autofree char *redone = lw_test_dump (self->place.path, CONTENTS);
    g_assert_cmpstr (redone, ==, end);
    for (int i = 0; i < 50; i++)
      g_free (lw_project_undo (self->project, NULL));
    g_autofree char *same = lw_test_dump (self->place.path, "block");
    g_assert_cmpstr (same, ==, samples);
  }
}

/* A history that somebody wrote by hand is refused, and does nothing. */
static void
test_foreign_history (Fixture *self, gconstpointer data)
{
  static const char *const inverses[] = {
    "[{\"set\":\"anything\",\"demonstration\":1,\"value\":1}]",
    "[{\"set\":\"label\",\"demonstration\":99,\"value\":\"x\"}]",
    "[{\"set\":\"label\",\"demonstration\":1,\"value\":\"changed\"},{\"set\":\"used\",\"demonstration\":1,\"value\":7}]",
    "[{}]", "{}", "[1,2]", "ATTACH DATABASE ''x'' AS y",
  };

  for (size_t i = 0; i < G_N_ELEMENTS (inverses); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree char *sql = g_strdup_printf (
        "DELETE FROM edit; INSERT INTO edit (time, label, operation, inverse) VALUES (1, 'a', '[]', '%s')", inverses[i]);
    sqlite3 *db;

    lw_test_close (self->project);
    g_assert_cmpint (sqlite3_open (self->place.path, &db), ==, SQLITE_OK);
    g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
    sqlite3_close (db);
    self->project = lw_test_open (self->place.path);
    g_autofree char *before = lw_test_dump (self->place.path, CONTENTS);
    g_autofree char *label = lw_project_undo (self->project, &error);
    g_autofree char *after = lw_test_dump (self->place.path, CONTENTS);
    g_assert_cmpstr (after, ==, before);
    if (!g_str_equal (inverses[i], "{}")) {
      g_assert_null (label);
      g_assert_nonnull (error);
      g_assert_true (error->domain == LW_PROJECT_ERROR);
    }
  }
}

#define ADD(path, function) g_test_add ("/project-edits/" path, Fixture, NULL, set_up, function, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  ADD ("each", test_each);
  ADD ("refuses", test_refuses);
  ADD ("restart", test_restart);
  ADD ("branch", test_branch);
  ADD ("random", test_random);
  ADD ("foreign-history", test_foreign_history);
  return g_test_run ();
}
