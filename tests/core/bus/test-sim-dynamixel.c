/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-test-sim.h"

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

static void
expect_bytes (Rig *rig, const void *request, size_t n_request, const void *reply, size_t n_reply)
{
  uint8_t bytes[128];

  say_bytes (rig, request, n_request);
  g_assert_cmpuint (hear_bytes (rig, bytes, sizeof bytes, 20 * MS), ==, n_reply);
  g_assert_cmpmem (bytes, n_reply, reply, n_reply);
}

#define EXPECT_BYTES(rig, request, reply) expect_bytes (rig, request, sizeof request - 1, reply, sizeof reply - 1)

/* The manual's own packets, byte by byte. */
static void
test_manual (void)
{
  static const uint16_t models[] = { 1030, 1030 };
  LwSimBusConfig config;
  Rig rig;

  lw_sim_bus_config_init (&config);
  config.jitter_us = 0;
  config.models = models;
  config.firmware = 38;
  rig_open_with (&rig, &config);
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\x01\x03\x00\x01\x19\x4E", "\xFF\xFF\xFD\x00\x01\x07\x00\x55\x00\x06\x04\x26\x65\x5D");
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\xFE\x03\x00\x01\x31\x42",
                "\xFF\xFF\xFD\x00\x01\x07\x00\x55\x00\x06\x04\x26\x65\x5D\xFF\xFF\xFD\x00\x02\x07\x00\x55\x00\x06\x04\x26\x6F\x6D");
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\x01\x09\x00\x03\x74\x00\x00\x02\x00\x00\xCA\x89", "\xFF\xFF\xFD\x00\x01\x04\x00\x55\x00\xA1\x0C");
  g_assert_cmpint (ask (&rig, 1, LW_DXL_GOAL_POSITION, 4), ==, 512);
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\x01\x09\x00\x04\x68\x00\xC8\x00\x00\x00\xAE\x8E", "\xFF\xFF\xFD\x00\x01\x04\x00\x55\x00\xA1\x0C");
  g_assert_cmpint (ask (&rig, 1, LW_DXL_REGISTERED, 1), ==, 1);
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\x01\x03\x00\x05\x02\xCE", "\xFF\xFF\xFD\x00\x01\x04\x00\x55\x00\xA1\x0C");
  g_assert_cmpint (ask (&rig, 1, LW_DXL_GOAL_VELOCITY, 4), ==, 200);
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\xFE\x11\x00\x83\x74\x00\x04\x00\x01\x96\x00\x00\x00\x02\xAA\x00\x00\x00\x82\x87", "");
  g_assert_cmpint (ask (&rig, 1, LW_DXL_GOAL_POSITION, 4), ==, 150);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_GOAL_POSITION, 4), ==, 170);
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\xFE\x10\x00\x93\x01\x20\x00\x02\x00\xA0\x00\x02\x1F\x00\x01\x00\x50\xB7\x68", "");
  g_assert_cmpint (ask (&rig, 1, LW_DXL_MAX_VOLTAGE, 2), ==, 160);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_TEMPERATURE_LIMIT, 1), ==, 80);
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\x01\x08\x00\x10\x01\x44\x58\x4C\x22\xB1\xDC", "\xFF\xFF\xFD\x00\x01\x04\x00\x55\x00\xA1\x0C");
  EXPECT_BYTES (&rig, "\xFF\xFF\xFD\x00\x01\x03\x00\x08\x2F\x4E", "\xFF\xFF\xFD\x00\x01\x04\x00\x55\x00\xA1\x0C");
  rig_close (&rig);
}

/* A servo that starts again is deaf for a while, its RAM as new. */
static void
test_reboot (void)
{
  Rig rig;

  rig_open (&rig, 0);
  g_assert_cmpuint (tell (&rig, 1, LW_DXL_TORQUE_ENABLE, 1, 1), ==, 0);
  say (&rig, 1, LW_DYNAMIXEL_REBOOT, "", 0);
  expect_status (&rig, 1, 0, 0);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_silence (&rig);
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 2, 0, 3);
  rig_wait (&rig, 600 * MS);
  g_assert_cmpint (ask (&rig, 1, LW_DXL_TORQUE_ENABLE, 1), ==, 0);
  rig_close (&rig);
}

