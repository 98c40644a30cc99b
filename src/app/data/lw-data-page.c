/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-data-page.h"

#include <glib/gi18n.h>

struct _LwDataPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
};

G_DEFINE_FINAL_TYPE (LwDataPage, lw_data_page, ADW_TYPE_BIN)

static void
lw_data_page_dispose (GObject *object)
{
  LwDataPage *self = LW_DATA_PAGE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_data_page_parent_class)->dispose (object);
}

static void
lw_data_page_class_init (LwDataPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_data_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-data-page.ui");
}

static void
lw_data_page_init (LwDataPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_data_page_new (LwSession *session)
{
  LwDataPage *self = g_object_new (LW_TYPE_DATA_PAGE, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
