/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>
#include <string.h>

#include "lw-feetech-codec.h"

/* A bounded number of seeded streams through the parser: packets of random content, cut, flipped, mixed with noise rich in header bytes, and fed in random portions.
 * Undamaged packets come out as they went in; nothing is read outside the bytes given (the portions are copied to their exact size, so
 * that a sanitizer sees it). LW_LONG=1 runs a hundred times as many. */
#define N_STREAMS    20000
#define MAX_PARTS    8
#define MAX_STREAM   (MAX_PARTS * LW_FEETECH_MAX_PACKET + 2 * LW_FEETECH_MAX_PACKET)

typedef struct {
  uint8_t         bytes[MAX_STREAM];
  size_t          n;
  LwFeetechPacket expected[MAX_PARTS];
  size_t          n_expected;
} Stream;

static bool
is_long (void)
{
  return g_strcmp0 (g_getenv ("LW_LONG"), "1") == 0;
}

static uint8_t
telling_byte (GRand *rand)
{
  static const uint8_t telling[] = { 0xFF, 0xFF, 0xFF, 0x00, 0x02, 0xFE, 0x01, 0x04 };

  return g_rand_boolean (rand) ? telling[g_rand_int_range (rand, 0, G_N_ELEMENTS (telling))] : (uint8_t) g_rand_int (rand);
}

static size_t
random_packet (GRand *rand, LwFeetechPacket *packet, uint8_t *bytes)
{
  packet->id = (uint8_t) g_rand_int_range (rand, 0, LW_FEETECH_BROADCAST + 1);
  packet->code = (uint8_t) g_rand_int (rand);
  packet->n_params = (uint8_t) g_rand_int_range (rand, 0, g_rand_int_range (rand, 0, 20) == 0 ? LW_FEETECH_MAX_PARAMS + 1 : 16);
  for (size_t i = 0; i < packet->n_params; i++)
    packet->params[i] = telling_byte (rand);
  return lw_feetech_build (bytes, LW_FEETECH_MAX_PACKET, packet->id, packet->code, packet->params, packet->n_params);
}

/* Undamaged packets, one after the other, with noise that contains no FF between them. */
static void
make_clean_stream (GRand *rand, Stream *stream)
{
  int n_parts = g_rand_int_range (rand, 1, MAX_PARTS + 1);

  stream->n = stream->n_expected = 0;
  for (int part = 0; part < n_parts; part++)
    {
      for (int noise = g_rand_int_range (rand, 0, 4); noise > 0; noise--)
        stream->bytes[stream->n++] = (uint8_t) g_rand_int_range (rand, 0, 0xFF);
      stream->n += random_packet (rand, &stream->expected[stream->n_expected++], stream->bytes + stream->n);
    }
}

/* The same with packets flipped, cut or preceded by half a header; room behind for a damaged length to run out. */
static void
make_damaged_stream (GRand *rand, Stream *stream)
{
  int n_parts = g_rand_int_range (rand, 1, MAX_PARTS + 1);

  stream->n = stream->n_expected = 0;
  for (int part = 0; part < n_parts; part++)
    {
      uint8_t *at = stream->bytes + stream->n;
      LwFeetechPacket packet;
      size_t n = random_packet (rand, &packet, at);

      switch (g_rand_int_range (rand, 0, 4))
        {
        case 0:
          at[g_rand_int_range (rand, 0, (gint32) n)] ^= (uint8_t) (1u << g_rand_int_range (rand, 0, 8));
          break;
        case 1:
          n = (size_t) g_rand_int_range (rand, 0, (gint32) n);
          break;
        default:
          stream->expected[stream->n_expected++] = packet;
          break;
        }
      stream->n += n;
    }
  memset (stream->bytes + stream->n, 0, LW_FEETECH_MAX_PACKET);
  stream->n += LW_FEETECH_MAX_PACKET;
}

