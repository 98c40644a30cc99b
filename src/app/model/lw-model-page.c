/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-model-page.h"

#include <glib/gi18n.h>

struct _LwModelPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
};

G_DEFINE_FINAL_TYPE (LwModelPage, lw_model_page, ADW_TYPE_BIN)

static void
lw_model_page_dispose (GObject *object)
{
  LwModelPage *self = LW_MODEL_PAGE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_model_page_parent_class)->dispose (object);
}

static void
lw_model_page_class_init (LwModelPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_model_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-model-page.ui");
}

static void
lw_model_page_init (LwModelPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_model_page_new (LwSession *session)
{
  LwModelPage *self = g_object_new (LW_TYPE_MODEL_PAGE, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
