/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-arm-device.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lw-device-memory.h"

#define REFRESH_S 2

struct _LwArmDevice
{
  AdwBin parent_instance;

  LwSession *session; /* owned */

  /* template */
  AdwComboRow   *device_row, *arm_row;
  AdwEntryRow   *address_row;
  GtkSpinButton *rate;
  GtkButton     *scan_button, *connect_button;
  GtkLabel      *hint;

  GPtrArray *offered;   /* of LwArmProfile, borrowed: the rows of arm_row */
  guint      refresh;   /* source, while the page is shown */
  gboolean   quiet;
};

G_DEFINE_FINAL_TYPE (LwArmDevice, lw_arm_device, ADW_TYPE_BIN)

/* ---- what is chosen ---- */

static guint
n_ports (LwArmDevice *self)
{
  return lw_session_get_ports (self->session)->len;
}

static gboolean
is_simulated (LwArmDevice *self)
{
  return adw_combo_row_get_selected (self->device_row) == 0;
}

static gboolean
is_network (LwArmDevice *self)
{
  return adw_combo_row_get_selected (self->device_row) == n_ports (self) + 1;
}

static const LwPort *
chosen_port (LwArmDevice *self)
{
  guint i = adw_combo_row_get_selected (self->device_row);

  return i >= 1 && i <= n_ports (self) ? g_ptr_array_index (lw_session_get_ports (self->session), i - 1) : NULL;
}

/* (transfer full) NULL: simulated, or no address yet. */
static char *
chosen_name (LwArmDevice *self)
{
  const char *address = gtk_editable_get_text (GTK_EDITABLE (self->address_row));

  if (is_network (self))
    return *address == '\0' ? NULL : g_str_has_prefix (address, "tcp:") || *address == '/' ? g_strdup (address) : g_strconcat ("tcp:", address, NULL);
  return is_simulated (self) || chosen_port (self) == NULL ? NULL : g_strdup (chosen_port (self)->path);
}

static const LwArmProfile *
chosen_profile (LwArmDevice *self)
{
  guint i = adw_combo_row_get_selected (self->arm_row);

  return i < self->offered->len ? g_ptr_array_index (self->offered, i) : NULL;
}

/* ---- the rows ---- */

static void
update_sensitive (LwArmDevice *self)
{
  gboolean connected = lw_session_is_connected (self->session), busy = lw_session_is_connecting (self->session);
  gboolean scanning = lw_session_is_scanning (self->session), free_to_choose = !connected && !busy && !scanning;
  const LwPort *port = chosen_port (self);
  g_autofree char *name = chosen_name (self);

  gtk_button_set_label (self->connect_button, connected ? _("Disconnect") : _("Connect"));
  if (connected)
    gtk_widget_remove_css_class (GTK_WIDGET (self->connect_button), "suggested-action");
  else
    gtk_widget_add_css_class (GTK_WIDGET (self->connect_button), "suggested-action");
  gtk_button_set_label (self->scan_button, scanning ? _("Cancel the search") : _("Look for servos"));
  gtk_widget_set_visible (GTK_WIDGET (self->scan_button), !is_simulated (self) && !connected);
  gtk_widget_set_visible (GTK_WIDGET (self->address_row), is_network (self));
  gtk_widget_set_sensitive (GTK_WIDGET (self->connect_button), !busy && !scanning && (connected || is_simulated (self) || name != NULL));
  gtk_widget_set_sensitive (GTK_WIDGET (self->scan_button), scanning || (free_to_choose && name != NULL));
  gtk_widget_set_sensitive (GTK_WIDGET (self->device_row), free_to_choose);
  gtk_widget_set_sensitive (GTK_WIDGET (self->arm_row), free_to_choose);
  gtk_widget_set_sensitive (GTK_WIDGET (self->address_row), free_to_choose);
  gtk_widget_set_sensitive (GTK_WIDGET (self->rate), free_to_choose);
  gtk_label_set_text (self->hint, connected || port == NULL ? "" : !port->accessible ? _("This user may not open this port.") : port->hint != NULL ? port->hint : "");
  gtk_widget_set_visible (GTK_WIDGET (self->hint), *gtk_label_get_text (self->hint) != '\0');
}

