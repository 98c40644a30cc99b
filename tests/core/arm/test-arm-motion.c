/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Targets, plans, speed: what reaches the bus is what was planned, and within the limits. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"

#define TICK (2 * G_PI / 4096)

/* The goals on the bus from entry @from on, one a cycle: steps within @speed v_max, their changes within a_max, up to the rounding to ticks.
 * Returns how many. */
static size_t
assert_bus_within_limits (ArmFixture *f, size_t from, double speed)
{
  const LwLimits    *limits = lw_arm_get_limits (f->arm);
  const BusTapEntry *last[3] = { NULL };
  double             dt = 1 / f->setup.rate_hz;
  size_t             n = 0;

  for (size_t i = from; i < bus_tap_count (&f->tap); i++)
    {
      const BusTapEntry *entry = &f->tap.entries[i];

      if (entry->instruction != 0x83 || entry->address != ADDRESS_GOAL)
        continue;
      n++;
      last[2] = last[1];
      last[1] = last[0];
      last[0] = entry;
      for (size_t j = 0; j < limits->n_joints; j++)
        {
          double q = lw_calibration_joint (&f->setup.calibration, j, (entry->value[j] - 2048) * TICK);

          g_assert_cmpfloat (q, >=, limits->q_min[j] - 0.51 * TICK);
          g_assert_cmpfloat (q, <=, limits->q_max[j] + 0.51 * TICK);
          if (last[1] != NULL)
            g_assert_cmpfloat (fabs ((last[0]->value[j] - last[1]->value[j]) * TICK), <=, speed * limits->v_max[j] * dt + 1.01 * TICK);
          if (last[2] != NULL)
            g_assert_cmpfloat (fabs ((last[0]->value[j] - 2 * last[1]->value[j] + last[2]->value[j]) * TICK), <=, limits->a_max[j] * dt * dt + 2.01 * TICK);
        }
      /* One goal a control step: never more than one ahead. */
      if (last[1] != NULL)
        g_assert_cmpint (last[0]->t_ns - last[1]->t_ns, >, (int64_t) (0.8e9 * dt));
    }
  return n;
}

static void
test_move_to (void)
{
  ArmFixture f;
  double     target[LW_MAX_JOINTS];
  size_t     from;

  fixture_init (&f, "arm-7");
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.2);
  fixture_request (&f, LW_REQUEST_ARM);
  fixture_until (&f, LW_MODE_ARMED, 0.1);
  lw_assert_close (fixture_state (&f).speed, 0.25, 0, 0); /* after every arming */
  from = bus_tap_count (&f.tap);
  fixture_run (&f, 0.3);
  g_assert_cmpuint (bus_tap_writes (&f.tap, from), ==, 0); /* arming writes nothing */

  lw_arm_get_start (f.arm, target);
  target[0] += 0.8;
  target[3] += 10; /* beyond its range */
  g_assert_true (lw_arm_move_to (f.arm, target, NULL));
  fixture_run (&f, 0.5);
  target[0] -= 1.2; /* the slider goes back while the arm moves */
  g_assert_true (lw_arm_move_to (f.arm, target, NULL));
  fixture_run (&f, 6);
  g_assert_cmpuint (assert_bus_within_limits (&f, from, 0.25), >, 100);
  lw_assert_close (fixture_state (&f).goal[0], target[0], 0, 1e-9);
  lw_assert_close (fixture_state (&f).goal[3], lw_arm_get_limits (f.arm)->q_max[3], 0, 1e-6);
  lw_assert_close (fixture_state (&f).q[0], target[0], 0, 0.01);
  /* Arrived: the goal is written a few times more, then the bus is quiet. */
  from = bus_tap_count (&f.tap);
  fixture_run (&f, 0.5);
  g_assert_cmpuint (bus_tap_writes (&f.tap, from), ==, 0);

  /* Disarmed and armed again: 25 % again. */
  lw_arm_set_speed (f.arm, 1);
  fixture_cycle (&f);
  lw_assert_close (fixture_state (&f).speed, 1, 0, 0);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.1);
  fixture_request (&f, LW_REQUEST_ARM);
  fixture_until (&f, LW_MODE_ARMED, 0.1);
  lw_assert_close (fixture_state (&f).speed, 0.25, 0, 0);
  fixture_clear (&f);
}

