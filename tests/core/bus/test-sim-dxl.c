/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-dxl.h"

static void
test_factory (void)
{
  Rig rig;

  rig_init (&rig, 0.5);
  g_assert_cmpint (get (&rig, LW_DXL_MODEL_NUMBER, 2), ==, 1020);
  g_assert_cmpint (get (&rig, LW_DXL_ID, 1), ==, 3);
  g_assert_cmpint (get (&rig, LW_DXL_RETURN_DELAY, 1), ==, 125);
  g_assert_cmpint (get (&rig, LW_DXL_OPERATING_MODE, 1), ==, LW_DXL_MODE_POSITION);
  g_assert_cmpint (get (&rig, LW_DXL_TORQUE_ENABLE, 1), ==, 0);
  g_assert_cmpint (get (&rig, LW_DXL_POSITION_P_GAIN, 2), ==, 800);
  g_assert_cmpint (get (&rig, LW_DXL_STATUS_RETURN, 1), ==, 2);
  g_assert_cmpint (get (&rig, LW_DXL_SHUTDOWN, 1), ==, 0x34);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 2048 + 326);
  g_assert_cmpint (get (&rig, LW_DXL_GOAL_POSITION, 4), ==, 2048 + 326);
}

static void
test_errors (void)
{
  static const struct {
    const char *what;
    uint16_t    address, size;
    int32_t     value;
    uint8_t     error;
  } cases[] = {
    { "read-only item", LW_DXL_PRESENT_POSITION, 4, 0, LW_DYNAMIXEL_ERROR_ACCESS },
    { "no item there", 66, 1, 0, LW_DYNAMIXEL_ERROR_ACCESS },
    { "inside an item", LW_DXL_GOAL_POSITION + 1, 2, 0, LW_DYNAMIXEL_ERROR_ACCESS },
    { "two of four bytes", LW_DXL_GOAL_POSITION, 2, 0, LW_DYNAMIXEL_ERROR_LENGTH },
    { "torque 2", LW_DXL_TORQUE_ENABLE, 1, 2, LW_DYNAMIXEL_ERROR_RANGE },
    { "mode 2", LW_DXL_OPERATING_MODE, 1, 2, LW_DYNAMIXEL_ERROR_RANGE },
    { "id 253", LW_DXL_ID, 1, 253, LW_DYNAMIXEL_ERROR_RANGE },
    { "goal beyond a turn", LW_DXL_GOAL_POSITION, 4, 4096, LW_DYNAMIXEL_ERROR_LIMIT },
    { "goal below zero", LW_DXL_GOAL_POSITION, 4, -1, LW_DYNAMIXEL_ERROR_LIMIT },
    { "PWM beyond its limit", LW_DXL_GOAL_PWM, 2, 886, LW_DYNAMIXEL_ERROR_RANGE },
    { "velocity beyond its limit", LW_DXL_GOAL_VELOCITY, 4, 201, LW_DYNAMIXEL_ERROR_LIMIT },
    { "a good goal", LW_DXL_GOAL_POSITION, 4, 4095, LW_DYNAMIXEL_ERROR_NONE },
    { "a good velocity", LW_DXL_GOAL_VELOCITY, 4, -200, LW_DYNAMIXEL_ERROR_NONE },
  };
  uint8_t data[200];
  Rig rig;

  rig_init (&rig, 0);
  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      int32_t before = get (&rig, LW_DXL_GOAL_POSITION, 4);

      g_test_message ("%s", cases[i].what);
      g_assert_cmpint (put (&rig, cases[i].address, cases[i].size, cases[i].value), ==, cases[i].error);
      if (cases[i].error != LW_DYNAMIXEL_ERROR_NONE)
        g_assert_cmpint (get (&rig, LW_DXL_GOAL_POSITION, 4), ==, before);
    }
  /* The limit registers narrow what is accepted. */
  g_assert_cmpint (put (&rig, LW_DXL_MAX_POSITION, 4, 3000), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (put (&rig, LW_DXL_GOAL_POSITION, 4, 3001), ==, LW_DYNAMIXEL_ERROR_LIMIT);
  g_assert_cmpint (put (&rig, LW_DXL_GOAL_POSITION, 4, 3000), ==, LW_DYNAMIXEL_ERROR_NONE);
  /* Reads end at the end of the table. */
  g_assert_cmpint (lw_sim_dxl_read (&rig.servo, 660, 2, data), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (lw_sim_dxl_read (&rig.servo, 660, 3, data), ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_cmpint (lw_sim_dxl_read (&rig.servo, 0xFFFF, 1, data), ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_cmpint (lw_sim_dxl_read (&rig.servo, 0, 0, data), ==, LW_DYNAMIXEL_ERROR_ACCESS);
}

/* A write across items is done wholly or not at all. */
static void
test_several_items (void)
{
  uint8_t data[8];
  Rig rig;

  rig_init (&rig, 0);
  lw_dynamixel_put (data, 4, 50);
  lw_dynamixel_put (data + 4, 4, 4096);
  g_assert_cmpint (lw_sim_dxl_write (&rig.servo, LW_DXL_PROFILE_VELOCITY, 8, data, 0), ==, LW_DYNAMIXEL_ERROR_LIMIT);
  g_assert_cmpint (get (&rig, LW_DXL_PROFILE_VELOCITY, 4), ==, 0);
  lw_dynamixel_put (data + 4, 4, 1000);
  g_assert_cmpint (lw_sim_dxl_write (&rig.servo, LW_DXL_PROFILE_VELOCITY, 8, data, 0), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_PROFILE_VELOCITY, 4), ==, 50);
  g_assert_cmpint (get (&rig, LW_DXL_GOAL_POSITION, 4), ==, 1000);
}

static void
test_eeprom_lock (void)
{
  Rig rig;

  rig_init (&rig, 0);
  g_assert_cmpint (put (&rig, LW_DXL_RETURN_DELAY, 1, 10), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (put (&rig, LW_DXL_RETURN_DELAY, 1, 20), ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_cmpint (get (&rig, LW_DXL_RETURN_DELAY, 1), ==, 10);
  g_assert_cmpint (put (&rig, LW_DXL_TORQUE_ENABLE, 1, 0), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (put (&rig, LW_DXL_RETURN_DELAY, 1, 20), ==, LW_DYNAMIXEL_ERROR_NONE);
}

/* Limp: goals are stored and move nothing. Torque then comes on with the goal as it stands, the trap the safe order avoids. */
static void
test_goal_and_torque (void)
{
  Rig rig;

  rig_init (&rig, 0);
  g_assert_cmpint (put (&rig, LW_DXL_GOAL_POSITION, 4, 2148), ==, LW_DYNAMIXEL_ERROR_NONE);
  rig_run (&rig, 500 * MS);
  g_assert_cmpfloat (rig.angle, ==, 0);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  rig_run (&rig, 1500 * MS);
  g_assert_cmpfloat_with_epsilon (rig.angle, 100 * LW_DXL_RAD_PER_TICK, 1e-4);
  /* The safe order: goal = present, then torque: nothing moves. */
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 0);
  rig.angle = -1;
  rig.velocity = 0;
  rig_run (&rig, 1600 * MS);
  put (&rig, LW_DXL_GOAL_POSITION, 4, get (&rig, LW_DXL_PRESENT_POSITION, 4));
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  rig_run (&rig, 2500 * MS);
  g_assert_cmpfloat_with_epsilon (rig.angle, -1, LW_DXL_RAD_PER_TICK);
}

/* Torque saturates at the joint's, a goal far off is approached at the velocity limit. */
static void
test_limits (void)
{
  double fastest = 0;
  Rig rig;

  rig_init (&rig, -2);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 3500);
  for (int k = 1; k <= 2000; k++)
    {
      rig_run (&rig, k * MS);
      g_assert_cmpfloat (fabs (rig.servo.base.motor.torque), <=, 10);
      fastest = fmax (fastest, rig.velocity);
    }
  g_assert_cmpfloat (fastest, >, 0.9 * 1.1 * 4);
  g_assert_cmpfloat (fastest, <, 1.5 * 1.1 * 4); /* it catches up on what it missed at full torque */
  g_assert_cmpfloat_with_epsilon (rig.angle, (3500 - 2048) * LW_DXL_RAD_PER_TICK, 1e-3);
  /* Held back by half the PWM, the motor gives half its torque. */
  put (&rig, LW_DXL_GOAL_PWM, 2, LW_DXL_PWM_FULL / 2);
  rig.angle = 0;
  rig_run (&rig, 2001 * MS);
  g_assert_cmpfloat_with_epsilon (rig.servo.base.motor.torque, 5, 0.02);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_CURRENT, 2), ==, (int) lrint (rig.servo.base.motor.torque / LW_DXL_XM430_W350_NM_PER_LSB));
}

/* Limp, the position counts turns; powered in position mode, it falls back into one. */
static void
test_turns (void)
{
  Rig rig;

  rig_init (&rig, 0);
  rig.angle = 4.0;
  rig_run (&rig, 1 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 2048 + 2608);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 560);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 560);
  rig_run (&rig, 2000 * MS);
  g_assert_cmpfloat_with_epsilon (rig.angle, 4.0, LW_DXL_RAD_PER_TICK);

  rig_init (&rig, 0);
  rig.angle = -4.0;
  rig_run (&rig, 1 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 2048 - 2608);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 2048 - 2608 + 4096);

  /* Extended position mode keeps counting. */
  rig_init (&rig, 0);
  put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_EXTENDED);
  rig.angle = 4.0;
  rig_run (&rig, 1 * MS);
  g_assert_cmpint (put (&rig, LW_DXL_GOAL_POSITION, 4, 4656), ==, LW_DYNAMIXEL_ERROR_NONE);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 4656);
}

