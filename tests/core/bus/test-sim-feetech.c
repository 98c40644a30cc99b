/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Simulated STS3215 servos, seen from the wire: packets are built here, byte by byte, so that neither the codec nor the driver helps. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "lw-test-bus.h"

/* desk-6 with servos 1 to 6 and an injected clock, no jitter. */
typedef struct {
  LwTestBus    bus;
  LwTransport *transport;
  uint8_t      heard[1024];
  size_t       n_heard;
} Rig;

typedef struct {
  uint8_t id, error, n;
  uint8_t data[64];
} Status;

static void
rig_open_with (Rig *rig, LwSimBusConfig *config)
{
  *rig = (Rig){ .n_heard = 0 };
  config->protocol = LW_PROTOCOL_FEETECH;
  config->jitter_us = 0;
  test_bus_init (&rig->bus, "desk-6", config);
  rig->transport = lw_sim_bus_direct (rig->bus.sim, &rig->bus.clock);
}

static void
rig_open (Rig *rig)
{
  LwSimBusConfig config;

  lw_sim_bus_config_init (&config);
  rig_open_with (rig, &config);
}

static void
rig_close (Rig *rig)
{
  lw_transport_free (rig->transport);
  test_bus_close (&rig->bus);
}

static void
wait_ms (Rig *rig, double ms)
{
  test_bus_wait_until (&rig->bus, rig->bus.clock.now_ns + (int64_t) (ms * MS));
}

static void
say_bytes (Rig *rig, const uint8_t *bytes, size_t n)
{
  g_assert_cmpint (rig->transport->klass->write (rig->transport, bytes, n, G_MAXINT64), ==, LW_IO_OK);
}

static uint8_t
check_of (const uint8_t *bytes, size_t n)
{
  unsigned sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += bytes[i];
  return (uint8_t) ~sum;
}

static void
say (Rig *rig, uint8_t id, uint8_t instruction, size_t n, const uint8_t *params)
{
  uint8_t bytes[256] = { 0xFF, 0xFF, id, (uint8_t) (n + 2), instruction };

  if (n > 0)
    memcpy (bytes + 5, params, n);
  bytes[5 + n] = check_of (bytes + 2, n + 3);
  say_bytes (rig, bytes, n + 6);
}

/* What comes within 20 ms. */
static void
listen_for (Rig *rig)
{
  int64_t deadline_ns = rig->bus.clock.now_ns + 20 * MS;
  size_t got;

  rig->n_heard = 0;
  while (rig->transport->klass->read (rig->transport, rig->heard + rig->n_heard, sizeof rig->heard - rig->n_heard, &got, deadline_ns) == LW_IO_OK)
    rig->n_heard += got;
}

/* The replies in it, each well formed and nothing between them. */
static size_t
hear (Rig *rig, Status *out, size_t max)
{
  size_t at = 0, n = 0;

  listen_for (rig);
  while (at < rig->n_heard)
    {
      const uint8_t *bytes = rig->heard + at;
      size_t length = bytes[3];

      g_assert_cmpuint (n, <, max);
      g_assert_cmpuint (at + length + 4, <=, rig->n_heard);
      g_assert_cmpuint (bytes[0], ==, 0xFF);
      g_assert_cmpuint (bytes[1], ==, 0xFF);
      g_assert_cmpuint (bytes[length + 3], ==, check_of (bytes + 2, length + 1));
      out[n] = (Status){ .id = bytes[2], .error = bytes[4], .n = (uint8_t) (length - 2) };
      memcpy (out[n].data, bytes + 5, length - 2);
      n++;
      at += length + 4;
    }
  return n;
}

static void
expect_bytes (Rig *rig, const uint8_t *bytes, size_t n)
{
  listen_for (rig);
  g_assert_cmpmem (rig->heard, rig->n_heard, bytes, n);
}

static Status
hear_one (Rig *rig, uint8_t id)
{
  Status status[4];

  g_assert_cmpuint (hear (rig, status, 4), ==, 1);
  g_assert_cmpuint (status[0].id, ==, id);
  return status[0];
}

static void
expect_silence (Rig *rig)
{
  listen_for (rig);
  g_assert_cmpuint (rig->n_heard, ==, 0);
}

static void
put_bytes (Rig *rig, uint8_t id, uint8_t address, size_t n, const uint8_t *data)
{
  uint8_t params[64] = { address };

  memcpy (params + 1, data, n);
  say (rig, id, 0x03, n + 1, params);
  g_assert_cmpuint (hear_one (rig, id).n, ==, 0);
}

