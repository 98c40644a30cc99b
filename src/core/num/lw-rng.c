/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-rng.h"

#include <math.h>

/* Constants of Philox 4x32: two multipliers, two Weyl increments of the key [Salmon et al., SC'11, section 4.3]. */
#define PHILOX_M0 0xD2511F53u
#define PHILOX_M1 0xCD9E8D57u
#define PHILOX_W0 0x9E3779B9u
#define PHILOX_W1 0xBB67AE85u
#define PHILOX_ROUNDS 10

void
lw_philox4x32 (const uint32_t counter[4], const uint32_t key[2], uint32_t out[4])
{
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3];
  uint32_t k0 = key[0], k1 = key[1];

  for (int round = 0; round < PHILOX_ROUNDS; round++) {
    uint64_t p0 = (uint64_t) PHILOX_M0 * c0;
    uint64_t p1 = (uint64_t) PHILOX_M1 * c2;
    c0 = (uint32_t) (p1 >> 32) ^ c1 ^ k0;
    c1 = (uint32_t) p1;
    c2 = (uint32_t) (p0 >> 32) ^ c3 ^ k1;
    c3 = (uint32_t) p0;
    k0 += PHILOX_W0;
    k1 += PHILOX_W1;
  }
  out[0] = c0;
  out[1] = c1;
  out[2] = c2;
  out[3] = c3;
}

void
lw_rng_init (LwRng *rng, uint64_t seed, LwRngPurpose purpose, uint32_t iteration, uint32_t episode)
{
  *rng = (LwRng){
    .key = { (uint32_t) seed, (uint32_t) (seed >> 32) },
    .counter = { 0, (uint32_t) purpose, iteration, episode },
    .used = 4,
  };
}

uint32_t
lw_rng_u32 (LwRng *rng)
{
  if (rng->used >= 4) {
    lw_philox4x32 (rng->counter, rng->key, rng->block);
    rng->counter[0]++;
    rng->used = 0;
  }
  return rng->block[rng->used++];
}

static uint64_t
next_u64 (LwRng *rng)
{
  uint64_t high = lw_rng_u32 (rng);
  return high << 32 | lw_rng_u32 (rng);
}

double
lw_rng_uniform (LwRng *rng)
{
  for (;;) {
    uint64_t bits = next_u64 (rng) >> 11;
    if (bits != 0)
      return (double) bits * 0x1p-53;
  }
}

double
lw_rng_normal (LwRng *rng)
{
  if (rng->has_spare) {
    rng->has_spare = 0;
    return rng->spare;
  }
  /* Box-Muller: no rejection, so the count of numbers used never depends on their values. */
  double radius = sqrt (-2 * log (lw_rng_uniform (rng)));
  double angle = 2 * M_PI * lw_rng_uniform (rng);
  rng->spare = radius * sin (angle);
  rng->has_spare = 1;
  return radius * cos (angle);
}

void
lw_rng_normals (LwRng *rng, double *x, size_t n)
{
  for (size_t i = 0; i < n; i++)
    x[i] = lw_rng_normal (rng);
}

size_t
lw_rng_below (LwRng *rng, size_t n)
{
  if (n < 2)
    return 0;
  /* 2^64 mod n values at the bottom are refused: what remains is a multiple of n. */
  uint64_t range = n;
  uint64_t refused = -range % range;
  for (;;) {
    uint64_t x = next_u64 (rng);
    if (x >= refused)
      return (size_t) (x % range);
  }
}

size_t
lw_rng_categorical (LwRng *rng, const double *log_p, size_t n)
{
  double largest = -HUGE_VAL;
  for (size_t i = 0; i < n; i++)
    largest = fmax (largest, log_p[i]);

  double total = 0;
  for (size_t i = 0; i < n; i++)
    if (log_p[i] > -HUGE_VAL)
      total += exp (log_p[i] - largest);

  double threshold = lw_rng_uniform (rng) * total;
  double sum = 0;
  size_t last = 0; /* takes what rounding leaves over */
  for (size_t i = 0; i < n; i++) {
    if (!(log_p[i] > -HUGE_VAL))
      continue;
    double p = exp (log_p[i] - largest);
    if (p == 0)
      continue;
    sum += p;
    last = i;
    if (threshold < sum)
      break;
  }
  return last;
}
