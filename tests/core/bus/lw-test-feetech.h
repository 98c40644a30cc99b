/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <string.h>

#include "lw-test-bus.h"

/* Simulated Feetech servos seen from the wire: packets are built here, byte by byte, so that neither the codec nor the driver helps. */

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

static inline void
rig_open_with (Rig *rig, LwSimBusConfig *config)
{
  *rig = (Rig){ .n_heard = 0 };
  config->protocol = LW_PROTOCOL_FEETECH;
  config->jitter_us = 0;
  test_bus_init (&rig->bus, "desk-6", config);
  rig->transport = lw_sim_bus_direct (rig->bus.sim, &rig->bus.clock);
}

static inline void
rig_open (Rig *rig)
{
  LwSimBusConfig config;

  lw_sim_bus_config_init (&config);
  rig_open_with (rig, &config);
}

static inline void
rig_close (Rig *rig)
{
  lw_transport_free (rig->transport);
  test_bus_close (&rig->bus);
}

static inline void
wait_ms (Rig *rig, double ms)
{
  test_bus_wait_until (&rig->bus, rig->bus.clock.now_ns + (int64_t) (ms * MS));
}

static inline void
say_bytes (Rig *rig, const uint8_t *bytes, size_t n)
{
  g_assert_cmpint (rig->transport->klass->write (rig->transport, bytes, n, G_MAXINT64), ==, LW_IO_OK);
}

static inline uint8_t
check_of (const uint8_t *bytes, size_t n)
{
  unsigned sum = 0;

  for (size_t i = 0; i < n; i++)
    sum += bytes[i];
  return (uint8_t) ~sum;
}

static inline void
say (Rig *rig, uint8_t id, uint8_t instruction, size_t n, const uint8_t *params)
{
  uint8_t bytes[256] = { 0xFF, 0xFF, id, (uint8_t) (n + 2), instruction };

  if (n > 0)
    memcpy (bytes + 5, params, n);
  bytes[5 + n] = check_of (bytes + 2, n + 3);
  say_bytes (rig, bytes, n + 6);
}

/* What comes within 20 ms. */
static inline void
listen_for (Rig *rig)
{
  int64_t deadline_ns = rig->bus.clock.now_ns + 20 * MS;
  size_t got;

  rig->n_heard = 0;
  while (rig->transport->klass->read (rig->transport, rig->heard + rig->n_heard, sizeof rig->heard - rig->n_heard, &got, deadline_ns) == LW_IO_OK)
    rig->n_heard += got;
}

/* The replies in it, each well formed and nothing between them. */
static inline size_t
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

static inline void
expect_bytes (Rig *rig, const uint8_t *bytes, size_t n)
{
  listen_for (rig);
  g_assert_cmpmem (rig->heard, rig->n_heard, bytes, n);
}

static inline Status
hear_one (Rig *rig, uint8_t id)
{
  Status status[4];

  g_assert_cmpuint (hear (rig, status, 4), ==, 1);
  g_assert_cmpuint (status[0].id, ==, id);
  return status[0];
}

static inline void
expect_silence (Rig *rig)
{
  listen_for (rig);
  g_assert_cmpuint (rig->n_heard, ==, 0);
}

static inline void
put_bytes (Rig *rig, uint8_t id, uint8_t address, size_t n, const uint8_t *data)
{
  uint8_t params[64] = { address };

  memcpy (params + 1, data, n);
  say (rig, id, 0x03, n + 1, params);
  g_assert_cmpuint (hear_one (rig, id).n, ==, 0);
}

static inline void
put8 (Rig *rig, uint8_t id, uint8_t address, uint8_t value)
{
  put_bytes (rig, id, address, 1, &value);
}

static inline void
put16 (Rig *rig, uint8_t id, uint8_t address, uint16_t value)
{
  put_bytes (rig, id, address, 2, (const uint8_t[]){ (uint8_t) value, (uint8_t) (value >> 8) });
}

static inline unsigned
get (Rig *rig, uint8_t id, uint8_t address, uint8_t size)
{
  Status status;

  say (rig, id, 0x02, 2, (const uint8_t[]){ address, size });
  status = hear_one (rig, id);
  g_assert_cmpuint (status.n, ==, size);
  return size == 1 ? status.data[0] : (unsigned) (status.data[0] | status.data[1] << 8);
}

static inline int
signed_of (unsigned word, unsigned bit)
{
  int magnitude = (int) (word & ((1u << bit) - 1));

  return (word >> bit & 1) != 0 ? -magnitude : magnitude;
}

static inline uint8_t
status_bits (Rig *rig, uint8_t id)
{
  say (rig, id, 0x01, 0, NULL);
  return hear_one (rig, id).error;
}

/* Deaf and dumb for 0.8 to 1.8 s. */
static inline void
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
