/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-stop-guard.h"

static gboolean
surface_event (GSignalInvocationHint *hint, guint n_values, const GValue *values, gpointer data)
{
  LwSession *session = data;
  GdkEvent *event = g_value_get_pointer (&values[1]);

  if (gdk_event_get_event_type (event) == GDK_KEY_PRESS && gdk_key_event_get_keyval (event) == GDK_KEY_Escape
      && lw_session_can_stop (session))
    lw_session_stop (session);
  return TRUE; /* stay */
}

static void
session_gone (gpointer hook, GObject *session)
{
  g_signal_remove_emission_hook (g_signal_lookup ("event", GDK_TYPE_SURFACE), GPOINTER_TO_SIZE (hook));
}

void
lw_stop_guard_install (LwSession *session)
{
  gulong hook;

  g_type_class_unref (g_type_class_ref (GDK_TYPE_SURFACE)); /* its signals exist once its class does */
  hook = g_signal_add_emission_hook (g_signal_lookup ("event", GDK_TYPE_SURFACE), 0, surface_event, session, NULL);
  g_object_weak_ref (G_OBJECT (session), session_gone, GSIZE_TO_POINTER (hook));
}
