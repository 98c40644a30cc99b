/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "lw-arm-model.h"

/* What a 3D view needs: the posed arm as primitives, a camera, picking. Holds its own mjData, mjvScene and mjvCamera. Owner
 * thread (the window's main thread). */
typedef struct LwSceneView LwSceneView;

typedef enum { LW_SOLID_PLANE, LW_SOLID_SPHERE, LW_SOLID_CAPSULE, LW_SOLID_ELLIPSOID, LW_SOLID_CYLINDER, LW_SOLID_BOX, LW_SOLID_MESH } LwSolid;

typedef struct {
  LwSolid shape;
  float   size[3];  /* half sizes along the shape's own x, y, z: a unit mesh scaled by them. Sphere r r r; capsule and cylinder r r h, h half the
                     * length along z without a capsule's round ends; plane x y (0: unbounded); mesh 1 1 1 */
  float   pos[3];   /* m */
  float   rot[9];   /* row-major */
  float   rgba[4];
  int     mesh;     /* of LW_SOLID_MESH: its number, for lw_scene_view_triangles(); else -1 */
  int     body;     /* for highlighting; -1 for markers and ghosts */
  bool    ghost;
} LwSceneGeom;

typedef struct {
  LwSolid shape;
  double  pos[3];
  double  size[3];
  float   rgba[4];
  char    label[32];
} LwMarker;

LwSceneView *lw_scene_view_new     (LwArmModel *model); /* at home; NULL when out of memory */
void         lw_scene_view_free    (LwSceneView *self); /* (nullable) */
void         lw_scene_view_pose    (LwSceneView *self, const double *q);
void         lw_scene_view_ghost   (LwSceneView *self, const double *q);  /* NULL hides it */
void         lw_scene_view_markers (LwSceneView *self, const LwMarker *markers, size_t n);
/* A polyline in the world (n x 3, m), drawn as thin capsules: a tip path. NULL, or fewer than two points, hides it. Long ones
 * are thinned to 200 pieces. */
void         lw_scene_view_path    (LwSceneView *self, const LwMat *points, const float rgba[4]);
/* Geoms in drawing order: opaque first, then translucent from far to near. Valid until the next call on @self.
 * Height fields of foreign models are left out. */
const LwSceneGeom *lw_scene_view_geoms (LwSceneView *self, size_t *n);
/* The meshes there are, and the triangles of one: their number, and three corners each (9 floats) into @out (nullable). They do
 * not change while the view lives. */
size_t       lw_scene_view_n_meshes  (const LwSceneView *self);
size_t       lw_scene_view_triangles (const LwSceneView *self, size_t mesh, float *out);
/* A number no other view of this process has: what has been made of its meshes can be kept by it. */
uint64_t     lw_scene_view_number    (const LwSceneView *self);
/* Column-major 4 x 4 matrices for OpenGL at @aspect = width / height; @eye (3, nullable). */
void         lw_scene_view_camera  (LwSceneView *self, double aspect, float view[16], float projection[16], float eye[3]);
/* Relative to the view's height: a drag of the whole height is 1, right and down positive; what was under the pointer follows it. */
void         lw_scene_view_orbit   (LwSceneView *self, double dx, double dy);
void         lw_scene_view_pan     (LwSceneView *self, double dx, double dy);
void         lw_scene_view_zoom    (LwSceneView *self, double amount); /* > 0 nearer */
void         lw_scene_view_reset   (LwSceneView *self);
/* What lies under (x, y) in [0, 1] from the top left corner: body id (< 0: nothing), point hit in the world and in the body's frame. Only bodies that
 * the arm's joints move are picked, through whatever stands before them. */
int          lw_scene_view_pick    (LwSceneView *self, double aspect, double x, double y, double world[3], double local[3]);
/* The point on the plane through @anchor, parallel to the picture, under (x, y): where a dragged hand wants to be. */
void         lw_scene_view_unproject (LwSceneView *self, double aspect, double x, double y, const double anchor[3], double world[3]);
/* (x, y) in [0, 1] of a world point; false behind the camera. For scripts that drag and for labels. */
bool         lw_scene_view_project (LwSceneView *self, double aspect, const double world[3], double *x, double *y);
