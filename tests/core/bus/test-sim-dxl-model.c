/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-dxl.h"

#define STARTUP 60

/* As delivered, model by model: the tables of the manual, in another order than the source's. */
static void
test_delivered (void)
{
  static const struct {
    uint16_t number;
    int      p, i, d, velocity_p, velocity_i; /* gains */
    int      temperature, volts_max, volts_min, current, velocity, shutdown, baud_max;
  } cases[] = {
    { 1190, 400, 400, 0, 40, 400, 70, 70, 35, 1750, 1620, 53, 6 },
    { 1200, 400, 0, 0, 180, 1600, 70, 70, 35, 1750, 445, 53, 6 },
    { 1060, 640, 0, 4000, 100, 1000, 72, 140, 60, 0, 265, 52, 7 },
    { 1020, 800, 0, 0, 100, 1920, 80, 160, 95, 1193, 200, 52, 7 },
    { 1030, 800, 0, 0, 100, 1920, 80, 160, 95, 1193, 330, 52, 7 },
    { 1120, 800, 0, 0, 100, 1920, 80, 160, 95, 2047, 128, 52, 7 },
    { 1210, 900, 0, 0, 40, 1200, 70, 140, 55, 910, 510, 52, 6 },
    { 1220, 900, 0, 0, 40, 1200, 70, 140, 55, 910, 320, 52, 6 },
  };

  for (size_t k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      LwSimDeviceSetup setup = {
        .motor = { .tau_max = 0.1, .v_max = 2, .stiffness = 10, .damping = 1 }, /* a joint that needs less than any of them has */
        .id = 9, .model = cases[k].number, .baud = 57600, .return_delay = 500e-6,
      };
      Rig rig;

      lw_sim_dxl_init (&rig.servo, &setup, 0, 0);
      g_assert_cmpint (get (&rig, LW_DXL_MODEL_NUMBER, 2), ==, cases[k].number);
      g_assert_cmpint (get (&rig, LW_DXL_ID, 1), ==, 9);
      g_assert_cmpint (get (&rig, LW_DXL_BAUD_RATE, 1), ==, 1);
      g_assert_cmpint (get (&rig, LW_DXL_RETURN_DELAY, 1), ==, 250);
      g_assert_cmpint (get (&rig, LW_DXL_OPERATING_MODE, 1), ==, LW_DXL_MODE_POSITION);
      g_assert_cmpint (get (&rig, LW_DXL_POSITION_P_GAIN, 2), ==, cases[k].p);
      g_assert_cmpint (get (&rig, LW_DXL_POSITION_I_GAIN, 2), ==, cases[k].i);
      g_assert_cmpint (get (&rig, LW_DXL_POSITION_D_GAIN, 2), ==, cases[k].d);
      g_assert_cmpint (get (&rig, LW_DXL_VELOCITY_P_GAIN, 2), ==, cases[k].velocity_p);
      g_assert_cmpint (get (&rig, LW_DXL_VELOCITY_I_GAIN, 2), ==, cases[k].velocity_i);
      g_assert_cmpint (get (&rig, LW_DXL_TEMPERATURE_LIMIT, 1), ==, cases[k].temperature);
      g_assert_cmpint (get (&rig, LW_DXL_MAX_VOLTAGE, 2), ==, cases[k].volts_max);
      g_assert_cmpint (get (&rig, LW_DXL_MIN_VOLTAGE, 2), ==, cases[k].volts_min);
      g_assert_cmpint (get (&rig, LW_DXL_CURRENT_LIMIT, 2), ==, cases[k].current);
      g_assert_cmpint (get (&rig, LW_DXL_VELOCITY_LIMIT, 4), ==, cases[k].velocity);
      g_assert_cmpint (get (&rig, LW_DXL_SHUTDOWN, 1), ==, cases[k].shutdown);
      g_assert_cmpint (put (&rig, LW_DXL_BAUD_RATE, 1, cases[k].baud_max), ==, LW_DYNAMIXEL_ERROR_NONE);
      g_assert_cmpint (put (&rig, LW_DXL_BAUD_RATE, 1, cases[k].baud_max + 1), ==, LW_DYNAMIXEL_ERROR_RANGE);
      g_assert_cmpint (put (&rig, LW_DXL_CURRENT_LIMIT, 2, cases[k].current + 1), ==,
                       cases[k].current == 0 ? LW_DYNAMIXEL_ERROR_ACCESS : LW_DYNAMIXEL_ERROR_RANGE);
      g_assert_cmpint (put (&rig, LW_DXL_GOAL_CURRENT, 2, 1), ==, cases[k].current == 0 ? LW_DYNAMIXEL_ERROR_ACCESS : LW_DYNAMIXEL_ERROR_NONE);
      g_assert_cmpint (put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_CURRENT), ==,
                       cases[k].current == 0 ? LW_DYNAMIXEL_ERROR_RANGE : LW_DYNAMIXEL_ERROR_NONE);
    }
  g_assert_null (lw_sim_dxl_new (&(LwSimDeviceSetup){ .motor = { 1, 1, 1, 1, 0 }, .id = 1, .model = 12, .baud = 57600 }, 0, 0)); /* an AX-12 */
}

