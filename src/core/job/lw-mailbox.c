/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-mailbox.h"

#include <stddef.h>

void
lw_mailbox_init (LwMailbox *self, void (*free_value) (void *value))
{
  atomic_init (&self->slot, NULL);
  self->free_value = free_value;
}

void
lw_mailbox_clear (LwMailbox *self)
{
  void *value = atomic_exchange (&self->slot, NULL);

  if (value != NULL)
    self->free_value (value);
}

int
lw_mailbox_put (LwMailbox *self, void *value)
{
  void *displaced = atomic_exchange_explicit (&self->slot, value, memory_order_acq_rel);

  if (displaced == NULL)
    return 1;
  self->free_value (displaced);
  return 0;
}

void *
lw_mailbox_take (LwMailbox *self)
{
  return atomic_exchange_explicit (&self->slot, NULL, memory_order_acq_rel);
}
