/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-json-writer.h"

#include <math.h>

void
lw_json_begin (LwJsonWriter *self)
{
  self->text = g_string_new ("{");
}

static void
append_string (GString *text, const char *v)
{
  g_string_append_c (text, '"');
  for (; *v != '\0'; v++)
    if (*v == '"' || *v == '\\')
      g_string_append_printf (text, "\\%c", *v);
    else if ((unsigned char) *v < 0x20)
      g_string_append_printf (text, "\\u%04x", *v);
    else
      g_string_append_c (text, *v);
  g_string_append_c (text, '"');
}

static void
append_name (LwJsonWriter *self, const char *name)
{
  if (self->text->len > 1)
    g_string_append_c (self->text, ',');
  append_string (self->text, name);
  g_string_append_c (self->text, ':');
}

static void
append_real (GString *text, double v)
{
  char number[G_ASCII_DTOSTR_BUF_SIZE];

  g_string_append (text, isfinite (v) ? g_ascii_dtostr (number, sizeof number, v) : "null");
}

void
lw_json_real (LwJsonWriter *self, const char *name, double v)
{
  append_name (self, name);
  append_real (self->text, v);
}

void
lw_json_integer (LwJsonWriter *self, const char *name, int64_t v)
{
  append_name (self, name);
  g_string_append_printf (self->text, "%" G_GINT64_FORMAT, v);
}

void
lw_json_boolean (LwJsonWriter *self, const char *name, gboolean v)
{
  append_name (self, name);
  g_string_append (self->text, v ? "true" : "false");
}

void
lw_json_string (LwJsonWriter *self, const char *name, const char *v)
{
  if (v == NULL)
    {
      lw_json_null (self, name);
      return;
    }
  append_name (self, name);
  append_string (self->text, v);
}

void
lw_json_null (LwJsonWriter *self, const char *name)
{
  append_name (self, name);
  g_string_append (self->text, "null");
}

void
lw_json_reals (LwJsonWriter *self, const char *name, const double *v, size_t n)
{
  append_name (self, name);
  g_string_append_c (self->text, '[');
  for (size_t i = 0; i < n; i++)
    {
      if (i > 0)
        g_string_append_c (self->text, ',');
      append_real (self->text, v[i]);
    }
  g_string_append_c (self->text, ']');
}

void
lw_json_pairs (LwJsonWriter *self, const char *name, char *const *first, char *const *second, size_t n)
{
  append_name (self, name);
  g_string_append_c (self->text, '[');
  for (size_t i = 0; i < n; i++)
    {
      g_string_append (self->text, i > 0 ? ",[" : "[");
      append_string (self->text, first[i]);
      g_string_append_c (self->text, ',');
      append_string (self->text, second[i]);
      g_string_append_c (self->text, ']');
    }
  g_string_append_c (self->text, ']');
}

char *
lw_json_end (LwJsonWriter *self)
{
  g_string_append_c (self->text, '}');
  return g_string_free (g_steal_pointer (&self->text), FALSE);
}
