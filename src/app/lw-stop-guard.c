/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-stop-guard.h"

#define GUARDED "lw-stop-guarded"

static gboolean
key_pressed (GtkEventControllerKey *controller, guint keyval, guint keycode, GdkModifierType state, LwSession *session)
{
  if (keyval == GDK_KEY_Escape && lw_session_can_stop (session))
    lw_session_stop (session);
  return GDK_EVENT_PROPAGATE;
}

static void
guard (GtkWidget *toplevel, LwSession *session)
{
  GtkEventController *keys;

  if (g_object_get_data (G_OBJECT (toplevel), GUARDED) != NULL)
    return;
  g_object_set_data (G_OBJECT (toplevel), GUARDED, GINT_TO_POINTER (1));
  keys = gtk_event_controller_key_new ();
  gtk_event_controller_set_propagation_phase (keys, GTK_PHASE_CAPTURE);
  g_signal_connect_object (keys, "key-pressed", G_CALLBACK (key_pressed), session, 0);
  gtk_widget_add_controller (toplevel, keys);
}

static void
toplevels_changed (GListModel *toplevels, guint position, guint removed, guint added, LwSession *session)
{
  for (guint i = position; i < position + added; i++)
    {
      g_autoptr (GtkWidget) toplevel = g_list_model_get_item (toplevels, i);

      guard (toplevel, session);
    }
}

void
lw_stop_guard_install (LwSession *session)
{
  GListModel *toplevels = gtk_window_get_toplevels ();

  g_signal_connect_object (toplevels, "items-changed", G_CALLBACK (toplevels_changed), session, 0);
  toplevels_changed (toplevels, 0, 0, g_list_model_get_n_items (toplevels), session);
}
