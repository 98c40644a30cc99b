/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "bus-tap.h"

#include <stdlib.h>
#include <string.h>

#include "lw-dynamixel-codec.h"
#include "lw-feetech-table.h"

#define SYNC_WRITE 0x83

void
bus_tap_init (BusTap *self, size_t max)
{
  self->entries = calloc (max, sizeof *self->entries);
  self->max = self->entries != NULL ? max : 0;
  atomic_init (&self->n, 0);
}

void
bus_tap_clear (BusTap *self)
{
  free (self->entries);
  self->entries = NULL;
}

static void
take_dynamixel (const LwSimPacket *packet, BusTapEntry *entry)
{
  size_t size, stride;

  if (packet->instruction != SYNC_WRITE || packet->n_params < 4)
    return;
  size = lw_dynamixel_get_u16 (packet->params + 2);
  stride = size + 1;
  for (size_t i = 0; i < LW_MAX_JOINTS && 4 + (i + 1) * stride <= packet->n_params; i++)
    {
      const uint8_t *bytes = packet->params + 4 + i * stride + 1;

      entry->value[i] = size == 4 ? (int32_t) lw_dynamixel_get_i32 (bytes) : bytes[0];
    }
}

/* Positions have their sign in bit 15. */
static void
take_feetech (const LwSimPacket *packet, BusTapEntry *entry)
{
  size_t stride;

  if (packet->instruction != SYNC_WRITE || packet->n_params < 2)
    return;
  stride = packet->params[1] + 1u;
  entry->address = packet->params[0] == LW_FEETECH_GOAL_POSITION ? ADDRESS_GOAL : packet->params[0] == LW_FEETECH_TORQUE_ENABLE ? ADDRESS_TORQUE : packet->params[0];
  for (size_t i = 0; i < LW_MAX_JOINTS && 2 + (i + 1) * stride <= packet->n_params; i++)
    {
      const uint8_t *bytes = packet->params + 2 + i * stride + 1;
      int32_t        word = bytes[0] | bytes[1] << 8;

      entry->value[i] = entry->address != ADDRESS_GOAL ? bytes[0] : (word & 0x8000) ? -(word & 0x7fff) : word;
    }
}

void
bus_tap_note (const LwSimPacket *packet, void *data)
{
  BusTap      *self = data;
  size_t       n = atomic_load_explicit (&self->n, memory_order_relaxed);
  BusTapEntry *entry = &self->entries[n];

  if (n == self->max)
    abort (); /* a test that forgets packets proves nothing */
  *entry = (BusTapEntry){ .t_ns = packet->t_ns, .instruction = packet->instruction, .address = packet->address };
  if (self->protocol == LW_PROTOCOL_FEETECH)
    take_feetech (packet, entry);
  else
    take_dynamixel (packet, entry);
  atomic_store_explicit (&self->n, n + 1, memory_order_release);
}

void
bus_tap_attach (BusTap *self, LwSimBus *bus, LwProtocol protocol)
{
  self->protocol = protocol;
  lw_sim_bus_set_tap (bus, bus_tap_note, self);
}

size_t
bus_tap_count (BusTap *self)
{
  return atomic_load_explicit (&self->n, memory_order_acquire);
}

static int
is_read (uint8_t instruction)
{
  return instruction == 0x01 || instruction == 0x02 || instruction == 0x82 || instruction == 0x8A || instruction == 0x92 || instruction == 0x9A;
}

size_t
bus_tap_writes (BusTap *self, size_t from)
{
  size_t n = bus_tap_count (self), writes = 0;

  for (size_t i = from; i < n; i++)
    writes += !is_read (self->entries[i].instruction);
  return writes;
}

bool
bus_tap_is_goal (const BusTapEntry *entry)
{
  return entry->instruction == SYNC_WRITE && entry->address == ADDRESS_GOAL;
}

static int
is_write_to (const BusTapEntry *entry, uint16_t address)
{
  return entry->instruction == SYNC_WRITE && entry->address == address;
}

size_t
bus_tap_writes_to (BusTap *self, uint16_t address, size_t from)
{
  size_t n = bus_tap_count (self), writes = 0;

  for (size_t i = from; i < n; i++)
    writes += is_write_to (&self->entries[i], address) ? 1 : 0;
  return writes;
}

const BusTapEntry *
bus_tap_last (BusTap *self, uint16_t address, size_t from)
{
  const BusTapEntry *last = NULL;
  size_t             n = bus_tap_count (self);

  for (size_t i = from; i < n; i++)
    if (is_write_to (&self->entries[i], address))
      last = &self->entries[i];
  return last;
}

int64_t
bus_tap_last_new_goal (BusTap *self, size_t from)
{
  const BusTapEntry *before = NULL;
  int64_t            t_ns = 0;
  size_t             n = bus_tap_count (self);

  for (size_t i = 0; i < n; i++)
    {
      const BusTapEntry *entry = &self->entries[i];

      if (!is_write_to (entry, ADDRESS_GOAL))
        continue;
      if (i >= from && (before == NULL || memcmp (before->value, entry->value, sizeof entry->value) != 0))
        t_ns = entry->t_ns;
      before = entry;
    }
  return t_ns;
}