/* Id, speed and everything: what a factory reset leaves, by its option. */
static void
test_factory_reset (void)
{
  Rig rig;

  rig_open (&rig, 0);
  g_assert_cmpuint (tell (&rig, 2, LW_DXL_RETURN_DELAY, 1, 7), ==, 0);
  say (&rig, 2, LW_DYNAMIXEL_RESET, "\x02", 1);
  expect_status (&rig, 2, 0, 0);
  rig_wait (&rig, 600 * MS);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_RETURN_DELAY, 1), ==, 250);
  say (&rig, 2, LW_DYNAMIXEL_RESET, "\x03", 1);
  expect_status (&rig, 2, LW_DYNAMIXEL_ERROR_RANGE, 0);
  say (&rig, 2, LW_DYNAMIXEL_RESET, "", 0);
  expect_status (&rig, 2, LW_DYNAMIXEL_ERROR_LENGTH, 0);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_RESET, "\xFF", 1); /* this firmware refuses */
  rig_wait (&rig, 600 * MS);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_ID, 1), ==, 2);
  say (&rig, 2, LW_DYNAMIXEL_RESET, "\x01", 1);
  expect_status (&rig, 2, 0, 0);
  rig_wait (&rig, 600 * MS);
  lw_sim_bus_set_speed (rig.bus.sim, 57600);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_BAUD_RATE, 1), ==, 1);
  say (&rig, 2, LW_DYNAMIXEL_RESET, "\xFF", 1);
  expect_status (&rig, 2, 0, 0);
  rig_wait (&rig, 600 * MS);
  g_assert_cmpint (ask (&rig, 1, LW_DXL_ID, 1), ==, 1); /* the other one is still at 1 Mbps: this is the former servo 2 */
  rig_close (&rig);
}

/* The reply to a new id comes from the old one. */
static void
test_new_id (void)
{
  Rig rig;

  rig_open (&rig, 0);
  say (&rig, 2, LW_DYNAMIXEL_WRITE, "\x07\x00\x11", 3);
  expect_status (&rig, 2, 0, 0);
  say (&rig, 2, LW_DYNAMIXEL_PING, "", 0);
  expect_silence (&rig);
  say (&rig, 17, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 17, 0, 3);
  rig_close (&rig);
}

/* A shadow does what its master is told, and says nothing. */
static void
test_secondary_id (void)
{
  LwDynamixelPacket packets[4];
  Rig rig;

  rig_open (&rig, 0);
  g_assert_cmpuint (tell (&rig, 2, LW_DXL_SECONDARY_ID, 1, 1), ==, 0);
  say (&rig, 1, LW_DYNAMIXEL_WRITE, "\x41\x00\x01", 3);
  expect_status (&rig, 1, 0, 0);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_LED, 1), ==, 1);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_WRITE, "\x41\x00\x01\x00\x01\x00", 6);
  expect_silence (&rig);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_LED, 1), ==, 0);
  say (&rig, 1, LW_DYNAMIXEL_PING, "", 0);
  expect_status (&rig, 1, 0, 3);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, "\x41\x00\x01\x00\x01\x02", 6);
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 2);
  rig_close (&rig);
}

/* Nobody answers a read or write to all; everybody does what they are told. */
static void
test_broadcast (void)
{
  Rig rig;

  rig_open (&rig, 0);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_READ, "\x84\x00\x04\x00", 4);
  expect_silence (&rig);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_WRITE, "\x41\x00\x01", 3);
  expect_silence (&rig);
  for (uint8_t id = 1; id <= 2; id++)
    g_assert_cmpint (ask (&rig, id, LW_DXL_LED, 1), ==, 1);
  say (&rig, LW_DYNAMIXEL_BROADCAST, 0x33, "", 0);
  expect_silence (&rig);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_REG_WRITE, "\x41\x00\x00", 3);
  expect_silence (&rig);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_ACTION, "", 0);
  expect_silence (&rig);
  for (uint8_t id = 1; id <= 2; id++)
    g_assert_cmpint (ask (&rig, id, LW_DXL_LED, 1), ==, 0);
  /* To one servo alone there is no reading of many. */
  say (&rig, 1, LW_DYNAMIXEL_SYNC_READ, "\x84\x00\x04\x00\x01", 5);
  expect_status (&rig, 1, LW_DYNAMIXEL_ERROR_INSTRUCTION, 0);
  rig_close (&rig);
}

