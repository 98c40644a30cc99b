/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-script.h"

#include <math.h>

#define MAX_TIME 1e9 /* s */

G_DEFINE_QUARK (lw-sim-script-error-quark, lw_sim_script_error)

typedef enum { NOTHING, FRACTION, DELAY, SWITCH, VOLTS, SERVO, GRAMS, PLACE, SERVO_OR_ALL, SERVO_DEGREES } Arguments;

static const struct {
  const char    *word;
  LwSimEventKind kind;
  Arguments      arguments;
} faults[] = {
  { "lost", LW_SIM_EVENT_LOST, FRACTION },
  { "corrupt", LW_SIM_EVENT_CORRUPT, FRACTION },
  { "delay", LW_SIM_EVENT_DELAY, DELAY },
  { "echo", LW_SIM_EVENT_ECHO, SWITCH },
  { "silent", LW_SIM_EVENT_SILENT, NOTHING },
  { "hang-up", LW_SIM_EVENT_HANG_UP, NOTHING },
  { "hand", LW_SIM_EVENT_HAND, PLACE },
  { "load", LW_SIM_EVENT_LOAD, GRAMS },
  { "voltage", LW_SIM_EVENT_VOLTAGE, VOLTS },
  { "missing", LW_SIM_EVENT_MISSING, SERVO },
  { "double", LW_SIM_EVENT_DOUBLE, SERVO },
  { "heat", LW_SIM_EVENT_HEAT, SERVO_DEGREES },
  { "overload", LW_SIM_EVENT_OVERLOAD, SERVO },
  { "encoder", LW_SIM_EVENT_ENCODER, SERVO },
  { "ignore-goals", LW_SIM_EVENT_IGNORE_ALL, SERVO_OR_ALL },
  { "stuck", LW_SIM_EVENT_STUCK, SERVO },
  { "pings-collide", LW_SIM_EVENT_PINGS_COLLIDE, NOTHING },
  { "sync-stops", LW_SIM_EVENT_SYNC_STOPS, NOTHING },
};

/* The words of one line, and where in them the reading stands. */
typedef struct {
  const char *name; /* of the file */
  unsigned    line;
  char      **words;
  unsigned    at;
} Reader;

static gboolean complain (const Reader *self, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

static gboolean
complain (const Reader *self, GError **error, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, LW_SIM_SCRIPT_ERROR, LW_SIM_SCRIPT_ERROR_SYNTAX, "%s, line %u: %s", self->name, self->line, text);
  return FALSE;
}

static const char *
word (const Reader *self)
{
  return self->words[self->at];
}

static gboolean
take_word (Reader *self, const char *expected)
{
  if (g_strcmp0 (word (self), expected) != 0)
    return FALSE;
  self->at++;
  return TRUE;
}

static gboolean
is_number (const char *text)
{
  char *end;

  if (text == NULL)
    return FALSE;
  return isfinite (g_ascii_strtod (text, &end)) && end != text && *end == '\0';
}

static gboolean
take_number (Reader *self, const char *what, double min, double max, double *out, GError **error)
{
  double value;

  if (word (self) == NULL)
    return complain (self, error, "%s is missing at the end", what);
  if (!is_number (word (self)))
    return complain (self, error, "“%s” is not a number; %s belongs here", word (self), what);
  value = g_ascii_strtod (word (self), NULL);
  if (value < min || value > max)
    return complain (self, error, "“%s” is out of range; %s is between %g and %g", word (self), what, min, max);
  self->at++;
  *out = value;
  return TRUE;
}

static gboolean
take_id (Reader *self, uint8_t *out, GError **error)
{
  double value = 0;

  if (!take_number (self, "the id of a servo", 0, LW_SIM_SCRIPT_IDS - 1, &value, error))
    return FALSE;
  if (value != floor (value))
    {
      self->at--;
      return complain (self, error, "“%s” is no id; ids are whole numbers", word (self));
    }
  *out = (uint8_t) value;
  return TRUE;
}

