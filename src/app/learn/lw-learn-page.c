/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-learn-page.h"

#include <glib/gi18n.h>

struct _LwLearnPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
};

G_DEFINE_FINAL_TYPE (LwLearnPage, lw_learn_page, ADW_TYPE_BIN)

static void
lw_learn_page_dispose (GObject *object)
{
  LwLearnPage *self = LW_LEARN_PAGE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_learn_page_parent_class)->dispose (object);
}

static void
lw_learn_page_class_init (LwLearnPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_learn_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-learn-page.ui");
}

static void
lw_learn_page_init (LwLearnPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_learn_page_new (LwSession *session)
{
  LwLearnPage *self = g_object_new (LW_TYPE_LEARN_PAGE, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
