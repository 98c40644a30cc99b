/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-device.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lw-calibration-file.h"
#include "lw-paths.h"

/* A board that restarted because its port was opened (OpenRB-150, ESP32) is silent for up to two seconds (hardware.md 5.5). */
#define RESTART_US (1500 * G_TIME_SPAN_MILLISECOND)

void
lw_device_init (LwDevice *self)
{
  LwSimBusConfig config;

  lw_sim_bus_config_init (&config);
  *self = (LwDevice){
    .rate_hz = 100.0, .seed = 1, .return_delay_us = config.return_delay_us, .jitter_us = config.jitter_us, .balanced = config.balanced,
  };
}

void
lw_device_clear (LwDevice *self)
{
  g_clear_pointer (&self->port, g_free);
  g_clear_pointer (&self->profile, lw_arm_profile_free);
  g_clear_pointer (&self->calibration, g_free);
}

void
lw_device_copy (LwDevice *out, const LwDevice *self)
{
  *out = *self;
  out->port = g_strdup (self->port);
  out->profile = self->profile != NULL ? lw_arm_profile_copy (self->profile) : NULL;
  out->calibration = g_memdup2 (self->calibration, sizeof *self->calibration);
}

void
lw_device_set_calibration (LwDevice *self, const LwCalibration *calibration)
{
  LwCalibration *copy = g_memdup2 (calibration, sizeof *calibration);

  g_free (self->calibration);
  self->calibration = copy;
}

gboolean
lw_device_use_calibration (LwDevice *self, const char *path, GError **error)
{
  LwLimits limits = { .n_joints = self->profile->n_joints };
  LwCalibrationFile *file = lw_calibration_file_load (path, error);
  LwCalibration calibration;
  gboolean ok;

  for (size_t j = 0; j < limits.n_joints; j++)
    {
      limits.q_min[j] = self->profile->joints[j].lower;
      limits.q_max[j] = self->profile->joints[j].upper;
    }
  ok = file != NULL && lw_calibration_file_apply (file, self->profile, &calibration, &limits, error);
  lw_calibration_file_free (file);
  if (!ok)
    return FALSE;
  for (size_t j = 0; j < limits.n_joints; j++)
    {
      self->profile->joints[j].lower = limits.q_min[j];
      self->profile->joints[j].upper = limits.q_max[j];
    }
  lw_device_set_calibration (self, &calibration);
  return TRUE;
}

unsigned
lw_device_get_baud (const LwDevice *self)
{
  return self->baud != 0 ? self->baud : self->profile->baud;
}

const char *
lw_device_get_name (const LwDevice *self)
{
  return self->port != NULL ? self->port : _("Simulated arm");
}

/* ---- what is known without a line ---- */

LwArmModel *
lw_device_load_model (const LwDevice *self, GError **error)
{
  LwSimError sim_error = { "" };
  LwArmModel *model = lw_arm_model_load (self->profile->model, NULL, &sim_error);

  if (model == NULL)
    g_set_error_literal (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE, sim_error.text);
  else if (!lw_arm_profile_check (self->profile, model, error))
    g_clear_pointer (&model, lw_arm_model_unref);
  return model;
}

void
lw_device_setup (const LwDevice *self, LwArmModel *model, LwArmSetup *out)
{
  lw_arm_setup_init (out, model);
  lw_arm_profile_apply (self->profile, model, out);
  if (self->calibration != NULL)
    out->calibration = *self->calibration;
  else if (self->port == NULL)
    lw_calibration_centre (model, &out->calibration); /* that is how the simulator puts its servos on */
  out->rate_hz = self->rate_hz;
}

/* ---- the line ---- */

static LwSimBus *
make_simulator (const LwDevice *self, LwArmModel *model, const LwDeviceHooks *hooks)
{
  uint8_t ids[LW_MAX_JOINTS];
  uint16_t models[LW_MAX_JOINTS];
  LwSimBusConfig config;
  LwSimBus *simulator;

  for (size_t j = 0; j < self->profile->n_joints; j++)
    {
      const LwProfileJoint *joint = &self->profile->joints[j];

      ids[j] = joint->id;
      models[j] = joint->n_models > 0 ? joint->models[0] : 0;
    }
  lw_sim_bus_config_init (&config);
  config.model = model;
  config.protocol = self->profile->protocol;
  config.ids = ids;
  config.models = models;
  config.baud = lw_device_get_baud (self);
  config.return_delay_us = self->return_delay_us;
  config.jitter_us = self->jitter_us;
  config.balanced = self->balanced;
  config.seed = self->seed;
  simulator = lw_sim_bus_new (&config);
  if (simulator == NULL)
    return NULL;
  lw_sim_bus_set_loss (simulator, self->lost, self->corrupt);
  if (hooks != NULL && hooks->tap != NULL)
    lw_sim_bus_set_tap (simulator, hooks->tap, hooks->tap_data);
  return simulator;
}

static LwTransport *
open_simulated (const LwDevice *self, LwArmModel *model, const LwDeviceHooks *hooks, LwSimBus **simulator, GError **error)
{
  int fd;

  *simulator = make_simulator (self, model, hooks);
  if (*simulator == NULL)
    {
      g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "“%s” cannot be simulated: its servos or masses make no sense to the simulator",
                   self->profile->id);
      return NULL;
    }
  fd = lw_sim_bus_connect (*simulator, error);
  if (fd >= 0)
    return lw_transport_fd_new (fd, lw_device_get_name (self));
  g_clear_pointer (simulator, lw_sim_bus_free);
  return NULL;
}

