/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-ct-private.h"

static const LwLearnerSetting settings_table[LW_CT_N_SETTINGS] = {
  [LW_CT_COMPONENTS] = { "components", 0, 0, LW_MAX_COMPONENTS, .integer = true, .structural = true },
  [LW_CT_KL_BOUND] = { "kl_bound", 1, 1e-3, 10, .logarithmic = true },
  [LW_CT_FORGETTING] = { "forgetting", 0.7, 0, 1 },
  [LW_CT_COVARIANCE_FLOOR] = { "covariance_floor", 1e-8, 1e-12, 1, .logarithmic = true },
  [LW_CT_MAX_ITERATIONS] = { "max_iterations", 200, 1, 10000, .logarithmic = true, .integer = true },
  [LW_CT_DIMENSIONS] = { "dimensions", 0, 0, 64, .integer = true, .structural = true },
};

const LwLearnerSetting *
lw_ct_settings (size_t *n)
{
  *n = LW_CT_N_SETTINGS;
  return settings_table;
}

double
lw_ct_get (const LwLearner *learner, const char *name)
{
  return lw_setting_table_get (lw_setting_table_of (learner), ((const LwCt *) learner)->settings, name);
}

/* Of settings that the start depends on, another value before there are episodes means another start. */
LwStatus
lw_ct_set (LwLearner *learner, const char *name, double value)
{
  LwCt *self = (LwCt *) learner;
  bool begun = self->updates > 0 || self->pending.rows > 0;
  size_t i;

  if (!lw_setting_table_allows (lw_setting_table_of (learner), self->settings, name, value, begun, &i))
    return LW_ERR_RANGE;
  double before = self->settings[i];
  self->settings[i] = value;
  if (value == before || begun || !(settings_table[i].structural || i == LW_CT_COVARIANCE_FLOOR))
    return LW_OK;
  LwCtModel model;
  LwStatus status = lw_ct_start (self, &model);
  if (status != LW_OK) {
    self->settings[i] = before;
    return status;
  }
  lw_ct_model_clear (&self->model);
  self->model = model;
  return LW_OK;
}
