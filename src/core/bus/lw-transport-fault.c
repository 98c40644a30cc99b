/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-transport-fault.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define CHUNK       4096
#define ROOM        (8 * CHUNK)
#define MAX_PARCELS 512
#define MAX_GARBAGE 16
#define MERGE_NS    INT64_C (2000000)
#define MAX_OVERDUE 64 /* chunks taken in after the deadline of a read, all of them lost */

/* Streams of random numbers beside those of the simulator itself; the number of the chunk names the rest, so that one harm does not move another. */
#define STREAM_IN   0xFA010000u
#define STREAM_OUT  0xFA020000u

/* Bytes that are handed over together, once they are due. */
typedef struct {
  int64_t due_ns;
  size_t  n;
} Parcel;

typedef struct {
  LwTransport       base;
  LwTransport      *inner; /* owned */
  LwTransportFaults faults;
  LwTransportHarm   harm;
  uint64_t          hang_up_at; /* chunks in; 0 = never */
  bool              gone;
  bool              holding;    /* the last parcel waits for another to merge with */
  size_t            n_parcels, n_bytes;
  Parcel            parcels[MAX_PARCELS];
  uint8_t           bytes[ROOM]; /* of all parcels */
  uint8_t           chunk[MAX_GARBAGE + CHUNK];
} LwTransportFault;

static int64_t
now_ns (const LwTransportFault *self)
{
  return lw_clock_now (self->base.clock);
}

static bool
is_full (const LwTransportFault *self)
{
  return self->n_parcels == MAX_PARCELS || self->n_bytes + MAX_GARBAGE + CHUNK > ROOM;
}

static void
drop_bytes (LwTransportFault *self, size_t n)
{
  self->n_bytes -= n;
  memmove (self->bytes, self->bytes + n, self->n_bytes);
}

static void
drop_first_parcel (LwTransportFault *self)
{
  self->n_parcels--;
  memmove (self->parcels, self->parcels + 1, self->n_parcels * sizeof *self->parcels);
  if (self->n_parcels == 0)
    self->holding = false;
}

/* Bytes keep their order, however long each was to be delayed. */
static void
put_parcel (LwTransportFault *self, const uint8_t *bytes, size_t n, int64_t due_ns)
{
  bool joins = self->holding && self->n_parcels > 0;
  size_t at = joins ? self->n_parcels - 1 : self->n_parcels;

  self->holding = self->faults.merge && !joins;
  if (self->holding)
    due_ns += MERGE_NS;
  if (at > 0)
    due_ns = MAX (due_ns, self->parcels[at - 1].due_ns);
  self->parcels[at] = (Parcel){ .due_ns = due_ns, .n = n + (joins ? self->parcels[at].n : 0) };
  self->n_parcels = at + 1;
  memcpy (self->bytes + self->n_bytes, bytes, n);
  self->n_bytes += n;
}

static int64_t
draw_delay (const LwTransportFaults *faults, LwRng *rng)
{
  double seconds = -log (lw_rng_uniform (rng)) * (faults->delay_jitter > 0.0 ? faults->delay_jitter : 0.0);

  seconds += faults->delay > 0.0 ? faults->delay : 0.0;
  return (int64_t) (MIN (seconds, 3600.0) * 1e9);
}

static void
flip_a_bit (uint8_t *bytes, size_t n, LwRng *rng)
{
  size_t bit = lw_rng_below (rng, 8 * n);

  bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
}

