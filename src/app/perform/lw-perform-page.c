/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-perform-page.h"

#include <glib/gi18n.h>

struct _LwPerformPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
};

G_DEFINE_FINAL_TYPE (LwPerformPage, lw_perform_page, ADW_TYPE_BIN)

static void
lw_perform_page_dispose (GObject *object)
{
  LwPerformPage *self = LW_PERFORM_PAGE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_perform_page_parent_class)->dispose (object);
}

static void
lw_perform_page_class_init (LwPerformPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_perform_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-perform-page.ui");
}

static void
lw_perform_page_init (LwPerformPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_perform_page_new (LwSession *session)
{
  LwPerformPage *self = g_object_new (LW_TYPE_PERFORM_PAGE, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
