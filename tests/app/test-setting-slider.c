/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-setting-slider.h"

#include <math.h>

static GtkRange *
range_of (GtkWidget *widget)
{
  if (GTK_IS_RANGE (widget))
    return GTK_RANGE (widget);
  for (GtkWidget *child = gtk_widget_get_first_child (widget); child != NULL; child = gtk_widget_get_next_sibling (child))
    {
      GtkRange *found = range_of (child);

      if (found != NULL)
        return found;
    }
  return NULL;
}

static void
moved (GtkWidget *slider, double value, double *heard)
{
  *heard = value;
}

/* A logarithmic setting that may be 0: its slider's lowest position is 0, the next ones are the decades below the upper end. */
static void
test_reaches_zero (void)
{
  const LwLearnerSetting setting = { "regularisation", 1e-4, 0, 1, true, false };
  g_autoptr (GtkWidget) slider = g_object_ref_sink (lw_setting_slider_new (&setting));
  LwSettingSlider *self = LW_SETTING_SLIDER (slider);
  GtkRange *range = range_of (slider);
  GtkAdjustment *adjustment = gtk_range_get_adjustment (range);
  double heard = (double) NAN;

  g_signal_connect (slider, "moved", G_CALLBACK (moved), &heard);
  g_assert_cmpfloat (gtk_range_get_value (range), ==, -4);
  g_assert_cmpfloat (gtk_adjustment_get_lower (adjustment), ==, -LW_SETTING_DECADES);
  g_assert_cmpfloat (gtk_adjustment_get_upper (adjustment), ==, 0);
  gtk_range_set_value (range, gtk_adjustment_get_lower (adjustment));
  g_assert_cmpfloat (heard, ==, 0);
  gtk_range_set_value (range, -8);
  g_assert_cmpfloat_with_epsilon (heard, 1e-8, 1e-15);
  lw_setting_slider_set_value (self, 0);
  g_assert_cmpfloat (lw_setting_slider_get_value (self), ==, 0);
  g_assert_cmpfloat (gtk_range_get_value (range), ==, gtk_adjustment_get_lower (adjustment));
  lw_setting_slider_set_value (self, 0.01);
  g_assert_cmpfloat (gtk_range_get_value (range), ==, -2);
}

/* One that may not keeps its own lower end. */
static void
test_stays_above_zero (void)
{
  const LwLearnerSetting setting = { "kl_bound", 0.2, 1e-4, 10, true, false };
  g_autoptr (GtkWidget) slider = g_object_ref_sink (lw_setting_slider_new (&setting));
  GtkRange *range = range_of (slider);
  double heard = (double) NAN;

  g_signal_connect (slider, "moved", G_CALLBACK (moved), &heard);
  gtk_range_set_value (range, -100);
  g_assert_cmpfloat (gtk_range_get_value (range), ==, -4);
  g_assert_cmpfloat (heard, ==, 1e-4);
}

/* Positions of a wide range are cube roots: its small default lies well inside, and both ends are reached. */
static void
test_wide (void)
{
  const LwLearnerSetting setting = { "prior_gate", 5, 0, 1000, false, false };
  g_autoptr (GtkWidget) slider = g_object_ref_sink (lw_setting_slider_new (&setting));
  LwSettingSlider *self = LW_SETTING_SLIDER (slider);
  GtkRange *range = range_of (slider);
  double heard = (double) NAN;

  g_signal_connect (slider, "moved", G_CALLBACK (moved), &heard);
  g_assert_cmpfloat (lw_setting_slider_get_value (self), ==, 5);
  g_assert_cmpfloat_with_epsilon (gtk_range_get_value (range), cbrt (0.005), 1e-12);
  gtk_range_set_value (range, 0.1);
  g_assert_cmpfloat (heard, ==, 1);
  gtk_range_set_value (range, 1);
  g_assert_cmpfloat (heard, ==, 1000);
  gtk_range_set_value (range, 0);
  g_assert_cmpfloat (heard, ==, 0);
  lw_setting_slider_set_value (self, 33.25);
  g_assert_cmpfloat (lw_setting_slider_get_value (self), ==, 33.25); /* what was set is not rounded */
}

/* Whole numbers of a few steps have one each. */
static void
test_counts (void)
{
  const LwLearnerSetting setting = { "components", 0, 0, 64, false, true, true };
  g_autoptr (GtkWidget) slider = g_object_ref_sink (lw_setting_slider_new (&setting));
  GtkRange *range = range_of (slider);
  double heard = (double) NAN;

  g_signal_connect (slider, "moved", G_CALLBACK (moved), &heard);
  g_assert_cmpfloat (gtk_adjustment_get_step_increment (gtk_range_get_adjustment (range)), ==, 1);
  gtk_range_set_value (range, 6.6);
  g_assert_cmpfloat (heard, ==, 7);
}

static void
test_fixed (void)
{
  const LwLearnerSetting setting = { "exploration", 2, 0.1, 10, true, false, true };
  g_autoptr (GtkWidget) slider = g_object_ref_sink (lw_setting_slider_new (&setting));
  LwSettingSlider *self = LW_SETTING_SLIDER (slider);

  g_assert_true (gtk_widget_is_sensitive (GTK_WIDGET (range_of (slider))));
  lw_setting_slider_set_fixed (self, "because");
  g_assert_false (gtk_widget_is_sensitive (GTK_WIDGET (range_of (slider))));
  g_assert_cmpstr (gtk_widget_get_tooltip_text (slider), ==, "because");
  lw_setting_slider_set_fixed (self, NULL);
  g_assert_true (gtk_widget_is_sensitive (GTK_WIDGET (range_of (slider))));
  g_assert_null (gtk_widget_get_tooltip_text (slider));
}

static guint
n_listening (GtkWidget *widget)
{
  g_autoptr (GListModel) controllers = gtk_widget_observe_controllers (widget);
  guint n = 0;

  for (guint i = 0; i < g_list_model_get_n_items (controllers); i++)
    {
      g_autoptr (GtkEventController) controller = g_list_model_get_item (controllers, i);

      n += GTK_IS_EVENT_CONTROLLER_SCROLL (controller) && gtk_event_controller_get_propagation_phase (controller) != GTK_PHASE_NONE;
    }
  return n;
}

/* The wheel scrolls the panel. A slider of its own would take it. */
static void
test_wheel (void)
{
  const LwLearnerSetting setting = { "kl_bound", 0.2, 1e-4, 10, true, false };
  g_autoptr (GtkWidget) slider = g_object_ref_sink (lw_setting_slider_new (&setting));
  g_autoptr (GtkWidget) plain = g_object_ref_sink (gtk_scale_new (GTK_ORIENTATION_HORIZONTAL, NULL));

  g_assert_cmpuint (n_listening (plain), ==, 1);
  g_assert_cmpuint (n_listening (GTK_WIDGET (range_of (slider))), ==, 0);
}

int
main (int argc, char **argv)
{
  gtk_test_init (&argc, &argv, NULL);
  g_test_add_func ("/setting-slider/reaches-zero", test_reaches_zero);
  g_test_add_func ("/setting-slider/stays-above-zero", test_stays_above_zero);
  g_test_add_func ("/setting-slider/wide", test_wide);
  g_test_add_func ("/setting-slider/counts", test_counts);
  g_test_add_func ("/setting-slider/fixed", test_fixed);
  g_test_add_func ("/setting-slider/wheel", test_wheel);
  return g_test_run ();
}
