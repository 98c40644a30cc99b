/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <pango/pangocairo.h>

#include "lw-layer.h"
#include "lw-theme.h"

/* Cairo, a theme and its letters, for the time of one drawing. Any thread, one drawing each. */
typedef struct {
  cairo_t       *cr;     /* borrowed; NULL when only measuring */
  const LwTheme *theme;  /* borrowed */
  PangoLayout   *layout; /* owned */
  int            role;   /* of the text the layout is set up for, -1 = none */
} LwPainter;

typedef enum {
  LW_TEXT_LABEL,  /* ticks, legend, read-out: digits of equal width */
  LW_TEXT_TITLE,
  LW_TEXT_STRONG, /* a label that stands out */
} LwTextRole;

typedef struct {
  double width;
  double height;
} LwExtent;

void     lw_painter_init  (LwPainter *self, cairo_t *cr, const LwTheme *theme);
void     lw_painter_clear (LwPainter *self);

void     lw_painter_set_ink (LwPainter *self, LwRgb ink, double alpha);
/* Height of a row of labels. */
double   lw_painter_row     (LwPainter *self);
LwExtent lw_painter_measure (LwPainter *self, LwTextRole role, const char *text);
/* @x: of the left edge (align 0), the centre (0.5) or the right edge (1); @y of the top. Wider than @most, when that is > 0, the text ends in "…". */
LwExtent lw_painter_text    (LwPainter *self, LwTextRole role, const char *text, double x, double y, double align, double most);

void     lw_painter_set_dash (LwPainter *self, LwDash dash, double width);
/* A marker of @size px about (x, y) in the ink set before. */
void     lw_painter_marker   (LwPainter *self, LwShape shape, double x, double y, double size);
/* A horizontal or vertical hairline on whole device pixels. */
void     lw_painter_hline    (LwPainter *self, double x0, double x1, double y, double width);
void     lw_painter_vline    (LwPainter *self, double x, double y0, double y1, double width);
void     lw_painter_rounded  (LwPainter *self, double x, double y, double width, double height, double radius);
