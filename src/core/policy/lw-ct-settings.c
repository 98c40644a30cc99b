/* SPDX-License-Identifier: GPL-3.0-or-later */
#include <math.h>
#include <string.h>

#include "lw-ct-private.h"

static const LwLearnerSetting settings_table[LW_CT_N_SETTINGS] = {
  [LW_CT_COMPONENTS] = { "components", 0, 0, LW_MAX_COMPONENTS, false, true, true },
  [LW_CT_KL_BOUND] = { "kl_bound", 1, 1e-3, 10, true, false },
  [LW_CT_FORGETTING] = { "forgetting", 0.7, 0, 1, false, false },
  [LW_CT_COVARIANCE_FLOOR] = { "covariance_floor", 1e-8, 1e-12, 1, true, false },
  [LW_CT_MAX_ITERATIONS] = { "max_iterations", 200, 1, 10000, true, true },
  [LW_CT_DIMENSIONS] = { "dimensions", 0, 0, 64, false, true, true },
};

const LwLearnerSetting *
lw_ct_settings (size_t *n)
{
  *n = LW_CT_N_SETTINGS;
  return settings_table;
}

static size_t
find_setting (const LwLearner *learner, const char *name, size_t *n)
{
  const LwLearnerSetting *table = learner->klass->settings (n);
  size_t i = 0;

  while (i < *n && strcmp (table[i].name, name) != 0)
    i++;
  return i;
}

double
lw_ct_get (const LwLearner *learner, const char *name)
{
  size_t n, i = find_setting (learner, name, &n);

  return i < n ? ((const LwCt *) learner)->settings[i] : (double) NAN;
}

bool
lw_ct_settings_are_valid (const LwCt *self, const double *settings)
{
  size_t n;
  const LwLearnerSetting *table = self->base.klass->settings (&n);

  for (size_t i = 0; i < n; i++)
    if (!(settings[i] >= table[i].lower && settings[i] <= table[i].upper)
        || (table[i].integer && settings[i] != floor (settings[i])))
      return false;
  return true;
}

/* Of settings that the start depends on, another value before there are episodes means another start. */
LwStatus
lw_ct_set (LwLearner *learner, const char *name, double value)
{
  LwCt *self = (LwCt *) learner;
  size_t n, i = find_setting (learner, name, &n);
  double settings[LW_CT_N_SETTINGS];

  if (i == n)
    return LW_ERR_RANGE;
  memcpy (settings, self->settings, sizeof settings);
  settings[i] = value;
  if (!lw_ct_settings_are_valid (self, settings))
    return LW_ERR_RANGE;
  bool begun = self->updates > 0 || self->pending.rows > 0, structural = i == LW_CT_COMPONENTS || i == LW_CT_DIMENSIONS;
  if (value != self->settings[i] && begun && structural)
    return LW_ERR_RANGE;
  if (value != self->settings[i] && !begun && (structural || i == LW_CT_COVARIANCE_FLOOR)) {
    LwCtModel model;
    LwStatus status = lw_ct_start (self, settings, &model);
    if (status != LW_OK)
      return status;
    lw_ct_model_clear (&self->model);
    self->model = model;
  }
  self->settings[i] = value;
  return LW_OK;
}
