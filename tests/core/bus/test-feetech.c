/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "feetech-servos.h"
#include "lw-servo-bus.h"

static void
test_read (void)
{
  static const uint8_t request[] = { 56, 6, 11, 12, 13 };
  LwServoReading reading[3];
  int64_t t_request_ns, t_reply_ns, start_ns;
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  start_ns = test_servos_in (&servos, 0);
  g_assert_cmpint (bus->klass->read (bus, reading, &t_request_ns, &t_reply_ns, start_ns + 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (servos.n_requests, ==, 1);
  g_assert_cmpuint (servos.requests[0].code, ==, LW_FEETECH_SYNC_READ);
  g_assert_cmpmem (servos.requests[0].params, servos.requests[0].n_params, request, sizeof request);
  for (uint8_t i = 0; i < 3; i++)
    {
      assert_reading (&reading[i], (uint8_t) (11 + i));
      g_assert_false (reading[i].alert);
    }
  g_assert_cmpint (t_request_ns, ==, start_ns);
  g_assert_cmpint (t_reply_ns, ==, start_ns + 900 * US);
  g_assert_cmpint (bus->counters.round_trip_ns, ==, 900 * US);
  g_assert_cmpfloat (lw_round_trips_quantile (&bus->round_trips, 0.5), >=, 900e-6);
  g_assert_cmpuint (bus->counters.sent, ==, 1);
  assert_counters (&bus->counters, 3, 0, 0, 0);
  assert_books (bus);
  lw_servo_bus_free (bus);
}

/* Sign and magnitude: there is a -0, and a position may be negative. */
static void
test_signs (void)
{
  LwServoReading reading[3];
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  lw_feetech_put_u16 (servos.tables[0] + LW_FEETECH_PRESENT_POSITION, 0x8000);
  lw_feetech_put_u16 (servos.tables[0] + LW_FEETECH_PRESENT_SPEED, 0x8000);
  lw_feetech_put_u16 (servos.tables[0] + LW_FEETECH_PRESENT_LOAD, 0x0400);
  lw_feetech_put_u16 (servos.tables[1] + LW_FEETECH_PRESENT_POSITION, 0x8005);
  lw_feetech_put_u16 (servos.tables[1] + LW_FEETECH_PRESENT_SPEED, 0x8000 | 1000);
  lw_feetech_put_u16 (servos.tables[1] + LW_FEETECH_PRESENT_LOAD, 1000);
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (reading[0].angle, -G_PI, 1e-12);
  g_assert_cmpfloat (reading[0].velocity, ==, 0);
  g_assert_cmpfloat (reading[0].load, ==, 0);
  g_assert_cmpfloat_with_epsilon (reading[1].angle, (-5 - 2048) * 2 * G_PI / 4096, 1e-12);
  g_assert_cmpfloat_with_epsilon (reading[1].velocity, -1000 * 2 * G_PI / 4096, 1e-12);
  g_assert_cmpfloat_with_epsilon (reading[1].load, 1.0, 1e-12);
  lw_servo_bus_free (bus);
}

/* Servo 11 is dead, and silences the others in a sync read or does not: they are read, it is asked last, leaves the chain after three cycles, and is found again. */
static void
test_dead_servo (void)
{
  for (int stops = 0; stops < 2; stops++)
    {
      LwServoReading reading[3];
      int n_quick = 0, cycle = 0;
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.dead[0] = true;
      servos.stops = stops;
      for (cycle = 0; cycle < 30; cycle++)
        {
          int64_t start_ns = test_servos_in (&servos, 0);

          servos.n_requests = 0;
          g_assert_cmpint (test_servos_read (&servos, bus, reading, 200 * MS), ==, LW_BUS_TIMEOUT);
          g_assert_false (reading[0].valid);
          assert_reading (&reading[1], 12);
          assert_reading (&reading[2], 13);
          if (cycle == 1) /* the suspect stands last */
            g_assert_cmpmem (servos.requests[0].params + 2, 3, "\x0C\x0D\x0B", 3);
          n_quick += servos.n_requests == 1 && test_servos_in (&servos, 0) - start_ns < 2 * MS;
          servos.line.clock.now_ns = start_ns + 200 * MS;
        }
      g_assert_cmpint (n_quick, >=, 24);
      servos.dead[0] = false;
      for (cycle = 0; cycle < 17 && !reading[0].valid; cycle++)
        (void) test_servos_read (&servos, bus, reading, 200 * MS);
      assert_reading (&reading[0], 11);
      servos.n_requests = 0;
      g_assert_cmpint (test_servos_read (&servos, bus, reading, 200 * MS), ==, LW_BUS_OK);
      g_assert_cmpuint (servos.n_requests, ==, 1);
      assert_books (bus);
      lw_servo_bus_free (bus);
    }
}

/* Any subset may answer. */
static void
test_any_subset (void)
{
  for (unsigned subset = 0; subset < 8; subset++)
    for (int stops = 0; stops < 2; stops++)
      {
        LwServoReading reading[3];
        FeetechServos servos;
        LwServoBus *bus = test_servos_open (&servos);

        for (size_t i = 0; i < 3; i++)
          servos.dead[i] = (subset >> i & 1) == 0;
        servos.stops = stops;
        g_assert_cmpint (test_servos_read (&servos, bus, reading, 200 * MS), ==, subset == 7 ? LW_BUS_OK : LW_BUS_TIMEOUT);
        for (uint8_t i = 0; i < 3; i++)
          if (servos.dead[i])
            g_assert_false (reading[i].valid);
          else
            assert_reading (&reading[i], (uint8_t) (11 + i));
        lw_servo_bus_free (bus);
      }
}

/* Nothing at all answers: the call ends at its deadline at the latest. */
static void
test_silence (void)
{
  LwServoReading reading[3] = { { .angle = 7 }, { .angle = 8 }, { .angle = 9 } };
  bool on[3];
  double angle[3];
  int64_t start_ns;
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  servos.line.respond = NULL;
  start_ns = test_servos_in (&servos, 0);
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 8 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpint (test_servos_in (&servos, 0), <=, start_ns + 8 * MS);
  for (size_t i = 0; i < 3; i++)
    {
      g_assert_false (reading[i].valid);
      g_assert_cmpfloat (reading[i].angle, ==, 7.0 + (double) i); /* as it was */
    }
  servos.line.gone = true;
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 8 * MS), ==, LW_BUS_GONE);
  g_assert_cmpint (bus->klass->set_torque (bus, false, test_servos_in (&servos, MS)), ==, LW_BUS_GONE);
  g_assert_cmpint (bus->klass->get_torque (bus, on, test_servos_in (&servos, MS)), ==, LW_BUS_GONE);
  g_assert_cmpint (bus->klass->read_goals (bus, angle, test_servos_in (&servos, MS)), ==, LW_BUS_GONE);
  lw_servo_bus_free (bus);
}

