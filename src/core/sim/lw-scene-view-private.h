/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-arm-model-private.h"
#include "lw-scene-view.h"

/* For the two halves of the view: lw-scene-view.c keeps what is seen, lw-scene-camera.c from where. */
struct LwSceneView {
  LwArmModel  *model;
  uint64_t     number;
  mjData      *d;          /* the arm as shown */
  mjData      *ghost;
  mjvScene     scene;
  mjvCamera    camera;
  bool         has_scene;  /* mjv_makeScene() went through */
  bool         ghost_on;
  bool         stale;      /* geoms no longer show what was set */

  LwMarker    *markers;    /* (n_markers) */
  size_t       n_markers;
  double      *path;       /* (n_path x 3) */
  size_t       n_path;
  float        path_rgba[4];

  LwSceneGeom *geoms;      /* (n_geoms of room) */
  size_t       n_geoms;
  size_t       room;
};

void lw_scene_camera_reset  (LwSceneView *self);
/* Eye and unit vectors of the picture's axes (right, up, forward), and the tangent of half the vertical angle. */
void lw_scene_camera_frame  (LwSceneView *self, double eye[3], double right[3], double up[3], double forward[3], double *tan_half);
