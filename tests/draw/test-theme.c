/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-theme.h"

static void
test_legible (void)
{
  for (LwThemeKind kind = LW_THEME_LIGHT; kind <= LW_THEME_HIGH_CONTRAST_DARK; kind++)
    {
      const LwTheme *t = lw_theme_get (kind);
      gboolean high = kind >= LW_THEME_HIGH_CONTRAST;

      /* WCAG 2.1: 4.5 for text (7 asked of high contrast), 3 for what is drawn. */
      g_assert_cmpfloat (lw_rgb_contrast (t->foreground, t->background), >=, 7);
      g_assert_cmpfloat (lw_rgb_contrast (t->muted, t->background), >=, high ? 7 : 4.5);
      g_assert_cmpfloat (lw_rgb_contrast (t->warning, t->background), >=, high ? 7 : 4.5);
      g_assert_cmpfloat (lw_rgb_contrast (t->accent, t->background), >=, 3);
      for (guint i = 0; i < LW_PALETTE_SIZE; i++)
        g_assert_cmpfloat (lw_rgb_contrast (lw_theme_category (t, i), t->background), >=, 3);
      g_assert_cmpfloat (lw_rgb_contrast (t->grid, t->background), <, 4);
      g_assert_cmpint (t->dark, ==, kind == LW_THEME_DARK || kind == LW_THEME_HIGH_CONTRAST_DARK);
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/theme/legible", test_legible);
  return g_test_run ();
}
