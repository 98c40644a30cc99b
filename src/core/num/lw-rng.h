/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* Counter-based random numbers: Philox 4x32-10 (Salmon et al., SC'11). A stream is named, not seeded in sequence:
 * (seed, purpose, iteration, episode) gives the same numbers whatever was drawn elsewhere, in whatever thread or order.
 * Values on the stack; copy freely. */
typedef enum {
  LW_RNG_TEST = 1,
  LW_RNG_INIT,        /* starts of iterative fits (k-means++) */
  LW_RNG_NOISE,       /* noise added to contexts before a fit */
  LW_RNG_CONTEXT,     /* contexts of training episodes */
  LW_RNG_ACTION,      /* the policy's draws in training episodes */
  LW_RNG_EVALUATE,    /* contexts of test episodes */
  LW_RNG_EVALUATE_ACTION,
  LW_RNG_DEMONSTRATE, /* demonstration generators */
  LW_RNG_SIMULATOR,   /* jitter and faults of simulated devices */
  LW_RNG_PREVIEW,     /* what the window draws for the person to look at */
} LwRngPurpose;

typedef struct {
  uint32_t key[2];     /* seed */
  uint32_t counter[4]; /* block, purpose, iteration, episode */
  uint32_t block[4];   /* numbers of the current block */
  uint32_t used;       /* of block, 4 = none left */
  double   spare;      /* second half of a Box-Muller pair */
  uint32_t has_spare;
} LwRng;

void     lw_rng_init    (LwRng *rng, uint64_t seed, LwRngPurpose purpose, uint32_t iteration, uint32_t episode);
uint32_t lw_rng_u32     (LwRng *rng);
double   lw_rng_uniform (LwRng *rng);                    /* in (0, 1), 53 bits */
double   lw_rng_normal  (LwRng *rng);                    /* N(0, 1) */
void     lw_rng_normals (LwRng *rng, double *x, size_t n);
size_t   lw_rng_below   (LwRng *rng, size_t n);          /* 0 .. n-1, unbiased */
size_t   lw_rng_categorical (LwRng *rng, const double *log_p, size_t n); /* log_p need not be normalised */
/* The bare generator, for tests against the published vectors. */
void     lw_philox4x32  (const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);
