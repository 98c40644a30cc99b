/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "lw-setting-table.h"

#include <math.h>
#include <string.h>

LwSettingTable
lw_setting_table_of (const LwLearner *learner)
{
  LwSettingTable self;

  self.rows = lw_learner_settings (learner, &self.n);
  return self;
}

bool
lw_setting_is_valid (const LwLearnerSetting *setting, double value)
{
  return value >= setting->lower && value <= setting->upper && (!setting->integer || value == floor (value));
}

void
lw_setting_table_defaults (LwSettingTable self, double *values)
{
  for (size_t i = 0; i < self.n; i++)
    values[i] = self.rows[i].value;
}

/* The number of rows when there is none of that name. */
static size_t
find (LwSettingTable self, const char *name)
{
  size_t i = 0;

  while (i < self.n && strcmp (self.rows[i].name, name) != 0)
    i++;
  return i;
}

double
lw_setting_table_get (LwSettingTable self, const double *values, const char *name)
{
  size_t i = find (self, name);

  return i < self.n ? values[i] : (double) NAN;
}

bool
lw_setting_table_allows (LwSettingTable self, const double *values, const char *name, double value, bool begun, size_t *i)
{
  size_t row = find (self, name);

  if (row == self.n || !lw_setting_is_valid (&self.rows[row], value))
    return false;
  *i = row;
  return !begun || !self.rows[row].structural || value == values[row];
}

LwStatus
lw_setting_table_to_arrays (LwSettingTable self, const double *values, LwArrays *out)
{
  LwStatus status = LW_OK;

  for (size_t i = 0; i < self.n && status == LW_OK; i++)
    status = lw_arrays_put_scalar (out, self.rows[i].name, values[i]);
  return status;
}

LwStatus
lw_setting_table_from_arrays (LwSettingTable self, const LwArrays *in, double *values)
{
  for (size_t i = 0; i < self.n; i++)
    if (!lw_setting_is_valid (&self.rows[i], lw_arrays_get_scalar (in, self.rows[i].name, self.rows[i].value)))
      return LW_ERR_RANGE;
  for (size_t i = 0; i < self.n; i++)
    values[i] = lw_arrays_get_scalar (in, self.rows[i].name, self.rows[i].value);
  return LW_OK;
}
