/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-axis.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Ticks this close to the end of a range, in steps, still belong to it: the ends went through a unit's factor. */
static const double tick_tolerance = 1e-7;

LwAxis
lw_axis_drawable (LwAxis self)
{
  if (self.scale == LW_SCALE_LOG10)
    {
      if (!(self.range.max > 0))
        self.range = (LwRange){ 1, 10 };
      else if (!(self.range.min > 0))
        self.range.min = self.range.max * 1e-3;
    }
  /* The first iteration stands alone in the middle, not between ones that cannot be. */
  if (lw_unit_info (self.unit)->ticks == LW_TICKS_INTEGER && self.range.min == self.range.max && fabs (self.range.min) < 1e6)
    self.range = (LwRange){ self.range.min - 0.5, self.range.max + 0.5 };
  self.range = lw_range_drawable (self.range);
  return self;
}

/* Position along the axis in the coordinate that pixels are linear in. */
static double
forward (const LwAxis *self, double v)
{
  return self->scale == LW_SCALE_LOG10 ? (v > 0 ? log10 (v) : (double) NAN) : v;
}

static double
backward (const LwAxis *self, double u)
{
  return self->scale == LW_SCALE_LOG10 ? pow (10, u) : u;
}

static LwRange
forward_range (const LwAxis *self, LwRange r)
{
  if (self->scale != LW_SCALE_LOG10 || lw_range_is_empty (r))
    return r;
  if (!(r.min > 0))
    return lw_range_empty ();
  return (LwRange){ log10 (r.min), log10 (r.max) };
}

static LwRange
backward_range (const LwAxis *self, LwRange r)
{
  return (LwRange){ backward (self, r.min), backward (self, r.max) };
}

double
lw_axis_to_pixel (const LwAxis *self, double value)
{
  double low = forward (self, self->range.min), high = forward (self, self->range.max);
  double t = (forward (self, value) - low) / (high - low);

  return self->pixel_min + t * (self->pixel_max - self->pixel_min);
}

double
lw_axis_from_pixel (const LwAxis *self, double pixel)
{
  double low = forward (self, self->range.min), high = forward (self, self->range.max);
  double t = (pixel - self->pixel_min) / (self->pixel_max - self->pixel_min);

  return backward (self, low + t * (high - low));
}

LwRange
lw_axis_zoom (const LwAxis *self, double pixel, double factor, LwRange limit)
{
  double centre = forward (self, lw_axis_from_pixel (self, pixel));
  LwRange r = lw_range_zoom (forward_range (self, self->range), centre, factor, forward_range (self, limit));

  return backward_range (self, r);
}

LwRange
lw_axis_pan (const LwAxis *self, double pixels)
{
  LwRange r = forward_range (self, self->range);
  double a_pixel = (r.max - r.min) / (self->pixel_max - self->pixel_min);

  return backward_range (self, lw_range_pan (r, -pixels * a_pixel));
}

/* A step is mantissa x 10^power; kept apart, so that multiples of 0.1 are the doubles nearest to them. */
typedef struct {
  double mantissa;
  int    power;
} Step;

static double
times (double i, Step step)
{
  return step.power < 0 ? i * step.mantissa / pow (10, -step.power) : i * step.mantissa * pow (10, step.power);
}

static Step
next_step (Step s, LwTickKind kind)
{
  static const double angles[] = { 10, 15, 30, 45, 90, 180, 360 };

  if (kind == LW_TICKS_ANGLE)
    {
      double step = times (1, s);

      for (size_t i = 0; i < sizeof angles / sizeof *angles - 1; i++)
        if (step >= angles[i] && step < angles[i + 1])
          return (Step){ angles[i + 1], 0 };
      if (step >= 360)
        return (Step){ 2 * s.mantissa, s.power };
    }
  if (s.mantissa < 2)
    return (Step){ 2, s.power };
  if (s.mantissa < 5)
    return (Step){ 5, s.power };
  return (Step){ 1, s.power + 1 };
}

