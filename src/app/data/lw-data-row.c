/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-data-row.h"

#include <glib/gi18n.h>

#include "lw-verdict-words.h"

struct _LwDataRow
{
  GtkListBoxRow parent_instance;

  /* owned */
  LwSession *session;
  gint64     id;
};

G_DEFINE_FINAL_TYPE (LwDataRow, lw_data_row, GTK_TYPE_LIST_BOX_ROW)

static void
use_toggled (GtkCheckButton *check, LwDataRow *self)
{
  lw_session_set_used (self->session, self->id, gtk_check_button_get_active (check));
}

static void
delete_clicked (GtkButton *button, LwDataRow *self)
{
  lw_session_delete_demonstration (self->session, self->id);
}

static void
renamed (GtkEditableLabel *label, GParamSpec *pspec, LwDataRow *self)
{
  const char *before = g_object_get_data (G_OBJECT (label), "before"), *text = gtk_editable_get_text (GTK_EDITABLE (label));

  if (!gtk_editable_label_get_editing (label) && *text != '\0' && g_strcmp0 (before, text) != 0)
    lw_session_rename (self->session, self->id, text);
}

static GtkWidget *
caption (const char *text)
{
  GtkWidget *label = gtk_label_new (text);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_set_tooltip_text (label, text);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "caption");
  return label;
}

static void
lw_data_row_dispose (GObject *object)
{
  g_clear_object (&LW_DATA_ROW (object)->session);
  G_OBJECT_CLASS (lw_data_row_parent_class)->dispose (object);
}

static void
lw_data_row_class_init (LwDataRowClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_data_row_dispose;
}

static void
lw_data_row_init (LwDataRow *self)
{
}

GtkWidget *
lw_data_row_new (LwSession *session, const LwDemonstrationInfo *info)
{
  LwDataRow *self = g_object_new (LW_TYPE_DATA_ROW, NULL);
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8), *text = gtk_box_new (GTK_ORIENTATION_VERTICAL, 0);
  GtkWidget *use = gtk_check_button_new (), *label = gtk_editable_label_new (info->label), *remove = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *length = g_strdup_printf (_("%.1f s · %zu samples"), info->seconds, info->n_samples);
  g_autofree char *context = lw_context_words (info), *verdict = lw_verdict_words (info);
  g_autofree char *use_name = g_strdup_printf (_("Use %s"), info->label), *remove_name = g_strdup_printf (_("Delete %s"), info->label);
  g_autofree char *first = g_strdup_printf ("%s · %s", length, verdict);
  g_autofree char *label_name = g_strdup_printf (_("Name of %s"), info->label);

  self->session = g_object_ref (session);
  self->id = info->id;
  gtk_check_button_set_active (GTK_CHECK_BUTTON (use), info->used);
  gtk_widget_set_tooltip_text (use, _("Used in fits"));
  gtk_widget_set_valign (use, GTK_ALIGN_CENTER);
  gtk_accessible_update_property (GTK_ACCESSIBLE (use), GTK_ACCESSIBLE_PROPERTY_LABEL, use_name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (label), GTK_ACCESSIBLE_PROPERTY_LABEL, label_name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, remove_name, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, info->label, -1);
  g_object_set_data_full (G_OBJECT (label), "before", g_strdup (info->label), g_free);
  gtk_widget_set_halign (label, GTK_ALIGN_START);
  gtk_widget_set_hexpand (text, TRUE);
  gtk_widget_add_css_class (remove, "flat");
  gtk_widget_set_valign (remove, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (remove, _("Delete (Undo brings it back)"));
  gtk_box_append (GTK_BOX (text), label);
  gtk_box_append (GTK_BOX (text), caption (first));
  gtk_box_append (GTK_BOX (text), caption (context));
  gtk_box_append (GTK_BOX (box), use);
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (box), remove);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), box);
  if (!info->used)
    gtk_widget_add_css_class (text, "dim-label");
  g_signal_connect (use, "toggled", G_CALLBACK (use_toggled), self);
  g_signal_connect (remove, "clicked", G_CALLBACK (delete_clicked), self);
  g_signal_connect (label, "notify::editing", G_CALLBACK (renamed), self);
  return GTK_WIDGET (self);
}

gint64
lw_data_row_get_id (LwDataRow *self)
{
  return self->id;
}
