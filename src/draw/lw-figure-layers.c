/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "lw-figure-private.h"

#include <math.h>

static LwLayer *
add (LwFigure *self, LwLayerKind kind, const LwStyle *style, const char *name)
{
  LwLayer *layer = lw_layer_new (self, kind, style, name);

  /* A band takes the colour of the line that follows it; bounds and marks are no category. */
  if (layer->style.ink == LW_INK_CATEGORY)
    layer->category = layer->style.category;
  else if (layer->style.ink == LW_INK_AUTO)
    layer->category = kind == LW_LAYER_BAND ? self->next_category : self->next_category++;
  g_ptr_array_add (self->layers, layer);
  return layer;
}

LwLayer *
lw_figure_add_line (LwFigure *self, LwSeries *series, const LwStyle *style, const char *name)
{
  LwLayer *layer;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  layer = add (self, LW_LAYER_LINE, style, name);
  layer->series = lw_series_ref (series);
  lw_figure_invalidate (self);
  return layer;
}

LwLayer *
lw_figure_add_line_xy (LwFigure *self, const double *x, const double *y, size_t n, const LwStyle *style, const char *name)
{
  LwSeries *series = lw_series_new_from (x, y, n);
  LwLayer *layer = lw_figure_add_line (self, series, style, name);

  lw_series_unref (series);
  return layer;
}

LwLayer *
lw_figure_add_points (LwFigure *self, LwSeries *series, const LwStyle *style, const char *name)
{
  LwLayer *layer;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  layer = add (self, LW_LAYER_POINTS, style, name);
  layer->series = lw_series_ref (series);
  lw_figure_invalidate (self);
  return layer;
}

/* Points of group @g of lw_figure_add_groups(); NULL when it has none. */
static LwSeries *
group_series (const double *x, const double *y, const guint *group, const double *certainty, size_t n, guint g, double **certainty_of_group)
{
  LwSeries *series = NULL;

  *certainty_of_group = NULL;
  for (size_t i = 0; i < n; i++)
    {
      if (group[i] != g)
        continue;
      if (!series)
        {
          series = lw_series_new ();
          *certainty_of_group = certainty ? g_new (double, n) : NULL;
        }
      if (lw_series_append (series, x[i], y[i]) == LW_OK && certainty)
        (*certainty_of_group)[lw_series_n (series) - 1] = CLAMP (certainty[i], 0, 1);
    }
  return series;
}

void
lw_figure_add_groups (LwFigure *self, const double *x, const double *y, const guint *group, const double *certainty, size_t n, guint n_groups,
                      const char *noun)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  lw_figure_freeze (self);
  for (guint g = 0; g < n_groups; g++)
    {
      g_autofree char *name = g_strdup_printf ("%s %u", noun, g + 1);
      LwStyle style = lw_style_category (g);
      double *fade;
      LwSeries *series = group_series (x, y, group, certainty, n, g, &fade);

      if (!series)
        continue;
      lw_figure_add_points (self, series, &style, name)->certainty = fade;
      lw_series_unref (series);
    }
  lw_figure_thaw (self);
}

LwLayer *
lw_figure_add_band_series (LwFigure *self, LwSeries *lower, LwSeries *upper, const LwStyle *style, const char *statistic, guint n_observations,
                           const char *what)
{
  g_autofree char *name = NULL;
  LwLayer *layer;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);
  g_return_val_if_fail (statistic != NULL && what != NULL, NULL);

  /* Translators: a band's legend: statistic, number, of what: "±2 σ over 12 demonstrations" */
  name = g_strdup_printf (_("%s over %u %s"), statistic, n_observations, what);
  layer = add (self, LW_LAYER_BAND, style, name);
  layer->series = lw_series_ref (lower);
  layer->upper = lw_series_ref (upper);
  lw_figure_invalidate (self);
  return layer;
}

LwLayer *
lw_figure_add_band (LwFigure *self, const double *x, const double *lower, const double *upper, size_t n, const LwStyle *style,
                    const char *statistic, guint n_observations, const char *what)
{
  LwSeries *low = lw_series_new_from (x, lower, n), *high = lw_series_new_from (x, upper, n);
  LwLayer *layer = lw_figure_add_band_series (self, low, high, style, statistic, n_observations, what);

  lw_series_unref (low);
  lw_series_unref (high);
  return layer;
}

LwLayer *
lw_figure_add_ellipse (LwFigure *self, const double mean[2], const double cov[4], double n_sigma, const LwStyle *style, const char *name)
{
  LwLayer *layer;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  layer = add (self, LW_LAYER_ELLIPSE, style, name);
  lw_layer_set_ellipse (layer, mean, cov, n_sigma);
  return layer;
}

LwLayer *
lw_figure_add_bound (LwFigure *self, double y, const LwStyle *style, const char *label)
{
  const LwStyle warning = lw_style_ink (LW_INK_WARNING);
  LwLayer *layer;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  layer = add (self, LW_LAYER_BOUND, style ? style : &warning, label);
  layer->value = y;
  lw_figure_invalidate (self);
  return layer;
}

LwLayer *
lw_figure_add_mark (LwFigure *self, double x, const LwStyle *style, const char *label)
{
  const LwStyle muted = lw_style_ink (LW_INK_MUTED);
  LwLayer *layer;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  layer = add (self, LW_LAYER_MARK, style ? style : &muted, label);
  layer->value = x;
  lw_figure_invalidate (self);
  return layer;
}

LwLayer *
lw_figure_add_stack (LwFigure *self, LwStack kind, LwSeries * const *series, size_t n_series, const char * const *names)
{
  const LwStyle style = lw_style_category (0);
  LwLayer *layer;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  layer = add (self, LW_LAYER_STACK, &style, NULL);
  layer->stack = kind;
  layer->n_parts = n_series;
  layer->parts = g_new (LwSeries *, n_series);
  layer->part_names = names ? g_new0 (char *, n_series + 1) : NULL;
  for (size_t i = 0; i < n_series; i++)
    {
      layer->parts[i] = lw_series_ref (series[i]);
      if (names)
        layer->part_names[i] = g_strdup (names[i]);
    }
  lw_figure_invalidate (self);
  return layer;
}

void
lw_figure_remove (LwFigure *self, LwLayer *layer)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  if (g_ptr_array_remove (self->layers, layer))
    lw_figure_invalidate (self);
}

void
lw_figure_clear (LwFigure *self)
{
  g_return_if_fail (LW_IS_FIGURE (self));

  g_ptr_array_set_size (self->layers, 0);
  self->next_category = 0;
  lw_figure_invalidate (self);
}