/* Each answers a ping to all in the slot of its id. */
static void
test_slots (void)
{
  static const uint8_t ids[] = { 40, 3 };
  LwSimBusConfig config;
  uint8_t bytes[64];
  int64_t start_ns;
  Rig rig;

  lw_sim_bus_config_init (&config);
  config.jitter_us = 0;
  config.ids = ids;
  rig_open_with (&rig, &config);
  start_ns = rig.bus.clock.now_ns;
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_PING, "", 0);
  g_assert_cmpuint (hear_bytes (&rig, bytes, 14, 1000 * MS), ==, 14);
  g_assert_cmpuint (bytes[4], ==, 3);
  g_assert_cmpint (rig.bus.clock.now_ns - start_ns, ==, 100000 + 3 * 1140000 + 50000 + 140000);
  g_assert_cmpuint (hear_bytes (&rig, bytes, 14, 1000 * MS), ==, 14);
  g_assert_cmpuint (bytes[4], ==, 40);
  g_assert_cmpint (rig.bus.clock.now_ns - start_ns, ==, 100000 + 40 * 1140000 + 50000 + 140000);
  rig_close (&rig);
}

static void
test_bulk (void)
{
  LwDynamixelPacket packets[4];
  Rig rig;

  rig_open (&rig, 0);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_BULK_READ, "\x01\x90\x00\x02\x00\x02\x92\x00\x01\x00", 10); /* the manual's example */
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 2);
  g_assert_cmpuint (packets[0].id, ==, 1);
  g_assert_cmpmem (packets[0].params, packets[0].n_params, "\x78\x00", 2);
  g_assert_cmpuint (packets[1].id, ==, 2);
  g_assert_cmpmem (packets[1].params, packets[1].n_params, "\x1F", 1);
  /* A servo named twice answers once. */
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_BULK_READ, "\x01\x90\x00\x02\x00\x01\x92\x00\x01\x00\x02\x92\x00\x01\x00", 15);
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 2);
  g_assert_cmpuint (packets[0].n_params, ==, 2);
  g_assert_cmpuint (packets[1].id, ==, 2);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, "\x92\x00\x01\x00\x02\x02\x01", 7);
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 2);
  /* Written one by one, the torn one at the end left out. */
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_BULK_WRITE, "\x01\x41\x00\x01\x00\x01\x02\x74\x00\x04\x00\x10\x04\x00\x00\x01\x41\x00\x02\x00\x00", 21);
  expect_silence (&rig);
  g_assert_cmpint (ask (&rig, 1, LW_DXL_LED, 1), ==, 1);
  g_assert_cmpint (ask (&rig, 2, LW_DXL_GOAL_POSITION, 4), ==, 0x410);
  rig_close (&rig);
}

/* One packet of all: each block checks all before it; behind a dead servo, or one too old, it breaks off. */
static void
test_fast (void)
{
  static const struct {
    uint8_t     instruction;
    const char *params;
    uint8_t     n_params, sizes[2];
  } cases[] = {
    { LW_DYNAMIXEL_FAST_SYNC_READ, "\x84\x00\x04\x00\x02\x01", 6, { 4, 4 } },
    { LW_DYNAMIXEL_FAST_BULK_READ, "\x02\x84\x00\x04\x00\x01\x92\x00\x01\x00", 10, { 4, 1 } },
  };

  for (size_t k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      const uint8_t *sizes = cases[k].sizes;
      size_t first_end = 8 + 2 + (size_t) sizes[0], end = first_end + 4 + sizes[1];
      uint8_t bytes[64];
      int64_t start_ns;
      Rig rig;

      rig_open (&rig, 500);
      start_ns = rig.bus.clock.now_ns;
      say (&rig, LW_DYNAMIXEL_BROADCAST, cases[k].instruction, cases[k].params, cases[k].n_params);
      g_assert_cmpuint (hear_bytes (&rig, bytes, end + 2, 20 * MS), ==, end + 2);
      g_assert_cmpint (rig.bus.clock.now_ns - start_ns, ==, (10 + cases[k].n_params + (int64_t) end + 2) * 10000 + 550000); /* one return delay */
      g_assert_cmpmem (bytes, 5, "\xFF\xFF\xFD\x00\xFE", 5);
      g_assert_cmpuint (lw_dynamixel_get_u16 (bytes + 5), ==, 1u + 4 + sizes[0] + 4 + sizes[1]);
      g_assert_cmpuint (bytes[7], ==, LW_DYNAMIXEL_STATUS);
      g_assert_cmpuint (bytes[8], ==, 0);
      g_assert_cmpuint (bytes[9], ==, 2);
      g_assert_cmpuint (lw_dynamixel_crc (bytes, first_end), ==, lw_dynamixel_get_u16 (bytes + first_end));
      g_assert_cmpuint (bytes[first_end + 3], ==, 1);
      g_assert_cmpuint (lw_dynamixel_crc (bytes, end), ==, lw_dynamixel_get_u16 (bytes + end));
      g_assert_cmpint (lw_dynamixel_get_i32 (bytes + 10), ==, ask (&rig, 2, LW_DXL_PRESENT_POSITION, 4));

      lw_sim_bus_set_missing (rig.bus.sim, 0, true);
      say (&rig, LW_DYNAMIXEL_BROADCAST, cases[k].instruction, cases[k].params, cases[k].n_params);
      g_assert_cmpuint (hear_bytes (&rig, bytes, sizeof bytes, 20 * MS), ==, first_end + 2);
      g_assert_cmpuint (lw_dynamixel_get_u16 (bytes + 5), ==, 1u + 4 + sizes[0] + 4 + sizes[1]); /* as announced */
      lw_sim_bus_set_missing (rig.bus.sim, 0, false);
      lw_sim_bus_set_missing (rig.bus.sim, 1, true);
      say (&rig, LW_DYNAMIXEL_BROADCAST, cases[k].instruction, cases[k].params, cases[k].n_params);
      expect_silence (&rig);
      rig_close (&rig);
    }
}

