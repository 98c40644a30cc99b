/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-scale-reading.h"

#include <glib.h>
#include <math.h>

#include "lw-scale-layout.h"

#define ACKNOWLEDGED 0x06 /* A&D's answer to a command when its menu says so */

static bool
has_odd_ones (uint8_t byte)
{
  return (__builtin_popcount (byte) & 1) != 0;
}

/* The characters before the line's end, without NULs. False when there is no end, when the line is too long, and when its bytes are neither all of 7 bits nor
 * all of one parity, as a 7-bit scale's are on a port that reads 8. */
static bool
take_text (const uint8_t *line, size_t n, char *text, size_t *length)
{
  bool high = false, odd = false, even = false, ended = false;

  *length = 0;
  for (size_t i = 0; i < n && !ended; i++)
    {
      const char c = (char) (line[i] & 0x7F);

      high |= (line[i] & 0x80) != 0;
      *(has_odd_ones (line[i]) ? &odd : &even) = true;
      if (c == '\0')
        continue;
      ended = c == '\r' || c == '\n';
      if (ended)
        break;
      if (*length == LW_SCALE_MAX_LINE)
        return false;
      text[(*length)++] = c;
    }
  return ended && !(high && odd && even);
}

static bool
is_printable (const char *text, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (text[i] < 0x20 || text[i] == 0x7F)
      return false;
  return true;
}

LwScaleStatus
lw_scale_reading_parse (const uint8_t *line, size_t n, LwScaleFormat format, LwScaleReading *out)
{
  char text[LW_SCALE_MAX_LINE];
  size_t length;

  *out = (LwScaleReading){ .status = LW_SCALE_NOT_A_READING, .format = format, .grams = NAN, .step = NAN };
  if (!take_text (line, n, text, &length) || length == 0)
    return out->status;
  if (length == 1 && text[0] == ACKNOWLEDGED && (format == LW_SCALE_AND || format == LW_SCALE_ANY))
    {
      out->format = LW_SCALE_AND;
      out->status = LW_SCALE_ANSWER;
      g_strlcpy (out->code, "ACK", sizeof out->code);
    }
  else if (is_printable (text, length))
    (void) lw_scale_layout_parse ((LwScaleCursor){ text, text + length }, format, out);
  return out->status;
}
