/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdatomic.h>

#include "lw-scale-reading.h"
#include "lw-transport.h"

/* A digital scale on a port: finds out what it is, reads, waits for rest, tares. Owner thread; blocks up to its deadline (absolute, on the transport's clock), sees
 * @stop (nullable) within 20 ms. Never writes but to ask, to tare and to zero.
 *
 * A scale either prints by itself or answers. In both cases what read() returns was measured after the call: what waited in the port is thrown away, and an answer
 * that comes after its question was given up is not taken for the next one's. */
typedef struct LwScale LwScale;

typedef enum {
  LW_WEIGH_OK,
  LW_WEIGH_TIMEOUT,  /* no line in time */
  LW_WEIGH_RESTLESS, /* lines came, but it did not come to rest */
  LW_WEIGH_OUTSIDE,  /* overloaded, or less than its empty pan */
  LW_WEIGH_REFUSED,  /* it says that it cannot, or stands still at something else than zero after a tare */
  LW_WEIGH_STOPPED,
  LW_WEIGH_GONE,     /* the line hung up */
  LW_WEIGH_FAILED,   /* the system refused */
} LwWeighing;

typedef struct {
  LwScaleFormat format;  /* LW_SCALE_ANY: found out */
  unsigned      baud;    /* 0: 9600 8N1, 2400 7E1, 1200 7O1 and 19200 8N1 in turn */
  LwFraming     framing; /* with @baud */
} LwScaleSettings;

typedef struct {
  uint64_t asked;    /* questions */
  uint64_t lines;    /* whole lines that came */
  uint64_t refused;  /* of them: not lines of this scale */
  uint64_t late;     /* of them: answers nobody waited for any more */
  uint64_t unanswered;
} LwScaleCounters;

/* "tcp:host:port" or the path of a port. @settings NULL: everything is found out (1.2 s where it prints by itself; up to 11 s where nothing answers). NULL with LW_BUS_ERROR: the
 * port's own, SILENT when nothing like a scale is there, STOPPED. */
LwScale    *lw_scale_open        (const char *name, const LwScaleSettings *settings, const atomic_bool *stop, GError **error);
/* The same on an open line; takes @transport, also on failure. */
LwScale    *lw_scale_new         (LwTransport *transport, LwScaleFormat format, const atomic_bool *stop, GError **error);
void        lw_scale_free        (LwScale *self); /* (nullable) */

LwScaleFormat lw_scale_get_format (const LwScale *self);
bool        lw_scale_is_streaming (const LwScale *self); /* prints by itself */
/* For people: "A&D on /dev/ttyUSB0, 2400 baud 7E1". */
const char *lw_scale_get_title    (const LwScale *self);
void        lw_scale_get_counters (const LwScale *self, LwScaleCounters *out);
int64_t     lw_scale_now          (const LwScale *self); /* on the clock of the deadlines */

/* One value as it stands, moving or not; @t_ns (nullable) is when its line had come. LW_WEIGH_OK also when it is overloaded: see @out->status. */
LwWeighing  lw_scale_read        (LwScale *self, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns);
/* The next line the scale prints or is asked for, none left out: for showing it live. */
LwWeighing  lw_scale_next        (LwScale *self, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns);
/* The first value that the scale calls stable in two lines in a row that agree to one step; nothing is averaged or interpolated. */
LwWeighing  lw_scale_read_stable (LwScale *self, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns);
/* Asks it to tare (zero), and waits until it shows a stable zero within two steps. 3 s are usual. */
LwWeighing  lw_scale_tare        (LwScale *self, const atomic_bool *stop, int64_t deadline_ns);
LwWeighing  lw_scale_zero        (LwScale *self, const atomic_bool *stop, int64_t deadline_ns);
/* For people, a clause: "it did not come to rest in time". */
const char *lw_weighing_text     (LwWeighing result);
