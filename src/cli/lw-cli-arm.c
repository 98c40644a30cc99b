/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-cli-arm.h"

#include <glib/gi18n.h>

#include "lw-paths.h"
#include "lw-skill.h"

#define ENTER_TIMEOUT_US (5 * G_USEC_PER_SEC)

void
lw_cli_arm_init (LwCliArm *self)
{
  *self = (LwCliArm){ .baud = 1000000, .rate = 100.0, .seed = 1 };
}

gboolean
lw_cli_arm_load (LwCliArm *self, GError **error)
{
  const char *id = self->arm != NULL ? self->arm : "arm-7";
  g_autofree char *file = g_strconcat (id, ".xml", NULL);
  g_autofree char *path = g_build_filename (lw_path_arms (), file, NULL);
  LwSimError sim_error;

  if (self->model != NULL)
    return TRUE;
  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    {
      g_set_error (error, LW_JOB_ERROR, LW_JOB_ERROR_INPUT, _("there is no arm “%s” in %s; there are arm-7, desk-6, planar-7 and planar-2"), id, lw_path_arms ());
      return FALSE;
    }
  self->model = lw_arm_model_load (path, NULL, &sim_error);
  if (self->model == NULL)
    g_set_error_literal (error, LW_JOB_ERROR, LW_JOB_ERROR_ARM, sim_error.text);
  return self->model != NULL;
}

static LwTransport *
open_transport (LwCliArm *self, GError **error)
{
  LwSimBusConfig config;
  int fd;

  if (self->port != NULL)
    return lw_transport_serial_open (self->port, (unsigned) self->baud, error);
  lw_sim_bus_config_init (&config);
  config.model = self->model;
  config.seed = (uint64_t) self->seed;
  self->simulator = lw_sim_bus_new (&config);
  fd = lw_sim_bus_connect (self->simulator, error);
  return fd < 0 ? NULL : lw_transport_fd_new (fd, _("Simulated arm"));
}

gboolean
lw_cli_arm_open (LwCliArm *self, LwSampleSink sink, void *data, GError **error)
{
  LwArmSetup setup;
  LwTransport *transport;
  uint8_t ids[LW_MAX_JOINTS];
  size_t n;

  if (!lw_cli_arm_load (self, error) || (transport = open_transport (self, error)) == NULL)
    return FALSE;
  n = lw_arm_model_n_joints (self->model);
  for (size_t i = 0; i < n; i++)
    ids[i] = (uint8_t) (i + 1);
  lw_arm_setup_init (&setup, self->model);
  lw_calibration_centre (self->model, &setup.calibration);
  setup.rate_hz = self->rate;
  setup.sink = sink;
  setup.sink_data = data;
  self->handle = lw_arm_new (&setup);
  return lw_arm_connect (self->handle, lw_dynamixel_new (transport, ids, n), error);
}

void
lw_cli_arm_close (LwCliArm *self)
{
  if (self->handle != NULL)
    lw_arm_disconnect (self->handle);
  g_clear_pointer (&self->handle, lw_arm_free);
  if (self->simulator != NULL)
    lw_sim_bus_disconnect (self->simulator);
  g_clear_pointer (&self->simulator, lw_sim_bus_free);
  g_clear_pointer (&self->model, lw_arm_model_unref);
  g_clear_pointer (&self->arm, g_free);
  g_clear_pointer (&self->port, g_free);
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
