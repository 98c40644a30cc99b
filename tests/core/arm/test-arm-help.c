/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Gravity help in Guide: on servos that do just what they are told, and on the simulated Dynamixel servos in current mode. */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "arm-fixture.h"
#include "fake-bus.h"
#include "lw-assert-close.h"

#define MS G_GINT64_CONSTANT (1000000)
#define CAN_HELP (FAKE_ALL | LW_BUS_HAS_TORQUE)

/* Stretched out, where gravity pulls. */
static void
begin (FakeArm *f, const char *arm, double help)
{
  double q0[LW_MAX_JOINTS];

  fake_arm_init (f, arm, CAN_HELP);
  for (size_t j = 0; j < f->bus->base.n_servos; j++)
    q0[j] = lw_arm_model_joints (f->model)[j].home + (j == 1 ? 0.4 : 0);
  f->setup.gravity_help = help;
  fake_arm_place (f, q0);
  fake_arm_connect (f);
  g_assert_true (lw_arm_can_help (f->arm));
}

static void
guide (FakeArm *f, const char *arm, double help)
{
  begin (f, arm, help);
  fake_arm_request (f, LW_REQUEST_GUIDE);
  fake_arm_until (f, LW_MODE_GUIDE, 0.2);
}

static double
farthest (const FakeArm *f, const double *shaft)
{
  double most = 0;

  for (size_t j = 0; j < f->bus->base.n_servos; j++)
    most = fmax (most, fabs (f->bus->shaft[j] - shaft[j]));
  return most;
}

/* Let go of, an arm in gravity help stays about where it is; without, it falls. The gears of small arms hold the tenth that is missing; those of arm-7 do not. */
static void
test_stays (void)
{
  const struct {
    const char *name;
    double      help;
  } arms[] = { { "desk-6", LW_GRAVITY_HELP_DEFAULT }, { "planar-7", 1 }, { "arm-7", 1 } };

  for (size_t i = 0; i < G_N_ELEMENTS (arms); i++)
    for (int none = 0; none < 2; none++)
      {
        FakeArm f;
        double  before[LW_MAX_JOINTS];

        guide (&f, arms[i].name, none ? 1e-9 : arms[i].help);
        g_assert_true (fake_arm_state (&f).gravity_help);
        g_assert_false (fake_arm_state (&f).limp);
        g_assert_true (isnan (fake_arm_state (&f).goal[0]));
        g_assert_nonnull (strstr (lw_arm_state_text (&(LwArmState){ .mode = LW_MODE_GUIDE, .gravity_help = TRUE }), "weight"));
        memcpy (before, f.bus->shaft, sizeof before);
        fake_arm_run (&f, 10);
        g_test_message ("%s %s help: %.3f rad in 10 s", arms[i].name, none ? "without" : "with", farthest (&f, before));
        if (none)
          g_assert_cmpfloat (farthest (&f, before), >, 0.1);
        else
          g_assert_cmpfloat (farthest (&f, before), <, 0.05);
        g_assert_cmpuint (f.bus->wrong, ==, 0);
        g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_GUIDE);
        fake_arm_clear (&f);
      }
}

/* A hand (a weak spring) draws the tip 10 cm sideways and it comes along. */
static void
test_is_moved_easily (void)
{
  FakeArm       f;
  LwKinematics *kinematics;
  double        point[3], tip[3], target[3], at[3], q[LW_MAX_JOINTS];
  int           body;

  guide (&f, "arm-7", LW_GRAVITY_HELP_DEFAULT);
  kinematics = lw_kinematics_new (f.model);
  body = lw_arm_model_tip (f.model, point);
  memcpy (q, fake_arm_state (&f).q, sizeof q);
  lw_kinematics_set (kinematics, q);
  lw_kinematics_tip (kinematics, tip, NULL);
  memcpy (target, tip, sizeof target);
  for (int i = 0; i < 300; i++)
    {
      target[1] = tip[1] + 0.10 * fmin (1, i / 200.0);
      lw_dynamics_hand (f.bus->dynamics, body, point, target, 300, 30); /* 300 N/m: 3 N at a centimetre */
      fake_arm_cycle (&f);
    }
  memcpy (q, fake_arm_state (&f).q, sizeof q);
  lw_kinematics_set (kinematics, q);
  lw_kinematics_tip (kinematics, at, NULL);
  g_test_message ("asked for 100 mm to the side, came %.0f mm", 1e3 * (at[1] - tip[1]));
  g_assert_cmpfloat (at[1] - tip[1], >, 0.06);
  g_assert_cmpfloat (fabs (at[2] - tip[2]), <, 0.03);
  lw_kinematics_free (kinematics);
  fake_arm_clear (&f);
}