static double
first_index (LwRange shown, Step step)
{
  return ceil (shown.min / times (1, step) - tick_tolerance);
}

static double
last_index (LwRange shown, Step step)
{
  return floor (shown.max / times (1, step) + tick_tolerance);
}

static LwRange
shown_range (const LwAxis *self)
{
  double factor = lw_unit_info (self->unit)->factor;

  return (LwRange){ self->range.min * factor, self->range.max * factor };
}

/* The smallest nice step with at most @most ticks in @shown. */
static Step
choose_step (LwRange shown, LwTickKind kind, size_t most)
{
  Step step = { 1, (int) floor (log10 ((shown.max - shown.min) / (double) most)) - 1 };

  if (kind == LW_TICKS_INTEGER && step.power < 0)
    step.power = 0;
  if (kind == LW_TICKS_ANGLE && step.power > 0)
    step = (Step){ 10, 0 };
  while (last_index (shown, step) - first_index (shown, step) + 1 > (double) most)
    step = next_step (step, kind);
  return step;
}

static int
minus_signs (char *text, size_t size, const char *ascii)
{
  size_t n = 0;

  for (const char *c = ascii; *c; c++)
    {
      const char *glyph = *c == '-' ? "−" : (const char[]){ *c, '\0' };
      size_t bytes = strlen (glyph);

      if (n + bytes < size)
        memcpy (text + n, glyph, bytes);
      n += bytes;
      if (n < size)
        text[n] = '\0';
    }
  if (size > 0)
    text[n < size ? n : size - 1] = '\0';
  return (int) n;
}

int
lw_power_format (int exponent, char *text, size_t size)
{
  static const char *const superscript[] = { "⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹" };
  char digits[16], out[64] = "10";

  snprintf (digits, sizeof digits, "%d", exponent);
  for (const char *c = digits; *c; c++)
    strcat (out, *c == '-' ? "⁻" : superscript[*c - '0']);
  return snprintf (text, size, "%s", out);
}

static void
linear_ticks (const LwAxis *self, size_t most, LwTicks *out)
{
  const LwUnitInfo *unit = lw_unit_info (self->unit);
  LwRange shown = shown_range (self);
  Step step = choose_step (shown, unit->ticks, most);
  double magnitude = fmax (fabs (shown.min), fabs (shown.max));
  double begin = first_index (shown, step), end = last_index (shown, step);
  int decimals;

  out->step = times (1, step);
  out->exponent = magnitude >= 1e5 || magnitude < 1e-3 ? (int) floor (log10 (magnitude)) : 0;
  decimals = out->exponent - step.power;
  if (decimals < 0)
    decimals = 0;

  for (double i = begin; i <= end && out->n < LW_MAX_TICKS; i++)
    {
      LwTick *tick = &out->tick[out->n++];
      double v = i == 0 ? 0 : times (i, step);
      char ascii[32];

      tick->value = fmin (fmax (v / unit->factor, self->range.min), self->range.max);
      snprintf (ascii, sizeof ascii, "%.*f", decimals, v / pow (10, out->exponent));
      minus_signs (tick->label, sizeof tick->label, ascii);
    }
}

static void
label_power_of_ten (LwTick *tick, double shown)
{
  char ascii[32];

  if (shown >= 0.999e-3 && shown < 1.001e4)
    {
      snprintf (ascii, sizeof ascii, "%g", shown);
      minus_signs (tick->label, sizeof tick->label, ascii);
      return;
    }

  int exponent = (int) floor (log10 (shown) + 1e-9);
  double mantissa = shown / pow (10, exponent);
  int n = 0;

  if (mantissa > 1.5)
    n = snprintf (tick->label, sizeof tick->label, "%.0f·", mantissa);
  lw_power_format (exponent, tick->label + n, sizeof tick->label - (size_t) n);
}

