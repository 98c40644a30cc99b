/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-xml-tree.h"

#include <glib/gstdio.h>
#include <math.h>
#include <string.h>

#include "lw-skill.h" /* LW_JOB_ERROR */

#define MAX_SIZE  (32 << 20)
#define MAX_NODES 200000
#define MAX_DEPTH 500
#define BYTE_ORDER_MARK "\357\273\277"

typedef struct {
  LwXmlNode *root;
  LwXmlNode *at;
  int        depth;
  int        n_nodes;
} Reading;

LwXmlNode *
lw_xml_new (const char *name)
{
  LwXmlNode *self = g_new0 (LwXmlNode, 1);

  self->name = g_strdup (name);
  self->keys = g_ptr_array_new_with_free_func (g_free);
  self->values = g_ptr_array_new_with_free_func (g_free);
  self->children = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_xml_free);
  return self;
}

void
lw_xml_free (LwXmlNode *self)
{
  if (self == NULL)
    return;
  g_free (self->name);
  g_ptr_array_unref (self->keys);
  g_ptr_array_unref (self->values);
  g_ptr_array_unref (self->children);
  g_free (self);
}

static void
start_element (GMarkupParseContext *context, const char *name, const char **keys, const char **values, gpointer data, GError **error)
{
  Reading   *reading = data;
  LwXmlNode *node;
  int        column;

  if (++reading->depth > MAX_DEPTH || ++reading->n_nodes > MAX_NODES)
    {
      g_set_error (error, G_MARKUP_ERROR, G_MARKUP_ERROR_PARSE, "more elements than a model of an arm has");
      return;
    }
  node = lw_xml_new (name);
  g_markup_parse_context_get_position (context, &node->line, &column);
  node->line -= column == 1; /* a new line right behind the tag has been counted already */
  for (int i = 0; keys[i] != NULL; i++)
    lw_xml_set (node, keys[i], values[i]);
  node->parent = reading->at;
  if (reading->at != NULL)
    g_ptr_array_add (reading->at->children, node);
  else
    reading->root = node;
  reading->at = node;
}

static void
end_element (GMarkupParseContext *context, const char *name, gpointer data, GError **error)
{
  Reading *reading = data;

  reading->at = reading->at->parent;
  reading->depth--;
}

LwXmlNode *
lw_xml_read (const char *path, GError **error)
{
  static const GMarkupParser parser = { .start_element = start_element, .end_element = end_element };
  g_autofree char   *file = g_path_get_basename (path);
  g_autofree char   *text = NULL;
  g_autoptr (GError) cause = NULL;
  g_autoptr (GMarkupParseContext) context = NULL;
  Reading            reading = { 0 };
  GStatBuf           info;
  gsize              length;
  int                line = 0;

  if (g_stat (path, &info) == 0 && info.st_size > MAX_SIZE)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: larger than a model of an arm can be", file);
      return NULL;
    }
  if (!g_file_get_contents (path, &text, &length, &cause))
    {
      g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, cause->message);
      return NULL;
    }
  context = g_markup_parse_context_new (&parser, G_MARKUP_DEFAULT_FLAGS, &reading, NULL);
  if (g_str_has_prefix (text, BYTE_ORDER_MARK)) /* GLib's parser takes it for text before the first element */
    memset (text, ' ', strlen (BYTE_ORDER_MARK));
  if (g_markup_parse_context_parse (context, text, (gssize) length, &cause) && g_markup_parse_context_end_parse (context, &cause) && reading.root != NULL)
    return reading.root;
  lw_xml_free (reading.root);
  g_markup_parse_context_get_position (context, &line, NULL);
  if (cause == NULL)
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: no XML element in it", file);
  else if (g_str_has_prefix (cause->message, "Error on line ")) /* GLib says the line itself */
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s: %s", file, cause->message);
  else
    g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, "%s, line %d: %s", file, line, cause->message);
  return NULL;
}

