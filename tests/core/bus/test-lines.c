/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "lw-servo-bus.h"
#include "lw-test-bus.h"
#include "scripted-transport.h"

/* The driver for arms that speak lines: against a script, then against the simulated arm that does. */
static const uint8_t three_ids[] = { 1, 2, 3 };

typedef struct {
  ScriptedLine line; /* first */
  GString     *told;
} Told;

static void
listen (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  g_string_append_len (((Told *) line)->told, (const char *) bytes, (gssize) n);
}

static LwServoBus *
open_bus (Told *self)
{
  scripted_open (&self->line, listen);
  self->line.base.baud = 0;
  self->told = g_string_new (NULL);
  scripted_send (&self->line, 0, "0.3\r\n", 5); /* the rest of a line */
  return lw_lines_new (&self->line.base, three_ids, 3);
}

static void
close_bus (Told *self, LwServoBus *bus)
{
  g_string_free (self->told, TRUE);
  lw_servo_bus_free (bus);
}

static void
say (Told *self, int64_t after_ns, const char *text)
{
  scripted_send (&self->line, after_ns, text, strlen (text));
}

static LwBusStatus
read_line (Told *self, LwServoBus *bus, LwServoReading *out, int64_t within_ns)
{
  int64_t t_request_ns, t_reply_ns;

  return bus->klass->read (bus, out, &t_request_ns, &t_reply_ns, self->line.clock.now_ns + within_ns);
}

