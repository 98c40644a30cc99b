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
  char      *name;  /* as stored */
  gboolean   quiet; /* values are being set from outside */

  /* borrowed */
  GtkWidget *text, *use, *label, *remove;
  GtkLabel  *facts, *context;
};

G_DEFINE_FINAL_TYPE (LwDataRow, lw_data_row, GTK_TYPE_LIST_BOX_ROW)

static void
use_toggled (GtkCheckButton *check, LwDataRow *self)
{
  if (!self->quiet)
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
  g_autofree char *text = g_strstrip (g_strdup (gtk_editable_get_text (GTK_EDITABLE (label))));

  if (gtk_editable_label_get_editing (label) || g_strcmp0 (self->name, text) == 0)
    return;
  if (*text != '\0')
    lw_session_rename (self->session, self->id, text);
  else
    gtk_editable_set_text (GTK_EDITABLE (label), self->name);
}

static GtkLabel *
add_caption (GtkWidget *box)
{
  GtkWidget *label = gtk_label_new (NULL);

  gtk_label_set_xalign (GTK_LABEL (label), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (label), PANGO_ELLIPSIZE_END);
  gtk_widget_add_css_class (label, "dim-label");
  gtk_widget_add_css_class (label, "caption");
  gtk_box_append (GTK_BOX (box), label);
  return GTK_LABEL (label);
}

static void
lw_data_row_dispose (GObject *object)
{
  LwDataRow *self = LW_DATA_ROW (object);

  g_clear_object (&self->session);
  g_clear_pointer (&self->name, g_free);
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
  GtkWidget *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 8);

  self->text = gtk_box_new (GTK_ORIENTATION_VERTICAL, 1);
  self->use = gtk_check_button_new ();
  self->label = gtk_editable_label_new ("");
  self->remove = gtk_button_new_from_icon_name ("user-trash-symbolic");
  gtk_widget_set_tooltip_text (self->use, _("Used in fits"));
  gtk_widget_set_valign (self->use, GTK_ALIGN_CENTER);
  gtk_widget_set_halign (self->label, GTK_ALIGN_START);
  gtk_widget_set_tooltip_text (self->label, _("Click to rename"));
  gtk_widget_set_hexpand (self->text, TRUE);
  gtk_widget_add_css_class (self->remove, "flat");
  gtk_widget_set_valign (self->remove, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (self->remove, _("Delete (Undo brings it back)"));
  gtk_box_append (GTK_BOX (self->text), self->label);
  self->facts = add_caption (self->text);
  self->context = add_caption (self->text);
  gtk_box_append (GTK_BOX (box), self->use);
  gtk_box_append (GTK_BOX (box), self->text);
  gtk_box_append (GTK_BOX (box), self->remove);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (self), box);
  gtk_widget_add_css_class (GTK_WIDGET (self), "data-row");
  g_signal_connect (self->use, "toggled", G_CALLBACK (use_toggled), self);
  g_signal_connect (self->remove, "clicked", G_CALLBACK (delete_clicked), self);
  g_signal_connect (self->label, "notify::editing", G_CALLBACK (renamed), self);
}

GtkWidget *
lw_data_row_new (LwSession *session, gint64 id)
{
  LwDataRow *self = g_object_new (LW_TYPE_DATA_ROW, NULL);

  self->session = g_object_ref (session);
  self->id = id;
  return GTK_WIDGET (self);
}

gint64
lw_data_row_get_id (LwDataRow *self)
{
  return self->id;
}

static void
set_name (LwDataRow *self, const char *name)
{
  g_autofree char *use = g_strdup_printf (_("Use %s"), name), *remove = g_strdup_printf (_("Delete %s"), name);
  g_autofree char *label = g_strdup_printf (_("Name of %s"), name);

  if (g_strcmp0 (self->name, name) == 0)
    return;
  g_free (self->name);
  self->name = g_strdup (name);
  if (!gtk_editable_label_get_editing (GTK_EDITABLE_LABEL (self->label)))
    gtk_editable_set_text (GTK_EDITABLE (self->label), name);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->use), GTK_ACCESSIBLE_PROPERTY_LABEL, use, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->label), GTK_ACCESSIBLE_PROPERTY_LABEL, label, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->remove), GTK_ACCESSIBLE_PROPERTY_LABEL, remove, -1);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self), GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

void
lw_data_row_show (LwDataRow *self, const LwDemonstrationInfo *info)
{
  const char *arm = lw_session_get_task (self->session)->info.arm;
  gboolean here = g_strcmp0 (info->arm, arm) == 0;
  g_autofree char *context = lw_context_words (info), *verdict = lw_verdict_words (info);
  g_autofree char *facts = here ? g_strdup_printf (_("%.1f s · %s"), info->seconds, verdict)
                                : g_strdup_printf (_("on %s · %.1f s · %s"), info->arm, info->seconds, verdict);
  g_autofree char *samples = g_strdup_printf (ngettext ("%zu sample. %s", "%zu samples. %s", info->n_samples), info->n_samples, facts);

  set_name (self, info->label);
  self->quiet = TRUE;
  gtk_check_button_set_active (GTK_CHECK_BUTTON (self->use), info->used);
  self->quiet = FALSE;
  gtk_label_set_text (self->facts, facts);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->facts), samples);
  gtk_label_set_text (self->context, context);
  gtk_widget_set_tooltip_text (GTK_WIDGET (self->context), context);
  if (info->used && here)
    gtk_widget_remove_css_class (self->text, "dim-label");
  else
    gtk_widget_add_css_class (self->text, "dim-label");
}
