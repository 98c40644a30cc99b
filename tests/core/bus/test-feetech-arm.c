/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-feetech-setup.h"
#include "lw-feetech-table.h"
#include "lw-test-bus.h"

/* The driver and a simulated arm with Feetech servos, on an injected clock. */
#define PERIOD (10 * MS)

static bool
is_long (void)
{
  return g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0;
}

static void
open_arm (LwTestBus *self, uint64_t seed)
{
  uint8_t ids[LW_MAX_JOINTS];
  LwSimBusConfig config;

  lw_sim_bus_config_init (&config);
  config.protocol = LW_PROTOCOL_FEETECH;
  config.seed = seed;
  test_bus_init (self, "so-101", &config);
  for (size_t i = 0; i < self->n; i++)
    ids[i] = (uint8_t) (1 + i);
  self->servos = lw_servo_bus_new (LW_PROTOCOL_FEETECH, lw_sim_bus_direct (self->sim, &self->clock), ids, self->n);
  g_assert_nonnull (self->servos);
  for (size_t i = 0; i < self->n; i++)
    {
      LwServoIdentity identity;

      g_assert_cmpint (self->servos->klass->identify (self->servos, i, &identity, test_bus_now (self) + 1000 * MS), ==, LW_BUS_OK);
      g_assert_cmpstr (identity.name, ==, "STS3215");
      g_assert_cmpfloat_with_epsilon (identity.supply_min, 9, 1e-9); /* the 12 V version, by its own upper limit */
      g_assert_cmpfloat_with_epsilon (identity.supply_max, 14, 1e-9);
    }
}

/* In all exactly. Which of two missing neighbours was the damaged one bytes alone cannot always say: a damaged id may make a perfect head of the other's. That is
 * one in some thousand. */
static void
assert_books (const LwTestBus *bus)
{
  uint64_t lost = 0, corrupt = 0, asked = 0;

  for (size_t i = 0; i < bus->n; i++)
    {
      const LwBusCounters *mine = &bus->servos->servo_counters[i];
      LwSimHarm harm;

      lw_sim_bus_harm (bus->sim, i, &harm);
      g_test_message ("servo %zu: %" G_GUINT64_FORMAT " asked, %" G_GUINT64_FORMAT " answered, %" G_GUINT64_FORMAT " lost, %" G_GUINT64_FORMAT " corrupt, %"
                      G_GUINT64_FORMAT " overdue; done to it: %" G_GUINT64_FORMAT " lost, %" G_GUINT64_FORMAT " corrupt, %" G_GUINT64_FORMAT " late", i,
                      mine->sent, mine->answered, mine->lost, mine->corrupt, mine->overdue, harm.lost, harm.corrupt, harm.late);
      g_assert_cmpuint (mine->sent, ==, mine->answered + mine->lost + mine->corrupt + mine->overdue);
      g_assert_cmpuint (mine->sent, ==, harm.replies);
      g_assert_cmpuint (mine->lost + mine->corrupt, ==, harm.lost + harm.corrupt);
      g_assert_cmpint (ABS ((int64_t) (mine->lost - harm.lost)), <=, is_long () ? 3 : 0);
      lost += harm.lost;
      corrupt += harm.corrupt;
      asked += mine->sent;
    }
  g_assert_cmpuint (bus->servos->counters.lost, ==, lost);
  g_assert_cmpuint (bus->servos->counters.corrupt, ==, corrupt);
  g_assert_cmpuint (asked, ==, bus->servos->counters.answered + lost + corrupt + bus->servos->counters.overdue);
}