static gboolean
find_key (const LwXmlNode *self, const char *key, guint *index)
{
  for (guint i = 0; i < self->keys->len; i++)
    if (strcmp (self->keys->pdata[i], key) == 0)
      {
        *index = i;
        return TRUE;
      }
  return FALSE;
}

const char *
lw_xml_get (const LwXmlNode *self, const char *key)
{
  guint i;

  return find_key (self, key, &i) ? self->values->pdata[i] : NULL;
}

void
lw_xml_set (LwXmlNode *self, const char *key, const char *value)
{
  guint i;

  if (find_key (self, key, &i))
    {
      char *copy = g_strdup (value);

      g_free (self->values->pdata[i]);
      self->values->pdata[i] = copy;
      return;
    }
  g_ptr_array_add (self->keys, g_strdup (key));
  g_ptr_array_add (self->values, g_strdup (value));
}

void
lw_xml_set_numbers (LwXmlNode *self, const char *key, const double *values, gsize n)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (gsize i = 0; i < n; i++)
    {
      char number[G_ASCII_DTOSTR_BUF_SIZE];

      g_string_append_printf (text, "%s%s", i > 0 ? " " : "", g_ascii_formatd (number, sizeof number, "%.12g", values[i]));
    }
  lw_xml_set (self, key, text->str);
}

gboolean
lw_xml_get_numbers (const LwXmlNode *self, const char *key, double *out, gsize n)
{
  const char *text = lw_xml_get (self, key);

  for (gsize i = 0; i < n; i++)
    {
      char  *end = NULL;
      double value = text != NULL ? g_ascii_strtod (text, &end) : 0;

      if (text == NULL || end == text || !isfinite (value))
        return FALSE;
      out[i] = value;
      text = end;
    }
  return text[strspn (text, " \t\r\n")] == '\0';
}

void
lw_xml_unset (LwXmlNode *self, const char *key)
{
  guint i;

  if (find_key (self, key, &i))
    {
      g_ptr_array_remove_index (self->keys, i);
      g_ptr_array_remove_index (self->values, i);
    }
}

LwXmlNode *
lw_xml_child (const LwXmlNode *self, const char *name)
{
  for (guint i = 0; i < self->children->len; i++)
    {
      LwXmlNode *child = self->children->pdata[i];

      if (strcmp (child->name, name) == 0)
        return child;
    }
  return NULL;
}

LwXmlNode *
lw_xml_add (LwXmlNode *self, const char *name)
{
  LwXmlNode *child = lw_xml_new (name);

  child->parent = self;
  g_ptr_array_add (self->children, child);
  return child;
}

void
lw_xml_remove (LwXmlNode *self, const char *name)
{
  for (guint i = self->children->len; i > 0; i--)
    if (strcmp (((LwXmlNode *) self->children->pdata[i - 1])->name, name) == 0)
      g_ptr_array_remove_index (self->children, i - 1);
}

static void
write_node (const LwXmlNode *self, int depth, GString *out)
{
  g_string_append_printf (out, "%*s<%s", 2 * depth, "", self->name);
  for (guint i = 0; i < self->keys->len; i++)
    {
      g_autofree char *value = g_markup_escape_text (self->values->pdata[i], -1);

      g_string_append_printf (out, " %s=\"%s\"", (const char *) self->keys->pdata[i], value);
    }
  if (self->children->len == 0)
    {
      g_string_append (out, "/>\n");
      return;
    }
  g_string_append (out, ">\n");
  for (guint i = 0; i < self->children->len; i++)
    write_node (self->children->pdata[i], depth + 1, out);
  g_string_append_printf (out, "%*s</%s>\n", 2 * depth, "", self->name);
}

char *
lw_xml_write (const LwXmlNode *self)
{
  GString *out = g_string_new (NULL);

  write_node (self, 0, out);
  return g_string_free (out, FALSE);
}
