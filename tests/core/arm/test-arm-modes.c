/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Connecting, torque, release: what an arm does when nobody has asked it to move. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "lw-assert-close.h"

#define TICK (2 * G_PI / 4096)

/* product.md 4: connecting, looking on for a while and disconnecting write nothing at all. */
static void
test_connect_writes_nothing (void)
{
  ArmFixture f;
  LwArmState state;
  double     truth[LW_MAX_JOINTS];

  fixture_init (&f, "arm-7");
  fixture_connect (&f);
  fixture_run (&f, 1);
  state = fixture_state (&f);
  g_assert_cmpint (state.mode, ==, LW_MODE_CONNECTED);
  g_assert_true (state.limp);
  g_assert_cmpuint (state.n_joints, ==, 7);
  lw_sim_bus_truth (f.sim, truth, NULL);
  lw_assert_close_array (state.q, truth, 7, 0, TICK);
  g_assert_true (isnan (state.goal[0]));
  g_assert_cmpfloat (state.temperature, >, 10);
  g_assert_cmpfloat (state.voltage, >, 5);
  lw_assert_close (state.rate_hz, 100, 0.01, 0);
  lw_arm_disconnect (f.arm);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_DISCONNECTED);
  g_assert_cmpuint (bus_tap_count (&f.tap), >, 100);
  g_assert_cmpuint (bus_tap_writes (&f.tap, 0), ==, 0);
  /* And again, without a restart. */
  fixture_connect (&f);
  fixture_run (&f, 0.1);
  g_assert_cmpuint (bus_tap_writes (&f.tap, 0), ==, 0);
  fixture_clear (&f);
}

static void
test_identities (void)
{
  ArmFixture f;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  for (size_t j = 0; j < 2; j++)
    {
      const LwServoIdentity *identity = &lw_arm_get_identities (f.arm)[j];

      g_assert_cmpuint (identity->id, ==, 1 + j);
      g_assert_cmpuint (identity->model, ==, 1020);
      g_assert_cmpstr (identity->name, ==, "XM430-W350");
    }
  fixture_clear (&f);
}

static void
test_connect_failures (void)
{
  ArmFixture       f;
  g_autoptr (GError) error = NULL;
  uint8_t          ids[LW_MAX_JOINTS] = { 1, 2, 3 };

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  lw_arm_disconnect (f.arm);

  /* A servo is missing: the error names it. */
  lw_sim_bus_set_missing (f.sim, 1, true);
  g_assert_false (lw_arm_connect_stepped (f.arm, lw_dynamixel_new (lw_sim_bus_direct (f.sim, &f.clock), ids, 2), &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "Servo 2"));
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_DISCONNECTED);
  g_clear_error (&error);
  lw_sim_bus_set_missing (f.sim, 1, false);

  g_assert_false (lw_arm_connect_stepped (f.arm, lw_dynamixel_new (lw_sim_bus_direct (f.sim, &f.clock), ids, 3), &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
  g_clear_error (&error);

  fixture_connect (&f);
  g_assert_false (lw_arm_connect_stepped (f.arm, lw_dynamixel_new (lw_sim_bus_direct (f.sim, &f.clock), ids, 2), &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE);
  g_assert_cmpuint (bus_tap_writes (&f.tap, 0), ==, 0);
  fixture_clear (&f);
}

/* product.md 5: goal = present first, then torque, both read back; the arm does not move by a step. */
static void
test_torque_on (void)
{
  ArmFixture f;
  double     before[LW_MAX_JOINTS], after[LW_MAX_JOINTS];
  size_t     goal = 0, torque = 0, watchdog_off = 0, watchdog_on = 0, from;

  fixture_init (&f, "desk-6");
  fixture_connect (&f);
  fixture_run (&f, 0.2);
  lw_sim_bus_truth (f.sim, before, NULL);
  fixture_request (&f, LW_REQUEST_HOLD);
  from = bus_tap_count (&f.tap);
  fixture_until (&f, LW_MODE_HOLD, 0.1);
  for (size_t i = from; i < bus_tap_count (&f.tap); i++)
    {
      const BusTapEntry *entry = &f.tap.entries[i];

      if (entry->instruction != 0x83)
        continue;
      if (entry->address == ADDRESS_WATCHDOG && entry->value[0] == 0)
        watchdog_off = i;
      if (entry->address == ADDRESS_WATCHDOG && entry->value[0] != 0)
        watchdog_on = i;
      if (entry->address == ADDRESS_GOAL)
        goal = i;
      if (entry->address == ADDRESS_TORQUE)
        torque = i;
    }
  g_assert_cmpuint (watchdog_off, >, 0);
  g_assert_cmpuint (goal, >, watchdog_off);
  g_assert_cmpuint (watchdog_on, >, goal);
  g_assert_cmpuint (torque, >, watchdog_on);
  g_assert_cmpint (f.tap.entries[watchdog_on].value[0], ==, 200 / 20);
  for (size_t j = 0; j < 6; j++)
    {
      double angle = (f.tap.entries[goal].value[j] - 2048) * TICK;

      g_assert_cmpint (f.tap.entries[torque].value[j], ==, 1);
      g_assert_cmpfloat (fabs (angle - lw_calibration_servo (&f.setup.calibration, j, before[j])), <=, TICK);
    }
  /* One constant goal: nothing more is written while it holds, and the arm stays. */
  from = bus_tap_count (&f.tap);
  fixture_run (&f, 2);
  g_assert_cmpuint (bus_tap_writes (&f.tap, from), ==, 0);
  lw_sim_bus_truth (f.sim, after, NULL);
  lw_assert_close_array (after, before, 6, 0, 2 * TICK);
  lw_assert_close_array (fixture_state (&f).goal, before, 6, 0, TICK);
  g_assert_false (fixture_state (&f).limp);
  fixture_clear (&f);
}

/* From Guide under a moving hand: the goal is where the arm is, not where it was when guiding began. */
static void
test_torque_on_after_guiding (void)
{
  ArmFixture   f;
  const double point[3] = { 0, 0, 0 };
  double       tip[3], target[3], before[LW_MAX_JOINTS], home[LW_MAX_JOINTS], after[LW_MAX_JOINTS];
  size_t       from;

  fixture_init (&f, "arm-7");
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_GUIDE);
  fixture_until (&f, LW_MODE_GUIDE, 0.1);
  g_assert_cmpuint (bus_tap_writes (&f.tap, 0), ==, 0); /* it was limp already */
  memcpy (home, fixture_state (&f).q, sizeof home);

  LwKinematics *kinematics = lw_kinematics_new (f.model);
  lw_kinematics_set (kinematics, home);
  lw_kinematics_tip (kinematics, tip, NULL);
  for (int i = 0; i < 100; i++)
    {
      target[0] = tip[0];
      target[1] = tip[1] + 0.002 * i;
      target[2] = tip[2];
      lw_sim_bus_hand (f.sim, 7, point, target);
      fixture_cycle (&f);
    }
  from = bus_tap_count (&f.tap);
  lw_sim_bus_truth (f.sim, before, NULL);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.2);
  lw_sim_bus_let_go (f.sim);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_GOAL, from), ==, 1);
  lw_assert_close_array (fixture_state (&f).goal, before, 7, 0, 0.02); /* the hand went on for one cycle */
  fixture_run (&f, 1);
  lw_sim_bus_truth (f.sim, after, NULL);
  lw_assert_close_array (after, fixture_state (&f).goal, 7, 0, 0.01);
  g_assert_cmpfloat (fabs (before[0] - home[0]), >, 0.05); /* it was really moved */
  lw_kinematics_free (kinematics);
  fixture_clear (&f);
}

