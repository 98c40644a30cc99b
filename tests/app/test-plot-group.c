/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <adwaita.h>

#include "lw-plot-private.h"

#include <math.h>

static LwFigure *
ramp (double from, double to, double height)
{
  LwFigure *figure = lw_figure_new ("Ramp");
  const double x[] = { from, to }, y[] = { 0, height };

  lw_figure_set_y_axis (figure, "Height", LW_UNIT_NONE);
  lw_figure_add_line_xy (figure, x, y, 2, NULL, "Ramp");
  return figure;
}

static LwRange
home_x (LwFigure *figure)
{
  LwRange x, y;

  lw_figure_get_home (figure, &x, &y);
  return x;
}

static void
test_range_at_rest (void)
{
  g_autoptr (LwPlotGroup) group = lw_plot_group_new ();
  g_autoptr (LwFigure) a = ramp (0, 4, 1), b = ramp (2, 9, 1);
  LwPlot *first = g_object_ref_sink (LW_PLOT (lw_plot_new (a))), *second = g_object_ref_sink (LW_PLOT (lw_plot_new (b)));
  const double x[] = { -3, 0 };

  lw_plot_group_add (group, first);
  g_assert_true (lw_range_equal (home_x (a), (LwRange){ 0, 4 }));
  lw_plot_group_add (group, second);
  g_assert_true (lw_range_equal (home_x (a), (LwRange){ 0, 9 }));
  g_assert_true (lw_range_equal (home_x (b), (LwRange){ 0, 9 }));

  /* One grows and shrinks: all follow. */
  LwLayer *more = lw_figure_add_line_xy (b, x, x, 2, NULL, NULL);

  g_assert_true (lw_range_equal (home_x (a), (LwRange){ -3, 9 }));
  lw_figure_remove (b, more);
  g_assert_true (lw_range_equal (home_x (a), (LwRange){ 0, 9 }));

  /* One leaves by being destroyed. */
  g_assert_finalize_object (second);
  g_assert_true (lw_range_equal (home_x (a), (LwRange){ 0, 4 }));
  g_assert_true (lw_range_equal (home_x (b), (LwRange){ 2, 9 }));
  lw_plot_group_remove (group, first);
  g_assert_null (first->group);
  g_assert_finalize_object (first);
}

static void
test_view_and_cursor (void)
{
  LwPlotGroup *group = lw_plot_group_new ();
  g_autoptr (LwFigure) a = ramp (0, 4, 1), b = ramp (2, 9, 1);
  LwPlot *first = g_object_ref_sink (LW_PLOT (lw_plot_new (a))), *second = g_object_ref_sink (LW_PLOT (lw_plot_new (b)));
  LwRange x, y;

  lw_plot_group_add (group, first);
  lw_plot_group_add (group, second);
  lw_plot_set_view_x (first, (LwRange){ 1, 2 });
  lw_figure_get_view (b, &x, &y);
  g_assert_true (lw_range_equal (x, (LwRange){ 1, 2 }));
  g_assert_true (lw_range_is_empty (y));
  lw_plot_set_cursor (second, 1.5);
  lw_plot_set_anchor (second, 1.25);
  g_assert_cmpfloat (lw_figure_get_cursor (a), ==, 1.5);
  g_assert_cmpfloat (lw_figure_get_anchor (a), ==, 1.25);
  lw_plot_reset_view (second);
  lw_figure_get_view (a, &x, &y);
  g_assert_true (lw_range_is_empty (x));
  g_assert_true (isnan (lw_figure_get_anchor (a)));

  /* The group may go first. */
  g_assert_finalize_object (group);
  g_assert_null (first->group);
  g_assert_true (lw_range_equal (home_x (b), (LwRange){ 2, 9 }));
  g_assert_finalize_object (first);
  g_assert_finalize_object (second);
}

static gboolean
aligned (LwPlot *first, LwPlot *second)
{
  return !first->stale && !second->stale && first->layout.left == second->layout.left;
}

/* Plots one above the other start at the same left edge, that of the one with the widest labels. */
static void
test_left_edge (void)
{
  g_autoptr (LwPlotGroup) group = lw_plot_group_new ();
  g_autoptr (LwFigure) narrow = ramp (0, 1, 5), wide = ramp (0, 1, 54321);
  GtkWidget *first = lw_plot_new (narrow), *second = lw_plot_new (wide);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0), *window = gtk_window_new ();
  gint64 end = g_get_monotonic_time () + 5 * G_USEC_PER_SEC;

  lw_plot_group_add (group, LW_PLOT (first));
  lw_plot_group_add (group, LW_PLOT (second));
  gtk_box_append (GTK_BOX (box), first);
  gtk_box_append (GTK_BOX (box), second);
  gtk_window_set_child (GTK_WINDOW (window), box);
  gtk_window_present (GTK_WINDOW (window));
  while (!aligned (LW_PLOT (first), LW_PLOT (second)))
    {
      g_assert_cmpint (g_get_monotonic_time (), <, end);
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpfloat (LW_PLOT (first)->own_left, <, LW_PLOT (second)->own_left);
  g_assert_cmpfloat (LW_PLOT (first)->layout.left, ==, LW_PLOT (second)->own_left);
  gtk_window_destroy (GTK_WINDOW (window));
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  adw_init ();
  g_test_add_func ("/plot-group/range-at-rest", test_range_at_rest);
  g_test_add_func ("/plot-group/view-and-cursor", test_view_and_cursor);
  g_test_add_func ("/plot-group/left-edge", test_left_edge);
  return g_test_run ();
}
