/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>
#include <unistd.h>

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-table.h"
#include "lw-test-bus.h"
#include "pty-as-serial.h"

#define TICK LW_DXL_RAD_PER_TICK

static void
default_config (LwSimBusConfig *config)
{
  lw_sim_bus_config_init (config);
  config->seed = 7;
}

/* --- one session, three lines ------------------------------------------------------------------------------------------------ */

typedef struct {
  size_t n_writes, n_goals; /* instructions that write; goal writes among them */
} Writes;

static void
count_writes (const LwSimPacket *packet, void *data)
{
  Writes *writes = data;

  if (packet->instruction == LW_DYNAMIXEL_WRITE || packet->instruction == LW_DYNAMIXEL_SYNC_WRITE || packet->instruction == LW_DYNAMIXEL_REBOOT)
    writes->n_writes++;
  if (packet->instruction == LW_DYNAMIXEL_SYNC_WRITE && packet->address == LW_DXL_GOAL_POSITION)
    writes->n_goals++;
}

/* Lets @ms pass on whatever clock the line has. */
static void
pause_for (LwTestBus *bus, int64_t ms)
{
  if (bus->servos->transport->clock == &bus->clock.base)
    test_bus_wait_until (bus, bus->clock.now_ns + ms * MS);
  else
    g_usleep ((gulong) ms * 1000);
}

static int64_t
soon (const LwTestBus *bus)
{
  return test_bus_now (bus) + 1000 * MS;
}

/* Connect, look, power, move, compare, release: the same whatever carries the bytes. The tap's counts are read on this thread only while nothing is
 * under way on the line: the reply to the request before is what orders them. */
