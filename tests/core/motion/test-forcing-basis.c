/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-forcing-basis.h"

#include <glib.h>
#include <math.h>
#include <stdint.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"

static void
test_conventions (void)
{
  g_auto (LwGolden) centres = { 0 }, widths = { 0 }, design = { 0 }, t = { 0 }, pt = { 0 };
  double psi[LW_FORCING_MAX];
  LwForcingBasis basis;

  if (!lw_golden_load (&centres, "golden/synthetic/dmp_centers.npy")
      || !lw_golden_load (&widths, "golden/synthetic/dmp_widths.npy")
      || !lw_golden_load (&design, "golden/synthetic/dmp_design.npy") || !lw_golden_load (&t, "golden/synthetic/dmp_T.npy")
      || !lw_golden_load (&pt, "golden/synthetic/pt_dmp_basis.npy"))
    return;
  g_assert_cmpint (lw_forcing_basis_init (&basis, centres.n, 0, LW_FORCING_DECAY_HUNDREDTH, 0.8, LW_FORCING_LAST_REPEATED), ==,
                   LW_OK);
  lw_assert_close_array (basis.centre, centres.data, centres.n, 1e-12, 0);
  lw_assert_close_array (basis.width, widths.data, widths.n, 1e-11, 0);
  for (size_t i = 0; i < t.n; i++) {
    double x = lw_forcing_basis_eval (&basis, t.data[i], psi);
    for (size_t k = 0; k < centres.n; k++)
      lw_assert_close (x * psi[k], design.data[k * t.n + i], 1e-9, 1e-12);
  }

  size_t n = pt.dims[1];
  g_assert_cmpint (lw_forcing_basis_init (&basis, n, 0, LW_FORCING_DECAY_SLOW, exp (-1), LW_FORCING_LAST_ONWARD), ==, LW_OK);
  for (size_t i = 0; i < pt.dims[0]; i++) {
    lw_forcing_basis_eval (&basis, (double) i / (double) (pt.dims[0] - 1), psi);
    lw_assert_close_array (psi, pt.data + i * n, n, 1e-9, 1e-10);
  }
}

/* Whatever the clock, psi sums to one and stays finite; functions outside the movement are where they belong. */
static void
test_anywhere (void)
{
  double psi[LW_FORCING_MAX];
  LwForcingBasis basis;

  g_assert_cmpint (lw_forcing_basis_init (&basis, 12, 1, 3, 0.3, LW_FORCING_LAST_REPEATED), ==, LW_OK);
  lw_assert_close (basis.centre[0], exp (3.0 / 9), 1e-14, 0);
  lw_assert_close (basis.centre[1], 1, 1e-14, 0);
  lw_assert_close (basis.centre[10], exp (-3), 1e-13, 0);
  lw_assert_close (basis.centre[11], exp (-3 * 10.0 / 9), 1e-13, 0);
  for (double s = 0; s < 1000; s = s * 1.5 + 0.01) {
    double sum = 0, x = lw_forcing_basis_eval (&basis, s, psi);
    for (size_t k = 0; k < basis.n; k++) {
      g_assert_cmpfloat (psi[k], >=, 0);
      sum += psi[k];
    }
    lw_assert_close (sum, 1, 1e-14, 0);
    lw_assert_close (x, exp (-3 * s), 1e-14, 0);
  }
  const double bad[] = { 0, -1, (double) NAN, (double) INFINITY };
  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_assert_cmpint (lw_forcing_basis_init (&basis, 10, 0, bad[i], 0.5, LW_FORCING_LAST_REPEATED), ==, LW_ERR_RANGE);
    g_assert_cmpint (lw_forcing_basis_init (&basis, 10, 0, 3, bad[i], LW_FORCING_LAST_REPEATED), ==, LW_ERR_RANGE);
  }
  g_assert_cmpint (lw_forcing_basis_init (&basis, 10, 0, 3, 1, LW_FORCING_LAST_REPEATED), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_forcing_basis_init (&basis, 1, 0, 3, 0.5, LW_FORCING_LAST_REPEATED), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_forcing_basis_init (&basis, 10, 5, 3, 0.5, LW_FORCING_LAST_REPEATED), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_forcing_basis_init (&basis, 10, SIZE_MAX, 3, 0.5, LW_FORCING_LAST_REPEATED), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_forcing_basis_init (&basis, LW_FORCING_MAX + 1, 0, 3, 0.5, LW_FORCING_LAST_REPEATED), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_forcing_basis_init (&basis, 10, 0, 1e9, 0.5, LW_FORCING_LAST_REPEATED), ==, LW_ERR_RANGE);
  g_assert_cmpuint (basis.n, ==, 12);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/forcing-basis/conventions", test_conventions);
  g_test_add_func ("/forcing-basis/anywhere", test_anywhere);
  return g_test_run ();
}
