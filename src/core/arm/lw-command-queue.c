/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-command-queue.h"

#define MASK (LW_COMMAND_QUEUE_SIZE - 1u)

G_STATIC_ASSERT ((LW_COMMAND_QUEUE_SIZE & MASK) == 0);

/* A place with ticket = index may be filled by whoever takes that index; filled, its ticket is index + 1; emptied, index + size. */
void
lw_command_queue_init (LwCommandQueue *self)
{
  for (unsigned i = 0; i < LW_COMMAND_QUEUE_SIZE; i++)
    atomic_init (&self->places[i].ticket, i);
  atomic_init (&self->head, 0);
  self->tail = 0;
}

bool
lw_command_queue_push (LwCommandQueue *self, const LwCommand *command)
{
  unsigned head = atomic_load_explicit (&self->head, memory_order_relaxed);

  for (;;)
    {
      unsigned ticket = atomic_load_explicit (&self->places[head & MASK].ticket, memory_order_acquire);

      if (ticket == head)
        {
          if (atomic_compare_exchange_weak_explicit (&self->head, &head, head + 1, memory_order_relaxed, memory_order_relaxed))
            break;
        }
      else if ((int) (ticket - head) < 0)
        return false;
      else
        head = atomic_load_explicit (&self->head, memory_order_relaxed);
    }
  self->places[head & MASK].command = *command;
  atomic_store_explicit (&self->places[head & MASK].ticket, head + 1, memory_order_release);
  return true;
}

bool
lw_command_queue_pop (LwCommandQueue *self, LwCommand *out)
{
  unsigned tail = self->tail;

  if (atomic_load_explicit (&self->places[tail & MASK].ticket, memory_order_acquire) != tail + 1)
    return false;
  *out = self->places[tail & MASK].command;
  atomic_store_explicit (&self->places[tail & MASK].ticket, tail + LW_COMMAND_QUEUE_SIZE, memory_order_release);
  self->tail = tail + 1;
  return true;
}
