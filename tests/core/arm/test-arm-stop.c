/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Stop, in every mode and under every fault there is to inject. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"
#include "lw-rng.h"
#include "lw-test-paths.h"

#define TICK (2 * G_PI / 4096)
#define MS   G_GINT64_CONSTANT (1000000)

/* Cycles until Stop is confirmed; fails when that takes more than 450 ms from @call. */
static void
until_confirmed (ArmFixture *f, int64_t call)
{
  while (!fixture_state (f).stop_confirmed)
    {
      fixture_cycle (f);
      g_assert_cmpint (f->clock.now_ns - call, <, 450 * MS);
    }
  g_assert_cmpint (fixture_state (f).mode, ==, LW_MODE_STOPPED);
}

/* The goals after a Stop lie on the line the joints were on, and end in one that stays. */
static void
assert_along_the_path (ArmFixture *f, size_t from, int64_t call)
{
  const BusTapEntry *before = NULL, *at = NULL, *last = bus_tap_last (&f->tap, ADDRESS_GOAL, from);
  double             direction[LW_MAX_JOINTS], length = 0;

  for (size_t i = 0; i < bus_tap_count (&f->tap) && f->tap.entries[i].t_ns <= call; i++)
    if (f->tap.entries[i].instruction == 0x83 && f->tap.entries[i].address == ADDRESS_GOAL)
      {
        before = at;
        at = &f->tap.entries[i];
      }
  if (before == NULL || last == NULL)
    return;
  for (size_t j = 0; j < f->setup.limits.n_joints; j++)
    {
      direction[j] = at->value[j] - before->value[j];
      length += direction[j] * direction[j];
    }
  length = sqrt (length);
  if (length < 8) /* too few ticks to tell a direction */
    return;
  for (size_t j = 0; j < f->setup.limits.n_joints; j++)
    {
      double way = last->value[j] - at->value[j];

      /* Never back, and at most 4.5 steps on (the sum 7/8 + 6/8 + ... + a step in the making). */
      g_assert_cmpfloat (way * direction[j], >=, -2 * fabs (direction[j]));
      g_assert_cmpfloat (fabs (way), <=, 4.6 * fabs (direction[j]) + 12);
    }
}

/* product.md 1 and 3: in the middle of a run. */
static void
test_in_a_run (void)
{
  ArmFixture         f;
  g_autoptr (GError) error = NULL;
  double             target[LW_MAX_JOINTS];
  int64_t            call, last;
  size_t             from;

  fixture_init (&f, "arm-7");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  fixture_start (&f, 0, 0.9, 1);
  fixture_run (&f, 0.3);
  g_assert_cmpfloat (fabs (fixture_state (&f).dq[0]), >, 0.5);

  call = f.clock.now_ns;
  from = bus_tap_count (&f.tap);
  lw_arm_stop (f.arm);
  g_assert_false (lw_arm_request (f.arm, LW_REQUEST_HOLD, &error)); /* from the call on, not from the next cycle */
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_STOPPED);
  g_clear_error (&error);
  until_confirmed (&f, call);
  last = bus_tap_last_new_goal (&f.tap, from);
  g_assert_cmpint (last, >, call);
  g_assert_cmpint (last - call, <=, 80 * MS);
  assert_along_the_path (&f, from, call);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_STOP);
  g_assert_true (fixture_state (&f).run_done);
  g_assert_true (fixture_state (&f).run_aborted);
  g_assert_false (fixture_state (&f).limp);

  /* Latched: it holds, and nothing but Reset is accepted. */
  fixture_run (&f, 1);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
  g_assert_false (lw_arm_request (f.arm, LW_REQUEST_RELEASE, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_STOPPED);
  g_clear_error (&error);
  lw_arm_get_start (f.arm, target);
  g_assert_false (lw_arm_move_to (f.arm, target, &error));
  g_clear_error (&error);

  /* Reset, Hold, Arm: no goal is written until a motion is commanded. */
  from = bus_tap_count (&f.tap);
  fixture_request (&f, LW_REQUEST_RESET);
  fixture_until (&f, LW_MODE_CONNECTED, 0.1);
  fixture_run (&f, 0.3);
  g_assert_false (fixture_state (&f).limp); /* torque as it is held */
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_NONE);
  g_assert_cmpuint (bus_tap_writes (&f.tap, from), ==, 0);
  fixture_arm (&f);
  fixture_run (&f, 0.3);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_GOAL, from), ==, 0);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_TORQUE, from), ==, 0);
  target[0] += 0.05;
  g_assert_true (lw_arm_move_to (f.arm, target, NULL));
  fixture_run (&f, 1);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_GOAL, from), >, 3);
  lw_assert_close (fixture_state (&f).q[0], target[0], 0, 0.01);
  fixture_clear (&f);
}

