/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "from-hex.h"
#include "lw-dynamixel-codec.h"

/* Packets as printed in the vendor's manual, or recomputed by its SDK. */
typedef struct {
  const char *what;
  uint8_t     id, instruction, error;
  const char *params;
  const char *bytes;
} Example;

static const Example examples[] = {
  { "ping", 1, 0x01, 0, "", "FF FF FD 00 01 03 00 01 19 4E" },
  { "ping status", 1, 0x55, 0, "06 04 26", "FF FF FD 00 01 07 00 55 00 06 04 26 65 5D" },
  { "broadcast ping", 0xFE, 0x01, 0, "", "FF FF FD 00 FE 03 00 01 31 42" },
  { "read position", 1, 0x02, 0, "84 00 04 00", "FF FF FD 00 01 07 00 02 84 00 04 00 1D 15" },
  { "status 166", 1, 0x55, 0, "A6 00 00 00", "FF FF FD 00 01 08 00 55 00 A6 00 00 00 8C C0" },
  { "status 2079", 2, 0x55, 0, "1F 08 00 00", "FF FF FD 00 02 08 00 55 00 1F 08 00 00 BA BE" },
  { "write goal 512", 1, 0x03, 0, "74 00 00 02 00 00", "FF FF FD 00 01 09 00 03 74 00 00 02 00 00 CA 89" },
  { "status OK", 1, 0x55, 0, "", "FF FF FD 00 01 04 00 55 00 A1 0C" },
  { "reg write", 1, 0x04, 0, "68 00 C8 00 00 00", "FF FF FD 00 01 09 00 04 68 00 C8 00 00 00 AE 8E" },
  { "action", 1, 0x05, 0, "", "FF FF FD 00 01 03 00 05 02 CE" },
  { "factory reset", 1, 0x06, 0, "01", "FF FF FD 00 01 04 00 06 01 A1 E6" },
  { "reboot", 1, 0x08, 0, "", "FF FF FD 00 01 03 00 08 2F 4E" },
  { "clear", 1, 0x10, 0, "01 44 58 4C 22", "FF FF FD 00 01 08 00 10 01 44 58 4C 22 B1 DC" },
  { "backup", 1, 0x20, 0, "01 43 54 52 4C", "FF FF FD 00 01 08 00 20 01 43 54 52 4C 16 F5" },
  { "sync read 1 2", 0xFE, 0x82, 0, "84 00 04 00 01 02", "FF FF FD 00 FE 09 00 82 84 00 04 00 01 02 CE FA" },
  { "sync read 1..6", 0xFE, 0x82, 0, "84 00 04 00 01 02 03 04 05 06", "FF FF FD 00 FE 0D 00 82 84 00 04 00 01 02 03 04 05 06 B2 9B" },
  { "sync write goals", 0xFE, 0x83, 0, "74 00 04 00 01 96 00 00 00 02 AA 00 00 00",
    "FF FF FD 00 FE 11 00 83 74 00 04 00 01 96 00 00 00 02 AA 00 00 00 82 87" },
  { "sync write torque off", 0xFE, 0x83, 0, "40 00 01 00 01 00 02 00 03 00 04 00 05 00 06 00",
    "FF FF FD 00 FE 13 00 83 40 00 01 00 01 00 02 00 03 00 04 00 05 00 06 00 56 FD" },
  { "bulk read", 0xFE, 0x92, 0, "01 90 00 02 00 02 92 00 01 00", "FF FF FD 00 FE 0D 00 92 01 90 00 02 00 02 92 00 01 00 1A 05" },
  { "bulk write", 0xFE, 0x93, 0, "01 20 00 02 00 A0 00 02 1F 00 01 00 50", "FF FF FD 00 FE 10 00 93 01 20 00 02 00 A0 00 02 1F 00 01 00 50 B7 68" },
  { "fast sync read", 0xFE, 0x8A, 0, "84 00 04 00 03 07 04", "FF FF FD 00 FE 0A 00 8A 84 00 04 00 03 07 04 20 F2" },
  { "fast sync read reply", 0xFE, 0x55, 0, "03 A6 00 00 00 84 08 00 07 1F 08 00 00 16 CA 00 04 FF 03 00 00",
    "FF FF FD 00 FE 19 00 55 00 03 A6 00 00 00 84 08 00 07 1F 08 00 00 16 CA 00 04 FF 03 00 00 D1 9E" },
  { "fast bulk read", 0xFE, 0x9A, 0, "03 84 00 04 00 07 7C 00 02 00 04 92 00 01 00",
    "FF FF FD 00 FE 12 00 9A 03 84 00 04 00 07 7C 00 02 00 04 92 00 01 00 DA 2D" },
  { "fast bulk reply", 0xFE, 0x55, 0, "03 A6 00 00 00 67 A4 00 07 A5 01 24 74 00 04 1F",
    "FF FF FD 00 FE 14 00 55 00 03 A6 00 00 00 67 A4 00 07 A5 01 24 74 00 04 1F D9 C1" },
  { "stuffed write", 1, 0x03, 0, "74 00 FF FF FD 00", "FF FF FD 00 01 0A 00 03 74 00 FF FF FD FD 00 21 E7" },
  { "stuffed status", 1, 0x55, 0, "FF FF FD FF", "FF FF FD 00 01 09 00 55 00 FF FF FD FD FF DA 9E" },
  { "alert and -3", 1, 0x55, 0x80, "FD FF FF FF", "FF FF FD 00 01 08 00 55 80 FD FF FF FF 96 2C" },
};

