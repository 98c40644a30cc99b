/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-npy-golden.h"

#include <string.h>

#include "lw-test-paths.h"

G_STATIC_ASSERT (G_BYTE_ORDER == G_LITTLE_ENDIAN);

/* The text after 'key': in the header's Python dictionary. */
static const char *
header_value (const char *path, const char *header, const char *key)
{
  g_autofree char *quoted = g_strdup_printf ("'%s':", key);
  const char *at = strstr (header, quoted);
  if (at == NULL)
    g_error ("%s: no %s in the header", path, quoted);
  at += strlen (quoted);
  while (*at == ' ')
    at++;
  return at;
}

static void
read_shape (LwGolden *self, const char *path, const char *text)
{
  if (*text != '(')
    g_error ("%s: shape is not a tuple", path);
  text++;
  self->n = 1;
  while (*text != ')') {
    char *end;
    if (self->n_dims == LW_GOLDEN_MAX_DIMS)
      g_error ("%s: more than %d dimensions", path, LW_GOLDEN_MAX_DIMS);
    size_t dim = g_ascii_strtoull (text, &end, 10);
    if (end == text)
      g_error ("%s: shape is not a tuple of integers", path);
    self->dims[self->n_dims++] = dim;
    self->n *= dim;
    text = end;
    while (*text == ',' || *text == ' ')
      text++;
  }
}

gboolean
lw_golden_load (LwGolden *self, const char *name)
{
  g_autofree char *path = lw_test_shared_path (name);
  g_autofree char *bytes = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  *self = (LwGolden){ 0 };
  if (path == NULL)
    return FALSE;
  if (!g_file_get_contents (path, &bytes, &size, &error))
    g_error ("%s", error->message);
  if (size < 12 || memcmp (bytes, "\x93NUMPY", 6) != 0)
    g_error ("%s: not a .npy file", path);

  const guint8 *u = (const guint8 *) bytes;
  gsize start = u[6] == 1 ? 10 : 12;
  gsize length = u[6] == 1 ? u[8] | (gsize) u[9] << 8
                           : u[8] | (gsize) u[9] << 8 | (gsize) u[10] << 16 | (gsize) u[11] << 24;
  if (start + length > size)
    g_error ("%s: header runs past the end", path);
  g_autofree char *header = g_strndup (bytes + start, length);

  const char *descr = header_value (path, header, "descr");
  gboolean is_integer = g_str_has_prefix (descr, "'<i8'");
  if (!is_integer && !g_str_has_prefix (descr, "'<f8'"))
    g_error ("%s: neither float64 nor int64", path);
  if (!g_str_has_prefix (header_value (path, header, "fortran_order"), "False"))
    g_error ("%s: not in C order", path);
  read_shape (self, path, header_value (path, header, "shape"));
  if (size - start - length != self->n * 8)
    g_error ("%s: %" G_GSIZE_FORMAT " bytes of data for %zu elements", path, size - start - length, self->n);

  self->data = g_new (double, MAX (self->n, 1));
  const char *data = bytes + start + length;
  for (size_t i = 0; i < self->n; i++) {
    if (is_integer) {
      gint64 v;
      memcpy (&v, data + 8 * i, 8);
      self->data[i] = (double) v;
    } else {
      memcpy (&self->data[i], data + 8 * i, 8);
    }
  }
  return TRUE;
}

void
lw_golden_clear (LwGolden *self)
{
  g_free (self->data);
  *self = (LwGolden){ 0 };
}

LwMat
lw_golden_mat (const LwGolden *self)
{
  size_t rows = self->n_dims > 0 ? self->dims[0] : 1;
  return lw_mat_view (self->data, rows, rows > 0 ? self->n / rows : 0);
}