static void
test_offset_and_direction (void)
{
  Rig rig;

  rig_init (&rig, 0.1);
  put (&rig, LW_DXL_HOMING_OFFSET, 4, 2000); /* more than a quarter turn does not count in this mode */
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 2048 + 65 + 1024);
  put (&rig, LW_DXL_HOMING_OFFSET, 4, -48);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 2048 + 65 - 48);
  put (&rig, LW_DXL_DRIVE_MODE, 1, 1);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 2048 - 65 - 48);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 2048 - 48 - 100);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  rig_run (&rig, 1000 * MS);
  g_assert_cmpfloat_with_epsilon (rig.angle, 100 * LW_DXL_RAD_PER_TICK, 1e-4);
}

/* 40 ms without an instruction stop the servo where it is; goals are refused until the watchdog is cleared. */
static void
test_watchdog (void)
{
  double stopped_at;
  Rig rig;

  rig_init (&rig, 0);
  g_assert_cmpint (put (&rig, LW_DXL_BUS_WATCHDOG, 1, 2), ==, LW_DYNAMIXEL_ERROR_NONE);
  rig_run (&rig, 200 * MS); /* limp: it does not count */
  g_assert_cmpint (get (&rig, LW_DXL_BUS_WATCHDOG, 1), ==, 2);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 4000);
  rig_run (&rig, 230 * MS);
  lw_sim_dxl_heard (&rig.servo, rig.t_ns);
  rig_run (&rig, 265 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_BUS_WATCHDOG, 1), ==, 2);
  rig_run (&rig, 275 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_BUS_WATCHDOG, 1), ==, 0xFF);
  stopped_at = rig.servo.base.motor.reference;
  rig_run (&rig, 1500 * MS);
  g_assert_cmpfloat (fabs (rig.velocity), <, 1e-3);
  g_assert_cmpfloat_with_epsilon (rig.angle, stopped_at, 1e-3);
  g_assert_true (lw_sim_dxl_powered (&rig.servo));

  g_assert_cmpint (put (&rig, LW_DXL_GOAL_POSITION, 4, 2048), ==, LW_DYNAMIXEL_ERROR_RANGE);
  g_assert_cmpint (put (&rig, LW_DXL_BUS_WATCHDOG, 1, 0), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (put (&rig, LW_DXL_GOAL_POSITION, 4, 2048), ==, LW_DYNAMIXEL_ERROR_NONE);
}