static void
assert_is_example (const LwDynamixelPacket *packet, const Example *example)
{
  uint8_t params[64];
  size_t n = from_hex (example->params, params);

  g_assert_cmpuint (packet->id, ==, example->id);
  g_assert_cmpuint (packet->instruction, ==, example->instruction);
  g_assert_cmpuint (packet->error, ==, example->error);
  g_assert_cmpmem (packet->params, packet->n_params, params, n);
}

/* Everything valid in @bytes, in order; at most @max packets are kept. */
static size_t
parse_all (const uint8_t *bytes, size_t n, LwDynamixelPacket *packets, size_t max)
{
  size_t found = 0, at = 0;

  for (;;)
    {
      LwDynamixelPacket packet;
      size_t used = 999;
      LwDynamixelResult result = lw_dynamixel_parse (bytes + at, n - at, 0, &packet, &used);

      if (result == LW_DYNAMIXEL_MORE)
        {
          g_assert_cmpuint (used, ==, 0);
          return found;
        }
      g_assert_cmpuint (used, >=, 1);
      g_assert_cmpuint (used, <=, n - at);
      at += used;
      if (result == LW_DYNAMIXEL_VALID && found < max)
        packets[found++] = packet;
    }
}

static void
test_crc (void)
{
  g_assert_cmphex (lw_dynamixel_crc ((const uint8_t *) "123456789", 9), ==, 0xFEE8);
  g_assert_cmphex (lw_dynamixel_crc (NULL, 0), ==, 0);
}

static void
test_examples (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      const Example *example = &examples[i];
      uint8_t bytes[64], params[64], built[64];
      size_t n = from_hex (example->bytes, bytes);
      size_t n_params = from_hex (example->params, params);
      size_t n_built, used;
      LwDynamixelPacket packet;

      g_test_message ("%s", example->what);
      if (example->instruction == LW_DYNAMIXEL_STATUS)
        n_built = lw_dynamixel_build_status (built, sizeof built, example->id, example->error, params, n_params);
      else
        n_built = lw_dynamixel_build (built, sizeof built, example->id, example->instruction, params, n_params);
      g_assert_cmpmem (built, n_built, bytes, n);

      g_assert_cmpint (lw_dynamixel_parse (bytes, n, 0, &packet, &used), ==, LW_DYNAMIXEL_VALID);
      g_assert_cmpuint (used, ==, n);
      assert_is_example (&packet, example);

      /* A buffer one byte too small is refused, not overrun. */
      for (size_t capacity = 0; capacity < n; capacity++)
        {
          memset (built, 0xA5, sizeof built);
          if (example->instruction == LW_DYNAMIXEL_STATUS)
            n_built = lw_dynamixel_build_status (built, capacity, example->id, example->error, params, n_params);
          else
            n_built = lw_dynamixel_build (built, capacity, example->id, example->instruction, params, n_params);
          g_assert_cmpuint (n_built, ==, 0);
          g_assert_cmphex (built[capacity], ==, 0xA5);
        }
    }
}

