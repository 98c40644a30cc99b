/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-sim-arm.h"

#include <glib/gi18n.h>
#include <string.h>

#include "lw-paths.h"

#define DEFAULT_ARM  "arm-7"
#define DEFAULT_BAUD 1000000

static char *
known_arms (void)
{
  const char *folders[] = { lw_path_arms (), NULL };
  g_autoptr (GPtrArray) profiles = lw_arm_profile_list (folders, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < profiles->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? ", " : "", ((const LwArmProfile *) profiles->pdata[i])->id);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
path_of (const char *arm, GError **error)
{
  g_autofree char *file = g_strconcat (arm, ".json", NULL);
  g_autofree char *path = g_build_filename (lw_path_arms (), file, NULL);
  g_autofree char *known = NULL;

  if (g_str_has_suffix (arm, ".json"))
    return g_strdup (arm);
  if (strchr (arm, G_DIR_SEPARATOR) == NULL && g_file_test (path, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&path);
  known = known_arms ();
  g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE, _("there is no arm “%s”; there are %s"), arm, known);
  return NULL;
}

gboolean
lw_sim_arm_load (LwSimArm *self, const LwSimOptions *options, GError **error)
{
  g_autofree char *path = path_of (options->arm != NULL ? options->arm : DEFAULT_ARM, error);
  LwSimError sim_error;

  *self = (LwSimArm){ .profile = path != NULL ? lw_arm_profile_load (path, error) : NULL };
  if (self->profile == NULL)
    return FALSE;
  self->protocol = self->profile->protocol;
  if (options->protocol != NULL && !lw_protocol_from_name (options->protocol, &self->protocol))
    return FALSE;
  for (size_t i = 0; i < self->profile->n_joints; i++)
    {
      const LwProfileJoint *joint = &self->profile->joints[i];

      self->ids[i] = joint->id;
      self->models[i] = self->protocol == self->profile->protocol && joint->n_models > 0 ? joint->models[0] : 0;
    }
  self->model = lw_arm_model_load (self->profile->model, NULL, &sim_error);
  if (self->model == NULL)
    g_set_error_literal (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_FILE, sim_error.text);
  else if (lw_arm_model_n_joints (self->model) != self->profile->n_joints)
    g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, _("the profile “%s” and its model do not have the same joints"), self->profile->id);
  else
    return TRUE;
  return FALSE;
}

LwSimBus *
lw_sim_arm_bus (LwSimArm *self, const LwSimOptions *options, uint64_t seed, GError **error)
{
  LwSimBusConfig config;
  LwSimBus *bus;

  lw_sim_bus_config_init (&config);
  config.model = self->model;
  config.protocol = self->protocol;
  config.ids = self->ids;
  config.models = self->models;
  config.firmware = (uint8_t) options->firmware;
  config.baud = options->baud > 0 ? (unsigned) options->baud : self->profile->baud > 0 ? self->profile->baud : DEFAULT_BAUD;
  config.return_delay_us = (unsigned) options->return_delay;
  config.jitter_us = options->jitter;
  config.latency_us = options->usb_latency * 1000;
  config.rate = options->rate;
  config.seed = seed;
  config.balanced = !options->heavy;
  bus = lw_sim_bus_new (&config);
  if (bus == NULL)
    g_set_error (error, LW_BUS_ERROR, LW_BUS_ERROR_FAILED, _("the servos of “%s” cannot be simulated"), self->profile->id);
  return bus;
}

void
lw_sim_arm_clear (LwSimArm *self)
{
  lw_arm_profile_free (self->profile);
  lw_arm_model_unref (self->model);
}