/* Cycles at 100 Hz along a slow wave; what is read is where the arm is at that time. Returns the cycles not complete within their deadline. */
static int
run_cycles (LwTestBus *self, double seconds)
{
  double start[LW_MAX_JOINTS], goal[LW_MAX_JOINTS], truth[LW_MAX_JOINTS];
  int64_t t_ns, n_missed = 0;
  int n_cycles = (int) (seconds * 100);

  test_bus_power (self, start);
  t_ns = test_bus_now (self);
  for (int cycle = 0; cycle < n_cycles; cycle++)
    {
      LwServoReading reading[LW_MAX_JOINTS];
      LwBusStatus status = test_bus_read (self, reading, PERIOD * 4 / 5);

      lw_sim_bus_truth (self->sim, truth, NULL);
      n_missed += status != LW_BUS_OK;
      for (size_t i = 0; i < self->n; i++)
        {
          if (reading[i].valid)
            g_assert_cmpfloat_with_epsilon (reading[i].angle + self->middle[i], truth[i], 0.03);
          goal[i] = start[i] + 0.2 * sin (2 * G_PI * 0.2 * cycle * 0.01) * (i % 2 == 0 ? 1 : -1);
        }
      g_assert_cmpint (self->servos->klass->write_goals (self->servos, goal, test_bus_now (self) + MS), ==, LW_BUS_OK);
      t_ns += PERIOD;
      test_bus_wait_until (self, t_ns);
    }
  return (int) n_missed;
}

static void
test_clean (void)
{
  LwTestBus bus;

  open_arm (&bus, 1);
  g_assert_cmpint (run_cycles (&bus, 5), ==, 0);
  assert_books (&bus);
  g_assert_cmpuint (bus.servos->counters.late, ==, 0);
  g_test_message ("median round trip %.2f ms", 1e3 * lw_round_trips_quantile (&bus.servos->round_trips, 0.5));
  g_assert_cmpfloat (lw_round_trips_quantile (&bus.servos->round_trips, 0.99), <, 5e-3);
  test_bus_close (&bus);
}

/* 2 % lost, 1 % corrupt: no cycle misses its deadline for long, and the books say exactly what was done. */
static void
test_loss (void)
{
  double seconds = is_long () ? 600 : 20;
  LwTestBus bus;
  int n_missed;

  open_arm (&bus, 2);
  lw_sim_bus_set_loss (bus.sim, 0.02, 0.01);
  n_missed = run_cycles (&bus, seconds);
  g_test_message ("%d of %.0f cycles incomplete", n_missed, seconds * 100);
  g_assert_cmpint (n_missed, <=, (int) (seconds * 100) / 100);
  assert_books (&bus);
  g_assert_cmpuint (bus.servos->counters.lost, >, 50);
  g_assert_cmpuint (bus.servos->counters.corrupt, >, 20);
  test_bus_close (&bus);
}

/* Adapters that dawdle besides: late replies are known as such, none is taken for another, the arm is where the readings say, and what was lost or corrupt among the
 * late ones is still told apart. */
static void
test_late (void)
{
  double seconds = is_long () ? 600 : 20;
  LwTestBus bus;

  open_arm (&bus, 3);
  lw_sim_bus_set_loss (bus.sim, 0.02, 0.01);
  lw_sim_bus_set_late (bus.sim, 0.01, 2e-3, 40e-3);
  g_test_message ("%d of %.0f cycles incomplete", run_cycles (&bus, seconds), seconds * 100);
  /* The last ones may still be under way. */
  lw_sim_bus_set_late (bus.sim, 0, 0, 0);
  lw_sim_bus_set_loss (bus.sim, 0, 0);
  {
    LwServoReading reading[LW_MAX_JOINTS];

    test_bus_wait_until (&bus, test_bus_now (&bus) + 45 * MS);
    g_assert_cmpint (test_bus_read (&bus, reading, 100 * MS), ==, LW_BUS_OK);
  }
  g_assert_cmpuint (bus.servos->counters.overdue, >, 20);
  assert_books (&bus);
  test_bus_close (&bus);
}

/* On an adapter that hears itself, with loss. */
static void
test_echo (void)
{
  LwTestBus bus;

  open_arm (&bus, 4);
  lw_sim_bus_set_faults (bus.sim, LW_SIM_FAULT_ECHO);
  lw_sim_bus_set_loss (bus.sim, 0.02, 0.01);
  g_assert_cmpint (run_cycles (&bus, 10), <=, 10);
  assert_books (&bus);
  test_bus_close (&bus);
}

