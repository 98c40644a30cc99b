/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-table.h"
#include "lw-test-bus.h"

/* Raw bytes to a simulated planar-2 (servos 1 and 2) with an injected clock, no jitter. */
typedef struct {
  LwTestBus    bus;
  LwTransport *transport;
} Rig;

static void
rig_open (Rig *rig, unsigned return_delay_us)
{
  LwSimBusConfig config;

  lw_sim_bus_config_init (&config);
  config.jitter_us = 0;
  config.return_delay_us = return_delay_us;
  test_bus_init (&rig->bus, "planar-2", &config);
  rig->transport = lw_sim_bus_direct (rig->bus.sim, &rig->bus.clock);
  rig->bus.servos = NULL;
}

static void
rig_close (Rig *rig)
{
  lw_transport_free (rig->transport);
  test_bus_close (&rig->bus);
}

static void
say_bytes (Rig *rig, const uint8_t *bytes, size_t n)
{
  g_assert_cmpint (rig->transport->klass->write (rig->transport, bytes, n, G_MAXINT64), ==, LW_IO_OK);
}

static void
say (Rig *rig, uint8_t id, uint8_t instruction, const char *params, size_t n_params)
{
  uint8_t bytes[256];
  size_t n = lw_dynamixel_build (bytes, sizeof bytes, id, instruction, (const uint8_t *) params, n_params);

  g_assert_cmpuint (n, >, 0);
  say_bytes (rig, bytes, n);
}

/* Packets that come within 20 ms. */
static size_t
hear (Rig *rig, LwDynamixelPacket *packets, size_t max)
{
  uint8_t bytes[1024];
  size_t n = 0, at = 0, got, used, n_packets = 0;
  int64_t deadline_ns = rig->bus.clock.now_ns + 20 * MS;

  while (rig->transport->klass->read (rig->transport, bytes + n, sizeof bytes - n, &got, deadline_ns) == LW_IO_OK)
    n += got;
  while (at < n)
    {
      g_assert_cmpuint (n_packets, <, max);
      g_assert_cmpint (lw_dynamixel_parse (bytes + at, n - at, 0, &packets[n_packets], &used), ==, LW_DYNAMIXEL_VALID);
      g_assert_cmpuint (packets[n_packets].instruction, ==, LW_DYNAMIXEL_STATUS);
      at += used;
      n_packets++;
    }
  return n_packets;
}

static void
expect_silence (Rig *rig)
{
  LwDynamixelPacket packets[4];

  g_assert_cmpuint (hear (rig, packets, 4), ==, 0);
}

static void
expect_status (Rig *rig, uint8_t id, uint8_t error, size_t n_params)
{
  LwDynamixelPacket packets[4];

  g_assert_cmpuint (hear (rig, packets, 4), ==, 1);
  g_assert_cmpuint (packets[0].id, ==, id);
  g_assert_cmpuint (packets[0].error, ==, error);
  g_assert_cmpuint (packets[0].n_params, ==, n_params);
}

static void
test_ping (void)
{
  LwDynamixelPacket packets[4];
  Rig rig;

  rig_open (&rig, 0);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 1);
  g_assert_cmpmem (packets[0].params, packets[0].n_params, "\xFC\x03\x2D", 3); /* 1020, firmware 45 */
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_PING, "", 0);
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 2);
  g_assert_cmpuint (packets[0].id, ==, 1);
  g_assert_cmpuint (packets[1].id, ==, 2);
  say (&rig, 3, LW_DYNAMIXEL_PING, "", 0); /* nobody of that name */
  expect_silence (&rig);
  rig_close (&rig);
}

