/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-sim-bus.h"

/* Every instruction the simulated bus saw, for tests to judge afterwards; Feetech's registers by the names of Dynamixel's that mean the same, ticks are ticks. Filled on the simulator's thread, read by any; no GLib, so that a thread
 * sanitizer can look on. */
typedef struct {
  int64_t  t_ns;
  uint8_t  instruction;
  uint16_t address;
  int32_t  value[LW_MAX_JOINTS]; /* of a sync write, servo by servo */
} BusTapEntry;

typedef struct {
  LwProtocol    protocol;
  BusTapEntry  *entries;
  size_t        max;
  atomic_size_t n;
} BusTap;

#define ADDRESS_MODE     11
#define ADDRESS_TORQUE   64
#define ADDRESS_WATCHDOG 98
#define ADDRESS_GOAL     116

void   bus_tap_init  (BusTap *self, size_t max);
void   bus_tap_clear (BusTap *self); /* releases */
/* What the simulator calls; @data is the BusTap, whose protocol says how to read. */
void   bus_tap_note  (const LwSimPacket *packet, void *data);
void   bus_tap_attach (BusTap *self, LwSimBus *bus, LwProtocol protocol);
size_t bus_tap_count (BusTap *self);
/* Instructions that change anything in a servo, from entry @from on: all but ping and reads. */
size_t bus_tap_writes (BusTap *self, size_t from);
/* Sync writes to @address from entry @from on. */
size_t bus_tap_writes_to (BusTap *self, uint16_t address, size_t from);
/* The last of them, or NULL. */
const BusTapEntry *bus_tap_last (BusTap *self, uint16_t address, size_t from);
/* Whether the entry is a sync write of goals. */
bool   bus_tap_is_goal (const BusTapEntry *entry);
/* When the last goal came that differs from the one before it, at or after entry @from; 0 if none did. */
int64_t bus_tap_last_new_goal (BusTap *self, size_t from);
