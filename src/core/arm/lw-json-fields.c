/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-json-fields.h"

#include <glib/gstdio.h>
#include <math.h>

#include "lw-arm-profile.h"

#define MAX_FILE_SIZE (1 << 20)

gboolean
lw_json_fields_refuse (const LwJsonFields *self, const char *name, GError **error, const char *message, ...)
{
  g_autofree char *text = NULL;
  va_list          args;

  va_start (args, message);
  text = g_strdup_vprintf (message, args);
  va_end (args);
  if (self->joint != NULL)
    g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "%s: joint “%s”: “%s” %s", self->file, self->joint, name, text);
  else
    g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "%s: “%s” %s", self->file, name, text);
  return FALSE;
}

JsonParser *
lw_json_fields_open (const char *path, LwJsonFields *out, char **file, GError **error)
{
  g_autoptr (JsonParser) parser = json_parser_new_immutable ();
  g_autoptr (GError)     cause = NULL;
  g_autofree char       *name = g_path_get_basename (path);
  g_autofree char       *text = NULL;
  gsize                  length;
  GStatBuf               info;

  if (g_stat (path, &info) == 0 && info.st_size > MAX_FILE_SIZE)
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_SYNTAX, "%s: larger than a file of this kind can be", name);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, &length, &cause))
    {
      g_set_error_literal (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE, cause->message);
      return NULL;
    }
  if (length > MAX_FILE_SIZE || !json_parser_load_from_data (parser, text, (gssize) length, &cause))
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_SYNTAX, "%s: %s", name, cause != NULL ? cause->message : "too large");
      return NULL;
    }
  if (json_parser_get_root (parser) == NULL || !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_SYNTAX, "%s: not a JSON object", name);
      return NULL;
    }
  *file = g_steal_pointer (&name);
  *out = (LwJsonFields){ json_node_get_object (json_parser_get_root (parser)), *file, NULL };
  return g_steal_pointer (&parser);
}

gboolean
lw_json_fields_known (const LwJsonFields *self, const char *const *names, GError **error)
{
  JsonObjectIter iter;
  const char    *name;
  JsonNode      *node;

  json_object_iter_init (&iter, self->object);
  while (json_object_iter_next (&iter, &name, &node))
    if (!g_strv_contains (names, name))
      return lw_json_fields_refuse (self, name, error, "is not a field that belongs here");
  return TRUE;
}

gboolean
lw_json_fields_has (const LwJsonFields *self, const char *name)
{
  return json_object_has_member (self->object, name);
}

/* The node of a field that must be there; NULL with @error. */
static JsonNode *
member (const LwJsonFields *self, const char *name, GError **error)
{
  JsonNode *node = json_object_get_member (self->object, name);

  if (node == NULL)
    lw_json_fields_refuse (self, name, error, "is missing");
  return node;
}

gboolean
lw_json_fields_number (const LwJsonFields *self, const char *name, double *out, GError **error)
{
  JsonNode *node = member (self, name, error);
  GType     type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;

  if (node == NULL)
    return FALSE;
  if ((type != G_TYPE_DOUBLE && type != G_TYPE_INT64) || !isfinite (json_node_get_double (node)))
    return lw_json_fields_refuse (self, name, error, "must be a number");
  *out = json_node_get_double (node);
  return TRUE;
}

gboolean
lw_json_fields_integer (const LwJsonFields *self, const char *name, gint64 lower, gint64 upper, gint64 *out, GError **error)
{
  JsonNode *node = member (self, name, error);

  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_INT64 || json_node_get_int (node) < lower
      || json_node_get_int (node) > upper)
    return lw_json_fields_refuse (self, name, error, "must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT, lower, upper);
  *out = json_node_get_int (node);
  return TRUE;
}

gboolean
lw_json_fields_text (const LwJsonFields *self, const char *name, const char **out, GError **error)
{
  JsonNode *node = member (self, name, error);

  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING || json_node_get_string (node)[0] == '\0')
    return lw_json_fields_refuse (self, name, error, "must be a text that is not empty");
  *out = json_node_get_string (node);
  return TRUE;
}

gboolean
lw_json_fields_flag (const LwJsonFields *self, const char *name, gboolean *out, GError **error)
{
  JsonNode *node = member (self, name, error);

  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    return lw_json_fields_refuse (self, name, error, "must be true or false");
  *out = json_node_get_boolean (node);
  return TRUE;
}

gboolean
lw_json_fields_array (const LwJsonFields *self, const char *name, JsonArray **out, GError **error)
{
  JsonNode *node = member (self, name, error);

  if (node == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_ARRAY (node))
    return lw_json_fields_refuse (self, name, error, "must be a list");
  *out = json_node_get_array (node);
  return TRUE;
}
