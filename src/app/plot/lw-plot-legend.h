/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-plot.h"

/**
 * LwPlotLegend:
 *
 * The legend of a plot as a widget beside it: for plots that look alike and share one. Rows come and go with the figure's named layers. Main thread only.
 */
#define LW_TYPE_PLOT_LEGEND (lw_plot_legend_get_type ())
G_DECLARE_FINAL_TYPE (LwPlotLegend, lw_plot_legend, LW, PLOT_LEGEND, GtkWidget)

GtkWidget *lw_plot_legend_new      (void);
/* (nullable) (transfer none): a reference to it is held until another one is set. */
void       lw_plot_legend_set_plot (LwPlotLegend *self, LwPlot *plot);
