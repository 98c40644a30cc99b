/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-scale-private.h"

#define MS G_GINT64_CONSTANT (1000000)
#define SLICE_NS (20 * MS)    /* stop is seen within */
#define REPLY_NS (600 * MS)   /* one question waits so long when there is time for another */
#define LATE_NS (2000 * MS)   /* an answer that is not there by then never comes */
#define PACE_NS (100 * MS)    /* between questions; some scales lose faster ones */
#define MAX_LATE 16           /* reads after a deadline, of what is there already: a line that babbles without end has an end */
#define STILL_LINES 5         /* at rest so long at something else than zero: the tare was lost or given up */

const LwScaleCommands *
lw_scale_commands (LwScaleFormat format)
{
  static const LwScaleCommands commands[LW_SCALE_N_FORMATS] = {
    [LW_SCALE_AND] = { "Q\r\n", "T\r\n", "Z\r\n", false },
    [LW_SCALE_SICS] = { "SI\r\n", "T\r\n", "Z\r\n", true },
    [LW_SCALE_OHAUS] = { "IP\r\n", "T\r\n", "Z\r\n", false },
    [LW_SCALE_STGS] = { "W", "T", "Z", false },
    [LW_SCALE_KERN] = { "w", "t", "t", false },
    [LW_SCALE_KERN_EW] = { "O8\r\n", "T \r\n", "T \r\n", false },
    [LW_SCALE_SBI] = { "\033P\r\n", "\033U\r\n", "\033V\r\n", false },
    [LW_SCALE_RADWAG] = { "SI\r\n", "T\r\n", "Z\r\n", true },
  };

  return &commands[format];
}

const char *
lw_weighing_text (LwWeighing result)
{
  switch (result)
    {
    case LW_WEIGH_OK: return "it was read";
    case LW_WEIGH_TIMEOUT: return "it said nothing in time";
    case LW_WEIGH_RESTLESS: return "it did not come to rest in time";
    case LW_WEIGH_OUTSIDE: return "it is overloaded, or less than the empty pan lies on it";
    case LW_WEIGH_REFUSED: return "it refused";
    case LW_WEIGH_STOPPED: return "stopped";
    case LW_WEIGH_GONE: return "its line hung up";
    case LW_WEIGH_FAILED: break;
    }
  return "the system refused";
}

int64_t
lw_scale_now (const LwScale *self)
{
  return lw_clock_now (self->transport->clock);
}

static LwWeighing
weighing_of_io (LwIo io)
{
  switch (io)
    {
    case LW_IO_OK: return LW_WEIGH_OK;
    case LW_IO_TIMEOUT: return LW_WEIGH_TIMEOUT;
    case LW_IO_GONE: return LW_WEIGH_GONE;
    case LW_IO_FAILED: break;
    }
  return LW_WEIGH_FAILED;
}

/* ---- lines ---- */

bool
lw_scale_tells_a_load (const LwScaleReading *reading)
{
  return reading->status == LW_SCALE_VALUE || reading->status == LW_SCALE_OVERLOAD || reading->status == LW_SCALE_UNDERLOAD
         || reading->status == LW_SCALE_OTHER_UNIT;
}

/* Formats that begin with the number share most lines; what moves tells them apart. */
static bool
is_number_first (LwScaleFormat format)
{
  return format == LW_SCALE_OHAUS || format == LW_SCALE_KERN || format == LW_SCALE_SBI;
}

static void
understand (LwScale *self, LwScaleReading *out)
{
  self->counters.lines++;
  lw_scale_reading_parse (self->line, self->n_line, self->guessed ? LW_SCALE_ANY : self->format, out);
  if (self->guessed && out->status != LW_SCALE_NOT_A_READING)
    {
      if (!is_number_first (out->format))
        *out = (LwScaleReading){ .status = LW_SCALE_NOT_A_READING, .format = self->format, .grams = NAN, .step = NAN };
      else if (!out->stable)
        self->format = out->format;
    }
  if (out->status == LW_SCALE_NOT_A_READING)
    self->counters.refused++;
}

/* One byte more; true when it ends a line that says something. */
static bool
add_byte (LwScale *self, uint8_t byte)
{
  const bool end = (byte & 0x7F) == '\r' || (byte & 0x7F) == '\n';

  if (self->skipping)
    {
      self->skipping = !end;
      return false;
    }
  if (self->n_line == 0 && end)
    return false;
  self->line[self->n_line++] = byte;
  if (!end && self->n_line == sizeof self->line)
    {
      self->skipping = true;
      self->n_line = 0;
    }
  return end;
}

