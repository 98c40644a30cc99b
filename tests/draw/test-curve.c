/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-curve.h"

#include <math.h>

enum { WIDTH = 200, HEIGHT = 120 };

static LwFigureLayout
layout (double x_min, double x_max)
{
  LwFigureLayout l = { .left = 0, .right = WIDTH, .top = 0, .bottom = HEIGHT };

  l.x = (LwAxis){ .range = { x_min, x_max }, .pixel_min = 0, .pixel_max = WIDTH };
  l.y = (LwAxis){ .range = { -1, 1 }, .pixel_min = HEIGHT, .pixel_max = 0 };
  return l;
}

/* Rows of column @x that carry ink. */
static LwRange
ink (cairo_surface_t *surface, int x)
{
  const unsigned char *data = cairo_image_surface_get_data (surface);
  LwRange rows = lw_range_empty ();

  for (int y = 0; y < HEIGHT; y++)
    if (data[y * cairo_image_surface_get_stride (surface) + x] > 64)
      rows = lw_range_include (rows, y);
  return rows;
}

static cairo_surface_t *
stroke (const LwSeries *series, const LwFigureLayout *l)
{
  cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, WIDTH, HEIGHT);
  LwPainter painter;
  cairo_t *cr = cairo_create (surface);

  lw_painter_init (&painter, cr, lw_theme_get (LW_THEME_LIGHT));
  cairo_set_line_width (cr, 1.5);
  lw_curve_stroke (&painter, l, series);
  lw_painter_clear (&painter);
  cairo_destroy (cr);
  cairo_surface_flush (surface);
  return surface;
}

/* A hundred thousand points with one spike: it is drawn at its full height, wherever it falls. */
static void
test_spike (void)
{
  for (int spike = 137; spike < 100000; spike += 9973)
    {
      LwFigureLayout l = layout (0, 100000);
      LwSeries *series = lw_series_new ();
      cairo_surface_t *surface;
      int column = (int) (spike * (double) WIDTH / 100000);

      for (int i = 0; i < 100000; i++)
        g_assert_cmpint (lw_series_append (series, i, i == spike ? 0.9 : -0.5), ==, LW_OK);
      surface = stroke (series, &l);
      g_assert_cmpfloat_with_epsilon (ink (surface, column).min, 0.05 * HEIGHT, 1.5);
      g_assert_cmpfloat_with_epsilon (ink (surface, column).max, 0.75 * HEIGHT, 1.5);
      g_assert_cmpfloat (ink (surface, column < 100 ? column + 3 : column - 3).min, >, 0.7 * HEIGHT);
      cairo_surface_destroy (surface);
      lw_series_unref (series);
    }
}

/* Dense or sparse, a sine lies where it should in every column, without holes. */
static void
test_sine (void)
{
  const int sizes[] = { 150, 390, 410, 5000, 100000 };

  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      LwFigureLayout l = layout (0, 1);
      LwSeries *series = lw_series_new ();
      cairo_surface_t *surface;

      for (int i = 0; i <= sizes[s]; i++)
        g_assert_cmpint (lw_series_append (series, (double) i / sizes[s], 0.8 * sin (9.0 * i / sizes[s])), ==, LW_OK);
      surface = stroke (series, &l);
      for (int x = 2; x < WIDTH - 2; x++)
        {
          double expected = lw_axis_to_pixel (&l.y, 0.8 * sin (9 * (x + 0.5) / WIDTH));
          LwRange rows = ink (surface, x);

          g_assert_false (lw_range_is_empty (rows));
          g_assert_cmpfloat_with_epsilon (0.5 * (rows.min + rows.max) + 0.5, expected, 2.5);
        }
      cairo_surface_destroy (surface);
      lw_series_unref (series);
    }
}