/* Bits of the status byte are an alert; the data beside them are good. */
static void
test_status_bits (void)
{
  LwServoReading reading[3];
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  servos.status = LW_FEETECH_STATUS_OVERLOAD;
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 50 * MS), ==, LW_BUS_OK);
  for (uint8_t i = 0; i < 3; i++)
    {
      assert_reading (&reading[i], (uint8_t) (11 + i));
      g_assert_true (reading[i].alert);
    }
  servos.status = 0;
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 50 * MS), ==, LW_BUS_OK);
  g_assert_false (reading[1].alert);
  lw_servo_bus_free (bus);
}

static void
test_write_goals (void)
{
  static const uint8_t wanted[] = { 42, 6, 11, 0x00, 0x08, 0, 0, 0, 0, 12, 0x01, 0x08, 0, 0, 0, 0, 13, 0x9C, 0x07, 0, 0, 0, 0 };
  static const uint8_t held[] = { 42, 6, 11, 0, 0, 0, 0, 0, 0, 12, 0xFF, 0x0F, 0, 0, 0, 0, 13, 0xFF, 0x0F, 0, 0, 0, 0 };
  double goal[3] = { 0, 0.0015, -100 * LW_FEETECH_RAD_PER_TICK }, angle[3];
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  g_assert_cmpint (bus->klass->write_goals (bus, goal, test_servos_in (&servos, MS)), ==, LW_BUS_OK);
  g_assert_cmpuint (servos.requests[0].code, ==, LW_FEETECH_SYNC_WRITE);
  g_assert_cmpmem (servos.requests[0].params, servos.requests[0].n_params, wanted, sizeof wanted);
  g_assert_cmpint (bus->klass->read_goals (bus, angle, test_servos_in (&servos, 50 * MS)), ==, LW_BUS_OK);
  for (size_t i = 0; i < 3; i++)
    g_assert_cmpfloat_with_epsilon (angle[i], goal[i], 0.5 * LW_FEETECH_RAD_PER_TICK);
  /* Beyond the turn: its ends. */
  servos.n_requests = 0;
  goal[0] = -4;
  goal[1] = G_PI;
  goal[2] = 1e300;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, test_servos_in (&servos, MS)), ==, LW_BUS_OK);
  g_assert_cmpmem (servos.requests[0].params, servos.requests[0].n_params, held, sizeof held);
  /* No number: nothing is sent. */
  goal[1] = NAN;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, test_servos_in (&servos, MS)), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (bus->device_error, ==, LW_FEETECH_REFUSED_NUMBER);
  goal[1] = INFINITY;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, test_servos_in (&servos, MS)), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (servos.n_requests, ==, 1);
  lw_servo_bus_free (bus);
}

