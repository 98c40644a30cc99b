/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-figures.h"

#include <glib/gi18n.h>
#include <math.h>

#define MOST_LINES 50 /* demonstrations drawn behind a band: more only darken it */

static void
free_mat (gpointer data)
{
  lw_mat_clear (data);
  g_free (data);
}

static void
phases (double *z)
{
  for (int i = 0; i < LW_MODEL_PHASES; i++)
    z[i] = (double) i / (LW_MODEL_PHASES - 1);
}

/* All in one layer, with gaps between them. */
static void
draw_demonstrations (LwFigure *figure, const LwMat *const *paths, size_t n, const double *z, size_t joint)
{
  static const LwStyle style = { .ink = LW_INK_MUTED, .dash = LW_DASH_SOLID, .alpha = 0.4, .width = 0.6 };
  LwSeries *series = lw_series_new ();
  LwStatus status = LW_OK;

  for (size_t i = 0; i < n && status == LW_OK; i++)
    {
      if (i > 0)
        status = lw_series_append_gap (series, z[0]);
      for (size_t t = 0; t < LW_MODEL_PHASES && status == LW_OK; t++)
        status = lw_series_append (series, z[t], lw_mat_get (paths[i], t, joint));
    }
  lw_figure_add_line (figure, series, &style, _("Demonstrations"));
  lw_series_unref (series);
}

/* (n x LwMat (phases x joints)) Some of the demonstrations as their weights give them back; evenly picked when there are many. */
static GPtrArray *
picked_paths (const LwSkill *skill, const double *z)
{
  size_t n = skill->params.rows, step = (n + MOST_LINES - 1) / MOST_LINES;
  GPtrArray *paths = g_ptr_array_new_with_free_func (free_mat);

  for (size_t i = 0; i < n; i += step)
    {
      LwMat *q = g_new0 (LwMat, 1);

      g_ptr_array_add (paths, q);
      if (lw_mat_alloc (q, LW_MODEL_PHASES, skill->n_joints) != LW_OK)
        {
          g_ptr_array_set_size (paths, (int) paths->len - 1);
          break;
        }
      lw_skill_positions (skill, lw_mat_row (&skill->params, i), z, LW_MODEL_PHASES, q);
    }
  return paths;
}

static void
draw_band (LwFigure *figure, const LwMat *mean, const LwMat *std, const double *z, size_t joint, guint n)
{
  static const LwStyle style = { .ink = LW_INK_CATEGORY, .category = 0 };
  double lower[LW_MODEL_PHASES], upper[LW_MODEL_PHASES];

  for (size_t t = 0; t < LW_MODEL_PHASES; t++)
    {
      lower[t] = lw_mat_get (mean, t, joint) - 2.0 * lw_mat_get (std, t, joint);
      upper[t] = lw_mat_get (mean, t, joint) + 2.0 * lw_mat_get (std, t, joint);
    }
  lw_figure_add_band (figure, z, lower, upper, LW_MODEL_PHASES, &style, _("±2 σ"), n, ngettext ("demonstration", "demonstrations", n));
}

static LwSeries *
column (const LwMat *q, const double *z, size_t joint)
{
  double y[LW_MODEL_PHASES];

  for (size_t t = 0; t < LW_MODEL_PHASES; t++)
    y[t] = lw_mat_get (q, t, joint);
  return lw_series_new_from (z, y, LW_MODEL_PHASES);
}

GPtrArray *
lw_model_draw_bands (LwJointPlots *plots, const LwSkill *skill, GError **error)
{
  static const LwStyle mean_style = { .ink = LW_INK_CATEGORY, .category = 0, .dash = LW_DASH_SOLID, .width = 1.4 };
  static const LwStyle conditioned_style = { .ink = LW_INK_CATEGORY, .category = 1, .width = 1.6 };
  GPtrArray *layers = g_ptr_array_new ();
  LwMat mean = { 0 }, std = { 0 };
  double z[LW_MODEL_PHASES];
  g_autoptr (GPtrArray) paths = NULL;

  phases (z);
  paths = picked_paths (skill, z);
  lw_joint_plots_begin (plots);
  if (lw_mat_alloc (&mean, LW_MODEL_PHASES, skill->n_joints) != LW_OK || lw_mat_alloc (&std, LW_MODEL_PHASES, skill->n_joints) != LW_OK)
    lw_job_set_error (error, LW_ERR_MEMORY, "Bands");
  else if (lw_skill_band (skill, z, LW_MODEL_PHASES, &mean, &std, error))
    for (guint j = 0; j < lw_joint_plots_get_n (plots) && j < skill->n_joints; j++)
      {
        LwFigure *figure = lw_joint_plots_get_figure (plots, j);
        LwSeries *line = column (&mean, z, j);

        draw_band (figure, &mean, &std, z, j, (guint) skill->params.rows);
        draw_demonstrations (figure, (const LwMat *const *) paths->pdata, paths->len, z, j);
        lw_figure_add_line (figure, line, &mean_style, _("Mean"));
        g_ptr_array_add (layers, lw_figure_add_line (figure, NULL, &conditioned_style, _("For this context")));
        lw_layer_set_live (g_ptr_array_index (layers, j), TRUE);
        lw_series_unref (line);
      }
  lw_joint_plots_end (plots);
  lw_mat_clear (&mean);
  lw_mat_clear (&std);
  return layers;
}

