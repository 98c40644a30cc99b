/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-scene-view.h"

#include <math.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "lw-mujoco-guard.h"
#include "lw-scene-view-private.h"

#define MAX_PIECES 200 /* of a path */

static bool
make_scene (const mjModel *m, mjvScene *scene)
{
  LwMujocoGuard guard;

  mjv_defaultScene (scene);
  if (!lw_mujoco_guard_enter (&guard))
    return false;
  /* Arm and ghost, with some air for what mjv_updateScene() adds of its own and we leave out. */
  mjv_makeScene (m, scene, 2 * m->ngeom + 100);
  lw_mujoco_guard_leave (&guard);
  return true;
}

LwSceneView *
lw_scene_view_new (LwArmModel *model)
{
  static atomic_uint_least64_t views;
  LwSceneView *self = calloc (1, sizeof *self);

  if (!self)
    return NULL;
  self->number = atomic_fetch_add_explicit (&views, 1, memory_order_relaxed) + 1;
  self->model = lw_arm_model_ref (model);
  self->d = lw_arm_model_new_data (model, model->m);
  self->ghost = lw_arm_model_new_data (model, model->m);
  self->has_scene = make_scene (model->m, &self->scene);
  if (!self->d || !self->ghost || !self->has_scene)
    {
      lw_scene_view_free (self);
      return NULL;
    }
  mj_kinematics (model->m, self->d);
  lw_scene_camera_reset (self);
  self->stale = true;
  return self;
}

void
lw_scene_view_free (LwSceneView *self)
{
  if (!self)
    return;
  if (self->has_scene)
    mjv_freeScene (&self->scene);
  if (self->d)
    mj_deleteData (self->d);
  if (self->ghost)
    mj_deleteData (self->ghost);
  free (self->markers);
  free (self->path);
  free (self->geoms);
  lw_arm_model_unref (self->model);
  free (self);
}

void
lw_scene_view_pose (LwSceneView *self, const double *q)
{
  lw_arm_model_set_qpos (self->model, self->d, q);
  mj_kinematics (self->model->m, self->d);
  self->stale = true;
}

void
lw_scene_view_ghost (LwSceneView *self, const double *q)
{
  self->ghost_on = q != NULL;
  if (q)
    {
      lw_arm_model_set_qpos (self->model, self->ghost, q);
      mj_kinematics (self->model->m, self->ghost);
    }
  self->stale = true;
}

void
lw_scene_view_markers (LwSceneView *self, const LwMarker *markers, size_t n)
{
  free (self->markers);
  self->markers = n ? calloc (n, sizeof *markers) : NULL;
  self->n_markers = self->markers ? n : 0;
  if (self->n_markers)
    memcpy (self->markers, markers, n * sizeof *markers);
  self->stale = true;
}

void
lw_scene_view_path (LwSceneView *self, const LwMat *points, const float rgba[4])
{
  size_t n = points && points->rows >= 2 ? points->rows : 0;
  const size_t kept = n > MAX_PIECES + 1 ? MAX_PIECES + 1 : n;

  free (self->path);
  self->path = kept ? lw_doubles_new (3 * kept) : NULL;
  self->n_path = self->path ? kept : 0;
  for (size_t i = 0; i < self->n_path; i++) /* the ends are always kept */
    memcpy (self->path + 3 * i, lw_mat_row (points, i * (n - 1) / (kept - 1)), 3 * sizeof *self->path);
  if (self->n_path)
    memcpy (self->path_rgba, rgba, sizeof self->path_rgba);
  self->stale = true;
}

static bool
shape_of (int type, LwSolid *shape)
{
  switch (type)
    {
    case mjGEOM_PLANE: *shape = LW_SOLID_PLANE; return true;
    case mjGEOM_SPHERE: *shape = LW_SOLID_SPHERE; return true;
    case mjGEOM_CAPSULE: *shape = LW_SOLID_CAPSULE; return true;
    case mjGEOM_ELLIPSOID: *shape = LW_SOLID_ELLIPSOID; return true;
    case mjGEOM_CYLINDER: *shape = LW_SOLID_CYLINDER; return true;
    case mjGEOM_BOX: *shape = LW_SOLID_BOX; return true;
    case mjGEOM_MESH: *shape = LW_SOLID_MESH; return true;
    default: return false;
    }
}

/* Takes over the geoms of mjvScene from @first on; MuJoCo's decor (sites, contacts) has no place in the picture. */
static void
take_geoms (LwSceneView *self, int first, bool ghost)
{
  for (int i = first; i < self->scene.ngeom; i++)
    {
      const mjvGeom *from = &self->scene.geoms[i];
      LwSceneGeom *to = &self->geoms[self->n_geoms];

      if (from->objtype != mjOBJ_GEOM || !shape_of (from->type, &to->shape))
        continue;
      if (ghost && !lw_arm_model_geom_is_arm (self->model, from->objid))
        continue;
      memcpy (to->size, from->size, sizeof to->size);
      to->mesh = to->shape == LW_SOLID_MESH ? self->model->m->geom_dataid[from->objid] : -1;
      if (to->shape == LW_SOLID_MESH) /* scaled by MuJoCo's compiler */
        to->size[0] = to->size[1] = to->size[2] = 1;
      memcpy (to->pos, from->pos, sizeof to->pos);
      memcpy (to->rot, from->mat, sizeof to->rot);
      memcpy (to->rgba, from->rgba, sizeof to->rgba);
      if (ghost)
        to->rgba[3] *= 0.35f;
      to->body = ghost ? -1 : self->model->m->geom_bodyid[from->objid];
      to->ghost = ghost;
      self->n_geoms++;
    }
}

