/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the lines of each maker look like (hardware.md 7). */
#include "lw-scale-layout.h"

#include <glib.h>
#include <string.h>

#define AND_WIDTH     8  /* of the digits and the point, leading zeros included; longer on scales for heavy loads */
#define AND_UNIT      3  /* of the unit, blanks included, at least */
#define SICS_WIDTH    10 /* of the weight, blanks and sign included */
#define RADWAG_LENGTH 17 /* the shortest of its lines with a value */
#define SBI_LABEL     6  /* characters before the value when a label is sent */

/* ---- what the formats share ---- */

static void
set_answer (LwScaleReading *out, const char *command, const char *code)
{
  out->status = LW_SCALE_ANSWER;
  g_strlcpy (out->command, command, sizeof out->command);
  g_strlcpy (out->code, code, sizeof out->code);
}

static bool
set_status (LwScaleReading *out, LwScaleFormat format, LwScaleStatus status)
{
  out->format = format;
  out->status = status;
  return true;
}

/* @unit may be empty: grams. False for a word that is no unit. */
static bool
set_value (LwScaleReading *out, LwScaleFormat format, const LwScaleNumber *number, const char *unit, bool stable)
{
  const double factor = unit[0] != '\0' ? lw_scale_unit_grams (unit) : 1.0;

  if (factor < 0.0)
    return false;
  g_strlcpy (out->unit, unit, sizeof out->unit);
  if (factor == 0.0)
    return set_status (out, format, LW_SCALE_OTHER_UNIT);
  out->grams = number->value * factor;
  out->step = number->step * factor;
  out->stable = stable;
  return set_status (out, format, LW_SCALE_VALUE);
}

static bool
is_at_end (LwScaleCursor *c)
{
  lw_scale_skip_blanks (c);
  return c->at == c->end;
}

/* number [blanks] unit [blanks] end; the unit may be missing when @bare. */
static bool
take_value (LwScaleCursor *c, LwScaleNumber *number, char unit[8], bool bare)
{
  unit[0] = '\0';
  if (!lw_scale_take_number (c, number))
    return false;
  lw_scale_skip_blanks (c);
  if (!lw_scale_take_word (c, unit, 8) && !bare)
    return false;
  return is_at_end (c);
}

/* ---- one function a format: true when the line is its own, with @out filled ---- */

/* A&D and its look-alikes: words and the value, separated by commas. */
static bool
parse_commas (LwScaleCursor c, LwScaleFormat format, LwScaleReading *out)
{
  static const char comparator[][3] = { "OK", "HI", "LO", "--" };
  char header[3], unit[8];
  LwScaleNumber number;
  const char *field;
  bool look_alike = false;

  if (c.end - c.at < 4 || c.at[2] != ',')
    return false;
  memcpy (header, c.at, 2);
  header[2] = '\0';
  c.at += 3;
  if (strcmp (header, "EC") == 0)
    {
      out->format = LW_SCALE_AND;
      out->status = LW_SCALE_ERROR_CODE;
      g_snprintf (out->code, sizeof out->code, "EC,%.*s", (int) MIN (c.end - c.at, 8), c.at);
      return format == LW_SCALE_AND || format == LW_SCALE_ANY;
    }
  if (strcmp (header, "ST") != 0 && strcmp (header, "US") != 0 && strcmp (header, "QT") != 0 && strcmp (header, "OL") != 0)
    return false;
  for (int width = 2; width >= 1 && !look_alike; width--)
    if (c.end - c.at > width && c.at[width] == ',')
      {
        look_alike = memcmp (c.at, width == 2 ? "GS" : "G", (size_t) width) == 0 || memcmp (c.at, width == 2 ? "NT" : "N", (size_t) width) == 0;
        if (look_alike)
          out->net = c.at[0] == 'G' ? LW_SCALE_GROSS : LW_SCALE_NET;
        else if (width == 1 || (memcmp (c.at, comparator[0], 2) != 0 && memcmp (c.at, comparator[1], 2) != 0
                                && memcmp (c.at, comparator[2], 2) != 0 && memcmp (c.at, comparator[3], 2) != 0))
          return false;
        c.at += width + 1;
        break;
      }
  if (format != LW_SCALE_ANY && format != (look_alike ? LW_SCALE_STGS : LW_SCALE_AND))
    return false;
  format = look_alike ? LW_SCALE_STGS : LW_SCALE_AND;
  lw_scale_skip_blanks (&c);
  if (header[0] == 'O')
    return set_status (out, format, c.at < c.end && *c.at == '-' ? LW_SCALE_UNDERLOAD : LW_SCALE_OVERLOAD);
  if (!lw_scale_take_number (&c, &number))
    return false;
  field = c.at;
  lw_scale_skip_blanks (&c);
  if (!lw_scale_take_word (&c, unit, sizeof unit)
      || (format == LW_SCALE_AND && (!number.has_sign || number.width < AND_WIDTH || c.at - field < AND_UNIT)) || !is_at_end (&c))
    return false;
  if (header[0] == 'Q' && lw_scale_unit_grams (unit) != 0.0)
    return false;
  return set_value (out, format, &number, unit, header[0] == 'S');
}

