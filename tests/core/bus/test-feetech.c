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

/* Everything in portions of one to seven bytes, noise in front, with and without an adapter that hears itself. */
static void
respond_in_pieces (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  FeetechServos *self = (FeetechServos *) line;
  uint8_t stream[256] = { 0x00, 0xFF, 0xFF };
  size_t n_stream = self->stage == 2 ? 3 : 0;

  test_servos_respond (line, bytes, n);
  for (size_t i = 0; i < line->n_waiting; i++)
    {
      memcpy (stream + n_stream, line->waiting[i].bytes, line->waiting[i].n);
      n_stream += line->waiting[i].n;
    }
  line->n_waiting = 0;
  for (size_t at = 0, piece = 1; at < n_stream; at += piece, piece = piece % 7 + 1)
    {
      piece = MIN (piece, n_stream - at);
      scripted_send (line, (int64_t) at * 10 * US, stream + at, piece);
    }
}

static void
test_pieces_and_echo (void)
{
  for (int stage = 0; stage < 3; stage++)
    {
      LwServoReading reading[3];
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.line.respond = respond_in_pieces;
      servos.echo = stage > 0;
      servos.stage = stage;
      g_assert_cmpint (test_servos_read (&servos, bus, reading, 10 * MS), ==, LW_BUS_OK);
      g_assert_cmpuint (servos.n_requests, ==, 1);
      for (uint8_t i = 0; i < 3; i++)
        assert_reading (&reading[i], (uint8_t) (11 + i));
      assert_counters (&bus->counters, 3, 0, 0, 0);
      lw_servo_bus_free (bus);
    }
}

/* On an adapter that hears itself nothing is ever taken for an answer of a servo that is not there. */
static void
test_echo_alone (void)
{
  bool on[3];
  double angle[3];
  LwServoReading reading[3];
  LwServoIdentity identity;
  LwServoStored stored;
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  servos.echo = true;
  memset (servos.dead, true, sizeof servos.dead);
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 30 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpint (bus->klass->get_torque (bus, on, test_servos_in (&servos, 200 * MS)), ==, LW_BUS_TIMEOUT);
  g_assert_cmpint (bus->klass->read_goals (bus, angle, test_servos_in (&servos, 200 * MS)), ==, LW_BUS_TIMEOUT);
  for (size_t i = 0; i < 3; i++)
    {
      g_assert_true (isnan (angle[i]));
      g_assert_cmpint (bus->klass->identify (bus, i, &identity, test_servos_in (&servos, 200 * MS)), ==, LW_BUS_TIMEOUT);
      g_assert_cmpint (bus->klass->read_health (bus, i, &identity, test_servos_in (&servos, 200 * MS)), ==, LW_BUS_TIMEOUT);
      g_assert_cmpint (bus->klass->read_stored (bus, i, &stored, test_servos_in (&servos, 200 * MS)), ==, LW_BUS_TIMEOUT);
    }
  g_assert_cmpuint (bus->counters.answered + bus->counters.corrupt + bus->counters.overdue, ==, 0);
  assert_books (bus);
  lw_servo_bus_free (bus);
}

/* Reply number (stage % 100) is lost, or has bit (stage / 100) flipped. */
static bool
spoil_losing (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  return k != (size_t) self->stage;
}

static bool
spoil_flipping (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  size_t bit = (size_t) self->stage / 100;

  if (k == (size_t) self->stage % 100)
    bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
  return true;
}

/* Once, in a cycle: it is asked again, alone, in the same call. */
static void
test_loss (void)
{
  for (int lost = 0; lost < 3; lost++)
    {
      LwServoReading reading[3];
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.spoil = spoil_losing;
      servos.stage = lost;
      g_assert_cmpint (test_servos_read (&servos, bus, reading, 200 * MS), ==, LW_BUS_OK);
      g_assert_cmpuint (servos.n_requests, ==, 2);
      g_assert_cmpuint (servos.requests[1].code, ==, LW_FEETECH_READ);
      g_assert_cmpuint (servos.requests[1].id, ==, 11 + lost);
      for (uint8_t i = 0; i < 3; i++)
        assert_reading (&reading[i], (uint8_t) (11 + i));
      assert_counters (&bus->counters, 3, 1, 0, 0);
      assert_counters (&bus->servo_counters[lost], 1, 1, 0, 0);
      assert_books (bus);
      lw_servo_bus_free (bus);
    }
}

