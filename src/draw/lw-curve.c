/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-curve.h"

#include "lw-decimate.h"
#include "lw-layer-private.h"

#include <math.h>

/* Up to this many points a column every point is drawn. Above, columns of this mean height in px are a curve, higher ones noise. */
enum { DENSE = 2, SMOOTH = 5 };

/* Cairo's fixed-point coordinates overflow at 2^23. */
static double
pixel (const LwAxis *axis, double value)
{
  return CLAMP (lw_axis_to_pixel (axis, value), -1e6, 1e6);
}

/* The window and one point more on both sides, so that lines run to the edges. */
static void
window (const LwFigureLayout *layout, const LwSeries *series, size_t *begin, size_t *end)
{
  lw_layer_window (series, layout->x.range, begin, end);
  *begin -= *begin > 0;
  *end += *end < lw_series_n (series);
}

static size_t
n_columns (const LwFigureLayout *layout)
{
  return (size_t) ceil (fabs (layout->x.pixel_max - layout->x.pixel_min));
}

static gboolean
is_dense (const LwFigureLayout *layout, const LwSeries *series, size_t begin, size_t end)
{
  return lw_series_is_sorted (series) && end - begin > DENSE * n_columns (layout);
}

/* Adds the points to the path; a single point between gaps becomes a dot. */
static void
trace_points (cairo_t *cr, const LwFigureLayout *layout, const LwSeries *series, size_t begin, size_t end)
{
  const double *x = lw_series_x (series), *y = lw_series_y (series);
  gboolean down = FALSE;

  for (size_t i = begin; i < end; i++)
    {
      double py = pixel (&layout->y, y[i]);

      if (!isfinite (py))
        {
          down = FALSE;
          continue;
        }
      if (down)
        cairo_line_to (cr, pixel (&layout->x, x[i]), py);
      else
        {
          cairo_move_to (cr, pixel (&layout->x, x[i]), py);
          cairo_line_to (cr, pixel (&layout->x, x[i]), py);
        }
      down = TRUE;
    }
}

/* The outline of what the pen covers: along the tops of the columns, back along their feet. A polygon that never crosses itself is
 * filled several times as fast as the zigzag it replaces is stroked. */
static void
trace_envelope (cairo_t *cr, const LwFigureLayout *layout, const LwColumn *columns, size_t begin, size_t end, double width)
{
  double half = 0.5 * width, left = layout->x.pixel_min;

  cairo_new_sub_path (cr);
  for (size_t i = begin; i < end; i++)
    {
      double top = pixel (&layout->y, columns[i].max) - half;

      if (i > begin)
        top = fmin (top, pixel (&layout->y, columns[i - 1].last) - half);
      cairo_line_to (cr, left + (double) i, top);
      cairo_line_to (cr, left + (double) i + 1, top);
    }
  for (size_t i = end; i-- > begin;)
    {
      double foot = pixel (&layout->y, columns[i].min) + half;

      if (i > begin)
        foot = fmax (foot, pixel (&layout->y, columns[i - 1].last) + half);
      cairo_line_to (cr, left + (double) i + 1, foot);
      cairo_line_to (cr, left + (double) i, foot);
    }
  cairo_close_path (cr);
}

static void
fill_envelopes (cairo_t *cr, const LwFigureLayout *layout, const LwColumn *columns, size_t n, double width)
{
  size_t begin = 0;

  cairo_new_path (cr);
  for (size_t i = 0; i <= n; i++)
    {
      /* A column ends a run when it has nothing to show, or when the one before ends in a gap. */
      gboolean nothing = i == n || isnan (columns[i].max);
      gboolean gap = i > begin && i < n && (isnan (columns[i - 1].last) || isnan (columns[i].first));

      if ((nothing || gap) && i > begin)
        trace_envelope (cr, layout, columns, begin, i, width);
      if (nothing)
        begin = i + 1;
      else if (gap)
        begin = i;
    }
  cairo_fill (cr);
}

/* Through every column's first and last point where they are, with a detour to the extremes that lie outside these. */
static void
stroke_columns (cairo_t *cr, const LwFigureLayout *layout, const LwSeries *series, const LwColumn *columns, size_t n)
{
  const double *x = lw_series_x (series);
  gboolean down = FALSE;

  cairo_new_path (cr);
  for (size_t i = 0; i < n; i++)
    {
      const LwColumn *c = &columns[i];
      double middle = layout->x.pixel_min + (double) i + 0.5;

      if (isnan (c->max))
        {
          down = FALSE;
          continue;
        }
      if (isnan (c->first) || !down)
        cairo_new_sub_path (cr);
      if (!isnan (c->first))
        cairo_line_to (cr, pixel (&layout->x, x[c->begin]), pixel (&layout->y, c->first));
      if (!(c->min >= fmin (c->first, c->last) && c->max <= fmax (c->first, c->last)))
        {
          cairo_line_to (cr, middle, pixel (&layout->y, c->min));
          cairo_line_to (cr, middle, pixel (&layout->y, c->max));
        }
      if (!isnan (c->last))
        cairo_line_to (cr, pixel (&layout->x, x[c->end - 1]), pixel (&layout->y, c->last));
      down = !isnan (c->last);
    }
  cairo_stroke (cr);
}