/* product.md 35: every goal of the plan, bit for bit and in order, one a cycle; the bus gets them to half a tick. */
static void
test_run_emits_the_plan (void)
{
  ArmFixture f;
  LwPlan    *plan;
  uint32_t   run = 0;
  size_t     from, first, n = 0;

  fixture_init (&f, "arm-7");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  plan = fixture_plan (&f, 1, -0.6, 1.5);
  g_assert_cmpuint (plan->n_ramp, ==, 0);
  g_assert_true (lw_arm_run (f.arm, plan, &run, NULL));
  g_assert_cmpuint (run, ==, 1);
  g_assert_cmpuint (fixture_state (&f).run, ==, 1); /* known at once */
  g_assert_false (fixture_state (&f).run_done);
  from = bus_tap_count (&f.tap);
  first = f.n_samples;
  fixture_cycle (&f);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_RUNNING);
  fixture_run (&f, 0.5 * plan->duration);
  g_assert_cmpfloat (fixture_state (&f).run_progress, >, 0.4);
  g_assert_cmpfloat (fixture_state (&f).run_progress, <, 0.6);
  fixture_until (&f, LW_MODE_ARMED, 5);
  g_assert_true (fixture_state (&f).run_done);
  g_assert_false (fixture_state (&f).run_aborted);
  lw_assert_close (fixture_state (&f).run_progress, 1, 0, 0);
  for (size_t i = 0; i < plan->goals->n_samples; i++)
    for (size_t j = 0; j < 7; j++)
      {
        g_assert_cmpfloat (f.samples[first + i].goal[j], ==, lw_mat_get (&plan->goals->q, i, j));
        g_assert_cmpuint (f.samples[first + i].limited, ==, LW_LIMITED_NOT);
      }
  for (size_t i = from; i < bus_tap_count (&f.tap) && n < plan->goals->n_samples; i++)
    if (f.tap.entries[i].instruction == 0x83 && f.tap.entries[i].address == ADDRESS_GOAL)
      {
        double q = lw_calibration_joint (&f.setup.calibration, 1, (f.tap.entries[i].value[1] - 2048) * TICK);

        lw_assert_close (q, lw_mat_get (&plan->goals->q, n, 1), 0, 0.5001 * TICK);
        n++;
      }
  g_assert_cmpuint (n, ==, plan->goals->n_samples);
  assert_bus_within_limits (&f, from, 1);
  /* The samples of the run reach until the arm stands where it was sent. */
  lw_assert_close (f.samples[f.n_samples - 1].q[1], lw_mat_get (&plan->goals->q, n - 1, 1), 0, 0.01);
  lw_plan_unref (plan);
  fixture_clear (&f);
}

/* product.md 7: far from its start, a movement begins with a ramp from where the arm is. */
static void
test_first_motion_ramps (void)
{
  ArmFixture    f;
  LwTrajectory *movement = lw_trajectory_new (51, 6);
  double        start[LW_MAX_JOINTS];
  LwPlan       *plan = NULL;
  size_t        from;

  fixture_init (&f, "desk-6");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  lw_arm_get_start (f.arm, start);
  for (size_t i = 0; i < 51; i++)
    {
      movement->t[i] = 0.02 * (double) i;
      memcpy (lw_mat_row (&movement->q, i), start, 6 * sizeof *start);
      lw_mat_row (&movement->q, i)[0] += 1.2;
      lw_mat_row (&movement->q, i)[3] -= 0.9;
    }
  g_assert_cmpint (lw_plan_new (lw_arm_get_limits (f.arm), f.model, 100, start, movement, 1, &plan), ==, LW_OK);
  lw_assert_close (plan->far, 1.2, 1e-9, 0); /* the window asks */
  from = bus_tap_count (&f.tap);
  g_assert_true (lw_arm_run (f.arm, plan, NULL, NULL));
  while (bus_tap_last (&f.tap, ADDRESS_GOAL, from) == NULL)
    fixture_cycle (&f);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (lw_calibration_joint (&f.setup.calibration, j, (bus_tap_last (&f.tap, ADDRESS_GOAL, from)->value[j] - 2048) * TICK), start[j], 0, TICK);
  fixture_until (&f, LW_MODE_ARMED, 10);
  g_assert_false (fixture_state (&f).run_aborted);
  g_assert_cmpuint (assert_bus_within_limits (&f, from, 1), >=, plan->goals->n_samples);
  lw_plan_unref (plan);
  lw_trajectory_unref (movement);
  fixture_clear (&f);
}

static void
test_plans_that_do_not_fit (void)
{
  ArmFixture         f;
  g_autoptr (GError) error = NULL;
  double             start[LW_MAX_JOINTS];
  LwLimits           other;
  LwPlan            *plan = NULL, *fast, *here;
  LwTrajectory      *still = lw_trajectory_new (3, 2);

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  lw_arm_get_start (f.arm, start);
  for (size_t i = 0; i < 3; i++)
    {
      still->t[i] = 0.1 * (double) i;
      memcpy (lw_mat_row (&still->q, i), start, 2 * sizeof *start);
    }
#define REFUSED(p) \
  do \
    { \
      g_assert_false (lw_arm_run (f.arm, (p), NULL, &error)); \
      g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED); \
      g_clear_error (&error); \
    } \
  while (0)
  fast = fixture_plan (&f, 0, 0.3, 1);
  lw_arm_set_speed (f.arm, 0.5);
  REFUSED (fast);
  lw_arm_set_speed (f.arm, 1);
  other = *lw_arm_get_limits (f.arm);
  other.v_max[0] *= 2;
  g_assert_cmpint (lw_plan_new (&other, f.model, 100, start, still, 1, &plan), ==, LW_OK);
  REFUSED (plan);
  lw_plan_unref (plan);
  g_assert_cmpint (lw_plan_new (lw_arm_get_limits (f.arm), f.model, 200, start, still, 1, &plan), ==, LW_OK);
  REFUSED (plan);
  lw_plan_unref (plan);
  start[1] += 0.3;
  g_assert_cmpint (lw_plan_new (lw_arm_get_limits (f.arm), f.model, 100, start, still, 1, &plan), ==, LW_OK);
  REFUSED (plan);
  lw_plan_unref (plan);
