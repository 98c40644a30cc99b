/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-painter.h"

#include <math.h>

void
lw_painter_init (LwPainter *self, cairo_t *cr, const LwTheme *theme)
{
  PangoContext *context = pango_font_map_create_context (pango_cairo_font_map_get_default ());
  cairo_font_options_t *options = cairo_font_options_create ();

  /* Text must take the same room on every surface: measured for the window, written to a file. */
  cairo_font_options_set_hint_metrics (options, CAIRO_HINT_METRICS_OFF);
  cairo_font_options_set_antialias (options, CAIRO_ANTIALIAS_GRAY);
  pango_cairo_context_set_font_options (context, options);
  cairo_font_options_destroy (options);
  pango_context_set_round_glyph_positions (context, FALSE);

  *self = (LwPainter){ .cr = cr, .theme = theme, .layout = pango_layout_new (context), .role = -1 };
  g_object_unref (context);
}

void
lw_painter_clear (LwPainter *self)
{
  g_clear_object (&self->layout);
}

void
lw_painter_set_ink (LwPainter *self, LwRgb ink, double alpha)
{
  cairo_set_source_rgba (self->cr, ink.r, ink.g, ink.b, alpha);
}

static void
set_role (LwPainter *self, LwTextRole role)
{
  PangoFontDescription *font;
  PangoAttrList *attributes;

  if (self->role == (int) role)
    return;

  font = pango_font_description_from_string (self->theme->font_family);
  pango_font_description_set_absolute_size (font, self->theme->font_size * (role == LW_TEXT_TITLE ? 1.08 : 1) * PANGO_SCALE);
  pango_font_description_set_weight (font, role == LW_TEXT_LABEL ? PANGO_WEIGHT_NORMAL : PANGO_WEIGHT_BOLD);
  pango_layout_set_font_description (self->layout, font);
  pango_font_description_free (font);

  attributes = pango_attr_list_new ();
  pango_attr_list_insert (attributes, pango_attr_font_features_new ("tnum=1"));
  pango_layout_set_attributes (self->layout, attributes);
  pango_attr_list_unref (attributes);
  pango_layout_set_single_paragraph_mode (self->layout, TRUE);
  self->role = (int) role;
}

static LwExtent
lay_out (LwPainter *self, LwTextRole role, const char *text, double most)
{
  PangoRectangle logical;

  set_role (self, role);
  pango_layout_set_text (self->layout, text, -1);
  pango_layout_set_width (self->layout, most > 0 ? (int) (most * PANGO_SCALE) : -1);
  pango_layout_set_ellipsize (self->layout, most > 0 ? PANGO_ELLIPSIZE_END : PANGO_ELLIPSIZE_NONE);
  pango_layout_get_extents (self->layout, NULL, &logical);
  return (LwExtent){ (double) logical.width / PANGO_SCALE, (double) logical.height / PANGO_SCALE };
}

LwExtent
lw_painter_measure (LwPainter *self, LwTextRole role, const char *text)
{
  return lay_out (self, role, text, 0);
}

double
lw_painter_row (LwPainter *self)
{
  return ceil (lw_painter_measure (self, LW_TEXT_LABEL, "0").height);
}

LwExtent
lw_painter_text (LwPainter *self, LwTextRole role, const char *text, double x, double y, double align, double most)
{
  LwExtent extent = lay_out (self, role, text, most);

  cairo_move_to (self->cr, x - align * extent.width, y);
  pango_cairo_show_layout (self->cr, self->layout);
  return extent;
}

void
lw_painter_set_dash (LwPainter *self, LwDash dash, double width)
{
  size_t n;
  const double *pattern = lw_dash_pattern (dash, &n);
  double scaled[6];

  for (size_t i = 0; i < n; i++)
    scaled[i] = pattern[i] * width;
  cairo_set_dash (self->cr, scaled, (int) n, 0);
}

static void
polygon (cairo_t *cr, double x, double y, double radius, int corners, double turn)
{
  for (int i = 0; i < corners; i++)
    {
      double angle = 2 * M_PI * i / corners + turn;

      cairo_line_to (cr, x + radius * cos (angle), y + radius * sin (angle));
    }
  cairo_close_path (cr);
  cairo_fill (cr);
}

static void
strokes (cairo_t *cr, double x, double y, double radius, int spokes, double turn)
{
  for (int i = 0; i < spokes; i++)
    {
      double angle = M_PI * i / spokes + turn, dx = radius * cos (angle), dy = radius * sin (angle);

      cairo_move_to (cr, x - dx, y - dy);
      cairo_line_to (cr, x + dx, y + dy);
    }
  cairo_set_line_width (cr, fmax (1.25, radius * 0.45));
  cairo_stroke (cr);
}

void
lw_painter_marker (LwPainter *self, LwShape shape, double x, double y, double size)
{
  double r = size / 2;
  cairo_t *cr = self->cr;

  cairo_new_path (cr);
  switch (shape)
    {
    case LW_SHAPE_SQUARE:
      cairo_rectangle (cr, x - 0.87 * r, y - 0.87 * r, 1.74 * r, 1.74 * r);
      cairo_fill (cr);
      break;
    case LW_SHAPE_TRIANGLE:
      polygon (cr, x, y + 0.2 * r, 1.2 * r, 3, -M_PI / 2);
      break;
    case LW_SHAPE_TRIANGLE_DOWN:
      polygon (cr, x, y - 0.2 * r, 1.2 * r, 3, M_PI / 2);
      break;
    case LW_SHAPE_DIAMOND:
      polygon (cr, x, y, 1.2 * r, 4, 0);
      break;
    case LW_SHAPE_CROSS:
      strokes (cr, x, y, 1.1 * r, 2, M_PI / 4);
      break;
    case LW_SHAPE_PLUS:
      strokes (cr, x, y, 1.1 * r, 2, 0);
      break;
    case LW_SHAPE_STAR:
      strokes (cr, x, y, 1.15 * r, 3, M_PI / 2);
      break;
    case LW_SHAPE_NONE:
      break;
    case LW_SHAPE_AUTO:
    case LW_SHAPE_CIRCLE:
    default:
      cairo_arc (cr, x, y, r, 0, 2 * M_PI);
      cairo_fill (cr);
      break;
    }
}

void
lw_painter_hline (LwPainter *self, double x0, double x1, double y, double width)
{
  double top = floor (y + 0.5 - width / 2);

  cairo_rectangle (self->cr, x0, top, x1 - x0, width);
  cairo_fill (self->cr);
}

void
lw_painter_vline (LwPainter *self, double x, double y0, double y1, double width)
{
  double left = floor (x + 0.5 - width / 2);

  cairo_rectangle (self->cr, left, y0, width, y1 - y0);
  cairo_fill (self->cr);
}

void
lw_painter_rounded (LwPainter *self, double x, double y, double width, double height, double radius)
{
  cairo_t *cr = self->cr;

  cairo_new_sub_path (cr);
  cairo_arc (cr, x + width - radius, y + radius, radius, -M_PI / 2, 0);
  cairo_arc (cr, x + width - radius, y + height - radius, radius, 0, M_PI / 2);
  cairo_arc (cr, x + radius, y + height - radius, radius, M_PI / 2, M_PI);
  cairo_arc (cr, x + radius, y + radius, radius, M_PI, 1.5 * M_PI);
  cairo_close_path (cr);
}