static void
test_single (void)
{
  Rig rig;

  rig_open (&rig, 0);
  say (&rig, 2, LW_DYNAMIXEL_READ, "\x84\x00\x04\x00", 4);
  expect_status (&rig, 2, 0, 4);
  say (&rig, 2, LW_DYNAMIXEL_READ, "\x90\x02\x07\x00", 4);
  expect_status (&rig, 2, LW_DYNAMIXEL_ERROR_ACCESS, 0);
  say (&rig, 2, LW_DYNAMIXEL_READ, "\x84\x00", 2);
  expect_status (&rig, 2, LW_DYNAMIXEL_ERROR_LENGTH, 0);
  say (&rig, 1, LW_DYNAMIXEL_WRITE, "\x41\x00\x01", 3);
  expect_status (&rig, 1, 0, 0);
  say (&rig, 1, LW_DYNAMIXEL_WRITE, "\x41\x00\x02", 3);
  expect_status (&rig, 1, LW_DYNAMIXEL_ERROR_RANGE, 0);
  say (&rig, 1, LW_DYNAMIXEL_WRITE, "\x41", 1);
  expect_status (&rig, 1, LW_DYNAMIXEL_ERROR_LENGTH, 0);
  say (&rig, 1, 0x33, "", 0);
  expect_status (&rig, 1, LW_DYNAMIXEL_ERROR_INSTRUCTION, 0);
  say (&rig, 1, LW_DYNAMIXEL_REG_WRITE, "\x74\x00\x00\x04\x00\x00", 6);
  expect_status (&rig, 1, 0, 0);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_ACTION, "", 0);
  expect_silence (&rig);
  say (&rig, 1, LW_DYNAMIXEL_ACTION, "", 0); /* nothing registered any more */
  expect_status (&rig, 1, LW_DYNAMIXEL_ERROR_INSTRUCTION, 0);
  say (&rig, 1, LW_DYNAMIXEL_REBOOT, "", 0);
  expect_status (&rig, 1, 0, 0);
  rig_close (&rig);
}

static void
test_sync (void)
{
  LwDynamixelPacket packets[4];
  Rig rig;

  rig_open (&rig, 0);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_WRITE, "\x74\x00\x04\x00\x01\x10\x04\x00\x00\x02\x20\x08\x00\x00", 14);
  expect_silence (&rig);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, "\x74\x00\x04\x00\x02\x01", 6); /* in the order asked for */
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 2);
  g_assert_cmpuint (packets[0].id, ==, 2);
  g_assert_cmpmem (packets[0].params, packets[0].n_params, "\x20\x08\x00\x00", 4);
  g_assert_cmpuint (packets[1].id, ==, 1);
  g_assert_cmpmem (packets[1].params, packets[1].n_params, "\x10\x04\x00\x00", 4);
  /* A torn tuple at the end writes nothing; one that is out of range leaves the other servo's in force. */
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_WRITE, "\x74\x00\x04\x00\x01\xFF\xFF\x00\x00\x02\x30\x08\x00\x00\x01\x01", 16);
  expect_silence (&rig);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, "\x74\x00\x04\x00\x01\x02", 6);
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 2);
  g_assert_cmpmem (packets[0].params, packets[0].n_params, "\x10\x04\x00\x00", 4);
  g_assert_cmpmem (packets[1].params, packets[1].n_params, "\x30\x08\x00\x00", 4);
  rig_close (&rig);
}

/* Behind a dead servo nobody speaks; asked alone, the others do. */
static void
test_chain (void)
{
  LwDynamixelPacket packets[4];
  Rig rig;

  rig_open (&rig, 0);
  lw_sim_bus_set_missing (rig.bus.sim, 0, true);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, "\x84\x00\x04\x00\x01\x02", 6);
  expect_silence (&rig);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, "\x84\x00\x04\x00\x02\x01", 6);
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 1);
  say (&rig, 2, LW_DYNAMIXEL_READ, "\x84\x00\x04\x00", 4);
  expect_status (&rig, 2, 0, 4);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_silence (&rig);
  lw_sim_bus_set_missing (rig.bus.sim, 0, false);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, 0, 3);
  rig_close (&rig);
}

