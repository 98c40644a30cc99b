/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-context-form.h"

#include <glib/gi18n.h>

struct _LwContextForm
{
  GtkWidget parent_instance;

  /* owned */
  GtkWidget *grid;
  GPtrArray *adjustments; /* of GtkAdjustment */
  gboolean   quiet;       /* values are being set from outside */
};

G_DEFINE_FINAL_TYPE (LwContextForm, lw_context_form, GTK_TYPE_WIDGET)

static guint changed_signal;

static void
value_changed (LwContextForm *self)
{
  if (!self->quiet)
    g_signal_emit (self, changed_signal, 0);
}

static void
add_row (LwContextForm *self, int row, const LwContextInfo *info)
{
  double span = info->upper - info->lower;
  GtkAdjustment *adjustment = gtk_adjustment_new (0.5 * (info->lower + info->upper), info->lower, info->upper, span / 100.0, span / 10.0, 0.0);
  GtkWidget *label = gtk_label_new (info->name), *scale = gtk_scale_new (GTK_ORIENTATION_HORIZONTAL, adjustment);
  GtkWidget *spin = gtk_spin_button_new (adjustment, span / 100.0, 3), *unit = gtk_label_new (info->unit);
  g_autofree char *slider_name = g_strdup_printf (_("Context %s, slider"), info->name);
  g_autofree char *number_name = g_strdup_printf (_("Context %s, number"), info->name);

  gtk_widget_set_hexpand (scale, TRUE);
  gtk_widget_set_size_request (scale, 90, -1);
  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_editable_set_width_chars (GTK_EDITABLE (spin), 6);
  gtk_widget_add_css_class (unit, "dim-label");
  gtk_accessible_update_property (GTK_ACCESSIBLE (scale), GTK_ACCESSIBLE_PROPERTY_LABEL, slider_name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (spin), GTK_ACCESSIBLE_PROPERTY_LABEL, number_name, -1);
  g_signal_connect_object (adjustment, "value-changed", G_CALLBACK (value_changed), self, G_CONNECT_SWAPPED);
  gtk_grid_attach (GTK_GRID (self->grid), label, 0, row, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), scale, 1, row, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), spin, 2, row, 1, 1);
  gtk_grid_attach (GTK_GRID (self->grid), unit, 3, row, 1, 1);
  g_ptr_array_add (self->adjustments, g_object_ref_sink (adjustment));
}

void
lw_context_form_set_task (LwContextForm *self, const LwTask *task)
{
  GtkWidget *child;

  while ((child = gtk_widget_get_first_child (self->grid)) != NULL)
    gtk_grid_remove (GTK_GRID (self->grid), child);
  g_ptr_array_set_size (self->adjustments, 0);
  for (size_t i = 0; i < task->info.n_context; i++)
    add_row (self, (int) i, &task->info.contexts[i]);
}

size_t
lw_context_form_get_size (LwContextForm *self)
{
  return self->adjustments->len;
}

void
lw_context_form_get_values (LwContextForm *self, double *values)
{
  for (guint i = 0; i < self->adjustments->len; i++)
    values[i] = gtk_adjustment_get_value (g_ptr_array_index (self->adjustments, i));
}

void
lw_context_form_set_values (LwContextForm *self, const double *values)
{
  self->quiet = TRUE;
  for (guint i = 0; i < self->adjustments->len; i++)
    gtk_adjustment_set_value (g_ptr_array_index (self->adjustments, i), values[i]);
  self->quiet = FALSE;
}

static void
lw_context_form_dispose (GObject *object)
{
  LwContextForm *self = LW_CONTEXT_FORM (object);

  g_clear_pointer (&self->grid, gtk_widget_unparent);
  g_clear_pointer (&self->adjustments, g_ptr_array_unref);
  G_OBJECT_CLASS (lw_context_form_parent_class)->dispose (object);
}

static void
lw_context_form_class_init (LwContextFormClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_context_form_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  changed_signal = g_signal_new ("changed", LW_TYPE_CONTEXT_FORM, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
lw_context_form_init (LwContextForm *self)
{
  self->adjustments = g_ptr_array_new_with_free_func (g_object_unref);
  self->grid = gtk_grid_new ();
  gtk_grid_set_column_spacing (GTK_GRID (self->grid), 6);
  gtk_grid_set_row_spacing (GTK_GRID (self->grid), 4);
  gtk_widget_set_parent (self->grid, GTK_WIDGET (self));
}

GtkWidget *
lw_context_form_new (void)
{
  return g_object_new (LW_TYPE_CONTEXT_FORM, NULL);
}
