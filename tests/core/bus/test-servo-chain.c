/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib.h>

#include "lw-servo-chain.h"

static void
assert_chain (LwServoChain *chain, const uint8_t *wanted, size_t n_wanted)
{
  uint8_t servos[LW_MAX_JOINTS];
  size_t n = lw_servo_chain_next (chain, servos);

  g_assert_cmpmem (servos, n, wanted, n_wanted);
}

static void
test_order (void)
{
  LwServoChain chain;

  lw_servo_chain_init (&chain, 4);
  assert_chain (&chain, (const uint8_t[]){ 0, 1, 2, 3 }, 4);
  lw_servo_chain_missed (&chain, 1);
  assert_chain (&chain, (const uint8_t[]){ 0, 2, 3, 1 }, 4);
  lw_servo_chain_missed (&chain, 1);
  lw_servo_chain_missed (&chain, 1);
  assert_chain (&chain, (const uint8_t[]){ 0, 2, 3 }, 3);
  lw_servo_chain_heard (&chain, 1);
  assert_chain (&chain, (const uint8_t[]){ 0, 1, 2, 3 }, 4);
}

/* Each of the lost is tried once in 16 cycles, two never together; all lost: all are asked. */
static void
test_lost (void)
{
  uint8_t servos[LW_MAX_JOINTS];
  int n_tried[4] = { 0 };
  LwServoChain chain;

  lw_servo_chain_init (&chain, 4);
  for (int i = 0; i < 5; i++)
    {
      lw_servo_chain_missed (&chain, 1);
      lw_servo_chain_missed (&chain, 2);
    }
  for (int cycle = 0; cycle < 160; cycle++)
    {
      size_t n = lw_servo_chain_next (&chain, servos);

      g_assert_cmpuint (n, <=, 3);
      for (size_t i = 0; i < n; i++)
        n_tried[servos[i]]++;
    }
  g_assert_cmpint (n_tried[0], ==, 160);
  g_assert_cmpint (n_tried[1], ==, 10);
  g_assert_cmpint (n_tried[2], ==, 10);
  for (size_t servo = 0; servo < 4; servo++)
    for (int i = 0; i < 3; i++)
      lw_servo_chain_missed (&chain, servo);
  for (int cycle = 0; cycle < 40; cycle++)
    g_assert_cmpuint (lw_servo_chain_next (&chain, servos), >=, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/servo-chain/order", test_order);
  g_test_add_func ("/servo-chain/lost", test_lost);
  return g_test_run ();
}
