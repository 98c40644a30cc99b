/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib-object.h>

#include "lw-palette.h"
#include "lw-series.h"

/* One thing drawn in a figure. A layer belongs to its figure, which creates it (lw-figure.h) and destroys it: the pointer
 * is borrowed and valid until the layer is removed or the figure finalised. Main thread (or the figure's only thread). */
typedef struct _LwLayer LwLayer;

/* What a layer is painted with. */
typedef enum {
  LW_INK_AUTO,        /* the next category of the figure */
  LW_INK_CATEGORY,    /* category .category: its colour, and with AUTO dash and shape also those */
  LW_INK_FOREGROUND,
  LW_INK_MUTED,
  LW_INK_ACCENT,
  LW_INK_WARNING,
} LwInk;

/* All zero is the default: `LwStyle style = { 0 }` or NULL. */
typedef struct {
  LwInk   ink;
  guint   category;  /* with LW_INK_CATEGORY, counts from 0, wraps after 8 */
  LwDash  dash;      /* AUTO: the category's own with ink CATEGORY or AUTO, else solid */
  LwShape shape;     /* of points */
  double  width;     /* times the theme's line width; 0 = 1 */
  double  alpha;     /* opacity; 0 = 1 (bands: the theme's) */
  double  size;      /* of markers in px; 0 = 6 */
} LwStyle;

/* Category @category drawn with a solid line: for a few curves that are told apart by position or label as well. */
LwStyle lw_style_category (guint category);
LwStyle lw_style_solid    (guint category);
LwStyle lw_style_ink      (LwInk ink);

/* The legend's text; NULL takes the layer out of legend, read-out and summary. */
void        lw_layer_set_name    (LwLayer *self, const char *name);
const char *lw_layer_get_name    (LwLayer *self);
void        lw_layer_set_visible (LwLayer *self, gboolean visible);
gboolean    lw_layer_get_visible (LwLayer *self);
void        lw_layer_set_style   (LwLayer *self, const LwStyle *style);
/* Whether automatic ranges look at this layer (default TRUE). */
void        lw_layer_set_counts  (LwLayer *self, gboolean counts);
/* Lines and points: draws another series (a reference is taken). */
void        lw_layer_set_series  (LwLayer *self, LwSeries *series);
LwSeries   *lw_layer_get_series  (LwLayer *self); /* (transfer none) (nullable) */
/* Lines: it moves while all else stands. Drawn over the rest, so that another series within the ranges at rest costs no drawing of the others. */
void        lw_layer_set_live    (LwLayer *self, gboolean live);
/* Bounds and marks: moves it. */
void        lw_layer_set_value   (LwLayer *self, double value);
/* Ellipses: as lw_figure_add_ellipse(). */
void        lw_layer_set_ellipse (LwLayer *self, const double mean[2], const double cov[4], double n_sigma);
