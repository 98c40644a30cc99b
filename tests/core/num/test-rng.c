/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-rng.h"

#include <glib.h>
#include <math.h>
#include <string.h>

#include "lw-assert-close.h"
#include "lw-test-paths.h"

/* Random123 1.09, kat_vectors, the three lines of "philox4x32 10": counter, key, result. */
static const struct {
  uint32_t counter[4], key[2], out[4];
} published[] = {
  { { 0, 0, 0, 0 }, { 0, 0 }, { 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8 } },
  { { 0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff },
    { 0xffffffff, 0xffffffff },
    { 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd } },
  { { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 },
    { 0xa4093822, 0x299f31d0 },
    { 0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1 } },
};

static void
test_published_vectors (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (published); i++) {
    uint32_t out[4] = { 0 };
    lw_philox4x32 (published[i].counter, published[i].key, out);
    for (size_t j = 0; j < 4; j++)
      g_assert_cmphex (out[j], ==, published[i].out[j]);
  }
}

/* The stream is the bare generator on (block, purpose, iteration, episode) with the seed's halves as key. */
static void
test_stream_layout (void)
{
  LwRng rng;
  lw_rng_init (&rng, 0x299f31d0a4093822, LW_RNG_ACTION, 7, 11);
  for (uint32_t block = 0; block < 3; block++) {
    uint32_t counter[4] = { block, LW_RNG_ACTION, 7, 11 }, key[2] = { 0xa4093822, 0x299f31d0 }, out[4];
    lw_philox4x32 (counter, key, out);
    for (size_t j = 0; j < 4; j++)
      g_assert_cmphex (lw_rng_u32 (&rng), ==, out[j]);
  }
}

static void
test_same_name_same_bits (void)
{
  double a[101], b[101];
  LwRng rng, other;

  lw_rng_init (&rng, 42, LW_RNG_TEST, 3, 5);
  lw_rng_normals (&rng, a, 101);
  /* Drawing from another stream in between changes nothing. */
  lw_rng_init (&other, 42, LW_RNG_TEST, 3, 6);
  lw_rng_init (&rng, 42, LW_RNG_TEST, 3, 5);
  for (size_t i = 0; i < 101; i++) {
    b[i] = lw_rng_normal (&rng);
    lw_rng_u32 (&other);
  }
  g_assert_cmpmem (a, sizeof a, b, sizeof b);

  /* A copy goes on by itself, the spare half of a pair included. */
  lw_rng_init (&rng, 1, LW_RNG_TEST, 0, 0);
  lw_rng_normal (&rng);
  LwRng copy = rng;
  for (size_t i = 0; i < 9; i++)
    g_assert_true (lw_rng_normal (&rng) == lw_rng_normal (&copy)); /* the same bits, not merely close */
}

static size_t
count (void)
{
  return lw_test_is_long () ? 10000000 : 1000000;
}

/* Bounds are five standard errors of each estimate: a sound generator fails one in two million seeds, and this seed is fixed. */
static void
test_uniform_moments (void)
{
  size_t n = count ();
  double sum = 0, sum2 = 0, smallest = 1, largest = 0, bins[16] = { 0 };
  LwRng rng;

  lw_rng_init (&rng, 20240229, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < n; i++) {
    double u = lw_rng_uniform (&rng);
    smallest = fmin (smallest, u);
    largest = fmax (largest, u);
    sum += u;
    sum2 += (u - 0.5) * (u - 0.5);
    bins[(size_t) (u * 16)]++;
  }
  g_assert_cmpfloat (smallest, >, 0);
  g_assert_cmpfloat (largest, <, 1);
  g_assert_cmpfloat (smallest, <, 20.0 / (double) n);
  g_assert_cmpfloat (largest, >, 1 - 20.0 / (double) n);
  lw_assert_close (sum / (double) n, 0.5, 0, 5 * sqrt (1.0 / 12 / (double) n));
  lw_assert_close (sum2 / (double) n, 1.0 / 12, 0, 5 * sqrt (1.0 / 180 / (double) n));
  double chi2 = 0, expected = (double) n / 16;
  for (size_t i = 0; i < 16; i++)
    chi2 += (bins[i] - expected) * (bins[i] - expected) / expected;
  g_assert_cmpfloat (chi2, <, 44.3); /* chi-square, 15 degrees of freedom, 1e-4 */
}

