/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-scene-view.h"

G_BEGIN_DECLS

/**
 * LwSceneWidget:
 *
 * The arm in 3D (OpenGL core profile in a GtkGLArea). Left drag on empty space orbits, right or middle drag pans, the wheel zooms, double click resets; left drag on the arm
 * guides it when guiding is switched on: ::guide (int body, pointer double local[3], pointer double target[3]) while dragging, ::let-go at the end.
 * Keyboard: arrows orbit, Shift+arrows pan, + and - zoom, 0 resets. It draws only when something changed, at most 30 times a second with software OpenGL,
 * without multisampling or shadows there. Main thread.
 *
 * Owns its LwSceneView; poses are copied in.
 */
#define LW_TYPE_SCENE_WIDGET (lw_scene_widget_get_type ())
G_DECLARE_FINAL_TYPE (LwSceneWidget, lw_scene_widget, LW, SCENE_WIDGET, GtkWidget)

GtkWidget *lw_scene_widget_new         (void);
/* Another arm: pose, ghost, path and markers are forgotten. (nullable) shows nothing. */
void       lw_scene_widget_set_model   (LwSceneWidget *self, LwArmModel *model);
void       lw_scene_widget_set_pose    (LwSceneWidget *self, const double *q);
void       lw_scene_widget_set_ghost   (LwSceneWidget *self, const double *q); /* (nullable) hides it */
void       lw_scene_widget_set_markers (LwSceneWidget *self, const LwMarker *markers, size_t n);
void       lw_scene_widget_set_path    (LwSceneWidget *self, const LwMat *points); /* (n x 3), nullable */
void       lw_scene_widget_set_guiding (LwSceneWidget *self, gboolean guiding);
/* Where a world point is drawn, in widget coordinates; FALSE behind the camera. */
gboolean   lw_scene_widget_project     (LwSceneWidget *self, const double world[3], double *x, double *y);

G_END_DECLS