static void
test_return_level (void)
{
  Rig rig;

  rig_open (&rig, 0);
  say (&rig, 1, LW_DYNAMIXEL_WRITE, "\x44\x00\x01", 3); /* answered no more, the level is in force */
  expect_silence (&rig);
  say (&rig, 1, LW_DYNAMIXEL_READ, "\x44\x00\x01\x00", 4);
  expect_status (&rig, 1, 0, 1);
  say (&rig, 1, LW_DYNAMIXEL_WRITE, "\x44\x00\x00", 3);
  expect_silence (&rig);
  say (&rig, 1, LW_DYNAMIXEL_READ, "\x44\x00\x01\x00", 4);
  expect_silence (&rig);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, 0, 3);
  rig_close (&rig);
}

/* A damaged request has no effect; one whose check alone is wrong is complained about. The next is understood. */
static void
test_damaged_request (void)
{
  static const uint8_t bad[] = { 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x03, 0x00, 0x01, 0x19, 0x4F };
  Rig rig;

  rig_open (&rig, 0);
  say_bytes (&rig, bad, sizeof bad);
  expect_status (&rig, 1, LW_DYNAMIXEL_ERROR_CRC, 0);
  say_bytes (&rig, bad, 6);
  expect_silence (&rig);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, 0, 3);
  rig_close (&rig);
}

static void
test_alert (void)
{
  Rig rig;

  rig_open (&rig, 0);
  lw_sim_bus_fail_servo (rig.bus.sim, 1, LW_DXL_HARDWARE_VOLTAGE);
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 2, LW_DYNAMIXEL_ALERT, 3);
  say (&rig, 2, LW_DYNAMIXEL_WRITE, "\x41\x00\x02", 3);
  expect_status (&rig, 2, LW_DYNAMIXEL_ALERT | LW_DYNAMIXEL_ERROR_RANGE, 0);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, 0, 3);
  rig_close (&rig);
}

/* Ping: 10 bytes out and 14 back at 10 us each, 50 us for the servo, and its return delay. */
static void
test_timing (void)
{
  static const unsigned delays_us[] = { 0, 20, 500 };

  for (size_t i = 0; i < G_N_ELEMENTS (delays_us); i++)
    {
      uint8_t bytes[64];
      size_t n;
      int64_t start_ns;
      Rig rig;

      rig_open (&rig, delays_us[i]);
      start_ns = rig.bus.clock.now_ns;
      say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
      g_assert_cmpint (rig.bus.clock.now_ns - start_ns, ==, 100000);
      g_assert_cmpint (rig.transport->klass->read (rig.transport, bytes, sizeof bytes, &n, G_MAXINT64), ==, LW_IO_OK);
      g_assert_cmpuint (n, ==, 14);
      g_assert_cmpint (rig.bus.clock.now_ns - start_ns, ==, 100000 + 50000 + delays_us[i] * 1000 + 140000);
      /* The servo's own clock in ms. */
      say (&rig, 1, LW_DYNAMIXEL_READ, "\x78\x00\x02\x00", 4);
      g_assert_cmpint (rig.transport->klass->read (rig.transport, bytes, sizeof bytes, &n, G_MAXINT64), ==, LW_IO_OK);
      g_assert_cmpint (ABS (lw_dynamixel_get_u16 (bytes + 9) - rig.bus.clock.now_ns / MS), <=, 1);
      rig_close (&rig);
    }
}

typedef struct {
  size_t      n;
  LwSimPacket last;
} Tapped;

static void
tap (const LwSimPacket *packet, void *data)
{
  Tapped *tapped = data;

  tapped->n++;
  tapped->last = *packet;
}

