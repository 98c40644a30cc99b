/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

/* A line on which everything that is said was written down before, on a clock that moves only while somebody waits. */
#include <errno.h>
#include <glib.h>
#include <string.h>

#include "lw-sim-bus.h"
#include "lw-transport-fault.h"

typedef struct {
  int64_t at_ns;
  uint8_t bytes[16];
  size_t  n;
} Saying;

typedef struct {
  LwTransport base;
  LwFakeClock clock;
  GArray     *sayings; /* in order of time */
  guint       next;
  bool        hangs_up; /* after the last saying */
  GByteArray *heard;
  GArray     *heard_sizes; /* size_t */
  unsigned    flushes;
} Script;

static inline LwIo
script_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  Script *self = (Script *) transport;

  (void) deadline_ns;
  g_byte_array_append (self->heard, bytes, (guint) n);
  g_array_append_val (self->heard_sizes, n);
  return LW_IO_OK;
}

static inline LwIo
script_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  Script *self = (Script *) transport;
  const Saying *saying = self->next < self->sayings->len ? &g_array_index (self->sayings, Saying, self->next) : NULL;

  *n = 0;
  if (saying != NULL && saying->at_ns <= MAX (deadline_ns, self->clock.now_ns))
    {
      self->clock.now_ns = MAX (self->clock.now_ns, saying->at_ns);
      g_assert_cmpuint (saying->n, <=, max);
      memcpy (bytes, saying->bytes, saying->n);
      *n = saying->n;
      self->next++;
      return LW_IO_OK;
    }
  if (saying == NULL && self->hangs_up)
    {
      transport->last_errno = EIO;
      return LW_IO_GONE;
    }
  self->clock.now_ns = MAX (self->clock.now_ns, deadline_ns);
  return LW_IO_TIMEOUT;
}

static inline LwIo
script_flush (LwTransport *transport)
{
  ((Script *) transport)->flushes++;
  return LW_IO_OK;
}

static inline LwIo
script_set_baud (LwTransport *transport, unsigned baud)
{
  if (baud > 1000000)
    {
      transport->last_errno = EINVAL;
      return LW_IO_FAILED;
    }
  return LW_IO_OK;
}

static inline void
script_free (LwTransport *transport)
{
  Script *self = (Script *) transport;

  g_array_unref (self->sayings);
  g_byte_array_unref (self->heard);
  g_array_unref (self->heard_sizes);
  g_free (self);
}

static const LwTransportClass script_class = {
  .kind = "script", .write = script_write, .read = script_read, .flush = script_flush, .set_baud = script_set_baud, .free = script_free,
};

static inline Script *
script_new (void)
{
  Script *self = g_new0 (Script, 1);

  lw_fake_clock_init (&self->clock);
  self->clock.now_ns = 0;
  self->base.klass = &script_class;
  self->base.clock = &self->clock.base;
  self->base.baud = 57600;
  g_strlcpy (self->base.name, "script", sizeof self->base.name);
  self->sayings = g_array_new (FALSE, FALSE, sizeof (Saying));
  self->heard = g_byte_array_new ();
  self->heard_sizes = g_array_new (FALSE, FALSE, sizeof (size_t));
  return self;
}

static inline void
say (Script *self, int64_t at_ns, const char *text)
{
  Saying saying = { .at_ns = at_ns, .n = strlen (text) };

  memcpy (saying.bytes, text, saying.n);
  g_array_append_val (self->sayings, saying);
}

/* @n chunks of eight bytes, a millisecond apart: the number of each, twice. */
static inline void
say_numbers (Script *self, uint32_t n)
{
  for (uint32_t i = 0; i < n; i++)
    {
      Saying saying = { .at_ns = i * MS, .n = 8 };

      memcpy (saying.bytes, &i, 4);
      memcpy (saying.bytes + 4, &i, 4);
      g_array_append_val (self->sayings, saying);
    }
}

/* --- what a reader and a writer see ------------------------------------------------------------------------------------------ */

static inline LwIo
read_until (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  return transport->klass->read (transport, bytes, max, n, deadline_ns);
}

/* The next chunk is @text and comes at @at_ns. */
static inline void
expect (LwTransport *transport, const char *text, int64_t at_ns)
{
  uint8_t bytes[64];
  size_t n = 99;

  g_assert_cmpint (read_until (transport, bytes, sizeof bytes, &n, at_ns + 1000 * MS), ==, LW_IO_OK);
  g_assert_cmpmem (bytes, n, text, strlen (text));
  g_assert_cmpint (lw_clock_now (transport->clock), ==, at_ns);
}

static inline void
expect_silence (LwTransport *transport, int64_t until_ns)
{
  uint8_t bytes[64];
  size_t n = 99;

  g_assert_cmpint (read_until (transport, bytes, sizeof bytes, &n, until_ns), ==, LW_IO_TIMEOUT);
  g_assert_cmpuint (n, ==, 0);
  g_assert_cmpint (lw_clock_now (transport->clock), ==, until_ns);
}

static inline void
write_text (LwTransport *transport, const char *text)
{
  g_assert_cmpint (transport->klass->write (transport, (const uint8_t *) text, strlen (text), 0), ==, LW_IO_OK);
}