/* Guide from Hold: torque off, read back; then nothing is written. */
static void
test_guide_from_hold (void)
{
  ArmFixture f;
  size_t     from;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.1);
  from = bus_tap_count (&f.tap);
  fixture_request (&f, LW_REQUEST_GUIDE);
  fixture_until (&f, LW_MODE_GUIDE, 0.1);
  g_assert_true (fixture_state (&f).limp);
  g_assert_cmpint (bus_tap_last (&f.tap, ADDRESS_TORQUE, from)->value[0], ==, 0);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_GOAL, from), ==, 0);
  g_assert_true (isnan (fixture_state (&f).goal[1]));
  fixture_request (&f, LW_REQUEST_RELEASE);
  fixture_until (&f, LW_MODE_CONNECTED, 0.1);
  fixture_clear (&f);
}

/* Releasing a powered arm lowers it to rest, within the limits, before torque goes off. */
static void
test_release_lowers (void)
{
  ArmFixture         f;
  const LwJointInfo *joints;
  double             target[LW_MAX_JOINTS], truth[LW_MAX_JOINTS];
  size_t             from;

  fixture_init (&f, "desk-6");
  fixture_connect (&f);
  joints = lw_arm_model_joints (f.model);
  fixture_arm (&f);
  for (size_t j = 0; j < 6; j++)
    target[j] = joints[j].home + 0.3;
  g_assert_true (lw_arm_move_to (f.arm, target, NULL));
  fixture_run (&f, 2);
  lw_assert_close_array (fixture_state (&f).goal, target, 6, 0, 1e-9);

  from = bus_tap_count (&f.tap);
  fixture_request (&f, LW_REQUEST_RELEASE);
  fixture_cycle (&f);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_RUNNING);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_TORQUE, from), ==, 0);
  fixture_until (&f, LW_MODE_CONNECTED, 5);
  g_assert_true (fixture_state (&f).limp);
  const BusTapEntry *off = bus_tap_last (&f.tap, ADDRESS_TORQUE, from);
  g_assert_cmpint (off->value[0], ==, 0);
  g_assert_cmpint (bus_tap_last_new_goal (&f.tap, from), <, off->t_ns);
  for (size_t j = 0; j < 6; j++)
    {
      double goal = (bus_tap_last (&f.tap, ADDRESS_GOAL, from)->value[j] - 2048) * TICK;

      lw_assert_close (lw_calibration_joint (&f.setup.calibration, j, goal), joints[j].home, 0, TICK);
    }
  lw_sim_bus_truth (f.sim, truth, NULL);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (truth[j], joints[j].home, 0, 0.01);
  fixture_clear (&f);
}

