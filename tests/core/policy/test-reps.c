/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-reps.h"

#include <float.h>
#include <math.h>
#include <stdlib.h>

#include "lw-assert-close.h"
#include "lw-npy-golden.h"
#include "lw-rng.h"

/* ---- golden ---- */

static void
load (LwGolden *golden, const char *kind, const char *epsilon, const char *what)
{
  g_autofree char *name = g_strdup_printf ("golden/ps/%s_eps%s_%s.npy", kind, epsilon, what);

  g_assert_true (lw_golden_load (golden, name));
}

static void
test_golden (void)
{
  static const char *const epsilons[] = { "0.5", "1.0", "2.0" };
  g_auto (LwGolden) rewards = { 0 };
  double low = INFINITY, high = -INFINITY;

  if (!lw_golden_load (&rewards, "golden/ps/in_R.npy"))
    return;
  for (size_t i = 0; i < rewards.n; i++)
    {
      low = fmin (low, rewards.data[i]);
      high = fmax (high, rewards.data[i]);
    }
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++)
    {
      g_auto (LwGolden) eta = { 0 }, w = { 0 };
      double epsilon = g_ascii_strtod (epsilons[e], NULL);
      g_autofree double *p = g_new (double, rewards.n);
      LwRepsReport report;

      load (&eta, "reps", epsilons[e], "eta_normR");
      load (&w, "reps", epsilons[e], "w");
      lw_fill_nan (p, rewards.n);
      g_assert_cmpint (lw_reps_weights (rewards.data, rewards.n, NULL, epsilon, p, &report), ==, LW_OK);
      g_assert_true (report.converged);
      /* The reference solved with rewards scaled to [0, 1]. */
      lw_assert_close (report.eta / (high - low), eta.data[0], 1e-6, 0);
      lw_assert_close_array (p, w.data, w.n, 1e-6, 1e-9);
      lw_assert_close (report.kl, epsilon, 1e-12, 0);
    }
}

static void
test_golden_contextual (void)
{
  static const char *const epsilons[] = { "0.5", "1.0" };
  g_auto (LwGolden) rewards = { 0 }, features = { 0 };
  LwMat phi;

  if (!lw_golden_load (&rewards, "golden/ps/in_R.npy") || !lw_golden_load (&features, "golden/ps/in_S.npy"))
    return;
  phi = lw_golden_mat (&features);
  for (size_t e = 0; e < G_N_ELEMENTS (epsilons); e++)
    {
      g_auto (LwGolden) eta = { 0 }, w = { 0 }, dual = { 0 }, peer = { 0 };
      double epsilon = g_ascii_strtod (epsilons[e], NULL), v[6];
      g_autofree double *p = g_new (double, rewards.n);
      LwRepsReport report;

      load (&eta, "creps", epsilons[e], "eta");
      load (&w, "creps", epsilons[e], "w");
      load (&dual, "creps", epsilons[e], "dual");
      load (&peer, "creps", epsilons[e], "bolero_eta_nu");
      lw_fill_nan (v, 6);
      g_assert_cmpint (lw_reps_contextual_weights (rewards.data, rewards.n, &phi, NULL, epsilon, p, v, &report), ==, LW_OK);
      g_assert_true (report.converged);
      lw_assert_close (report.eta, eta.data[0], 1e-6, 0);
      lw_assert_close (report.dual, dual.data[0], 1e-8, 0);
      lw_assert_close (report.kl, epsilon, 1e-11, 0);
      lw_assert_close_array (p, w.data, w.n, 1e-5, 1e-8);
      /* The constant feature's coefficient is not identified; the peer's solver stops at about 1e-6. */
      g_assert_cmpfloat (v[0], ==, 0.0);
      lw_assert_close_array (v + 1, peer.data + 2, 5, 2e-5, 2e-5);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/reps/golden", test_golden);
  g_test_add_func ("/reps/golden-contextual", test_golden_contextual);
  return g_test_run ();
}
