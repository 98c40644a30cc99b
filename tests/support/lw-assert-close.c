/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-assert-close.h"

#include <math.h>

static double
tolerance_scale (void)
{
  static gsize known;
  static double scale;

  if (g_once_init_enter (&known)) {
    const char *text = g_getenv ("LW_TOL_SCALE");
    scale = text != NULL ? g_ascii_strtod (text, NULL) : 1;
    g_once_init_leave (&known, 1);
  }
  return scale;
}

void
lw_assert_close_values (const char *where, const char *function, const char *what, const double *actual, const double *expected,
                        size_t n, double relative, double absolute)
{
  double scale = tolerance_scale ();
  double worst = -1; /* residual over its tolerance */
  size_t worst_i = 0;

  for (size_t i = 0; i < n; i++) {
    double residual = actual[i] == expected[i] ? 0 : fabs (actual[i] - expected[i]);
    double allowed = relative * fabs (expected[i]) + absolute;
    double ratio = residual == 0 ? 0 : residual / allowed;
    if (isnan (residual))
      ratio = HUGE_VAL;
    if (ratio > worst) {
      worst = ratio;
      worst_i = i;
    }
  }
  if (n == 0 || (scale > 0 && worst <= scale))
    return;

  g_autofree char *text
    = g_strdup_printf ("%s[%zu of %zu]: %.17g, expected %.17g, off by %.3g (%.3g of the tolerance)", what, worst_i, n,
                       actual[worst_i], expected[worst_i], fabs (actual[worst_i] - expected[worst_i]), worst);
  if (scale == 0) {
    g_test_message ("%s: %s", where, text);
    g_test_incomplete ("LW_TOL_SCALE=0: residuals printed, not judged");
    return;
  }
  g_test_message ("at %s", where);
  g_assertion_message (G_LOG_DOMAIN, where, 0, function, text);
}

double
lw_largest_magnitude (const double *x, size_t n)
{
  double largest = 0;
  for (size_t i = 0; i < n; i++)
    largest = fmax (largest, fabs (x[i]));
  return largest;
}

void
lw_fill_nan (double *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    x[i] = (double) NAN;
}

gboolean
lw_all_nan (const double *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (!isnan (x[i]))
      return FALSE;
  return TRUE;
}
