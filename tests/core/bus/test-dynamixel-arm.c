/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-table.h"
#include "lw-test-bus.h"

/* Cycle after cycle on the simulated bus: what is counted is what was done to the line, and how long a cycle takes. LW_LONG=1: ten minutes of each. */
#define US G_GINT64_CONSTANT (1000)

static bool
is_long (void)
{
  return g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0;
}

static void
open_identified (LwTestBus *bus, LwSimBusConfig *config)
{
  test_bus_open (bus, "desk-6", config);
  for (size_t i = 0; i < bus->n; i++)
    {
      LwServoIdentity identity;

      g_assert_cmpint (bus->servos->klass->identify (bus->servos, i, &identity, test_bus_now (bus) + 1000 * MS), ==, LW_BUS_OK);
    }
}

/* Everything harmful is over and has arrived; one clean cycle takes in what was late. */
static void
let_settle (LwTestBus *bus)
{
  LwServoReading reading[LW_MAX_JOINTS];

  lw_sim_bus_set_loss (bus->sim, 0, 0);
  lw_sim_bus_set_late (bus->sim, 0, 0, 0);
  for (int i = 0; i < 20; i++)
    {
      test_bus_wait_until (bus, test_bus_now (bus) + 100 * MS);
      g_assert_cmpint (test_bus_read (bus, reading, 100 * MS), ==, LW_BUS_OK);
    }
}

static void
assert_counted (LwTestBus *bus)
{
  LwBusCounters sum = { 0 };

  for (size_t i = 0; i < bus->n; i++)
    {
      const LwBusCounters *mine = &bus->servos->servo_counters[i];
      LwSimHarm harm;

      lw_sim_bus_harm (bus->sim, i, &harm);
      g_test_message ("servo %zu: asked %" G_GUINT64_FORMAT ", answered %" G_GUINT64_FORMAT ", lost %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT
                      ", corrupt %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT ", overdue %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " late",
                      i + 1, mine->sent, mine->answered, mine->lost, harm.lost, mine->corrupt, harm.corrupt, mine->overdue, harm.late);
      g_assert_cmpuint (mine->sent, ==, mine->answered + mine->lost + mine->corrupt + mine->overdue);
      g_assert_cmpuint (mine->sent, ==, harm.replies);
      g_assert_cmpuint (mine->lost, ==, harm.lost);
      g_assert_cmpuint (mine->corrupt, ==, harm.corrupt);
      sum.answered += mine->answered;
      sum.lost += mine->lost;
      sum.corrupt += mine->corrupt;
      sum.overdue += mine->overdue;
    }
  g_assert_cmpuint (sum.answered, ==, bus->servos->counters.answered);
  g_assert_cmpuint (sum.lost, ==, bus->servos->counters.lost);
  g_assert_cmpuint (sum.corrupt, ==, bus->servos->counters.corrupt);
  g_assert_cmpuint (sum.overdue, ==, bus->servos->counters.overdue);
}