/* Stop comes between two cycles: the first goal of the deceleration does not wait for the next one. Stepped, the next cycle stands for the wake-up. */
static void
test_answered_at_once (void)
{
  for (int ms = 2; ms <= 9; ms++)
    {
      ArmFixture         f;
      const BusTapEntry *first = NULL;
      int64_t            call;
      size_t             from;

      fixture_init (&f, "planar-2");
      fixture_connect (&f);
      fixture_arm (&f);
      fixture_cycle (&f);
      fixture_start (&f, 0, 0.9, 1);
      fixture_run (&f, 0.3);
      f.next_ns = f.clock.now_ns + ms * MS / 2;
      call = f.next_ns;
      f.clock.now_ns = call;
      from = bus_tap_count (&f.tap);
      lw_arm_stop (f.arm);
      until_confirmed (&f, call);
      for (size_t i = from; i < bus_tap_count (&f.tap) && first == NULL; i++)
        if (f.tap.entries[i].address == ADDRESS_GOAL && f.tap.entries[i].instruction == 0x83 && f.tap.entries[i].t_ns > call)
          first = &f.tap.entries[i];
      g_assert_nonnull (first);
      g_assert_cmpint (first->t_ns - call, <, 5 * MS);
      g_assert_cmpint (bus_tap_last_new_goal (&f.tap, from) - call, <=, 80 * MS);
      fixture_clear (&f);
    }
}

/* In Guide torque stays off: nothing is written, the arm stays in the person's hands. */
static void
test_in_guide (void)
{
  ArmFixture f;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_GUIDE);
  fixture_until (&f, LW_MODE_GUIDE, 0.1);
  lw_arm_stop (f.arm);
  fixture_run (&f, 0.05);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
  g_assert_true (fixture_state (&f).limp);
  g_assert_true (fixture_state (&f).stop_confirmed);
  fixture_run (&f, 1);
  fixture_request (&f, LW_REQUEST_RESET);
  fixture_until (&f, LW_MODE_CONNECTED, 0.1);
  fixture_run (&f, 0.2);
  g_assert_true (fixture_state (&f).limp);
  g_assert_cmpuint (bus_tap_writes (&f.tap, 0), ==, 0);
  fixture_clear (&f);
}

static void
test_in_hold (void)
{
  ArmFixture f;
  size_t     from;
  int64_t    call;

  fixture_init (&f, "desk-6");
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.2);
  fixture_run (&f, 0.3);
  from = bus_tap_count (&f.tap);
  call = f.clock.now_ns;
  lw_arm_stop (f.arm);
  until_confirmed (&f, call);
  g_assert_cmpint (bus_tap_last_new_goal (&f.tap, from), ==, 0);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_TORQUE, from), ==, 0);
  fixture_clear (&f);
}