/* What becomes of the @n bytes at chunk + MAX_GARBAGE that the inner transport gave. Every chunk draws the same numbers in the same order. */
static void
take_in (LwTransportFault *self, size_t n)
{
  const LwTransportFaults *faults = &self->faults;
  uint64_t number = self->harm.chunks_in++;
  uint8_t *bytes = self->chunk + MAX_GARBAGE;
  double lost, cut, corrupt, garbage;
  int64_t delay_ns;
  LwRng rng;

  lw_rng_init (&rng, faults->seed, LW_RNG_SIMULATOR, STREAM_IN + (uint32_t) (number >> 32), (uint32_t) number);
  lost = lw_rng_uniform (&rng);
  cut = lw_rng_uniform (&rng);
  corrupt = lw_rng_uniform (&rng);
  garbage = lw_rng_uniform (&rng);
  delay_ns = draw_delay (faults, &rng);
  if (self->hang_up_at != 0 && self->harm.chunks_in >= self->hang_up_at)
    {
      self->gone = true;
      self->base.last_errno = EIO;
    }
  if (lost < faults->lost)
    {
      self->harm.lost++;
      return;
    }
  if (cut < faults->cut)
    {
      n = n > 1 ? 1 + lw_rng_below (&rng, n - 1) : 0;
      self->harm.cut++;
    }
  if (corrupt < faults->corrupt && n > 0)
    {
      flip_a_bit (bytes, n, &rng);
      self->harm.corrupt++;
    }
  if (garbage < faults->garbage)
    {
      size_t n_garbage = 1 + lw_rng_below (&rng, MAX_GARBAGE);

      bytes -= n_garbage;
      n += n_garbage;
      for (size_t i = 0; i < n_garbage; i++)
        bytes[i] = (uint8_t) lw_rng_u32 (&rng);
      self->harm.garbage++;
    }
  if (n > 0)
    put_parcel (self, bytes, n, now_ns (self) + delay_ns);
}

/* One read of the inner transport. */
static LwIo
fetch (LwTransportFault *self, int64_t deadline_ns)
{
  size_t n = 0;
  LwIo io = self->inner->klass->read (self->inner, self->chunk + MAX_GARBAGE, CHUNK, &n, deadline_ns);

  if (io == LW_IO_OK)
    take_in (self, n);
  else if (io != LW_IO_TIMEOUT)
    self->base.last_errno = self->inner->last_errno;
  self->gone = self->gone || io == LW_IO_GONE;
  return io;
}

static LwIo
hand_over (LwTransportFault *self, uint8_t *bytes, size_t max, size_t *n)
{
  *n = MIN (max, self->faults.split ? 1 : self->parcels[0].n);
  memcpy (bytes, self->bytes, *n);
  drop_bytes (self, *n);
  self->parcels[0].n -= *n;
  if (self->n_parcels == 1)
    self->holding = false; /* part of it is out: nothing joins it any more */
  if (self->parcels[0].n == 0)
    drop_first_parcel (self);
  return LW_IO_OK;
}

static LwIo
transport_fault_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  LwTransportFault *self = (LwTransportFault *) transport;
  int overdue = 0;

  *n = 0;
  for (;;)
    {
      int64_t now = now_ns (self), until_ns = deadline_ns;
      LwIo io;

      if (self->n_parcels > 0)
        {
          if (self->parcels[0].due_ns <= now || self->gone || is_full (self))
            return hand_over (self, bytes, max, n);
          until_ns = MIN (until_ns, self->parcels[0].due_ns);
        }
      if (self->gone)
        return LW_IO_GONE;
      if (now > deadline_ns && overdue++ == MAX_OVERDUE)
        return LW_IO_TIMEOUT;
      io = fetch (self, until_ns);
      if (io == LW_IO_FAILED)
        return LW_IO_FAILED;
      if (io == LW_IO_TIMEOUT)
        return self->n_parcels > 0 && self->parcels[0].due_ns <= until_ns ? hand_over (self, bytes, max, n) : LW_IO_TIMEOUT;
    }
}

