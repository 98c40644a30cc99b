/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-figures.h"

#include <glib/gi18n.h>
#include <math.h>

#define N_PHASES 101
#define MOST_LINES 60 /* demonstrations drawn behind a band: more only darken it */

static void
phases (double *z)
{
  for (int i = 0; i < N_PHASES; i++)
    z[i] = (double) i / (N_PHASES - 1);
}

static void
draw_demonstrations (LwFigure *figure, const LwSkill *skill, const double *z, const LwMat *q, size_t joint)
{
  static const LwStyle style = { .ink = LW_INK_MUTED, .dash = LW_DASH_SOLID, .alpha = 0.35, .width = 0.6 };
  size_t n = skill->params.rows, step = (n + MOST_LINES - 1) / MOST_LINES;
  double y[N_PHASES];

  for (size_t i = 0; i < n; i += step)
    {
      lw_skill_positions (skill, lw_mat_row (&skill->params, i), z, N_PHASES, q);
      for (int t = 0; t < N_PHASES; t++)
        y[t] = lw_mat_get (q, (size_t) t, joint);
      lw_figure_add_line_xy (figure, z, y, N_PHASES, &style, NULL);
    }
}

GPtrArray *
lw_model_draw_bands (LwJointPlots *plots, const LwSkill *skill, GError **error)
{
  static const LwStyle mean_style = { .ink = LW_INK_CATEGORY, .category = 0, .dash = LW_DASH_SOLID, .width = 1.4 };
  static const LwStyle band_style = { .ink = LW_INK_CATEGORY, .category = 0 };
  static const LwStyle conditioned_style = { .ink = LW_INK_CATEGORY, .category = 1, .width = 1.6 };
  GPtrArray *layers = g_ptr_array_new ();
  LwMat mean = { 0 }, std = { 0 }, q = { 0 };
  double z[N_PHASES], y[N_PHASES], lower[N_PHASES], upper[N_PHASES];
  guint n = (guint) skill->params.rows;

  phases (z);
  if (lw_mat_alloc (&mean, N_PHASES, skill->n_joints) == LW_OK && lw_mat_alloc (&std, N_PHASES, skill->n_joints) == LW_OK &&
      lw_mat_alloc (&q, N_PHASES, skill->n_joints) == LW_OK && lw_skill_band (skill, z, N_PHASES, &mean, &std, error))
    for (guint j = 0; j < plots->figures->len && j < skill->n_joints; j++)
      {
        LwFigure *figure = g_ptr_array_index (plots->figures, j);

        lw_figure_freeze (figure);
        lw_figure_clear (figure);
        for (size_t t = 0; t < N_PHASES; t++)
          {
            y[t] = lw_mat_get (&mean, t, j);
            lower[t] = y[t] - 2.0 * lw_mat_get (&std, t, j);
            upper[t] = y[t] + 2.0 * lw_mat_get (&std, t, j);
          }
        lw_figure_add_band (figure, z, lower, upper, N_PHASES, &band_style, _("±2 σ"), n, ngettext ("demonstration", "demonstrations", n));
        draw_demonstrations (figure, skill, z, &q, j);
        lw_figure_add_line_xy (figure, z, y, N_PHASES, &mean_style, _("Mean"));
        g_ptr_array_add (layers, lw_figure_add_line (figure, NULL, &conditioned_style, _("This context")));
        lw_figure_thaw (figure);
      }
  lw_mat_clear (&mean);
  lw_mat_clear (&std);
  lw_mat_clear (&q);
  return layers;
}

gboolean
lw_model_draw_conditioned (LwJointPlots *plots, GPtrArray *layers, const LwSkill *skill, const double *context, GError **error)
{
  g_autofree double *movement = g_new (double, skill->params.cols);
  double z[N_PHASES], y[N_PHASES];
  LwMat q = { 0 };

  if (!lw_skill_conditioned (skill, context, movement, error))
    return FALSE;
  if (lw_mat_alloc (&q, N_PHASES, skill->n_joints) != LW_OK)
    return TRUE;
  phases (z);
  lw_skill_positions (skill, movement, z, N_PHASES, &q);
  for (guint j = 0; j < layers->len; j++)
    {
      LwSeries *series;

      for (size_t t = 0; t < N_PHASES; t++)
        y[t] = lw_mat_get (&q, t, j);
      series = lw_series_new_from (z, y, N_PHASES);
      lw_layer_set_series (g_ptr_array_index (layers, j), series);
      lw_series_unref (series);
      lw_figure_invalidate (g_ptr_array_index (plots->figures, j));
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
  g_autofree char *title = g_strdup_printf (_("Latent mixture (plane holds %.0f %% of the variance)"), 100.0 * plane->explained);

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