/* "S S  weight unit", and the answers of T, Z, I4 … in which a letter tells how it went. */
static bool
parse_sics (LwScaleCursor c, LwScaleFormat format, LwScaleReading *out)
{
  static const char *const commands[] = { "T", "TA", "TAC", "TI", "Z", "ZI", "I0", "I1", "I2", "I3", "I4", "I5", "C", "SI", "S" };
  char command[4], unit[8];
  const char *field;
  LwScaleNumber number;
  char letter;
  bool known = false;

  if (!lw_scale_take_word (&c, command, sizeof command))
    return false;
  out->format = format == LW_SCALE_ANY ? LW_SCALE_SICS : format;
  if (command[0] == 'E' && strlen (command) == 2 && strchr ("STL", command[1]) != NULL && is_at_end (&c))
    {
      out->status = LW_SCALE_ERROR_CODE;
      g_strlcpy (out->code, command, sizeof out->code);
      return true;
    }
  if (format == LW_SCALE_OHAUS || lw_scale_skip_blanks (&c) == 0 || c.at == c.end || (c.at + 1 < c.end && c.at[1] != ' '))
    return false;
  for (size_t i = 0; i < G_N_ELEMENTS (commands); i++)
    known |= strcmp (command, commands[i]) == 0;
  letter = *c.at++;
  if (!known || strchr ("ASDILE+-^v", letter) == NULL)
    return false;
  if (command[0] != 'S')
    {
      /* "T +" alone; a number behind the sign is another format's line. */
      if (strchr ("+-", letter) != NULL && !is_at_end (&c))
        return false;
      set_answer (out, command, (char[]){ letter, '\0' });
      return true;
    }
  field = c.at + 1;
  if (is_at_end (&c))
    switch (letter)
      {
      case '+': case '^': return set_status (out, out->format, LW_SCALE_OVERLOAD);
      case '-': case 'v': return set_status (out, out->format, LW_SCALE_UNDERLOAD);
      case 'I': case 'A': return set_status (out, out->format, LW_SCALE_BUSY);
      case 'L': case 'E':
        g_snprintf (out->code, sizeof out->code, "%s %c", command, letter);
        return set_status (out, out->format, LW_SCALE_ERROR_CODE);
      default: return false;
      }
  if ((letter != 'S' && letter != 'D') || format == LW_SCALE_RADWAG)
    return false;
  if (c.end - c.at > 6 && memcmp (c.at, "Error ", 6) == 0)
    {
      g_snprintf (out->code, sizeof out->code, "Error %.*s", (int) MIN (c.end - c.at - 6, 5), c.at + 6);
      return set_status (out, LW_SCALE_SICS, LW_SCALE_ERROR_CODE);
    }
  if (!lw_scale_take_number (&c, &number) || c.at - field < SICS_WIDTH || lw_scale_skip_blanks (&c) == 0
      || !lw_scale_take_word (&c, unit, sizeof unit) || !is_at_end (&c))
    return false;
  return set_value (out, LW_SCALE_SICS, &number, unit, letter == 'S');
}

