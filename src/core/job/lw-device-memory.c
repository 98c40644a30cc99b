/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-device-memory.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

void
lw_known_arm_free (LwKnownArm *self)
{
  if (self == NULL)
    return;
  g_free (self->key);
  g_free (self->name);
  g_free (self->profile);
  g_free (self->calibration);
  g_free (self);
}

/* ---- keys ---- */

static char *
resolve (const char *port)
{
  char *real = realpath (port, NULL);
  char *path = g_strdup (real != NULL ? real : port);

  free (real);
  return path;
}

char *
lw_device_key (const char *port, GPtrArray *ports)
{
  g_autofree char *path = resolve (port);

  for (guint i = 0; i < ports->len; i++)
    {
      const LwPort *candidate = g_ptr_array_index (ports, i);

      if (candidate->vid != 0 && strcmp (candidate->path, path) == 0)
        return g_strdup_printf ("%04x:%04x:%s", candidate->vid, candidate->pid, candidate->serial != NULL ? candidate->serial : "");
    }
  return g_steal_pointer (&path);
}

/* "0403:6014:…" and nothing else. */
static gboolean
parse_usb_key (const char *key, uint16_t *vid, uint16_t *pid, const char **serial)
{
  g_autofree char *first = NULL;
  guint64 v, p;

  if (strlen (key) < 10 || key[4] != ':' || key[9] != ':')
    return FALSE;
  first = g_strndup (key, 9);
  first[4] = '\0';
  if (!g_ascii_string_to_unsigned (first, 16, 1, G_MAXUINT16, &v, NULL) || !g_ascii_string_to_unsigned (first + 5, 16, 0, G_MAXUINT16, &p, NULL))
    return FALSE;
  *vid = (uint16_t) v;
  *pid = (uint16_t) p;
  *serial = key[10] != '\0' ? key + 10 : NULL;
  return TRUE;
}

char *
lw_device_port (const char *key, GPtrArray *ports)
{
  uint16_t vid, pid;
  const char *serial;
  const LwPort *port;

  if (!parse_usb_key (key, &vid, &pid, &serial))
    return g_strdup (key);
  port = lw_port_find (ports, vid, pid, serial);
  return port != NULL ? g_strdup (port->path) : NULL;
}

/* ---- the file ---- */

/* Brackets and control characters may not stand in the name of a group. */
static char *
group_of (const char *key)
{
  return g_uri_escape_string (key, ":/ ", TRUE);
}

static char *
file_path (void)
{
  return g_build_filename (g_get_user_data_dir (), "lampwork", "arms.ini", NULL);
}

static GKeyFile *
load (GError **error)
{
  g_autofree char *path = file_path ();
  g_autoptr (GKeyFile) file = g_key_file_new ();
  g_autoptr (GError) local = NULL;

  if (g_key_file_load_from_file (file, path, G_KEY_FILE_KEEP_COMMENTS, &local) || g_error_matches (local, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    return g_steal_pointer (&file);
  g_propagate_prefixed_error (error, g_steal_pointer (&local), "%s: ", path);
  return NULL;
}

static gboolean
save (GKeyFile *file, GError **error)
{
  g_autofree char *path = file_path ();
  g_autofree char *folder = g_path_get_dirname (path);

  (void) g_mkdir_with_parents (folder, 0700); /* what fails here is said by the saving, with its path */
  return g_key_file_save_to_file (file, path, error);
}

static LwKnownArm *
read_arm (GKeyFile *file, const char *group)
{
  LwKnownArm *arm = g_new0 (LwKnownArm, 1);

  arm->key = g_uri_unescape_string (group, NULL);
  arm->name = g_key_file_get_string (file, group, "name", NULL);
  arm->profile = g_key_file_get_string (file, group, "profile", NULL);
  arm->baud = (unsigned) CLAMP (g_key_file_get_integer (file, group, "baud", NULL), 0, G_MAXINT);
  arm->calibration = g_key_file_get_string (file, group, "calibration", NULL);
  if (arm->key != NULL && arm->profile != NULL)
    {
      if (arm->name == NULL)
        arm->name = g_strdup (arm->profile);
      return arm;
    }
  lw_known_arm_free (arm); /* a group of somebody else's */
  return NULL;
}

static int
compare_names (gconstpointer a, gconstpointer b)
{
  const LwKnownArm *left = *(LwKnownArm *const *) a, *right = *(LwKnownArm *const *) b;
  int order = g_utf8_collate (left->name, right->name);

  return order != 0 ? order : strcmp (left->key, right->key);
}

GPtrArray *
lw_device_memory_list (GError **error)
{
  g_autoptr (GKeyFile) file = load (error);
  g_auto (GStrv) groups = NULL;
  GPtrArray *arms;

  if (file == NULL)
    return NULL;
  arms = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_known_arm_free);
  groups = g_key_file_get_groups (file, NULL);
  for (char **group = groups; *group != NULL; group++)
    {
      LwKnownArm *arm = read_arm (file, *group);

      if (arm != NULL)
        g_ptr_array_add (arms, arm);
    }
  g_ptr_array_sort (arms, compare_names);
  return arms;
}

LwKnownArm *
lw_device_memory_find (const char *key, GError **error)
{
  g_autoptr (GPtrArray) arms = lw_device_memory_list (error);

  for (int by_name = 0; arms != NULL && by_name <= 1; by_name++)
    for (guint i = 0; i < arms->len; i++)
      {
        LwKnownArm *arm = g_ptr_array_index (arms, i);

        if (strcmp (by_name ? arm->name : arm->key, key) == 0)
          {
            arms->pdata[i] = NULL;
            return arm;
          }
      }
  return NULL;
}

static void
put (GKeyFile *file, const char *group, const char *field, const char *value)
{
  if (value != NULL)
    g_key_file_set_string (file, group, field, value);
  else
    g_key_file_remove_key (file, group, field, NULL);
}

gboolean
lw_device_memory_remember (const LwKnownArm *arm, GError **error)
{
  g_autoptr (GKeyFile) file = load (error);
  g_autofree char *group = group_of (arm->key);

  if (file == NULL)
    return FALSE;
  put (file, group, "name", arm->name);
  put (file, group, "profile", arm->profile);
  put (file, group, "calibration", arm->calibration);
  g_key_file_set_integer (file, group, "baud", (int) MIN (arm->baud, G_MAXINT));
  return save (file, error);
}

gboolean
lw_device_memory_forget (const char *key, GError **error)
{
  g_autoptr (GKeyFile) file = load (error);
  g_autofree char *group = group_of (key);

  if (file == NULL)
    return FALSE;
  return !g_key_file_remove_group (file, group, NULL) || save (file, error);
}
