/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>

#include "feetech-servos.h"
#include "lw-servo-bus.h"

/* What a line does to replies, seen through the driver: what is taken, what is asked again, and what the books say. */

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
  g_test_add_func ("/feetech-line/pieces-and-echo", test_pieces_and_echo);
  g_test_add_func ("/feetech-line/echo-alone", test_echo_alone);
  g_test_add_func ("/feetech-line/loss", test_loss);
  g_test_add_func ("/feetech-line/every-damage", test_every_damage);
  g_test_add_func ("/feetech-line/lost-and-damaged", test_lost_and_damaged);
  g_test_add_func ("/feetech-line/every-cut", test_every_cut);
  g_test_add_func ("/feetech-line/late-reply", test_late_reply);
  g_test_add_func ("/feetech-line/cut-by-deadline", test_cut_by_deadline);
  g_test_add_func ("/feetech-line/stale-bytes", test_stale_bytes);
  g_test_add_func ("/feetech-line/wrong-length", test_wrong_length);
  g_test_add_func ("/feetech-line/lengths", test_lengths);
  g_test_add_func ("/feetech-line/patience", test_patience);
  return g_test_run ();
}