LwWeighing
lw_scale_take_line (LwScale *self, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns)
{
  for (;;)
    {
      LwIo io;

      while (self->at_input < self->n_input)
        if (add_byte (self, self->input[self->at_input++]))
          {
            understand (self, out);
            self->n_line = 0;
            if (t_ns != NULL)
              *t_ns = self->input_ns;
            return LW_WEIGH_OK;
          }
      if (stop != NULL && atomic_load (stop))
        return LW_WEIGH_STOPPED;
      self->at_input = self->n_input = 0;
      io = self->transport->klass->read (self->transport, self->input, sizeof self->input, &self->n_input,
                                         MIN (deadline_ns, lw_scale_now (self) + SLICE_NS));
      self->input_ns = lw_scale_now (self);
      self->n_late = self->input_ns < deadline_ns ? 0 : self->n_late + 1;
      if (io == LW_IO_OK && self->n_late <= MAX_LATE)
        continue;
      self->n_input = 0;
      if (io == LW_IO_OK)
        return LW_WEIGH_TIMEOUT;
      if (io != LW_IO_TIMEOUT || self->input_ns >= deadline_ns)
        return weighing_of_io (io);
    }
}

LwWeighing
lw_scale_flush (LwScale *self)
{
  self->n_line = self->n_input = self->at_input = 0;
  /* What follows may be the rest of a line. */
  self->skipping = self->streaming;
  return weighing_of_io (self->transport->klass->flush (self->transport));
}

LwWeighing
lw_scale_send (LwScale *self, const char *command, int64_t deadline_ns)
{
  self->counters.asked++;
  self->asked_ns = lw_scale_now (self);
  return weighing_of_io (self->transport->klass->write (self->transport, (const uint8_t *) command, strlen (command), deadline_ns));
}

/* ---- questions ---- */

/* Answers to questions that were given up come first, or never. */
static LwWeighing
let_late_answers_pass (LwScale *self, const atomic_bool *stop, int64_t deadline_ns)
{
  while (self->owed > 0)
    {
      LwScaleReading scrap;
      LwWeighing result = lw_scale_take_line (self, stop, MIN (deadline_ns, self->owed_until_ns), &scrap, NULL);

      if (result == LW_WEIGH_OK)
        {
          self->counters.late++;
          self->owed--;
        }
      else if (result != LW_WEIGH_TIMEOUT)
        return result;
      else if (lw_scale_now (self) >= self->owed_until_ns)
        self->owed = 0;
      else
        return LW_WEIGH_TIMEOUT;
    }
  return LW_WEIGH_OK;
}

/* Waits until the pace allows another question; what comes meanwhile was not asked for. */
static LwWeighing
keep_pace (LwScale *self, const atomic_bool *stop, int64_t deadline_ns)
{
  const int64_t until_ns = MIN (deadline_ns, self->asked_ns + PACE_NS);
  LwScaleReading scrap;
  LwWeighing result = LW_WEIGH_OK;

  while (result == LW_WEIGH_OK && self->asked_ns != 0 && lw_scale_now (self) < until_ns)
    {
      result = lw_scale_take_line (self, stop, until_ns, &scrap, NULL);
      self->counters.late += result == LW_WEIGH_OK ? 1 : 0;
    }
  return result == LW_WEIGH_TIMEOUT ? LW_WEIGH_OK : result;
}

LwWeighing
lw_scale_begin_question (LwScale *self, const char *command, const atomic_bool *stop, int64_t deadline_ns)
{
  LwWeighing result = LW_WEIGH_OK;

  if (!self->streaming)
    {
      result = let_late_answers_pass (self, stop, deadline_ns);
      if (result == LW_WEIGH_OK)
        result = keep_pace (self, stop, deadline_ns);
    }
  if (result == LW_WEIGH_OK)
    result = lw_scale_flush (self);
  self->skipping = false; /* the rest of a line is no answer, and an answer may be the next to come */
  return result == LW_WEIGH_OK ? lw_scale_send (self, command, deadline_ns) : result;
}

void
lw_scale_give_up (LwScale *self)
{
  self->counters.unanswered++;
  self->owed++;
  self->owed_until_ns = lw_scale_now (self) + LATE_NS;
}

