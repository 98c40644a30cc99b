/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-sim-bus.h"

/* Everything a simulated arm is told, in a text file: what the arm's maker would see on the wire. One line a packet, tab-separated:
 *
 *   t_ns (monotonic, arrival of the last byte)   instruction (hex)   id   address (0: none)   parameters (hex, as on the wire)
 *
 * Written on the simulator's thread, whole lines at once. */
typedef struct LwBusLog LwBusLog;

LwBusLog *lw_bus_log_new  (const char *path, GError **error); /* replaces a file of that name; G_FILE_ERROR */
void      lw_bus_log_free (LwBusLog *self);                   /* (nullable) after the simulators it listens to */
/* A tap for lw_sim_bus_set_tap(); @data is the log. */
void      lw_bus_log_tap  (const LwSimPacket *packet, void *data);
