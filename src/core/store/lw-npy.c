/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-npy.h"

#include <math.h>
#include <stdlib.h>

#include "lw-demonstrations.h"
#include "lw-import-file.h"
#include "lw-little-endian.h"

/* The format: "\x93NUMPY", two bytes of version, the length of the header (u16 in version 1, u32 in 2 and 3), then the header, a
 * Python dictionary as text:
 *   {'descr': '<f8', 'fortran_order': False, 'shape': (600, 164), }
 * padded with spaces up to a newline; then the numbers.  numpy.org, numpy.lib.format */
#define MAGIC "\x93NUMPY"
#define MAGIC_SIZE 6
/* Longer headers belong to structured types, which are refused anyway. */
#define LONGEST_HEADER 65536

typedef struct {
  const char *name; /* for messages */
  const char *at;
  const char *end;
} Header;

static gboolean
malformed (const Header *header, const char *expected, GError **error)
{
  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s: the NumPy header is malformed; %s was expected", header->name,
               expected);
  return FALSE;
}

static void
skip_spaces (Header *header)
{
  while (header->at < header->end && g_ascii_isspace (*header->at))
    header->at++;
}

static gboolean
take (Header *header, const char *token)
{
  size_t length = strlen (token);

  skip_spaces (header);
  if ((size_t) (header->end - header->at) < length || memcmp (header->at, token, length) != 0)
    return FALSE;
  header->at += length;
  return TRUE;
}

/* 'text' or "text" of printable ASCII, without escapes. */
static gboolean
take_string (Header *header, char *out, size_t size)
{
  size_t n = 0;

  skip_spaces (header);
  if (header->at == header->end || (*header->at != '\'' && *header->at != '"'))
    return FALSE;
  char quote = *header->at++;
  while (header->at < header->end && *header->at != quote && g_ascii_isprint (*header->at) && n + 1 < size)
    out[n++] = *header->at++;
  out[n] = '\0';
  return header->at < header->end && *header->at++ == quote;
}

static gboolean
take_size (Header *header, size_t *out)
{
  gboolean digits = FALSE;

  *out = 0;
  skip_spaces (header);
  for (; header->at < header->end && g_ascii_isdigit (*header->at); header->at++, digits = TRUE)
    if (__builtin_mul_overflow (*out, (size_t) 10, out) || __builtin_add_overflow (*out, (size_t) (*header->at - '0'), out))
      return FALSE;
  take (header, "L"); /* Python 2 */
  return digits;
}

static gboolean
take_shape (Header *header, LwNpy *npy, GError **error)
{
  if (!take (header, "("))
    return malformed (header, "a shape like (600, 164)", error);
  npy->n_dims = 0;
  npy->size = 1;
  while (!take (header, ")")) {
    size_t dim;
    if (npy->n_dims == G_N_ELEMENTS (npy->dims)) {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE, "%s has more than %d dimensions; at most %d were expected",
                   header->name, (int) G_N_ELEMENTS (npy->dims), (int) G_N_ELEMENTS (npy->dims));
      return FALSE;
    }
    if (!take_size (header, &dim))
      return malformed (header, "a shape like (600, 164)", error);
    npy->dims[npy->n_dims++] = dim;
    if (__builtin_mul_overflow (npy->size, dim, &npy->size) || npy->size > G_MAXSSIZE / sizeof (double)) {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE, "%s: the shape in its header is larger than any memory",
                   header->name);
      return FALSE;
    }
    if (take (header, ","))
      continue;
    skip_spaces (header);
    if (header->at == header->end || *header->at != ')')
      return malformed (header, "a comma or ) in the shape", error);
  }
  return TRUE;
}