static void
identify_all (FeetechServos *servos, LwServoBus *bus)
{
  LwServoIdentity identity;

  for (size_t i = 0; i < 3; i++)
    g_assert_cmpint (bus->klass->identify (bus, i, &identity, test_servos_in (servos, 500 * MS)), ==, LW_BUS_OK);
}

/* A servo's own limits, its unit of speed, and its mode, once it was asked. */
static void
test_goals_as_the_servo_is (void)
{
  double goal[3] = { -3, 3, 0 }, angle[3];
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  lw_feetech_put_u16 (servos.tables[0] + LW_FEETECH_MIN_POSITION, 1000);
  lw_feetech_put_u16 (servos.tables[1] + LW_FEETECH_MAX_POSITION, 3000);
  lw_feetech_put_u16 (servos.tables[2] + LW_FEETECH_MAX_POSITION, 0); /* 0 to 0: no limits */
  servos.tables[0][LW_FEETECH_PHASE] = LW_FEETECH_PHASE_FINE_SPEED;   /* speed 0 stands still */
  servos.tables[1][LW_FEETECH_PHASE] = 0;
  identify_all (&servos, bus);
  servos.n_requests = 0;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, test_servos_in (&servos, MS)), ==, LW_BUS_OK);
  g_assert_cmpuint (lw_feetech_get_u16 (servos.tables[0] + LW_FEETECH_GOAL_POSITION), ==, 1000);
  g_assert_cmpuint (lw_feetech_get_u16 (servos.tables[1] + LW_FEETECH_GOAL_POSITION), ==, 3000);
  g_assert_cmpuint (lw_feetech_get_u16 (servos.tables[2] + LW_FEETECH_GOAL_POSITION), ==, 2048);
  g_assert_cmpuint (lw_feetech_get_u16 (servos.tables[0] + LW_FEETECH_GOAL_SPEED), ==, 3400);
  g_assert_cmpuint (lw_feetech_get_u16 (servos.tables[1] + LW_FEETECH_GOAL_SPEED), ==, 68);
  g_assert_cmpuint (lw_feetech_get_u16 (servos.tables[2] + LW_FEETECH_GOAL_SPEED), ==, 0);
  g_assert_cmpuint (servos.tables[0][LW_FEETECH_ACCELERATION], ==, 0);
  g_assert_cmpint (bus->klass->read_goals (bus, angle, test_servos_in (&servos, 50 * MS)), ==, LW_BUS_OK);
  g_assert_cmpfloat_with_epsilon (angle[0], -1048 * LW_FEETECH_RAD_PER_TICK, 1e-12);

  servos.tables[1][LW_FEETECH_MODE] = LW_FEETECH_MODE_STEP;
  identify_all (&servos, bus);
  servos.n_requests = 0;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, test_servos_in (&servos, MS)), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (bus->device_error, ==, LW_FEETECH_REFUSED_MODE);
  g_assert_cmpuint (servos.n_requests, ==, 0);
  lw_servo_bus_free (bus);
}