/* The kinds of arms that the chosen device may be; the one that was there stays chosen where it can. */
static void
offer_arms (LwArmDevice *self, const char *wanted)
{
  GPtrArray *profiles = lw_session_get_profiles (self->session);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  gboolean simulated = is_simulated (self);
  guint selected = 0;

  g_ptr_array_set_size (self->offered, 0);
  /* Those made for simulation first, where they can be had. */
  for (int pass = simulated ? 0 : 1; pass < 2; pass++)
    for (guint i = 0; i < profiles->len; i++)
      {
        LwArmProfile *profile = g_ptr_array_index (profiles, i);

        if (profile->simulated_only != (pass == 0))
          continue;
        if (g_strcmp0 (profile->id, wanted) == 0)
          selected = self->offered->len;
        g_ptr_array_add (self->offered, profile);
        gtk_string_list_append (titles, profile->title);
      }
  adw_combo_row_set_model (self->arm_row, G_LIST_MODEL (titles));
  if (self->offered->len > 0)
    adw_combo_row_set_selected (self->arm_row, selected);
}

/* What was used with this device before is what is offered. */
static void
offer_known (LwArmDevice *self)
{
  g_autofree char *name = chosen_name (self), *key = name != NULL ? lw_device_key (name, lw_session_get_ports (self->session)) : NULL;
  g_autoptr (LwKnownArm) known = key != NULL ? lw_device_memory_find (key, NULL) : NULL;

  offer_arms (self, known != NULL ? known->profile : is_simulated (self) ? "arm-7" : "so-101");
}

static char *
port_title (const LwPort *port)
{
  const char *what = port->product != NULL ? port->product : port->description;

  return port->serial != NULL ? g_strdup_printf ("%s · %s · %s", what, port->serial, port->path) : g_strdup_printf ("%s · %s", what, port->path);
}

static void
update_devices (LwArmDevice *self)
{
  GPtrArray *ports = lw_session_get_ports (self->session);
  g_autoptr (GtkStringList) titles = gtk_string_list_new (NULL);
  g_autofree char *before = chosen_name (self);
  gboolean network = is_network (self) && adw_combo_row_get_model (self->device_row) != NULL;
  guint selected = 0;

  gtk_string_list_append (titles, _("Simulated arm"));
  for (guint i = 0; i < ports->len; i++)
    {
      const LwPort *port = g_ptr_array_index (ports, i);
      g_autofree char *title = port_title (port);

      gtk_string_list_append (titles, title);
      if (g_strcmp0 (port->path, before) == 0)
        selected = i + 1;
    }
  gtk_string_list_append (titles, _("Other port or network address"));
  if (network)
    selected = ports->len + 1;
  self->quiet = TRUE;
  adw_combo_row_set_model (self->device_row, G_LIST_MODEL (titles));
  adw_combo_row_set_selected (self->device_row, selected);
  self->quiet = FALSE;
  offer_known (self);
  update_sensitive (self);
}

static void
device_chosen (LwArmDevice *self)
{
  if (self->quiet)
    return;
  offer_known (self);
  update_sensitive (self);
}

/* ---- what the buttons do ---- */

/* Where a search found the servos, else what worked with this arm before; 0: the profile's. */
static unsigned
working_baud (LwArmDevice *self, const char *port, const LwArmProfile *profile)
{
  unsigned baud = port != NULL ? lw_session_get_found_baud (self->session, port, profile) : 0;
  g_autofree char *key = port != NULL ? lw_device_key (port, lw_session_get_ports (self->session)) : NULL;
  g_autoptr (LwKnownArm) known = key != NULL ? lw_device_memory_find (key, NULL) : NULL;

  return baud == 0 && known != NULL && g_str_equal (known->profile, profile->id) ? known->baud : baud;
}

