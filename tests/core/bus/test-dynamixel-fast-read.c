/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamixel-fast.h"
#include "lw-test-line.h"

/* How the driver reads several servos at once: fast, and without when it must. The line answers pings as XM430-W350 with firmware 45, which knows fast reads. */
typedef struct {
  uint8_t firmware;
  size_t  flipped_bit;   /* of the first combined reply; SIZE_MAX: none */
  size_t  n_present;     /* servos at the front of the line that are there */
  int64_t delay_ns;      /* of the combined reply */
  size_t  n_silent;      /* so many fast reads get no answer */
  bool    refuses, fast_unknown, echoes;
  size_t  echo_bit;      /* flipped in every echo; SIZE_MAX: none */
} Habits;

static Habits habits;

static void
cycle_data (uint8_t data[32], uint8_t id)
{
  memset (data, 0, 32);
  lw_dynamixel_put (data, 2, id);
  lw_dynamixel_put (data + 2, 4, (uint32_t) (2 * id));
  lw_dynamixel_put (data + 6, 4, (uint32_t) (2048 + 10 * id));
}

static void
answer_identity (Line *line, const LwDynamixelPacket *request)
{
  static const uint8_t range[] = { 0xFF, 0x0F, 0, 0, 0, 0, 0, 0 }, position_mode[] = { 3 }, limit[] = { 0xA9, 0x04 }, health[] = { 0x78, 0, 30 };
  uint8_t ping[] = { 0xFC, 0x03, habits.firmware };

  if (request->instruction == LW_DYNAMIXEL_PING)
    {
      reply (line, 100 * US, request->id, 0, ping, sizeof ping);
      return;
    }
  switch (lw_dynamixel_get_u16 (request->params))
    {
    case LW_DXL_OPERATING_MODE:
      reply (line, 100 * US, request->id, 0, position_mode, 1);
      break;
    case LW_DXL_MAX_POSITION:
      reply (line, 100 * US, request->id, 0, range, 8);
      break;
    case LW_DXL_CURRENT_LIMIT:
      reply (line, 100 * US, request->id, 0, limit, 2);
      break;
    case LW_DXL_PRESENT_VOLTAGE:
      reply (line, 100 * US, request->id, 0, health, 3);
      break;
    default:
      break;
    }
}

static void
answer_fast (Line *line, const LwDynamixelPacket *request)
{
  size_t length = length_of (request), n = MIN (request->n_params - 4u, habits.n_present);
  LwDynamixelBlock blocks[3];
  uint8_t data[3][32], bytes[128];
  size_t n_bytes;

  if (habits.n_silent > 0 || habits.fast_unknown || n == 0)
    {
      habits.n_silent -= habits.n_silent > 0 ? 1 : 0;
      return;
    }
  if (habits.refuses)
    {
      reply (line, 300 * US, request->params[4], LW_DYNAMIXEL_ERROR_INSTRUCTION, NULL, 0);
      return;
    }
  for (size_t i = 0; i < request->n_params - 4u; i++)
    {
      cycle_data (data[i], request->params[4 + i]);
      blocks[i] = (LwDynamixelBlock){ .id = request->params[4 + i], .size = (uint16_t) length, .data = data[i] };
    }
  n_bytes = lw_dynamixel_fast_build (bytes, sizeof bytes, blocks, request->n_params - 4u);
  if (habits.flipped_bit < 8 * n_bytes)
    {
      bytes[habits.flipped_bit / 8] ^= (uint8_t) (1u << habits.flipped_bit % 8);
      habits.flipped_bit = SIZE_MAX;
    }
  reply_bytes (line, habits.delay_ns, bytes, 8 + n * (4 + length)); /* who is missing ends it */
}

