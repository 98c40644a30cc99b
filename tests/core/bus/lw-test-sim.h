/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-table.h"
#include "lw-test-bus.h"

/* Raw bytes to the simulated servos 1 and 2 of planar-2 with an injected clock. */
typedef struct {
  LwTestBus    bus;
  LwTransport *transport;
} Rig;

/* @config: as from lw_sim_bus_config_init(), changed at will. */
static inline void
rig_open_with (Rig *rig, LwSimBusConfig *config)
{
  test_bus_init (&rig->bus, "planar-2", config);
  rig->transport = lw_sim_bus_direct (rig->bus.sim, &rig->bus.clock);
  rig->bus.servos = NULL;
}

/* Without jitter. */
static inline void
rig_open (Rig *rig, unsigned return_delay_us)
{
  LwSimBusConfig config;

  lw_sim_bus_config_init (&config);
  config.jitter_us = 0;
  config.return_delay_us = return_delay_us;
  rig_open_with (rig, &config);
}

static inline void
rig_close (Rig *rig)
{
  lw_transport_free (rig->transport);
  test_bus_close (&rig->bus);
}

static inline void
rig_wait (Rig *rig, int64_t ns)
{
  test_bus_wait_until (&rig->bus, rig->bus.clock.now_ns + ns);
}

static inline void
say_bytes (Rig *rig, const uint8_t *bytes, size_t n)
{
  g_assert_cmpint (rig->transport->klass->write (rig->transport, bytes, n, G_MAXINT64), ==, LW_IO_OK);
}

static inline void
say (Rig *rig, uint8_t id, uint8_t instruction, const char *params, size_t n_params)
{
  uint8_t bytes[256];
  size_t n = lw_dynamixel_build (bytes, sizeof bytes, id, instruction, (const uint8_t *) params, n_params);

  g_assert_cmpuint (n, >, 0);
  say_bytes (rig, bytes, n);
}

/* Bytes that come within @within_ns. */
static inline size_t
hear_bytes (Rig *rig, uint8_t *bytes, size_t max, int64_t within_ns)
{
  int64_t deadline_ns = rig->bus.clock.now_ns + within_ns;
  size_t n = 0, got;

  while (n < max && rig->transport->klass->read (rig->transport, bytes + n, max - n, &got, deadline_ns) == LW_IO_OK)
    n += got;
  return n;
}

/* Packets that come within 20 ms; nothing else may. */
static inline size_t
hear (Rig *rig, LwDynamixelPacket *packets, size_t max)
{
  uint8_t bytes[1024];
  size_t n = hear_bytes (rig, bytes, sizeof bytes, 20 * MS), at = 0, used, n_packets = 0;

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

static inline void
expect_silence (Rig *rig)
{
  uint8_t bytes[64];

  g_assert_cmpuint (hear_bytes (rig, bytes, sizeof bytes, 20 * MS), ==, 0);
}

static inline void
expect_status (Rig *rig, uint8_t id, uint8_t error, size_t n_params)
{
  LwDynamixelPacket packets[4];

  g_assert_cmpuint (hear (rig, packets, 4), ==, 1);
  g_assert_cmpuint (packets[0].id, ==, id);
  g_assert_cmpuint (packets[0].error, ==, error);
  g_assert_cmpuint (packets[0].n_params, ==, n_params);
}

/* A register of one servo, little endian. */
static inline int32_t
ask (Rig *rig, uint8_t id, uint16_t address, uint8_t size)
{
  const char params[] = { (char) (address & 0xFF), (char) (address >> 8), (char) size, 0 };
  LwDynamixelPacket packets[4];
  uint8_t word[4] = { 0 };

  say (rig, id, LW_DYNAMIXEL_READ, params, 4);
  g_assert_cmpuint (hear (rig, packets, 4), ==, 1);
  g_assert_cmpuint (packets[0].error & 0x7F, ==, 0);
  g_assert_cmpuint (packets[0].n_params, ==, size);
  memcpy (word, packets[0].params, size);
  return size == 2 ? (int16_t) lw_dynamixel_get_u16 (word) : lw_dynamixel_get_i32 (word);
}

/* Writes one; returns the error byte, 0xFF when nothing came back. */
static inline uint8_t
tell (Rig *rig, uint8_t id, uint16_t address, uint8_t size, int32_t value)
{
  LwDynamixelPacket packets[4];
  char params[6] = { (char) (address & 0xFF), (char) (address >> 8) };

  lw_dynamixel_put ((uint8_t *) params + 2, 4, (uint32_t) value);
  say (rig, id, LW_DYNAMIXEL_WRITE, params, 2u + size);
  return hear (rig, packets, 4) == 1 ? packets[0].error : 0xFF;
}