static void
take_markers (LwSceneView *self)
{
  for (size_t i = 0; i < self->n_markers; i++)
    {
      const LwMarker *from = &self->markers[i];
      LwSceneGeom *to = &self->geoms[self->n_geoms++];

      *to = (LwSceneGeom){ .shape = from->shape, .mesh = -1, .rot = { 1, 0, 0, 0, 1, 0, 0, 0, 1 }, .body = -1 };
      for (int r = 0; r < 3; r++)
        {
          to->size[r] = (float) from->size[r];
          to->pos[r] = (float) from->pos[r];
        }
      memcpy (to->rgba, from->rgba, sizeof to->rgba);
    }
}

static void
take_path (LwSceneView *self)
{
  const double radius = 0.0025 * self->model->m->stat.extent;

  for (size_t i = 0; i + 1 < self->n_path; i++)
    {
      const double *a = self->path + 3 * i;
      LwSceneGeom *to = &self->geoms[self->n_geoms];
      mjvGeom piece;
      const double half = mju_dist3 (a, a + 3) / 2;

      if (!(half > 0)) /* a pause in the movement */
        continue;
      mjv_initGeom (&piece, mjGEOM_CAPSULE, NULL, NULL, NULL, self->path_rgba);
      mjv_makeConnector (&piece, mjGEOM_CAPSULE, radius, a[0], a[1], a[2], a[3], a[4], a[5]);
      *to = (LwSceneGeom){ .shape = LW_SOLID_CAPSULE, .size = { (float) radius, (float) radius, (float) half }, .mesh = -1, .body = -1 };
      memcpy (to->pos, piece.pos, sizeof to->pos);
      memcpy (to->rot, piece.mat, sizeof to->rot);
      memcpy (to->rgba, self->path_rgba, sizeof to->rgba);
      self->n_geoms++;
    }
}

typedef struct {
  LwSceneGeom geom;
  double      depth; /* from the eye along the line of sight; negative for opaque ones, which need no order */
  size_t      index; /* qsort is not stable */
} Ordered;

static int
compare_order (const void *a, const void *b)
{
  const Ordered *left = a, *right = b;
  const bool left_clear = left->geom.rgba[3] < 1, right_clear = right->geom.rgba[3] < 1;

  if (left_clear != right_clear)
    return left_clear ? 1 : -1;
  if (left_clear && left->depth != right->depth)
    return left->depth > right->depth ? -1 : 1;
  return left->index < right->index ? -1 : left->index > right->index;
}

static void
order_geoms (LwSceneView *self)
{
  double eye[3], right[3], up[3], forward[3], tan_half;
  Ordered *ordered = calloc (self->n_geoms + 1, sizeof *ordered);

  if (!ordered)
    return; /* drawn unsorted, still drawn */
  lw_scene_camera_frame (self, eye, right, up, forward, &tan_half);
  for (size_t i = 0; i < self->n_geoms; i++)
    {
      ordered[i].geom = self->geoms[i];
      ordered[i].index = i;
      for (int r = 0; r < 3; r++)
        ordered[i].depth += forward[r] * ((double) self->geoms[i].pos[r] - eye[r]);
      /* A translucent floor lies under everything: its centre's depth says nothing. */
      if (self->geoms[i].shape == LW_SOLID_PLANE)
        ordered[i].depth = INFINITY;
    }
  qsort (ordered, self->n_geoms, sizeof *ordered, compare_order);
  for (size_t i = 0; i < self->n_geoms; i++)
    self->geoms[i] = ordered[i].geom;
  free (ordered);
}

static void
update (LwSceneView *self)
{
  const mjModel *m = self->model->m;
  const size_t needed = (size_t) self->scene.maxgeom + self->n_markers + self->n_path;
  LwMujocoGuard guard;
  mjvOption option;

  if (needed > self->room)
    {
      LwSceneGeom *grown = realloc (self->geoms, needed * sizeof *grown);

      if (!grown)
        return; /* the last picture stays */
      self->geoms = grown;
      self->room = needed;
    }
  self->n_geoms = 0;
  mjv_defaultOption (&option);
  if (lw_mujoco_guard_enter (&guard))
    {
      int n_arm;

      mjv_updateScene (m, self->d, &option, NULL, &self->camera, mjCAT_ALL, &self->scene);
      n_arm = self->scene.ngeom;
      take_geoms (self, 0, false);
      if (self->ghost_on)
        {
          mjv_addGeoms (m, self->ghost, &option, NULL, mjCAT_DYNAMIC, &self->scene);
          take_geoms (self, n_arm, true);
        }
      lw_mujoco_guard_leave (&guard);
    }
  take_markers (self);
  take_path (self);
  order_geoms (self);
  self->stale = false;
}

const LwSceneGeom *
lw_scene_view_geoms (LwSceneView *self, size_t *n)
{
  if (self->stale)
    update (self);
  *n = self->n_geoms;
  return self->geoms;
}

size_t
lw_scene_view_n_meshes (const LwSceneView *self)
{
  return (size_t) self->model->m->nmesh;
}

size_t
lw_scene_view_triangles (const LwSceneView *self, size_t mesh, float *out)
{
  const mjModel *m = self->model->m;
  const int *face = m->mesh_face + 3 * m->mesh_faceadr[mesh];
  const float *vertices = m->mesh_vert + 3 * m->mesh_vertadr[mesh];
  const size_t n = (size_t) m->mesh_facenum[mesh];

  for (size_t i = 0; out && i < 3 * n; i++)
    memcpy (out + 3 * i, vertices + 3 * face[i], 3 * sizeof *out);
  return n;
}

uint64_t
lw_scene_view_number (const LwSceneView *self)
{
  return self->number;
}
