/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-teach-page.h"

#include <glib/gi18n.h>

struct _LwTeachPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
};

G_DEFINE_FINAL_TYPE (LwTeachPage, lw_teach_page, ADW_TYPE_BIN)

static void
lw_teach_page_dispose (GObject *object)
{
  LwTeachPage *self = LW_TEACH_PAGE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_teach_page_parent_class)->dispose (object);
}

static void
lw_teach_page_class_init (LwTeachPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_teach_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-teach-page.ui");
}

static void
lw_teach_page_init (LwTeachPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_teach_page_new (LwSession *session)
{
  LwTeachPage *self = g_object_new (LW_TYPE_TEACH_PAGE, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
