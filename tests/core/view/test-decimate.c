/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decimate.h"

#include <glib.h>
#include <math.h>

enum { COLUMNS = 300 };

/* Unevenly timed points with gaps and spikes, looked at through many windows: each column equals a scan of its points, the
 * points are those whose pixel lies in it, and together the columns hold every point of the range once. */
static void
test_against_scan (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  LwSeries *series = lw_series_new ();
  double t = 0;

  for (int i = 0; i < 40000; i++)
    {
      t += g_rand_double (rand) * (g_rand_int_range (rand, 0, 500) ? 0.01 : 3);
      g_assert_cmpint (lw_series_append (series, t, g_rand_int_range (rand, 0, 50) ? sin (t) + (i % 997 == 0 ? 9 : 0) : (double) NAN), ==, LW_OK);
    }

  for (int k = 0; k < 60; k++)
    {
      double a = g_rand_double_range (rand, -5, t), width = pow (10, g_rand_double_range (rand, -2, 2.7)), left = g_rand_int_range (rand, 0, 60);
      LwAxis axis = { .range = { a, a + width }, .pixel_min = left, .pixel_max = left + 299.5 };
      const double *x = lw_series_x (series), *y = lw_series_y (series);
      LwColumn columns[COLUMNS];
      size_t n = lw_decimate (series, &axis, columns, COLUMNS), seen = 0, inside = 0;
      LwRange all = lw_range_empty (), drawn = lw_range_empty ();

      g_assert_cmpuint (n, ==, COLUMNS);
      for (size_t i = 0; i < n; i++)
        {
          LwRange r = lw_range_empty ();

          g_assert_true (i == 0 || columns[i].begin == columns[i - 1].end);
          for (size_t j = columns[i].begin; j < columns[i].end; j++)
            {
              double pixel = lw_axis_to_pixel (&axis, x[j]) - left;

              g_assert_cmpfloat (pixel, >=, (double) i - 1e-6);
              g_assert_cmpfloat (pixel, <=, (double) i + 1 + 1e-6);
              r = lw_range_include (r, y[j]);
              seen++;
            }
          if (lw_range_is_empty (r))
            g_assert_true (isnan (columns[i].min) && isnan (columns[i].max));
          else
            {
              g_assert_cmpfloat (columns[i].min, ==, r.min);
              g_assert_cmpfloat (columns[i].max, ==, r.max);
              drawn = lw_range_union (drawn, r);
            }
          if (columns[i].end > columns[i].begin)
            {
              g_assert_true (columns[i].first == y[columns[i].begin] || isnan (y[columns[i].begin]));
              g_assert_true (columns[i].last == y[columns[i].end - 1] || isnan (y[columns[i].end - 1]));
            }
        }
      for (size_t j = 0; j < lw_series_n (series); j++)
        if (x[j] >= axis.range.min && x[j] <= axis.range.max)
          {
            inside++;
            all = lw_range_include (all, y[j]);
          }
      g_assert_cmpuint (seen, ==, inside);
      g_assert_true (lw_range_equal (all, drawn));
    }
  lw_series_unref (series);
}

static void
test_edges (void)
{
  const double x[] = { 0, 1, 2, 2, 3 }, y[] = { 5, 6, 7, 8, 9 };
  LwSeries *series = lw_series_new_from (x, y, 5);
  LwAxis axis = { .range = { 0, 2 }, .pixel_min = 10, .pixel_max = 12 };
  LwColumn columns[4];

  /* The end of the range belongs to the last column, both points on it included. */
  g_assert_cmpuint (lw_decimate (series, &axis, columns, 4), ==, 2);
  g_assert_cmpuint (columns[0].end, ==, 1);
  g_assert_cmpuint (columns[1].begin, ==, 1);
  g_assert_cmpuint (columns[1].end, ==, 4);
  g_assert_cmpfloat (columns[1].first, ==, 6);
  g_assert_cmpfloat (columns[1].last, ==, 8);

  g_assert_cmpuint (lw_decimate (NULL, &axis, columns, 4), ==, 0);
  g_assert_cmpuint (lw_decimate (series, &axis, columns, 0), ==, 0);
  axis.range = (LwRange){ 10, 20 };
  g_assert_cmpuint (lw_decimate (series, &axis, columns, 4), ==, 2);
  g_assert_true (columns[0].begin == columns[0].end && columns[1].begin == columns[1].end);
  lw_series_unref (series);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/decimate/against-scan", test_against_scan);
  g_test_add_func ("/decimate/edges", test_edges);
  return g_test_run ();
}
