/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-teach-list.h"

#include <glib/gi18n.h>

#include "lw-verdict-words.h"

struct _LwTeachList
{
  GtkWidget parent_instance;

  /* owned */
  LwSession *session;
  GtkWidget *scroller;

  /* borrowed */
  GtkWidget *list;
  gint64     newest;  /* to notice a new one */
};

G_DEFINE_FINAL_TYPE (LwTeachList, lw_teach_list, GTK_TYPE_WIDGET)

static guint selected_signal;

static gint64
id_of (GtkListBoxRow *row)
{
  return row == NULL ? 0 : *(gint64 *) g_object_get_data (G_OBJECT (row), "id");
}

static void
delete_clicked (GtkButton *button, LwTeachList *self)
{
  GtkWidget *row = gtk_widget_get_ancestor (GTK_WIDGET (button), GTK_TYPE_LIST_BOX_ROW);

  lw_session_delete_demonstration (self->session, id_of (GTK_LIST_BOX_ROW (row)));
}

static GtkWidget *
build_row (LwTeachList *self, const LwDemonstrationInfo *info)
{
  GtkWidget *row = gtk_list_box_row_new (), *box = gtk_box_new (GTK_ORIENTATION_HORIZONTAL, 6), *text = gtk_box_new (GTK_ORIENTATION_VERTICAL, 1);
  GtkWidget *title, *below, *remove = gtk_button_new_from_icon_name ("user-trash-symbolic");
  g_autofree char *verdict = lw_verdict_words (info), *context = lw_context_words (info);
  g_autofree char *head = g_strdup_printf (_("%s · %.1f s"), info->label, info->seconds), *detail = g_strdup_printf ("%s · %s", verdict, context);
  g_autofree char *remove_name = g_strdup_printf (_("Delete %s"), info->label);

  title = gtk_label_new (head);
  below = gtk_label_new (detail);
  gtk_label_set_xalign (GTK_LABEL (title), 0.0f);
  gtk_label_set_xalign (GTK_LABEL (below), 0.0f);
  gtk_label_set_ellipsize (GTK_LABEL (title), PANGO_ELLIPSIZE_END);
  gtk_label_set_ellipsize (GTK_LABEL (below), PANGO_ELLIPSIZE_END);
  gtk_widget_set_tooltip_text (below, detail);
  gtk_widget_add_css_class (below, "dim-label");
  gtk_widget_add_css_class (below, "caption");
  gtk_widget_set_hexpand (text, TRUE);
  gtk_box_append (GTK_BOX (text), title);
  gtk_box_append (GTK_BOX (text), below);
  gtk_widget_add_css_class (remove, "flat");
  gtk_widget_set_valign (remove, GTK_ALIGN_CENTER);
  gtk_widget_set_tooltip_text (remove, _("Delete (Undo brings it back)"));
  gtk_accessible_update_property (GTK_ACCESSIBLE (remove), GTK_ACCESSIBLE_PROPERTY_LABEL, remove_name, -1);
  g_signal_connect (remove, "clicked", G_CALLBACK (delete_clicked), self);
  gtk_widget_set_visible (remove, info->complete);
  gtk_widget_add_css_class (box, "teach-row");
  gtk_box_append (GTK_BOX (box), text);
  gtk_box_append (GTK_BOX (box), remove);
  gtk_list_box_row_set_child (GTK_LIST_BOX_ROW (row), box);
  gtk_accessible_update_property (GTK_ACCESSIBLE (row), GTK_ACCESSIBLE_PROPERTY_LABEL, head, -1);
  g_object_set_data_full (G_OBJECT (row), "id", g_memdup2 (&info->id, sizeof info->id), g_free);
  return row;
}

static void
row_selected (GtkListBox *list, GtkListBoxRow *row, LwTeachList *self)
{
  g_signal_emit (self, selected_signal, 0, id_of (row));
}

