/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-plot.h"

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

/* ---- a skill ---- */

static LwFigure *
band_figure (size_t joint, const double *z, size_t n_z, const LwMat *mean, const LwMat *std, guint n)
{
  g_autofree char *title = g_strdup_printf (_("Joint %zu"), joint + 1);
  LwFigure *figure = lw_figure_new (title);
  g_autofree double *middle = g_new (double, n_z), *lower = g_new (double, n_z), *upper = g_new (double, n_z);

  for (size_t i = 0; i < n_z; i++)
    {
      middle[i] = lw_mat_get (mean, i, joint);
      lower[i] = middle[i] - 2.0 * lw_mat_get (std, i, joint);
      upper[i] = middle[i] + 2.0 * lw_mat_get (std, i, joint);
    }
  lw_figure_set_x_axis (figure, _("Phase"), LW_UNIT_NONE);
  lw_figure_set_y_axis (figure, _("Position"), LW_UNIT_DEGREE);
  lw_figure_add_band (figure, z, lower, upper, n_z, NULL, _("±2 σ"), n, g_dngettext (NULL, "demonstration", "demonstrations", n));
  lw_figure_add_line_xy (figure, z, middle, n_z, NULL, _("Mean"));
  return figure;
}

gboolean
lw_cli_plot_band (const double *z, size_t n_z, const LwMat *mean, const LwMat *std, size_t n_demonstrations, const char *path, GError **error)
{
  g_autoptr (GPtrArray) figures = g_ptr_array_new_with_free_func (g_object_unref);

  for (size_t j = 0; j < mean->cols; j++)
    g_ptr_array_add (figures, band_figure (j, z, n_z, mean, std, (guint) n_demonstrations));
  return lw_figure_write_all ((LwFigure *const *) figures->pdata, figures->len, (guint) ceil (sqrt ((double) mean->cols)), path,
                              PANEL_WIDTH, PANEL_HEIGHT, NULL, error);
}

gboolean
lw_cli_plot_skill (const LwSkill *skill, const char *path, GError **error)
{
  size_t n = skill->n_joints;
  double z[N_PHASES];
  LwMat mean = { 0 }, std = { 0 };
  gboolean ok = lw_mat_alloc (&mean, N_PHASES, n) == LW_OK && lw_mat_alloc (&std, N_PHASES, n) == LW_OK;

  for (size_t i = 0; i < N_PHASES; i++)
    z[i] = (double) i / (N_PHASES - 1);
  if (!ok)
    lw_job_set_error (error, LW_ERR_MEMORY, "Plot");
  ok = ok && lw_skill_band (skill, z, N_PHASES, &mean, &std, error);
  ok = ok && lw_cli_plot_band (z, N_PHASES, &mean, &std, skill->params.rows, path, error);
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
  return lw_figure_write_all ((LwFigure *const *) figures->pdata, figures->len, figures->len, path, PANEL_WIDTH, PANEL_HEIGHT, NULL, error);
}
