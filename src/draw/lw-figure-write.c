/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "lw-figure-private.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gstdio.h>
#include <math.h>

/* Files are drawn twice as fine as a window, and a CSS pixel is 3/4 of a point. */
static const double png_scale = 2;
static const double points_a_pixel = 0.75;

typedef enum { FORMAT_PNG, FORMAT_SVG, FORMAT_PDF, FORMAT_UNKNOWN } Format;

static Format
format_of (const char *path)
{
  g_autofree char *lower = g_ascii_strdown (path, -1);

  if (g_str_has_suffix (lower, ".png"))
    return FORMAT_PNG;
  if (g_str_has_suffix (lower, ".svg"))
    return FORMAT_SVG;
  if (g_str_has_suffix (lower, ".pdf"))
    return FORMAT_PDF;
  return FORMAT_UNKNOWN;
}

static cairo_status_t
append_bytes (void *closure, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (closure, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
create_surface (Format format, double width, double height, GByteArray *bytes)
{
  cairo_surface_t *surface;

  switch (format)
    {
    case FORMAT_SVG:
      surface = cairo_svg_surface_create_for_stream (append_bytes, bytes, width, height);
      cairo_svg_surface_set_document_unit (surface, CAIRO_SVG_UNIT_PX);
      return surface;
    case FORMAT_PDF:
      return cairo_pdf_surface_create_for_stream (append_bytes, bytes, width * points_a_pixel, height * points_a_pixel);
    case FORMAT_PNG:
    case FORMAT_UNKNOWN:
    default:
      return cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) ceil (width * png_scale), (int) ceil (height * png_scale));
    }
}

/* "Joint 2 · Time (s) · Position (°)" */
static char *
dup_heading (LwFigure *figure)
{
  g_autofree char *x_title = lw_figure_axis_title (&figure->x, 0), *y_title = lw_figure_axis_title (&figure->y, 0);

  return g_strjoin (" · ", figure->title ? figure->title : _("Plot"), x_title ? x_title : "", y_title ? y_title : "", NULL);
}

/* Headings and summaries of all figures, a line each. */
static char *
dup_for_all (LwFigure *const *figures, guint n, char *(*dup) (LwFigure *figure))
{
  g_autoptr (GStrvBuilder) lines = g_strv_builder_new ();
  g_auto (GStrv) all = NULL;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *line = dup (figures[i]);

      g_strv_builder_add (lines, line);
    }
  all = g_strv_builder_end (lines);
  return g_strjoinv ("\n", all);
}

/* Letters in SVG become outlines: the accessible title and description say in words what they show. */
static void
describe_svg (GByteArray *bytes, const char *heading, const char *summary)
{
  g_autofree char *element = g_markup_printf_escaped ("\n<title>%s</title>\n<desc>%s</desc>", heading, summary);
  const char *open = g_strstr_len ((const char *) bytes->data, bytes->len, "<svg");
  const char *end = open ? memchr (open, '>', bytes->len - (gsize) (open - (const char *) bytes->data)) : NULL;
  gsize at = end ? (gsize) (end + 1 - (const char *) bytes->data) : 0, length = strlen (element), old = bytes->len;

  if (at == 0)
    return;
  g_byte_array_set_size (bytes, (guint) (old + length));
  memmove (bytes->data + at + length, bytes->data + at, old - at);
  memcpy (bytes->data + at, element, length);
}

/* What is on the sheet: @n figures of @width x @height in rows of @n_across. */
typedef struct {
  LwFigure *const *figures;
  guint            n, n_across;
  double           width, height;
} Sheet;

static void
draw_panels (const Sheet *sheet, cairo_t *cr, const LwTheme *theme)
{
  if (sheet->n > 1) /* the last row may have a hole */
    {
      cairo_set_source_rgb (cr, theme->background.r, theme->background.g, theme->background.b);
      cairo_paint (cr);
    }
  for (guint i = 0; i < sheet->n; i++)
    {
      cairo_save (cr);
      cairo_translate (cr, (i % sheet->n_across) * sheet->width, (i / sheet->n_across) * sheet->height);
      if (sheet->n > 1)
        {
          cairo_rectangle (cr, 0.0, 0.0, sheet->width, sheet->height);
          cairo_clip (cr);
        }
      lw_figure_draw (sheet->figures[i], cr, sheet->width, sheet->height, theme);
      cairo_restore (cr);
    }
}

static cairo_status_t
render (const Sheet *sheet, Format format, double width, double height, const LwTheme *theme, GByteArray *bytes)
{
  g_autofree char *heading = dup_for_all (sheet->figures, sheet->n, dup_heading);
  g_autofree char *summary = dup_for_all (sheet->figures, sheet->n, lw_figure_dup_summary);
  cairo_surface_t *surface = create_surface (format, width, height, bytes);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  if (format == FORMAT_PNG)
    cairo_scale (cr, png_scale, png_scale);
  else if (format == FORMAT_PDF)
    {
      cairo_scale (cr, points_a_pixel, points_a_pixel);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, heading);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_SUBJECT, summary);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "Lampwork");
    }
  draw_panels (sheet, cr, theme);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && format == FORMAT_PNG)
    status = cairo_surface_write_to_png_stream (surface, append_bytes, bytes);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS && format == FORMAT_SVG)
    describe_svg (bytes, heading, summary);
  return status;
}

gboolean
lw_figure_write_all (LwFigure *const *figures, guint n, guint n_across, const char *path, double panel_width, double panel_height,
                     const LwTheme *theme, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  const Sheet sheet = { figures, n, n_across, panel_width, panel_height };
  double width, height;
  Format format;
  cairo_status_t status;

  g_return_val_if_fail (n > 0 && n_across > 0, FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

  width = MIN (n, n_across) * panel_width;
  height = ((n + n_across - 1) / n_across) * panel_height;
  format = format_of (path);
  if (format == FORMAT_UNKNOWN)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, _("“%s” ends in none of .png, .svg and .pdf"), path);
      return FALSE;
    }
  if (!(width >= 32 && height >= 32 && width <= 16000 && height <= 16000))
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, _("A plot of %g × %g pixels: both must lie between 32 and 16000"), width, height);
      return FALSE;
    }
  status = render (&sheet, format, width, height, theme ? theme : lw_theme_get (LW_THEME_LIGHT), bytes);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("“%s” could not be drawn: %s"), path, cairo_status_to_string (status));
      return FALSE;
    }
  /* Writes beside and renames. */
  return g_file_set_contents (path, (const char *) bytes->data, (gssize) bytes->len, error);
}

gboolean
lw_figure_write (LwFigure *self, const char *path, double width, double height, const LwTheme *theme, GError **error)
{
  g_return_val_if_fail (LW_IS_FIGURE (self), FALSE);

  return lw_figure_write_all (&self, 1, 1, path, width, height, theme, error);
}
