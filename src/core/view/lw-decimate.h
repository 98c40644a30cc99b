/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-axis.h"
#include "lw-series.h"

/* What one pixel column has to show of a sorted series: the first and last value join it to its neighbours, minimum and
 * maximum are the stroke (M4: Jugel et al., VLDB 2014). */
typedef struct {
  size_t begin, end; /* points [begin, end) of the series */
  double first, last;
  double min, max;   /* of the finite values; NaN when there is none */
} LwColumn;

/* Column i covers the pixels [i, i + 1) counted from the left end of @axis, whose pixel width is rounded up: @columns has room
 * for @n_columns, which should be at least that. Returns the number of columns written. No extreme is ever lost: the union
 * of the columns' [min, max] is that of all points in the range. O(n_columns log n). */
size_t lw_decimate (const LwSeries *series, const LwAxis *axis, LwColumn *columns, size_t n_columns);
