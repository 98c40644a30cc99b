/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-sample-ring.h"

/* Decides which samples belong to a demonstration. The arm thread feeds it, the writer drains its ring.
 *
 * A recording also ends by itself with the first sample taken in Stopped or Fault: what the arm does after a Stop was not
 * demonstrated. When no sample comes any more (cable pulled), whoever notices calls lw_recorder_stop(). */
typedef struct LwRecorder LwRecorder;

typedef struct {
  int64_t  recording;  /* 0 = not recording; the counts below are then those of the last one */
  uint64_t n_samples;
  uint64_t n_dropped;  /* the ring was full */
  uint64_t n_missed;   /* cycles without a reading */
  double   seconds;    /* last - first stamp */
} LwRecorderState;

LwRecorder   *lw_recorder_new   (size_t capacity);
void          lw_recorder_free  (LwRecorder *self); /* (nullable) */
/* An LwSampleSink: arm thread, wait-free. @data is the recorder. */
void          lw_recorder_sink  (const LwSample *sample, void *data);
/* From the next sample on everything goes to @recording (> 0); one in progress ends. Any thread but the arm's. */
void          lw_recorder_start (LwRecorder *self, int64_t recording);
/* Ends it: the end mark is in the ring when this returns, behind the last sample. Any thread but the arm's; does nothing when
 * not recording. When more than LW_SAMPLE_RING_RESERVE recordings end while the ring is full, the mark follows with the first
 * free place; a recording that found no place even for a sample gets none. */
void          lw_recorder_stop  (LwRecorder *self);
void          lw_recorder_get_state (LwRecorder *self, LwRecorderState *out); /* any thread */
LwSampleRing *lw_recorder_get_ring  (LwRecorder *self);
