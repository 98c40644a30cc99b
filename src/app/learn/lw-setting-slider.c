/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-setting-slider.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-words.h"

struct _LwSettingSlider
{
  GtkWidget parent_instance;

  /* owned */
  GtkWidget *box;

  /* borrowed */
  GtkAdjustment *adjustment;
  GtkLabel      *number;
  LwLearnerSetting setting;
  gboolean       quiet;
};

G_DEFINE_FINAL_TYPE (LwSettingSlider, lw_setting_slider, GTK_TYPE_WIDGET)

static guint moved_signal;

static double
to_slider (const LwLearnerSetting *s, double value)
{
  return s->logarithmic ? log10 (value) : value;
}

/* A choice has whole numbers; a logarithmic slider gives two digits, enough to say and to repeat. */
static double
from_slider (const LwLearnerSetting *s, double position)
{
  double value = s->logarithmic ? pow (10.0, position) : position;

  if (s->integer)
    return round (value);
  if (s->logarithmic && value > 0.0)
    {
      double unit = pow (10.0, floor (log10 (value)) - 1.0);

      return CLAMP (round (value / unit) * unit, s->lower, s->upper);
    }
  return value;
}

static void
show_number (LwSettingSlider *self)
{
  g_autofree char *text = g_strdup_printf ("%.3g", lw_setting_slider_get_value (self));

  gtk_label_set_text (self->number, text);
}

static void
value_changed (GtkAdjustment *adjustment, LwSettingSlider *self)
{
  show_number (self);
  if (!self->quiet)
    g_signal_emit (self, moved_signal, 0, lw_setting_slider_get_value (self));
}

static void
lw_setting_slider_dispose (GObject *object)
{
  LwSettingSlider *self = LW_SETTING_SLIDER (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (lw_setting_slider_parent_class)->dispose (object);
}

static void
lw_setting_slider_class_init (LwSettingSliderClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_setting_slider_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  moved_signal = g_signal_new ("moved", LW_TYPE_SETTING_SLIDER, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_DOUBLE);
}

static void
lw_setting_slider_init (LwSettingSlider *self)
{
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
}

GtkWidget *
lw_setting_slider_new (const LwLearnerSetting *setting)
{
  LwSettingSlider *self = g_object_new (LW_TYPE_SETTING_SLIDER, NULL);
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *name = gtk_label_new (lw_words_setting (setting->name));
  GtkWidget *scale, *number = gtk_label_new (NULL), *sentence = gtk_label_new (lw_words_setting_sentence (setting->name));
  double lower, upper;

  self->setting = *setting;
  lower = to_slider (setting, setting->lower);
  upper = to_slider (setting, setting->upper);
  self->adjustment = gtk_adjustment_new (to_slider (setting, setting->value), lower, upper,
                                         setting->integer && !setting->logarithmic ? 1.0 : (upper - lower) / 100.0, (upper - lower) / 10.0, 0.0);
  scale = gtk_scale_new (GTK_ORIENTATION_HORIZONTAL, self->adjustment);
  self->number = GTK_LABEL (number);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_widget_add_css_class (number, "numeric");
  gtk_label_set_wrap (GTK_LABEL (sentence), TRUE);
  gtk_label_set_xalign (GTK_LABEL (sentence), 0.0f);
  gtk_label_set_max_width_chars (GTK_LABEL (sentence), 40);
  gtk_widget_add_css_class (sentence, "dim-label");
  gtk_widget_add_css_class (sentence, "caption");
  gtk_accessible_update_property (GTK_ACCESSIBLE (scale), GTK_ACCESSIBLE_PROPERTY_LABEL, lw_words_setting (setting->name),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, lw_words_setting_sentence (setting->name), -1);
  gtk_box_append (GTK_BOX (head), name);
  gtk_box_append (GTK_BOX (head), number);
  gtk_box_append (GTK_BOX (self->box), head);
  gtk_box_append (GTK_BOX (self->box), scale);
  gtk_box_append (GTK_BOX (self->box), sentence);
  g_signal_connect (self->adjustment, "value-changed", G_CALLBACK (value_changed), self);
  show_number (self);
  return GTK_WIDGET (self);
}

const char *
lw_setting_slider_get_name (LwSettingSlider *self)
{
  return self->setting.name;
}

double
lw_setting_slider_get_value (LwSettingSlider *self)
{
  return from_slider (&self->setting, gtk_adjustment_get_value (self->adjustment));
}

void
lw_setting_slider_set_value (LwSettingSlider *self, double value)
{
  self->quiet = TRUE;
  gtk_adjustment_set_value (self->adjustment, to_slider (&self->setting, CLAMP (value, self->setting.lower, self->setting.upper)));
  self->quiet = FALSE;
}
