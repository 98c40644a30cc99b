/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-latest.h"

#include <stddef.h>

void
lw_latest_init (LwLatest *self, void (*free_value) (void *value))
{
  atomic_init (&self->slot, NULL);
  self->free_value = free_value;
}

void
lw_latest_clear (LwLatest *self)
{
  void *value = atomic_exchange (&self->slot, NULL);

  if (value != NULL)
    self->free_value (value);
}

int
lw_latest_put (LwLatest *self, void *value)
{
  void *displaced = atomic_exchange_explicit (&self->slot, value, memory_order_acq_rel);

  if (displaced == NULL)
    return 1;
  self->free_value (displaced);
  return 0;
}

void *
lw_latest_take (LwLatest *self)
{
  return atomic_exchange_explicit (&self->slot, NULL, memory_order_acq_rel);
}
