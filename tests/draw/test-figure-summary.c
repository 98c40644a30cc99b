/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-figure.h"

#include <math.h>
#include <string.h>

static LwFigure *
joint (void)
{
  LwFigure *figure = lw_figure_new ("Joint 2");
  const double t[] = { 0, 1, 2 }, q[] = { 0, G_PI / 2, G_PI / 4 }, low[] = { -0.1, 1, 0.5 }, high[] = { 0.1, 2, G_PI / 3 };

  lw_figure_set_x_axis (figure, "Time", LW_UNIT_SECOND);
  lw_figure_set_y_axis (figure, "Position", LW_UNIT_DEGREE);
  lw_figure_add_band (figure, t, low, high, 3, NULL, "±2 σ", 12, "demonstrations");
  lw_figure_add_line_xy (figure, t, q, 3, NULL, "Mean");
  lw_figure_add_bound (figure, 2, NULL, "Limit");
  lw_figure_add_mark (figure, 1, NULL, "Via-point");
  return figure;
}

static void
assert_contains (const char *text, const char *part)
{
  if (!strstr (text, part))
    g_error ("“%s” does not contain “%s”", text, part);
}

static void
test_sentences (void)
{
  g_autoptr (LwFigure) figure = joint ();
  g_autofree char *text = lw_figure_dup_summary (figure);

  assert_contains (text, "Joint 2.");
  assert_contains (text, "Time from 0.000\u00a0s to 2.000\u00a0s.");
  assert_contains (text, "Mean: 3 points, least 0.0°, greatest 90.0°, last 45.0°.");
  assert_contains (text, "Band ±2 σ over 12 demonstrations: from 28.6° to 60.0° at its end.");
  assert_contains (text, "Limit at 114.6°.");
  assert_contains (text, "Via-point at 1.000\u00a0s.");
}

static void
test_stack (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  const char *const parts_names[] = { "Component 1", "Component 2" }, *categories[] = { "left", "right", NULL };
  const double a[] = { 0.5, 0.25 }, b[] = { 0.5, 0.75 };
  LwSeries *parts[] = { lw_series_new_from (NULL, a, 2), lw_series_new_from (NULL, b, 2) };

  lw_figure_set_y_axis (figure, "Weight", LW_UNIT_PERCENT);
  LwLayer *stack = lw_figure_add_stack (figure, LW_STACK_BARS, parts, 2, parts_names);
  g_autofree char *over_time = lw_figure_dup_summary (figure);

  assert_contains (over_time, "Component 2: last 75.0\u00a0%.");
  lw_figure_remove (figure, stack);
  lw_figure_set_x_categories (figure, categories);
  lw_figure_add_stack (figure, LW_STACK_BARS, parts, 1, NULL);
  g_autofree char *by_category = lw_figure_dup_summary (figure);

  assert_contains (by_category, "left: 50.0\u00a0%. right: 25.0\u00a0%.");
  lw_series_unref (parts[0]);
  lw_series_unref (parts[1]);
}

static void
test_empty (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new ("Demonstrations");
  g_autofree char *plain = lw_figure_dup_summary (figure);

  g_assert_cmpstr (plain, ==, "Demonstrations. No data.");
  lw_figure_set_empty_text (figure, "Record one");
  g_autofree char *text = lw_figure_dup_summary (figure);

  g_assert_cmpstr (text, ==, "Demonstrations. Record one");
}

/* Sample and hold at the cursor, with the difference to the anchor. */
static void
test_reading (void)
{
  g_autoptr (LwFigure) figure = joint ();

  g_assert_null (lw_figure_dup_reading (figure));
  lw_figure_set_cursor (figure, 1.5);
  g_autofree char *text = lw_figure_dup_reading (figure);

  assert_contains (text, "1.500\u00a0s.");
  assert_contains (text, "Mean 90.0°.");
  assert_contains (text, "57.3° … 114.6°");
  lw_figure_set_anchor (figure, 0.5);
  g_autofree char *difference = lw_figure_dup_reading (figure);

  assert_contains (difference, "1.500\u00a0s  Δ 1.000\u00a0s");
  assert_contains (difference, "Mean 90.0°  Δ 90.0°.");
}

/* Over iterations the cursor reads the nearest one. */
static void
test_reading_whole (void)
{
  g_autoptr (LwFigure) figure = lw_figure_new (NULL);
  const double x[] = { 0, 1, 2 }, y[] = { 0.25, 0.5, 0.75 };

  lw_figure_set_x_axis (figure, "Iteration", LW_UNIT_COUNT);
  lw_figure_add_line_xy (figure, x, y, 3, NULL, "Mean");
  lw_figure_set_cursor (figure, 1.6);
  g_autofree char *text = lw_figure_dup_reading (figure);

  g_assert_cmpstr (text, ==, "2. Mean 0.750.");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/figure-summary/sentences", test_sentences);
  g_test_add_func ("/figure-summary/stack", test_stack);
  g_test_add_func ("/figure-summary/empty", test_empty);
  g_test_add_func ("/figure-summary/reading", test_reading);
  g_test_add_func ("/figure-summary/reading-whole", test_reading_whole);
  return g_test_run ();
}
