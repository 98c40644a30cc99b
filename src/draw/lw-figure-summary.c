/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>

#include "lw-figure-private.h"

#include <math.h>

/* Numbers are spoken as precisely as a plot of this size would show them. */
enum { SPOKEN_PIXELS = 300, NUMBER = 64 };

/* The axes the figure has at rest. */
typedef struct {
  LwAxis x;
  LwAxis y;
} Axes;

static Axes
axes_at_rest (LwFigure *figure)
{
  Axes a;
  LwRange x, y;

  lw_figure_get_home (figure, &x, &y);
  a.x = lw_axis_drawable ((LwAxis){ .range = x, .pixel_max = SPOKEN_PIXELS, .unit = figure->x.unit, .scale = figure->x.scale });
  a.y = lw_axis_drawable ((LwAxis){ .range = y, .pixel_max = SPOKEN_PIXELS, .unit = figure->y.unit, .scale = figure->y.scale });
  return a;
}

static void
describe_axis (GString *text, const LwFigureAxis *spec, const LwAxis *axis, const char *unnamed)
{
  char low[NUMBER], high[NUMBER];

  lw_axis_format (axis, axis->range.min, low, sizeof low);
  lw_axis_format (axis, axis->range.max, high, sizeof high);
  /* Translators: an axis' title and its ends: "Time from 0 s to 10 s." */
  g_string_append_printf (text, _("%s from %s to %s. "), spec->title ? spec->title : unnamed, low, high);
}

static void
describe_curve (GString *text, const char *name, const LwSeries *series, const LwAxis *y)
{
  guint n = (guint) lw_series_n (series);
  LwRange r = lw_series_y_range (series);
  char least[NUMBER], greatest[NUMBER], last[NUMBER];

  if (lw_range_is_empty (r))
    {
      g_string_append_printf (text, _("%s: no points. "), name);
      return;
    }
  lw_axis_format (y, r.min, least, sizeof least);
  lw_axis_format (y, r.max, greatest, sizeof greatest);
  lw_axis_format (y, lw_series_y (series)[n - 1], last, sizeof last);
  g_string_append_printf (text, g_dngettext (NULL, "%s: %u point, least %s, greatest %s, last %s. ",
                                             "%s: %u points, least %s, greatest %s, last %s. ", n),
                          name, n, least, greatest, last);
}

static void
describe_band (GString *text, const LwLayer *layer, const LwAxis *y)
{
  size_t n = MIN (lw_series_n (layer->series), lw_series_n (layer->upper));
  char low[NUMBER], high[NUMBER];

  if (n == 0)
    return;
  lw_axis_format (y, lw_series_y (layer->series)[n - 1], low, sizeof low);
  lw_axis_format (y, lw_series_y (layer->upper)[n - 1], high, sizeof high);
  g_string_append_printf (text, _("Band %s: from %s to %s at its end. "), layer->name, low, high);
}

static void
describe_at (GString *text, const char *name, const LwAxis *axis, double value)
{
  char number[NUMBER];

  if (!isfinite (value))
    return;
  lw_axis_format (axis, value, number, sizeof number);
  /* Translators: a bound or a mark and where it is: "KL bound at 0.2." */
  g_string_append_printf (text, _("%s at %s. "), name, number);
}

static void
describe_ellipse (GString *text, const LwLayer *layer, const Axes *axes)
{
  char x[NUMBER], y[NUMBER];

  if (!layer->has_ellipse)
    return;
  lw_axis_format (&axes->x, layer->ellipse.centre[0], x, sizeof x);
  lw_axis_format (&axes->y, layer->ellipse.centre[1], y, sizeof y);
  g_string_append_printf (text, _("%s: ellipse about %s, %s. "), layer->name, x, y);
}

static void
describe_stack (GString *text, const LwFigure *figure, const LwLayer *layer, const LwAxis *y)
{
  size_t n = lw_layer_stack_n (layer);
  char number[NUMBER];

  for (size_t part = 0; n > 0 && layer->part_names && part < layer->n_parts; part++)
    {
      lw_axis_format (y, lw_series_y (layer->parts[part])[n - 1], number, sizeof number);
      g_string_append_printf (text, _("%s: last %s. "), layer->part_names[part], number);
    }
  for (size_t i = 0; layer->n_parts == 1 && !layer->part_names && i < n && figure->categories && i < g_strv_length (figure->categories); i++)
    {
      lw_axis_format (y, lw_series_y (layer->parts[0])[i], number, sizeof number);
      g_string_append_printf (text, _("%s: %s. "), figure->categories[i], number);
    }
}

static void
describe_layer (GString *text, const LwFigure *figure, const LwLayer *layer, const Axes *axes)
{
  switch (layer->kind)
    {
    case LW_LAYER_LINE:
    case LW_LAYER_POINTS:
      describe_curve (text, layer->name, layer->series, &axes->y);
      break;
    case LW_LAYER_BAND:
      describe_band (text, layer, &axes->y);
      break;
    case LW_LAYER_ELLIPSE:
      describe_ellipse (text, layer, axes);
      break;
    case LW_LAYER_BOUND:
      describe_at (text, layer->name, &axes->y, layer->value);
      break;
    case LW_LAYER_MARK:
      describe_at (text, layer->name, &axes->x, layer->value);
      break;
    case LW_LAYER_STACK:
      describe_stack (text, figure, layer, &axes->y);
      break;
    default:
      break;
    }
}

char *
lw_figure_dup_summary (LwFigure *self)
{
  GString *text;
  Axes axes;

  g_return_val_if_fail (LW_IS_FIGURE (self), NULL);

  text = g_string_new (NULL);
  if (self->title)
    g_string_append_printf (text, "%s. ", self->title);
  if (!lw_figure_has_data (self))
    g_string_append (text, self->empty_text ? self->empty_text : _("No data."));
  else
    {
      axes = axes_at_rest (self);
      describe_axis (text, &self->x, &axes.x, _("Horizontal axis"));
      describe_axis (text, &self->y, &axes.y, _("Vertical axis"));
      for (guint i = 0; i < self->layers->len; i++)
        {
          const LwLayer *layer = g_ptr_array_index (self->layers, i);

          if (layer->visible && (layer->name || layer->kind == LW_LAYER_STACK))
            describe_layer (text, self, layer, &axes);
        }
    }
  return g_strchomp (g_string_free (text, FALSE));
}
