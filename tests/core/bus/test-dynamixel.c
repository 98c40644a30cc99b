/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-line.h"

static void
test_read (void)
{
  static const uint8_t request[] = { 0x7E, 0x00, 0x0A, 0x00, 11, 12, 13 };
  LwServoReading reading[3];
  int64_t t_request_ns, t_reply_ns, start_ns;
  Line line;
  LwServoBus *bus = line_open (&line, respond_well);

  start_ns = line.clock.now_ns;
  g_assert_cmpint (bus->klass->read (bus, reading, &t_request_ns, &t_reply_ns, start_ns + 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (line.n_requests, ==, 1);
  g_assert_cmpuint (line.requests[0].instruction, ==, LW_DYNAMIXEL_SYNC_READ);
  g_assert_cmpmem (line.requests[0].params, line.requests[0].n_params, request, sizeof request);
  for (size_t i = 0; i < 3; i++)
    assert_reading (&reading[i], three_ids[i]);
  g_assert_cmpint (t_request_ns, ==, start_ns);
  g_assert_cmpint (t_reply_ns, ==, start_ns + 900 * US);
  g_assert_cmpint (bus->counters.round_trip_ns, ==, 900 * US);
  g_assert_cmpuint (bus->counters.sent, ==, 1);
  g_assert_cmpuint (bus->counters.answered, ==, 3);
  lw_servo_bus_free (bus);
}

/* Replies in any portions, noise before, an echo of the request in front. */
static void
respond_in_pieces (Line *self, const LwDynamixelPacket *request)
{
  uint8_t stream[256], bytes[64], data[16] = { 0 };
  size_t n = 0;

  stream[n++] = 0x00;
  stream[n++] = 0xFF;
  n += lw_dynamixel_build (stream + n, sizeof stream - n, request->id, request->instruction, request->params, request->n_params);
  for (size_t i = 0; i < 3; i++)
    {
      lw_dynamixel_put (data, 2, three_ids[i]);
      lw_dynamixel_put (data + 2, 4, 2u * three_ids[i]);
      lw_dynamixel_put (data + 6, 4, 2048u + 10u * three_ids[i]);
      n += lw_dynamixel_build_status (stream + n, sizeof stream - n, three_ids[i], 0, data, length_of (request));
    }
  for (size_t at = 0, piece = 1; at < n; at += piece, piece = piece % 7 + 1)
    {
      piece = MIN (piece, n - at);
      memcpy (bytes, stream + at, piece);
      reply_bytes (self, (int64_t) at * 10 * US, bytes, piece);
    }
}

static void
test_pieces_and_echo (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = line_open (&line, respond_in_pieces);

  g_assert_cmpint (read_cycle (&line, bus, reading, 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (line.n_requests, ==, 1);
  for (size_t i = 0; i < 3; i++)
    assert_reading (&reading[i], three_ids[i]);
  g_assert_cmpuint (bus->counters.corrupt + bus->counters.lost + bus->counters.late, ==, 0);
  lw_servo_bus_free (bus);
}

/* The second servo's reply is lost, or damaged, once: it is asked again, alone, in the same call. */
static void
respond_losing (Line *self, const LwDynamixelPacket *request)
{
  for (size_t i = 0; i < 3; i++)
    if (asks_for (request, three_ids[i]) && (i != 1 || self->n_requests > 1))
      reply_cycle (self, (int64_t) (i + 1) * 300 * US, three_ids[i], 2048 + 10 * three_ids[i], length_of (request));
}

static void
respond_damaging (Line *self, const LwDynamixelPacket *request)
{
  for (size_t i = 0; i < 3; i++)
    if (asks_for (request, three_ids[i]))
      {
        uint8_t *bytes = reply_cycle (self, (int64_t) (i + 1) * 300 * US, three_ids[i], 2048 + 10 * three_ids[i], length_of (request));

        if (i == 1 && self->n_requests == 1)
          bytes[self->stage / 8] ^= (uint8_t) (1u << self->stage % 8);
      }
}

static void
test_loss (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = line_open (&line, respond_losing);

  g_assert_cmpint (read_cycle (&line, bus, reading, 10 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (line.n_requests, ==, 2);
  g_assert_cmpuint (line.requests[1].instruction, ==, LW_DYNAMIXEL_READ);
  g_assert_cmpuint (line.requests[1].id, ==, 12);
  for (size_t i = 0; i < 3; i++)
    assert_reading (&reading[i], three_ids[i]);
  g_assert_cmpuint (bus->counters.lost, ==, 1);
  g_assert_cmpuint (bus->counters.corrupt, ==, 0);
  g_assert_cmpuint (bus->counters.answered, ==, 3);
  lw_servo_bus_free (bus);
}

static void
test_every_damage (void)
{
  for (int bit = 0; bit < 21 * 8; bit++)
    {
      LwServoReading reading[3];
      Line line;
      LwServoBus *bus = line_open (&line, respond_damaging);

      line.stage = bit;
      g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
      for (size_t i = 0; i < 3; i++)
        assert_reading (&reading[i], three_ids[i]);
      g_assert_cmpuint (bus->counters.corrupt, ==, 1);
      g_assert_cmpuint (bus->counters.lost, ==, 0);
      lw_servo_bus_free (bus);
    }
}

/* Servo 12 answers the first request only when the second is under way, with an old position: the reply to the second is the one taken. */
static void
respond_late (Line *self, const LwDynamixelPacket *request)
{
  for (size_t i = 0; i < 3; i++)
    {
      bool slow = i == 1;

      if (!asks_for (request, three_ids[i]) || (slow && self->n_requests == 1))
        continue;
      if (slow && self->stage == 0)
        {
          self->stage = 1;
          reply_cycle (self, 100 * US, three_ids[i], 0, length_of (&self->requests[0])); /* flush has been, the request is out: now it comes */
        }
      reply_cycle (self, 300 * US, three_ids[i], 2048 + 10 * three_ids[i], length_of (request));
    }
}

static void
test_late_reply (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = line_open (&line, respond_late);

  g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
  g_assert_cmpint (line.stage, ==, 1);
  for (size_t i = 0; i < 3; i++)
    assert_reading (&reading[i], three_ids[i]);
  g_assert_cmpuint (bus->counters.late, ==, 21);
  /* Long after, the plain length is used again. */
  line.clock.now_ns += 100 * MS;
  line.n_requests = 0;
  line.respond = respond_well;
  g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (length_of (&line.requests[0]), ==, 10);
  lw_servo_bus_free (bus);
}

/* The deadline falls into the middle of the last reply: its rest is recognised in the next cycle, and it was late, not corrupt. */
static void
respond_over_deadline (Line *self, const LwDynamixelPacket *request)
{
  uint8_t bytes[64], data[32] = { 0 };
  size_t n, length = length_of (request);

  for (size_t i = 0; i < 2; i++)
    reply_cycle (self, (int64_t) (i + 1) * 300 * US, three_ids[i], 2048 + 10 * three_ids[i], length);
  lw_dynamixel_put (data, 2, 13);
  lw_dynamixel_put (data + 2, 4, 26);
  lw_dynamixel_put (data + 6, 4, 2048 + 130);
  n = lw_dynamixel_build_status (bytes, sizeof bytes, 13, 0, data, length);
  reply_bytes (self, 900 * US, bytes, 15);
  reply_bytes (self, self->stage == 0 ? 1100 * US : 900 * US, bytes + 15, n - 15);
}

static void
test_cut_reply (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = line_open (&line, respond_over_deadline);

  g_assert_cmpint (read_cycle (&line, bus, reading, 1 * MS), ==, LW_BUS_CORRUPT);
  g_assert_true (reading[0].valid && reading[1].valid && !reading[2].valid);
  line.stage = 1;
  line.clock.now_ns += 9 * MS;
  g_assert_cmpint (read_cycle (&line, bus, reading, 5 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < 3; i++)
    assert_reading (&reading[i], three_ids[i]);
  g_assert_cmpuint (bus->counters.answered, ==, 5);
  g_assert_cmpuint (bus->counters.overdue, ==, 1);
  g_assert_cmpuint (bus->counters.lost + bus->counters.corrupt, ==, 0);
  lw_servo_bus_free (bus);
}

/* What came in before the request is not even looked at. */
static void
test_flush (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = line_open (&line, respond_well);

  reply_cycle (&line, 0, 12, 0, 10);
  reply_cycle (&line, 0, 11, 0, 10);
  g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < 3; i++)
    assert_reading (&reading[i], three_ids[i]);
  g_assert_cmpuint (bus->counters.late, ==, 42);
  lw_servo_bus_free (bus);
}

/* Servo 11 is dead and silences the chain: the others are asked alone, it last. After three cycles it leaves the chain; when it is back, so is it. */
static void
respond_dead_chain (Line *self, const LwDynamixelPacket *request)
{
  bool alone = request->instruction == LW_DYNAMIXEL_READ;
  const uint8_t *ids = alone ? &request->id : request->params + 4;
  size_t n = alone ? 1 : request->n_params - 4u;

  for (size_t i = 0; i < n && (ids[i] != 11 || self->stage == 1); i++)
    reply_cycle (self, (int64_t) (i + 1) * 300 * US, ids[i], 2048 + 10 * ids[i], length_of (request));
}

static void
test_dead_servo (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = line_open (&line, respond_dead_chain);
  int n_quick = 0;

  for (int cycle = 0; cycle < 30; cycle++)
    {
      int64_t start_ns = line.clock.now_ns;

      line.n_requests = line.first_waiting = line.n_waiting = 0;
      g_assert_cmpint (read_cycle (&line, bus, reading, 200 * MS), ==, LW_BUS_TIMEOUT);
      g_assert_false (reading[0].valid);
      if (cycle == 1) /* the suspect stands last */
        g_assert_cmpmem (line.requests[0].params + 4, 3, "\x0C\x0D\x0B", 3);
      assert_reading (&reading[1], 12);
      assert_reading (&reading[2], 13);
      if (cycle == 0)
        {
          g_assert_cmpuint (line.requests[1].id, ==, 12);
          g_assert_cmpuint (line.requests[2].id, ==, 13);
          g_assert_cmpuint (line.requests[3].id, ==, 11);
        }
      if (line.n_requests == 1 && line.clock.now_ns - start_ns < 2 * MS)
        n_quick++;
      line.clock.now_ns = start_ns + 200 * MS;
    }
  g_assert_cmpint (n_quick, >=, 24);
  line.stage = 1;
  for (int cycle = 0; cycle < 17 && !reading[0].valid; cycle++)
    {
      line.first_waiting = line.n_waiting = 0;
      (void) read_cycle (&line, bus, reading, 200 * MS);
    }
  assert_reading (&reading[0], 11);
  line.n_requests = line.first_waiting = line.n_waiting = 0;
  g_assert_cmpint (read_cycle (&line, bus, reading, 200 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (line.n_requests, ==, 1);
  lw_servo_bus_free (bus);
}

/* Nothing at all answers: the call ends at its deadline at the latest. */
static void
test_silence (void)
{
  LwServoReading reading[3] = { { .angle = 7 }, { .angle = 8 }, { .angle = 9 } };
  int64_t start_ns;
  Line line;
  LwServoBus *bus = line_open (&line, NULL);

  start_ns = line.clock.now_ns;
  g_assert_cmpint (read_cycle (&line, bus, reading, 8 * MS), ==, LW_BUS_TIMEOUT);
  g_assert_cmpint (line.clock.now_ns, <=, start_ns + 8 * MS);
  for (size_t i = 0; i < 3; i++)
    {
      g_assert_false (reading[i].valid);
      g_assert_cmpfloat (reading[i].angle, ==, 7.0 + (double) i); /* as it was */
    }
  line.gone = true;
  g_assert_cmpint (read_cycle (&line, bus, reading, 8 * MS), ==, LW_BUS_GONE);
  g_assert_cmpint (bus->klass->set_torque (bus, false, line.clock.now_ns + MS), ==, LW_BUS_GONE);
  lw_servo_bus_free (bus);
}

static void
respond_refusing (Line *self, const LwDynamixelPacket *request)
{
  for (size_t i = 0; i < 3; i++)
    if (asks_for (request, three_ids[i]))
      {
        if (i == 1)
          reply (self, 400 * US, three_ids[i], LW_DYNAMIXEL_ALERT | LW_DYNAMIXEL_ERROR_ACCESS, NULL, 0);
        else
          reply_cycle (self, 400 * US, three_ids[i], 2048 + 10 * three_ids[i], length_of (request));
      }
}

static void
test_device_error (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = line_open (&line, respond_refusing);

  g_assert_cmpint (read_cycle (&line, bus, reading, 50 * MS), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (bus->device_error, ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_true (reading[0].valid && !reading[1].valid && reading[2].valid);
  g_assert_true (!reading[0].alert && reading[1].alert && !reading[2].alert);
  lw_servo_bus_free (bus);
}

static void
test_write_goals (void)
{
  static const uint8_t wanted[] = { 0x74, 0, 4, 0, 11, 0x00, 0x08, 0, 0, 12, 0x01, 0x08, 0, 0, 13, 0x9C, 0x07, 0, 0 };
  static const uint8_t clamped[] = { 0x74, 0, 4, 0, 11, 0, 0, 0, 0, 12, 0xFF, 0x0F, 0, 0, 13, 0xFF, 0x0F, 0, 0 };
  double goal[3] = { 0, 0.0015, -100 * LW_DXL_RAD_PER_TICK };
  int64_t deadline_ns;
  Line line;
  LwServoBus *bus = line_open (&line, NULL);

  deadline_ns = line.clock.now_ns + MS;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, deadline_ns), ==, LW_BUS_OK);
  g_assert_cmpuint (line.requests[0].instruction, ==, LW_DYNAMIXEL_SYNC_WRITE);
  g_assert_cmpmem (line.requests[0].params, line.requests[0].n_params, wanted, sizeof wanted);
  /* Beyond the turn: the ends of it, instead of a goal the servo would ignore. */
  goal[0] = -4;
  goal[1] = G_PI;
  goal[2] = 1e300;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, deadline_ns), ==, LW_BUS_OK);
  g_assert_cmpmem (line.requests[1].params, line.requests[1].n_params, clamped, sizeof clamped);
  /* No number: nothing is sent. */
  goal[1] = NAN;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, deadline_ns), ==, LW_BUS_DEVICE);
  goal[1] = INFINITY;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, deadline_ns), ==, LW_BUS_DEVICE);
  g_assert_cmpuint (line.n_requests, ==, 2);
  lw_servo_bus_free (bus);
}

static void
test_torque_and_watchdog (void)
{
  static const uint8_t torque_on[] = { 0x40, 0, 1, 0, 11, 1, 12, 1, 13, 1 };
  static const struct { unsigned ms; uint8_t units; } watchdogs[] = { { 0, 0 }, { 1, 1 }, { 20, 1 }, { 21, 2 }, { 200, 10 }, { 60000, 127 } };
  int64_t deadline_ns;
  Line line;
  LwServoBus *bus = line_open (&line, NULL);

  deadline_ns = line.clock.now_ns + MS;
  g_assert_cmpint (bus->klass->set_torque (bus, true, deadline_ns), ==, LW_BUS_OK);
  g_assert_cmpmem (line.requests[0].params, line.requests[0].n_params, torque_on, sizeof torque_on);
  for (size_t i = 0; i < G_N_ELEMENTS (watchdogs); i++)
    {
      g_assert_cmpint (bus->klass->set_watchdog (bus, watchdogs[i].ms, deadline_ns), ==, LW_BUS_OK);
      g_assert_cmpuint (line.requests[1 + i].params[0], ==, 98);
      for (size_t servo = 0; servo < 3; servo++)
        g_assert_cmpuint (line.requests[1 + i].params[5 + 2 * servo], ==, watchdogs[i].units);
    }
  lw_servo_bus_free (bus);
}

/* An XL430 with an overload, as a servo of 2 N m would show it. */
static void
respond_identity (Line *self, const LwDynamixelPacket *request)
{
  uint16_t address = request->n_params >= 2 ? lw_dynamixel_get_u16 (request->params) : 0;

  if (request->instruction == LW_DYNAMIXEL_PING)
    reply (self, 300 * US, request->id, LW_DYNAMIXEL_ALERT, (const uint8_t *) "\x24\x04\x2D", 3);
  else if (address == LW_DXL_OPERATING_MODE)
    reply (self, 300 * US, request->id, LW_DYNAMIXEL_ALERT, (const uint8_t *) "\x04", 1);
  else if (address == LW_DXL_MAX_POSITION)
    reply (self, 300 * US, request->id, LW_DYNAMIXEL_ALERT, (const uint8_t *) "\x00\x0C\x00\x00\x00\x04\x00\x00", 8);
  else if (address == LW_DXL_PRESENT_VOLTAGE)
    reply (self, 300 * US, request->id, LW_DYNAMIXEL_ALERT, (const uint8_t *) "\x77\x00\x29", 3);
  else if (address == LW_DXL_HARDWARE_ERROR)
    reply (self, 300 * US, request->id, LW_DYNAMIXEL_ALERT, (const uint8_t *) "\x20", 1);
}

static void
test_identify (void)
{
  static const uint8_t extended[] = { 0x00, 0x18, 0, 0 };
  double goal[3] = { 0, 2 * G_PI, 0 };
  LwServoIdentity identity = { 0 };
  Line line;
  LwServoBus *bus = line_open (&line, respond_identity);

  g_assert_cmpint (bus->klass->identify (bus, 1, &identity, line.clock.now_ns + 500 * MS), ==, LW_BUS_OK);
  g_assert_cmpuint (identity.id, ==, 12);
  g_assert_cmpuint (identity.model, ==, 1060);
  g_assert_cmpuint (identity.firmware, ==, 45);
  g_assert_cmpstr (identity.name, ==, "XL430-W250");
  g_assert_cmpfloat_with_epsilon (identity.voltage, 11.9, 1e-9);
  g_assert_cmpfloat (identity.temperature, ==, 41);
  g_assert_cmpuint (identity.hardware_error, ==, LW_DXL_HARDWARE_OVERLOAD);
  for (size_t i = 0; i < line.n_requests; i++) /* reads only */
    g_assert_true (line.requests[i].instruction == LW_DYNAMIXEL_PING || line.requests[i].instruction == LW_DYNAMIXEL_READ);
  /* It is in extended position mode: more than a turn is a goal like any other. */
  line.n_requests = 0;
  g_assert_cmpint (bus->klass->write_goals (bus, goal, line.clock.now_ns + MS), ==, LW_BUS_OK);
  g_assert_cmpmem (line.requests[0].params + 10, 4, extended, 4);
  lw_servo_bus_free (bus);
}

static void
test_models (void)
{
  g_assert_cmpstr (lw_dynamixel_model (1020)->name, ==, "XM430-W350");
  g_assert_cmpfloat_with_epsilon (lw_dynamixel_model (1020)->load_unit, 4.8e-3, 1e-4);
  g_assert_false (lw_dynamixel_model (1060)->load_is_torque);
  g_assert_null (lw_dynamixel_model (9999));
}

/* Adapters of 1 ms and of 16 ms: one that is lost is asked for again as soon as the adapter's own pace allows. */
static int64_t adapter_ns;

static void
respond_slowly (Line *self, const LwDynamixelPacket *request)
{
  for (size_t i = 0; i < G_N_ELEMENTS (three_ids); i++)
    if (asks_for (request, three_ids[i]) && !(self->stage == 1 && i == 2 && request->instruction == LW_DYNAMIXEL_SYNC_READ))
      reply_cycle (self, adapter_ns, three_ids[i], 2048 + 10 * three_ids[i], length_of (request));
}

static void
test_patience (void)
{
  static const int64_t adapters_ms[] = { 1, 16 };

  for (size_t i = 0; i < G_N_ELEMENTS (adapters_ms); i++)
    {
      LwServoReading reading[3];
      int64_t start_ns;
      Line line;
      LwServoBus *bus = line_open (&line, respond_slowly);

      adapter_ns = adapters_ms[i] * MS;
      for (int cycle = 0; cycle < 200; cycle++)
        {
          line.first_waiting = line.n_waiting = 0;
          g_assert_cmpint (read_cycle (&line, bus, reading, 100 * MS), ==, LW_BUS_OK);
        }
      g_assert_cmpuint (bus->counters.lost, ==, 0);
      line.stage = 1;
      start_ns = line.clock.now_ns;
      line.first_waiting = line.n_waiting = 0;
      g_assert_cmpint (read_cycle (&line, bus, reading, 1000 * MS), ==, LW_BUS_OK);
      g_assert_cmpuint (bus->counters.lost, ==, 1);
      g_assert_cmpint (line.clock.now_ns - start_ns, >, 2 * adapter_ns);
      g_assert_cmpint (line.clock.now_ns - start_ns, <, 3 * adapter_ns + 3 * MS);
      lw_servo_bus_free (bus);
    }
}

/* The machine stalls: after quick answers one takes 100 ms. Within a second's deadline it is waited for, and never taken for another. */
static void
test_stall (void)
{
  LwServoReading reading[3];
  Line line;
  LwServoBus *bus = line_open (&line, respond_slowly);

  adapter_ns = MS / 2;
  for (int cycle = 0; cycle < 20; cycle++)
    g_assert_cmpint (read_cycle (&line, bus, reading, 100 * MS), ==, LW_BUS_OK);
  adapter_ns = 100 * MS;
  line.first_waiting = line.n_waiting = 0;
  g_assert_cmpint (read_cycle (&line, bus, reading, 8 * MS), ==, LW_BUS_TIMEOUT);
  line.first_waiting = line.n_waiting = 0; /* too late for this test's line, which keeps them in order */
  g_assert_cmpint (read_cycle (&line, bus, reading, 1000 * MS), ==, LW_BUS_OK);
  for (size_t i = 0; i < 3; i++)
    assert_reading (&reading[i], three_ids[i]);
  lw_servo_bus_free (bus);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dynamixel/read", test_read);
  g_test_add_func ("/dynamixel/pieces-and-echo", test_pieces_and_echo);
  g_test_add_func ("/dynamixel/loss", test_loss);
  g_test_add_func ("/dynamixel/every-damage", test_every_damage);
  g_test_add_func ("/dynamixel/late-reply", test_late_reply);
  g_test_add_func ("/dynamixel/cut-reply", test_cut_reply);
  g_test_add_func ("/dynamixel/flush", test_flush);
  g_test_add_func ("/dynamixel/dead-servo", test_dead_servo);
  g_test_add_func ("/dynamixel/silence", test_silence);
  g_test_add_func ("/dynamixel/device-error", test_device_error);
  g_test_add_func ("/dynamixel/write-goals", test_write_goals);
  g_test_add_func ("/dynamixel/torque-and-watchdog", test_torque_and_watchdog);
  g_test_add_func ("/dynamixel/identify", test_identify);
  g_test_add_func ("/dynamixel/models", test_models);
  g_test_add_func ("/dynamixel/patience", test_patience);
  g_test_add_func ("/dynamixel/stall", test_stall);
  return g_test_run ();
}
