/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-transport-log.h"

#include <stdatomic.h>
#include <string.h>

#define N_CHUNKS 2048 /* a second and a half at 400 Hz: more than any pause of the window */

struct LwTransportLog {
  atomic_int       refs;
  atomic_bool      enabled;
  _Atomic uint64_t dropped;
  _Atomic size_t   head, tail;
  LwTransportChunk chunks[N_CHUNKS];
};

typedef struct {
  LwTransport     base;
  LwTransport    *inner; /* owned */
  LwTransportLog *log;
} LwTransportLogged;

LwTransportLog *
lw_transport_log_new (void)
{
  LwTransportLog *self = g_new0 (LwTransportLog, 1);

  atomic_init (&self->refs, 1);
  return self;
}

LwTransportLog *
lw_transport_log_ref (LwTransportLog *self)
{
  atomic_fetch_add_explicit (&self->refs, 1, memory_order_relaxed);
  return self;
}

void
lw_transport_log_unref (LwTransportLog *self)
{
  if (self != NULL && atomic_fetch_sub_explicit (&self->refs, 1, memory_order_acq_rel) == 1)
    g_free (self);
}

void
lw_transport_log_enable (LwTransportLog *self, bool enabled)
{
  atomic_store_explicit (&self->enabled, enabled, memory_order_relaxed);
}

size_t
lw_transport_log_take (LwTransportLog *self, LwTransportChunk *out, size_t max)
{
  size_t head = atomic_load_explicit (&self->head, memory_order_acquire);
  size_t tail = atomic_load_explicit (&self->tail, memory_order_relaxed), n = 0;

  while (n < max && tail != head)
    out[n++] = self->chunks[tail++ % N_CHUNKS];
  atomic_store_explicit (&self->tail, tail, memory_order_release);
  return n;
}

uint64_t
lw_transport_log_dropped (const LwTransportLog *self)
{
  return atomic_load_explicit (&((LwTransportLog *) self)->dropped, memory_order_relaxed);
}

static void
note (LwTransportLogged *self, bool out, const uint8_t *bytes, size_t n)
{
  LwTransportLog *log = self->log;
  int64_t now;

  if (!atomic_load_explicit (&log->enabled, memory_order_relaxed))
    return;
  now = lw_clock_now (self->base.clock);
  while (n > 0)
    {
      size_t head = atomic_load_explicit (&log->head, memory_order_relaxed);
      size_t part = MIN (n, LW_CHUNK_BYTES);
      LwTransportChunk *chunk = &log->chunks[head % N_CHUNKS];

      if (head - atomic_load_explicit (&log->tail, memory_order_acquire) == N_CHUNKS)
        atomic_fetch_add_explicit (&log->dropped, 1, memory_order_relaxed);
      else
        {
          chunk->t_ns = now;
          chunk->out = out;
          chunk->n = (uint8_t) part;
          memcpy (chunk->bytes, bytes, part);
          atomic_store_explicit (&log->head, head + 1, memory_order_release);
        }
      bytes += part;
      n -= part;
    }
}

static LwIo
logged_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  LwTransportLogged *self = (LwTransportLogged *) transport;
  LwIo io = self->inner->klass->write (self->inner, bytes, n, deadline_ns);

  transport->last_errno = self->inner->last_errno;
  if (io == LW_IO_OK)
    note (self, true, bytes, n);
  return io;
}

static LwIo
logged_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  LwTransportLogged *self = (LwTransportLogged *) transport;
  LwIo io = self->inner->klass->read (self->inner, bytes, max, n, deadline_ns);

  transport->last_errno = self->inner->last_errno;
  if (io == LW_IO_OK)
    note (self, false, bytes, *n);
  return io;
}

static LwIo
logged_flush (LwTransport *transport)
{
  LwTransportLogged *self = (LwTransportLogged *) transport;
  LwIo io = self->inner->klass->flush (self->inner);

  transport->last_errno = self->inner->last_errno;
  return io;
}

static LwIo
logged_set_baud (LwTransport *transport, unsigned baud)
{
  LwTransportLogged *self = (LwTransportLogged *) transport;
  LwIo io = lw_transport_set_baud (self->inner, baud);

  transport->baud = self->inner->baud;
  transport->last_errno = self->inner->last_errno;
  return io;
}

static void
logged_free (LwTransport *transport)
{
  LwTransportLogged *self = (LwTransportLogged *) transport;

  lw_transport_free (self->inner);
  lw_transport_log_unref (self->log);
  g_free (self);
}

static const LwTransportClass logged_class = {
  .kind = "logged",
  .write = logged_write,
  .read = logged_read,
  .flush = logged_flush,
  .set_baud = logged_set_baud,
  .free = logged_free,
};

LwTransport *
lw_transport_log_wrap (LwTransport *inner, LwTransportLog *log)
{
  LwTransportLogged *self;

  g_return_val_if_fail (inner != NULL && log != NULL, NULL);

  self = g_new0 (LwTransportLogged, 1);
  self->base = *inner;
  self->base.klass = &logged_class;
  self->inner = inner;
  self->log = lw_transport_log_ref (log);
  return &self->base;
}