static void
run_session (LwTestBus *bus)
{
  const LwServoBusClass *klass = bus->servos->klass;
  LwServoReading reading[LW_MAX_JOINTS];
  double start[LW_MAX_JOINTS], goal[LW_MAX_JOINTS], back[LW_MAX_JOINTS], q[LW_MAX_JOINTS];
  bool on[LW_MAX_JOINTS];

  for (size_t i = 0; i < bus->n; i++)
    {
      LwServoIdentity identity = { 0 };

      g_assert_cmpint (klass->identify (bus->servos, i, &identity, soon (bus)), ==, LW_BUS_OK);
      g_assert_cmpstr (identity.name, ==, "XM430-W350");
      g_assert_cmpfloat_with_epsilon (identity.voltage, 12.1, 0.6);
      g_assert_cmpfloat_with_epsilon (identity.temperature, 31, 2);
      g_assert_cmpuint (identity.hardware_error, ==, 0);
    }
  g_assert_cmpint (klass->get_torque (bus->servos, on, soon (bus)), ==, LW_BUS_OK);
  g_assert_cmpint (test_bus_read (bus, reading, 1000 * MS), ==, LW_BUS_OK);
  lw_sim_bus_truth (bus->sim, q, NULL);
  for (size_t i = 0; i < bus->n; i++)
    {
      g_assert_false (on[i]);
      g_assert_true (reading[i].valid && !reading[i].alert);
      g_assert_cmpfloat_with_epsilon (reading[i].angle + bus->middle[i], q[i], 0.51 * TICK);
    }

  test_bus_power (bus, start);
  g_assert_cmpint (klass->get_torque (bus->servos, on, soon (bus)), ==, LW_BUS_OK);
  pause_for (bus, 50);
  g_assert_cmpint (klass->read_goals (bus->servos, back, soon (bus)), ==, LW_BUS_OK);
  lw_sim_bus_truth (bus->sim, q, NULL);
  for (size_t i = 0; i < bus->n; i++)
    {
      g_assert_true (on[i]);
      g_assert_cmpfloat_with_epsilon (back[i], start[i], 1e-9);
      g_assert_cmpfloat_with_epsilon (q[i], start[i] + bus->middle[i], 2 * TICK); /* torque-on did not move it */
    }

  for (int k = 1; k <= 30; k++)
    {
      for (size_t i = 0; i < bus->n; i++)
        goal[i] = start[i] + 0.15 * k / 30;
      g_assert_cmpint (klass->write_goals (bus->servos, goal, soon (bus)), ==, LW_BUS_OK);
      pause_for (bus, 10);
      g_assert_cmpint (test_bus_read (bus, reading, 1000 * MS), ==, LW_BUS_OK);
    }
  pause_for (bus, 400);
  g_assert_cmpint (test_bus_read (bus, reading, 1000 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus->n; i++)
    g_assert_cmpfloat_with_epsilon (reading[i].angle, goal[i], 0.005);
  g_assert_cmpint (klass->set_torque (bus->servos, false, soon (bus)), ==, LW_BUS_OK);
  g_assert_cmpint (klass->get_torque (bus->servos, on, soon (bus)), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus->n; i++)
    g_assert_false (on[i]);
  g_assert_cmpuint (bus->servos->counters.corrupt, ==, 0);
}

static void
test_session_direct (void)
{
  LwSimBusConfig config;
  LwTestBus bus;

  default_config (&config);
  test_bus_open (&bus, "arm-7", &config);
  run_session (&bus);
  g_assert_cmpuint (bus.servos->counters.lost, ==, 0);
  test_bus_close (&bus);
}

static void
test_session_socket (void)
{
  g_autoptr (GError) error = NULL;
  LwSimBusConfig config;
  LwTestBus bus;
  int fd;

  default_config (&config);
  test_bus_init (&bus, "arm-7", &config);
  fd = lw_sim_bus_connect (bus.sim, &error);
  g_assert_no_error (error);
  test_bus_attach (&bus, lw_transport_fd_new (fd, "Simulated arm"), 1);
  run_session (&bus);
  test_bus_close (&bus);
}

static void
test_session_serial (void)
{
  g_autoptr (GError) error = NULL;
  LwTransport *transport;
  LwSimBusConfig config;
  LwTestBus bus;
  char path[64];
  int master = pty_as_serial_open (path, sizeof path);

  default_config (&config);
  test_bus_init (&bus, "arm-7", &config);
  g_assert_true (lw_sim_bus_serve (bus.sim, master, &error));
  g_assert_no_error (error);
  for (int attempt = 0; attempt < 2; attempt++) /* and once more: the simulator outlives its client */
    {
      transport = lw_transport_serial_open (path, 1000000, &error);
      g_assert_no_error (error);
      test_bus_attach (&bus, transport, 1);
      if (attempt == 0)
        {
          LwServoReading reading[LW_MAX_JOINTS];

          g_assert_cmpint (test_bus_read (&bus, reading, 1000 * MS), ==, LW_BUS_OK);
          lw_servo_bus_free (bus.servos);
        }
    }
  run_session (&bus);
  test_bus_close (&bus);
}

/* Is a servo heard within @within_ns? Asked until then: the machine may be busy with something else. */
static bool
answers (LwTransport *transport, int64_t within_ns)
{
  int64_t deadline_ns = lw_clock_now (transport->clock) + within_ns;
  uint8_t ping[16], bytes[64];
  size_t n = lw_dynamixel_build (ping, sizeof ping, 1, LW_DYNAMIXEL_PING, NULL, 0), got;

  while (lw_clock_now (transport->clock) < deadline_ns)
    {
      g_assert_cmpint (transport->klass->write (transport, ping, n, deadline_ns), ==, LW_IO_OK);
      if (transport->klass->read (transport, bytes, sizeof bytes, &got, lw_clock_now (transport->clock) + 30 * MS) == LW_IO_OK)
        return true;
    }
  return false;
}

/* The speed a client asks its port for is the one it is heard at. */
static void
test_port_speed (void)
{
  g_autoptr (GError) error = NULL;
  LwTransport *transport;
  LwSimBusConfig config;
  LwTestBus bus;
  char path[64];
  int master = pty_as_serial_open (path, sizeof path);

  default_config (&config);
  test_bus_init (&bus, "planar-2", &config);
  g_assert_true (lw_sim_bus_serve (bus.sim, master, &error));
  g_assert_no_error (error);
  transport = lw_transport_serial_open (path, 57600, &error);
  g_assert_no_error (error);
  g_assert_false (answers (transport, 100 * MS));
  g_assert_cmpint (lw_transport_set_baud (transport, 1000000), ==, LW_IO_OK);
  g_assert_true (answers (transport, 5000 * MS));
  g_assert_cmpint (lw_transport_set_baud (transport, 1234567), ==, LW_IO_OK); /* one without a name */
  g_usleep (50000); /* what was on its way arrives */
  g_assert_cmpint (transport->klass->flush (transport), ==, LW_IO_OK);
  g_assert_false (answers (transport, 100 * MS));
  lw_transport_free (transport);
  bus.servos = NULL;
  test_bus_close (&bus);
}

/* Looking writes nothing. */
static void
test_connect_writes_nothing (void)
{
  LwServoReading reading[LW_MAX_JOINTS];
  Writes writes = { 0 };
  LwSimBusConfig config;
  LwTestBus bus;
  double goals[LW_MAX_JOINTS], nan_goals[LW_MAX_JOINTS];
  bool flags[LW_MAX_JOINTS];

  default_config (&config);
  test_bus_open (&bus, "desk-6", &config);
  lw_sim_bus_set_tap (bus.sim, count_writes, &writes);
  for (size_t i = 0; i < bus.n; i++)
    {
      LwServoIdentity identity;

      nan_goals[i] = NAN;
      g_assert_cmpint (bus.servos->klass->identify (bus.servos, i, &identity, soon (&bus)), ==, LW_BUS_OK);
      g_assert_cmpint (bus.servos->klass->read_health (bus.servos, i, &identity, soon (&bus)), ==, LW_BUS_OK);
    }
  g_assert_cmpint (test_bus_read (&bus, reading, 100 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (bus.servos->klass->read_goals (bus.servos, goals, soon (&bus)), ==, LW_BUS_OK);
  g_assert_cmpint (bus.servos->klass->get_torque (bus.servos, flags, soon (&bus)), ==, LW_BUS_OK);
  g_assert_cmpint (bus.servos->klass->get_watchdog (bus.servos, flags, soon (&bus)), ==, LW_BUS_OK);
  g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, nan_goals, soon (&bus)), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (writes.n_writes, ==, 0);
  g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goals, soon (&bus)), ==, LW_BUS_OK);
  test_bus_wait_until (&bus, bus.clock.now_ns + MS);
  g_assert_cmpuint (writes.n_writes, ==, 1);
  g_assert_cmpuint (writes.n_goals, ==, 1);
  test_bus_close (&bus);
}

