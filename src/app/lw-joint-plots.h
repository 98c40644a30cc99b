/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-plot-group.h"

G_BEGIN_DECLS

/* A plot a joint in a flow box, linked in x: what Data, Model and Perform show movements in. Owner: the page. Main thread. */
typedef struct {
  GtkFlowBox  *box;     /* borrowed */
  LwPlotGroup *group;   /* owned */
  GPtrArray   *figures; /* of LwFigure, one a joint */
} LwJointPlots;

void lw_joint_plots_init  (LwJointPlots *self, GtkFlowBox *box);
void lw_joint_plots_clear (LwJointPlots *self);
/* Figures for @n joints, kept when @names are the same; @x_title and @x_unit of the common axis, y in degrees. */
void lw_joint_plots_set_joints (LwJointPlots *self, const char *const *names, size_t n, const char *x_title, LwUnit x_unit, const char *empty);

G_END_DECLS
