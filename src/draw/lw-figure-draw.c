/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "lw-layer-draw.h"
#include "lw-legend.h"

#include <math.h>

enum { MARGIN = 8, GAP = 6, TICK = 4, MARKER_ROOM = 6 };

static void
draw_grid (LwFigure *self, LwPainter *painter, const LwFigureLayout *layout, const LwTicks *x, const LwTicks *y)
{
  const LwTheme *theme = painter->theme;

  lw_painter_set_ink (painter, theme->grid, 1);
  for (size_t i = 0; i < y->n; i++)
    lw_painter_hline (painter, layout->left, layout->right, lw_axis_to_pixel (&layout->y, y->tick[i].value), theme->grid_width);
  /* Curves over time need no vertical lines, planes do. */
  for (size_t i = 0; i < x->n && self->equal_aspect; i++)
    lw_painter_vline (painter, lw_axis_to_pixel (&layout->x, x->tick[i].value), layout->top, layout->bottom, theme->grid_width);
}

/* Numbers on an axis that nothing has stretched yet would be made up. */
static gboolean
has_scale (LwFigure *self, const LwFigureAxis *axis)
{
  return lw_figure_has_data (self) || isfinite (axis->fixed.min) || isfinite (axis->fixed.max) || (axis == &self->x && self->x_follow > 0);
}

static void
draw_y_labels (LwPainter *painter, const LwFigureLayout *layout, const LwTicks *ticks)
{
  double row = lw_painter_measure (painter, LW_TEXT_LABEL, "0").height;

  lw_painter_set_ink (painter, painter->theme->muted, 1);
  for (size_t i = 0; i < ticks->n; i++)
    lw_painter_text (painter, LW_TEXT_LABEL, ticks->tick[i].label, layout->left - GAP,
                     lw_axis_to_pixel (&layout->y, ticks->tick[i].value) - row / 2, 1, 0);
}

/* Labels that would touch the one before, or leave the surface, are left out; their ticks stay. */
static void
draw_x_label (LwPainter *painter, const LwFigureLayout *layout, double x, const char *text, double surface_width, double *occupied)
{
  double half = lw_painter_measure (painter, LW_TEXT_LABEL, text).width / 2;

  if (*text == '\0' || x - half < *occupied || x + half > surface_width)
    return;
  lw_painter_set_ink (painter, painter->theme->muted, 1);
  lw_painter_text (painter, LW_TEXT_LABEL, text, x, layout->bottom + TICK, 0.5, 0);
  *occupied = x + half + 4;
}

static void
draw_x_labels (LwFigure *self, LwPainter *painter, const LwFigureLayout *layout, const LwTicks *ticks, double surface_width)
{
  double occupied = 0;

  if (self->categories)
    {
      for (guint i = 0; self->categories[i]; i++)
        {
          double x = lw_axis_to_pixel (&layout->x, i);

          if (x >= layout->left && x <= layout->right)
            draw_x_label (painter, layout, x, self->categories[i], surface_width, &occupied);
        }
      return;
    }
  for (size_t i = 0; i < ticks->n; i++)
    {
      double x = lw_axis_to_pixel (&layout->x, ticks->tick[i].value);

      lw_painter_set_ink (painter, painter->theme->axis, 1);
      lw_painter_vline (painter, x, layout->bottom, layout->bottom + TICK - 1, painter->theme->grid_width);
      draw_x_label (painter, layout, x, ticks->tick[i].label, surface_width, &occupied);
    }
}

static void
draw_titles (LwFigure *self, LwPainter *painter, const LwFigureLayout *layout, int x_exponent, int y_exponent, double width, double height)
{
  g_autofree char *x_title = lw_figure_axis_title (&self->x, x_exponent), *y_title = lw_figure_axis_title (&self->y, y_exponent);
  double row = lw_painter_row (painter), x = MARGIN, y = MARGIN - 2, most = width - 2 * MARGIN;
  gboolean two_rows = layout->header_bottom - y > 1.5 * (row + 2);

  if (self->title)
    {
      lw_painter_set_ink (painter, painter->theme->foreground, 1);
      x += lw_painter_text (painter, LW_TEXT_TITLE, self->title, MARGIN, y, 0, most).width + 1.25 * MARGIN;
    }
  lw_painter_set_ink (painter, painter->theme->muted, 1);
  if (g_strcmp0 (self->title, y_title) == 0)
    g_clear_pointer (&y_title, g_free);
  if (y_title && two_rows)
    lw_painter_text (painter, LW_TEXT_LABEL, y_title, MARGIN, y + row + 2, 0, most);
  else if (y_title)
    lw_painter_text (painter, LW_TEXT_LABEL, y_title, x, y + (self->title ? 0.08 * painter->theme->font_size : 0), 0, fmax (1, width - MARGIN - x));
  /* A live plot that was zoomed or moved stands still: it says so. */
  if (self->x_follow > 0 && !lw_range_is_empty (self->view_x))
    {
      lw_painter_set_ink (painter, painter->theme->warning, 1);
      lw_painter_text (painter, LW_TEXT_STRONG, _("Display paused"), width - MARGIN, y, 1, 0);
      lw_painter_set_ink (painter, painter->theme->muted, 1);
    }
  if (x_title && layout->x_title)
    {
      double wanted = fmin (lw_painter_measure (painter, LW_TEXT_LABEL, x_title).width + 1, most);
      double centre = CLAMP (0.5 * (layout->left + layout->right), MARGIN + wanted / 2, width - MARGIN - wanted / 2);

      lw_painter_text (painter, LW_TEXT_LABEL, x_title, centre, height - MARGIN / 2 - row, 0.5, most);
    }
}

