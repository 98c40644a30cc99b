/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-scene-mesh.h"

#include <glib.h>
#include <math.h>
#include <string.h>

typedef struct { float x, y, z; } Vec;

static void
vertex (GArray *out, Vec p, Vec n, float end)
{
  const float v[LW_MESH_STRIDE] = { p.x, p.y, p.z, n.x, n.y, n.z, end };

  g_array_append_vals (out, v, LW_MESH_STRIDE);
}

static void
quad (GArray *out, const Vec p[4], const Vec n[4], const float end[4])
{
  static const int order[6] = { 0, 1, 2, 0, 2, 3 };

  for (int i = 0; i < 6; i++)
    vertex (out, p[order[i]], n[order[i]], end[order[i]]);
}

static Vec
on_sphere (float latitude, float longitude)
{
  return (Vec){ cosf (latitude) * cosf (longitude), cosf (latitude) * sinf (longitude), sinf (latitude) };
}

/* A sphere; for a capsule its halves carry the end they belong to, and a band joins them at the equator. */
static void
build_round (GArray *out, int detail, gboolean capsule)
{
  int rows = detail / 2;

  for (int i = 0; i < rows; i++)
    for (int j = 0; j < detail; j++)
      {
        float a = (float) G_PI * ((float) i / (float) rows - 0.5f), b = (float) G_PI * ((float) (i + 1) / (float) rows - 0.5f);
        float u = 2.0f * (float) G_PI * (float) j / (float) detail, v = 2.0f * (float) G_PI * (float) (j + 1) / (float) detail;
        const Vec p[4] = { on_sphere (a, u), on_sphere (a, v), on_sphere (b, v), on_sphere (b, u) };
        float end = !capsule ? 0.0f : 2 * i < rows ? -1.0f : 1.0f;
        const float ends[4] = { end, end, end, end };

        quad (out, p, p, ends);
      }
  for (int j = 0; capsule && j < detail; j++)
    {
      float u = 2.0f * (float) G_PI * (float) j / (float) detail, v = 2.0f * (float) G_PI * (float) (j + 1) / (float) detail;
      const Vec p[4] = { on_sphere (0.0f, u), on_sphere (0.0f, v), on_sphere (0.0f, v), on_sphere (0.0f, u) };
      const float ends[4] = { -1.0f, -1.0f, 1.0f, 1.0f };

      quad (out, p, p, ends);
    }
}

static void
build_cylinder (GArray *out, int detail)
{
  static const float none[4];

  for (int j = 0; j < detail; j++)
    {
      float u = 2.0f * (float) G_PI * (float) j / (float) detail, v = 2.0f * (float) G_PI * (float) (j + 1) / (float) detail;
      const Vec n[4] = { { cosf (u), sinf (u), 0 }, { cosf (v), sinf (v), 0 }, { cosf (v), sinf (v), 0 }, { cosf (u), sinf (u), 0 } };
      const Vec p[4] = { { n[0].x, n[0].y, -1 }, { n[1].x, n[1].y, -1 }, { n[1].x, n[1].y, 1 }, { n[0].x, n[0].y, 1 } };

      quad (out, p, n, none);
      for (int side = -1; side <= 1; side += 2)
        {
          const Vec up = { 0, 0, (float) side };

          vertex (out, (Vec){ 0, 0, (float) side }, up, 0);
          vertex (out, (Vec){ n[0].x, n[0].y, (float) side }, up, 0);
          vertex (out, (Vec){ n[1].x, n[1].y, (float) side }, up, 0);
        }
    }
}

static void
build_box (GArray *out)
{
  static const float none[4];

  for (int axis = 0; axis < 3; axis++)
    for (int side = -1; side <= 1; side += 2)
      {
        float n[3] = { 0 }, corner[4][3];
        Vec p[4], normal[4];

        n[axis] = (float) side;
        for (int k = 0; k < 4; k++)
          {
            corner[k][axis] = (float) side;
            corner[k][(axis + 1) % 3] = k == 0 || k == 3 ? -1.0f : 1.0f;
            corner[k][(axis + 2) % 3] = k < 2 ? -1.0f : 1.0f;
            p[k] = (Vec){ corner[k][0], corner[k][1], corner[k][2] };
            normal[k] = (Vec){ n[0], n[1], n[2] };
          }
        quad (out, p, normal, none);
      }
}

void
lw_scene_mesh_build (LwSolid shape, int detail, LwSceneMesh *out)
{
  static const Vec corners[4] = { { -1, -1, 0 }, { 1, -1, 0 }, { 1, 1, 0 }, { -1, 1, 0 } };
  static const Vec up[4] = { { 0, 0, 1 }, { 0, 0, 1 }, { 0, 0, 1 }, { 0, 0, 1 } };
  static const float none[4];
  GArray *vertices = g_array_new (FALSE, FALSE, sizeof (float));

  switch (shape)
    {
    case LW_SOLID_PLANE: quad (vertices, corners, up, none); break;
    case LW_SOLID_CAPSULE: build_round (vertices, detail, TRUE); break;
    case LW_SOLID_CYLINDER: build_cylinder (vertices, detail); break;
    case LW_SOLID_BOX: build_box (vertices); break;
    case LW_SOLID_SPHERE:
    case LW_SOLID_ELLIPSOID:
    default: build_round (vertices, detail, FALSE); break;
    }
  out->n_vertices = (int) vertices->len / LW_MESH_STRIDE;
  out->vertices = (float *) (void *) g_array_free (vertices, FALSE);
}

void
lw_scene_mesh_from_triangles (const float *corners, gsize n, LwSceneMesh *out)
{
  out->vertices = g_new (float, MAX (n, 1) * 3 * LW_MESH_STRIDE);
  out->n_vertices = (int) (3 * n);
  for (gsize i = 0; i < n; i++)
    {
      const float *p = corners + 9 * i;
      float a[3], b[3], normal[3], length;

      for (int k = 0; k < 3; k++)
        {
          a[k] = p[3 + k] - p[k];
          b[k] = p[6 + k] - p[k];
        }
      for (int k = 0; k < 3; k++)
        normal[k] = a[(k + 1) % 3] * b[(k + 2) % 3] - a[(k + 2) % 3] * b[(k + 1) % 3];
      length = sqrtf (normal[0] * normal[0] + normal[1] * normal[1] + normal[2] * normal[2]);
      for (int corner = 0; corner < 3; corner++)
        {
          float *vertex = out->vertices + (3 * i + (gsize) corner) * LW_MESH_STRIDE;

          for (int k = 0; k < 3; k++)
            {
              vertex[k] = p[3 * corner + k];
              vertex[3 + k] = length > 0.0f ? normal[k] / length : (float) (k == 2);
            }
          vertex[6] = 0.0f;
        }
    }
}

void
lw_scene_mesh_clear (LwSceneMesh *self)
{
  g_clear_pointer (&self->vertices, g_free);
  self->n_vertices = 0;
}
