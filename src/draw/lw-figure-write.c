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

/* Letters in SVG become outlines: the accessible title and description say in words what they show. */
static void
describe_svg (GByteArray *bytes, LwFigure *figure)
{
  g_autofree char *summary = lw_figure_dup_summary (figure), *heading = dup_heading (figure);
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

static cairo_status_t
render (LwFigure *self, Format format, double width, double height, const LwTheme *theme, GByteArray *bytes)
{
  cairo_surface_t *surface = create_surface (format, width, height, bytes);
  cairo_t *cr = cairo_create (surface);
  cairo_status_t status;

  if (format == FORMAT_PNG)
    cairo_scale (cr, png_scale, png_scale);
  else if (format == FORMAT_PDF)
    {
      g_autofree char *heading = dup_heading (self), *summary = lw_figure_dup_summary (self);

      cairo_scale (cr, points_a_pixel, points_a_pixel);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_TITLE, heading);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_SUBJECT, summary);
      cairo_pdf_surface_set_metadata (surface, CAIRO_PDF_METADATA_CREATOR, "Lampwork");
    }
  lw_figure_draw (self, cr, width, height, theme);
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && format == FORMAT_PNG)
    status = cairo_surface_write_to_png_stream (surface, append_bytes, bytes);
  cairo_surface_finish (surface);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (surface);
  cairo_surface_destroy (surface);
  if (status == CAIRO_STATUS_SUCCESS && format == FORMAT_SVG)
    describe_svg (bytes, self);
  return status;
}

gboolean
lw_figure_write (LwFigure *self, const char *path, double width, double height, const LwTheme *theme, GError **error)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  Format format;
  cairo_status_t status;

  g_return_val_if_fail (LW_IS_FIGURE (self), FALSE);
  g_return_val_if_fail (path != NULL, FALSE);

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
  status = render (self, format, width, height, theme ? theme : lw_theme_get (LW_THEME_LIGHT), bytes);
  if (status != CAIRO_STATUS_SUCCESS)
    {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("“%s” could not be drawn: %s"), path, cairo_status_to_string (status));
      return FALSE;
    }
  /* Writes beside and renames. */
  return g_file_set_contents (path, (const char *) bytes->data, (gssize) bytes->len, error);
}
