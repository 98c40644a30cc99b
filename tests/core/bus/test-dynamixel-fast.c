/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "from-hex.h"
#include "lw-dynamixel-fast.h"

/* The two replies printed in the vendor's manual: three servos each. */
typedef struct {
  const char *bytes;
  size_t      n_blocks;
  uint16_t    sizes[3];
  uint8_t     ids[3];
  int32_t     values[3];
} Example;

static const Example examples[] = {
  { "FF FF FD 00 FE 19 00 55 00 03 A6 00 00 00 84 08 00 07 1F 08 00 00 16 CA 00 04 FF 03 00 00 D1 9E", 3, { 4, 4, 4 }, { 3, 7, 4 }, { 166, 2079, 1023 } },
  { "FF FF FD 00 FE 14 00 55 00 03 A6 00 00 00 67 A4 00 07 A5 01 24 74 00 04 1F D9 C1", 3, { 4, 2, 1 }, { 3, 7, 4 }, { 166, 421, 31 } },
};

static int32_t
value_of (const LwDynamixelBlock *block)
{
  uint32_t value = 0;

  for (size_t i = 0; i < block->size; i++)
    value |= (uint32_t) block->data[i] << (8 * i);
  return (int32_t) value;
}

static void
assert_block (const LwDynamixelBlock *block, const Example *example, size_t i)
{
  g_assert_true (block->valid);
  g_assert_cmpuint (block->error, ==, 0);
  g_assert_cmpuint (block->id, ==, example->ids[i]);
  g_assert_cmpuint (block->size, ==, example->sizes[i]);
  g_assert_cmpint (value_of (block), ==, example->values[i]);
}

static void
test_examples (void)
{
  for (size_t e = 0; e < G_N_ELEMENTS (examples); e++)
    {
      const Example *example = &examples[e];
      uint8_t bytes[64], built[64];
      size_t n = from_hex (example->bytes, bytes);
      LwDynamixelBlock blocks[3];

      g_assert_cmpuint (lw_dynamixel_fast_size (example->sizes, 3), ==, n);
      g_assert_cmpuint (lw_dynamixel_fast_find (bytes, n, n), ==, 0);
      g_assert_cmpuint (lw_dynamixel_fast_parse (bytes, n, example->sizes, 3, blocks), ==, 3);
      for (size_t i = 0; i < 3; i++)
        assert_block (&blocks[i], example, i);
      g_assert_cmpuint (lw_dynamixel_fast_build (built, sizeof built, blocks, 3), ==, n);
      g_assert_cmpmem (built, n, bytes, n);
      for (size_t capacity = 0; capacity < n; capacity++)
        {
          memset (built, 0xA5, sizeof built);
          g_assert_cmpuint (lw_dynamixel_fast_build (built, capacity, blocks, 3), ==, 0);
          g_assert_cmphex (built[capacity], ==, 0xA5);
        }
    }
}

/* A chain that breaks off leaves what was spoken before, block by block. */
static void
test_truncations (void)
{
  for (size_t e = 0; e < G_N_ELEMENTS (examples); e++)
    {
      const Example *example = &examples[e];
      uint8_t bytes[64];
      size_t n = from_hex (example->bytes, bytes), n_whole = 0;

      for (size_t cut = 0; cut < n; cut++)
        {
          LwDynamixelBlock blocks[3];
          g_autofree uint8_t *copy = g_memdup2 (bytes, cut);
          size_t n_found = lw_dynamixel_fast_parse (copy, cut, example->sizes, 3, blocks);

          if (n_whole < 3 && cut == lw_dynamixel_fast_size (example->sizes, n_whole + 1))
            n_whole++;
          g_assert_cmpuint (n_found, ==, n_whole);
          for (size_t i = 0; i < n_found; i++)
            assert_block (&blocks[i], example, i);
        }
    }
}

/* One wrong bit costs the block it lies in, the prefix being part of the first; the others stay what they were. */
static void
test_bit_flips (void)
{
  for (size_t e = 0; e < G_N_ELEMENTS (examples); e++)
    {
      const Example *example = &examples[e];
      uint8_t bytes[64];
      size_t n = from_hex (example->bytes, bytes);

      for (size_t bit = 0; bit < 8 * n; bit++)
        {
          LwDynamixelBlock blocks[3];
          size_t hit = 0;

          bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
          while (bit / 8 >= lw_dynamixel_fast_size (example->sizes, hit + 1))
            hit++;
          g_assert_cmpuint (lw_dynamixel_fast_find (bytes, n, n), ==, 0);
          g_assert_cmpuint (lw_dynamixel_fast_parse (bytes, n, example->sizes, 3, blocks), ==, 3);
          for (size_t i = 0; i < 3; i++)
            {
              if (i == hit)
                g_assert_false (blocks[i].valid);
              else
                assert_block (&blocks[i], example, i);
            }
          bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
        }
    }
}

