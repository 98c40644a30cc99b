/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mesh-find.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* Takes @path. */
static char *
if_there (char *path)
{
  char *whole = g_file_test (path, G_FILE_TEST_IS_REGULAR) ? g_canonicalize_filename (path, NULL) : NULL;

  g_free (path);
  return whole;
}

/* The package lies in @folder, or @folder is the package. */
static char *
find_in (const char *folder, const char *package, const char *rest)
{
  g_autofree char *name = g_path_get_basename (folder);
  char            *found = if_there (g_build_filename (folder, package, rest, NULL));

  if (found == NULL && strcmp (name, package) == 0)
    found = if_there (g_build_filename (folder, rest, NULL));
  return found;
}

static char *
find_in_list (const char *variable, const char *below, const char *package, const char *rest)
{
  const char    *list = g_getenv (variable);
  g_auto (GStrv) folders = list != NULL ? g_strsplit (list, G_SEARCHPATH_SEPARATOR_S, -1) : NULL;
  char          *found = NULL;

  for (int i = 0; folders != NULL && folders[i] != NULL && found == NULL; i++)
    {
      g_autofree char *folder = below != NULL ? g_build_filename (folders[i], below, NULL) : g_strdup (folders[i]);

      if (*folders[i] != '\0')
        found = find_in (folder, package, rest);
    }
  return found;
}

static char *
find_package (const char *package, const char *rest, const char *folder)
{
  g_autofree char *at = g_strdup (folder);
  char            *found = NULL;

  while (found == NULL)
    {
      char *above = g_path_get_dirname (at);

      found = find_in (at, package, rest);
      if (found == NULL) /* the file was carried away from its package, the folders beside it as well */
        found = if_there (g_build_filename (at, rest, NULL));
      if (strcmp (above, at) == 0)
        {
          g_free (above);
          break;
        }
      g_free (at);
      at = above;
    }
  if (found == NULL)
    found = find_in_list ("ROS_PACKAGE_PATH", NULL, package, rest);
  if (found == NULL)
    found = find_in_list ("AMENT_PREFIX_PATH", "share", package, rest);
  return found;
}

char *
lw_mesh_find (const char *reference, const char *folder)
{
  static const char *const schemes[] = { "package://", "model://" };

  for (gsize i = 0; i < G_N_ELEMENTS (schemes); i++)
    if (g_str_has_prefix (reference, schemes[i]))
      {
        const char      *rest = reference + strlen (schemes[i]), *slash = strchr (rest, '/');
        g_autofree char *package = slash != NULL ? g_strndup (rest, (gsize) (slash - rest)) : NULL;

        return package != NULL ? find_package (package, slash + 1, folder) : NULL;
      }
  if (g_str_has_prefix (reference, "file://"))
    reference += strlen ("file://");
  return if_there (g_path_is_absolute (reference) ? g_strdup (reference) : g_build_filename (folder, reference, NULL));
}

/* A binary STL has 80 bytes of anything, the number of triangles, and 50 bytes each; "solid" at its head says nothing, many binary ones begin so. */
static LwMeshKind
stl_kind (const char *path)
{
  FILE       *file = g_fopen (path, "rb");
  guint8      head[84] = { 0 };
  gboolean    whole = file != NULL && fread (head, 1, sizeof head, file) == sizeof head;
  GStatBuf    info;
  LwMeshKind  kind = LW_MESH_READABLE;

  if (whole && g_stat (path, &info) == 0)
    {
      guint64 n = head[80] | (guint64) head[81] << 8 | (guint64) head[82] << 16 | (guint64) head[83] << 24;

      if ((guint64) info.st_size != 84 + 50 * n && memcmp (head, "solid", 5) == 0)
        kind = LW_MESH_TEXT_STL;
    }
  else if (file != NULL && memcmp (head, "solid", 5) == 0)
    kind = LW_MESH_TEXT_STL;
  if (file != NULL)
    fclose (file);
  return kind;
}

LwMeshKind
lw_mesh_kind (const char *path)
{
  const char *dot = strrchr (path, '.');

  if (dot != NULL && g_ascii_strcasecmp (dot, ".stl") == 0)
    return stl_kind (path);
  if (dot != NULL && (g_ascii_strcasecmp (dot, ".obj") == 0 || g_ascii_strcasecmp (dot, ".msh") == 0))
    return LW_MESH_READABLE;
  return LW_MESH_OTHER;
}