/* A cut packet is never taken for one, and the whole packet behind it is found. */
static void
test_truncations (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      uint8_t bytes[64], stream[2048];
      size_t n = from_hex (examples[i].bytes, bytes);

      for (size_t cut = 0; cut < n; cut++)
        {
          LwDynamixelPacket packets[4];

          g_assert_cmpuint (parse_all (bytes, cut, packets, 4), ==, 0);
          memset (stream, 0, sizeof stream);
          memcpy (stream, bytes, cut);
          memcpy (stream + cut, bytes, n);
          g_assert_cmpuint (parse_all (stream, sizeof stream, packets, 4), ==, 1);
          assert_is_example (&packets[0], &examples[i]);
        }
    }
}

static void
test_bit_flips (void)
{
  const Example *next = &examples[4];
  uint8_t next_bytes[64];
  size_t n_next = from_hex (next->bytes, next_bytes);

  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      uint8_t bytes[64];
      size_t n = from_hex (examples[i].bytes, bytes);

      for (size_t bit = 0; bit < 8 * n; bit++)
        {
          LwDynamixelPacket packets[4];
          uint8_t stream[2048] = { 0 };

          memcpy (stream, bytes, n);
          stream[bit / 8] ^= (uint8_t) (1u << bit % 8);
          memcpy (stream + n, next_bytes, n_next);
          /* What was flipped is lost, its successor is not. */
          g_assert_cmpuint (parse_all (stream, sizeof stream, packets, 4), ==, 1);
          assert_is_example (&packets[0], next);
        }
    }
}

static void
test_resync (void)
{
  /* Almost-headers, a packet, half a header, two packets back to back. */
  static const char *text = "00 FF FF FF FD FD FF FF FD 01 55 FF FF FD 00 01 03 00 01 19 4E FF FF FD FF FF FD 00 01 04 00 55 00 A1 0C"
                            " FF FF FD 00 01 03 00 08 2F 4E FF FF";
  uint8_t bytes[128];
  size_t n = from_hex (text, bytes);
  LwDynamixelPacket packets[8];

  g_assert_cmpuint (parse_all (bytes, n, packets, 8), ==, 3);
  assert_is_example (&packets[0], &examples[0]);
  assert_is_example (&packets[1], &examples[7]);
  assert_is_example (&packets[2], &examples[11]);
}

/* Byte by byte: more until the last. */
static void
test_incremental (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (examples); i++)
    {
      uint8_t bytes[64];
      size_t n = from_hex (examples[i].bytes, bytes);
      LwDynamixelPacket packet;
      size_t used;

      for (size_t k = 0; k < n; k++)
        g_assert_cmpint (lw_dynamixel_parse (bytes, k, 0, &packet, &used), ==, LW_DYNAMIXEL_MORE);
      g_assert_cmpint (lw_dynamixel_parse (bytes, n, 0, &packet, &used), ==, LW_DYNAMIXEL_VALID);
    }
}

static void
test_refusals (void)
{
  static const struct { const char *what, *bytes; } bad[] = {
    { "reserved byte", "FF FF FD 01 01 03 00 01" },
    { "id 253", "FF FF FD 00 FD 03 00 01" },
    { "id 255", "FF FF FD 00 FF 03 00 01" },
    { "length 2", "FF FF FD 00 01 02 00 01" },
    { "length beyond the protocol's", "FF FF FD 00 01 FA 03 01" },
    { "status without error byte", "FF FF FD 00 01 03 00 55" },
  };
  uint8_t bytes[64];
  LwDynamixelPacket packet;
  size_t used, n;

  for (size_t i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      n = from_hex (bad[i].bytes, bytes);
      g_test_message ("%s", bad[i].what);
      g_assert_cmpint (lw_dynamixel_parse (bytes, n, 0, &packet, &used), ==, LW_DYNAMIXEL_INVALID);
    }
  /* A cap on LEN: a status of 8 is not waited for where at most 7 make sense. */
  n = from_hex (examples[4].bytes, bytes);
  g_assert_cmpint (lw_dynamixel_parse (bytes, n, 8, &packet, &used), ==, LW_DYNAMIXEL_VALID);
  g_assert_cmpint (lw_dynamixel_parse (bytes, 7, 7, &packet, &used), ==, LW_DYNAMIXEL_INVALID);
}