/* Nothing read any more: what is told fades, and is nothing by the time it is a fault. */
static void
test_silence (void)
{
  FakeArm f;
  int64_t begun;
  double  last = HUGE_VAL;

  guide (&f, "desk-6", 1);
  fake_arm_run (&f, 0.5);
  g_assert_cmpfloat (fabs (f.bus->torques[1]), >, 0.01);
  f.bus->silent = true;
  begun = f.clock.now_ns;
  while (fake_arm_state (&f).mode == LW_MODE_GUIDE)
    {
      fake_arm_cycle (&f);
      g_assert_cmpfloat (fabs (f.bus->torques[1]), <=, last + 1e-12);
      last = fabs (f.bus->torques[1]);
      g_assert_cmpint (f.clock.now_ns - begun, <=, 200 * MS);
    }
  g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_FAULT);
  g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_NO_ANSWER);
  fake_arm_run (&f, 0.05);
  for (size_t j = 0; j < 6; j++)
    g_assert_cmpfloat (fabs (f.bus->torques[j]), <, 1e-9);
  fake_arm_run (&f, 1);
  g_assert_false (fake_arm_state (&f).stop_confirmed);
  g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_NO_ANSWER);
  fake_arm_clear (&f);
}

/* Stop keeps the weight carried, damps, never grabs, and is confirmed, be the arm at rest or thrown by a hand. */
static void
test_stop (void)
{
  for (int thrown = 0; thrown < 2; thrown++)
    {
      FakeArm f;
      int64_t call;
      double  q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS] = { 0 }, before[LW_MAX_JOINTS];
      size_t  goals;

      guide (&f, "arm-7", 1);
      fake_arm_run (&f, 0.3);
      if (thrown)
        {
          lw_dynamics_get (f.bus->dynamics, q, NULL);
          dq[0] = 1.2;
          lw_dynamics_set (f.bus->dynamics, q, dq);
          fake_arm_run (&f, 0.03);
          g_assert_cmpfloat (fabs (f.bus->speed[0]), >, 0.4);
        }
      goals = f.bus->n_goals;
      call = f.clock.now_ns;
      lw_arm_stop (f.arm);
      while (!fake_arm_state (&f).stop_confirmed)
        {
          fake_arm_cycle (&f);
          g_assert_cmpint (f.clock.now_ns - call, <=, 450 * MS);
        }
      g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_STOPPED);
      g_assert_true (fake_arm_state (&f).gravity_help);
      fake_arm_run (&f, 0.5);
      g_assert_cmpfloat (fabs (f.bus->speed[0]), <, 0.05);
      memcpy (before, f.bus->shaft, sizeof before);
      fake_arm_run (&f, 5);
      g_assert_cmpfloat (farthest (&f, before), <, 0.05);
      g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_STOPPED);
      g_assert_cmpuint (f.bus->n_goals, ==, goals);

      /* Reset: held where it is. */
      memcpy (before, f.bus->shaft, sizeof before);
      fake_arm_request (&f, LW_REQUEST_RESET);
      fake_arm_until (&f, LW_MODE_CONNECTED, 0.1);
      fake_arm_run (&f, 0.5);
      g_assert_false (fake_arm_state (&f).gravity_help);
      g_assert_false (fake_arm_state (&f).limp);
      g_assert_true (f.bus->powered[0]);
      g_assert_cmpfloat (farthest (&f, before), <, 0.01);
      g_assert_cmpuint (f.bus->wrong, ==, 0);
      fake_arm_clear (&f);
    }
}

