/* SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <glib.h>

#include "lw-arm-model.h"
#include "lw-test-paths.h"

/* One of the project's own arms ("planar-2"), with a scene (nullable). */
static inline LwArmModel *
load_arm (const char *id, const char *scene_xml)
{
  g_autofree char *name = g_strdup_printf ("arms/%s.xml", id);
  g_autofree char *path = lw_test_data_path (name);
  LwSimError error = { "" };
  LwArmModel *model = lw_arm_model_load (path, scene_xml, &error);

  g_assert_cmpstr (error.text, ==, "");
  g_assert_nonnull (model);
  return model;
}

static inline void
draw_posture (const LwArmModel *model, GRand *rand, double *q)
{
  for (size_t i = 0; i < lw_arm_model_n_joints (model); i++)
    q[i] = g_rand_double_range (rand, lw_arm_model_joints (model)[i].lower, lw_arm_model_joints (model)[i].upper);
}
