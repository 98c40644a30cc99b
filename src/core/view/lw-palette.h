/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Eight categories told apart three times: by a colour that stays distinct under deuteranopia and protanopia and has a contrast of at least 3 to 1
 * to the background, by a dash pattern, by a marker's shape. Data only; any thread. */
enum { LW_PALETTE_SIZE = 8 };

typedef struct {
  double r, g, b; /* sRGB, 0 to 1 */
} LwRgb;

typedef enum {
  LW_SHAPE_AUTO, /* the category's own */
  LW_SHAPE_CIRCLE,
  LW_SHAPE_SQUARE,
  LW_SHAPE_TRIANGLE,
  LW_SHAPE_DIAMOND,
  LW_SHAPE_TRIANGLE_DOWN,
  LW_SHAPE_CROSS,
  LW_SHAPE_PLUS,
  LW_SHAPE_STAR,
  LW_SHAPE_NONE,
} LwShape;

typedef enum {
  LW_DASH_AUTO, /* the category's own */
  LW_DASH_SOLID,
  LW_DASH_LONG,
  LW_DASH_DOT,
  LW_DASH_DASH_DOT,
  LW_DASH_SHORT,
  LW_DASH_LONG_DOT_DOT,
  LW_DASH_SPARSE,
  LW_DASH_LONG_SHORT,
} LwDash;

/* @category counts from 0 and wraps round. */
LwRgb    lw_palette_colour (size_t category, bool dark);
LwShape  lw_palette_shape  (size_t category);
LwDash   lw_palette_dash   (size_t category);
/* On and off lengths in line widths (transfer none); *@n = 0 for a solid line. */
const double *lw_dash_pattern (LwDash dash, size_t *n);
/* WCAG relative luminance contrast, 1 to 21. */
double   lw_rgb_contrast   (LwRgb a, LwRgb b);