static void
test_normal_moments (void)
{
  size_t n = count ();
  double m1 = 0, m2 = 0, m3 = 0, m4 = 0, lag = 0, before = 0;
  LwRng rng;

  lw_rng_init (&rng, 7, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < n; i++) {
    double x = lw_rng_normal (&rng);
    g_assert_true (isfinite (x));
    m1 += x;
    m2 += x * x;
    m3 += x * x * x;
    m4 += x * x * x * x;
    lag += x * before;
    before = x;
  }
  double error = 5 / sqrt ((double) n);
  lw_assert_close (m1 / (double) n, 0, 0, error);
  lw_assert_close (m2 / (double) n, 1, 0, error * sqrt (2));
  lw_assert_close (m3 / (double) n, 0, 0, error * sqrt (15));
  lw_assert_close (m4 / (double) n, 3, 0, error * sqrt (96));
  lw_assert_close (lag / (double) n, 0, 0, error);
}

/* Streams that differ in one part of their name only are uncorrelated. */
static void
test_streams_independent (void)
{
  enum { N = 100000 };
  LwRng base, others[5];

  lw_rng_init (&base, 1, LW_RNG_CONTEXT, 1, 1);
  lw_rng_init (&others[0], 2, LW_RNG_CONTEXT, 1, 1);
  lw_rng_init (&others[1], 1, LW_RNG_ACTION, 1, 1);
  lw_rng_init (&others[2], 1, LW_RNG_CONTEXT, 2, 1);
  lw_rng_init (&others[3], 1, LW_RNG_CONTEXT, 1, 2);
  lw_rng_init (&others[4], 1 + (UINT64_C (1) << 32), LW_RNG_CONTEXT, 1, 1);
  double product[5] = { 0 };
  for (size_t i = 0; i < N; i++) {
    double x = lw_rng_normal (&base);
    for (size_t j = 0; j < 5; j++)
      product[j] += x * lw_rng_normal (&others[j]);
  }
  for (size_t j = 0; j < 5; j++)
    lw_assert_close (product[j] / N, 0, 0, 5 / sqrt (N));
}

static void
test_below (void)
{
  enum { N = 300000, K = 7 };
  double counts[K] = { 0 };
  LwRng rng;

  lw_rng_init (&rng, 3, LW_RNG_TEST, 0, 0);
  g_assert_cmpuint (lw_rng_below (&rng, 0), ==, 0);
  g_assert_cmpuint (lw_rng_below (&rng, 1), ==, 0);
  for (size_t i = 0; i < N; i++) {
    size_t x = lw_rng_below (&rng, K);
    g_assert_cmpuint (x, <, K);
    counts[x]++;
  }
  for (size_t k = 0; k < K; k++)
    lw_assert_close (counts[k] / N, 1.0 / K, 0, 5 * sqrt (1.0 / K * (1 - 1.0 / K) / N));

  /* Of three quarters of the range, every fourth number must be refused: folded, it would double the first third. */
  size_t huge = 3 * (SIZE_MAX / 4 + 1), first_third = 0;
  for (size_t i = 0; i < 10000; i++) {
    size_t x = lw_rng_below (&rng, huge);
    g_assert_cmpuint (x, <, huge);
    first_third += x < huge / 3;
  }
  lw_assert_close ((double) first_third / 10000, 1.0 / 3, 0, 0.03);
}

static void
test_categorical (void)
{
  enum { N = 400000, K = 5 };
  const double p[K] = { 0.5, 0.25, 0.125, 0, 0.125 };
  double log_p[K], counts[K] = { 0 };
  LwRng rng;

  /* Not normalised, far below where exp() underflows, one impossible. */
  for (size_t k = 0; k < K; k++)
    log_p[k] = log (p[k]) - 3e7;
  lw_rng_init (&rng, 5, LW_RNG_TEST, 0, 0);
  for (size_t i = 0; i < N; i++)
    counts[lw_rng_categorical (&rng, log_p, K)]++;
  g_assert_cmpfloat (counts[3], ==, 0);
  for (size_t k = 0; k < K; k++)
    lw_assert_close (counts[k] / N, p[k], 0, 5 * sqrt (p[k] * (1 - p[k]) / N));

  /* Impossible entries at either end are never taken, whatever rounding does. */
  double edge[3] = { -HUGE_VAL, 0, -HUGE_VAL };
  for (size_t i = 0; i < 1000; i++)
    g_assert_cmpuint (lw_rng_categorical (&rng, edge, 3), ==, 1);
  double far[2] = { 0, -800 };
  for (size_t i = 0; i < 1000; i++)
    g_assert_cmpuint (lw_rng_categorical (&rng, far, 2), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rng/published-vectors", test_published_vectors);
  g_test_add_func ("/rng/stream-layout", test_stream_layout);
  g_test_add_func ("/rng/same-name-same-bits", test_same_name_same_bits);
  g_test_add_func ("/rng/uniform-moments", test_uniform_moments);
  g_test_add_func ("/rng/normal-moments", test_normal_moments);
  g_test_add_func ("/rng/streams-independent", test_streams_independent);
  g_test_add_func ("/rng/below", test_below);
  g_test_add_func ("/rng/categorical", test_categorical);
  return g_test_run ();
}
