/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-context-features.h"

#include <math.h>
#include <stdint.h>

#include "lw-assert-close.h"

static void
test_count (void)
{
  g_assert_cmpuint (lw_context_features_count (3, 0), ==, 1);
  g_assert_cmpuint (lw_context_features_count (3, 1), ==, 4);
  g_assert_cmpuint (lw_context_features_count (3, 2), ==, 10);
  g_assert_cmpuint (lw_context_features_count (2, 6), ==, 28);
  g_assert_cmpuint (lw_context_features_count (94, 2), ==, 4560);
  g_assert_cmpuint (lw_context_features_count (SIZE_MAX / 2, 4), ==, SIZE_MAX);
}

/* Every monomial once: all products x^a y^b z^c up to the degree, found by value at a point of "independent" numbers. */
static void
test_monomials (void)
{
  double corners[] = { -1.0, -1.0, -1.0, 1.0, 1.0, 1.0 }, point[] = { 0.31, -0.57, 0.83 };
  LwMat contexts = lw_mat_view (corners, 2, 3);

  for (size_t degree = 0; degree <= 5; degree++) {
    LwContextFeatures features;
    g_autofree double *phi = NULL;
    size_t found = 0;

    g_assert_cmpint (lw_context_features_init (&features, &contexts, degree), ==, LW_OK);
    phi = g_new (double, features.f);
    lw_fill_nan (phi, features.f);
    lw_context_features_evaluate (&features, point, phi);
    g_assert_cmpfloat (phi[0], ==, 1.0);
    for (size_t a = 0; a <= degree; a++)
      for (size_t b = 0; a + b <= degree; b++)
        for (size_t c = 0; a + b + c <= degree; c++) {
          double wanted = pow (point[0], (double) a) * pow (point[1], (double) b) * pow (point[2], (double) c);
          size_t hits = 0;

          for (size_t i = 0; i < features.f; i++)
            hits += fabs (phi[i] - wanted) <= 1e-13 * fabs (wanted);
          g_assert_cmpuint (hits, ==, 1);
          found++;
        }
    g_assert_cmpuint (found, ==, features.f);
    lw_context_features_clear (&features);
  }
}

/* Lower degrees are the first features of higher ones; units and offsets of the contexts do not matter; far out nothing
 * changes. */
static void
test_invariants (void)
{
  double raw[] = { 0.0, 5.0, 4.0, 5.0, 3.0, 5.0 }, scaled[6], low[4], high[10], other[10], point[] = { 1.0, 9.0 },
         moved[] = { 1e6 + 1e3, 5.0 };
  double far[] = { 1e9, -1e9 }, farther[] = { 1e300, -1e300 };
  LwMat contexts = lw_mat_view (raw, 3, 2), in_millimetres = lw_mat_view (scaled, 3, 2);
  LwContextFeatures one, three, again;

  for (size_t i = 0; i < 3; i++) {
    scaled[2 * i] = 1e3 * raw[2 * i] + 1e6;
    scaled[2 * i + 1] = raw[2 * i + 1];
  }
  g_assert_cmpint (lw_context_features_init (&one, &contexts, 1), ==, LW_OK);
  g_assert_cmpint (lw_context_features_init_like (&three, &one, 3), ==, LW_OK);
  g_assert_cmpint (lw_context_features_init (&again, &in_millimetres, 3), ==, LW_OK);
  lw_context_features_evaluate (&one, point, low);
  lw_context_features_evaluate (&three, point, high);
  lw_context_features_evaluate (&again, moved, other);
  lw_assert_close_array (high, low, 3, 0, 0);
  lw_assert_close_array (other, high, 10, 1e-12, 1e-15);
  /* (0 .. 4) to [-1, 1]: 1 is -0.5; what never varied is 0 wherever it goes. */
  lw_assert_close_array (low, ((double[]){ 1.0, -0.5, 0.0 }), 3, 1e-15, 0);
  lw_context_features_evaluate (&three, far, high);
  lw_context_features_evaluate (&three, farther, other);
  lw_assert_close_array (other, high, 10, 0, 0);
  lw_assert_close (high[1], 1.25, 0, 0);
  lw_context_features_clear (&one);
  lw_context_features_clear (&three);
  lw_context_features_clear (&again);
}

static void
test_refused (void)
{
  double numbers[] = { 1.0, NAN };
  LwMat bad = lw_mat_view (numbers, 2, 1), none = lw_mat_view (numbers, 0, 1);
  LwContextFeatures features = { .f = 77 };

  g_assert_cmpint (lw_context_features_init (&features, &bad, 1), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpint (lw_context_features_init (&features, &none, 1), ==, LW_ERR_TOO_FEW);
  g_assert_cmpuint (features.f, ==, 77);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/context-features/count", test_count);
  g_test_add_func ("/context-features/monomials", test_monomials);
  g_test_add_func ("/context-features/invariants", test_invariants);
  g_test_add_func ("/context-features/refused", test_refused);
  return g_test_run ();
}
