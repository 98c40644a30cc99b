/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-page.h"

#include <glib/gi18n.h>

struct _LwArmPage
{
  AdwBin parent_instance;

  /* owned */
  LwSession *session;
};

G_DEFINE_FINAL_TYPE (LwArmPage, lw_arm_page, ADW_TYPE_BIN)

static void
lw_arm_page_dispose (GObject *object)
{
  LwArmPage *self = LW_ARM_PAGE (object);

  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_arm_page_parent_class)->dispose (object);
}

static void
lw_arm_page_class_init (LwArmPageClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_arm_page_dispose;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-arm-page.ui");
}

static void
lw_arm_page_init (LwArmPage *self)
{
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_arm_page_new (LwSession *session)
{
  LwArmPage *self = g_object_new (LW_TYPE_ARM_PAGE, NULL);

  self->session = g_object_ref (session);
  return GTK_WIDGET (self);
}
