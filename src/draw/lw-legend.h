/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-figure-private.h"
#include "lw-painter.h"

/* The legend: who is who. In a corner of the plot area if one is free of data when the plot is at rest, so that it stays put while
 * zooming; else in rows above the plot. */

/* Room for the legend in a strip @width wide: 0 x 0 when there is nothing to explain or no room for a row. */
LwExtent lw_legend_strip_extent  (LwFigure *figure, LwPainter *painter, double width, double most_height);
/* Finds a free corner of the plot area @layout; false when all are taken. */
gboolean lw_legend_find_corner   (LwFigure *figure, LwPainter *painter, const LwFigureLayout *layout, cairo_rectangle_t *box);
void     lw_legend_draw          (LwFigure *figure, LwPainter *painter, const LwFigureLayout *layout);
/* The sample of a layer (a part of a stack) that identifies it, in the @width from @x on, centred on @y. */
void     lw_legend_draw_sample   (LwPainter *painter, const LwLayer *layer, size_t part, double x, double y, double width);

enum { LW_LEGEND_SAMPLE = 20 };
