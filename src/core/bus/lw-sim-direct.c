/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-bus-private.h"

/* The simulated bus without thread or descriptor: time passes only where bytes are on the wire or an answer is waited for. */
typedef struct {
  LwTransport  base;
  LwSimBus    *bus;   /* borrowed */
  LwFakeClock *clock; /* borrowed */
} LwTransportDirect;

static int64_t
fake_now_ns (const LwClock *clock)
{
  return ((const LwFakeClock *) clock)->now_ns;
}

void
lw_fake_clock_init (LwFakeClock *clock)
{
  clock->base.now_ns = fake_now_ns;
  clock->now_ns = 1000000000;
}

static bool
is_hung_up (const LwTransportDirect *self)
{
  return (atomic_load_explicit (&self->bus->faults.faults, memory_order_relaxed) & LW_SIM_FAULT_HANG_UP) != 0;
}

static LwIo
transport_direct_write (LwTransport *transport, const uint8_t *bytes, size_t n, int64_t deadline_ns)
{
  LwTransportDirect *self = (LwTransportDirect *) transport;

  (void) deadline_ns; /* an adapter's buffer takes a packet at once */
  if (is_hung_up (self))
    return LW_IO_GONE;
  lw_sim_line_run (&self->bus->line, self->clock->now_ns);
  self->clock->now_ns = lw_sim_line_receive (&self->bus->line, bytes, n, self->clock->now_ns);
  return LW_IO_OK;
}

static LwIo
transport_direct_read (LwTransport *transport, uint8_t *bytes, size_t max, size_t *n, int64_t deadline_ns)
{
  LwTransportDirect *self = (LwTransportDirect *) transport;
  LwSimLine *line = &self->bus->line;

  for (;;)
    {
      int64_t next_ns;

      if (is_hung_up (self))
        return LW_IO_GONE;
      lw_sim_line_run (line, self->clock->now_ns);
      *n = lw_sim_line_take (line, bytes, max);
      if (*n > 0)
        return LW_IO_OK;
      if (self->clock->now_ns >= deadline_ns)
        return LW_IO_TIMEOUT;
      next_ns = lw_sim_line_next (line);
      self->clock->now_ns = MIN (next_ns, deadline_ns);
    }
}

static LwIo
transport_direct_flush (LwTransport *transport)
{
  LwTransportDirect *self = (LwTransportDirect *) transport;
  uint8_t scrap[256];

  if (is_hung_up (self))
    return LW_IO_GONE;
  lw_sim_line_run (&self->bus->line, self->clock->now_ns);
  while (lw_sim_line_take (&self->bus->line, scrap, sizeof scrap) > 0)
    continue;
  return LW_IO_OK;
}

static LwIo
transport_direct_set_baud (LwTransport *transport, unsigned baud)
{
  LwTransportDirect *self = (LwTransportDirect *) transport;

  if (baud == 0)
    return LW_IO_FAILED;
  transport->baud = baud;
  lw_sim_line_run (&self->bus->line, self->clock->now_ns);
  lw_sim_line_set_speed (&self->bus->line, baud);
  return LW_IO_OK;
}

static void
transport_direct_free (LwTransport *transport)
{
  g_free (transport);
}

static const LwTransportClass direct_class = {
  .kind = "direct",
  .write = transport_direct_write,
  .read = transport_direct_read,
  .flush = transport_direct_flush,
  .set_baud = transport_direct_set_baud,
  .free = transport_direct_free,
};

LwTransport *
lw_sim_bus_direct (LwSimBus *self, LwFakeClock *clock)
{
  LwTransportDirect *transport;

  g_return_val_if_fail (!self->running, NULL);

  transport = g_new0 (LwTransportDirect, 1);
  transport->base.klass = &direct_class;
  transport->base.clock = &clock->base;
  transport->base.baud = self->line.baud;
  g_strlcpy (transport->base.name, "Simulated arm", sizeof transport->base.name);
  transport->bus = self;
  transport->clock = clock;
  lw_sim_line_reset (&self->line);
  lw_sim_plant_skip_to (&self->plant, clock->now_ns);
  return &transport->base;
}