static void
respond_habitually (Line *line, const LwDynamixelPacket *request)
{
  uint8_t bytes[64];

  if (habits.echoes)
    {
      size_t n = lw_dynamixel_build (bytes, sizeof bytes, request->id, request->instruction, request->params, request->n_params);

      if (habits.echo_bit < 8 * n)
        bytes[habits.echo_bit / 8] ^= (uint8_t) (1u << habits.echo_bit % 8);
      reply_bytes (line, 10 * US, bytes, n);
    }
  if (request->instruction == LW_DYNAMIXEL_FAST_SYNC_READ)
    answer_fast (line, request);
  else if (request->instruction == LW_DYNAMIXEL_SYNC_WRITE || request->instruction == LW_DYNAMIXEL_SYNC_READ)
    for (size_t i = 0; i < habits.n_present && request->instruction == LW_DYNAMIXEL_SYNC_READ; i++)
      reply_cycle (line, (int64_t) (i + 1) * 300 * US, request->params[4 + i], 2048 + 10 * request->params[4 + i], length_of (request));
  else if (request->instruction == LW_DYNAMIXEL_READ && request->params[0] == LW_DXL_PRESENT_CURRENT && request->id < 11 + habits.n_present)
    reply_cycle (line, 300 * US, request->id, 2048 + 10 * request->id, length_of (request));
  else
    answer_identity (line, request);
}

static LwServoBus *
open_some (Line *line, size_t n)
{
  LwServoBus *bus = line_open (line, respond_habitually);

  lw_servo_bus_free (bus); /* the line stays */
  bus = lw_dynamixel_new (&line->base, three_ids, n);

  habits = (Habits){ .firmware = habits.firmware, .flipped_bit = SIZE_MAX, .echo_bit = SIZE_MAX, .n_present = 3, .delay_ns = 300 * US,
                     .echoes = habits.echoes };
  for (size_t i = 0; i < n; i++)
    {
      LwServoIdentity identity;

      g_assert_cmpint (bus->klass->identify (bus, i, &identity, line->clock.now_ns + 500 * MS), ==, LW_BUS_OK);
    }
  memset (&bus->counters, 0, sizeof bus->counters);
  memset (bus->servo_counters, 0, sizeof bus->servo_counters);
  line->n_requests = 0;
  return bus;
}

static LwServoBus *
open_identified (Line *line)
{
  return open_some (line, 3);
}

static LwServoBus *
open_fast (Line *line)
{
  habits.firmware = 45;
  habits.echoes = false;
  return open_identified (line);
}

static void
forget_traffic (Line *line)
{
  line->first_waiting = line->n_waiting = line->n_requests = 0;
}

static void
assert_measured (const LwServoReading *reading, uint8_t id)
{
  g_assert_true (reading->valid);
  g_assert_cmpfloat_with_epsilon (reading->angle, 10 * id * 2 * G_PI / 4096, 1e-12);
  g_assert_cmpfloat_with_epsilon (reading->load, id * 2.69e-3 * 4.1 / 2.3, 1e-12);
}

/* What was asked of each servo was answered, lost, corrupt or overdue, and the sums are the bus'. */
static void
assert_adds_up (const LwServoBus *bus)
{
  LwBusCounters sum = { 0 };

  for (size_t i = 0; i < bus->n_servos; i++)
    {
      const LwBusCounters *one = &bus->servo_counters[i];

      g_assert_cmpuint (one->sent, ==, one->answered + one->lost + one->corrupt + one->overdue);
      sum.answered += one->answered;
      sum.lost += one->lost;
      sum.corrupt += one->corrupt;
      sum.overdue += one->overdue;
    }
  g_assert_cmpuint (sum.answered, ==, bus->counters.answered);
  g_assert_cmpuint (sum.lost, ==, bus->counters.lost);
  g_assert_cmpuint (sum.corrupt, ==, bus->counters.corrupt);
  g_assert_cmpuint (sum.overdue, ==, bus->counters.overdue);
}

