/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* The latest value of a few words from any thread to any thread, whole or not at all: a sequence lock whose payload is atomic too, so that a torn read is
 * detected and never undefined. Writers exclude each other for the length of the copy; readers never wait for a writer more than that. */
#define LW_MAILBOX_WORDS 40

typedef struct {
  atomic_flag      writing;
  _Atomic uint32_t sequence; /* odd while a value is being written */
  _Atomic uint64_t words[LW_MAILBOX_WORDS];
} LwMailbox;

static inline void
lw_mailbox_init (LwMailbox *self)
{
  atomic_flag_clear (&self->writing);
  atomic_init (&self->sequence, 0);
  for (int i = 0; i < LW_MAILBOX_WORDS; i++)
    atomic_init (&self->words[i], 0);
}

static inline void
lw_mailbox_put (LwMailbox *self, const uint64_t *words, unsigned n)
{
  uint32_t sequence;

  while (atomic_flag_test_and_set_explicit (&self->writing, memory_order_acquire))
    continue;
  sequence = atomic_load_explicit (&self->sequence, memory_order_relaxed);
  /* The exchange is an acquire as well: the words below do not become visible before the odd number. */
  atomic_exchange_explicit (&self->sequence, sequence + 1, memory_order_acq_rel);
  for (unsigned i = 0; i < n; i++)
    atomic_store_explicit (&self->words[i], words[i], memory_order_release);
  atomic_store_explicit (&self->sequence, sequence + 2, memory_order_release);
  atomic_flag_clear_explicit (&self->writing, memory_order_release);
}

/* Copies a value newer than @sequence, which becomes its number. False when there is none or a writer is in the middle of it. */
static inline bool
lw_mailbox_take (LwMailbox *self, uint64_t *words, unsigned n, uint32_t *sequence)
{
  uint32_t before = atomic_load_explicit (&self->sequence, memory_order_acquire);
  uint64_t copy[LW_MAILBOX_WORDS];

  if (before == *sequence || (before & 1) != 0)
    return false;
  for (unsigned i = 0; i < n; i++)
    copy[i] = atomic_load_explicit (&self->words[i], memory_order_acquire);
  if (atomic_load_explicit (&self->sequence, memory_order_relaxed) != before)
    return false;
  memcpy (words, copy, n * sizeof copy[0]);
  *sequence = before;
  return true;
}
