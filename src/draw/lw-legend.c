/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-legend.h"

#include <math.h>

enum { PADDING = 6, BETWEEN = 12, MARKER = 10, SLICES = 8 };

typedef struct {
  const LwLayer *layer;
  size_t         part; /* of a stack */
  const char    *name;
} Entry;

static void
add_entries (GArray *list, const LwLayer *layer)
{
  if (layer->kind == LW_LAYER_STACK)
    for (size_t part = 0; part < layer->n_parts && layer->part_names; part++)
      g_array_append_val (list, ((Entry){ layer, part, layer->part_names[part] }));
  else if (layer->name)
    g_array_append_val (list, ((Entry){ layer, 0, layer->name }));
}

/* Everything that has a name, but for bounds and marks, which carry their labels where they are. Bands come first: what they
 * say must not be among what there is no room for. */
static GArray *
all_entries (LwFigure *figure)
{
  GArray *list = g_array_new (FALSE, FALSE, sizeof (Entry));

  for (int bands = 1; bands >= 0; bands--)
    for (guint i = 0; i < figure->layers->len; i++)
      {
        const LwLayer *layer = g_ptr_array_index (figure->layers, i);

        if (layer->visible && layer->kind != LW_LAYER_BOUND && layer->kind != LW_LAYER_MARK && (layer->kind == LW_LAYER_BAND) == (bands == 1))
          add_entries (list, layer);
      }
  return list;
}

static GArray *
entries (LwFigure *figure)
{
  return figure->legend_visible ? all_entries (figure) : g_array_new (FALSE, FALSE, sizeof (Entry));
}

GPtrArray *
lw_figure_list_legend (LwFigure *self)
{
  g_autoptr (GArray) list = all_entries (self);
  GPtrArray *layers = g_ptr_array_new ();

  for (guint i = 0; i < list->len; i++)
    if (g_array_index (list, Entry, i).layer->kind != LW_LAYER_STACK)
      g_ptr_array_add (layers, (LwLayer *) g_array_index (list, Entry, i).layer);
  return layers;
}

void
lw_figure_draw_sample (LwLayer *layer, cairo_t *cr, double width, double height, const LwTheme *theme)
{
  LwPainter painter;
  double sample = MIN (width, LW_LEGEND_SAMPLE);

  lw_painter_init (&painter, cr, theme);
  lw_legend_draw_sample (&painter, layer, 0, 0.5 * (width - sample), 0.5 * height, sample);
  lw_painter_clear (&painter);
}

void
lw_legend_draw_sample (LwPainter *painter, const LwLayer *layer, size_t part, double x, double y, double width)
{
  cairo_t *cr = painter->cr;
  double middle = x + width / 2, pen = painter->theme->line_width * (layer->style.width > 0 ? layer->style.width : 1);

  lw_painter_set_ink (painter, lw_layer_colour (layer, painter->theme), 1);
  switch (layer->kind)
    {
    case LW_LAYER_BAND:
      lw_painter_set_ink (painter, lw_layer_colour (layer, painter->theme),
                          layer->style.alpha > 0 ? layer->style.alpha : painter->theme->band_alpha + 0.1);
      lw_painter_rounded (painter, x, y - 4.5, width, 9, 2);
      cairo_fill (cr);
      break;
    case LW_LAYER_POINTS:
      lw_painter_marker (painter, lw_layer_shape (layer), middle, y, CLAMP (layer->style.size, 6, 9));
      break;
    case LW_LAYER_ELLIPSE:
      cairo_save (cr);
      cairo_translate (cr, middle, y);
      cairo_scale (cr, 9, 4.5);
      cairo_arc (cr, 0, 0, 1, 0, 2 * M_PI);
      cairo_restore (cr);
      cairo_set_line_width (cr, pen);
      cairo_stroke (cr);
      break;
    case LW_LAYER_STACK:
      lw_painter_set_ink (painter, lw_theme_category (painter->theme, lw_layer_part_category (layer, part, part)), 1);
      lw_painter_marker (painter, lw_palette_shape (lw_layer_part_category (layer, part, part)), middle, y, 9);
      break;
    case LW_LAYER_LINE:
    case LW_LAYER_BOUND:
    case LW_LAYER_MARK:
    default:
      lw_painter_set_dash (painter, lw_layer_dash (layer), pen);
      cairo_set_line_width (cr, pen + 0.5);
      cairo_move_to (cr, x, y);
      cairo_line_to (cr, x + width, y);
      cairo_stroke (cr);
      cairo_set_dash (cr, NULL, 0, 0);
      break;
    }
}

static double
sample_width (const Entry *entry)
{
  return entry->layer->kind == LW_LAYER_POINTS || entry->layer->kind == LW_LAYER_STACK ? MARKER : LW_LEGEND_SAMPLE;
}