/* Found powered, as after a crash: it is said, nothing is written, Hold keeps the goal, and it can be lowered. */
static void
test_found_powered (void)
{
  ArmFixture f;
  double     goal[LW_MAX_JOINTS];
  size_t     from;

  fixture_init (&f, "planar-2");
  fixture_connect (&f);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.1);
  memcpy (goal, fixture_state (&f).goal, sizeof goal);
  lw_arm_disconnect (f.arm); /* stepped: torque stays */
  g_assert_false (fixture_state (&f).limp);
  lw_sim_bus_advance (f.sim, f.clock.now_ns += 3000000000); /* the watchdog has triggered meanwhile */

  from = bus_tap_count (&f.tap);
  fixture_connect (&f);
  fixture_run (&f, 0.5);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_CONNECTED);
  g_assert_false (fixture_state (&f).limp);
  lw_assert_close_array (fixture_state (&f).goal, goal, 2, 0, TICK);
  g_assert_cmpuint (bus_tap_writes (&f.tap, from), ==, 0);

  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.2);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_GOAL, from), ==, 0);
  g_assert_cmpuint (bus_tap_writes_to (&f.tap, ADDRESS_TORQUE, from), ==, 0);
  g_assert_cmpint (bus_tap_last (&f.tap, ADDRESS_WATCHDOG, from)->value[0], ==, 10);
  fixture_request (&f, LW_REQUEST_RELEASE);
  fixture_until (&f, LW_MODE_CONNECTED, 10);
  g_assert_true (fixture_state (&f).limp);
  fixture_clear (&f);
}

/* What the mode machine refuses is refused with a sentence, and what is so already is granted. */
static void
test_refusals (void)
{
  ArmFixture         f;
  g_autoptr (GError) error = NULL;
  double             q[LW_MAX_JOINTS] = { 0 };

  fixture_init (&f, "planar-2");
  f.arm = lw_arm_new (&f.setup);
  g_assert_false (lw_arm_request (f.arm, LW_REQUEST_HOLD, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_NOT_CONNECTED);
  g_clear_error (&error);
  lw_arm_stop (f.arm); /* nothing to stop, nothing left over for later */
  lw_arm_free (f.arm);

  fixture_connect (&f);
  g_assert_false (lw_arm_request (f.arm, LW_REQUEST_ARM, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE);
  g_assert_nonnull (strstr (error->message, "Connected"));
  g_clear_error (&error);
  g_assert_false (lw_arm_move_to (f.arm, q, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE);
  g_clear_error (&error);
  fixture_arm (&f);
  g_assert_false (lw_arm_request (f.arm, LW_REQUEST_RESET, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_MODE);
  g_clear_error (&error);
  g_assert_true (lw_arm_request (f.arm, LW_REQUEST_ARM, &error));
  q[1] = NAN;
  g_assert_false (lw_arm_move_to (f.arm, q, &error));
  g_assert_error (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
  fixture_clear (&f);
}

static void
test_bad_setups (void)
{
  ArmFixture f;
  LwArmSetup bad;

  fixture_init (&f, "planar-2");
#define BAD(change) \
  do \
    { \
      bad = f.setup; \
      change; \
      g_assert_null (lw_arm_new (&bad)); \
    } \
  while (0)
  BAD (bad.model = NULL);
  BAD (bad.rate_hz = 49);
  BAD (bad.rate_hz = 401);
  BAD (bad.rate_hz = NAN);
  BAD (bad.speed = 0);
  BAD (bad.calibration.sign[1] = 0);
  BAD (bad.calibration.zero[0] = NAN);
  BAD (bad.limits.n_joints = 1);
  BAD (bad.limits.v_max[0] = 0);
#undef BAD
  fixture_clear (&f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm/modes/connect-writes-nothing", test_connect_writes_nothing);
  g_test_add_func ("/arm/modes/identities", test_identities);
  g_test_add_func ("/arm/modes/connect-failures", test_connect_failures);
  g_test_add_func ("/arm/modes/torque-on", test_torque_on);
  g_test_add_func ("/arm/modes/torque-on-after-guiding", test_torque_on_after_guiding);
  g_test_add_func ("/arm/modes/guide-from-hold", test_guide_from_hold);
  g_test_add_func ("/arm/modes/release-lowers", test_release_lowers);
  g_test_add_func ("/arm/modes/found-powered", test_found_powered);
  g_test_add_func ("/arm/modes/refusals", test_refusals);
  g_test_add_func ("/arm/modes/bad-setups", test_bad_setups);
  return g_test_run ();
}
