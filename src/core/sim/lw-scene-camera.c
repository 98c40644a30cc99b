/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-mujoco-guard.h"
#include "lw-scene-view-private.h"

/* Pictures are seen by one eye: MuJoCo's two cameras are averaged. Screen coordinates run from the top left corner, MuJoCo's from below. */

void
lw_scene_camera_reset (LwSceneView *self)
{
  const mjModel *m = self->model->m;
  const int view = mj_name2id (m, mjOBJ_NUMERIC, "view");

  mjv_defaultFreeCamera (m, &self->camera);
  if (view >= 0 && m->numeric_size[view] == 6)
    {
      const mjtNum *v = m->numeric_data + m->numeric_adr[view];

      self->camera.azimuth = v[0];
      self->camera.elevation = v[1];
      self->camera.distance = v[2];
      memcpy (self->camera.lookat, v + 3, 3 * sizeof *v);
    }
}

void
lw_scene_view_reset (LwSceneView *self)
{
  lw_scene_camera_reset (self);
  self->stale = true;
}

static mjvGLCamera
current (LwSceneView *self)
{
  mjv_updateCamera (self->model->m, self->d, &self->camera, &self->scene);
  return mjv_averageCamera (&self->scene.camera[0], &self->scene.camera[1]);
}

void
lw_scene_camera_frame (LwSceneView *self, double eye[3], double right[3], double up[3], double forward[3], double *tan_half)
{
  const mjvGLCamera gl = current (self);

  for (int r = 0; r < 3; r++)
    {
      eye[r] = (double) gl.pos[r];
      forward[r] = (double) gl.forward[r];
      up[r] = (double) gl.up[r];
    }
  mju_normalize3 (forward);
  mju_cross (right, forward, up);
  mju_normalize3 (right);
  mju_cross (up, right, forward);
  *tan_half = (double) (gl.frustum_top - gl.frustum_bottom) / (2.0 * (double) gl.frustum_near);
}

void
lw_scene_view_camera (LwSceneView *self, double aspect, float view[16], float projection[16], float eye[3])
{
  const mjvGLCamera gl = current (self);
  const double near = (double) gl.frustum_near, far = (double) gl.frustum_far;
  double axes[3][3], pos[3], tan_half;

  lw_scene_camera_frame (self, pos, axes[0], axes[1], axes[2], &tan_half);
  mju_scl3 (axes[2], axes[2], -1); /* OpenGL looks along -z */
  for (int c = 0; c < 3; c++)
    {
      for (int r = 0; r < 3; r++)
        view[4 * c + r] = (float) axes[r][c];
      view[4 * c + 3] = 0;
    }
  for (int r = 0; r < 3; r++)
    view[12 + r] = (float) -mju_dot3 (axes[r], pos);
  view[15] = 1;

  memset (projection, 0, 16 * sizeof *projection);
  projection[0] = (float) (1 / (tan_half * aspect));
  projection[5] = (float) (1 / tan_half);
  projection[10] = (float) (-(far + near) / (far - near));
  projection[11] = -1;
  projection[14] = (float) (-2 * far * near / (far - near));
  if (eye)
    for (int r = 0; r < 3; r++)
      eye[r] = (float) pos[r];
}

void
lw_scene_view_orbit (LwSceneView *self, double dx, double dy)
{
  LwMujocoGuard guard;

  current (self);
  if (lw_mujoco_guard_enter (&guard))
    {
      mjv_moveCamera (self->model->m, mjMOUSE_ROTATE_V, dx, dy, &self->scene, &self->camera);
      lw_mujoco_guard_leave (&guard);
    }
  self->stale = true; /* translucent geoms are sorted by distance */
}

/* In the picture's plane; mjv_moveCamera() moves along the world's vertical instead, and what one holds slips from under the pointer. */
void
lw_scene_view_pan (LwSceneView *self, double dx, double dy)
{
  double eye[3], right[3], up[3], forward[3], tan_half, height;

  lw_scene_camera_frame (self, eye, right, up, forward, &tan_half);
  height = 2 * tan_half * self->camera.distance;
  mju_addToScl3 (self->camera.lookat, right, -dx * height);
  mju_addToScl3 (self->camera.lookat, up, dy * height);
  self->stale = true;
}

void
lw_scene_view_zoom (LwSceneView *self, double amount)
{
  const double extent = self->model->m->stat.extent;

  /* By a factor, so that in and out by the same amount return to the same picture. */
  self->camera.distance = fmin (fmax (self->camera.distance * exp (-amount), 0.05 * extent), 20 * extent);
  self->stale = true;
}

/* Direction (not normalised; its part along @forward is 1) of what is seen at (x, y). */
static void
ray_through (LwSceneView *self, double aspect, double x, double y, double eye[3], double forward[3], double ray[3])
{
  double right[3], up[3], tan_half;

  lw_scene_camera_frame (self, eye, right, up, forward, &tan_half);
  for (int r = 0; r < 3; r++)
    ray[r] = forward[r] + (2 * x - 1) * tan_half * aspect * right[r] + (1 - 2 * y) * tan_half * up[r];
}

int
lw_scene_view_pick (LwSceneView *self, double aspect, double x, double y, double world[3], double local[3])
{
  const mjModel *m = self->model->m;
  const mjData *d = self->d;
  double eye[3], forward[3], ray[3], offset[3];
  double nearest = -1;
  int body = -1;

  ray_through (self, aspect, x, y, eye, forward, ray);
  for (int geom = 0; geom < m->ngeom; geom++)
    {
      double hit;

      if (!lw_arm_model_geom_is_arm (self->model, geom) || m->geom_type[geom] == mjGEOM_MESH || m->geom_type[geom] == mjGEOM_HFIELD)
        continue;
      hit = mju_rayGeom (d->geom_xpos + 3 * geom, d->geom_xmat + 9 * geom, m->geom_size + 3 * geom, eye, ray, m->geom_type[geom]);
      if (hit >= 0 && (nearest < 0 || hit < nearest))
        {
          nearest = hit;
          body = m->geom_bodyid[geom];
        }
    }
  if (body < 0)
    return -1;
  mju_addScl3 (world, eye, ray, nearest);
  mju_sub3 (offset, world, d->xpos + 3 * body);
  mju_rotVecMatT (local, offset, d->xmat + 9 * body);
  return body;
}

void
lw_scene_view_unproject (LwSceneView *self, double aspect, double x, double y, const double anchor[3], double world[3])
{
  double eye[3], forward[3], ray[3], to_anchor[3];

  ray_through (self, aspect, x, y, eye, forward, ray);
  mju_sub3 (to_anchor, anchor, eye);
  mju_addScl3 (world, eye, ray, mju_dot3 (to_anchor, forward));
}

bool
lw_scene_view_project (LwSceneView *self, double aspect, const double world[3], double *x, double *y)
{
  double eye[3], right[3], up[3], forward[3], to_point[3], tan_half, depth;

  lw_scene_camera_frame (self, eye, right, up, forward, &tan_half);
  mju_sub3 (to_point, world, eye);
  depth = mju_dot3 (to_point, forward);
  if (depth <= 0)
    return false;
  *x = (1 + mju_dot3 (to_point, right) / (depth * tan_half * aspect)) / 2;
  *y = (1 - mju_dot3 (to_point, up) / (depth * tan_half)) / 2;
  return true;
}