/* Damage that the next servo heard as well: its CRC goes on from there. */
static void
test_damage_on_the_wire (void)
{
  uint8_t bytes[64], heard[64];
  size_t n = from_hex (examples[0].bytes, bytes);
  LwDynamixelBlock blocks[3];

  bytes[14] ^= 0x10; /* first CRC byte of the first block */
  memcpy (heard, bytes, n);
  for (size_t end = 22; end <= n - 2; end += 8)
    lw_dynamixel_put (heard + end, 2, lw_dynamixel_crc (heard, end));
  g_assert_cmpuint (lw_dynamixel_fast_parse (heard, n, examples[0].sizes, 3, blocks), ==, 3);
  g_assert_false (blocks[0].valid);
  assert_block (&blocks[1], &examples[0], 1);
  assert_block (&blocks[2], &examples[0], 2);
}

static void
test_find (void)
{
  uint8_t stream[128] = { 0x00, 0xFF, 0xFF, 0xFD, 0x00, 0x01, 0x04, 0x00, 0x55, 0x00, 0xA1, 0x0C };
  size_t n = from_hex (examples[0].bytes, stream + 12);

  g_assert_cmpuint (lw_dynamixel_fast_find (stream, 12 + n, n), ==, 12);
  g_assert_cmpuint (lw_dynamixel_fast_find (stream, 12 + 5, n), ==, 12); /* may begin there */
  g_assert_cmpuint (lw_dynamixel_fast_find (stream, 11, n), ==, 11);     /* nowhere */
  g_assert_cmpuint (lw_dynamixel_fast_find (stream, 0, n), ==, 0);
  g_assert_cmpuint (lw_dynamixel_fast_find (stream, 12 + n, n + 3), ==, 12 + n); /* another length: an answer to another question */
}

/* Data that would be stuffed anywhere else stand as they are, in the general parser too. */
static void
test_not_stuffed (void)
{
  static const uint8_t data[] = { 0xFF, 0xFF, 0xFD, 0xFD };
  static const uint16_t sizes[] = { 4, 4 };
  LwDynamixelBlock blocks[2] = { { .id = 1, .size = 4, .data = data }, { .id = 2, .error = LW_DYNAMIXEL_ALERT, .size = 4, .data = data } };
  LwDynamixelPacket packet;
  uint8_t bytes[32];
  size_t used, n = lw_dynamixel_fast_build (bytes, sizeof bytes, blocks, 2);

  g_assert_cmpuint (n, ==, 8 + 2 * 8);
  g_assert_cmpuint (lw_dynamixel_fast_parse (bytes, n, sizes, 2, blocks), ==, 2);
  g_assert_true (blocks[0].valid && blocks[1].valid);
  g_assert_cmpuint (blocks[1].error, ==, LW_DYNAMIXEL_ALERT);
  g_assert_cmpmem (blocks[1].data, 4, data, 4);
  g_assert_cmpint (lw_dynamixel_parse (bytes, n, 0, &packet, &used), ==, LW_DYNAMIXEL_VALID);
  g_assert_cmpuint (packet.n_params, ==, 2 * 8 - 1 - 2);
  g_assert_cmpmem (packet.params + 1, 4, data, 4);
  g_assert_cmpuint (lw_dynamixel_build_status (bytes, sizeof bytes, LW_DYNAMIXEL_BROADCAST, 0, packet.params, packet.n_params), ==, n);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dynamixel-fast/examples", test_examples);
  g_test_add_func ("/dynamixel-fast/truncations", test_truncations);
  g_test_add_func ("/dynamixel-fast/bit-flips", test_bit_flips);
  g_test_add_func ("/dynamixel-fast/damage-on-the-wire", test_damage_on_the_wire);
  g_test_add_func ("/dynamixel-fast/find", test_find);
  g_test_add_func ("/dynamixel-fast/not-stuffed", test_not_stuffed);
  return g_test_run ();
}
