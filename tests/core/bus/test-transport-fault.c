/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What harm a reader and a writer of a scripted line notice; when things come is in test-transport-fault-time.c. */
#include <errno.h>
#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-test-bus.h"
#include "lw-transport-fault.h"
#include "written-line.h"

/* Without a fault nothing is different. */
static void
test_none (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ 0 });
  LwTransportHarm harm;

  say (script, 3 * MS, "one");
  say (script, 3 * MS, "two");
  g_assert_cmpstr (transport->klass->kind, ==, "faulty");
  g_assert_cmpstr (transport->name, ==, "script");
  g_assert_cmpuint (transport->baud, ==, 57600);
  write_text (transport, "ask");
  g_assert_cmpmem (script->heard->data, script->heard->len, "ask", 3);
  expect_silence (transport, 2 * MS);
  expect (transport, "one", 3 * MS);
  expect (transport, "two", 3 * MS);
  expect_silence (transport, 5 * MS);
  lw_transport_fault_harm (transport, &harm);
  g_assert_cmpuint (harm.chunks_in, ==, 2);
  g_assert_cmpuint (harm.chunks_out, ==, 1);
  g_assert_cmpuint (harm.lost + harm.corrupt + harm.cut + harm.lost_out + harm.corrupt_out + harm.garbage, ==, 0);
  lw_transport_free (transport);
}

static void
test_speed (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ 0 });

  g_assert_cmpint (lw_transport_set_baud (transport, 115200), ==, LW_IO_OK);
  g_assert_cmpuint (transport->baud, ==, 115200);
  g_assert_cmpuint (script->base.baud, ==, 115200);
  g_assert_cmpint (lw_transport_set_baud (transport, 4000000), ==, LW_IO_FAILED);
  g_assert_cmpuint (transport->baud, ==, 115200);
  g_assert_cmpint (transport->last_errno, ==, EINVAL);
  lw_transport_free (transport);
}

/* How many chunks of the numbered script came how, found by looking at each. */
typedef struct {
  uint64_t whole, one_bit, shorter, longer, missing;
} Seen;

#define N_NUMBERS 20000

static void
look (const LwTransportFaults *faults, Seen *seen, LwTransportHarm *harm)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, faults);

  *seen = (Seen){ 0 };
  say_numbers (script, N_NUMBERS);
  for (uint32_t i = 0; i < N_NUMBERS; i++)
    {
      uint8_t bytes[64], sent[8];
      size_t n = 0;
      unsigned bits = 0;

      memcpy (sent, &i, 4);
      memcpy (sent + 4, &i, 4);
      if (read_until (transport, bytes, sizeof bytes, &n, i * MS) == LW_IO_TIMEOUT)
        {
          seen->missing++;
          continue;
        }
      if (n > 8)
        {
          g_assert_cmpmem (bytes + n - 8, 8, sent, 8);
          seen->longer++;
          continue;
        }
      for (size_t k = 0; k < n; k++)
        bits += (unsigned) __builtin_popcount (bytes[k] ^ sent[k]);
      seen->shorter += n < 8;
      seen->one_bit += bits == 1;
      seen->whole += bits == 0 && n == 8;
      g_assert_cmpuint (bits, <=, 1);
    }
  lw_transport_fault_harm (transport, harm);
  g_assert_cmpuint (harm->chunks_in, ==, N_NUMBERS);
  lw_transport_free (transport);
}

/* A count of a fraction @p of N_NUMBERS, within five standard deviations. */
static void
assert_fraction (uint64_t count, double p)
{
  g_assert_cmpfloat (fabs ((double) count - p * N_NUMBERS), <=, 5.0 * sqrt (p * (1.0 - p) * N_NUMBERS));
  g_assert_cmpuint (count, >, 0);
}