static void
put8 (Rig *rig, uint8_t id, uint8_t address, uint8_t value)
{
  put_bytes (rig, id, address, 1, &value);
}

static void
put16 (Rig *rig, uint8_t id, uint8_t address, uint16_t value)
{
  put_bytes (rig, id, address, 2, (const uint8_t[]){ (uint8_t) value, (uint8_t) (value >> 8) });
}

static unsigned
get (Rig *rig, uint8_t id, uint8_t address, uint8_t size)
{
  Status status;

  say (rig, id, 0x02, 2, (const uint8_t[]){ address, size });
  status = hear_one (rig, id);
  g_assert_cmpuint (status.n, ==, size);
  return size == 1 ? status.data[0] : (unsigned) (status.data[0] | status.data[1] << 8);
}

static int
signed_of (unsigned word, unsigned bit)
{
  int magnitude = (int) (word & ((1u << bit) - 1));

  return (word >> bit & 1) != 0 ? -magnitude : magnitude;
}

static uint8_t
status_bits (Rig *rig, uint8_t id)
{
  say (rig, id, 0x01, 0, NULL);
  return hear_one (rig, id).error;
}

/* --- instructions --------------------------------------------------------------------------------------------------------------- */

/* The maker's own examples. */
static void
test_examples (void)
{
  static const uint8_t ping[] = { 0xFF, 0xFF, 0x01, 0x02, 0x01, 0xFB }, pong[] = { 0xFF, 0xFF, 0x01, 0x02, 0x00, 0xFC };
  static const uint8_t calibrate[] = { 0xFF, 0xFF, 0x01, 0x04, 0x0B, 0x00, 0x04, 0xEB };
  static const uint8_t read_position[] = { 0xFF, 0xFF, 0x01, 0x04, 0x02, 0x38, 0x02, 0xBE };
  static const uint8_t at_1024[] = { 0xFF, 0xFF, 0x01, 0x04, 0x00, 0x00, 0x04, 0xF6 };
  static const uint8_t goal[] = { 0xFF, 0xFF, 0x01, 0x09, 0x04, 0x2A, 0x00, 0x08, 0x00, 0x00, 0xE8, 0x03, 0xD4 };
  static const uint8_t action[] = { 0xFF, 0xFF, 0xFE, 0x02, 0x05, 0xFA };
  Rig rig;

  rig_open (&rig);
  say_bytes (&rig, ping, sizeof ping);
  expect_bytes (&rig, pong, sizeof pong);
  say_bytes (&rig, calibrate, sizeof calibrate);
  expect_bytes (&rig, pong, sizeof pong);
  say_bytes (&rig, read_position, sizeof read_position);
  expect_bytes (&rig, at_1024, sizeof at_1024);
  say_bytes (&rig, goal, sizeof goal);
  expect_bytes (&rig, pong, sizeof pong);
  g_assert_cmpuint (get (&rig, 1, 64, 1), ==, 1);
  g_assert_cmpuint (get (&rig, 1, 46, 2), ==, 0);
  say_bytes (&rig, action, sizeof action);
  expect_silence (&rig);
  g_assert_cmpuint (get (&rig, 1, 64, 1), ==, 0);
  g_assert_cmpuint (get (&rig, 1, 42, 2), ==, 2048);
  g_assert_cmpuint (get (&rig, 1, 46, 2), ==, 1000);
  rig_close (&rig);
}

static void
test_identity (void)
{
  Rig rig;

  rig_open (&rig);
  for (uint8_t id = 1; id <= 6; id++)
    {
      g_assert_cmpuint (get (&rig, id, 3, 2), ==, 777);
      g_assert_cmpuint (get (&rig, id, 5, 1), ==, id);
      g_assert_cmpuint (get (&rig, id, 0, 1), ==, 3);
      g_assert_cmpuint (get (&rig, id, 1, 1), ==, 10);
      g_assert_cmpuint (get (&rig, id, 55, 1), ==, 1);
    }
  rig_close (&rig);
}

/* Damage of any kind, another's id, and what is no instruction: silence, and the next request is answered. */
static void
test_silence (void)
{
  static const uint8_t ping[] = { 0xFF, 0xFF, 0x01, 0x02, 0x01, 0xFB };
  Rig rig;

  rig_open (&rig);
  for (size_t bit = 8 * 2; bit < 8 * sizeof ping; bit++)
    {
      uint8_t bytes[sizeof ping];

      memcpy (bytes, ping, sizeof ping);
      bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
      say_bytes (&rig, bytes, sizeof bytes);
      expect_silence (&rig);
      say_bytes (&rig, (const uint8_t[256]){ 0 }, 256); /* whatever it waited for has come */
      expect_silence (&rig);
      g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
    }
  say (&rig, 77, 0x01, 0, NULL);
  expect_silence (&rig);
  say (&rig, 1, 0x42, 0, NULL);
  expect_silence (&rig);
  say (&rig, 0xFE, 0x02, 2, (const uint8_t[]){ 56, 2 });
  expect_silence (&rig);
  lw_sim_bus_set_missing (rig.bus.sim, 0, true);
  say (&rig, 1, 0x01, 0, NULL);
  expect_silence (&rig);
  rig_close (&rig);
}

