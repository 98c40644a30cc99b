/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-series.h"

#include <glib.h>
#include <math.h>

static LwRange
naive (const double *y, size_t begin, size_t end)
{
  LwRange r = lw_range_empty ();

  for (size_t i = begin; i < end; i++)
    if (isfinite (y[i]))
      r = lw_range_union (r, (LwRange){ y[i], y[i] });
  return r;
}

/* Sizes around every power of the fan-out, with gaps: the pyramid says what a scan says. */
static void
test_pyramid (void)
{
  const size_t sizes[] = { 1, 15, 16, 17, 255, 256, 257, 4095, 4096, 4097, 65537, 70000 };
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);

  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      LwSeries *series = lw_series_new ();
      size_t n = sizes[s];

      for (size_t i = 0; i < n; i++)
        g_assert_cmpint (lw_series_append (series, (double) i,
                                           g_rand_int_range (rand, 0, 20) ? g_rand_double_range (rand, -3, 3) : (double) NAN), ==, LW_OK);
      g_assert_cmpuint (lw_series_n (series), ==, n);
      g_assert_true (lw_range_equal (lw_series_y_range (series), naive (lw_series_y (series), 0, n)));
      for (int k = 0; k < 400; k++)
        {
          size_t a = (size_t) g_rand_int_range (rand, 0, (gint32) n + 1), b = (size_t) g_rand_int_range (rand, 0, (gint32) n + 1);

          g_assert_true (lw_range_equal (lw_series_y_range_between (series, MIN (a, b), MAX (a, b)),
                                         naive (lw_series_y (series), MIN (a, b), MAX (a, b))));
        }
      lw_series_unref (series);
    }
}

/* One spike in a million zeros is found from every stretch that holds it, and by none that does not. */
static void
test_spike (void)
{
  const size_t n = 1000000, spike = 654321;
  LwSeries *series = lw_series_new ();

  for (size_t i = 0; i < n; i++)
    g_assert_cmpint (lw_series_append (series, (double) i, i == spike ? 1 : 0), ==, LW_OK);
  for (size_t width = 1; width < n / 2; width = width * 3 + 1)
    {
      g_assert_cmpfloat (lw_series_y_range_between (series, spike + 1 - width, spike + 1).max, ==, 1);
      g_assert_cmpfloat (lw_series_y_range_between (series, spike, MIN (n, spike + width)).max, ==, 1);
      g_assert_cmpfloat (lw_series_y_range_between (series, spike - width, spike).max, ==, 0);
      g_assert_cmpfloat (lw_series_y_range_between (series, spike + 1, MIN (n, spike + 1 + width)).max, ==, 0);
    }
  lw_series_unref (series);
}

static void
test_clear_and_refill (void)
{
  LwSeries *series = lw_series_new ();
  guint64 stamp;

  for (int round = 0; round < 3; round++)
    {
      for (int i = 0; i < 300; i++)
        g_assert_cmpint (lw_series_append (series, i, round * 1000 + i), ==, LW_OK);
      g_assert_true (lw_range_equal (lw_series_y_range (series), (LwRange){ round * 1000, round * 1000 + 299 }));
      g_assert_true (lw_range_equal (lw_series_y_range_between (series, 0, 256), (LwRange){ round * 1000, round * 1000 + 255 }));
      stamp = lw_series_stamp (series);
      lw_series_clear (series);
      g_assert_cmpuint (lw_series_stamp (series), !=, stamp);
      g_assert_true (lw_range_is_empty (lw_series_y_range (series)));
      g_assert_true (lw_range_is_empty (lw_series_x_range (series)));
    }
  lw_series_unref (series);
}

static void
test_sample_and_hold (void)
{
  const double x[] = { 0, 1, 1, 2, 3 }, y[] = { 10, 11, 12, NAN, 13 };
  LwSeries *series = lw_series_new_from (x, y, 5);

  g_assert_true (isnan (lw_series_value_at (series, -0.1)));
  g_assert_cmpfloat (lw_series_value_at (series, 0), ==, 10);
  g_assert_cmpfloat (lw_series_value_at (series, 0.999), ==, 10);
  g_assert_cmpfloat (lw_series_value_at (series, 1), ==, 12);
  g_assert_true (isnan (lw_series_value_at (series, 2.5)));
  g_assert_cmpfloat (lw_series_value_at (series, 99), ==, 13);
  g_assert_true (isnan (lw_series_value_at (series, NAN)));
  g_assert_cmpuint (lw_series_lower_bound (series, 1), ==, 1);
  g_assert_cmpuint (lw_series_lower_bound (series, 3.1), ==, 5);
  lw_series_unref (series);
}

static void
test_refused (void)
{
  LwSeries *series = lw_series_new ();

  g_assert_cmpint (lw_series_append (series, NAN, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_series_append (series, INFINITY, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpuint (lw_series_n (series), ==, 0);
  g_assert_cmpint (lw_series_append (series, 1, INFINITY), ==, LW_OK);
  g_assert_true (isnan (lw_series_y (series)[0]));
  g_assert_true (lw_range_is_empty (lw_series_y_range (series)));
  g_assert_true (lw_series_is_sorted (series));
  g_assert_cmpint (lw_series_append (series, 0, 1), ==, LW_OK);
  g_assert_false (lw_series_is_sorted (series));
  g_assert_true (lw_range_equal (lw_series_x_range (series), (LwRange){ 0, 1 }));

  /* No series is an empty one. */
  g_assert_cmpuint (lw_series_n (NULL), ==, 0);
  g_assert_true (lw_range_is_empty (lw_series_y_range (NULL)));
  g_assert_true (isnan (lw_series_value_at (NULL, 1)));
  g_assert_cmpint (lw_series_append (NULL, 0, 0), ==, LW_ERR_MEMORY);
  lw_series_unref (NULL);

  g_assert_true (lw_series_ref (series) == series);
  lw_series_unref (series);
  g_assert_cmpuint (lw_series_n (series), ==, 2);
  lw_series_unref (series);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/series/pyramid", test_pyramid);
  g_test_add_func ("/series/spike", test_spike);
  g_test_add_func ("/series/clear-and-refill", test_clear_and_refill);
  g_test_add_func ("/series/sample-and-hold", test_sample_and_hold);
  g_test_add_func ("/series/refused", test_refused);
  return g_test_run ();
}
