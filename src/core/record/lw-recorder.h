/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-sample-ring.h"

/* Decides which samples belong to a demonstration. The arm thread feeds it, the writer drains its ring. */
typedef struct LwRecorder LwRecorder;

typedef struct {
  int64_t  recording;  /* 0 = not recording */
  uint64_t n_samples;
  uint64_t n_dropped;  /* the ring was full */
  uint64_t n_missed;   /* cycles without a reading */
  double   seconds;    /* last - first stamp */
} LwRecorderState;

LwRecorder   *lw_recorder_new   (size_t capacity);
void          lw_recorder_free  (LwRecorder *self);
/* An LwSampleSink: arm thread, wait-free. @data is the recorder. */
void          lw_recorder_sink  (const LwSample *sample, void *data);
/* From the next sample on everything goes to @recording (> 0). Any thread. */
void          lw_recorder_start (LwRecorder *self, int64_t recording);
/* Ends it; the end mark is put in the ring by the arm thread's next sample, or by the writer when the arm is gone. */
void          lw_recorder_stop  (LwRecorder *self);
void          lw_recorder_get_state (LwRecorder *self, LwRecorderState *out);
LwSampleRing *lw_recorder_get_ring  (LwRecorder *self);
