/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "prodmp-fixture.h"

static void
test_basis_parameters (void)
{
  g_auto (LwGolden) centres = { 0 }, bandwidth = { 0 };
  g_auto (LwProdmp) prodmp = { 0 };
  if (!lw_golden_load (&centres, "golden/synthetic/pd_rbf_centers_p.npy")
      || !lw_golden_load (&bandwidth, "golden/synthetic/pd_rbf_bandwidth.npy"))
    return;
  init_golden (&prodmp, LW_PRODMP_GAUSS, false, 1);
  lw_assert_close_array (prodmp.settings.basis.centre, centres.data, N, 1e-12, 0);
  for (size_t k = 0; k < N; k++)
    lw_assert_close (2 * prodmp.settings.basis.width[k], bandwidth.data[k], 1e-10, 0);
}

/* By the trapezoid as published, by Gauss as exact as the reference; and how far apart the two are. */
static void
test_basis (void)
{
  g_auto (LwGolden) pos = { 0 }, vel = { 0 }, pos_exact = { 0 }, vel_exact = { 0 }, scale = { 0 };
  g_auto (LwProdmp) published = { 0 }, exact = { 0 };
  if (!lw_golden_load (&pos, "golden/synthetic/pd_pos_basis.npy") || !lw_golden_load (&vel, "golden/synthetic/pd_vel_basis.npy")
      || !lw_golden_load (&pos_exact, "golden/synthetic/pd_pos_basis_exact_w.npy")
      || !lw_golden_load (&vel_exact, "golden/synthetic/pd_vel_basis_exact_w.npy")
      || !lw_golden_load (&scale, "golden/synthetic/pd_auto_scale.npy"))
    return;
  init_golden (&published, LW_PRODMP_TRAPEZOID, false, 6);
  init_golden (&exact, LW_PRODMP_GAUSS, false, 6);
  double worst[2] = { 0 };
  for (size_t i = 0; i < TIMES; i++) {
    double s = (double) i / 200, phi[M], dphi[M];
    g_assert_cmpint (lw_prodmp_basis (&published, s, phi, dphi), ==, LW_OK);
    lw_assert_close_array (phi, pos.data + i * M, M, 1e-9, 1e-10);
    lw_assert_close_array (dphi, vel.data + i * M, M, 1e-9, 1e-10);
    g_assert_cmpint (lw_prodmp_basis (&exact, s, phi, dphi), ==, LW_OK);
    lw_assert_close_array (phi, pos_exact.data + i * N, N, 1e-9, 1e-10);
    lw_assert_close_array (dphi, vel_exact.data + i * N, N, 1e-9, 1e-10);
    for (size_t k = 0; k < N; k++) {
      worst[0] = fmax (worst[0], fabs (phi[k] - pos.data[i * M + k]));
      worst[1] = fmax (worst[1], fabs (dphi[k] - vel.data[i * M + k]));
    }
  }
  g_test_message ("the trapezoid is off by %.3g and %.3g", worst[0], worst[1]);
  g_assert_cmpfloat (worst[0], >, 1e-7);
  g_assert_cmpfloat (worst[0], <, 1.2e-6);
  g_assert_cmpfloat (worst[1], <, 2.7e-5);

  double largest[M] = { 0 }, phi[M];
  for (size_t i = 0; i < published.table.rows; i++) {
    g_assert_cmpint (lw_prodmp_basis (&published, (double) i * published.settings.step, phi, NULL), ==, LW_OK);
    for (size_t k = 0; k < M; k++)
      largest[k] = fmax (largest[k], phi[k]);
  }
  for (size_t k = 0; k < M; k++)
    lw_assert_close (1 / largest[k], scale.data[k], 1e-9, 0);
}

static void
test_bad_settings (void)
{
  LwProdmpSettings settings, bad;
  LwProdmp prodmp;
  const double values[] = { 0, -1, (double) NAN, (double) INFINITY };
  memset (&prodmp, 0xff, sizeof prodmp);
  LwProdmp before = prodmp;

  g_assert_cmpint (lw_prodmp_settings_init (&settings, 1, 1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_prodmp_settings_init (&settings, LW_FORCING_MAX + 1, 1), ==, LW_ERR_RANGE);
  g_assert_cmpint (lw_prodmp_settings_init (&settings, 10, 1), ==, LW_OK);
  g_assert_true (settings.a == 25 && settings.tau == 1 && settings.delay == 0 && !settings.relative_goal);
  g_assert_true (settings.length == 2 && settings.step == 0.005 && settings.quadrature == LW_PRODMP_GAUSS);
  for (size_t i = 0; i < G_N_ELEMENTS (values); i++)
    for (int field = 0; field < 5; field++) {
      bad = settings;
      double *where[] = { &bad.a, &bad.tau, &bad.length, &bad.step, &bad.delay };
      *where[field] = values[i];
      if (field == 4 && values[i] == 0)
        continue;
      g_assert_cmpint (lw_prodmp_init (&prodmp, &bad), ==, LW_ERR_RANGE);
    }
  bad = settings;
  bad.step = 1e-9;
  g_assert_cmpint (lw_prodmp_init (&prodmp, &bad), ==, LW_ERR_RANGE);
  bad = settings;
  bad.basis.width[2] = (double) NAN;
  g_assert_cmpint (lw_prodmp_init (&prodmp, &bad), ==, LW_ERR_NOT_FINITE);
  g_assert_cmpmem (&prodmp, sizeof prodmp, &before, sizeof before);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/prodmp-basis/parameters", test_basis_parameters);
  g_test_add_func ("/prodmp-basis/golden", test_basis);
  g_test_add_func ("/prodmp-basis/bad-settings", test_bad_settings);
  return g_test_run ();
}