static double
entry_width (LwPainter *painter, const Entry *entry, double sample)
{
  return sample + PADDING + ceil (lw_painter_measure (painter, LW_TEXT_LABEL, entry->name).width) + 1;
}

static void
draw_entry (LwPainter *painter, const Entry *entry, double sample, double x, double y, double width)
{
  lw_legend_draw_sample (painter, entry->layer, entry->part, x, y + 0.5 * lw_painter_row (painter), sample);
  lw_painter_set_ink (painter, painter->theme->foreground, 1);
  lw_painter_text (painter, LW_TEXT_LABEL, entry->name, x + sample + PADDING, y, 0, fmax (1, width - sample - PADDING));
}

/* Walks the entries as they are set in rows of @width from @x, @y; draws them when the painter has a surface. What would come below
 * @most_height is counted instead: "+3". Returns the room taken. */
static LwExtent
flow (GArray *list, LwPainter *painter, double x, double y, double width, double most_height)
{
  double row = lw_painter_row (painter) + 2, across = 0, down = 0, counter = ceil (lw_painter_measure (painter, LW_TEXT_LABEL, "+99").width);
  LwExtent taken = { 0, 0 };

  for (guint i = 0; i < list->len; i++)
    {
      const Entry *entry = &g_array_index (list, Entry, i);
      double sample = sample_width (entry), wanted = fmin (entry_width (painter, entry, sample), width);
      gboolean last_row = down + 2 * row > most_height;
      double room = last_row && i + 1 < list->len ? width - counter - BETWEEN : width;

      if (across > 0 && across + wanted > room)
        {
          if (last_row)
            {
              g_autofree char *more = g_strdup_printf ("+%u", list->len - i);

              if (painter->cr)
                {
                  lw_painter_set_ink (painter, painter->theme->muted, 1);
                  lw_painter_text (painter, LW_TEXT_LABEL, more, x + across, y + down + 1, 0, 0);
                }
              taken.width = fmax (taken.width, across + counter);
              return taken;
            }
          across = 0;
          down += row;
        }
      if (painter->cr)
        draw_entry (painter, entry, sample, x + across, y + down + 1, fmin (wanted, room));
      across += wanted + BETWEEN;
      taken.width = fmax (taken.width, across - BETWEEN);
      taken.height = down + row;
    }
  return taken;
}

LwExtent
lw_legend_strip_extent (LwFigure *figure, LwPainter *painter, double width, double most_height)
{
  g_autoptr (GArray) list = entries (figure);

  if (most_height < lw_painter_row (painter))
    return (LwExtent){ 0, 0 };
  return flow (list, painter, 0, 0, width, most_height);
}

/* Whether anything of @layer lies in the pixels [x0, x1] x [y0, y1]. */
static gboolean
curve_touches (const LwSeries *lower, const LwSeries *upper, const LwFigureLayout *layout, double x0, double x1, double y0, double y1)
{
  for (int i = 0; i < SLICES; i++)
    {
      double a = x0 + (x1 - x0) * i / SLICES, b = x0 + (x1 - x0) * (i + 1) / SLICES;
      LwRange x = { lw_axis_from_pixel (&layout->x, a), lw_axis_from_pixel (&layout->x, b) }, r;
      size_t begin, end;

      lw_layer_window (lower, x, &begin, &end);
      /* The curve between its points: one more on both sides. */
      begin -= begin > 0;
      end += end < lw_series_n (lower);
      if (end - begin == 1)
        continue;
      r = lw_range_union (lw_series_y_range_between (lower, begin, end), lw_series_y_range_between (upper, begin, end));
      if (!lw_range_is_empty (r) && lw_axis_to_pixel (&layout->y, r.max) <= y1 && lw_axis_to_pixel (&layout->y, r.min) >= y0)
        return TRUE;
    }
  return FALSE;
}

static gboolean
points_touch (const LwSeries *series, const LwFigureLayout *layout, double x0, double x1, double y0, double y1)
{
  for (size_t i = 0; i < lw_series_n (series); i++)
    {
      double px = lw_axis_to_pixel (&layout->x, lw_series_x (series)[i]), py = lw_axis_to_pixel (&layout->y, lw_series_y (series)[i]);

      if (px >= x0 && px <= x1 && py >= y0 && py <= y1)
        return TRUE;
    }
  return FALSE;
}

static gboolean
stack_touches (const LwLayer *layer, const LwFigureLayout *layout, double x0, double x1, double y1)
{
  double reach = layer->stack == LW_STACK_AREAS ? 0 : 0.5 * lw_layer_stack_pitch (layer);

  for (size_t i = 0; i < lw_layer_stack_n (layer); i++)
    {
      double x = lw_series_x (layer->parts[0])[i];

      if (lw_axis_to_pixel (&layout->x, x + reach) >= x0 && lw_axis_to_pixel (&layout->x, x - reach) <= x1
          && lw_axis_to_pixel (&layout->y, lw_layer_stack_sum (layer, layer->n_parts, i)) <= y1)
        return TRUE;
    }
  return FALSE;
}

