/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdint.h>

#include "lw-arm-model.h"
#include "lw-mode.h"

/* One cycle as it was measured. Plain data: it travels through the ring and into the project file as it stands. */
typedef struct {
  int64_t  t_ns;         /* monotonic: the middle of the transfer */
  int32_t  round_trip_ns;/* t_ns -+ half of this bounds the true time */
  uint32_t cycle;        /* control cycle number; a step > 1 between samples is a gap */
  uint8_t  n_joints;
  uint8_t  mode;         /* LwMode */
  uint8_t  limited;      /* LwLimited bits of the goal emitted in this cycle */
  uint8_t  flags;        /* LwSampleFlags */
  float    temperature;  /* hottest servo, degrees C */
  double   q[LW_MAX_JOINTS];    /* rad */
  double   dq[LW_MAX_JOINTS];   /* rad/s */
  double   load[LW_MAX_JOINTS]; /* N m */
  double   goal[LW_MAX_JOINTS]; /* rad, last emitted; NaN while limp */
} LwSample;

typedef enum { LW_SAMPLE_STALE = 1 /* some joint did not answer: its last value stands */, LW_SAMPLE_ALERT = 2 } LwSampleFlags;

/* Called on the arm thread for every cycle with a reading: wait-free, no allocation. */
typedef void (*LwSampleSink) (const LwSample *sample, void *data);
