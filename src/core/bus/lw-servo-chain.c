/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-servo-chain.h"

#define MAX_SILENT   3
#define RETRY_PERIOD 16 /* cycles */

void
lw_servo_chain_init (LwServoChain *self, size_t n_servos)
{
  *self = (LwServoChain){ .n = n_servos };
}

/* Each of the lost at its own time, so that two dead ones do not stand together in a chain. */
static bool
may_be_back (const LwServoChain *self, size_t servo)
{
  return self->silent[servo] < MAX_SILENT || (self->cycle + servo) % RETRY_PERIOD == 0;
}

size_t
lw_servo_chain_next (LwServoChain *self, uint8_t *servos)
{
  size_t n = 0;

  for (size_t i = 0; i < self->n; i++)
    if (self->silent[i] == 0)
      servos[n++] = (uint8_t) i;
  for (size_t i = 0; i < self->n; i++)
    if (self->silent[i] > 0 && may_be_back (self, i))
      servos[n++] = (uint8_t) i;
  if (n == 0) /* all are lost: all are asked */
    while (n < self->n)
      {
        servos[n] = (uint8_t) n;
        n++;
      }
  self->cycle++;
  return n;
}

void
lw_servo_chain_heard (LwServoChain *self, size_t servo)
{
  self->silent[servo] = 0;
}

void
lw_servo_chain_missed (LwServoChain *self, size_t servo)
{
  if (self->silent[servo] < MAX_SILENT)
    self->silent[servo]++;
}
