/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-palette.h"

/* Colours, letters and strokes of a plot. Values, immutable once drawn with; any thread. */
typedef struct {
  LwRgb    background;
  gboolean transparent;     /* leave the background to what lies beneath (the window) */
  LwRgb    foreground;      /* titles, values */
  LwRgb    muted;           /* tick labels, axis titles */
  LwRgb    grid;
  LwRgb    axis;            /* the base line and bounds */
  LwRgb    accent;
  LwRgb    warning;         /* bounds, limits */
  gboolean dark;            /* which palette */
  double   line_width;      /* px */
  double   grid_width;
  double   band_alpha;
  double   font_size;       /* px, of tick labels and legend; titles follow */
  char     font_family[64]; /* Pango family list */
} LwTheme;

typedef enum {
  LW_THEME_LIGHT,
  LW_THEME_DARK,
  LW_THEME_HIGH_CONTRAST,
  LW_THEME_HIGH_CONTRAST_DARK,
} LwThemeKind;

/* (transfer none) static storage */
const LwTheme *lw_theme_get (LwThemeKind kind);
/* The colour of category @category (counts from 0). */
LwRgb          lw_theme_category (const LwTheme *self, guint category);
