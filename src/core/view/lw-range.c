/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-range.h"

#include <math.h>

/* Narrower than this fraction of their own magnitude, ranges run out of distinct doubles at a few thousand pixels. */
static const double narrowest = 1e-9;

LwRange
lw_range_empty (void)
{
  return (LwRange){ INFINITY, -INFINITY };
}

bool
lw_range_is_empty (LwRange self)
{
  return !(self.min <= self.max);
}

bool
lw_range_equal (LwRange a, LwRange b)
{
  if (lw_range_is_empty (a) || lw_range_is_empty (b))
    return lw_range_is_empty (a) == lw_range_is_empty (b);
  return a.min == b.min && a.max == b.max;
}

LwRange
lw_range_union (LwRange a, LwRange b)
{
  if (lw_range_is_empty (a))
    return b;
  if (lw_range_is_empty (b))
    return a;
  return (LwRange){ fmin (a.min, b.min), fmax (a.max, b.max) };
}

LwRange
lw_range_include (LwRange self, double v)
{
  return isfinite (v) ? lw_range_union (self, (LwRange){ v, v }) : self;
}

LwRange
lw_range_pad (LwRange self, double fraction)
{
  double d = (self.max - self.min) * fraction;

  if (lw_range_is_empty (self))
    return self;
  return (LwRange){ self.min - d, self.max + d };
}

static double
magnitude (LwRange self)
{
  return fmax (fabs (self.min), fabs (self.max));
}

LwRange
lw_range_drawable (LwRange self)
{
  double least, centre;

  if (lw_range_is_empty (self) || !isfinite (self.min) || !isfinite (self.max) || !isfinite (self.max - self.min))
    return (LwRange){ 0, 1 };

  least = narrowest * magnitude (self);
  if (self.max - self.min > least)
    return self;

  /* A constant: opened by a tenth of its value, so that it lies in the middle of readable labels. */
  centre = self.min + (self.max - self.min) / 2;
  least = centre == 0 ? 1 : 0.1 * fabs (centre);
  return (LwRange){ centre - least, centre + least };
}

LwRange
lw_range_zoom (LwRange self, double centre, double factor, LwRange limit)
{
  LwRange r = { centre - (centre - self.min) / factor, centre + (self.max - centre) / factor };

  if (!(factor > 0) || !isfinite (r.min) || !isfinite (r.max) || r.max - r.min <= narrowest * magnitude (r))
    return self;
  return lw_range_confine (r, limit);
}

LwRange
lw_range_pan (LwRange self, double delta)
{
  return (LwRange){ self.min + delta, self.max + delta };
}

LwRange
lw_range_confine (LwRange self, LwRange limit)
{
  if (lw_range_is_empty (limit))
    return self;
  if (self.max - self.min >= limit.max - limit.min)
    return limit;
  if (self.min < limit.min)
    return (LwRange){ limit.min, limit.min + (self.max - self.min) };
  if (self.max > limit.max)
    return (LwRange){ limit.max - (self.max - self.min), limit.max };
  return self;
}