/* A joint that needs more has a servo that goes further, with the model's unit. */
static void
test_strong_joint (void)
{
  Rig rig;

  rig_init_model (&rig, 0, 1200, 0); /* 10 N m, 4 rad/s */
  g_assert_cmpint (get (&rig, LW_DXL_CURRENT_LIMIT, 2), ==, (int) ceil (10 / (1e-3 * 0.52 / 1.47)));
  g_assert_cmpint (put (&rig, LW_DXL_OPERATING_MODE, 1, LW_DXL_MODE_CURRENT), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (put (&rig, LW_DXL_GOAL_CURRENT, 2, 1000), ==, LW_DYNAMIXEL_ERROR_NONE);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  rig_run (&rig, MS);
  g_assert_cmpfloat_with_epsilon (rig.servo.base.motor.torque, 0.52 / 1.47, 1e-9);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_CURRENT, 2), ==, 1000);
}

/* Without a current sensor the same address tells the share of full output in 0.1 %. */
static void
test_load (void)
{
  Rig rig;

  rig_init_model (&rig, 0, 1060, 0);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  put (&rig, LW_DXL_GOAL_PWM, 2, 443);
  put (&rig, LW_DXL_GOAL_POSITION, 4, 4000);
  for (int k = 0; k < 1000; k++)
    lw_sim_dxl_step (&rig.servo, 0, 0, 0, DT, k * 250000);
  g_assert_cmpint (get (&rig, LW_DXL_PRESENT_CURRENT, 2), ==, 501);
}

