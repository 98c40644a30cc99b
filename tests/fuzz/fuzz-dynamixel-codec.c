/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "lw-dynamixel-fast.h"

/* A bounded number of seeded streams through the parser: packets of random content, cut, flipped, doubled, mixed with noise rich in header bytes, and fed in
 * random portions. Every undamaged packet comes out as it went in; nothing is read outside the bytes given (the portions are copied to
 * their exact size, so that a sanitizer sees it). LW_LONG=1 runs a hundred times as many. */
#define N_STREAMS    20000
#define MAX_STREAM   6000
#define MAX_EXPECTED 8
#define MAX_BLOCKS 12

typedef struct {
  uint8_t  bytes[MAX_STREAM];
  size_t   n;
  LwDynamixelPacket expected[MAX_EXPECTED];
  size_t   n_expected;
} Stream;

static uint8_t
telling_byte (GRand *rand)
{
  static const uint8_t telling[] = { 0xFF, 0xFF, 0xFD, 0x00, 0x55, 0xFE, 0x01, 0x03 };

  return g_rand_boolean (rand) ? telling[g_rand_int_range (rand, 0, G_N_ELEMENTS (telling))] : (uint8_t) g_rand_int (rand);
}

static size_t
random_packet (GRand *rand, LwDynamixelPacket *packet, uint8_t *bytes)
{
  bool status = g_rand_boolean (rand);

  packet->id = (uint8_t) g_rand_int_range (rand, 0, LW_DYNAMIXEL_MAX_ID + 1);
  packet->instruction = status ? LW_DYNAMIXEL_STATUS : (uint8_t) g_rand_int_range (rand, 1, 0x50);
  packet->error = status ? (uint8_t) g_rand_int (rand) : 0;
  packet->n_params = (uint16_t) g_rand_int_range (rand, 0, 40);
  for (size_t i = 0; i < packet->n_params; i++)
    packet->params[i] = telling_byte (rand);
  return status ? lw_dynamixel_build_status (bytes, LW_DYNAMIXEL_MAX_PACKET, packet->id, packet->error, packet->params, packet->n_params)
                : lw_dynamixel_build (bytes, LW_DYNAMIXEL_MAX_PACKET, packet->id, packet->instruction, packet->params, packet->n_params);
}

static void
make_stream (GRand *rand, Stream *stream)
{
  int n_parts = g_rand_int_range (rand, 1, MAX_EXPECTED);

  stream->n = stream->n_expected = 0;
  for (int part = 0; part < n_parts; part++)
    {
      uint8_t *at = stream->bytes + stream->n;
      LwDynamixelPacket packet;
      size_t n = random_packet (rand, &packet, at);

      switch (g_rand_int_range (rand, 0, 4))
        {
        case 0: /* one flipped bit */
          at[g_rand_int_range (rand, 0, (gint32) n)] ^= (uint8_t) (1u << g_rand_int_range (rand, 0, 8));
          break;
        case 1: /* cut off; the first byte behind is not the one that is missing, or nothing would be */
          n = (size_t) g_rand_int_range (rand, 0, (gint32) n);
          at[n++] ^= 0x80;
          break;
        default:
          stream->expected[stream->n_expected++] = packet;
          break;
        }
      stream->n += n;
    }
  /* Room for a damaged length to run out. */
  memset (stream->bytes + stream->n, 0, LW_DYNAMIXEL_MAX_PACKET);
  stream->n += LW_DYNAMIXEL_MAX_PACKET;
}

/* The packets found, in the order of the stream. Portions of random size, each parse on a copy of exactly what has come in. */
static size_t
feed (GRand *rand, const uint8_t *bytes, size_t n, LwDynamixelPacket *found, size_t max)
{
  size_t at = 0, end = 0, n_found = 0;

  while (end < n)
    {
      size_t portion = (size_t) g_rand_int_range (rand, 1, 400);
      LwDynamixelResult result;

      end = MIN (n, end + portion);
      do
        {
          g_autofree uint8_t *copy = g_memdup2 (bytes + at, end - at);
          LwDynamixelPacket packet;
          size_t used = 0;

          result = lw_dynamixel_parse (copy, end - at, 0, &packet, &used);
          g_assert_cmpuint (used, <=, end - at);
          g_assert_true ((used == 0) == (result == LW_DYNAMIXEL_MORE));
          at += used;
          if (result == LW_DYNAMIXEL_VALID && n_found < max)
            found[n_found++] = packet;
        }
      while (result != LW_DYNAMIXEL_MORE);
    }
  return n_found;
}

static bool
same_packet (const LwDynamixelPacket *a, const LwDynamixelPacket *b)
{
  return a->id == b->id && a->instruction == b->instruction && a->error == b->error && a->n_params == b->n_params
         && memcmp (a->params, b->params, a->n_params) == 0;
}

/* A damaged length may swallow what follows before its check fails; after that everything is looked at again, so nothing undamaged is missing.
 * What was cut and swallowed its successor passes a 16-bit check once in 65536 by chance, no more often. */
static void
test_streams (void)
{
  int n_streams = g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0 ? 100 * N_STREAMS : N_STREAMS;
  int n_accidents = 0;
  GRand *rand = g_rand_new_with_seed (20);
  Stream *stream = g_new (Stream, 1);
  LwDynamixelPacket *found = g_new (LwDynamixelPacket, 4 * MAX_EXPECTED);

  for (int s = 0; s < n_streams; s++)
    {
      size_t n_found, next = 0;

      make_stream (rand, stream);
      n_found = feed (rand, stream->bytes, stream->n, found, 4 * MAX_EXPECTED);
      for (size_t i = 0; i < n_found && next < stream->n_expected; i++)
        if (same_packet (&found[i], &stream->expected[next]))
          next++;
      if (next != stream->n_expected || n_found != stream->n_expected)
        n_accidents++;
    }
  g_assert_cmpint (n_accidents, <=, n_streams / 16384);
  g_free (found);
  g_free (stream);
  g_rand_free (rand);
}