static void
test_sync_read (void)
{
  static const uint8_t all[] = { 56, 2, 1, 2, 3, 4, 5, 6 };
  Status status[8];
  int64_t t_ns;
  Rig rig;

  rig_open (&rig);
  say (&rig, 0xFE, 0x82, sizeof all, all);
  t_ns = rig.bus.clock.now_ns;
  g_assert_cmpuint (hear (&rig, status, 8), ==, 6);
  for (uint8_t i = 0; i < 6; i++)
    {
      g_assert_cmpuint (status[i].id, ==, i + 1);
      g_assert_cmpuint (status[i].n, ==, 2);
    }
  g_assert_cmpint (rig.bus.clock.now_ns - t_ns, ==, 20 * MS); /* hear() waited; the bytes were there before */

  /* Behind a servo that is gone the others go on, or, as some say, do not. */
  lw_sim_bus_set_missing (rig.bus.sim, 2, true);
  say (&rig, 0xFE, 0x82, sizeof all, all);
  g_assert_cmpuint (hear (&rig, status, 8), ==, 5);
  g_assert_cmpuint (status[2].id, ==, 4);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_SYNC_STOPS);
  say (&rig, 0xFE, 0x82, sizeof all, all);
  g_assert_cmpuint (hear (&rig, status, 8), ==, 2);
  rig_close (&rig);
}

static void
test_ping_all (void)
{
  Status status[8];
  Rig rig;

  rig_open (&rig);
  say (&rig, 0xFE, 0x01, 0, NULL);
  g_assert_cmpuint (hear (&rig, status, 8), ==, 6);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_PINGS_COLLIDE);
  say (&rig, 0xFE, 0x01, 0, NULL);
  listen_for (&rig);
  g_assert_cmpuint (rig.n_heard, ==, 6);
  g_assert_cmpuint (rig.heard[2], ==, 1 & 2 & 3 & 4 & 5 & 6);
  rig_close (&rig);
}

static void
test_response_level (void)
{
  Rig rig;

  rig_open (&rig);
  put8 (&rig, 1, 55, 0);
  put8 (&rig, 1, 41, 7);
  say (&rig, 1, 0x03, 2, (const uint8_t[]){ 8, 0 });
  expect_silence (&rig);
  say (&rig, 1, 0x03, 2, (const uint8_t[]){ 41, 9 });
  expect_silence (&rig);
  g_assert_cmpuint (get (&rig, 1, 41, 1), ==, 9);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
  rig_close (&rig);
}

/* 2 us a unit, before every reply. */
static void
test_return_delay (void)
{
  int64_t waited_ns[2];
  Rig rig;

  rig_open (&rig);
  for (int i = 0; i < 2; i++)
    {
      uint8_t bytes[16];
      size_t got = 0;
      int64_t t_ns;

      put8 (&rig, 1, 7, i == 0 ? 0 : 250);
      say (&rig, 1, 0x01, 0, NULL);
      t_ns = rig.bus.clock.now_ns;
      g_assert_cmpint (rig.transport->klass->read (rig.transport, bytes, sizeof bytes, &got, t_ns + 20 * MS), ==, LW_IO_OK);
      waited_ns[i] = rig.bus.clock.now_ns - t_ns;
    }
  g_assert_cmpint (waited_ns[1] - waited_ns[0], ==, 500000);
  rig_close (&rig);
}

/* --- memory --------------------------------------------------------------------------------------------------------------------- */

static void
restart (Rig *rig, uint8_t id)
{
  double silent_ms = 0;

  say (rig, id, 0x08, 0, NULL);
  expect_silence (rig);
  silent_ms += 20;
  for (;;)
    {
      Status status[2];

      say (rig, id, 0x01, 0, NULL);
      if (hear (rig, status, 2) == 1)
        break;
      silent_ms += 20;
      g_assert_cmpfloat (silent_ms, <, 2000);
    }
  g_assert_cmpfloat (silent_ms, >, 750);
}