/* A servo that does not press as told, on an arm that keeps moving: not confirmed. */
static void
test_stop_not_confirmed (void)
{
  FakeArm f;
  double  q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS] = { 0 };
  int64_t call;

  guide (&f, "arm-7", 1);
  fake_arm_run (&f, 0.3);
  f.bus->deaf = true;
  call = f.clock.now_ns;
  lw_arm_stop (f.arm);
  while (fake_arm_state (&f).mode != LW_MODE_FAULT)
    {
      lw_dynamics_get (f.bus->dynamics, q, NULL);
      dq[1] = 1.5; /* somebody swings it */
      lw_dynamics_set (f.bus->dynamics, q, dq);
      fake_arm_cycle (&f);
      g_assert_false (fake_arm_state (&f).stop_confirmed);
      g_assert_cmpint (f.clock.now_ns - call, <=, 500 * MS);
    }
  g_assert_cmpint (fake_arm_state (&f).reason, ==, LW_REASON_NOT_CONFIRMED);
  fake_arm_clear (&f);
}

/* There and back: the control is switched with torque off only, and the arm hardly sinks meanwhile. */
static void
test_ways (void)
{
  FakeArm            f;
  double             before[LW_MAX_JOINTS];

  begin (&f, "desk-6", LW_GRAVITY_HELP_DEFAULT);
  fake_arm_arm (&f);
  memcpy (before, f.bus->shaft, sizeof before);
  for (int round = 0; round < 3; round++)
    {
      fake_arm_request (&f, LW_REQUEST_GUIDE);
      fake_arm_until (&f, LW_MODE_GUIDE, 0.3);
      g_assert_true (f.bus->torque_control);
      g_assert_cmpuint (f.bus->watchdog_ms, >, 0);
      fake_arm_run (&f, 0.2);
      fake_arm_request (&f, LW_REQUEST_HOLD);
      fake_arm_until (&f, LW_MODE_HOLD, 0.3);
      g_assert_false (f.bus->torque_control);
      g_assert_false (fake_arm_state (&f).gravity_help);
      fake_arm_run (&f, 0.2);
      g_assert_cmpfloat (farthest (&f, before), <, 0.03);
    }
  fake_arm_request (&f, LW_REQUEST_GUIDE);
  fake_arm_until (&f, LW_MODE_GUIDE, 0.3);
  fake_arm_request (&f, LW_REQUEST_RELEASE);
  fake_arm_until (&f, LW_MODE_CONNECTED, 0.3);
  g_assert_true (fake_arm_state (&f).limp);
  g_assert_false (f.bus->torque_control);
  g_assert_false (f.bus->powered[0]);

  /* Without it, Guide is torque off. */
  lw_arm_set_gravity_help (f.arm, NAN);
  lw_arm_set_gravity_help (f.arm, 1.1);
  lw_arm_set_gravity_help (f.arm, 0);
  fake_arm_request (&f, LW_REQUEST_GUIDE);
  fake_arm_until (&f, LW_MODE_GUIDE, 0.1);
  g_assert_true (fake_arm_state (&f).limp);
  g_assert_false (fake_arm_state (&f).gravity_help);
  g_assert_cmpuint (f.bus->wrong, ==, 0);
  fake_arm_clear (&f);

  fake_arm_init (&f, "desk-6", FAKE_ALL); /* servos that cannot */
  f.setup.gravity_help = 1;
  fake_arm_connect (&f);
  g_assert_false (lw_arm_can_help (f.arm));
  fake_arm_request (&f, LW_REQUEST_GUIDE);
  fake_arm_until (&f, LW_MODE_GUIDE, 0.1);
  g_assert_true (fake_arm_state (&f).limp);
  fake_arm_clear (&f);
}

/* Found in torque control, as after a crash: Hold holds it by its place. */
static void
test_found_helped (void)
{
  FakeArm f;
  double  before[LW_MAX_JOINTS];

  begin (&f, "desk-6", 0);
  lw_arm_disconnect (f.arm);
  fake_arm_clear (&f);

  fake_arm_init (&f, "desk-6", CAN_HELP);
  f.bus->torque_control = true;
  for (size_t j = 0; j < 6; j++)
    f.bus->powered[j] = true;
  fake_arm_connect (&f);
  g_assert_true (fake_arm_state (&f).found_powered);
  memcpy (before, f.bus->shaft, sizeof before);
  fake_arm_request (&f, LW_REQUEST_HOLD);
  fake_arm_until (&f, LW_MODE_HOLD, 0.3);
  g_assert_false (f.bus->torque_control);
  g_assert_cmpuint (f.bus->wrong, ==, 0);
  g_assert_cmpfloat (farthest (&f, before), <, 0.05);
  fake_arm_clear (&f);
}

