/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Finding out what scale is on a port, and how it wants to be asked. */
#include <string.h>

#include "lw-scale-private.h"

#define MS G_GINT64_CONSTANT (1000000)
#define LISTEN_NS (1200 * MS) /* the slowest scales print once a second */
#define ASK_NS (300 * MS)

static const struct {
  unsigned  baud;
  LwFraming framing;
} usual[] = { { 9600, { 8, 'N', 1 } }, { 2400, { 7, 'E', 1 } }, { 1200, { 7, 'O', 1 } }, { 19200, { 8, 'N', 1 } } };

/* Takes over the format of a line that says one. Errors count too: whoever sends them speaks this language, but other questions may do better. */
static bool
recognises (LwScale *self, const LwScaleReading *line)
{
  if (!lw_scale_tells_a_load (line) && line->status != LW_SCALE_BUSY)
    return false;
  self->guessed = self->format == LW_SCALE_ANY && (line->format == LW_SCALE_OHAUS || line->format == LW_SCALE_KERN || line->format == LW_SCALE_SBI);
  self->format = line->format;
  return true;
}

static LwWeighing
listen_for_format (LwScale *self, const atomic_bool *stop, int64_t deadline_ns)
{
  LwScaleReading line;
  LwWeighing result;

  do
    result = lw_scale_take_line (self, stop, deadline_ns, &line, NULL);
  while (result == LW_WEIGH_OK && !recognises (self, &line));
  return result;
}

/* Whichever of the format's own question and of @answered_to it answers while it moves, too. */
static LwWeighing
settle_on_question (LwScale *self, const char *answered_to, const atomic_bool *stop)
{
  const char *own = lw_scale_commands (self->format)->now;
  LwScaleReading reading;

  self->question = own;
  if (answered_to == NULL || strcmp (own, answered_to) == 0)
    return LW_WEIGH_OK;
  switch (lw_scale_ask (self, own, stop, lw_scale_now (self) + 2 * ASK_NS, &reading, NULL))
    {
    case LW_WEIGH_OK:
      if (lw_scale_tells_a_load (&reading) || reading.status == LW_SCALE_BUSY)
        return LW_WEIGH_OK;
      break;
    case LW_WEIGH_TIMEOUT: break;
    case LW_WEIGH_STOPPED: return LW_WEIGH_STOPPED;
    default: return LW_WEIGH_GONE;
    }
  self->question = answered_to;
  return LW_WEIGH_OK;
}

/* LW_WEIGH_TIMEOUT: nothing like a scale. */
static LwWeighing
detect (LwScale *self, const atomic_bool *stop)
{
  /* Of formats that share their lines the question tells which it is. */
  static const struct {
    const char   *text;
    LwScaleFormat format;
  } questions[] = {
    { "SI\r\n", LW_SCALE_ANY }, { "Q\r\n", LW_SCALE_ANY }, { "IP\r\n", LW_SCALE_OHAUS }, { "\033P\r\n", LW_SCALE_SBI }, { "w", LW_SCALE_KERN }, { "W", LW_SCALE_ANY },
  };
  const LwScaleFormat told = self->format;
  uint64_t lines_before;
  LwWeighing result;

  self->streaming = true;
  result = lw_scale_flush (self);
  if (result == LW_WEIGH_OK)
    result = listen_for_format (self, stop, lw_scale_now (self) + LISTEN_NS);
  if (result != LW_WEIGH_TIMEOUT)
    return result;
  self->streaming = false;
  self->skipping = false;
  lines_before = self->counters.lines;
  for (size_t i = 0; i < G_N_ELEMENTS (questions) && result == LW_WEIGH_TIMEOUT; i++)
    {
      const char *question = told != LW_SCALE_ANY ? lw_scale_commands (told)->now : questions[i].text;
      const uint64_t lines = self->counters.lines - lines_before;

      result = lw_scale_send (self, question, lw_scale_now (self) + ASK_NS);
      if (result == LW_WEIGH_OK)
        result = listen_for_format (self, stop, lw_scale_now (self) + ASK_NS);
      if (result != LW_WEIGH_OK)
        continue;
      if (self->guessed && questions[i].format != LW_SCALE_ANY)
        {
          self->format = questions[i].format;
          self->guessed = false;
        }
      /* Earlier questions may still be answered by a slow one. */
      self->owed = i > lines ? (unsigned) (i - lines) : 0;
      self->owed_until_ns = lw_scale_now (self) + ASK_NS;
      return settle_on_question (self, question, stop);
    }
  return result;
}

static LwScale *
scale_on (LwTransport *transport, LwScaleFormat format)
{
  LwScale *self = g_new0 (LwScale, 1);

  self->transport = transport;
  self->format = format;
  return self;
}

static void
set_error (GError **error, LwWeighing result, const char *name)
{
  if (result == LW_WEIGH_STOPPED)
    g_set_error_literal (error, LW_BUS_ERROR, LW_BUS_ERROR_STOPPED, "Stopped");
  else if (result == LW_WEIGH_TIMEOUT)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_SILENT,
                 "No scale answers on %s. Is it switched on, and does its menu send data to this connector? Its manual says format and speed: they can be given", name);
  else
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "%s: %s", name, lw_weighing_text (result));
}

static void
name_it (LwScale *self, const char *line)
{
  if (line[0] != '\0')
    g_snprintf (self->title, sizeof self->title, "%s on %s, %s", lw_scale_format_title (self->format), self->transport->name, line);
  else
    g_snprintf (self->title, sizeof self->title, "%s on %s", lw_scale_format_title (self->format), self->transport->name);
}

LwScale *
lw_scale_new (LwTransport *transport, LwScaleFormat format, const atomic_bool *stop, GError **error)
{
  LwScale *self = scale_on (transport, format);
  const LwWeighing result = detect (self, stop);

  if (result == LW_WEIGH_OK)
    {
      name_it (self, "");
      return self;
    }
  set_error (error, result, transport->name);
  lw_scale_free (self);
  return NULL;
}

static bool
has_speed (const char *name)
{
  return !g_str_has_prefix (name, "tcp:");
}

LwScale *
lw_scale_open (const char *name, const LwScaleSettings *settings, const atomic_bool *stop, GError **error)
{
  static const LwScaleSettings unknown = { .format = LW_SCALE_ANY };
  LwWeighing result = LW_WEIGH_TIMEOUT;

  if (settings == NULL)
    settings = &unknown;
  for (size_t i = 0; i < G_N_ELEMENTS (usual) && result == LW_WEIGH_TIMEOUT; i++)
    {
      const unsigned baud = settings->baud != 0 ? settings->baud : usual[i].baud;
      const LwFraming framing = settings->baud != 0 ? settings->framing : usual[i].framing;
      LwTransport *transport = has_speed (name) ? lw_transport_serial_open_as (name, baud, framing, error) : lw_transport_open (name, 0, error);
      const bool only_one = settings->baud != 0 || transport == NULL || transport->baud == 0; /* a line without speed */
      LwScale *self;

      if (transport == NULL)
        return NULL;
      self = scale_on (transport, settings->format);
      result = detect (self, stop);
      if (result == LW_WEIGH_OK)
        {
          char line[32] = "";

          if (transport->baud != 0)
            g_snprintf (line, sizeof line, "%u baud %u%c%u", baud, framing.data_bits, framing.parity, framing.stop_bits);
          name_it (self, line);
          return self;
        }
      lw_scale_free (self);
      if (only_one)
        break;
    }
  set_error (error, result, name);
  return NULL;
}