/* --- time -------------------------------------------------------------------------------------------------------------------- */

/* Reply times of 100 cycles at 10 ms. */
static void
reply_times (uint64_t seed, double jitter_us, int64_t *t_ns)
{
  LwServoReading reading[LW_MAX_JOINTS];
  LwSimBusConfig config;
  LwTestBus bus;
  double goal[LW_MAX_JOINTS];

  default_config (&config);
  config.seed = seed;
  config.jitter_us = jitter_us;
  test_bus_open (&bus, "arm-7", &config);
  test_bus_power (&bus, goal);
  for (int k = 0; k < 100; k++)
    {
      int64_t t_request_ns, start_ns = 2000 * MS + k * 10 * MS;

      test_bus_wait_until (&bus, start_ns);
      g_assert_cmpint (bus.servos->klass->read (bus.servos, reading, &t_request_ns, &t_ns[k], start_ns + 9 * MS), ==, LW_BUS_OK);
      goal[0] += 0.001;
      g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, start_ns + 9 * MS), ==, LW_BUS_OK);
    }
  t_ns[100] = (int64_t) (reading[0].angle / TICK) * 1000003 + (int64_t) (reading[6].angle / TICK); /* and where the arm is */
  test_bus_close (&bus);
}

static void
test_deterministic (void)
{
  int64_t a[101], b[101], c[101], exact[101];
  int n_different = 0, n_uneven = 0;

  reply_times (1, 150, a);
  reply_times (1, 150, b);
  reply_times (2, 150, c);
  g_assert_cmpmem (a, sizeof a, b, sizeof b);
  for (int k = 0; k < 100; k++)
    n_different += a[k] != c[k];
  g_assert_cmpint (n_different, ==, 100);
  /* Measured stamps are not a ruler's: the steps between them all differ. */
  for (int k = 2; k < 100; k++)
    n_uneven += a[k] - a[k - 1] != a[k - 1] - a[k - 2];
  g_assert_cmpint (n_uneven, >=, 97);
  /* Without jitter the wire alone decides: 21 bytes out, 7 x 21 back, 7 turnarounds of 50 us. */
  reply_times (1, 0, exact);
  for (int k = 0; k < 100; k++)
    g_assert_cmpint (exact[k] - (2000 * MS + k * 10 * MS), ==, 210000 + 7 * (210000 + 50000));
}