static void
test_fast_firmware (void)
{
  static const struct {
    uint16_t model;
    uint8_t  firmware;
    bool     fast;
  } cases[] = { { 1020, 44, false }, { 1020, 45, true }, { 1060, 45, true }, { 1190, 45, false }, { 1190, 46, true }, { 1120, 0, true }, { 1220, 0, true } };

  for (size_t k = 0; k < G_N_ELEMENTS (cases); k++)
    {
      const uint16_t models[] = { cases[k].model, cases[k].model };
      LwSimBusConfig config;
      uint8_t bytes[64];
      Rig rig;

      lw_sim_bus_config_init (&config);
      config.models = models;
      config.firmware = cases[k].firmware;
      rig_open_with (&rig, &config);
      say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_FAST_SYNC_READ, "\x84\x00\x04\x00\x01\x02", 6);
      g_assert_cmpuint (hear_bytes (&rig, bytes, sizeof bytes, 20 * MS), ==, cases[k].fast ? 24 : 0);
      say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, "\x84\x00\x04\x00\x01\x02", 6);
      g_assert_cmpuint (hear_bytes (&rig, bytes, sizeof bytes, 20 * MS), ==, 30);
      rig_close (&rig);
    }
}

/* Where the table ends a read of many says so, with an error and no data; a combined reply keeps its length. */
static void
test_access (void)
{
  LwDynamixelPacket packets[4];
  uint8_t bytes[64];
  Rig rig;

  rig_open (&rig, 0);
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_SYNC_READ, "\x95\x02\x04\x00\x01\x02", 6);
  g_assert_cmpuint (hear (&rig, packets, 4), ==, 2);
  for (size_t i = 0; i < 2; i++)
    {
      g_assert_cmpuint (packets[i].error, ==, LW_DYNAMIXEL_ERROR_ACCESS);
      g_assert_cmpuint (packets[i].n_params, ==, 0);
    }
  say (&rig, LW_DYNAMIXEL_BROADCAST, LW_DYNAMIXEL_FAST_SYNC_READ, "\x95\x02\x04\x00\x01\x02", 6);
  g_assert_cmpuint (hear_bytes (&rig, bytes, sizeof bytes, 20 * MS), ==, 24);
  g_assert_cmpuint (bytes[8], ==, LW_DYNAMIXEL_ERROR_ACCESS);
  g_assert_cmpmem (bytes + 10, 4, "\0\0\0\0", 4);
  rig_close (&rig);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sim-dynamixel/ping", test_ping);
  g_test_add_func ("/sim-dynamixel/single", test_single);
  g_test_add_func ("/sim-dynamixel/sync", test_sync);
  g_test_add_func ("/sim-dynamixel/chain", test_chain);
  g_test_add_func ("/sim-dynamixel/return-level", test_return_level);
  g_test_add_func ("/sim-dynamixel/alert", test_alert);
  g_test_add_func ("/sim-dynamixel/manual", test_manual);
  g_test_add_func ("/sim-dynamixel/reboot", test_reboot);
  g_test_add_func ("/sim-dynamixel/factory-reset", test_factory_reset);
  g_test_add_func ("/sim-dynamixel/new-id", test_new_id);
  g_test_add_func ("/sim-dynamixel/secondary-id", test_secondary_id);
  g_test_add_func ("/sim-dynamixel/broadcast", test_broadcast);
  g_test_add_func ("/sim-dynamixel/slots", test_slots);
  g_test_add_func ("/sim-dynamixel/bulk", test_bulk);
  g_test_add_func ("/sim-dynamixel/fast", test_fast);
  g_test_add_func ("/sim-dynamixel/fast-firmware", test_fast_firmware);
  g_test_add_func ("/sim-dynamixel/access", test_access);
  return g_test_run ();
}
