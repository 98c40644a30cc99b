/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sample-figures.h"

#include <glib/gstdio.h>
#include <string.h>

static char *folder;

static LwFigure *
sample (void)
{
  return lw_sample_figures[1].create (); /* "Joint 2": Phase, Position (°) */
}

static gboolean
contains (const char *data, gsize length, const char *part)
{
  return memmem (data, length, part, strlen (part)) != NULL;
}

static void
test_png (void)
{
  g_autoptr (LwFigure) figure = sample ();
  g_autofree char *path = g_build_filename (folder, "joint.PNG", NULL);
  g_autoptr (GError) error = NULL;
  cairo_surface_t *surface;

  g_assert_true (lw_figure_write (figure, path, 300, 160, NULL, &error));
  g_assert_no_error (error);
  surface = cairo_image_surface_create_from_png (path);
  g_assert_cmpint (cairo_surface_status (surface), ==, CAIRO_STATUS_SUCCESS);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 600);
  g_assert_cmpint (cairo_image_surface_get_height (surface), ==, 320);
  cairo_surface_destroy (surface);
}

/* Three panels in rows of two: a sheet of 2 x 2 with a hole, and the words of all three. */
static void
test_sheet (void)
{
  LwFigure *figures[] = { sample (), lw_sample_figures[3].create (), sample () };
  g_autofree char *picture = g_build_filename (folder, "sheet.png", NULL), *words = g_build_filename (folder, "sheet.svg", NULL), *svg = NULL;
  g_autoptr (GError) error = NULL;
  cairo_surface_t *surface;
  gsize length;

  g_assert_true (lw_figure_write_all (figures, 3, 2, picture, 300, 160, NULL, &error));
  g_assert_no_error (error);
  surface = cairo_image_surface_create_from_png (picture);
  g_assert_cmpint (cairo_image_surface_get_width (surface), ==, 1200);
  g_assert_cmpint (cairo_image_surface_get_height (surface), ==, 640);
  cairo_surface_destroy (surface);

  g_assert_true (lw_figure_write_all (figures, 3, 2, words, 300, 160, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (words, &svg, &length, NULL));
  g_assert_true (contains (svg, length, "Joint 2"));
  g_assert_true (contains (svg, length, "Learning curve"));
  for (gsize i = 0; i < G_N_ELEMENTS (figures); i++)
    g_object_unref (figures[i]);
}

static void
test_svg (void)
{
  g_autoptr (LwFigure) figure = sample ();
  g_autofree char *path = g_build_filename (folder, "joint.svg", NULL), *data = NULL;
  g_autoptr (GError) error = NULL;
  GMarkupParser parser = { 0 };
  GMarkupParseContext *context = g_markup_parse_context_new (&parser, 0, NULL, NULL);
  gsize length;

  g_assert_true (lw_figure_write (figure, path, 500, 300, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_true (contains (data, length, "<title>Joint 2 · Phase · Position (°)</title>"));
  g_assert_true (contains (data, length, "over 12 demonstrations"));
  g_assert_true (g_markup_parse_context_parse (context, data, (gssize) length, &error));
  g_assert_true (g_markup_parse_context_end_parse (context, &error));
  g_assert_no_error (error);
  g_markup_parse_context_free (context);
}

/* As the titles of a PDF are written: UTF-16 in hexadecimal. */
static char *
utf16_hex (const char *text)
{
  GString *hex = g_string_new (NULL);

  for (; *text; text++)
    g_string_append_printf (hex, "00%02X", (guint) *text);
  return g_string_free (hex, FALSE);
}

static void
test_pdf (void)
{
  g_autoptr (LwFigure) figure = lw_sample_figures[3].create (); /* "Learning curve": Iteration, Return */
  g_autofree char *path = g_build_filename (folder, "curve.pdf", NULL), *data = NULL;
  g_autofree char *x_title = utf16_hex ("Iteration"), *y_title = utf16_hex ("Return");
  g_autoptr (GError) error = NULL;
  gsize length;

  g_assert_true (lw_figure_write (figure, path, 500, 300, NULL, &error));
  g_assert_no_error (error);
  g_assert_true (g_file_get_contents (path, &data, &length, NULL));
  g_assert_true (g_str_has_prefix (data, "%PDF-"));
  g_assert_true (contains (data, length, x_title));
  g_assert_true (contains (data, length, y_title));
}

/* The text drawn can be searched and copied: the letters of the axis titles come back from the PDF. */
static void
test_pdf_text (void)
{
  g_autoptr (LwFigure) figure = sample ();
  g_autofree char *path = g_build_filename (folder, "joint.pdf", NULL), *program = g_find_program_in_path ("pdftotext"), *text = NULL;
  g_autoptr (GError) error = NULL;

  if (!program)
    {
      g_test_skip ("pdftotext (poppler-utils) is not installed");
      return;
    }
  g_assert_true (lw_figure_write (figure, path, 500, 300, NULL, &error));
  const char *const argv[] = { program, path, "-", NULL };

  g_assert_true (g_spawn_sync (NULL, (char **) argv, NULL, G_SPAWN_DEFAULT, NULL, NULL, &text, NULL, NULL, &error));
  g_assert_no_error (error);
  g_assert_nonnull (strstr (text, "Phase"));
  g_assert_nonnull (strstr (text, "Position (°)"));
  g_assert_nonnull (strstr (text, "Joint 2"));
}

/* What cannot be written says so and leaves what was there. */
static void
test_refused (void)
{
  g_autoptr (LwFigure) figure = sample ();
  g_autofree char *other = g_build_filename (folder, "joint.jpeg", NULL), *nowhere = g_build_filename (folder, "no", "such", "x.png", NULL),
                  *existing = g_build_filename (folder, "kept.svg", NULL), *data = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (lw_figure_write (figure, other, 300, 200, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED);
  g_assert_false (g_file_test (other, G_FILE_TEST_EXISTS));
  g_clear_error (&error);
  g_assert_false (lw_figure_write (figure, nowhere, 300, 200, NULL, &error));
  g_assert_error (error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
  g_clear_error (&error);
  g_assert_true (g_file_set_contents (existing, "before", -1, NULL));
  g_assert_false (lw_figure_write (figure, existing, 1e9, 200, NULL, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_true (g_file_get_contents (existing, &data, NULL, NULL));
  g_assert_cmpstr (data, ==, "before");
}

static void
remove_folder (void)
{
  GDir *dir = g_dir_open (folder, 0, NULL);
  const char *name;

  while (dir && (name = g_dir_read_name (dir)))
    {
      g_autofree char *path = g_build_filename (folder, name, NULL);

      g_unlink (path);
    }
  g_clear_pointer (&dir, g_dir_close);
  g_rmdir (folder);
  g_free (folder);
}

int
main (int argc, char **argv)
{
  int status;

  g_test_init (&argc, &argv, NULL);
  folder = g_dir_make_tmp ("lampwork-figure-XXXXXX", NULL);
  g_test_add_func ("/figure-write/png", test_png);
  g_test_add_func ("/figure-write/sheet", test_sheet);
  g_test_add_func ("/figure-write/svg", test_svg);
  g_test_add_func ("/figure-write/pdf", test_pdf);
  g_test_add_func ("/figure-write/pdf-text", test_pdf_text);
  g_test_add_func ("/figure-write/refused", test_refused);
  status = g_test_run ();
  remove_folder ();
  return status;
}
