/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-feetech-codec.h"
#include "lw-feetech-table.h"
#include "scripted-transport.h"

#define MS G_GINT64_CONSTANT (1000000)
#define US G_GINT64_CONSTANT (1000)

/* Servos as plain tables on a scripted line: they answer what they are asked, in order, 300 us apart, and a test may spoil each reply. */
#define N_TEST_SERVOS 3

typedef struct FeetechServos FeetechServos;

struct FeetechServos {
  ScriptedLine    line; /* first: what respond() is given */
  uint8_t         tables[N_TEST_SERVOS][128];
  uint8_t         kept[N_TEST_SERVOS][LW_FEETECH_EPROM_END]; /* what outlasts the power */
  unsigned        baud[N_TEST_SERVOS];
  uint8_t         status;     /* bits every reply carries */
  bool            dead[N_TEST_SERVOS];
  bool            echo;       /* the adapter hears itself */
  bool            stops;      /* behind a dead servo nobody answers a sync read */
  /* May change the reply and its time; false: it is lost. @k: replies so far. (nullable) */
  bool          (*spoil) (FeetechServos *self, size_t servo, size_t k, uint8_t *bytes, size_t *n, int64_t *after_ns);
  int             stage;      /* the test's own */
  size_t          n_replies;
  size_t          n_requests;
  LwFeetechPacket requests[64];
  size_t          n_heard;    /* writes that arrived, by servo */
};

static inline uint8_t *
test_servo (FeetechServos *self, uint8_t id)
{
  for (size_t i = 0; i < N_TEST_SERVOS; i++)
    if (self->tables[i][LW_FEETECH_ID] == id && !self->dead[i] && self->baud[i] == self->line.base.baud)
      return self->tables[i];
  return NULL;
}

static inline void
test_servo_answer (FeetechServos *self, const uint8_t *table, const uint8_t *data, size_t n_data, int64_t after_ns)
{
  size_t servo = (size_t) (table - self->tables[0]) / sizeof self->tables[0];
  uint8_t bytes[LW_FEETECH_MAX_PACKET];
  size_t n = lw_feetech_build_status (bytes, sizeof bytes, table[LW_FEETECH_ID], self->status, data, n_data);

  if (self->spoil == NULL || self->spoil (self, servo, self->n_replies, bytes, &n, &after_ns))
    scripted_send (&self->line, after_ns, bytes, n);
  self->n_replies++;
}

static inline void
test_servo_write (FeetechServos *self, uint8_t *table, uint8_t address, const uint8_t *bytes, size_t n)
{
  size_t servo = (size_t) (table - self->tables[0]) / sizeof self->tables[0];
  bool open = table[LW_FEETECH_LOCK] == 0;

  self->n_heard++;
  memcpy (table + address, bytes, n);
  for (size_t i = address; i < address + n && i < LW_FEETECH_EPROM_END; i++)
    if (open)
      self->kept[servo][i] = bytes[i - address];
  if (address == LW_FEETECH_BAUD)
    self->baud[servo] = lw_feetech_bauds[bytes[0]];
}

static inline void
test_servos_respond (ScriptedLine *line, const uint8_t *bytes, size_t n)
{
  FeetechServos *self = (FeetechServos *) line;
  LwFeetechPacket *request = &self->requests[self->n_requests++ % G_N_ELEMENTS (self->requests)];
  uint8_t *table;
  size_t used;

  g_assert_cmpint (lw_feetech_parse (bytes, n, 0, request, &used), ==, LW_FEETECH_VALID);
  g_assert_cmpuint (used, ==, n); /* a packet in one write */
  if (self->echo)
    scripted_send (line, 0, bytes, n);
  table = test_servo (self, request->id);
  if (request->code == LW_FEETECH_READ && table != NULL)
    test_servo_answer (self, table, table + request->params[0], request->params[1], 300 * US);
  if (request->code == LW_FEETECH_WRITE && table != NULL)
    {
      test_servo_write (self, table, request->params[0], request->params + 1, request->n_params - 1u);
      test_servo_answer (self, table, NULL, 0, 300 * US);
    }
  for (size_t i = 2; request->code == LW_FEETECH_SYNC_READ && i < request->n_params; i++)
    {
      table = test_servo (self, request->params[i]);
      if (table == NULL && self->stops)
        break;
      if (table != NULL)
        test_servo_answer (self, table, table + request->params[0], request->params[1], (int64_t) (i - 1) * 300 * US);
    }
  for (size_t i = 2, size = request->params[1]; request->code == LW_FEETECH_SYNC_WRITE && i + size < request->n_params; i += size + 1)
    {
      table = test_servo (self, request->params[i]);
      if (table != NULL)
        test_servo_write (self, table, request->params[0], request->params + i + 1, size);
    }
}

