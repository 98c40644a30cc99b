/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-assert-close.h"
#include "lw-cma.h"
#include "lw-npy-golden.h"

static void
test_golden (void)
{
  static const size_t sizes[] = { 10, 25, 40 };

  for (size_t k = 0; k < G_N_ELEMENTS (sizes); k++) {
    g_autofree char *name = g_strdup_printf ("golden/ps/cma_const_n%zu.npy", sizes[k]);
    g_autofree char *weights = g_strdup_printf ("golden/ps/cma_weights_n%zu.npy", sizes[k]);
    g_auto (LwGolden) constants = { 0 }, w = { 0 };
    LwCmaConstants c;

    if (!lw_golden_load (&constants, name) || !lw_golden_load (&w, weights))
      return;
    g_assert_cmpint (lw_cma_constants_init (&c, sizes[k], w.n), ==, LW_OK);
    lw_assert_close_array (
      ((double[]){ (double) c.lambda, (double) c.mu, c.mueff, c.cc, c.c1, c.cmu, c.csigma, c.dsigma, c.chi }), constants.data, 9,
      1e-12, 0);
    lw_assert_close_array (c.weights, w.data, w.n, 1e-12, 1e-15);
    lw_cma_constants_clear (&c);
  }
}

/* For any population: weights of the mean sum to 1, the rest is not positive, and C keeps a share of itself. */
static void
test_any_population (void)
{
  for (size_t n = 1; n <= 161; n += 32)
    for (size_t lambda = 2; lambda <= 500; lambda = lambda * 3 / 2 + 1) {
      LwCmaConstants c;
      double positive = 0.0, negative = 0.0;

      g_assert_cmpint (lw_cma_constants_init (&c, n, lambda), ==, LW_OK);
      for (size_t i = 0; i < lambda; i++) {
        g_assert_true (isfinite (c.weights[i]));
        positive += fmax (c.weights[i], 0.0);
        negative -= fmin (c.weights[i], 0.0);
        g_assert_true (i == 0 || c.weights[i] <= c.weights[i - 1]);
      }
      lw_assert_close (positive, 1.0, 1e-12, 0);
      g_assert_cmpfloat (c.c1 + c.cmu, <=, 1.0);
      g_assert_cmpfloat (1.0 - c.c1 - c.cmu - (double) n * c.cmu * negative, >=, -1e-12);
      lw_cma_constants_clear (&c);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/cma/constants/golden", test_golden);
  g_test_add_func ("/cma/constants/any-population", test_any_population);
  return g_test_run ();
}