/* Over the thread, too, time stamps come from the clock and are uneven; the round trip is at least what the wire takes. */
static void
test_thread_stamps (void)
{
  g_autoptr (GError) error = NULL;
  LwServoReading reading[LW_MAX_JOINTS];
  int64_t t_ns[60];
  LwSimBusConfig config;
  LwTestBus bus;
  int n_uneven = 0, n_read = 0;

  default_config (&config);
  test_bus_init (&bus, "planar-2", &config);
  test_bus_attach (&bus, lw_transport_fd_new (lw_sim_bus_connect (bus.sim, &error), "Simulated arm"), 1);
  g_assert_no_error (error);
  for (int k = 0; k < 60; k++)
    {
      int64_t t_request_ns, t_reply_ns;

      if (bus.servos->klass->read (bus.servos, reading, &t_request_ns, &t_reply_ns, soon (&bus)) == LW_BUS_OK)
        {
          g_assert_cmpint (t_reply_ns - t_request_ns, >=, 160000 + 2 * 260000);
          t_ns[n_read++] = t_request_ns + (t_reply_ns - t_request_ns) / 2;
        }
      g_usleep (2000);
    }
  g_assert_cmpint (n_read, >=, 55);
  for (int k = 2; k < n_read; k++)
    n_uneven += t_ns[k] - t_ns[k - 1] != t_ns[k - 1] - t_ns[k - 2];
  g_assert_cmpint (n_uneven, >=, n_read - 4);
  test_bus_close (&bus);
}

/* --- faults ------------------------------------------------------------------------------------------------------------------ */

/* The client's counters say what was injected, and nearly every cycle is complete in spite of it. */
static void
test_loss_counters (void)
{
  int n_cycles = lw_test_is_long () ? 60000 : 3000, n_complete = 0;
  LwServoReading reading[LW_MAX_JOINTS];
  uint64_t lost, corrupt;
  LwSimBusConfig config;
  LwTestBus bus;

  default_config (&config);
  test_bus_open (&bus, "arm-7", &config);
  lw_sim_bus_set_loss (bus.sim, 0.02, 0.01);
  for (int k = 0; k < n_cycles; k++)
    {
      int64_t start_ns = 2000 * MS + k * 10 * MS;
      double q[LW_MAX_JOINTS];
      LwServoIdentity health;

      test_bus_wait_until (&bus, start_ns);
      if (test_bus_read (&bus, reading, 9 * MS) == LW_BUS_OK)
        n_complete++;
      lw_sim_bus_truth (bus.sim, q, NULL);
      for (size_t i = 0; i < bus.n; i++)
        if (reading[i].valid)
          g_assert_cmpfloat_with_epsilon (reading[i].angle + bus.middle[i], q[i], 0.51 * TICK);
      if (k % 5 == 0)
        (void) bus.servos->klass->read_health (bus.servos, (size_t) k % bus.n, &health, start_ns + 10 * MS);
    }
  test_bus_wait_until (&bus, bus.clock.now_ns + 100 * MS);
  lw_sim_bus_injected (bus.sim, &lost, &corrupt);
  g_assert_cmpuint (lost, >, (guint64) n_cycles / 10);
  g_assert_cmpuint (corrupt, >, (guint64) n_cycles / 20);
  g_assert_cmpuint (bus.servos->counters.lost, ==, lost);
  g_assert_cmpuint (bus.servos->counters.corrupt, ==, corrupt);
  g_assert_cmpint (n_complete, >=, n_cycles * 99 / 100);
  test_bus_close (&bus);
}

/* One servo falls silent: it takes those behind it along in the first cycle of 10 ms at most, the others are read in every other, and it is back soon after
 * it returns. */
static void
test_missing_servo (void)
{
  LwServoReading reading[LW_MAX_JOINTS];
  LwSimBusConfig config;
  LwTestBus bus;
  int64_t t_ns = 2000 * MS;

  default_config (&config);
  test_bus_open (&bus, "arm-7", &config);
  for (int k = 0; k < 100; k++, t_ns += 10 * MS)
    {
      test_bus_wait_until (&bus, t_ns);
      g_assert_cmpint (test_bus_read (&bus, reading, 9 * MS), ==, LW_BUS_OK);
    }
  lw_sim_bus_set_missing (bus.sim, 2, true);
  for (int k = 0; k < 50; k++, t_ns += 10 * MS)
    {
      test_bus_wait_until (&bus, t_ns);
      g_assert_cmpint (test_bus_read (&bus, reading, 9 * MS), ==, LW_BUS_TIMEOUT);
      g_assert_cmpint (bus.clock.now_ns, <=, t_ns + 9 * MS);
      for (size_t i = 0; i < bus.n; i++)
        if (k > 0 || i <= 2)
          g_assert_true (reading[i].valid == (i != 2));
    }
  lw_sim_bus_set_missing (bus.sim, 2, false);
  for (int k = 0; k < 20; k++, t_ns += 10 * MS)
    {
      test_bus_wait_until (&bus, t_ns);
      (void) test_bus_read (&bus, reading, 9 * MS);
    }
  g_assert_true (reading[2].valid);
  test_bus_close (&bus);
}

