/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The session's arm comes and goes: connecting and disconnecting on a worker. */
#include <glib/gi18n.h>
#include <string.h>

#include "lw-device-memory.h"
#include "lw-paths.h"
#include "lw-session-private.h"

/* ---- connecting ---- */

typedef struct {
  LwDevice       device;
  LwDeviceHooks  hooks;
  LwArmModel    *model; /* (nullable) in hand already */
  LwDeviceArm    arm;
  LwTransportLog *traffic;
  char          *key;   /* of the port; NULL for the simulated arm */
  LwKnownArm    *known; /* (nullable) what is remembered of it */
} Connection;

static void
connection_free (gpointer data)
{
  Connection *self = data;

  lw_device_arm_clear (&self->arm);
  lw_device_clear (&self->device);
  g_clear_pointer (&self->model, lw_arm_model_unref);
  lw_transport_log_unref (self->traffic);
  g_free (self->key);
  lw_known_arm_free (self->known);
  g_free (self);
}

static LwTransport *
wrap (LwTransport *transport, void *log)
{
  return lw_transport_log_wrap (transport, log);
}

/* The calibration known for the arm behind the port. One that cannot be used is an error: an arm with a wrong zero is not to be moved. */
static gboolean
recall (Connection *c, GError **error)
{
  g_autoptr (GPtrArray) ports = lw_port_list (NULL);

  c->key = lw_device_key (c->device.port, ports);
  c->known = lw_device_memory_find (c->key, NULL);
  if (c->known == NULL || c->known->calibration == NULL || c->device.calibration != NULL || !g_str_equal (c->known->profile, c->device.profile->id))
    return TRUE;
  return lw_device_use_calibration (&c->device, c->known->calibration, error);
}

static void
remember (const Connection *c)
{
  gboolean same = c->known != NULL && g_str_equal (c->known->profile, c->device.profile->id);
  LwKnownArm arm = {
    .key = c->key,
    .name = c->known != NULL ? c->known->name : c->device.profile->title,
    .profile = c->device.profile->id,
    .baud = c->device.baud,
    .calibration = same ? c->known->calibration : NULL,
  };

  /* That it is found again by itself is a convenience; the arm works without it. */
  (void) lw_device_memory_remember (&arm, NULL);
}

static void
connect_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  Connection *c = data;
  g_autoptr (GError) error = NULL;

  if ((c->device.port != NULL && !recall (c, &error)) || !lw_device_connect (&c->device, c->model, &c->hooks, &c->arm, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }
  if (c->device.port != NULL)
    remember (c);
  g_task_return_boolean (task, TRUE);
}

static void
connect_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  Connection *c = g_task_get_task_data (G_TASK (result));
  g_autoptr (GError) error = NULL;

  self->connecting = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    lw_session_emit_trouble (self, &c->device, error);
  else
    {
      if (c->arm.model != self->arm_model)
        lw_session_take_arm_model (self, lw_arm_model_ref (c->arm.model));
      self->arm = g_steal_pointer (&c->arm.arm);
      self->simulator = g_steal_pointer (&c->arm.simulator);
      lw_device_clear (&self->device);
      lw_device_copy (&self->device, &c->device);
      self->device_key = g_steal_pointer (&c->key);
      lw_session_set_gravity_help (self, self->gravity_help);
      lw_arm_get_state (self->arm, &self->state);
      self->tick = g_timeout_add (LW_UI_TICK_MS, lw_session_tick, self);
    }
  lw_session_emit (self, "connection-changed");
  lw_session_emit (self, "mode-changed");
}

void
lw_session_connect (LwSession *self, const LwDevice *device)
{
  g_autoptr (GTask) task = NULL;
  Connection *c;

  g_return_if_fail (device->profile != NULL);
  if (self->arm != NULL || self->connecting || self->scanning || self->winding_down)
    return;
  c = g_new0 (Connection, 1);
  lw_device_copy (&c->device, device);
  if (c->device.port == NULL)
    c->device.seed = (uint64_t) g_get_monotonic_time ();
  c->hooks = (LwDeviceHooks){ .sink = lw_session_sink, .sink_data = self, .watch_main_loop = TRUE, .wrap = wrap, .wrap_data = self->traffic };
  if (self->bus_log != NULL)
    {
      c->hooks.tap = lw_bus_log_tap;
      c->hooks.tap_data = self->bus_log;
    }
  c->traffic = lw_transport_log_ref (self->traffic);
  if (self->arm_model != NULL && g_str_equal (lw_arm_model_id (self->arm_model), device->profile->id))
    c->model = lw_arm_model_ref (self->arm_model);
  self->connecting = TRUE;
  task = g_task_new (self, NULL, connect_done, NULL);
  g_task_set_source_tag (task, lw_session_connect);
  g_task_set_task_data (task, c, connection_free);
  g_task_run_in_thread (task, connect_thread);
  lw_session_emit (self, "connection-changed");
}

