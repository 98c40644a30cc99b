/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How each format puts what the simulated scale has to say, and what it understands (hardware.md 7). */
#include <math.h>
#include <string.h>

#include "lw-sim-scale-private.h"

#define PATIENCE_NS 2500000000 /* how long a command waits for the pan to stand still */

void
lw_sim_scale_queue (LwSimScale *self, const char *text, int64_t delay_ns)
{
  LwSimScaleLine *line = &self->lines[(self->first_line + self->n_lines) % LW_SIM_SCALE_MAX_WAITING];

  if (self->n_lines == LW_SIM_SCALE_MAX_WAITING)
    return;
  line->n = (size_t) g_snprintf ((char *) line->bytes, sizeof line->bytes, "%s\r\n", text);
  line->due_ns = self->now_ns + delay_ns;
  for (size_t i = 0; self->config.parity != 'N' && i < line->n; i++)
    if ((__builtin_popcount (line->bytes[i]) & 1) == (self->config.parity == 'E' ? 1 : 0))
      line->bytes[i] |= 0x80;
  self->n_lines++;
}

static void
reply (LwSimScale *self, const char *text)
{
  lw_sim_scale_queue (self, text, (int64_t) (1e9 * atomic_load (&self->reply_delay)));
}

/* ---- numbers ---- */

/* @digits: without sign, in the C locale. */
static void
format_value (const LwSimScale *self, const char *digits, bool negative, const char *command, char *text, size_t size)
{
  const char sign = negative ? '-' : '+';
  const bool stable = self->stable;

  switch (self->config.format)
    {
    case LW_SCALE_AND:
      g_snprintf (text, size, "%s,%c%.*s%s  g", stable ? "ST" : "US", sign, MAX (0, 8 - (int) strlen (digits)), "00000000", digits);
      break;
    case LW_SCALE_SICS:
      {
        g_autofree char *number = g_strconcat (negative ? "-" : "", digits, NULL);

        g_snprintf (text, size, "S %c %10s g", stable ? 'S' : 'D', number);
        break;
      }
    case LW_SCALE_OHAUS:
      {
        g_autofree char *number = g_strconcat (negative ? "-" : "", digits, NULL);

        g_snprintf (text, size, stable ? "%10s g    %s" : "%10s g ?  %s", number, self->tare != 0.0 ? " NET" : "");
        break;
      }
    case LW_SCALE_STGS:
      g_snprintf (text, size, "%s,%s,%c%8s g", stable ? "ST" : "US", self->tare != 0.0 ? "NT" : "GS", sign, digits);
      break;
    case LW_SCALE_KERN:
      g_snprintf (text, size, "%c%11s%s", negative ? '-' : ' ', digits, stable ? " g" : "");
      break;
    case LW_SCALE_KERN_EW:
      g_snprintf (text, size, "%c%.*s%s G %c", sign, MAX (0, 7 - (int) strlen (digits)), "0000000", digits, stable ? 'S' : 'U');
      break;
    case LW_SCALE_SBI:
      g_snprintf (text, size, "%c%9s %-3s", sign, digits, stable ? "g" : "");
      break;
    case LW_SCALE_RADWAG:
    default:
      g_snprintf (text, size, "%-3s%c %c%9s %-3s", command, stable ? ' ' : '?', negative ? '-' : ' ', digits, "g");
      break;
    }
}

static void
format_outside (const LwSimScale *self, bool over, const char *command, char *text, size_t size)
{
  switch (self->config.format)
    {
    case LW_SCALE_AND: g_snprintf (text, size, "OL,%c9999999E+19", over ? '+' : '-'); break;
    case LW_SCALE_STGS: g_snprintf (text, size, "OL,GS,%c       g", over ? '+' : '-'); break;
    case LW_SCALE_SICS: g_snprintf (text, size, "S %c", over ? '+' : '-'); break;
    case LW_SCALE_KERN_EW: g_snprintf (text, size, "+0000.00 G E"); break;
    case LW_SCALE_RADWAG: g_snprintf (text, size, "%-3s%c  %9s %-3s", command, over ? '^' : 'v', "0.00", "g"); break;
    case LW_SCALE_SBI: g_snprintf (text, size, "      %-10s", over ? "High" : "Low"); break;
    default: g_snprintf (text, size, "%10s", over ? "Err 8.4" : "Err 8.3"); break;
    }
}

void
lw_sim_scale_print (LwSimScale *self, const char *command)
{
  char text[LW_SCALE_MAX_LINE - 2], format[8], digits[32];
  const char *asked = command != NULL ? command : "SI";
  double grams;
  const LwScaleStatus status = lw_sim_scale_shown (self, &grams);

  if (status == LW_SCALE_VALUE)
    {
      g_snprintf (format, sizeof format, "%%.%df", self->decimals);
      g_ascii_formatd (digits, sizeof digits, format, fabs (grams));
      format_value (self, digits, grams < 0.0, asked, text, sizeof text);
    }
  else
    format_outside (self, status == LW_SCALE_OVERLOAD, asked, text, sizeof text);
  if (command != NULL)
    reply (self, text);
  else
    lw_sim_scale_queue (self, text, 0);
}

/* ---- commands ---- */

/* Byte by byte, without line ends; ESC and the byte behind it are one. */
bool
lw_sim_scale_obeys_bytes (LwScaleFormat format)
{
  return format == LW_SCALE_STGS || format == LW_SCALE_KERN || format == LW_SCALE_SBI;
}

