/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-plot.h"

#include <cairo-pdf.h>
#include <cairo-svg.h>
#include <glib/gi18n.h>
#include <math.h>

#include "lw-figure.h"

#define PANEL_WIDTH 420.0
#define PANEL_HEIGHT 280.0
#define N_PHASES 101

gboolean
lw_cli_plot_check (const char *path, GError **error)
{
  static const char *const ends[] = { ".svg", ".png", ".pdf", NULL };
  g_autofree char *folder = g_path_get_dirname (path), *lower = g_ascii_strdown (path, -1);

  for (gsize i = 0; ends[i] != NULL; i++)
    if (g_str_has_suffix (lower, ends[i]))
      {
        if (g_file_test (folder, G_FILE_TEST_IS_DIR))
          return TRUE;
        g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: there is no folder %s"), path, folder);
        return FALSE;
      }
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("%s: a plot is a .svg, .png or .pdf file"), path);
  return FALSE;
}

/* ---- several figures on one sheet ---- */

static cairo_status_t
append_bytes (void *bytes, const unsigned char *data, unsigned int length)
{
  g_byte_array_append (bytes, data, length);
  return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *
create_sheet (const char *path, double width, double height, GByteArray *bytes, double *scale)
{
  cairo_surface_t *sheet;

  *scale = 1.0;
  if (g_str_has_suffix (path, "svg"))
    {
      sheet = cairo_svg_surface_create_for_stream (append_bytes, bytes, width, height);
      cairo_svg_surface_set_document_unit (sheet, CAIRO_SVG_UNIT_PX);
      return sheet;
    }
  if (g_str_has_suffix (path, "pdf"))
    {
      *scale = 0.75; /* points a pixel */
      return cairo_pdf_surface_create_for_stream (append_bytes, bytes, width * *scale, height * *scale);
    }
  *scale = 2.0; /* twice as fine as a window */
  return cairo_image_surface_create (CAIRO_FORMAT_ARGB32, (int) ceil (width * *scale), (int) ceil (height * *scale));
}

/* @figures (n) in rows of @n_across. */
static gboolean
write_sheet (LwFigure *const *figures, guint n, guint n_across, const char *path, GError **error)
{
  guint n_down = (n + n_across - 1) / n_across;
  g_autofree char *lower = g_ascii_strdown (path, -1);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  double scale;
  cairo_surface_t *sheet = create_sheet (lower, n_across * PANEL_WIDTH, n_down * PANEL_HEIGHT, bytes, &scale);
  const LwTheme *theme = lw_theme_get (LW_THEME_LIGHT);
  cairo_t *cr = cairo_create (sheet);
  cairo_status_t status;

  cairo_scale (cr, scale, scale);
  cairo_set_source_rgb (cr, theme->background.r, theme->background.g, theme->background.b);
  cairo_paint (cr);
  for (guint i = 0; i < n; i++)
    {
      cairo_save (cr);
      cairo_translate (cr, (i % n_across) * PANEL_WIDTH, (i / n_across) * PANEL_HEIGHT);
      cairo_rectangle (cr, 0.0, 0.0, PANEL_WIDTH, PANEL_HEIGHT);
      cairo_clip (cr);
      lw_figure_draw (figures[i], cr, PANEL_WIDTH, PANEL_HEIGHT, theme);
      cairo_restore (cr);
    }
  status = cairo_status (cr);
  cairo_destroy (cr);
  if (status == CAIRO_STATUS_SUCCESS && g_str_has_suffix (lower, "png"))
    status = cairo_surface_write_to_png_stream (sheet, append_bytes, bytes);
  cairo_surface_finish (sheet);
  if (status == CAIRO_STATUS_SUCCESS)
    status = cairo_surface_status (sheet);
  cairo_surface_destroy (sheet);
  if (status == CAIRO_STATUS_SUCCESS)
    return g_file_set_contents (path, (const char *) bytes->data, (gssize) bytes->len, error); /* written beside and renamed */
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, _("%s: could not be drawn: %s"), path, cairo_status_to_string (status));
  return FALSE;
}

/* ---- a skill ---- */