void
lw_session_connect_simulated (LwSession *self, const char *arm_id, double rate_hz)
{
  const LwArmProfile *profile = lw_session_find_profile (self, arm_id);
  g_auto (LwDevice) device = { 0 };

  if (profile == NULL)
    {
      lw_session_emit_message (self, NULL, _("There is no arm “%s”. The Arm page lists those there are."), arm_id);
      return;
    }
  lw_device_init (&device);
  device.profile = lw_arm_profile_copy (profile);
  device.rate_hz = rate_hz;
  lw_session_connect (self, &device);
}

/* ---- disconnecting ---- */

static void
drop_arm (LwSession *self)
{
  g_clear_handle_id (&self->tick, g_source_remove);
  g_clear_pointer (&self->arm, lw_arm_free);
  g_clear_pointer (&self->simulator, lw_sim_bus_free);
  g_clear_pointer (&self->device_key, g_free);
  lw_session_forget_lost_arm (self);
  memset (&self->state, 0, sizeof self->state);
  lw_session_look_for_trouble (self);
}

void
lw_session_arm_clear (LwSession *self)
{
  /* Nobody else may hold the arm while it goes. */
  lw_session_cancel_scan (self);
  while (self->connecting || self->scanning || self->listing)
    g_main_context_iteration (NULL, TRUE);
  if (self->recording != 0)
    lw_session_stop_recording (self, TRUE);
  if (self->arm != NULL)
    lw_arm_disconnect (self->arm);
  if (self->simulator != NULL)
    lw_sim_bus_disconnect (self->simulator);
  drop_arm (self);
}

typedef struct {
  LwArm    *arm;       /* borrowed, as the simulator is: nobody else ends them meanwhile */
  LwSimBus *simulator; /* (nullable) */
  void    (*after) (LwSession *self, gpointer data);
  gpointer  data;
} Leaving;

/* Lowering to rest takes seconds: a worker waits for it, while the window shows what the arm does and Stop works. */
static void
disconnect_thread (GTask *task, gpointer source, gpointer data, GCancellable *cancellable)
{
  const Leaving *leaving = data;

  lw_arm_disconnect (leaving->arm);
  if (leaving->simulator != NULL)
    lw_sim_bus_disconnect (leaving->simulator);
  g_task_return_boolean (task, TRUE);
}

static void
disconnect_done (GObject *object, GAsyncResult *result, gpointer data)
{
  LwSession *self = LW_SESSION (object);
  const Leaving *leaving = g_task_get_task_data (G_TASK (result));
  LwArmState last;

  lw_arm_get_state (self->arm, &last);
  self->connecting = FALSE;
  drop_arm (self);
  if (leaving->after != NULL)
    leaving->after (self, leaving->data);
  else if (!last.limp)
    lw_session_emit_message (self, NULL, _("The arm is disconnected and still powered: it was stopped before it was down. "
                                           "Support it before you cut the power."));
  lw_session_emit (self, "connection-changed");
  lw_session_emit (self, "mode-changed");
}

gboolean
lw_session_leave_arm (LwSession *self, void (*after) (LwSession *self, gpointer data), gpointer data)
{
  g_autoptr (GTask) task = NULL;
  Leaving *leaving;

  if (self->arm == NULL || self->connecting)
    return FALSE;
  if (self->run_active && self->run_on_arm)
    {
      lw_session_emit_message (self, NULL, _("A learning run is using the arm. End the run first."));
      return FALSE;
    }
  if (self->recording != 0)
    lw_session_stop_recording (self, TRUE);
  /* The finished run's runner borrows the arm. */
  if (self->run_on_arm)
    {
      lw_session_learn_clear (self);
      lw_session_learn_init (self);
    }
  lw_session_forget_lost_arm (self);
  leaving = g_new (Leaving, 1);
  *leaving = (Leaving){ .arm = self->arm, .simulator = self->simulator, .after = after, .data = data };
  self->connecting = TRUE;
  task = g_task_new (self, NULL, disconnect_done, NULL);
  g_task_set_source_tag (task, lw_session_disconnect);
  g_task_set_task_data (task, leaving, g_free);
  g_task_run_in_thread (task, disconnect_thread);
  lw_session_emit (self, "connection-changed");
  lw_session_emit (self, "mode-changed");
  return TRUE;
}

void
lw_session_disconnect (LwSession *self)
{
  lw_session_leave_arm (self, NULL, NULL);
}

/* ---- what is connected ---- */

gboolean
lw_session_is_simulated (LwSession *self)
{
  return self->arm != NULL && self->device.port == NULL;
}

const char *
lw_session_get_device_name (LwSession *self)
{
  if (self->arm == NULL || (self->state.mode == LW_MODE_FAULT && self->state.reason == LW_REASON_LINK_LOST))
    return _("Disconnected");
  return self->device.port == NULL ? _("Simulated arm") : self->device.port;
}

const LwDevice *
lw_session_get_device (LwSession *self)
{
  return &self->device;
}

LwProtocol
lw_session_get_protocol (LwSession *self)
{
  return self->device.profile != NULL ? self->device.profile->protocol : LW_PROTOCOL_DYNAMIXEL;
}
