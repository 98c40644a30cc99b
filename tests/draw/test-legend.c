/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-figure.h"

#include <math.h>

static const double width = 500, height = 300;

/* A curve that leaves the corners in @mask free (bits: top right, top left, bottom right, bottom left). */
static LwFigure *
curve (guint mask)
{
  LwFigure *figure = lw_figure_new ("Corners");
  LwSeries *high = lw_series_new (), *low = lw_series_new ();

  for (int i = 0; i <= 100; i++)
    {
      gboolean right = i > 45, left = i < 55;

      g_assert_cmpint (lw_series_append (high, i, (right && mask & 1) || (left && mask & 2) ? 0.3 : 1), ==, LW_OK);
      g_assert_cmpint (lw_series_append (low, i, (right && mask & 4) || (left && mask & 8) ? 0.2 : -0.5), ==, LW_OK);
    }
  lw_figure_set_y_range (figure, (LwRange){ -0.6, 1.2 });
  lw_figure_add_line (figure, high, NULL, "High");
  lw_figure_add_line (figure, low, NULL, "Low");
  lw_series_unref (high);
  lw_series_unref (low);
  return figure;
}

static void
test_corners (void)
{
  for (guint mask = 0; mask < 16; mask++)
    {
      g_autoptr (LwFigure) figure = curve (mask);
      LwFigureLayout l;
      double middle_x, middle_y;

      lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), 0, &l);
      g_test_message ("mask %u: %s at %g, %g", mask, l.legend_inside ? "inside" : "above", l.legend.x, l.legend.y);
      g_assert_cmpfloat (l.legend.width, >, 0);
      g_assert_cmpint (l.legend_inside, ==, mask != 0);
      if (mask == 0)
        {
          g_assert_cmpfloat (l.legend.y + l.legend.height, <=, l.top);
          continue;
        }
      middle_x = l.legend.x + l.legend.width / 2 < 0.5 * (l.left + l.right) ? 1 : 0;
      middle_y = l.legend.y + l.legend.height / 2 < 0.5 * (l.top + l.bottom) ? 0 : 2;
      g_assert_cmpuint (mask & 1u << (guint) (middle_x + middle_y), !=, 0);
      g_assert_cmpfloat (l.legend.x, >=, l.left);
      g_assert_cmpfloat (l.legend.x + l.legend.width, <=, l.right);
      g_assert_cmpfloat (l.legend.y, >=, l.top);
      g_assert_cmpfloat (l.legend.y + l.legend.height, <=, l.bottom);
    }
}

/* It stays where it is while the view moves, and never chases live data. */
static void
test_stays (void)
{
  g_autoptr (LwFigure) figure = curve (8);
  LwFigureLayout at_rest, l;

  lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), 0, &at_rest);
  lw_figure_set_view (figure, (LwRange){ 60, 61 }, (LwRange){ -0.1, 0.2 });
  lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), at_rest.left, &l);
  g_assert_true (l.legend_inside);
  g_assert_cmpfloat_with_epsilon (l.legend.x - l.left, at_rest.legend.x - at_rest.left, 24);
  lw_figure_set_x_follow (figure, 10);
  lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), 0, &l);
  g_assert_false (l.legend_inside);
}

static void
test_nothing_to_explain (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new ("Alone");
  const double x[] = { 0, 1 };
  LwLayer *line = lw_figure_add_line_xy (figure, x, x, 2, NULL, NULL);
  LwFigureLayout l;

  lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), 0, &l);
  g_assert_cmpfloat (l.legend.width, ==, 0);
  lw_layer_set_name (line, "Named");
  lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), 0, &l);
  g_assert_cmpfloat (l.legend.width, >, 0);
  lw_layer_set_visible (line, FALSE);
  lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), 0, &l);
  g_assert_cmpfloat (l.legend.width, ==, 0);
  lw_layer_set_visible (line, TRUE);
  lw_figure_set_legend_visible (figure, FALSE);
  lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), 0, &l);
  g_assert_cmpfloat (l.legend.width, ==, 0);
}

/* A legend elsewhere lists the same layers, bands first, though the figure's own is hidden, and draws a sample of each. */
static void
test_list (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  const double x[] = { 0, 1 }, y[] = { 0, 1 };
  LwLayer *line = lw_figure_add_line_xy (figure, x, y, 2, NULL, "Mean");
  LwLayer *band = lw_figure_add_band (figure, x, y, y, 2, NULL, "±2 σ", 3, "runs");
  g_autoptr (GPtrArray) layers = NULL;

  lw_figure_add_line_xy (figure, x, y, 2, NULL, NULL);
  lw_figure_add_mark (figure, 0.5, NULL, "Mark");
  lw_figure_set_legend_visible (figure, FALSE);
  layers = lw_figure_list_legend (figure);
  g_assert_cmpuint (layers->len, ==, 2);
  g_assert_true (g_ptr_array_index (layers, 0) == band);
  g_assert_true (g_ptr_array_index (layers, 1) == line);
  for (guint i = 0; i < layers->len; i++)
    {
      cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, 28, 14);
      cairo_t *cr = cairo_create (surface);
      guint painted = 0;

      lw_figure_draw_sample (g_ptr_array_index (layers, i), cr, 28, 14, lw_theme_get (LW_THEME_LIGHT));
      cairo_destroy (cr);
      cairo_surface_flush (surface);
      for (int row = 0; row < 14; row++)
        for (int column = 0; column < 28; column++)
          painted += ((guint32 *) (gpointer) (cairo_image_surface_get_data (surface) + row * cairo_image_surface_get_stride (surface)))[column] != 0;
      g_assert_cmpuint (painted, >, 15);
      g_assert_cmpuint (painted, <, 28 * 14);
      cairo_surface_destroy (surface);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/legend/corners", test_corners);
  g_test_add_func ("/legend/stays", test_stays);
  g_test_add_func ("/legend/nothing-to-explain", test_nothing_to_explain);
  g_test_add_func ("/legend/list", test_list);
  return g_test_run ();
}