static void
test_fast (void)
{
  static const uint8_t request[] = { 0x7E, 0x00, 0x0A, 0x00, 11, 12, 13 };
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = open_fast (&line);

  g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (line.n_requests, ==, 1);
  g_assert_cmpuint (line.requests[0].instruction, ==, LW_DYNAMIXEL_FAST_SYNC_READ);
  g_assert_cmpuint (line.requests[0].id, ==, LW_DYNAMIXEL_BROADCAST);
  g_assert_cmpmem (line.requests[0].params, line.requests[0].n_params, request, sizeof request);
  for (size_t i = 0; i < 3; i++)
    assert_measured (&reading[i], three_ids[i]);
  g_assert_cmpuint (bus->counters.answered, ==, 3);
  g_assert_cmpint (bus->counters.round_trip_ns, ==, 300 * US);
  g_assert_cmpfloat (lw_round_trips_quantile (&bus->round_trips, 0.5), >=, 300e-6);
  assert_adds_up (bus);
  lw_servo_bus_free (bus);
}

/* One wrong bit anywhere costs one servo's block, which is asked again, alone. */
static void
test_every_flip (void)
{
  for (size_t bit = 0; bit < 8 * (8 + 3 * 14); bit++)
    {
      size_t hit = bit / 8 < 8 ? 0 : (bit / 8 - 8) / 14;
      LwServoReading reading[3];
      Line line;
      LwServoBus *bus = open_fast (&line);

      habits.flipped_bit = bit;
      g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
      g_assert_cmpuint (line.n_requests, ==, 2);
      g_assert_cmpuint (line.requests[1].instruction, ==, LW_DYNAMIXEL_READ);
      g_assert_cmpuint (line.requests[1].id, ==, three_ids[hit]);
      for (size_t i = 0; i < 3; i++)
        {
          assert_measured (&reading[i], three_ids[i]);
          g_assert_cmpuint (bus->servo_counters[i].corrupt, ==, i == hit ? 1 : 0);
        }
      g_assert_cmpuint (bus->counters.corrupt, ==, 1);
      g_assert_cmpuint (bus->counters.lost, ==, 0);
      assert_adds_up (bus);
      lw_servo_bus_free (bus);
    }
}

/* A servo that is gone ends the reply: who spoke before it is heard, the rest is asked alone. */
static void
test_truncated (void)
{
  for (size_t n_present = 0; n_present < 3; n_present++)
    {
      LwServoReading reading[3];
      Line line;
      LwServoBus *bus = open_fast (&line);

      habits.n_present = n_present;
      g_assert_cmpint (read_cycle (&line, bus, reading, 4 * MS), ==, LW_BUS_TIMEOUT);
      for (size_t i = 0; i < 3; i++)
        {
          g_assert_true (reading[i].valid == (i < n_present));
          g_assert_true (bus->servo_counters[i].lost > 0 || i < n_present);
        }
      g_assert_cmpuint (bus->counters.answered, ==, n_present);
      g_assert_cmpuint (bus->counters.corrupt, ==, 0);
      assert_adds_up (bus);
      lw_servo_bus_free (bus);
    }
}

