/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What can be connected: kinds of arms, ports, and an arm that was unplugged and comes back. */
#include <glib/gi18n.h>

#include "lw-device-memory.h"
#include "lw-session-private.h"

#define SEARCH_MS 1000

/* ---- profiles ---- */

static void
report_problems (LwSession *self, GPtrArray *problems)
{
  for (guint i = 0; i < problems->len; i++)
    {
      g_autoptr (GError) error = g_error_new_literal (LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE, g_ptr_array_index (problems, i));

      lw_session_emit_error (self, _("A file that describes an arm cannot be read; the other arms can be used"), error);
    }
}

GPtrArray *
lw_session_get_profiles (LwSession *self)
{
  if (self->profiles == NULL)
    {
      g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);

      self->profiles = lw_device_profiles (problems);
      report_problems (self, problems);
    }
  return self->profiles;
}

void
lw_session_reload_profiles (LwSession *self)
{
  g_clear_pointer (&self->profiles, g_ptr_array_unref);
  lw_session_get_profiles (self);
  lw_session_emit (self, "ports-changed");
}

const LwArmProfile *
lw_session_find_profile (LwSession *self, const char *id)
{
  GPtrArray *profiles = lw_session_get_profiles (self);

  for (guint i = 0; i < profiles->len; i++)
    {
      const LwArmProfile *profile = g_ptr_array_index (profiles, i);

      if (g_str_equal (profile->id, id))
        return profile;
    }
  return NULL;
}

/* ---- ports ---- */

static void
list_ports_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  GPtrArray *ports = lw_port_list (&error);

  if (ports == NULL)
    g_task_return_error (task, g_steal_pointer (&error));
  else
    g_task_return_pointer (task, ports, (GDestroyNotify) g_ptr_array_unref);
}

static gboolean
same_ports (GPtrArray *a, GPtrArray *b)
{
  if (a->len != b->len)
    return FALSE;
  for (guint i = 0; i < a->len; i++)
    {
      const LwPort *p = g_ptr_array_index (a, i), *q = g_ptr_array_index (b, i);

      if (!g_str_equal (p->path, q->path) || g_strcmp0 (p->serial, q->serial) != 0 || p->accessible != q->accessible)
        return FALSE;
    }
  return TRUE;
}

/* (transfer full) (nullable) A USB adapter may be back under another name; any other port is looked for where it was. */
static char *
port_of_lost_arm (LwSession *self)
{
  g_autofree char *port = self->lost_key != NULL ? lw_device_port (self->lost_key, self->ports) : NULL;

  if (port == NULL || !g_str_equal (port, self->lost_key))
    return g_steal_pointer (&port);
  return *self->device.port != '/' || g_file_test (self->device.port, G_FILE_TEST_EXISTS) ? g_strdup (self->device.port) : NULL;
}

/* The arm that was unplugged is back. */
static void
look_for_lost_arm (LwSession *self)
{
  g_autofree char *port = port_of_lost_arm (self);

  if (g_strcmp0 (port, self->found_port) == 0)
    return;
  g_free (self->found_port);
  self->found_port = g_steal_pointer (&port);
  lw_session_emit (self, "mode-changed");
}

static void
ports_listed (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  GPtrArray *ports = g_task_propagate_pointer (G_TASK (result), NULL);

  self->listing = FALSE;
  if (ports == NULL)
    return;
  if (same_ports (ports, self->ports))
    g_ptr_array_unref (ports);
  else
    {
      g_ptr_array_unref (self->ports);
      self->ports = ports;
      lw_session_emit (self, "ports-changed");
    }
  look_for_lost_arm (self);
}

void
lw_session_refresh_ports (LwSession *self)
{
  g_autoptr (GTask) task = NULL;

  if (self->listing)
    return;
  self->listing = TRUE;
  task = g_task_new (self, NULL, ports_listed, NULL);
  g_task_set_source_tag (task, lw_session_refresh_ports);
  g_task_run_in_thread (task, list_ports_thread);
}

GPtrArray *
lw_session_get_ports (LwSession *self)
{
  return self->ports;
}

/* ---- an arm that was unplugged ---- */

static gboolean
search (gpointer data)
{
  lw_session_refresh_ports (data);
  return G_SOURCE_CONTINUE;
}

void
lw_session_watch_link (LwSession *self)
{
  gboolean lost = self->arm != NULL && self->device_key != NULL && self->state.mode == LW_MODE_FAULT && self->state.reason == LW_REASON_LINK_LOST;

  if (lost == (self->search != 0))
    return;
  lw_session_forget_lost_arm (self);
  if (!lost)
    return;
  self->lost_key = g_strdup (self->device_key);
  self->search = g_timeout_add (SEARCH_MS, search, self);
}

void
lw_session_forget_lost_arm (LwSession *self)
{
  g_clear_handle_id (&self->search, g_source_remove);
  g_clear_pointer (&self->lost_key, g_free);
  g_clear_pointer (&self->found_port, g_free);
}

const char *
lw_session_get_found_port (LwSession *self)
{
  return self->found_port;
}

static void
connect_again (LwSession *self, gpointer data)
{
  lw_session_connect (self, &self->device);
}

void
lw_session_reconnect (LwSession *self)
{
  if (self->found_port == NULL)
    return;
  g_free (self->device.port);
  self->device.port = g_steal_pointer (&self->found_port);
  lw_session_leave_arm (self, connect_again, NULL);
}

/* ---- a kind of arm as the person wants it ---- */

void
lw_session_change_profile (LwSession *self, const LwArmProfile *profile)
{
  g_autofree char *folder = g_build_filename (g_get_user_data_dir (), "lampwork", "arms", NULL);
  g_autofree char *name = g_strconcat (profile->id, ".json", NULL), *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  if (g_mkdir_with_parents (folder, 0700) != 0 || !lw_arm_profile_save (profile, path, &error))
    {
      lw_session_emit_error (self, _("The limits could not be kept; the old ones are in force"), error);
      return;
    }
  lw_session_reload_profiles (self);
  lw_arm_profile_free (self->device.profile);
  self->device.profile = lw_arm_profile_copy (profile);
  if (self->arm != NULL)
    lw_session_leave_arm (self, connect_again, NULL);
}

void
lw_session_device_init (LwSession *self)
{
  self->ports = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_port_free);
  self->traffic = lw_transport_log_new ();
  lw_device_init (&self->device);
}

void
lw_session_device_clear (LwSession *self)
{
  lw_session_forget_lost_arm (self);
  g_clear_pointer (&self->device_key, g_free);
  g_clear_pointer (&self->profiles, g_ptr_array_unref);
  g_clear_pointer (&self->ports, g_ptr_array_unref);
  g_clear_pointer (&self->traffic, lw_transport_log_unref);
  g_clear_pointer (&self->found, g_array_unref);
  g_clear_pointer (&self->scan_troubles, g_ptr_array_unref);
  g_clear_pointer (&self->scan_port, g_free);
  lw_device_clear (&self->device);
}
