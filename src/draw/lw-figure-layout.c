/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "lw-legend.h"

#include <math.h>
#include <string.h>

/* Distances in px, chosen by eye. */
enum { MARGIN = 8, GAP = 6, TICK = 4 };

gboolean
lw_figure_has_data (LwFigure *self)
{
  for (guint i = 0; i < self->layers->len; i++)
    {
      const LwLayer *layer = g_ptr_array_index (self->layers, i);

      if (layer->visible && layer->kind != LW_LAYER_BOUND && layer->kind != LW_LAYER_MARK && !lw_range_is_empty (lw_layer_x_extent (layer)))
        return TRUE;
    }
  return FALSE;
}

char *
lw_figure_axis_title (const LwFigureAxis *axis, int exponent)
{
  const char *symbol = lw_unit_info (axis->unit)->symbol;
  char power[32] = "";

  if (!axis->title)
    return NULL;
  if (exponent != 0)
    lw_power_format (exponent, power, sizeof power);
  if (exponent == 0 && *symbol == '\0')
    return g_strdup (axis->title);
  return g_strdup_printf ("%s (%s%s%s)", axis->title, power, exponent != 0 && *symbol ? "\u00a0" : "", symbol);
}

static LwRange
fix_ends (LwRange data, LwRange fixed)
{
  LwRange r = lw_range_is_empty (data) ? (LwRange){ NAN, NAN } : data;

  if (isfinite (fixed.min))
    r.min = fixed.min;
  if (isfinite (fixed.max))
    r.max = fixed.max;
  /* One end fixed beyond the data, or no data at all: a unit's width from the fixed end. */
  if (isfinite (fixed.min) && !(r.max > r.min))
    r.max = fixed.min + 1;
  else if (isfinite (fixed.max) && !(r.min < r.max))
    r.min = fixed.max - 1;
  return r;
}

LwRange
lw_figure_get_x_extent (LwFigure *self)
{
  LwRange r = lw_range_empty ();

  g_return_val_if_fail (LW_IS_FIGURE (self), r);

  for (guint i = 0; i < self->layers->len; i++)
    {
      const LwLayer *layer = g_ptr_array_index (self->layers, i);

      if (layer->visible && layer->counts)
        r = lw_range_union (r, lw_layer_x_extent (layer));
    }
  return r;
}

static LwRange
home_x (LwFigure *self)
{
  LwRange r = lw_range_union (lw_figure_get_x_extent (self), self->linked_x);

  if (self->x_follow > 0 && !lw_range_is_empty (r))
    r = r.max - r.min < self->x_follow ? (LwRange){ r.min, r.min + self->x_follow } : (LwRange){ r.max - self->x_follow, r.max };
  else if (self->x_follow > 0)
    r = (LwRange){ 0, self->x_follow };
  if (self->equal_aspect)
    r = lw_range_pad (r, 0.05);
  return fix_ends (r, self->x.fixed);
}

static LwRange
home_y (LwFigure *self, LwRange x)
{
  LwRange r = lw_range_empty ();

  for (guint i = 0; i < self->layers->len; i++)
    {
      const LwLayer *layer = g_ptr_array_index (self->layers, i);

      if (layer->visible && layer->counts)
        r = lw_range_union (r, lw_layer_y_extent (layer, x));
    }
  if (!lw_range_is_empty (r) && r.max - r.min < self->y_least)
    r = (LwRange){ 0.5 * (r.min + r.max - self->y_least), 0.5 * (r.min + r.max + self->y_least) };
  return fix_ends (r, self->y.fixed);
}

void
lw_figure_get_home (LwFigure *self, LwRange *x, LwRange *y)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  *x = home_x (self);
  *y = home_y (self, *x);
}

