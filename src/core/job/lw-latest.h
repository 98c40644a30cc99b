/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

/* The latest value from one thread to another: the producer swaps in a new immutable snapshot and frees the one it displaced;
 * the consumer takes what is there.
 * Wait-free on both sides; nothing is queued. C11 atomics only. */
typedef struct {
  _Atomic (void *) slot;
  void (*free_value) (void *value);
} LwLatest;

void  lw_latest_init  (LwLatest *self, void (*free_value) (void *value));
void  lw_latest_clear (LwLatest *self);
/* Takes @value. Returns non-zero when the slot was empty: the consumer should be woken. */
int   lw_latest_put   (LwLatest *self, void *value);
void *lw_latest_take  (LwLatest *self); /* (nullable) (transfer full) */
