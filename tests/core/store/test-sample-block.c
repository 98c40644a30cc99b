/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sample-block.h"

#include "lw-test-store.h"

static void
test_measured (void)
{
  for (size_t n_joints = 1; n_joints <= LW_MAX_JOINTS; n_joints++) {
    g_autoptr (GByteArray) block = g_byte_array_new ();
    LwBlockKind kind;
    size_t joints, n;

    lw_block_begin (block, LW_BLOCK_MEASURED, n_joints);
    for (guint i = 0; i < 9; i++) {
      LwSample sample = lw_test_sample (3, i, n_joints);
      lw_block_append (block, &sample, i * i);
    }
    g_assert_cmpuint (block->len, ==, 16 + 9 * (32 + 32 * n_joints));
    g_assert_true (lw_block_inspect (block->data, block->len, &kind, &joints, &n));
    g_assert_cmpint (kind, ==, LW_BLOCK_MEASURED);
    g_assert_cmpuint (joints, ==, n_joints);
    g_assert_cmpuint (n, ==, 9);
    for (guint i = 0; i < 9; i++) {
      LwSample expected = lw_test_sample (3, i, n_joints), sample;
      uint32_t dropped;
      lw_block_get (block->data, i, &sample, &dropped);
      lw_test_assert_same_sample (&sample, &expected);
      g_assert_cmpuint (dropped, ==, i * i);
    }
  }
}

/* The bytes of one small block, written out by hand from the description in the header. */
static void
test_bytes (void)
{
  static const guint8 expected[] = {
    'L', 'W', 'S', 'B', 1, 0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0,             /* header: version 1, measured, 1 joint, 1 record */
    8, 7, 6, 5, 4, 3, 2, 1, 0xfe, 0xff, 0xff, 0xff, 5, 0, 0, 0,         /* t_ns, round trip -2, cycle 5 */
    2, 0, 0, 0, 0, 0, 0x80, 0x3f, 2, 8, 1, 0, 0, 0, 0, 0,               /* 2 dropped, 1 degree, mode, limited, flags */
    0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0,            /* q 1, dq -2 */
    0, 0, 0, 0, 0, 0, 0xe0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0x80,            /* load 0.5, goal -0 */
  };
  g_autoptr (GByteArray) block = g_byte_array_new ();
  LwSample sample = { .t_ns = 0x0102030405060708,
                      .round_trip_ns = -2,
                      .cycle = 5,
                      .n_joints = 1,
                      .mode = 2,
                      .limited = 8,
                      .flags = 1,
                      .temperature = 1,
                      .q = { 1 },
                      .dq = { -2 },
                      .load = { 0.5 },
                      .goal = { -0.0 } };

  lw_block_begin (block, LW_BLOCK_MEASURED, 1);
  lw_block_append (block, &sample, 2);
  g_assert_cmpmem (block->data, block->len, expected, sizeof expected);
}

static void
test_given (void)
{
  g_autoptr (GByteArray) block = g_byte_array_new ();
  double q[2] = { NAN, NAN };
  LwBlockKind kind;
  LwSample sample;
  size_t joints, n;
  uint32_t dropped;

  lw_block_begin (block, LW_BLOCK_GIVEN, 2);
  lw_block_append_given (block, 0.1, (double[]){ 1.5, -2.5 });
  lw_block_append_given (block, 0.30000000000000004, (double[]){ 3.5, 0.1 });
  g_assert_true (lw_block_inspect (block->data, block->len, &kind, &joints, &n));
  g_assert_cmpint (kind, ==, LW_BLOCK_GIVEN);
  g_assert_cmpuint (n, ==, 2);
  g_assert_true (lw_block_get_given (block->data, 1, q) == 0.30000000000000004);
  g_assert_true (q[0] == 3.5 && q[1] == 0.1);
  lw_block_get (block->data, 1, &sample, &dropped);
  g_assert_cmpint (sample.t_ns, ==, 300000000);
  g_assert_true (sample.q[1] == 0.1 && isnan (sample.dq[0]) && isnan (sample.load[1]) && isnan (sample.goal[0]));
}

/* Every truncation, and every header byte wrong, is noticed. */
static void
test_damaged (void)
{
  g_autoptr (GByteArray) block = g_byte_array_new ();
  LwBlockKind kind;
  size_t joints, n;

  lw_block_begin (block, LW_BLOCK_MEASURED, 2);
  for (guint i = 0; i < 3; i++) {
    LwSample sample = lw_test_sample (1, i, 2);
    lw_block_append (block, &sample, 0);
  }
  for (guint size = 0; size < block->len; size++) {
    g_autofree guint8 *copy = g_memdup2 (block->data, size);
    g_assert_false (lw_block_inspect (copy, size, &kind, &joints, &n));
  }
  for (guint i = 0; i < 16; i++) {
    if (i == 10 || i == 11)
      continue; /* reserved */
    block->data[i] ^= 0x40;
    g_assert_false (lw_block_inspect (block->data, block->len, &kind, &joints, &n));
    block->data[i] ^= 0x40;
  }
  g_assert_false (lw_block_inspect (NULL, 0, &kind, &joints, &n));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sample-block/measured", test_measured);
  g_test_add_func ("/sample-block/bytes", test_bytes);
  g_test_add_func ("/sample-block/given", test_given);
  g_test_add_func ("/sample-block/damaged", test_damaged);
  return g_test_run ();
}