LwServoBus *
lw_device_open_bus (const LwDevice *self, LwArmModel *model, const LwDeviceHooks *hooks, LwSimBus **simulator, GError **error)
{
  LwTransport *transport;
  LwServoBus *bus;
  uint8_t ids[LW_MAX_JOINTS];

  *simulator = NULL;
  transport = self->port == NULL ? open_simulated (self, model, hooks, simulator, error)
                                 : lw_transport_open (self->port, lw_device_get_baud (self), error);
  if (transport == NULL)
    return NULL;
  if (hooks != NULL && hooks->wrap != NULL)
    transport = hooks->wrap (transport, hooks->wrap_data);
  for (size_t j = 0; j < self->profile->n_joints; j++)
    ids[j] = self->profile->joints[j].id;
  bus = lw_servo_bus_new (self->profile->protocol, transport, ids, self->profile->n_joints);
  if (bus != NULL)
    return bus;
  g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, "There is no driver for “%s” servos", lw_protocol_name (self->profile->protocol));
  g_clear_pointer (simulator, lw_sim_bus_free);
  return NULL;
}

/* ---- the arm ---- */

/* One attempt; what it opened is closed when it fails. */
static gboolean
connect_once (const LwDevice *self, const LwDeviceHooks *hooks, LwDeviceArm *out, GError **error)
{
  LwServoBus *bus = lw_device_open_bus (self, out->model, hooks, &out->simulator, error);

  if (bus != NULL && lw_arm_connect (out->arm, bus, error))
    return TRUE;
  g_clear_pointer (&out->simulator, lw_sim_bus_free);
  return FALSE;
}

static gboolean
may_be_restarting (const LwDevice *self, const GError *error)
{
  g_autofree char *path = self->port != NULL ? realpath (self->port, NULL) : NULL;

  return path != NULL && strstr (path, "ttyACM") != NULL && g_error_matches (error, LW_ARM_ERROR, LW_ARM_ERROR_FAILED);
}

static gboolean
connect_arm (const LwDevice *self, const LwDeviceHooks *hooks, LwDeviceArm *out, GError **error)
{
  g_autoptr (GError) first = NULL;
  LwArmSetup setup;

  lw_device_setup (self, out->model, &setup);
  if (hooks != NULL)
    {
      setup.sink = hooks->sink;
      setup.sink_data = hooks->sink_data;
      setup.watch_main_loop = hooks->watch_main_loop;
    }
  out->arm = lw_arm_new (&setup);
  if (out->arm == NULL)
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "“%s” has limits, a calibration or a rate that make no sense", self->profile->id);
      return FALSE;
    }
  if (connect_once (self, hooks, out, &first))
    return TRUE;
  if (!may_be_restarting (self, first))
    {
      g_propagate_error (error, g_steal_pointer (&first));
      return FALSE;
    }
  g_usleep (RESTART_US);
  return connect_once (self, hooks, out, error);
}

gboolean
lw_device_connect (const LwDevice *self, LwArmModel *model, const LwDeviceHooks *hooks, LwDeviceArm *out, GError **error)
{
  g_return_val_if_fail (self->profile != NULL, FALSE);
  g_return_val_if_fail (error == NULL || *error == NULL, FALSE);

  *out = (LwDeviceArm){ .model = model != NULL ? lw_arm_model_ref (model) : lw_device_load_model (self, error) };
  if (out->model != NULL && connect_arm (self, hooks, out, error))
    return TRUE;
  lw_device_arm_clear (out);
  return FALSE;
}

void
lw_device_arm_clear (LwDeviceArm *self)
{
  g_clear_pointer (&self->arm, lw_arm_free);
  g_clear_pointer (&self->simulator, lw_sim_bus_free);
  g_clear_pointer (&self->model, lw_arm_model_unref);
}

/* ---- profiles ---- */

GPtrArray *
lw_device_profiles (GPtrArray *problems)
{
  g_autofree char *own = g_build_filename (g_get_user_data_dir (), "lampwork", "arms", NULL);
  const char *const folders[] = { lw_path_arms (), own, NULL };

  return lw_arm_profile_list (folders, problems);
}

LwArmProfile *
lw_device_find_profile (const char *id, GError **error)
{
  g_autoptr (GPtrArray) problems = g_ptr_array_new_with_free_func (g_free);
  g_autoptr (GPtrArray) profiles = NULL;
  g_autoptr (GString) ids = g_string_new (NULL);

  if (g_str_has_suffix (id, ".json"))
    return lw_arm_profile_load (id, error);
  profiles = lw_device_profiles (problems);
  for (guint i = 0; i < profiles->len; i++)
    {
      const LwArmProfile *profile = g_ptr_array_index (profiles, i);

      if (strcmp (profile->id, id) == 0)
        return lw_arm_profile_copy (profile);
      g_string_append_printf (ids, "%s%s", i == 0 ? "" : ", ", profile->id);
    }
  for (guint i = 0; i < problems->len; i++)
    {
      g_autofree char *file = g_strconcat (id, ".json", NULL);

      if (strstr (g_ptr_array_index (problems, i), file) != NULL)
        {
          g_set_error_literal (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_SYNTAX, g_ptr_array_index (problems, i));
          return NULL;
        }
    }
  g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE, _("there is no arm “%s”; there are %s"), id, ids->str);
  return NULL;
}