static bool
answers_everything (LwScaleFormat format)
{
  return format == LW_SCALE_SICS || format == LW_SCALE_RADWAG;
}

void
lw_sim_scale_acknowledge (LwSimScale *self, LwSimScaleWaiting what, bool done)
{
  char text[LW_SCALE_MAX_LINE - 2], number[32];

  if (what == LW_SIM_SCALE_TO_PRINT && done)
    lw_sim_scale_print (self, self->asked);
  else if (self->config.format == LW_SCALE_SICS && what == LW_SIM_SCALE_TO_TARE && done)
    {
      g_ascii_formatd (number, sizeof number, "%.2f", self->tare);
      g_snprintf (text, sizeof text, "T S %10s g", number);
      reply (self, text);
    }
  else if (answers_everything (self->config.format))
    {
      g_snprintf (text, sizeof text, "%s %s", self->asked, !done ? "I" : self->config.format == LW_SCALE_RADWAG ? "D" : "A");
      reply (self, text);
    }
  else if (self->config.format == LW_SCALE_OHAUS && !done)
    reply (self, "ES");
}

static void
wait_for_rest (LwSimScale *self, LwSimScaleWaiting what, const char *asked)
{
  self->waiting = what;
  self->waiting_until_ns = self->now_ns + PATIENCE_NS;
  g_strlcpy (self->asked, asked, sizeof self->asked);
}

void
lw_sim_scale_obey (LwSimScale *self, const char *command)
{
  enum { NOW, STABLE, TARE, ZERO, STREAM, QUIET, TELL };
  static const struct {
    LwScaleFormat format;
    const char   *command;
    int           what;
  } understood[] = {
    { LW_SCALE_AND, "Q", NOW }, { LW_SCALE_AND, "SI", NOW }, { LW_SCALE_AND, "S", STABLE }, { LW_SCALE_AND, "SIR", STREAM }, { LW_SCALE_AND, "C", QUIET },
    { LW_SCALE_AND, "T", TARE }, { LW_SCALE_AND, "Z", ZERO }, { LW_SCALE_AND, "R", ZERO },
    { LW_SCALE_SICS, "SI", NOW }, { LW_SCALE_SICS, "S", STABLE }, { LW_SCALE_SICS, "SIR", STREAM }, { LW_SCALE_SICS, "@", QUIET },
    { LW_SCALE_SICS, "T", TARE }, { LW_SCALE_SICS, "Z", ZERO }, { LW_SCALE_SICS, "I2", TELL }, { LW_SCALE_SICS, "I4", TELL },
    { LW_SCALE_OHAUS, "IP", NOW }, { LW_SCALE_OHAUS, "P", NOW }, { LW_SCALE_OHAUS, "SP", STABLE }, { LW_SCALE_OHAUS, "CP", STREAM },
    { LW_SCALE_OHAUS, "0P", QUIET }, { LW_SCALE_OHAUS, "T", TARE }, { LW_SCALE_OHAUS, "Z", ZERO },
    { LW_SCALE_STGS, "W", NOW }, { LW_SCALE_STGS, "S", STABLE }, { LW_SCALE_STGS, "T", TARE }, { LW_SCALE_STGS, "Z", ZERO },
    { LW_SCALE_KERN, "w", NOW }, { LW_SCALE_KERN, "s", STABLE }, { LW_SCALE_KERN, "t", TARE },
    { LW_SCALE_KERN_EW, "O8", NOW }, { LW_SCALE_KERN_EW, "O9", STABLE }, { LW_SCALE_KERN_EW, "T ", TARE },
    { LW_SCALE_SBI, "\033P", NOW }, { LW_SCALE_SBI, "\033T", TARE }, { LW_SCALE_SBI, "\033U", TARE }, { LW_SCALE_SBI, "\033V", ZERO },
    { LW_SCALE_RADWAG, "SI", NOW }, { LW_SCALE_RADWAG, "S", STABLE }, { LW_SCALE_RADWAG, "C1", STREAM }, { LW_SCALE_RADWAG, "C0", QUIET },
    { LW_SCALE_RADWAG, "T", TARE }, { LW_SCALE_RADWAG, "Z", ZERO },
  };
  int what = -1;

  for (size_t i = 0; i < G_N_ELEMENTS (understood) && what < 0; i++)
    if (understood[i].format == self->config.format && strcmp (understood[i].command, command) == 0)
      what = understood[i].what;
  switch (what)
    {
    case NOW: lw_sim_scale_print (self, command); break;
    case STABLE: wait_for_rest (self, LW_SIM_SCALE_TO_PRINT, command); break;
    case TARE: wait_for_rest (self, LW_SIM_SCALE_TO_TARE, command); break;
    case ZERO: wait_for_rest (self, LW_SIM_SCALE_TO_ZERO, command); break;
    case STREAM: self->streaming = true; break;
    case QUIET:
      self->streaming = false;
      if (command[0] == '@')
        reply (self, "I4 A \"00000001\"");
      break;
    case TELL: reply (self, command[1] == '2' ? "I2 A \"Lampwork simulated scale\"" : "I4 A \"00000001\""); break;
    default:
      if (answers_everything (self->config.format) || self->config.format == LW_SCALE_OHAUS)
        reply (self, "ES");
      break;
    }
}