gboolean
lw_model_draw_conditioned (GPtrArray *layers, const LwSkill *skill, const double *context, GError **error)
{
  g_autofree double *movement = g_new (double, skill->params.cols);
  double z[LW_MODEL_PHASES];
  LwMat q = { 0 };

  if (!lw_skill_conditioned (skill, context, movement, error))
    return FALSE;
  if (lw_mat_alloc (&q, LW_MODEL_PHASES, skill->n_joints) != LW_OK)
    {
      lw_job_set_error (error, LW_ERR_MEMORY, "Movement");
      return FALSE;
    }
  phases (z);
  lw_skill_positions (skill, movement, z, LW_MODEL_PHASES, &q);
  for (guint j = 0; j < layers->len; j++)
    {
      LwSeries *series = column (&q, z, j);

      lw_layer_set_series (g_ptr_array_index (layers, j), series);
      lw_series_unref (series);
    }
  lw_mat_clear (&q);
  return TRUE;
}

void
lw_model_draw_plane (LwFigure *figure, const LwSkill *skill, const LwSkillPlane *plane)
{
  size_t n = plane->points.rows, K = skill->mppca.K;
  g_autofree double *x = g_new (double, n), *y = g_new (double, n), *certainty = g_new (double, n);
  g_autofree guint *group = g_new (guint, n);
  g_autofree char *title = g_strdup_printf (_("Latent mixture · %.0f %% of the variance"), 100.0 * plane->explained);

  lw_figure_freeze (figure);
  lw_figure_clear (figure);
  lw_figure_set_title (figure, title);
  for (size_t k = 0; k < K; k++)
    {
      LwStyle style = { .ink = LW_INK_CATEGORY, .category = (guint) k };

      lw_figure_add_ellipse (figure, lw_mat_row (&plane->means, k), lw_mat_row (&plane->covs, k), 2.0, &style, NULL);
    }
  for (size_t i = 0; i < n; i++)
    {
      const double *r = lw_mat_row (&skill->log_resp, i);

      x[i] = lw_mat_get (&plane->points, i, 0);
      y[i] = lw_mat_get (&plane->points, i, 1);
      group[i] = 0;
      for (size_t k = 1; k < K; k++)
        if (r[k] > r[group[i]])
          group[i] = (guint) k;
      certainty[i] = exp (r[group[i]]);
    }
  lw_figure_add_groups (figure, x, y, group, certainty, n, (guint) K, _("Component"));
  lw_figure_thaw (figure);
}

void
lw_model_draw_weights (LwFigure *figure, const LwSkill *skill)
{
  size_t K = skill->mppca.K;
  g_autoptr (GPtrArray) names = g_ptr_array_new_with_free_func (g_free);
  LwSeries *series = lw_series_new ();

  for (size_t k = 0; k < K; k++)
    {
      LwStatus status = lw_series_append (series, (double) k, exp (skill->mppca.log_pi[k]));

      (void) status; /* a bar less when memory is short */
      g_ptr_array_add (names, g_strdup_printf ("%zu", k + 1));
    }
  g_ptr_array_add (names, NULL);
  lw_figure_freeze (figure);
  lw_figure_clear (figure);
  lw_figure_set_x_categories (figure, (const char *const *) names->pdata);
  lw_figure_add_stack (figure, LW_STACK_BARS, &series, 1, NULL);
  lw_figure_thaw (figure);
  lw_series_unref (series);
}