/* The packets found, in the order of the stream. Portions of random size, each parse on a copy of exactly what has come in. */
static size_t
feed (GRand *rand, const uint8_t *bytes, size_t n, LwFeetechPacket *found, size_t max)
{
  size_t at = 0, end = 0, n_found = 0;

  while (end < n)
    {
      size_t portion = (size_t) g_rand_int_range (rand, 1, 400);
      LwFeetechResult result;

      end = MIN (n, end + portion);
      do
        {
          g_autofree uint8_t *copy = g_memdup2 (bytes + at, end - at);
          LwFeetechPacket packet;
          size_t used = 0;

          result = lw_feetech_parse (copy, end - at, 0, &packet, &used);
          g_assert_cmpuint (used, <=, end - at);
          g_assert_true ((used == 0) == (result == LW_FEETECH_MORE));
          if (result == LW_FEETECH_VALID)
            {
              uint8_t again[LW_FEETECH_MAX_PACKET];

              /* What is taken for a packet is one, byte for byte. */
              g_assert_cmpuint (lw_feetech_build (again, sizeof again, packet.id, packet.code, packet.params, packet.n_params), ==, used);
              g_assert_cmpint (memcmp (again, copy, used), ==, 0);
              if (n_found < max)
                found[n_found++] = packet;
            }
          at += used;
        }
      while (result != LW_FEETECH_MORE);
    }
  return n_found;
}

static bool
same_packet (const LwFeetechPacket *a, const LwFeetechPacket *b)
{
  return a->id == b->id && a->code == b->code && a->n_params == b->n_params && memcmp (a->params, b->params, a->n_params) == 0;
}

/* Exactly what was sent comes out. */
static void
test_clean (void)
{
  int n_streams = is_long () ? 100 * N_STREAMS : N_STREAMS;
  GRand *rand = g_rand_new_with_seed (30);
  Stream *stream = g_new (Stream, 1);
  LwFeetechPacket *found = g_new (LwFeetechPacket, 4 * MAX_PARTS);

  for (int s = 0; s < n_streams; s++)
    {
      size_t n_found;

      make_clean_stream (rand, stream);
      n_found = feed (rand, stream->bytes, stream->n, found, 4 * MAX_PARTS);
      g_assert_cmpuint (n_found, ==, stream->n_expected);
      for (size_t i = 0; i < n_found; i++)
        g_assert_true (same_packet (&found[i], &stream->expected[i]));
    }
  g_free (found);
  g_free (stream);
  g_rand_free (rand);
}

/* Eight bits of check let damage through now and then, and what was let through may swallow the head of its successor; nine packets in ten survive even here, where half
 * of their neighbours are damaged and the lengths that can come are not known. */
static void
test_damaged (void)
{
  int n_streams = is_long () ? 100 * N_STREAMS : N_STREAMS;
  uint64_t n_sent = 0, n_survived = 0;
  GRand *rand = g_rand_new_with_seed (31);
  Stream *stream = g_new (Stream, 1);
  LwFeetechPacket *found = g_new (LwFeetechPacket, 16 * MAX_PARTS);

  for (int s = 0; s < n_streams; s++)
    {
      size_t n_found, next = 0;

      make_damaged_stream (rand, stream);
      n_found = feed (rand, stream->bytes, stream->n, found, 16 * MAX_PARTS);
      n_sent += stream->n_expected;
      for (size_t i = 0; i < stream->n_expected; i++)
        for (size_t k = next; k < n_found; k++)
          if (same_packet (&found[k], &stream->expected[i]))
            {
              next = k + 1;
              n_survived++;
              break;
            }
    }
  g_test_message ("%" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT " undamaged packets found", n_survived, n_sent);
  g_assert_cmpuint (n_survived * 10, >=, n_sent * 9);
  g_free (found);
  g_free (stream);
  g_rand_free (rand);
}

/* Noise alone: no crash, no endless loop; what comes out is a packet by its own rules (see feed). */
static void
test_noise (void)
{
  GRand *rand = g_rand_new_with_seed (32);

  for (int s = 0; s < N_STREAMS / 10; s++)
    {
      uint8_t noise[1500];
      LwFeetechPacket found[1];

      for (size_t i = 0; i < sizeof noise; i++)
        noise[i] = telling_byte (rand);
      feed (rand, noise, sizeof noise, found, G_N_ELEMENTS (found));
    }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/fuzz/feetech-codec/clean", test_clean);
  g_test_add_func ("/fuzz/feetech-codec/damaged", test_damaged);
  g_test_add_func ("/fuzz/feetech-codec/noise", test_noise);
  return g_test_run ();
}
