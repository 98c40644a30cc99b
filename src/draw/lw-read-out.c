/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-layer-draw.h"
#include "lw-legend.h"

#include <math.h>

/* The cursor's read-out: x, then every named curve's value there, as sampled and held. */

enum { PADDING = 8, MOST_ROWS = 10, MARK_REACH = 5 };

typedef struct {
  const LwLayer *layer; /* NULL: the x row */
  size_t         part;
  double         value; /* in data units, for the dot; NaN without one */
  char          *text;
} Row;

/* Where the cursor reads: between iterations there is nothing, it takes the nearest. */
static double
snap (const LwFigure *figure, double x)
{
  return lw_unit_info (figure->x.unit)->ticks == LW_TICKS_INTEGER ? round (x) : x;
}

static void
row_clear (gpointer row)
{
  g_free (((Row *) row)->text);
}

static char *
format (const LwAxis *axis, double value)
{
  char text[64];

  lw_axis_format (axis, value, text, sizeof text);
  return g_strdup (text);
}

/* The value, and how far it lies from the value at the anchor when there is one. */
static char *
with_difference (const LwAxis *axis, double value, double at_anchor)
{
  g_autofree char *plain = format (axis, value), *delta = NULL;

  if (!isfinite (at_anchor) || !isfinite (value))
    return g_steal_pointer (&plain);
  delta = format (axis, value - at_anchor);
  return g_strdup_printf ("%s  Δ %s", plain, delta);
}

static void
add_row (GArray *rows, const LwLayer *layer, size_t part, double value, char *text)
{
  Row row = { layer, part, value, text };

  g_array_append_val (rows, row);
}

static void
add_layer_rows (GArray *rows, LwFigure *figure, const LwLayer *layer, const LwFigureLayout *layout)
{
  double x = snap (figure, figure->cursor), anchor = snap (figure, figure->anchor);

  if (layer->kind == LW_LAYER_LINE && layer->name && lw_series_is_sorted (layer->series))
    {
      double value = lw_series_value_at (layer->series, x);

      add_row (rows, layer, 0, value, with_difference (&layout->y, value, lw_series_value_at (layer->series, anchor)));
    }
  else if (layer->kind == LW_LAYER_BAND && layer->name && lw_series_is_sorted (layer->series))
    {
      g_autofree char *low = format (&layout->y, lw_series_value_at (layer->series, x));
      g_autofree char *high = format (&layout->y, lw_series_value_at (layer->upper, x));

      add_row (rows, layer, 0, NAN, g_strdup_printf ("%s … %s", low, high));
    }
  else if (layer->kind == LW_LAYER_MARK && layer->name
           && fabs (lw_axis_to_pixel (&layout->x, layer->value) - lw_axis_to_pixel (&layout->x, x)) < MARK_REACH)
    add_row (rows, layer, 0, NAN, format (&layout->x, layer->value));
  else if (layer->kind == LW_LAYER_STACK && layer->part_names)
    for (size_t part = 0; part < layer->n_parts; part++)
      {
        double value = lw_series_value_at (layer->parts[part], x);

        add_row (rows, layer, part, NAN, with_difference (&layout->y, value, lw_series_value_at (layer->parts[part], anchor)));
      }
}

static GArray *
collect (LwFigure *figure, const LwFigureLayout *layout)
{
  GArray *rows = g_array_new (FALSE, FALSE, sizeof (Row));

  g_array_set_clear_func (rows, row_clear);
  add_row (rows, NULL, 0, NAN, with_difference (&layout->x, snap (figure, figure->cursor), snap (figure, figure->anchor)));
  for (guint i = 0; i < figure->layers->len; i++)
    {
      const LwLayer *layer = g_ptr_array_index (figure->layers, i);

      if (layer->visible)
        add_layer_rows (rows, figure, layer, layout);
    }
  if (rows->len > MOST_ROWS)
    g_array_set_size (rows, MOST_ROWS);
  return rows;
}

static const char *
row_name (const Row *row)
{
  if (!row->layer)
    return "";
  return row->layer->kind == LW_LAYER_STACK ? row->layer->part_names[row->part] : row->layer->name;
}

static void
draw_line_at (LwPainter *painter, const LwFigureLayout *layout, double x, LwRgb ink)
{
  double px = lw_axis_to_pixel (&layout->x, x);

  if (!(px >= layout->left - 0.5 && px <= layout->right + 0.5))
    return;
  lw_painter_set_ink (painter, ink, 0.9);
  lw_painter_vline (painter, px, layout->top, layout->bottom, 1);
}