/* A mark's label takes a hand's width beside the top of its line. */
static gboolean
mark_touches (const LwLayer *layer, const LwFigureLayout *layout, double x0, double x1, double y0)
{
  double x = lw_axis_to_pixel (&layout->x, layer->value);

  return (x >= x0 && x <= x1) || (layer->name && y0 < layout->top + 48 && x >= x0 - 180 && x <= x1 + 180);
}

static gboolean
touches (const LwLayer *layer, const LwFigureLayout *layout, double x0, double x1, double y0, double y1)
{
  LwRange x = lw_layer_x_extent (layer), y = lw_layer_y_extent (layer, lw_range_empty ());

  switch (layer->kind)
    {
    case LW_LAYER_LINE:
      return lw_series_is_sorted (layer->series) ? curve_touches (layer->series, NULL, layout, x0, x1, y0, y1)
                                                 : points_touch (layer->series, layout, x0, x1, y0, y1);
    case LW_LAYER_BAND:
      return curve_touches (layer->series, layer->upper, layout, x0, x1, y0, y1);
    case LW_LAYER_POINTS:
      return points_touch (layer->series, layout, x0, x1, y0, y1);
    case LW_LAYER_STACK:
      return stack_touches (layer, layout, x0, x1, y1);
    case LW_LAYER_ELLIPSE:
      return !lw_range_is_empty (x) && lw_axis_to_pixel (&layout->x, x.max) >= x0 && lw_axis_to_pixel (&layout->x, x.min) <= x1
             && lw_axis_to_pixel (&layout->y, y.max) <= y1 && lw_axis_to_pixel (&layout->y, y.min) >= y0;
    case LW_LAYER_BOUND:
      return lw_axis_to_pixel (&layout->y, layer->value) + 4 >= y0 && lw_axis_to_pixel (&layout->y, layer->value) - 20 <= y1;
    case LW_LAYER_MARK:
      return mark_touches (layer, layout, x0, x1, y0);
    default:
      return TRUE;
    }
}

static gboolean
is_free (LwFigure *figure, const LwFigureLayout *layout, const cairo_rectangle_t *box)
{
  for (guint i = 0; i < figure->layers->len; i++)
    {
      const LwLayer *layer = g_ptr_array_index (figure->layers, i);

      if (layer->visible && touches (layer, layout, box->x - 2, box->x + box->width + 2, box->y - 2, box->y + box->height + 2))
        return FALSE;
    }
  return TRUE;
}

/* In a column all names start at the same x. */
static double
widest_sample (GArray *list)
{
  double widest = 0;

  for (guint i = 0; i < list->len; i++)
    widest = fmax (widest, sample_width (&g_array_index (list, Entry, i)));
  return widest;
}

gboolean
lw_legend_find_corner (LwFigure *figure, LwPainter *painter, const LwFigureLayout *layout, cairo_rectangle_t *box)
{
  g_autoptr (GArray) list = entries (figure);
  double width = 0, height = list->len * (lw_painter_row (painter) + 2) + PADDING, sample = widest_sample (list), inset = PADDING + 2;

  for (guint i = 0; i < list->len; i++)
    width = fmax (width, entry_width (painter, &g_array_index (list, Entry, i), sample));
  width = ceil (width + 2 * PADDING);

  if (width > 0.62 * (layout->right - layout->left) || height > 0.62 * (layout->bottom - layout->top))
    return FALSE;

  for (int corner = 0; corner < 4; corner++)
    {
      cairo_rectangle_t r = { corner % 2 ? layout->left + inset : layout->right - inset - width,
                              corner / 2 ? layout->bottom - inset - height : layout->top + 2, width, height };

      if (is_free (figure, layout, &r))
        {
          *box = r;
          return TRUE;
        }
    }
  return FALSE;
}

void
lw_legend_draw (LwFigure *figure, LwPainter *painter, const LwFigureLayout *layout)
{
  g_autoptr (GArray) list = entries (figure);
  const cairo_rectangle_t *box = &layout->legend;

  if (box->width <= 0)
    return;
  if (!layout->legend_inside)
    {
      flow (list, painter, box->x, box->y, box->width + 1, box->height);
      return;
    }
  /* Zoomed data may come to lie behind it. */
  lw_painter_rounded (painter, box->x, box->y, box->width, box->height, 4);
  lw_painter_set_ink (painter, painter->theme->background, painter->theme->transparent ? 0.6 : 0.8);
  cairo_fill (painter->cr);
  for (guint i = 0; i < list->len; i++)
    draw_entry (painter, &g_array_index (list, Entry, i), widest_sample (list), box->x + PADDING,
                box->y + PADDING / 2.0 + 1 + i * (lw_painter_row (painter) + 2), box->width - 2 * PADDING + 1);
}
