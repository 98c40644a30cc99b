/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <math.h>
#include <string.h>

#include "from-hex.h"
#include "lw-feetech-codec.h"
#include "lw-feetech-table.h"

/* Packets as printed in the vendor's manual, or recomputed by its SDK. */
typedef struct {
  const char *what;
  uint8_t     id, code;
  bool        reply;
  const char *params;
  const char *bytes;
} Example;

static const Example examples[] = {
  { "ping", 1, 0x01, false, "", "FF FF 01 02 01 FB" },
  { "ping reply", 1, 0x00, true, "", "FF FF 01 02 00 FC" },
  { "read position", 1, 0x02, false, "38 02", "FF FF 01 04 02 38 02 BE" },
  { "reply 1304", 1, 0x00, true, "18 05", "FF FF 01 04 00 18 05 DD" },
  { "write position, time, speed", 1, 0x03, false, "2A 00 08 00 00 E8 03", "FF FF 01 09 03 2A 00 08 00 00 E8 03 D5" },
  { "reg write", 1, 0x04, false, "2A 00 08 00 00 E8 03", "FF FF 01 09 04 2A 00 08 00 00 E8 03 D4" },
  { "action", 0xFE, 0x05, false, "", "FF FF FE 02 05 FA" },
  { "sync write of 6 bytes", 0xFE, 0x83, false, "2A 06 01 00 08 00 00 E8 03 02 00 08 00 00 E8 03 03 00 08 00 00 E8 03 04 00 08 00 00 E8 03",
    "FF FF FE 20 83 2A 06 01 00 08 00 00 E8 03 02 00 08 00 00 E8 03 03 00 08 00 00 E8 03 04 00 08 00 00 E8 03 58" },
  { "sync write of goals", 0xFE, 0x83, false, "2A 02 01 00 08 02 00 08 03 00 08 04 00 08 05 00 08 06 00 08",
    "FF FF FE 16 83 2A 02 01 00 08 02 00 08 03 00 08 04 00 08 05 00 08 06 00 08 F7" },
  { "sync write torque off", 0xFE, 0x83, false, "28 01 01 00 02 00 03 00 04 00 05 00 06 00",
    "FF FF FE 10 83 28 01 01 00 02 00 03 00 04 00 05 00 06 00 30" },
  { "sync read 1..6", 0xFE, 0x82, false, "38 02 01 02 03 04 05 06", "FF FF FE 0A 82 38 02 01 02 03 04 05 06 26" },
  { "sync read of 8 bytes", 0xFE, 0x82, false, "38 08 01 02", "FF FF FE 06 82 38 08 01 02 36" },
  { "its first reply", 1, 0x00, true, "00 08 00 00 00 00 79 1E", "FF FF 01 0A 00 00 08 00 00 00 00 79 1E 55" },
  { "its second reply", 2, 0x00, true, "FF 07 00 00 00 00 77 23", "FF FF 02 0A 00 FF 07 00 00 00 00 77 23 53" },
  { "here is the middle", 1, 0x03, false, "28 80", "FF FF 01 04 03 28 80 4F" },
  { "unlock", 1, 0x03, false, "37 00", "FF FF 01 04 03 37 00 C0" },
  { "goal -5", 1, 0x03, false, "2A 05 80", "FF FF 01 05 03 2A 05 80 47" },
  { "id 1 to all", 0xFE, 0x03, false, "05 01", "FF FF FE 04 03 05 01 F4" },
  { "calibrate", 1, 0x0B, false, "", "FF FF 01 02 0B F1" },
  { "calibrate to 1024", 1, 0x0B, false, "00 04", "FF FF 01 04 0B 00 04 EB" },
  { "reset", 1, 0x0A, false, "", "FF FF 01 02 0A F2" },
  { "restart", 1, 0x08, false, "", "FF FF 01 02 08 F4" },
  { "recovery", 1, 0x06, false, "", "FF FF 01 02 06 F6" },
  { "backup", 1, 0x09, false, "", "FF FF 01 02 09 F3" },
};

static void
assert_is_example (const LwFeetechPacket *packet, const Example *example)
{
  uint8_t params[64];
  size_t n = from_hex (example->params, params);

  g_assert_cmpuint (packet->id, ==, example->id);
  g_assert_cmpuint (packet->code, ==, example->code);
  g_assert_cmpmem (packet->params, packet->n_params, params, n);
}