/* The longest params, all of the pattern that needs stuffing. */
static void
test_longest (void)
{
  uint8_t params[LW_DYNAMIXEL_MAX_PARAMS + 1], bytes[LW_DYNAMIXEL_MAX_PACKET];
  LwDynamixelPacket packet;
  size_t n, used;

  for (size_t i = 0; i < sizeof params; i++)
    params[i] = i % 3 == 2 ? 0xFD : 0xFF;
  n = lw_dynamixel_build (bytes, sizeof bytes, 7, LW_DYNAMIXEL_WRITE, params, LW_DYNAMIXEL_MAX_PARAMS);
  g_assert_cmpuint (n, ==, 8 + LW_DYNAMIXEL_MAX_PARAMS + LW_DYNAMIXEL_MAX_PARAMS / 3 + 2);
  g_assert_cmpint (lw_dynamixel_parse (bytes, n, 0, &packet, &used), ==, LW_DYNAMIXEL_VALID);
  g_assert_cmpuint (used, ==, n);
  g_assert_cmpmem (packet.params, packet.n_params, params, LW_DYNAMIXEL_MAX_PARAMS);
  g_assert_cmpuint (lw_dynamixel_build (bytes, sizeof bytes, 7, LW_DYNAMIXEL_WRITE, params, sizeof params), ==, 0);
}

/* What is sent with reset, clear and backup is what the vendor printed. */
static void
test_dangerous_params (void)
{
  static const uint8_t clear[] = LW_DYNAMIXEL_CLEAR_TURNS, backup[] = LW_DYNAMIXEL_BACKUP_STORE, reset[] = { LW_DYNAMIXEL_RESET_BUT_ID };
  static const struct { const char *what; uint8_t instruction; const uint8_t *params; size_t n; } dangerous[] = {
    { "factory reset", LW_DYNAMIXEL_RESET, reset, sizeof reset },
    { "clear", LW_DYNAMIXEL_CLEAR, clear, sizeof clear },
    { "backup", LW_DYNAMIXEL_BACKUP, backup, sizeof backup },
  };
  size_t n_found = 0;

  for (size_t i = 0; i < G_N_ELEMENTS (dangerous); i++)
    for (size_t k = 0; k < G_N_ELEMENTS (examples); k++)
      if (g_str_equal (examples[k].what, dangerous[i].what))
        {
          uint8_t bytes[64], built[64];
          size_t n = from_hex (examples[k].bytes, bytes);

          g_assert_cmpmem (built, lw_dynamixel_build (built, sizeof built, 1, dangerous[i].instruction, dangerous[i].params, dangerous[i].n), bytes, n);
          n_found++;
        }
  g_assert_cmpuint (n_found, ==, G_N_ELEMENTS (dangerous));
}

static void
test_error_text (void)
{
  for (uint8_t code = 0; code < 8; code++)
    {
      g_assert_cmpstr (lw_dynamixel_error_text (code), ==, lw_dynamixel_error_text (code | LW_DYNAMIXEL_ALERT));
      for (uint8_t other = 0; other < code; other++)
        if (other != LW_DYNAMIXEL_ERROR_RANGE || code != LW_DYNAMIXEL_ERROR_LIMIT)
          g_assert_cmpstr (lw_dynamixel_error_text (code), !=, lw_dynamixel_error_text (other));
    }
  /* Firmware differs in which of the two it says of a goal beyond a limit. */
  g_assert_cmpstr (lw_dynamixel_error_text (4), ==, lw_dynamixel_error_text (6));
  g_assert_cmpstr (lw_dynamixel_error_text (77), !=, lw_dynamixel_error_text (7));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dynamixel-codec/crc", test_crc);
  g_test_add_func ("/dynamixel-codec/examples", test_examples);
  g_test_add_func ("/dynamixel-codec/truncations", test_truncations);
  g_test_add_func ("/dynamixel-codec/bit-flips", test_bit_flips);
  g_test_add_func ("/dynamixel-codec/resync", test_resync);
  g_test_add_func ("/dynamixel-codec/incremental", test_incremental);
  g_test_add_func ("/dynamixel-codec/refusals", test_refusals);
  g_test_add_func ("/dynamixel-codec/longest", test_longest);
  g_test_add_func ("/dynamixel-codec/dangerous-params", test_dangerous_params);
  g_test_add_func ("/dynamixel-codec/error-text", test_error_text);
  return g_test_run ();
}
