/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What profiles are for: finding them, making one for a model, and setting an arm up by one. */
#include "lw-arm-profile.h"

#include <math.h>
#include <string.h>

/* Every servo of these protocols knows it, and hands set it on arms. */
#define BAUD 1000000

static int
by_id (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(LwArmProfile *const *) a)->id, (*(LwArmProfile *const *) b)->id);
}

static void
add_profile (GPtrArray *profiles, LwArmProfile *profile)
{
  for (guint i = 0; i < profiles->len; i++)
    {
      LwArmProfile *other = profiles->pdata[i];

      if (strcmp (other->id, profile->id) == 0)
        {
          lw_arm_profile_free (other);
          profiles->pdata[i] = profile;
          return;
        }
    }
  g_ptr_array_add (profiles, profile);
}

GPtrArray *
lw_arm_profile_list (const char *const *folders, GPtrArray *problems)
{
  GPtrArray *profiles = g_ptr_array_new_with_free_func ((GDestroyNotify) lw_arm_profile_free);

  for (; *folders != NULL; folders++)
    {
      g_autoptr (GDir) dir = g_dir_open (*folders, 0, NULL); /* a folder that is not there holds none */
      const char      *name;

      while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
        {
          g_autoptr (GError) error = NULL;
          g_autofree char   *path = g_build_filename (*folders, name, NULL);
          LwArmProfile      *profile;

          if (!g_str_has_suffix (name, ".json"))
            continue;
          profile = lw_arm_profile_load (path, &error);
          if (profile != NULL)
            add_profile (profiles, profile);
          else if (problems != NULL)
            g_ptr_array_add (problems, g_strdup (error->message));
        }
    }
  g_ptr_array_sort (profiles, by_id);
  return profiles;
}

LwArmProfile *
lw_arm_profile_from_model (LwArmModel *model, const char *model_path, LwProtocol protocol, uint8_t first_id)
{
  const LwJointInfo *infos = lw_arm_model_joints (model);
  LwArmProfile      *self = lw_arm_profile_new ();

  self->id = g_strdup (lw_arm_model_id (model));
  self->title = g_strdup (lw_arm_model_title (model));
  self->model = g_canonicalize_filename (model_path, NULL);
  self->protocol = protocol;
  self->baud = BAUD;
  self->n_joints = lw_arm_model_n_joints (model);
  for (size_t j = 0; j < self->n_joints; j++)
    {
      LwProfileJoint *joint = &self->joints[j];

      g_strlcpy (joint->name, infos[j].name, sizeof joint->name);
      joint->id = (uint8_t) (first_id + j);
      joint->sign = 1;
      joint->zero = -0.5 * (infos[j].lower + infos[j].upper);
      joint->lower = infos[j].lower;
      joint->upper = infos[j].upper;
      joint->v_max = infos[j].v_max;
      joint->a_max = infos[j].a_max;
      joint->full_turn = infos[j].upper - infos[j].lower >= 1.98 * G_PI;
    }
  return self;
}

gboolean
lw_arm_profile_check (const LwArmProfile *self, const LwArmModel *model, GError **error)
{
  const LwJointInfo *infos = lw_arm_model_joints (model);

  if (self->n_joints != lw_arm_model_n_joints (model))
    {
      g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "%s.json: has %zu joints, but its model %s has %zu", self->id, self->n_joints,
                   self->model, lw_arm_model_n_joints (model));
      return FALSE;
    }
  for (size_t j = 0; j < self->n_joints; j++)
    if (strcmp (self->joints[j].name, infos[j].name) != 0)
      {
        g_set_error (error, LW_PROFILE_ERROR, LW_PROFILE_ERROR_VALUE, "%s.json: joint %zu is “%s”, but in its model %s it is “%s”", self->id, j + 1,
                     self->joints[j].name, self->model, infos[j].name);
        return FALSE;
      }
  return TRUE;
}

void
lw_arm_profile_calibration (const LwArmProfile *self, LwCalibration *out)
{
  lw_calibration_identity (out);
  for (size_t j = 0; j < self->n_joints; j++)
    {
      const LwProfileJoint *joint = &self->joints[j];

      out->sign[j] = joint->sign;
      out->zero[j] = joint->zero;
      /* Beyond one turn an angle and the same angle a turn on are different places. */
      out->middle[j] = joint->upper - joint->lower <= 2.0 * G_PI ? 0.5 * (joint->lower + joint->upper) : NAN;
    }
}

void
lw_arm_profile_apply (const LwArmProfile *self, LwArmModel *model, LwArmSetup *setup)
{
  setup->model = model;
  lw_limits_from_model (model, &setup->limits);
  for (size_t j = 0; j < self->n_joints && j < setup->limits.n_joints; j++)
    {
      setup->limits.q_min[j] = self->joints[j].lower;
      setup->limits.q_max[j] = self->joints[j].upper;
      setup->limits.v_max[j] = self->joints[j].v_max;
      setup->limits.a_max[j] = self->joints[j].a_max;
    }
  memcpy (setup->limits.box_min, self->box_min, sizeof self->box_min);
  memcpy (setup->limits.box_max, self->box_max, sizeof self->box_max);
  setup->limits.floor_z = self->floor_z;
  lw_arm_profile_calibration (self, &setup->calibration);
}