/* A calibration whose signs are wrong presses the wrong way: the arm does not race. */
static void
test_wrong_model (void)
{
  FakeArm       f;
  LwCalibration wrong;
  double        fastest = 0;

  fake_arm_init (&f, "arm-7", CAN_HELP);
  wrong = f.setup.calibration;
  f.bus->calibration = &wrong; /* the shafts' own */
  for (size_t j = 0; j < 7; j++)
    f.setup.calibration.sign[j] = -1;
  f.setup.gravity_help = 1;
  for (size_t j = 0; j < 7; j++)
    f.bus->shaft[j] = lw_calibration_servo (&wrong, j, lw_arm_model_joints (f.model)[j].home);
  fake_arm_connect (&f);
  fake_arm_request (&f, LW_REQUEST_GUIDE);
  fake_arm_until (&f, LW_MODE_GUIDE, 0.2);
  for (int i = 0; i < 300; i++)
    {
      fake_arm_cycle (&f);
      for (size_t j = 0; j < 7; j++)
        fastest = fmax (fastest, fabs (f.bus->speed[j]) / f.setup.limits.v_max[j]);
    }
  g_test_message ("wrong signs: at most %.1f v_max", fastest);
  g_assert_cmpfloat (fastest, <, 3); /* it falls as it would without help */
  fake_arm_clear (&f);
}

/* The same on the bytes of a Dynamixel bus, XM430 in current mode: it stays, a Stop is confirmed, Hold takes it over, and no servo was told a mode while powered. */
static void
test_dynamixel (void)
{
  ArmFixture f;
  double     before[LW_MAX_JOINTS], after[LW_MAX_JOINTS];
  bool       on = false;
  size_t     n_modes = 0;

  fixture_init (&f, "desk-6");
  f.config.balanced = false;
  f.setup.gravity_help = LW_GRAVITY_HELP_DEFAULT;
  fixture_connect (&f);
  fixture_arm (&f);
  fixture_run (&f, 0.2);
  lw_sim_bus_truth (f.sim, before, NULL);
  fixture_request (&f, LW_REQUEST_GUIDE);
  fixture_until (&f, LW_MODE_GUIDE, 0.3);
  g_assert_true (fixture_state (&f).gravity_help);
  fixture_run (&f, 10);
  lw_sim_bus_truth (f.sim, after, NULL);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (after[j], before[j], 0, 0.1);
  lw_arm_stop (f.arm);
  fixture_run (&f, 0.5);
  g_assert_cmpint (fixture_state (&f).mode, ==, LW_MODE_STOPPED);
  g_assert_true (fixture_state (&f).stop_confirmed);
  g_assert_true (fixture_state (&f).gravity_help);
  fixture_request (&f, LW_REQUEST_RESET);
  fixture_until (&f, LW_MODE_CONNECTED, 0.3);
  fixture_request (&f, LW_REQUEST_HOLD);
  fixture_until (&f, LW_MODE_HOLD, 0.3);
  g_assert_false (fixture_state (&f).gravity_help);
  lw_sim_bus_truth (f.sim, after, NULL);
  for (size_t j = 0; j < 6; j++)
    lw_assert_close (after[j], before[j], 0, 0.12);
  for (size_t i = 0; i < bus_tap_count (&f.tap); i++)
    {
      const BusTapEntry *entry = &f.tap.entries[i];

      if (entry->instruction == 0x83 && entry->address == ADDRESS_TORQUE)
        on = entry->value[0] != 0;
      if (entry->instruction == 0x03 && entry->address == ADDRESS_MODE)
        {
          n_modes++;
          g_assert_false (on);
        }
    }
  g_assert_cmpuint (n_modes, >=, 12);
  fixture_clear (&f);
}

