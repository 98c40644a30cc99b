/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-scene-view.h"

/* Unit meshes of the shapes a scene is made of, as triangles: seven floats a vertex (position 3, normal 3, round end -1/0/+1). */
#define LW_MESH_STRIDE 7
#define LW_N_SOLIDS (LW_SOLID_BOX + 1)

typedef struct {
  float *vertices; /* (n_vertices x LW_MESH_STRIDE), owned: g_free() */
  int    n_vertices;
} LwSceneMesh;

/* Radius or half size 1 about the origin; the plane is the square [-1, 1]^2 at z = 0. @detail: segments round (>= 8). */
void lw_scene_mesh_build (LwSolid shape, int detail, LwSceneMesh *out);
/* @n triangles with three corners each (n x 9), every one flat. */
void lw_scene_mesh_from_triangles (const float *corners, gsize n, LwSceneMesh *out);
void lw_scene_mesh_clear (LwSceneMesh *self);
