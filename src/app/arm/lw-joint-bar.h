/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

G_BEGIN_DECLS

/**
 * LwJointBar:
 *
 * One joint's range with a tick where it is and a hollow one where it is told to be; the ends are shaded where the limit is near. When movable, dragging or the
 * arrow keys (1°, Shift 5°) ask for a place: ::asked (double rad). Accessible as a slider in degrees. Main thread.
 */
#define LW_TYPE_JOINT_BAR (lw_joint_bar_get_type ())
G_DECLARE_FINAL_TYPE (LwJointBar, lw_joint_bar, LW, JOINT_BAR, GtkWidget)

GtkWidget *lw_joint_bar_new         (const char *name, double lower, double upper); /* rad */
/* @goal NaN: there is none. */
void       lw_joint_bar_set_values  (LwJointBar *self, double q, double goal);
void       lw_joint_bar_set_movable (LwJointBar *self, gboolean movable);
/* Where it was sent last while movable, rad; NaN before. */
double     lw_joint_bar_get_asked   (LwJointBar *self);

G_END_DECLS
