/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated STS3215 servos: how they move, and what protects them. */
#include <math.h>
#include <stdlib.h>

#include "lw-test-feetech.h"

/* --- motion --------------------------------------------------------------------------------------------------------------------- */

static void
go (Rig *rig, uint8_t id, uint16_t goal, uint16_t time, uint16_t speed)
{
  put_bytes (rig, id, 42, 6, (const uint8_t[]){ (uint8_t) goal, (uint8_t) (goal >> 8), (uint8_t) time, (uint8_t) (time >> 8), (uint8_t) speed, (uint8_t) (speed >> 8) });
}

static void
power (Rig *rig, uint8_t id)
{
  put16 (rig, id, 42, (uint16_t) get (rig, id, 56, 2));
  put8 (rig, id, 40, 1);
}

/* Time to come within 15 ticks of @goal, ms. */
static double
time_to (Rig *rig, uint8_t id, int goal)
{
  int64_t t_ns = rig->bus.clock.now_ns;

  while (abs ((int) get (rig, id, 56, 2) - goal) > 15)
    {
      g_assert_cmpint (rig->bus.clock.now_ns - t_ns, <, 6000 * MS);
      wait_ms (rig, 1);
    }
  return (double) (rig->bus.clock.now_ns - t_ns) / MS;
}

static void
test_speed_and_time (void)
{
  int start;
  Rig rig;

  rig_open (&rig);
  start = (int) get (&rig, 1, 56, 2);
  power (&rig, 1);
  go (&rig, 1, (uint16_t) (start + 400), 0, 400);
  g_assert_cmpfloat_with_epsilon (time_to (&rig, 1, start + 400), 1000, 150);
  wait_ms (&rig, 300);
  go (&rig, 1, (uint16_t) start, 500, 0);
  g_assert_cmpfloat_with_epsilon (time_to (&rig, 1, start), 500, 120);
  wait_ms (&rig, 300);
  put8 (&rig, 1, 41, 10); /* 1000 step/s^2: 400 steps there and back take 2 sqrt (0.4) s */
  go (&rig, 1, (uint16_t) (start + 400), 0, 0);
  g_assert_cmpfloat_with_epsilon (time_to (&rig, 1, start + 400), 1265, 200);
  wait_ms (&rig, 300);
  g_assert_cmpuint (get (&rig, 1, 66, 1), ==, 0);
  g_assert_cmpuint (get (&rig, 1, 67, 2), ==, (unsigned) start + 400);
  rig_close (&rig);
}

static void
test_limits (void)
{
  unsigned start;
  Rig rig;

  rig_open (&rig);
  start = get (&rig, 1, 56, 2);
  put16 (&rig, 1, 9, (uint16_t) (start - 50));
  put16 (&rig, 1, 11, (uint16_t) (start + 50));
  power (&rig, 1);
  put16 (&rig, 1, 42, (uint16_t) (start + 500));
  wait_ms (&rig, 1000);
  g_assert_cmpint (abs ((int) get (&rig, 1, 56, 2) - (int) (start + 50)), <, 12);
  g_assert_cmpuint (get (&rig, 1, 42, 2), ==, start + 500);
  g_assert_cmpuint (get (&rig, 1, 67, 2), ==, start + 50);
  rig_close (&rig);
}

static void
test_modes (void)
{
  int start;
  Rig rig;

  rig_open (&rig);
  /* Steps: a goal is a way to go. */
  put8 (&rig, 1, 33, 3);
  start = (int) get (&rig, 1, 56, 2);
  put8 (&rig, 1, 40, 1);
  put16 (&rig, 1, 42, 100 | 1 << 15);
  wait_ms (&rig, 600);
  g_assert_cmpint (abs ((int) get (&rig, 1, 56, 2) - (start - 100)), <, 12);
  /* Speed, downwards. */
  put8 (&rig, 1, 33, 1);
  put16 (&rig, 1, 46, 300 | 1 << 15);
  wait_ms (&rig, 400);
  g_assert_cmpint (abs (signed_of (get (&rig, 1, 58, 2), 15) + 300), <, 45);
  g_assert_cmpuint (get (&rig, 1, 66, 1), ==, 1);
  put16 (&rig, 1, 46, 0);
  wait_ms (&rig, 400);
  g_assert_cmpint (abs (signed_of (get (&rig, 1, 58, 2), 15)), <, 10);
  /* PWM, bit 10 the sign. */
  put8 (&rig, 1, 33, 2);
  put16 (&rig, 1, 44, 200 | 1 << 10);
  wait_ms (&rig, 20);
  g_assert_cmpint (signed_of (get (&rig, 1, 60, 2), 10), ==, -200);
  rig_close (&rig);
}