/* The labels of marks stand right of their lines, left of them at the right edge, each in the highest of three rows that is free. A plot
 * too low for that leaves them to the cursor's read-out. */
static void
draw_marks (const LwFigure *self, LwPainter *painter, const LwFigureLayout *layout)
{
  enum { ROWS = 3 };
  double row = lw_painter_row (painter), occupied[ROWS] = { layout->left, layout->left, layout->left };

  for (guint i = 0; i < self->layers->len; i++)
    {
      const LwLayer *layer = g_ptr_array_index (self->layers, i);
      double x = layer->kind == LW_LAYER_MARK && layer->visible ? lw_axis_to_pixel (&layout->x, layer->value) : (double) NAN, width, left;
      int free_row = 0;

      if (!(x >= layout->left - 0.5 && x <= layout->right + 0.5))
        continue;
      lw_painter_set_ink (painter, lw_layer_colour (layer, painter->theme), 0.7);
      lw_painter_vline (painter, x, layout->top, layout->bottom, 1);
      if (!layer->name || layout->bottom - layout->top < 6 * row)
        continue;

      width = fmin (lw_painter_measure (painter, LW_TEXT_LABEL, layer->name).width, 0.6 * (layout->right - layout->left));
      left = x + 4 + width > layout->right ? x - 4 - width : x + 4;
      while (free_row < ROWS && left < occupied[free_row])
        free_row++;
      if (free_row == ROWS)
        continue;
      occupied[free_row] = left + width + GAP;
      lw_painter_set_ink (painter, painter->theme->background, painter->theme->transparent ? 0.6 : 0.8);
      lw_painter_rounded (painter, left - 2, layout->top + free_row * row, width + 4, row, 3);
      cairo_fill (painter->cr);
      lw_painter_set_ink (painter, lw_layer_colour (layer, painter->theme), 1);
      lw_painter_text (painter, LW_TEXT_LABEL, layer->name, left, layout->top + free_row * row, 0, width + 1);
    }
}

void
lw_layers_draw (const LwFigure *self, gboolean live, LwPainter *painter, const LwFigureLayout *layout)
{
  cairo_t *cr = painter->cr;

  for (LwPass pass = 0; pass < LW_N_PASSES; pass++)
    {
      double room = pass == LW_PASS_SIGNS ? MARKER_ROOM : 1;

      cairo_save (cr);
      cairo_rectangle (cr, layout->left - (pass == LW_PASS_SIGNS ? room : 0), layout->top - room,
                       layout->right - layout->left + (pass == LW_PASS_SIGNS ? 2 * room : 0), layout->bottom - layout->top + 2 * room);
      cairo_clip (cr);
      if (pass == LW_PASS_SIGNS && !live)
        draw_marks (self, painter, layout);
      for (guint i = 0; i < self->layers->len; i++)
        {
          const LwLayer *layer = g_ptr_array_index (self->layers, i);

          if (layer->live == live)
            lw_layer_draw (layer, pass, painter, layout);
        }
      cairo_restore (cr);
    }
}

void
lw_figure_draw_plot (LwFigure *self, cairo_t *cr, double width, double height, const LwTheme *theme, const LwFigureLayout *layout)
{
  LwPainter painter;
  LwTicks x, y;

  g_return_if_fail (LW_IS_FIGURE (self));

  lw_painter_init (&painter, cr, theme);
  lw_axis_ticks (&layout->x, layout->most_x_ticks, &x);
  lw_axis_ticks (&layout->y, layout->most_y_ticks, &y);

  cairo_save (cr);
  if (!theme->transparent)
    {
      lw_painter_set_ink (&painter, theme->background, 1);
      cairo_rectangle (cr, 0, 0, width, height);
      cairo_fill (cr);
    }
  if (has_scale (self, &self->y))
    draw_grid (self, &painter, layout, &x, &y);
  lw_painter_set_ink (&painter, theme->axis, 1);
  lw_painter_hline (&painter, layout->left, layout->right, layout->bottom, theme->grid_width);
  lw_layers_draw (self, FALSE, &painter, layout);
  if (has_scale (self, &self->y))
    draw_y_labels (&painter, layout, &y);
  if (has_scale (self, &self->x))
    draw_x_labels (self, &painter, layout, &x, width);
  draw_titles (self, &painter, layout, x.exponent, y.exponent, width, height);
  lw_legend_draw (self, &painter, layout);
  if (self->empty_text && !lw_figure_has_data (self))
    {
      lw_painter_set_ink (&painter, theme->muted, 1);
      lw_painter_text (&painter, LW_TEXT_LABEL, self->empty_text, 0.5 * (layout->left + layout->right),
                       0.5 * (layout->top + layout->bottom - lw_painter_row (&painter)), 0.5, layout->right - layout->left);
    }
  cairo_restore (cr);
  lw_painter_clear (&painter);
}

void
lw_figure_draw (LwFigure *self, cairo_t *cr, double width, double height, const LwTheme *theme)
{
  LwFigureLayout layout;

  lw_figure_layout (self, width, height, theme, 0, &layout);
  lw_figure_draw_plot (self, cr, width, height, theme, &layout);
  lw_figure_draw_cursor (self, cr, width, height, theme, &layout);
}