/* Rows anew; the selection stays where it was, unless something new was recorded. */
static void
fill (LwTeachList *self)
{
  GPtrArray *all = lw_session_get_demonstrations (self->session);
  gint64 wanted = lw_teach_list_get_selected (self), newest = all->len > 0 ? ((LwDemonstrationInfo *) g_ptr_array_index (all, all->len - 1))->id : 0;
  GtkListBoxRow *select = NULL;
  GtkWidget *child;

  if (newest > self->newest)
    wanted = newest;
  self->newest = newest;
  g_signal_handlers_block_by_func (self->list, row_selected, self);
  while ((child = GTK_WIDGET (gtk_list_box_get_row_at_index (GTK_LIST_BOX (self->list), 0))) != NULL)
    gtk_list_box_remove (GTK_LIST_BOX (self->list), child);
  for (guint i = all->len; i-- > 0;)
    {
      const LwDemonstrationInfo *info = g_ptr_array_index (all, i);
      GtkWidget *row = build_row (self, info);

      gtk_list_box_append (GTK_LIST_BOX (self->list), row);
      if (info->id == wanted || select == NULL)
        select = GTK_LIST_BOX_ROW (row);
    }
  g_signal_handlers_unblock_by_func (self->list, row_selected, self);
  if (select != NULL)
    gtk_list_box_select_row (GTK_LIST_BOX (self->list), select);
  else
    g_signal_emit (self, selected_signal, 0, (gint64) 0);
}

gint64
lw_teach_list_get_selected (LwTeachList *self)
{
  return id_of (gtk_list_box_get_selected_row (GTK_LIST_BOX (self->list)));
}

static void
lw_teach_list_dispose (GObject *object)
{
  LwTeachList *self = LW_TEACH_LIST (object);

  /* Rows that go one by one would each select the next. */
  if (self->scroller != NULL)
    g_signal_handlers_disconnect_by_func (self->list, row_selected, self);
  g_clear_pointer (&self->scroller, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_teach_list_parent_class)->dispose (object);
}

static void
lw_teach_list_class_init (LwTeachListClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_teach_list_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
  selected_signal = g_signal_new ("selected", LW_TYPE_TEACH_LIST, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, G_TYPE_INT64);
}

static void
lw_teach_list_init (LwTeachList *self)
{
  GtkWidget *nothing = gtk_label_new (_("Nothing recorded yet.\nGuide the arm and press Space."));

  gtk_label_set_justify (GTK_LABEL (nothing), GTK_JUSTIFY_CENTER);
  gtk_widget_add_css_class (nothing, "dim-label");
  gtk_widget_set_margin_top (nothing, 24);
  self->list = gtk_list_box_new ();
  gtk_list_box_set_selection_mode (GTK_LIST_BOX (self->list), GTK_SELECTION_BROWSE);
  gtk_list_box_set_placeholder (GTK_LIST_BOX (self->list), nothing);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->list), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Recorded demonstrations"), -1);
  self->scroller = gtk_scrolled_window_new ();
  gtk_scrolled_window_set_policy (GTK_SCROLLED_WINDOW (self->scroller), GTK_POLICY_NEVER, GTK_POLICY_AUTOMATIC);
  gtk_scrolled_window_set_child (GTK_SCROLLED_WINDOW (self->scroller), self->list);
  gtk_accessible_update_property (GTK_ACCESSIBLE (self->scroller), GTK_ACCESSIBLE_PROPERTY_LABEL, _("Recorded demonstrations"), -1);
  gtk_widget_set_vexpand (self->scroller, TRUE);
  gtk_widget_add_css_class (self->scroller, "plot-card");
  gtk_widget_set_overflow (self->scroller, GTK_OVERFLOW_HIDDEN);
  gtk_widget_set_parent (self->scroller, GTK_WIDGET (self));
  g_signal_connect (self->list, "row-selected", G_CALLBACK (row_selected), self);
}

GtkWidget *
lw_teach_list_new (LwSession *session)
{
  LwTeachList *self = g_object_new (LW_TYPE_TEACH_LIST, NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "demonstrations-changed", G_CALLBACK (fill), self, G_CONNECT_SWAPPED);
  fill (self);
  return GTK_WIDGET (self);
}
