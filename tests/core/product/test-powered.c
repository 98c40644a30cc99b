/* SPDX-License-Identifier: GPL-3.0-or-later */
/* An arm somebody left powered, and torque coming on however the arm was left, on the bytes. The clock is injected. */
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"
#include "on-both.h"

#define TICK (2 * G_PI / 4096)

/* A program armed the arm, moved a joint, and is gone without a word; the servos hold on. */
static void
leave_powered (ArmFixture *f, LwProtocol protocol)
{
  double target[LW_MAX_JOINTS];

  fixture_init_on (f, "desk-6", protocol);
  fixture_connect (f);
  fixture_arm (f);
  lw_arm_get_start (f->arm, target);
  target[0] += 0.3;
  g_assert_true (lw_arm_move_to (f->arm, target, NULL));
  fixture_run (f, 1.5);
  lw_assert_close (fixture_state (f).q[0], target[0], 0, 0.02);
  lw_arm_disconnect (f->arm);
  f->clock.now_ns += 3 * G_GINT64_CONSTANT (1000000000); /* long enough for any watchdog */
  lw_sim_bus_advance (f->sim, f->clock.now_ns);
}

/* 4, 5. Found powered: said so, nothing written, nothing moves, and arming it does not move it either. */
static void
test_found_powered (gconstpointer data)
{
  ArmFixture f;
  double     before[LW_MAX_JOINTS], after[LW_MAX_JOINTS];
  size_t     from;

  leave_powered (&f, protocol_of (data));
  lw_sim_bus_truth (f.sim, before, NULL);
  from = bus_tap_count (&f.tap);
  fixture_connect (&f);
  fixture_run (&f, 1);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_CONNECTED);
  g_assert_true (fixture_state (&f).found_powered);
  g_assert_false (fixture_state (&f).limp);
  lw_arm_disconnect (f.arm);
  g_assert_cmpuint (bus_tap_count (&f.tap) - from, >, 100);
  g_assert_cmpuint (bus_tap_writes (&f.tap, from), ==, 0);

  fixture_connect (&f);
  from = bus_tap_count (&f.tap);
  fixture_request (&f, LW_REQUEST_HOLD);
  for (int i = 0; i < 100; i++)
    {
      fixture_cycle (&f);
      lw_sim_bus_truth (f.sim, after, NULL);
      lw_assert_close_array (after, before, 6, 0, 3 * TICK);
    }
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_HOLD);
  g_assert_false (fixture_state (&f).found_powered);
  for (size_t i = from; i < bus_tap_count (&f.tap); i++) /* held all along: torque is not let go for a moment */
    g_assert_false (f.tap.entries[i].instruction == 0x83 && f.tap.entries[i].address == ADDRESS_TORQUE && f.tap.entries[i].value[0] == 0);
  if (protocol_of (data) == LW_PROTOCOL_DYNAMIXEL)
    g_assert_cmpint (bus_tap_last (&f.tap, ADDRESS_WATCHDOG, from)->value[0], >, 0);
  fixture_clear (&f);
}

/* 5. Limp, and moved by hand since it last had a goal: torque on does not take it back there. Ten places. */
static void
test_moved_by_hand (gconstpointer data)
{
  ArmFixture    f;
  LwKinematics *kinematics;
  const double  point[3] = { 0, 0, 0 };

  fixture_init_on (&f, "desk-6", protocol_of (data));
  fixture_connect (&f);
  kinematics = lw_kinematics_new (f.model);
  for (int k = 0; k < 10; k++)
    {
      double before[LW_MAX_JOINTS], after[LW_MAX_JOINTS], tip[3], target[3], moved = 0;
      size_t from;

      fixture_request (&f, LW_REQUEST_GUIDE);
      fixture_until (&f, LW_MODE_GUIDE, 2);
      lw_sim_bus_truth (f.sim, after, NULL);
      lw_kinematics_set (kinematics, after);
      lw_kinematics_tip (kinematics, tip, NULL);
      memcpy (target, tip, sizeof target);
      target[1] += k % 2 == 0 ? 0.1 : -0.1;
      lw_sim_bus_hand (f.sim, (int) lw_arm_model_n_joints (f.model), point, target);
      fixture_run (&f, 0.5);
      lw_sim_bus_let_go (f.sim);
      fixture_run (&f, 0.5);
      lw_sim_bus_truth (f.sim, before, NULL);
      for (size_t j = 0; j < 6; j++)
        moved = fmax (moved, fabs (before[j] - after[j]));
      g_assert_cmpfloat (moved, >, 0.05);
      from = bus_tap_count (&f.tap);
      fixture_request (&f, LW_REQUEST_HOLD);
      for (int i = 0; i < 50; i++)
        {
          fixture_cycle (&f);
          lw_sim_bus_truth (f.sim, after, NULL);
          lw_assert_close_array (after, before, 6, 0, 3 * TICK);
        }
      g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_HOLD);
      g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_TORQUE, from), >=, 1);
    }
  lw_kinematics_free (kinematics);
  fixture_clear (&f);
}

/* 9. Whatever is asked of it, slider or movement, cycles late or replies lost: no goal is further from the one before than the joint may go in one step, so that servos whose
 * program dies in between stop there. */
static void
test_one_step_ahead (gconstpointer data)
{
  ArmFixture         f;
  const BusTapEntry *last = NULL;
  const LwLimits    *limits;
  double             target[LW_MAX_JOINTS], farthest = 0;
  size_t             from, n = 0;

  fixture_init_on (&f, "desk-6", protocol_of (data));
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_cycle (&f);
  from = bus_tap_count (&f.tap);
  lw_sim_bus_set_loss (f.sim, 0.02, 0.01);
  for (int i = 0; i < 4; i++)
    {
      lw_arm_get_start (f.arm, target);
      target[0] += i % 2 == 0 ? 3 : -3;
      target[4] += i % 2 == 0 ? -1 : 1;
      g_assert_true (lw_arm_move_to (f.arm, target, NULL));
      for (int k = 0; k < 50; k++)
        {
          if (k % 11 == 7) /* the computer was busy elsewhere */
            f.next_ns += 35 * G_GINT64_CONSTANT (1000000);
          fixture_cycle (&f);
        }
    }
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_ARMED);
  limits = lw_arm_get_limits (f.arm);
  for (size_t i = from; i < bus_tap_count (&f.tap); i++)
    {
      const BusTapEntry *entry = &f.tap.entries[i];

      if (!bus_tap_is_goal (entry))
        continue;
      for (size_t j = 0; last != NULL && j < 6; j++)
        {
          double step = fabs ((entry->value[j] - last->value[j]) * TICK);

          farthest = fmax (farthest, step);
          g_assert_cmpfloat (step, <=, limits->v_max[j] / f.setup.rate_hz + 1.01 * TICK);
        }
      last = entry;
      n++;
    }
  g_test_message ("%zu goals, the longest step %.4f rad", n, farthest);
  g_assert_cmpuint (n, >, 150);
  g_assert_cmpfloat (farthest, >, 0.5 * limits->v_max[0] / f.setup.rate_hz); /* it was driven to its limit */
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  static const ProductTest tests[] = {
    { "/product/05-found-powered", test_found_powered },
    { "/product/05-moved-by-hand", test_moved_by_hand },
    { "/product/09-one-step-ahead", test_one_step_ahead },
  };

  g_test_init (&argc, &argv, NULL);
  add_on_both (tests, G_N_ELEMENTS (tests));
  return g_test_run ();
}