/* Dense noise: every column shows its least and greatest value and the pen's width, with a gap left open. */
static void
test_noise (void)
{
  enum { POINTS = 40000 };
  LwFigureLayout l = layout (0, POINTS);
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  LwSeries *series = lw_series_new ();
  cairo_surface_t *surface;

  for (int i = 0; i < POINTS; i++)
    g_assert_cmpint (lw_series_append (series, i, i >= 16000 && i < 20000 ? (double) NAN
                                       : g_rand_double_range (rand, -0.1, 0.1) * (i % 997 == 0 ? 5 : 1) + 0.4 * sin (1e-3 * i)), ==, LW_OK);
  surface = stroke (series, &l);
  for (int x = 0; x < WIDTH; x++)
    {
      LwRange y = lw_series_y_range_between (series, (size_t) x * POINTS / WIDTH, (size_t) (x + 1) * POINTS / WIDTH), rows = ink (surface, x);

      g_assert_cmpint (lw_range_is_empty (rows), ==, lw_range_is_empty (y));
      if (lw_range_is_empty (y))
        continue;
      /* A column may also reach back to the last value of the one before. */
      g_assert_cmpfloat (rows.min, <=, lw_axis_to_pixel (&l.y, y.max) + 0.5);
      g_assert_cmpfloat (rows.max + 1, >=, lw_axis_to_pixel (&l.y, y.min) - 0.5);
      g_assert_cmpfloat (rows.max - rows.min, <, 0.5 * HEIGHT * (y.max - y.min) + 0.25 * 0.5 * HEIGHT);
    }
  cairo_surface_destroy (surface);
  lw_series_unref (series);
}

/* A gap stays empty, dense or sparse. */
static void
test_gap (void)
{
  const int sizes[] = { 300, 30000 };

  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      LwFigureLayout l = layout (0, 1);
      LwSeries *series = lw_series_new ();
      cairo_surface_t *surface;

      for (int i = 0; i <= sizes[s]; i++)
        {
          double t = (double) i / sizes[s];

          g_assert_cmpint (lw_series_append (series, t, t > 0.4 && t < 0.6 ? (double) NAN : 0.5 - t), ==, LW_OK);
        }
      surface = stroke (series, &l);
      for (int x = 0; x < WIDTH; x++)
        if (x > 82 && x < 118)
          g_assert_true (lw_range_is_empty (ink (surface, x)));
        else if (x < 78 || x > 122)
          g_assert_false (lw_range_is_empty (ink (surface, x)));
      cairo_surface_destroy (surface);
      lw_series_unref (series);
    }
}

/* A filled band covers what lies between its edges and nothing else. */
static void
test_fill (void)
{
  const int sizes[] = { 50, 20000 };

  for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
    {
      LwFigureLayout l = layout (0, 1);
      LwSeries *lower = lw_series_new (), *upper = lw_series_new ();
      cairo_surface_t *surface = cairo_image_surface_create (CAIRO_FORMAT_A8, WIDTH, HEIGHT);
      cairo_t *cr = cairo_create (surface);
      LwPainter painter;

      for (int i = 0; i <= sizes[s]; i++)
        {
          double t = (double) i / sizes[s];

          g_assert_cmpint (lw_series_append (lower, t, -0.5 + 0.3 * t), ==, LW_OK);
          g_assert_cmpint (lw_series_append (upper, t, t > 0.7 && t < 0.8 ? (double) NAN : 0.5 + 0.3 * t), ==, LW_OK);
        }
      lw_painter_init (&painter, cr, lw_theme_get (LW_THEME_LIGHT));
      lw_curve_fill (&painter, &l, lower, upper);
      lw_painter_clear (&painter);
      cairo_destroy (cr);
      cairo_surface_flush (surface);
      for (int x = 2; x < WIDTH - 2; x++)
        {
          double t = (x + 0.5) / WIDTH;
          LwRange rows = ink (surface, x);

          if (t > 0.72 && t < 0.78)
            g_assert_true (lw_range_is_empty (rows));
          else if (t < 0.66 || t > 0.84)
            {
              g_assert_cmpfloat_with_epsilon (rows.min, lw_axis_to_pixel (&l.y, 0.5 + 0.3 * t), 1.5);
              g_assert_cmpfloat_with_epsilon (rows.max + 1, lw_axis_to_pixel (&l.y, -0.5 + 0.3 * t), 1.5);
            }
        }
      cairo_surface_destroy (surface);
      lw_series_unref (lower);
      lw_series_unref (upper);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/curve/spike", test_spike);
  g_test_add_func ("/curve/sine", test_sine);
  g_test_add_func ("/curve/noise", test_noise);
  g_test_add_func ("/curve/gap", test_gap);
  g_test_add_func ("/curve/fill", test_fill);
  return g_test_run ();
}
