/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What goes wrong on a simulated bus, and when: a text file, one fault a line, "#" begins a comment.
 *
 *   seed 7                        chance, once in a file
 *   lost 0.01                     all the time
 *   at 2.5 s corrupt 0.05         from then on
 *   from 3 to 4 s missing 4       in between; s may be ms
 *
 * Where lines speak of the same thing at the same time, the last one holds. The faults, N being a servo's id:
 *
 *   lost F, corrupt F             this fraction of the replies vanishes, arrives with one bit turned
 *   delay A [B] [s|ms|us]         replies come later by A, or by something between A and B
 *   echo on|off                   the adapter hears what it sends
 *   silent                        the cable behind the adapter is off
 *   hang-up                       the cable to the computer is off
 *   missing N, double N           nobody, or two servos, answer to N
 *   load G                        so many grams lie on the scale
 *   hand X Y Z                    somebody holds the tip and pulls it there (m)
 *   voltage V                     supply in volts
 *   heat N C                      servo N becomes as hot as this (degrees C), and goes on from there
 *   overload N, encoder N         servo N reports that error
 *   ignore-goals [N]              goals are accepted and nothing comes of them, on all or one
 *   stuck N                       the joint does not move
 *   pings-collide, sync-stops     Feetech servos: a ping to all is answered by all at once; behind a missing servo nobody answers a sync read
 *
 * Any thread, once no more is prepended. */
#define LW_SIM_SCRIPT_IDS 254

typedef enum {
  LW_SIM_EVENT_LOST, LW_SIM_EVENT_CORRUPT, LW_SIM_EVENT_DELAY, LW_SIM_EVENT_ECHO, LW_SIM_EVENT_SILENT, LW_SIM_EVENT_HANG_UP, LW_SIM_EVENT_VOLTAGE,
  LW_SIM_EVENT_IGNORE_ALL, LW_SIM_EVENT_PINGS_COLLIDE, LW_SIM_EVENT_SYNC_STOPS, LW_SIM_EVENT_LOAD, LW_SIM_EVENT_HAND,
  /* of one servo */
  LW_SIM_EVENT_MISSING, LW_SIM_EVENT_DOUBLE, LW_SIM_EVENT_HEAT, LW_SIM_EVENT_OVERLOAD, LW_SIM_EVENT_ENCODER, LW_SIM_EVENT_IGNORE, LW_SIM_EVENT_STUCK,
} LwSimEventKind;

typedef struct {
  LwSimEventKind kind;
  int64_t        begin_ns, end_ns; /* from the start of the simulation; end INT64_MAX: for good */
  uint8_t        id;
  double         a, b, c;          /* fraction, volts, degrees C, grams, seconds from and to, a place, 1 = on */
} LwSimEvent;

typedef struct {
  uint64_t seed;     /* 1 unless the file says otherwise */
  bool     has_seed;
  GArray  *events;   /* (element-type LwSimEvent) in the order of the file */
} LwSimScript;

#define LW_SIM_SCRIPT_ERROR (lw_sim_script_error_quark ())
typedef enum { LW_SIM_SCRIPT_ERROR_FILE, LW_SIM_SCRIPT_ERROR_SYNTAX } LwSimScriptError;
GQuark       lw_sim_script_error_quark (void);

/* A line in front of all others: @kind from the start and for good, with the number @a; 0 = nothing is said. */
void         lw_sim_script_prepend (LwSimScript *self, LwSimEventKind kind, double a);

/* @name stands in errors ("faults.txt, line 3: ...", with the word at fault). */
LwSimScript *lw_sim_script_parse (const char *text, const char *name, GError **error);
LwSimScript *lw_sim_script_load  (const char *path, GError **error);
void         lw_sim_script_free  (LwSimScript *self); /* (nullable) */
