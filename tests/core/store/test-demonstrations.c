/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-demonstrations.h"

#include "lw-npy.h"
#include "lw-test-paths.h"
#include "lw-test-store.h"

static void
test_new (void)
{
  g_autoptr (LwDemonstrations) set = lw_demonstrations_new (3, 7, 2);
  g_autoptr (LwDemonstrations) empty = lw_demonstrations_new (0, 1, 0);

  g_assert_cmpuint (set->n, ==, 3);
  g_assert_cmpuint (set->n_joints, ==, 7);
  g_assert_cmpuint (set->contexts.rows, ==, 3);
  g_assert_cmpuint (set->contexts.cols, ==, 2);
  g_assert_null (set->context_names[1]);
  g_assert_null (set->trajectories);
  g_assert_null (set->ids);
  g_assert_cmpuint (empty->contexts.cols, ==, 0);
  g_assert_null (lw_demonstrations_new (SIZE_MAX / 4, 1, 64));
  lw_demonstrations_free (NULL);
}

/* (4 x 10): 2 contexts, duration, 7 weights. */
static char *
write_rows (const LwTestPlace *place, double duration)
{
  char *path = g_build_filename (place->folder, "rows.npy", NULL);
  double x[40];
  LwMat mat = lw_mat_view (x, 4, 10);

  for (size_t i = 0; i < 40; i++)
    x[i] = 0.5 + (double) i;
  x[12] = duration;
  g_assert_true (lw_npy_write (path, &mat, NULL));
  return path;
}

static void
test_npy (LwTestPlace *place, gconstpointer data)
{
  g_autofree char *path = write_rows (place, 3);
  GError *error = NULL;
  g_autoptr (LwDemonstrations) set = lw_npy_read_demonstrations (path, 2, 7, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (set->n, ==, 4);
  g_assert_cmpuint (set->n_joints, ==, 1);
  g_assert_cmpuint (set->n_basis, ==, 7);
  g_assert_null (set->trajectories);
  g_assert_cmpuint (set->params.cols, ==, 8);
  g_assert_true (lw_mat_get (&set->contexts, 1, 1) == 11.5 && lw_mat_get (&set->params, 1, 0) == 3
                 && lw_mat_get (&set->params, 3, 7) == 39.5);
  g_assert_cmpstr (set->context_names[0], ==, "c1");
  g_assert_null (set->context_units[0]);
}

static void
assert_refused (const char *path, size_t n_context, size_t n_basis, int code, const char *words)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (lw_npy_read_demonstrations (path, n_context, n_basis, &error));
  g_assert_error (error, LW_IMPORT_ERROR, code);
  g_assert_null (strchr (error->message, '\n'));
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
}

static void
test_npy_refuses (LwTestPlace *place, gconstpointer data)
{
  g_autofree char *path = write_rows (place, 3);
  double x[20] = { 0 };
  LwMat none = lw_mat_view (x, 0, 10), wide = lw_mat_view (x, 1, 20);

  assert_refused (path, 3, 7, LW_IMPORT_ERROR_SHAPE,
                  "rows.npy has 10 columns; 3 context + 1 duration + at least one joint of 7 weights");
  assert_refused (path, 1, 7, LW_IMPORT_ERROR_SHAPE,
                  "rows.npy has 10 columns = 1 context + 1 duration + 8 weights; 7 weights a joint");
  assert_refused (path, 2, 0, LW_IMPORT_ERROR_SHAPE, "10 columns");
  assert_refused (path, SIZE_MAX - 1, 5, LW_IMPORT_ERROR_SHAPE, "10 columns");
  g_free (path);
  path = write_rows (place, -0.5);
  assert_refused (path, 2, 7, LW_IMPORT_ERROR_VALUE, "rows.npy, row 2, column 3: duration -0.5 s; more than 0 was expected");
  g_free (path);
  path = write_rows (place, NAN);
  assert_refused (path, 2, 7, LW_IMPORT_ERROR_VALUE, "rows.npy, row 2, column 3: NaN");
  g_assert_true (lw_npy_write (path, &none, NULL));
  assert_refused (path, 2, 7, LW_IMPORT_ERROR_SHAPE, "has no rows; at least one demonstration");
  g_assert_true (lw_npy_write (path, &wide, NULL));
  assert_refused (path, 2, 1, LW_IMPORT_ERROR_SHAPE, "for 1 to 16 joints");
  assert_refused ("/nowhere.npy", 2, 7, LW_IMPORT_ERROR_OPEN, "there is no such file");
}

static void
test_published (void)
{
  g_autofree char *path = lw_test_shared_path ("data/reach_target.npy");
  GError *error = NULL;

  if (path == NULL)
    return;
  g_autoptr (LwDemonstrations) set = lw_npy_read_demonstrations (path, 3, 20, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (set->n, ==, 600);
  g_assert_cmpuint (set->n_joints, ==, 8);
  assert_refused (path, 4, 20, LW_IMPORT_ERROR_SHAPE,
                  "reach_target.npy has 164 columns = 4 context + 1 duration + 159 weights; 20 weights a joint");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/demonstrations/new", test_new);
  g_test_add ("/demonstrations/npy", LwTestPlace, NULL, lw_test_place_init, test_npy, lw_test_place_clear);
  g_test_add ("/demonstrations/npy-refuses", LwTestPlace, NULL, lw_test_place_init, test_npy_refuses, lw_test_place_clear);
  g_test_add_func ("/demonstrations/published", test_published);
  return g_test_run ();
}