static void
test_shutdown (void)
{
  Rig rig;

  rig_init (&rig, 0);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  lw_sim_dxl_fail (&rig.servo, LW_DXL_HARDWARE_VOLTAGE); /* not in the shutdown mask: alert only */
  g_assert_cmpint (lw_sim_dxl_alert (&rig.servo), ==, LW_DYNAMIXEL_ALERT);
  g_assert_true (lw_sim_dxl_powered (&rig.servo));
  lw_sim_dxl_fail (&rig.servo, LW_DXL_HARDWARE_OVERLOAD);
  g_assert_false (lw_sim_dxl_powered (&rig.servo));
  g_assert_cmpint (get (&rig, LW_DXL_HARDWARE_ERROR, 1), ==, LW_DXL_HARDWARE_VOLTAGE | LW_DXL_HARDWARE_OVERLOAD);
  g_assert_cmpint (put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1), ==, LW_DYNAMIXEL_ERROR_RESULT);
  g_assert_false (lw_sim_dxl_powered (&rig.servo));
  lw_sim_dxl_reboot (&rig.servo);
  g_assert_cmpint (lw_sim_dxl_alert (&rig.servo), ==, 0);
  g_assert_cmpint (put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1), ==, LW_DYNAMIXEL_ERROR_NONE);
}

