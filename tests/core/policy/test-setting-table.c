/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-setting-table.h"

#include <glib.h>
#include <math.h>

enum { BOUND, CHOICE, SIZE, N };

static const LwLearnerSetting rows[N] = {
  [BOUND] = { "bound", 0.5, 0, 2 },
  [CHOICE] = { "choice", 1, 0, 3, .integer = true },
  [SIZE] = { "size", 4, 1, 9, .integer = true, .structural = true },
};
static const LwSettingTable table = { rows, N };

static void
test_values (void)
{
  double values[N] = { (double) NAN, (double) NAN, (double) NAN };

  lw_setting_table_defaults (table, values);
  g_assert_cmpfloat (lw_setting_table_get (table, values, "bound"), ==, 0.5);
  g_assert_cmpfloat (lw_setting_table_get (table, values, "size"), ==, 4);
  g_assert_true (isnan (lw_setting_table_get (table, values, "siz")));
  g_assert_true (lw_setting_is_valid (&rows[BOUND], 0) && lw_setting_is_valid (&rows[BOUND], 2));
  g_assert_false (lw_setting_is_valid (&rows[BOUND], -1e-9));
  g_assert_false (lw_setting_is_valid (&rows[BOUND], 2.0000001));
  g_assert_false (lw_setting_is_valid (&rows[BOUND], (double) NAN));
  g_assert_true (lw_setting_is_valid (&rows[BOUND], 0.7));
  g_assert_false (lw_setting_is_valid (&rows[CHOICE], 0.7));
}

static void
test_allows (void)
{
  const double values[N] = { 0.5, 1, 4 };
  size_t i = 99;

  g_assert_false (lw_setting_table_allows (table, values, "unheard-of", 1, false, &i));
  g_assert_cmpuint (i, ==, 99);
  g_assert_true (lw_setting_table_allows (table, values, "choice", 2, true, &i));
  g_assert_cmpuint (i, ==, CHOICE);
  g_assert_false (lw_setting_table_allows (table, values, "choice", 2.5, true, &i));
  g_assert_true (lw_setting_table_allows (table, values, "size", 5, false, &i));
  g_assert_cmpuint (i, ==, SIZE);
  g_assert_false (lw_setting_table_allows (table, values, "size", 5, true, &i));
  g_assert_true (lw_setting_table_allows (table, values, "size", 4, true, &i)); /* no change */
}

static void
test_arrays (void)
{
  const double values[N] = { 1.25, 3, 7 };
  double read[N] = { -1, -1, -1 };
  LwArrays arrays;

  lw_arrays_init (&arrays);
  g_assert_cmpint (lw_setting_table_from_arrays (table, &arrays, read), ==, LW_OK);
  for (size_t i = 0; i < N; i++)
    g_assert_cmpfloat (read[i], ==, rows[i].value);
  g_assert_cmpint (lw_setting_table_to_arrays (table, values, &arrays), ==, LW_OK);
  g_assert_cmpuint (arrays.n_items, ==, N);
  g_assert_cmpint (lw_setting_table_from_arrays (table, &arrays, read), ==, LW_OK);
  g_assert_cmpmem (read, sizeof read, values, sizeof values);

  /* One that is refused changes none. */
  read[BOUND] = 0.1;
  g_assert_cmpint (lw_arrays_put_scalar (&arrays, "size", 7.5), ==, LW_OK);
  g_assert_cmpint (lw_setting_table_from_arrays (table, &arrays, read), ==, LW_ERR_RANGE);
  g_assert_cmpfloat (read[BOUND], ==, 0.1);
  lw_arrays_clear (&arrays);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/setting-table/values", test_values);
  g_test_add_func ("/setting-table/allows", test_allows);
  g_test_add_func ("/setting-table/arrays", test_arrays);
  return g_test_run ();
}
