/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-figure-private.h"

#include <math.h>

static void
count_cb (LwFigure *figure, guint *count)
{
  ++*count;
}

static void
test_signals (void)
{
  LwFigure *figure = lw_figure_new ("a");
  guint changed = 0, moved = 0;

  g_signal_connect (figure, "changed", G_CALLBACK (count_cb), &changed);
  g_signal_connect (figure, "cursor-changed", G_CALLBACK (count_cb), &moved);

  lw_figure_set_title (figure, "a");
  lw_figure_set_view (figure, lw_range_empty (), lw_range_empty ());
  lw_figure_set_cursor (figure, NAN);
  g_assert_cmpuint (changed + moved, ==, 0);
  lw_figure_set_title (figure, "b");
  g_assert_cmpuint (changed, ==, 1);
  lw_figure_set_cursor (figure, 1);
  lw_figure_set_cursor (figure, 1);
  lw_figure_set_anchor (figure, 2);
  g_assert_cmpuint (moved, ==, 2);
  g_assert_cmpuint (changed, ==, 1);

  /* Held back, then once; nothing when nothing happened. */
  lw_figure_freeze (figure);
  lw_figure_freeze (figure);
  lw_figure_set_x_axis (figure, "Time", LW_UNIT_SECOND);
  lw_figure_set_y_axis (figure, "Position", LW_UNIT_DEGREE);
  lw_figure_thaw (figure);
  g_assert_cmpuint (changed, ==, 1);
  lw_figure_thaw (figure);
  g_assert_cmpuint (changed, ==, 2);
  lw_figure_freeze (figure);
  lw_figure_thaw (figure);
  g_assert_cmpuint (changed, ==, 2);
  lw_figure_set_y_axis (figure, "Position", LW_UNIT_METRE);
  g_assert_cmpuint (changed, ==, 3);

  g_assert_finalize_object (figure);
}

/* Series outlive or not as their references say; a removed layer is gone. */
static void
test_ownership (void)
{
  LwFigure *figure = lw_figure_new (NULL);
  LwSeries *series = lw_series_new ();
  LwLayer *line = lw_figure_add_line (figure, series, NULL, NULL);

  lw_figure_add_line (figure, series, NULL, NULL);
  g_assert_cmpint (lw_series_append (series, 0, 1), ==, LW_OK);
  lw_figure_remove (figure, line);
  g_assert_cmpuint (figure->layers->len, ==, 1);
  g_assert_true (lw_figure_has_data (figure));
  lw_figure_clear (figure);
  g_assert_false (lw_figure_has_data (figure));
  g_assert_cmpuint (lw_series_n (series), ==, 1);
  lw_series_unref (series);
  g_assert_finalize_object (figure);
}

static void
test_groups (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  const double x[] = { 0, 1, 2, 3 }, y[] = { 4, 5, 6, 7 }, certainty[] = { 1, 0.5, 2, -1 };
  const guint group[] = { 2, 0, 2, 0 };
  guint changed = 0;

  g_signal_connect (figure, "changed", G_CALLBACK (count_cb), &changed);
  lw_figure_add_groups (figure, x, y, group, certainty, 4, 3, "Component");
  g_assert_cmpuint (changed, ==, 1);
  g_assert_cmpuint (figure->layers->len, ==, 2);

  const LwLayer *first = g_ptr_array_index (figure->layers, 0), *second = g_ptr_array_index (figure->layers, 1);

  g_assert_cmpstr (first->name, ==, "Component 1");
  g_assert_cmpstr (second->name, ==, "Component 3");
  g_assert_cmpuint (second->category, ==, 2);
  g_assert_cmpuint (lw_series_n (second->series), ==, 2);
  g_assert_cmpfloat (lw_series_y (second->series)[1], ==, 6);
  g_assert_cmpfloat (first->certainty[0], ==, 0.5);
  g_assert_cmpfloat (first->certainty[1], ==, 0);
  g_assert_cmpfloat (second->certainty[1], ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure/signals", test_signals);
  g_test_add_func ("/figure/ownership", test_ownership);
  g_test_add_func ("/figure/groups", test_groups);
  return g_test_run ();
}