/* Decades, thinned to @most; between them 2 and 5 when they fit, unlabelled minor ticks when not. False when the range is
 * too narrow for any of this. */
static bool
log_ticks (const LwAxis *self, size_t most, LwTicks *out)
{
  double factor = lw_unit_info (self->unit)->factor;
  double low = log10 (self->range.min * factor), high = log10 (self->range.max * factor);
  int first = (int) floor (low), last = (int) ceil (high), stride = 1 + (int) ((high - low) / (double) most);
  bool labels_between = (high - low) * 3 + 1 <= (double) most;
  size_t labelled = 0;

  if (high - low < 0.7)
    return false;

  out->step = stride;
  for (int decade = first; decade <= last; decade++)
    for (int m = 1; m < 10 && out->n < LW_MAX_TICKS; m++)
      {
        double shown = m * pow (10, decade), u = log10 (shown);
        bool label = m == 1 ? decade % stride == 0 : labels_between && (m == 2 || m == 5);

        if (u < low - tick_tolerance || u > high + tick_tolerance || (!label && (stride > 1 || high - low > 4)))
          continue;
        out->tick[out->n] = (LwTick){ .value = fmin (fmax (shown / factor, self->range.min), self->range.max) };
        if (label)
          {
            label_power_of_ten (&out->tick[out->n], shown);
            labelled++;
          }
        out->n++;
      }
  if (labelled < 2)
    out->n = 0;
  return labelled >= 2;
}

void
lw_axis_ticks (const LwAxis *self, size_t most, LwTicks *out)
{
  LwAxis axis = lw_axis_drawable (*self);

  *out = (LwTicks){ 0 };
  if (most < 2)
    most = 2;
  if (most > LW_MAX_TICKS)
    most = LW_MAX_TICKS;
  if (axis.scale != LW_SCALE_LOG10 || !log_ticks (&axis, most, out))
    linear_ticks (&axis, most, out);
}

LwRange
lw_axis_nice (const LwAxis *self, size_t most)
{
  LwAxis axis = lw_axis_drawable (*self);
  const LwUnitInfo *unit = lw_unit_info (axis.unit);
  LwRange shown = shown_range (&axis);
  Step step;

  if (axis.scale == LW_SCALE_LOG10)
    return axis.range;

  step = choose_step (shown, unit->ticks, most < 2 ? 2 : most);
  return (LwRange){ times (floor (shown.min / times (1, step) + tick_tolerance), step) / unit->factor,
                    times (ceil (shown.max / times (1, step) - tick_tolerance), step) / unit->factor };
}

int
lw_axis_format (const LwAxis *self, double value, char *text, size_t size)
{
  const LwUnitInfo *unit = lw_unit_info (self->unit);
  double shown = value * unit->factor;
  double pixels = fmax (1, fabs (self->pixel_max - self->pixel_min));
  double a_pixel = (self->range.max - self->range.min) * unit->factor / pixels;
  char number[64], signs[96];
  int decimals = a_pixel > 0 ? (int) ceil (-log10 (a_pixel)) : 3;

  if (!isfinite (value))
    return snprintf (text, size, "–");

  if (decimals < 0 || unit->ticks == LW_TICKS_INTEGER)
    decimals = 0;
  if (self->scale == LW_SCALE_LOG10 || fabs (shown) >= 1e7 || decimals > 6)
    snprintf (number, sizeof number, "%.4g", shown);
  else
    snprintf (number, sizeof number, "%.*f", decimals, fabs (shown) * pow (10, decimals) <= 0.5 ? 0.0 : shown);
  minus_signs (signs, sizeof signs, number);

  if (unit->symbol[0] == '\0')
    return snprintf (text, size, "%s", signs);
  /* A degree sign follows its number directly, every other unit after a no-break space. */
  return snprintf (text, size, strcmp (unit->symbol, "°") == 0 ? "%s%s" : "%s\u00a0%s", signs, unit->symbol);
}
