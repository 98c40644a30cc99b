/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a simulated servo accepts where: the items of the X series' control table with access and fixed range. Constant data; any thread. */
typedef struct {
  uint16_t address;
  uint8_t  size;
  bool     writable;
  int32_t  min, max; /* of a write; what depends on other registers is checked by the servo */
} LwSimItem;

/* The item that begins at @address; NULL where none does. */
const LwSimItem *lw_sim_item_at (uint16_t address);

int32_t lw_sim_get (const uint8_t *table, uint16_t address, size_t size); /* two's complement of 2 and 4 bytes, else unsigned */
void    lw_sim_put (uint8_t *table, uint16_t address, size_t size, int32_t value);