/* A servo goes and comes back, in both kinds of chain. */
static void
test_missing (void)
{
  for (int stops = 0; stops < 2; stops++)
    {
      LwServoReading reading[LW_MAX_JOINTS] = { { .angle = 0 } };
      int cycle = 0;
      LwTestBus bus;

      open_arm (&bus, 5);
      lw_sim_bus_set_faults (bus.sim, stops ? LW_SIM_FAULT_SYNC_STOPS : 0);
      for (; cycle < 5; cycle++)
        g_assert_cmpint (test_bus_read (&bus, reading, 8 * MS), ==, LW_BUS_OK);
      lw_sim_bus_set_missing (bus.sim, 2, true);
      for (cycle = 0; cycle < 60; cycle++)
        {
          g_assert_cmpint (test_bus_read (&bus, reading, 50 * MS), ==, LW_BUS_TIMEOUT);
          for (size_t i = 0; i < bus.n; i++)
            g_assert_cmpint (reading[i].valid, ==, i != 2);
        }
      lw_sim_bus_set_missing (bus.sim, 2, false);
      for (cycle = 0; cycle < 17 && !reading[2].valid; cycle++)
        (void) test_bus_read (&bus, reading, 50 * MS);
      g_assert_true (reading[2].valid);
      g_assert_cmpint (test_bus_read (&bus, reading, 8 * MS), ==, LW_BUS_OK);
      test_bus_close (&bus);
    }
}