/* Each harm alone: what the counters say is what a reader finds, and the fraction is the one that was asked for. */
static void
test_fractions (void)
{
  LwTransportHarm harm;
  Seen seen;

  look (&(LwTransportFaults){ .lost = 0.02, .seed = 1 }, &seen, &harm);
  assert_fraction (harm.lost, 0.02);
  g_assert_cmpuint (seen.missing, ==, harm.lost);
  g_assert_cmpuint (seen.whole, ==, N_NUMBERS - harm.lost);

  look (&(LwTransportFaults){ .corrupt = 0.01, .seed = 2 }, &seen, &harm);
  assert_fraction (harm.corrupt, 0.01);
  g_assert_cmpuint (seen.one_bit, ==, harm.corrupt);
  g_assert_cmpuint (seen.whole, ==, N_NUMBERS - harm.corrupt);

  look (&(LwTransportFaults){ .cut = 0.05, .seed = 3 }, &seen, &harm);
  assert_fraction (harm.cut, 0.05);
  g_assert_cmpuint (seen.shorter, ==, harm.cut);
  g_assert_cmpuint (seen.whole, ==, N_NUMBERS - harm.cut);

  look (&(LwTransportFaults){ .garbage = 0.03, .seed = 4 }, &seen, &harm);
  assert_fraction (harm.garbage, 0.03);
  g_assert_cmpuint (seen.longer, ==, harm.garbage);
  g_assert_cmpuint (seen.whole, ==, N_NUMBERS - harm.garbage);
}

/* Together: of what was not lost the others take their own fractions. */
static void
test_together (void)
{
  LwTransportHarm harm;
  Seen seen;

  look (&(LwTransportFaults){ .lost = 0.1, .corrupt = 0.2, .cut = 0.3, .seed = 5 }, &seen, &harm);
  assert_fraction (harm.lost, 0.1);
  assert_fraction (harm.corrupt, 0.9 * 0.2);
  assert_fraction (harm.cut, 0.9 * 0.3);
  g_assert_cmpuint (seen.missing, ==, harm.lost);
  g_assert_cmpuint (seen.one_bit, ==, harm.corrupt);
  g_assert_cmpuint (seen.shorter, ==, harm.cut);
}

/* Everything, and what is left of a line on which everything is lost. */
static void
test_extremes (void)
{
  LwTransportHarm harm;
  Seen seen;

  look (&(LwTransportFaults){ .lost = 1.0 }, &seen, &harm);
  g_assert_cmpuint (harm.lost, ==, N_NUMBERS);
  g_assert_cmpuint (seen.missing, ==, N_NUMBERS);
  look (&(LwTransportFaults){ .cut = 1.0, .corrupt = 1.0 }, &seen, &harm);
  g_assert_cmpuint (seen.shorter, ==, N_NUMBERS);
  g_assert_cmpuint (seen.one_bit, ==, N_NUMBERS);
  g_assert_cmpuint (harm.cut, ==, N_NUMBERS);
  g_assert_cmpuint (harm.corrupt, ==, N_NUMBERS);
}

static void
test_cut_of_one_byte (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ .cut = 1.0, .corrupt = 1.0 });
  LwTransportHarm harm;

  say (script, 0, "x");
  expect_silence (transport, 5 * MS);
  lw_transport_fault_harm (transport, &harm);
  g_assert_cmpuint (harm.cut, ==, 1);
  g_assert_cmpuint (harm.corrupt, ==, 0); /* nothing was left to corrupt */
  lw_transport_free (transport);
}

