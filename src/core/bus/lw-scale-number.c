/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-scale-number.h"

#include <glib.h>
#include <stdint.h>
#include <string.h>

#define MAX_DIGITS 15 /* an integer of so many is exact in a double, and so is the power of ten it is divided by: one rounding */

size_t
lw_scale_skip_blanks (LwScaleCursor *self)
{
  const char *from = self->at;

  while (self->at < self->end && *self->at == ' ')
    self->at++;
  return (size_t) (self->at - from);
}

bool
lw_scale_take_number (LwScaleCursor *self, LwScaleNumber *out)
{
  LwScaleCursor c = *self;
  const char *digits;
  double ten_to = 1.0;
  int64_t mantissa = 0;
  int n_digits = 0;
  bool negative = false, has_sign, point = false;

  has_sign = c.at < c.end && (*c.at == '+' || *c.at == '-');
  if (has_sign)
    {
      negative = *c.at++ == '-';
      lw_scale_skip_blanks (&c);
    }
  digits = c.at;
  for (; c.at < c.end && (g_ascii_isdigit (*c.at) || (*c.at == '.' && !point && n_digits > 0)); c.at++)
    if (*c.at == '.')
      point = true;
    else
      {
        if (++n_digits > MAX_DIGITS)
          return false;
        mantissa = 10 * mantissa + (*c.at - '0');
        if (point)
          ten_to *= 10.0;
      }
  if (n_digits == 0)
    return false;
  *out = (LwScaleNumber){ .value = (double) (negative ? -mantissa : mantissa) / ten_to, .step = 1.0 / ten_to,
                          .width = (size_t) (c.at - digits), .has_sign = has_sign };
  *self = c;
  return true;
}

static bool
is_word (char c)
{
  return g_ascii_isalnum (c) || c == '%' || c == '#';
}

bool
lw_scale_take_word (LwScaleCursor *self, char *word, size_t size)
{
  size_t n = 0;

  while (self->at + n < self->end && is_word (self->at[n]))
    n++;
  if (n == 0 || n >= size || (self->at + n < self->end && self->at[n] != ' ' && self->at[n] != ','))
    return false;
  memcpy (word, self->at, n);
  word[n] = '\0';
  self->at += n;
  return true;
}

double
lw_scale_unit_grams (const char *unit)
{
  static const struct { const char *name; double grams; } units[] = {
    { "g", 1.0 }, { "kg", 1000.0 }, { "mg", 1e-3 }, { "t", 1e6 }, { "oz", 28.349523125 }, { "lb", 453.59237 }, { "ozt", 31.1034768 },
    { "ct", 0.2 }, { "gn", 0.06479891 }, { "dwt", 1.55517384 },
    { "pc", 0.0 }, { "pcs", 0.0 }, { "%", 0.0 },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (units); i++)
    if (g_ascii_strcasecmp (unit, units[i].name) == 0)
      return units[i].grams;
  return -1.0;
}
