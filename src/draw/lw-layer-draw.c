/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-layer-draw.h"

#include "lw-curve.h"

#include <math.h>

enum { ELLIPSE_POINTS = 120, MANY_POINTS = 500 };

static double
line_width (const LwLayer *layer, const LwPainter *painter)
{
  return painter->theme->line_width * (layer->style.width > 0 ? layer->style.width : 1);
}

static double
opacity (const LwLayer *layer, double otherwise)
{
  return layer->style.alpha > 0 ? layer->style.alpha : otherwise;
}

static void
set_pen (const LwLayer *layer, LwPainter *painter, double alpha)
{
  double width = line_width (layer, painter);

  lw_painter_set_ink (painter, lw_layer_colour (layer, painter->theme), alpha);
  cairo_set_line_width (painter->cr, width);
  lw_painter_set_dash (painter, lw_layer_dash (layer), width);
}

static void
draw_line (const LwLayer *layer, LwPainter *painter, const LwFigureLayout *layout)
{
  set_pen (layer, painter, opacity (layer, 1));
  lw_curve_stroke (painter, layout, layer->series);
}

static void
draw_band (const LwLayer *layer, LwPainter *painter, const LwFigureLayout *layout)
{
  lw_painter_set_ink (painter, lw_layer_colour (layer, painter->theme), opacity (layer, painter->theme->band_alpha));
  lw_curve_fill (painter, layout, layer->series, layer->upper);
}

/* One marker as a mask at the resolution of the target; (transfer full) NULL where markers are to stay shapes (SVG, PDF). */
static cairo_surface_t *
make_stamp (LwPainter *painter, LwShape shape, double size)
{
  cairo_surface_t *target = cairo_get_target (painter->cr), *stamp;
  LwPainter own = *painter;
  double scale, extent = ceil (size) + 2;

  if (cairo_surface_get_type (target) != CAIRO_SURFACE_TYPE_IMAGE)
    return NULL;
  cairo_surface_get_device_scale (target, &scale, &scale);
  stamp = cairo_image_surface_create (CAIRO_FORMAT_A8, (int) ceil (extent * scale), (int) ceil (extent * scale));
  cairo_surface_set_device_scale (stamp, scale, scale);
  own.cr = cairo_create (stamp);
  lw_painter_marker (&own, shape, 0.5 * extent, 0.5 * extent, size);
  cairo_destroy (own.cr);
  return stamp;
}

/* To the whole device pixel, which no one can tell among so many. */
static void
put_stamp (cairo_t *cr, cairo_surface_t *stamp, double x, double y, double extent)
{
  double scale;

  cairo_surface_get_device_scale (stamp, &scale, &scale);
  cairo_mask_surface (cr, stamp, round ((x - 0.5 * extent) * scale) / scale, round ((y - 0.5 * extent) * scale) / scale);
}

static void
draw_points (const LwLayer *layer, LwPainter *painter, const LwFigureLayout *layout)
{
  const double *x = lw_series_x (layer->series), *y = lw_series_y (layer->series);
  LwRgb ink = lw_layer_colour (layer, painter->theme);
  LwShape shape = lw_layer_shape (layer);
  double size = layer->style.size > 0 ? layer->style.size : 6, alpha = opacity (layer, 0.85);
  cairo_surface_t *stamp = NULL;
  size_t begin, end;

  lw_layer_window (layer->series, layout->x.range, &begin, &end);
  lw_painter_set_ink (painter, ink, alpha);
  if (end - begin > MANY_POINTS && !layer->certainty)
    stamp = make_stamp (painter, shape, size);
  for (size_t i = begin; i < end; i++)
    {
      double px = lw_axis_to_pixel (&layout->x, x[i]), py = lw_axis_to_pixel (&layout->y, y[i]);

      /* Whole markers or none: the clip is wider than the plot area by one of them. */
      if (!(px >= layout->left - 0.5 && px <= layout->right + 0.5 && py >= layout->top - 0.5 && py <= layout->bottom + 0.5))
        continue;
      if (layer->certainty)
        lw_painter_set_ink (painter, ink, alpha * (0.25 + 0.75 * layer->certainty[i]));
      if (stamp)
        put_stamp (painter->cr, stamp, px, py, ceil (size) + 2);
      else
        lw_painter_marker (painter, shape, px, py, size);
    }
  g_clear_pointer (&stamp, cairo_surface_destroy);
}

