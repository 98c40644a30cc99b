/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gtk/gtk.h>

#include "lw-sample.h"

G_BEGIN_DECLS

typedef enum { LW_TRACE_POSITION, LW_TRACE_VELOCITY, LW_TRACE_LOAD } LwTraceKind;

/**
 * LwLiveTraces:
 *
 * What the joints did in the last ten seconds, one line a joint, as it is measured. Pausing the display pauses nothing else. Main thread.
 */
#define LW_TYPE_LIVE_TRACES (lw_live_traces_get_type ())
G_DECLARE_FINAL_TYPE (LwLiveTraces, lw_live_traces, LW, LIVE_TRACES, GtkWidget)

GtkWidget *lw_live_traces_new        (void);
/* Forgets everything; @names (n_joints) are copied. */
void       lw_live_traces_set_joints (LwLiveTraces *self, const char *const *names, size_t n_joints);
void       lw_live_traces_add        (LwLiveTraces *self, const LwSample *samples, guint n);
void       lw_live_traces_set_kind   (LwLiveTraces *self, LwTraceKind kind);
void       lw_live_traces_set_paused (LwLiveTraces *self, gboolean paused);
/* A labelled line at the newest sample: "recording", "end". */
void       lw_live_traces_mark       (LwLiveTraces *self, const char *label);

G_END_DECLS
