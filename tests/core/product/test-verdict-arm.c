/* SPDX-License-Identifier: GPL-3.0-or-later */
/* 17. What the verdict says of demonstrations as an arm gives them: a clean one is not flagged, and what was done to the others is named. The clock is injected. */
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-sim-bus-private.h"
#include "lw-verdict.h"
#include "on-both.h"

/* A perfect hand leads joint 0 by @amount and back within two seconds, half a second of rest at both ends. */
static void
lead (ArmFixture *f, double amount)
{
  double q[LW_MAX_JOINTS], at[LW_MAX_JOINTS], dq[LW_MAX_JOINTS] = { 0 };

  lw_sim_bus_truth (f->sim, q, NULL);
  fixture_run (f, 0.5);
  for (int i = 0; i < 200; i++)
    {
      double x = G_PI * i / 200;

      memcpy (at, q, sizeof at);
      at[0] += amount * pow (sin (x), 4);
      dq[0] = amount * 4 * pow (sin (x), 3) * cos (x) * G_PI / 2;
      lw_dynamics_set (f->sim->plant.dynamics, at, dq);
      fixture_cycle (f);
    }
  lw_dynamics_set (f->sim->plant.dynamics, q, NULL);
  fixture_run (f, 0.5);
}

static void
begin (ArmFixture *f, LwProtocol protocol)
{
  fixture_init_on (f, "desk-6", protocol);
  fixture_connect (f);
  fixture_request (f, LW_REQUEST_GUIDE);
  fixture_until (f, LW_MODE_GUIDE, 0.3);
  f->n_samples = 0;
}

/* The findings of what was sampled since begin(). */
static unsigned
judge (ArmFixture *f, LwVerdict *verdict)
{
  lw_verdict_compute (f->samples, f->n_samples, f->setup.limits.q_min, f->setup.limits.q_max, NULL, verdict);
  fixture_clear (f);
  return lw_verdict_findings (verdict);
}

static void
test_clean (gconstpointer data)
{
  ArmFixture f;
  LwVerdict  verdict;

  begin (&f, protocol_of (data));
  lead (&f, 0.8);
  g_assert_cmphex (judge (&f, &verdict), ==, 0);
  g_assert_cmpuint (verdict.n_gaps, ==, 0);
  g_assert_cmpuint (verdict.n_limit_hits, ==, 0);
}

static void
test_gap (gconstpointer data)
{
  ArmFixture f;
  LwVerdict  verdict;

  begin (&f, protocol_of (data));
  lead (&f, 0.8);
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_SILENT);
  fixture_run (&f, 0.08);
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_NONE);
  lead (&f, 0.8);
  g_assert_cmphex (judge (&f, &verdict) & LW_FINDING_GAPS, !=, 0);
  g_assert_cmpuint (verdict.n_gaps, ==, 1);
  g_assert_cmpfloat (fabs (verdict.longest_gap - 0.09), <, 0.03);
}

static void
test_limit (gconstpointer data)
{
  ArmFixture f;
  LwVerdict  verdict;

  begin (&f, protocol_of (data));
  lead (&f, f.setup.limits.q_max[0] - lw_arm_model_joints (f.model)[0].home);
  g_assert_cmphex (judge (&f, &verdict) & LW_FINDING_LIMITS, !=, 0);
  g_assert_cmpuint (verdict.n_limit_hits, >=, 1);
}

int
main (int argc, char *argv[])
{
  static const ProductTest tests[] = {
    { "/product/17-clean-demonstration", test_clean },
    { "/product/17-gap", test_gap },
    { "/product/17-limit", test_limit },
  };

  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