/* Cut anywhere by the deadline, its end comes in the next cycle: what was whole was taken, the rest is overdue and never taken for the new answer. */
static void
test_cut_by_the_deadline (void)
{
  for (size_t cut = 1; cut < 8 + 3 * 14; cut++)
    {
      size_t n_whole = cut < 8 ? 0 : (cut - 8) / 14;
      LwServoReading reading[3];
      Line line;
      LwServoBus *bus = open_fast (&line);
      uint8_t *tail;

      g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK); /* its pace is known */
      forget_traffic (&line);
      habits.delay_ns = 300 * US;
      line.respond = NULL;
      line.stage = 0;
      {
        LwDynamixelPacket request = { .id = LW_DYNAMIXEL_BROADCAST, .instruction = LW_DYNAMIXEL_FAST_SYNC_READ, .n_params = 7,
                                      .params = { 0x7E, 0, 10, 0, 11, 12, 13 } };

        answer_fast (&line, &request);
      }
      /* The same bytes in two pieces, the second after the deadline. */
      g_assert_cmpuint (line.n_waiting, ==, 1);
      line.waiting[1] = line.waiting[0];
      line.waiting[0].n = cut;
      tail = line.waiting[1].bytes;
      memmove (tail, tail + cut, line.waiting[1].n - cut);
      line.waiting[1].n -= cut;
      line.waiting[1].t_ns += 2 * MS;
      line.n_waiting = 2;
      g_assert_cmpint (read_cycle (&line, bus, reading, 1 * MS), !=, LW_BUS_OK);
      for (size_t i = 0; i < 3; i++)
        g_assert_true (reading[i].valid == (i < n_whole));
      assert_adds_up (bus);

      line.respond = respond_habitually;
      line.clock.now_ns += 5 * MS;
      g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
      for (size_t i = 0; i < 3; i++)
        assert_measured (&reading[i], three_ids[i]);
      g_assert_cmpuint (bus->counters.overdue, ==, 3 - n_whole);
      g_assert_cmpuint (bus->counters.lost + bus->counters.corrupt, ==, 0);
      g_assert_cmpuint (bus->counters.answered, ==, 3 + n_whole + 3);
      assert_adds_up (bus);
      lw_servo_bus_free (bus);
    }
}

/* The whole reply comes when the next request is out, with an old position: it has another length, and is not taken. */
static void
respond_too_late (Line *line, const LwDynamixelPacket *request)
{
  line->stage++;
  if (line->stage == 1)
    return;
  if (line->stage == 2)
    {
      LwDynamixelPacket old = line->requests[0];
      uint8_t *bytes;
      uint16_t crc;

      answer_fast (line, &old);
      bytes = line->waiting[line->n_waiting - 1].bytes;
      for (size_t i = 0; i + 4 < old.n_params; i++) /* positions of long ago */
        {
          size_t at = 8 + i * 14;

          lw_dynamixel_put (bytes + at + 8, 4, 0);
          crc = lw_dynamixel_crc (bytes, at + 12);
          lw_dynamixel_put (bytes + at + 12, 2, crc);
        }
    }
  respond_habitually (line, request);
}

static void
test_late (void)
{
  for (size_t n = 2; n <= 3; n++) /* two: the lengths differ by a single bit */
    {
      LwServoReading reading[3];
      LwServoBus *bus;
      Line line;

      habits.firmware = 45;
      habits.echoes = false;
      bus = open_some (&line, n);
      g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
      forget_traffic (&line);
      line.respond = respond_too_late;
      g_assert_cmpint (read_cycle (&line, bus, reading, 1 * MS), ==, LW_BUS_TIMEOUT);
      g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
      g_assert_cmpuint (line.n_requests, ==, 2);
      g_assert_cmpuint (length_of (&line.requests[1]), !=, length_of (&line.requests[0]));
      for (size_t i = 0; i < n; i++)
        {
          assert_measured (&reading[i], three_ids[i]);
          g_assert_cmpuint (bus->servo_counters[i].overdue, ==, 1);
        }
      g_assert_cmpuint (bus->counters.lost + bus->counters.corrupt, ==, 0);
      assert_adds_up (bus);
      lw_servo_bus_free (bus);
    }
}

