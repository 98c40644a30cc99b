/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <math.h>
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-dynamixel-table.h"
#include "lw-servo-bus.h"
#include "lw-sim-bus.h"

#define MS G_GINT64_CONSTANT (1000000)
#define US G_GINT64_CONSTANT (1000)

/* A line on which each test decides byte by byte what comes back, and when. Three servos, ids 11 12 13; time passes only in reads. */
typedef struct Line Line;

struct Line {
  LwTransport base;
  LwFakeClock clock;
  void      (*respond) (Line *self, const LwDynamixelPacket *request);
  size_t      n_requests;
  LwDynamixelPacket requests[64];
  size_t      n_waiting, first_waiting;
  struct {
    int64_t t_ns;
    size_t  n;
    uint8_t bytes[128];
  } waiting[256];
  int         stage; /* the test's own */
  bool        gone;
};

static inline LwIo
line_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  Line *self = (Line *) transport;
  LwDynamixelPacket *request = &self->requests[self->n_requests % G_N_ELEMENTS (self->requests)];
  size_t used;

  if (self->gone)
    return LW_IO_GONE;
  g_assert_cmpint (lw_dynamixel_parse (bytes, n, 0, request, &used), ==, LW_DYNAMIXEL_VALID);
  g_assert_cmpuint (used, ==, n); /* a packet in one write */
  self->n_requests++;
  if (self->respond != NULL)
    self->respond (self, request);
  return LW_IO_OK;
}

static inline LwIo
line_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  Line *self = (Line *) transport;
  size_t at = self->first_waiting;

  *n = 0;
  if (self->gone)
    return LW_IO_GONE;
  if (at == self->n_waiting || self->waiting[at].t_ns > MAX (deadline_ns, self->clock.now_ns))
    {
      self->clock.now_ns = MAX (self->clock.now_ns, deadline_ns);
      return LW_IO_TIMEOUT;
    }
  self->clock.now_ns = MAX (self->clock.now_ns, self->waiting[at].t_ns);
  *n = MIN (max, self->waiting[at].n);
  memcpy (bytes, self->waiting[at].bytes, *n);
  self->first_waiting++;
  return LW_IO_OK;
}

static inline LwIo
line_flush (LwTransport *transport)
{
  return LW_IO_OK;
}

static inline void
line_free (LwTransport *transport)
{
  (void) transport; /* lives on the test's stack */
}

static const LwTransportClass line_class = { .kind = "test", .write = line_write, .read = line_read, .flush = line_flush, .free = line_free };
static const uint8_t three_ids[] = { 11, 12, 13 };

static inline LwServoBus *
line_open (Line *self, void (*respond) (Line *, const LwDynamixelPacket *))
{
  memset (self, 0, sizeof *self);
  lw_fake_clock_init (&self->clock);
  self->base.klass = &line_class;
  self->base.clock = &self->clock.base;
  self->base.baud = 1000000;
  self->respond = respond;
  return lw_dynamixel_new (&self->base, three_ids, G_N_ELEMENTS (three_ids));
}

/* Bytes that arrive @after_ns from now; calls must be in the order of arrival. */
static inline uint8_t *
reply_bytes (Line *self, int64_t after_ns, const uint8_t *bytes, size_t n)
{
  size_t at = self->n_waiting++;

  g_assert_cmpuint (at, <, G_N_ELEMENTS (self->waiting));
  self->waiting[at].t_ns = self->clock.now_ns + after_ns;
  self->waiting[at].n = n;
  memcpy (self->waiting[at].bytes, bytes, n);
  return self->waiting[at].bytes;
}

static inline uint8_t *
reply (Line *self, int64_t after_ns, uint8_t id, uint8_t error, const uint8_t *params, size_t n)
{
  uint8_t bytes[128];

  return reply_bytes (self, after_ns, bytes, lw_dynamixel_build_status (bytes, sizeof bytes, id, error, params, n));
}

/* What a servo at @ticks answers to a read of [126, 126 + length): current id, velocity 2 id, position. */
static inline uint8_t *
reply_cycle (Line *self, int64_t after_ns, uint8_t id, int32_t ticks, size_t length)
{
  uint8_t data[32] = { 0 };

  lw_dynamixel_put (data, 2, id);
  lw_dynamixel_put (data + 2, 4, (uint32_t) (2 * id));
  lw_dynamixel_put (data + 6, 4, (uint32_t) ticks);
  return reply (self, after_ns, id, 0, data, length);
}

static inline size_t
length_of (const LwDynamixelPacket *request)
{
  return lw_dynamixel_get_u16 (request->params + 2);
}

static inline bool
asks_for (const LwDynamixelPacket *request, uint8_t id)
{
  if (request->instruction == LW_DYNAMIXEL_READ)
    return request->id == id;
  return request->instruction == LW_DYNAMIXEL_SYNC_READ && memchr (request->params + 4, id, request->n_params - 4u) != NULL;
}

/* All there, at 2048 + 10 id. */
static inline void
respond_well (Line *self, const LwDynamixelPacket *request)
{
  for (size_t i = 0; i < G_N_ELEMENTS (three_ids); i++)
    if (asks_for (request, three_ids[i]))
      reply_cycle (self, (int64_t) (i + 1) * 300 * US, three_ids[i], 2048 + 10 * three_ids[i], length_of (request));
}

static inline LwBusStatus
read_cycle (Line *line, LwServoBus *bus, LwServoReading *reading, int64_t within_ns)
{
  int64_t t_request_ns, t_reply_ns;

  return bus->klass->read (bus, reading, &t_request_ns, &t_reply_ns, line->clock.now_ns + within_ns);
}

static inline void
assert_reading (const LwServoReading *reading, uint8_t id)
{
  g_assert_true (reading->valid);
  g_assert_cmpfloat_with_epsilon (reading->angle, 10 * id * 2 * G_PI / 4096, 1e-12);
  g_assert_cmpfloat_with_epsilon (reading->velocity, 2 * id * 0.0239808, 1e-5);
  g_assert_cmpfloat_with_epsilon (reading->load, id * 1e-3, 1e-12); /* not identified: 0.1 % a unit */
}
