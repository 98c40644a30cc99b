/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-layer-private.h"

#include <math.h>

static void
count_cb (LwFigure *figure, guint *count)
{
  ++*count;
}

static void
test_categories (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  const double x[] = { 0, 1 }, y[] = { 0, 1 };
  const LwStyle solid = lw_style_solid (5), muted = lw_style_ink (LW_INK_MUTED);
  LwLayer *band = lw_figure_add_band (figure, x, y, y, 2, NULL, "±2 σ", 3, "runs");
  LwLayer *first = lw_figure_add_line_xy (figure, x, y, 2, NULL, "a"), *second = lw_figure_add_line_xy (figure, x, y, 2, NULL, "b");
  LwLayer *third = lw_figure_add_line_xy (figure, x, y, 2, &solid, "c"), *fourth = lw_figure_add_line_xy (figure, x, y, 2, &muted, "d");

  /* A band goes with the line after it; automatic lines count on and differ in dash. */
  g_assert_cmpuint (band->category, ==, first->category);
  g_assert_cmpuint (second->category, ==, first->category + 1);
  g_assert_cmpint (lw_layer_dash (first), !=, lw_layer_dash (second));
  g_assert_cmpint (lw_layer_shape (first), !=, lw_layer_shape (second));
  g_assert_cmpuint (third->category, ==, 5);
  g_assert_cmpint (lw_layer_dash (third), ==, LW_DASH_SOLID);
  g_assert_cmpint (lw_layer_dash (fourth), ==, LW_DASH_SOLID);
  g_assert_cmpstr (lw_layer_get_name (band), ==, "±2 σ over 3 runs");
}

static void
test_extents (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  const double x[] = { 1, 2, 3 }, low[] = { -1, -2, NAN }, high[] = { 4, 5, 6 }, mean[2] = { 1, 2 }, cov[4] = { 4, 0, 0, 9 };
  LwSeries *parts[2] = { lw_series_new_from (x, high, 3), lw_series_new_from (x, high, 3) };
  LwLayer *band = lw_figure_add_band (figure, x, low, high, 3, NULL, "s", 1, "w");
  LwLayer *ellipse = lw_figure_add_ellipse (figure, mean, cov, 2, NULL, NULL);
  LwLayer *bars = lw_figure_add_stack (figure, LW_STACK_BARS, parts, 2, NULL);
  LwLayer *grouped = lw_figure_add_stack (figure, LW_STACK_GROUPED, parts, 2, NULL);
  LwLayer *bound = lw_figure_add_bound (figure, 0.5, NULL, NULL), *mark = lw_figure_add_mark (figure, 7, NULL, NULL);
  LwRange all = lw_range_empty (), r;

  g_assert_true (lw_range_equal (lw_layer_y_extent (band, all), (LwRange){ -2, 6 }));
  g_assert_true (lw_range_equal (lw_layer_y_extent (band, (LwRange){ 1, 1.5 }), (LwRange){ -1, 4 }));
  r = lw_layer_x_extent (ellipse);
  g_assert_cmpfloat_with_epsilon (r.min, -3, 1e-12);
  g_assert_cmpfloat_with_epsilon (r.max, 5, 1e-12);
  r = lw_layer_y_extent (ellipse, all);
  g_assert_cmpfloat_with_epsilon (r.min, -4, 1e-12);
  g_assert_cmpfloat_with_epsilon (r.max, 8, 1e-12);
  g_assert_true (lw_range_equal (lw_layer_x_extent (bars), (LwRange){ 0.5, 3.5 }));
  g_assert_true (lw_range_equal (lw_layer_y_extent (bars, all), (LwRange){ 0, 12 }));
  g_assert_true (lw_range_equal (lw_layer_y_extent (grouped, all), (LwRange){ 0, 6 }));
  g_assert_true (lw_range_equal (lw_layer_y_extent (bound, all), (LwRange){ 0.5, 0.5 }));
  g_assert_true (lw_range_is_empty (lw_layer_x_extent (bound)));
  g_assert_true (lw_range_equal (lw_layer_x_extent (mark), (LwRange){ 7, 7 }));

  /* A covariance that is none draws nothing and reaches nowhere. */
  lw_layer_set_ellipse (ellipse, mean, (const double[]){ 1, 2, 2, 1 }, 2);
  g_assert_true (lw_range_is_empty (lw_layer_x_extent (ellipse)));
  lw_series_unref (parts[0]);
  lw_series_unref (parts[1]);
}

static void
test_setters (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  LwSeries *series = lw_series_new ();
  LwLayer *line = lw_figure_add_line (figure, NULL, NULL, "a"), *bound = lw_figure_add_bound (figure, NAN, NULL, "b");
  guint count = 0;

  g_signal_connect (figure, "changed", G_CALLBACK (count_cb), &count);
  lw_layer_set_name (line, "a");
  lw_layer_set_visible (line, TRUE);
  lw_layer_set_series (line, NULL);
  g_assert_cmpuint (count, ==, 0);
  lw_layer_set_name (line, "z");
  lw_layer_set_visible (line, FALSE);
  lw_layer_set_series (line, series);
  lw_layer_set_value (bound, 3);
  g_assert_cmpuint (count, ==, 4);
  g_assert_cmpstr (lw_layer_get_name (line), ==, "z");
  g_assert_false (lw_layer_get_visible (line));
  g_assert_true (lw_layer_get_series (line) == series);
  lw_series_unref (series);
}

/* A live curve that stays within the ranges moves alone; one that leaves them moves all. */
static void
test_live (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  const double x[] = { 0, 1, 2 }, wide[] = { -1, 0, 1 }, narrow[] = { 0.5, 0.2, 0.1 }, beyond[] = { 0, 3, 0 };
  LwLayer *live;
  LwSeries *series;
  guint changed = 0, moved = 0;

  lw_figure_add_line_xy (figure, x, wide, 3, NULL, "all");
  live = lw_figure_add_line (figure, NULL, NULL, "live");
  lw_layer_set_live (live, TRUE);
  g_signal_connect (figure, "changed", G_CALLBACK (count_cb), &changed);
  g_signal_connect (figure, "cursor-changed", G_CALLBACK (count_cb), &moved);

  series = lw_series_new_from (x, narrow, 3);
  lw_layer_set_series (live, series);
  lw_series_unref (series);
  g_assert_cmpuint (changed, ==, 0);
  g_assert_cmpuint (moved, ==, 1);

  series = lw_series_new_from (x, beyond, 3);
  lw_layer_set_series (live, series);
  lw_series_unref (series);
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpuint (moved, ==, 1);

  lw_figure_freeze (figure);
  lw_layer_set_series (live, NULL);
  series = lw_series_new_from (x, narrow, 3);
  lw_layer_set_series (live, series);
  lw_series_unref (series);
  g_assert_cmpuint (changed + moved, ==, 2);
  lw_figure_thaw (figure);
  g_assert_cmpuint (changed, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/layer/categories", test_categories);
  g_test_add_func ("/layer/extents", test_extents);
  g_test_add_func ("/layer/setters", test_setters);
  g_test_add_func ("/layer/live", test_live);
  return g_test_run ();
}
