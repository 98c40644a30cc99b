/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-dynamixel-fast.h"

#include <string.h>

enum {
  BEFORE_LENGTH = 7, /* bytes LEN does not count */
  CRC_BYTES = 2,
  MAX_STARTS = 3,
};

static void
put_prefix (uint8_t *out, size_t size)
{
  memcpy (out, "\xFF\xFF\xFD\x00\xFE", 5);
  lw_dynamixel_put (out + 5, 2, (uint32_t) (size - BEFORE_LENGTH));
  out[7] = LW_DYNAMIXEL_STATUS;
}

size_t
lw_dynamixel_fast_size (const uint16_t *sizes, size_t n_blocks)
{
  size_t size = LW_DYNAMIXEL_FAST_PREFIX;

  for (size_t i = 0; i < n_blocks; i++)
    size += LW_DYNAMIXEL_FAST_OVERHEAD + (size_t) sizes[i];
  return size;
}

size_t
lw_dynamixel_fast_build (uint8_t *out, size_t capacity, const LwDynamixelBlock *blocks, size_t n_blocks)
{
  size_t size = LW_DYNAMIXEL_FAST_PREFIX, at = LW_DYNAMIXEL_FAST_PREFIX;

  for (size_t i = 0; i < n_blocks; i++)
    size += LW_DYNAMIXEL_FAST_OVERHEAD + (size_t) blocks[i].size;
  if (n_blocks == 0 || size > capacity || size > LW_DYNAMIXEL_MAX_PACKET)
    return 0;
  put_prefix (out, size);
  for (size_t i = 0; i < n_blocks; i++)
    {
      out[at++] = blocks[i].error;
      out[at++] = blocks[i].id;
      memcpy (out + at, blocks[i].data, blocks[i].size);
      at += blocks[i].size;
      lw_dynamixel_put (out + at, CRC_BYTES, lw_dynamixel_crc (out, at));
      at += CRC_BYTES;
    }
  return size;
}

static int
wrong_bits (const uint8_t *a, const uint8_t *b, size_t n)
{
  int count = 0;

  for (size_t i = 0; i < n; i++)
    count += __builtin_popcount ((unsigned) (a[i] ^ b[i]));
  return count;
}

size_t
lw_dynamixel_fast_find (const uint8_t *bytes, size_t n, size_t size)
{
  uint8_t prefix[LW_DYNAMIXEL_FAST_PREFIX];
  size_t at = 0;

  put_prefix (prefix, size);
  while (at < n && wrong_bits (bytes + at, prefix, n - at < sizeof prefix ? n - at : sizeof prefix) > 1)
    at++;
  return at;
}

/* The servo behind a damaged block went on from the CRC it heard. Whether the damage was in the data, in the CRC, or on the wire for both to hear is not
 * known, so all three are possible beginnings. */
static size_t
starts_after (uint16_t computed, uint16_t received, uint16_t starts[MAX_STARTS])
{
  uint8_t computed_bytes[CRC_BYTES], received_bytes[CRC_BYTES];

  lw_dynamixel_put (computed_bytes, CRC_BYTES, computed);
  lw_dynamixel_put (received_bytes, CRC_BYTES, received);
  starts[0] = lw_dynamixel_crc_update (received, received_bytes, CRC_BYTES);
  if (computed == received)
    return 1;
  starts[1] = lw_dynamixel_crc_update (computed, computed_bytes, CRC_BYTES);
  starts[2] = lw_dynamixel_crc_update (computed, received_bytes, CRC_BYTES);
  return MAX_STARTS;
}

size_t
lw_dynamixel_fast_parse (const uint8_t *bytes, size_t n, const uint16_t *sizes, size_t n_blocks, LwDynamixelBlock *out)
{
  uint16_t starts[MAX_STARTS];
  size_t n_starts = 1, n_found = 0, at = LW_DYNAMIXEL_FAST_PREFIX;

  if (n < LW_DYNAMIXEL_FAST_PREFIX)
    return 0;
  starts[0] = lw_dynamixel_crc (bytes, LW_DYNAMIXEL_FAST_PREFIX);
  while (n_found < n_blocks && at + LW_DYNAMIXEL_FAST_OVERHEAD + sizes[n_found] <= n)
    {
      LwDynamixelBlock *block = &out[n_found];
      size_t size = sizes[n_found];
      uint16_t received = lw_dynamixel_get_u16 (bytes + at + 2 + size);
      uint16_t computed = 0;

      block->error = bytes[at];
      block->id = bytes[at + 1];
      block->size = (uint16_t) size;
      block->data = bytes + at + 2;
      block->valid = false;
      for (size_t i = 0; i < n_starts && !block->valid; i++)
        {
          uint16_t crc = lw_dynamixel_crc_update (starts[i], bytes + at, 2 + size);

          block->valid = crc == received;
          if (i == 0 || block->valid)
            computed = crc;
        }
      n_starts = starts_after (computed, received, starts);
      n_found++;
      at += LW_DYNAMIXEL_FAST_OVERHEAD + size;
    }
  return n_found;
}
