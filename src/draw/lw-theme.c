/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-theme.h"

#define GREY(v) { (v) / 255.0, (v) / 255.0, (v) / 255.0 }
#define HEX(c) { ((c) >> 16 & 0xff) / 255.0, ((c) >> 8 & 0xff) / 255.0, ((c) & 0xff) / 255.0 }
#define FAMILY "Cantarell, Inter, DejaVu Sans, sans-serif"

static const LwTheme themes[] = {
  [LW_THEME_LIGHT] = {
    .background = GREY (255), .foreground = GREY (0x24), .muted = GREY (0x5c), .grid = GREY (0xe8), .axis = GREY (0xa8),
    .accent = HEX (0x1c71d8), .warning = HEX (0xa8330a),
    .line_width = 1.5, .grid_width = 1, .band_alpha = 0.18, .font_size = 12, .font_family = FAMILY,
  },
  [LW_THEME_DARK] = {
    .background = GREY (0x1e), .foreground = GREY (0xf2), .muted = GREY (0xb4), .grid = GREY (0x3a), .axis = GREY (0x74),
    .accent = HEX (0x78aeed), .warning = HEX (0xff9c6e), .dark = TRUE,
    .line_width = 1.5, .grid_width = 1, .band_alpha = 0.24, .font_size = 12, .font_family = FAMILY,
  },
  [LW_THEME_HIGH_CONTRAST] = {
    .background = GREY (255), .foreground = GREY (0), .muted = GREY (0x20), .grid = GREY (0xb0), .axis = GREY (0),
    .accent = HEX (0x003f8a), .warning = HEX (0x8a1f00),
    .line_width = 2.25, .grid_width = 1, .band_alpha = 0.30, .font_size = 13, .font_family = FAMILY,
  },
  [LW_THEME_HIGH_CONTRAST_DARK] = {
    .background = GREY (0), .foreground = GREY (255), .muted = GREY (0xe8), .grid = GREY (0x60), .axis = GREY (255),
    .accent = HEX (0xa8d0ff), .warning = HEX (0xffb48f), .dark = TRUE,
    .line_width = 2.25, .grid_width = 1, .band_alpha = 0.38, .font_size = 13, .font_family = FAMILY,
  },
};

const LwTheme *
lw_theme_get (LwThemeKind kind)
{
  return &themes[(guint) kind < G_N_ELEMENTS (themes) ? kind : LW_THEME_LIGHT];
}

LwRgb
lw_theme_category (const LwTheme *self, guint category)
{
  return lw_palette_colour (category, self->dark);
}