/* Keys in any order, each once. */
static gboolean
parse_header (Header *header, LwNpy *npy, char *descr, size_t descr_size, gboolean *fortran, GError **error)
{
  unsigned seen = 0;

  if (!take (header, "{"))
    return malformed (header, "{", error);
  while (!take (header, "}")) {
    char key[32];
    if (!take_string (header, key, sizeof key) || !take (header, ":"))
      return malformed (header, "'key': value", error);
    unsigned bit = g_str_equal (key, "descr") ? 1 : g_str_equal (key, "fortran_order") ? 2 : g_str_equal (key, "shape") ? 4 : 0;
    if (bit == 0 || seen & bit)
      return malformed (header, "each of 'descr', 'fortran_order' and 'shape' once", error);
    seen |= bit;
    if (bit == 1 && !take_string (header, descr, descr_size)) {
      g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT,
                   "%s holds records or a named type; plain float64 or float32 numbers were expected", header->name);
      return FALSE;
    }
    if (bit == 2 && !(*fortran = take (header, "True")) && !take (header, "False"))
      return malformed (header, "'fortran_order': True or False", error);
    if (bit == 4 && !take_shape (header, npy, error))
      return FALSE;
    take (header, ",");
  }
  skip_spaces (header);
  if (seen != 7 || header->at != header->end)
    return malformed (header, "each of 'descr', 'fortran_order' and 'shape' once", error);
  return TRUE;
}

typedef enum { KIND_F8, KIND_F4, KIND_I8, KIND_I4 } Kind;

static const struct {
  const char *descr;
  size_t      size;
} kinds[] = { { "<f8", 8 }, { "<f4", 4 }, { "<i8", 8 }, { "<i4", 4 } };

static gboolean
find_kind (const char *name, const char *descr, Kind *kind, GError **error)
{
  for (size_t i = 0; i < G_N_ELEMENTS (kinds); i++) {
    if (g_str_equal (descr, kinds[i].descr)) {
      *kind = (Kind) i;
      return TRUE;
    }
  }
  g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT,
               "%s holds numbers of type '%.16s'; little-endian float64 '<f8' or float32 '<f4' was expected", name, descr);
  return FALSE;
}

static double
element (const guint8 *data, size_t i, Kind kind)
{
  double x;
  guint32 bits;
  float f;

  switch (kind) {
  case KIND_F4:
  case KIND_I4:
    memcpy (&bits, data + 4 * i, 4);
    bits = GUINT32_FROM_LE (bits);
    memcpy (&f, &bits, 4);
    return kind == KIND_F4 ? (double) f : (double) (gint32) bits;
  case KIND_I8: {
    guint64 wide;
    memcpy (&wide, data + 8 * i, 8);
    return (double) (gint64) GUINT64_FROM_LE (wide);
  }
  default:
    lw_get_doubles (data + 8 * i, &x, 1);
    return x;
  }
}

/* Where element @i in C order stands in a file in Fortran order. */
static size_t
fortran_index (const LwNpy *npy, size_t i)
{
  size_t index[4], at = 0;

  for (size_t d = npy->n_dims; d-- > 0; i /= npy->dims[d])
    index[d] = i % npy->dims[d];
  for (size_t d = npy->n_dims; d-- > 0;)
    at = at * npy->dims[d] + index[d];
  return at;
}

static gboolean
not_finite (const LwNpy *npy, const char *name, size_t i, GError **error)
{
  if (npy->n_dims == 2)
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE,
                 "%s, row %" G_GSIZE_FORMAT ", column %" G_GSIZE_FORMAT ": %s; a finite number was expected", name,
                 i / npy->dims[1] + 1, i % npy->dims[1] + 1, isnan (npy->data[i]) ? "NaN" : "infinity");
  else
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_VALUE,
                 "%s, element %" G_GSIZE_FORMAT ": %s; a finite number was expected", name, i + 1,
                 isnan (npy->data[i]) ? "NaN" : "infinity");
  return FALSE;
}

