/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-ellipse.h"
#include "lw-figure.h"

typedef enum {
  LW_LAYER_LINE,
  LW_LAYER_BAND,
  LW_LAYER_POINTS,
  LW_LAYER_ELLIPSE,
  LW_LAYER_BOUND,
  LW_LAYER_MARK,
  LW_LAYER_STACK,
} LwLayerKind;

struct _LwLayer {
  LwFigure    *figure;    /* borrowed: it owns this layer */
  LwLayerKind  kind;
  gboolean     visible;
  gboolean     counts;
  gboolean     live;      /* drawn with the cursor */
  guint        category;  /* resolved when the layer was added */

  /* owned */
  char        *name;      /* (nullable) */
  LwStyle      style;
  LwSeries    *series;    /* line, points; lower edge of a band */
  LwSeries    *upper;     /* band */
  double      *certainty; /* points (n, nullable) */
  LwSeries   **parts;     /* stack (n_parts) */
  char       **part_names; /* stack (nullable) */
  size_t       n_parts;

  LwStack      stack;
  double       value;     /* bound: y; mark: x */
  LwEllipse    ellipse;
  gboolean     has_ellipse;
};

/* Only live layers changed: ::cursor-changed, or ::changed later while the figure is frozen. */
void     lw_figure_invalidate_live (LwFigure *figure);

LwLayer *lw_layer_new    (LwFigure *figure, LwLayerKind kind, const LwStyle *style, const char *name);
void     lw_layer_free   (LwLayer *self);

LwDash   lw_layer_dash   (const LwLayer *self);
LwShape  lw_layer_shape  (const LwLayer *self);
LwRgb    lw_layer_colour (const LwLayer *self, const LwTheme *theme);

/* Category of part @part of a stack; bars over x categories count by x instead. */
guint    lw_layer_part_category (const LwLayer *self, size_t part, size_t point);
/* Sum of the parts [0, end) at @point; NaN and negative parts count as nothing. */
double   lw_layer_stack_sum (const LwLayer *self, size_t end, size_t point);
/* Number of points that all parts have. */
size_t   lw_layer_stack_n   (const LwLayer *self);
/* Distance between neighbouring bars in x. */
double   lw_layer_stack_pitch (const LwLayer *self);

/* What automatic ranges must hold; empty when nothing. */
LwRange  lw_layer_x_extent (const LwLayer *self);
LwRange  lw_layer_y_extent (const LwLayer *self, LwRange x);
/* Indices [begin, end) of the points of @series with x in @x, all when it is not sorted. */
void     lw_layer_window   (const LwSeries *series, LwRange x, size_t *begin, size_t *end);
