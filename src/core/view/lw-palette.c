/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-palette.h"

#include <math.h>

#define HEX(c) { ((c) >> 16 & 0xff) / 255.0, ((c) >> 8 & 0xff) / 255.0, ((c) & 0xff) / 255.0 }

/* Found by a random search that stays near eight clear hues while every pair keeps a CIE L*a*b* distance of 20, as seen, and
 * under full deuteranopia and protanopia as modelled by Machado, Oliveira and Fernandes (IEEE TVCG 15(6), 2009). */
static const LwRgb on_light[LW_PALETTE_SIZE] = {
  HEX (0x277fed), HEX (0xee6703), HEX (0x228c75), HEX (0x8239a9), HEX (0xbb3c03), HEX (0x319bc3), HEX (0x845c3b), HEX (0x622d71),
};
static const LwRgb on_dark[LW_PALETTE_SIZE] = {
  HEX (0x8bbbff), HEX (0xe78b35), HEX (0x57d3a0), HEX (0xc470be), HEX (0xffdc6f), HEX (0xa8dcf6), HEX (0xe0705a), HEX (0x9e84fe),
};

static const struct {
  double lengths[6];
  size_t n;
} dashes[] = {
  [LW_DASH_SOLID]        = { { 0 }, 0 },
  [LW_DASH_LONG]         = { { 7, 3 }, 2 },
  [LW_DASH_DOT]          = { { 1, 2.5 }, 2 },
  [LW_DASH_DASH_DOT]     = { { 7, 2.5, 1, 2.5 }, 4 },
  [LW_DASH_SHORT]        = { { 3.5, 2.5 }, 2 },
  [LW_DASH_LONG_DOT_DOT] = { { 8, 2.5, 1, 2.5, 1, 2.5 }, 6 },
  [LW_DASH_SPARSE]       = { { 5, 6 }, 2 },
  [LW_DASH_LONG_SHORT]   = { { 10, 3, 4, 3 }, 4 },
};

LwRgb
lw_palette_colour (size_t category, bool dark)
{
  return (dark ? on_dark : on_light)[category % LW_PALETTE_SIZE];
}

LwShape
lw_palette_shape (size_t category)
{
  return LW_SHAPE_CIRCLE + (LwShape) (category % LW_PALETTE_SIZE);
}

LwDash
lw_palette_dash (size_t category)
{
  return LW_DASH_SOLID + (LwDash) (category % LW_PALETTE_SIZE);
}

const double *
lw_dash_pattern (LwDash dash, size_t *n)
{
  if (dash < LW_DASH_SOLID || dash > LW_DASH_LONG_SHORT)
    dash = LW_DASH_SOLID;
  *n = dashes[dash].n;
  return dashes[dash].lengths;
}

static double
linear (double c)
{
  return c <= 0.04045 ? c / 12.92 : pow ((c + 0.055) / 1.055, 2.4);
}

static double
luminance (LwRgb c)
{
  return 0.2126 * linear (c.r) + 0.7152 * linear (c.g) + 0.0722 * linear (c.b);
}

double
lw_rgb_contrast (LwRgb a, LwRgb b)
{
  double la = luminance (a), lb = luminance (b);

  return (fmax (la, lb) + 0.05) / (fmin (la, lb) + 0.05);
}
