/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-npy.h"

#include "lw-test-paths.h"
#include "lw-test-store.h"

/* A file of format @major with this header text (padded here) and these bytes of data. */
static char *
write_npy (const LwTestPlace *place, int major, const char *dictionary, const void *data, size_t size)
{
  g_autoptr (GByteArray) out = g_byte_array_new ();
  char *path = g_build_filename (place->folder, "a.npy", NULL);
  guint32 length = (guint32) strlen (dictionary);

  g_byte_array_append (out, (const guint8 *) "\x93NUMPY", 6);
  g_byte_array_append (out, (const guint8[]){ (guint8) major, 0 }, 2);
  for (int i = 0; i < (major == 1 ? 2 : 4); i++)
    g_byte_array_append (out, &(guint8){ (guint8) (length >> (8 * i)) }, 1);
  g_byte_array_append (out, (const guint8 *) dictionary, length);
  g_byte_array_append (out, data, (guint) size);
  g_assert_true (g_file_set_contents (path, (const char *) out->data, out->len, NULL));
  return path;
}

#define F8(order, shape) "{'descr': '<f8', 'fortran_order': " order ", 'shape': " shape ", }   \n"

static void
test_round_trip (LwTestPlace *place, gconstpointer data)
{
  g_autofree char *path = g_build_filename (place->folder, "out.npy", NULL);
  g_autofree char *bytes = NULL;
  double x[12] = { 0, -0.0, 1e300, 1e-310, 0.1, 1.0 / 3, -7, 8, 9, 10, 11, 12 };
  LwMat all = lw_mat_view (x, 3, 4);
  LwMat part = lw_mat_block (&all, 1, 1, 2, 2); /* with a stride */
  g_auto (LwNpy) npy = { 0 }, small = { 0 };
  GError *error = NULL;
  gsize size;

  g_assert_true (lw_npy_write (path, &all, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  g_assert_cmpuint ((size - sizeof x) % 64, ==, 0);
  g_assert_true (lw_npy_read (path, TRUE, &npy, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (npy.n_dims, ==, 2);
  g_assert_cmpuint (npy.dims[0], ==, 3);
  g_assert_cmpuint (npy.dims[1], ==, 4);
  g_assert_cmpuint (npy.size, ==, 12);
  g_assert_cmpmem (npy.data, sizeof x, x, sizeof x);

  g_assert_true (lw_npy_write (path, &part, &error));
  g_assert_true (lw_npy_read (path, TRUE, &small, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (small.size, ==, 4);
  for (size_t i = 0; i < 4; i++)
    g_assert_true (small.data[i] == lw_mat_get (&part, i / 2, i % 2));
}

/* Each type, both orders, 0 to 4 dimensions, all format versions, keys in any order and both quotes. */
static void
test_accepts (LwTestPlace *place, gconstpointer data)
{
  const float f[] = { 1, 2, 3, 4, 5, 6 };
  const gint64 i8[] = { 1, 2, 3, 4, 5, -6 };
  const gint32 i4[] = { 1, 2, 3, 4, 5, -6 };
  const double d[] = { 1, 2, 3, 4, 5, 6, 7, 8 };
  const struct {
    int         major;
    const char *dictionary;
    const void *data;
    size_t      size;
    size_t      n_dims, dims[4];
    double      expected[8];
  } cases[] = {
    { 1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }\n", f, sizeof f, 2, { 2, 3 }, { 1, 2, 3, 4, 5, 6 } },
    { 2, "{'descr': '<i8', 'fortran_order': False, 'shape': (6,), }\n", i8, sizeof i8, 1, { 6 }, { 1, 2, 3, 4, 5, -6 } },
    { 3, "{\"shape\": (6,), \"descr\": \"<i4\", \"fortran_order\": False}\n", i4, sizeof i4, 1, { 6 }, { 1, 2, 3, 4, 5, -6 } },
    { 1, F8 ("True", "(2, 3)"), d, 48, 2, { 2, 3 }, { 1, 3, 5, 2, 4, 6 } },
    { 1, F8 ("True", "(2, 2, 2)"), d, 64, 3, { 2, 2, 2 }, { 1, 5, 3, 7, 2, 6, 4, 8 } },
    { 1, F8 ("False", "(1, 2, 2, 2)"), d, 64, 4, { 1, 2, 2, 2 }, { 1, 2, 3, 4, 5, 6, 7, 8 } },
    { 1, F8 ("False", "()"), d, 8, 0, { 0 }, { 1 } },
    { 1, F8 ("False", "(3L, 2L)"), d, 48, 2, { 3, 2 }, { 1, 2, 3, 4, 5, 6 } },
    { 1, F8 ("False", "(0, 5)"), d, 0, 2, { 0, 5 }, { 0 } },
    { 1, F8 ("True", "(0, 5)"), d, 0, 2, { 0, 5 }, { 0 } },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = write_npy (place, cases[i].major, cases[i].dictionary, cases[i].data, cases[i].size);
    g_auto (LwNpy) npy = { 0 };
    GError *error = NULL;
    lw_npy_read (path, TRUE, &npy, &error);
    g_assert_no_error (error);
    g_assert_cmpuint (npy.n_dims, ==, cases[i].n_dims);
    for (size_t k = 0; k < npy.n_dims; k++)
      g_assert_cmpuint (npy.dims[k], ==, cases[i].dims[k]);
    for (size_t k = 0; k < npy.size; k++)
      g_assert_cmpfloat (npy.data[k], ==, cases[i].expected[k]);
  }
}

static void
assert_refused (const char *path, gboolean finite, int code, const char *words)
{
  LwNpy npy = { .n_dims = 77, .data = (double *) 1 };
  g_autoptr (GError) error = NULL;

  g_assert_false (lw_npy_read (path, finite, &npy, &error));
  g_assert_cmpuint (npy.n_dims, ==, 77);
  g_assert_true (npy.data == (double *) 1);
  g_assert_error (error, LW_IMPORT_ERROR, code);
  g_assert_null (strchr (error->message, '\n'));
  g_assert_true (g_utf8_validate (error->message, -1, NULL));
  if (strstr (error->message, words) == NULL)
    g_error ("“%s” does not say “%s”", error->message, words);
}

static void
test_refuses (LwTestPlace *place, gconstpointer data)
{
  const double d[8] = { 1, 2, 3, 4, 5, 6, 7, 8 }, bad[4] = { 1, 2, INFINITY, 4 }, nan_at[3] = { 1, 2, NAN };
  const struct {
    int         major;
    const char *dictionary;
    const void *data;
    size_t      size;
    int         code;
    const char *words;
  } cases[] = {
    { 4, F8 ("False", "(1,)"), d, 8, LW_IMPORT_ERROR_FORMAT, "version 4" },
    { 0, F8 ("False", "(1,)"), d, 8, LW_IMPORT_ERROR_FORMAT, "version 0" },
    { 1, "", d, 8, LW_IMPORT_ERROR_FORMAT, "{ was expected" },
    { 1, "{", d, 8, LW_IMPORT_ERROR_FORMAT, "'key': value was expected" },
    { 1, "{}", d, 8, LW_IMPORT_ERROR_FORMAT, "once" },
    { 1, "{'descr': '<f8', 'shape': (1,)}", d, 8, LW_IMPORT_ERROR_FORMAT, "once" },
    { 1, "{'descr': '<f8', 'descr': '<f8', 'shape': (1,)}", d, 8, LW_IMPORT_ERROR_FORMAT, "once" },
    { 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,), 'extra': 3}", d, 8, LW_IMPORT_ERROR_FORMAT, "once" },
    { 1, "{'descr': '<f8', 'fortran_order': False, 'shape': (1,)} more", d, 8, LW_IMPORT_ERROR_FORMAT, "once" },
    { 1, "{'descr': '<f8', 'fortran_order': 0, 'shape': (1,)}", d, 8, LW_IMPORT_ERROR_FORMAT, "True or False" },
    { 1, "{'descr': [('a', '<f8')], 'fortran_order': False, 'shape': (1,)}", d, 8, LW_IMPORT_ERROR_FORMAT, "float64 or float32" },
    { 1, "{'descr': '>f8', 'fortran_order': False, 'shape': (1,)}", d, 8, LW_IMPORT_ERROR_FORMAT, "'>f8'; little-endian" },
    { 1, "{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", d, 8, LW_IMPORT_ERROR_FORMAT, "'|O'" },
    { 1, "{'descr': '<U5', 'fortran_order': False, 'shape': (1,)}", d, 8, LW_IMPORT_ERROR_FORMAT, "'<U5'" },
    { 1, F8 ("False", "(-1,)"), d, 8, LW_IMPORT_ERROR_FORMAT, "a shape like" },
    { 1, F8 ("False", "(1.5,)"), d, 8, LW_IMPORT_ERROR_FORMAT, "a comma or )" },
    { 1, F8 ("False", "[1]"), d, 8, LW_IMPORT_ERROR_FORMAT, "a shape like" },
    { 1, F8 ("False", "(1 2)"), d, 8, LW_IMPORT_ERROR_FORMAT, "a comma or )" },
    { 1, F8 ("False", "(1, 1, 1, 1, 1)"), d, 8, LW_IMPORT_ERROR_SHAPE, "more than 4 dimensions" },
    { 1, F8 ("False", "(99999999999999999999999999,)"), d, 8, LW_IMPORT_ERROR_FORMAT, "a shape like" },
    { 1, F8 ("False", "(4294967296, 4294967296, 8)"), d, 8, LW_IMPORT_ERROR_SHAPE, "larger than any memory" },
    { 1, F8 ("False", "(2305843009213693952,)"), d, 8, LW_IMPORT_ERROR_SHAPE, "larger than any memory" },
    { 1, F8 ("False", "(2, 2)"), d, 31, LW_IMPORT_ERROR_SHAPE,
      "holds 31 bytes of numbers; its header promises 32 (4 numbers of 8 bytes)" },
    { 1, F8 ("False", "(2, 2)"), d, 40, LW_IMPORT_ERROR_SHAPE, "holds 40 bytes" },
    { 1, F8 ("False", "(2, 2)"), bad, 32, LW_IMPORT_ERROR_VALUE, "a.npy, row 2, column 1: infinity" },
    { 1, F8 ("False", "(3,)"), nan_at, 24, LW_IMPORT_ERROR_VALUE, "a.npy, element 3: NaN" },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree char *path = write_npy (place, cases[i].major, cases[i].dictionary, cases[i].data, cases[i].size);
    assert_refused (path, TRUE, cases[i].code, cases[i].words);
  }

  g_autofree char *path = write_npy (place, 1, F8 ("False", "(3,)"), nan_at, 24);
  g_auto (LwNpy) npy = { 0 };
  g_assert_true (lw_npy_read (path, FALSE, &npy, NULL));
  g_assert_true (isnan (npy.data[2]));

  g_assert_true (g_file_set_contents (path, "demo,t,q0\n", -1, NULL));
  assert_refused (path, TRUE, LW_IMPORT_ERROR_FORMAT, "is not a NumPy file");
  g_assert_true (g_file_set_contents (path, "", 0, NULL));
  assert_refused (path, TRUE, LW_IMPORT_ERROR_FORMAT, "is empty");
  g_assert_true (g_file_set_contents (path, "\x93NUMPY\x02\x00\xff\xff\x01\x00", 12, NULL));
  assert_refused (path, TRUE, LW_IMPORT_ERROR_FORMAT, "ends inside its header");
  assert_refused (place->folder, TRUE, LW_IMPORT_ERROR_OPEN, "is a folder");
  assert_refused ("/nowhere/a.npy", TRUE, LW_IMPORT_ERROR_OPEN, "there is no such file");
}

/* Cut off anywhere, a byte flipped anywhere: read or refused in one line, never more. */
static void
test_truncated (LwTestPlace *place, gconstpointer data)
{
  const double d[] = { 1, 2, 3, 4, 5, 6 };
  g_autofree char *path = write_npy (place, 1, F8 ("False", "(2, 3)"), d, sizeof d);
  g_autofree char *bytes = NULL;
  gsize size;

  g_assert_true (g_file_get_contents (path, &bytes, &size, NULL));
  for (gsize n = 0; n < size; n++) {
    LwNpy npy;
    g_autoptr (GError) error = NULL;
    g_assert_true (g_file_set_contents (path, bytes, (gssize) n, NULL));
    g_assert_false (lw_npy_read (path, TRUE, &npy, &error));
    g_assert_null (strchr (error->message, '\n'));
  }
  for (gsize at = 0; at < size; at++) {
    g_auto (LwNpy) npy = { 0 };
    g_autoptr (GError) error = NULL;
    bytes[at] ^= (char) (1 << (at % 8));
    g_assert_true (g_file_set_contents (path, bytes, (gssize) size, NULL));
    if (!lw_npy_read (path, TRUE, &npy, &error))
      g_assert_true (g_utf8_validate (error->message, -1, NULL) && strchr (error->message, '\n') == NULL);
    bytes[at] ^= (char) (1 << (at % 8));
  }
}

static void
test_write_errors (LwTestPlace *place, gconstpointer data)
{
  double x = 1;
  LwMat mat = lw_mat_view (&x, 1, 1);
  g_autoptr (GError) error = NULL, other = NULL;

  g_assert_false (lw_npy_write (place->folder, &mat, &error));
  g_assert_error (error, LW_IMPORT_ERROR, LW_IMPORT_ERROR_WRITE);
  g_assert_false (lw_npy_write ("/nowhere/a.npy", &mat, &other));
  g_assert_error (other, LW_IMPORT_ERROR, LW_IMPORT_ERROR_WRITE);
}

static void
test_published (void)
{
  g_autofree char *path = lw_test_shared_path ("data/reach_target.npy");
  g_auto (LwNpy) npy = { 0 };
  GError *error = NULL;

  if (path == NULL)
    return;
  g_assert_true (lw_npy_read (path, TRUE, &npy, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (npy.n_dims, ==, 2);
  g_assert_cmpuint (npy.dims[0], ==, 600);
  g_assert_cmpuint (npy.dims[1], ==, 164);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/npy/round-trip", LwTestPlace, NULL, lw_test_place_init, test_round_trip, lw_test_place_clear);
  g_test_add ("/npy/accepts", LwTestPlace, NULL, lw_test_place_init, test_accepts, lw_test_place_clear);
  g_test_add ("/npy/refuses", LwTestPlace, NULL, lw_test_place_init, test_refuses, lw_test_place_clear);
  g_test_add ("/npy/truncated", LwTestPlace, NULL, lw_test_place_init, test_truncated, lw_test_place_clear);
  g_test_add ("/npy/write-errors", LwTestPlace, NULL, lw_test_place_init, test_write_errors, lw_test_place_clear);
  g_test_add_func ("/npy/published", test_published);
  return g_test_run ();
}