static void
trace_ellipse (const LwLayer *layer, LwPainter *painter, const LwFigureLayout *layout)
{
  double x[ELLIPSE_POINTS], y[ELLIPSE_POINTS];

  lw_ellipse_points (&layer->ellipse, ELLIPSE_POINTS, x, y);
  cairo_new_path (painter->cr);
  for (int i = 0; i < ELLIPSE_POINTS; i++)
    cairo_line_to (painter->cr, CLAMP (lw_axis_to_pixel (&layout->x, x[i]), -1e6, 1e6), CLAMP (lw_axis_to_pixel (&layout->y, y[i]), -1e6, 1e6));
  cairo_close_path (painter->cr);
}

static void
draw_ellipse (const LwLayer *layer, LwPass pass, LwPainter *painter, const LwFigureLayout *layout)
{
  trace_ellipse (layer, painter, layout);
  if (pass == LW_PASS_AREAS)
    {
      lw_painter_set_ink (painter, lw_layer_colour (layer, painter->theme), 0.5 * opacity (layer, painter->theme->band_alpha));
      cairo_fill (painter->cr);
      return;
    }
  set_pen (layer, painter, opacity (layer, 1));
  cairo_set_line_join (painter->cr, CAIRO_LINE_JOIN_ROUND);
  cairo_stroke (painter->cr);
  lw_painter_marker (painter, LW_SHAPE_PLUS, lw_axis_to_pixel (&layout->x, layer->ellipse.centre[0]),
                     lw_axis_to_pixel (&layout->y, layer->ellipse.centre[1]), 8);
}

static void
draw_bound (const LwLayer *layer, LwPainter *painter, const LwFigureLayout *layout)
{
  double y = lw_axis_to_pixel (&layout->y, layer->value), row = lw_painter_row (painter);

  if (!(y >= layout->top - 0.5 && y <= layout->bottom + 0.5))
    return;
  set_pen (layer, painter, opacity (layer, 1));
  cairo_set_line_cap (painter->cr, CAIRO_LINE_CAP_BUTT);
  cairo_move_to (painter->cr, layout->left, round (y) + 0.5);
  cairo_line_to (painter->cr, layout->right, round (y) + 0.5);
  cairo_stroke (painter->cr);
  if (layer->name)
    lw_painter_text (painter, LW_TEXT_LABEL, layer->name, layout->right - 4, y - row - 2 < layout->top ? y + 3 : y - row - 2, 1,
                     layout->right - layout->left - 8);
}

/* The part of a stack as a strip between two running sums. */
static void
draw_areas (const LwLayer *layer, LwPainter *painter, const LwFigureLayout *layout)
{
  size_t n = lw_layer_stack_n (layer);

  for (size_t part = 0; part < layer->n_parts; part++)
    {
      LwSeries *lower = lw_series_new (), *upper = lw_series_new ();
      const double *x = lw_series_x (layer->parts[part]);

      for (size_t i = 0; i < n; i++)
        if (lw_series_append (lower, x[i], lw_layer_stack_sum (layer, part, i)) != LW_OK
            || lw_series_append (upper, x[i], lw_layer_stack_sum (layer, part + 1, i)) != LW_OK)
          break;
      lw_painter_set_ink (painter, lw_theme_category (painter->theme, (guint) part), 0.8);
      lw_curve_fill (painter, layout, lower, upper);
      lw_painter_set_ink (painter, painter->theme->background, 1);
      cairo_set_line_width (painter->cr, 1);
      cairo_set_dash (painter->cr, NULL, 0, 0);
      lw_curve_stroke (painter, layout, upper);
      lw_series_unref (lower);
      lw_series_unref (upper);
    }
}

/* The category's shape inside an area or a bar: who is who without colour. */
static void
draw_part_sign (LwPainter *painter, guint category, double x, double top, double bottom)
{
  if (bottom - top < 12)
    return;
  lw_painter_set_ink (painter, painter->theme->background, 0.95);
  lw_painter_marker (painter, lw_palette_shape (category), x, 0.5 * (top + bottom), 7);
}

