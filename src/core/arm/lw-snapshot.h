/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* A struct of plain data from one writer to any number of readers, whole or not at all: a sequence lock over atomic words, so
 * that a torn copy is noticed and never undefined. The writer never waits; a reader repeats a copy the writer came across. */
typedef struct {
  _Atomic uint32_t  sequence; /* odd while a value is being written */
  size_t            n_words;
  _Atomic uint64_t *words;    /* (n_words), the owner's */
} LwSnapshot;

#define LW_SNAPSHOT_WORDS(type) ((sizeof (type) + sizeof (uint64_t) - 1) / sizeof (uint64_t))

static inline void
lw_snapshot_put (LwSnapshot *self, const void *value, size_t size)
{
  uint32_t sequence = atomic_load_explicit (&self->sequence, memory_order_relaxed);
  uint64_t word;

  atomic_store_explicit (&self->sequence, sequence + 1, memory_order_relaxed);
  /* Each release keeps the odd number in front of its word. */
  for (size_t i = 0; i < self->n_words; i++)
    {
      size_t at = i * sizeof word;

      word = 0;
      memcpy (&word, (const char *) value + at, size - at < sizeof word ? size - at : sizeof word);
      atomic_store_explicit (&self->words[i], word, memory_order_release);
    }
  atomic_store_explicit (&self->sequence, sequence + 2, memory_order_release);
}

static inline void
lw_snapshot_get (LwSnapshot *self, void *out, size_t size)
{
  uint32_t before, after;
  uint64_t word;

  do
    {
      before = atomic_load_explicit (&self->sequence, memory_order_acquire);
      /* Each acquire keeps the second look at the number behind its word. */
      for (size_t i = 0; i < self->n_words; i++)
        {
          size_t at = i * sizeof word;

          word = atomic_load_explicit (&self->words[i], memory_order_acquire);
          memcpy ((char *) out + at, &word, size - at < sizeof word ? size - at : sizeof word);
        }
      after = atomic_load_explicit (&self->sequence, memory_order_relaxed);
    }
  while (before != after || (before & 1) != 0);
}
