/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <string.h>

#include "lw-sim-bus.h"
#include "lw-transport.h"

/* A line on which a test decides byte by byte what comes back, and when. Time passes only in reads. */
typedef struct ScriptedLine ScriptedLine;

struct ScriptedLine {
  LwTransport base;
  LwFakeClock clock;
  void      (*respond) (ScriptedLine *self, const uint8_t *bytes, size_t n); /* nullable: silence */
  size_t      n_writes;
  bool        gone;
  size_t      n_waiting;
  struct {
    int64_t t_ns;
    size_t  n;
    uint8_t bytes[256];
  } waiting[64]; /* in the order of their time */
};

/* @bytes arrive @after_ns from now. */
static inline void
scripted_send (ScriptedLine *self, int64_t after_ns, const void *bytes, size_t n)
{
  int64_t t_ns = self->clock.now_ns + after_ns;
  size_t at = self->n_waiting;

  g_assert_cmpuint (self->n_waiting, <, G_N_ELEMENTS (self->waiting));
  g_assert_cmpuint (n, <=, sizeof self->waiting[0].bytes);
  for (; at > 0 && self->waiting[at - 1].t_ns > t_ns; at--)
    self->waiting[at] = self->waiting[at - 1];
  self->waiting[at].t_ns = t_ns;
  self->waiting[at].n = n;
  memcpy (self->waiting[at].bytes, bytes, n);
  self->n_waiting++;
}

static inline LwIo
scripted_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  ScriptedLine *self = (ScriptedLine *) transport;

  (void) deadline_ns;
  if (self->gone)
    return LW_IO_GONE;
  self->n_writes++;
  if (self->respond != NULL)
    self->respond (self, bytes, n);
  return LW_IO_OK;
}

static inline LwIo
scripted_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  ScriptedLine *self = (ScriptedLine *) transport;

  *n = 0;
  if (self->gone)
    return LW_IO_GONE;
  if (self->n_waiting == 0 || self->waiting[0].t_ns > MAX (deadline_ns, self->clock.now_ns))
    {
      self->clock.now_ns = MAX (self->clock.now_ns, deadline_ns);
      return LW_IO_TIMEOUT;
    }
  self->clock.now_ns = MAX (self->clock.now_ns, self->waiting[0].t_ns);
  *n = MIN (max, self->waiting[0].n);
  memcpy (bytes, self->waiting[0].bytes, *n);
  self->waiting[0].n -= *n;
  memmove (self->waiting[0].bytes, self->waiting[0].bytes + *n, self->waiting[0].n);
  if (self->waiting[0].n == 0)
    {
      self->n_waiting--;
      memmove (self->waiting, self->waiting + 1, self->n_waiting * sizeof self->waiting[0]);
    }
  return LW_IO_OK;
}

static inline LwIo
scripted_flush (LwTransport *transport)
{
  ScriptedLine *self = (ScriptedLine *) transport;

  while (self->n_waiting > 0 && self->waiting[0].t_ns <= self->clock.now_ns)
    {
      self->n_waiting--;
      memmove (self->waiting, self->waiting + 1, self->n_waiting * sizeof self->waiting[0]);
    }
  return self->gone ? LW_IO_GONE : LW_IO_OK;
}

static inline LwIo
scripted_set_baud (LwTransport *transport, unsigned baud)
{
  (void) transport;
  return baud == 76800 ? LW_IO_FAILED : LW_IO_OK; /* one that this line cannot do */
}

static inline void
scripted_free (LwTransport *transport)
{
  (void) transport; /* lives on the test's stack */
}

static inline void
scripted_open (ScriptedLine *self, void (*respond) (ScriptedLine *, const uint8_t *, size_t))
{
  static const LwTransportClass klass = {
    .kind = "test", .write = scripted_write, .read = scripted_read, .flush = scripted_flush, .set_baud = scripted_set_baud, .free = scripted_free,
  };

  memset (self, 0, sizeof *self);
  lw_fake_clock_init (&self->clock);
  self->base.klass = &klass;
  self->base.clock = &self->clock.base;
  self->base.baud = 1000000;
  self->respond = respond;
}