/* Torque on follows the goal as it stands, and damping does not hold but brakes. */
static void
test_torque (void)
{
  double q[LW_MAX_JOINTS], before[LW_MAX_JOINTS];
  int start;
  Rig rig;

  rig_open (&rig);
  start = (int) get (&rig, 1, 56, 2);
  put16 (&rig, 1, 42, (uint16_t) (start + 200));
  wait_ms (&rig, 500);
  g_assert_cmpint ((int) get (&rig, 1, 56, 2), ==, start);
  put8 (&rig, 1, 40, 1);
  wait_ms (&rig, 500);
  g_assert_cmpint (abs ((int) get (&rig, 1, 56, 2) - start - 200), <, 12);
  put8 (&rig, 1, 40, 2);
  lw_sim_bus_truth (rig.bus.sim, before, NULL);
  wait_ms (&rig, 300);
  lw_sim_bus_truth (rig.bus.sim, q, NULL);
  g_assert_cmpfloat_with_epsilon (q[0], before[0], 0.05);
  put8 (&rig, 1, 40, 77); /* no such thing */
  g_assert_cmpuint (get (&rig, 1, 40, 1), ==, 2);
  rig_close (&rig);
}

/* Across the end of the turn the servo goes the long way round. */
static void
test_long_way (void)
{
  double q0[LW_MAX_JOINTS], q[LW_MAX_JOINTS];
  Rig rig;

  rig_open (&rig);
  say (&rig, 1, 0x0B, 2, (const uint8_t[]){ 0xF0, 0x0F }); /* here is 4080 */
  hear_one (&rig, 1);
  lw_sim_bus_truth (rig.bus.sim, q0, NULL);
  power (&rig, 1);
  put16 (&rig, 1, 42, 3800);
  wait_ms (&rig, 800);
  lw_sim_bus_truth (rig.bus.sim, q, NULL);
  g_assert_cmpfloat_with_epsilon (q[0] - q0[0], -280 * 2 * G_PI / 4096, 0.02);
  put16 (&rig, 1, 42, 20);
  wait_ms (&rig, 100);
  lw_sim_bus_truth (rig.bus.sim, q0, NULL);
  g_assert_cmpfloat (q0[0], <, q[0] - 0.05); /* though 316 ticks upwards would do */
  rig_close (&rig);
}

/* --- protections ----------------------------------------------------------------------------------------------------------------- */

static void
test_voltage (void)
{
  Rig rig;

  rig_open (&rig);
  g_assert_cmpuint (get (&rig, 1, 62, 1), ==, 121);
  lw_sim_bus_set_supply (rig.bus.sim, 3.8);
  wait_ms (&rig, 10);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0x01);
  g_assert_cmpuint (get (&rig, 1, 62, 1), ==, 38); /* the payload is valid all the same */
  lw_sim_bus_set_supply (rig.bus.sim, 0);
  wait_ms (&rig, 10);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
  rig_close (&rig);
}

static void
test_heat (void)
{
  Rig rig;

  rig_open (&rig);
  power (&rig, 3);
  lw_sim_bus_set_heat (rig.bus.sim, 2, 85);
  wait_ms (&rig, 10);
  g_assert_cmpuint (status_bits (&rig, 3), ==, 0x04);
  g_assert_cmpuint (get (&rig, 3, 63, 1), ==, 85);
  g_assert_cmpuint (get (&rig, 3, 65, 1), ==, 0x04);
  g_assert_cmpuint (get (&rig, 3, 60, 2), ==, 0); /* unloaded */
  g_assert_cmpuint (status_bits (&rig, 2), ==, 0);
  lw_sim_bus_set_heat (rig.bus.sim, 2, 60);
  wait_ms (&rig, 10);
  g_assert_cmpuint (status_bits (&rig, 3), ==, 0);
  rig_close (&rig);
}

