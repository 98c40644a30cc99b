/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-setting-slider.h"

#include <glib/gi18n.h>
#include <math.h>

#include "lw-scroll-through.h"
#include "lw-words.h"

#define WIDE 20.0   /* ends so many defaults above its beginning: the person wants small values, and seldom large ones */
#define COUNTED 100 /* whole numbers up to here have a step each */

struct _LwSettingSlider
{
  GtkWidget parent_instance;

  /* owned */
  GtkWidget *box;

  /* borrowed */
  GtkAdjustment *adjustment; /* (nullable) of a slider */
  GtkSwitch     *toggle;     /* (nullable) of a choice of two */
  GtkWidget     *control;    /* either */
  GtkLabel      *number;
  LwLearnerSetting setting;
  double         value;
  gboolean       quiet;
};

G_DEFINE_FINAL_TYPE (LwSettingSlider, lw_setting_slider, GTK_TYPE_WIDGET)

static guint moved_signal;

/* A wide range from 0 or near it, with a small default: positions are cube roots. */
static gboolean
is_wide (const LwLearnerSetting *s)
{
  double span = s->upper - s->lower;

  return !s->logarithmic && span > WIDE * fabs (s->value) && !(s->integer && span <= COUNTED);
}

/* The lowest position of a slider; on a logarithmic one that reaches 0 it stands for 0. */
static double
lowest (const LwLearnerSetting *s)
{
  if (is_wide (s))
    return 0.0;
  if (!s->logarithmic)
    return s->lower;
  return s->lower > 0.0 ? log10 (s->lower) : log10 (s->upper) - LW_SETTING_DECADES;
}

static double
to_slider (const LwLearnerSetting *s, double value)
{
  if (is_wide (s))
    return cbrt ((value - s->lower) / (s->upper - s->lower));
  if (!s->logarithmic)
    return value;
  return value > 0.0 ? MAX (log10 (value), lowest (s)) : lowest (s);
}

/* Two digits are enough to say and to repeat. */
static double
rounded (double value)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  return g_ascii_strtod (g_ascii_formatd (digits, sizeof digits, "%.1e", value), NULL);
}

/* Whole numbers for what counts. */
static double
from_slider (const LwLearnerSetting *s, double position)
{
  double value = is_wide (s) ? s->lower + (s->upper - s->lower) * position * position * position : s->logarithmic ? pow (10.0, position) : position;

  if (s->logarithmic && s->lower == 0.0 && position <= lowest (s))
    return 0.0;
  if (s->integer)
    value = round (value);
  else if (s->logarithmic || is_wide (s))
    value = rounded (value);
  return CLAMP (value, s->lower, s->upper);
}

static void
show_number (LwSettingSlider *self)
{
  g_autofree char *text = lw_words_setting_value (self->setting.name, self->value);

  gtk_label_set_text (self->number, text);
  if (self->adjustment != NULL) /* positions say nothing */
    gtk_accessible_update_property (GTK_ACCESSIBLE (self->control), GTK_ACCESSIBLE_PROPERTY_VALUE_TEXT, text, -1);
}

static void
move_to (LwSettingSlider *self, double value)
{
  if (self->quiet)
    return;
  self->value = value;
  show_number (self);
  g_signal_emit (self, moved_signal, 0, value);
}

static void
slid (GtkAdjustment *adjustment, LwSettingSlider *self)
{
  move_to (self, from_slider (&self->setting, gtk_adjustment_get_value (adjustment)));
}

static void
toggled (GtkSwitch *toggle, GParamSpec *pspec, LwSettingSlider *self)
{
  move_to (self, gtk_switch_get_active (toggle) ? 1.0 : 0.0);
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

static GtkWidget *
add_slider (LwSettingSlider *self)
{
  const LwLearnerSetting *s = &self->setting;
  double lower = lowest (s), upper = to_slider (s, s->upper);
  GtkWidget *scale;

  self->adjustment = gtk_adjustment_new (to_slider (s, s->value), lower, upper,
                                         s->integer && !s->logarithmic && !is_wide (s) ? 1.0 : (upper - lower) / 100.0, (upper - lower) / 10.0, 0.0);
  scale = gtk_scale_new (GTK_ORIENTATION_HORIZONTAL, self->adjustment);
  lw_scroll_through (scale);
  gtk_box_append (GTK_BOX (self->box), scale);
  g_signal_connect (self->adjustment, "value-changed", G_CALLBACK (slid), self);
  return scale;
}

static GtkWidget *
add_switch (LwSettingSlider *self, GtkWidget *head)
{
  GtkWidget *toggle = gtk_switch_new ();

  self->toggle = GTK_SWITCH (toggle);
  gtk_switch_set_active (self->toggle, self->setting.value != 0.0);
  gtk_widget_set_valign (toggle, GTK_ALIGN_CENTER);
  gtk_box_append (GTK_BOX (head), toggle);
  g_signal_connect (toggle, "notify::active", G_CALLBACK (toggled), self);
  return toggle;
}

static void
add_sentence (LwSettingSlider *self)
{
  GtkWidget *sentence = gtk_label_new (lw_words_setting_sentence (self->setting.name));

  gtk_label_set_wrap (GTK_LABEL (sentence), TRUE);
  gtk_label_set_xalign (GTK_LABEL (sentence), 0.0f);
  gtk_label_set_max_width_chars (GTK_LABEL (sentence), 40);
  gtk_widget_add_css_class (sentence, "dim-label");
  gtk_widget_add_css_class (sentence, "caption");
  gtk_box_append (GTK_BOX (self->box), sentence);
}

GtkWidget *
lw_setting_slider_new (const LwLearnerSetting *setting)
{
  LwSettingSlider *self = g_object_new (LW_TYPE_SETTING_SLIDER, NULL);
  GtkWidget *head = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *name = gtk_label_new (lw_words_setting (setting->name));
  GtkWidget *number = gtk_label_new (NULL);
  gboolean two = setting->integer && setting->lower == 0.0 && setting->upper == 1.0;

  self->setting = *setting;
  self->value = setting->value;
  self->number = GTK_LABEL (number);
  gtk_widget_set_hexpand (name, TRUE);
  gtk_label_set_xalign (GTK_LABEL (name), 0.0f);
  gtk_widget_add_css_class (number, "numeric");
  gtk_box_append (GTK_BOX (head), name);
  gtk_box_append (GTK_BOX (head), number);
  gtk_box_append (GTK_BOX (self->box), head);
  self->control = two ? add_switch (self, head) : add_slider (self);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->control), GTK_ACCESSIBLE_PROPERTY_LABEL, lw_words_setting (setting->name),
                                  GTK_ACCESSIBLE_PROPERTY_DESCRIPTION, lw_words_setting_sentence (setting->name), -1);
  add_sentence (self);
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
  return self->value;
}

void
lw_setting_slider_set_value (LwSettingSlider *self, double value)
{
  self->quiet = TRUE;
  self->value = CLAMP (value, self->setting.lower, self->setting.upper);
  if (self->adjustment != NULL)
    gtk_adjustment_set_value (self->adjustment, to_slider (&self->setting, self->value));
  else
    gtk_switch_set_active (self->toggle, self->value != 0.0);
  self->quiet = FALSE;
  show_number (self);
}

void
lw_setting_slider_set_fixed (LwSettingSlider *self, const char *why)
{
  gtk_widget_set_sensitive (GTK_WIDGET (self), why == NULL);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self), why);
}
