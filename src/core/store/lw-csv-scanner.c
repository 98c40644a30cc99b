/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-csv-scanner.h"

#include <math.h>
#include <string.h>

#include "lw-demonstrations.h"

#define EXCERPT 32

static size_t
count_rows (const char *text, const char *end)
{
  size_t n = 1;

  for (; text < end; text++)
    n += *text == '\n';
  return n;
}

gboolean
lw_csv_scanner_init (LwCsvScanner *self, const char *name, const char *text, size_t size, GError **error)
{
  const char *bad;

  if (!g_utf8_validate_len (text, size, &bad)) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT,
                 "%s, row %" G_GSIZE_FORMAT ": byte 0x%02x is not UTF-8 text; a CSV file was expected", name,
                 count_rows (text, bad), (guint8) *bad);
    return FALSE;
  }
  gboolean mark = size >= 3 && memcmp (text, "\xef\xbb\xbf", 3) == 0;
  *self = (LwCsvScanner){ .name = name, .at = text + (mark ? 3 : 0), .end = text + size };
  self->fields = g_array_new (FALSE, FALSE, sizeof (LwCsvField));
  return TRUE;
}

void
lw_csv_scanner_clear (LwCsvScanner *self)
{
  g_clear_pointer (&self->fields, g_array_unref);
}

static gboolean
is_space (char c)
{
  return c == ' ' || c == '\t' || c == '\r';
}

static const char *
skip_spaces (const char *at, const char *end)
{
  while (at < end && is_space (*at))
    at++;
  return at;
}

/* One field of the line [at, end); returns where its comma or the end stands, NULL when a quote is not closed or something
 * follows it. */
static const char *
scan_field (const char *at, const char *end, LwCsvField *field)
{
  at = skip_spaces (at, end);
  if (at < end && *at == '"') {
    const char *start = ++at;
    while (at < end && (*at != '"' || (at + 1 < end && at[1] == '"')))
      at += *at == '"' ? 2 : 1;
    if (at >= end)
      return NULL;
    *field = (LwCsvField){ start, (size_t) (at - start) };
    at = skip_spaces (at + 1, end);
    return at == end || *at == ',' ? at : NULL;
  }

  const char *last = at;
  while (last < end && *last != ',')
    last++;
  const char *stop = last;
  while (stop > at && is_space (stop[-1]))
    stop--;
  *field = (LwCsvField){ at, (size_t) (stop - at) };
  return last;
}

gboolean
lw_csv_scanner_next (LwCsvScanner *self, gboolean *found, GError **error)
{
  g_array_set_size (self->fields, 0);
  *found = FALSE;
  while (self->at < self->end) {
    const char *line = self->at;
    const char *newline = memchr (line, '\n', (size_t) (self->end - line));
    const char *end = newline != NULL ? newline : self->end;

    self->at = newline != NULL ? newline + 1 : self->end;
    self->row++;
    if (skip_spaces (line, end) == end)
      continue;
    for (const char *at = line;; at++) {
      LwCsvField field;
      at = scan_field (at, end, &field);
      if (at == NULL) {
        g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT,
                     "%s, row %" G_GSIZE_FORMAT ", column %u: a quote is not closed, or text follows it", self->name, self->row,
                     self->fields->len + 1);
        return FALSE;
      }
      g_array_append_val (self->fields, field);
      if (at == end)
        break;
    }
    *found = TRUE;
    return TRUE;
  }
  return TRUE;
}

char *
lw_csv_field_dup (const LwCsvField *field)
{
  GString *text = g_string_sized_new (field->length);

  for (size_t i = 0; i < field->length; i++) {
    g_string_append_c (text, field->text[i]);
    if (field->text[i] == '"')
      i++;
  }
  return g_string_free (text, FALSE);
}

char *
lw_csv_field_excerpt (const LwCsvField *field)
{
  GString *text = g_string_new (NULL);
  const char *at = field->text, *end = field->text + field->length;

  for (int n = 0; at < end && n < EXCERPT; at = g_utf8_next_char (at), n++) {
    gunichar c = g_utf8_get_char (at);
    g_string_append_unichar (text, g_unichar_isprint (c) ? c : '?');
  }
  if (at < end)
    g_string_append (text, "…");
  return g_string_free (text, FALSE);
}

static gboolean
equals (const LwCsvField *field, const char *word)
{
  return field->length == strlen (word) && g_ascii_strncasecmp (field->text, word, field->length) == 0;
}

LwCsvNumber
lw_csv_field_number (const LwCsvField *field, double *value)
{
  LwCsvField word = *field;
  char *stop;

  if (field->length == 0)
    return LW_CSV_EMPTY;
  if (*word.text == '+' || *word.text == '-')
    word.text++, word.length--;
  if (equals (&word, "nan") || equals (&word, "inf") || equals (&word, "infinity"))
    return LW_CSV_NOT_FINITE;
  /* Decimal digits only: strtod() would also take hexadecimal. What follows the field is a comma, a space or a quote, or the
   * final NUL, so it stops there. */
  if (strspn (field->text, "0123456789+-.eE") < field->length)
    return LW_CSV_NOT_A_NUMBER;
  double x = g_ascii_strtod (field->text, &stop);
  if (stop != field->text + field->length)
    return LW_CSV_NOT_A_NUMBER;
  if (!isfinite (x))
    return LW_CSV_NOT_FINITE;
  *value = x;
  return LW_CSV_NUMBER;
}