/* What a unit makes of the numbers before it; @otherwise where there is none. */
static double
take_unit (Reader *self, double otherwise)
{
  return take_word (self, "us") ? 1e-6 : take_word (self, "ms") ? 1e-3 : take_word (self, "s") ? 1 : otherwise;
}

static gboolean
take_begin (Reader *self, LwSimEvent *event, GError **error)
{
  double begin;

  if (!take_number (self, "a time", 0, MAX_TIME, &begin, error))
    return FALSE;
  event->begin_ns = llround (begin * take_unit (self, 1) * 1e9);
  return TRUE;
}

/* "from 3 to 4 ms": a time without unit has that of the other. */
static gboolean
take_span (Reader *self, LwSimEvent *event, GError **error)
{
  double begin, end, begin_unit, end_unit;

  if (!take_number (self, "a time", 0, MAX_TIME, &begin, error))
    return FALSE;
  begin_unit = take_unit (self, 0);
  if (!take_word (self, "to"))
    return word (self) == NULL ? complain (self, error, "“to” and a time are missing at the end")
                               : complain (self, error, "“%s” stands where “to” belongs", word (self));
  if (!take_number (self, "a time", 0, MAX_TIME, &end, error))
    return FALSE;
  end_unit = take_unit (self, 1);
  event->begin_ns = llround (begin * (begin_unit > 0 ? begin_unit : end_unit) * 1e9);
  event->end_ns = llround (end * end_unit * 1e9);
  return event->end_ns > event->begin_ns || complain (self, error, "“from %g to %g” ends before it begins", begin, end);
}

static gboolean
take_delay (Reader *self, LwSimEvent *event, GError **error)
{
  double unit;

  if (!take_number (self, "a delay", 0, MAX_TIME, &event->a, error))
    return FALSE;
  event->b = event->a;
  if (is_number (word (self)) && !take_number (self, "a delay", event->a, MAX_TIME, &event->b, error))
    return FALSE;
  unit = take_unit (self, 1);
  event->a *= unit;
  event->b *= unit;
  return TRUE;
}

static gboolean
take_arguments (Reader *self, Arguments arguments, LwSimEvent *event, GError **error)
{
  event->a = 1;
  switch (arguments)
    {
    case NOTHING:
      return TRUE;
    case FRACTION:
      return take_number (self, "a fraction", 0, 1, &event->a, error);
    case DELAY:
      return take_delay (self, event, error);
    case SWITCH:
      event->a = g_strcmp0 (word (self), "on") == 0;
      if (take_word (self, "on") || take_word (self, "off"))
        return TRUE;
      return word (self) == NULL ? complain (self, error, "“on” or “off” is missing at the end")
                                 : complain (self, error, "“%s” stands where “on” or “off” belongs", word (self));
    case VOLTS:
      return take_number (self, "a voltage", 0, 60, &event->a, error);
    case GRAMS:
      return take_number (self, "a mass in grams", -1e6, 1e6, &event->a, error);
    case PLACE:
      return take_number (self, "a coordinate in m", -100, 100, &event->a, error) && take_number (self, "a coordinate in m", -100, 100, &event->b, error)
             && take_number (self, "a coordinate in m", -100, 100, &event->c, error);
    case SERVO:
      return take_id (self, &event->id, error);
    case SERVO_OR_ALL:
      if (word (self) == NULL)
        return TRUE;
      event->kind = LW_SIM_EVENT_IGNORE;
      return take_id (self, &event->id, error);
    case SERVO_DEGREES:
      return take_id (self, &event->id, error) && take_number (self, "a temperature", -40, 200, &event->a, error);
    }
  return FALSE;
}

