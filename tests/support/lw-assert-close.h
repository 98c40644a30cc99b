/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stddef.h>

/* Assertions on floating-point numbers. Every tolerance is multiplied by $LW_TOL_SCALE (default 1); with LW_TOL_SCALE=0 the
 * residuals are printed instead of judged, and the test counts as incomplete. NaN is never close to anything; equal infinities
 * are. */

/* |actual - expected| <= relative |expected| + absolute. */
#define lw_assert_close(actual, expected, relative, absolute) \
  lw_assert_close_values (G_STRLOC, G_STRFUNC, #actual, (const double[]){ (actual) }, (const double[]){ (expected) }, 1, (relative), (absolute))

/* The same for each of @n elements. */
#define lw_assert_close_array(actual, expected, n, relative, absolute) \
  lw_assert_close_values (G_STRLOC, G_STRFUNC, #actual, (actual), (expected), (n), (relative), (absolute))

/* Each of @n elements to within @relative times the largest |expected|: for gradients and solutions of linear systems. */
#define lw_assert_close_to_largest(actual, expected, n, relative) \
  lw_assert_close_values (G_STRLOC, G_STRFUNC, #actual, (actual), (expected), (n), 0, (relative) * lw_largest_magnitude ((expected), (n)))

void   lw_assert_close_values (const char *where, const char *function, const char *what, const double *actual, const double *expected,
                               size_t n, double relative, double absolute);
double lw_largest_magnitude   (const double *x, size_t n);

/* Outputs start as NaN, so that a number nobody wrote is noticed. */
void   lw_fill_nan (double *x, size_t n);
/* All @n still NaN: the function under test left its output alone. */
#define lw_assert_untouched(x, n) g_assert_true (lw_all_nan ((x), (n)))
gboolean lw_all_nan (const double *x, size_t n);