/* Requests: what is lost never arrives, the caller does not notice; what is corrupt differs by one bit and leaves the caller's bytes alone. */
static void
test_outgoing (void)
{
  static const LwTransportFaults faults = { .lost_out = 0.2, .corrupt_out = 0.3, .seed = 6 };
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &faults);
  uint64_t whole = 0, one_bit = 0;
  LwTransportHarm harm;

  for (uint32_t i = 0; i < N_NUMBERS; i++)
    {
      uint8_t bytes[8], sent[8];
      unsigned bits = 0;

      memcpy (bytes, &i, 4);
      memcpy (bytes + 4, &i, 4);
      memcpy (sent, bytes, 8);
      g_byte_array_set_size (script->heard, 0);
      g_assert_cmpint (transport->klass->write (transport, bytes, 8, 0), ==, LW_IO_OK);
      g_assert_cmpmem (bytes, 8, sent, 8);
      if (script->heard->len == 0)
        continue;
      for (size_t k = 0; k < 8; k++)
        bits += (unsigned) __builtin_popcount (script->heard->data[k] ^ sent[k]);
      g_assert_cmpuint (bits, <=, 1);
      whole += bits == 0;
      one_bit += bits == 1;
    }
  lw_transport_fault_harm (transport, &harm);
  g_assert_cmpuint (harm.chunks_out, ==, N_NUMBERS);
  assert_fraction (harm.lost_out, 0.2);
  assert_fraction (harm.corrupt_out, 0.8 * 0.3);
  g_assert_cmpuint (one_bit, ==, harm.corrupt_out);
  g_assert_cmpuint (whole, ==, N_NUMBERS - harm.lost_out - harm.corrupt_out);
  lw_transport_free (transport);
}

/* A packet of more than one chunk arrives whole and in order. */
static void
test_long_write (void)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, &(LwTransportFaults){ 0 });
  g_autofree uint8_t *bytes = g_malloc (10000);

  for (size_t i = 0; i < 10000; i++)
    bytes[i] = (uint8_t) (i * 7);
  g_assert_cmpint (transport->klass->write (transport, bytes, 10000, 0), ==, LW_IO_OK);
  g_assert_cmpmem (script->heard->data, script->heard->len, bytes, 10000);
  lw_transport_free (transport);
}

/* Everything read from the numbered script, with when: (the same array) for the same seed. */
static GByteArray *
record (const LwTransportFaults *faults)
{
  Script *script = script_new ();
  LwTransport *transport = lw_transport_fault_new (&script->base, faults);
  GByteArray *all = g_byte_array_new ();
  uint8_t bytes[64];
  size_t n;

  script->hangs_up = true;
  say_numbers (script, 2000);
  while (read_until (transport, bytes, sizeof bytes, &n, G_MAXINT64) == LW_IO_OK)
    {
      int64_t now = lw_clock_now (transport->clock);

      g_byte_array_append (all, (const guint8 *) &now, sizeof now);
      g_byte_array_append (all, bytes, (guint) n);
    }
  lw_transport_free (transport);
  return all;
}

static void
test_same_seed (void)
{
  LwTransportFaults faults = { .lost = 0.1, .corrupt = 0.1, .cut = 0.1, .garbage = 0.1, .delay = 0.001, .delay_jitter = 0.001, .seed = 42 };
  g_autoptr (GByteArray) first = record (&faults), second = record (&faults), other = NULL;

  g_assert_cmpmem (first->data, first->len, second->data, second->len);
  faults.seed = 43;
  other = record (&faults);
  g_assert_false (other->len == first->len && memcmp (other->data, first->data, first->len) == 0);
}

/* One harm does not move another: with and without corruption the same chunks are lost. */
static void
test_independent (void)
{
  LwTransportHarm with, without;
  Seen seen;

  look (&(LwTransportFaults){ .lost = 0.05, .seed = 7 }, &seen, &without);
  look (&(LwTransportFaults){ .lost = 0.05, .corrupt = 0.5, .cut = 0.5, .garbage = 0.0, .seed = 7 }, &seen, &with);
  g_assert_cmpuint (with.lost, ==, without.lost);
  g_assert_cmpuint (seen.missing, ==, without.lost);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/transport-fault/none", test_none);
  g_test_add_func ("/transport-fault/speed", test_speed);
  g_test_add_func ("/transport-fault/fractions", test_fractions);
  g_test_add_func ("/transport-fault/together", test_together);
  g_test_add_func ("/transport-fault/extremes", test_extremes);
  g_test_add_func ("/transport-fault/cut-of-one-byte", test_cut_of_one_byte);
  g_test_add_func ("/transport-fault/outgoing", test_outgoing);
  g_test_add_func ("/transport-fault/long-write", test_long_write);
  g_test_add_func ("/transport-fault/same-seed", test_same_seed);
  g_test_add_func ("/transport-fault/independent", test_independent);
  return g_test_run ();
}