/* The command it answers, a mark that says whether it moves, and the value, in columns. */
static bool
parse_radwag (LwScaleCursor c, LwScaleFormat format, LwScaleReading *out)
{
  const long length = c.end - c.at;
  char command[4], unit[8];
  LwScaleNumber number;
  char mark = ' ';

  if (!lw_scale_take_word (&c, command, sizeof command) || command[0] != 'S' || strspn (command, "SUI") != strlen (command) || length < RADWAG_LENGTH)
    return false;
  if (lw_scale_skip_blanks (&c) == 0)
    return false;
  if (c.at < c.end && strchr ("?^v", *c.at) != NULL)
    mark = *c.at++;
  lw_scale_skip_blanks (&c);
  if (!take_value (&c, &number, unit, false))
    return false;
  if (mark == '^' || mark == 'v')
    return set_status (out, LW_SCALE_RADWAG, mark == '^' ? LW_SCALE_OVERLOAD : LW_SCALE_UNDERLOAD);
  return set_value (out, LW_SCALE_RADWAG, &number, unit, mark == ' ');
}

/* Columns: sign, 7 or 8 of digits and point, unit, comparator, state. */
static bool
parse_kern_ew (LwScaleCursor c, LwScaleFormat format, LwScaleReading *out)
{
  const long length = c.end - c.at;
  LwScaleCursor digits = c, word = c;
  LwScaleNumber number;
  char unit[8], state;

  if ((length != 12 && length != 13) || strchr ("+- ", c.at[0]) == NULL || strchr ("LGH ", c.end[-2]) == NULL)
    return false;
  state = c.end[-1];
  digits.end = word.at = c.end - 4;
  word.end = c.end - 2;
  lw_scale_skip_blanks (&digits);
  lw_scale_skip_blanks (&word);
  if (!lw_scale_take_number (&digits, &number) || digits.at != digits.end || !lw_scale_take_word (&word, unit, sizeof unit) || word.at != word.end
      || lw_scale_unit_grams (unit) < 0.0 || strchr ("SUE", state) == NULL)
    return false;
  if (state == 'E')
    {
      g_strlcpy (out->code, "E", sizeof out->code);
      return set_status (out, LW_SCALE_KERN_EW, LW_SCALE_ERROR_CODE);
    }
  return set_value (out, LW_SCALE_KERN_EW, &number, unit, state == 'S');
}

/* Words where the value would be. */
static bool
parse_state_word (LwScaleCursor c, LwScaleFormat format, LwScaleReading *out)
{
  format = format == LW_SCALE_ANY ? LW_SCALE_SBI : format;
  lw_scale_skip_blanks (&c);
  while (c.end > c.at && c.end[-1] == ' ')
    c.end--;
  if (c.end - c.at == 4 && memcmp (c.at, "High", 4) == 0)
    return set_status (out, format, LW_SCALE_OVERLOAD);
  if (c.end - c.at == 3 && memcmp (c.at, "Low", 3) == 0)
    return set_status (out, format, LW_SCALE_UNDERLOAD);
  if (c.end - c.at >= 4 && memcmp (c.at, "Cal.", 4) == 0)
    return set_status (out, format, LW_SCALE_BUSY);
  if (c.end - c.at >= 3 && g_ascii_strncasecmp (c.at, "Err", 3) == 0)
    {
      g_snprintf (out->code, sizeof out->code, "%.*s", (int) MIN (c.end - c.at, 11), c.at);
      return set_status (out, format, LW_SCALE_ERROR_CODE);
    }
  return false;
}

/* Sartorius with a label of six characters in front of what parse_number_first() reads. */
static bool
parse_sbi_label (LwScaleCursor c, LwScaleFormat format, LwScaleReading *out)
{
  LwScaleCursor value = { c.at + SBI_LABEL, c.end };
  char label[SBI_LABEL + 1], unit[8];
  LwScaleNumber number;

  if (c.end - c.at <= SBI_LABEL || !g_ascii_isalpha (*c.at) || !lw_scale_take_word (&c, label, sizeof label))
    return false;
  lw_scale_skip_blanks (&c);
  if (c.at < value.at)
    return false;
  if (strcmp (label, "Stat") == 0)
    return parse_state_word (value, LW_SCALE_SBI, out);
  lw_scale_skip_blanks (&value);
  if (!take_value (&value, &number, unit, true) || !number.has_sign)
    return false;
  if (strcmp (label, "N") == 0 || strcmp (label, "G") == 0 || strcmp (label, "G#") == 0)
    {
      out->net = label[0] == 'N' ? LW_SCALE_NET : LW_SCALE_GROSS;
      return set_value (out, LW_SCALE_SBI, &number, unit, unit[0] != '\0');
    }
  return strcmp (label, "Qnt") == 0 && set_status (out, LW_SCALE_SBI, LW_SCALE_OTHER_UNIT);
}