static void
test_read (void)
{
  LwServoReading reading[3];
  int64_t t_request_ns, t_reply_ns, start_ns;
  Told told;
  LwServoBus *bus = open_bus (&told);

  start_ns = told.line.clock.now_ns;
  say (&told, 3 * MS, "1000 0.5 -0.25 1 2 3 4\r\n");
  g_assert_cmpint (bus->klass->read (bus, reading, &t_request_ns, &t_reply_ns, start_ns + 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat (reading[0].angle, ==, 0.5);
  g_assert_cmpfloat (reading[1].angle, ==, -0.25);
  g_assert_cmpfloat (reading[2].velocity, ==, 4);
  g_assert_true (reading[0].valid && !reading[0].alert);
  g_assert_cmpint (t_reply_ns, ==, start_ns + 3 * MS);
  g_assert_cmpint (t_request_ns, <, t_reply_ns - MS);
  g_assert_cmpint (t_request_ns, >, t_reply_ns - 2 * MS);
  /* A line that dawdled is stamped by when it was said. */
  say (&told, 17 * MS, "11000 0.6 -0.25 1 2 3 4\n");
  g_assert_cmpint (bus->klass->read (bus, reading, &t_request_ns, &t_reply_ns, start_ns + 50 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (told.line.clock.now_ns, ==, start_ns + 20 * MS);
  g_assert_cmpint (t_reply_ns, ==, start_ns + 13 * MS + 17 * MS / 5000);
  /* The same line is not read twice. */
  g_assert_cmpint (read_line (&told, bus, reading, 5 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_false (reading[0].valid);
  g_assert_cmpfloat (reading[0].angle, ==, 0.6);
  g_assert_cmpuint (bus->servo_counters[0].sent, ==, 3);
  g_assert_cmpuint (bus->servo_counters[0].answered, ==, 2);
  g_assert_cmpuint (bus->servo_counters[0].lost, ==, 1);
  g_assert_cmpuint (bus->counters.answered, ==, 6);
  g_assert_cmpuint (told.told->len, ==, 0); /* nothing is written by reading */
  close_bus (&told, bus);
}

/* Velocity by difference where it is not sent. */
static void
test_velocity (void)
{
  LwServoReading reading[3];
  Told told;
  LwServoBus *bus = open_bus (&told);

  say (&told, 1 * MS, "4294965000 0 1 2\n");
  g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat (reading[0].velocity, ==, 0);
  say (&told, 10 * MS, "7704 0.01 0.98 2\n"); /* 10 ms later, over the wrap */
  g_assert_cmpint (read_line (&told, bus, reading, 20 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (reading[0].velocity, 1, 1e-9);
  g_assert_cmpfloat_with_epsilon (reading[1].velocity, -2, 1e-9);
  g_assert_cmpfloat (reading[2].velocity, ==, 0);
  close_bus (&told, bus);
}

/* The newest of several lines counts; older ones, and one that comes twice, are passed over. */
static void
test_newest (void)
{
  LwServoReading reading[3];
  Told told;
  LwServoBus *bus = open_bus (&told);

  say (&told, 0, "1000 1 1 1\n2000 2 2 2\n3000 3 3 3\n2500 4 4 4\n3000 5 5 5\n40");
  g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat (reading[0].angle, ==, 3);
  g_assert_cmpuint (bus->counters.late, ==, 4 * 11);
  say (&told, 1 * MS, "00 6 6 6\n");
  g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat (reading[0].angle, ==, 6);
  close_bus (&told, bus);
}

/* In portions of any size, after garbage, a line too long, and lines of another arm. */
static void
test_garbage (void)
{
  for (size_t piece = 1; piece < 40; piece++)
    {
      static const char text[] = "\xFF\x00\x80garbage\n1000 1 x 1\n\n\r\n2000 2 2\n3000 3 3 3 3\n4000 4 4 4\r\n";
      LwServoReading reading[3];
      Told told;
      LwServoBus *bus = open_bus (&told);
      size_t n = sizeof text - 1;

      for (size_t at = 0, k = 0; at < n && k < 60; at += piece, k++)
        scripted_send (&told.line, 0, text + at, MIN (piece, n - at));
      if (piece > 1)
        {
          g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_OK);
          g_assert_cmpfloat (reading[2].angle, ==, 4);
        }
      close_bus (&told, bus);
    }
}

static void
test_too_long (void)
{
  LwServoReading reading[3];
  Told told;
  LwServoBus *bus = open_bus (&told);
  char filler[200];

  memset (filler, ' ', sizeof filler);
  say (&told, 0, "1000 1 1 1");
  for (int i = 0; i < 30; i++)
    scripted_send (&told.line, 0, filler, sizeof filler);
  say (&told, 0, "2000 2 2 2\n"); /* the rest of that line, though it looks like one */
  g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_CORRUPT);
  say (&told, 0, "3000 3 3 3\n");
  g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat (reading[0].angle, ==, 3);
  g_assert_cmpuint (bus->servo_counters[1].corrupt, ==, 1);
  g_assert_cmpuint (bus->servo_counters[1].sent, ==, 2);
  close_bus (&told, bus);
}

/* nan: a joint that does not answer. */
static void
test_missing_joint (void)
{
  LwServoReading reading[3];
  Told told;
  LwServoBus *bus = open_bus (&told);

  say (&told, 0, "1000 1 nan 1\n");
  g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_true (reading[0].valid && !reading[1].valid && reading[2].valid);
  say (&told, 0, "11000 1 1 1\n"); /* no difference to what was none */
  g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat (reading[1].velocity, ==, 0);
  g_assert_cmpuint (bus->servo_counters[1].lost, ==, 1);
  g_assert_cmpuint (bus->servo_counters[0].lost, ==, 0);
  close_bus (&told, bus);
}

static void
test_telling (void)
{
  const double goal[] = { 0.5, -0.25, 3.1415926535 };
  double bad[] = { 0, NAN, 0 }, angle[3];
  bool on[3];
  Told told;
  LwServoBus *bus = open_bus (&told);

  g_assert_cmphex (bus->klass->abilities (bus), ==, LW_BUS_MANY_TURNS);
  g_assert_cmpint (bus->klass->read_goals (bus, angle, 0), ==, LW_BUS_OK);
  g_assert_true (isnan (angle[0]));
  g_assert_cmpint (bus->klass->get_torque (bus, on, 0), ==, LW_BUS_OK);
  g_assert_false (on[0]);
  g_assert_cmpint (bus->klass->write_goals (bus, goal, told.line.clock.now_ns + MS), ==, LW_BUS_OK);
  g_assert_cmpint (bus->klass->set_torque (bus, true, told.line.clock.now_ns + MS), ==, LW_BUS_OK);
  g_assert_cmpint (bus->klass->get_torque (bus, on, 0), ==, LW_BUS_OK);
  g_assert_true (on[0] && on[1] && on[2]);
  g_assert_cmpint (bus->klass->read_goals (bus, angle, 0), ==, LW_BUS_OK);
  g_assert_cmpmem (angle, sizeof angle, goal, sizeof goal);
  g_assert_cmpint (bus->klass->write_goals (bus, bad, told.line.clock.now_ns + MS), ==, LW_BUS_DEVICE);
  g_assert_cmpint (bus->klass->set_torque (bus, false, told.line.clock.now_ns + MS), ==, LW_BUS_OK);
  g_assert_cmpstr (told.told->str, ==, "g 0.500000 -0.250000 3.141593\nhold\nfree\n");
  told.line.gone = true;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, told.line.clock.now_ns + MS), ==, LW_BUS_GONE);
  g_assert_cmpint (bus->klass->set_torque (bus, true, told.line.clock.now_ns + MS), ==, LW_BUS_GONE);
  g_assert_cmpint (bus->klass->get_torque (bus, on, 0), ==, LW_BUS_OK);
  g_assert_false (on[0]); /* what was not told was not told */
  close_bus (&told, bus);
}

/* Takes five bytes, then nothing until the deadline. */
static LwIo
write_in_part (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  Told *self = (Told *) transport;

  listen (&self->line, bytes, MIN (n, 5));
  self->line.clock.now_ns = MAX (self->line.clock.now_ns, deadline_ns);
  return LW_IO_TIMEOUT;
}

/* A line that did not leave whole does not swallow the next: "free" behind half a goal is "free". */
static void
test_cut_line (void)
{
  const double goal[] = { 0.5, -0.25, 1 };
  LwTransportClass stuck;
  const LwTransportClass *whole;
  Told told;
  LwServoBus *bus = open_bus (&told);

  whole = told.line.base.klass;
  stuck = *whole;
  stuck.write = write_in_part;
  told.line.base.klass = &stuck;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, told.line.clock.now_ns + MS), ==, LW_BUS_TIMEOUT);
  told.line.base.klass = whole;
  g_assert_cmpint (bus->klass->set_torque (bus, false, told.line.clock.now_ns + MS), ==, LW_BUS_OK);
  g_assert_cmpint (bus->klass->set_torque (bus, true, told.line.clock.now_ns + MS), ==, LW_BUS_OK);
  g_assert_cmpstr (told.told->str, ==, "g 0.5\nfree\nhold\n");
  close_bus (&told, bus);
}

static void
test_identify (void)
{
  LwServoIdentity identity;
  LwServoReading reading[3];
  Told told;
  LwServoBus *bus = open_bus (&told);

  g_assert_cmpint (bus->klass->identify (bus, 0, &identity, told.line.clock.now_ns + 100 * MS), ==, LW_BUS_TIMEOUT);
  say (&told, 0, "1000 1 1 1 1\n");
  g_assert_cmpint (bus->klass->identify (bus, 0, &identity, told.line.clock.now_ns + 100 * MS), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (bus->device_error, ==, 4); /* numbers there were */
  say (&told, 0, "2000 1 1 nan\n");
  g_assert_cmpint (bus->klass->identify (bus, 0, &identity, told.line.clock.now_ns + 100 * MS), ==, LW_BUS_OK);
  g_assert_cmpstr (identity.name, ==, "text lines");
  g_assert_cmpuint (identity.id, ==, 1);
  g_assert_true (isnan (identity.temperature));
  g_assert_cmpint (bus->klass->identify (bus, 2, &identity, told.line.clock.now_ns + 100 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpint (bus->klass->read_health (bus, 1, &identity, 0), ==, LW_BUS_OK);
  g_assert_true (isnan (identity.voltage) && identity.hardware_error == 0);
  told.line.gone = true;
  g_assert_cmpint (read_line (&told, bus, reading, 10 * MS), ==, LW_BUS_GONE);
  close_bus (&told, bus);
}

/* The simulated arm: what is read is where it is, at the time it was there; it goes where it is told. */
static void
test_arm (void)
{
  double goal[LW_MAX_JOINTS], truth[LW_MAX_JOINTS], seen[LW_MAX_JOINTS];
  uint8_t ids[LW_MAX_JOINTS];
  LwSimBusConfig config;
  LwTestBus bus;

  lw_sim_bus_config_init (&config);
  config.protocol = LW_PROTOCOL_LINES;
  test_bus_init (&bus, "desk-6", &config);
  for (size_t i = 0; i < bus.n; i++)
    ids[i] = (uint8_t) (1 + i);
  bus.servos = lw_servo_bus_new (LW_PROTOCOL_LINES, lw_sim_bus_direct (bus.sim, &bus.clock), ids, bus.n);
  for (size_t i = 0; i < bus.n; i++)
    {
      LwServoIdentity identity;

      g_assert_cmpint (bus.servos->klass->identify (bus.servos, i, &identity, test_bus_now (&bus) + 100 * MS), ==, LW_BUS_OK);
    }
  test_bus_power (&bus, goal);
  for (size_t i = 0; i < bus.n; i++)
    goal[i] += i % 2 == 0 ? 0.2 : -0.2;
  g_assert_cmpint (bus.servos->klass->write_goals (bus.servos, goal, test_bus_now (&bus) + MS), ==, LW_BUS_OK);
  for (int cycle = 0; cycle < 300; cycle++)
    {
      LwServoReading reading[LW_MAX_JOINTS];

      g_assert_cmpint (test_bus_read (&bus, reading, 20 * MS), ==, LW_BUS_OK);
      for (size_t i = 0; i < bus.n; i++)
        seen[i] = reading[i].angle;
    }
  lw_sim_bus_truth (bus.sim, truth, NULL);
  for (size_t i = 0; i < bus.n; i++)
    {
      g_assert_cmpfloat_with_epsilon (seen[i] + bus.middle[i], truth[i], 0.01);
      g_assert_cmpfloat_with_epsilon (seen[i], goal[i], 0.05);
    }
  g_assert_cmpuint (bus.servos->counters.lost + bus.servos->counters.corrupt, ==, 0);
  lw_sim_bus_set_faults (bus.sim, LW_SIM_FAULT_HANG_UP);
  {
    LwServoReading reading[LW_MAX_JOINTS];

    g_assert_cmpint (test_bus_read (&bus, reading, 50 * MS), ==, LW_BUS_GONE);
  }
  test_bus_close (&bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lines/read", test_read);
  g_test_add_func ("/lines/velocity", test_velocity);
  g_test_add_func ("/lines/newest", test_newest);
  g_test_add_func ("/lines/garbage", test_garbage);
  g_test_add_func ("/lines/too-long", test_too_long);
  g_test_add_func ("/lines/missing-joint", test_missing_joint);
  g_test_add_func ("/lines/telling", test_telling);
  g_test_add_func ("/lines/cut-line", test_cut_line);
  g_test_add_func ("/lines/identify", test_identify);
  g_test_add_func ("/lines/arm", test_arm);
  return g_test_run ();
}