/* A little air, then out to half a tick step, at the ends that follow the data; 0 stays the floor of what is never negative. */
static LwRange
settle_y (const LwFigureAxis *spec, LwAxis axis, size_t most)
{
  LwRange data = axis.range, r;

  if (axis.scale == LW_SCALE_LOG10)
    return axis.range;
  axis.range = lw_range_pad (axis.range, 0.03);
  if (data.min >= 0 && axis.range.min < 0)
    axis.range.min = 0;
  r = lw_axis_nice (&axis, 2 * most);
  if (isfinite (spec->fixed.min))
    r.min = spec->fixed.min;
  if (isfinite (spec->fixed.max))
    r.max = spec->fixed.max;
  return r;
}

/* Opens the axis with the larger scale until a unit is as long on both. */
static void
equalise (LwAxis *x, LwAxis *y)
{
  double per_x = (x->range.max - x->range.min) / fabs (x->pixel_max - x->pixel_min);
  double per_y = (y->range.max - y->range.min) / fabs (y->pixel_max - y->pixel_min);

  if (per_x < per_y)
    x->range = lw_range_pad (x->range, 0.5 * (per_y / per_x - 1));
  else
    y->range = lw_range_pad (y->range, 0.5 * (per_x / per_y - 1));
}

static void
set_ranges (LwFigure *self, LwFigureLayout *out, gboolean at_rest)
{
  LwRange home = home_x (self), x = at_rest || lw_range_is_empty (self->view_x) ? home : self->view_x;

  out->x = lw_axis_drawable ((LwAxis){ .range = x, .pixel_min = out->left, .pixel_max = out->right, .unit = self->x.unit, .scale = self->x.scale });
  out->y = lw_axis_drawable ((LwAxis){ .range = home_y (self, home), .pixel_min = out->bottom, .pixel_max = out->top, .unit = self->y.unit,
                                       .scale = self->y.scale });
  if (!at_rest && !lw_range_is_empty (self->view_y))
    {
      out->y.range = self->view_y;
      out->y = lw_axis_drawable (out->y);
    }
  else if (!self->equal_aspect)
    out->y.range = settle_y (&self->y, out->y, out->most_y_ticks);
  if (self->equal_aspect && (at_rest || lw_range_is_empty (self->view_x) || lw_range_is_empty (self->view_y)))
    equalise (&out->x, &out->y);
}

static double
widest_label (LwPainter *painter, const LwTicks *ticks)
{
  double widest = 0;

  for (size_t i = 0; i < ticks->n; i++)
    widest = fmax (widest, lw_painter_measure (painter, LW_TEXT_LABEL, ticks->tick[i].label).width);
  return widest;
}

/* How many x labels fit with room between them: few enough for the widest of them. */
static size_t
fit_x_ticks (LwPainter *painter, const LwAxis *axis)
{
  double width = axis->pixel_max - axis->pixel_min;

  for (size_t most = (size_t) CLAMP (width / 56, 3, 11); most > 2; most--)
    {
      LwTicks ticks;

      lw_axis_ticks (axis, most, &ticks);
      if (ticks.n < 2 || (widest_label (painter, &ticks) + 14) * (double) (ticks.n - 1) <= width)
        return most;
    }
  return 2;
}

/* Title and y title in one row when both fit, or when there is no height for two. */
static double
header_height (LwFigure *self, LwPainter *painter, const char *y_title, double width, double height)
{
  double title = self->title ? lw_painter_measure (painter, LW_TEXT_TITLE, self->title).width : 0;
  double label = y_title ? lw_painter_measure (painter, LW_TEXT_LABEL, y_title).width : 0;
  double row = lw_painter_row (painter) + 2;

  if (title == 0 && label == 0)
    return 0;
  if (g_strcmp0 (self->title, y_title) == 0)
    return row;
  return title > 0 && label > 0 && title + label + 3 * MARGIN > width - 2 * MARGIN && height > 11 * row ? 2 * row : row;
}

