/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-plot-group.h"

struct _LwPlot
{
  GtkWidget        parent_instance;

  /* owned */
  LwFigure        *figure;       /* (nullable) */
  cairo_surface_t *surface;      /* the plot without its cursor, as last drawn; (nullable) */
  guint            describe_id;  /* timeout that brings the accessible description up to date */

  /* borrowed */
  LwPlotGroup     *group;        /* (nullable) leaves by lw_plot_group_remove() */

  LwTheme          theme;        /* of surface and layout */
  LwFigureLayout   layout;
  gboolean         stale;        /* surface and layout are to be made anew */
  double           own_left;     /* left margin this plot needs alone */

  gboolean         pickable;
  double           pick[2];      /* last picked, data units; NaN before */
  double           pointer[2];   /* px */
  LwRange          drag_x, drag_y; /* visible when the drag began */
};

void   lw_plot_add_controllers (LwPlot *self);
/* Brings theme and layout up to date with size and style. */
void   lw_plot_ensure_layout   (LwPlot *self);
/* Layout and drawing again, figure unchanged. */
void   lw_plot_redraw          (LwPlot *self);
/* In this plot and all of its group. */
void   lw_plot_set_view_x      (LwPlot *self, LwRange x);
void   lw_plot_set_cursor      (LwPlot *self, double x);
void   lw_plot_set_anchor      (LwPlot *self, double x);
void   lw_plot_pick            (LwPlot *self, double x, double y, gboolean done);
/* Schedules the accessible description; @at_once after a key, when someone is listening. */
void   lw_plot_describe        (LwPlot *self, gboolean at_once);

/* The group's side. */
void   lw_plot_group_figure_changed (LwPlotGroup *self);
double lw_plot_group_left_margin    (LwPlotGroup *self);
/* A plot's own margin changed: the others are laid out again, after the current frame. */
void   lw_plot_group_margin_changed (LwPlotGroup *self);
void   lw_plot_group_for_each       (LwPlotGroup *self, void (*visit) (LwPlot *plot, gpointer data), gpointer data);