LwWeighing
lw_scale_ask (LwScale *self, const char *command, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns)
{
  LwWeighing result = lw_scale_begin_question (self, command, stop, deadline_ns);

  if (result != LW_WEIGH_OK)
    return result;
  do
    result = lw_scale_take_line (self, stop, deadline_ns, out, t_ns);
  while (result == LW_WEIGH_OK && !lw_scale_tells_a_load (out) && out->status != LW_SCALE_BUSY && out->status != LW_SCALE_ERROR_CODE);
  if (result != LW_WEIGH_OK)
    lw_scale_give_up (self);
  return result;
}

/* ---- reading ---- */

LwWeighing
lw_scale_next (LwScale *self, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns)
{
  LwWeighing result;

  if (!self->streaming)
    return lw_scale_ask (self, self->question, stop, MIN (deadline_ns, lw_scale_now (self) + PACE_NS + REPLY_NS), out, t_ns);
  do
    result = lw_scale_take_line (self, stop, deadline_ns, out, t_ns);
  while (result == LW_WEIGH_OK && out->status == LW_SCALE_NOT_A_READING);
  return result;
}

LwWeighing
lw_scale_read (LwScale *self, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns)
{
  LwWeighing result = self->streaming ? lw_scale_flush (self) : LW_WEIGH_OK;

  while (result == LW_WEIGH_OK)
    {
      result = lw_scale_next (self, stop, deadline_ns, out, t_ns);
      if (result == LW_WEIGH_OK && lw_scale_tells_a_load (out))
        return LW_WEIGH_OK;
      if (result == LW_WEIGH_TIMEOUT && lw_scale_now (self) < deadline_ns)
        result = LW_WEIGH_OK; /* a lost question is asked again */
    }
  return result;
}

/* Why nothing stable came of what was last seen. */
static LwWeighing
why_not (LwScaleStatus seen)
{
  switch (seen)
    {
    case LW_SCALE_OVERLOAD: case LW_SCALE_UNDERLOAD: return LW_WEIGH_OUTSIDE;
    case LW_SCALE_VALUE: return LW_WEIGH_RESTLESS;
    case LW_SCALE_BUSY: case LW_SCALE_ERROR_CODE: case LW_SCALE_OTHER_UNIT: return LW_WEIGH_REFUSED;
    default: return LW_WEIGH_TIMEOUT;
    }
}

LwWeighing
lw_scale_wait_for_rest (LwScale *self, bool zero, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns)
{
  LwWeighing result = self->streaming ? lw_scale_flush (self) : LW_WEIGH_OK;
  LwScaleStatus seen = LW_SCALE_NOT_A_READING;
  double before = NAN;
  int n_still = 0;

  while (result == LW_WEIGH_OK)
    {
      result = lw_scale_next (self, stop, deadline_ns, out, t_ns);
      if (result == LW_WEIGH_TIMEOUT && lw_scale_now (self) < deadline_ns)
        {
          n_still = 0;
          result = LW_WEIGH_OK;
          continue;
        }
      if (result != LW_WEIGH_OK)
        break;
      seen = out->status;
      n_still = out->status == LW_SCALE_VALUE && out->stable ? n_still + 1 : 0;
      if (n_still > 1 && fabs (out->grams - before) <= 1.001 * out->step)
        {
          if (!zero || fabs (out->grams) <= 2.001 * out->step)
            return LW_WEIGH_OK;
          if (n_still >= STILL_LINES)
            return LW_WEIGH_REFUSED;
        }
      before = n_still > 0 ? out->grams : NAN;
    }
  return result != LW_WEIGH_TIMEOUT ? result : n_still > 0 && zero ? LW_WEIGH_REFUSED : why_not (seen);
}

LwWeighing
lw_scale_read_stable (LwScale *self, const atomic_bool *stop, int64_t deadline_ns, LwScaleReading *out, int64_t *t_ns)
{
  return lw_scale_wait_for_rest (self, false, stop, deadline_ns, out, t_ns);
}

/* ---- what it is ---- */

LwScaleFormat
lw_scale_get_format (const LwScale *self)
{
  return self->format;
}

bool
lw_scale_is_streaming (const LwScale *self)
{
  return self->streaming;
}

const char *
lw_scale_get_title (const LwScale *self)
{
  return self->title;
}

void
lw_scale_get_counters (const LwScale *self, LwScaleCounters *out)
{
  *out = self->counters;
}

void
lw_scale_free (LwScale *self)
{
  if (self == NULL)
    return;
  lw_transport_free (self->transport);
  g_free (self);
}