/* On the way down before a release. */
static void
test_while_lowering (void)
{
  ArmFixture f;
  double     target[LW_MAX_JOINTS];
  size_t     from;
  int64_t    call;

  fixture_init (&f, "desk-6");
  fixture_connect (&f);
  fixture_arm (&f);
  lw_arm_get_start (f.arm, target);
  target[1] += 0.8;
  g_assert_true (lw_arm_move_to (f.arm, target, NULL));
  fixture_run (&f, 2);
  fixture_request (&f, LW_REQUEST_RELEASE);
  fixture_run (&f, 0.2);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_RUNNING);
  call = f.clock.now_ns;
  from = bus_tap_count (&f.tap);
  lw_arm_stop (f.arm);
  until_confirmed (&f, call);
  fixture_run (&f, 2);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
  g_assert_false (fixture_state (&f).limp);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_TORQUE, from), ==, 0);
  fixture_clear (&f);
}

/* Commands given before the Stop and not begun do not come to life after it. */
static void
test_drops_commands (void)
{
  ArmFixture f;
  LwPlan    *plan;
  uint32_t   run = 0;
  size_t     from;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  plan = fixture_plan (&f, 0, 0.3, 0.5);
  from = bus_tap_count (&f.tap);
  g_assert_true (lw_arm_run (f.arm, plan, &run, NULL));
  lw_arm_stop (f.arm);
  fixture_run (&f, 0.5);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
  g_assert_cmpuint (fixture_state (&f).run, ==, run);
  g_assert_true (fixture_state (&f).run_done);
  g_assert_true (fixture_state (&f).run_aborted);
  fixture_request (&f, LW_REQUEST_RESET);
  fixture_run (&f, 0.5);
  g_assert_cmpint (bus_tap_last_new_goal (&f.tap, from), ==, 0);
  lw_plan_unref (plan);
  fixture_clear (&f);
}

/* product.md 2: a bus that ignores the hold. Never "Stopped and confirmed"; a fault that says to cut the power, in time. */
static void
test_not_confirmed (void)
{
  ArmFixture f;
  int64_t    call;
  size_t     from;

  fixture_init (&f, "arm-7");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  fixture_start (&f, 0, 0.9, 1);
  fixture_run (&f, 0.3);
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_IGNORE_GOALS);
  call = f.clock.now_ns;
  lw_arm_stop (f.arm);
  while (fixture_state (&f).mode != LW_MODE_FAULT)
    {
      fixture_cycle (&f);
      g_assert_false (fixture_state (&f).stop_confirmed);
      g_assert_cmpint (f.clock.now_ns - call, <=, 500 * MS);
    }
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_NOT_CONFIRMED);
  /* It goes on trying with the same goal, and remains a fault when the bus obeys again. */
  from = bus_tap_count (&f.tap);
  fixture_run (&f, 0.2);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_GOAL, from), >, 5);
  g_assert_cmpint (bus_tap_last_new_goal (&f.tap, from), ==, 0);
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_NONE);
  fixture_run (&f, 1);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_FAULT);
  g_assert_cmpint (fixture_state (&f).reason, ==, LW_REASON_NOT_CONFIRMED);
  g_assert_true (fixture_state (&f).stop_confirmed);
  fixture_clear (&f);
}

/* Silence after the call: neither goal nor pose can be read back. */
static void
test_silence_is_no_confirmation (void)
{
  ArmFixture f;
  int64_t    call;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  fixture_start (&f, 0, 0.9, 1);
  fixture_run (&f, 0.3);
  lw_sim_bus_set_faults (f.sim, LW_SIM_FAULT_SILENT);
  call = f.clock.now_ns;
  lw_arm_stop (f.arm);
  fixture_until (&f, LW_MODE_FAULT, 0.5);
  g_assert_cmpint (f.clock.now_ns - call, <=, 500 * MS);
  g_assert_false (fixture_state (&f).stop_confirmed);
  fixture_clear (&f);
}