static gboolean
take_event (Reader *self, LwSimEvent *event, GError **error)
{
  gboolean times = take_word (self, "at") ? take_begin (self, event, error) : !take_word (self, "from") || take_span (self, event, error);

  if (!times)
    return FALSE;
  if (word (self) == NULL)
    return complain (self, error, "a fault is missing at the end");
  for (size_t i = 0; i < G_N_ELEMENTS (faults); i++)
    if (take_word (self, faults[i].word))
      {
        event->kind = faults[i].kind;
        return take_arguments (self, faults[i].arguments, event, error);
      }
  return complain (self, error, "“%s” is not a fault", word (self));
}

static gboolean
take_seed (Reader *self, LwSimScript *script, GError **error)
{
  guint64 seed;

  if (script->has_seed)
    return complain (self, error, "“seed” stands here a second time");
  if (word (self) == NULL)
    return complain (self, error, "a number is missing at the end");
  if (!g_ascii_string_to_unsigned (word (self), 10, 0, G_MAXUINT64, &seed, NULL))
    return complain (self, error, "“%s” is not a whole number; a seed belongs here", word (self));
  self->at++;
  script->seed = seed;
  script->has_seed = true;
  return TRUE;
}

static gboolean
take_line (Reader *self, LwSimScript *script, GError **error)
{
  LwSimEvent event = { .end_ns = INT64_MAX };
  gboolean is_seed = take_word (self, "seed");

  if (word (self) == NULL && !is_seed)
    return TRUE;
  if (is_seed ? !take_seed (self, script, error) : !take_event (self, &event, error))
    return FALSE;
  if (word (self) != NULL)
    return complain (self, error, "“%s” is too much here", word (self));
  if (!is_seed)
    g_array_append_val (script->events, event);
  return TRUE;
}

/* Blanks between words are no words, and a comment ends the line. */
static char **
words_of (const char *line)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) code = g_strsplit (line, "#", 2);
  g_auto (GStrv) parts = g_strsplit_set (code[0] != NULL ? code[0] : "", " \t\r", -1);

  for (char **part = parts; *part != NULL; part++)
    if (**part != '\0')
      g_strv_builder_add (builder, *part);
  return g_strv_builder_end (builder);
}

LwSimScript *
lw_sim_script_parse (const char *text, const char *name, GError **error)
{
  LwSimScript *script = g_new0 (LwSimScript, 1);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  script->seed = 1;
  script->events = g_array_new (FALSE, FALSE, sizeof (LwSimEvent));
  for (unsigned i = 0; lines[i] != NULL; i++)
    {
      g_auto (GStrv) words = words_of (lines[i]);
      Reader reader = { .name = name, .line = i + 1, .words = words };

      if (!take_line (&reader, script, error))
        {
          lw_sim_script_free (script);
          return NULL;
        }
    }
  return script;
}

LwSimScript *
lw_sim_script_load (const char *path, GError **error)
{
  g_autofree char *text = NULL;
  g_autofree char *name = g_path_get_basename (path);
  g_autoptr (GError) inner = NULL;

  if (!g_file_get_contents (path, &text, NULL, &inner))
    {
      g_set_error (error, LW_SIM_SCRIPT_ERROR, LW_SIM_SCRIPT_ERROR_FILE, "%s", inner->message);
      return NULL;
    }
  if (!g_utf8_validate (text, -1, NULL))
    {
      g_set_error (error, LW_SIM_SCRIPT_ERROR, LW_SIM_SCRIPT_ERROR_FILE, "%s is not a text file", name);
      return NULL;
    }
  return lw_sim_script_parse (text, name, error);
}

void
lw_sim_script_prepend (LwSimScript *self, LwSimEventKind kind, double a)
{
  LwSimEvent event = { .kind = kind, .end_ns = INT64_MAX, .a = a };

  if (a != 0)
    g_array_prepend_val (self->events, event);
}

void
lw_sim_script_free (LwSimScript *self)
{
  if (self == NULL)
    return;
  g_array_unref (self->events);
  g_free (self);
}