/* Mean height of the columns' strokes, px. */
static double
roughness (const LwFigureLayout *layout, const LwColumn *columns, size_t n)
{
  double sum = 0, whole = fabs (layout->y.pixel_max - layout->y.pixel_min);
  size_t shown = 0;

  for (size_t i = 0; i < n; i++)
    if (!isnan (columns[i].max))
      {
        sum += fmin (whole, fabs (pixel (&layout->y, columns[i].max) - pixel (&layout->y, columns[i].min)));
        shown++;
      }
  return shown > 0 ? sum / (double) shown : 0;
}

/* Smooth curves are stroked, noise is filled: stroking it would cost several times as much and look the same. */
static void
draw_dense (cairo_t *cr, const LwFigureLayout *layout, const LwSeries *series)
{
  g_autofree LwColumn *columns = g_new (LwColumn, n_columns (layout));
  size_t n = lw_decimate (series, &layout->x, columns, n_columns (layout));

  if (roughness (layout, columns, n) < SMOOTH)
    stroke_columns (cr, layout, series, columns, n);
  else
    fill_envelopes (cr, layout, columns, n, cairo_get_line_width (cr));
}

void
lw_curve_stroke (LwPainter *painter, const LwFigureLayout *layout, const LwSeries *series)
{
  cairo_t *cr = painter->cr;
  size_t begin, end;

  window (layout, series, &begin, &end);
  /* Where segments are shorter than a pixel nobody sees how they are joined, and round joins are half of the cost. */
  cairo_set_line_join (cr, end - begin > n_columns (layout) ? CAIRO_LINE_JOIN_BEVEL : CAIRO_LINE_JOIN_ROUND);
  cairo_set_line_cap (cr, cairo_get_dash_count (cr) ? CAIRO_LINE_CAP_BUTT : CAIRO_LINE_CAP_ROUND);
  if (is_dense (layout, series, begin, end))
    {
      draw_dense (cr, layout, series);
      return;
    }
  cairo_new_path (cr);
  trace_points (cr, layout, series, begin, end);
  cairo_stroke (cr);
}

static void
fill_points (cairo_t *cr, const LwFigureLayout *layout, const LwSeries *lower, const LwSeries *upper, size_t begin, size_t end)
{
  const double *x = lw_series_x (lower), *low = lw_series_y (lower), *high = lw_series_y (upper);

  while (begin < end)
    {
      size_t stop = begin;

      while (stop < end && isfinite (pixel (&layout->y, low[stop])) && isfinite (pixel (&layout->y, high[stop])))
        stop++;
      cairo_new_sub_path (cr);
      for (size_t i = begin; i < stop; i++)
        cairo_line_to (cr, pixel (&layout->x, x[i]), pixel (&layout->y, high[i]));
      for (size_t i = stop; i-- > begin;)
        cairo_line_to (cr, pixel (&layout->x, x[i]), pixel (&layout->y, low[i]));
      cairo_close_path (cr);
      begin = stop + 1;
    }
}

static void
fill_columns (cairo_t *cr, const LwFigureLayout *layout, const LwSeries *lower, const LwSeries *upper)
{
  size_t room = n_columns (layout);
  g_autofree LwColumn *low = g_new (LwColumn, room), *high = g_new (LwColumn, room);
  size_t n = MIN (lw_decimate (lower, &layout->x, low, room), lw_decimate (upper, &layout->x, high, room));

  for (size_t begin = 0, i = 0; i <= n; i++)
    if (i == n || isnan (low[i].min) || isnan (high[i].max))
      {
        cairo_new_sub_path (cr);
        for (size_t k = begin; k < i; k++)
          cairo_line_to (cr, layout->x.pixel_min + (double) k + 0.5, pixel (&layout->y, high[k].max));
        for (size_t k = i; k-- > begin;)
          cairo_line_to (cr, layout->x.pixel_min + (double) k + 0.5, pixel (&layout->y, low[k].min));
        cairo_close_path (cr);
        begin = i + 1;
      }
}

void
lw_curve_fill (LwPainter *painter, const LwFigureLayout *layout, const LwSeries *lower, const LwSeries *upper)
{
  size_t n = MIN (lw_series_n (lower), lw_series_n (upper)), begin, end;

  window (layout, lower, &begin, &end);
  end = MIN (end, n);
  cairo_new_path (painter->cr);
  if (end > begin && is_dense (layout, lower, begin, end))
    fill_columns (painter->cr, layout, lower, upper);
  else
    fill_points (painter->cr, layout, lower, upper, begin, end);
  cairo_fill (painter->cr);
}
