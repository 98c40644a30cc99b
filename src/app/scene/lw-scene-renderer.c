/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-scene-renderer.h"

#include <epoxy/gl.h>
#include <gio/gio.h>
#include <string.h>

#include "lw-scene-mesh.h"

/* An unbounded plane is drawn this far: the grid has faded long before. */
#define FLOOR_HALF_SIZE 6.0f

struct LwSceneRenderer {
  GLuint program;
  GLuint arrays[LW_N_SOLIDS], buffers[LW_N_SOLIDS];
  int    n_vertices[LW_N_SOLIDS];
  guint64 meshes_of;    /* the view whose meshes these are; 0 = none */
  gsize  n_meshes;
  GLuint *mesh_arrays, *mesh_buffers;
  int    *mesh_n_vertices;
  GLint  view, projection, size, half_length, rotation, position, colour, eye, backdrop, line, floor_grid;
};

static GLuint
compile (GLenum kind, gboolean es, const char *name, char **error)
{
  g_autofree char *path = g_strconcat ("/org/lampwork/Lampwork/shaders/", name, NULL);
  g_autoptr (GBytes) source = g_resources_lookup_data (path, 0, NULL);
  const char *parts[2] = { es ? "#version 300 es\nprecision highp float;\n" : "#version 330 core\n", NULL };
  GLuint shader = glCreateShader (kind);
  GLint ok = GL_FALSE;

  parts[1] = g_bytes_get_data (source, NULL); /* resources end with a zero */
  glShaderSource (shader, 2, parts, NULL);
  glCompileShader (shader);
  glGetShaderiv (shader, GL_COMPILE_STATUS, &ok);
  if (!ok)
    {
      char log[512] = "";

      glGetShaderInfoLog (shader, sizeof log, NULL, log);
      *error = g_strdup_printf ("%s: %s", name, log);
      glDeleteShader (shader);
      return 0;
    }
  return shader;
}

static GLuint
link_program (gboolean es, char **error)
{
  GLuint vertex = compile (GL_VERTEX_SHADER, es, "scene.vert", error);
  GLuint fragment = vertex != 0 ? compile (GL_FRAGMENT_SHADER, es, "scene.frag", error) : 0;
  GLuint program = 0;
  GLint ok = GL_FALSE;

  if (fragment != 0)
    {
      program = glCreateProgram ();
      glAttachShader (program, vertex);
      glAttachShader (program, fragment);
      glLinkProgram (program);
      glGetProgramiv (program, GL_LINK_STATUS, &ok);
      if (!ok)
        {
          char log[512] = "";

          glGetProgramInfoLog (program, sizeof log, NULL, log);
          *error = g_strdup (log);
          glDeleteProgram (program);
          program = 0;
        }
    }
  glDeleteShader (vertex); /* zero is ignored; linked ones live on in the program */
  glDeleteShader (fragment);
  return program;
}

/* Takes @mesh. */
static void
upload (GLuint array, GLuint buffer, LwSceneMesh *mesh)
{
  const GLsizei stride = LW_MESH_STRIDE * (GLsizei) sizeof (float);

  glBindVertexArray (array);
  glBindBuffer (GL_ARRAY_BUFFER, buffer);
  glBufferData (GL_ARRAY_BUFFER, (GLsizeiptr) mesh->n_vertices * stride, mesh->vertices, GL_STATIC_DRAW);
  glVertexAttribPointer (0, 3, GL_FLOAT, GL_FALSE, stride, (void *) 0);
  glVertexAttribPointer (1, 3, GL_FLOAT, GL_FALSE, stride, (void *) (3 * sizeof (float)));
  glVertexAttribPointer (2, 1, GL_FLOAT, GL_FALSE, stride, (void *) (6 * sizeof (float)));
  for (GLuint i = 0; i < 3; i++)
    glEnableVertexAttribArray (i);
  lw_scene_mesh_clear (mesh);
}

static void
upload_solid (LwSceneRenderer *self, LwSolid shape, int detail)
{
  LwSceneMesh mesh;

  lw_scene_mesh_build (shape, detail, &mesh);
  self->n_vertices[shape] = mesh.n_vertices;
  upload (self->arrays[shape], self->buffers[shape], &mesh);
}

static void
drop_meshes (LwSceneRenderer *self)
{
  if (self->n_meshes > 0)
    {
      glDeleteVertexArrays ((GLsizei) self->n_meshes, self->mesh_arrays);
      glDeleteBuffers ((GLsizei) self->n_meshes, self->mesh_buffers);
    }
  g_clear_pointer (&self->mesh_arrays, g_free);
  g_clear_pointer (&self->mesh_buffers, g_free);
  g_clear_pointer (&self->mesh_n_vertices, g_free);
  self->n_meshes = 0;
  self->meshes_of = 0;
}