static void
set_margins (LwFigure *self, LwPainter *painter, double width, double height, double left_margin, double strip, LwFigureLayout *out)
{
  double row = lw_painter_row (painter), labels, overhang, needed;
  g_autofree char *y_title = NULL;
  LwTicks ticks;

  out->x_title = self->x.title && height > 7 * row;
  out->top = MARGIN;
  out->bottom = height - MARGIN / 2 - row - TICK - (out->x_title ? row : 0);
  out->left = MARGIN + 40;
  out->right = width - MARGIN - 4;
  out->most_y_ticks = (size_t) CLAMP ((out->bottom - out->top) / (2.2 * row), 3, 8);

  /* The ranges depend on the height and the labels' width on the ranges, but only the exponent on the header's height. */
  set_ranges (self, out, FALSE);
  lw_axis_ticks (&out->y, out->most_y_ticks, &ticks);
  y_title = lw_figure_axis_title (&self->y, ticks.exponent);
  out->header_bottom = MARGIN - 2 + header_height (self, painter, y_title, width, height);
  out->top = out->header_bottom + strip + GAP + 2;
  out->most_y_ticks = (size_t) CLAMP ((out->bottom - out->top) / (2.2 * row), 3, 8);
  if (out->bottom - out->top < 8)
    out->bottom = out->top + 8;

  set_ranges (self, out, FALSE);
  lw_axis_ticks (&out->y, out->most_y_ticks, &ticks);
  labels = widest_label (painter, &ticks);
  needed = ceil (MARGIN + labels + GAP);
  out->left = fmax (needed, left_margin);

  set_ranges (self, out, FALSE);
  out->most_x_ticks = fit_x_ticks (painter, &out->x);
  lw_axis_ticks (&out->x, out->most_x_ticks, &ticks);
  if (ticks.n > 0 && !self->categories)
    {
      const LwTick *last = &ticks.tick[ticks.n - 1];

      overhang = lw_axis_to_pixel (&out->x, last->value) + lw_painter_measure (painter, LW_TEXT_LABEL, last->label).width / 2 - (width - 4);
      if (overhang > 0)
        out->right = floor (out->right - overhang);
    }
  if (out->right < out->left + 16)
    out->right = out->left + 16;
  set_ranges (self, out, FALSE);
}

/* A third of the plot area at most, one row if that leaves it three, else none. */
static double
strip_room (LwPainter *painter, const LwFigureLayout *out)
{
  double height = out->bottom - out->top, row = lw_painter_row (painter) + 2;

  if (height < 4 * row)
    return 0;
  return fmax (row, 0.3 * height);
}

void
lw_figure_layout (LwFigure *self, double width, double height, const LwTheme *theme, double left_margin, LwFigureLayout *out)
{
  LwFigureLayout at_rest;
  LwPainter painter;
  LwExtent strip;

  g_return_if_fail (LW_IS_FIGURE (self));

  *out = (LwFigureLayout){ 0 };
  lw_painter_init (&painter, NULL, theme);
  set_margins (self, &painter, width, height, left_margin, 0, out);

  strip = lw_legend_strip_extent (self, &painter, width - 2 * MARGIN, strip_room (&painter, out));
  at_rest = *out;
  set_ranges (self, &at_rest, TRUE);
  /* What moves by itself would chase the legend from corner to corner. */
  if (strip.width > 0 && self->x_follow == 0 && lw_legend_find_corner (self, &painter, &at_rest, &out->legend))
    out->legend_inside = TRUE;
  else if (strip.width > 0)
    {
      set_margins (self, &painter, width, height, left_margin, strip.height + 2, out);
      out->legend = (cairo_rectangle_t){ MARGIN, out->header_bottom + 2, strip.width, strip.height };
    }
  lw_painter_clear (&painter);
}

double
lw_figure_left_margin (LwFigure *self, double width, double height, const LwTheme *theme)
{
  LwFigureLayout layout;

  g_return_val_if_fail (LW_IS_FIGURE (self), 0);

  lw_figure_layout (self, width, height, theme, 0, &layout);
  return layout.left;
}