/* Against a stop: after two seconds above 80 % only 20 % are left; torque once more brings it all back. */
static void
test_overload (void)
{
  unsigned start;
  Rig rig;

  rig_open (&rig);
  start = get (&rig, 1, 56, 2);
  power (&rig, 1);
  lw_sim_bus_set_stuck (rig.bus.sim, 0, true);
  put16 (&rig, 1, 42, (uint16_t) (start + 600));
  wait_ms (&rig, 1500);
  g_assert_cmpint (signed_of (get (&rig, 1, 60, 2), 10), >, 800);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
  wait_ms (&rig, 1500);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0x20);
  g_assert_cmpint (signed_of (get (&rig, 1, 60, 2), 10), ==, 200);
  put8 (&rig, 1, 40, 0);
  put8 (&rig, 1, 40, 1);
  wait_ms (&rig, 100);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
  g_assert_cmpint (signed_of (get (&rig, 1, 60, 2), 10), >, 800);
  /* The other way than it presses does the same. */
  wait_ms (&rig, 3000);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0x20);
  put16 (&rig, 1, 42, (uint16_t) (start - 600));
  wait_ms (&rig, 100);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
  g_assert_cmpint (signed_of (get (&rig, 1, 60, 2), 10), <, -800);
  rig_close (&rig);
}

static void
test_current (void)
{
  unsigned start;
  Rig rig;

  rig_open (&rig);
  put16 (&rig, 1, 28, 250); /* 1.6 A, as LeRobot sets a gripper */
  put8 (&rig, 1, 38, 50);   /* for half a second */
  put16 (&rig, 1, 48, 700);
  start = get (&rig, 1, 56, 2);
  power (&rig, 1);
  lw_sim_bus_set_stuck (rig.bus.sim, 0, true);
  put16 (&rig, 1, 42, (uint16_t) (start + 600));
  wait_ms (&rig, 300);
  g_assert_cmpint (signed_of (get (&rig, 1, 60, 2), 10), ==, 700);
  g_assert_cmpint (signed_of (get (&rig, 1, 69, 2), 15), ==, 291); /* 0.7 x 2.7 A */
  wait_ms (&rig, 500);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0x08);
  g_assert_cmpuint (get (&rig, 1, 60, 2), ==, 0);
  rig_close (&rig);
}

/* Errors somebody wanted to see stay until the next start. */
static void
test_injected (void)
{
  Rig rig;

  rig_open (&rig);
  lw_sim_bus_fail_servo (rig.bus.sim, 3, 0x02);
  wait_ms (&rig, 10);
  g_assert_cmpuint (status_bits (&rig, 4), ==, 0x02);
  put8 (&rig, 4, 40, 0);
  g_assert_cmpuint (status_bits (&rig, 4), ==, 0x02);
  restart (&rig, 4);
  g_assert_cmpuint (status_bits (&rig, 4), ==, 0);
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-feetech-motion/speed-and-time", test_speed_and_time);
  g_test_add_func ("/sim-feetech-motion/limits", test_limits);
  g_test_add_func ("/sim-feetech-motion/modes", test_modes);
  g_test_add_func ("/sim-feetech-motion/torque", test_torque);
  g_test_add_func ("/sim-feetech-motion/long-way", test_long_way);
  g_test_add_func ("/sim-feetech-motion/voltage", test_voltage);
  g_test_add_func ("/sim-feetech-motion/heat", test_heat);
  g_test_add_func ("/sim-feetech-motion/overload", test_overload);
  g_test_add_func ("/sim-feetech-motion/current", test_current);
  g_test_add_func ("/sim-feetech-motion/injected", test_injected);
  return g_test_run ();
}
