/* SPDX-License-Identifier: GPL-3.0-or-later */

/* A pan frame of a plot with six million points at 800 x 300, and a frame of seven live joints: layout, decimation and drawing
 * into an image, as LwPlot does it. */

#include "lw-bench.h"
#include "lw-figure.h"

#include <math.h>

enum { POINTS = 6000000, WIDTH = 800, HEIGHT = 300, JOINTS = 7 };

static const double seconds = 0.01 * POINTS;

typedef struct {
  LwFigure        *figure;
  cairo_surface_t *surface;
  LwSeries        *series[JOINTS];
  double           begin;  /* of the visible stretch, s */
  double           width;  /* of the visible stretch, s */
  int              sample; /* next live one */
} Bench;

static void
bench_init (Bench *self, const char *title, guint n_curves)
{
  *self = (Bench){ .figure = lw_figure_new (title), .surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, WIDTH, HEIGHT) };
  lw_figure_set_x_axis (self->figure, "Time", LW_UNIT_SECOND);
  lw_figure_set_y_axis (self->figure, "Position", LW_UNIT_DEGREE);
  for (guint i = 0; i < n_curves; i++)
    {
      g_autofree char *name = g_strdup_printf ("q%u", i + 1);
      LwStyle style = lw_style_solid (i);

      self->series[i] = lw_series_new ();
      lw_figure_add_line (self->figure, self->series[i], &style, name);
    }
}

static void
bench_clear (Bench *self)
{
  for (guint i = 0; i < JOINTS; i++)
    lw_series_unref (self->series[i]);
  cairo_surface_destroy (self->surface);
  g_object_unref (self->figure);
}

static void
draw (Bench *self)
{
  const LwTheme *theme = lw_theme_get (LW_THEME_LIGHT);
  cairo_t *cr = cairo_create (self->surface);
  LwFigureLayout layout;

  lw_figure_layout (self->figure, WIDTH, HEIGHT, theme, 0, &layout);
  lw_figure_draw_plot (self->figure, cr, WIDTH, HEIGHT, theme, &layout);
  cairo_destroy (cr);
}

static void
pan_frame (gpointer data)
{
  Bench *self = data;

  self->begin += 0.0037 * self->width;
  if (self->begin + self->width > seconds)
    self->begin = 0;
  lw_figure_set_view (self->figure, (LwRange){ self->begin, self->begin + self->width }, lw_range_empty ());
  draw (self);
}

static void
append_live (Bench *self)
{
  int i = self->sample++;

  for (int j = 0; j < JOINTS; j++)
    g_assert_cmpint (lw_series_append (self->series[j], 0.01 * i, sin (0.01 * i + j) + 0.001 * (i * 7919 % 13)), ==, LW_OK);
}

static void
live_frame (gpointer data)
{
  append_live (data);
  draw (data);
}

static void
append_point (gpointer data)
{
  LwSeries *series = data;

  if (lw_series_append (series, (double) lw_series_n (series), 0.5) != LW_OK)
    lw_series_clear (series);
}

/* Noise on a slow sine; the pyramid's extremes are those of a scan before anything is timed. */
static void
fill (LwSeries *series)
{
  LwRange r = lw_range_empty ();
  guint32 state = 1;

  for (int i = 0; i < POINTS; i++)
    {
      state = state * 1664525u + 1013904223u;
      g_assert_cmpint (lw_series_append (series, 0.01 * i, sin (1e-5 * i) + 0.3 * (state >> 8) / 16777216.0), ==, LW_OK);
    }
  for (int i = 0; i < POINTS; i++)
    r = lw_range_include (r, lw_series_y (series)[i]);
  g_assert_true (lw_range_equal (r, lw_series_y_range (series)));
}

int
main (void)
{
  Bench pan, live;
  LwSeries *grown = lw_series_new ();

  bench_init (&pan, "Six million points", 1);
  fill (pan.series[0]);
  pan.width = 0.5 * seconds;
  lw_bench_run ("draw/pan", "points=6e6 visible=3e6 800x300", NULL, pan_frame, &pan);
  pan.width = 0.01 * seconds;
  lw_bench_run ("draw/pan", "points=6e6 visible=6e4 800x300", NULL, pan_frame, &pan);
  /* Just too few for decimation: every point a vertex. */
  pan.width = 15;
  lw_bench_run ("draw/pan", "points=6e6 visible=1500 800x300", NULL, pan_frame, &pan);
  bench_clear (&pan);

  bench_init (&live, "Joints", JOINTS);
  lw_figure_set_x_follow (live.figure, 10);
  for (int i = 0; i < 1500; i++)
    append_live (&live);
  lw_bench_run ("draw/live", "curves=7 visible=1000 800x300", NULL, live_frame, &live);
  bench_clear (&live);

  lw_bench_run ("view/series-append", "points=1", NULL, append_point, grown);
  lw_series_unref (grown);
  return 0;
}