static bool
is_legend (const char *word, LwScaleNet *net)
{
  static const char *const words[] = { "NET", "N", "GROSS", "G", "B" };

  for (size_t i = 0; i < G_N_ELEMENTS (words); i++)
    if (strcmp (word, words[i]) == 0)
      {
        *net = i < 2 ? LW_SCALE_NET : LW_SCALE_GROSS;
        return true;
      }
  return false;
}

/* Ohaus, KERN and Sartorius without a label: a number, a unit, and in Ohaus' "?" and a legend. */
static bool
parse_number_first (LwScaleCursor c, LwScaleFormat format, LwScaleReading *out)
{
  const bool signed_column = c.at < c.end && (*c.at == '+' || *c.at == '-');
  LwScaleNumber number;
  LwScaleNet net = LW_SCALE_NET_UNKNOWN;
  char unit[8] = "", legend[11] = "";
  bool moves = false, only_ohaus;

  lw_scale_skip_blanks (&c);
  if (!lw_scale_take_number (&c, &number))
    return false;
  lw_scale_skip_blanks (&c);
  (void) lw_scale_take_word (&c, unit, sizeof unit);
  lw_scale_skip_blanks (&c);
  moves = c.at < c.end && *c.at == '?';
  c.at += moves ? 1 : 0;
  lw_scale_skip_blanks (&c);
  if (lw_scale_take_word (&c, legend, sizeof legend) && !is_legend (legend, &net))
    return false;
  if (!is_at_end (&c))
    return false;

  only_ohaus = moves || legend[0] != '\0';
  if (unit[0] == '\0' && only_ohaus)
    return false;
  if (format == LW_SCALE_ANY)
    format = only_ohaus ? LW_SCALE_OHAUS : signed_column ? LW_SCALE_SBI : unit[0] == '\0' ? LW_SCALE_KERN : LW_SCALE_OHAUS;
  if (format == LW_SCALE_OHAUS ? unit[0] == '\0' : only_ohaus)
    return false;
  out->net = net;
  return set_value (out, format, &number, unit, !moves && unit[0] != '\0');
}

/* ---- all of them ---- */

#define BIT(format) (1u << (format))

bool
lw_scale_layout_parse (LwScaleCursor text, LwScaleFormat format, LwScaleReading *out)
{
  /* The stricter first: what follows takes less of a line for granted. */
  static const struct {
    unsigned formats;
    bool   (*parse) (LwScaleCursor text, LwScaleFormat format, LwScaleReading *out);
  } layouts[] = {
    { BIT (LW_SCALE_AND) | BIT (LW_SCALE_STGS), parse_commas },
    { BIT (LW_SCALE_SICS) | BIT (LW_SCALE_RADWAG) | BIT (LW_SCALE_OHAUS), parse_sics },
    { BIT (LW_SCALE_RADWAG), parse_radwag },
    { BIT (LW_SCALE_KERN_EW), parse_kern_ew },
    { BIT (LW_SCALE_SBI), parse_sbi_label },
    { BIT (LW_SCALE_OHAUS) | BIT (LW_SCALE_KERN) | BIT (LW_SCALE_SBI), parse_state_word },
    { BIT (LW_SCALE_OHAUS) | BIT (LW_SCALE_KERN) | BIT (LW_SCALE_SBI), parse_number_first },
  };
  const LwScaleReading empty = *out;

  for (size_t i = 0; i < G_N_ELEMENTS (layouts); i++)
    {
      if (format != LW_SCALE_ANY && (layouts[i].formats & BIT (format)) == 0)
        continue;
      if (layouts[i].parse (text, format, out))
        return true;
      *out = empty;
    }
  return false;
}
