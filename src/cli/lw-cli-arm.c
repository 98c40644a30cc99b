/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-arm.h"

#include <glib/gi18n.h>

#include "lw-cli.h"
#include "lw-device-memory.h"
#include "lw-skill.h"
#include "lw-trouble.h"

#define ENTER_TIMEOUT_US (5 * G_USEC_PER_SEC)
#define DEFAULT_ARM "arm-7"

void
lw_cli_arm_init (LwCliArm *self)
{
  *self = (LwCliArm){ .baud = LW_CLI_NO_NUMBER, .rate = 100.0, .seed = 1 };
}

/* What is remembered of the port, and where an arm that was named is plugged in. FALSE only when the memory cannot be read or
 * the arm is not there. */
static gboolean
recall (LwCliArm *self, LwKnownArm **known, GError **error)
{
  g_autoptr (GPtrArray) ports = lw_port_list (NULL);
  g_autoptr (GError) local = NULL;
  g_autofree char *key = NULL;

  if (ports == NULL)
    ports = g_ptr_array_new ();
  key = lw_device_key (self->port, ports);
  *known = lw_device_memory_find (key, &local);
  if (*known == NULL && local == NULL)
    *known = lw_device_memory_find (self->port, &local);
  if (local != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local));
      return FALSE;
    }
  self->device.port = *known != NULL ? lw_device_port ((*known)->key, ports) : g_strdup (self->port);
  if (self->device.port != NULL)
    return TRUE;
  g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, _("“%s” is not plugged in (%s)"), (*known)->name, (*known)->key);
  return FALSE;
}

gboolean
lw_cli_arm_find (LwCliArm *self, gboolean any_kind, GError **error)
{
  g_autoptr (LwKnownArm) known = NULL;
  LwDevice *device = &self->device;
  const char *id = self->arm, *calibration = self->calibration;

  lw_device_clear (device);
  lw_device_init (device);
  device->rate_hz = self->rate;
  device->seed = (uint64_t) self->seed;
  if (self->port != NULL && !recall (self, &known, error))
    return FALSE;
  if (id == NULL)
    id = known != NULL ? known->profile : self->port == NULL ? DEFAULT_ARM : NULL;
  if (id == NULL && any_kind)
    return TRUE;
  if (id == NULL)
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("say which arm is on %s with --arm; “lampwork-cli ports” shows those there are"), self->port);
      return FALSE;
    }
  device->profile = lw_device_find_profile (id, error);
  if (device->profile == NULL)
    return FALSE;
  if (self->baud != LW_CLI_NO_NUMBER)
    device->baud = (unsigned) self->baud;
  else if (known != NULL)
    device->baud = known->baud;
  /* A calibration is of one arm: that of another kind on the same adapter means nothing. */
  if (calibration == NULL && known != NULL && g_str_equal (known->profile, device->profile->id))
    calibration = known->calibration;
  return calibration == NULL || lw_device_use_calibration (device, calibration, error);
}

gboolean
lw_cli_arm_load (LwCliArm *self, GError **error)
{
  if (self->model != NULL)
    return TRUE;
  if (lw_cli_arm_find (self, FALSE, error))
    self->model = lw_device_load_model (&self->device, error);
  return self->model != NULL;
}

gboolean
lw_cli_arm_open (LwCliArm *self, LwSampleSink sink, void *data, GError **error)
{
  const LwDeviceHooks hooks = { .sink = sink, .sink_data = data };
  g_autoptr (GError) local = NULL;
  g_autoptr (LwTrouble) trouble = NULL;
  g_autofree char *text = NULL;
  LwTroubleFacts facts;
  LwDeviceArm arm;

  if (!lw_cli_arm_load (self, error))
    return FALSE;
  if (lw_device_connect (&self->device, self->model, &hooks, &arm, &local))
    {
      self->simulator = arm.simulator;
      self->handle = arm.arm;
      lw_arm_model_unref (arm.model); /* one of ours is enough */
      return TRUE;
    }
  lw_trouble_from_error (local, self->device.port, lw_device_get_baud (&self->device), self->device.profile, &facts);
  trouble = lw_trouble_new (&facts);
  text = lw_trouble_to_text (trouble);
  g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, text);
  return FALSE;
}

void
lw_cli_arm_close (LwCliArm *self)
{
  LwDeviceArm arm = { self->model, self->simulator, self->handle };

  lw_device_arm_clear (&arm);
  self->model = NULL;
  self->simulator = NULL;
  self->handle = NULL;
  lw_device_clear (&self->device);
  g_clear_pointer (&self->arm, g_free);
  g_clear_pointer (&self->port, g_free);
  g_clear_pointer (&self->calibration, g_free);
}

gboolean
lw_cli_arm_enter (LwCliArm *self, LwArmRequest request, LwMode mode, GError **error)
{
  gint64 deadline = g_get_monotonic_time () + ENTER_TIMEOUT_US;
  LwArmState state;

  if (!lw_arm_request (self->handle, request, error))
    return FALSE;
  for (;;)
    {
      lw_arm_get_state (self->handle, &state);
      if (state.mode == mode)
        return TRUE;
      if (state.mode == LW_MODE_FAULT || g_get_monotonic_time () > deadline)
        {
          g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, _("the arm is in mode %s instead of %s: %s"), lw_mode_name (state.mode),
                       lw_mode_name (mode), lw_reason_text (state.reason));
          return FALSE;
        }
      g_usleep (5000);
    }
}
