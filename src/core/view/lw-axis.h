/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-range.h"
#include "lw-unit.h"

typedef enum {
  LW_SCALE_LINEAR,
  LW_SCALE_LOG10, /* positive data; what is not positive is not drawn */
} LwScale;

/* Data to pixels along one direction. The pixel of range.max may be below that of range.min (y axes). Values; any thread. */
typedef struct {
  LwRange range;       /* data units; log scale: > 0 */
  double  pixel_min;   /* where range.min lies */
  double  pixel_max;   /* where range.max lies */
  LwUnit  unit;
  LwScale scale;
} LwAxis;

enum { LW_MAX_TICKS = 48 };

typedef struct {
  double value;     /* data units */
  char   label[32]; /* UTF-8 in the person's locale; "" for a minor tick */
} LwTick;

typedef struct {
  size_t n;
  LwTick tick[LW_MAX_TICKS]; /* ascending */
  double step;      /* between ticks, in shown units (decades on a log scale) */
  int    exponent;  /* labels are to be multiplied by 10^exponent; 0 for ordinary magnitudes */
} LwTicks;

/* The range of @self as it can be drawn (see lw_range_drawable(); positive on a log scale). Call it before the mapping. */
LwAxis lw_axis_drawable   (LwAxis self);
double lw_axis_to_pixel   (const LwAxis *self, double value);
double lw_axis_from_pixel (const LwAxis *self, double pixel);
/* Zoom about the value at @pixel and move by @pixels, right on log scales too; @limit as in lw_range_zoom(). */
LwRange lw_axis_zoom      (const LwAxis *self, double pixel, double factor, LwRange limit);
LwRange lw_axis_pan       (const LwAxis *self, double pixels);

/* Round ticks inside the range: the smallest nice step that gives at most @most (>= 2) of them. All labels of an axis have
 * the same number of decimals. Ticks are exact multiples of the step, -0 is 0. */
void   lw_axis_ticks      (const LwAxis *self, size_t most, LwTicks *out);
/* The range widened to whole steps of the ticks it would get: ends of a plot at rest. */
LwRange lw_axis_nice      (const LwAxis *self, size_t most);
/* @value as text with the unit, precise to about a pixel of this axis; "–" for NaN. Returns the bytes wanted, like snprintf. */
int    lw_axis_format     (const LwAxis *self, double value, char *text, size_t size);
/* "10⁻³": for axis titles. Returns the bytes wanted, like snprintf. */
int    lw_power_format    (int exponent, char *text, size_t size);
