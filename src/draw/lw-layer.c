/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-layer-private.h"

#include <math.h>

LwStyle
lw_style_category (guint category)
{
  return (LwStyle){ .ink = LW_INK_CATEGORY, .category = category };
}

LwStyle
lw_style_solid (guint category)
{
  return (LwStyle){ .ink = LW_INK_CATEGORY, .category = category, .dash = LW_DASH_SOLID };
}

LwStyle
lw_style_ink (LwInk ink)
{
  return (LwStyle){ .ink = ink };
}

LwLayer *
lw_layer_new (LwFigure *figure, LwLayerKind kind, const LwStyle *style, const char *name)
{
  LwLayer *self = g_new0 (LwLayer, 1);

  self->figure = figure;
  self->kind = kind;
  self->visible = TRUE;
  self->counts = TRUE;
  self->name = g_strdup (name);
  self->value = NAN;
  if (style)
    self->style = *style;
  return self;
}

void
lw_layer_free (LwLayer *self)
{
  lw_series_unref (self->series);
  lw_series_unref (self->upper);
  for (size_t i = 0; i < self->n_parts; i++)
    lw_series_unref (self->parts[i]);
  g_free (self->parts);
  g_strfreev (self->part_names);
  g_free (self->certainty);
  g_free (self->name);
  g_free (self);
}

void
lw_layer_set_name (LwLayer *self, const char *name)
{
  g_return_if_fail (self != NULL);

  if (g_strcmp0 (self->name, name) == 0)
    return;
  g_free (self->name);
  self->name = g_strdup (name);
  lw_figure_invalidate (self->figure);
}

const char *
lw_layer_get_name (LwLayer *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->name;
}

void
lw_layer_set_visible (LwLayer *self, gboolean visible)
{
  g_return_if_fail (self != NULL);

  if (self->visible == !!visible)
    return;
  self->visible = !!visible;
  lw_figure_invalidate (self->figure);
}

gboolean
lw_layer_get_visible (LwLayer *self)
{
  g_return_val_if_fail (self != NULL, FALSE);

  return self->visible;
}

void
lw_layer_set_style (LwLayer *self, const LwStyle *style)
{
  g_return_if_fail (self != NULL && style != NULL);

  self->style = *style;
  if (style->ink == LW_INK_CATEGORY)
    self->category = style->category;
  lw_figure_invalidate (self->figure);
}

void
lw_layer_set_counts (LwLayer *self, gboolean counts)
{
  g_return_if_fail (self != NULL);

  if (self->counts == !!counts)
    return;
  self->counts = !!counts;
  lw_figure_invalidate (self->figure);
}

void
lw_layer_set_series (LwLayer *self, LwSeries *series)
{
  LwRange x, y, new_x, new_y;

  g_return_if_fail (self != NULL && (self->kind == LW_LAYER_LINE || self->kind == LW_LAYER_POINTS));

  if (self->series == series)
    return;
  if (self->live)
    lw_figure_get_home (self->figure, &x, &y);
  lw_series_unref (self->series);
  self->series = lw_series_ref (series);
  g_clear_pointer (&self->certainty, g_free);
  if (self->live)
    lw_figure_get_home (self->figure, &new_x, &new_y);
  if (self->live && lw_range_equal (x, new_x) && lw_range_equal (y, new_y))
    lw_figure_invalidate_live (self->figure);
  else
    lw_figure_invalidate (self->figure);
}

void
lw_layer_set_live (LwLayer *self, gboolean live)
{
  g_return_if_fail (self != NULL && self->kind == LW_LAYER_LINE);

  self->live = live;
  lw_figure_invalidate (self->figure);
}

LwSeries *
lw_layer_get_series (LwLayer *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->series;
}

void
lw_layer_set_value (LwLayer *self, double value)
{
  g_return_if_fail (self != NULL && (self->kind == LW_LAYER_BOUND || self->kind == LW_LAYER_MARK));

  if (self->value == value)
    return;
  self->value = value;
  lw_figure_invalidate (self->figure);
}

void
lw_layer_set_ellipse (LwLayer *self, const double mean[2], const double cov[4], double n_sigma)
{
  g_return_if_fail (self != NULL && self->kind == LW_LAYER_ELLIPSE);

  self->has_ellipse = lw_ellipse_init (&self->ellipse, mean, cov, n_sigma) == LW_OK;
  lw_figure_invalidate (self->figure);
}

static gboolean
has_category (const LwLayer *self)
{
  return self->style.ink == LW_INK_AUTO || self->style.ink == LW_INK_CATEGORY;
}

LwDash
lw_layer_dash (const LwLayer *self)
{
  if (self->style.dash != LW_DASH_AUTO)
    return self->style.dash;
  if (self->kind == LW_LAYER_BOUND)
    return LW_DASH_LONG;
  return has_category (self) ? lw_palette_dash (self->category) : LW_DASH_SOLID;
}

LwShape
lw_layer_shape (const LwLayer *self)
{
  if (self->style.shape != LW_SHAPE_AUTO)
    return self->style.shape;
  return has_category (self) ? lw_palette_shape (self->category) : LW_SHAPE_CIRCLE;
}

LwRgb
lw_layer_colour (const LwLayer *self, const LwTheme *theme)
{
  switch (self->style.ink)
    {
    case LW_INK_FOREGROUND:
      return theme->foreground;
    case LW_INK_MUTED:
      return theme->muted;
    case LW_INK_ACCENT:
      return theme->accent;
    case LW_INK_WARNING:
      return theme->warning;
    case LW_INK_AUTO:
    case LW_INK_CATEGORY:
    default:
      return lw_theme_category (theme, self->category);
    }
}