/* Firmware that knows nothing of fast reads is not asked by one; one that should know and says nothing is asked twice, one that refuses once. Nothing counts as lost. */
static void
test_fallback (void)
{
  for (int kind = 0; kind < 3; kind++)
    {
      int n_fast = 0;
      LwServoReading reading[3];
      LwServoBus *bus;
      Line line;

      habits.firmware = kind == 0 ? 44 : 45;
      habits.echoes = false;
      bus = open_identified (&line);
      habits.fast_unknown = kind == 1;
      habits.refuses = kind == 2;
      for (int cycle = 0; cycle < 20; cycle++)
        {
          forget_traffic (&line);
          g_assert_cmpint (read_cycle (&line, bus, reading, 200 * MS), ==, LW_BUS_OK);
          for (size_t i = 0; i < 3; i++)
            assert_measured (&reading[i], three_ids[i]);
          n_fast += line.requests[0].instruction == LW_DYNAMIXEL_FAST_SYNC_READ ? 1 : 0;
          line.clock.now_ns += 100 * MS;
        }
      g_assert_cmpint (n_fast, ==, kind == 0 ? 0 : kind == 1 ? 2 : 1);
      g_assert_cmpuint (line.requests[0].instruction, ==, LW_DYNAMIXEL_SYNC_READ);
      g_assert_cmpuint (bus->counters.lost + bus->counters.corrupt + bus->counters.overdue, ==, 0);
      assert_adds_up (bus);
      lw_servo_bus_free (bus);
    }
}

/* Where fast reads have worked, a few that vanish are losses and no reason to give them up. */
static void
test_losses_are_no_fallback (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = open_fast (&line);

  for (int cycle = 0; cycle < 40; cycle++)
    {
      forget_traffic (&line);
      habits.n_silent = cycle % 8 < 4 && cycle > 0 ? 1 : 0;
      g_assert_cmpint (read_cycle (&line, bus, reading, 200 * MS), ==, LW_BUS_OK);
      g_assert_cmpuint (line.requests[0].instruction, ==, LW_DYNAMIXEL_FAST_SYNC_READ);
      line.clock.now_ns += 100 * MS;
    }
  g_assert_cmpuint (bus->counters.lost, ==, 3 * 19);
  assert_adds_up (bus);
  lw_servo_bus_free (bus);
}

/* An adapter that hears itself: the echo is known for what it is, whole or damaged, and costs nobody anything. */
static void
test_echo (void)
{
  static const size_t flipped[] = { SIZE_MAX, 0, 37, 44, 60, 8 * 16 + 3 };

  for (size_t k = 0; k < G_N_ELEMENTS (flipped); k++)
    {
      double goal[3] = { 0, 0, 0 };
      LwServoReading reading[3];
      Line line;
      LwServoBus *bus;

      habits.firmware = 45;
      habits.echoes = true;
      bus = open_identified (&line);
      habits.echo_bit = flipped[k];
      for (int cycle = 0; cycle < 5; cycle++)
        {
          forget_traffic (&line);
          g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
          g_assert_cmpuint (line.n_requests, ==, 1);
          for (size_t i = 0; i < 3; i++)
            assert_measured (&reading[i], three_ids[i]);
          g_assert_cmpint (bus->klass->write_goals (bus, goal, line.clock.now_ns + MS), ==, LW_BUS_OK);
          line.clock.now_ns += 2 * MS;
        }
      g_assert_cmpuint (bus->counters.lost + bus->counters.corrupt + bus->counters.overdue, ==, 0);
      g_assert_cmpuint (bus->counters.answered, ==, 15);
      assert_adds_up (bus);
      lw_servo_bus_free (bus);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dynamixel-fast-read/fast", test_fast);
  g_test_add_func ("/dynamixel-fast-read/every-flip", test_every_flip);
  g_test_add_func ("/dynamixel-fast-read/truncated", test_truncated);
  g_test_add_func ("/dynamixel-fast-read/cut-by-the-deadline", test_cut_by_the_deadline);
  g_test_add_func ("/dynamixel-fast-read/late", test_late);
  g_test_add_func ("/dynamixel-fast-read/fallback", test_fallback);
  g_test_add_func ("/dynamixel-fast-read/losses-are-no-fallback", test_losses_are_no_fallback);
  g_test_add_func ("/dynamixel-fast-read/echo", test_echo);
  return g_test_run ();
}
