/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lw-range.h"
#include "lw-status.h"

/* A growing list of points (x, y) shared by reference, with the minimum and maximum of y kept in a pyramid (16 points, 256,
 * 4096, …), so that any stretch of any length is summarised in O(log n). A NaN in y is a gap: the line is interrupted.
 *
 * Reference counting: any thread. Everything else belongs to one thread at a time: fill it on a worker and hand it over, or
 * append on the main thread while it is drawn there. */
typedef struct _LwSeries LwSeries;

/* (transfer full) Empty; NULL when memory is short. Every function takes NULL for an empty series. */
LwSeries *lw_series_new    (void);
/* (transfer full) Copies @n points; @x NULL counts 0, 1, 2, … */
LwSeries *lw_series_new_from (const double *x, const double *y, size_t n);
LwSeries *lw_series_ref    (LwSeries *self);
void      lw_series_unref  (LwSeries *self);

/* O(1) amortised. LW_ERR_MEMORY leaves the series as it was; LW_ERR_NOT_FINITE refuses an x that is not finite. */
LwStatus  lw_series_append (LwSeries *self, double x, double y);
/* A gap at @x: what comes next is not joined to what came before. */
LwStatus  lw_series_append_gap (LwSeries *self, double x);
LwStatus  lw_series_append_many (LwSeries *self, const double *x, const double *y, size_t n);
/* Removes every point, keeps the memory. */
void      lw_series_clear  (LwSeries *self);

size_t        lw_series_n  (const LwSeries *self);
const double *lw_series_x  (const LwSeries *self); /* (transfer none) valid until the next append */
const double *lw_series_y  (const LwSeries *self);
/* False once an x was smaller than the one before (a path in the plane): no decimation, no sample-and-hold. */
bool          lw_series_is_sorted (const LwSeries *self);
/* Changes with every modification. */
uint64_t      lw_series_stamp     (const LwSeries *self);

LwRange lw_series_x_range (const LwSeries *self); /* O(1); gaps included */
LwRange lw_series_y_range (const LwSeries *self); /* O(log n), finite values only; empty when there is none */
/* Minimum and maximum of the finite y of points [begin, end). O(log n). */
LwRange lw_series_y_range_between (const LwSeries *self, size_t begin, size_t end);
/* Index of the first point with x >= @x, n when there is none. Sorted series. O(log n). */
size_t  lw_series_lower_bound (const LwSeries *self, double x);
/* Sample and hold: y of the last point with x <= @x, NaN before the first and in a gap. Sorted series. */
double  lw_series_value_at    (const LwSeries *self, double x);