/* Goal = present, torque, read back; a lost broadcast is seen by reading back. */
static void
test_power (void)
{
  double goal[LW_MAX_JOINTS], back[LW_MAX_JOINTS];
  bool on[LW_MAX_JOINTS];
  LwServoReading reading[LW_MAX_JOINTS];
  LwTestBus bus;

  open_arm (&bus, 6);
  test_bus_power (&bus, goal);
  g_assert_cmpint (bus.servos->klass->get_torque (bus.servos, on, test_bus_now (&bus) + 100 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (bus.servos->klass->read_goals (bus.servos, back, test_bus_now (&bus) + 100 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus.n; i++)
    {
      g_assert_true (on[i]);
      g_assert_cmpfloat_with_epsilon (back[i], goal[i], 1e-9);
    }
  test_bus_wait_until (&bus, test_bus_now (&bus) + 500 * MS);
  g_assert_cmpint (test_bus_read (&bus, reading, 100 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus.n; i++)
    g_assert_cmpfloat_with_epsilon (reading[i].angle, goal[i], 0.05);
  g_assert_cmpint (bus.servos->klass->set_torque (bus.servos, false, test_bus_now (&bus) + 100 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (bus.servos->klass->get_torque (bus.servos, on, test_bus_now (&bus) + 100 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus.n; i++)
    g_assert_false (on[i]);
  test_bus_close (&bus);
}

/* The position shifts by the offset, the other way than the word says; it outlasts a restart. */
static void
test_store (void)
{
  LwServoStored stored, again;
  LwServoReading before[LW_MAX_JOINTS], after[LW_MAX_JOINTS];
  LwServoIdentity identity;
  LwTestBus bus;

  open_arm (&bus, 7);
  g_assert_cmpint (bus.servos->klass->read_stored (bus.servos, 1, &stored, test_bus_now (&bus) + 500 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (test_bus_read (&bus, before, 100 * MS), ==, LW_BUS_OK);
  stored.offset += 100 * LW_FEETECH_RAD_PER_TICK;
  stored.min = -1000 * LW_FEETECH_RAD_PER_TICK;
  stored.max = 1200 * LW_FEETECH_RAD_PER_TICK;
  g_assert_cmpint (bus.servos->klass->write_stored (bus.servos, 1, &stored, test_bus_now (&bus) + 1000 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (test_bus_read (&bus, after, 100 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (after[1].angle, before[1].angle + 100 * LW_FEETECH_RAD_PER_TICK, 2 * LW_FEETECH_RAD_PER_TICK);

  g_assert_cmpint (bus.servos->klass->reboot (bus.servos, 1, test_bus_now (&bus) + 100 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (bus.servos->klass->identify (bus.servos, 1, &identity, test_bus_now (&bus) + 100 * MS), ==, LW_BUS_TIMEOUT);
  test_bus_wait_until (&bus, test_bus_now (&bus) + 2000 * MS);
  g_assert_cmpint (bus.servos->klass->read_stored (bus.servos, 1, &again, test_bus_now (&bus) + 500 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (again.offset, stored.offset, 1e-12);
  g_assert_cmpfloat_with_epsilon (again.min, stored.min, 1e-12);
  g_assert_cmpfloat_with_epsilon (again.max, stored.max, 1e-12);
  test_bus_close (&bus);
}

static void
test_health (void)
{
  LwServoReading reading[LW_MAX_JOINTS];
  LwServoIdentity health = { 0 };
  LwTestBus bus;

  open_arm (&bus, 8);
  lw_sim_bus_set_heat (bus.sim, 3, 55);
  lw_sim_bus_fail_servo (bus.sim, 3, LW_FEETECH_STATUS_OVERLOAD);
  test_bus_wait_until (&bus, test_bus_now (&bus) + 50 * MS);
  g_assert_cmpint (bus.servos->klass->read_health (bus.servos, 3, &health, test_bus_now (&bus) + 100 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (health.temperature, 55, 2);
  g_assert_cmphex (health.hardware_error & LW_FEETECH_STATUS_OVERLOAD, !=, 0);
  g_assert_cmpint (test_bus_read (&bus, reading, 100 * MS), ==, LW_BUS_OK);
  g_assert_true (reading[3].valid && reading[3].alert && !reading[2].alert);
  test_bus_close (&bus);
}

/* Found, given another id and another speed, and found there. */
static void
test_setup (void)
{
  LwServoIdentity identity;
  unsigned delay_us;
  bool doubled;
  LwTestBus bus;
  LwTransport *line;

  open_arm (&bus, 9);
  line = bus.servos->transport;
  g_assert_cmpint (lw_feetech_ping (line, 3, &identity, &delay_us, &doubled, test_bus_now (&bus) + 500 * MS), ==, LW_BUS_OK);
  g_assert_false (doubled);
  g_assert_cmpint (lw_feetech_ping (line, 33, &identity, &delay_us, &doubled, test_bus_now (&bus) + 500 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpint (lw_feetech_write_setting (line, 3, LW_FEETECH_ID, 1, 33, test_bus_now (&bus) + 2000 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (lw_feetech_ping (line, 33, &identity, &delay_us, &doubled, test_bus_now (&bus) + 500 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (lw_feetech_ping (line, 3, &identity, &delay_us, &doubled, test_bus_now (&bus) + 500 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpint (lw_feetech_write_setting (line, 33, LW_FEETECH_BAUD, 1, 4, test_bus_now (&bus) + 2000 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (line->baud, ==, 115200);
  g_assert_cmpint (lw_feetech_ping (line, 33, &identity, &delay_us, &doubled, test_bus_now (&bus) + 500 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (lw_feetech_ping (line, 1, &identity, &delay_us, &doubled, test_bus_now (&bus) + 500 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpint (lw_transport_set_baud (line, 1000000), ==, LW_IO_OK);
  lw_sim_bus_set_doubled (bus.sim, 0, true);
  (void) lw_feetech_ping (line, 1, &identity, &delay_us, &doubled, test_bus_now (&bus) + 500 * MS);
  g_assert_true (doubled);
  test_bus_close (&bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feetech-arm/clean", test_clean);
  g_test_add_func ("/feetech-arm/loss", test_loss);
  g_test_add_func ("/feetech-arm/late", test_late);
  g_test_add_func ("/feetech-arm/echo", test_echo);
  g_test_add_func ("/feetech-arm/missing", test_missing);
  g_test_add_func ("/feetech-arm/power", test_power);
  g_test_add_func ("/feetech-arm/store", test_store);
  g_test_add_func ("/feetech-arm/health", test_health);
  g_test_add_func ("/feetech-arm/setup", test_setup);
  return g_test_run ();
}