/* Blocked with all but its full torque for long it overheats and shuts down; with all of it, it is overloaded soon. */
static void
test_heat (void)
{
  static const struct {
    int32_t pwm;
    uint8_t error;
    double  least, most; /* s */
  } cases[] = {
    { 840, LW_DXL_HARDWARE_HEAT, 100, 2000 },
    { LW_DXL_PWM_FULL, LW_DXL_HARDWARE_OVERLOAD, 5, 15 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      Rig rig;
      int k;

      rig_init (&rig, 0);
      g_assert_cmpint (put (&rig, LW_DXL_GOAL_PWM, 2, cases[i].pwm), ==, LW_DYNAMIXEL_ERROR_NONE);
      put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
      put (&rig, LW_DXL_GOAL_POSITION, 4, 4095);
      g_assert_cmpint (get (&rig, LW_DXL_PRESENT_TEMPERATURE, 1), ==, 31);
      for (k = 0; k < 4000 && lw_sim_dxl_powered (&rig.servo); k++)
        lw_sim_dxl_step (&rig.servo, 0, 0, 0, 0.5, k * 500 * MS);
      g_assert_cmpfloat (0.5 * k, >=, cases[i].least);
      g_assert_cmpfloat (0.5 * k, <=, cases[i].most);
      g_assert_false (lw_sim_dxl_powered (&rig.servo));
      g_assert_cmpint (get (&rig, LW_DXL_HARDWARE_ERROR, 1), ==, cases[i].error);
    }
}

static void
test_reg_write (void)
{
  uint8_t data[4];
  Rig rig;

  rig_init (&rig, 0);
  lw_dynamixel_put (data, 4, 1234);
  g_assert_cmpint (lw_sim_dxl_action (&rig.servo, 0), ==, LW_DYNAMIXEL_ERROR_INSTRUCTION);
  g_assert_cmpint (lw_sim_dxl_register (&rig.servo, LW_DXL_GOAL_POSITION, 3, data), ==, LW_DYNAMIXEL_ERROR_LENGTH);
  g_assert_cmpint (lw_sim_dxl_register (&rig.servo, LW_DXL_GOAL_POSITION, 4, data), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_REGISTERED, 1), ==, 1);
  g_assert_cmpint (get (&rig, LW_DXL_GOAL_POSITION, 4), ==, 2048);
  g_assert_cmpint (lw_sim_dxl_action (&rig.servo, 0), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_GOAL_POSITION, 4), ==, 1234);
}

/* Goals every 10 ms along a line: the shaft follows without the steps of the goals in its speed. */
static void
test_stream (void)
{
  double slowest = 1e9, fastest = 0;
  Rig rig;

  rig_init (&rig, 0);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  for (int k = 0; k < 100; k++)
    {
      put (&rig, LW_DXL_GOAL_POSITION, 4, 2048 + 10 * k); /* 1.534 rad/s */
      for (int ms = 0; ms < 10; ms++)
        {
          rig_run (&rig, (10 * k + ms + 1) * MS);
          if (k < 50)
            continue;
          slowest = fmin (slowest, rig.velocity);
          fastest = fmax (fastest, rig.velocity);
        }
    }
  g_assert_cmpfloat_with_epsilon (slowest, 1.534, 0.02);
  g_assert_cmpfloat_with_epsilon (fastest, 1.534, 0.02);
  g_assert_cmpfloat_with_epsilon (rig.angle, 990 * LW_DXL_RAD_PER_TICK, 0.01);
}