static void
draw_dots (GArray *rows, LwPainter *painter, const LwFigureLayout *layout, double px)
{
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);
      double py = lw_axis_to_pixel (&layout->y, row->value);

      if (!row->layer || !(py >= layout->top && py <= layout->bottom))
        continue;
      lw_painter_set_ink (painter, painter->theme->background, 1);
      lw_painter_marker (painter, LW_SHAPE_CIRCLE, px, py, 9);
      lw_painter_set_ink (painter, lw_layer_colour (row->layer, painter->theme), 1);
      lw_painter_marker (painter, LW_SHAPE_CIRCLE, px, py, 6);
    }
}

/* Beside the cursor, on the side with more room, never outside the surface. */
static void
draw_box (GArray *rows, LwPainter *painter, const LwFigureLayout *layout, double px, double width, double height)
{
  double row_height = lw_painter_row (painter) + 1, names = 0, values = 0, box_width, box_height, x, y;
  guint room = (guint) fmax (1, (height - 4 - 2 * PADDING + 4) / row_height);

  if (rows->len > room)
    g_array_set_size (rows, room);
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);

      names = fmax (names, row->layer ? lw_painter_measure (painter, LW_TEXT_LABEL, row_name (row)).width + LW_LEGEND_SAMPLE + 6 : 0);
      values = fmax (values, lw_painter_measure (painter, row->layer ? LW_TEXT_LABEL : LW_TEXT_STRONG, row->text).width);
    }
  /* Long names give way to the values. */
  names = fmin (names, fmax (0, 0.55 * width - values - 2 * PADDING - 12));
  box_width = ceil (2 * PADDING + names + (names > 0 ? 12 : 0) + values);
  box_height = 2 * PADDING - 4 + row_height * rows->len;
  x = px < 0.5 * (layout->left + layout->right) ? px + 10 : px - 10 - box_width;
  x = CLAMP (x, 2, fmax (2, width - 2 - box_width));
  y = CLAMP (layout->top + 4, 2, fmax (2, height - 2 - box_height));

  lw_painter_rounded (painter, x + 0.5, y + 0.5, box_width - 1, box_height - 1, 6);
  lw_painter_set_ink (painter, painter->theme->background, 0.96);
  cairo_fill_preserve (painter->cr);
  lw_painter_set_ink (painter, painter->theme->axis, 0.8);
  cairo_set_line_width (painter->cr, 1);
  cairo_stroke (painter->cr);

  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);
      double top = y + PADDING - 2 + row_height * i;

      if (row->layer && names > LW_LEGEND_SAMPLE + 6)
        {
          lw_legend_draw_sample (painter, row->layer, row->part, x + PADDING, top + row_height / 2, LW_LEGEND_SAMPLE);
          lw_painter_set_ink (painter, painter->theme->muted, 1);
          lw_painter_text (painter, LW_TEXT_LABEL, row_name (row), x + PADDING + LW_LEGEND_SAMPLE + 6, top, 0, names - LW_LEGEND_SAMPLE - 5);
        }
      lw_painter_set_ink (painter, painter->theme->foreground, 1);
      lw_painter_text (painter, row->layer ? LW_TEXT_LABEL : LW_TEXT_STRONG, row->text, x + box_width - PADDING, top, 1, 0);
    }
}

void
lw_figure_draw_cursor (LwFigure *self, cairo_t *cr, double width, double height, const LwTheme *theme, const LwFigureLayout *layout)
{
  LwPainter painter;
  double px;

  g_return_if_fail (LW_IS_FIGURE (self));

  lw_painter_init (&painter, cr, theme);
  cairo_save (cr);
  lw_layers_draw (self, TRUE, &painter, layout);
  px = lw_axis_to_pixel (&layout->x, snap (self, self->cursor));
  if (!self->equal_aspect && px >= layout->left - 0.5 && px <= layout->right + 0.5)
    {
      g_autoptr (GArray) rows = collect (self, layout);

      if (isfinite (self->anchor))
        draw_line_at (&painter, layout, snap (self, self->anchor), theme->accent);
      draw_line_at (&painter, layout, snap (self, self->cursor), theme->muted);
      draw_dots (rows, &painter, layout, px);
      draw_box (rows, &painter, layout, px, width, height);
    }
  cairo_restore (cr);
  lw_painter_clear (&painter);
}

char *
lw_figure_dup_reading (LwFigure *self)
{
  g_autoptr (GArray) rows = NULL;
  LwFigureLayout layout;
  GString *text;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  if (!isfinite (self->cursor))
    return NULL;
  /* Only the precision of the numbers depends on the size. */
  lw_figure_layout (self, 400, 240, lw_theme_get (LW_THEME_LIGHT), 0, &layout);
  rows = collect (self, &layout);
  text = g_string_new (NULL);
  for (guint i = 0; i < rows->len; i++)
    {
      const Row *row = &g_array_index (rows, Row, i);

      g_string_append_printf (text, "%s%s%s%s.", i > 0 ? " " : "", row_name (row), row->layer ? " " : "", row->text);
    }
  return g_string_free (text, FALSE);
}