static void
test_hang_up (void)
{
  g_autoptr (GError) error = NULL;
  LwServoReading reading[LW_MAX_JOINTS];
  LwSimBusConfig config;
  LwTestBus bus;
  int64_t start_ns;

  default_config (&config);
  test_bus_init (&bus, "planar-2", &config);
  test_bus_attach (&bus, lw_transport_fd_new (lw_sim_bus_connect (bus.sim, &error), "Simulated arm"), 1);
  g_assert_cmpint (test_bus_read (&bus, reading, 1000 * MS), ==, LW_BUS_OK);
  lw_sim_bus_set_faults (bus.sim, LW_SIM_FAULT_HANG_UP);
  start_ns = test_bus_now (&bus);
  while (test_bus_read (&bus, reading, 1000 * MS) != LW_BUS_GONE)
    g_assert_cmpint (test_bus_now (&bus) - start_ns, <, 1000 * MS);
  g_assert_cmpint (test_bus_now (&bus) - start_ns, <, 200 * MS);
  /* The plug goes back in: the same arm, where it was. */
  lw_servo_bus_free (bus.servos);
  lw_sim_bus_set_faults (bus.sim, LW_SIM_FAULT_NONE);
  test_bus_attach (&bus, lw_transport_fd_new (lw_sim_bus_connect (bus.sim, &error), "Simulated arm"), 1);
  g_assert_cmpint (test_bus_read (&bus, reading, 1000 * MS), ==, LW_BUS_OK);
  g_assert_no_error (error);
  test_bus_close (&bus);
}

/* The cable behind the adapter is cut while the arm moves: the servos' watchdog stops it, and refuses goals until cleared. */
static void
test_watchdog (void)
{
  LwServoReading reading[LW_MAX_JOINTS];
  double goal[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], q[LW_MAX_JOINTS], later[LW_MAX_JOINTS];
  bool triggered[LW_MAX_JOINTS];
  LwSimBusConfig config;
  LwTestBus bus;
  int64_t t_ns;

  default_config (&config);
  test_bus_open (&bus, "planar-2", &config);
  test_bus_power (&bus, goal);
  g_assert_cmpint (bus.servos->klass->set_watchdog (bus.servos, 60, soon (&bus)), ==, LW_BUS_OK);
  t_ns = bus.clock.now_ns;
  for (int k = 0; k < 50; k++, t_ns += 10 * MS)
    {
      test_bus_wait_until (&bus, t_ns);
      goal[0] += 0.02;
      g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, t_ns + MS), ==, LW_BUS_OK);
    }
  goal[0] += 1; /* far off: it would arrive in a tenth of a second */
  g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, t_ns + MS), ==, LW_BUS_OK);
  test_bus_wait_until (&bus, t_ns + MS);
  lw_sim_bus_set_faults (bus.sim, LW_SIM_FAULT_SILENT);
  test_bus_wait_until (&bus, t_ns + 50 * MS);
  lw_sim_bus_truth (bus.sim, q, dq);
  g_assert_cmpfloat (dq[0], >, 1);
  g_assert_cmpint (test_bus_read (&bus, reading, 5 * MS), ==, LW_BUS_TIMEOUT);
  test_bus_wait_until (&bus, t_ns + 900 * MS);
  lw_sim_bus_truth (bus.sim, q, dq);
  g_assert_cmpfloat (fabs (dq[0]), <, 0.01);
  g_assert_cmpfloat (q[0] - bus.middle[0], <, goal[0] - 0.3);

  lw_sim_bus_set_faults (bus.sim, LW_SIM_FAULT_NONE);
  g_assert_cmpint (bus.servos->klass->get_watchdog (bus.servos, triggered, soon (&bus)), ==, LW_BUS_OK);
  g_assert_true (triggered[0] && triggered[1]);
  goal[0] = 0;
  g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, soon (&bus)), ==, LW_BUS_OK);
  test_bus_wait_until (&bus, bus.clock.now_ns + 300 * MS);
  lw_sim_bus_truth (bus.sim, later, NULL);
  g_assert_cmpfloat_with_epsilon (later[0], q[0], 0.01);
  g_assert_cmpint (bus.servos->klass->set_watchdog (bus.servos, 0, soon (&bus)), ==, LW_BUS_OK);
  g_assert_cmpint (bus.servos->klass->get_watchdog (bus.servos, triggered, soon (&bus)), ==, LW_BUS_OK);
  g_assert_false (triggered[0] || triggered[1]);
  g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, soon (&bus)), ==, LW_BUS_OK);
  test_bus_wait_until (&bus, bus.clock.now_ns + 1500 * MS);
  lw_sim_bus_truth (bus.sim, later, NULL);
  g_assert_cmpfloat_with_epsilon (later[0] - bus.middle[0], 0, 0.01);
  test_bus_close (&bus);
}

