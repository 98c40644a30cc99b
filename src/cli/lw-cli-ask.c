/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <glib/gi18n.h>
#include <math.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "lw-cli-source.h"
#include "lw-skill.h"

#define SLICE_MS 20 /* stop is seen within */
#define MAX_LINE 256

typedef struct {
  LwInstrument base;
  char         input[MAX_LINE];
  size_t       n_input;
} LwCliAsk;

/* One line of standard input, without its end. */
static LwInstrumentResult
take_line (LwCliAsk *self, char *line, const atomic_bool *stop, GError **error)
{
  for (;;)
    {
      struct pollfd entry = { .fd = STDIN_FILENO, .events = POLLIN };
      char *end = memchr (self->input, '\n', self->n_input);
      ssize_t n = 0;

      if (end != NULL || self->n_input == sizeof self->input - 1)
        {
          const size_t length = end != NULL ? (size_t) (end - self->input) : self->n_input, used = MIN (length + 1, self->n_input);

          memcpy (line, self->input, length);
          line[length] = '\0';
          self->n_input -= used;
          memmove (self->input, self->input + used, self->n_input);
          return LW_INSTRUMENT_OK;
        }
      if (atomic_load (stop))
        return LW_INSTRUMENT_STOPPED;
      if (poll (&entry, 1, SLICE_MS) <= 0)
        continue;
      n = read (STDIN_FILENO, self->input + self->n_input, sizeof self->input - 1 - self->n_input);
      if (n <= 0)
        {
          g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, _("there are no more answers on standard input; what was learned until here is kept"));
          return LW_INSTRUMENT_FAILED;
        }
      self->n_input += (size_t) n;
    }
}

static gboolean
take_number (const char *text, double *out)
{
  char *end = NULL;

  *out = g_ascii_strtod (text, &end);
  return end != text && *g_strstrip (end) == '\0' && isfinite (*out);
}

static LwInstrumentResult
skip (GError **error)
{
  g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_INSTRUMENT, _("skipped by hand"));
  return LW_INSTRUMENT_NONE;
}

static LwInstrumentResult
ask_context (LwInstrument *instrument, const LwTrial *trial, double *context, const atomic_bool *stop, GError **error)
{
  const LwTaskInfo *info = &trial->task->info;

  for (size_t i = 0; i < info->n_context;)
    {
      const LwContextInfo *c = &info->contexts[i];
      char line[MAX_LINE];
      LwInstrumentResult result;

      g_printerr (_("Iteration %u, episode %u: %s in %s, %g to %g: "), trial->iteration, trial->episode + 1, c->name, c->unit, c->lower, c->upper);
      result = take_line ((LwCliAsk *) instrument, line, stop, error);
      if (result != LW_INSTRUMENT_OK)
        return result;
      if (take_number (line, &context[i]) && context[i] >= c->lower && context[i] <= c->upper)
        i++;
    }
  return LW_INSTRUMENT_OK;
}

static LwInstrumentResult
ask_reward (LwInstrument *instrument, const LwTrial *trial, LwObservation *out, const atomic_bool *stop, GError **error)
{
  for (;;)
    {
      char line[MAX_LINE], *word;
      LwInstrumentResult result;

      g_printerr (_("Iteration %u, episode %u: reward (a number; s = success, f = failure, empty = leave it out): "), trial->iteration, trial->episode + 1);
      result = take_line ((LwCliAsk *) instrument, line, stop, error);
      if (result != LW_INSTRUMENT_OK)
        return result;
      word = g_strstrip (line);
      if (word[0] == '\0')
        return skip (error);
      if (g_ascii_strcasecmp (word, "s") == 0 || g_ascii_strcasecmp (word, "f") == 0)
        {
          out->success = g_ascii_tolower (word[0]) == 's';
          out->reward = out->success;
          return LW_INSTRUMENT_OK;
        }
      if (take_number (word, &out->reward))
        return LW_INSTRUMENT_OK;
    }
}

static void
ask_free (LwInstrument *instrument)
{
  g_free (instrument);
}

static const LwInstrumentClass ask_class = {
  .kind = "ask",
  .context = ask_context,
  .observe = ask_reward,
  .free = ask_free,
};

LwInstrument *
lw_cli_ask_new (void)
{
  LwCliAsk *self = g_new0 (LwCliAsk, 1);

  self->base.klass = &ask_class;
  g_strlcpy (self->base.title, _("you, at this terminal"), sizeof self->base.title);
  return &self->base;
}
