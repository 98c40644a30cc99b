/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arrays.h"

#include <glib.h>
#include <math.h>
#include <stdint.h>

static void
test_put_get (void)
{
  double data[6] = { 1, 2, 3, 4, 5, 6 };
  LwMat wide = lw_mat_view (data, 2, 3), column = lw_mat_block (&wide, 0, 1, 2, 1);
  LwArrays arrays;

  lw_arrays_init (&arrays);
  g_assert_null (lw_arrays_get (&arrays, "W"));
  g_assert_cmpint (lw_arrays_put (&arrays, "W", &wide), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put (&arrays, "w", &column), ==, LW_OK);
  data[0] = -1; /* what was put is a copy */
  const LwMat *w = lw_arrays_get (&arrays, "W");
  g_assert_cmpuint (w->rows, ==, 2);
  g_assert_cmpuint (w->cols, ==, 3);
  g_assert_cmpfloat (lw_mat_get (w, 0, 0), ==, 1);
  g_assert_cmpfloat (lw_mat_get (w, 1, 2), ==, 6);
  w = lw_arrays_get (&arrays, "w");
  g_assert_cmpuint (w->rows, ==, 2);
  g_assert_cmpuint (w->stride, ==, 1);
  g_assert_cmpfloat (w->data[1], ==, 5);

  /* The same name again replaces, from a view of the stored array itself too. */
  g_assert_cmpint (lw_arrays_put (&arrays, "W", lw_arrays_get (&arrays, "w")), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put (&arrays, "W", lw_arrays_get (&arrays, "W")), ==, LW_OK);
  g_assert_cmpuint (arrays.n_items, ==, 2);
  g_assert_cmpuint (lw_arrays_get (&arrays, "W")->cols, ==, 1);
  g_assert_cmpfloat (lw_arrays_get (&arrays, "W")->data[0], ==, 2);
  lw_arrays_clear (&arrays);
  g_assert_cmpuint (arrays.n_items, ==, 0);
  lw_arrays_clear (&arrays);
}

static void
test_scalars (void)
{
  double pair[2] = { 1, 2 };
  LwMat two = lw_mat_view (pair, 1, 2);
  LwArrays arrays;

  lw_arrays_init (&arrays);
  g_assert_cmpint (lw_arrays_put_scalar (&arrays, "kl_bound", 0.2), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put (&arrays, "two", &two), ==, LW_OK);
  g_assert_cmpfloat (lw_arrays_get_scalar (&arrays, "kl_bound", 9), ==, 0.2);
  g_assert_cmpfloat (lw_arrays_get_scalar (&arrays, "absent", 9), ==, 9);
  g_assert_cmpfloat (lw_arrays_get_scalar (&arrays, "two", 9), ==, 9); /* not a scalar */
  const double *row = lw_arrays_get_vector (&arrays, "two", 2);
  g_assert_nonnull (row);
  g_assert_cmpfloat (row[1], ==, 2);
  g_assert_null (lw_arrays_get_vector (&arrays, "two", 1));
  g_assert_null (lw_arrays_get_vector (&arrays, "absent", 1));
  two = lw_mat_view (pair, 2, 1);
  g_assert_cmpint (lw_arrays_put (&arrays, "column", &two), ==, LW_OK);
  g_assert_null (lw_arrays_get_vector (&arrays, "column", 2));
  g_assert_cmpint (lw_arrays_put_vector (&arrays, "three", (const double[]){ 3, 4, 5 }, 3), ==, LW_OK);
  g_assert_cmpuint (lw_arrays_get (&arrays, "three")->rows, ==, 1);
  g_assert_cmpfloat (lw_arrays_get_vector (&arrays, "three", 3)[2], ==, 5);
  lw_arrays_clear (&arrays);
}

static void
test_bad_input (void)
{
  double v = 1;
  LwMat one = lw_mat_view (&v, 1, 1), huge = lw_mat_view (&v, SIZE_MAX / 2, 4);
  LwArrays arrays;

  lw_arrays_init (&arrays);
  g_assert_cmpint (lw_arrays_put (&arrays, "", &one), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_arrays_put (&arrays, "a-name-of-thirty-two-characters!", &one), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_arrays_put (&arrays, "huge", &huge), ==, LW_ERR_MEMORY);
  g_assert_cmpuint (arrays.n_items, ==, 0);
  g_assert_cmpint (lw_arrays_put (&arrays, "a-name-of-thirty-one-characters", &one), ==, LW_OK);
  g_assert_cmpfloat (lw_arrays_get_scalar (&arrays, "a-name-of-thirty-one-characters", 0), ==, 1);

  /* A refused replacement leaves what was there. */
  g_assert_cmpint (lw_arrays_put_scalar (&arrays, "huge", 3), ==, LW_OK);
  g_assert_cmpint (lw_arrays_put (&arrays, "huge", &huge), ==, LW_ERR_MEMORY);
  g_assert_cmpfloat (lw_arrays_get_scalar (&arrays, "huge", 0), ==, 3);
  lw_arrays_clear (&arrays);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arrays/put-get", test_put_get);
  g_test_add_func ("/arrays/scalars", test_scalars);
  g_test_add_func ("/arrays/bad-input", test_bad_input);
  return g_test_run ();
}