/* Noise alone: no crash, no endless loop, and a chance of 2^-16 for a packet at most. */
static void
test_noise (void)
{
  GRand *rand = g_rand_new_with_seed (21);
  size_t n_found = 0;

  for (int s = 0; s < N_STREAMS / 10; s++)
    {
      uint8_t noise[1500];
      LwDynamixelPacket found[4];

      for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = telling_byte (rand);
      n_found += feed (rand, noise, sizeof noise, found, 4);
    }
  g_assert_cmpuint (n_found, <=, 3);
  g_rand_free (rand);
}

typedef struct {
  size_t           n_blocks;
  uint16_t         sizes[MAX_BLOCKS];
  uint8_t          data[MAX_BLOCKS][24];
  LwDynamixelBlock blocks[MAX_BLOCKS];
  size_t           n;
  uint8_t          bytes[LW_DYNAMIXEL_MAX_PACKET];
} FastReply;

static void
random_fast_reply (GRand *rand, FastReply *reply)
{
  reply->n_blocks = (size_t) g_rand_int_range (rand, 1, MAX_BLOCKS + 1);
  for (size_t i = 0; i < reply->n_blocks; i++)
    {
      reply->sizes[i] = (uint16_t) g_rand_int_range (rand, 1, 25);
      for (size_t k = 0; k < reply->sizes[i]; k++)
        reply->data[i][k] = telling_byte (rand);
      reply->blocks[i] = (LwDynamixelBlock){ .id = (uint8_t) (i + 1), .error = (uint8_t) g_rand_int (rand), .size = reply->sizes[i], .data = reply->data[i] };
    }
  reply->n = lw_dynamixel_fast_build (reply->bytes, sizeof reply->bytes, reply->blocks, reply->n_blocks);
  g_assert_cmpuint (reply->n, ==, lw_dynamixel_fast_size (reply->sizes, reply->n_blocks));
}

static bool
same_block (const LwDynamixelBlock *a, const LwDynamixelBlock *b)
{
  return a->id == b->id && a->error == b->error && a->size == b->size && memcmp (a->data, b->data, a->size) == 0;
}

/* The combined reply to a fast read, cut anywhere and with two neighbouring bytes damaged: no block but those the damage lies in is lost, unless both data and CRC of its
 * predecessor are hit, and none comes out as anything but what was sent. (Across the ends of data and of a block, one burst in tens of thousands passes a check
 * of 16 bits.) Found behind whatever stands in front; parsed on a copy of its exact size. */
static void
test_fast (void)
{
  int n_replies = g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0 ? 100 * N_STREAMS : N_STREAMS;
  GRand *rand = g_rand_new_with_seed (22);
  FastReply *reply = g_new (FastReply, 1);
  int n_unnoticed = 0;

  for (int s = 0; s < n_replies; s++)
    {
      LwDynamixelBlock found[MAX_BLOCKS];
      g_autofree uint8_t *copy = NULL;
      size_t cut, n_found, at, first = SIZE_MAX, last = SIZE_MAX;

      random_fast_reply (rand, reply);
      if (g_rand_boolean (rand))
        {
          first = (size_t) g_rand_int_range (rand, LW_DYNAMIXEL_FAST_PREFIX, (gint32) reply->n - 1);
          last = first + 1;
          reply->bytes[first] ^= (uint8_t) g_rand_int_range (rand, 1, 256);
          reply->bytes[last] ^= (uint8_t) g_rand_int_range (rand, 1, 256);
        }
      cut = g_rand_boolean (rand) ? reply->n : (size_t) g_rand_int_range (rand, 0, (gint32) reply->n);
      copy = g_memdup2 (reply->bytes, cut);
      g_assert_cmpuint (lw_dynamixel_fast_find (copy, cut, reply->n), ==, 0);
      n_found = lw_dynamixel_fast_parse (copy, cut, reply->sizes, reply->n_blocks, found);
      at = LW_DYNAMIXEL_FAST_PREFIX;
      for (size_t i = 0; i < n_found; i++)
        {
          size_t end = at + LW_DYNAMIXEL_FAST_OVERHEAD + reply->sizes[i];
          bool hit = (first >= at && first < end) || (last >= at && last < end) || last == at - 2;

          g_assert_true (hit || found[i].valid);
          if (found[i].valid && (last == at || last == end - 2))
            n_unnoticed += same_block (&found[i], &reply->blocks[i]) ? 0 : 1;
          else if (found[i].valid)
            g_assert_true (same_block (&found[i], &reply->blocks[i]));
          at = end;
        }
      g_assert_true (n_found == reply->n_blocks || cut < at + LW_DYNAMIXEL_FAST_OVERHEAD + reply->sizes[n_found]);
    }
  g_assert_cmpint (n_unnoticed, <=, n_replies / 20000);
  g_free (reply);
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/dynamixel-codec/streams", test_streams);
  g_test_add_func ("/fuzz/dynamixel-codec/noise", test_noise);
  g_test_add_func ("/fuzz/dynamixel-codec/fast", test_fast);
  return g_test_run ();
}
