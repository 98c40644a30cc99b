/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-arm-model.h"
#include "lw-figure.h"

G_BEGIN_DECLS

/**
 * LwJointPlots:
 *
 * A plot a joint, linked in x, and one legend for all in the cell that is left: what Data, Model and Perform show movements in. As many columns as keep the
 * plots in good shape; never scrolls. Main thread.
 */
#define LW_TYPE_JOINT_PLOTS (lw_joint_plots_get_type ())
G_DECLARE_FINAL_TYPE (LwJointPlots, lw_joint_plots, LW, JOINT_PLOTS, GtkWidget)

GtkWidget *lw_joint_plots_new        (void);
/* Figures for the joints of @model, those there are kept when the joints are the same; @x_title and @x_unit of the common axis, y in degrees; @empty is said
 * where there are no data. */
void       lw_joint_plots_set_arm    (LwJointPlots *self, const LwArmModel *model, const char *x_title, LwUnit x_unit, const char *empty);
guint      lw_joint_plots_get_n      (LwJointPlots *self);
/* (transfer none) @joint < n. Its title is the joint's name. */
LwFigure  *lw_joint_plots_get_figure (LwJointPlots *self, guint joint);
/* The joint's name, followed by @note (nullable) in the title: "Joint 2 · 0.1° RMS". */
void       lw_joint_plots_set_note   (LwJointPlots *self, guint joint, const char *note);
/* (nullable) Said under the legend. */
void       lw_joint_plots_set_caption (LwJointPlots *self, const char *text);
/* All figures at once: between the two nothing is drawn; begin removes all layers. */
void       lw_joint_plots_begin      (LwJointPlots *self);
void       lw_joint_plots_end        (LwJointPlots *self);

G_END_DECLS