/* Ids 11 12 13 at 2048 + 10 id, turning at 2 id, load - id: STS3215 from the factory. */
static inline void
test_servos_init (FeetechServos *self)
{
  memset (self, 0, sizeof *self);
  scripted_open (&self->line, test_servos_respond);
  for (uint8_t i = 0; i < N_TEST_SERVOS; i++)
    {
      uint8_t *table = self->tables[i], id = (uint8_t) (11 + i);

      self->baud[i] = self->line.base.baud;
      table[LW_FEETECH_FIRMWARE_MAJOR] = 3;
      table[LW_FEETECH_FIRMWARE_MINOR] = 10;
      table[LW_FEETECH_MODEL] = 0x09;
      table[LW_FEETECH_MODEL + 1] = 0x03;
      table[LW_FEETECH_ID] = id;
      table[LW_FEETECH_RETURN_DELAY] = 250;
      lw_feetech_put_u16 (table + LW_FEETECH_MAX_POSITION, 4095);
      table[LW_FEETECH_PHASE] = 12;
      table[LW_FEETECH_LOCK] = 1;
      lw_feetech_put_u16 (table + LW_FEETECH_PRESENT_POSITION, (uint16_t) (2048 + 10 * id));
      lw_feetech_put_u16 (table + LW_FEETECH_PRESENT_SPEED, (uint16_t) (2 * id));
      lw_feetech_put_u16 (table + LW_FEETECH_PRESENT_LOAD, lw_feetech_sign_magnitude (-id, LW_FEETECH_LOAD_SIGN));
      table[LW_FEETECH_PRESENT_VOLTAGE] = 119;
      table[LW_FEETECH_PRESENT_TEMPERATURE] = (uint8_t) (30 + i);
      memcpy (self->kept[i], table, LW_FEETECH_EPROM_END);
    }
}

static inline LwServoBus *
test_servos_open (FeetechServos *self)
{
  static const uint8_t ids[N_TEST_SERVOS] = { 11, 12, 13 };

  test_servos_init (self);
  return lw_feetech_new (&self->line.base, ids, N_TEST_SERVOS);
}

static inline int64_t
test_servos_in (const FeetechServos *self, int64_t after_ns)
{
  return self->line.clock.now_ns + after_ns;
}

static inline LwBusStatus
test_servos_read (FeetechServos *self, LwServoBus *bus, LwServoReading *out, int64_t within_ns)
{
  int64_t t_request_ns, t_reply_ns;

  return bus->klass->read (bus, out, &t_request_ns, &t_reply_ns, test_servos_in (self, within_ns));
}

static inline void
assert_reading (const LwServoReading *reading, uint8_t id)
{
  g_assert_true (reading->valid);
  g_assert_cmpfloat_with_epsilon (reading->angle, 10 * id * 2 * G_PI / 4096, 1e-12);
  g_assert_cmpfloat_with_epsilon (reading->velocity, 2 * id * 2 * G_PI / 4096, 1e-12);
  g_assert_cmpfloat_with_epsilon (reading->load, -id * 1e-3, 1e-12);
}

static inline void
assert_counters (const LwBusCounters *counters, uint64_t answered, uint64_t lost, uint64_t corrupt, uint64_t overdue)
{
  g_assert_cmpuint (counters->answered, ==, answered);
  g_assert_cmpuint (counters->lost, ==, lost);
  g_assert_cmpuint (counters->corrupt, ==, corrupt);
  g_assert_cmpuint (counters->overdue, ==, overdue);
}

/* Every reply asked for is in one of the books, and the servos' books add up to the bus's. */
static inline void
assert_books (const LwServoBus *bus)
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
  assert_counters (&bus->counters, sum.answered, sum.lost, sum.corrupt, sum.overdue);
}
