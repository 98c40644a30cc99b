/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "lw-rng.h"
#include "lw-transport.h"

/* A transport on which things go wrong, round any other: for tests, and to see what an arm does on a bad line. Seeded: the same seed and the same traffic give the
 * same harm. Works on whatever one read() or write() carried ("chunk"). */
typedef struct {
  double   lost;          /* fraction of incoming chunks that vanish */
  double   corrupt;       /* ... that have one bit flipped */
  double   cut;           /* ... that lose their tail */
  double   lost_out, corrupt_out; /* the same of what is written */
  double   delay, delay_jitter;   /* s: fixed, and mean of an exponential one on top, before incoming bytes are handed over */
  bool     echo;          /* what is written comes back first (single-wire adapters) */
  bool     split, merge;  /* hands over byte by byte; holds back until the next chunk or 2 ms */
  double   garbage;       /* fraction of incoming chunks preceded by random bytes */
  uint64_t hang_up_after; /* gone after so many chunks in from here on; 0 = never */
  uint64_t seed;
} LwTransportFaults;

typedef struct {
  uint64_t chunks_in, chunks_out, lost, corrupt, cut, lost_out, corrupt_out, garbage;
} LwTransportHarm;

/* Takes @inner. */
LwTransport *lw_transport_fault_new  (LwTransport *inner, const LwTransportFaults *faults);
/* From the next chunk on. Owner thread. */
void         lw_transport_fault_set  (LwTransport *self, const LwTransportFaults *faults);
void         lw_transport_fault_harm (const LwTransport *self, LwTransportHarm *out);