/* Every bit of every reply, also of the last, whose length may then promise bytes that never come. */
static void
test_every_damage (void)
{
  for (int servo = 0; servo < 3; servo++)
    for (int bit = 0; bit < 12 * 8; bit++)
      for (int echo = 0; echo < 2; echo++)
        {
          LwServoReading reading[3];
          FeetechServos servos;
          LwServoBus *bus = test_servos_open (&servos);

          servos.spoil = spoil_flipping;
          servos.stage = 100 * bit + servo;
          servos.echo = echo;
          g_assert_cmpint (test_servos_read (&servos, bus, reading, 200 * MS), ==, LW_BUS_OK);
          g_assert_cmpuint (servos.n_requests, ==, 2);
          for (uint8_t i = 0; i < 3; i++)
            assert_reading (&reading[i], (uint8_t) (11 + i));
          assert_counters (&bus->counters, 3, 0, 1, 0);
          assert_counters (&bus->servo_counters[servo], 1, 0, 1, 0);
          assert_books (bus);
          lw_servo_bus_free (bus);
        }
}

/* One lost and one damaged in the same cycle: each is counted where it belongs. */
static bool
spoil_two (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  if (k >= 3)
    return true;
  if ((int) servo == self->stage / 10)
    bytes[6] ^= 0x10;
  return (int) servo != self->stage % 10;
}

static void
test_lost_and_damaged (void)
{
  for (int damaged = 0; damaged < 3; damaged++)
    for (int lost = 0; lost < 3; lost++)
      if (lost != damaged)
        {
          LwServoReading reading[3];
          FeetechServos servos;
          LwServoBus *bus = test_servos_open (&servos);

          servos.spoil = spoil_two;
          servos.stage = 10 * damaged + lost;
          g_assert_cmpint (test_servos_read (&servos, bus, reading, 200 * MS), ==, LW_BUS_OK);
          assert_counters (&bus->servo_counters[damaged], 1, 0, 1, 0);
          assert_counters (&bus->servo_counters[lost], 1, 1, 0, 0);
          assert_books (bus);
          lw_servo_bus_free (bus);
        }
}

/* Tails are missing: what is left of a reply does not take the next one with it. */
static bool
spoil_cutting (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  if (k < 3 && (int) servo == self->stage / 100)
    *n = (size_t) (self->stage % 100);
  return *n > 0;
}

static void
test_every_cut (void)
{
  for (int servo = 0; servo < 3; servo++)
    for (int n = 0; n < 12; n++)
      {
        LwServoReading reading[3];
        FeetechServos servos;
        LwServoBus *bus = test_servos_open (&servos);

        servos.spoil = spoil_cutting;
        servos.stage = 100 * servo + n;
        g_assert_cmpint (test_servos_read (&servos, bus, reading, 200 * MS), ==, LW_BUS_OK);
        g_assert_cmpuint (servos.n_requests, ==, 2);
        for (uint8_t i = 0; i < 3; i++)
          assert_reading (&reading[i], (uint8_t) (11 + i));
        assert_counters (&bus->servo_counters[servo], 1, n < 6, n >= 6, 0);
        assert_books (bus);
        lw_servo_bus_free (bus);
      }
}

/* Servo 12 answers the first request only when the second is under way, with an old position: the reply to the second is the one taken. */
static bool
spoil_delaying (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  if (k != 1)
    return true;
  *after_ns = self->stage * US;
  bytes[6] = 0;
  bytes[11] = (uint8_t) (bytes[11] + 8); /* the check of a position without its 8 */
  return true;
}

static void
test_late_reply (void)
{
  for (int after_us = 5000; after_us < 60000; after_us += 250)
    {
      LwServoReading reading[3];
      uint64_t n_lost;
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.spoil = spoil_delaying;
      servos.stage = after_us;
      for (int cycle = 0; cycle < 12; cycle++)
        {
          int64_t start_ns = test_servos_in (&servos, 0);
          LwBusStatus status = test_servos_read (&servos, bus, reading, 8 * MS);

          g_assert_true (status == LW_BUS_OK || cycle == 0);
          assert_reading (&reading[0], 11);
          assert_reading (&reading[2], 13);
          if (status == LW_BUS_OK)
            assert_reading (&reading[1], 12); /* never the old one */
          else
            g_assert_false (reading[1].valid);
          servos.line.clock.now_ns = start_ns + 10 * MS;
        }
      n_lost = bus->counters.lost;
      g_assert_cmpuint (n_lost + bus->counters.overdue, ==, 1);
      if (after_us < 50000)
        {
          g_assert_cmpuint (bus->counters.overdue, ==, 1);
          g_assert_cmpuint (bus->counters.late, ==, 12);
        }
      assert_books (bus);
      lw_servo_bus_free (bus);
    }
}

