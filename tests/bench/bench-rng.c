/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-bench.h"
#include "lw-rng.h"

enum { COUNT = 1000 };

typedef struct {
  LwRng  rng;
  double x[COUNT];
} Bench;

static void
normals (gpointer data)
{
  Bench *b = data;
  lw_rng_normals (&b->rng, b->x, COUNT);
}

static void
uniforms (gpointer data)
{
  Bench *b = data;
  for (size_t i = 0; i < COUNT; i++)
    b->x[i] = lw_rng_uniform (&b->rng);
}

int
main (void)
{
  /* The generator is the published one before its speed is of interest. */
  const uint32_t counter[4] = { 0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344 }, key[2] = { 0xa4093822, 0x299f31d0 };
  uint32_t out[4];
  lw_philox4x32 (counter, key, out);
  g_assert_cmphex (out[0], ==, 0xd16cfe09);
  g_assert_cmphex (out[3], ==, 0x24126ea1);

  static Bench b;
  lw_rng_init (&b.rng, 1, LW_RNG_TEST, 0, 0);
  lw_bench_run ("num/rng-uniform", "count=1000", NULL, uniforms, &b);
  lw_bench_run ("num/rng-normal", "count=1000", NULL, normals, &b);
  return 0;
}
