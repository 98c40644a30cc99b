/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-lines-codec.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MAX_FIELD      40   /* bytes of a number */
#define MAX_EXPONENT   999  /* larger ones are not read on */
#define MAX_DIGITS     18   /* that fit a uint64_t */
#define MAX_TIME       20   /* digits */
#define MICRO          1000000

static bool
is_end (uint8_t byte)
{
  return byte == '\n' || byte == '\r';
}

static bool
is_blank (uint8_t byte)
{
  return byte == ' ' || byte == '\t' || byte == ',';
}

static bool
is_digit (char c)
{
  return c >= '0' && c <= '9';
}

size_t
lw_lines_skip (const uint8_t *bytes, size_t n, bool *found)
{
  size_t at = 0;

  while (at < n && !is_end (bytes[at]))
    at++;
  *found = at < n;
  return at < n ? at + 1 : n;
}

/* Digits from @at on, as many as fit into @value; further ones only count. @n_dropped: digits before a point that did not fit. */
static size_t
take_digits (const char *text, size_t n, size_t at, uint64_t *value, int *n_taken, int *n_dropped)
{
  for (; at < n && is_digit (text[at]); at++)
    if (*n_taken < MAX_DIGITS)
      {
        *value = *value * 10 + (uint64_t) (text[at] - '0');
        *n_taken += *value != 0; /* leading zeros do not count */
      }
    else
      (*n_dropped)++;
  return at;
}

/* value x 10^exponent: one rounding where the power is exact (to 22), two beyond. */
static double
scale (uint64_t value, int exponent)
{
  double result = (double) value;
  int left = abs (exponent);

  while (left > 0 && result != 0 && isfinite (result))
    {
      int step = left < 22 ? left : 22;

      result = exponent > 0 ? result * pow (10, step) : result / pow (10, step);
      left -= step;
    }
  return result;
}

/* e, an optional sign, digits to the end. */
static bool
take_exponent (const char *text, size_t n, size_t at, int *exponent)
{
  bool negative = at + 1 < n && text[at + 1] == '-';
  int value = 0;

  at += negative || (at + 1 < n && text[at + 1] == '+') ? 2 : 1;
  if (at >= n)
    return false;
  for (; at < n; at++)
    {
      if (!is_digit (text[at]))
        return false;
      value = value < MAX_EXPONENT ? value * 10 + (text[at] - '0') : value;
    }
  *exponent += negative ? -value : value;
  return true;
}

bool
lw_lines_parse_number (const char *text, size_t n, double *out)
{
  bool negative = n > 0 && text[0] == '-';
  size_t at = n > 0 && (text[0] == '-' || text[0] == '+') ? 1 : 0, first;
  int n_taken = 0, n_dropped = 0, exponent = 0, n_unused = 0;
  uint64_t value = 0;

  if (n > MAX_FIELD)
    return false;
  first = at;
  at = take_digits (text, n, at, &value, &n_taken, &n_dropped);
  exponent = n_dropped;
  if (at < n && text[at] == '.')
    {
      size_t point = at++;

      first++;
      at = take_digits (text, n, at, &value, &n_taken, &n_unused);
      exponent -= (int) (at - point - 1) - n_unused;
    }
  if (at == first) /* no digit at all */
    return false;
  if (at < n && ((text[at] != 'e' && text[at] != 'E') || !take_exponent (text, n, at, &exponent)))
    return false;
  *out = negative ? -scale (value, exponent) : scale (value, exponent);
  return true;
}

static bool
parse_time (const char *text, size_t n, uint32_t *out)
{
  uint64_t value = 0;

  if (n == 0 || n > MAX_TIME)
    return false;
  for (size_t i = 0; i < n; i++)
    {
      if (!is_digit (text[i]))
        return false;
      value = value * 10 + (uint64_t) (text[i] - '0');
    }
  *out = (uint32_t) value; /* an arm that counts further has wrapped for us */
  return true;
}

static bool
parse_value (const char *text, size_t n, double *out)
{
  if (n == 3 && (memcmp (text, "nan", 3) == 0 || memcmp (text, "NaN", 3) == 0 || memcmp (text, "NAN", 3) == 0))
    {
      *out = NAN;
      return true;
    }
  return lw_lines_parse_number (text, n, out) && fabs (*out) <= LW_LINES_LARGEST;
}

/* The next field of @line from *@at on; false without one. */
static bool
next_field (const uint8_t *line, size_t n, size_t *at, const char **field, size_t *n_field)
{
  size_t start = *at, end;

  while (start < n && is_blank (line[start]))
    start++;
  for (end = start; end < n && !is_blank (line[end]); end++)
    ;
  *field = (const char *) line + start;
  *n_field = end - start;
  *at = end;
  return end > start;
}

static bool
parse_line (const uint8_t *line, size_t n, LwLinesSample *out)
{
  LwLinesSample sample = { .n = 0 };
  const char *field;
  size_t at = 0, n_field;

  if (!next_field (line, n, &at, &field, &n_field) || !parse_time (field, n_field, &sample.t_us))
    return false;
  while (next_field (line, n, &at, &field, &n_field))
    if (sample.n == LW_LINES_MAX_VALUES || !parse_value (field, n_field, &sample.values[sample.n++]))
      return false;
  if (sample.n == 0)
    return false;
  *out = sample;
  return true;
}

LwLinesResult
lw_lines_parse (const uint8_t *bytes, size_t n, LwLinesSample *out, size_t *used)
{
  bool found;
  size_t length = lw_lines_skip (bytes, n, &found);

  *used = 0;
  if (!found && n < LW_LINES_MAX_LINE)
    return LW_LINES_MORE;
  *used = length;
  if (!found || length > LW_LINES_MAX_LINE)
    return LW_LINES_INVALID;
  if (length == 1)
    return LW_LINES_EMPTY;
  return parse_line (bytes, length - 1, out) ? LW_LINES_VALID : LW_LINES_INVALID;
}

/* @value in millionths, with six decimals; returns the bytes written, 0 when they do not fit. */
static size_t
put_micros (char *out, size_t capacity, int64_t micros)
{
  char digits[24];
  uint64_t rest = micros < 0 ? (uint64_t) -micros : (uint64_t) micros;
  size_t n = 0, at = 0;

  for (; n < 7 || rest > 0; n++)
    {
      digits[n] = (char) ('0' + rest % 10);
      rest /= 10;
    }
  if (n + 2 > capacity)
    return 0;
  if (micros < 0)
    out[at++] = '-';
  while (n > 0)
    {
      if (n == 6)
        out[at++] = '.';
      out[at++] = digits[--n];
    }
  return at;
}

size_t
lw_lines_build_goals (char *out, size_t capacity, const double *q, size_t n)
{
  size_t at = 1;

  if (capacity < 2)
    return 0;
  out[0] = 'g';
  for (size_t i = 0; i < n; i++)
    {
      size_t n_number;

      if (!(fabs (q[i]) <= LW_LINES_LARGEST) || at + 2 > capacity)
        return 0;
      out[at++] = ' ';
      n_number = put_micros (out + at, capacity - at, (int64_t) round (q[i] * MICRO));
      if (n_number == 0)
        return 0;
      at += n_number;
    }
  if (at >= capacity)
    return 0;
  out[at++] = '\n';
  return at;
}