/* Everything valid in @bytes, in order; at most @max packets are kept. */
static size_t
parse_all (const uint8_t *bytes, size_t n, LwFeetechPacket *packets, size_t max)
{
  size_t found = 0, at = 0;

  for (;;)
    {
      LwFeetechPacket packet;
      size_t used = 999;
      LwFeetechResult result = lw_feetech_parse (bytes + at, n - at, 0, &packet, &used);

      if (result == LW_FEETECH_MORE)
        {
          g_assert_cmpuint (used, ==, 0);
          return found;
        }
      g_assert_cmpuint (used, >=, 1);
      g_assert_cmpuint (used, <=, n - at);
      at += used;
      if (result == LW_FEETECH_VALID && found < max)
        packets[found++] = packet;
    }
}

static size_t
build_example (const Example *example, uint8_t *out, size_t capacity)
{
  uint8_t params[64];
  size_t n = from_hex (example->params, params);

  return example->reply ? lw_feetech_build_status (out, capacity, example->id, example->code, params, n)
                        : lw_feetech_build (out, capacity, example->id, example->code, params, n);
}

static void
test_examples (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      uint8_t bytes[64], built[64];
      size_t n = from_hex (examples[i].bytes, bytes);
      size_t n_built = build_example (&examples[i], built, sizeof built);
      LwFeetechPacket packet;
      size_t used;

      g_test_message ("%s", examples[i].what);
      g_assert_cmpmem (built, n_built, bytes, n);
      g_assert_cmpint (lw_feetech_parse (bytes, n, 0, &packet, &used), ==, LW_FEETECH_VALID);
      g_assert_cmpuint (used, ==, n);
      assert_is_example (&packet, &examples[i]);

      /* A buffer one byte too small is refused, not overrun. */
      for (size_t capacity = 0; capacity < n; capacity++)
        {
          memset (built, 0xA5, sizeof built);
          g_assert_cmpuint (build_example (&examples[i], built, capacity), ==, 0);
          for (size_t k = 0; k < sizeof built; k++)
            g_assert_cmphex (built[k], ==, 0xA5);
        }
    }
}

/* A cut packet is never taken for one, and the whole packet behind it is found. With eight bits of check one in 256 cuts passes by chance; none of these does. */
static void
test_truncations (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      uint8_t bytes[64], stream[512];
      size_t n = from_hex (examples[i].bytes, bytes);

      for (size_t cut = 0; cut < n; cut++)
        {
          LwFeetechPacket packets[4];

          g_assert_cmpuint (parse_all (bytes, cut, packets, 4), ==, 0);
          memset (stream, 0, sizeof stream);
          memcpy (stream, bytes, cut);
          memcpy (stream + cut, bytes, n);
          g_assert_cmpuint (parse_all (stream, sizeof stream, packets, 4), ==, 1);
          assert_is_example (&packets[0], &examples[i]);
        }
    }
}

/* What was flipped is lost, its successor is not. Only a flip of the length can leave a check that holds: one more, and the check takes the FF of the next packet as
 * its own (s + 1 + ~s + FF...). What comes out then has not the length asked for, which is why whoever asks must compare it. */
static void
test_bit_flips (void)
{
  const Example *next = &examples[12];
  uint8_t next_bytes[64];
  size_t n_next = from_hex (next->bytes, next_bytes);

  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      uint8_t bytes[64];
      size_t n = from_hex (examples[i].bytes, bytes);
      size_t n_params = n - LW_FEETECH_OVERHEAD;

      for (size_t bit = 0; bit < 8 * n; bit++)
        {
          LwFeetechPacket packets[8];
          uint8_t stream[512] = { 0 };
          size_t n_found, n_same = 0;

          memcpy (stream, bytes, n);
          stream[bit / 8] ^= (uint8_t) (1u << bit % 8);
          memcpy (stream + n, next_bytes, n_next);
          n_found = parse_all (stream, sizeof stream, packets, 8);
          for (size_t k = 0; k < n_found; k++)
            {
              bool is_next = packets[k].id == next->id && packets[k].n_params == 8;

              if (is_next)
                assert_is_example (&packets[k], next);
              else
                {
                  g_test_message ("%s, bit %zu: a packet of %u params", examples[i].what, bit, packets[k].n_params);
                  g_assert_cmpuint (bit / 8, ==, 3);
                  g_assert_cmpuint (packets[k].n_params, !=, n_params);
                }
              n_same += is_next;
            }
          if (n_found == n_same)
            g_assert_cmpuint (n_same, ==, 1);
        }
    }
}

/* Half-headers, FF FF FF in front, FF FF inside data, packets back to back, half a header at the end. */
static void
test_resync (void)
{
  static const char *text = "00 FF 00 FF FF FF 01 02 01 FB FF FF FF FF FF 01 04 00 FF FF FC FF 00 FF FF 02 FF FF 01 02 08 F4 FF FF";
  uint8_t bytes[128];
  size_t n = from_hex (text, bytes);
  LwFeetechPacket packets[8];

  g_assert_cmpuint (parse_all (bytes, n, packets, 8), ==, 3);
  assert_is_example (&packets[0], &examples[0]);
  g_assert_cmpmem (packets[1].params, packets[1].n_params, "\xFF\xFF", 2);
  assert_is_example (&packets[2], &examples[21]);
}