/* What each mode does with its goal, and what a change of mode resets. */
static void
test_modes (void)
{
  Rig rig;

  rig_init (&rig, 0);
  put (&rig, LW_DXL_POSITION_P_GAIN, 2, 300);
  put (&rig, LW_DXL_PROFILE_VELOCITY, 4, 50);
  put (&rig, LW_DXL_GOAL_CURRENT, 2, 10);
  g_assert_cmpint (put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_VELOCITY), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_POSITION_P_GAIN, 2), ==, 800);
  g_assert_cmpint (get (&rig, LW_DXL_PROFILE_VELOCITY, 4), ==, 0);
  g_assert_cmpint (get (&rig, LW_DXL_GOAL_CURRENT, 2), ==, get (&rig, LW_DXL_CURRENT_LIMIT, 2));
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (&rig, LW_DXL_GOAL_VELOCITY, 4, -50);
  rig_run (&rig, 1000 * MS);
  g_assert_cmpfloat_with_epsilon (rig.velocity, -50 * LW_DXL_RAD_S_PER_LSB, 1e-3);
  g_assert_cmpint (get (&rig, LW_DXL_MOVING, 1), ==, 1);
  g_assert_cmpint (put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_PWM), ==, LW_DYNAMIXEL_ERROR_ACCESS); /* with torque off only */

  rig_init (&rig, 0);
  put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_PWM);
  put (&rig, LW_DXL_GOAL_PWM, 2, -LW_DXL_PWM_FULL / 4);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  rig_run (&rig, 2000 * MS);
  g_assert_cmpfloat_with_epsilon (rig.velocity, -0.25 * 1.3 * 4, 0.01);

  rig_init (&rig, 0);
  put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_CURRENT);
  put (&rig, LW_DXL_GOAL_CURRENT, 2, 100);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  rig_run (&rig, 100 * MS);
  g_assert_cmpfloat_with_epsilon (rig.velocity, 100 * LW_DXL_XM430_W350_NM_PER_LSB / INERTIA * 0.1, 1e-6);

  rig_init (&rig, 0);
  put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_CURRENT_POSITION);
  put (&rig, LW_DXL_GOAL_CURRENT, 2, 50);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 6000); /* more than a turn is allowed */
  rig_run (&rig, 50 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_CURRENT, 2), ==, 50);
}

/* Speeds and accelerations of the profile, as such or, in the other drive mode, as times. */
static void
test_profile (void)
{
  double seconds = 1000 * LW_DXL_RAD_PER_TICK / (50 * LW_DXL_RAD_S_PER_LSB) + 50 * LW_DXL_RAD_S_PER_LSB / (10 * 0.3745);
  Rig rig;

  rig_init (&rig, 0);
  put (&rig, LW_DXL_PROFILE_VELOCITY, 4, 50);
  put (&rig, LW_DXL_PROFILE_ACCEL, 4, 10);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 3048);
  rig_run (&rig, (int64_t) ((seconds - 0.05) * 1e9));
  g_assert_cmpint (get (&rig, LW_DXL_MOVING_STATUS, 1), ==, 0x32); /* a trapezoid, under way */
  rig_run (&rig, (int64_t) ((seconds + 0.05) * 1e9));
  g_assert_cmpint (get (&rig, LW_DXL_MOVING_STATUS, 1), ==, 0x31); /* arrived */
  g_assert_cmpint (get (&rig, LW_DXL_POSITION_TRAJ, 4), ==, 3048);

  rig_init (&rig, 0);
  put (&rig, LW_DXL_DRIVE_MODE, 1, 4);
  put (&rig, LW_DXL_PROFILE_VELOCITY, 4, 2000);
  put (&rig, LW_DXL_PROFILE_ACCEL, 4, 500);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 3048);
  rig_run (&rig, 1980 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_MOVING_STATUS, 1) & 3, ==, 2);
  rig_run (&rig, 2020 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_MOVING_STATUS, 1) & 3, ==, 1);
}

