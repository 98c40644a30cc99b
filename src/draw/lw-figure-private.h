/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-layer-private.h"

typedef struct {
  char   *title; /* (nullable) */
  LwUnit  unit;
  LwScale scale;
  LwRange fixed; /* an end that is not finite follows the data */
} LwFigureAxis;

struct _LwFigure
{
  GObject       parent_instance;

  char         *title;      /* (nullable) */
  LwFigureAxis  x, y;
  double        x_follow;   /* 0 = off */
  double        y_least;
  gboolean      equal_aspect;
  gboolean      legend_visible;
  char        **categories; /* (nullable) */
  char         *empty_text; /* (nullable) */

  LwRange       linked_x;       /* empty = stands alone */
  LwRange       view_x, view_y; /* empty = at rest */
  double        cursor, anchor; /* NaN = none */

  GPtrArray    *layers;     /* LwLayer, owned */
  guint         next_category;

  guint         frozen;
  gboolean      changed;    /* while frozen */
};

/* Whether any visible layer has a point. */
gboolean lw_figure_has_data   (LwFigure *self);
/* "Position (°)", with the exponent of the ticks; NULL without a title. (transfer full) */
char    *lw_figure_axis_title (const LwFigureAxis *axis, int exponent);