static void
test_lock (void)
{
  Rig rig;

  rig_open (&rig);
  put8 (&rig, 1, 21, 16); /* locked */
  put8 (&rig, 1, 55, 0);
  put16 (&rig, 1, 16, 500);
  put8 (&rig, 1, 85, 254);
  put8 (&rig, 1, 55, 1);
  put8 (&rig, 1, 40, 1);
  put8 (&rig, 1, 41, 99);
  g_assert_cmpuint (get (&rig, 1, 21, 1), ==, 16);
  g_assert_cmpuint (get (&rig, 1, 48, 2), ==, 1000);
  restart (&rig, 1);
  g_assert_cmpuint (get (&rig, 1, 21, 1), ==, 32);
  g_assert_cmpuint (get (&rig, 1, 16, 2), ==, 500);
  g_assert_cmpuint (get (&rig, 1, 48, 2), ==, 500); /* copied at power-up */
  g_assert_cmpuint (get (&rig, 1, 85, 1), ==, 254);
  g_assert_cmpuint (get (&rig, 1, 40, 1), ==, 0);
  g_assert_cmpuint (get (&rig, 1, 41, 1), ==, 0);
  g_assert_cmpuint (get (&rig, 1, 55, 1), ==, 1);
  rig_close (&rig);
}

static void
test_backup_and_recovery (void)
{
  Rig rig;

  rig_open (&rig);
  put8 (&rig, 2, 55, 0);
  put8 (&rig, 2, 21, 20);
  say (&rig, 2, 0x09, 0, NULL);
  hear_one (&rig, 2);
  put8 (&rig, 2, 21, 40);
  put8 (&rig, 2, 22, 41);
  say (&rig, 2, 0x06, 0, NULL);
  hear_one (&rig, 2);
  g_assert_cmpuint (get (&rig, 2, 21, 1), ==, 20);
  g_assert_cmpuint (get (&rig, 2, 22, 1), ==, 32);
  g_assert_cmpuint (get (&rig, 2, 5, 1), ==, 2);
  rig_close (&rig);
}

/* What cannot be written is not, and nobody says so. */
static void
test_access (void)
{
  Rig rig;

  rig_open (&rig);
  put16 (&rig, 1, 3, 1);
  g_assert_cmpuint (get (&rig, 1, 3, 2), ==, 777);
  put8 (&rig, 1, 63, 99);
  g_assert_cmpuint (get (&rig, 1, 63, 1), ==, 31);
  put8 (&rig, 1, 33, 9);
  g_assert_cmpuint (get (&rig, 1, 33, 1), ==, 0);
  put16 (&rig, 1, 48, 1001);
  g_assert_cmpuint (get (&rig, 1, 48, 2), ==, 1000);
  put_bytes (&rig, 1, 56, 4, (const uint8_t[]){ 1, 2, 3, 4 });
  put_bytes (&rig, 1, 250, 6, (const uint8_t[]){ 1, 2, 3, 4, 5, 6 });
  rig_close (&rig);
}

/* The reply to a change of id comes under the old one or the new one. */
static void
test_new_id (void)
{
  unsigned under_new = 0;

  for (uint64_t seed = 1; seed <= 16; seed++)
    {
      LwSimBusConfig config;
      Status status[2];
      Rig rig;

      lw_sim_bus_config_init (&config);
      config.seed = seed;
      rig_open_with (&rig, &config);
      put8 (&rig, 3, 55, 0);
      say (&rig, 3, 0x03, 2, (const uint8_t[]){ 5, 33 });
      g_assert_cmpuint (hear (&rig, status, 2), ==, 1);
      g_assert_true (status[0].id == 3 || status[0].id == 33);
      under_new += status[0].id == 33;
      g_assert_cmpuint (status_bits (&rig, 33), ==, 0);
      say (&rig, 3, 0x01, 0, NULL);
      expect_silence (&rig);
      rig_close (&rig);
    }
  g_assert_cmpuint (under_new, >, 2);
  g_assert_cmpuint (under_new, <, 14);
}

static void
test_speed (void)
{
  Rig rig;

  rig_open (&rig);
  say (&rig, 1, 0x03, 2, (const uint8_t[]){ 6, 4 });
  listen_for (&rig);
  say (&rig, 1, 0x01, 0, NULL);
  expect_silence (&rig);
  lw_sim_bus_set_speed (rig.bus.sim, 115200);
  wait_ms (&rig, 5);
  g_assert_cmpuint (status_bits (&rig, 1), ==, 0);
  say (&rig, 2, 0x01, 0, NULL);
  expect_silence (&rig);
  rig_close (&rig);
}

/* --- ticks ---------------------------------------------------------------------------------------------------------------------- */