/* Byte by byte: more until the last. */
static void
test_incremental (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      uint8_t bytes[64];
      size_t n = from_hex (examples[i].bytes, bytes);
      LwFeetechPacket packet;
      size_t used;

      for (size_t k = 0; k < n; k++)
        g_assert_cmpint (lw_feetech_parse (bytes, k, 0, &packet, &used), ==, LW_FEETECH_MORE);
      g_assert_cmpint (lw_feetech_parse (bytes, n, 0, &packet, &used), ==, LW_FEETECH_VALID);
    }
}

static void
test_refusals (void)
{
  static const struct { const char *what, *bytes; } bad[] = {
    { "id 255", "FF FF FF" },
    { "length 0", "FF FF 01 00" },
    { "length 1", "FF FF 01 01" },
    { "length beyond the protocol's", "FF FF 01 F7" },
    { "check", "FF FF 01 02 01 FA" },
  };
  uint8_t bytes[64];
  LwFeetechPacket packet = { .id = 77 };
  size_t used, n;

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      n = from_hex (bad[i].bytes, bytes);
      g_test_message ("%s", bad[i].what);
      g_assert_cmpint (lw_feetech_parse (bytes, n, 0, &packet, &used), ==, LW_FEETECH_INVALID);
      g_assert_cmpuint (packet.id, ==, 77);
    }
  /* A cap on LEN: a reply of 10 is not waited for where at most 9 make sense. */
  n = from_hex (examples[12].bytes, bytes);
  g_assert_cmpint (lw_feetech_parse (bytes, n, 10, &packet, &used), ==, LW_FEETECH_VALID);
  g_assert_cmpint (lw_feetech_parse (bytes, 4, 9, &packet, &used), ==, LW_FEETECH_INVALID);
}

static void
test_longest (void)
{
  uint8_t params[LW_FEETECH_MAX_PARAMS + 1], bytes[LW_FEETECH_MAX_PACKET + 8];
  LwFeetechPacket packet;
  size_t used;

  memset (params, 0xFF, sizeof params);
  g_assert_cmpuint (lw_feetech_build (bytes, sizeof bytes, 7, LW_FEETECH_WRITE, params, LW_FEETECH_MAX_PARAMS), ==, LW_FEETECH_MAX_PACKET);
  g_assert_cmpint (lw_feetech_parse (bytes, LW_FEETECH_MAX_PACKET, 0, &packet, &used), ==, LW_FEETECH_VALID);
  g_assert_cmpuint (used, ==, LW_FEETECH_MAX_PACKET);
  g_assert_cmpmem (packet.params, packet.n_params, params, LW_FEETECH_MAX_PARAMS);
  g_assert_cmpuint (lw_feetech_build (bytes, sizeof bytes, 7, LW_FEETECH_WRITE, params, sizeof params), ==, 0);
}

/* Every flip in the head of a reply: it is known whose it was; a flip elsewhere, another servo, another length: it is not. */
static void
test_damaged_heads (void)
{
  static const uint8_t data[] = { 0x18, 0x05, 0xFF, 0xFF, 0x00, 0x04 };
  uint8_t good[32], bytes[32];
  size_t n = lw_feetech_build_status (good, sizeof good, 13, 0x20, data, sizeof data);

  g_assert_cmpint (lw_feetech_match_damaged (good, n, 13, 6), ==, LW_FEETECH_INVALID); /* not damaged */
  for (size_t bit = 0; bit < 8 * n; bit++)
    {
      memcpy (bytes, good, n);
      bytes[bit / 8] ^= (uint8_t) (1u << bit % 8);
      g_assert_cmpint (lw_feetech_match_damaged (bytes, n, 13, 6), ==, bit < 32 ? LW_FEETECH_VALID : LW_FEETECH_INVALID);
      if (bit < 32)
        for (size_t cut = bit / 8 + 1; cut < n; cut++)
          g_assert_cmpint (lw_feetech_match_damaged (bytes, cut, 13, 6), ==, LW_FEETECH_MORE);
      g_assert_cmpint (lw_feetech_match_damaged (bytes, n, 14, 6), ==, LW_FEETECH_INVALID);
      g_assert_cmpint (lw_feetech_match_damaged (bytes, n, 13, 5), ==, LW_FEETECH_INVALID);
    }
}

