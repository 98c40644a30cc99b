/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>

#include "lw-transport.h"

/* What passes on a line, for whoever wants to look: a transport round another one that copies each transfer into a ring. Off by default, and then nothing but a flag is
 * looked at. One thread owns the transport, one takes from the log; a full ring drops and counts. No allocation, no lock. */
#define LW_CHUNK_BYTES 128

/* Bytes as one write() or read() carried them; what is longer comes as several with the same time. */
typedef struct {
  int64_t t_ns; /* the transport's clock, when they were written or had come */
  bool    out;
  uint8_t n;
  uint8_t bytes[LW_CHUNK_BYTES];
} LwTransportChunk;

typedef struct LwTransportLog LwTransportLog;

LwTransportLog *lw_transport_log_new     (void);
LwTransportLog *lw_transport_log_ref     (LwTransportLog *self);
void            lw_transport_log_unref   (LwTransportLog *self); /* (nullable) */
void            lw_transport_log_enable  (LwTransportLog *self, bool enabled); /* any thread */
/* Up to @max chunks in their order; returns how many. The looking thread. */
size_t          lw_transport_log_take    (LwTransportLog *self, LwTransportChunk *out, size_t max);
/* Chunks that found no place so far; any thread. */
uint64_t        lw_transport_log_dropped (const LwTransportLog *self);

/* Takes @inner, keeps a reference of @log. One transport at a time writes into a log. */
LwTransport    *lw_transport_log_wrap    (LwTransport *inner, LwTransportLog *log);
