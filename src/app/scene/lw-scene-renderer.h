/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-scene-view.h"

/* Draws a scene view's geoms with an OpenGL core profile (or ES 3): own shaders, unit meshes. All calls with the widget's context current. */
typedef struct LwSceneRenderer LwSceneRenderer;

typedef struct {
  float backdrop[3];
  float line[3];    /* floor grid and rim */
} LwSceneTheme;

/* NULL with the driver's words when the shaders do not compile. @es: OpenGL ES. @detail: segments round. */
LwSceneRenderer *lw_scene_renderer_new  (gboolean es, int detail, char **error);
void             lw_scene_renderer_free (LwSceneRenderer *self); /* (nullable) */
void             lw_scene_renderer_draw (LwSceneRenderer *self, LwSceneView *view, double aspect, const LwSceneTheme *theme);
