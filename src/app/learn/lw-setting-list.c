/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-setting-list.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lw-setting-slider.h"

#define SPACING 10

struct _LwSettingList
{
  GtkWidget parent_instance;

  /* owned */
  GtkWidget *box;
  GPtrArray *sliders; /* of LwSettingSlider, borrowed from the boxes; in the order of the table */
  char      *algorithm;

  /* borrowed */
  GtkBox    *first, *more;
  GtkWidget *expander;
};

G_DEFINE_FINAL_TYPE (LwSettingList, lw_setting_list, GTK_TYPE_WIDGET)

static guint moved_signal;

/* Whatever the algorithm: what a person turns first. */
static gboolean
comes_first (const char *setting)
{
  static const char *const first[] = { "kl_bound", "regularisation", "exploration", "forgetting", NULL };

  return g_strv_contains (first, setting);
}

static void
slider_moved (LwSettingSlider *slider, double value, LwSettingList *self)
{
  g_signal_emit (self, moved_signal, 0, lw_setting_slider_get_name (slider), value);
}

static void
remove_sliders (LwSettingList *self)
{
  for (guint i = 0; i < self->sliders->len; i++)
    {
      GtkWidget *slider = g_ptr_array_index (self->sliders, i);

      gtk_box_remove (GTK_BOX (gtk_widget_get_parent (slider)), slider);
    }
  g_ptr_array_set_size (self->sliders, 0);
}

static void
add_sliders (LwSettingList *self)
{
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings_of (self->algorithm, &n);
  gboolean any_more = FALSE;

  for (size_t i = 0; i < n; i++)
    {
      gboolean first = comes_first (table[i].name);
      GtkWidget *slider = lw_setting_slider_new (&table[i]);

      g_signal_connect (slider, "moved", G_CALLBACK (slider_moved), self);
      gtk_box_append (first ? self->first : self->more, slider);
      g_ptr_array_add (self->sliders, slider);
      any_more = any_more || !first;
    }
  gtk_widget_set_visible (self->expander, any_more);
}

void
lw_setting_list_show (LwSettingList *self, const LwLearnSettings *settings)
{
  if (g_strcmp0 (self->algorithm, settings->algorithm) != 0)
    {
      remove_sliders (self);
      g_free (self->algorithm);
      self->algorithm = g_strdup (settings->algorithm);
      add_sliders (self);
    }
  for (guint i = 0; i < self->sliders->len; i++)
    {
      LwSettingSlider *slider = g_ptr_array_index (self->sliders, i);

      lw_setting_slider_set_value (slider, lw_learn_settings_get (settings, lw_setting_slider_get_name (slider)));
    }
}

void
lw_setting_list_read (LwSettingList *self, LwLearnSettings *settings)
{
  for (guint i = 0; i < self->sliders->len; i++)
    {
      LwSettingSlider *slider = g_ptr_array_index (self->sliders, i);

      lw_learn_settings_set (settings, lw_setting_slider_get_name (slider), lw_setting_slider_get_value (slider));
    }
}

void
lw_setting_list_set_running (LwSettingList *self, gboolean running)
{
  size_t n;
  const LwLearnerSetting *table = lw_learner_settings_of (self->algorithm != NULL ? self->algorithm : "", &n);

  for (size_t i = 0; i < n; i++)
    lw_setting_slider_set_fixed (g_ptr_array_index (self->sliders, i),
                                 running && table[i].structural ? _("Settled when a run begins: what was learned so far rests on it") : NULL);
}

/* ---- class ---- */

static void
lw_setting_list_dispose (GObject *object)
{
  LwSettingList *self = LW_SETTING_LIST (object);

  g_clear_pointer (&self->sliders, g_ptr_array_unref);
  g_clear_pointer (&self->box, gtk_widget_unparent);
  G_OBJECT_CLASS (lw_setting_list_parent_class)->dispose (object);
}

static void
lw_setting_list_finalize (GObject *object)
{
  g_free (LW_SETTING_LIST (object)->algorithm);
  G_OBJECT_CLASS (lw_setting_list_parent_class)->finalize (object);
}

static void
lw_setting_list_class_init (LwSettingListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_setting_list_dispose;
  G_OBJECT_CLASS (klass)->finalize = lw_setting_list_finalize;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  moved_signal = g_signal_new ("moved", LW_TYPE_SETTING_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 2, G_TYPE_STRING, G_TYPE_DOUBLE);
}

static void
lw_setting_list_init (LwSettingList *self)
{
  GtkWidget *first = gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACING), *more = gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACING);

  self->sliders = g_ptr_array_new ();
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, SPACING);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  self->first = GTK_BOX (first);
  self->more = GTK_BOX (more);
  self->expander = gtk_expander_new (_("More settings"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->expander), GTK_ACCESSIBLE_PROPERTY_LABEL, _("More settings"), -1);
  gtk_widget_set_margin_top (more, 6);
  gtk_expander_set_child (GTK_EXPANDER (self->expander), more);
  gtk_box_append (GTK_BOX (self->box), first);
  gtk_box_append (GTK_BOX (self->box), self->expander);
}
