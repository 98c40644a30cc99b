/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-instrument.h"
#include "lw-skill.h"

#define SLICE_US 20000 /* stop is seen within */

typedef struct {
  LwInstrument    base;
  LwInstrumentAsk ask;
  gpointer        data;

  GMutex          lock;     /* of what follows */
  GCond           wake;
  unsigned        asked;    /* LW_INSTRUMENT_CONTEXTS or LW_INSTRUMENT_SCORES while somebody waits, else 0 */
  gboolean        answered, skipped;
  double          reward;
  int             success;
  double          context[LW_MAX_CONTEXT];
  size_t          n_context;
} LwInstrumentHand;

static LwInstrumentResult
wait_for_person (LwInstrumentHand *self, const LwTrial *trial, unsigned use, const atomic_bool *stop, GError **error)
{
  LwInstrumentResult result = LW_INSTRUMENT_OK;

  g_mutex_lock (&self->lock);
  self->asked = use;
  self->answered = self->skipped = FALSE;
  g_mutex_unlock (&self->lock);
  self->ask (&self->base, trial, use, self->data);

  g_mutex_lock (&self->lock);
  while (!self->answered && !(stop != NULL && atomic_load (stop)))
    g_cond_wait_until (&self->wake, &self->lock, g_get_monotonic_time () + SLICE_US);
  self->asked = 0;
  if (!self->answered)
    result = LW_INSTRUMENT_STOPPED;
  else if (self->skipped)
    {
      g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, "Skipped by hand");
      result = LW_INSTRUMENT_NONE;
    }
  g_mutex_unlock (&self->lock);
  return result;
}

/* TRUE, with the lock held, when somebody waits for an answer to @use. */
static gboolean
begin_answer (LwInstrumentHand *self, unsigned use)
{
  g_mutex_lock (&self->lock);
  if ((self->asked & use) != 0 && !self->answered)
    return TRUE;
  g_mutex_unlock (&self->lock); /* a second click, or a key when nobody asked */
  return FALSE;
}

static void
end_answer (LwInstrumentHand *self)
{
  self->answered = TRUE;
  g_cond_broadcast (&self->wake);
  g_mutex_unlock (&self->lock);
}

void
lw_instrument_hand_reward (LwInstrument *instrument, double reward, int success)
{
  LwInstrumentHand *self = (LwInstrumentHand *) instrument;

  g_return_if_fail (isfinite (reward));
  if (!begin_answer (self, LW_INSTRUMENT_SCORES))
    return;
  self->reward = reward;
  self->success = success;
  end_answer (self);
}

void
lw_instrument_hand_context (LwInstrument *instrument, const double *context, size_t n_context)
{
  LwInstrumentHand *self = (LwInstrumentHand *) instrument;

  g_return_if_fail (n_context <= LW_MAX_CONTEXT);
  if (!begin_answer (self, LW_INSTRUMENT_CONTEXTS))
    return;
  memcpy (self->context, context, n_context * sizeof *context);
  self->n_context = n_context;
  end_answer (self);
}

void
lw_instrument_hand_skip (LwInstrument *instrument)
{
  LwInstrumentHand *self = (LwInstrumentHand *) instrument;

  if (!begin_answer (self, LW_INSTRUMENT_CONTEXTS | LW_INSTRUMENT_SCORES))
    return;
  self->skipped = TRUE;
  end_answer (self);
}

static LwInstrumentResult
hand_context (LwInstrument *instrument, const LwTrial *trial, double *context, const atomic_bool *stop, GError **error)
{
  LwInstrumentHand *self = (LwInstrumentHand *) instrument;
  LwInstrumentResult result = wait_for_person (self, trial, LW_INSTRUMENT_CONTEXTS, stop, error);

  if (result == LW_INSTRUMENT_OK)
    memcpy (context, self->context, MIN (self->n_context, trial->task->info.n_context) * sizeof *context);
  return result;
}

static LwInstrumentResult
hand_observe (LwInstrument *instrument, const LwTrial *trial, LwObservation *out, const atomic_bool *stop, GError **error)
{
  LwInstrumentHand *self = (LwInstrumentHand *) instrument;
  LwInstrumentResult result = wait_for_person (self, trial, LW_INSTRUMENT_SCORES, stop, error);

  if (result == LW_INSTRUMENT_OK)
    {
      out->reward = self->reward;
      out->success = self->success;
    }
  return result;
}

static void
hand_free (LwInstrument *instrument)
{
  LwInstrumentHand *self = (LwInstrumentHand *) instrument;

  g_mutex_clear (&self->lock);
  g_cond_clear (&self->wake);
  g_free (self);
}

static const LwInstrumentClass hand_class = {
  .kind = "hand",
  .context = hand_context,
  .observe = hand_observe,
  .free = hand_free,
};

LwInstrument *
lw_instrument_hand_new (LwInstrumentAsk ask, gpointer data)
{
  LwInstrumentHand *self = g_new0 (LwInstrumentHand, 1);

  self->base.klass = &hand_class;
  g_strlcpy (self->base.title, "a person", sizeof self->base.title);
  self->ask = ask;
  self->data = data;
  g_mutex_init (&self->lock);
  g_cond_init (&self->wake);
  return &self->base;
}
