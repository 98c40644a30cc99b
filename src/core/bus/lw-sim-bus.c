/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-bus-private.h"

#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#define DEFAULT_BAUD      1000000
#define DEFAULT_JITTER_US 150

void
lw_sim_bus_config_init (LwSimBusConfig *config)
{
  *config = (LwSimBusConfig){
    .first_id = 1,
    .baud = DEFAULT_BAUD,
    .jitter_us = DEFAULT_JITTER_US,
    .balanced = true,
  };
}

static const LwSimProtocol *
protocol_of (LwProtocol protocol)
{
  switch (protocol)
    {
    case LW_PROTOCOL_DYNAMIXEL:
      return &lw_sim_dynamixel;
    case LW_PROTOCOL_FEETECH:
      return &lw_sim_feetech;
    case LW_PROTOCOL_LINES:
      return &lw_sim_lines;
    default:
      return NULL;
    }
}

LwSimBus *
lw_sim_bus_new (const LwSimBusConfig *config)
{
  const LwSimProtocol *protocol = protocol_of (config->protocol);
  uint8_t ids[LW_MAX_JOINTS];
  LwSimPlantSetup setup = {
    .model = config->model,
    .q0 = config->q0,
    .ids = config->ids != NULL ? config->ids : ids,
    .models = config->models,
    .firmware = config->firmware,
    .baud = config->baud,
    .return_delay = config->return_delay_us * 1e-6,
    .seed = config->seed,
    .balanced = config->balanced,
  };
  LwSimLineSetup line = {
    .baud = config->baud,
    .jitter_us = config->jitter_us,
    .latency_us = config->latency_us,
    .rate = config->rate,
    .seed = config->seed,
  };
  LwSimBus *self;

  g_return_val_if_fail (config->model != NULL && config->baud > 0, NULL);

  if (protocol == NULL)
    return NULL;
  setup.device = protocol->device;
  for (size_t i = 0; i < LW_MAX_JOINTS; i++)
    ids[i] = (uint8_t) (config->first_id + i);
  self = g_new0 (LwSimBus, 1);
  self->line_fd = -1;
  self->wake_fd = eventfd (0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (self->wake_fd < 0 || !lw_sim_plant_init (&self->plant, &setup))
    {
      if (self->wake_fd >= 0)
        close (self->wake_fd);
      g_free (self);
      return NULL;
    }
  for (size_t i = 0; i < self->plant.n_devices; i++)
    self->ids[i] = setup.ids[i];
  lw_sim_line_init (&self->line, protocol, &self->plant, &self->faults, &line);
  return self;
}

void
lw_sim_bus_free (LwSimBus *self)
{
  if (self == NULL)
    return;
  lw_sim_bus_disconnect (self);
  lw_sim_plant_clear (&self->plant);
  close (self->wake_fd);
  g_free (self);
}

void
lw_sim_bus_hand (LwSimBus *self, int body, const double point[3], const double target[3])
{
  lw_sim_plant_hand (&self->plant, body, point, target);
}

void
lw_sim_bus_let_go (LwSimBus *self)
{
  lw_sim_plant_hand (&self->plant, -1, NULL, NULL);
}

void
lw_sim_bus_set_faults (LwSimBus *self, unsigned faults)
{
  atomic_store_explicit (&self->faults.faults, faults, memory_order_relaxed);
  lw_sim_bus_wake (self);
}

static void
store_value (_Atomic uint64_t *bits, double value)
{
  uint64_t word;

  memcpy (&word, &value, sizeof word);
  atomic_store_explicit (bits, word, memory_order_relaxed);
}

void
lw_sim_bus_set_loss (LwSimBus *self, double lost, double corrupt)
{
  store_value (&self->faults.lost, lost);
  store_value (&self->faults.corrupt, corrupt);
}

void
lw_sim_bus_set_late (LwSimBus *self, double fraction, double least, double most)
{
  store_value (&self->faults.delay_min, least);
  store_value (&self->faults.delay_max, MAX (least, most));
  store_value (&self->faults.late, fraction);
}

void
lw_sim_bus_injected (LwSimBus *self, uint64_t *lost, uint64_t *corrupt)
{
  *lost = *corrupt = 0;
  for (size_t i = 0; i < self->plant.n_devices; i++)
    {
      LwSimHarm harm;

      lw_sim_bus_harm (self, i, &harm);
      *lost += harm.lost;
      *corrupt += harm.corrupt;
    }
}

void
lw_sim_bus_harm (LwSimBus *self, size_t servo, LwSimHarm *out)
{
  g_return_if_fail (servo < self->plant.n_devices);

  out->replies = atomic_load_explicit (&self->faults.harm[servo].replies, memory_order_relaxed);
  out->lost = atomic_load_explicit (&self->faults.harm[servo].lost, memory_order_relaxed);
  out->corrupt = atomic_load_explicit (&self->faults.harm[servo].corrupt, memory_order_relaxed);
  out->late = atomic_load_explicit (&self->faults.harm[servo].late, memory_order_relaxed);
}

void
lw_sim_bus_set_speed (LwSimBus *self, unsigned baud)
{
  g_return_if_fail (baud > 0);

  atomic_store_explicit (&self->faults.speed, baud, memory_order_relaxed);
  lw_sim_bus_wake (self);
}

void
lw_sim_bus_set_supply (LwSimBus *self, double volts)
{
  store_value (&self->faults.supply, volts);
}

void
lw_sim_bus_set_heat (LwSimBus *self, size_t servo, double celsius)
{
  g_return_if_fail (servo < self->plant.n_devices);

  store_value (&self->faults.heat[servo], celsius);
}

static void
mark (LwSimBus *self, _Atomic uint32_t *marks, size_t servo, bool on)
{
  uint32_t bit = UINT32_C (1) << servo;

  g_return_if_fail (servo < self->plant.n_devices);

  if (on)
    atomic_fetch_or_explicit (marks, bit, memory_order_relaxed);
  else
    atomic_fetch_and_explicit (marks, ~bit, memory_order_relaxed);
}

void
lw_sim_bus_set_missing (LwSimBus *self, size_t servo, bool missing)
{
  mark (self, &self->faults.missing, servo, missing);
}

void
lw_sim_bus_set_doubled (LwSimBus *self, size_t servo, bool doubled)
{
  mark (self, &self->faults.doubled, servo, doubled);
}

void
lw_sim_bus_set_ignoring (LwSimBus *self, size_t servo, bool ignoring)
{
  mark (self, &self->faults.ignoring, servo, ignoring);
}

void
lw_sim_bus_set_stuck (LwSimBus *self, size_t servo, bool stuck)
{
  mark (self, &self->faults.stuck, servo, stuck);
}

void
lw_sim_bus_fail_servo (LwSimBus *self, size_t servo, uint8_t bits)
{
  g_return_if_fail (servo < self->plant.n_devices);

  atomic_fetch_or_explicit (&self->faults.failures[servo], bits, memory_order_relaxed);
}

void
lw_sim_bus_set_tap (LwSimBus *self, void (*tap) (const LwSimPacket *packet, void *data), void *data)
{
  g_return_if_fail (!self->running);

  self->line.tap = tap;
  self->line.tap_data = data;
}

void
lw_sim_bus_truth (LwSimBus *self, double *q, double *dq)
{
  lw_sim_plant_truth (&self->plant, q, dq);
}

void
lw_sim_bus_advance (LwSimBus *self, int64_t t_ns)
{
  g_return_if_fail (!self->running);

  lw_sim_line_run (&self->line, t_ns);
}