/* The deadline falls into the middle of the last reply: its rest is recognised in the next cycle, and it was late, not corrupt. */
static void
respond_over_deadline (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  FeetechServos *self = (FeetechServos *) line;

  test_servos_respond (line, bytes, n);
  if (self->n_requests == 1)
    {
      size_t last = line->n_waiting - 1, cut = (size_t) self->stage;
      uint8_t tail[16];

      line->waiting[last].n = cut;
      memcpy (tail, line->waiting[last].bytes + cut, 12 - cut);
      scripted_send (line, 1100 * US, tail, 12 - cut);
    }
}

static void
test_cut_by_deadline (void)
{
  for (int cut = 1; cut < 12; cut++)
    {
      LwServoReading reading[3];
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.line.respond = respond_over_deadline;
      servos.stage = cut;
      g_assert_cmpint (test_servos_read (&servos, bus, reading, 1 * MS), ==, cut < 6 ? LW_BUS_TIMEOUT : LW_BUS_CORRUPT);
      g_assert_true (reading[0].valid && reading[1].valid && !reading[2].valid);
      servos.line.clock.now_ns += 9 * MS;
      g_assert_cmpint (test_servos_read (&servos, bus, reading, 5 * MS), ==, LW_BUS_OK);
      for (uint8_t i = 0; i < 3; i++)
        assert_reading (&reading[i], (uint8_t) (11 + i));
      assert_counters (&bus->counters, 5, 0, 0, 1);
      assert_books (bus);
      lw_servo_bus_free (bus);
    }
}

/* What came in before the request is not even looked at. */
static void
test_stale_bytes (void)
{
  static const uint8_t data[6] = { 0 };
  LwServoReading reading[3];
  uint8_t bytes[32];
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  scripted_send (&servos.line, 0, bytes, lw_feetech_build_status (bytes, sizeof bytes, 12, 0, data, 6));
  scripted_send (&servos.line, 0, bytes, lw_feetech_build_status (bytes, sizeof bytes, 11, 0, data, 6));
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 50 * MS), ==, LW_BUS_OK);
  for (uint8_t i = 0; i < 3; i++)
    assert_reading (&reading[i], (uint8_t) (11 + i));
  g_assert_cmpuint (bus->counters.late, ==, 24);
  assert_counters (&bus->counters, 3, 0, 0, 0);
  lw_servo_bus_free (bus);
}

/* A reply longer or shorter than what was asked for is none. */
static bool
spoil_length (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  static const uint8_t data[16] = { 0 };

  if (k == 1)
    *n = lw_feetech_build_status (bytes, 64, 12, 0, data, (size_t) self->stage);
  return true;
}

