/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-figure-private.h"

#include <math.h>

void
lw_layer_window (const LwSeries *series, LwRange x, size_t *begin, size_t *end)
{
  *begin = 0;
  *end = lw_series_n (series);
  if (!lw_series_is_sorted (series) || lw_range_is_empty (x))
    return;
  *begin = lw_series_lower_bound (series, x.min);
  *end = lw_series_lower_bound (series, nextafter (x.max, INFINITY));
}

guint
lw_layer_part_category (const LwLayer *self, size_t part, size_t point)
{
  return self->n_parts == 1 && self->figure->categories ? (guint) point : (guint) part;
}

size_t
lw_layer_stack_n (const LwLayer *self)
{
  size_t n = self->n_parts ? lw_series_n (self->parts[0]) : 0;

  for (size_t i = 1; i < self->n_parts; i++)
    n = MIN (n, lw_series_n (self->parts[i]));
  return n;
}

double
lw_layer_stack_sum (const LwLayer *self, size_t end, size_t point)
{
  double sum = 0;

  for (size_t i = 0; i < end; i++)
    {
      double v = lw_series_y (self->parts[i])[point];

      if (v > 0)
        sum += v;
    }
  return sum;
}

double
lw_layer_stack_pitch (const LwLayer *self)
{
  const double *x = self->n_parts ? lw_series_x (self->parts[0]) : NULL;
  double pitch = INFINITY;

  for (size_t i = 1; i < lw_layer_stack_n (self); i++)
    if (x[i] > x[i - 1])
      pitch = MIN (pitch, x[i] - x[i - 1]);
  return isfinite (pitch) ? pitch : 1;
}

static LwRange
stack_x_extent (const LwLayer *self)
{
  LwRange r = lw_range_empty ();
  double margin = self->stack == LW_STACK_AREAS ? 0 : 0.5 * lw_layer_stack_pitch (self);

  for (size_t i = 0; i < self->n_parts; i++)
    r = lw_range_union (r, lw_series_x_range (self->parts[i]));
  return lw_range_is_empty (r) ? r : (LwRange){ r.min - margin, r.max + margin };
}

static LwRange
stack_y_extent (const LwLayer *self)
{
  LwRange r = lw_range_empty ();
  size_t n = lw_layer_stack_n (self);

  if (n > 0)
    r = (LwRange){ 0, 0 };
  if (self->stack == LW_STACK_GROUPED)
    for (size_t i = 0; i < self->n_parts; i++)
      r = lw_range_union (r, lw_series_y_range (self->parts[i]));
  else
    for (size_t i = 0; i < n; i++)
      r = lw_range_include (r, lw_layer_stack_sum (self, self->n_parts, i));
  return r;
}

/* Half the size of the ellipse's bounding box along @dimension. */
static double
ellipse_reach (const LwEllipse *e, int dimension)
{
  return hypot (e->radius[0] * e->axis[0][dimension], e->radius[1] * e->axis[1][dimension]);
}

static LwRange
ellipse_extent (const LwLayer *self, int dimension)
{
  double c = self->ellipse.centre[dimension], reach = ellipse_reach (&self->ellipse, dimension);

  return self->has_ellipse ? (LwRange){ c - reach, c + reach } : lw_range_empty ();
}

LwRange
lw_layer_x_extent (const LwLayer *self)
{
  switch (self->kind)
    {
    case LW_LAYER_LINE:
    case LW_LAYER_BAND:
    case LW_LAYER_POINTS:
      return lw_series_x_range (self->series);
    case LW_LAYER_ELLIPSE:
      return ellipse_extent (self, 0);
    case LW_LAYER_MARK:
      return lw_range_include (lw_range_empty (), self->value);
    case LW_LAYER_STACK:
      return stack_x_extent (self);
    case LW_LAYER_BOUND:
    default:
      return lw_range_empty ();
    }
}

static LwRange
series_y_extent (const LwSeries *series, LwRange x)
{
  size_t begin, end;

  lw_layer_window (series, x, &begin, &end);
  return lw_series_y_range_between (series, begin, end);
}

LwRange
lw_layer_y_extent (const LwLayer *self, LwRange x)
{
  switch (self->kind)
    {
    case LW_LAYER_LINE:
    case LW_LAYER_POINTS:
      return series_y_extent (self->series, x);
    case LW_LAYER_BAND:
      return lw_range_union (series_y_extent (self->series, x), series_y_extent (self->upper, x));
    case LW_LAYER_ELLIPSE:
      return ellipse_extent (self, 1);
    case LW_LAYER_BOUND:
      return lw_range_include (lw_range_empty (), self->value);
    case LW_LAYER_STACK:
      return stack_y_extent (self);
    case LW_LAYER_MARK:
    default:
      return lw_range_empty ();
    }
}