static void
draw_area_signs (const LwLayer *layer, LwPainter *painter, const LwFigureLayout *layout)
{
  size_t n = lw_layer_stack_n (layer);
  double x;

  if (n == 0)
    return;
  x = fmin (lw_axis_to_pixel (&layout->x, lw_series_x (layer->parts[0])[n - 1]), layout->right) - 8;
  for (size_t part = 0; part < layer->n_parts; part++)
    draw_part_sign (painter, (guint) part, x, lw_axis_to_pixel (&layout->y, lw_layer_stack_sum (layer, part + 1, n - 1)),
                    lw_axis_to_pixel (&layout->y, lw_layer_stack_sum (layer, part, n - 1)));
}

static void
draw_bars (const LwLayer *layer, LwPainter *painter, const LwFigureLayout *layout)
{
  double pitch = lw_layer_stack_pitch (layer) * (layout->x.pixel_max - layout->x.pixel_min) / (layout->x.range.max - layout->x.range.min);
  gboolean grouped = layer->stack == LW_STACK_GROUPED;
  double width = fmax (1, fmin (0.72 * pitch, grouped ? 24.0 * (double) layer->n_parts : 40));
  double one = grouped ? width / (double) layer->n_parts : width;
  size_t n = lw_layer_stack_n (layer);

  for (size_t i = 0; i < n; i++)
    for (size_t part = 0; part < layer->n_parts; part++)
      {
        double centre = lw_axis_to_pixel (&layout->x, lw_series_x (layer->parts[0])[i]);
        double left = centre - width / 2 + (grouped ? one * (double) part : 0);
        double foot = grouped ? 0 : lw_layer_stack_sum (layer, part, i), value = lw_series_y (layer->parts[part])[i];
        double bottom = fmin (lw_axis_to_pixel (&layout->y, foot), layout->bottom);
        double top = fmax (lw_axis_to_pixel (&layout->y, foot + (value > 0 ? value : 0)), layout->top);
        guint category = lw_layer_part_category (layer, part, i);

        if (!(bottom > top))
          continue;
        /* A pixel of background between parts. */
        lw_painter_set_ink (painter, lw_theme_category (painter->theme, category), opacity (layer, 0.88));
        cairo_rectangle (painter->cr, left + (grouped && one > 3 ? 0.5 : 0), top + (part + 1 < layer->n_parts && !grouped ? 1 : 0),
                         one - (grouped && one > 3 ? 1 : 0), fmax (0.5, bottom - top - (part + 1 < layer->n_parts && !grouped ? 1 : 0)));
        cairo_fill (painter->cr);
        if (one >= 12 && (i + 1 == n || layer->n_parts == 1))
          draw_part_sign (painter, category, left + one / 2, top, bottom);
      }
}

void
lw_layer_draw (const LwLayer *layer, LwPass pass, LwPainter *painter, const LwFigureLayout *layout)
{
  if (!layer->visible)
    return;

  cairo_set_dash (painter->cr, NULL, 0, 0);
  switch (layer->kind)
    {
    case LW_LAYER_BAND:
      if (pass == LW_PASS_AREAS)
        draw_band (layer, painter, layout);
      break;
    case LW_LAYER_STACK:
      if (pass == LW_PASS_AREAS && layer->stack == LW_STACK_AREAS)
        draw_areas (layer, painter, layout);
      else if (pass == LW_PASS_AREAS)
        draw_bars (layer, painter, layout);
      else if (pass == LW_PASS_SIGNS && layer->stack == LW_STACK_AREAS)
        draw_area_signs (layer, painter, layout);
      break;
    case LW_LAYER_LINE:
      if (pass == LW_PASS_CURVES)
        draw_line (layer, painter, layout);
      break;
    case LW_LAYER_ELLIPSE:
      if (layer->has_ellipse && pass != LW_PASS_SIGNS)
        draw_ellipse (layer, pass, painter, layout);
      break;
    case LW_LAYER_POINTS:
      if (pass == LW_PASS_SIGNS)
        draw_points (layer, painter, layout);
      break;
    case LW_LAYER_BOUND:
      if (pass == LW_PASS_SIGNS)
        draw_bound (layer, painter, layout);
      break;
    case LW_LAYER_MARK: /* lw-figure-draw.c sets them together, so that their labels keep clear of each other */
    default:
      break;
    }
}
