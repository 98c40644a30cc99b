/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-scale-reading.h"
#include "lw-sim-bus.h"

/* A simulated scale: bytes in, bytes out, as a scale of any format sends them. What lies on it shows with a first-order lag; it says "stable" when the shown
 * number has stood still for a while, refuses to tare while it moves where real ones do, and flags overload. Pure in time: driven by its own thread on a
 * descriptor (socket pair, pseudo-terminal, TCP connection), or step by step with an injected clock. */
typedef struct LwSimScale LwSimScale;

typedef struct {
  LwScaleFormat format;      /* default LW_SCALE_AND */
  double        capacity;    /* g; default 2000 */
  double        step;        /* g, of the last digit; default 0.01 */
  double        tau;         /* s, of the lag; default 0.25 */
  double        rate;        /* lines a second; default 10 */
  double        settle;      /* s without a change of one step until "stable"; default 0.6 */
  double        reply_delay; /* s, of the answer to a command; default 0.03 */
  bool          stream;      /* prints by itself; otherwise it answers commands. Default false */
  char          parity;      /* 'N', or 'E' and 'O': a 7-bit scale as a host sees it that reads 8 bits. Default 'N' */
} LwSimScaleConfig;

typedef enum {
  LW_SIM_SCALE_SILENT   = 1 << 0, /* the cable is cut behind the adapter */
  LW_SIM_SCALE_HANG_UP  = 1 << 1, /* the line closes; connect again after clearing it */
  LW_SIM_SCALE_RESTLESS = 1 << 2, /* a draught: it never says stable */
} LwSimScaleFault;

void         lw_sim_scale_config_init     (LwSimScaleConfig *config);
/* NULL when the numbers make no sense (nothing is printed: the caller checks what people gave). */
LwSimScale  *lw_sim_scale_new             (const LwSimScaleConfig *config);
void         lw_sim_scale_free            (LwSimScale *self); /* (nullable) */

/* Any thread: what lies on the pan from now on, in g. */
void         lw_sim_scale_set_load        (LwSimScale *self, double grams);
double       lw_sim_scale_get_load        (const LwSimScale *self);
void         lw_sim_scale_set_faults      (LwSimScale *self, unsigned faults);
void         lw_sim_scale_set_reply_delay (LwSimScale *self, double seconds);
/* The load as a function of time, asked whenever the scale looks at its pan, instead of set_load()'s. Called on the scale's thread; set before connecting.
 * NULL: set_load() again. */
void         lw_sim_scale_set_pan         (LwSimScale *self, double (*load) (int64_t t_ns, void *data), void *data);

/* Starts the scale's thread on a new socket pair and returns the client's end; -1 with @error. Ends an earlier connection; load and tare stay. */
int          lw_sim_scale_connect         (LwSimScale *self, GError **error);
/* The same on a descriptor of the caller's (pty master, accepted TCP connection): taken, also on failure. */
gboolean     lw_sim_scale_serve           (LwSimScale *self, int fd, GError **error);
void         lw_sim_scale_disconnect      (LwSimScale *self);

/* Without thread or descriptor: time passes only where somebody waits. Borrows both; not while connected. */
LwTransport *lw_sim_scale_direct          (LwSimScale *self, LwFakeClock *clock);
/* Lets the time up to @t_ns pass. */
void         lw_sim_scale_advance         (LwSimScale *self, int64_t t_ns);
