/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include "lw-instrument.h"
#include "lw-learn-run.h"

/* Where `learn` takes contexts and rewards from when not from the task: instruments by name, and the person at the terminal ("ask"). */
typedef struct {
  LwInstrument *contexts; /* (nullable) */
  LwInstrument *scores;   /* (nullable); may be the same one */
  GThread      *guard;    /* carries an interrupt into a wait */
  LwLearnRun   *run;
  atomic_bool   over;
} LwCliSources;

/* "": none. Says on standard error what was found. */
gboolean      lw_cli_sources_open   (LwCliSources *self, const char *contexts_from, const char *rewards_from, const LwTask *task, GError **error);
/* From here to end() an interrupt stops @run (borrowed), also while it waits. */
void          lw_cli_sources_begin  (LwCliSources *self, LwLearnRun *run);
void          lw_cli_sources_end    (LwCliSources *self);
void          lw_cli_sources_clear  (LwCliSources *self);

/* Questions on standard error, answers on standard input: a number, or a word of its own; an empty line skips. */
LwInstrument *lw_cli_ask_new        (void);
