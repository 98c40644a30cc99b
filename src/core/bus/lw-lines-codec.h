/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Lines of text as an arm speaks them, as pure functions on bytes. No state, no allocation, no locale; any thread.
 *
 *   t q1 .. qn [v1 .. vn]      from the arm: us of its own counter (wraps at 2^32), rad, rad/s; nan for a joint that does not answer
 *   g q1 .. qn                 to the arm: goals, rad
 *   free | hold | stop         to the arm: no power; power, staying here
 *
 * Fields are separated by blanks, tabs or commas; LF, CR or both end a line. Numbers are decimal, with or without fraction and exponent: what else a
 * C library takes for a number (inf, 0x10, 1,5) makes the line none. */
#define LW_LINES_MAX_LINE   1024 /* bytes, end included */
#define LW_LINES_MAX_VALUES 32
#define LW_LINES_LARGEST    1e6  /* of any value: more is none */

typedef struct {
  uint32_t t_us;
  size_t   n;
  double   values[LW_LINES_MAX_VALUES]; /* NaN where the arm said nan */
} LwLinesSample;

typedef enum {
  LW_LINES_VALID,   /* a line; used = its bytes, end included */
  LW_LINES_INVALID, /* used bytes that are none. Unless the last of them is a line end, what follows is the rest of a line: to be passed over up to its end */
  LW_LINES_EMPTY,   /* nothing before the line end */
  LW_LINES_MORE,    /* no line end yet; used = 0 */
} LwLinesResult;

/* @out is written only with LW_LINES_VALID. */
LwLinesResult lw_lines_parse        (const uint8_t *bytes, size_t n, LwLinesSample *out, size_t *used);
/* How many bytes to the end of the line, that end included; @n when it is not among them (@found false). */
size_t        lw_lines_skip         (const uint8_t *bytes, size_t n, bool *found);
/* The number that is exactly these @n bytes (nan is none); false and nothing written when they are not one. Right to the last digit or the one beside it. */
bool          lw_lines_parse_number (const char *text, size_t n, double *out);
/* "g ..." with six decimals and its line end into @out; returns its length, 0 when it does not fit or a value is not finite or too large. */
size_t        lw_lines_build_goals  (char *out, size_t capacity, const double *q, size_t n);
