/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-plot.h"

/**
 * LwPlotGroup:
 *
 * Plots over the same x: zoom, pan, cursor and anchor in one show in all, the x range at rest is the union of theirs, and
 * their plot areas start at the same left edge. Holds no reference to the plots, they leave when destroyed; whoever
 * made the group keeps it. Main thread only.
 */
#define LW_TYPE_PLOT_GROUP (lw_plot_group_get_type ())
G_DECLARE_FINAL_TYPE (LwPlotGroup, lw_plot_group, LW, PLOT_GROUP, GObject)

LwPlotGroup *lw_plot_group_new    (void);
void         lw_plot_group_add    (LwPlotGroup *self, LwPlot *plot);
void         lw_plot_group_remove (LwPlotGroup *self, LwPlot *plot);
