/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-stats.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"

static void
test_logsumexp (void)
{
  const double equal[4] = { -3, -3, -3, -3 };
  lw_assert_close (lw_logsumexp (equal, 4), -3 + log (4), 1e-15, 0);

  /* exp() of these over- or underflows, their log-sum-exp does not. */
  const double huge[2] = { 1000, 1000 }, tiny[2] = { -3e7, -3e7 }, spread[3] = { -3e7, 0, 700 };
  lw_assert_close (lw_logsumexp (huge, 2), 1000 + log (2), 1e-15, 0);
  lw_assert_close (lw_logsumexp (tiny, 2), -3e7 + log (2), 1e-15, 0);
  lw_assert_close (lw_logsumexp (spread, 3), 700, 1e-15, 0);

  const double impossible[2] = { -HUGE_VAL, -HUGE_VAL }, one[3] = { -HUGE_VAL, 0.5, -HUGE_VAL }, sure[2] = { 1, HUGE_VAL };
  g_assert_cmpfloat (lw_logsumexp (impossible, 2), ==, -HUGE_VAL);
  g_assert_cmpfloat (lw_logsumexp (impossible, 0), ==, -HUGE_VAL);
  g_assert_cmpfloat (lw_logsumexp (one, 3), ==, 0.5);
  g_assert_cmpfloat (lw_logsumexp (sure, 2), ==, HUGE_VAL);
  const double nan[2] = { 1, (double) NAN };
  g_assert_true (isnan (lw_logsumexp (nan, 2)));
}

static void
test_log_normalise (void)
{
  double x[3] = { 900, 900 + log (2), 900 + log (5) };
  lw_assert_close (lw_log_normalise (x, 3), 900 + log (8), 1e-15, 0);
  lw_assert_close (exp (x[0]), 1.0 / 8, 1e-12, 0);
  lw_assert_close (exp (x[1]), 2.0 / 8, 1e-12, 0);
  lw_assert_close (exp (x[0]) + exp (x[1]) + exp (x[2]), 1, 1e-12, 0);

  /* Beside 1e28 log (3) is nothing, yet each of three alike has a third. */
  double alike[3] = { -1e28, -1e28, -1e28 };
  lw_assert_close (lw_log_normalise (alike, 3), -1e28, 1e-15, 0);
  for (size_t i = 0; i < 3; i++)
    lw_assert_close (exp (alike[i]), 1.0 / 3, 1e-12, 0);

  double impossible[2] = { -HUGE_VAL, -HUGE_VAL };
  g_assert_cmpfloat (lw_log_normalise (impossible, 2), ==, -HUGE_VAL);
  g_assert_cmpfloat (impossible[0], ==, -HUGE_VAL);
  double nan[2] = { 1, (double) NAN };
  g_assert_true (isnan (lw_log_normalise (nan, 2)));
  g_assert_cmpfloat (nan[0], ==, 1);
}

/* Printed tables of the two-sided 95 % quantile. */
static void
test_student_table (void)
{
  const struct {
    size_t dof;
    double t;
  } table[] = { { 1, 12.7062 }, { 2, 4.30265 }, { 3, 3.18245 }, { 4, 2.77645 }, { 9, 2.26216 },
                { 30, 2.04227 }, { 60, 2.00030 }, { 120, 1.97993 } };
  for (size_t i = 0; i < G_N_ELEMENTS (table); i++)
    lw_assert_close (lw_student_t95 (table[i].dof), table[i].t, 3e-6, 0);
  lw_assert_close (lw_student_t95 (2), 0.95 * sqrt (2 / (1 - 0.95 * 0.95)), 1e-14, 0); /* closed form */
  lw_assert_close (lw_student_t95 (100000000), 1.959963984540054, 1e-7, 0);
  g_assert_true (isnan (lw_student_t95 (0)));
}

/* The density between -t and t integrates to 0.95, by Simpson's rule; on both sides of the switch at 200. */
static void
test_student_integral (void)
{
  const size_t dofs[] = { 1, 2, 3, 4, 5, 10, 49, 99, 199, 200, 201, 400, 5000 };

  for (size_t i = 0; i < G_N_ELEMENTS (dofs); i++) {
    enum { STEPS = 4000 };
    double n = (double) dofs[i], t = lw_student_t95 (dofs[i]), sum = 0;
    for (int k = 0; k <= STEPS; k++) {
      double x = t * k / STEPS;
      sum += (k == 0 || k == STEPS ? 1 : k % 2 ? 4 : 2) * exp (-0.5 * (n + 1) * log1p (x * x / n));
    }
    double norm = exp (lgamma (0.5 * (n + 1)) - lgamma (0.5 * n)) / sqrt (n * M_PI);
    lw_assert_close (2 * norm * sum * t / STEPS / 3, 0.95, 2e-11, 0);
  }
  for (size_t dof = 2; dof < 400; dof++)
    g_assert_cmpfloat (lw_student_t95 (dof), <, lw_student_t95 (dof - 1));
}

static void
test_mean_and_interval (void)
{
  const double x[2] = { 0, 2 }, y[5] = { 1, 2, 3, 4, 5 }, same[4] = { 7, 7, 7, 7 };
  g_assert_cmpfloat (lw_mean (x, 2), ==, 1);
  g_assert_cmpfloat (lw_mean (y, 5), ==, 3);
  lw_assert_close (lw_ci95 (x, 2), tan (0.475 * M_PI), 1e-14, 0);     /* standard error 1 */
  lw_assert_close (lw_ci95 (y, 5), 2.776445105 * sqrt (0.5), 1e-9, 0); /* variance 2.5 */
  g_assert_cmpfloat (lw_ci95 (same, 4), ==, 0);
  g_assert_true (isnan (lw_ci95 (x, 1)));
  g_assert_true (isnan (lw_ci95 (x, 0)));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/stats/logsumexp", test_logsumexp);
  g_test_add_func ("/stats/log-normalise", test_log_normalise);
  g_test_add_func ("/stats/student-table", test_student_table);
  g_test_add_func ("/stats/student-integral", test_student_integral);
  g_test_add_func ("/stats/mean-and-interval", test_mean_and_interval);
  return g_test_run ();
}
