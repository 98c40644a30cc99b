/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-decimate.h"

#include <math.h>

size_t
lw_decimate (const LwSeries *series, const LwAxis *axis, LwColumn *columns, size_t n_columns)
{
  const double *y = lw_series_y (series);
  double left = fmin (axis->pixel_min, axis->pixel_max), right = fmax (axis->pixel_min, axis->pixel_max);
  size_t wanted = (size_t) ceil (right - left), n = lw_series_n (series), begin, last;

  if (wanted > n_columns)
    wanted = n_columns;
  if (n == 0 || wanted == 0)
    return 0;

  begin = lw_series_lower_bound (series, axis->range.min);
  last = lw_series_lower_bound (series, axis->range.max);
  while (last < n && lw_series_x (series)[last] == axis->range.max)
    last++;

  for (size_t i = 0; i < wanted; i++)
    {
      /* The right end of the range belongs to the last column, whose own end may lie beyond it. */
      size_t end = i + 1 == wanted ? last : lw_series_lower_bound (series, lw_axis_from_pixel (axis, left + (double) i + 1));
      LwRange r;

      if (end > last)
        end = last;
      if (end < begin)
        end = begin;
      r = lw_series_y_range_between (series, begin, end);
      columns[i] = (LwColumn){ .begin = begin, .end = end, .first = NAN, .last = NAN, .min = NAN, .max = NAN };
      if (end > begin)
        {
          columns[i].first = y[begin];
          columns[i].last = y[end - 1];
        }
      if (!lw_range_is_empty (r))
        {
          columns[i].min = r.min;
          columns[i].max = r.max;
        }
      begin = end;
    }
  return wanted;
}