/* One indirect entry stands for one byte of any other item: for reading, and, side by side, for writing. */
static void
test_indirect (gconstpointer which)
{
  static const struct {
    uint16_t model;
    uint8_t  firmware;
    uint16_t address, data, end;
  } tables[] = { { 1020, 45, 168, 224, 662 }, { 1020, 45, 578, 634, 662 }, { 1190, 52, 168, 208, 228 }, { 1190, 51, 168, 224, 252 } };
  size_t k = GPOINTER_TO_SIZE (which);
  uint16_t address = tables[k].address, data = tables[k].data;
  uint8_t bytes[8];
  Rig rig;

  rig_init_model (&rig, 0.5, tables[k].model, tables[k].firmware);
  g_assert_cmpint (get (&rig, address, 2), ==, data);
  g_assert_cmpint (put (&rig, data, 1, 77), ==, LW_DYNAMIXEL_ERROR_NONE); /* unmapped, a byte to keep something in */
  g_assert_cmpint (get (&rig, data, 1), ==, 77);
  for (uint16_t i = 0; i < 4; i++)
    {
      g_assert_cmpint (put (&rig, address + 2 * i, 2, LW_DXL_GOAL_POSITION + i), ==, LW_DYNAMIXEL_ERROR_NONE);
      g_assert_cmpint (put (&rig, address + 8 + 2 * i, 2, LW_DXL_PRESENT_POSITION + i), ==, LW_DYNAMIXEL_ERROR_NONE);
    }
  g_assert_cmpint (get (&rig, data + 4, 4), ==, 2048 + 326);
  g_assert_cmpint (put (&rig, data, 4, 2100), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_GOAL_POSITION, 4), ==, 2100);
  g_assert_cmpint (put (&rig, data, 4, 4096), ==, LW_DYNAMIXEL_ERROR_LIMIT);
  g_assert_cmpint (put (&rig, data + 4, 4, 0), ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_cmpint (put (&rig, address, 2, 63), ==, LW_DYNAMIXEL_ERROR_RANGE); /* EEPROM cannot be had this way */
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  g_assert_cmpint (put (&rig, address, 2, 64), ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_cmpint (put (&rig, data, 4, 2200), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (lw_sim_dxl_read (&rig.servo, (uint16_t) (tables[k].end - 4), 4, bytes), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (lw_sim_dxl_read (&rig.servo, (uint16_t) (tables[k].end - 4), 5, bytes), ==, LW_DYNAMIXEL_ERROR_ACCESS);
}

/* What was saved comes back, also after all else was forgotten; with torque on nothing of the kind happens. */
static void
test_backup (void)
{
  static const uint8_t store[] = LW_DYNAMIXEL_BACKUP_STORE, restore[] = LW_DYNAMIXEL_BACKUP_RESTORE;
  Rig rig;

  rig_init (&rig, 0);
  g_assert_cmpint (lw_sim_dxl_back_up (&rig.servo, restore, 5), ==, LW_DYNAMIXEL_ERROR_RESULT);
  g_assert_cmpint (lw_sim_dxl_back_up (&rig.servo, store, 4), ==, LW_DYNAMIXEL_ERROR_LENGTH);
  put (&rig, LW_DXL_HOMING_OFFSET, 4, 123);
  put (&rig, LW_DXL_POSITION_P_GAIN, 2, 555);
  put (&rig, STARTUP, 1, 2);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 1);
  g_assert_cmpint (lw_sim_dxl_back_up (&rig.servo, store, 5), ==, LW_DYNAMIXEL_ERROR_RESULT);
  put (&rig, LW_DXL_TORQUE_ENABLE, 1, 0);
  g_assert_cmpint (get (&rig, LW_DXL_BACKUP_READY, 1), ==, 0);
  g_assert_cmpint (lw_sim_dxl_back_up (&rig.servo, store, 5), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_BACKUP_READY, 1), ==, 1);
  g_assert_cmpint (lw_sim_dxl_reset (&rig.servo, LW_DYNAMIXEL_RESET_ALL, false), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_ID, 1), ==, 1);
  g_assert_cmpint (get (&rig, LW_DXL_HOMING_OFFSET, 4), ==, 0);
  g_assert_cmpint (get (&rig, LW_DXL_POSITION_P_GAIN, 2), ==, 800);
  g_assert_cmpuint (rig.servo.baud, ==, 57600);
  g_assert_cmpint (lw_sim_dxl_back_up (&rig.servo, restore, 5), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_cmpint (get (&rig, LW_DXL_ID, 1), ==, 3);
  g_assert_cmpint (get (&rig, LW_DXL_HOMING_OFFSET, 4), ==, 123);
  g_assert_cmpint (get (&rig, LW_DXL_POSITION_P_GAIN, 2), ==, 555); /* the startup configuration asks for it */
  g_assert_cmpuint (rig.servo.baud, ==, 1000000);

  rig_init_model (&rig, 0, 1020, 44);
  g_assert_cmpint (lw_sim_dxl_back_up (&rig.servo, store, 5), ==, LW_DYNAMIXEL_ERROR_INSTRUCTION);
  g_assert_cmpint (put (&rig, STARTUP, 1, 1), ==, LW_DYNAMIXEL_ERROR_ACCESS);
}

/* Torque on from the start, or with the first goal. */
static void
test_startup (void)
{
  Rig rig;

  rig_init (&rig, 1);
  g_assert_cmpint (put (&rig, STARTUP, 1, 1), ==, LW_DYNAMIXEL_ERROR_NONE);
  lw_sim_dxl_reboot (&rig.servo);
  g_assert_true (lw_sim_dxl_powered (&rig.servo));
  rig_run (&rig, 500 * MS);
  g_assert_cmpfloat_with_epsilon (rig.angle, 1, LW_DXL_RAD_PER_TICK);

  rig_init (&rig, 0);
  g_assert_cmpint (put (&rig, LW_DXL_DRIVE_MODE, 1, 8), ==, LW_DYNAMIXEL_ERROR_NONE);
  g_assert_false (lw_sim_dxl_powered (&rig.servo));
  put (&rig, LW_DXL_GOAL_POSITION, 4, 2148);
  g_assert_true (lw_sim_dxl_powered (&rig.servo));
  rig_run (&rig, 1000 * MS);
  g_assert_cmpfloat_with_epsilon (rig.angle, 100 * LW_DXL_RAD_PER_TICK, 1e-4);
  rig_init_model (&rig, 0, 1020, 44);
  g_assert_cmpint (put (&rig, LW_DXL_DRIVE_MODE, 1, 8), ==, LW_DYNAMIXEL_ERROR_RANGE);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-dxl-model/delivered", test_delivered);
  g_test_add_func ("/sim-dxl-model/strong-joint", test_strong_joint);
  g_test_add_func ("/sim-dxl-model/load", test_load);
  g_test_add_data_func ("/sim-dxl-model/indirect/large", GSIZE_TO_POINTER (0), test_indirect);
  g_test_add_data_func ("/sim-dxl-model/indirect/large-upper", GSIZE_TO_POINTER (1), test_indirect);
  g_test_add_data_func ("/sim-dxl-model/indirect/small", GSIZE_TO_POINTER (2), test_indirect);
  g_test_add_data_func ("/sim-dxl-model/indirect/small-old", GSIZE_TO_POINTER (3), test_indirect);
  g_test_add_func ("/sim-dxl-model/backup", test_backup);
  g_test_add_func ("/sim-dxl-model/startup", test_startup);
  return g_test_run ();
}