/* Product, item 13, as far as the bus goes: 100 Hz with 2 % loss, and 1 % corruption or late replies, fast (firmware 45) and not (44). Not one reading is wrong. */
static void
run_bad_line (uint8_t firmware, double corrupt, double late)
{
  int n_cycles = is_long () ? 60000 : 2000;
  LwServoReading reading[LW_MAX_JOINTS];
  double start[LW_MAX_JOINTS];
  int n_incomplete = 0;
  LwSimBusConfig config;
  LwTestBus bus;

  lw_sim_bus_config_init (&config);
  config.firmware = firmware;
  config.seed = firmware;
  open_identified (&bus, &config);
  g_assert_cmpint (test_bus_read (&bus, reading, 1000 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus.n; i++)
    start[i] = reading[i].angle;
  lw_sim_bus_set_loss (bus.sim, 0.02, corrupt);
  lw_sim_bus_set_late (bus.sim, late, 0.002, 0.025);
  for (int cycle = 0; cycle < n_cycles; cycle++)
    {
      int64_t start_ns = test_bus_now (&bus);
      LwBusStatus status = test_bus_read (&bus, reading, 8 * MS);

      n_incomplete += status != LW_BUS_OK ? 1 : 0;
      for (size_t i = 0; i < bus.n; i++)
        if (reading[i].valid)
          g_assert_cmpfloat_with_epsilon (reading[i].angle, start[i], 2 * LW_DXL_RAD_PER_TICK); /* nobody moves it */
      g_assert_cmpint (test_bus_now (&bus) - start_ns, <=, 8 * MS);
      test_bus_wait_until (&bus, start_ns + 10 * MS);
    }
  let_settle (&bus);
  assert_counted (&bus);
  g_test_message ("firmware %u: %d of %d cycles incomplete", firmware, n_incomplete, n_cycles);
  g_assert_cmpint (n_incomplete, <, n_cycles / 20);
  test_bus_close (&bus);
}

static void
test_item_13_corrupt (void)
{
  run_bad_line (45, 0.01, 0);
  run_bad_line (44, 0.01, 0);
}

static void
test_item_13_late (void)
{
  run_bad_line (45, 0, 0.005);
  run_bad_line (44, 0, 0.005);
}

/* A servo that falls out and comes back: its replies are lost, nobody else's. */
static void
test_missing (void)
{
  for (uint8_t firmware = 44; firmware <= 45; firmware++)
    {
      LwServoReading reading[LW_MAX_JOINTS];
      LwSimBusConfig config;
      LwTestBus bus;

      lw_sim_bus_config_init (&config);
      config.firmware = firmware;
      open_identified (&bus, &config);
      for (int cycle = 0; cycle < 300; cycle++)
        {
          int64_t start_ns = test_bus_now (&bus);

          lw_sim_bus_set_missing (bus.sim, 2, cycle >= 100 && cycle < 200);
          (void) test_bus_read (&bus, reading, 8 * MS);
          for (size_t i = 0; i < bus.n && cycle > 101 && cycle < 200; i++)
            g_assert_true (reading[i].valid == (i != 2));
          test_bus_wait_until (&bus, start_ns + 10 * MS);
        }
      let_settle (&bus);
      for (size_t i = 0; i < bus.n; i++)
        {
          const LwBusCounters *mine = &bus.servos->servo_counters[i];

          g_assert_cmpuint (mine->sent, ==, mine->answered + mine->lost);
          g_assert_true (i == 2 ? mine->lost > 5 : mine->lost <= 10);
        }
      test_bus_close (&bus);
    }
}

typedef struct {
  double cycle, read; /* s */
} Times;

/* One cycle as the arm runs it: read, then goals. @firmware 44 reads one servo after the other, 45 all together. */
static Times
measure (uint8_t firmware, double rate, int n_cycles)
{
  LwServoReading reading[LW_MAX_JOINTS];
  double goal[LW_MAX_JOINTS];
  Times worst = { 0, 0 };
  LwSimBusConfig config;
  LwTestBus bus;

  lw_sim_bus_config_init (&config);
  config.firmware = firmware;
  config.jitter_us = 0;
  open_identified (&bus, &config);
  test_bus_power (&bus, goal);
  for (int cycle = 0; cycle < n_cycles; cycle++)
    {
      int64_t start_ns = test_bus_now (&bus), read_ns;

      g_assert_cmpint (test_bus_read (&bus, reading, 2 * MS), ==, LW_BUS_OK);
      read_ns = test_bus_now (&bus);
      g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, read_ns + MS), ==, LW_BUS_OK);
      worst.read = fmax (worst.read, (double) (read_ns - start_ns) * 1e-9);
      worst.cycle = fmax (worst.cycle, (double) (test_bus_now (&bus) - start_ns) * 1e-9);
      if (rate > 0)
        test_bus_wait_until (&bus, start_ns + (int64_t) (1e9 / rate));
    }
  g_assert_cmpuint (bus.servos->counters.lost + bus.servos->counters.corrupt + bus.servos->counters.overdue, ==, 0);
  test_bus_close (&bus);
  return worst;
}

/* 400 Hz on six servos at 1 Mbit/s: what the bus itself takes of the 2.5 ms. */
static void
test_cycle_time (void)
{
  Times sync = measure (44, 400, 800), fast = measure (45, 400, is_long () ? 240000 : 800);

  g_test_message ("sync read %.3f ms, with goals %.3f ms; fast read %.3f ms, with goals %.3f ms", sync.read * 1e3, sync.cycle * 1e3, fast.read * 1e3,
                  fast.cycle * 1e3);
  g_assert_cmpfloat (sync.cycle, <, 2.3e-3);
  g_assert_cmpfloat (fast.cycle, <, 1.7e-3);
  g_assert_cmpfloat (fast.read, <, sync.read);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dynamixel-arm/item-13-corrupt", test_item_13_corrupt);
  g_test_add_func ("/dynamixel-arm/item-13-late", test_item_13_late);
  g_test_add_func ("/dynamixel-arm/missing", test_missing);
  g_test_add_func ("/dynamixel-arm/cycle-time", test_cycle_time);
  return g_test_run ();
}