/* One chunk out, at most CHUNK bytes. */
static LwIo
write_chunk (LwTransportFault *self, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  uint64_t number = self->harm.chunks_out++;
  const uint8_t *sent = bytes;
  bool lost, corrupt;
  LwIo io = LW_IO_OK;
  LwRng rng;

  lw_rng_init (&rng, self->faults.seed, LW_RNG_SIMULATOR, STREAM_OUT + (uint32_t) (number >> 32), (uint32_t) number);
  lost = lw_rng_uniform (&rng) < self->faults.lost_out;
  corrupt = lw_rng_uniform (&rng) < self->faults.corrupt_out && !lost;
  if (corrupt)
    {
      memcpy (self->chunk, bytes, n);
      flip_a_bit (self->chunk, n, &rng);
      sent = self->chunk;
    }
  if (!lost)
    io = self->inner->klass->write (self->inner, sent, n, deadline_ns);
  self->harm.lost_out += lost;
  self->harm.corrupt_out += corrupt;
  if (io != LW_IO_OK)
    {
      self->base.last_errno = self->inner->last_errno;
      self->gone = self->gone || io == LW_IO_GONE;
      return io;
    }
  if (self->faults.echo && !is_full (self))
    put_parcel (self, bytes, n, now_ns (self) + draw_delay (&self->faults, &rng)); /* the adapter hears itself, whatever the servos hear */
  return LW_IO_OK;
}

static LwIo
transport_fault_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  LwTransportFault *self = (LwTransportFault *) transport;
  LwIo io = self->gone ? LW_IO_GONE : LW_IO_OK;

  for (size_t done = 0; done < n && io == LW_IO_OK; done += CHUNK)
    io = write_chunk (self, bytes + done, MIN (n - done, CHUNK), deadline_ns);
  return io;
}

/* What is still under way arrives after the flush, as from a slow adapter. */
static LwIo
transport_fault_flush (LwTransport *transport)
{
  LwTransportFault *self = (LwTransportFault *) transport;
  LwIo io = LW_IO_OK;
  int64_t now;

  for (int i = 0; i < 256 && io == LW_IO_OK && !self->gone && !is_full (self); i++)
    io = fetch (self, 0);
  now = now_ns (self);
  while (self->n_parcels > 0 && (self->parcels[0].due_ns <= now || self->gone))
    {
      drop_bytes (self, self->parcels[0].n);
      drop_first_parcel (self);
    }
  if (self->gone)
    return LW_IO_GONE;
  return io == LW_IO_FAILED ? LW_IO_FAILED : LW_IO_OK;
}

static LwIo
transport_fault_set_baud (LwTransport *transport, unsigned baud)
{
  LwTransportFault *self = (LwTransportFault *) transport;
  LwIo io = self->gone ? LW_IO_GONE : lw_transport_set_baud (self->inner, baud);

  if (io != LW_IO_OK && !self->gone)
    transport->last_errno = self->inner->last_errno;
  self->gone = self->gone || io == LW_IO_GONE;
  return io;
}

static void
transport_fault_free (LwTransport *transport)
{
  LwTransportFault *self = (LwTransportFault *) transport;

  lw_transport_free (self->inner);
  g_free (self);
}

static const LwTransportClass fault_class = {
  .kind = "faulty",
  .write = transport_fault_write,
  .read = transport_fault_read,
  .flush = transport_fault_flush,
  .set_baud = transport_fault_set_baud,
  .free = transport_fault_free,
};

/* Round a line without speed. */
static const LwTransportClass fault_class_without_speed = {
  .kind = "faulty",
  .write = transport_fault_write,
  .read = transport_fault_read,
  .flush = transport_fault_flush,
  .free = transport_fault_free,
};

LwTransport *
lw_transport_fault_new (LwTransport *inner, const LwTransportFaults *faults)
{
  LwTransportFault *self;

  g_return_val_if_fail (inner != NULL && faults != NULL, NULL);

  self = g_new0 (LwTransportFault, 1);
  self->base = *inner; /* name, speed, clock */
  self->base.klass = inner->klass->set_baud != NULL ? &fault_class : &fault_class_without_speed;
  self->inner = inner;
  lw_transport_fault_set (&self->base, faults);
  return &self->base;
}

void
lw_transport_fault_set (LwTransport *transport, const LwTransportFaults *faults)
{
  LwTransportFault *self = (LwTransportFault *) transport;

  self->faults = *faults;
  self->hang_up_at = faults->hang_up_after == 0 ? 0 : self->harm.chunks_in + faults->hang_up_after;
}

void
lw_transport_fault_harm (const LwTransport *transport, LwTransportHarm *out)
{
  *out = ((const LwTransportFault *) transport)->harm;
}