/* The tap sees what arrives, also behind a cut cable, with the time of its last byte. */
static void
test_tap (void)
{
  Tapped tapped = { 0 };
  int64_t start_ns;
  Rig rig;

  rig_open (&rig, 0);
  lw_sim_bus_set_tap (rig.bus.sim, tap, &tapped);
  start_ns = rig.bus.clock.now_ns;
  say (&rig, 1, LW_DYNAMIXEL_WRITE, "\x41\x00\x01", 3);
  expect_status (&rig, 1, 0, 0);
  g_assert_cmpuint (tapped.n, ==, 1);
  g_assert_cmpint (tapped.last.t_ns - start_ns, ==, 130000);
  g_assert_cmpuint (tapped.last.instruction, ==, LW_DYNAMIXEL_WRITE);
  g_assert_cmpuint (tapped.last.id, ==, 1);
  g_assert_cmpuint (tapped.last.address, ==, LW_DXL_LED);
  g_assert_cmpmem (tapped.last.params, tapped.last.n_params, "\x41\x00\x01", 3);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_SILENT);
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  expect_silence (&rig);
  g_assert_cmpuint (tapped.n, ==, 2);
  g_assert_cmpuint (tapped.last.address, ==, 0);
  lw_sim_bus_set_faults (rig.bus.sim, LW_SIM_FAULT_HANG_UP);
  g_assert_cmpint (rig.transport->klass->write (rig.transport, (const uint8_t *) "x", 1, 0), ==, LW_IO_GONE);
  g_assert_cmpint (rig.transport->klass->flush (rig.transport), ==, LW_IO_GONE);
  rig_close (&rig);
}

/* Any bytes at all, with faults changing meanwhile: nothing falls over, and the servos answer afterwards. */
static void
test_babble (void)
{
  GRand *rand = g_rand_new_with_seed (5);
  LwDynamixelPacket packets[8];
  Rig rig;

  rig_open (&rig, 0);
  for (int k = 0; k < 3000; k++)
    {
      uint8_t params[64], bytes[128], heard[512];
      size_t n_params = (size_t) g_rand_int_range (rand, 0, 24), n, got;

      for (size_t i = 0; i < n_params; i++)
        params[i] = g_rand_boolean (rand) ? (uint8_t) g_rand_int_range (rand, 0, 4) : (uint8_t) g_rand_int (rand);
      n = lw_dynamixel_build (bytes, sizeof bytes, g_rand_boolean (rand) ? LW_DYNAMIXEL_BROADCAST : (uint8_t) g_rand_int_range (rand, 0, 4),
                              g_rand_boolean (rand) ? (uint8_t) g_rand_int_range (rand, 1, 6) : (uint8_t) g_rand_int (rand), params, n_params);
      if (g_rand_int_range (rand, 0, 4) == 0)
        bytes[g_rand_int_range (rand, 0, (gint32) n)] = (uint8_t) g_rand_int (rand);
      say_bytes (&rig, bytes, (size_t) g_rand_int_range (rand, 0, (gint32) n + 1));
      if (g_rand_int_range (rand, 0, 3) == 0)
        (void) rig.transport->klass->read (rig.transport, heard, sizeof heard, &got, rig.bus.clock.now_ns + MS);
    }
  lw_sim_bus_set_missing (rig.bus.sim, 0, false);
  memset (packets, 0, sizeof packets);
  for (int i = 0; i < 200; i++) /* whatever length was promised, it runs out */
    say_bytes (&rig, (const uint8_t *) "\0\0\0\0\0\0\0\0", 8);
  rig.bus.clock.now_ns += 1000 * MS;
  g_assert_cmpint (rig.transport->klass->flush (rig.transport), ==, LW_IO_OK);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_PING, "", 0);
  g_assert_cmpuint (hear (&rig, packets, 8), ==, 2);
  rig_close (&rig);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-line/ping", test_ping);
  g_test_add_func ("/sim-line/single", test_single);
  g_test_add_func ("/sim-line/sync", test_sync);
  g_test_add_func ("/sim-line/chain", test_chain);
  g_test_add_func ("/sim-line/return-level", test_return_level);
  g_test_add_func ("/sim-line/damaged-request", test_damaged_request);
  g_test_add_func ("/sim-line/alert", test_alert);
  g_test_add_func ("/sim-line/timing", test_timing);
  g_test_add_func ("/sim-line/tap", test_tap);
  g_test_add_func ("/sim-line/babble", test_babble);
  return g_test_run ();
}
