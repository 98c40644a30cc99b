/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-json-text.h"

#include <json-glib/json-glib.h>

#include "lw-arm-profile.h"

/* Between fields: a comma and a new line, or in an object of a list a comma. */
static void
next (LwJsonText *self)
{
  if (!self->first)
    g_string_append_c (self->text, ',');
  g_string_append (self->text, self->in_list ? " " : "\n  ");
  self->first = FALSE;
}

static void
put_quoted (LwJsonText *self, const char *text)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), text);
  g_autofree char     *quoted = json_to_string (node, FALSE);

  g_string_append (self->text, quoted);
}

static void
put_name (LwJsonText *self, const char *name)
{
  next (self);
  put_quoted (self, name);
  g_string_append (self->text, ": ");
}

void
lw_json_text_begin (LwJsonText *self)
{
  *self = (LwJsonText){ g_string_new ("{"), FALSE, TRUE };
}

static void
put_number (LwJsonText *self, double value)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_ascii_formatd (number, sizeof number, "%.15g", value);
  if (g_ascii_strtod (number, NULL) != value)
    g_ascii_formatd (number, sizeof number, "%.17g", value);
  g_string_append (self->text, number);
}

void
lw_json_text_number (LwJsonText *self, const char *name, double value)
{
  put_name (self, name);
  put_number (self, value);
}

void
lw_json_text_integer (LwJsonText *self, const char *name, gint64 value)
{
  put_name (self, name);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, value);
}

void
lw_json_text_string (LwJsonText *self, const char *name, const char *value)
{
  put_name (self, name);
  put_quoted (self, value);
}

void
lw_json_text_flag (LwJsonText *self, const char *name, gboolean value)
{
  put_name (self, name);
  g_string_append (self->text, value ? "true" : "false");
}

void
lw_json_text_numbers (LwJsonText *self, const char *name, const double *values, gsize n)
{
  put_name (self, name);
  for (gsize i = 0; i < n; i++)
    {
      g_string_append (self->text, i > 0 ? ", " : "[");
      put_number (self, values[i]);
    }
  g_string_append (self->text, n > 0 ? "]" : "[]");
}

void
lw_json_text_integers (LwJsonText *self, const char *name, const guint16 *values, gsize n)
{
  put_name (self, name);
  g_string_append_c (self->text, '[');
  for (gsize i = 0; i < n; i++)
    g_string_append_printf (self->text, "%s%u", i > 0 ? ", " : "", values[i]);
  g_string_append_c (self->text, ']');
}

void
lw_json_text_list_begin (LwJsonText *self, const char *name)
{
  put_name (self, name);
  g_string_append_c (self->text, '[');
  self->first = TRUE;
}

void
lw_json_text_object_begin (LwJsonText *self)
{
  g_string_append (self->text, self->first ? "\n    {" : ",\n    {");
  self->in_list = TRUE;
  self->first = TRUE;
}

void
lw_json_text_object_end (LwJsonText *self)
{
  g_string_append (self->text, " }");
  self->in_list = FALSE;
  self->first = FALSE;
}

void
lw_json_text_list_end (LwJsonText *self)
{
  g_string_append (self->text, self->first ? "]" : "\n  ]");
  self->first = FALSE;
}

char *
lw_json_text_end (LwJsonText *self)
{
  g_string_append (self->text, "\n}\n");
  return g_string_free (self->text, FALSE);
}

gboolean
lw_json_text_save (const char *text, const char *path, GError **error)
{
  g_autoptr (GError) cause = NULL;

  if (g_file_set_contents (path, text, -1, &cause))
    return TRUE;
  g_set_error_literal (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE, cause->message);
  return FALSE;
}
