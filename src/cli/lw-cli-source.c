/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-source.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lw-cli.h"

#define SLICE_US 20000

static LwInstrument *
open_one (const char *name, const LwTask *task, unsigned use, GError **error)
{
  LwInstrument *instrument = strcmp (name, "ask") == 0 ? lw_cli_ask_new () : lw_instrument_open (name, task, use, &lw_cli_stop, error);

  if (instrument != NULL && (use & LW_INSTRUMENT_CONTEXTS) != 0)
    g_printerr (_("contexts from %s\n"), instrument->title);
  if (instrument != NULL && (use & LW_INSTRUMENT_SCORES) != 0)
    g_printerr (_("rewards from %s\n"), instrument->title);
  return instrument;
}

gboolean
lw_cli_sources_open (LwCliSources *self, const char *contexts_from, const char *rewards_from, const LwTask *task, GError **error)
{
  const gboolean both = contexts_from[0] != '\0' && strcmp (contexts_from, rewards_from) == 0;

  *self = (LwCliSources){ .contexts = NULL };
  if (contexts_from[0] != '\0')
    {
      self->contexts = open_one (contexts_from, task, LW_INSTRUMENT_CONTEXTS | (both ? LW_INSTRUMENT_SCORES : 0), error);
      if (self->contexts == NULL)
        return FALSE;
    }
  if (both)
    self->scores = self->contexts;
  else if (rewards_from[0] != '\0')
    self->scores = open_one (rewards_from, task, LW_INSTRUMENT_SCORES, error);
  return rewards_from[0] == '\0' || self->scores != NULL;
}

static gpointer
guard_main (gpointer data)
{
  LwCliSources *self = data;

  for (; !atomic_load (&self->over); g_usleep (SLICE_US))
    if (atomic_load (&lw_cli_stop))
      {
        lw_learn_run_stop (self->run);
        break;
      }
  return NULL;
}

void
lw_cli_sources_begin (LwCliSources *self, LwLearnRun *run)
{
  lw_learn_run_set_instruments (run, self->contexts, self->scores);
  if (self->contexts == NULL && self->scores == NULL)
    return;
  self->run = run;
  atomic_init (&self->over, false);
  self->guard = g_thread_new ("interrupt", guard_main, self);
}

void
lw_cli_sources_end (LwCliSources *self)
{
  if (self->guard == NULL)
    return;
  atomic_store (&self->over, true);
  g_thread_join (g_steal_pointer (&self->guard));
}

void
lw_cli_sources_clear (LwCliSources *self)
{
  if (self->scores != self->contexts)
    lw_instrument_free (self->scores);
  lw_instrument_free (self->contexts);
  self->scores = self->contexts = NULL;
}