/* One moment out of all there are: mode, phase of the cycle, speed, packet loss. */
static void
stop_somewhere (uint32_t trial)
{
  ArmFixture f;
  LwRng      rng;
  double     target[LW_MAX_JOINTS];
  double     late = 0; /* rad/s, 350 ms after the call: an arm thrown against its torque limit swings that long */
  int64_t    call, last;
  size_t     from, mode;

  lw_rng_init (&rng, 99, LW_RNG_TEST, trial, 0);
  fixture_init (&f, "planar-2");
  f.config.seed = trial;
  f.setup.rate_hz = 50 + 25 * (double) lw_rng_below (&rng, 15);
  f.config.baud = 4000000;
  f.config.jitter_us = 30;
  fixture_connect (&f);
  lw_sim_bus_set_loss (f.sim, lw_rng_uniform (&rng) < 0.5 ? 0.02 : 0, 0);
  mode = lw_rng_below (&rng, 4);
  if (mode >= 1)
    fixture_arm (&f);
  else if (lw_rng_uniform (&rng) < 0.7)
    {
      fixture_request (&f, LW_REQUEST_HOLD); /* stopped on the way to torque */
      for (size_t i = lw_rng_below (&rng, 4); i > 0; i--)
        fixture_cycle (&f);
    }
  if (mode >= 2)
    {
      lw_arm_set_speed (f.arm, 0.1 + 0.9 * lw_rng_uniform (&rng));
      fixture_cycle (&f);
      lw_arm_get_start (f.arm, target);
      for (size_t j = 0; j < 2; j++)
        target[j] += 2 * lw_rng_uniform (&rng) - 1;
      if (mode == 2)
        g_assert_true (lw_arm_move_to (f.arm, target, NULL));
      else
        fixture_start (&f, lw_rng_below (&rng, 2), lw_rng_uniform (&rng) - 0.5, 0.3 + lw_rng_uniform (&rng));
      fixture_run (&f, 1.5 * lw_rng_uniform (&rng));
    }
  f.clock.now_ns = MAX (f.clock.now_ns, f.next_ns - (int64_t) (1e9 / f.setup.rate_hz * lw_rng_uniform (&rng)));
  lw_sim_bus_advance (f.sim, f.clock.now_ns);
  call = f.clock.now_ns;
  from = bus_tap_count (&f.tap);
  lw_arm_stop (f.arm);
  while (f.clock.now_ns - call < 600 * MS)
    {
      LwArmState state;
      double     dq[LW_MAX_JOINTS];

      fixture_cycle (&f);
      state = fixture_state (&f);
      lw_sim_bus_truth (f.sim, NULL, dq);
      if (f.clock.now_ns - call > 350 * MS && late == 0)
        late = fmax (fabs (dq[0]), fabs (dq[1]));
      g_assert_true (state.mode == LW_MODE_STOPPED || (state.mode == LW_MODE_FAULT && f.clock.now_ns - call > 400 * MS));
      if (state.stop_confirmed) /* never a false "stopped" */
        for (size_t j = 0; j < 2; j++)
          g_assert_cmpfloat (fabs (dq[j]), <, 0.1);
    }
  if (fixture_state (&f).mode == LW_MODE_FAULT) /* nor a false alarm */
    g_assert_cmpfloat (late, >, 0.1);
  g_assert_true (fixture_state (&f).stop_confirmed);
  last = bus_tap_last_new_goal (&f.tap, from);
  g_assert_cmpint (last == 0 ? 0 : last - call, <=, 80 * MS);
  fixture_clear (&f);
}

static void
test_anywhere (void)
{
  uint32_t n = lw_test_is_long () ? 2000 : 120;

  for (uint32_t trial = 0; trial < n; trial++)
    stop_somewhere (trial);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm/stop/in-a-run", test_in_a_run);
  g_test_add_func ("/arm/stop/answered-at-once", test_answered_at_once);
  g_test_add_func ("/arm/stop/in-guide", test_in_guide);
  g_test_add_func ("/arm/stop/in-hold", test_in_hold);
  g_test_add_func ("/arm/stop/while-lowering", test_while_lowering);
  g_test_add_func ("/arm/stop/drops-commands", test_drops_commands);
  g_test_add_func ("/arm/stop/not-confirmed", test_not_confirmed);
  g_test_add_func ("/arm/stop/silence-is-no-confirmation", test_silence_is_no_confirmation);
  g_test_add_func ("/arm/stop/anywhere", test_anywhere);
  return g_test_run ();
}