/* The arm's own meshes, once for each arm. */
static void
upload_meshes (LwSceneRenderer *self, LwSceneView *scene)
{
  drop_meshes (self);
  self->meshes_of = lw_scene_view_number (scene);
  self->n_meshes = lw_scene_view_n_meshes (scene);
  if (self->n_meshes == 0)
    return;
  self->mesh_arrays = g_new0 (GLuint, self->n_meshes);
  self->mesh_buffers = g_new0 (GLuint, self->n_meshes);
  self->mesh_n_vertices = g_new0 (int, self->n_meshes);
  glGenVertexArrays ((GLsizei) self->n_meshes, self->mesh_arrays);
  glGenBuffers ((GLsizei) self->n_meshes, self->mesh_buffers);
  for (gsize i = 0; i < self->n_meshes; i++)
    {
      gsize n = lw_scene_view_triangles (scene, i, NULL);
      g_autofree float *corners = g_new (float, 9 * MAX (n, 1));
      LwSceneMesh mesh;

      lw_scene_view_triangles (scene, i, corners);
      lw_scene_mesh_from_triangles (corners, n, &mesh);
      self->mesh_n_vertices[i] = mesh.n_vertices;
      upload (self->mesh_arrays[i], self->mesh_buffers[i], &mesh);
    }
  glBindVertexArray (0);
}

LwSceneRenderer *
lw_scene_renderer_new (gboolean es, int detail, char **error)
{
  LwSceneRenderer *self;
  GLuint program = link_program (es, error);

  if (program == 0)
    return NULL;
  self = g_new0 (LwSceneRenderer, 1);
  self->program = program;
#define UNIFORM(name) self->name = glGetUniformLocation (program, #name)
  UNIFORM (view);
  UNIFORM (projection);
  UNIFORM (size);
  UNIFORM (half_length);
  UNIFORM (rotation);
  UNIFORM (position);
  UNIFORM (colour);
  UNIFORM (eye);
  UNIFORM (backdrop);
  UNIFORM (line);
  UNIFORM (floor_grid);
#undef UNIFORM
  glGenVertexArrays (LW_N_SOLIDS, self->arrays);
  glGenBuffers (LW_N_SOLIDS, self->buffers);
  for (int shape = 0; shape < LW_N_SOLIDS; shape++)
    upload_solid (self, (LwSolid) shape, detail);
  glBindVertexArray (0);
  return self;
}

void
lw_scene_renderer_free (LwSceneRenderer *self)
{
  if (self == NULL)
    return;
  drop_meshes (self);
  glDeleteVertexArrays (LW_N_SOLIDS, self->arrays);
  glDeleteBuffers (LW_N_SOLIDS, self->buffers);
  glDeleteProgram (self->program);
  g_free (self);
}

static void
draw_geom (LwSceneRenderer *self, const LwSceneGeom *g)
{
  gboolean plane = g->shape == LW_SOLID_PLANE;
  float size[3] = { g->size[0], g->size[1], g->size[2] }, half_length = 0.0f;

  if (plane)
    {
      size[0] = size[1] = FLOOR_HALF_SIZE;
      size[2] = 1.0f;
    }
  else if (g->shape == LW_SOLID_CAPSULE)
    {
      half_length = size[2];
      size[2] = size[0];
    }
  glUniform3fv (self->size, 1, size);
  glUniform1f (self->half_length, half_length);
  glUniformMatrix3fv (self->rotation, 1, GL_TRUE, g->rot);
  glUniform3fv (self->position, 1, g->pos);
  glUniform4fv (self->colour, 1, g->rgba);
  glUniform1i (self->floor_grid, plane);
  glBindVertexArray (g->mesh >= 0 ? self->mesh_arrays[g->mesh] : self->arrays[g->shape]);
  glDrawArrays (GL_TRIANGLES, 0, g->mesh >= 0 ? self->mesh_n_vertices[g->mesh] : self->n_vertices[g->shape]);
}

void
lw_scene_renderer_draw (LwSceneRenderer *self, LwSceneView *scene, double aspect, const LwSceneTheme *theme)
{
  const LwSceneGeom *geoms;
  float view[16], projection[16], eye[3];
  size_t n;

  glClearColor (theme->backdrop[0], theme->backdrop[1], theme->backdrop[2], 1.0f);
  glClear (GL_COLOR_BUFFER_BIT | GL_DEPTH_BUFFER_BIT);
  glEnable (GL_DEPTH_TEST);
  glEnable (GL_BLEND);
  glBlendFuncSeparate (GL_SRC_ALPHA, GL_ONE_MINUS_SRC_ALPHA, GL_ONE, GL_ONE_MINUS_SRC_ALPHA);

  if (self->meshes_of != lw_scene_view_number (scene))
    upload_meshes (self, scene);
  lw_scene_view_camera (scene, aspect, view, projection, eye);
  glUseProgram (self->program);
  glUniformMatrix4fv (self->view, 1, GL_FALSE, view);
  glUniformMatrix4fv (self->projection, 1, GL_FALSE, projection);
  glUniform3fv (self->eye, 1, eye);
  glUniform3fv (self->backdrop, 1, theme->backdrop);
  glUniform3fv (self->line, 1, theme->line);

  geoms = lw_scene_view_geoms (scene, &n);
  /* The floor is opaque to itself only: drawn first and without depth, so that a picture from below still shows the arm. */
  glDepthMask (GL_FALSE);
  for (size_t i = 0; i < n; i++)
    if (geoms[i].shape == LW_SOLID_PLANE)
      draw_geom (self, &geoms[i]);
  glDepthMask (GL_TRUE);
  for (size_t i = 0; i < n; i++)
    if (geoms[i].shape != LW_SOLID_PLANE)
      {
        glDepthMask (geoms[i].rgba[3] >= 1.0f);
        draw_geom (self, &geoms[i]);
      }
  glDepthMask (GL_TRUE);
  glBindVertexArray (0);
  glUseProgram (0);
}
