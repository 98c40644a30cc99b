/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-range.h"

#include <glib.h>
#include <math.h>

static void
test_empty (void)
{
  LwRange none = lw_range_empty (), some = { 2, 3 };

  g_assert_true (lw_range_is_empty (none));
  g_assert_true (lw_range_is_empty ((LwRange){ NAN, 1 }));
  g_assert_false (lw_range_is_empty ((LwRange){ 1, 1 }));
  g_assert_true (lw_range_equal (lw_range_union (none, some), some));
  g_assert_true (lw_range_equal (lw_range_union (some, none), some));
  g_assert_true (lw_range_equal (lw_range_include (some, NAN), some));
  g_assert_true (lw_range_equal (lw_range_include (some, INFINITY), some));
  g_assert_true (lw_range_equal (lw_range_include (none, -4), (LwRange){ -4, -4 }));
}

static void
test_drawable (void)
{
  const LwRange bad[] = { { INFINITY, -INFINITY }, { NAN, NAN }, { 0, INFINITY }, { -1e308, 1e308 } };
  const double constants[] = { 0, 1, -3, 1e-12, 1e12, 1e300 };

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_true (lw_range_equal (lw_range_drawable (bad[i]), (LwRange){ 0, 1 }));
  for (size_t i = 0; i < G_N_ELEMENTS (constants); i++)
    {
      LwRange r = lw_range_drawable ((LwRange){ constants[i], constants[i] });

      g_assert_cmpfloat (r.min, <, constants[i]);
      g_assert_cmpfloat (r.max, >, constants[i]);
      g_assert_cmpfloat_with_epsilon (0.5 * r.min + 0.5 * r.max, constants[i], 1e-15 * fabs (constants[i]) + 1e-300);
    }
  g_assert_true (lw_range_equal (lw_range_drawable ((LwRange){ 1, 1.5 }), (LwRange){ 1, 1.5 }));
}

static void
test_zoom (void)
{
  LwRange r = { 0, 10 }, z = lw_range_zoom (r, 4, 2, lw_range_empty ());

  g_assert_cmpfloat_with_epsilon (z.min, 2, 1e-15);
  g_assert_cmpfloat_with_epsilon (z.max, 7, 1e-15);
  z = lw_range_zoom (z, 4, 0.5, lw_range_empty ());
  g_assert_cmpfloat_with_epsilon (z.min, 0, 1e-14);
  g_assert_cmpfloat_with_epsilon (z.max, 10, 1e-14);

  /* Never wider than the limit, never thinner than doubles allow, deaf to nonsense. */
  g_assert_true (lw_range_equal (lw_range_zoom (r, 5, 0.01, (LwRange){ -1, 11 }), (LwRange){ -1, 11 }));
  for (int i = 0; i < 200; i++)
    r = lw_range_zoom (r, 3, 2, lw_range_empty ());
  g_assert_cmpfloat (r.max - r.min, >, 3e-9);
  g_assert_cmpfloat (r.max - r.min, <, 1.3e-8);
  g_assert_true (lw_range_equal (lw_range_zoom (r, 3, 0, lw_range_empty ()), r));
  g_assert_true (lw_range_equal (lw_range_zoom (r, 3, NAN, lw_range_empty ()), r));
}

static void
test_pan (void)
{
  LwRange limit = { 0, 10 };

  g_assert_true (lw_range_equal (lw_range_pan ((LwRange){ 1, 2 }, 3), (LwRange){ 4, 5 }));
  g_assert_true (lw_range_equal (lw_range_confine ((LwRange){ -2, 1 }, limit), (LwRange){ 0, 3 }));
  g_assert_true (lw_range_equal (lw_range_confine ((LwRange){ 9, 12 }, limit), (LwRange){ 7, 10 }));
  g_assert_true (lw_range_equal (lw_range_confine ((LwRange){ 3, 4 }, limit), (LwRange){ 3, 4 }));
  g_assert_true (lw_range_equal (lw_range_confine ((LwRange){ -5, 50 }, limit), limit));
  g_assert_true (lw_range_equal (lw_range_confine ((LwRange){ -5, 50 }, lw_range_empty ()), (LwRange){ -5, 50 }));
  g_assert_true (lw_range_equal (lw_range_pad ((LwRange){ 0, 10 }, 0.1), (LwRange){ -1, 11 }));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/range/empty", test_empty);
  g_test_add_func ("/range/drawable", test_drawable);
  g_test_add_func ("/range/zoom", test_zoom);
  g_test_add_func ("/range/pan", test_pan);
  return g_test_run ();
}