static void
test_torque (void)
{
  static const uint8_t on_bytes[] = { 40, 1, 11, 1, 12, 1, 13, 1 };
  bool on[3] = { false, false, false };
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  g_assert_cmpint (bus->klass->set_torque (bus, true, test_servos_in (&servos, MS)), ==, LW_BUS_OK);
  g_assert_cmpmem (servos.requests[0].params, servos.requests[0].n_params, on_bytes, sizeof on_bytes);
  g_assert_cmpint (bus->klass->get_torque (bus, on, test_servos_in (&servos, 50 * MS)), ==, LW_BUS_OK);
  g_assert_true (on[0] && on[1] && on[2]);
  servos.tables[1][LW_FEETECH_TORQUE_ENABLE] = 0;
  g_assert_cmpint (bus->klass->get_torque (bus, on, test_servos_in (&servos, 50 * MS)), ==, LW_BUS_OK);
  g_assert_true (on[0] && !on[1] && on[2]);
  servos.tables[1][LW_FEETECH_TORQUE_ENABLE] = 2; /* it brakes: that is not limp */
  g_assert_cmpint (bus->klass->get_torque (bus, on, test_servos_in (&servos, 50 * MS)), ==, LW_BUS_OK);
  g_assert_true (on[1]);
  servos.dead[2] = true;
  on[1] = true;
  g_assert_cmpint (bus->klass->get_torque (bus, on, test_servos_in (&servos, 50 * MS)), ==, LW_BUS_TIMEOUT);
  g_assert_true (on[1]); /* written only with an answer from all */
  lw_servo_bus_free (bus);
}

static void
test_abilities (void)
{
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  g_assert_cmphex (bus->klass->abilities (bus), ==, LW_BUS_HAS_REBOOT | LW_BUS_HAS_STORE | LW_BUS_READS_BACK);
  g_assert_null (bus->klass->set_watchdog);
  g_assert_null (bus->klass->get_watchdog);
  g_assert_null (bus->klass->set_control);
  g_assert_null (bus->klass->write_torques);
  g_assert_cmpint (bus->klass->reboot (bus, 1, test_servos_in (&servos, MS)), ==, LW_BUS_OK);
  g_assert_cmpuint (servos.requests[0].code, ==, LW_FEETECH_RESTART);
  g_assert_cmpuint (servos.requests[0].id, ==, 12);
  g_assert_cmpuint (servos.requests[0].n_params, ==, 0);
  lw_servo_bus_free (bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feetech/read", test_read);
  g_test_add_func ("/feetech/signs", test_signs);
  g_test_add_func ("/feetech/dead-servo", test_dead_servo);
  g_test_add_func ("/feetech/any-subset", test_any_subset);
  g_test_add_func ("/feetech/silence", test_silence);
  g_test_add_func ("/feetech/status-bits", test_status_bits);
  g_test_add_func ("/feetech/write-goals", test_write_goals);
  g_test_add_func ("/feetech/goals-as-the-servo-is", test_goals_as_the_servo_is);
  g_test_add_func ("/feetech/torque", test_torque);
  g_test_add_func ("/feetech/abilities", test_abilities);
  return g_test_run ();
}
