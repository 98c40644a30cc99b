/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-make-offer.h"

#include <glib/gi18n.h>

#include "lw-words.h"

struct _LwMakeOffer
{
  GtkWidget parent_instance;

  /* owned */
  LwSession *session;
  GtkWidget *box;

  /* borrowed */
  GtkLabel  *text;
};

G_DEFINE_FINAL_TYPE (LwMakeOffer, lw_make_offer, GTK_TYPE_WIDGET)

static void
update (LwMakeOffer *self)
{
  g_autofree char *text = g_strdup_printf (_("Nothing was recorded for “%s” yet. It can make demonstrations by itself."),
                                           lw_words_task (lw_session_get_task (self->session)));

  gtk_label_set_text (self->text, text);
  gtk_widget_set_visible (GTK_WIDGET (self), lw_session_can_make_demonstrations (self->session));
}

static void
make_clicked (LwMakeOffer *self)
{
  lw_session_make_demonstrations (self->session);
}

static void
lw_make_offer_dispose (GObject *object)
{
  LwMakeOffer *self = LW_MAKE_OFFER (object);

  g_clear_pointer (&self->box, gtk_widget_unparent);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_make_offer_parent_class)->dispose (object);
}

static void
lw_make_offer_class_init (LwMakeOfferClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = lw_make_offer_dispose;
  gtk_widget_class_set_layout_manager_type (GTK_WIDGET_CLASS (klass), GTK_TYPE_BIN_LAYOUT);
}

static void
lw_make_offer_init (LwMakeOffer *self)
{
  GtkWidget *text = gtk_label_new (NULL), *button = gtk_button_new_with_label (_("Make demonstrations"));

  self->text = GTK_LABEL (text);
  gtk_label_set_wrap (self->text, TRUE);
  gtk_label_set_xalign (self->text, 0.0f);
  gtk_label_set_max_width_chars (self->text, 34);
  gtk_widget_add_css_class (button, "suggested-action");
  self->box = gtk_box_new (GTK_ORIENTATION_VERTICAL, 8);
  gtk_widget_add_css_class (self->box, "offer");
  gtk_box_append (GTK_BOX (self->box), text);
  gtk_box_append (GTK_BOX (self->box), button);
  gtk_widget_set_parent (self->box, GTK_WIDGET (self));
  gtk_widget_set_visible (GTK_WIDGET (self), FALSE);
  g_signal_connect_swapped (button, "clicked", G_CALLBACK (make_clicked), self);
}

void
lw_make_offer_set_session (LwMakeOffer *self, LwSession *session)
{
  g_return_if_fail (LW_IS_MAKE_OFFER (self) && self->session == NULL);

  self->session = g_object_ref (session);
  g_signal_connect_object (session, "task-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "project-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "demonstrations-changed", G_CALLBACK (update), self, G_CONNECT_SWAPPED);
  update (self);
}