static void
test_wrong_length (void)
{
  for (int length = 0; length <= 16; length++)
    if (length != 6)
      {
        LwServoReading reading[3];
        FeetechServos servos;
        LwServoBus *bus = test_servos_open (&servos);

        servos.spoil = spoil_length;
        servos.stage = length;
        g_assert_cmpint (test_servos_read (&servos, bus, reading, 200 * MS), ==, LW_BUS_OK);
        for (uint8_t i = 0; i < 3; i++)
          assert_reading (&reading[i], (uint8_t) (11 + i));
        g_assert_cmpuint (bus->counters.overdue, ==, 0);
        assert_books (bus);
        lw_servo_bus_free (bus);
      }
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

/* A servo is never asked for a length it still owes, and no two lengths differ by one bit. Who owes all of them is left out; when all do, the line must be quiet first. */
static void
test_lengths (void)
{
  LwServoReading reading[3];
  bool used[64] = { false };
  int n_used = 0;
  FeetechServos servos;
  LwServoBus *bus = test_servos_open (&servos);

  servos.dead[1] = true;
  for (int cycle = 0; cycle < 3; cycle++)
    {
      (void) test_servos_read (&servos, bus, reading, 2 * MS);
      g_assert_true (reading[0].valid && !reading[1].valid && reading[2].valid);
    }
  for (size_t i = 0; i < servos.n_requests; i++)
    {
      const LwFeetechPacket *request = &servos.requests[i];
      uint8_t length = request->params[1];

      if (request->id != 12 && memchr (request->params + 2, 12, request->n_params - 2u) == NULL)
        continue;
      g_assert_false (used[length]);
      used[length] = true;
      for (int bit = 0; bit < 5; bit++)
        g_assert_false (((length + 2) ^ 1 << bit) >= 2 && used[((length + 2) ^ 1 << bit) - 2]);
      n_used++;
    }
  g_assert_cmpint (n_used, ==, 5); /* 6 9 11 12 14 */
  servos.n_requests = 0;
  (void) test_servos_read (&servos, bus, reading, 2 * MS);
  g_assert_cmpuint (servos.n_requests, ==, 1);
  g_assert_cmpmem (servos.requests[0].params, servos.requests[0].n_params, "\x38\x06\x0B\x0D", 4);
  g_assert_true (reading[0].valid && !reading[1].valid && reading[2].valid);
  lw_servo_bus_free (bus);

  bus = test_servos_open (&servos);
  memset (servos.dead, true, sizeof servos.dead);
  for (int cycle = 0; cycle < 5; cycle++)
    (void) test_servos_read (&servos, bus, reading, 2 * MS);
  servos.n_requests = 0;
  memset (servos.dead, false, sizeof servos.dead);
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 2 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpuint (servos.n_requests, ==, 0); /* nothing left to ask that could not be mistaken */
  servos.line.clock.now_ns += 100 * MS;
  g_assert_cmpint (test_servos_read (&servos, bus, reading, 8 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (servos.requests[0].params[1], ==, 6);
  lw_servo_bus_free (bus);
}

/* Adapters of 1 ms and of 16 ms: one that is lost is asked for again as soon as the adapter's own pace allows. */
static bool
spoil_slowly (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns)
{
  *after_ns = self->stage * MS;
  return k != 602;
}

static void
test_patience (void)
{
  static const int adapters_ms[] = { 1, 16 };

  for (size_t i = 0; i < G_N_ELEMENTS (adapters_ms); i++)
    {
      LwServoReading reading[3];
      int64_t start_ns = 0;
      FeetechServos servos;
      LwServoBus *bus = test_servos_open (&servos);

      servos.spoil = spoil_slowly;
      servos.stage = adapters_ms[i];
      for (int cycle = 0; cycle <= 200; cycle++)
        {
          start_ns = test_servos_in (&servos, 0);
          g_assert_cmpuint (bus->counters.lost, ==, 0);
          g_assert_cmpint (test_servos_read (&servos, bus, reading, 1000 * MS), ==, LW_BUS_OK);
        }
      g_assert_cmpuint (bus->counters.lost, ==, 1);
      g_assert_cmpint (test_servos_in (&servos, 0) - start_ns, >, 2 * adapters_ms[i] * MS);
      g_assert_cmpint (test_servos_in (&servos, 0) - start_ns, <, 3 * adapters_ms[i] * MS + 3 * MS);
      lw_servo_bus_free (bus);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feetech/read", test_read);
  g_test_add_func ("/feetech/signs", test_signs);
  g_test_add_func ("/feetech/pieces-and-echo", test_pieces_and_echo);
  g_test_add_func ("/feetech/echo-alone", test_echo_alone);
  g_test_add_func ("/feetech/loss", test_loss);
  g_test_add_func ("/feetech/every-damage", test_every_damage);
  g_test_add_func ("/feetech/lost-and-damaged", test_lost_and_damaged);
  g_test_add_func ("/feetech/every-cut", test_every_cut);
  g_test_add_func ("/feetech/late-reply", test_late_reply);
  g_test_add_func ("/feetech/cut-by-deadline", test_cut_by_deadline);
  g_test_add_func ("/feetech/stale-bytes", test_stale_bytes);
  g_test_add_func ("/feetech/wrong-length", test_wrong_length);
  g_test_add_func ("/feetech/dead-servo", test_dead_servo);
  g_test_add_func ("/feetech/any-subset", test_any_subset);
  g_test_add_func ("/feetech/silence", test_silence);
  g_test_add_func ("/feetech/status-bits", test_status_bits);
  g_test_add_func ("/feetech/write-goals", test_write_goals);
  g_test_add_func ("/feetech/goals-as-the-servo-is", test_goals_as_the_servo_is);
  g_test_add_func ("/feetech/torque", test_torque);
  g_test_add_func ("/feetech/abilities", test_abilities);
  g_test_add_func ("/feetech/lengths", test_lengths);
  g_test_add_func ("/feetech/patience", test_patience);
  return g_test_run ();
}
