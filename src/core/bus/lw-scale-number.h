/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* For lw-scale-reading.c: a place in a line's text. Every function moves it only past what it took. */
typedef struct {
  const char *at;
  const char *end;
} LwScaleCursor;

typedef struct {
  double value; /* in the scale's own unit */
  double step;  /* of the last digit */
  size_t width; /* characters of the digits and the point */
  bool   has_sign;
} LwScaleNumber;

/* Returns how many. */
size_t lw_scale_skip_blanks (LwScaleCursor *self);
/* [sign][blanks]digits[.digits], at most 15 digits, the decimal sign a point in any locale; correctly rounded. */
bool   lw_scale_take_number (LwScaleCursor *self, LwScaleNumber *out);
/* Letters, digits, '%' and '#' up to a blank or comma, at most @size - 1 of them. False when there is none or more. */
bool   lw_scale_take_word   (LwScaleCursor *self, char *word, size_t size);
/* Grams in one of @unit, whatever its case; 0: a count or a share, no mass; negative: not a unit that scales send. */
double lw_scale_unit_grams  (const char *unit);