/* The count of turns is dropped when told, but not under way. */
static void
test_clear (void)
{
  static const uint8_t params[] = LW_DYNAMIXEL_CLEAR_TURNS;
  Rig rig;

  rig_init (&rig, 0);
  put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_EXTENDED);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 10000);
  rig_run (&rig, 300 * MS);
  g_assert_cmpint (lw_sim_dxl_clear (&rig.servo, params, 5), ==, LW_DYNAMIXEL_ERROR_RESULT);
  rig_run (&rig, 8000 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 10000);
  g_assert_cmpint (lw_sim_dxl_clear (&rig.servo, params, 4), ==, LW_DYNAMIXEL_ERROR_LENGTH);
  g_assert_cmpint (lw_sim_dxl_clear (&rig.servo, (const uint8_t *) "\x01\x44\x58\x4C\x23", 5), ==, LW_DYNAMIXEL_ERROR_RANGE);
  g_assert_cmpint (lw_sim_dxl_clear (&rig.servo, params, 5), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 10000 - 2 * 4096);
  rig_run (&rig, 9000 * MS);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 10000 - 2 * 4096); /* and it stays where it is */
  lw_sim_dxl_reboot (&rig.servo);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 10000 - 2 * 4096);
}

/* One firmware of the small servos says that its watchdog stopped it, and goes on. */
static void
test_deaf_watchdog (void)
{
  for (uint8_t firmware = 50; firmware <= 52; firmware++)
    {
      Rig rig;

      rig_init_model (&rig, 0, 1190, firmware);
      put (&rig, LW_DXL_BUS_WATCHDOG, 1, 1);
      put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
      put (&rig, LW_DXL_PROFILE_VELOCITY, 4, 40);
      put (&rig, LW_DXL_GOAL_POSITION, 4, 3048);
      rig_run (&rig, 3000 * MS);
      g_assert_cmpint (get (&rig, LW_DXL_BUS_WATCHDOG, 1), ==, 0xFF);
      g_assert_cmpint (put (&rig, LW_DXL_GOAL_POSITION, 4, 2048), ==, LW_DYNAMIXEL_ERROR_RANGE);
      g_assert_cmpint (put (&rig, LW_DXL_GOAL_CURRENT, 2, 0), ==, LW_DYNAMIXEL_ERROR_RANGE);
      if (firmware == 51)
        g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), ==, 3048);
      else
        g_assert_cmpint (get (&rig, LW_DXL_PRESENT_POSITION, 4), <, 2100);
    }
}

/* Too much or too little: an alert, and where the shutdown mask has it, the end. */
static void
test_supply (void)
{
  Rig rig;

  rig_init_model (&rig, 0, 1200, 0); /* its mask has the voltage */
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_VOLTAGE, 2), ==, 50);
  rig_run (&rig, 10 * MS);
  g_assert_true (lw_sim_dxl_powered (&rig.servo));
  rig.servo.base.motor.supply = 7.5;
  rig_run (&rig, 20 * MS);
  g_assert_false (lw_sim_dxl_powered (&rig.servo));
  g_assert_cmpint (get (&rig, LW_DXL_HARDWARE_ERROR, 1), ==, LW_DXL_HARDWARE_VOLTAGE);
  g_assert_cmpint (lw_sim_dxl_alert (&rig.servo), ==, LW_DYNAMIXEL_ALERT);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-dxl/factory", test_factory);
  g_test_add_func ("/sim-dxl/errors", test_errors);
  g_test_add_func ("/sim-dxl/several-items", test_several_items);
  g_test_add_func ("/sim-dxl/eeprom-lock", test_eeprom_lock);
  g_test_add_func ("/sim-dxl/goal-and-torque", test_goal_and_torque);
  g_test_add_func ("/sim-dxl/limits", test_limits);
  g_test_add_func ("/sim-dxl/turns", test_turns);
  g_test_add_func ("/sim-dxl/offset-and-direction", test_offset_and_direction);
  g_test_add_func ("/sim-dxl/watchdog", test_watchdog);
  g_test_add_func ("/sim-dxl/shutdown", test_shutdown);
  g_test_add_func ("/sim-dxl/heat", test_heat);
  g_test_add_func ("/sim-dxl/reg-write", test_reg_write);
  g_test_add_func ("/sim-dxl/stream", test_stream);
  g_test_add_func ("/sim-dxl/modes", test_modes);
  g_test_add_func ("/sim-dxl/profile", test_profile);
  g_test_add_func ("/sim-dxl/clear", test_clear);
  g_test_add_func ("/sim-dxl/deaf-watchdog", test_deaf_watchdog);
  g_test_add_func ("/sim-dxl/supply", test_supply);
  return g_test_run ();
}
