/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sample-figures.h"

#include <math.h>

static const double sizes[][2] = { { 160, 96 }, { 300, 160 }, { 500, 300 }, { 1000, 400 } };

typedef struct {
  cairo_surface_t *surface;
  cairo_t         *cr;
} Canvas;

static void
canvas_init (Canvas *self, double width, double height)
{
  self->surface = cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) width, (int) height);
  self->cr = cairo_create (self->surface);
}

static guint32
canvas_pixel (Canvas *self, int x, int y)
{
  cairo_surface_flush (self->surface);
  return *(guint32 *) (void *) (cairo_image_surface_get_data (self->surface) + y * cairo_image_surface_get_stride (self->surface) + 4 * x);
}

static guint
canvas_colours (Canvas *self)
{
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  for (int y = 0; y < cairo_image_surface_get_height (self->surface); y++)
    for (int x = 0; x < cairo_image_surface_get_width (self->surface); x++)
      g_hash_table_add (seen, GUINT_TO_POINTER (canvas_pixel (self, x, y)));
  return g_hash_table_size (seen);
}

static void
canvas_clear (Canvas *self)
{
  cairo_destroy (self->cr);
  cairo_surface_destroy (self->surface);
}

/* Every sample, size and theme, with the cursor in: all ink lies inside the surface, so no label is cut off. The recording
 * surface has no edge of its own. */
static void
test_nothing_clipped (void)
{
  for (size_t i = 0; i < lw_n_sample_figures; i++)
    for (size_t s = 0; s < G_N_ELEMENTS (sizes); s++)
      for (LwThemeKind kind = LW_THEME_LIGHT; kind <= LW_THEME_HIGH_CONTRAST_DARK; kind++)
        {
          g_autoptr (LwFigure) figure = lw_sample_figures[i].create ();
          cairo_surface_t *surface = cairo_recording_surface_create (CAIRO_CONTENT_COLOR_ALPHA, NULL);
          cairo_t *cr = cairo_create (surface);
          LwTheme theme = *lw_theme_get (kind);
          double x, y, width, height;
          LwRange home_x, home_y;

          theme.transparent = TRUE;
          lw_figure_get_home (figure, &home_x, &home_y);
          lw_figure_set_cursor (figure, home_x.min + 0.9 * (home_x.max - home_x.min));
          lw_figure_draw (figure, cr, sizes[s][0], sizes[s][1], &theme);
          cairo_recording_surface_ink_extents (surface, &x, &y, &width, &height);
          g_test_message ("%s %g × %g: ink %g %g %g %g", lw_sample_figures[i].name, sizes[s][0], sizes[s][1], x, y, x + width, y + height);
          g_assert_cmpint (cairo_status (cr), ==, CAIRO_STATUS_SUCCESS);
          g_assert_cmpfloat (x, >=, 0);
          g_assert_cmpfloat (y, >=, 0);
          g_assert_cmpfloat (x + width, <=, sizes[s][0]);
          g_assert_cmpfloat (y + height, <=, sizes[s][1]);
          g_assert_cmpfloat (width, >, 0.5 * sizes[s][0]);
          cairo_destroy (cr);
          cairo_surface_destroy (surface);
        }
}

static void
test_content (void)
{
  for (size_t i = 0; i < lw_n_sample_figures; i++)
    {
      g_autoptr (LwFigure) figure = lw_sample_figures[i].create ();
      Canvas light, dark;

      canvas_init (&light, 300, 160);
      canvas_init (&dark, 300, 160);
      lw_figure_draw (figure, light.cr, 300, 160, lw_theme_get (LW_THEME_LIGHT));
      lw_figure_draw (figure, dark.cr, 300, 160, lw_theme_get (LW_THEME_DARK));
      g_test_message ("%s: %u and %u colours", lw_sample_figures[i].name, canvas_colours (&light), canvas_colours (&dark));
      g_assert_cmpuint (canvas_colours (&light), >=, 24);
      g_assert_cmpuint (canvas_colours (&dark), >=, 24);
      g_assert_cmphex (canvas_pixel (&light, 0, 0), ==, 0xffffffff);
      g_assert_cmphex (canvas_pixel (&dark, 0, 0), ==, 0xff1e1e1e);
      canvas_clear (&light);
      canvas_clear (&dark);
    }
}