static LwFigure *
band_figure (const LwSkill *skill, size_t joint, const double *z, const LwMat *mean, const LwMat *std)
{
  g_autofree char *title = g_strdup_printf (_("Joint %zu"), joint + 1);
  LwFigure *figure = lw_figure_new (title);
  double middle[N_PHASES], lower[N_PHASES], upper[N_PHASES];
  guint n = (guint) skill->params.rows;

  for (size_t i = 0; i < N_PHASES; i++)
    {
      middle[i] = lw_mat_get (mean, i, joint);
      lower[i] = middle[i] - 2.0 * lw_mat_get (std, i, joint);
      upper[i] = middle[i] + 2.0 * lw_mat_get (std, i, joint);
    }
  lw_figure_set_x_axis (figure, _("Phase"), LW_UNIT_NONE);
  lw_figure_set_y_axis (figure, _("Position"), LW_UNIT_DEGREE);
  lw_figure_add_band (figure, z, lower, upper, N_PHASES, NULL, _("±2 σ"), n, g_dngettext (NULL, "demonstration", "demonstrations", n));
  lw_figure_add_line_xy (figure, z, middle, N_PHASES, NULL, _("Mean"));
  return figure;
}

gboolean
lw_cli_plot_skill (const LwSkill *skill, const char *path, GError **error)
{
  size_t n = skill->n_joints;
  double z[N_PHASES];
  LwMat mean = { 0 }, std = { 0 };
  g_autoptr (GPtrArray) figures = g_ptr_array_new_with_free_func (g_object_unref);
  gboolean ok = lw_mat_alloc (&mean, N_PHASES, n) == LW_OK && lw_mat_alloc (&std, N_PHASES, n) == LW_OK;

  for (size_t i = 0; i < N_PHASES; i++)
    z[i] = (double) i / (N_PHASES - 1);
  if (!ok)
    lw_job_set_error (error, LW_ERR_MEMORY, "Plot");
  ok = ok && lw_skill_band (skill, z, N_PHASES, &mean, &std, error);
  for (size_t j = 0; ok && j < n; j++)
    g_ptr_array_add (figures, band_figure (skill, j, z, &mean, &std));
  ok = ok && write_sheet ((LwFigure *const *) figures->pdata, figures->len, (guint) ceil (sqrt ((double) n)), path, error);
  lw_mat_clear (&mean);
  lw_mat_clear (&std);
  return ok;
}

/* ---- a learning curve ---- */

static LwFigure *
return_figure (const GArray *iterations, guint n_test_episodes)
{
  LwFigure *figure = lw_figure_new (_("Return"));
  guint n = iterations->len;
  g_autofree double *x = g_new (double, n + 1), *mean = g_new (double, n + 1), *lower = g_new (double, n + 1), *upper = g_new (double, n + 1);

  for (guint i = 0; i < n; i++)
    {
      const LwIteration *it = &g_array_index (iterations, LwIteration, i);

      x[i] = it->iteration;
      mean[i] = it->mean_return;
      lower[i] = it->mean_return - it->return_ci95;
      upper[i] = it->mean_return + it->return_ci95;
    }
  lw_figure_set_x_axis (figure, _("Iteration"), LW_UNIT_COUNT);
  lw_figure_set_y_axis (figure, _("Return"), LW_UNIT_NONE);
  if (n > 0 && n_test_episodes > 1)
    lw_figure_add_band (figure, x, lower, upper, n, NULL, _("95 % CI"), n_test_episodes, _("test episodes"));
  lw_figure_add_line_xy (figure, x, mean, n, NULL, _("Mean"));
  return figure;
}

static LwFigure *
success_figure (const GArray *iterations)
{
  LwFigure *figure = lw_figure_new (_("Success"));
  guint n = iterations->len;
  g_autofree double *x = g_new (double, n + 1), *rate = g_new (double, n + 1);

  for (guint i = 0; i < n; i++)
    {
      x[i] = g_array_index (iterations, LwIteration, i).iteration;
      rate[i] = g_array_index (iterations, LwIteration, i).success;
    }
  lw_figure_set_x_axis (figure, _("Iteration"), LW_UNIT_COUNT);
  lw_figure_set_y_axis (figure, _("Success rate"), LW_UNIT_PERCENT);
  lw_figure_set_y_range (figure, (LwRange){ 0.0, 1.0 });
  lw_figure_add_line_xy (figure, x, rate, n, NULL, _("Success rate"));
  return figure;
}

gboolean
lw_cli_plot_learning (const GArray *iterations, guint n_test_episodes, const char *path, GError **error)
{
  g_autoptr (GPtrArray) figures = g_ptr_array_new_with_free_func (g_object_unref);

  g_ptr_array_add (figures, return_figure (iterations, n_test_episodes));
  if (iterations->len > 0 && isfinite (g_array_index (iterations, LwIteration, 0).success))
    g_ptr_array_add (figures, success_figure (iterations));
  return write_sheet ((LwFigure *const *) figures->pdata, figures->len, figures->len, path, error);
}