/* Goals without effect: the arm coasts on its path, and reading the goal back shows that the hold was not taken. */
static void
test_ignored_goals (void)
{
  double goal[LW_MAX_JOINTS], back[LW_MAX_JOINTS], dq[LW_MAX_JOINTS], moving_goal;
  LwSimBusConfig config;
  LwTestBus bus;
  int64_t t_ns;

  default_config (&config);
  test_bus_open (&bus, "planar-2", &config);
  test_bus_power (&bus, goal);
  t_ns = bus.clock.now_ns;
  for (int k = 0; k < 50; k++, t_ns += 10 * MS)
    {
      test_bus_wait_until (&bus, t_ns);
      goal[0] += 0.01;
      g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, t_ns + MS), ==, LW_BUS_OK);
    }
  moving_goal = goal[0];
  test_bus_wait_until (&bus, t_ns);
  lw_sim_bus_set_faults (bus.sim, LW_SIM_FAULT_IGNORE_GOALS);
  goal[0] = 0;
  g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, t_ns + MS), ==, LW_BUS_OK);
  test_bus_wait_until (&bus, t_ns + 300 * MS);
  g_assert_cmpint (bus.servos->klass->read_goals (bus.servos, back, soon (&bus)), ==, LW_BUS_OK);
  lw_sim_bus_truth (bus.sim, NULL, dq);
  g_assert_cmpfloat_with_epsilon (back[0], moving_goal, TICK);
  g_assert_cmpfloat_with_epsilon (dq[0], 1, 0.2);
  test_bus_close (&bus);
}

static void
test_alert (void)
{
  LwServoReading reading[LW_MAX_JOINTS];
  LwServoIdentity health;
  double goal[LW_MAX_JOINTS];
  bool on[LW_MAX_JOINTS];
  LwSimBusConfig config;
  LwTestBus bus;

  default_config (&config);
  test_bus_open (&bus, "desk-6", &config);
  test_bus_power (&bus, goal);
  lw_sim_bus_fail_servo (bus.sim, 3, LW_DXL_HARDWARE_OVERLOAD);
  g_assert_cmpint (test_bus_read (&bus, reading, 100 * MS), ==, LW_BUS_OK); /* the data are valid all the same */
  g_assert_cmpint (bus.servos->klass->get_torque (bus.servos, on, soon (&bus)), ==, LW_BUS_OK);
  for (size_t i = 0; i < bus.n; i++)
    {
      g_assert_true (reading[i].valid);
      g_assert_true (reading[i].alert == (i == 3));
      g_assert_true (on[i] == (i != 3));
    }
  g_assert_cmpint (bus.servos->klass->read_health (bus.servos, 3, &health, soon (&bus)), ==, LW_BUS_OK);
  g_assert_cmpuint (health.hardware_error, ==, LW_DXL_HARDWARE_OVERLOAD);
  test_bus_close (&bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-bus/session/direct", test_session_direct);
  g_test_add_func ("/sim-bus/session/socket", test_session_socket);
  g_test_add_func ("/sim-bus/session/serial", test_session_serial);
  g_test_add_func ("/sim-bus/port-speed", test_port_speed);
  g_test_add_func ("/sim-bus/connect-writes-nothing", test_connect_writes_nothing);
  g_test_add_func ("/sim-bus/deterministic", test_deterministic);
  g_test_add_func ("/sim-bus/thread-stamps", test_thread_stamps);
  g_test_add_func ("/sim-bus/loss-counters", test_loss_counters);
  g_test_add_func ("/sim-bus/missing-servo", test_missing_servo);
  g_test_add_func ("/sim-bus/hang-up", test_hang_up);
  g_test_add_func ("/sim-bus/watchdog", test_watchdog);
  g_test_add_func ("/sim-bus/ignored-goals", test_ignored_goals);
  g_test_add_func ("/sim-bus/alert", test_alert);
  return g_test_run ();
}