/* A thick horizontal line lies on the pixel the layout says, in the palette's colour. */
static void
test_line_position (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  const double x[] = { 0, 10 }, y[] = { 3.3, 3.3 };
  const LwStyle style = { .ink = LW_INK_CATEGORY, .category = 0, .dash = LW_DASH_SOLID, .width = 4 };
  const LwTheme *theme = lw_theme_get (LW_THEME_LIGHT);
  LwRgb ink = lw_theme_category (theme, 0);
  guint32 expected = 0xff000000 | (guint32) lround (ink.r * 255) << 16 | (guint32) lround (ink.g * 255) << 8 | (guint32) lround (ink.b * 255);
  LwFigureLayout layout;
  Canvas canvas;

  canvas_init (&canvas, 400, 200);
  lw_figure_set_y_range (figure, (LwRange){ 0, 10 });
  lw_figure_add_line_xy (figure, x, y, 2, &style, NULL);
  lw_figure_layout (figure, 400, 200, theme, 0, &layout);
  lw_figure_draw (figure, canvas.cr, 400, 200, theme);
  for (int px = (int) layout.left + 2; px < (int) layout.right - 2; px++)
    g_assert_cmphex (canvas_pixel (&canvas, px, (int) lw_axis_to_pixel (&layout.y, 3.3)), ==, expected);
  canvas_clear (&canvas);
}

/* The cursor changes the picture only where it is drawn, a hidden one not at all. */
static void
test_cursor (void)
{
  g_autoptr (LwFigure) figure = lw_sample_figures[1].create ();
  const LwTheme *theme = lw_theme_get (LW_THEME_LIGHT);
  LwFigureLayout layout;
  Canvas without, with;
  guint changed = 0;

  canvas_init (&without, 500, 300);
  canvas_init (&with, 500, 300);
  lw_figure_layout (figure, 500, 300, theme, 0, &layout);
  lw_figure_draw_plot (figure, without.cr, 500, 300, theme, &layout);
  lw_figure_draw (figure, with.cr, 500, 300, theme);
  for (int y = 0; y < 300; y++)
    for (int x = 0; x < 500; x++)
      g_assert_cmphex (canvas_pixel (&without, x, y), ==, canvas_pixel (&with, x, y));

  lw_figure_set_cursor (figure, 0.25);
  lw_figure_draw (figure, with.cr, 500, 300, theme);
  for (int y = 0; y < 300; y++)
    for (int x = 0; x < 500; x++)
      changed += canvas_pixel (&without, x, y) != canvas_pixel (&with, x, y);
  g_assert_cmpuint (changed, >, 1000);
  g_assert_cmphex (canvas_pixel (&without, (int) lw_axis_to_pixel (&layout.x, 0.25), (int) layout.bottom - 8), !=,
                   canvas_pixel (&with, (int) lw_axis_to_pixel (&layout.x, 0.25), (int) layout.bottom - 8));
  canvas_clear (&without);
  canvas_clear (&with);
}

/* A live plot that was moved says that it stands still. */
static void
test_paused (void)
{
  g_autoptr (LwFigure) figure = lw_sample_figures[0].create ();
  Canvas live, paused;
  guint changed = 0;
  LwRange home_x, home_y;

  canvas_init (&live, 500, 300);
  canvas_init (&paused, 500, 300);
  lw_figure_draw (figure, live.cr, 500, 300, lw_theme_get (LW_THEME_LIGHT));
  lw_figure_get_home (figure, &home_x, &home_y);
  lw_figure_set_view (figure, home_x, lw_range_empty ());
  lw_figure_draw (figure, paused.cr, 500, 300, lw_theme_get (LW_THEME_LIGHT));
  for (int y = 0; y < 24; y++)
    for (int x = 350; x < 500; x++)
      changed += canvas_pixel (&live, x, y) != canvas_pixel (&paused, x, y);
  g_assert_cmpuint (changed, >, 100);
  canvas_clear (&live);
  canvas_clear (&paused);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure-draw/nothing-clipped", test_nothing_clipped);
  g_test_add_func ("/figure-draw/content", test_content);
  g_test_add_func ("/figure-draw/line-position", test_line_position);
  g_test_add_func ("/figure-draw/cursor", test_cursor);
  g_test_add_func ("/figure-draw/paused", test_paused);
  return g_test_run ();
}