static void
test_safe_lengths (void)
{
  g_assert_false (lw_feetech_is_safe_length (2));
  g_assert_true (lw_feetech_is_safe_length (0) && lw_feetech_is_safe_length (5) && lw_feetech_is_safe_length (6));
  for (size_t a = 0; a < LW_FEETECH_MAX_PARAMS; a++)
    for (size_t b = 0; b < a; b++)
      if (lw_feetech_is_safe_length (a) && lw_feetech_is_safe_length (b))
        g_assert_cmpint (__builtin_popcount ((unsigned) ((a + 2) ^ (b + 2))), >=, 2);
}

static void
test_numbers (void)
{
  for (unsigned bit = 1; bit <= 15; bit++)
    {
      int32_t most = (1 << bit) - 1;

      for (int32_t value = -most; value <= most; value++)
        g_assert_cmpint (lw_feetech_signed (lw_feetech_sign_magnitude (value, bit), bit), ==, value);
      g_assert_cmpint (lw_feetech_signed ((uint16_t) (1u << bit), bit), ==, 0); /* -0 */
      g_assert_cmphex (lw_feetech_sign_magnitude (most + 1, bit), ==, (uint16_t) most);
      g_assert_cmphex (lw_feetech_sign_magnitude (INT32_MAX, bit), ==, (uint16_t) most);
      g_assert_cmpint (lw_feetech_signed (lw_feetech_sign_magnitude (INT32_MIN, bit), bit), ==, -most);
    }
  g_assert_cmphex (lw_feetech_sign_magnitude (-5, 15), ==, 0x8005); /* the manual's goal -5 */
  g_assert_cmphex (lw_feetech_sign_magnitude (-5, 10), ==, 0x0405);
  g_assert_cmpint (lw_feetech_signed (0xFC05, 10), ==, -5); /* what lies above the sign is not looked at */
}

static void
test_table (void)
{
  uint8_t model[] = { 0x09, 0x03 };

  g_assert_cmpstr (lw_feetech_model (lw_feetech_get_u16 (model))->name, ==, "STS3215");
  g_assert_cmpstr (lw_feetech_model (2825)->name, ==, "STS3250");
  g_assert_cmpstr (lw_feetech_model (11272)->name, ==, "SM8512BL");
  g_assert_cmpfloat (lw_feetech_model (1284)->stall_torque, ==, 0);
  g_assert_null (lw_feetech_model (1));
  g_assert_cmpfloat_with_epsilon (LW_FEETECH_RAD_PER_TICK * 180 / M_PI, 0.087890625, 1e-12);
  g_assert_cmpuint (lw_feetech_bauds[0], ==, 1000000);
  g_assert_cmpuint (lw_feetech_bauds[7], ==, 38400);
  /* Classic offsets, then the newest document's four ranges. */
  g_assert_cmpint (lw_feetech_offset (0), ==, 0);
  g_assert_cmpint (lw_feetech_offset (2047), ==, 2047);
  g_assert_cmpint (lw_feetech_offset (2048), ==, 0);
  g_assert_cmpint (lw_feetech_offset (2048 + 85), ==, -85);
  g_assert_cmpint (lw_feetech_offset (4095), ==, -2047);
  g_assert_cmpint (lw_feetech_offset (4096), ==, 2048);
  g_assert_cmpint (lw_feetech_offset (6143), ==, 4095);
  g_assert_cmpint (lw_feetech_offset (6144), ==, -2048);
  g_assert_cmpint (lw_feetech_offset (8191), ==, -4095);
  for (int32_t offset = -LW_FEETECH_MAX_OFFSET; offset <= LW_FEETECH_MAX_OFFSET; offset++)
    g_assert_cmpint (lw_feetech_offset (lw_feetech_sign_magnitude (offset, LW_FEETECH_OFFSET_SIGN)), ==, offset);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/feetech-codec/examples", test_examples);
  g_test_add_func ("/feetech-codec/truncations", test_truncations);
  g_test_add_func ("/feetech-codec/bit-flips", test_bit_flips);
  g_test_add_func ("/feetech-codec/resync", test_resync);
  g_test_add_func ("/feetech-codec/incremental", test_incremental);
  g_test_add_func ("/feetech-codec/refusals", test_refusals);
  g_test_add_func ("/feetech-codec/longest", test_longest);
  g_test_add_func ("/feetech-codec/damaged-heads", test_damaged_heads);
  g_test_add_func ("/feetech-codec/safe-lengths", test_safe_lengths);
  g_test_add_func ("/feetech-codec/numbers", test_numbers);
  g_test_add_func ("/feetech-codec/table", test_table);
  return g_test_run ();
}