/* Servos mounted the other way round carry the weight as well, from the moment their torque comes on. */
static void
test_reversed (void)
{
  FakeArm f;
  double  q0[LW_MAX_JOINTS], before[LW_MAX_JOINTS];

  fake_arm_init (&f, "desk-6", CAN_HELP);
  for (size_t j = 0; j < 6; j++)
    q0[j] = lw_arm_model_joints (f.model)[j].home + (j == 1 ? 0.4 : 0);
  f.setup.calibration.sign[1] = f.setup.calibration.sign[3] = -1;
  f.setup.gravity_help = LW_GRAVITY_HELP_DEFAULT;
  fake_arm_place (&f, q0);
  fake_arm_connect (&f);
  fake_arm_request (&f, LW_REQUEST_GUIDE);
  fake_arm_until (&f, LW_MODE_GUIDE, 0.2);
  memcpy (before, f.bus->shaft, sizeof before);
  fake_arm_run (&f, 3);
  g_assert_cmpfloat (farthest (&f, before), <, 0.05);
  g_assert_cmpfloat (fabs (f.bus->torques[1]), >, 0.05);
  lw_assert_close (f.bus->at_power[1], f.bus->torques[1], 0.1, 0);
  fake_arm_clear (&f);
}

/* A joint that runs away is left to itself. */
static void
test_runs_away (void)
{
  FakeArm f;
  double  q[LW_MAX_JOINTS], dq[LW_MAX_JOINTS];

  guide (&f, "desk-6", LW_GRAVITY_HELP_DEFAULT);
  fake_arm_run (&f, 0.2);
  g_assert_cmpfloat (fabs (f.bus->torques[1]), >, 0.05);
  lw_dynamics_get (f.bus->dynamics, q, dq);
  dq[1] = 6 * f.setup.limits.v_max[1];
  lw_dynamics_set (f.bus->dynamics, q, dq);
  fake_arm_cycle (&f);
  g_assert_cmpfloat (fabs (fake_arm_state (&f).dq[1]), >, 2 * f.setup.limits.v_max[1]);
  g_assert_cmpfloat (fabs (f.bus->torques[1]), ==, 0);
  fake_arm_clear (&f);
}

/* Stopped while it is helped, an arm is not said to be held when a servo has gone limp without a word, or reports an error. */
static void
test_stop_not_held (void)
{
  for (int error = 0; error < 2; error++)
    {
      FakeArm f;

      guide (&f, "desk-6", LW_GRAVITY_HELP_DEFAULT);
      fake_arm_run (&f, 0.3);
      f.bus->powered[0] = error;
      f.bus->error[0] = error ? 0x20 : 0;
      lw_arm_stop (f.arm);
      for (int i = 0; i < 60; i++)
        {
          fake_arm_cycle (&f);
          g_assert_false (fake_arm_state (&f).stop_confirmed);
        }
      g_assert_cmpint (fake_arm_state (&f).mode, ==, LW_MODE_FAULT);
      g_assert_cmpint (fake_arm_state (&f).reason, ==, error ? LW_REASON_HARDWARE : LW_REASON_NOT_CONFIRMED);
      fake_arm_clear (&f);
    }
}

/* The help ends, and the arm sinks before its servos hold angles again: they hold where it is by then, and do not lift it back. */
static void
test_sinks_into_hold (void)
{
  FakeArm f;
  double  before;

  guide (&f, "desk-6", LW_GRAVITY_HELP_DEFAULT);
  fake_arm_run (&f, 0.3);
  f.bus->slip = -0.04;
  before = f.bus->shaft[0];
  fake_arm_request (&f, LW_REQUEST_HOLD);
  fake_arm_until (&f, LW_MODE_HOLD, 0.3);
  fake_arm_run (&f, 0.3);
  lw_assert_close (f.bus->shaft[0] - before, -0.04, 0, 0.005);
  fake_arm_clear (&f);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/arm/help/stays", test_stays);
  g_test_add_func ("/arm/help/is-moved-easily", test_is_moved_easily);
  g_test_add_func ("/arm/help/silence", test_silence);
  g_test_add_func ("/arm/help/stop", test_stop);
  g_test_add_func ("/arm/help/stop-not-confirmed", test_stop_not_confirmed);
  g_test_add_func ("/arm/help/ways", test_ways);
  g_test_add_func ("/arm/help/found-helped", test_found_helped);
  g_test_add_func ("/arm/help/wrong-model", test_wrong_model);
  g_test_add_func ("/arm/help/dynamixel", test_dynamixel);
  g_test_add_func ("/arm/help/sinks-into-hold", test_sinks_into_hold);
  g_test_add_func ("/arm/help/reversed", test_reversed);
  g_test_add_func ("/arm/help/runs-away", test_runs_away);
  g_test_add_func ("/arm/help/stop-not-held", test_stop_not_held);
  return g_test_run ();
}