#undef REFUSED

  /* Not while another one runs, and not in Hold. */
  here = fixture_plan (&f, 0, 0.3, 1);
  g_assert_true (lw_arm_run (f.arm, here, NULL, NULL));
  fixture_run (&f, 0.1);
  g_assert_false (lw_arm_run (f.arm, here, NULL, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE);
  lw_plan_unref (here);
  lw_plan_unref (fast);
  lw_trajectory_unref (still);
  fixture_clear (&f);
}

/* Two runs in the queue at once: the second finds the arm busy and says so by being done and aborted. */
static void
test_second_run_refused (void)
{
  ArmFixture f;
  LwPlan    *plan;
  uint32_t   first = 0, second = 0;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  plan = fixture_plan (&f, 0, 0.3, 0.5);
  g_assert_true (lw_arm_run (f.arm, plan, &first, NULL));
  g_assert_true (lw_arm_run (f.arm, plan, &second, NULL));
  g_assert_cmpuint (second, ==, first + 1);
  fixture_run (&f, 0.1);
  g_assert_cmpuint (fixture_state (&f).run, ==, second);
  g_assert_true (fixture_state (&f).run_done);
  g_assert_true (fixture_state (&f).run_aborted);
  lw_plan_unref (plan); /* the arm has its own */
  fixture_until (&f, LW_MODE_ARMED, 5);
  fixture_clear (&f);
}

/* Holding in the middle of a run: braked within a_max, aborted, one constant goal. */
static void
test_hold_ends_a_run (void)
{
  ArmFixture f;
  size_t     from;

  fixture_init (&f, "arm-7");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  from = bus_tap_count (&f.tap);
  fixture_start (&f, 0, 0.8, 1);
  fixture_run (&f, 0.3);
  g_assert_cmpfloat (fabs (fixture_state (&f).dq[0]), >, 0.3);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.5);
  g_assert_true (fixture_state (&f).run_done);
  g_assert_true (fixture_state (&f).run_aborted);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_NONE);
  assert_bus_within_limits (&f, from, 1);
  from = bus_tap_count (&f.tap);
  fixture_run (&f, 1);
  g_assert_cmpint (bus_tap_last_new_goal (&f.tap, from), ==, 0);
  fixture_clear (&f);
}

/* product.md 33: half the speed takes twice the time. */
static void
test_speed (void)
{
  double took[2];

  for (int i = 0; i < 2; i++)
    {
      ArmFixture f;
      int64_t    begin;

      fixture_init (&f, "planar-2");
      fixture_connect (&f);
      fixture_arm (&f);
      lw_arm_set_speed (f.arm, i == 0 ? 1 : 0.5);
      fixture_cycle (&f);
      begin = f.clock.now_ns;
      fixture_start (&f, 1, -0.8, 1);
      while (fixture_state (&f).run_progress < 1)
        fixture_cycle (&f);
      took[i] = 1e-9 * (double) (f.clock.now_ns - begin);
      fixture_clear (&f);
    }
  lw_assert_close (took[1], 2 * took[0], 0, 0.04);
}

/* Twenty runs in a row: every plan given back is freed (the address sanitizer would tell), numbers count up. */
static void
test_many_runs (void)
{
  ArmFixture f;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_arm (&f);
  for (uint32_t i = 1; i <= 20; i++)
    {
      fixture_cycle (&f);
      g_assert_cmpuint (fixture_start (&f, i % 2, -0.05, 0.3), ==, i);
      fixture_until (&f, LW_MODE_ARMED, 3);
      g_assert_false (fixture_state (&f).run_aborted);
    }
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm/motion/move-to", test_move_to);
  g_test_add_func ("/arm/motion/run-emits-the-plan", test_run_emits_the_plan);
  g_test_add_func ("/arm/motion/first-motion-ramps", test_first_motion_ramps);
  g_test_add_func ("/arm/motion/plans-that-do-not-fit", test_plans_that_do_not_fit);
  g_test_add_func ("/arm/motion/second-run-refused", test_second_run_refused);
  g_test_add_func ("/arm/motion/hold-ends-a-run", test_hold_ends_a_run);
  g_test_add_func ("/arm/motion/speed", test_speed);
  g_test_add_func ("/arm/motion/many-runs", test_many_runs);
  return g_test_run ();
}
