/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-figure-private.h"
#include "lw-sample-figures.h"

#include <math.h>

static const double sizes[][2] = { { 160, 96 }, { 300, 160 }, { 500, 300 }, { 1000, 400 } };

static LwFigure *
ramp (double seconds)
{
  LwFigure *figure = lw_figure_new ("Ramp");
  LwSeries *series = lw_series_new ();

  for (int i = 0; i <= 100; i++)
    g_assert_cmpint (lw_series_append (series, seconds * i / 100, i), ==, LW_OK);
  lw_figure_add_line (figure, series, NULL, NULL);
  lw_series_unref (series);
  return figure;
}

static void
test_home (void)
{
  g_autoptr (LwFigure) figure = ramp (20);
  LwRange x, y;

  lw_figure_get_home (figure, &x, &y);
  g_assert_true (lw_range_equal (x, (LwRange){ 0, 20 }));
  g_assert_true (lw_range_equal (y, (LwRange){ 0, 100 }));

  /* Following looks at the last ten seconds, in y as well. */
  lw_figure_set_x_follow (figure, 10);
  lw_figure_get_home (figure, &x, &y);
  g_assert_true (lw_range_equal (x, (LwRange){ 10, 20 }));
  g_assert_true (lw_range_equal (y, (LwRange){ 50, 100 }));
  lw_figure_set_x_follow (figure, 50);
  lw_figure_get_home (figure, &x, &y);
  g_assert_true (lw_range_equal (x, (LwRange){ 0, 50 }));
  lw_figure_set_x_follow (figure, 0);

  /* Either end can be fixed. */
  lw_figure_set_y_range (figure, (LwRange){ -50, NAN });
  lw_figure_get_home (figure, &x, &y);
  g_assert_true (lw_range_equal (y, (LwRange){ -50, 100 }));
  lw_figure_set_y_range (figure, (LwRange){ NAN, 40 });
  lw_figure_get_home (figure, &x, &y);
  g_assert_true (lw_range_equal (y, (LwRange){ 0, 40 }));
  lw_figure_set_y_range (figure, (LwRange){ 200, NAN });
  lw_figure_get_home (figure, &x, &y);
  g_assert_true (lw_range_equal (y, (LwRange){ 200, 201 }));
  lw_figure_set_y_range (figure, lw_range_empty ());

  lw_figure_set_y_least (figure, 300);
  lw_figure_get_home (figure, &x, &y);
  g_assert_true (lw_range_equal (y, (LwRange){ -100, 200 }));
  lw_figure_set_linked_x (figure, (LwRange){ -5, 3 });
  lw_figure_get_home (figure, &x, &y);
  g_assert_true (lw_range_equal (x, (LwRange){ -5, 20 }));
  g_assert_true (lw_range_equal (lw_figure_get_x_extent (figure), (LwRange){ 0, 20 }));
}

static void
test_counts (void)
{
  g_autoptr (LwFigure) figure = ramp (1);
  const double x[] = { 5, 6 }, y[] = { 500, 600 };
  LwLayer *far = lw_figure_add_line_xy (figure, x, y, 2, NULL, NULL);
  LwRange home_x, home_y;

  lw_figure_get_home (figure, &home_x, &home_y);
  g_assert_cmpfloat (home_y.max, ==, 600);
  lw_layer_set_counts (far, FALSE);
  lw_figure_get_home (figure, &home_x, &home_y);
  g_assert_cmpfloat (home_y.max, ==, 100);
  lw_layer_set_counts (far, TRUE);
  lw_layer_set_visible (far, FALSE);
  lw_figure_get_home (figure, &home_x, &home_y);
  g_assert_cmpfloat (home_x.max, ==, 1);
}

/* All samples at all sizes: the plot area lies inside, is most of the surface when that is not tiny, holds the data. */
static void
test_samples (void)
{
  for (size_t i = 0; i < lw_n_sample_figures; i++)
    for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
      {
        g_autoptr (LwFigure) figure = lw_sample_figures[i].create ();
        double width = sizes[s][0], height = sizes[s][1];
        LwFigureLayout l;
        LwRange x, y;

        lw_figure_layout (figure, width, height, lw_theme_get (LW_THEME_LIGHT), 0, &l);
        lw_figure_get_home (figure, &x, &y);
        g_test_message ("%s %g × %g: %g %g %g %g", lw_sample_figures[i].name, width, height, l.left, l.top, l.right, l.bottom);
        g_assert_cmpfloat (l.left, >, 0);
        g_assert_cmpfloat (l.right, <, width);
        g_assert_cmpfloat (l.top, >, 0);
        g_assert_cmpfloat (l.bottom, <, height);
        g_assert_cmpfloat (l.bottom - l.top, >, s == 0 ? 24 : 0.4 * height);
        g_assert_cmpfloat (l.right - l.left, >, s == 0 ? 60 : 0.75 * width);
        if (lw_range_is_empty (x))
          continue;
        g_assert_cmpfloat (l.x.range.min, <=, x.min);
        g_assert_cmpfloat (l.x.range.max, >=, x.max);
        g_assert_cmpfloat (l.y.range.min, <=, y.min + 1e-12);
        g_assert_cmpfloat (l.y.range.max, >=, y.max - 1e-12);
      }
}

static void
test_equal_aspect (void)
{
  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      g_autoptr (LwFigure) figure = ramp (20);
      LwFigureLayout l;

      lw_figure_set_equal_aspect (figure, TRUE);
      lw_figure_layout (figure, sizes[s][0], sizes[s][1], lw_theme_get (LW_THEME_DARK), 0, &l);
      g_assert_cmpfloat_with_epsilon ((l.x.range.max - l.x.range.min) / (l.right - l.left),
                                      (l.y.range.max - l.y.range.min) / (l.bottom - l.top), 1e-9);
    }
}

static void
test_view (void)
{
  g_autoptr (LwFigure) figure = ramp (20);
  LwFigureLayout at_rest, l;

  lw_figure_layout (figure, 500, 300, lw_theme_get (LW_THEME_LIGHT), 0, &at_rest);
  lw_figure_set_view (figure, (LwRange){ 3, 4 }, lw_range_empty ());
  lw_figure_layout (figure, 500, 300, lw_theme_get (LW_THEME_LIGHT), 0, &l);
  /* x as asked; y keeps its own range. */
  g_assert_true (lw_range_equal (l.x.range, (LwRange){ 3, 4 }));
  g_assert_true (lw_range_equal (l.y.range, at_rest.y.range));
  lw_figure_set_view (figure, (LwRange){ 3, 4 }, (LwRange){ 20, 21 });
  lw_figure_layout (figure, 500, 300, lw_theme_get (LW_THEME_LIGHT), 80, &l);
  g_assert_true (lw_range_equal (l.y.range, (LwRange){ 20, 21 }));
  g_assert_cmpfloat (l.left, ==, 80);
  g_assert_cmpfloat (lw_figure_left_margin (figure, 500, 300, lw_theme_get (LW_THEME_LIGHT)), <, 80);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure-layout/home", test_home);
  g_test_add_func ("/figure-layout/counts", test_counts);
  g_test_add_func ("/figure-layout/samples", test_samples);
  g_test_add_func ("/figure-layout/equal-aspect", test_equal_aspect);
  g_test_add_func ("/figure-layout/view", test_view);
  return g_test_run ();
}
