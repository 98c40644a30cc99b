/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-joined-bounds.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"

static void
test_one (void)
{
  static const double divergence[] = { 0, 0.1, 0.2, 3e5 };

  for (size_t i = 0; i < G_N_ELEMENTS (divergence); i++) {
    const double values[3] = { 7, divergence[i], 9 }, bounds[3] = { INFINITY, 0.2, INFINITY };
    double slope[3];
    lw_fill_nan (slope, 3);
    lw_assert_close (lw_joined_bounds (3, values, bounds, slope), divergence[i] / 0.2, 1e-15, 0);
    g_assert_true (slope[0] == 0 && slope[2] == 0);
    lw_assert_close (slope[1], divergence[i] > 0 ? 5 : 0, 1e-14, 0);
  }
}

/* The 12-norm: as far inside as the header says where all meet, and its derivative by differences. */
static void
test_many (void)
{
  const double bounds[4] = { 0.2, 3, 0.01, 50 };
  double values[4] = { 0.1, 2.9, 0.009, 20 }, slope[4], sum = 0;

  for (size_t b = 0; b < 4; b++)
    sum += pow (values[b] / bounds[b], 12);
  lw_assert_close (lw_joined_bounds (4, values, bounds, slope), pow (sum, 1 / 12.0), 1e-14, 0);
  for (size_t b = 0; b < 4; b++) {
    double step = 1e-5 * bounds[b], keep = values[b], side[2];
    for (int s = 0; s < 2; s++) {
      values[b] = keep + (s == 0 ? -step : step);
      side[s] = lw_joined_bounds (4, values, bounds, NULL);
    }
    values[b] = keep;
    lw_assert_close (slope[b], (side[1] - side[0]) / (2 * step), 1e-6, 1e-9);
  }
  for (size_t n = 1; n <= 4; n++) { /* each at its bound: how far outside the norm says it is */
    double at_bound = lw_joined_bounds (n, bounds, bounds, NULL);
    lw_assert_close (at_bound, pow ((double) n, 1 / 12.0), 1e-14, 0);
    g_assert_cmpfloat (1 - 1 / at_bound, <, n <= 2 ? 0.06 : 0.11);
  }
}

static void
test_extremes (void)
{
  const double bounds[2] = { 0.2, 0.3 }, tiny[2] = { 1e-200, 1e-210 }, none[2] = { 0, -1e-17 }, bad[2] = { 0.1, (double) NAN },
               infinite[2] = { 0.1, INFINITY }, off[2] = { 0.2, INFINITY };
  double slope[2];

  lw_assert_close (lw_joined_bounds (2, tiny, bounds, slope), 5e-200, 1e-12, 0);
  g_assert_true (isfinite (slope[0]) && isfinite (slope[1]));
  g_assert_cmpfloat (lw_joined_bounds (2, none, bounds, slope), ==, 0);
  g_assert_true (slope[0] == 0 && slope[1] == 0);
  g_assert_true (isnan (lw_joined_bounds (2, bad, bounds, slope)) && isnan (lw_joined_bounds (2, infinite, bounds, slope)));
  lw_assert_close (lw_joined_bounds (2, bad, off, slope), 0.5, 1e-15, 0); /* nobody asks for what is off */
}

static void
test_hold (void)
{
  const double bounds[2] = { 0.2, INFINITY };

  g_assert_true (lw_bounds_hold (2, (const double[]){ 0.2, 1e300 }, bounds));
  g_assert_true (lw_bounds_hold (2, (const double[]){ 0.2 * (1 + 0.9 * LW_BOUND_SLACK), 0 }, bounds));
  g_assert_false (lw_bounds_hold (2, (const double[]){ 0.2 * (1 + 1.1 * LW_BOUND_SLACK), 0 }, bounds));
  g_assert_false (lw_bounds_hold (2, (const double[]){ (double) NAN, 0 }, bounds));
  g_assert_false (lw_bounds_hold (2, (const double[]){ 0, (double) NAN }, bounds));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/joined-bounds/one", test_one);
  g_test_add_func ("/joined-bounds/many", test_many);
  g_test_add_func ("/joined-bounds/extremes", test_extremes);
  g_test_add_func ("/joined-bounds/hold", test_hold);
  return g_test_run ();
}
