/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-figure.h"

/**
 * LwPlot:
 *
 * Shows an LwFigure. Holds a reference to it and redraws when it says ::changed; the drawing is kept until figure, size or
 * style changes. Colours follow the desktop's light, dark and high-contrast style. Main thread only.
 *
 * Mouse: hovering reads values off, scrolling zooms the x axis about the pointer (Control: the y axis; equal-aspect
 * figures zoom both), dragging pans, Shift+click sets the anchor for differences, a double click resets.
 * Keyboard, when focused: Left and Right move the cursor (Control: by a tenth of the width), Shift+Left and Shift+Right pan, + and - zoom, 0 resets,
 * Home and End go to the ends, Enter picks. Escape is left to the window.
 * Accessible: role image, label = title, description = the figure's summary in sentences.
 *
 * Properties: figure, pickable. Least size 160 × 96, natural size 400 × 220; expand it where the page wants.
 */
#define LW_TYPE_PLOT (lw_plot_get_type ())
G_DECLARE_FINAL_TYPE (LwPlot, lw_plot, LW, PLOT, GtkWidget)

/* @figure (nullable) (transfer none) */
GtkWidget *lw_plot_new          (LwFigure *figure);
LwFigure  *lw_plot_get_figure   (LwPlot *self); /* (transfer none) (nullable) */
void       lw_plot_set_figure   (LwPlot *self, LwFigure *figure);
/* Dragging and clicking pick a point instead of panning and emit ::picked; default FALSE. */
gboolean   lw_plot_get_pickable (LwPlot *self);
void       lw_plot_set_pickable (LwPlot *self, gboolean pickable);
/* Back to the plot at rest. */
void       lw_plot_reset_view   (LwPlot *self);
/* Picture of what is seen, for Copy and Save as. Same as lw_figure_write() at the widget's size and theme. */
gboolean   lw_plot_write        (LwPlot *self, const char *path, GError **error);

/* LwPlot::picked (LwPlot *self, double x, double y, gboolean done, gpointer data): data units; @done when the button is released. */
