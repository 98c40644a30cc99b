/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

/* Where the file is that a URDF calls "package://arm_description/meshes/base.stl", "file:///…" or "meshes/base.stl": beside the
 * URDF, in the folders above it, and in those of ROS_PACKAGE_PATH and AMENT_PREFIX_PATH. NULL when it is nowhere. (transfer full) */
char *lw_mesh_find (const char *reference, const char *folder);

typedef enum { LW_MESH_READABLE, LW_MESH_TEXT_STL, LW_MESH_OTHER } LwMeshKind;
/* Whether MuJoCo reads it: binary STL, OBJ and MSH. */
LwMeshKind lw_mesh_kind (const char *path);