/* Finds the header's text behind magic, version and length; *data_offset is where the numbers begin. */
static gboolean
find_header (const char *name, const char *bytes, size_t size, Header *header, size_t *data_offset, GError **error)
{
  if (size < MAGIC_SIZE || memcmp (bytes, MAGIC, MAGIC_SIZE) != 0) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s is not a NumPy file: it does not begin with \\x93NUMPY",
                 name);
    return FALSE;
  }
  guint8 major = size > MAGIC_SIZE ? (guint8) bytes[MAGIC_SIZE] : 0;
  size_t start = MAGIC_SIZE + 2 + (major == 1 ? 2 : 4), length = 0;
  if (size >= start && (major < 1 || major > 3)) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT,
                 "%s is in version %u of the NumPy format; 1, 2 or 3 was expected", name, major);
    return FALSE;
  }
  for (size_t i = start; size >= start && i-- > MAGIC_SIZE + 2;)
    length = length << 8 | (guint8) bytes[i];
  if (size < start || length > size - start) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT, "%s ends inside its header: it was cut off", name);
    return FALSE;
  }
  if (length > LONGEST_HEADER) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_FORMAT,
                 "%s has a header of %" G_GSIZE_FORMAT " bytes; plain numbers were expected", name, length);
    return FALSE;
  }
  *header = (Header){ name, bytes + start, bytes + start + length };
  *data_offset = start + length;
  return TRUE;
}

gboolean
lw_npy_read (const char *path, gboolean finite, LwNpy *out, GError **error)
{
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GBytes) file = lw_import_file_read (path, error);
  LwNpy npy = { 0 };
  Header header;
  char descr[32];
  gboolean fortran = FALSE;
  Kind kind;
  size_t offset;

  if (file == NULL)
    return FALSE;
  size_t size;
  const char *bytes = g_bytes_get_data (file, &size);
  if (!find_header (name, bytes, size, &header, &offset, error)
      || !parse_header (&header, &npy, descr, sizeof descr, &fortran, error) || !find_kind (name, descr, &kind, error))
    return FALSE;

  size_t wanted = npy.size * kinds[kind].size;
  if (size - offset != wanted) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_SHAPE,
                 "%s holds %" G_GSIZE_FORMAT " bytes of numbers; its header promises %" G_GSIZE_FORMAT " (%" G_GSIZE_FORMAT
                 " numbers of %" G_GSIZE_FORMAT " bytes)",
                 name, size - offset, wanted, npy.size, kinds[kind].size);
    return FALSE;
  }
  npy.data = lw_doubles_new (npy.size);
  if (npy.data == NULL) {
    g_set_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_OPEN, "%s does not fit into memory", name);
    return FALSE;
  }
  for (size_t i = 0; i < npy.size; i++) {
    npy.data[i] = element ((const guint8 *) bytes + offset, fortran ? fortran_index (&npy, i) : i, kind);
    if (finite && !isfinite (npy.data[i])) {
      not_finite (&npy, name, i, error);
      lw_npy_clear (&npy);
      return FALSE;
    }
  }
  *out = npy;
  return TRUE;
}

void
lw_npy_clear (LwNpy *self)
{
  free (self->data);
  *self = (LwNpy){ 0 };
}

gboolean
lw_npy_write (const char *path, const LwMat *mat, GError **error)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  g_autofree char *dictionary = g_strdup_printf (
      "{'descr': '<f8', 'fortran_order': False, 'shape': (%" G_GSIZE_FORMAT ", %" G_GSIZE_FORMAT "), }", mat->rows, mat->cols);
  /* Padded so that the numbers begin at a multiple of 64 bytes, as the format asks. */
  size_t before = MAGIC_SIZE + 4, length = strlen (dictionary) + 1;
  size_t padding = (64 - (before + length) % 64) % 64;
  guint16 header_length = GUINT16_TO_LE ((guint16) (length + padding));

  g_byte_array_append (out, (const guint8 *) MAGIC "\x01\x00", MAGIC_SIZE + 2);
  g_byte_array_append (out, (const guint8 *) &header_length, 2);
  g_byte_array_append (out, (const guint8 *) dictionary, (guint) strlen (dictionary));
  for (size_t i = 0; i < padding; i++)
    g_byte_array_append (out, (const guint8 *) " ", 1);
  g_byte_array_append (out, (const guint8 *) "\n", 1);
  for (size_t i = 0; i < mat->rows; i++)
    lw_put_doubles (out, lw_mat_row (mat, i), mat->cols);
  return lw_import_file_write (path, out->data, out->len, error);
}
