/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-design-matrix.h"

#include <glib.h>
#include <math.h>

#include "lw-assert-close.h"

/* Every row is what lw_basis_eval() gives, inside the centres, outside, and far outside. */
static void
test_rows (void)
{
  const LwBasis bases[] = {
    { LW_BASIS_STROKE, 20, -0.025, 1.05 / 19, 0.5 * 0.0525 * 0.0525 },
    { LW_BASIS_STROKE, 8, 0, 1.0 / 7, 1.0 / 49 },
    { LW_BASIS_STROKE, 1, 0.5, 1, 0.1 },
    { LW_BASIS_STROKE, 128, 0, 1.0 / 127, 1.0 / (127 * 127) },
    { LW_BASIS_STROKE, 10, 0, 1.0 / 9, 1e-6 }, /* far apart: powers would overflow */
    { LW_BASIS_STROKE, 10, 0, 1.0 / 9, 10 },   /* all but equal */
    { LW_BASIS_STROKE, 60, 0, 1.0 / 59, 1e-4 },
    { LW_BASIS_RHYTHMIC, 9, 0, 1.0 / 9, 0.12 },
  };
  const double extreme[] = { -1.7e308, -1e160, 1e16, 1e154, 1.7e308 };
  double z[266];
  for (size_t i = 0; i < 201; i++)
    z[i] = -0.5 + 0.01 * (double) i;
  for (size_t i = 201; i < 261; i++)
    z[i] = (i % 2 == 0 ? 1 : -1) * pow (1.4, (double) i - 203);
  for (size_t i = 0; i < G_N_ELEMENTS (extreme); i++)
    z[261 + i] = extreme[i];
  for (size_t b = 0; b < G_N_ELEMENTS (bases); b++) {
    size_t n = bases[b].n;
    g_autofree double *data = g_new (double, G_N_ELEMENTS (z) * (n + 1));
    LwMat phi = { data, G_N_ELEMENTS (z), n, n + 1 };
    lw_fill_nan (data, G_N_ELEMENTS (z) * (n + 1));
    lw_design_matrix (&bases[b], z, G_N_ELEMENTS (z), &phi);
    for (size_t i = 0; i < G_N_ELEMENTS (z); i++) {
      double expected[LW_BASIS_MAX];
      lw_basis_eval (&bases[b], z[i], expected, NULL, NULL);
      lw_assert_close_array (lw_mat_row (&phi, i), expected, n, 0, 1e-12);
      g_assert_true (isnan (lw_mat_row (&phi, i)[n])); /* what lies between rows is not its own */
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/design-matrix/rows", test_rows);
  return g_test_run ();
}