static void
connect_clicked (GtkButton *button, LwArmDevice *self)
{
  const LwArmProfile *profile = chosen_profile (self);
  g_auto (LwDevice) device = { 0 };

  if (lw_session_is_connected (self->session))
    {
      lw_session_disconnect (self->session);
      return;
    }
  if (profile == NULL)
    return;
  lw_device_init (&device);
  device.port = chosen_name (self);
  device.profile = lw_arm_profile_copy (profile);
  device.rate_hz = gtk_spin_button_get_value (self->rate);
  device.baud = working_baud (self, device.port, profile);
  lw_session_connect (self->session, &device);
}

/* At every speed: for servos in either protocol that has ids, the kind of arm may be chosen wrongly. */
static void
scan_clicked (GtkButton *button, LwArmDevice *self)
{
  g_autofree char *name = chosen_name (self);

  if (lw_session_is_scanning (self->session))
    lw_session_cancel_scan (self->session);
  else if (name != NULL)
    lw_session_scan (self->session, name, 1u << LW_PROTOCOL_DYNAMIXEL | 1u << LW_PROTOCOL_FEETECH, 0, chosen_profile (self));
}

/* ---- class ---- */

static gboolean
refresh (gpointer data)
{
  LwArmDevice *self = data;

  if (!lw_session_is_connected (self->session))
    lw_session_refresh_ports (self->session);
  return G_SOURCE_CONTINUE;
}

static void
lw_arm_device_map (GtkWidget *widget)
{
  LwArmDevice *self = LW_ARM_DEVICE (widget);

  GTK_WIDGET_CLASS (lw_arm_device_parent_class)->map (widget);
  refresh (self);
  self->refresh = g_timeout_add_seconds (REFRESH_S, refresh, self);
}

static void
lw_arm_device_unmap (GtkWidget *widget)
{
  LwArmDevice *self = LW_ARM_DEVICE (widget);

  g_clear_handle_id (&self->refresh, g_source_remove);
  GTK_WIDGET_CLASS (lw_arm_device_parent_class)->unmap (widget);
}

static void
lw_arm_device_dispose (GObject *object)
{
  LwArmDevice *self = LW_ARM_DEVICE (object);

  g_clear_handle_id (&self->refresh, g_source_remove);
  g_clear_pointer (&self->offered, g_ptr_array_unref);
  g_clear_object (&self->session);
  G_OBJECT_CLASS (lw_arm_device_parent_class)->dispose (object);
}

static void
lw_arm_device_class_init (LwArmDeviceClass *klass)
{
  GtkWidgetClass *widget = GTK_WIDGET_CLASS (klass);

  G_OBJECT_CLASS (klass)->dispose = lw_arm_device_dispose;
  widget->map = lw_arm_device_map;
  widget->unmap = lw_arm_device_unmap;
  gtk_widget_class_set_template_from_resource (widget, "/org/lampwork/Lampwork/ui/lw-arm-device.ui");
#define CHILD(name) gtk_widget_class_bind_template_child (widget, LwArmDevice, name)
  CHILD (device_row);
  CHILD (arm_row);
  CHILD (address_row);
  CHILD (rate);
  CHILD (scan_button);
  CHILD (connect_button);
  CHILD (hint);
#undef CHILD
  gtk_widget_class_bind_template_callback (widget, connect_clicked);
  gtk_widget_class_bind_template_callback (widget, scan_clicked);
}

static void
lw_arm_device_init (LwArmDevice *self)
{
  self->offered = g_ptr_array_new ();
  gtk_widget_init_template (GTK_WIDGET (self));
}

GtkWidget *
lw_arm_device_new (LwSession *session)
{
  LwArmDevice *self = g_object_new (LW_TYPE_ARM_DEVICE, NULL);

  self->session = g_object_ref (session);
  update_devices (self);
  g_signal_connect_object (self->device_row, "notify::selected", G_CALLBACK (device_chosen), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (self->address_row, "changed", G_CALLBACK (update_sensitive), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "ports-changed", G_CALLBACK (update_devices), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "scan-changed", G_CALLBACK (update_sensitive), self, G_CONNECT_SWAPPED);
  g_signal_connect_object (session, "connection-changed", G_CALLBACK (update_sensitive), self, G_CONNECT_SWAPPED);
  return GTK_WIDGET (self);
}
