/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "lw-sample.h"

/* Preallocated single-producer single-consumer ring (C11 acquire/release). When full the newest is dropped and counted; the next one that goes in
 * carries the count. Wait-free on both sides: no allocation, no lock, no system call. */
typedef struct LwSampleRing LwSampleRing;

typedef struct {
  LwSample sample;
  int64_t  recording;      /* which demonstration or rollout it belongs to */
  uint32_t dropped_before; /* samples lost between the previous record and this one */
  uint32_t ends;           /* non-zero: this record only says that @recording is complete */
} LwRingRecord;

/* Places only a record with @ends set may take: a ring full of samples can still say that a recording is complete. */
#define LW_SAMPLE_RING_RESERVE 16

LwSampleRing *lw_sample_ring_new  (size_t capacity); /* rounded up to a power of two, at least 64; NULL when out of memory */
void          lw_sample_ring_free (LwSampleRing *self); /* (nullable) */
bool          lw_sample_ring_push (LwSampleRing *self, const LwRingRecord *record);            /* producer */
size_t        lw_sample_ring_pop  (LwSampleRing *self, LwRingRecord *out, size_t max);         /* consumer */
uint64_t      lw_sample_ring_dropped (const LwSampleRing *self);                               /* any thread */
