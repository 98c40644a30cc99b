/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lw-feetech-table.h"

/* What the registers of a simulated STS3215 accept, and what they hold in a servo from the factory (the 12 V version). Constant data; any thread. */
#define LW_SIM_FEETECH_TABLE_SIZE 256 /* an address is a byte; what lies in no register reads 0 */

typedef struct {
  uint8_t  address;
  uint8_t  size;     /* 1 or 2 */
  bool     writable;
  int8_t   sign_bit; /* -1: no sign */
  uint16_t min, max; /* of the magnitude */
  uint16_t initial;
} LwSimFeetechRegister;

/* The register that @address belongs to; NULL in a gap. */
const LwSimFeetechRegister *lw_sim_feetech_register     (uint8_t address);
/* Kept without power when written with the lock open: the EPROM and the maker's own block behind the SRAM. */
bool                        lw_sim_feetech_is_stored    (uint8_t address);
/* Whether the register takes @word as it stands on the wire. */
bool                        lw_sim_feetech_accepts      (const LwSimFeetechRegister *self, uint16_t word);
/* A table (LW_SIM_FEETECH_TABLE_SIZE) as from the factory. */
void                        lw_sim_feetech_fill         (uint8_t *table);
