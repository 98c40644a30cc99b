/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-dynamixel-codec.h"

/* The combined reply to a fast sync or bulk read (ROBOTIS e-manual, "Fast Sync Read"): one packet that the servos speak in turn, each its own block.
 *
 *   FF FF FD 00 | FE | LEN_L LEN_H | 55 | block ... block        block = ERR ID data CRC_L CRC_H
 *
 * The CRC of a block is of everything from the first FF to its last data byte, the CRCs before it included; the last one is thereby the packet's. Nothing is
 * stuffed. A servo that is not there ends the packet where its block should begin. Pure functions; any thread. */
#define LW_DYNAMIXEL_FAST_PREFIX   8 /* bytes before the first block */
#define LW_DYNAMIXEL_FAST_OVERHEAD 4 /* bytes of a block beside its data */

typedef struct {
  uint8_t        id, error;
  uint16_t       size; /* of the data */
  const uint8_t *data; /* borrowed */
  bool           valid; /* its CRC is right; ignored when building */
} LwDynamixelBlock;

/* Writes the packet made of @blocks into @out (@capacity bytes). Returns its length, or 0 when it does not fit. */
size_t lw_dynamixel_fast_build (uint8_t *out, size_t capacity, const LwDynamixelBlock *blocks, size_t n_blocks);
/* Bytes of a reply with @n_blocks blocks of @sizes data bytes. */
size_t lw_dynamixel_fast_size  (const uint16_t *sizes, size_t n_blocks);
/* Where in the @n bytes a reply of @size bytes begins, as far as can be seen; @n when nowhere. One wrong bit in the prefix is overlooked: it costs the first block
 * by its CRC, not the others. */
size_t lw_dynamixel_fast_find  (const uint8_t *bytes, size_t n, size_t size);
/* The blocks of a reply that begins at @bytes, as far as its @n bytes reach. Fills @out[0 ... returned): data point into @bytes. A block is valid when its CRC follows
 * from what was received before it, or from what must have been sent where that was damaged: damage costs the blocks it lies in, and the next one where both
 * data and CRC are hit. A burst of up to 16 bits within the data is always found; one across the end of the data or of the block passes once in tens of
 * thousands, as with any check of 16 bits. Who answered (id) is the caller's to compare. */
size_t lw_dynamixel_fast_parse (const uint8_t *bytes, size_t n, const uint16_t *sizes, size_t n_blocks, LwDynamixelBlock *out);