/* Present = actual - offset, modulo a turn. */
static void
test_offset (void)
{
  unsigned actual;
  Rig rig;

  rig_open (&rig);
  actual = get (&rig, 2, 56, 2);
  put16 (&rig, 2, 31, 100);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, (actual + 4096 - 100) % 4096);
  put16 (&rig, 2, 31, 100 | 1 << 11); /* -100 */
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, (actual + 100) % 4096);
  put16 (&rig, 2, 31, 2047);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, (actual + 4096 - 2047) % 4096);
  put8 (&rig, 2, 40, 128);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, 2048);
  g_assert_cmpuint (get (&rig, 2, 40, 1), ==, 0);
  g_assert_cmpint (signed_of (get (&rig, 2, 31, 2), 11), ==, (int) actual - 2048);
  restart (&rig, 2); /* locked all the time, and yet it stays */
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, 2048);
  say (&rig, 2, 0x0B, 2, (const uint8_t[]){ 0xE8, 0x03 });
  hear_one (&rig, 2);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, 1000);
  say (&rig, 2, 0x0B, 0, NULL);
  hear_one (&rig, 2);
  g_assert_cmpuint (get (&rig, 2, 56, 2), ==, 2048);
  rig_close (&rig);
}

static void
test_old_firmware (void)
{
  LwSimBusConfig config;
  unsigned before;
  Rig rig;

  lw_sim_bus_config_init (&config);
  config.firmware = 9;
  rig_open_with (&rig, &config);
  g_assert_cmpuint (get (&rig, 1, 1, 1), ==, 9);
  before = get (&rig, 1, 56, 2);
  say (&rig, 1, 0x0B, 2, (const uint8_t[]){ 0x64, 0x00 });
  hear_one (&rig, 1);
  g_assert_cmpuint (get (&rig, 1, 56, 2), ==, before);
  rig_close (&rig);
}

/* With bit 4 of the phase the position counts on below zero; without, it wraps. */
static void
test_turns (void)
{
  uint8_t id = 1;
  Rig rig;

  rig_open (&rig);
  while (get (&rig, id, 56, 2) + 5 > 2047) /* one whose offset takes it to five ticks below zero */
    id++;
  put16 (&rig, id, 31, (uint16_t) (get (&rig, id, 56, 2) + 5));
  g_assert_cmpuint (get (&rig, id, 56, 2), ==, 4091);
  put8 (&rig, id, 18, 12 | 16);
  g_assert_cmpint (signed_of (get (&rig, id, 56, 2), 15), ==, -5);
  say (&rig, id, 0x0A, 0, NULL);
  hear_one (&rig, id);
  g_assert_cmpint (signed_of (get (&rig, id, 56, 2), 15), ==, 4091);
  rig_close (&rig);
}

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
  g_test_add_func ("/sim-feetech/examples", test_examples);
  g_test_add_func ("/sim-feetech/identity", test_identity);
  g_test_add_func ("/sim-feetech/silence", test_silence);
  g_test_add_func ("/sim-feetech/sync-read", test_sync_read);
  g_test_add_func ("/sim-feetech/ping-all", test_ping_all);
  g_test_add_func ("/sim-feetech/response-level", test_response_level);
  g_test_add_func ("/sim-feetech/return-delay", test_return_delay);
  g_test_add_func ("/sim-feetech/lock", test_lock);
  g_test_add_func ("/sim-feetech/backup-and-recovery", test_backup_and_recovery);
  g_test_add_func ("/sim-feetech/access", test_access);
  g_test_add_func ("/sim-feetech/new-id", test_new_id);
  g_test_add_func ("/sim-feetech/speed", test_speed);
  g_test_add_func ("/sim-feetech/offset", test_offset);
  g_test_add_func ("/sim-feetech/old-firmware", test_old_firmware);
  g_test_add_func ("/sim-feetech/turns", test_turns);
  g_test_add_func ("/sim-feetech/speed-and-time", test_speed_and_time);
  g_test_add_func ("/sim-feetech/limits", test_limits);
  g_test_add_func ("/sim-feetech/modes", test_modes);
  g_test_add_func ("/sim-feetech/torque", test_torque);
  g_test_add_func ("/sim-feetech/long-way", test_long_way);
  g_test_add_func ("/sim-feetech/voltage", test_voltage);
  g_test_add_func ("/sim-feetech/heat", test_heat);
  g_test_add_func ("/sim-feetech/overload", test_overload);
  g_test_add_func ("/sim-feetech/current", test_current);
  g_test_add_func ("/sim-feetech/injected", test_injected);
  return g_test_run ();
}
