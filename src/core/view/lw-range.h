/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A stretch of an axis in data units. Values; any thread. An empty range has min > max. */
typedef struct {
  double min;
  double max;
} LwRange;

/* Contains nothing; the neutral element of lw_range_union(). */
LwRange lw_range_empty    (void);
bool    lw_range_is_empty (LwRange self);
bool    lw_range_equal    (LwRange a, LwRange b);
/* Smallest range that holds both. */
LwRange lw_range_union    (LwRange a, LwRange b);
/* Grows to hold @v; NaN and infinities are ignored. */
LwRange lw_range_include  (LwRange self, double v);
/* Adds @fraction of the width on both sides. */
LwRange lw_range_pad      (LwRange self, double fraction);
/* A range that can be drawn: empty or non-finite becomes [0, 1], one without width is opened symmetrically, so that
 * min < max and neighbouring pixels are different doubles. */
LwRange lw_range_drawable (LwRange self);

/* Zooms by @factor (> 1 shows less) keeping the value @centre where it is. The result is never narrower than 1e-9 of
 * its own magnitude nor wider than @limit, when that is not empty. */
LwRange lw_range_zoom     (LwRange self, double centre, double factor, LwRange limit);
/* Moves by @delta, in the axis' units. */
LwRange lw_range_pan      (LwRange self, double delta);
/* Moves (never resizes, unless wider) so that it lies within @limit; an empty limit holds nothing back. */
LwRange lw_range_confine  (LwRange self, LwRange limit);
